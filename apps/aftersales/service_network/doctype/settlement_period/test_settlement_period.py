import frappe
from frappe.model.workflow import WorkflowTransitionError
from frappe.tests.utils import FrappeTestCase
from frappe.utils import today

from aftersales.service_network import settlement_periods
from aftersales.service_network.doctype.settlement_period.settlement_period import SettlementPeriodError
from aftersales.testing import factories
from aftersales.testing.settlement import (
	close_month,
	make_service_fee,
	make_settlement,
	make_settlement_period,
)


class TestSettlementPeriod(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.finance = factories.user_with("Finance Clerk")

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_closed_and_opened_again(self):
		period = make_settlement_period(month="2021-07-19")
		self.assertEqual((period.name, str(period.month)), ("2021-07", "2021-07-01"))
		settlement_periods.check_open("2021-07-31")
		frappe.set_user(self.finance)
		period = factories.act(period, "Close")
		self.assertEqual(period.closed_by, self.finance)
		self.assertRaises(settlement_periods.PeriodClosedError, settlement_periods.check_open, "2021-07-31")
		self.assertEqual(str(settlement_periods.first_open_day("2021-07-02")), "2021-08-01")
		self.assertEqual(str(settlement_periods.first_open_day("2021-08-02")), "2021-08-02")
		self.assertRaises(WorkflowTransitionError, factories.act, period, "Reopen")
		self.assertRaises(frappe.PermissionError, frappe.delete_doc, "Settlement Period", period.name)
		frappe.set_user(factories.user_with("Service Manager"))
		self.assertRaises(SettlementPeriodError, frappe.delete_doc, "Settlement Period", period.name)
		period = factories.act(period, "Reopen")
		self.assertIsNone(period.closed_by)

	def test_not_while_settlements_are_under_way(self):
		period = make_settlement_period(month="2021-09-01")
		outlet = make_service_fee(fee_date="2021-09-03").outlet
		doc = make_settlement(outlet=outlet, period_from="2021-09-01", period_to="2021-09-30")
		self.assertRaises(settlement_periods.PeriodUnfinishedError, factories.act, period, "Close")
		doc.db_set("stage", "Confirmed")
		self.assertEqual(factories.act(period, "Close").stage, "Closed")

	def test_this_month_is_not_over(self):
		period = make_settlement_period(month=today())
		self.assertRaises(SettlementPeriodError, factories.act, period, "Close")

	def test_a_year_ends(self):
		for month in ("2019-11-01", "2019-12-01", "2020-01-01"):
			close_month(month)
		self.assertEqual(str(settlement_periods.first_open_day("2019-11-30")), "2020-02-01")

	def test_one_of_each_month(self):
		make_settlement_period(month="2018-02-01")
		self.assertRaises(frappe.DuplicateEntryError, make_settlement_period, month="2018-02-11")
