"""Answers that the daily work proposes (S7.42): a resolved ticket or complaint becomes a FAQ Proposal.

Only what can become an answer is proposed: a question, a handling of some length, no FAQ used already. Names and numbers
of the customer are left out. A case that asks nearly the same as a waiting proposal is added to that one.
"""

import re
from html import escape

import frappe
from frappe.model.document import Document

from aftersales.knowledge.likeness import likeness, near_faqs
from aftersales.knowledge.misses import PRIVATE
from aftersales.knowledge.text import language_of, runs
from aftersales.utils.access import check_permission

DOCTYPE = "FAQ Proposal"
LEAST_QUESTION, LEAST_HANDLING = 6, 20
SAME = 0.75
# So many waiting proposals are compared, the newest.
COMPARED = 500
KINDS = {"Repair": "Fault", "Installation": "Fault", "Complaint": "Complaint"}
HIDDEN = "…"


def ticket_saved(doc: Document, method: str | None = None) -> None:
	"""Hook `on_update` of Service Ticket: one that was just completed is looked at after the commit."""
	before = doc.get_doc_before_save()
	if doc.completed and before and not before.completed:
		propose_later(doc)


def complaint_saved(doc: Document, method: str | None = None) -> None:
	"""Hook `on_update` of Customer Complaint: one that was just handled is looked at after the commit."""
	before = doc.get_doc_before_save()
	if doc.stage == "Handled" and before and before.stage != "Handled":
		propose_later(doc)


def propose_later(doc: Document) -> None:
	"""Queue `propose`; nobody waits for it while a ticket is saved."""
	frappe.enqueue(
		"aftersales.knowledge.proposals.propose",
		queue="long",
		enqueue_after_commit=True,
		doctype=doc.doctype,
		name=doc.name,
	)


def propose(doctype: str, name: str) -> str | None:
	"""Job: make a proposal of a finished record, or add it to one that asks the same; running it twice changes nothing.

	:returns: name of the proposal, or None if the record holds nothing that could become an answer.
	"""
	if not frappe.db.exists(doctype, name):
		return None
	case = read_case(frappe.get_doc(doctype, name))
	if not case or is_known(doctype, name):
		return None
	source = {"source_doctype": doctype, "source_name": name, "question": case["question"]}
	same = waiting_alike(case["question"], case["product"])
	if same:
		proposal = frappe.get_doc(DOCTYPE, same, for_update=True)
		proposal.append("sources", source)
	else:
		proposal = frappe.get_doc(doctype=DOCTYPE, sources=[source], **case)
	proposal.flags.ignore_permissions = True
	proposal.flags.ignore_links = True
	return proposal.save().name


def read_case(doc: Document) -> dict | None:
	"""Return question, answer and product of a finished record, or None if that is too little."""
	reader = {"Service Ticket": read_ticket, "Customer Complaint": read_complaint}[doc.doctype]
	case = reader(doc)
	if not case:
		return None
	question, handling = (impersonal(text, doc) for text in (case["question"], case.pop("handling")))
	if len("".join(runs(question))) < LEAST_QUESTION or len(handling) < LEAST_HANDLING:
		return None
	lines = (escape(line) for line in handling.splitlines() if line.strip())
	case["answer"] = "".join(f"<p>{line}</p>" for line in lines)
	case["question"] = first_sentence(question)
	return case


def read_ticket(ticket: Document) -> dict | None:
	"""What a resolved ticket teaches; nothing if a FAQ answered it."""
	if not ticket.completed or ticket.faq or any(row.faq for row in ticket.handling_log):
		return None
	return {
		"question": ticket.question or "",
		"handling": ticket.handling or "",
		"kind": KINDS.get(ticket.record_type, "General"),
		"product": ticket.product,
		"product_category": ticket.product_category,
	}


def read_complaint(complaint: Document) -> dict | None:
	"""What a handled complaint teaches; praise teaches nothing."""
	if complaint.kind == "Praise" or not complaint.result:
		return None
	category = (
		frappe.db.get_value("Product", complaint.product, "product_category") if complaint.product else None
	)
	return {
		"question": complaint.reason or complaint.customer_request or "",
		"handling": "\n".join(part for part in (complaint.result, complaint.corrective_action) if part),
		"kind": "Complaint",
		"product": complaint.product,
		"product_category": category,
	}


def impersonal(text: str, doc: Document) -> str:
	"""Leave out who asked: names that the record holds, telephone numbers, e-mail addresses."""
	text = PRIVATE.sub(HIDDEN, text)
	for field in ("customer_name", "organisation", "contact_phone", "email"):
		value = (doc.get(field) or "").strip()
		if len(value) > 1:
			text = re.sub(re.escape(value), HIDDEN, text, flags=re.IGNORECASE)
	return text.strip()


def first_sentence(text: str) -> str:
	"""A question in one line, as long as a FAQ's may be."""
	return " ".join(text.split())[:250]


def is_known(doctype: str, name: str) -> bool:
	"""Whether the record is a case of some proposal already, decided or not."""
	return bool(frappe.db.exists("FAQ Proposal Source", {"source_doctype": doctype, "source_name": name}))


def waiting_alike(question: str, product: str | None) -> str | None:
	"""Return the waiting proposal that asks nearly the same about the same product, if there is one."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={"decision": ("is", "not set"), "product": product or ("is", "not set")},
		fields=["name", "question"],
		order_by="creation desc",
		limit=COMPARED,
	)
	best = max(rows, key=lambda row: likeness(question, row.question), default=None)
	return best.name if best and likeness(question, best.question) >= SAME else None


def point_out_duplicates(proposal: Document) -> None:
	"""Write the nearest answer and how near it comes."""
	near = near_faqs(proposal.question, 1)
	proposal.nearest = near[0].name if near else None
	proposal.likeness = round(near[0].likeness * 100) if near else 0


@frappe.whitelist()
def near_answers(proposal: str) -> list:
	"""Return the answers that come near a proposal's question, for its form.

	:param proposal: FAQ Proposal.
	:returns: rows with name, question, status, published and `likeness` from 0 to 1, the nearest first.
	:raises frappe.PermissionError: the user may not read the proposal or no FAQs.
	"""
	doc = frappe.get_doc(DOCTYPE, proposal)
	check_permission(DOCTYPE, "read", doc)
	check_permission("FAQ", "read")
	near = near_faqs(doc.question)
	names = [row.name for row in near if row.name != doc.faq]
	readable = set(frappe.get_list("FAQ", {"name": ("in", names or [""])}, pluck="name"))
	return [row for row in near if row.name in readable]


def make_faq(proposal: Document) -> str:
	"""Make the draft of an accepted proposal and return its name."""
	faq = frappe.get_doc(
		doctype="FAQ",
		question=proposal.question,
		answer=proposal.answer,
		kind=proposal.kind,
		faq_category=proposal.faq_category,
		product=proposal.product,
		product_category=proposal.product_category,
		proposal=proposal.name,
		audience="Internal",
		language=language_of(proposal.question, "en"),
	)
	return faq.insert().name
