"""Service Appointment: a time agreed with a customer, for a visit, in the workshop, in a shop or by telephone (S4.07, S18.19)."""

from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from aftersales.aftersales.deadlines.calendars import seconds_of
from aftersales.field_service import appointment_notices, appointment_reminders
from aftersales.field_service.appointment_windows import (
	ENDED,
	PLAN,
	clock,
	is_bookable,
	lock_places,
	taken_rows,
	window_at,
)
from aftersales.service_network.outlet_scope import fill as fill_outlet
from aftersales.telephony.numbers import normalise
from aftersales.utils.kanban import follow_moved_card
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.workflow_state import set_field_of_state

DOCTYPE = "Service Appointment"
CUSTOMER_VALUES = {
	"customer_name": "customer_name",
	"contact_phone": "phone",
	"email": "email",
	"region": "region",
}
DEVICE_VALUES = {
	"product": "product",
	"serial_no": "serial_no",
	"customer": "customer",
	"address": "address",
}
PRODUCT_VALUES = {"product_name": "product_name", "product_category": "product_category"}
PLAN_VALUES = {"outlet": "outlet", "department": "department"}
PLACE = ("plan", "appointment_date", "from_time")
# Stages in which the appointment is still ahead.
OPEN = ("Requested", "Confirmed", "Moved")
INDEXES = (
	("customer", "creation"),
	("phone_key", "creation"),
	("owner", "creation"),
	("email", "creation"),
	("stage", "starts_at"),
	("planned_for", "starts_at"),
	("technician", "starts_at"),
	("outlet", "starts_at"),
	("remind_at",),
)
# Counting places and the demand of a period reads this index and no row.
PLACES_INDEX = ("plan", "appointment_date", "stage", "from_time", "to_time")
DEMAND_INDEX = ("appointment_date", "from_time", "stage")


class AppointmentTimeError(frappe.ValidationError):
	"""The times make no appointment, or the plan has no such window."""


class WindowFullError(frappe.ValidationError):
	"""All places of the window are taken."""


class AppointmentPlanError(frappe.ValidationError):
	"""The plan is not for this appointment."""


class NotByHandError(frappe.ValidationError):
	"""The time of a stored appointment changes by moving it, so that the other side is asked."""


class CancelReasonError(frappe.MandatoryError):
	"""An appointment was cancelled without a reason."""


class NotYetError(frappe.ValidationError):
	"""The customer cannot have stayed away from what has not begun."""


