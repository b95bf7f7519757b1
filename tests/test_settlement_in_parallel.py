"""Several clerks settle the same fees and pay the same settlement at once, in processes of their own."""

import frappe
import pytest
from frappe.utils import flt

from aftersales.testing import settlement as making
from aftersales.testing.field import make_service_order, make_service_outlet
from tests.test_work_in_parallel import at_once

SETTLE = """
frappe.set_user("Administrator")
outlet, first, last = sys.argv[1:4]
doc = frappe.get_doc(doctype="Settlement", outlet=outlet, period_from=first, period_to=last)
doc.insert()
frappe.db.commit()
print(doc.name)
"""
# Every second process settles a longer period, which holds the other one.
SETTLE_OVERLAPPING = SETTLE.replace(
	"doc = ", "import os; last = last if os.getpid() % 2 else '2019-06-30'\ndoc = ", 1
)
PAY = """
from aftersales.service_network.settlement_payments import NotPayableError
frappe.set_user("Administrator")
try:
	frappe.get_doc(doctype="Settlement Payment", settlement=sys.argv[1], amount=50, mode="Transfer").insert()
	frappe.db.commit()
	print("paid")
except NotPayableError:
	print("refused")
"""
TAKE_BACK = """
frappe.set_user("Administrator")
try:
	doc = frappe.get_doc(doctype="Settlement Payment", reversal_of=sys.argv[1], settlement=sys.argv[2], amount=-1, mode="Transfer")
	doc.insert()
	frappe.db.commit()
	print("taken back")
except (frappe.ValidationError, frappe.UniqueValidationError):
	print("refused")
"""


@pytest.fixture
def outlet():
	"""An outlet with nine open fees, committed; all of it is taken away again."""
	name = make_service_outlet().name
	order = make_service_order(outlet=name).name
	for day in range(1, 10):
		making.make_service_fee(
			service_order=order, outlet=name, sequence=day, amount=10.1, fee_date=f"2019-05-{day:02}"
		)
	frappe.db.commit()
	yield name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	settlements = frappe.get_all("Settlement", {"outlet": name}, pluck="name") or [""]
	frappe.db.delete("Settlement Line", {"parent": ("in", settlements)})
	frappe.db.delete("Version", {"ref_doctype": "Settlement", "docname": ("in", settlements)})
	orders = frappe.get_all("Service Order", {"outlet": name}, pluck="name") or [""]
	frappe.db.delete("Service Order Charge", {"parent": ("in", orders)})
	for doctype in ("Settlement Payment", "Settlement", "Service Fee", "Service Order"):
		frappe.db.delete(doctype, {"outlet": name})
	frappe.delete_doc("Service Outlet", name, force=True)
	frappe.db.commit()


def check_settled_once(outlet: str, names: list[str]) -> None:
	frappe.db.rollback()
	lines = frappe.get_all("Settlement Line", {"parent": ("in", names)}, ["service_fee", "parent", "amount"])
	assert len(lines) == len({row.service_fee for row in lines}) == 9
	for name in names:
		own = [row.amount for row in lines if row.parent == name]
		assert flt(sum(own), 2) == frappe.db.get_value("Settlement", name, "total")
		assert frappe.db.count("Service Fee", {"settlement": name}) == len(own)
	assert flt(sum(row.amount for row in lines), 2) == 90.9


def test_two_clerks_settle_the_same_period(outlet):
	names = at_once(SETTLE, 2, outlet, "2019-05-01", "2019-05-31")
	assert len(names) == 2
	check_settled_once(outlet, names)


def test_clerks_settle_periods_that_overlap(outlet):
	names = at_once(SETTLE_OVERLAPPING, 3, outlet, "2019-05-01", "2019-05-31")
	check_settled_once(outlet, names)


def test_no_more_is_paid_than_is_due(outlet):
	doc = making.make_confirmed_settlement(outlet=outlet, period_from="2019-05-01", period_to="2019-05-31")
	frappe.db.commit()
	answers = at_once(PAY, 3, doc.name)
	assert sorted(answers) == ["paid", "refused", "refused"]
	frappe.db.rollback()
	doc.reload()
	assert (doc.paid_amount, doc.outstanding) == (50, 40.9)
	payment = frappe.get_all("Settlement Payment", {"settlement": doc.name}, pluck="name", limit=1)[0]
	frappe.db.commit()
	answers = at_once(TAKE_BACK, 2, payment, doc.name)
	assert sorted(answers) == ["refused", "taken back"]
	frappe.db.rollback()
	doc.reload()
	assert doc.paid_amount == 0
