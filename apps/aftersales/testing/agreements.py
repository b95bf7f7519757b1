"""Makers of test documents of agreements, maintenance and warranty claims; see factories.py."""

from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, today

from aftersales.testing.devices import make_customer_device
from aftersales.testing.factories import insert, make_customer, unique


def make_service_agreement(**fields) -> Document:
	"""Make a Service Agreement of one year from today, not recorded yet."""
	defaults = {"start_date": today(), "end_date": add_days(add_months(today(), 12), -1), "amount": 1200}
	if "customer" not in fields:
		defaults["customer"] = make_customer().name
	return insert("Service Agreement", defaults, fields)


def make_active_agreement(**fields) -> Document:
	"""Make a Service Agreement and audit it."""
	agreement = make_service_agreement(**fields)
	apply_workflow(agreement, "Register")
	return apply_workflow(agreement, "Audit")


def make_maintenance_rule(**fields) -> Document:
	"""Make a Maintenance Rule that is switched off, so that no device of others is planned by it."""
	return insert("Maintenance Rule", {"rule_name": unique("Rule"), "every_months": 6, "enabled": 0}, fields)


def make_device_of(customer: str | None = None, **fields) -> Document:
	"""Make a Customer Device that somebody owns."""
	return make_customer_device(customer=customer or make_customer().name, **fields)


def make_maintenance_plan(**fields) -> Document:
	"""Make a Maintenance Plan of a new device, every six months."""
	defaults = {"every_months": 6, "lead_days": 14}
	if "customer" not in fields:
		device = make_device_of()
		defaults.update({"customer": device.customer, "device": device.name})
	return insert("Maintenance Plan", defaults, fields)


def make_maintenance_visit(**fields) -> Document:
	"""Make a Maintenance Visit of a new device, due today."""
	defaults = {"due_date": today()}
	if "customer" not in fields:
		device = make_device_of()
		defaults.update({"customer": device.customer, "device": device.name})
	return insert("Maintenance Visit", defaults, fields)


def make_first_visit(**fields) -> Document:
	"""Make the first free maintenance of a new device and finish it."""
	visit = make_maintenance_visit(visit_kind="First Free Maintenance", **fields)
	return apply_workflow(visit, "Complete")


def make_warranty_claim_condition(**fields) -> Document:
	"""Make a Warranty Claim Condition that is switched off, so that claims of others do not meet it."""
	return insert(
		"Warranty Claim Condition",
		{"condition_name": unique("Condition"), "enabled": 0, "needs_serial_no": 0},
		fields,
	)


def make_warranty_submission(**fields) -> Document:
	"""Make a Warranty Submission without claims, of the last month."""
	return insert("Warranty Submission", {"from_date": add_months(today(), -1), "to_date": today()}, fields)
