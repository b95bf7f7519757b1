"""Several processes at once plan maintenance, release the same visits and claim the same order: everything happens once."""

import frappe
import pytest
from frappe.utils import add_months, today

from aftersales.testing import factories
from aftersales.testing.agreements import make_device_of, make_maintenance_rule, make_maintenance_visit
from aftersales.testing.field import make_service_order
from tests.test_work_in_parallel import at_once

PLAN_AND_VISIT = """
from aftersales.field_service import maintenance_plans
frappe.set_user("Administrator")
maintenance_plans.plan_devices()
frappe.db.commit()
for name in sys.argv[1:]:
	for plan in frappe.get_all("Maintenance Plan", {"device": name}, pluck="name"):
		print(maintenance_plans.visits_of(plan, frappe.utils.getdate(frappe.utils.add_months(frappe.utils.today(), 7))))
		frappe.db.commit()
"""
RELEASE = """
from aftersales.field_service.maintenance_visits import release
frappe.set_user("Administrator")
answer = release(sys.argv[1:])
frappe.db.commit()
for row in answer["released"]:
	print(row["order"])
"""
CLAIM = """
frappe.set_user("Administrator")
doc = frappe.get_doc(doctype="Warranty Submission", manufacturer="parallel claims", from_date="2003-01-01", to_date="2003-01-02")
doc.append("lines", {"service_order": sys.argv[1], "amount": 5})
try:
	doc.insert()
	frappe.db.commit()
	print(doc.name)
except (frappe.ValidationError, frappe.QueryDeadlockError):
	frappe.db.rollback()
"""


@pytest.fixture
def customer():
	"""What other processes shall see has to be committed; here it is taken away again."""
	name = factories.make_customer().name
	yield name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	devices = frappe.get_all("Customer Device", {"customer": name}, pluck="name")
	for doctype in ("Maintenance Visit", "Maintenance Plan", "Service Order", "Customer Device"):
		names = frappe.get_all(doctype, {"customer": name}, pluck="name")
		frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": ("in", names or [""])})
		frappe.db.delete("Version", {"ref_doctype": doctype, "docname": ("in", names or [""])})
		frappe.db.delete(doctype, {"customer": name})
	frappe.db.delete("Maintenance Plan", {"device": ("in", devices or [""])})
	frappe.db.delete("Maintenance Rule", {"description": "parallel maintenance"})
	submissions = frappe.get_all("Warranty Submission", {"manufacturer": "parallel claims"}, pluck="name")
	frappe.db.delete("Warranty Submission Line", {"parent": ("in", submissions or [""])})
	frappe.db.delete("Warranty Submission", {"manufacturer": "parallel claims"})
	frappe.delete_doc("Service Customer", name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


def test_each_device_gets_one_plan_and_one_visit(customer):
	product = factories.make_product().name
	devices = [make_device_of(customer, product=product, sale_date=today()).name for _number in range(4)]
	make_maintenance_rule(product=product, enabled=1, every_months=6, description="parallel maintenance")
	frappe.db.commit()
	made = at_once(PLAN_AND_VISIT, 2, *devices)
	frappe.db.rollback()
	for doctype in ("Maintenance Plan", "Maintenance Visit"):
		found = frappe.get_all(doctype, {"device": ("in", devices)}, pluck="device")
		assert sorted(found) == sorted(devices), doctype
	assert sum(map(int, made)) == len(devices)
	due = frappe.get_all("Maintenance Visit", {"device": ("in", devices)}, pluck="due_date")
	assert {str(day) for day in due} == {str(add_months(today(), 6))}


def test_each_visit_becomes_one_order(customer):
	visits = [make_maintenance_visit(customer=customer).name for _number in range(4)]
	frappe.db.commit()
	orders = at_once(RELEASE, 2, *visits)
	frappe.db.rollback()
	assert len(orders) == len(visits)
	found = frappe.get_all("Service Order", {"maintenance_visit": ("in", visits)}, pluck="name")
	assert sorted(found) == sorted(orders)


def test_an_order_is_claimed_once(customer):
	order = make_service_order(customer=customer).name
	frappe.db.commit()
	assert len(at_once(CLAIM, 2, order)) == 1
