import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, get_datetime

# Links to calls that must not outlive them: (DocType, field).
LINKS = (
	("Service Ticket", "service_call"),
	("Dial Request", "service_call"),
	("Agent Phone State", "in_call"),
	("Caller Message", "service_call"),
	("Service Call", "call_back"),
)
# Of these, documents that people work with keep a call from being deleted by hand, as Frappe has it.
KEEPING = ("Service Ticket", "Caller Message")
# What people may change; everything else is written by aftersales.telephony.ingest and .calls.
EDITABLE = frozenset({"customer", "note"})


class MachineFieldError(frappe.ValidationError):
	"""A field that says what the telephone did was changed by hand."""


class ServiceCall(Document):
	def validate(self):
		if not self.flags.by_machine:
			self.validate_machine_fields()
			self.follow_customer()

	def on_trash(self):
		self.delete_what_belongs_to_it()

	def delete_what_belongs_to_it(self) -> None:
		"""Device events, the recording's file and links of other machine-made records go with a call (S7.53)."""
		frappe.db.delete("Call Event", {"service_call": self.name})
		for doctype, fieldname in LINKS:
			if doctype not in KEEPING:
				frappe.db.set_value(doctype, {fieldname: self.name}, fieldname, None, update_modified=False)
		if self.recording:
			frappe.delete_doc(
				"File", self.recording, force=True, ignore_permissions=True, delete_permanently=True
			)

	def validate_machine_fields(self) -> None:
		"""State, times and numbers are what the device reported (S7.49); neither form nor API may alter them.

		:raises MachineFieldError: names the field.
		"""
		before = self.get_doc_before_save()
		if not before:
			return
		for field in self.meta.get("fields"):
			if field.fieldname in EDITABLE or field.fieldtype in frappe.model.no_value_fields:
				continue
			if not same(field.fieldtype, before.get(field.fieldname), self.get(field.fieldname)):
				frappe.throw(
					_("{0} is reported by the telephone and cannot be changed by hand.").format(
						frappe.bold(_(field.label))
					),
					MachineFieldError,
				)

	def follow_customer(self) -> None:
		"""Who an agent says has called is certain from then on."""
		if self.has_value_changed("customer"):
			self.update(who_is(self.customer, self.number_display or self.number_raw))


def who_is(customer: str | None, number: str | None) -> dict:
	"""Return the fields of a call that say who called.

	:param customer: name of a Service Customer; None if the caller is unknown again.
	:param number: what to call a caller without a name.
	"""
	name = customer and frappe.db.get_value("Service Customer", customer, "customer_name")
	return {
		"customer": customer,
		"party_type": "Service Customer" if customer else None,
		"party": customer,
		"match_level": "Sure" if customer else "None",
		"caller": name or number,
	}


def same(fieldtype: str, one: object, other: object) -> bool:
	"""Compare a stored value with one that may have come as text."""
	if fieldtype == "Datetime":
		return (get_datetime(one) if one else None) == (get_datetime(other) if other else None)
	if fieldtype in ("Int", "Check", "Float", "Duration"):
		return frappe.utils.flt(one) == frappe.utils.flt(other)
	return cstr(one) == cstr(other)


def on_doctype_update():
	"""Lists of a customer's, a number's and a line's calls, newest first; open calls by age; missed calls."""
	for columns in (
		["customer", "started_at"],
		["number_key", "started_at"],
		["phone_line", "started_at"],
		["state", "started_at"],
		["agent", "started_at"],
		["bridge", "phone_line", "source_line"],
		["call_back_state", "started_at"],
	):
		frappe.db.add_index("Service Call", columns)
