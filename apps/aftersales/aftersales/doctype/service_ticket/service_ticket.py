"""Service Ticket: the record card of one enquiry, complaint or other request (S1.11-S1.37)."""

from typing import ClassVar

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, get_fullname, getdate, now_datetime, today

from aftersales.aftersales import originals, ticket_pictures
from aftersales.telephony.numbers import normalise
from aftersales.utils.access import check_permission, is_permitted
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {
	"customer_name": "customer_name",
	"organisation": "organisation",
	"contact_phone": "phone",
	"email": "email",
	"dealer": "dealer",
	"region": "region",
}
CUSTOMER_MARKS = ("vip_level", "gold_customer", "member_no", "black_listed", "black_list_reason")
PRODUCT_VALUES = {
	"product_name": "product_name",
	"package": "package",
	"product_category": "product_category",
}
LOG_FIELDS = ("entry_time", "user", "entry", "faq")

# One index per way a list is asked for, the newest first; single fields have theirs in the JSON.
INDEXES = (
	("status", "modified"),
	("completed", "modified"),
	("customer", "creation"),
	("product", "creation"),
	("contact_phone", "creation"),
	("phone_key", "creation"),
	("person_in_charge", "status"),
	("owner", "creation"),
	("email", "creation"),
	("device", "creation"),
	("serial_unknown", "creation"),
)
# Counts of a period, in reports, cards and charts, read this index and no row.
STATISTICS_INDEX = ("creation_date", "record_type", "status", "product_category", "product", "completed")


class LotNoMissingError(frappe.MandatoryError):
	"""The record type asks for a lot number (S1.26)."""


class HandlingMissingError(frappe.ValidationError):
	"""A ticket without a word on what was done cannot be completed."""


class HandlingLogError(frappe.PermissionError):
	"""The handling log only grows."""


class TicketDateError(frappe.ValidationError):
	"""The dates of the ticket contradict each other."""


class TicketMergeError(frappe.ValidationError):
	"""Two tickets cannot become one."""


