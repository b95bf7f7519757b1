import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import demand, part_forecasts, stock, transit, warehouses
from aftersales.testing import factories, parts
from aftersales.testing.field import make_service_outlet, make_technician

NOW = "2023-05-15"


class TestDemand(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.store = parts.make_part_warehouse().name

	def setUp(self):
		self.part = parts.make_spare_part(safety_stock=6).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def line(self, store=None, on=NOW):
		return next(
			(row for row in demand.terms(store or self.store, on) if row.spare_part == self.part), None
		)

	def test_the_reckoning(self):
		"""A04 (a): average of three months + (safety stock - stock) - on order, rounded up, never below 0."""
		for issued, safety, have, ordered, expected in (
			([3, 3, 3], 0, 0, 0, 3),
			([3, 3, 3], 6, 2, 0, 7),
			([3, 3, 3], 6, 2, 5, 2),
			([1, 0, 0], 0, 0, 0, 1),
			([0, 0, 0], 2, 2, 0, 0),
			([0, 0, 0], 2, 5, 0, 0),
			([0.1, 0.1, 0.1], 0, 0, 0, 1),
			([3, 0, 0], 0, 1, 0, 0),
		):
			self.assertEqual(demand.suggested(issued, safety, have, ordered), expected)

	def test_reference_months(self):
		months = demand.reference("2024-01-31")
		self.assertEqual(
			[str(day) for day in (months.first, months.second, months.last, months.end)],
			["2023-10-01", "2023-11-01", "2023-12-01", "2024-01-01"],
		)

	def test_terms_of_a_part(self):
		"""Each month's issues, the first and the last day included; the month of the plan and older ones are left out."""
		for day, qty in (
			("2023-01-31", 100),
			("2023-02-01", 1),
			("2023-03-31", 2),
			("2023-04-01", 3),
			("2023-04-30", 1),
			("2023-05-01", 50),
		):
			parts.want(self.part, self.store, qty, day)
		parts.put_in_stock(self.part, self.store, 4)
		stock.make_entry(
			"Receipt",
			[{"spare_part": self.part, "qty": 2, "rate": 1}],
			target=self.store,
			posting_date="2023-04-30",
		)
		row = self.line()
		self.assertEqual((row.issued_1, row.issued_2, row.issued_3), (4, 2, 1))
		# the four received since then are not last month's stock
		self.assertEqual((row.stock, row.safety_stock, row.difference), (2, 6, 4))
		self.assertEqual(row.suggested_qty, 7)  # 7 / 3 + 4 = 6.33

	def test_what_is_no_demand(self):
		"""Scrap, cancelled slips, and what a technician of the outlet draws."""
		outlet = make_service_outlet().name
		store = parts.make_part_warehouse(warehouse_kind="Outlet", outlet=outlet).name
		technician = make_technician(outlet=outlet).name
		van = warehouses.of_technician(technician, make=True)
		parts.put_in_stock(self.part, store, 50)
		item = [{"spare_part": self.part, "qty": 5}]
		scrap_type = parts.make_part_scrap_type().name
		stock.make_entry("Scrap", item, source=store, posting_date="2023-04-10", scrap_type=scrap_type)
		stock.make_entry("Issue", item, source=store, target=van, posting_date="2023-04-10")
		wrong = parts.want(self.part, store, 9, "2023-04-11")
		frappe.get_doc("Part Stock Entry", wrong).cancel()
		self.assertEqual(self.line(store).issued_1, 0)
		stock.make_entry("Consumption", item, source=van, posting_date="2023-04-12")
		self.assertEqual(self.line(store).issued_1, 5)

	def test_own_safety_stock_of_a_warehouse(self):
		self.assertEqual(self.line().safety_stock, 6)
		parts.make_part_safety_stock(spare_part=self.part, warehouse=self.store, safety_stock=0)
		self.assertIsNone(self.line())

	def test_disabled_parts_are_left_out(self):
		frappe.db.set_value("Spare Part", self.part, "disabled", 1)
		self.assertIsNone(self.line())

	def test_on_order(self):
		order = parts.make_part_order(
			outlet=make_service_outlet().name,
			target_warehouse=self.store,
			items=[{"spare_part": self.part, "qty": 4}],
		)
		self.assertEqual(self.line().on_order, 0)
		factories.act(order, "Confirm", "Submit Order")
		self.assertEqual((self.line().on_order, self.line().suggested_qty), (4, 2))
		frappe.db.set_single_value("Aftersales Settings", "demand_plan_deduct_on_order", 0)
		self.assertEqual((self.line().on_order, self.line().suggested_qty), (0, 6))
		frappe.db.set_single_value("Aftersales Settings", "demand_plan_deduct_on_order", 1)

	def test_what_is_on_the_road_is_on_order(self):
		if not frappe.db.exists("Part Warehouse", {"warehouse_kind": "In Transit", "is_group": 0}):
			parts.make_part_warehouse(warehouse_kind="In Transit")
		source = parts.make_part_warehouse().name
		parts.put_in_stock(self.part, source, 5)
		item = {"spare_part": self.part, "qty": 4}
		slip = stock.make_entry("Transfer", [item], source=source, target=self.store)
		self.assertEqual(self.line().on_order, 4)
		transit.sign_off(slip)
		self.assertEqual(self.line().on_order, 0)

	def test_one_statement_however_many_parts(self):
		for _number in range(3):
			parts.make_spare_part(safety_stock=1)
		frappe.get_cached_doc("Aftersales Settings")
		demand.terms(self.store, NOW)
		with self.assertQueryCount(1):
			rows = demand.terms(self.store, NOW)
		self.assertGreaterEqual(len(rows), 4)

	def test_histories_begin_with_the_first_demand(self):
		parts.want(self.part, self.store, 2, "2023-02-10")
		parts.want(self.part, self.store, 3, "2023-02-20")
		parts.want(self.part, self.store, 4, "2023-04-20")
		parts.want(self.part, self.store, 9, "2023-05-02")
		self.assertEqual(demand.histories(self.store, NOW)[self.part], [5, 0, 4])
		self.assertEqual(demand.histories(self.store, NOW, months=2)[self.part], [4])

	def test_forecasts_are_kept_and_replaced(self):
		parts.want(self.part, self.store, 2, "2023-01-10")
		parts.want(self.part, self.store, 2, "2023-04-10")
		part_forecasts.compute(self.store, NOW)
		filters = {"spare_part": self.part, "warehouse": self.store}
		kept = frappe.get_doc("Part Forecast", filters)
		self.assertEqual(
			(kept.history, kept.demand_pattern, str(kept.month)), ("2, 0, 0, 2", "Intermittent", "2023-05-01")
		)
		self.assertIn(kept.method, ("Average", "SBA", "TSB"))
		self.assertGreater(kept.mae, 0)
		part_forecasts.compute(self.store, "2023-06-15")
		self.assertEqual(frappe.db.count("Part Forecast", filters), 1)
		self.assertEqual(frappe.db.get_value("Part Forecast", filters, "history"), "2, 0, 0, 2, 0")

	def test_proposals_become_safety_stocks(self):
		kept = parts.make_part_forecast(spare_part=self.part, warehouse=self.store)
		kept.db_set("proposed_safety_stock", 8)
		frappe.set_user(factories.user_with("Outlet Staff"))
		self.assertRaises(frappe.PermissionError, part_forecasts.accept_proposals, [kept.name])
		frappe.set_user(factories.user_with("Parts Planner"))
		self.assertEqual(part_forecasts.accept_proposals([kept.name]), {"changed": 1})
		self.assertEqual(part_forecasts.accept_proposals([kept.name]), {"changed": 0})
		self.assertEqual(self.line().safety_stock, 8)
		self.assertRaises(frappe.PermissionError, part_forecasts.accept_proposals, [kept.name, "gone"])

	def test_who_may_compute(self):
		for user in ("Guest", factories.user_with("Service Agent")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, part_forecasts.compute_now, self.store)
		frappe.set_user(factories.user_with("Parts Planner"))
		self.assertIn("parts", part_forecasts.compute_now(self.store))

	def test_service_level_that_makes_no_sense(self):
		settings = frappe.get_doc("Aftersales Settings")
		for value, expected in ((99, 99), (0, 95), (100, 95), (50, 95)):
			frappe.db.set_single_value("Aftersales Settings", "part_service_level", value)
			frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
			self.assertEqual(part_forecasts.service_level()[0], expected)
		frappe.db.set_single_value("Aftersales Settings", "part_service_level", settings.part_service_level)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
