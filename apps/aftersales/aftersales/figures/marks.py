"""Marks of days whose figures have to be counted anew.

A mark is written with the change that it belongs to: what is rolled back leaves none, and after a crash there is either both
or neither. Marks have random names, so people who work at the same time never wait for each other's.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, now

from aftersales.aftersales.figures.measures import Measure, of_doctype

DOCTYPE = "Daily Figure Mark"
# Attribute of frappe.local: what the transaction has to mark when it commits.
WAITING = "aftersales_figure_marks"


def document_changed(doc: Document, method: str | None = None) -> None:
	"""Mark the days that a saved document was and is counted on; for the hook `on_change`."""
	before = doc.get_doc_before_save()
	for measure in of_doctype(doc.doctype):
		fields = measure.read_fields()
		if before and all(_same(before.get(field), doc.get(field)) for field in fields):
			continue
		mark(measure, doc.get(measure.date), before.get(measure.date) if before else None)


def document_deleted(doc: Document, method: str | None = None) -> None:
	"""Mark the days that a document was counted on; for the hook `on_trash`."""
	for measure in of_doctype(doc.doctype):
		mark(measure, doc.get(measure.date))


def touch(doctype: str, *days) -> None:
	"""Mark days of a DocType that was written by plain statements.

	:param days: dates or moments at which its documents are counted; None is ignored.
	"""
	for measure in of_doctype(doctype):
		mark(measure, *days)


def mark(measure: Measure, *days) -> None:
	"""Remember days of a measure for the end of the transaction: one statement, however many documents it writes."""
	days = {getdate(day) for day in days if day}
	if not days or frappe.flags.in_install or frappe.flags.in_uninstall:
		return
	waiting = getattr(frappe.local, WAITING, None)
	if not waiting:
		waiting = set()
		setattr(frappe.local, WAITING, waiting)
		frappe.db.before_commit.add(flush)
		frappe.db.after_rollback.add(waiting.clear)
	waiting.update((measure.name, day) for day in days)


def flush() -> None:
	"""Write what waits; Frappe calls it before the commit."""
	waiting = getattr(frappe.local, WAITING, None)
	if not waiting:
		return
	stamp = now()
	rows = [
		[frappe.generate_hash(length=20), measure, day, "Administrator", "Administrator", stamp, stamp]
		for measure, day in sorted(waiting)
	]
	waiting.clear()
	fields = ["name", "measure", "date", "owner", "modified_by", "creation", "modified"]
	frappe.db.bulk_insert(DOCTYPE, fields, rows)


def _same(before, after) -> bool:
	# What was just assigned may be text where the stored value is a date or a number.
	return before == after or str(before or "") == str(after or "")
