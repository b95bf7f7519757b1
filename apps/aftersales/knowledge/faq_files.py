"""Pictures and attachments of a FAQ: always private files, given to whoever may read the answer and to nobody else."""

import re

import frappe
from frappe import _
from frappe.model.document import Document

LOCAL = ("/private/files/", "/files/")
IN_ANSWER = re.compile(r"""(?<=["'])/(?:private/)?files/[^"'<>?\s]+""")


class FileNotUsableError(frappe.ValidationError):
	"""A row names a file that is not on the site, or that the user may not read."""


def urls_of(doc: Document) -> list[str]:
	"""Return the address of every file that an answer shows or offers."""
	rows = [*(row.image for row in doc.pictures), *(row.file for row in doc.get("attachments") or [])]
	return list(dict.fromkeys([*(url for url in rows if url), *IN_ANSWER.findall(doc.answer or "")]))


def take_files(doc: Document) -> None:
	"""Before an entry is saved: what it newly shows becomes private, and the user must be allowed to read it.

	A guessed address gives nobody a file.

	:raises FileNotUsableError: there is no such file, or the user may not read it.
	"""
	before = doc.get_doc_before_save()
	known = set(urls_of(before)) if before else set()
	offered = {*(row.image for row in doc.pictures), *(row.file for row in doc.get("attachments") or [])}
	for url in urls_of(doc):
		if url in known and url.startswith(LOCAL[0]):
			continue
		if not url.startswith(LOCAL):
			refuse(url)
		if url not in offered and not frappe.db.exists("File", {"file_url": url}):
			continue  # a broken picture inside a text that was pasted shows nobody anything
		private = make_private(usable_file(doc, url))
		if private != url:
			replace(doc, url, private)


def usable_file(doc: Document, url: str) -> Document:
	"""Return the File of an address that the session's user may use."""
	for name in frappe.get_all("File", {"file_url": url}, pluck="name", order_by="creation desc", limit=20):
		file = frappe.get_doc("File", name)
		mine = file.owner == frappe.session.user and not file.attached_to_name
		of_this = file.attached_to_doctype == "FAQ" and file.attached_to_name == doc.name
		if mine or of_this or doc.flags.ignore_permissions or frappe.has_permission("File", "read", doc=file):
			return file
	refuse(url)


def refuse(url: str) -> None:
	"""Raise FileNotUsableError with what to do."""
	frappe.throw(
		_("Upload the file {0} here; it is not on this site, or you may not read it.").format(
			frappe.utils.escape_html(url[:80])
		),
		FileNotUsableError,
		title=_("File"),
	)


def make_private(file: Document) -> str:
	"""Return the address of the file as a private one; a file outside is reachable for everybody who knows its name."""
	if not file.is_private:
		file.is_private = 1
		file.save(ignore_permissions=True)
	return file.file_url


def replace(doc: Document, old: str, new: str) -> None:
	"""Write a file's new address where the entry has the old one."""
	for row in doc.pictures:
		row.image = new if row.image == old else row.image
	for row in doc.get("attachments") or []:
		row.file = new if row.file == old else row.file
	doc.answer = (doc.answer or "").replace(old, new)


def attach_files(doc: Document) -> None:
	"""After an entry was saved: its files belong to it, so that Frappe gives them to whoever may read it."""
	urls = urls_of(doc)
	if not urls:
		return
	own = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	# Frappe takes pictures out of a pasted text while it saves, in some releases as public files.
	for name in frappe.get_all("File", {**own, "file_url": ("in", urls), "is_private": 0}, pluck="name"):
		file = frappe.get_doc("File", name)
		answer = (doc.answer or "").replace(file.file_url, make_private(file))
		doc.db_set("answer", answer, update_modified=False)
		urls = urls_of(doc)
	there = frappe.get_all("File", {**own, "file_url": ("in", urls)}, pluck="file_url")
	for url in set(urls) - set(there):
		file = frappe.get_all(
			"File", {"file_url": url}, ["name", "attached_to_name", "file_name", "content_hash"], limit=1
		)
		if not file:
			continue
		if not file[0].attached_to_name:
			frappe.db.set_value("File", file[0].name, own)
		else:
			frappe.get_doc(
				doctype="File",
				file_name=file[0].file_name,
				file_url=url,
				is_private=1,
				content_hash=file[0].content_hash,
				**own,
			).insert(ignore_permissions=True)


def file_row(doc: Document, name: str) -> dict | None:
	"""Return the File of an entry by its name, if the entry shows or offers it; what is only attached stays inside."""
	row = frappe.db.get_value(
		"File",
		{"name": name, "attached_to_doctype": "FAQ", "attached_to_name": doc.name},
		["name", "file_url", "file_name"],
		as_dict=True,
	)
	return row if row and row.file_url in urls_of(doc) else None


def files_by_url(doc: Document) -> dict[str, str]:
	"""Return the name of the File behind each address of an entry."""
	rows = frappe.get_all(
		"File",
		{
			"attached_to_doctype": "FAQ",
			"attached_to_name": doc.name,
			"file_url": ("in", urls_of(doc) or [""]),
		},
		["name", "file_url"],
	)
	return {row.file_url: row.name for row in rows}
