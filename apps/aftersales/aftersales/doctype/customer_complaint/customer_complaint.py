"""Customer Complaint: a complaint or suggestion from its registration to the audit (S2.20-S2.24, S7.21, S24.23; M2, M7)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, get_fullname, now_datetime

from aftersales.aftersales import complaint_rules, complaint_steps
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {
	"customer_name": "customer_name",
	"contact_phone": "phone",
	"email": "email",
	"preferred_channel": "preferred_channel",
}
TYPE_VALUES = {"kind": "kind", "target_doctype": "target_doctype", "major_event": "major_event"}
NAMES = {"handler": "handler_name"}
# One index per way a list is asked for, the newest first.
INDEXES = (
	("status", "modified"),
	("customer", "creation"),
	("handler", "stage"),
	("department", "stage"),
	("stage", "due_at"),
	("major_event", "stage"),
)
# The statistics of a period read this index only.
STATISTICS_INDEX = (
	"received_on",
	"complaint_type",
	"department",
	"upheld",
	"stage",
	"satisfaction",
)


class ComplaintTargetError(frappe.ValidationError):
	"""The target of the complaint does not fit."""


class ComplaintMergeError(frappe.ValidationError):
	"""Two complaints cannot become one."""


class CustomerComplaint(Document):
	def autoname(self):
		set_number(self)

	def before_insert(self):
		complaint_rules.clear_controlled(self)
		self.find_customer_of_sender()

	def validate(self):
		before = self.get_doc_before_save()
		complaint_rules.check_changes(self, before)
		self.fill_from_links()
		self.validate_target()
		set_field_of_state(self)
		complaint_steps.prepare(self, before)
		self.set_names()

	def on_update(self):
		complaint_steps.follow_up(self, self.get_doc_before_save())

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(
				_("Two complaints cannot be merged: each keeps its own record number."), ComplaintMergeError
			)
		return check_rename(self, new)

	def find_customer_of_sender(self) -> None:
		"""A complaint that came as an e-mail belongs to the one customer who has that address."""
		if self.customer or not self.email or not self.flags.ignore_mandatory:
			return
		found = frappe.get_all("Service Customer", {"email": self.email}, pluck="name", limit=2)
		if len(found) == 1:
			self.customer = found[0]
		self.channel = "E-mail"

	def fill_from_links(self) -> None:
		"""Copy what ticket, customer and type know; typed values win (S2.20)."""
		self.fill_from_ticket()
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		major = self.major_event
		fill_from_link(self, "complaint_type", TYPE_VALUES, always=("kind",))
		# A type without the mark does not take it from a complaint that somebody ticked.
		self.major_event = self.major_event or major
		self.received_on = self.received_on or now_datetime()

	def fill_from_ticket(self) -> None:
		"""Take customer and product over from the ticket that the complaint came from."""
		if not self.ticket or not self.has_value_changed("ticket"):
			return
		found = frappe.db.get_value(
			"Service Ticket",
			self.ticket,
			("customer", "customer_name", "contact_phone", "email", "product"),
			as_dict=True,
		)
		for field, value in (found or {}).items():
			if not self.get(field):
				self.set(field, value)

	def validate_target(self) -> None:
		"""Refuse a target without its kind, and a time of receipt in the future.

		:raises ComplaintTargetError: with what to correct.
		"""
		if self.target and not self.target_doctype:
			frappe.throw(
				_("Choose {0} first, then the target.").format(frappe.bold(_("Complaint About"))),
				ComplaintTargetError,
			)
		if get_datetime(self.received_on) > now_datetime():
			frappe.throw(
				_("{0} lies in the future. Correct it.").format(frappe.bold(_("Received On"))),
				ComplaintTargetError,
			)

	def set_names(self) -> None:
		"""Keep the names of people beside their accounts, for lists and prints."""
		for user, name in NAMES.items():
			self.set(name, get_fullname(self.get(user)) if self.get(user) else None)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Customer Complaint", fields)
	frappe.db.add_index("Customer Complaint", STATISTICS_INDEX, index_name="statistics_index")
