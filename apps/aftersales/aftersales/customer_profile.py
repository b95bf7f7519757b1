"""How complete a customer's file is: hard file and soft file, weighed 20 to 80 (S6.01, S6.02)."""

import frappe
from frappe.model.document import Document
from frappe.utils import flt

DOCTYPE = "Service Customer"
LAYOUT = ("Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Button")
# Fields of the hard file that stand elsewhere on the form.
ELSEWHERE = ("customer_name", "phone", "email")


def set_scores(customer: Document) -> None:
	"""Fill `hard_file_score`, `soft_file_score` and `profile_score` (percent) from what is known.

	Every field of the two sections counts the same, also those that an administrator adds to a section. Birthday or
	approximate age count as one, and so does an address.

	:param customer: Service Customer being saved.
	"""
	hard = [bool(customer.get(field)) for field in ELSEWHERE]
	hard += [bool(customer.birthday or customer.age_band), has_address(customer)]
	hard += [
		bool(customer.get(field))
		for field in section_fields(customer.meta, "hard_file_section")
		if field != "age_band"
	]
	soft = [bool(customer.get(field)) for field in section_fields(customer.meta, "soft_file_section")]
	customer.hard_file_score, customer.soft_file_score = percent(hard), percent(soft)
	customer.profile_score = weighed(customer.hard_file_score, customer.soft_file_score)


def section_fields(meta, section: str) -> list[str]:
	"""Return the fields with a value between a section break and the next section or tab."""
	fields, inside = [], False
	for field in meta.fields:
		if field.fieldtype in ("Section Break", "Tab Break"):
			inside = field.fieldname == section
		elif inside and field.fieldtype not in LAYOUT:
			fields.append(field.fieldname)
	return fields


def percent(answers: list[bool]) -> float:
	"""Return how many of the answers are yes, 0 to 100."""
	return round(100 * sum(answers) / len(answers), 1) if answers else 0.0


def weighed(hard: float, soft: float) -> float:
	"""Return the score of a file from those of its two parts, with the weight of Aftersales Settings."""
	weight = hard_weight()
	return round(hard * weight + soft * (1 - weight), 1)


def hard_weight() -> float:
	"""Return the share of the hard file, 0 to 1; 0.2 unless the site says otherwise."""
	return min(flt(frappe.get_cached_doc("Aftersales Settings").hard_file_weight), 100) / 100


def has_address(customer: Document) -> bool:
	"""Return whether an Address is linked to the customer; nothing is asked for a new one, which cannot have any."""
	if customer.is_new():
		return False
	return bool(
		frappe.db.exists(
			"Dynamic Link",
			{"parenttype": "Address", "link_doctype": DOCTYPE, "link_name": customer.name},
		)
	)


def address_changed(doc: Document, method: str | None = None) -> None:
	"""Score the customers of an Address anew.

	:param doc: the Address; when it is deleted (`after_delete`) its links are gone from the table by now.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	links = [*doc.links, *(before.links if before else [])]
	for name in {link.link_name for link in links if link.link_doctype == DOCTYPE}:
		if not frappe.db.exists(DOCTYPE, name):
			continue
		customer = frappe.get_doc(DOCTYPE, name)
		stored = customer.hard_file_score
		set_scores(customer)
		if stored != customer.hard_file_score:
			frappe.db.set_value(
				DOCTYPE,
				name,
				{"hard_file_score": customer.hard_file_score, "profile_score": customer.profile_score},
				update_modified=False,
			)


def settings_changed(doc: Document, method: str | None = None) -> None:
	"""Weigh all files anew, with one statement, when the weight changed.

	:param doc: Aftersales Settings.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	if not before or flt(before.hard_file_weight) == flt(doc.hard_file_weight):
		return
	weight = min(flt(doc.hard_file_weight), 100) / 100
	customer = frappe.qb.DocType(DOCTYPE)
	score = customer.hard_file_score * weight + customer.soft_file_score * (1 - weight)
	frappe.qb.update(customer).set(customer.profile_score, score).run()
