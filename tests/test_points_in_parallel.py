"""Many at once, in processes of their own: the last gift goes to one, and points are spent once."""

import os

import frappe
import pytest

from aftersales.service_network import points
from aftersales.testing import factories
from aftersales.testing.points import make_reward
from tests.test_work_in_parallel import at_once

if not os.environ.get("AFTERSALES_BENCH"):
	pytest.skip("needs a bench", allow_module_level=True)

REDEEM = """
frappe.set_user("Administrator")
from aftersales.service_network import points, rewards
for number in range(5):
	customer = sys.argv[2 + number % (len(sys.argv) - 2)]
	try:
		rewards.redeem(customer, sys.argv[1])
		frappe.db.commit(); print("made")
	except frappe.QueryDeadlockError:
		frappe.db.rollback(); print("deadlock")
	except frappe.ValidationError:
		frappe.db.rollback(); print("refused")
"""
REVERSE = """
frappe.set_user("Administrator")
from aftersales.service_network import points
points.reverse(sys.argv[1], 100, "back:" + sys.argv[1])
frappe.db.commit(); print("done")
"""


@pytest.fixture
def customers():
	"""Two customers with 1,000 points that other processes see; taken away again with all that was made for them."""
	names = [factories.make_customer().name for _number in range(2)]
	for name in names:
		points.post(name, 1000, "Earned")
	frappe.db.commit()
	yield names
	frappe.db.rollback()
	for doctype in ("Reward Redemption", points.ENTRY, points.BALANCE):
		frappe.db.delete(doctype, {"customer": ("in", names)})
	for name in names:
		frappe.delete_doc(
			"Service Customer", name, force=True, ignore_permissions=True, delete_permanently=True
		)
	frappe.db.commit()


@pytest.fixture
def reward(request):
	"""A reward that others see."""
	made = make_reward(**request.param)
	frappe.db.commit()
	yield made
	frappe.db.rollback()
	frappe.delete_doc("Reward", made.name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


@pytest.mark.parametrize("reward", [{"points": 10, "stock": 1}], indirect=True)
def test_twenty_ask_for_the_last_gift_and_one_gets_it(customers, reward):
	answers = at_once(REDEEM, 4, reward.name, *customers)
	assert sorted(answers) == ["made", *["refused"] * 19]
	frappe.db.rollback()
	assert frappe.db.get_value("Reward", reward.name, "stock") == 0
	assert sum(points.balance(name) for name in customers) == 1990


@pytest.mark.parametrize("reward", [{"points": 300, "unlimited": 1}], indirect=True)
def test_points_are_spent_once(customers, reward):
	answers = at_once(REDEEM, 4, reward.name, *customers)
	assert (answers.count("made"), answers.count("deadlock")) == (6, 0)
	frappe.db.rollback()
	for name in customers:
		assert points.balance(name) == 100
		sums = frappe.get_all(
			points.ENTRY, {"customer": name}, ["sum(points) as a", "sum(points_left) as b"]
		)[0]
		assert (sums.a, sums.b) == (100, 100)


def test_a_purchase_is_taken_back_once(customers):
	entry = frappe.db.get_value(points.ENTRY, {"customer": customers[0]})
	at_once(REVERSE, 3, entry)
	frappe.db.rollback()
	assert points.balance(customers[0]) == 900
