"""Several people at once, in processes of their own: a unit goes on one list only, and a slip into the ledger once."""

import frappe
import pytest

from aftersales.testing.field import (
	make_customer_goods_receipt,
	make_exchange_order,
	make_refurbish_application,
	make_service_order,
)
from tests.test_work_in_parallel import at_once

MARK = "counter at once"
SEND = """
frappe.set_user("Administrator")
frappe.db.get_value("Customer Goods Receipt", sys.argv[1], "stage")
try:
	doc = frappe.get_doc(doctype="Factory Return", factory="counter at once", reason="x", lines=[{"goods_receipt": sys.argv[1]}])
	doc.insert()
	frappe.db.commit()
	print("sent")
except frappe.ValidationError as error:
	frappe.db.rollback()
	print(type(error).__name__)
"""
ENTER = """
from aftersales.field_service import steps
frappe.set_user("Administrator")
for name in sys.argv[1:]:
	frappe.db.get_value("Exchange Order", name, "stage")
	try:
		print(steps.act("Exchange Order", name, "Enter in Ledger")["ledger_no"])
		frappe.db.commit()
	except (frappe.ValidationError, frappe.QueryDeadlockError) as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""
# Each process hands over one receipt that no other has.
HAND_OVER = """
from aftersales.field_service import steps
frappe.set_user("Administrator")
for name in sys.argv[1:]:
	if not frappe.db.sql("select get_lock(%s, 0)", name)[0][0]:
		continue
	frappe.db.rollback()
	frappe.db.get_value("Customer Goods Receipt", name, "amount_collected")
	try:
		steps.act("Customer Goods Receipt", name, "Hand Over", {"receipt_given_back": 1, "amount_collected": "100"})
		frappe.db.commit()
		print("paid")
	except steps.StepOverError:
		frappe.db.rollback()
		continue
	except frappe.ValidationError as error:
		frappe.db.rollback()
		print(type(error).__name__)
	break
"""

# Every process takes an own draft of each unit.
APPLY = """
from aftersales.field_service import steps
frappe.set_user("Administrator")
for first, second in zip(sys.argv[1::2], sys.argv[2::2]):
	name = first if frappe.db.sql("select get_lock(%s, 0)", first)[0][0] else second
	try:
		steps.act("Refurbish Application", name, "Apply")
		frappe.db.commit()
		print("applied")
	except frappe.ValidationError as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""


@pytest.fixture
def committed():
	"""What other processes shall see has to be committed; here it is taken away again."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	product = frappe.get_doc(doctype="Product", product_code="AT-ONCE", product_name=MARK).insert()
	yield product.name
	frappe.db.rollback()
	lists = frappe.get_all("Factory Return", {"factory": MARK}, pluck="name")
	frappe.db.delete("Factory Return Line", {"parent": ("in", lists or [""])})
	for doctype, filters in (
		("Service Order", {"customer_name": MARK}),
		("Factory Return", {"factory": MARK}),
		("Customer Goods Receipt", {"customer_name": MARK}),
		("Exchange Order", {"customer_name": MARK}),
		("Refurbish Application", {"product": product.name}),
		("Product", {"name": product.name}),
	):
		for name in frappe.get_all(doctype, filters, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


def test_a_unit_goes_on_one_list(committed):
	receipt = make_customer_goods_receipt(customer_name=MARK, product=committed).name
	frappe.db.commit()
	answers = at_once(SEND, 3, receipt)
	assert sorted(answers) == ["FactoryLineError", "FactoryLineError", "sent"], answers
	frappe.db.rollback()
	assert frappe.db.count("Factory Return Line", {"goods_receipt": receipt}) == 1


def test_a_slip_gets_one_ledger_number(committed):
	slips = []
	for _number in range(3):
		slip = make_exchange_order(customer_name=MARK, product=committed)
		slip.db_set({"status": "In Custody", "stage": "Custody"})
		slips.append(slip.name)
	frappe.db.commit()
	answers = at_once(ENTER, 2, *slips)
	numbers = [answer for answer in answers if answer.startswith("HH-")]
	assert len(numbers) == len(set(numbers)) == 3, answers
	frappe.db.rollback()
	stored = frappe.get_all("Exchange Order", {"name": ("in", slips)}, pluck="ledger_no")
	assert sorted(stored) == sorted(numbers)


def test_a_unit_is_applied_for_once(committed):
	drafts = [
		make_refurbish_application(product=committed, serial_no=f"AT-ONCE-{unit}", outlet="All Outlets").name
		for unit in range(4)
		for _applicant in range(2)
	]
	frappe.db.commit()
	answers = at_once(APPLY, 2, *drafts)
	assert sorted(answers) == ["SecondApplicationError"] * 4 + ["applied"] * 4, answers
	frappe.db.rollback()
	open_ = frappe.get_all(
		"Refurbish Application", {"product": committed, "stage": "Applied"}, pluck="serial_no"
	)
	assert sorted(open_) == [f"AT-ONCE-{unit}" for unit in range(4)]


def test_two_desks_collect_for_an_order_once(committed):
	order = make_service_order(customer_name=MARK).name
	receipts = []
	for _number in range(2):
		receipt = make_customer_goods_receipt(customer_name=MARK, product=committed, service_order=order)
		receipt.db_set({"status": "Ready for Pick-up", "stage": "Ready"})
		receipts.append(receipt.name)
	frappe.db.set_value("Service Order", order, {"amount_due": 100, "stage": "Completed"})
	frappe.db.commit()
	answers = at_once(HAND_OVER, 2, *receipts)
	assert sorted(answers) == ["AmountDiffersError", "paid"], answers
	frappe.db.rollback()
	collected = frappe.get_all(
		"Customer Goods Receipt", {"name": ("in", receipts)}, ["stage", "amount_collected"]
	)
	assert sum(row.amount_collected for row in collected if row.stage == "Gone") == 100
