"""Completion Inspection: what was checked when the work was done (S18.11)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.field_service.doctype.job_time.job_time import OrderFinishedError
from aftersales.field_service.order_stages import OVER

PASSED, REWORK = "Passed", "Rework"


class InspectionChangedError(frappe.PermissionError):
	"""An inspection stands as it was made."""


class NoFindingError(frappe.ValidationError):
	"""A defect without a word on what is wrong."""


class CompletionInspection(Document):
	def validate(self):
		if not self.is_new():
			frappe.throw(
				_("An inspection stands as it was made. Make a new one after the rework."),
				InspectionChangedError,
			)
		self.inspector, self.inspected_at = frappe.session.user, now_datetime()
		self.take_over_order()
		self.judge()

	def take_over_order(self) -> None:
		"""Take the outlet from the order.

		:raises OrderFinishedError: it is finished, so there is nothing left to release.
		"""
		order = frappe.db.get_value("Service Order", self.service_order, ["outlet", "stage"], as_dict=True)
		self.outlet = order.outlet
		if order.stage in OVER:
			frappe.throw(
				_("{0} is finished. Reopen it before it is inspected again.").format(
					frappe.bold(self.service_order)
				),
				OrderFinishedError,
			)

	def judge(self) -> None:
		"""Reckon the result: any defect means rework.

		:raises NoFindingError: a defect has no note.
		"""
		for row in self.lines:
			if row.result == "Defect" and not (row.note or "").strip():
				frappe.throw(
					_("Row {0}: say what is wrong with {1}.").format(row.idx, frappe.bold(row.item)),
					NoFindingError,
				)
		self.result = REWORK if any(row.result == "Defect" for row in self.lines) else PASSED
