"""Reports of sales and receivables, on figures added up by hand."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.service_network import agreement_settlement, sales
from aftersales.service_network.report.agreement_settlement_detail import agreement_settlement_detail
from aftersales.service_network.report.arrears_list import arrears_list
from aftersales.service_network.report.purchase_statistics import purchase_statistics
from aftersales.service_network.report.receivables_by_age import receivables_by_age
from aftersales.testing import factories
from aftersales.testing.agreements import make_active_agreement
from aftersales.testing.field import make_service_centre, make_service_outlet, staff_of
from aftersales.testing.sales import (
	make_sale_collection,
	make_sale_record,
	make_service_payment,
	make_service_receivable,
	make_submitted_sale,
)
from aftersales.utils.report import PeriodError

MARCH = {"from_date": "2021-03-01", "to_date": "2021-03-31"}


class SalesReportCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.centre = make_service_centre().name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.other = make_service_outlet(parent_service_outlet=cls.centre).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, report, **filters) -> list:
		return report.execute(frappe._dict({"outlet": self.centre, **filters}))[1]


class TestPurchaseStatistics(SalesReportCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.rep = factories.user_with("Market Salesperson")
		cls.pump, cls.boiler = factories.make_product(), factories.make_product()
		cls.dealer = factories.make_dealer(sales_representative=cls.rep).name
		pump, boiler = {"product": cls.pump.name}, {"product": cls.boiler.name}
		first = make_submitted_sale(
			{**pump, "qty": 2, "rate": 100},
			{**boiler, "rate": 900, "discount": 50},
			sale_date="2021-03-02",
			selling_unit=cls.dealer,
			outlet=cls.outlet,
		)
		make_sale_collection(sale_record=first.name, amount=450, collected_on="2021-03-05")
		make_submitted_sale({**pump, "rate": 110}, sale_date="2021-03-31", outlet=cls.other)
		make_submitted_sale({**pump, "rate": 7}, sale_date="2021-02-28", outlet=cls.outlet)
		make_sale_record({**pump, "rate": 5000}, sale_date="2021-03-03", outlet=cls.outlet)
		returned = make_submitted_sale({**pump, "rate": 3000}, sale_date="2021-03-04", outlet=cls.outlet)
		sales.take_back(returned.name, "Too loud")

	def test_by_day(self):
		rows = self.rows(purchase_statistics, **MARCH, unit="Day")
		self.assertEqual(len(rows), 31)
		found = [
			(row["from_date"], row["sales"], row["pieces"], row["amount"]) for row in rows if row["sales"]
		]
		self.assertEqual(found, [("2021-03-02", 1, 3, 1050), ("2021-03-31", 1, 1, 110)])

	def test_by_representative(self):
		rows = self.rows(purchase_statistics, **MARCH, group_by="sales_representative")
		self.assertEqual(
			[(row.value, row.sales, row.amount, row.received, row.outstanding) for row in rows],
			[(self.rep, 1, 1050, 450, 600), (None, 1, 110, 0, 110)],
		)
		self.assertEqual([row["share"] for row in rows], [90.5, 9.5])

	def test_by_product(self):
		rows = self.rows(purchase_statistics, **MARCH, group_by="product")
		self.assertEqual(
			[(row.value, row.sales, row.pieces, row.amount) for row in rows],
			[(self.boiler.name, 1, 1, 850), (self.pump.name, 2, 3, 310)],
		)

	def test_summary_and_chart(self):
		_columns, rows, _message, chart, summary = purchase_statistics.execute(
			frappe._dict(outlet=self.centre, group_by="selling_unit", **MARCH)
		)
		self.assertEqual([row["value"] for row in summary], [2, 1160, 710, 7])
		self.assertEqual(chart["data"]["datasets"][0]["values"], [1050, 110])
		self.assertEqual(rows[0].label, self.dealer)

	def test_an_outlet_sees_its_own(self):
		frappe.set_user(staff_of(self.other, "Outlet Staff"))
		rows = purchase_statistics.execute(frappe._dict(group_by="outlet", **MARCH))[1]
		self.assertEqual([(row.value, row.amount) for row in rows], [(self.other, 110)])
		rows = purchase_statistics.execute(frappe._dict(group_by="product", **MARCH))[1]
		self.assertEqual([(row.value, row.amount) for row in rows], [(self.pump.name, 110)])

	def test_refused(self):
		self.assertRaises(PeriodError, purchase_statistics.execute, {"from_date": "2021-03-01"})
		frappe.set_user(factories.user_with("Knowledge Manager"))
		self.assertRaises(frappe.PermissionError, purchase_statistics.execute, MARCH)

	def test_cost_in_statements(self):
		self.rows(purchase_statistics, **MARCH, group_by="product")
		with self.assertQueryCount(12):
			self.rows(purchase_statistics, **MARCH, group_by="product")


class TestArrears(SalesReportCase):
	def test_with_and_without(self):
		owed = make_submitted_sale(
			outlet=self.outlet, sale_date=add_days(today(), -40), due_date=add_days(today(), -10)
		)
		make_sale_collection(sale_record=owed.name, amount=300)
		later = make_submitted_sale({"rate": 50}, outlet=self.outlet, due_date=add_days(today(), 5))
		paid = make_submitted_sale({"rate": 20}, outlet=self.outlet)
		make_sale_collection(sale_record=paid.name, amount=20)
		rows = self.rows(arrears_list, arrears="With Arrears")
		self.assertEqual(
			[(row.name, row.outstanding, row.overdue) for row in rows],
			[(owed.name, 700, 10), (later.name, 50, 0)],
		)
		self.assertEqual(
			[row.name for row in self.rows(arrears_list, arrears="Without Arrears")], [paid.name]
		)
		self.assertEqual([row.name for row in self.rows(arrears_list, only_overdue=1)], [owed.name])
		summary = arrears_list.execute(frappe._dict(outlet=self.centre))[4]
		self.assertEqual([row["value"] for row in summary], [1070, 320, 750, 700])
		self.assertRaises(PeriodError, self.rows, arrears_list, from_date=today())
		frappe.set_user(staff_of(self.other, "Outlet Staff"))
		self.assertEqual(arrears_list.execute({})[1], [])


class TestAges(SalesReportCase):
	def test_ages(self):
		customer = factories.make_customer(customer_name="Old Debtor").name
		for days, amount in ((0, 1), (1, 2), (30, 4), (31, 8), (90, 16), (91, 32)):
			receivable = make_service_receivable(amount, customer=customer, outlet=self.outlet)
			receivable.db_set("due_date", add_days(today(), -days))
		make_service_payment(receivable=receivable.name, amount=2)
		make_submitted_sale(
			{"rate": 64}, customer=customer, outlet=self.other, sale_date=add_days(today(), -60)
		)
		row = self.rows(receivables_by_age, customer=customer)[0]
		self.assertEqual(
			[row[field] for field in ("not_due", "days_30", "days_60", "days_90", "older")],
			[1, 6, 72, 16, 30],
		)
		self.assertEqual((row.goods, row.service, row.total, row.label), (64, 61, 125, "Old Debtor"))
		by_outlet = self.rows(receivables_by_age, group_by="outlet", kind="Goods")
		self.assertEqual([(row.value, row.total) for row in by_outlet], [(self.other, 64)])
		earlier = self.rows(receivables_by_age, customer=customer, on_date=add_days(today(), -91))[0]
		self.assertEqual(earlier.not_due, 125)
		frappe.set_user(staff_of(self.other, "Outlet Staff"))
		self.assertEqual([row.total for row in receivables_by_age.execute({})[1]], [64])
		frappe.set_user(factories.user_with("Knowledge Manager"))
		self.assertRaises(frappe.PermissionError, receivables_by_age.execute, {})


class TestAgreementSettlementDetail(SalesReportCase):
	def test_states(self):
		start = add_months(today(), -2)
		plan = [
			{"due_date": add_months(start, place), "description": f"Part {place}", "amount": 10 * (place + 1)}
			for place in range(4)
		]
		agreement = make_active_agreement(start_date=start, amount=100, billing_plan=plan, outlet=self.outlet)
		first, second = agreement_settlement.settle(agreement.name, add_months(start, 1))
		make_service_payment(receivable=first, amount=10)
		make_service_payment(receivable=second, amount=5)
		period = {"from_date": start, "to_date": add_months(start, 12)}
		rows = self.rows(agreement_settlement_detail, **period)
		self.assertEqual([row.state for row in rows], ["Paid", "Settled", "Due", "Not Due"])
		self.assertEqual([row.amount for row in rows], [10, 20, 30, 40])
		self.assertEqual(rows[1].outstanding, 15)
		due = self.rows(agreement_settlement_detail, **period, state="Due")
		self.assertEqual([getdate(row.due_date) for row in due], [getdate(add_months(start, 2))])
		summary = agreement_settlement_detail.execute(frappe._dict(outlet=self.centre, **period))[4]
		self.assertEqual([row["value"] for row in summary], [100, 30, 15, 15])
		frappe.set_user(staff_of(self.other, "Service Centre Staff"))
		self.assertEqual(agreement_settlement_detail.execute(period)[1], [])
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, agreement_settlement_detail.execute, period)
