"""Demo agreements: maintenance rules, two agreements, visits that fall due, first free maintenance, a warranty submission."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, today

from aftersales.demo.base import customer_called, read
from aftersales.field_service import agreements, maintenance_plans, warranty_claims
from aftersales.setup.records import ensure

AGREEMENT, VISIT, DEVICE = agreements.DOCTYPE, maintenance_plans.VISIT, maintenance_plans.DEVICE


def load() -> None:
	"""Make the demo agreements that are missing; see aftersales.demo.load."""
	data = read("agreements")
	for row in data["rules"]:
		ensure({"doctype": "Maintenance Rule", **row})
	for row in data["conditions"]:
		ensure({"doctype": "Warranty Claim Condition", **row})
	for row in data["agreements"]:
		make_agreement(row)
	# Devices that come later are planned by the nightly job.
	first_time = not frappe.db.exists(maintenance_plans.PLAN, {})
	if first_time:
		maintenance_plans.plan_devices()
	for row in data["first_done"]:
		make_first(row)
	if first_time:
		maintenance_plans.plan_visits()
	make_submission(data["conditions"][0])


def device_called(serial_no: str) -> str:
	"""Return the demo device with a serial number."""
	return frappe.db.get_value(DEVICE, {"serial_no": serial_no})


def make_agreement(row: dict) -> None:
	"""Make an agreement of a year that began so many months ago, audited if the data say so."""
	customer = customer_called(row["customer"])
	if frappe.db.exists(AGREEMENT, {"customer": customer}):
		return
	start = add_months(today(), -row["months_ago"])
	doc = frappe.get_doc(
		{
			"doctype": AGREEMENT,
			"customer": customer,
			"signed_on": start,
			"start_date": start,
			"end_date": add_days(add_months(start, 12), -1),
			"terms": row["terms"],
			"amount": row["amount"],
			"devices": [{"device": device_called(serial)} for serial in row["devices"]],
			"benefits": row["benefits"],
			"visit_schedule": [
				{**visit, "device": device_called(visit["device"]), "first_date": add_months(start, 3)}
				for visit in row["visits"]
			],
		}
	).insert(ignore_permissions=True)
	agreements.plan_payments(doc.name, row["payments"], row["months"])
	if row["audited"]:
		audit(frappe.get_doc(AGREEMENT, doc.name))


def audit(doc: Document) -> None:
	"""Take an agreement to the state in which it holds."""
	apply_workflow(apply_workflow(doc, "Register"), "Audit")


def make_first(row: dict) -> None:
	"""Make a first free maintenance that was done some days ago, with the decision on it."""
	device = device_called(row["device"])
	kind = maintenance_plans.FIRST_FREE
	if frappe.db.exists(VISIT, {"device": device, "visit_kind": kind}):
		return
	day = add_days(today(), -row["days_ago"])
	customer = frappe.db.get_value(DEVICE, device, "customer")
	plan = frappe.db.get_value(maintenance_plans.PLAN, {"device": device, "visit_kind": kind})
	values = {
		"customer": customer,
		"device": device,
		"due_date": day,
		"visit_kind": kind,
		"maintenance_plan": plan,
	}
	doc = frappe.get_doc({"doctype": VISIT, **values}).insert(ignore_permissions=True)
	doc.db_set(
		{
			"status": "Done",
			"stage": "Done",
			"done_on": day,
			"confirmation": row["confirmation"],
			"confirmation_note": row.get("note"),
			"confirmed_on": day,
			"confirmed_by": "Administrator",
		},
		update_modified=False,
	)
	if plan:
		over = {"planned_visits": 1, "next_due": None, "plan_on": None, "last_done_on": day}
		frappe.db.set_value(maintenance_plans.PLAN, plan, over, update_modified=False)


def make_submission(condition: dict) -> None:
	"""Make the submission of the first free maintenance of the last month."""
	values = {"claim_kind": condition["claim_kind"], "manufacturer": condition["manufacturer"]}
	if frappe.db.exists(warranty_claims.SUBMISSION, values):
		return
	doc = frappe.get_doc(
		doctype=warranty_claims.SUBMISSION, from_date=add_months(today(), -1), to_date=today(), **values
	)
	doc.insert(ignore_permissions=True)
	warranty_claims.collect(doc.name)
