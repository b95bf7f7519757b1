"""Reports over service orders: the monitor of S2.19, and the statistics of S17.18."""

from datetime import datetime

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.report.order_monitor import order_monitor
from aftersales.field_service.report.product_fault_cause_analysis import product_fault_cause_analysis
from aftersales.field_service.report.service_item_statistics import service_item_statistics
from aftersales.testing.factories import make_product, user_with
from aftersales.testing.field import (
	make_fault_cause,
	make_service_centre,
	make_service_item,
	make_service_order,
	make_service_outlet,
	staff_of,
	without_fee_rates,
)
from aftersales.utils.report import PeriodError

ORDER = "Service Order"
PERIOD = {"from_date": "2001-03-01", "to_date": "2001-03-31"}


class TestOrderMonitor(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.centre = make_service_centre().name
		cls.a, cls.b = (make_service_outlet(parent_service_outlet=cls.centre).name for _n in range(2))
		for outlet, stage, dispatched in (
			(cls.a, "Open", None),
			(cls.a, "Dispatched", "2026-11-20 10:00:00"),
			(cls.a, "Dispatched", "2026-11-20 09:00:00"),
			(cls.a, "Received", "2026-11-21 09:00:00"),
			(cls.b, "In Work", "2026-11-19 09:00:00"),
			(cls.b, "Waiting", "2026-11-21 09:00:00"),
			(cls.b, "Completed", "2026-11-01 09:00:00"),
			(cls.b, "Cancelled", "2026-11-01 09:00:00"),
		):
			order = make_service_order(outlet=outlet)
			values = {
				"stage": stage,
				"dispatched_at": dispatched,
				"creation": dispatched or "2026-11-21 12:00:00",
			}
			frappe.db.set_value(ORDER, order.name, values)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, **filters):
		groups = order_monitor.read(frappe._dict({"outlet": self.centre, **filters}))
		return order_monitor.make_rows(groups, datetime(2026, 11, 21, 9, 0), 48)

	def test_who_waits_for_what(self):
		first, second = self.rows()
		self.assertEqual((first["outlet"], first["not_fed_back"], first["open"]), (self.b, 2, 2))
		self.assertEqual((first["hours"], first["late"]), (48, 1))
		self.assertEqual(
			[
				second[name]
				for name in ("outlet", "not_dispatched", "not_received", "not_visited", "not_fed_back")
			],
			[self.a, 1, 2, 1, 0],
		)
		self.assertEqual((second["hours"], second["late"]), (24, 0))

	def test_one_statement(self):
		order_monitor.read(frappe._dict())
		with self.assertQueryCount(1):
			order_monitor.read(frappe._dict())

	def test_runs_and_sums_up(self):
		frappe.set_user(staff_of(self.centre, "Service Centre Staff", account="monitor-centre"))
		answer = run("Order Monitor", {"outlet": self.a})
		self.assertEqual([row["outlet"] for row in answer["result"] if isinstance(row, dict)], [self.a])
		self.assertEqual([part["value"] for part in answer["report_summary"][:3]], [1, 2, 1])

	def test_by_kind(self):
		self.assertEqual(self.rows(order_kind="Workshop"), [])

	def test_who_may(self):
		frappe.set_user(user_with("Market Salesperson"))
		self.assertRaises(frappe.PermissionError, run, "Order Monitor", {})


class TestStatistics(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.centre = make_service_centre().name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.other = make_service_outlet().name
		cls.product = make_product().name
		cls.wear, cls.use = make_fault_cause().name, make_fault_cause().name
		cls.item, cls.rare = make_service_item(standard_hours=2).name, make_service_item().name

		def line(item, rate, payer, qty=1):
			return {
				"service_item": item,
				"qty": qty,
				"rate": rate,
				"charge_by_hand": 1,
				"charge_to": payer,
				"charge_reason": "Test",
			}

		for day, outlet, cause, lines in (
			("2001-03-01 00:00:00", cls.outlet, cls.wear, [line(cls.item, 10, "Customer")]),
			("2001-03-31 23:59:59", cls.outlet, cls.wear, [line(cls.item, 20, "Warranty", 2)]),
			("2001-03-15 12:00:00", cls.outlet, cls.use, [line(cls.rare, 5, "Customer")]),
			("2001-03-15 12:00:00", cls.other, None, [line(cls.item, 7, "Customer")]),
			("2001-04-01 00:00:00", cls.outlet, cls.wear, [line(cls.item, 1000, "Customer")]),
		):
			order = make_service_order(outlet=outlet, product=cls.product, fault_cause=cause, items=lines)
			frappe.db.set_value(ORDER, order.name, "completed_at", day)

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_fault_causes(self):
		rows = product_fault_cause_analysis.execute({**PERIOD, "product": self.product})[1]
		self.assertEqual(
			[
				(row["value"], row["fault_cause"], row["orders"], row["share"], row["total_fee"])
				for row in rows
			],
			[
				(self.product, self.wear, 2, 50, 50),
				*sorted(
					[(self.product, self.use, 1, 25, 5), (self.product, None, 1, 25, 7)],
					key=lambda row: row[1] or "Not Specified",
				),
			],
		)

	def test_fault_causes_of_outlets(self):
		filters = {**PERIOD, "group_by": "Outlet", "outlet": self.centre}
		rows = product_fault_cause_analysis.execute(filters)[1]
		self.assertEqual({row["value"] for row in rows}, {self.outlet})

	def test_service_items(self):
		columns, rows, _message, chart = service_item_statistics.execute(
			{**PERIOD, "service_item": self.item}
		)
		self.assertEqual(len(rows), 1)
		row = rows[0]
		self.assertEqual((row["times"], row["qty"], row["hours"]), (3, 4, 8))
		self.assertEqual((row["amount"], row["warranty"], row["customer_amount"]), (57, 40, 17))
		self.assertEqual(chart["data"]["datasets"][0]["values"], [3])
		self.assertEqual(columns[0]["fieldname"], "service_item")

	def test_service_items_of_outlets(self):
		rows = service_item_statistics.execute({**PERIOD, "group_by": "Outlet", "outlet": self.centre})[1]
		self.assertEqual(
			{(row["value"], row["service_item"], row["times"]) for row in rows},
			{(self.outlet, self.item, 2), (self.outlet, self.rare, 1)},
		)

	def test_only_the_own_outlet(self):
		frappe.set_user(staff_of(self.other, "Outlet Staff", account="statistics-other"))
		rows = service_item_statistics.execute({**PERIOD, "service_item": self.item})[1]
		self.assertEqual([(row["times"], row["amount"]) for row in rows], [(1, 7)])
		rows = product_fault_cause_analysis.execute({**PERIOD, "product": self.product})[1]
		self.assertEqual([row["orders"] for row in rows], [1])

	def test_periods(self):
		for report in (service_item_statistics, product_fault_cause_analysis):
			self.assertRaises(
				PeriodError, report.execute, {"from_date": "2001-03-02", "to_date": "2001-03-01"}
			)
			self.assertEqual(report.execute({"from_date": "1999-01-01", "to_date": "1999-01-02"})[1], [])

	def test_who_may(self):
		frappe.set_user(user_with("Market Salesperson"))
		for name in ("Service-item Statistics", "Product Fault-cause Analysis"):
			self.assertRaises(frappe.PermissionError, run, name, PERIOD)