class ServiceTicket(Document):
	deadline_fields: ClassVar = {"Response": "respond_by", "Resolution": "resolve_by"}

	def autoname(self):
		set_number(self)

	def onload(self):
		self.set_onload("customer_marks", self.customer_marks())

	def validate(self):
		self.fill_from_links()
		self.set_phone_key()
		self.stamp_handling_log()
		self.protect_handling_log()
		self.validate_lot_no()
		ticket_pictures.validate(self)
		set_field_of_state(self)
		self.validate_handling()
		self.set_dates()
		self.validate_dates()

	def on_update(self):
		ticket_pictures.attach(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		self.refuse_merge(merge)
		return check_rename(self, new)

	def after_rename(self, old: str, new: str, merge: bool = False):
		originals.rename_folder(old, new)

	def after_delete(self):
		originals.delete_folder(self.name)

	def customer_marks(self) -> dict | None:
		"""Return what an agent must see of the customer at once: member level, black list; None if not readable."""
		if not self.customer or not frappe.has_permission("Service Customer", "read"):
			return None
		rows = frappe.get_list(
			"Service Customer",
			filters={"name": self.customer},
			fields=list(CUSTOMER_MARKS),
			limit_page_length=1,
		)
		return rows[0] if rows else None

	def fill_from_links(self) -> None:
		"""Copy what customer, product and person in charge know; typed values win (S1.18, S1.24, S1.27)."""
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_name",))
		if self.person_in_charge and (
			not self.person_in_charge_name
			or (
				self.has_value_changed("person_in_charge")
				and not self.has_value_changed("person_in_charge_name")
			)
		):
			self.person_in_charge_name = get_fullname(self.person_in_charge)

	def set_phone_key(self) -> None:
		"""Store the normalised number, by which tickets of a caller without a customer record are found."""
		if self.is_new() or self.has_value_changed("contact_phone"):
			self.phone_key = normalise(self.contact_phone).key

	def stamp_handling_log(self) -> None:
		"""Say who wrote a new entry and when; only who may delete tickets may say otherwise."""
		trusted = self.may_change_log()
		known = {row.name for row in self.rows_before("handling_log")}
		for row in self.handling_log:
			if row.name in known:
				continue
			if not (trusted and row.user):
				row.user = frappe.session.user
			if not (trusted and row.entry_time):
				row.entry_time = now_datetime()

	def protect_handling_log(self) -> None:
		"""Refuse changed or removed entries from users who may not delete tickets.

		:raises HandlingLogError: an entry that was saved before is missing or differs.
		"""
		before = self.rows_before("handling_log")
		if not before or self.may_change_log():
			return
		now = {row.name: row for row in self.handling_log}
		for row in before:
			if row.name not in now or log_values(now[row.name]) != log_values(row):
				frappe.throw(
					_("Entries of the handling log cannot be changed or removed. Add a new entry instead."),
					HandlingLogError,
					title=_("Handling Log"),
				)

	def may_change_log(self) -> bool:
		"""Whether the user owns tickets, that is, may delete them (S1.13)."""
		return is_permitted(self, "delete")

	def rows_before(self, table: str) -> list[Document]:
		"""Return the rows of a table as they are stored."""
		before = self.get_doc_before_save()
		return before.get(table) if before else []

	def validate_lot_no(self) -> None:
		"""Demand a lot number for the record types that Aftersales Settings names (S1.26).

		Customers who write in the portal need not know it; the agent asks them.

		:raises LotNoMissingError: it is empty.
		"""
		if self.flags.from_portal:
			return
		if not (self.lot_no or "").strip() and self.record_type in lot_no_required_for():
			frappe.throw(
				_("Fill in {0}: it is required for the record type {1}.").format(
					frappe.bold(_("Lot No.")), frappe.bold(_(self.record_type))
				),
				LotNoMissingError,
				title=_("Lot No. Missing"),
			)

	def validate_handling(self) -> None:
		"""Demand a word on what was done when the ticket becomes complete (S1.30).

		:raises HandlingMissingError: neither handling nor handling log holds anything.
		"""
		before = self.get_doc_before_save()
		if not self.completed or (before and before.completed):
			return
		if not (self.handling or "").strip() and not self.handling_log:
			frappe.throw(
				_("Say what was done first: fill in {0}, or add an entry to the {1}, and save.").format(
					frappe.bold(_("Handling Method and Process")), frappe.bold(_("Handling Log"))
				),
				HandlingMissingError,
				title=_("Handling Missing"),
			)

	def set_dates(self) -> None:
		"""Creation, completion and modification dates (S1.19, S1.21, S1.22).

		The completion date is the day on which the ticket became complete unless typed, and goes when work starts again.
		"""
		before = self.get_doc_before_save()
		self.creation_date = self.creation_date or (before and before.creation_date) or today()
		self.modification_date = today()
		if self.completed:
			self.completion_date = self.completion_date or today()
		elif before and before.completed:
			self.completion_date = None

	def validate_dates(self) -> None:
		"""Refuse a completion before the acceptance.

		:raises TicketDateError: with both dates.
		"""
		if (
			self.completion_date
			and self.acceptance_date
			and getdate(self.completion_date) < getdate(self.acceptance_date)
		):
			frappe.throw(
				_("The completion date {0} lies before the acceptance date {1}. Correct one of them.").format(
					frappe.bold(self.get_formatted("completion_date")),
					frappe.bold(self.get_formatted("acceptance_date")),
				),
				TicketDateError,
				title=_("Dates"),
			)

	def refuse_merge(self, merge: bool) -> None:
		"""Keep two tickets two.

		:raises TicketMergeError: `merge` is set.
		"""
		if merge:
			frappe.throw(
				_("Two tickets cannot be merged: each keeps its own record number."), TicketMergeError
			)


def log_values(row: Document) -> tuple:
	"""Return what must stay of an entry, whatever type a client gave its values."""
	return (get_datetime(row.entry_time), *(row.get(field) or "" for field in LOG_FIELDS[1:]))


def lot_no_required_for() -> list[str]:
	"""Return the record types that need a lot number, from Aftersales Settings (S1.26)."""
	text = frappe.get_cached_doc("Aftersales Settings").lot_no_required_for or ""
	return [line.strip() for line in text.splitlines() if line.strip()]


@frappe.whitelist()
def form_settings() -> dict:
	"""Return what the form must know of Aftersales Settings.

	:returns: `max_pictures` and `lot_no_required_for` (record types).
	:raises frappe.PermissionError: the user may not read tickets.
	"""
	check_permission("Service Ticket", "read")
	return {
		"max_pictures": ticket_pictures.limit(),
		"lot_no_required_for": lot_no_required_for(),
	}


@frappe.whitelist(methods=["POST"])
def open_originals_folder(ticket: str) -> str:
	"""Return the folder of a ticket's original material, made on first use (S1.29).

	:param ticket: record number.
	:returns: name of the File folder.
	:raises frappe.PermissionError: the user may not read the ticket.
	"""
	doc = frappe.get_doc("Service Ticket", ticket)
	doc.check_permission("read")
	return originals.ensure_folder(doc.name)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Ticket", fields)
	frappe.db.add_index("Service Ticket", STATISTICS_INDEX, index_name="statistics_index")
