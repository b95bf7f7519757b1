"""Service Level: how soon documents must be answered and resolved."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.aftersales.deadlines import service_levels
from aftersales.aftersales.deadlines.calendars import calendar_of
from aftersales.utils.access import check_permission


class NoDeadlinesError(frappe.ValidationError):
	"""Documents of this type have no deadlines."""


class UnknownConditionError(frappe.ValidationError):
	"""The document type has no such value."""


class ServiceLevel(Document):
	def validate(self):
		self.validate_document_type()
		self.validate_conditions()
		if self.working_time:
			calendar_of(self.working_time)

	def on_update(self):
		service_levels.forget_levels()

	def after_rename(self, old: str, new: str, merge: bool = False):
		service_levels.forget_levels()

	def on_trash(self):
		service_levels.forget_levels()

	def validate_document_type(self) -> None:
		"""Only documents that show deadlines can have levels.

		:raises NoDeadlinesError: names those that do.
		"""
		possible = document_types()
		if self.document_type not in possible:
			frappe.throw(
				_("{0} has no deadlines. Choose one of: {1}").format(
					frappe.bold(_(self.document_type)), ", ".join(_(doctype) for doctype in possible)
				),
				NoDeadlinesError,
				title=_("Document Type"),
			)

	def validate_conditions(self) -> None:
		"""Record type and urgency are values of the document type.

		:raises UnknownConditionError: names the value.
		"""
		options = condition_options(self.document_type)
		for field in ("record_type", "urgency"):
			value = self.get(field)
			if value and value not in options[field]:
				frappe.throw(
					_("{0} is no value of {1}.").format(
						frappe.bold(frappe.utils.escape_html(value)),
						frappe.bold(_(self.meta.get_label(field))),
					),
					UnknownConditionError,
				)


def document_types() -> list[str]:
	"""Return the DocTypes that hooks.py gives deadlines by Service Level."""
	events = frappe.get_hooks("doc_events")
	plan = f"{service_levels.__name__}.plan"
	return [doctype for doctype, hooks in events.items() if plan in hooks.get("validate", [])]


@frappe.whitelist()
def condition_options(document_type: str) -> dict:
	"""Return what can be chosen as conditions for a document type, as its form offers it.

	:returns: {"record_type": [...], "urgency": [...]}, empty where the document has no such field.
	:raises frappe.PermissionError: the user may not read service levels.
	"""
	check_permission("Service Level", "read")
	meta = frappe.get_meta(document_type)
	return {
		field: [option for option in (meta.get_options(field) or "").split("\n") if option]
		if meta.has_field(field)
		else []
		for field in ("record_type", "urgency")
	}


@frappe.whitelist()
def possible_document_types() -> list[str]:
	"""Return the DocTypes that can have service levels.

	:raises frappe.PermissionError: the user may not read service levels.
	"""
	check_permission("Service Level", "read")
	return document_types()
