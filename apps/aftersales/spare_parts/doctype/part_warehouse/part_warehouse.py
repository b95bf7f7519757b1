"""Part Warehouse: a place that holds spare parts, in a tree from headquarters to what a technician carries (S2.32)."""

import frappe
from frappe import _

from aftersales.spare_parts import renaming
from aftersales.spare_parts.ledger import BALANCE
from aftersales.utils.text import clean_text
from aftersales.utils.tree import ServiceTree


class WarehouseInUseError(frappe.ValidationError):
	"""There is stock in the warehouse."""


class TechnicianMissingError(frappe.MandatoryError):
	"""Nobody carries the warehouse."""


class PartWarehouse(ServiceTree):
	nsm_parent_field = "parent_part_warehouse"

	def validate(self):
		super().validate()
		self.validate_technician()
		self.validate_use()
		self.keep_freeze()

	def after_insert(self):
		self.hand_to_technician()

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			renaming.refuse_merge(self.doctype)
		super().before_rename(old, new, merge)
		renaming.lock("warehouse", old)
		return clean_text(new)

	def after_rename(self, old: str, new: str, merge: bool = False):
		super().after_rename(old, new, merge)
		renaming.renew_keys("warehouse", new)

	def on_trash(self):
		self.refuse_with_stock()
		super().on_trash()

	def validate_technician(self) -> None:
		"""What a technician carries names the technician; other places name none.

		:raises TechnicianMissingError: it is missing.
		"""
		if self.warehouse_kind != "Technician" or self.is_group:
			self.technician = None
		elif not self.technician:
			frappe.throw(
				_("Choose the technician who carries {0}.").format(frappe.bold(self.warehouse_name)),
				TechnicianMissingError,
			)

	def hand_to_technician(self) -> None:
		"""The first warehouse of a technician is the one from which orders take parts."""
		if self.technician and not frappe.db.get_value("Technician", self.technician, "warehouse"):
			frappe.db.set_value("Technician", self.technician, "warehouse", self.name, update_modified=False)

	def validate_use(self) -> None:
		"""A warehouse with stock stays a warehouse that is used, and its parts those of its outlet.

		:raises WarehouseInUseError: it shall become a group, be disabled, or belong to another outlet.
		"""
		if self.is_new():
			return
		if self.is_group or not self.enabled or self.has_value_changed("outlet"):
			self.refuse_with_stock()

	def refuse_with_stock(self) -> None:
		"""Refuse while something is left.

		:raises WarehouseInUseError: always then.
		"""
		if frappe.db.exists(BALANCE, {"warehouse": self.name, "qty": [">", 0]}):
			frappe.throw(
				_("{0} still holds parts. Move them elsewhere first.").format(frappe.bold(self.name)),
				WarehouseInUseError,
			)

	def keep_freeze(self) -> None:
		"""Only a stock count freezes a warehouse and thaws it."""
		before = self.get_doc_before_save()
		self.frozen_by = before.frozen_by if before else None


def on_doctype_update():
	"""The warehouses of an outlet by kind, as slips ask for them."""
	frappe.db.add_index("Part Warehouse", ["outlet", "warehouse_kind"])
