"""Demo outlets: a service network with its people, fee rates and a job package."""

import frappe

from aftersales.demo.base import read
from aftersales.demo.organisation import make_staff
from aftersales.setup.records import ensure


def load() -> None:
	"""Make the demo outlets that are missing; see aftersales.demo.load."""
	data = read("outlets")
	for row in data["outlets"]:
		ensure({"doctype": "Service Outlet", **row})
	for row in data["staff"]:
		make_staff(row)
	for user, outlet in data["technicians"].items():
		staff = frappe.get_doc("Service Staff", user)
		if not staff.outlet:
			staff.outlet = outlet
			staff.save(ignore_permissions=True)
	for row in data["fee_rates"]:
		if not frappe.db.exists("Fee Rate", row):
			frappe.get_doc({"doctype": "Fee Rate", **row}).insert(ignore_permissions=True)
	for row in data["job_packages"]:
		ensure({"doctype": "Job Package", **row})
