"""Pictures of a ticket, and of other documents with such a table: at most twelve, uploaded to the site, readable by whoever reads the ticket (S1.32)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

DEFAULT_LIMIT = 12
LOCAL = ("/private/files/", "/files/")


class TooManyPicturesError(frappe.ValidationError):
	"""More pictures than Aftersales Settings allow."""


class PictureNotFoundError(frappe.ValidationError):
	"""A row names a file that is not on the site, or that the user may not read."""


def limit() -> int:
	"""Return how many pictures a ticket may hold."""
	value = frappe.get_cached_doc("Aftersales Settings").max_pictures
	return DEFAULT_LIMIT if value is None else cint(value)


def validate(doc: Document) -> None:
	"""Refuse more pictures than allowed, and pictures from elsewhere.

	:raises TooManyPicturesError: with the number allowed.
	:raises PictureNotFoundError: a picture is not a file of the site.
	"""
	allowed = limit()
	if len(doc.pictures) > allowed and len(doc.pictures) > _stored_count(doc):
		frappe.throw(
			_too_many(doc).format(allowed, len(doc.pictures) - allowed),
			TooManyPicturesError,
			title=_("Too Many Pictures"),
		)
	for row in _changed_rows(doc):
		if not (row.image or "").startswith(LOCAL):
			frappe.throw(
				_("Row {0} of the pictures: upload the picture instead of linking to it.").format(row.idx),
				PictureNotFoundError,
				title=_("Picture"),
			)


def _too_many(doc: Document) -> str:
	if doc.doctype == "Service Ticket":
		return _(
			"A ticket holds at most {0} pictures. Remove {1} of them; more material fits into the originals folder."
		)
	return _("There may be at most {0} pictures. Remove {1} of them.")


def attach(doc: Document) -> None:
	"""Attach the files of new rows to the document; they were uploaded before it had a number.

	A file that belongs to another document gets a second entry here, if the user may read it. So a guessed
	address gives nobody a picture.

	:raises PictureNotFoundError: there is no such file, or the user may not read it.
	"""
	rows = _changed_rows(doc)
	if not rows:
		return
	files = frappe.get_all(
		"File",
		filters={"file_url": ("in", [row.image for row in rows])},
		fields=["name", "file_url", "attached_to_doctype", "attached_to_name", "owner"],
	)
	for row in rows:
		_attach_row(doc, row, [file for file in files if file.file_url == row.image])


def _attach_row(doc: Document, row: Document, files: list) -> None:
	if any(file.attached_to_doctype == doc.doctype and file.attached_to_name == doc.name for file in files):
		return
	for file in files:
		if not file.attached_to_doctype and (
			file.owner == frappe.session.user or doc.flags.ignore_permissions
		):
			frappe.db.set_value(
				"File", file.name, {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
			)
			return
	for file in files:
		source = frappe.get_doc("File", file.name)
		if doc.flags.ignore_permissions or source.has_permission("read"):
			_second_entry(doc, source)
			return
	frappe.throw(
		_("Row {0} of the pictures: the file is not there any more. Upload the picture again.").format(
			row.idx
		),
		PictureNotFoundError,
		title=_("Picture"),
	)


def _second_entry(doc: Document, source: Document) -> None:
	frappe.get_doc(
		doctype="File",
		file_name=source.file_name,
		file_url=source.file_url,
		is_private=source.is_private,
		content_hash=source.content_hash,
		attached_to_doctype=doc.doctype,
		attached_to_name=doc.name,
	).insert(ignore_permissions=True)


def _changed_rows(doc: Document) -> list[Document]:
	before = doc.get_doc_before_save()
	known = {row.name: row.image for row in before.pictures} if before else {}
	return [row for row in doc.pictures if known.get(row.name) != row.image]


def _stored_count(doc: Document) -> int:
	before = doc.get_doc_before_save()
	return len(before.pictures) if before else 0
