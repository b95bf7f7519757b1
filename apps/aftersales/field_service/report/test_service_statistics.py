"""After-sales statistics, repair reports with fees, details of service slips: figures added up by hand."""

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.report.after_sales_statistics import after_sales_statistics
from aftersales.field_service.report.repair_reports_and_fees import repair_reports_and_fees
from aftersales.field_service.report.service_slip_parts_detail import service_slip_parts_detail
from aftersales.field_service.report.service_slip_settlement_detail import service_slip_settlement_detail
from aftersales.testing.factories import make_customer, make_region, make_ticket, user_with
from aftersales.testing.field import (
	make_service_centre,
	make_service_order,
	make_service_outlet,
	staff_of,
	without_fee_rates,
)
from aftersales.testing.parts import make_spare_part
from aftersales.testing.sales import make_service_payment, make_service_receivable
from aftersales.utils.report import PeriodError

ORDER = "Service Order"
PERIOD = {"from_date": "2002-03-01", "to_date": "2002-04-30"}
# Outlet, kind, completed, and fees: parts, service, visit, transport, other; what the customer pays.
ORDERS = (
	("a", "Repair", "2002-03-01 00:00:00", (100, 50, 30, 20, 0), 200),
	("a", "Repair", "2002-03-31 23:59:59", (0, 80, 20, 0, 0), 0),
	("a", "Installation", "2002-04-02 10:00:00", (0, 100, 0, 0, 0), 100),
	("b", "Repair", "2002-04-30 23:59:59", (60, 40, 0, 0, 100), 50),
	("b", "Repair", "2002-05-01 00:00:00", (1, 1, 1, 1, 1), 5),
	("a", "Repair", "2001-04-10 12:00:00", (10, 0, 0, 0, 0), 10),
)
FEES = ("parts_fee", "service_fee", "visit_fee", "transport_fee", "other_fee")


