import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import part_orders
from aftersales.spare_parts.report.outlet_deposits import outlet_deposits
from aftersales.spare_parts.report.part_back_orders import part_back_orders
from aftersales.spare_parts.report.part_forecasts import part_forecasts
from aftersales.spare_parts.report.part_order_analysis import part_order_analysis
from aftersales.testing import factories, parts
from aftersales.testing.field import staff_of
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2019-03-01", "to_date": "2019-04-30"}


class TestPlanningReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		if not frappe.db.exists("Part Warehouse", {"warehouse_kind": "In Transit", "is_group": 0}):
			parts.make_part_warehouse(warehouse_kind="In Transit")
		cls.hq = parts.make_part_warehouse().name
		cls.outlet, cls.other = parts.make_supplied_outlet(), parts.make_supplied_outlet()
		cls.part = parts.make_spare_part(price=10).name
		parts.put_in_stock(cls.part, cls.hq, 3, rate=4)
		cls.order = cls.submitted(cls.outlet, "2019-03-01", 5)
		part_orders.deliver(cls.order.name)
		cls.theirs = cls.submitted(cls.other, "2019-04-30", 2)
		cls.submitted(cls.other, "2019-05-01", 40)

	@classmethod
	def submitted(cls, outlet, day, qty):
		order = parts.make_part_order(
			outlet=outlet.name,
			source_warehouse=cls.hq,
			order_date=day,
			items=[{"spare_part": cls.part, "qty": qty}],
		)
		return factories.act(order, "Confirm", "Submit Order")

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_back_orders(self):
		rows = part_back_orders.execute({"spare_part": self.part})[1]
		self.assertEqual(
			[(row.name, row.orderer, row.delivered_qty, row.open_qty, row.free) for row in rows[:2]],
			[(self.order.name, self.outlet.name, 3, 2, 0), (self.theirs.name, self.other.name, 0, 2, 0)],
		)
		self.assertEqual(part_back_orders.execute({"spare_part": self.part, "only_available": 1})[1], [])

	def test_back_orders_of_the_own_outlet_only(self):
		frappe.set_user(staff_of(self.outlet.name, "Outlet Staff"))
		self.assertEqual([row.name for row in part_back_orders.execute({})[1]], [self.order.name])

	def test_analysis(self):
		def rows(**filters):
			found = part_order_analysis.execute(PERIOD | {"spare_part": self.part} | filters)[1]
			return [(row.value, row.orders, row.qty, row.delivered_qty, row.amount) for row in found]

		self.assertEqual(rows(), [(self.part, 2, 7, 3, 70)])
		self.assertEqual(
			rows(group_by="Outlet"), [(self.outlet.name, 1, 5, 3, 50), (self.other.name, 1, 2, 0, 20)]
		)
		self.assertEqual(rows(group_by="Month"), [("2019-03", 1, 5, 3, 50), ("2019-04", 1, 2, 0, 20)])
		self.assertEqual(rows(to_date="2019-03-31"), [(self.part, 1, 5, 3, 50)])
		self.assertRaises(PeriodError, part_order_analysis.execute, {})
		frappe.set_user(staff_of(self.other.name, "Outlet Staff"))
		self.assertEqual(rows(), [(self.part, 1, 2, 0, 20)])

	def test_deposits_against_what_is_held(self):
		parts.put_in_stock(self.part, self.other.warehouse, 2, rate=30)
		parts.make_deposit_entry(outlet=self.other.name, amount=50)
		row = {"outlet": self.other.name, "balance": 50, "held": 60, "cover": -10}
		self.assertEqual(outlet_deposits.execute({"outlet": self.other.name})[1], [row])
		self.assertIn(row, outlet_deposits.execute({"only_uncovered": 1})[1])
		frappe.set_user(staff_of(self.other.name, "Outlet Staff"))
		self.assertEqual(outlet_deposits.execute({})[1], [row])
		frappe.set_user(staff_of(self.outlet.name, "Outlet Staff"))
		self.assertEqual(outlet_deposits.execute({})[1], [])

	def test_forecasts(self):
		kept = parts.make_part_forecast(warehouse=self.outlet.warehouse)
		other = parts.make_part_forecast(warehouse=self.other.warehouse)
		rows = part_forecasts.execute({"warehouse": self.outlet.warehouse})[1]
		self.assertEqual([(row.name, row.average_qty) for row in rows], [(kept.name, kept.average_qty)])
		kept.db_set({"safety_stock": 4, "proposed_safety_stock": 4})
		self.assertEqual(
			part_forecasts.execute({"warehouse": self.outlet.warehouse, "only_proposals": 1})[1], []
		)
		frappe.set_user(staff_of(self.outlet.name, "Outlet Staff"))
		self.assertEqual([row.name for row in part_forecasts.execute({})[1]], [kept.name])
		self.assertNotEqual(other.name, kept.name)

	def test_who_may_run_them(self):
		for report in ("Part Back Orders", "Part Order Analysis", "Outlet Deposits", "Part Forecasts"):
			frappe.set_user(factories.user_with("Parts Planner"))
			self.assertTrue(run(report, dict(PERIOD), ignore_prepared_report=True)["columns"])
			frappe.set_user(factories.user_with("Knowledge Manager"))
			self.assertRaises(frappe.PermissionError, run, report, dict(PERIOD))
