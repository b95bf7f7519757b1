"""Orders from before fees and receivables were kept get theirs afterwards, once."""

from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate, today

from aftersales.service_network import missing_fees
from aftersales.service_network.missing_fees import MissingFeesError, enter, orders_without
from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of, without_fee_rates
from aftersales.testing.settlement import close_month, line, make_done_order

FEE, RECEIVABLE = "Service Fee", "Service Receivable"
PERIOD = (getdate("1999-05-01"), getdate("1999-06-30"))


class TestMissingFees(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.outlet = make_service_outlet().name

	def setUp(self):
		frappe.db.savepoint("missing_fees")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="missing_fees")

	def old_order(self, *lines: dict, done: str = "1999-05-20", **fields) -> str:
		"""Return an order as it was before fees were kept."""
		with patch("aftersales.service_network.fees.sync"):
			return make_done_order(*lines, done=done, outlet=self.outlet, proof=None, **fields).name

	def run_all(self, with_receivables: bool = False) -> str:
		"""Run the job as it is and return what the user is told."""
		told = []
		with (
			patch("frappe.db.commit"),
			patch("frappe.db.rollback"),
			patch("frappe.publish_realtime", side_effect=lambda event, text, **_more: told.append(text)),
		):
			missing_fees.enter_all(*PERIOD, with_receivables)
		return told[-1]

	def fees_of(self, order: str) -> list[tuple]:
		fields = ["fee_kind", "amount", "order_date", "fee_date", "outlet"]
		rows = frappe.get_all(FEE, {"service_order": order}, fields, order_by="sequence asc")
		return [tuple(row.values()) for row in rows]

	def owed_for(self, order: str) -> list[tuple]:
		filters = {"reference_doctype": "Service Order", "reference_name": order}
		rows = frappe.get_all(RECEIVABLE, filters, ["amount", "outstanding", "status", "due_date"])
		return [tuple(row.values()) for row in rows]

	def test_twice_is_the_same_as_once(self):
		close_month("1999-06-01")
		day = getdate("1999-05-20")
		order = self.old_order(line(100.1), line(20.2, kind="Other"), {"kind": "Other", "amount": 30})
		late = self.old_order(line(7), done="1999-06-30")
		outside = [self.old_order(line(5), done=done) for done in ("1999-04-30", "1999-07-01")]
		known = make_done_order(line(9), done="1999-05-31", outlet=self.outlet, proof=None).name
		continued = self.old_order(line(8))
		values = {"stage": "Continued", "completed_at": None, "fed_back_at": "1999-05-02 08:00:00"}
		frappe.db.set_value("Service Order", continued, values)
		self.assertEqual(set(orders_without(*PERIOD)), {order, late, continued})

		self.assertEqual(self.run_all(), "Fees were entered for 3 orders, receivables for 0.")
		self.assertEqual(
			self.fees_of(order),
			[("Other", 20.2, day, day, self.outlet), ("Visit", 100.1, day, day, self.outlet)],
		)
		# A closed month takes nothing: the first open day does.
		june, july = getdate("1999-06-30"), getdate("1999-07-01")
		self.assertEqual(self.fees_of(late), [("Visit", 7, june, july, self.outlet)])
		self.assertEqual([row[:3] for row in self.fees_of(continued)], [("Visit", 8, getdate("1999-05-02"))])
		self.assertEqual([self.fees_of(name) for name in outside], [[], []])
		self.assertEqual(self.owed_for(order), [])

		before = frappe.db.count(FEE)
		self.assertEqual(self.run_all(), "Fees were entered for 0 orders, receivables for 0.")
		for name in (order, late, continued, known):
			self.assertEqual(enter(name), [])
		self.assertEqual(frappe.db.count(FEE), before)

	def test_what_customers_owe(self):
		order = self.old_order(line(10), {"kind": "Other", "amount": 30})
		free = self.old_order(line(10))
		for _time in range(2):
			self.run_all(with_receivables=True)
			self.assertEqual(self.owed_for(order), [(30, 30, "Unpaid", getdate(today()))])
			self.assertEqual(self.owed_for(free), [])
		self.assertEqual(orders_without(*PERIOD, with_receivables=True), [])

	def test_orders_that_are_under_way_have_none(self):
		order = self.old_order(line(10))
		frappe.db.set_value("Service Order", order, "stage", "In Work")
		self.assertNotIn(order, orders_without(*PERIOD))
		self.assertEqual(enter(order, with_receivables=True), [])

	def test_one_that_fails_stops_no_other(self):
		orders = sorted(self.old_order(line(10)) for _number in range(2))
		with (
			patch("frappe.log_error") as logged,
			patch.object(missing_fees, "enter", side_effect=[ValueError, [FEE]]),
		):
			told = self.run_all()
		logged.assert_called_once()
		self.assertEqual(
			told,
			f"Fees were entered for 1 orders, receivables for 0. Not for {orders[0]}; see Error Log.",
		)

	def test_who_may(self):
		for user in (
			"Guest",
			factories.user_with("Service Agent"),
			factories.user_with("General Manager"),
			staff_of(self.outlet, "Outlet Staff"),
			staff_of(self.outlet, "Finance Clerk"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, missing_fees.start, "1999-05-01", "1999-06-30")
		frappe.set_user(factories.user_with("Finance Clerk"))
		self.assertRaises(MissingFeesError, missing_fees.start, "1999-06-30", "1999-05-01")
		with patch("frappe.enqueue") as enqueued:
			missing_fees.start("1999-05-01", "1999-06-30", 1)
		told = enqueued.call_args.kwargs
		self.assertEqual((told["first"], told["last"], told["with_receivables"]), (*PERIOD, True))