class TestServiceStatistics(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.region = make_region().name
		cls.centre = make_service_centre().name
		cls.outlets = {name: make_service_outlet(parent_service_outlet=cls.centre).name for name in "ab"}
		cls.customer = make_customer(region=cls.region)
		cls.part = make_spare_part(price=50)
		cls.orders = [cls.make(*order) for order in ORDERS]

	@classmethod
	def make(cls, outlet, kind, completed, fees, pays):
		order = make_service_order(
			customer=cls.customer.name,
			outlet=cls.outlets[outlet],
			order_kind=kind,
			region=cls.region,
			parts=[{"spare_part": cls.part.name, "qty": 2}] if fees[0] else [],
		)
		frappe.db.set_value(
			ORDER,
			order.name,
			{
				**dict(zip(FEES, fees, strict=True)),
				"total_fee": sum(fees),
				"customer_pays": pays,
				"stage": "Completed",
				"completed_at": completed,
				"creation": completed,
			},
		)
		return order.name

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def rows(self, report, **filters) -> list[dict]:
		return report.execute({**PERIOD, "outlet": self.centre, **filters})[1]

	# -- after-sales statistics (Q15, S7.20)

	def test_by_month_with_nothing_left_out(self):
		rows = self.rows(after_sales_statistics, from_date="2002-02-01", unit="Month")
		self.assertEqual(
			[(row["label"], row["orders"], row["total_fee"], row["average"]) for row in rows],
			[("2002-02", 0, 0, None), ("2002-03", 2, 300, 150), ("2002-04", 2, 300, 150)],
		)
		self.assertEqual([row["parts_fee"] for row in rows], [0, 100, 60])
		self.assertEqual(rows[2]["to_date"], "2002-04-30")

	def test_by_quarter_and_year(self):
		rows = self.rows(after_sales_statistics, to_date="2002-05-31", unit="Quarter")
		self.assertEqual([(row["label"], row["orders"]) for row in rows], [("2002 Q1", 2), ("2002 Q2", 3)])
		rows = self.rows(after_sales_statistics, from_date="2001-01-01", to_date="2002-12-31", unit="Year")
		self.assertEqual([(row["label"], row["orders"]) for row in rows], [("2001", 1), ("2002", 5)])

	def test_by_outlet_and_kind(self):
		rows = self.rows(after_sales_statistics, group_by="outlet")
		self.assertEqual(
			[(row["value"], row["orders"], row["total_fee"], row["share"]) for row in rows],
			[(self.outlets["a"], 3, 400, 75), (self.outlets["b"], 1, 200, 25)],
		)
		rows = self.rows(after_sales_statistics, group_by="order_kind")
		self.assertEqual(
			[(row["label"], row["orders"]) for row in rows], [("Repair", 3), ("Installation", 1)]
		)

	def test_beside_the_period_before_and_the_year_before(self):
		filters = {**PERIOD, "outlet": self.centre, "from_date": "2002-04-01"}
		values = [part["value"] for part in after_sales_statistics.execute(filters)[4]]
		# April: 2 orders of 300; March: 2 of 300; April a year ago: 1.
		self.assertEqual(values, [2, "0.0 %", "100.0 %", 300, "0.0 %"])

	def test_figures_lead_to_their_orders(self):
		columns, rows = after_sales_statistics.execute(
			{**PERIOD, "outlet": self.centre, "group_by": "outlet"}
		)[:2]
		where = next(column["drill"] for column in columns if column["fieldname"] == "orders")
		conditions = {field: rows[0][source] for field, source in where["rows"].items()}
		span = ["between", [PERIOD["from_date"], PERIOD["to_date"]]]
		listed = frappe.get_list(where["doctype"], {**conditions, where["period"]: span}, limit_page_length=0)
		self.assertEqual(len(listed), rows[0]["orders"])

	def test_statements_do_not_grow_with_the_groups(self):
		filters = {**PERIOD, "outlet": self.centre, "group_by": "outlet"}
		after_sales_statistics.execute(filters)
		with self.assertQueryCount(
			14
		):  # the rows, their names, two other periods, and the places in the tree
			after_sales_statistics.execute(filters)

	# -- repair reports and fees (Q23, S7.36)

	def test_repairs_and_fees_with_shares(self):
		frappe.db.savepoint("tickets")
		self.addCleanup(frappe.db.rollback, save_point="tickets")
		for day in ("2002-03-05", "2002-04-01"):
			make_ticket(
				record_type="Repair",
				region=self.region,
				creation_date=day,
				acceptance_date=day,
				customer=self.customer.name,
			)
		filters = {"outlet": None, "region": self.region, "unit": "Month"}
		march, april = self.rows(repair_reports_and_fees, **filters)
		# Two tickets, and the orders that no ticket led to; installations are no repairs.
		self.assertEqual([march["repairs"], march["orders"]], [3, 2])
		self.assertEqual([april["repairs"], april["orders"]], [2, 2])
		self.assertEqual(
			[march[name] for name in (*FEES, "total_fee")],
			[100, 130, 50, 20, 0, 300],
		)
		self.assertEqual(
			[march[f"{name}_share"] for name in FEES],
			[33.3, 43.3, 16.7, 6.7, 0],
		)
		self.assertEqual(april["other_fee_share"], 33.3)
		summary = repair_reports_and_fees.execute({**PERIOD, "outlet": self.centre, "unit": "Month"})[4]
		self.assertEqual([part["value"] for part in summary[:3]], [3, 4, 600])

	def test_one_day(self):
		day = {"from_date": "2002-03-31", "to_date": "2002-03-31"}
		(row,) = self.rows(repair_reports_and_fees, **day)
		self.assertEqual((row["orders"], row["service_fee"], row["service_fee_share"]), (1, 80, 80))

	# -- details of service slips (Q29, S17.18)

	def test_settlement_detail(self):
		rows = self.rows(service_slip_settlement_detail)
		self.assertEqual([row.name for row in rows], self.orders[:4])
		self.assertEqual(
			[(row.total_fee, row.customer_pays, row.others_pay) for row in rows],
			[(200, 200, 0), (100, 0, 100), (100, 100, 0), (200, 50, 150)],
		)

	def test_what_the_customer_has_paid_and_who_has_not(self):
		frappe.db.savepoint("payment")
		self.addCleanup(frappe.db.rollback, save_point="payment")
		receivable = make_service_receivable(150, outlet=self.outlets["a"], region=self.region)
		frappe.db.set_value(
			ORDER,
			receivable.reference_name,
			{"stage": "Completed", "completed_at": "2002-03-20", "total_fee": 150, "customer_pays": 150},
		)
		make_service_payment(receivable=receivable.name, amount=60)
		(row,) = self.rows(service_slip_settlement_detail, unpaid=1)
		self.assertEqual((row.name, row.received, row.outstanding), (receivable.reference_name, 60, 90))

	def test_one_statement_for_the_details(self):
		filters = {**PERIOD, "outlet": self.centre}
		for report in (service_slip_settlement_detail, service_slip_parts_detail):
			report.execute(filters)
			with self.assertQueryCount(8):  # one for the rows; names, and the places in the tree
				report.execute(filters)

	def test_parts_detail(self):
		rows = self.rows(service_slip_parts_detail)
		self.assertEqual([row.name for row in rows], [self.orders[0], self.orders[3]])
		self.assertEqual([(row.spare_part, row.qty, row.rate) for row in rows], [(self.part.name, 2, 50)] * 2)
		self.assertEqual(self.rows(service_slip_parts_detail, spare_part="none"), [])
		self.assertEqual(len(self.rows(service_slip_parts_detail, outlet=self.outlets["b"])), 1)

	# -- who sees what

	def test_an_outlet_counts_its_own(self):
		frappe.set_user(staff_of(self.outlets["b"], "Outlet Staff", account="statistics-b"))
		filters = {**PERIOD, "outlet": None}
		(row,) = after_sales_statistics.execute({**filters, "group_by": "outlet"})[1]
		self.assertEqual((row["value"], row["orders"]), (self.outlets["b"], 1))
		self.assertEqual(
			[row.name for row in service_slip_settlement_detail.execute(filters)[1]], [self.orders[3]]
		)
		self.assertEqual(
			[row.name for row in service_slip_parts_detail.execute(filters)[1]], [self.orders[3]]
		)
		fees = repair_reports_and_fees.execute({**filters, "unit": "Year"})[1]
		self.assertEqual(fees[0]["total_fee"], 200)

	def test_periods_that_are_none(self):
		for report in (
			after_sales_statistics,
			repair_reports_and_fees,
			service_slip_settlement_detail,
			service_slip_parts_detail,
		):
			self.assertRaises(PeriodError, report.execute, {})
			self.assertRaises(
				PeriodError, report.execute, {"from_date": "2002-03-02", "to_date": "2002-03-01"}
			)

	def test_who_may(self):
		for user in ("Guest", user_with("Aftersales Customer"), user_with("Market Salesperson")):
			frappe.set_user(user)
			for name in (
				"After-sales Statistics",
				"Repair Reports and Fees",
				"Service-slip Settlement Detail",
				"Service-slip Parts Detail",
			):
				self.assertRaises(frappe.PermissionError, run, name, PERIOD)
