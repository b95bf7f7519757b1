"""Frappe's own methods that read or change what the user may not see, asked with the rights of rows.

As in `frappe_finding`: `override_whitelisted_methods` in hooks.py sends them here, and Frappe does the work once the rights are clear.
"""

import frappe
from frappe import _, share
from frappe.contacts.doctype.address import address as addresses
from frappe.contacts.doctype.contact import contact as contacts
from frappe.core.doctype.sms_settings import sms_settings
from frappe.core.doctype.user_permission import user_permission
from frappe.desk.form import document_follow
from frappe.email import relink as relink_communication
from frappe.templates.includes.comments import comments
from frappe.templates.includes.likes import likes
from frappe.utils import file_manager
from frappe.website.doctype.web_form import web_form as web_forms

from aftersales.utils.access import check_permission
from aftersales.utils.frappe_finding import check_desk_user

# What visitors may comment on and like, if the site lets them.
FOR_VISITORS = ("Blog Post", "Web Page")


# -- addresses and numbers


@frappe.whitelist()
def get_contact_details(contact: str) -> dict:
	"""Return names and numbers of a contact; for `frappe.contacts.doctype.contact.contact.get_contact_details`.

	:raises frappe.PermissionError: the user may not read the contact.
	"""
	check_permission("Contact")
	check_permission("Contact", "read", contact)
	return contacts.get_contact_details(contact)


@frappe.whitelist()
def get_contact_number(contact_name: str, ref_doctype: str, ref_name: str) -> str:
	"""Return the number of a contact; for `frappe.core.doctype.sms_settings.sms_settings.get_contact_number`.

	:raises frappe.PermissionError: the user may not read the contact.
	"""
	check_permission("Contact")
	check_permission("Contact", "read", contact_name)
	return sms_settings.get_contact_number(contact_name, ref_doctype, ref_name)


@frappe.whitelist()
def get_default_address(doctype: str, name: str | None, sort_key: str = "is_primary_address") -> str | None:
	"""Return the name of a document's address; for `frappe.contacts.doctype.address.address.get_default_address`.

	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_permission("Address")
	check_permission(doctype, "read", name)
	return addresses.get_default_address(doctype, name, sort_key)


@frappe.whitelist()
def get_address_display(address_dict: dict | str | None) -> str | None:
	"""Return an address as it is written; for `frappe.contacts.doctype.address.address.get_address_display`.

	:param address_dict: name of an Address, or its fields.
	:raises frappe.PermissionError: the user may not read addresses, or not this one.
	"""
	check_permission("Address")
	if isinstance(address_dict, str):
		check_permission("Address", "read", address_dict)
	return addresses.get_address_display(address_dict)


@frappe.whitelist(allow_guest=True)
def get_web_form_options(
	web_form_name: str, doctype: str, allow_read_on_all_link_options: bool = False
) -> str:
	"""Return the choices of a link field; for `frappe.website.doctype.web_form.web_form.get_link_options`.

	:param doctype: of a link field of the web form; no other is listed.
	:param allow_read_on_all_link_options: not used: the field says it.
	:raises frappe.PermissionError: the form is not published, is for those who log in, or has no such field; and the user makes no web forms.
	"""
	form = frappe.get_cached_doc("Web Form", web_form_name)
	fields = [row for row in form.web_form_fields if row.fieldtype == "Link" and row.options == doctype]
	for_all = form.published and not form.login_required
	open_now = fields and (for_all or (form.published and frappe.session.user != "Guest"))
	if not open_now and not frappe.has_permission("Web Form", "write"):
		frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)
	everything = any(row.allow_read_on_all_link_options for row in fields)
	return web_forms.get_link_options(web_form_name, doctype, everything)


# -- who may what, and who follows what


@frappe.whitelist()
def get_user_permissions(user: str | None = None) -> dict:
	"""Return the User Permissions of a user; for `frappe.core.doctype.user_permission.user_permission.get_user_permissions`.

	:param user: default: who asks; others only for who keeps User Permissions.
	:raises frappe.PermissionError: the user may not see those of another one.
	"""
	if user and user != frappe.session.user and not frappe.has_permission("User Permission", "read"):
		frappe.throw(
			_("You have no permission for this {0}.").format(_("User Permission")), frappe.PermissionError
		)
	return user_permission.get_user_permissions(user or frappe.session.user)


@frappe.whitelist()
def get_shares(doctype: str, name: str) -> list:
	"""Return with whom a document is shared; for `frappe.share.get_users`.

	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_desk_user()
	check_permission(doctype, "read", name)
	return share.get_users(doctype, name)


