"""Import files whose headers are in the user's language."""

import frappe
from frappe.model.document import Document


def forget_headers(doc: Document, method: str | None = None) -> None:
	"""Let Frappe match the headers of an import file anew.

	It keeps the labels of a DocType's fields in the language of whoever imported into it first, so that the next
	user's Chinese headers would not match (S7.51).

	:param doc: the Data Import that is being saved.
	:param method: name of the document event, unused.
	"""
	frappe.cache.hdel("data_import_column_header_map", doc.reference_doctype)
