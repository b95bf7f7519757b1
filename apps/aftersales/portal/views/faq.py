"""Answers: search, categories, one answer, whether it helped (S1.33, S2.13)."""

from urllib.parse import quote
from xml.sax.saxutils import escape

import frappe
from frappe import _
from frappe.utils import get_url

from aftersales.knowledge import readers
from aftersales.portal import faqs, limits
from aftersales.portal.pages import Asked, Download, NotFound, Page, Redirect
from aftersales.portal.uploads import SHOWN
from aftersales.portal.wording import done_message

SIZE = 15
MOST_PAGES = 20


def listing(asked: Asked) -> Page:
	"""Return what fits the words and the category; a finished search without result is noted for the editors."""
	text, category = asked.text("q"), asked.text("category", 140)
	page = asked.number("page", most=MOST_PAGES)
	if text:
		limits.count("search")
	found = readers.search(
		text,
		asked.scope.audiences,
		language=frappe.local.lang,
		category=category or None,
		limit=SIZE,
		start=(page - 1) * SIZE,
	)
	if text and not found["total"] and found["complete"]:
		readers.note_miss(text)
		frappe.local.flags.commit = True
	categories = readers.categories(asked.scope.audiences)
	context = {
		"q": text,
		"category": category,
		"category_label": next((row["label"] for row in categories if row["name"] == category), ""),
		"hits": found["hits"],
		"total": found["total"],
		"page": page,
		"more": found["total"] > page * SIZE and page < MOST_PAGES,
		"categories": categories,
	}
	title = _("Answers for “{0}”").format(text) if text else _("Questions and Answers")
	return Page("faqs", title, context, indexed=not text)


def detail(asked: Asked) -> Page | Redirect:
	"""Return one answer; or take whether it helped."""
	name = asked.named["name"]
	faq = readers.read(name, asked.scope.audiences)
	if asked.is_post:
		return helpful(asked, name)
	readers.viewed(name, faqs.visitor_of(asked.scope))
	reasons = frappe.get_meta("FAQ Feedback").get_field("reason").options.split("\n")
	context = {
		"faq": faq,
		"reasons": [reason for reason in reasons if reason],
		"languages_of": [row for row in faq["translations"] if row["language"] != faq["language"]],
		"done": done_message(asked.text("done")),
	}
	indexed = frappe.db.get_value("FAQ", name, "audience") == "Public"
	return Page("faq", faq["question"], context, indexed=indexed)


def helpful(asked: Asked, name: str) -> Redirect:
	"""Take whether an answer helped, and why not."""
	limits.count("helpful")
	answer = asked.text("helpful", 3)
	if answer not in ("yes", "no"):
		frappe.throw(_("Say whether the answer helped."))
	readers.give_feedback(
		name,
		asked.scope.audiences,
		answer == "yes",
		reason=asked.text("reason", 140) if answer == "no" else "",
		comment=asked.text("comment", 500),
		visitor=faqs.visitor_of(asked.scope),
	)
	return Redirect(f"/service/faq/{quote(name)}?done=helpful")


def file(asked: Asked) -> Download:
	"""Return a picture or an attachment of an answer that the reader may see."""
	limits.count("download")
	name, content, kind = readers.file(asked.text("faq", 140), asked.text("file", 140), asked.scope.audiences)
	shown = f".{name.rpartition('.')[2].lower()}" in SHOWN
	return Download(content, name, kind if shown else "application/octet-stream", shown)


def sitemap(asked: Asked) -> Download:
	"""Return the addresses of the public answers for search engines."""
	if not asked.scope.is_guest:
		raise NotFound
	rows = "".join(
		f"<url><loc>{escape(get_url(f'/service/faq/{quote(row.name)}'))}</loc>"
		f"<lastmod>{row.modified:%Y-%m-%d}</lastmod></url>"
		for row in readers.sitemap(("Public",))
	)
	content = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
	return Download(content.encode(), "sitemap.xml", "application/xml", True)
