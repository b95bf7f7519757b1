import frappe
from frappe.model.document import Document


class SearchMiss(Document):
	"""A search that found nothing; written by `aftersales.knowledge.misses` alone."""


def on_doctype_update() -> None:
	"""The report of a period, grouped by what was searched for."""
	frappe.db.add_index("Search Miss", ["creation", "text_key"], "creation_text")
