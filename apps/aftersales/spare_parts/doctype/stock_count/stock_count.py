"""Stock Count: stock-taking of one warehouse (盘点, S2.32); what it does is in aftersales.spare_parts.counts."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from aftersales.spare_parts import counts, scope
from aftersales.utils.workflow_state import set_field_of_state

# What the approver decides on stays as it was submitted.
COUNTED = ("spare_part", "counted_qty", "is_counted", "serial_nos")


class CountClosedError(frappe.PermissionError):
	"""The count is decided, or lies with the approver."""


class StockCount(Document):
	def validate(self):
		set_field_of_state(self)
		self.stage = self.stage or "Draft"
		self.check_side()
		self.protect()
		if self.enters("Counting") and self.before("stage") in (None, "Draft"):
			self.begin()
		if self.stage in counts.FROZEN:
			counts.work_out(self)
		if self.enters("To Be Approved"):
			counts.check_complete(self)

	def on_update(self):
		if self.enters("Approved"):
			counts.post_differences(self)
		elif self.enters("Cancelled"):
			counts.thaw(self)

	def on_trash(self):
		self.refuse_after_begin()

	def before(self, field: str):
		"""Return the stored value of a field, None on a new document."""
		stored = self.get_doc_before_save()
		return stored.get(field) if stored else None

	def enters(self, stage: str) -> bool:
		"""Whether this save brings the count to a stage."""
		return self.stage == stage and self.before("stage") != stage

	def begin(self) -> None:
		"""Freeze the warehouse and write down what the books say."""
		counts.freeze(self)
		counts.fill(self)

	def check_side(self) -> None:
		"""Everybody counts their own warehouses.

		:raises OtherWarehouseError: it is another outlet's.
		"""
		if self.is_new() and not self.flags.ignore_permissions:
			scope.check(self.warehouse)

	def protect(self) -> None:
		"""Keep a count that is decided, and the figures that lie with the approver.

		:raises CountClosedError: something of it would change.
		"""
		stage = self.before("stage")
		if stage in counts.ENDED:
			frappe.throw(
				_("{0} is decided and stays as it is. Make another count.").format(frappe.bold(self.name)),
				CountClosedError,
			)
		if stage == "To Be Approved" and figures(self) != figures(self.get_doc_before_save()):
			frappe.throw(
				_("The figures of {0} await approval. Send it back to change them.").format(
					frappe.bold(self.name)
				),
				CountClosedError,
			)

	def refuse_after_begin(self) -> None:
		"""A count that froze or changed anything is kept.

		:raises CountClosedError: always then.
		"""
		if self.stage in ("Counting", "To Be Approved", "Approved"):
			frappe.throw(
				_("{0} was begun. Cancel it instead of deleting it.").format(frappe.bold(self.name)),
				CountClosedError,
			)


def figures(count: Document) -> list[tuple]:
	"""Return what was counted, in a form that can be compared."""
	return [
		tuple(flt(row.get(field)) if field == "counted_qty" else row.get(field) or "" for field in COUNTED)
		for row in count.items
	]


def on_doctype_update():
	"""The list of a warehouse and of what awaits approval."""
	frappe.db.add_index("Stock Count", ["warehouse", "modified"])
