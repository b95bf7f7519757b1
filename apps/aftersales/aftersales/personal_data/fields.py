"""Which fields of a record are personal data."""

import frappe
from frappe import _

from aftersales.aftersales.customer_records import DOCTYPE

TEXTS = (
	"Data",
	"Small Text",
	"Text",
	"Long Text",
	"Text Editor",
	"HTML Editor",
	"Markdown Editor",
	"Code",
	"JSON",
	"Phone",
	"Autocomplete",
	"Attach",
	"Attach Image",
	"Signature",
	"Geolocation",
	"Barcode",
	"Password",
)
PEOPLE = ("Contact", "Address")
# Texts that say nothing about the customer but what the record is counted by.
KEPT = {
	"Service Ticket": ("product_name", "package", "lot_no", "serial_no", "person_in_charge_name"),
	"Customer Device": (
		"serial_no",
		"serial_key",
		"unique_key",
		"device_token",
		"bar_code",
		"product_name",
		"lot_no",
		"version_status",
	),
	"Device Update Request": ("serial_no", "product_name", "new_version"),
	"Service Call": ("agent_name", "call_uuid", "source_line", "cause", "agent_extension", "source_call_id"),
	"Caller Message": ("for_user_name",),
	"Dial Request": ("source_line", "extension", "open_for"),
	"Customer Complaint": ("deadline_state", "handler_name"),
	"Work Assignment": ("assignee_name", "assigned_by_name"),
	"Work Record": ("engineer_name",),
	"Service Appointment": ("product_name", "time_words"),
	# of the templates, or chosen from a list
	"Complaint Review": ("reviewer_name",),
	"Check Finding": ("criterion",),
	"Survey Answer": ("question", "question_id", "choice"),
}
# Of the customer itself, all goes but what counts and sorts it.
CUSTOMER_KEPT = {
	"customer_kind",
	"customer_group",
	"customer_groups",
	"region",
	"dealer",
	"account_owner",
	"vip_level",
	"gold_customer",
	"amount_spent",
	"customer_since",
	"registered_by",
	"report_type",
	"referred_by",
	"referral_thanked_on",
	"naming_series",
	"personal_data_deleted_on",
	"erpnext_customer",
}
NOTHING = (
	"Section Break",
	"Column Break",
	"Tab Break",
	"HTML",
	"Heading",
	"Button",
	"Fold",
	"Image",
	"Table",
	"Table MultiSelect",
)


def placeholder() -> str:
	"""Return what stands where a text must not be empty."""
	return _("Personal data deleted")


def replacements(doctype: str) -> dict[str, str | int | None]:
	"""Return the fields of a DocType that are scrubbed, each with the value that it gets.

	Every text counts as personal: names, numbers and addresses stand in free texts too. Kept are texts that are
	fetched from something else than a person, keys without which a record could not be told, and those listed above.

	:param doctype: of a record about a customer, or of one of its child tables.
	"""
	meta = frappe.get_meta(doctype)
	values = {}
	for field in meta.fields:
		if field.fieldtype in NOTHING or field.get("is_virtual"):
			continue
		if doctype == DOCTYPE:
			if field.fieldname not in CUSTOMER_KEPT:
				values[field.fieldname] = _empty(meta, field)
		elif _is_personal(meta, field):
			values[field.fieldname] = _empty(meta, field)
	return values


def _is_personal(meta, field) -> bool:
	if field.fieldtype == "Link":
		return field.options in PEOPLE
	if field.fieldtype not in TEXTS or field.fieldname in KEPT.get(meta.name, ()):
		return False
	if field.options in ("Email", "Phone", "Name"):
		return True
	return not (field.unique or _fetched_from_elsewhere(meta, field))


def _fetched_from_elsewhere(meta, field) -> bool:
	link = meta.get_field((field.fetch_from or "").split(".", 1)[0])
	return bool(link) and link.fieldtype == "Link" and link.options not in (*PEOPLE, DOCTYPE)


def _empty(meta, field) -> str | int | None:
	if field.fieldtype in frappe.model.numeric_fieldtypes or field.fieldtype == "Check":
		return 0
	if field.fieldtype == "JSON":
		return "{}" if field.reqd else None
	shown = field.reqd or field.fieldname == meta.title_field
	return placeholder() if shown and field.fieldtype in TEXTS else None
