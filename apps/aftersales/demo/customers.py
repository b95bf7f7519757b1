"""Demo data of customers: levels and what they bring, groups, profiles, report types, one customer entered twice."""

import frappe
from frappe.utils import add_days, today

from aftersales.demo.base import customer_called, read
from aftersales.setup.records import ensure

CUSTOMER = "Service Customer"


def load() -> None:
	"""Make the demo data of customers that is missing; see aftersales.demo.load."""
	data = read("customer_details")
	for row in data["levels"]:
		fill("VIP Level", row.pop("level"), row)
	for gender in ("Male", "Female"):
		ensure({"doctype": "Gender", "name": gender, "gender": gender})
	for row in data["groups"]:
		ensure({"doctype": "Service Customer Group", **row})
	for row in data["customers"]:
		complete(row)
	for row in data["twins"]:
		make_twin(row)
	for row in data["comments"]:
		comment(customer_called(row["customer_name"]), row["text"])


def fill(doctype: str, name: str, values: dict) -> None:
	"""Fill fields that are empty; what somebody typed stays."""
	if not frappe.db.exists(doctype, name):
		return
	doc = frappe.get_doc(doctype, name)
	empty = {
		field: value for field, value in values.items() if doc.meta.has_field(field) and not doc.get(field)
	}
	if empty:
		doc.update(empty)
		doc.save(ignore_permissions=True)


def complete(row: dict) -> None:
	"""Fill the file of a demo customer, once: a customer with a job has been filled."""
	name = customer_called(row["customer_name"])
	customer = frappe.get_doc(CUSTOMER, name)
	if customer.occupation:
		return
	customer.update(row["values"])
	customer.report_type = row.get("report_type")
	customer.registered_by = row["registered_by"]
	customer.customer_since = add_days(today(), -row.get("since_days", 30))
	for group in row["groups"]:
		customer.append("customer_groups", {"customer_group": group})
	customer.save(ignore_permissions=True)
	if row.get("contact"):
		contacts = frappe.get_all(
			"Dynamic Link",
			{"parenttype": "Contact", "link_doctype": CUSTOMER, "link_name": name},
			pluck="parent",
			limit=1,
		)
		for contact in contacts:
			fill("Contact", contact, row["contact"])


def make_twin(row: dict) -> None:
	"""Enter a customer a second time, written otherwise, for the report of possible duplicates."""
	if not frappe.db.exists(CUSTOMER, {"customer_name": row["customer_name"]}):
		frappe.get_doc(doctype=CUSTOMER, **row).insert(ignore_permissions=True)


def comment(customer: str, text: str) -> None:
	"""Note something on a customer, once."""
	if not frappe.db.exists("Comment", {"reference_name": customer, "content": text}):
		frappe.get_doc(CUSTOMER, customer).add_comment("Comment", text)
