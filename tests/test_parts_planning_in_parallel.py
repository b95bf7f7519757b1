"""Two at once, in processes of their own: deposits that are paid back, orders that are delivered, requests sent twice."""

import os

import frappe
import pytest

from aftersales.testing import factories, parts
from aftersales.testing.field import staff_of
from tests.test_work_in_parallel import at_once

if not os.environ.get("AFTERSALES_BENCH"):
	pytest.skip("needs a bench", allow_module_level=True)

PAY_BACK = """
frappe.set_user("Administrator")
from aftersales.spare_parts.deposits import DepositTooSmallError
for number in range(5):
	try:
		frappe.get_doc(doctype="Deposit Entry", outlet=sys.argv[1], kind="Paid Back", amount=10).insert()
		frappe.db.commit(); print("paid")
	except DepositTooSmallError:
		frappe.db.rollback(); print("refused")
"""
DELIVER = """
frappe.set_user("Administrator")
from aftersales.spare_parts import part_orders
from aftersales.spare_parts.doctype.part_order.part_order import PartOrderError
try:
	part_orders.deliver(sys.argv[1], [{"spare_part": sys.argv[2], "qty": 3}])
	frappe.db.commit(); print("delivered")
except PartOrderError:
	frappe.db.rollback(); print("refused")
"""

# A slip and the confirmation of its month, each in one half of the processes.
POST_OR_CONFIRM = """
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from aftersales.spare_parts import stock
from aftersales.spare_parts.statements import FiguresChangedError, MonthConfirmedError
frappe.set_user("Administrator")
outlet, statement, store, part = sys.argv[1:]
frappe.db.get_value("Part Statement", statement, "stage")
try:
	if int(frappe.db.sql("select get_lock(%s, 0)", f"confirm {statement}")[0][0]):
		frappe.set_user(frappe.db.get_value("Service Staff", {"outlet": outlet}, "name"))
		apply_workflow(frappe.get_doc("Part Statement", statement), "Confirm")
		frappe.db.commit(); print("confirmed")
	else:
		stock.make_entry("Receipt", [{"spare_part": part, "qty": 1, "rate": 1}], target=store, posting_date="2023-04-05")
		frappe.db.commit(); print("posted")
except (FiguresChangedError, MonthConfirmedError, WorkflowTransitionError) as error:
	frappe.db.rollback(); print(type(error).__name__)
"""


@pytest.fixture
def outlet():
	"""A supplied outlet that other processes see; taken away again with all that was made for it."""
	made = parts.make_supplied_outlet(outlet_name=factories.unique("parallel planning"))
	source = parts.make_part_warehouse().name
	part = parts.make_spare_part().name
	if not frappe.db.exists("Part Warehouse", {"warehouse_kind": "In Transit", "is_group": 0}):
		parts.make_part_warehouse(warehouse_kind="In Transit")
	frappe.db.commit()
	yield frappe._dict(name=made.name, store=made.warehouse, source=source, part=part)
	frappe.db.rollback()
	remove(made, source, part)
	frappe.db.commit()


def remove(outlet, source: str, part: str) -> None:
	"""Delete the rows that append-only rules keep, and then the records."""
	orders = frappe.get_all("Part Order", {"outlet": outlet.name}, pluck="name")
	slips = frappe.get_all("Part Ledger Entry", {"spare_part": part}, pluck="voucher_no", distinct=True)
	for doctype, filters in (
		("Deposit Entry", {"outlet": outlet.name}),
		("Outlet Deposit", {"outlet": outlet.name}),
		("Part Ledger Entry", {"spare_part": part}),
		("Part Balance", {"spare_part": part}),
		("Part Stock Entry Item", {"parent": ("in", slips or [""])}),
		("Part Stock Entry", {"name": ("in", slips or [""])}),
		("Part Order Item", {"parent": ("in", orders or [""])}),
		("Part Order", {"name": ("in", orders or [""])}),
		("Comment", {"reference_name": ("in", orders or [""])}),
	):
		frappe.db.delete(doctype, filters)
	frappe.db.set_value("Service Outlet", outlet.name, "warehouse", None)
	for doctype, name in (
		("Part Warehouse", outlet.warehouse),
		("Part Warehouse", source),
		("Service Outlet", outlet.name),
		("Spare Part", part),
	):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)


def test_a_deposit_is_never_paid_back_twice(outlet):
	parts.make_deposit_entry(outlet=outlet.name, amount=100)
	frappe.db.commit()
	answers = at_once(PAY_BACK, 3, outlet.name)
	assert (answers.count("paid"), answers.count("refused")) == (10, 5)
	frappe.db.rollback()
	entries = frappe.get_all("Deposit Entry", {"outlet": outlet.name}, ["change_amount", "balance_after"])
	assert frappe.db.get_value("Outlet Deposit", outlet.name, "balance") == 0
	assert sum(row.change_amount for row in entries) == 0
	assert sorted(row.balance_after for row in entries) == [10.0 * step for step in range(11)]


def test_two_keepers_deliver_no_more_than_is_open(outlet):
	parts.put_in_stock(outlet.part, outlet.source, 50)
	order = parts.make_part_order(
		outlet=outlet.name, source_warehouse=outlet.source, items=[{"spare_part": outlet.part, "qty": 7}]
	)
	order = factories.act(order, "Confirm", "Submit Order")
	frappe.db.commit()
	answers = at_once(DELIVER, 3, order.name, outlet.part)
	assert (answers.count("delivered"), answers.count("refused")) == (2, 1)
	frappe.db.rollback()
	order.reload()
	assert (order.items[0].delivered_qty, order.items[0].open_qty, order.stage) == (6, 1, "Partly Delivered")


def test_a_slip_and_the_confirmation_of_its_month(outlet):
	"""Whoever comes first: a confirmed month holds just what the statement says."""
	user = staff_of(outlet.name, "Outlet Staff")
	statement = parts.make_part_statement(outlet=outlet.name, month="2023-04-01")
	factories.act(statement, "Send")
	frappe.db.commit()
	try:
		answers = at_once(POST_OR_CONFIRM, 3, outlet.name, statement.name, outlet.store, outlet.part)
		assert len(answers) == 3, answers
		frappe.db.rollback()
		posted = frappe.db.count("Part Ledger Entry", {"spare_part": outlet.part})
		confirmed = frappe.db.get_value("Part Statement", statement.name, "stage") == "Confirmed"
		assert posted == answers.count("posted") and confirmed == ("confirmed" in answers)
		assert not (posted and confirmed), answers
		assert posted or confirmed, answers
	finally:
		frappe.db.rollback()
		frappe.db.delete("Part Statement", {"name": statement.name})
		frappe.db.delete("Comment", {"reference_name": statement.name})
		for doctype in ("Service Staff", "User"):
			frappe.delete_doc(doctype, user, force=True, ignore_permissions=True, delete_permanently=True)
		frappe.db.commit()
