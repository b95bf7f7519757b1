"""Download Item: commonly used material, for staff, dealers, customers or everybody (S1.06)."""

import frappe
from frappe import _
from frappe.model.document import Document

LOCAL = ("/private/files/", "/files/")


class DownloadFileError(frappe.ValidationError):
	"""The item has no file of this site."""


class DownloadItem(Document):
	def validate(self):
		if not (self.file or "").startswith(LOCAL):
			frappe.throw(_("Upload the file instead of linking to it."), DownloadFileError)

	def on_update(self):
		self.keep_private()

	def keep_private(self) -> None:
		"""Whoever may not see the item must not get the file by its address either."""
		if self.file.startswith(LOCAL[0]):
			return
		name = frappe.db.get_value(
			"File",
			{"file_url": self.file, "attached_to_doctype": self.doctype, "attached_to_name": self.name},
		) or frappe.db.get_value("File", {"file_url": self.file})
		if not name:
			frappe.throw(_("The file is not there any more. Upload it again."), DownloadFileError)
		file = frappe.get_doc("File", name)
		file.is_private = 1
		file.save(ignore_permissions=True)
		self.db_set("file", file.file_url, update_modified=False)


def on_doctype_update():
	frappe.db.add_index("Download Item", ["published", "audience"])
