"""The same device entered, confirmed or given away by several people at once, in processes of their own."""

import frappe
import pytest

from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, make_device_class_rule, unique_serial
from tests.test_work_in_parallel import at_once, remove

REGISTER = """
from aftersales.field_service.devices import register
frappe.set_user("Administrator")
product, serial, customer = sys.argv[1:4]
for number in range(5):
	print(register(product, f"{serial}{'ABCDE'[number]}", customer))
	frappe.db.commit()
"""
CONFIRM = """
from frappe.model.workflow import apply_workflow
frappe.set_user("Administrator")
name = sys.argv[1:][frappe.cache.incrby(sys.argv[1], 1) % 2]
try:
	apply_workflow(frappe.get_doc("Customer Device", name), "Confirm")
	frappe.db.commit()
	print("confirmed")
except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
	print("refused")
"""
REPLACE = """
from aftersales.field_service.devices import ReplacementError, replace
frappe.set_user("Administrator")
old, *new = sys.argv[1:]
try:
	replace(old, new[frappe.cache.incrby(old, 1) % 2], "2025-01-01")
	frappe.db.commit()
	print("replaced")
except ReplacementError:
	print("refused")
"""
CLASSIFY = """
from aftersales.field_service.device_classes import classify
frappe.set_user("Administrator")
frappe.db.count("Customer Device")
print(classify(sys.argv[1]))
frappe.db.commit()
"""


@pytest.fixture
def product():
	"""What other processes shall see has to be committed; here it is taken away again."""
	made = factories.make_product(product_name="parallel devices")
	customer = factories.make_customer(customer_name="parallel devices")
	frappe.db.commit()
	yield made.name, customer.name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	for name in frappe.get_all("Customer Device", {"product": made.name}, pluck="name"):
		frappe.cache.delete(name)
	frappe.db.set_value("Customer Device", {"product": made.name}, {"replaces": None, "replaced_by": None})
	remove("Customer Device", {"product": made.name})
	remove("Product", {"name": made.name})
	remove("Service Customer", {"name": customer.name})
	frappe.db.commit()


def test_a_serial_number_registered_by_several_at_once_is_one_device(product):
	serial = unique_serial()
	lines = at_once(REGISTER, 3, product[0], serial, product[1])
	assert len(lines) == 15
	frappe.db.rollback()
	stored = frappe.get_all("Customer Device", {"product": product[0]}, pluck="name")
	assert len(stored) == 5
	assert set(lines) == set(stored)


def test_two_registrations_of_a_number_are_not_both_confirmed(product):
	serial = unique_serial()
	names = [
		make_customer_device(product=product[0], serial_no=serial, registered_from="Portal").name
		for _number in range(2)
	]
	frappe.db.commit()
	lines = at_once(CONFIRM, 2, *names)
	assert lines.count("confirmed") == 1, lines
	frappe.db.rollback()
	stages = frappe.get_all("Customer Device", {"product": product[0]}, pluck="stage")
	assert sorted(stages) == ["Active", "To Be Checked"]


def test_a_device_gives_way_to_one_other_only(product):
	old, *new = (make_customer_device(product=product[0]).name for _number in range(3))
	frappe.db.commit()
	lines = at_once(REPLACE, 3, old, *new)
	frappe.db.rollback()
	stored = frappe.db.get_value("Customer Device", old, ["stage", "replaced_by"], as_dict=True)
	assert stored.stage == "Replaced"
	assert frappe.get_all("Customer Device", {"replaces": old}, pluck="name") == [stored.replaced_by]
	assert "replaced" in lines


@pytest.fixture
def class_rule():
	"""A rule for three devices of a category of its own."""
	category = factories.make_product_category().name
	product = factories.make_product(product_category=category).name
	for _number in range(3):
		make_customer_device(product=product)
	rule = make_device_class_rule(product_category=category).name
	frappe.db.commit()
	yield rule
	frappe.db.rollback()
	frappe.set_user("Administrator")
	remove("Customer Device", {"product": product})
	remove("Device Class Rule", {"name": rule})
	remove("Product", {"name": product})
	remove("Product Category", {"name": category})
	frappe.db.commit()


def test_classes_are_changed_and_logged_once(class_rule):
	lines = at_once(CLASSIFY, 3, class_rule)
	assert sorted(lines) == ["0", "0", "3"]
	frappe.db.rollback()
	assert frappe.db.count("Device Class Change", {"rule": class_rule}) == 3
