import frappe
from frappe.model.document import Document


class CustomerGroupMember(Document):
	pass


def on_doctype_update():
	"""Lists by group (S7.50)."""
	frappe.db.add_index("Customer Group Member", ["customer_group", "parent"])
