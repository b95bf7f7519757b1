"""Outlet Assessment: how an outlet did in a month, computed, objected to, confirmed (S13.07)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from aftersales.service_network import assessments, outlet_scope
from aftersales.spare_parts.stages import check_unchanged
from aftersales.utils.workflow_state import set_field_of_state

COLUMNS = ("measure", "value", "base", "target", "zero_at", "weight", "score", "counted")
FIGURES = ("outlet", "month", "setting", "score", "grade")


class AssessmentError(frappe.ValidationError):
	"""The assessment cannot be saved as it is."""


class AssessmentFrozenError(AssessmentError):
	"""Figures are changed by hand, or the assessment is confirmed."""


class OutletAssessment(Document):
	def validate(self):
		set_field_of_state(self)
		computed = self.flags.pop("computed", False)
		if self.is_new():
			self.begin(computed)
		elif not computed:
			self.protect_figures()
		self.validate_adjustment()
		assessments.sum_up(self)
		self.take_step()

	def on_trash(self):
		if self.stage == "Confirmed":
			frappe.throw(
				_("A confirmed assessment cannot be deleted."),
				AssessmentFrozenError,
				title=_("Outlet Assessment"),
			)

	def begin(self, computed: bool) -> None:
		"""Set the month, and compute an assessment that somebody made by hand.

		:raises AssessmentError: there is one of this month.
		"""
		outlet_scope.fill(self)
		self.month = assessments.check_month(self.month)
		twin = frappe.db.get_value(self.doctype, {"outlet": self.outlet, "month": self.month})
		if twin:
			frappe.throw(
				_("{0} has an assessment of this month already: {1}.").format(
					frappe.bold(self.outlet), frappe.bold(twin)
				),
				AssessmentError,
				title=_("Outlet Assessment"),
			)
		self.update(dict.fromkeys(("objection", "objection_by", "answer", "confirmed_by", "confirmed_on")))
		self.adjustment = 0
		if not computed:
			kind = frappe.db.get_value("Service Outlet", self.outlet, "outlet_kind")
			setting = assessments.setting_for(self.month, kind)
			assessments.fill(self, setting, assessments.measure(self.month, setting))
			self.flags.pop("computed")

	def protect_figures(self) -> None:
		"""Keep figures what was computed, and a confirmed assessment as it was confirmed.

		:raises AssessmentFrozenError: something of it changed.
		"""
		before = self.get_doc_before_save()
		same = check_unchanged(self, FIGURES, "lines", COLUMNS)
		if before.stage == "Confirmed":
			same = same and check_unchanged(self, ("objection", "answer", "adjustment"), "lines", COLUMNS)
		if not same:
			frappe.throw(
				_("Figures of an assessment are computed, and a confirmed one stays as it is."),
				AssessmentFrozenError,
				title=_("Outlet Assessment"),
			)
		for field in ("objection_by", "confirmed_by", "confirmed_on", "computed_on"):
			self.set(field, before.get(field))

	def validate_adjustment(self) -> None:
		"""Ask for the reason of points that nobody measured.

		:raises AssessmentError: it is missing.
		"""
		if flt(self.adjustment) and not (self.answer or "").strip():
			frappe.throw(
				_("Give the reason for the adjustment in {0}.").format(
					frappe.bold(_("Reply of Headquarters"))
				),
				AssessmentError,
				title=_("Adjustment"),
			)

	def take_step(self) -> None:
		"""Ask for objection and answer; put down who objected and who confirmed.

		:raises AssessmentError: a word is missing.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Computed"
		if self.stage == left:
			if left != "Computed" and before and (before.objection or "") != (self.objection or ""):
				frappe.throw(
					_("The objection is with headquarters and stays as it is."), AssessmentFrozenError
				)
			return
		if self.stage == "Objection":
			self.demand("objection")
			self.objection_by = frappe.session.user
		elif left == "Objection":
			self.demand("answer")
		if self.stage == "Confirmed":
			self.confirmed_by, self.confirmed_on = frappe.session.user, now_datetime()
		elif left == "Confirmed":
			self.confirmed_by = self.confirmed_on = None

	def demand(self, field: str) -> None:
		"""Ask for a text that the step needs.

		:raises AssessmentError: it is missing.
		"""
		if not (self.get(field) or "").strip():
			frappe.throw(
				_("Fill in {0} and save first.").format(frappe.bold(_(self.meta.get_label(field)))),
				AssessmentError,
				title=_("Outlet Assessment"),
			)


def on_doctype_update():
	frappe.db.add_unique(
		"Outlet Assessment", ["outlet", "month"], constraint_name="assessed_outlet_and_month"
	)
	frappe.db.add_index("Outlet Assessment", ["month", "stage"])
