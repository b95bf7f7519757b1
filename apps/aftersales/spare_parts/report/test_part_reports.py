import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import order_parts, stock
from aftersales.spare_parts.report.consumption_detail import consumption_detail
from aftersales.spare_parts.report.part_balance import part_balance
from aftersales.spare_parts.report.part_movements import part_movements
from aftersales.spare_parts.report.stock_capital import stock_capital
from aftersales.spare_parts.report.technician_holdings import technician_holdings
from aftersales.testing.factories import make_region, unique, user_with
from aftersales.testing.field import make_service_order, make_service_outlet, make_technician, staff_of
from aftersales.testing.parts import (
	make_part_category,
	make_part_warehouse,
	make_spare_part,
)
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2001-01-01", "to_date": "2001-12-31"}


class ReportCase(FrappeTestCase):
	"""Parts that are received, drawn, used up, given back and scrapped in 2001."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.set_user("Administrator")
		cls.region = make_region().name
		cls.outlet = make_service_outlet(region=cls.region).name
		cls.category = make_part_category().name
		cls.part = make_spare_part(part_category=cls.category, part_name="Inlet valve", safety_stock=8).name
		cls.technician = make_technician(outlet=cls.outlet).name
		cls.shop = make_part_warehouse(warehouse_kind="Outlet", outlet=cls.outlet).name
		cls.van = make_part_warehouse(
			warehouse_kind="Technician", technician=cls.technician, outlet=cls.outlet
		).name
		cls.order = make_service_order(outlet=cls.outlet, customer_name=unique("Customer")).name
		cls.slip("Receipt", 20, "2001-01-10", target=cls.shop, rate=3)
		cls.slip("Issue", 9, "2001-02-10", source=cls.shop, technician=cls.technician)
		wrong = cls.slip("Issue", 2, "2001-02-10", source=cls.shop, technician=cls.technician)
		frappe.get_doc("Part Stock Entry", wrong).cancel()
		cls.slip(
			"Consumption",
			4,
			"2001-03-10",
			source=cls.van,
			technician=cls.technician,
			reference=("Service Order", cls.order),
		)
		cls.slip("Return", 1, "2001-03-11", source=cls.van, target=cls.shop)
		cls.slip("Scrap", 2, "2001-04-01", source=cls.shop, scrap_type="Damaged")

	@classmethod
	def slip(cls, purpose, qty, day, rate=0, **fields):
		items = [{"spare_part": cls.part, "qty": qty, "rate": rate}]
		return stock.make_entry(purpose, items, posting_date=day, **fields)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, report, **filters):
		return [frappe._dict(row) for row in report.execute({"spare_part": self.part, **filters})[1]]

	def as_stranger(self):
		frappe.set_user(staff_of(make_service_outlet().name, "Outlet Staff"))
		outlet_scope.forget()

	def test_balance(self):
		rows = {row.warehouse: row for row in self.rows(part_balance)}
		self.assertEqual({place: row.qty for place, row in rows.items()}, {self.shop: 10, self.van: 4})
		shop = rows[self.shop]
		self.assertEqual((shop.value, shop.free, shop.short, shop.outlet), (30, 10, 0, self.outlet))
		self.assertEqual([row.qty for row in self.rows(part_balance, warehouse=self.van)], [4])
		self.assertEqual(len(self.rows(part_balance, outlet=self.outlet, part_category=self.category)), 2)

	def test_balance_at_the_end_of_a_day(self):
		for day, expected in (
			("2001-01-09", {}),
			("2001-01-10", {self.shop: (20, 60)}),
			("2001-02-10", {self.shop: (11, 33), self.van: (9, 27)}),
			("2001-03-31", {self.shop: (12, 36), self.van: (4, 12)}),
			("2001-04-01", {self.shop: (10, 30), self.van: (4, 12)}),
		):
			rows = self.rows(part_balance, on_date=day)
			self.assertEqual({row.warehouse: (row.qty, row.value) for row in rows}, expected, day)

	def test_what_is_short(self):
		self.assertEqual(self.rows(part_balance, only_short=1), [])
		order = make_service_order(
			outlet=self.outlet, parts=[{"spare_part": self.part, "qty": 3, "warehouse": self.shop}]
		)
		order_parts.reserve_parts(order.name)
		rows = self.rows(part_balance, only_short=1)
		self.assertEqual([(row.warehouse, row.free, row.short) for row in rows], [(self.shop, 7, 1)])
		order_parts.release_parts(order.name)

	def test_holdings_are_drawn_less_consumed(self):
		(row,) = self.rows(technician_holdings, technician=self.technician)
		figures = (row.drawn, row.returned, row.consumed, row.other, row.held, row.value)
		self.assertEqual(figures, (9, 1, 4, 0, 4, 12))
		self.assertEqual(row.held, row.drawn - row.returned - row.consumed + row.other)
		march = {"from_date": "2001-03-01", "to_date": "2001-03-10"}
		(row,) = self.rows(technician_holdings, technician=self.technician, **march)
		self.assertEqual((row.drawn, row.returned, row.consumed, row.held), (0, 0, 4, 5))

	def test_holdings_in_detail(self):
		rows = self.rows(technician_holdings, mode="Detail", technician=self.technician)
		self.assertEqual(sum(row.qty_change for row in rows), 4)
		used = next(row for row in rows if row.purpose == "Consumption")
		self.assertEqual((used.qty_change, used.service_order), (-4, self.order))
		self.assertEqual(
			used.technician_name, frappe.db.get_value("Technician", self.technician, "technician_name")
		)

	def test_movements_of_any_period(self):
		(row,) = self.rows(part_movements, **PERIOD)
		figures = (row.received, row.issued, row.returned, row.consumed, row.scrapped, row.counted)
		self.assertEqual(figures, (20, 9, 1, 4, 2, 0))
		self.assertEqual((row.arrived, row.transferred), (9, 0))
		self.assertEqual((row.change, row.value), (14, 42))
		months = self.rows(part_movements, mode="Month", **PERIOD)
		self.assertEqual(
			[(row.group, row.received, row.issued, row.consumed, row.scrapped) for row in months],
			[
				("2001-01", 20, 0, 0, 0),
				("2001-02", 0, 9, 0, 0),
				("2001-03", 0, 0, 4, 0),
				("2001-04", 0, 0, 0, 2),
			],
		)
		(row,) = self.rows(part_movements, mode="Part Category", **PERIOD)
		self.assertEqual((row.group, row.received), (self.category, 20))
		places = {row.group: row.change for row in self.rows(part_movements, mode="Warehouse", **PERIOD)}
		self.assertEqual(places, {self.shop: 10, self.van: 4})
		for wrong in ({}, {"from_date": "2001-02-01", "to_date": "2001-01-01"}):
			with self.assertRaises(PeriodError):
				part_movements.execute(wrong)

	def test_consumption_is_found_by_any_words(self):
		customer = frappe.db.get_value("Service Order", self.order, "customer_name")
		for text, found in (
			(None, 1),
			(customer, 1),
			(self.part.lower(), 1),
			(f"{self.order} valve", 1),
			(f"{self.order} xyzzy", 0),
		):
			rows = [
				row
				for row in consumption_detail.execute({**PERIOD, "text": text})[1]
				if row.spare_part == self.part
			]
			self.assertEqual(len(rows), found, text)
		self.assertEqual((rows or self.rows(consumption_detail, **PERIOD))[0].qty, 4)

	def test_capital_by_outlet_and_region(self):
		for mode, name in (
			("Outlet", self.outlet),
			("Region", self.region),
			("Part Category", self.category),
		):
			(row,) = self.rows(stock_capital, mode=mode)
			self.assertEqual((row.group, row.value, row.carried, row.share), (name, 42, 12, 100), mode)
		self.assertEqual(len(self.rows(stock_capital, mode="Warehouse", region=self.region)), 2)
		self.assertEqual(self.rows(stock_capital, region=make_region().name), [])
		(row,) = self.rows(stock_capital, on_date="2001-01-31")
		self.assertEqual((row.value, row.parts), (60, 1))

	def test_people_of_other_outlets_see_nothing(self):
		self.as_stranger()
		for report, filters in (
			(part_balance, {}),
			(part_balance, {"on_date": "2001-02-01"}),
			(technician_holdings, {}),
			(technician_holdings, {"mode": "Detail"}),
			(part_movements, PERIOD),
			(consumption_detail, PERIOD),
			(stock_capital, {}),
		):
			self.assertEqual(self.rows(report, **filters), [], report.__name__)

	def test_whoever_may_not_read_stock_sees_no_report(self):
		frappe.set_user(user_with("Market Salesperson"))
		for report in (part_balance, part_movements, consumption_detail, stock_capital, technician_holdings):
			with self.assertRaises(frappe.PermissionError, msg=report.__name__):
				report.execute({**PERIOD, "on_date": add_days(today(), -1)})

	def test_reports_cost_few_statements(self):
		part_balance.execute({})
		with self.assertQueryCount(12):
			part_balance.execute({"on_date": "2001-03-31"})
		with self.assertQueryCount(6):
			part_movements.execute(PERIOD)
