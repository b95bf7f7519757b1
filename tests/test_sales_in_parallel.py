"""Several people take money at once, in processes of their own: nothing is taken twice, nothing gets lost."""

import frappe
import pytest

from aftersales.testing.agreements import make_active_agreement
from aftersales.testing.sales import (
	make_cash_handover,
	make_sale_collection,
	make_service_payment,
	make_service_receivable,
	make_submitted_sale,
)
from tests.test_work_in_parallel import at_once

COLLECT = """
from aftersales.service_network.sales import TooMuchError
for number in range(4):
	try:
		frappe.get_doc(doctype="Sale Collection", sale_record=sys.argv[1], amount=30).insert()
		frappe.db.commit()
		print("taken")
	except TooMuchError:
		frappe.db.rollback()
		print("refused")
"""
REVERSE = """
from aftersales.service_network.sales import CollectionError, reverse
try:
	reverse("Service Payment", sys.argv[1], "parallel")
	frappe.db.commit()
	print("reversed")
except CollectionError:
	frappe.db.rollback()
	print("refused")
"""
SETTLE = """
from aftersales.service_network.agreement_settlement import SettlementError, settle
try:
	names = settle(sys.argv[1])
	frappe.db.commit()
	print(*names, sep="\\n")
except SettlementError:
	frappe.db.rollback()
"""
# Each takes the handovers in another order, so that every process begins with another one.
HAND_OVER = """
import os
from frappe.model.workflow import apply_workflow
frappe.db.get_value("Cash Handover", sys.argv[1], "name")  # the transaction begins before the other commits
names = sys.argv[1:] if os.getpid() % 2 else sys.argv[:0:-1]
for name in names:
	try:
		apply_workflow(frappe.get_doc("Cash Handover", name), "Hand to Finance")
		frappe.db.commit()
		print("handed over")
	except Exception as error:
		frappe.db.rollback()
		print("refused")
"""
# Each begins to read before the other commits.
RETURN = """
from aftersales.service_network.sale_returns import return_items
from aftersales.service_network.sales import ReturnError
frappe.get_doc("Sale Record", sys.argv[1])
for piece in sys.argv[2:]:
	try:
		return_items(sys.argv[1], [{"item": piece, "qty": 1}], "parallel")
		frappe.db.commit()
		print("returned")
	except ReturnError:
		frappe.db.rollback()
		print("refused")
"""
TABLES = (
	"Sale Record",
	"Sale Record Item",
	"Sale Record Return",
	"Sale Collection",
	"Service Receivable",
	"Service Payment",
	"Cash Handover",
	"Cash Handover Payment",
	"Service Order",
	"Service Agreement",
	"Agreement Billing Line",
	"Service Customer",
	"Version",
	"Comment",
)


@pytest.fixture
def committed():
	"""What other processes shall see has to be committed; here it is taken away again."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	started = frappe.utils.now_datetime()
	yield
	frappe.db.rollback()
	for doctype in TABLES:
		frappe.db.delete(doctype, {"creation": (">=", started)})
	frappe.db.commit()


def test_two_who_collect_never_take_more_than_is_owed(committed):
	sale = make_submitted_sale({"rate": 100}).name
	frappe.db.commit()
	told = at_once(COLLECT, 3, sale)
	frappe.db.rollback()
	assert sorted(told) == ["refused"] * 9 + ["taken"] * 3
	assert frappe.db.get_value("Sale Record", sale, ["received", "outstanding"]) == (90, 10)
	assert sum(frappe.get_all("Sale Collection", {"sale_record": sale}, pluck="amount")) == 90


def test_a_piece_is_returned_once(committed):
	sale = make_submitted_sale({"rate": 100}, {"rate": 40}, {"rate": 500})
	make_sale_collection(sale_record=sale.name, amount=600)
	frappe.db.commit()
	told = at_once(RETURN, 2, sale.name, sale.items[0].name, sale.items[1].name)
	frappe.db.rollback()
	assert sorted(told) == ["refused", "refused", "returned", "returned"]
	sale.reload()
	assert (sale.total, sale.received, sale.outstanding, sale.status) == (500, 500, 0, "Collected")
	assert [row.returned_qty for row in sale.items] == [1, 1, 0]
	amounts = frappe.get_all("Sale Collection", {"sale_record": sale.name}, pluck="amount")
	assert sum(amounts) == 500


def test_a_payment_is_reversed_once(committed):
	receivable = make_service_receivable(100).name
	payment = make_service_payment(receivable=receivable, amount=40).name
	frappe.db.commit()
	assert sorted(at_once(REVERSE, 3, payment)) == ["refused", "refused", "reversed"]
	frappe.db.rollback()
	assert frappe.db.get_value("Service Receivable", receivable, ["received", "outstanding"]) == (0, 100)


def test_an_agreement_is_settled_once(committed):
	today = frappe.utils.today()
	plan = [{"due_date": today, "description": f"Part {place}", "amount": 10} for place in range(3)]
	agreement = make_active_agreement(amount=30, billing_plan=plan).name
	frappe.db.commit()
	at_once(SETTLE, 3, agreement)
	frappe.db.rollback()
	amounts = frappe.get_all("Service Receivable", {"reference_name": agreement}, pluck="amount")
	assert amounts == [10, 10, 10]


def test_a_payment_is_handed_over_once(committed):
	payment = make_service_payment().name
	first, second = (make_cash_handover(payment).name for _number in range(2))
	frappe.db.commit()
	told = at_once(HAND_OVER, 2, first, second)
	frappe.db.rollback()
	assert sorted(told) == ["handed over", "refused", "refused", "refused"]
	stages = [frappe.db.get_value("Cash Handover", name, "stage") for name in (first, second)]
	assert sorted(stages) == ["Draft", "Handed Over"]
