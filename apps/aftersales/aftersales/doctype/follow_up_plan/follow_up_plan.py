"""Follow-up Plan: a rule that plans follow-ups (S2.25, S2.44, S6.10, S7.24)."""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import flt

from aftersales.aftersales.follow_ups import check_users
from aftersales.utils.sampling import SamplingError, draw

# Population -> what the plan reads; any other document is named by the plan itself.
POPULATIONS = {
	"Completed Tickets": {
		"document_type": "Service Ticket",
		"date_field": "completion_date",
		"customer_field": "customer",
		"person_field": "person_in_charge",
		"filters_json": '[["completed", "=", 1]]',
	},
	"Closed Complaints": {
		"document_type": "Customer Complaint",
		"date_field": "closed_on",
		"customer_field": "customer",
		"person_field": "agent",
		"filters_json": '[["stage", "=", "Done"]]',
	},
	"Completed Sales": {
		"document_type": "Sale Record",
		"date_field": "sale_date",
		"customer_field": "customer",
		"person_field": "sales_representative",
		"filters_json": '[["status", "in", ["Unpaid", "Partly Collected", "Collected"]]]',
	},
	"Completed Services": {
		"document_type": "Service Order",
		"date_field": "completed_at",
		"customer_field": "customer",
		"person_field": "receiver",
		"filters_json": '[["stage", "in", ["Completed", "Followed Up", "Audited"]]]',
	},
}
STANDARD_FIELDS = ("name", "owner", "creation", "modified")
OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between")


class FollowUpPlanError(frappe.ValidationError):
	"""The plan cannot be carried out as it is."""


class FollowupPlan(Document):
	def validate(self):
		self.fill_population()
		self.validate_fields()
		self.filters()
		self.validate_sampling()
		self.validate_assignees()

	def fill_population(self) -> None:
		"""A population that the app knows says itself what is read; its filters may be narrowed."""
		known = POPULATIONS.get(self.population)
		if not known:
			return
		if self.has_value_changed("population") or not self.filters_json:
			self.filters_json = (
				self.filters_json if self.is_new() and self.filters_json else known["filters_json"]
			)
		self.update(
			{key: value for key, value in known.items() if key not in ("filters_json", "person_field")}
		)
		self.person_field = self.person_field or known["person_field"]

	def validate_fields(self) -> None:
		"""Refuse fields that the documents do not have.

		:raises FollowUpPlanError: says which.
		"""
		meta = frappe.get_meta(self.document_type)
		if meta.istable or meta.issingle:
			frappe.throw(
				_("{0} holds no documents that can be followed up.").format(_(meta.name)), FollowUpPlanError
			)
		expected = {
			"date_field": lambda field: field.fieldtype in ("Date", "Datetime"),
			"customer_field": lambda field: field.fieldtype == "Link" and field.options == "Service Customer",
			"person_field": lambda field: field.fieldtype == "Link" and field.options == "User",
		}
		for name, fits in expected.items():
			value = self.get(name)
			if not value and name == "person_field":
				continue
			if not any(row["value"] == value for row in field_choices(meta, fits)):
				frappe.throw(
					_("{0}: {1} has no suitable field {2}.").format(
						_(self.meta.get_label(name)), _(meta.name), frappe.bold(value or "")
					),
					FollowUpPlanError,
				)
		needs_person = (
			self.sampling_method == "Random by Person" or self.assignment == "Person of the Document"
		)
		if needs_person and not self.person_field:
			frappe.throw(_("Choose a {0}.").format(frappe.bold(_("Person Field"))), FollowUpPlanError)

	def filters(self) -> list[list]:
		"""Return the filters, checked against the documents' fields.

		:raises FollowUpPlanError: they are no list of [field, operator, value].
		"""
		try:
			rows = json.loads(self.filters_json or "[]")
		except ValueError:
			rows = None
		meta = frappe.get_meta(self.document_type)
		good = isinstance(rows, list) and all(
			isinstance(row, list)
			and len(row) == 3
			and row[1] in OPERATORS
			and (meta.has_field(row[0]) or row[0] in STANDARD_FIELDS)
			for row in rows
		)
		if not good:
			frappe.throw(
				_("The filters of the plan do not fit {0}. Choose them again.").format(_(meta.name)),
				FollowUpPlanError,
			)
		return [[self.document_type, *row] for row in rows]

	def validate_sampling(self) -> None:
		"""Try the sampling on nothing, and keep a seed.

		:raises FollowUpPlanError: the size makes no sense for the method.
		"""
		if self.sampling_method == "All":
			return
		self.seed = (self.seed or "").strip() or frappe.generate_hash(length=10)
		try:
			draw(["a"], self.sampling_method, flt(self.sampling_size), self.seed, {})
		except SamplingError:
			frappe.throw(
				_(
					"The size {0} makes no sense for {1}: enter a whole number from 1, or per cent up to 100."
				).format(self.sampling_size, _(self.sampling_method)),
				FollowUpPlanError,
			)

	def validate_assignees(self) -> None:
		"""Every plan must know who follows up; the person of a document may be gone, then the assignees take it.

		:raises frappe.ValidationError: nobody, or somebody who cannot.
		"""
		check_users(list(dict.fromkeys(row.user for row in self.assignees)))


def field_choices(meta: Meta, fits) -> list[dict]:
	"""Return the fields of a DocType that fit a purpose, the standard ones included."""
	standard = [
		frappe._dict(fieldname="creation", fieldtype="Datetime", label="Created On"),
		frappe._dict(fieldname="modified", fieldtype="Datetime", label="Last Updated On"),
		frappe._dict(fieldname="owner", fieldtype="Link", options="User", label="Created By"),
	]
	found = [field for field in [*meta.fields, *standard] if fits(field)]
	return [{"value": field.fieldname, "label": _(field.label)} for field in found]


@frappe.whitelist()
def choices_of(document_type: str) -> dict:
	"""Return what the form offers for a document type: `date_field`, `customer_field`, `person_field`.

	:raises frappe.PermissionError: the user may not read such documents, or not write plans.
	"""
	from aftersales.utils.access import check_permission

	check_permission("Follow-up Plan", "write")
	check_permission(document_type, "read")
	meta = frappe.get_meta(document_type)
	link = lambda options: lambda field: field.fieldtype == "Link" and field.options == options  # noqa: E731
	return {
		"date_field": field_choices(meta, lambda field: field.fieldtype in ("Date", "Datetime")),
		"customer_field": field_choices(meta, link("Service Customer")),
		"person_field": field_choices(meta, link("User")),
	}
