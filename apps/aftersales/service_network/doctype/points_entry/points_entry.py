"""Points Entry: one movement of a customer's points (S7.39); see aftersales.service_network.points."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, today

from aftersales.service_network import points
from aftersales.utils.append_only import AppendOnlyError


class PointsError(frappe.ValidationError):
	"""The entry makes no sense."""


class PointsEntry(Document):
	def before_insert(self):
		self.drop_results()
		self.validate_entry()
		if frappe.db.exists(points.CUSTOMER, self.customer):  # else Frappe says that there is none
			self.customer_name = frappe.db.get_value(points.CUSTOMER, self.customer, "customer_name")
			points.apply(self)

	def after_insert(self):
		points.settle_owed(self)

	def validate(self):
		if not self.is_new():
			self.refuse()

	def on_trash(self):
		self.refuse()

	def drop_results(self) -> None:
		"""What code writes is not taken from people."""
		if self.flags.by_system:
			return
		self.posting_date = today()
		for field in ("reference_doctype", "reference_name", "rule", "reversal_of", "entry_key", "lots"):
			self.set(field, None)

	def validate_entry(self) -> None:
		"""Ask for points and, of people, for an adjustment with its reason.

		:raises PointsError: something is missing or wrong.
		"""
		self.points = cint(self.points)
		if self.flags.by_system:
			return
		if not self.points or not self.customer:
			frappe.throw(
				_("Enter the customer and the points, less than 0 to take them."),
				PointsError,
				title=_("Points", context="Points Entry"),
			)
		if self.kind != points.ADJUSTED:
			frappe.throw(
				_("Choose {0}: all other entries are made by what they come from.").format(
					frappe.bold(_(points.ADJUSTED))
				),
				PointsError,
				title=_("Points", context="Points Entry"),
			)
		if not (self.remarks or "").strip():
			frappe.throw(
				_("Say in Remarks why you adjust the points."),
				PointsError,
				title=_("Points", context="Points Entry"),
			)
		if self.points > 0 and self.expires_on and getdate(self.expires_on) < getdate(today()):
			frappe.throw(
				_("The day on which they expire is past."),
				PointsError,
				title=_("Points", context="Points Entry"),
			)

	def refuse(self) -> None:
		"""Say how a mistake is put right.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Entries of points cannot be changed or deleted. Make an adjustment instead."),
			AppendOnlyError,
			title=_("Points", context="Points Entry"),
		)


def on_doctype_update():
	for fields in (
		["customer", "posting_date"],
		["customer", "points_left"],
		["reference_doctype", "reference_name"],
		# The expiry job: what has something left, by the day.
		["expires_on", "points_left"],
	):
		frappe.db.add_index("Points Entry", fields)