@frappe.whitelist()
def get_follow_users(doctype: str, doc_name: str) -> list:
	"""Return who follows a document; for `frappe.desk.form.document_follow.get_follow_users`.

	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_desk_user()
	check_permission(doctype, "read", doc_name)
	return document_follow.get_follow_users(doctype, doc_name)


@frappe.whitelist()
def follow_document(doctype: str, doc_name: str, user: str) -> object:
	"""Let the user be told of changes by mail; for `frappe.desk.form.document_follow.follow_document`.

	:raises frappe.PermissionError: the user may not read the document, or follows it in the name of another one.
	"""
	check_desk_user()
	check_permission(doctype, "read", doc_name)
	if user != frappe.session.user and not frappe.has_permission("User", "write"):
		frappe.throw(_("Follow documents in your own name."), frappe.PermissionError)
	return document_follow.follow_document(doctype, doc_name, user)


# -- mails, files, comments


@frappe.whitelist(methods=["POST"])
def relink(name: str, reference_doctype: str | None = None, reference_name: str | None = None) -> None:
	"""Move a mail to another document; for `frappe.email.relink`.

	:raises frappe.PermissionError: the user may not change the mail, or not read where it goes.
	"""
	check_desk_user()
	check_permission("Communication", "write", name)
	if reference_doctype and reference_name:
		check_permission(reference_doctype, "read", reference_name)
	relink_communication(name, reference_doctype, reference_name)


@frappe.whitelist(methods=["POST"])
def add_attachments(doctype: str, name: str, attachments: str | list) -> list:
	"""Attach files of the site to a document; for `frappe.utils.file_manager.add_attachments`.

	:param attachments: names of Files.
	:raises frappe.PermissionError: the user may not change the document, or not see one of the files.
	"""
	check_desk_user()
	check_permission(doctype, "write", name)
	for file in frappe.parse_json(attachments):
		check_permission("File", "read", file)
	return file_manager.add_attachments(doctype, name, frappe.as_json(frappe.parse_json(attachments)))


@frappe.whitelist(allow_guest=True)
def add_comment(
	comment: str,
	comment_email: str,
	comment_by: str,
	reference_doctype: str,
	reference_name: str,
	route: str | None = None,
) -> object:
	"""Comment on a page of the website; for `frappe.templates.includes.comments.comments.add_comment`.

	:raises frappe.PermissionError: the document is no page, and the user may not read it.
	"""
	check_page(reference_doctype, reference_name)
	return comments.add_comment(comment, comment_email, comment_by, reference_doctype, reference_name, route)


@frappe.whitelist(allow_guest=True)
def like(reference_doctype: str, reference_name: str, like: str | bool, route: str = "") -> object:
	"""Like a page of the website; for `frappe.templates.includes.likes.likes.like`.

	:raises frappe.PermissionError: the document is no page, and the user may not read it.
	"""
	check_page(reference_doctype, reference_name)
	return likes.like(reference_doctype, reference_name, like, route)


def check_page(doctype: str, name: str) -> None:
	"""Refuse a document that is neither a page for visitors nor readable.

	:raises frappe.PermissionError: it is not.
	"""
	if doctype in FOR_VISITORS:
		return
	# The DocType first: whether there is such a document is nothing for those who may not read it.
	if not frappe.has_permission(doctype, "read") or not frappe.has_permission(doctype, "read", doc=name):
		frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)
