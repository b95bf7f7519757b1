"""One message per person and sweep: in the Desk, by e-mail if the site can send any, and at once in open windows.

The e-mail is the Email Template "Deadline Digest", which an administrator changes as any other. It knows `headline`, `full_name`,
`list_url`, `counts` (`warned`, `overdue`, `escalated`), `items` (each `kind`, `document_type`, `name`, `url`, `step`, `due_at`, `handler`,
`handler_left`) and `more`, the number of those that are not listed; texts in `_()` are in the person's language.
"""

from collections import Counter
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled,
	is_notifications_enabled,
)
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.translate import print_language
from frappe.utils import format_datetime, get_url, get_url_to_form

from aftersales.utils.people import full_names

EVENT = "aftersales_deadline"
TEMPLATE = "Deadline Digest"
LISTED = 10  # the list view has the rest
KINDS = ("escalated", "overdue", "warned")


@dataclass
class Digest:
	"""What one person is told.

	:param counts: kind -> number; kinds are warned, overdue, escalated.
	:param rows: the first LISTED as (kind, row, handler who left or None).
	"""

	counts: Counter = field(default_factory=Counter)
	rows: list[tuple[str, dict, str | None]] = field(default_factory=list)

	def add(self, kind: str, row: dict, left: str | None = None) -> None:
		"""Add a deadline; `left` is the handler in whose place this person is told."""
		self.counts[kind] += 1
		if len(self.rows) < LISTED:
			self.rows.append((kind, row, left))

	@property
	def more(self) -> int:
		"""How many deadlines are counted but not listed."""
		return self.counts.total() - len(self.rows)


def send(digests: dict[str, Digest]) -> None:
	"""Tell everybody: a Notification Log, an e-mail in the queue, a realtime event after the commit.

	:param digests: user -> digest.
	"""
	if not digests:
		return
	users = {
		row.name: row
		for row in frappe.get_all(
			"User", filters={"name": ("in", list(digests))}, fields=["name", "email", "language", "full_name"]
		)
	}
	handlers = {
		row["user"] for digest in digests.values() for _kind, row, _left in digest.rows if row["user"]
	}
	names = full_names(handlers)
	default_language = frappe.db.get_default("lang") or "en"
	mails = can_send_mail()
	for name, digest in digests.items():
		user = users[name]
		with print_language(user.language or default_language):
			items = [item(*row, names) for row in digest.rows]
			notify(user, digest, items)
			if mails:
				mail(user, digest, items)
		frappe.publish_realtime(
			EVENT, {kind: digest.counts[kind] for kind in KINDS}, user=name, after_commit=True
		)


def can_send_mail() -> bool:
	"""Whether the site has an account to send from; where mails are muted Frappe gives one without an address."""
	account = EmailAccount.find_default_outgoing()
	return bool(account and account.get("email_id"))


def item(kind: str, row: dict, left: str | None, names: dict[str, str]) -> dict:
	"""Return one line of a digest in the language that is set."""
	doctype, step = row["reference_doctype"], row["step"]
	return {
		"kind": kind,
		"document_type": _(doctype),
		"name": row["reference_name"],
		"url": get_url_to_form(doctype, row["reference_name"]),
		"step": _(step),
		"due_at": format_datetime(row["due_at"], "yyyy-MM-dd HH:mm"),
		"handler": names.get(row["user"], row["user"]),
		"handler_left": bool(left),
	}


def subject(counts: Counter) -> str:
	"""Return the headline in the language that is set: what weighs most comes first."""
	parts = []
	if counts["escalated"]:
		parts.append(_("{0} late for your attention").format(counts["escalated"]))
	if counts["overdue"]:
		parts.append(_("{0} overdue").format(counts["overdue"]))
	if counts["warned"]:
		parts.append(_("{0} due soon").format(counts["warned"]))
	return _("Deadlines: {0}").format(", ".join(parts))


def notify(user: dict, digest: Digest, items: list[dict]) -> None:
	"""Make the Notification Log, unless the user switched notifications off."""
	if not is_notifications_enabled(user.name):
		return
	_kind, first, _left = digest.rows[0]
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user.name,
			"from_user": frappe.session.user,
			"type": "Alert",
			"subject": subject(digest.counts),
			"email_content": frappe.render_template(
				"templates/deadline_digest.html", {"items": items, "more": digest.more}
			),
			"document_type": first["reference_doctype"],
			"document_name": first["reference_name"],
		}
	).insert(ignore_permissions=True)


def mail(user: dict, digest: Digest, items: list[dict]) -> None:
	"""Put the e-mail into the queue. A template that an administrator broke stops nothing but is logged."""
	if not (user.email and is_email_notifications_enabled(user.name)):
		return
	if not frappe.db.exists("Email Template", TEMPLATE):
		return
	values = {
		"counts": {kind: digest.counts[kind] for kind in KINDS},
		"more": digest.more,
		"items": items,
		"full_name": user.full_name,
		"headline": subject(digest.counts),
		"list_url": get_url("/app/service-deadline"),
	}
	try:
		text = frappe.get_cached_doc("Email Template", TEMPLATE).get_formatted_email(values)
	except Exception:
		frappe.log_error(title=f"Email Template {TEMPLATE}")
		return
	frappe.sendmail(recipients=[user.email], subject=text["subject"], message=text["message"])
