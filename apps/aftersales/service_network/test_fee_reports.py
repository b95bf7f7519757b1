from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import settlement_proof
from aftersales.service_network.report.fees_awaiting_settlement import fees_awaiting_settlement
from aftersales.service_network.report.outlet_fees import outlet_fees
from aftersales.service_network.report.service_fee_history import service_fee_history
from aftersales.service_network.report.settlement_ledger import settlement_ledger
from aftersales.testing import factories
from aftersales.testing.field import make_service_centre, make_service_outlet, staff_of, without_fee_rates
from aftersales.testing.network import make_outlet_bank_account
from aftersales.testing.settlement import line, make_done_order, make_settlement
from aftersales.utils.report import PeriodError

YEAR = {"from_date": "2020-01-01", "to_date": "2020-12-31"}


class TestFeeReports(FrappeTestCase):
	"""Two outlets below a branch, 2020. A: 100 visit (settled, paid), 20.5 transport (settled), 7 other (open, no follow-up).
	B: 30 visit (open)."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.a, cls.b = (make_service_outlet(parent_service_outlet=cls.branch).name for _name in "ab")
		cls.first = make_done_order(
			line(100), line(20.5, kind="Transport"), outlet=cls.a, done="2020-01-01"
		).name
		cls.settlement = make_settlement(outlet=cls.a, period_from="2020-01-01", period_to="2020-01-31").name
		cls.waiting = make_done_order(line(7, kind="Other"), outlet=cls.a, done="2020-12-31", proof=None).name
		cls.other = make_done_order(line(30), outlet=cls.b, done="2020-06-01").name
		frappe.db.set_value("Service Fee", {"settlement": cls.settlement}, "settled_on", "2020-02-03")
		frappe.db.set_value("Service Fee", {"settlement": cls.settlement, "fee_kind": "Visit"}, "paid", 1)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, report, **filters):
		return report.execute({"outlet": self.branch, **YEAR, **filters})[1]

	def test_fees_by_outlet(self):
		_columns, rows, _message, chart = outlet_fees.execute({"outlet": self.branch, **YEAR})
		fields = (
			"subject",
			"orders",
			"visit_fee",
			"transport_fee",
			"other_fee",
			"total",
			"settled",
			"paid",
			"open",
		)
		self.assertEqual(
			[tuple(row[field] for field in fields) for row in rows],
			[
				(self.a, 2, 100, 20.5, 7, 127.5, 120.5, 100, 7),
				(self.b, 1, 30, 0, 0, 30, 0, 0, 30),
			],
		)
		self.assertEqual(chart["data"]["labels"], [self.a, self.b])

	def test_fees_by_branch_and_kind(self):
		rows = self.rows(outlet_fees, group_by="branch", fee_kind="Visit")
		self.assertEqual([(row.subject, row.orders, row.total) for row in rows], [(self.branch, 2, 130)])
		self.assertEqual(self.rows(outlet_fees, from_date="2020-12-01")[0].total, 7)

	def test_fees_one_by_one(self):
		rows = self.rows(outlet_fees, view="List")
		self.assertEqual([row.amount for row in rows], [20.5, 100, 30, 7])
		self.assertEqual((rows[1].settlement, rows[1].paid, rows[3].settlement), (self.settlement, 1, None))

	def test_history(self):
		rows = self.rows(service_fee_history)
		found = [(row.settlement, row.visit_fee, row.transport_fee, row.total, row.is_paid) for row in rows]
		self.assertEqual(
			sorted(found), [(self.settlement, 0, 20.5, 20.5, 0), (self.settlement, 100, 0, 100, 1)]
		)
		self.assertEqual([row.total for row in self.rows(service_fee_history, paid="No")], [20.5])
		self.assertEqual(self.rows(service_fee_history, to_date="2020-02-02"), [])

	def test_ledger(self):
		rows = self.rows(settlement_ledger)
		self.assertEqual(
			[(row.name, row.total, row.status) for row in rows], [(self.settlement, 120.5, "Draft")]
		)
		self.assertEqual(self.rows(settlement_ledger, from_date="2020-02-01"), [])
		self.assertEqual(len(self.rows(settlement_ledger, only_open=1)), 1)

	def test_what_waits(self):
		_columns, rows, message = fees_awaiting_settlement.execute(
			{"until": "2020-12-31", "outlet": self.branch}
		)
		found = [(row.service_order, row.amount, row.days, row.reason) for row in rows]
		self.assertEqual(
			found,
			[(self.other, 30, 213, "Nothing"), (self.waiting, 7, 0, settlement_proof.NONE)],
		)
		self.assertIn("2 orders", message)
		filters = {"until": "2020-12-31", "outlet": self.branch, "missing": settlement_proof.NONE}
		self.assertEqual(len(fees_awaiting_settlement.execute(filters)[1]), 1)

	def test_of_very_many_the_oldest_are_shown(self):
		with patch.object(fees_awaiting_settlement, "MOST", 1):
			_columns, rows, message = fees_awaiting_settlement.execute(
				{"until": "2020-12-31", "outlet": self.branch}
			)
		self.assertEqual([row.service_order for row in rows], [self.other])
		self.assertIn("1 oldest", message)

	def test_an_outlet_sees_its_own(self):
		frappe.set_user(staff_of(self.b, "Outlet Staff"))
		self.assertEqual([row.subject for row in outlet_fees.execute(YEAR)[1]], [self.b])
		self.assertEqual(service_fee_history.execute(YEAR)[1], [])
		self.assertEqual(settlement_ledger.execute(YEAR)[1], [])
		rows = fees_awaiting_settlement.execute({"until": "2020-12-31"})[1]
		self.assertEqual([row.service_order for row in rows], [self.other])

	def test_without_right_or_period(self):
		self.assertRaises(PeriodError, outlet_fees.execute, {"from_date": "2020-01-01"})
		frappe.set_user(factories.user_with("Service Agent"))
		for report in (outlet_fees, service_fee_history, settlement_ledger, fees_awaiting_settlement):
			self.assertRaises(frappe.PermissionError, report.execute, {**YEAR, "until": "2020-12-31"})

	def test_what_they_cost(self):
		filters = {**YEAR, "until": "2020-12-31"}
		for report, statements in (
			(outlet_fees, 2),
			(service_fee_history, 1),
			(settlement_ledger, 1),
			(fees_awaiting_settlement, 4),
		):
			report.execute(dict(filters))
			with self.assertQueryCount(statements):
				report.execute(dict(filters))

	def test_prints(self):
		html = frappe.get_print("Settlement", self.settlement, "Outlet Settlement Slip", no_letterhead=1)
		for text in ("Outlet Settlement Slip", self.settlement, self.first, "120.50", self.a):
			self.assertIn(text, html)
		html = frappe.get_print("Settlement", self.settlement, "Invoice Notice", no_letterhead=1)
		for text in ("Invoice Notice", self.settlement, "120.50"):
			self.assertIn(text, html)

	def test_the_invoice_notice_shows_bank_data_to_those_who_may_read_it(self):
		make_outlet_bank_account(outlet=self.a, bank_account="6222-0034")
		for user, shown in (
			("Administrator", True),
			(factories.user_with("Finance Clerk"), True),
			(staff_of(self.a, "Outlet Staff"), True),
			(factories.user_with("General Manager"), False),
		):
			frappe.set_user(user)
			html = frappe.get_print("Settlement", self.settlement, "Invoice Notice", no_letterhead=1)
			self.assertIn("120.50", html)
			(self.assertIn if shown else self.assertNotIn)("6222-0034", html, user)
