"""Original material of a ticket: a private folder named after the record number (S1.29).

The folders lie in `Home/Aftersales Originals`. What is put into one is private and attached to its ticket, so
that Frappe gives it to whoever may read the ticket, and only to them.
"""

import frappe
from frappe.model.document import Document

from aftersales.utils.access import check_permission

DOCTYPE = "Service Ticket"
HOME = "Home"
ROOT_NAME = "Aftersales Originals"
ROOT = f"{HOME}/{ROOT_NAME}"


def folder_of(ticket: str) -> str:
	"""Return the name of a ticket's folder, which need not exist."""
	return f"{ROOT}/{ticket}"


def ticket_of(folder: str | None) -> str | None:
	"""Return the ticket to which a folder, or a folder inside it, belongs; None for any other folder."""
	if not (folder or "").startswith(ROOT + "/"):
		return None
	ticket = folder[len(ROOT) + 1 :].split("/", 1)[0]
	return ticket if frappe.db.exists(DOCTYPE, ticket) else None


def ensure_folder(ticket: str) -> str:
	"""Return the ticket's folder, made if it is missing.

	:param ticket: record number of a stored ticket; the caller checked that the user may read it.
	"""
	folder = folder_of(ticket)
	if not frappe.db.exists("File", folder):
		_make_folder(ROOT_NAME, HOME)
		_make_folder(ticket, ROOT)
	return folder


def _make_folder(name: str, parent: str) -> None:
	frappe.get_doc(
		doctype="File",
		is_folder=1,
		is_private=1,
		file_name=name,
		folder=parent,
		# Lets the file manager list the folder for those who read tickets. With a name as well, the folder
		# would be listed among the ticket's attachments.
		attached_to_doctype=DOCTYPE,
	).insert(ignore_permissions=True, ignore_if_duplicate=True)


def rename_folder(old: str, new: str) -> None:
	"""Let the folder follow the record number, with everything in it.

	Written straight to the table: saving each File anew would fail for one whose content is gone.
	"""
	old_folder, new_folder = folder_of(old), folder_of(new)
	file = frappe.qb.DocType("File")
	for path in _folders(old_folder):
		moved = new_folder + path[len(old_folder) :]
		frappe.qb.update(file).set(file.name, moved).where(file.name == path).run()
		frappe.qb.update(file).set(file.folder, moved).where(file.folder == path).run()
		frappe.clear_document_cache("File", path)
	frappe.qb.update(file).set(file.file_name, new).where(file.name == new_folder).run()


def delete_folder(ticket: str) -> None:
	"""Delete the folder and everything in it."""
	for path in reversed(_folders(folder_of(ticket))):
		for name in frappe.get_all("File", filters={"folder": path, "is_folder": 0}, pluck="name"):
			frappe.delete_doc("File", name, ignore_permissions=True)
		frappe.delete_doc("File", path, ignore_permissions=True)


def _folders(root: str) -> list[str]:
	"""Return a folder and the folders below it, each after the one it is in; nothing if it does not exist."""
	paths = [root] if frappe.db.exists("File", root) else []
	for path in paths:
		paths.extend(frappe.get_all("File", filters={"folder": path, "is_folder": 1}, pluck="name"))
	return paths


def guard_file(doc: Document, method: str | None = None) -> None:
	"""`before_validate` of File: what comes into a ticket's folder belongs to the ticket and needs write right on it.

	:raises frappe.PermissionError: the user may not change the ticket.
	"""
	ticket = ticket_of(doc.folder) if doc.has_value_changed("folder") else None
	if not ticket or doc.folder == ROOT:
		return
	if not doc.flags.ignore_permissions:
		check_permission(DOCTYPE, "write", doc=ticket)
	doc.attached_to_doctype = DOCTYPE
	if doc.is_folder:
		doc.is_private = 1
		return
	doc.attached_to_name = ticket
	if not doc.is_new():
		doc.is_private = 1


def make_private(doc: Document, method: str | None = None) -> None:
	"""`after_insert` of File: move an upload that was marked public. Frappe has written it by the time of any earlier event."""
	if doc.is_folder or doc.is_private or doc.is_remote_file or not ticket_of(doc.folder):
		return
	stored = frappe.get_doc("File", doc.name)
	stored.is_private = 1
	stored.save(ignore_permissions=True)
	# On a rollback the upload itself deletes the file from where it is now; moving it back first would leave it public.
	stored.flags.pop("original_path", None)
	doc.update({"is_private": 1, "file_url": stored.file_url, "modified": stored.modified})
