"""How an answer read before: from Frappe's own Versions, for those who may read the entry."""

import frappe
from frappe import _

from aftersales.knowledge.answer_text import safe_html

MOST = 50


@frappe.whitelist()
def get_versions(faq: str) -> list:
	"""Return the earlier wordings of an answer, the newest first, and its states.

	:param faq: name of the FAQ.
	:returns: rows with title, changed_on, user, and what it read until then: question, answer_html; None if that was
	        not changed.
	:raises frappe.PermissionError: the user may not read the FAQ.
	"""
	frappe.get_doc("FAQ", faq).check_permission("read")
	rows = frappe.get_all(
		"Version",
		filters={"ref_doctype": "FAQ", "docname": faq},
		fields=["creation", "owner", "data"],
		order_by="creation desc",
		limit=MOST,
	)
	found = []
	for row in rows:
		changed = {change[0]: change[1:] for change in frappe.parse_json(row.data).get("changed") or []}
		if not {"question", "answer", "status"} & changed.keys():
			continue
		before, after = changed.get("status", (None, None))
		found.append(
			{
				"title": f"{_(before)} → {_(after)}" if after else _("Wording until then"),
				"changed_on": row.creation,
				"user": frappe.utils.get_fullname(row.owner),
				"question": changed["question"][0] if "question" in changed else None,
				"answer_html": safe_html(changed["answer"][0]) if "answer" in changed else None,
			}
		)
	return found
