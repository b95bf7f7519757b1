"""Check Plan: which records are checked, how often, how many, by whom and against what (S1.10)."""

import itertools
import json
import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from aftersales.utils.access import check_permission
from aftersales.utils.sampling import SamplingError, draw

# Where the documents of this app name the person in charge; the first one that a DocType has is proposed.
PERSON_FIELDS = ("person_in_charge", "handler", "feedback_person", "planned_for", "assigned_to")
DATES = ("Date", "Datetime")
STANDARD_DATES = ("creation", "modified")


class CheckPlanError(frappe.ValidationError):
	"""The plan cannot be drawn as it is."""


class CheckPlan(Document):
	def validate(self):
		self.validate_kind()
		self.validate_fields()
		self.validate_sampling()
		self.validate_periods()
		self.validate_filters()
		self.validate_pass_score()
		self.seed = (self.seed or "").strip() or secrets.token_hex(8)

	def get_filters(self) -> list:
		"""Return the filters as lists of DocType, field, operator and value.

		:raises CheckPlanError: the text is no list of filters.
		"""
		try:
			filters = json.loads(self.filters or "[]")
			return [list(row[:4]) for row in filters if len(row) >= 4]
		except (ValueError, TypeError, KeyError):
			frappe.throw(_("The filters cannot be read. Remove them and set them again."), CheckPlanError)

	def validate_kind(self) -> None:
		"""Only records that the user may read are checked, and only those that are documents of their own.

		:raises CheckPlanError: a settings page or a table inside other documents.
		:raises frappe.PermissionError: the user may not read that kind.
		"""
		meta = frappe.get_meta(self.reference_doctype)
		if meta.issingle or meta.istable or getattr(meta, "is_virtual", 0):
			frappe.throw(
				_("{0} has no records that could be checked.").format(frappe.bold(_(self.reference_doctype))),
				CheckPlanError,
			)
		if not self.flags.ignore_permissions:
			check_permission(self.reference_doctype, "read")

	def validate_fields(self) -> None:
		"""The date and the person come from fields of the kind of record.

		:raises CheckPlanError: there is no such field, or it holds something else.
		"""
		meta = frappe.get_meta(self.reference_doctype)
		self.date_field = self.date_field or "creation"
		self.check_field("date_field", date_fields(meta))
		users = user_fields(meta)
		self.person_field = self.person_field or next((f for f in PERSON_FIELDS if f in users), "owner")
		self.check_field("person_field", users)

	def check_field(self, fieldname: str, allowed: list[str]) -> None:
		"""Refuse a field that is not among the allowed ones."""
		if self.get(fieldname) not in allowed:
			frappe.throw(
				_("{0}: {1} has no such field. Choose one of these: {2}").format(
					_(self.meta.get_label(fieldname)), _(self.reference_doctype), ", ".join(allowed)
				),
				CheckPlanError,
			)

	def validate_sampling(self) -> None:
		"""Refuse a size that the method cannot use.

		:raises CheckPlanError: with what to type.
		"""
		try:
			draw([], self.method, self.size, "", {})
		except SamplingError:
			hint = (
				_("Type a percentage above 0 and up to 100.")
				if self.method == "Percentage"
				else _("Type a whole number from 1.")
			)
			frappe.throw(f"{_('Sample Size')}: {hint}", CheckPlanError, title=_("Sample"))

	def validate_periods(self) -> None:
		"""Own dates are in the right order, and no day is checked twice.

		:raises CheckPlanError: with the rows.
		"""
		if self.frequency != "Own Dates":
			return
		if not self.periods:
			frappe.throw(_("Fill in the dates to check from and to."), CheckPlanError)
		rows = sorted(self.periods, key=lambda row: getdate(row.from_date))
		for row in rows:
			if getdate(row.to_date) < getdate(row.from_date):
				frappe.throw(_("Row {0}: To Date lies before From Date.").format(row.idx), CheckPlanError)
		for first, second in itertools.pairwise(rows):
			if getdate(second.from_date) <= getdate(first.to_date):
				frappe.throw(
					_("Rows {0} and {1} have days in common.").format(first.idx, second.idx), CheckPlanError
				)

	def validate_filters(self) -> None:
		"""Try the filters, so that a scheduled draw does not fail because of them.

		:raises CheckPlanError: with the database's reason.
		"""
		meta = frappe.get_meta(self.reference_doctype)
		known = {self.reference_doctype, *(df.options for df in meta.get_table_fields())}
		for row in self.get_filters():
			if row[0] not in known:
				frappe.throw(_("The filters are those of another kind of record."), CheckPlanError)
		try:
			frappe.get_all(self.reference_doctype, filters=self.get_filters(), limit_page_length=1)
		except Exception as error:
			frappe.throw(
				_("The filters cannot be used: {0}").format(frappe.utils.escape_html(str(error))),
				CheckPlanError,
			)

	def validate_pass_score(self) -> None:
		"""Refuse a score that nobody can reach.

		:raises CheckPlanError: above 100.
		"""
		if cint(self.pass_score) > 100:
			frappe.throw(_("{0}: at most 100.").format(_("Passed from (%)")), CheckPlanError)


def date_fields(meta) -> list[str]:
	"""Return the fields of a DocType that hold a day or a time, with when it was made and last changed."""
	return [*STANDARD_DATES, *(df.fieldname for df in meta.fields if df.fieldtype in DATES)]


def user_fields(meta) -> list[str]:
	"""Return the fields of a DocType that hold a user, with who made and who changed it."""
	own = [df.fieldname for df in meta.fields if df.fieldtype == "Link" and df.options == "User"]
	return [*own, "owner", "modified_by"]


@frappe.whitelist()
def choices(reference_doctype: str) -> dict:
	"""Return what the form offers for a kind of record.

	:param reference_doctype: DocType.
	:returns: `dates` and `persons` (fieldname and label of the fields that may be chosen), `person` (the proposed one).
	:raises frappe.PermissionError: the user may not make check plans or not read that kind of record.
	"""
	check_permission("Check Plan", "write")
	check_permission(reference_doctype, "read")
	meta = frappe.get_meta(reference_doctype)
	users = user_fields(meta)
	return {
		"dates": [{"value": name, "label": field_label(meta, name)} for name in date_fields(meta)],
		"persons": [{"value": name, "label": field_label(meta, name)} for name in users],
		"person": next((name for name in PERSON_FIELDS if name in users), "owner"),
	}


def field_label(meta, fieldname: str) -> str:
	"""Return the translated label of a field, also of those that every document has."""
	own = {
		"creation": _("Created On"),
		"modified": _("Last Updated On"),
		"owner": _("Created By"),
		"modified_by": _("Last Updated By"),
	}
	return own.get(fieldname) or _(meta.get_label(fieldname))
