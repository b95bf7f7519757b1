"""Who hears of an appointment: the customer by message, the person planned for it and those who lead the service in the Desk."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import cint, escape_html, get_fullname

from aftersales.portal.conversation import enabled_staff, leaders
from aftersales.telephony import message_recipients, message_senders, messages

DOCTYPE = "Service Appointment"
CHANNELS = ("SMS", "E-mail")
# What the customer is told when the service brought an appointment into a stage.
TEMPLATES = {
	"Confirmed": "Appointment Confirmed",
	"Moved": "Appointment Moved",
	"Cancelled": "Appointment Cancelled",
}


def tell(doc: Document) -> None:
	"""Tell the other side what was done with an appointment; called when one was stored."""
	before = doc.get_doc_before_save()
	if before and before.stage == doc.stage and not doc.moved_in_place:
		if doc.planned_for and doc.has_value_changed("planned_for"):
			tell_staff(doc, _("{0} planned appointment {1} for you"))
		return
	if doc.flags.from_portal:
		if not doc.flags.confirmed_at_once:
			tell_staff(doc, customers_words(doc, before))
		return
	if (not before and doc.planned_for) or doc.moved_in_place or doc.stage == "Cancelled":
		tell_staff(doc, staff_words(doc))
	if doc.stage in TEMPLATES and (doc.stage != "Moved" or doc.moved_in_place):
		tell_customer(doc, TEMPLATES[doc.stage])


def customers_words(doc: Document, before: Document | None) -> str:
	"""Return what the service reads of what a customer did in the portal."""
	if not before:
		return _("{0} made appointment {1} in the customer portal")
	if doc.moved_in_place:
		return _("{0} moved appointment {1}")
	if doc.stage == "Cancelled":
		return _("{0} cancelled appointment {1}")
	return _("{0} confirmed appointment {1}")


def staff_words(doc: Document) -> str:
	"""Return what the person planned for an appointment reads of what a colleague did."""
	if doc.stage == "Cancelled":
		return _("{0} cancelled appointment {1}")
	return _("{0} moved appointment {1}") if doc.moved_in_place else _("{0} planned appointment {1} for you")


def tell_staff(doc: Document, subject: str) -> None:
	"""Notify the person planned for an appointment; of what customers do without one, those who lead the service.

	:param subject: translated, with places for who did it and the appointment's number.
	"""
	users = enabled_staff([doc.planned_for])
	if not users and doc.flags.from_portal:
		users = enabled_staff(leaders())
	users = [user for user in users if user != frappe.session.user]
	if not users:
		return
	name = frappe.bold(escape_html(get_fullname(frappe.session.user)))
	enqueue_create_notification(
		users,
		{
			"type": "Alert",
			"document_type": DOCTYPE,
			"document_name": doc.name,
			"subject": subject.format(name, frappe.bold(doc.name)),
			"from_user": frappe.session.user,
			"email_content": None,
		},
	)


def tell_customer(doc: Document, template: str, key: str = "") -> str | None:
	"""Put a message to the customer into the queue, if the site sends such messages and there is a way to the customer.

	:param template: Message Template.
	:param key: of messages that must not be sent twice.
	:returns: the Outgoing Message, None if there is none; a reason stands in the appointment's timeline.
	"""
	if not cint(frappe.get_cached_doc("Aftersales Settings").appointment_messages):
		return None
	channel = channel_for(doc)
	if not channel:
		return None
	frappe.db.savepoint("appointment_message")
	try:
		return messages.queue(
			template,
			channel=channel,
			customer=doc.customer,
			reference_doctype=DOCTYPE,
			reference_name=doc.name,
			idempotency_key=key or None,
		)
	except frappe.ValidationError as error:
		# An appointment stands, whatever keeps the message from the customer.
		frappe.db.rollback(save_point="appointment_message")
		frappe.clear_messages()
		reason = escape_html(frappe.utils.strip_html(str(error)))
		doc.add_comment("Info", _("The customer got no message: {0}").format(reason))
		return None


def channel_for(doc: Document) -> str | None:
	"""Return the channel of a message to the customer: the preferred one first, of those that reach them; None for none."""
	preferred = doc.customer and frappe.db.get_value("Service Customer", doc.customer, "preferred_channel")
	for channel in sorted(CHANNELS, key=lambda channel: channel != preferred):
		trial = frappe.get_doc({"doctype": "Outgoing Message", "channel": channel})
		if message_senders.choose(trial, must=False) and message_recipients.addresses(
			channel, doc.customer, doc
		):
			return channel
	return None
