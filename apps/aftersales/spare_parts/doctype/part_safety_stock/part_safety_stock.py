"""Part Safety Stock: the safety stock of one part in one warehouse."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import supply


class SafetyStockRepeatedError(frappe.UniqueValidationError):
	"""The part has a safety stock in the warehouse already."""


class PartSafetyStock(Document):
	def validate(self):
		self.outlet = frappe.get_cached_value("Part Warehouse", self.warehouse, "outlet")
		outlet_scope.fill(self)
		if self.is_new():
			supply.check(self.warehouse)
			self.refuse_second()

	def refuse_second(self) -> None:
		"""Keep one figure per part and warehouse.

		:raises SafetyStockRepeatedError: there is one.
		"""
		if frappe.db.exists(self.doctype, {"spare_part": self.spare_part, "warehouse": self.warehouse}):
			frappe.throw(
				_("{0} has a safety stock in {1} already. Change that one.").format(
					frappe.bold(self.spare_part), frappe.bold(self.warehouse)
				),
				SafetyStockRepeatedError,
				title=_("Safety Stock"),
			)


def on_doctype_update():
	frappe.db.add_unique(
		"Part Safety Stock", ["spare_part", "warehouse"], constraint_name="part_and_warehouse"
	)
