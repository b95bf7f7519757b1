"""Several people act on one service order at the same moment, in processes of their own: the step is taken once."""

import frappe
import pytest

from aftersales.testing import field
from tests.test_work_in_parallel import at_once

PEOPLE = 4
ORDER = "Service Order"
TAKE_STEP = """
from frappe.model.workflow import WorkflowTransitionError
from aftersales.field_service import orders
frappe.set_user("Administrator")
try:
	orders.act(sys.argv[1], sys.argv[2], {"reason": "The part comes tomorrow"})
	frappe.db.commit()
	print("done")
except (WorkflowTransitionError, frappe.TimestampMismatchError):
	frappe.db.rollback()
	print("too late")
"""


@pytest.fixture
def order():
	"""An order that others can see, and that goes with what came of it."""
	outlet = field.make_service_outlet()
	made = field.make_service_order(outlet=outlet.name, content="Half done", symptom="parallel order")
	frappe.db.commit()
	yield made.name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.set_value(ORDER, {"symptom": "parallel order"}, {"continued_by": None, "continued_from": None})
	for name in frappe.get_all(ORDER, {"symptom": "parallel order"}, pluck="name"):
		frappe.delete_doc(ORDER, name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.delete_doc(
		"Service Outlet", outlet.name, force=True, ignore_permissions=True, delete_permanently=True
	)
	frappe.db.commit()


def test_one_of_four_dispatches(order):
	lines = at_once(TAKE_STEP, PEOPLE, order, "Dispatch")
	assert sorted(lines) == ["done"] + ["too late"] * (PEOPLE - 1)


def test_one_next_visit_however_many_put_it_off(order):
	frappe.db.set_value(ORDER, order, {"status": "On Site", "stage": "In Work"})
	frappe.db.commit()
	lines = at_once(TAKE_STEP, PEOPLE, order, "Continue Later")
	assert sorted(lines) == ["done"] + ["too late"] * (PEOPLE - 1)
	frappe.db.rollback()
	following = frappe.get_all(ORDER, {"continued_from": order}, pluck="name")
	assert following == [frappe.db.get_value(ORDER, order, "continued_by")]
