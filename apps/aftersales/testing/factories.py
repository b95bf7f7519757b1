"""Makers of test documents, one per DocType; each returns a saved document unless told otherwise.

Every maker takes keyword overrides for any field, so that a test states only what it is about.
"""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow


def unique(prefix: str) -> str:
	"""Return a text that no other document of the run has."""
	return f"{prefix} {frappe.generate_hash(length=8)}"


def unique_phone() -> str:
	"""Return a mainland China mobile number that no other document of the run has."""
	return "199" + str(int(frappe.generate_hash(length=12), 16))[-8:].zfill(8)


def insert(doctype: str, defaults: dict, overrides: dict) -> Document:
	"""Insert a document with the rights of the test itself, whoever the session's user is."""
	return frappe.get_doc({"doctype": doctype, **defaults, **overrides}).insert(ignore_permissions=True)


def make_user(*roles: str, **fields) -> Document:
	"""Make a Desk user with the given roles; `email`, `first_name`, `language` and others can be given."""
	email = fields.pop("email", None) or f"{frappe.generate_hash(length=10)}@test.example"
	if frappe.db.exists("User", email):
		user = frappe.get_doc("User", email)
	else:
		user = insert(
			"User",
			{"email": email, "first_name": email.split("@")[0], "send_welcome_email": 0, "language": "en"},
			fields,
		)
	user.add_roles(*roles)
	return user


def make_customer(**fields) -> Document:
	"""Make a Service Customer."""
	return insert("Service Customer", {"customer_name": unique("Customer")}, fields)


def make_customer_group(**fields) -> Document:
	"""Make a Service Customer Group."""
	return insert("Service Customer Group", {"group_name": unique("Group")}, fields)


def make_region(**fields) -> Document:
	"""Make a Service Region."""
	return insert("Service Region", {"region_name": unique("Region")}, fields)


def make_vip_level(**fields) -> Document:
	"""Make a VIP Level."""
	return insert("VIP Level", {"level_name": unique("Level"), "rank": 1}, fields)


def make_product_category(**fields) -> Document:
	"""Make a Product Category."""
	return insert("Product Category", {"category_name": unique("Category")}, fields)


def make_product(**fields) -> Document:
	"""Make a Product."""
	code = frappe.generate_hash(length=8).upper()
	return insert("Product", {"product_code": code, "product_name": f"Product {code}"}, fields)


def make_dealer(**fields) -> Document:
	"""Make a Dealer."""
	return insert("Dealer", {"dealer_name": unique("Dealer")}, fields)


def make_contact(links: list[Document], **fields) -> Document:
	"""Make a Contact of the given documents."""
	return insert(
		"Contact",
		{
			"first_name": unique("Contact"),
			"links": [{"link_doctype": doc.doctype, "link_name": doc.name} for doc in links],
		},
		fields,
	)


def make_ticket(**fields) -> Document:
	"""Make a Service Ticket."""
	return insert("Service Ticket", {"record_type": "Enquiry", "customer_name": unique("Caller")}, fields)


def act(doc: Document, *actions: str) -> Document:
	"""Apply workflow actions one after the other, as the session's user, and return the document as stored."""
	for action in actions:
		apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
	return frappe.get_doc(doc.doctype, doc.name)
