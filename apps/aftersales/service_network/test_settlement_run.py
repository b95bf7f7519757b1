from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate

from aftersales.service_network import settlement_proof, settlement_run, settlements
from aftersales.service_network.settlement_lines import SettlementFrozenError
from aftersales.service_network.settlement_periods import PeriodClosedError
from aftersales.testing import factories
from aftersales.testing.field import make_service_centre, make_service_outlet, staff_of
from aftersales.testing.settlement import close_month, make_service_fee, make_settlement, prove

FIRST, LAST = "2018-03-01", "2018-03-31"
DAYS = getdate(FIRST), getdate(LAST)


class TestSettlementRun(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.outlets = sorted(make_service_outlet(parent_service_outlet=cls.branch).name for _name in "abc")
		cls.finance = factories.user_with("Finance Clerk")

	def setUp(self):
		self.fees = [
			make_service_fee(
				service_order=make_service_fee().service_order, outlet=outlet, sequence=2, fee_date=LAST
			)
			for outlet in self.outlets[:2]
		]

	def tearDown(self):
		frappe.set_user("Administrator")
		for fee in self.fees:
			fee.db_set({"voided": 1, "settlement": None})

	def test_each_outlet_with_open_fees_once(self):
		frappe.set_user(self.finance)
		self.assertEqual(settlement_run.outlets_to_settle(DAYS[1], self.branch), self.outlets[:2])
		with patch("frappe.enqueue") as enqueue:
			self.assertEqual(settlement_run.start(FIRST, LAST, self.branch), {"outlets": 2})
		self.assertEqual(enqueue.call_args.kwargs["outlets"], self.outlets[:2])
		made = [settlement_run.make_one(outlet, *DAYS) for outlet in self.outlets]
		self.assertEqual([bool(name) for name in made], [True, True, False])
		self.assertEqual(
			frappe.db.get_value("Settlement", made[0], ["outlet", "total"]), (self.outlets[0], 50)
		)
		again = [settlement_run.make_one(outlet, *DAYS) for outlet in self.outlets]
		self.assertEqual(again, [None, None, None])
		self.assertEqual(frappe.db.count("Settlement", {"outlet": ("in", self.outlets)}), 2)
		self.assertRaises(settlements.NothingToSettleError, settlement_run.start, FIRST, LAST, self.branch)

	def test_one_that_fails_stops_no_other(self):
		told = []
		with (
			patch("frappe.db.commit"),
			patch("frappe.db.rollback"),
			patch("frappe.log_error") as logged,
			patch("frappe.publish_realtime", side_effect=lambda event, text, **_more: told.append(text)),
			patch.object(settlement_run, "make_one", side_effect=[ValueError, "SET-1", None]),
		):
			settlement_run.make_all(self.outlets, *DAYS)
		logged.assert_called_once()
		self.assertEqual(told, [f"1 settlements were made. Not for {self.outlets[0]}; see Error Log."])

	def test_fetched_again_while_it_is_a_draft(self):
		doc = make_settlement(outlet=self.outlets[0], period_from=FIRST, period_to=LAST)
		make_service_fee(
			service_order=self.fees[0].service_order, outlet=self.outlets[0], sequence=3, fee_date=FIRST
		)
		user = staff_of(self.outlets[0], "Outlet Staff")
		frappe.set_user(user)
		self.assertEqual(settlement_run.fetch(doc.name), {"lines": 2})
		factories.act(doc, "Apply")
		self.assertRaises(SettlementFrozenError, settlement_run.fetch, doc.name)

	def test_what_is_missing(self):
		doc = make_settlement(outlet=self.outlets[1], period_from=FIRST, period_to=LAST)
		order = self.fees[1].service_order
		frappe.set_user(staff_of(self.outlets[1], "Outlet Staff"))
		row = {"service_order": order, "reason": settlement_proof.NONE, "follow_up": None, "amount": 50}
		self.assertEqual(settlement_run.missing_follow_ups(doc.name), [row])
		frappe.set_user("Administrator")
		follow_up = prove(order, "Dissatisfied")
		row |= {"reason": settlement_proof.NOT_SATISFIED, "follow_up": follow_up}
		self.assertEqual(settlement_run.missing_follow_ups(doc.name), [row])
		prove(order)
		self.assertEqual(settlement_run.missing_follow_ups(doc.name), [])

	def test_closed_month_and_wrong_period(self):
		self.assertRaises(frappe.ValidationError, settlement_run.start, LAST, FIRST)
		close_month("2018-01-01")
		self.assertRaises(PeriodClosedError, settlement_run.start, "2018-01-01", "2018-01-31")

	def test_rights(self):
		doc = make_settlement(outlet=self.outlets[0], period_from=FIRST, period_to=LAST)
		others = staff_of(self.outlets[2], "Outlet Staff")
		for user in ("Guest", factories.user_with("Service Agent"), others):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, settlement_run.fetch, doc.name)
			self.assertRaises(frappe.PermissionError, settlement_run.missing_follow_ups, doc.name)
			if user != others:
				self.assertRaises(frappe.PermissionError, settlement_run.start, FIRST, LAST)
		self.assertEqual(settlement_run.outlets_to_settle(DAYS[1]), [])
