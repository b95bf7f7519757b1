"""A FAQ's life after it was written: versions, review dates with their reminder, translations, views."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, cint, getdate, now_datetime, nowdate

from aftersales.utils import tasks

EDITOR_ROLE = "Knowledge Manager"
VIEWS_KEY = "aftersales_faq_views"
SEEN_KEY = "aftersales_faq_seen"
# The same reader counts once in so many seconds.
SEEN_SECONDS = 3600
# Beside the page that shows an answer, nothing is worth more of one night.
MAX_REMINDED = 500


class TranslationError(frappe.ValidationError):
	"""Two entries cannot be translations of each other."""


# Versions


def count_version(doc: Document, before: Document | None) -> None:
	"""Each time that readers get something new, the version goes up by one."""
	if not doc.published:
		return
	is_new = not before or not before.published
	if is_new or before.question != doc.question or before.answer != doc.answer:
		doc.version_no = cint(before.version_no if before else 0) + 1
		doc.changed_on = now_datetime()
	else:
		doc.version_no, doc.changed_on = before.version_no, before.changed_on


# Review dates


def plan_review(doc: Document, before: Document | None) -> None:
	"""Publishing sets who looks at the answer again and when, unless somebody did already."""
	if not doc.published or (before and before.published):
		return
	doc.reviewer = doc.reviewer or frappe.session.user
	if not doc.review_date or getdate(doc.review_date) <= getdate():
		doc.review_date = next_review(doc)


def next_review(doc: Document):
	"""Return the day on which the answer is looked at again, None for never."""
	months = cint(doc.review_months)
	return add_months(nowdate(), months) if months else None


def remind_of_reviews() -> None:
	"""Scheduler, daily: answers whose review date has come go onto the task list of their reviewer, once per date."""
	rows = frappe.get_all(
		"FAQ",
		filters={"published": 1, "review_date": ("<=", nowdate())},
		fields=["name", "question", "reviewer", "review_date"],
		order_by="review_date",
		limit=MAX_REMINDED,
	)
	for row in rows:
		for user in reviewers_of(row):
			if not was_reminded(user, row):
				text = _("Does this answer still hold? {0}").format(frappe.utils.escape_html(row.question))
				tasks.add(user, "FAQ", row.name, text, date=nowdate())


def reviewers_of(row: dict) -> list[str]:
	"""Return the reviewer while they work here, else those who look after all answers."""
	if row.reviewer and frappe.db.get_value("User", row.reviewer, "enabled"):
		return [row.reviewer]
	users = frappe.get_all(
		"Has Role", {"role": EDITOR_ROLE, "parenttype": "User"}, pluck="parent", distinct=True
	)
	return frappe.get_all("User", {"name": ("in", users or [""]), "enabled": 1}, pluck="name")


def was_reminded(user: str, row: dict) -> bool:
	"""Whether the user got the task since the date came, done or not."""
	filters = {
		"reference_type": "FAQ",
		"reference_name": row.name,
		"allocated_to": user,
		"creation": (">=", row.review_date),
	}
	return bool(frappe.db.exists("ToDo", filters))


def reviews_due(user: str, days: int) -> dict | None:
	"""Reminder on opening the Desk: the user's answers to look at; see `aftersales.aftersales.reminders`."""
	if not frappe.has_permission("FAQ", "write"):
		return None
	filters = {
		"reviewer": user,
		"published": 1,
		"review_date": ("<=", frappe.utils.add_days(nowdate(), days)),
	}
	rows = frappe.get_list(
		"FAQ", filters=filters, fields=["name", "question", "review_date"], order_by="review_date", limit=100
	)
	return {
		"title": _("FAQs to review"),
		"count": len(rows),
		"route": ["List", "FAQ", {"reviewer": user, "published": 1, "review_date": ["<=", nowdate()]}],
		"rows": [
			{
				"label": row.question,
				"route": ["Form", "FAQ", row.name],
				"date": row.review_date,
				"late": row.review_date < getdate(),
			}
			for row in rows[:5]
		],
	}


# Two languages


def check_translation(doc: Document) -> None:
	"""A translation has its own language and belongs to an entry that is no translation itself.

	:raises TranslationError: it does not.
	"""
	if not doc.translation_of:
		return
	original = frappe.db.get_value(
		"FAQ", doc.translation_of, ["name", "translation_of", "language"], as_dict=True
	)
	if not original or original.name == doc.name or original.translation_of:
		frappe.throw(
			_("Choose the entry in the original language; a translation has no translations of its own."),
			TranslationError,
		)
	if frappe.db.exists("FAQ", {"translation_of": doc.name}) and not doc.is_new():
		frappe.throw(
			_("This entry has translations itself, so it cannot be one. Change those first."),
			TranslationError,
		)
	if not doc.language or doc.language == original.language:
		frappe.throw(
			_("Give the translation a language other than that of {0}.").format(original.name),
			TranslationError,
		)
	others = {"translation_of": doc.translation_of, "language": doc.language, "name": ("!=", doc.name or "")}
	if other := frappe.db.exists("FAQ", others):
		frappe.throw(_("{0} is the translation into this language already.").format(other), TranslationError)


def translations_of(names: list[str]) -> dict[str, list[str]]:
	"""Return for each entry the names of the same answer in other languages; two statements at most."""
	if not names:
		return {}
	rows = frappe.get_all("FAQ", filters={"name": ("in", names)}, fields=["name", "translation_of"])
	roots = {row.name: row.translation_of or row.name for row in rows}
	related = frappe.get_all(
		"FAQ",
		or_filters=[
			["name", "in", list(roots.values()) or [""]],
			["translation_of", "in", list(roots.values()) or [""]],
		],
		fields=["name", "translation_of"],
	)
	family: dict[str, list[str]] = {}
	for row in related:
		family.setdefault(row.translation_of or row.name, []).append(row.name)
	return {name: [other for other in family.get(root, []) if other != name] for name, root in roots.items()}


# Views


def note_view(faq: str, reader: str) -> None:
	"""Count that somebody opened an answer; no row is touched until `write_views`.

	:param reader: user or whatever tells one visitor from another; the same one counts once an hour.
	"""
	seen = frappe.cache.make_key(f"{SEEN_KEY}:{faq}:{reader}")
	if frappe.cache.set(seen, 1, nx=True, ex=SEEN_SECONDS):
		redis("HINCRBY", VIEWS_KEY, faq, 1)


def write_views() -> None:
	"""Scheduler, every few minutes: add what was counted to the entries; nobody's `modified` changes.

	The counts are set aside first, so that views meanwhile begin a new count. A job that was killed leaves them set
	aside, and the next one adds them.
	"""
	aside = f"{VIEWS_KEY}_aside"
	if not redis("EXISTS", aside):
		if not redis("EXISTS", VIEWS_KEY):
			return
		redis("RENAME", VIEWS_KEY, frappe.cache.make_key(aside))
	counts = redis("HGETALL", aside)
	faq = frappe.qb.DocType("FAQ")
	for name, count in counts.items():
		frappe.qb.update(faq).set(faq.view_count, faq.view_count + cint(count)).where(
			faq.name == frappe.as_unicode(name)
		).run()
	frappe.db.commit()
	redis("DEL", aside)


def redis(command: str, key: str, *arguments):
	"""Run a command on one of the site's own keys; Frappe's wrapper has no hash counters."""
	return frappe.cache.execute_command(command, frappe.cache.make_key(key), *arguments)
