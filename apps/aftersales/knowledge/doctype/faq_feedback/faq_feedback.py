import frappe
from frappe.model.document import Document


class FAQFeedback(Document):
	"""Whether an answer helped one reader; see `aftersales.knowledge.feedback`."""

	def validate(self) -> None:
		if self.helpful == "Yes":
			self.reason = None


def on_doctype_update() -> None:
	"""The same reader's earlier word, what is to be worked, and the counts."""
	frappe.db.add_index("FAQ Feedback", ["faq", "visitor"], "faq_visitor")
	frappe.db.add_index("FAQ Feedback", ["done", "helpful", "modified"], "done_helpful_modified")
	frappe.db.add_index("FAQ Feedback", ["helpful", "faq"], "helpful_faq")
