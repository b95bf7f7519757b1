"""Warranty Claim Condition: what a manufacturer asks for before it pays (S18.30)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt


class ClaimConditionError(frappe.ValidationError):
	"""Two conditions for the same products, or a share that is none."""


class WarrantyClaimCondition(Document):
	def validate(self):
		self.validate_shares()
		self.validate_only_one()

	def validate_shares(self) -> None:
		"""Refuse shares outside 0 to 100 per cent.

		:raises ClaimConditionError: says which.
		"""
		for field in ("parts_percent", "work_percent"):
			if not 0 <= flt(self.get(field)) <= 100:
				frappe.throw(
					_("{0}: enter 0 to 100 per cent.").format(frappe.bold(_(self.meta.get_label(field)))),
					ClaimConditionError,
				)

	def validate_only_one(self) -> None:
		"""Refuse a second condition of the same kind for a category: nobody could tell which counts.

		:raises ClaimConditionError: names the other.
		"""
		if not self.enabled:
			return
		same = {
			"claim_kind": self.claim_kind,
			"enabled": 1,
			"product_category": self.product_category or ("is", "not set"),
			"name": ("!=", self.name),
		}
		if other := frappe.db.get_value(self.doctype, same):
			frappe.throw(
				_("{0} is the condition for these products already.").format(frappe.bold(other)),
				ClaimConditionError,
			)
