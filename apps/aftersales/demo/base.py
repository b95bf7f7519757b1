"""Demo masters: system settings, users, trees, dealers, products and customers."""

import json
from pathlib import Path

import frappe
from frappe.utils.password import update_password

from aftersales.demo import PASSWORD
from aftersales.setup.install import make_address_template
from aftersales.setup.records import ensure

DATA = Path(__file__).parent / "data"
COUNTRY = "China"
TIME_ZONE = "Asia/Shanghai"
# Modules of Frappe that nobody needs while looking at this app.
HIDDEN_MODULES = ("Automation", "Email", "Integrations", "Printing", "Social", "Website", "Workflow")


def load() -> None:
	"""Make the demo masters that are missing; see aftersales.demo.load."""
	set_up_site()
	make_users()
	make_masters()
	make_customers()


def make_masters() -> None:
	"""Make trees, dealers and products."""
	for doctype, file in (
		("Service Customer Group", "customer_groups"),
		("Service Region", "regions"),
		("Product Category", "product_categories"),
		("Dealer", "dealers"),
		("Product", "products"),
	):
		for row in read(file):
			ensure({"doctype": doctype, **row})


def read(file: str) -> list[dict]:
	"""Return the rows of a file of demo/data, named without its ending."""
	return json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))


def set_up_site() -> None:
	"""Do what the setup wizard does, so that the Desk opens at once; a site that was set up stays as it is."""
	settings = frappe.get_single("System Settings")
	if not settings.setup_complete:
		settings.update(
			{
				"country": COUNTRY,
				"time_zone": TIME_ZONE,
				"language": "en",
				"date_format": "yyyy-mm-dd",
				"time_format": "HH:mm:ss",
				"number_format": "#,###.##",
				"setup_complete": 1,
			}
		)
		settings.flags.ignore_mandatory = True
		settings.save(ignore_permissions=True)
		frappe.db.set_value("Currency", "CNY", "enabled", 1)
		frappe.db.set_default("currency", "CNY")
		frappe.db.set_default("desktop:home_page", "workspace")
	make_address_template()


def make_users() -> None:
	"""Make the demo accounts. Their password is public, so it is written past the site's password policy."""
	for row in read("users"):
		if frappe.db.exists("User", row["email"]):
			continue
		roles = row.pop("roles")
		user = frappe.get_doc(
			{"doctype": "User", "time_zone": TIME_ZONE, "send_welcome_email": 0, "enabled": 1, **row}
		)
		user.set("roles", [{"role": role} for role in roles])
		user.set("block_modules", [{"module": module} for module in hidden_modules(roles)])
		user.flags.no_welcome_mail = True
		user.insert(ignore_permissions=True)
		update_password(user.name, PASSWORD)


def hidden_modules(roles: list[str]) -> list[str]:
	"""Return the modules that are kept off the Desk of a user with the given roles."""
	if "System Manager" in roles:
		return []
	return frappe.get_all("Module Def", {"name": ["in", HIDDEN_MODULES]}, pluck="name")


def make_customers() -> None:
	"""Make customers with their contacts and addresses, then the links between customers."""
	made = {}
	for row in read("customers"):
		if frappe.db.exists("Service Customer", {"customer_name": row["customer_name"]}):
			continue
		extra = {key: row.pop(key, None) for key in ("contact", "address", "relations", "referred_by")}
		customer = frappe.get_doc({"doctype": "Service Customer", **row}).insert(ignore_permissions=True)
		made[customer.name] = extra
		if extra["contact"]:
			make_contact(customer, extra["contact"])
		if extra["address"]:
			make_address(customer, extra["address"])
	for name, extra in made.items():
		link_customers(name, extra["relations"] or [], extra["referred_by"])


def make_contact(customer, row: dict) -> None:
	"""Make a Contact of a customer with one telephone number."""
	phone = row.pop("phone")
	frappe.get_doc(
		{
			"doctype": "Contact",
			**row,
			"company_name": customer.organisation,
			"phone_nos": [{"phone": phone, "is_primary_mobile_no": 1}],
			"links": [{"link_doctype": "Service Customer", "link_name": customer.name}],
		}
	).insert(ignore_permissions=True)


def make_address(customer, row: dict) -> None:
	"""Make the Address of a customer."""
	frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": customer.customer_name,
			"address_type": "Office" if customer.organisation else "Personal",
			"phone": customer.phone,
			**row,
			"links": [{"link_doctype": "Service Customer", "link_name": customer.name}],
		}
	).insert(ignore_permissions=True)


def link_customers(name: str, relations: list[dict], referred_by: str | None) -> None:
	"""Enter who is related to a customer and who brought them, by the names of those."""
	if not relations and not referred_by:
		return
	customer = frappe.get_doc("Service Customer", name)
	customer.referred_by = referred_by and customer_called(referred_by)
	for row in relations:
		customer.append("relations", {**row, "related_customer": customer_called(row["related_customer"])})
	customer.save(ignore_permissions=True)


def customer_called(customer_name: str) -> str:
	"""Return the number of the demo customer with a name, for the other parts of the demo data too.

	:raises frappe.DoesNotExistError: there is none.
	"""
	name = frappe.db.get_value("Service Customer", {"customer_name": customer_name})
	if not name:
		frappe.throw(f"No demo customer is called {customer_name}", frappe.DoesNotExistError)
	return name
