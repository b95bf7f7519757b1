"""Whether an answer helped (FAQ Feedback), from agents and from readers outside."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.knowledge.faq_life import note_view
from aftersales.utils.text import harmless

LONGEST = 500


class FeedbackError(frappe.ValidationError):
	"""The feedback says nothing that can be kept."""


@frappe.whitelist(methods=["POST"])
def give_feedback(
	faq: str, helpful: bool, reason: str | None = None, comment: str | None = None, ticket: str | None = None
) -> None:
	"""Say whether an answer helped; a second word of the same user replaces the first (S22.06).

	:param faq: name of the FAQ.
	:param helpful: whether it did.
	:param reason: why not, one of the reasons of FAQ Feedback.
	:param comment: what is missing or wrong, at most 500 characters.
	:param ticket: Service Ticket at which it was used.
	:raises frappe.PermissionError: the user may not read the FAQ.
	:raises FeedbackError: there is no such reason.
	"""
	frappe.get_doc("FAQ", faq).check_permission("read")
	if ticket:
		frappe.get_doc("Service Ticket", ticket).check_permission("read")
	keep(
		faq,
		helpful=helpful,
		reason=reason,
		comment=comment,
		visitor=f"user:{frappe.session.user}",
		source="Desk",
		ticket=ticket,
	)


@frappe.whitelist(methods=["POST"])
def answer_opened(faq: str) -> None:
	"""Count that the session's user opened an answer beside a ticket.

	:raises frappe.PermissionError: the user may not read the FAQ.
	"""
	frappe.get_doc("FAQ", faq).check_permission("read")
	note_view(faq, frappe.session.user)


def keep(
	faq: str,
	*,
	helpful: bool,
	reason: str | None = None,
	comment: str | None = None,
	visitor: str = "",
	source: str = "Portal",
	ticket: str | None = None,
) -> Document:
	"""Write one reader's word on an answer; the caller has checked that they may read it.

	:param visitor: tells one reader from another; an empty one always counts as somebody new.
	:raises FeedbackError: there is no such reason.
	"""
	known = frappe.get_meta("FAQ Feedback").get_field("reason").options.split("\n")
	if reason and reason not in known:
		frappe.throw(_("Choose one of the reasons offered."), FeedbackError)
	values = {
		"helpful": "Yes" if helpful else "No",
		"reason": None if helpful else (reason or None),
		"comment": harmless(comment)[:LONGEST] or None,
		"done": 0,
	}
	visitor = visitor[:140]
	name = frappe.db.get_value("FAQ Feedback", {"faq": faq, "visitor": visitor}) if visitor else None
	doc = frappe.get_doc("FAQ Feedback", name, for_update=True) if name else frappe.new_doc("FAQ Feedback")
	if not name:
		doc.update({"faq": faq, "visitor": visitor or None, "source": source, "ticket": ticket})
	doc.update(values)
	doc.flags.ignore_links = True
	return doc.save(ignore_permissions=True)
