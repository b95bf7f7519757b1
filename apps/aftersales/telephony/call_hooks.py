"""Whether anything runs when a Service Call is saved as a document, so that a call may be written without that.

Saving a document costs some hundred times what its one UPDATE does, and after an outage there are thousands of ended calls.
"""

import frappe
from frappe.model.base_document import get_controller

from aftersales.knowledge.upkeep import kinds

DOCTYPE = "Service Call"
# What administrators hang on documents: (DocType, field that names the documents', field and value of one that works).
RECORDS = (
	("Notification", "document_type", "enabled", 1),
	("Webhook", "webhook_doctype", "enabled", 1),
	("Server Script", "reference_doctype", "disabled", 0),
	("Assignment Rule", "document_type", "disabled", 0),
	("Milestone Tracker", "document_type", "disabled", 0),
	("Energy Point Rule", "reference_doctype", "enabled", 1),
	("Workflow", "document_type", "is_active", 1),
)
EVENTS = ("before_validate", "validate", "before_save", "on_update", "on_change")
# What these do on any document is covered by RECORDS and `kinds`.
OWN = ("frappe", "aftersales")


def listens() -> bool:
	"""Return whether this site, another app or a class of its own wants to know of saved calls; one statement."""
	return _has_own_class() or _has_hooks() or DOCTYPE in kinds() or _has_records()


def _has_records() -> bool:
	# Energy points and milestones are no part of every Frappe.
	asked = " union all ".join(
		f"(select 1 from `tab{doctype}` where `{names}` = %(doctype)s and `{switch}` = {value} limit 1)"
		for doctype, names, switch, value in RECORDS
		if frappe.db.table_exists(doctype)
	)
	return bool(frappe.db.sql(asked, {"doctype": DOCTYPE}))


def _has_own_class() -> bool:
	"""Another app may put a class of its own in the place of ours."""
	controller = get_controller(DOCTYPE)
	return not controller.__module__.startswith("aftersales.") or any(
		hasattr(controller, event) for event in EVENTS if event != "validate"
	)


def _has_hooks() -> bool:
	hooks = frappe.get_doc_hooks()
	return any(
		handler.partition(".")[0] not in OWN
		for doctype in (DOCTYPE, "*")
		for event in EVENTS
		for handler in hooks.get(doctype, {}).get(event, ())
	) or any(hooks.get(DOCTYPE, {}).get(event) for event in EVENTS)
