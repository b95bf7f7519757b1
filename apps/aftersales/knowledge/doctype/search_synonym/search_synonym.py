import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.knowledge import synonyms

MAX_PHRASES = 40


class SynonymError(frappe.ValidationError):
	"""The group says nothing that a search could use."""


class SearchSynonym(Document):
	"""Words that mean the same; see `aftersales.knowledge.synonyms`."""

	def validate(self) -> None:
		self.term = " ".join((self.term or "").split())
		phrases = list(dict.fromkeys(synonyms.split(self.synonyms or "")))
		if len(phrases) > MAX_PHRASES:
			frappe.throw(
				_("Keep a group below {0} phrases; it slows every search.").format(MAX_PHRASES), SynonymError
			)
		self.synonyms = ", ".join(phrases)
		if not synonyms.read_groups([f"{self.term}, {self.synonyms}"]).groups:
			frappe.throw(
				_("Enter at least one other word or phrase of two characters or more that means the same."),
				SynonymError,
			)

	def on_update(self) -> None:
		synonyms.forget()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		synonyms.forget()

	def after_delete(self) -> None:
		synonyms.forget()
