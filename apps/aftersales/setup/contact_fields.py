"""What contact persons of customers have beyond Frappe's Contact (S3.02): birthday, family, hobbies, relation.

Contact itself holds name, post (designation), numbers and the link to the customer, so callers are known by it. The
fields belong to the module Aftersales, so that Frappe removes them with the app.
"""

from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

MODULE = "Aftersales"
FIELDS = (
	{
		"fieldname": "aftersales_section",
		"fieldtype": "Section Break",
		"label": "Contact Person",
		"insert_after": "links",
		"collapsible": 1,
	},
	{
		"fieldname": "aftersales_relation",
		"fieldtype": "Data",
		"label": "Relationship",
		"insert_after": "aftersales_section",
	},
	{
		"fieldname": "aftersales_birthday",
		"fieldtype": "Date",
		"label": "Birthday",
		"insert_after": "aftersales_relation",
	},
	{"fieldname": "aftersales_column", "fieldtype": "Column Break", "insert_after": "aftersales_birthday"},
	{
		"fieldname": "aftersales_family",
		"fieldtype": "Small Text",
		"label": "Marriage and Family",
		"insert_after": "aftersales_column",
	},
	{
		"fieldname": "aftersales_hobbies",
		"fieldtype": "Small Text",
		"label": "Hobbies",
		"insert_after": "aftersales_family",
	},
)


def make_contact_fields() -> None:
	"""Add the fields to Contact; called once, a site may change or remove them afterwards."""
	create_custom_fields({"Contact": [{**field, "module": MODULE} for field in FIELDS]})
