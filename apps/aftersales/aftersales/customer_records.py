"""Which DocTypes hold records about a customer: read from the meta, so that new ones and a site's own count too."""

import frappe

DOCTYPE = "Service Customer"
# Derived from other records, or the customer's own parts.
DERIVED = ("Caller Number",)
# Means to an end that people do not look for in a history: the survey's answer stands there itself.
NOT_SHOWN = (*DERIVED, "Survey Link", "Portal Access")


def stored_links(fieldtype: str, options: str | None = None) -> list[frappe._dict]:
	"""Return all fields of a type that stored DocTypes have, of the app, of other apps and of the site itself.

	:param fieldtype: Link or Dynamic Link.
	:param options: only fields with these, the DocType that a Link leads to.
	:returns: rows of doctype, fieldname, options and istable; singles and virtual DocTypes are left out.
	"""
	doctype = frappe.qb.DocType("DocType")
	found = []
	for table, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		field = frappe.qb.DocType(table)
		query = (
			frappe.qb.from_(field)
			.join(doctype)
			.on(doctype.name == field[parent])
			.select(doctype.name.as_("doctype"), field.fieldname, field.options, doctype.istable)
			.where((field.fieldtype == fieldtype) & (doctype.issingle == 0) & (doctype.is_virtual == 0))
		)
		found += (query.where(field.options == options) if options else query).run(as_dict=True)
	return found


def customer_links() -> list[frappe._dict]:
	"""Return all Link fields to Service Customer, of the app, of other apps and of the site itself.

	:returns: rows of doctype, fieldname and istable; singles and virtual DocTypes are left out, and so are the
	    links between customers.
	"""
	own = {DOCTYPE, *(field.options for field in frappe.get_meta(DOCTYPE).get_table_fields())}
	return [row for row in stored_links("Link", DOCTYPE) if row.doctype not in own]


def record_kinds() -> list[str]:
	"""Return the DocTypes whose field `customer` says whom a record is about, sorted by name.

	:returns: without derived ones, means to an end and child tables.
	"""
	return sorted(
		{
			row.doctype
			for row in customer_links()
			if row.fieldname == "customer" and not row.istable and row.doctype not in NOT_SHOWN
		}
	)


def readable_kinds() -> list[str]:
	"""Return the `record_kinds` of which the user may read any."""
	return [kind for kind in record_kinds() if frappe.has_permission(kind, "read")]
