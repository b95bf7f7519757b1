"""FAQs at work: an answer copied into a ticket's handling, and how often that happens."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from aftersales.knowledge import upkeep
from aftersales.knowledge.answer_text import layout_text

TICKET = "Service Ticket"


class NotPublishedError(frappe.ValidationError):
	"""An answer that nobody has reviewed, or that is out of date, is not given to customers."""


@frappe.whitelist(methods=["POST"])
def use_faq(ticket: str, faq: str) -> dict:
	"""Append a FAQ's answer to the handling of a saved ticket and note it in the handling log (S1.33).

	The open form does the same on the client, so that unsaved work stays; this is for who has no form open. Doing it
	twice changes nothing.

	:param ticket: record number.
	:param faq: name of the FAQ.
	:returns: `handling`, `modified`, and `changed`: False if the answer was there already.
	:raises frappe.PermissionError: the user may not change the ticket or not read the FAQ.
	:raises NotPublishedError: the FAQ is not published.
	"""
	article = frappe.get_doc("FAQ", faq)
	article.check_permission("read")
	if not article.published:
		frappe.throw(
			_("{0} is not published. Have it reviewed before it is used.").format(article.name),
			NotPublishedError,
		)
	# Two people at the same ticket wait for each other instead of one being refused as outdated.
	doc = frappe.get_doc(TICKET, ticket, for_update=True)
	doc.check_permission("write")
	answer = layout_text(article.answer)
	changed = answer not in (doc.handling or "")
	if changed:
		doc.handling = "\n\n".join(part for part in ((doc.handling or "").strip(), answer) if part)
		doc.faq = doc.faq or article.name
		doc.append("handling_log", {"entry": log_text(article.name, article.question), "faq": article.name})
		doc.save()
	return {"handling": doc.handling, "modified": doc.modified, "changed": changed}


def log_text(faq: str, question: str) -> str:
	"""The entry of the handling log; the open form writes the same."""
	return _("Answered with {0}: {1}").format(faq, question)


def count_uses() -> None:
	"""Scheduler, hourly: write into each FAQ in how many tickets it was used and how many readers it helped.

	Counted from the handling logs and from FAQ Feedback, so that using a FAQ changes no row that others use at the same
	time, and that the figures are right whatever happened. The FAQ's `modified` stays: nobody has edited it.
	"""
	entry = frappe.qb.DocType("Ticket Handling Entry")
	used = (
		frappe.qb.from_(entry)
		.select(entry.faq, Count(entry.parent).distinct())
		.where(entry.faq > "")
		.groupby(entry.faq)
		.run()
	)
	feedback = frappe.qb.DocType("FAQ Feedback")
	said = (
		frappe.qb.from_(feedback)
		.select(feedback.helpful, feedback.faq, Count("*"))
		.groupby(feedback.helpful, feedback.faq)
		.run()
	)
	changed = write_counts("used_count", dict(used))
	changed |= write_counts("helpful_count", {faq: count for helpful, faq, count in said if helpful == "Yes"})
	write_counts("unhelpful_count", {faq: count for helpful, faq, count in said if helpful == "No"})
	# The rank of an answer depends on these figures.
	upkeep.refresh_later("FAQ", sorted(changed))


def write_counts(field: str, counts: dict[str, int]) -> set[str]:
	"""Write what differs, and return the entries whose figure changed."""
	before = dict(frappe.get_all("FAQ", filters={field: (">", 0)}, fields=["name", field], as_list=True))
	changed = {name for name in counts.keys() | before.keys() if counts.get(name, 0) != before.get(name, 0)}
	for name in changed:
		frappe.db.set_value("FAQ", name, field, counts.get(name, 0), update_modified=False)
	return changed
