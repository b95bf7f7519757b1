"""Makers of test documents of outlets, service orders, technicians, workshop and counter; see factories.py."""

import frappe
from frappe.model.document import Document

from aftersales.testing import factories
from aftersales.testing.factories import insert, unique


def make_service_outlet(**fields) -> Document:
	"""Make a Service Outlet below the root."""
	return insert("Service Outlet", {"outlet_name": unique("Outlet")}, fields)


def make_service_centre(**fields) -> Document:
	"""Make a Service Outlet that others can be put below."""
	return make_service_outlet(**{"outlet_kind": "Service Centre", "is_group": 1, **fields})


def staff_of(outlet: str | None, *roles: str, account: str | None = None) -> str:
	"""Return a user with just these roles who works for an outlet; the same one for the same account."""
	user = factories.user_with(
		*roles,
		account=account or f"{frappe.scrub(outlet or '')}-{len(roles)}-{roles[0]}".lower().replace(" ", "-"),
	)
	if frappe.db.exists("Service Staff", user):
		staff = frappe.get_doc("Service Staff", user)
		staff.outlet = outlet
		staff.save(ignore_permissions=True)
	else:
		factories.put_below(user, outlet=outlet)
	return user


def make_service_type(**fields) -> Document:
	"""Make a Service Type."""
	return insert("Service Type", {"type_name": unique("Type")}, fields)


def make_fault_cause(**fields) -> Document:
	"""Make a Fault Cause."""
	return insert("Fault Cause", {"cause_name": unique("Cause")}, fields)


def make_service_item(**fields) -> Document:
	"""Make a Service Item of one hour that warranties pay for."""
	return insert(
		"Service Item", {"item_name": unique("Item"), "standard_hours": 1, "warranty_pays": 1}, fields
	)


def make_inspection_template(*items: str, **fields) -> Document:
	"""Make an Inspection Template of the given items, all mandatory; of one item without any."""
	rows = [{"item": item, "mandatory": 1} for item in items or ("Earth wire",)]
	return insert("Inspection Template", {"template_name": unique("Inspection"), "items": rows}, fields)


def make_job_package(*items: str, **fields) -> Document:
	"""Make a Job Package of the given Service Items; of a new one without any."""
	rows = [{"service_item": item, "qty": 1} for item in items or (make_service_item().name,)]
	return insert("Job Package", {"package_name": unique("Package"), "items": rows}, fields)


def make_fee_rate(**fields) -> Document:
	"""Make a Fee Rate of an hour of anything, 100."""
	return insert("Fee Rate", {"fee_kind": "Hour", "rate": 100}, fields)


def make_service_order(**fields) -> Document:
	"""Make a Service Order of a repair that nobody was given yet, for an unknown customer."""
	return insert(
		"Service Order",
		{"order_kind": "Repair", "customer_name": unique("Customer"), "symptom": "It leaks"},
		fields,
	)