class ServiceAppointment(Document):
	def validate(self):
		follow_moved_card(self, "stage")
		set_field_of_state(self)
		self.fill_from_links()
		fill_outlet(self)
		self.set_phone_key()
		self.refuse_change_by_hand()
		self.ask_customer_again()
		self.set_times()
		self.take_place()
		self.validate_cancel_reason()
		self.validate_no_show()
		appointment_reminders.plan(self)

	def on_update(self):
		appointment_notices.tell(self)

	def fill_from_links(self) -> None:
		"""Copy what device, customer, product and plan know; typed values win."""
		fill_from_link(self, "device", DEVICE_VALUES, always=("product", "serial_no"))
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_name",))
		fill_from_link(self, "plan", PLAN_VALUES)

	def set_phone_key(self) -> None:
		"""Store the normalised number, by which a caller without a customer record is found."""
		if self.is_new() or self.has_value_changed("contact_phone"):
			self.phone_key = normalise(self.contact_phone).key

	@property
	def moved_in_place(self) -> bool:
		"""Whether the appointment is at another time, or in another plan, than it is stored."""
		before = self.get_doc_before_save()
		return bool(before) and place_of(before) != place_of(self)

	def refuse_change_by_hand(self) -> None:
		"""The time changes through `appointments.move`, which keeps the old one and asks the other side.

		:raises NotByHandError: it was written directly.
		"""
		if self.moved_in_place and not self.flags.moving:
			frappe.throw(
				_("Use {0} to change the time of an appointment, so that the other side hears of it.").format(
					frappe.bold(_("Reschedule"))
				),
				NotByHandError,
			)

	def ask_customer_again(self) -> None:
		"""Whoever brings an appointment back to be confirmed without another time asks the customer, too."""
		before = self.get_doc_before_save()
		if self.stage == "Moved" and before and before.stage != "Moved" and not self.flags.moving:
			self.moved_by = "Company"

	def set_times(self) -> None:
		"""Fill the end from the plan's window, and begin and end as moments of the site's time zone.

		:raises AppointmentTimeError: it ends before it begins, or the plan has no such window.
		:raises AppointmentPlanError: the plan is disabled or of another kind.
		"""
		if self.plan and (self.is_new() or self.moved_in_place):
			self.fit_plan()
		day, start, end = getdate(self.appointment_date), seconds_of(self.from_time), seconds_of(self.to_time)
		if end <= start:
			frappe.throw(_("An appointment must end after it begins, on the same day."), AppointmentTimeError)
		midnight = datetime.combine(day, time())
		self.starts_at, self.ends_at = midnight + timedelta(seconds=start), midnight + timedelta(seconds=end)
		self.time_words = f"{day} {clock(start)}–{clock(end)}"

	def fit_plan(self) -> None:
		"""Refuse a time at which the plan has no window; take over the window's end and the plan's kind."""
		plan = frappe.get_cached_doc(PLAN, self.plan)
		if not plan.enabled:
			frappe.throw(
				_("The plan {0} is disabled. Choose another one.").format(frappe.bold(plan.name)),
				AppointmentPlanError,
			)
		self.appointment_kind = plan.appointment_kind
		window = window_at(plan, getdate(self.appointment_date), seconds_of(self.from_time))
		if not window:
			frappe.throw(
				_(
					"{0} has no window at {1} on {2}. Choose one of its windows, or leave the plan empty."
				).format(
					frappe.bold(plan.name),
					clock(seconds_of(self.from_time)),
					frappe.utils.formatdate(self.appointment_date),
				),
				AppointmentTimeError,
				title=_("No Such Window"),
			)
		if self.flags.from_portal and not is_bookable(plan, window):
			frappe.throw(
				_("This time can no longer be booked here. Please choose another one, or call us."),
				AppointmentTimeError,
			)
		self.to_time = timedelta(seconds=window.end)

	def take_place(self) -> None:
		"""Take a place of the plan's window, when the appointment is new, moved or open again.

		:raises WindowFullError: all are taken; of two who take the last one at once, one gets it.
		"""
		before = self.get_doc_before_save()
		had_one = before and before.stage != ENDED and not self.moved_in_place
		if not self.plan or self.stage == ENDED or had_one:
			return
		lock_places(self.plan, self.naming_series)
		plan = frappe.get_cached_doc(PLAN, self.plan)
		day, start, end = getdate(self.appointment_date), seconds_of(self.from_time), seconds_of(self.to_time)
		window = window_at(plan, day, start)
		taken = sum(
			number
			for _day, since, until, number in taken_rows(self.plan, day, day, self.name, lock=True)
			if seconds_of(since) < end and seconds_of(until) > start
		)
		if not window or taken >= window.places:
			frappe.throw(
				_("The window {0} on {1} is full. Choose another one.").format(
					f"{clock(start)}–{clock(end)}", frappe.utils.formatdate(day)
				),
				WindowFullError,
				title=_("Window Full"),
			)

	def validate_cancel_reason(self) -> None:
		"""Demand a reason when an appointment is cancelled, and forget it when it is open again.

		:raises CancelReasonError: there is none.
		"""
		if self.stage != ENDED:
			self.cancel_reason = None
		elif not (self.cancel_reason or "").strip():
			frappe.throw(_("Say why the appointment is cancelled."), CancelReasonError)

	def validate_no_show(self) -> None:
		"""Nobody stays away from what has not begun.

		:raises NotYetError: it begins later.
		"""
		if self.stage == "No Show" and get_datetime(self.starts_at) > now_datetime():
			frappe.throw(_("The appointment has not begun yet."), NotYetError)


def place_of(doc: Document) -> tuple:
	"""Return plan, day and begin of an appointment, whatever type a client gave the values."""
	plan, day, start = (doc.get(field) for field in PLACE)
	return plan or None, getdate(day) if day else None, seconds_of(start)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index(DOCTYPE, fields)
	frappe.db.add_index(DOCTYPE, PLACES_INDEX, index_name="places_index")
	frappe.db.add_index(DOCTYPE, DEMAND_INDEX, index_name="demand_index")
