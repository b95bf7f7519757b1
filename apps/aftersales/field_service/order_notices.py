"""Who is told of a service order: the outlet that gets it and the service centre above it, and who sent it (S2.14, S2.15)."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document

# Nobody is told of more than this many at once; an outlet has no more people than that.
MOST_PEOPLE = 50


def tell(doc: Document) -> None:
	"""Tell those concerned that the order has entered its stage.

	:param doc: the order, in `on_update`, whose stage has just changed.
	"""
	about = f"{doc.name} {frappe.utils.escape_html(doc.customer_name or '')}".strip()
	if doc.stage == "Dispatched":
		send(doc, people_of(doc.outlet), _("New order for {0}: {1}").format(doc.outlet, about))
		send(
			doc,
			people_of(doc.service_centre),
			_("Dispatched to {0}, please supervise: {1}").format(doc.outlet, about),
		)
	elif doc.stage == "Open" and doc.last_refusal and doc.before("stage") in ("Dispatched", "Received"):
		send(
			doc,
			{doc.receiver, doc.owner},
			_("Refused by {0}: {1}").format(doc.outlet, about),
			doc.last_refusal,
		)
	elif doc.stage == "Waiting":
		send(doc, people_of(doc.service_centre), _("Waits for parts: {0}").format(about))


def people_of(outlet: str | None) -> set[str]:
	"""Return the manager of an outlet and the people whose staff record names it, as far as they can sign in."""
	if not outlet:
		return set()
	people = set(
		frappe.get_all(
			"Service Staff", {"outlet": outlet, "enabled": 1}, pluck="name", order_by=None, limit=MOST_PEOPLE
		)
	)
	if manager := frappe.db.get_value("Service Outlet", outlet, "manager"):
		people.add(manager)
	return people


def send(doc: Document, people: set[str | None], subject: str, text: str | None = None) -> None:
	"""Leave a notification for each of the people but the one who acts."""
	people = sorted(
		person for person in people if person and person not in (frappe.session.user, "Administrator")
	)
	if not people:
		return
	enqueue_create_notification(
		people,
		{
			"type": "Alert",
			"document_type": doc.doctype,
			"document_name": doc.name,
			"subject": subject,
			"from_user": frappe.session.user,
			"email_content": frappe.utils.escape_html(text or doc.symptom or ""),
		},
	)
