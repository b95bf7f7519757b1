import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network.outlet_scope import OtherOutletError
from aftersales.spare_parts import deposits, part_orders, stock, supply
from aftersales.spare_parts.doctype.part_order.part_order import PartOrderError, PartOrderFixedError
from aftersales.spare_parts.scope import OtherWarehouseError
from aftersales.testing import factories, parts
from aftersales.testing.field import make_technician, staff_of


class TestPartOrder(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.keeper = factories.user_with("Parts Keeper")
		cls.hq = parts.make_part_warehouse().name
		if not frappe.db.exists("Part Warehouse", {"warehouse_kind": "In Transit", "is_group": 0}):
			parts.make_part_warehouse(warehouse_kind="In Transit")
		cls.outlet = parts.make_supplied_outlet(phone="010-5550 1234", address="1 Long Street")

	def setUp(self):
		self.part, self.other = (parts.make_spare_part(price=10).name for _number in range(2))

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, *lines, **fields):
		fields.setdefault("outlet", self.outlet.name)
		fields.setdefault("source_warehouse", self.hq)
		lines = lines or ((self.part, 5),)
		return parts.make_part_order(
			items=[{"spare_part": part, "qty": qty} for part, qty in lines], **fields
		)

	def submitted(self, *lines, **fields):
		return factories.act(self.make(*lines, **fields), "Confirm", "Submit Order")

	def lines(self, order):
		rows = frappe.get_doc("Part Order", order.name).items
		return [(row.spare_part, row.delivered_qty, row.open_qty) for row in rows]

	def test_made_confirmed_submitted(self):
		"""M24, with what an outlet's order takes over by itself."""
		order = self.make()
		self.assertRegex(order.name, r"^PO-\d\d-\d{6}$")
		self.assertEqual((order.status, order.total_qty, order.total_amount), ("Draft", 5, 50))
		self.assertEqual(
			(order.target_warehouse, order.contact_phone, order.delivery_address),
			(self.outlet.warehouse, "010-5550 1234", "1 Long Street"),
		)
		self.assertEqual(order.open_qty, 0)
		order = factories.act(order, "Confirm", "Submit Order")
		self.assertEqual((order.stage, order.open_qty), ("Submitted", 5))

	def test_who_orders(self):
		for kind in ("Outlet", "Dealer", "Technician"):
			self.assertRaises(PartOrderError, self.make, order_kind=kind, outlet=None)
		technician = make_technician(outlet=self.outlet.name).name
		order = self.make(order_kind="Technician", technician=technician, outlet=None, source_warehouse=None)
		self.assertEqual((order.outlet, order.source_warehouse), (self.outlet.name, self.outlet.warehouse))
		order = self.make(order_kind="Dealer", dealer=factories.make_dealer().name, outlet=None)
		self.assertEqual((order.outlet, order.target_warehouse), (None, None))

	def test_lines(self):
		for lines in (((self.part, 1), (self.part, 2)), ((self.part, 0),), ((self.part, -1),)):
			self.assertRaises(PartOrderError, self.make, *lines)
		frappe.db.set_value("Spare Part", self.part, "disabled", 1)
		self.assertRaises(PartOrderError, self.make)

	def test_an_empty_order_goes_nowhere(self):
		order = self.make()
		order.items = []
		order.save()
		self.assertRaises(PartOrderError, factories.act, order, "Confirm")

	def test_lines_stay_once_confirmed(self):
		order = factories.act(self.make(), "Confirm")
		order.items[0].qty = 9
		self.assertRaises(PartOrderFixedError, order.save)
		order = factories.act(order, "Revise")
		order.items[0].qty = 9
		order.save()
		self.assertEqual(order.total_qty, 9)

	def test_nobody_writes_deliveries(self):
		order = self.submitted()
		order.items[0].delivered_qty = 5
		self.assertRaises(PartOrderFixedError, order.save)
		line = {"spare_part": self.part, "qty": 5, "delivered_qty": 5}
		new = parts.make_part_order(outlet=self.outlet.name, source_warehouse=self.hq, items=[line])
		self.assertEqual((new.items[0].delivered_qty, new.items[0].open_qty), (0, 5))

	def test_delivered_with_a_back_order(self):
		parts.put_in_stock(self.part, self.hq, 3)
		order = self.submitted((self.part, 5), (self.other, 2))
		frappe.set_user(self.keeper)
		self.assertEqual([row["qty"] for row in part_orders.deliverable(order.name)], [3, 0])
		done = part_orders.deliver(order.name)
		self.assertEqual((done["stage"], done["open_qty"]), ("Partly Delivered", 4))
		self.assertEqual(self.lines(order), [(self.part, 3, 2), (self.other, 0, 2)])
		slip = frappe.get_doc("Part Stock Entry", done["stock_entry"])
		self.assertEqual((slip.purpose, slip.transit_state), ("Transfer", "In Transit"))
		self.assertRaises(PartOrderError, part_orders.deliver, order.name)
		frappe.set_user("Administrator")
		parts.put_in_stock(self.part, self.hq, 10)
		parts.put_in_stock(self.other, self.hq, 10)
		frappe.set_user(self.keeper)
		done = part_orders.deliver(order.name)
		self.assertEqual((done["stage"], done["open_qty"]), ("Delivered", 0))
		self.assertEqual(supply.free([self.part, self.other], self.hq), {self.part: 8, self.other: 8})

	def test_a_cancelled_slip_opens_the_order_again(self):
		parts.put_in_stock(self.part, self.hq, 5)
		order = self.submitted()
		slip = part_orders.deliver(order.name)["stock_entry"]
		self.assertEqual(frappe.db.get_value("Part Order", order.name, "status"), "Delivered")
		frappe.get_doc("Part Stock Entry", slip).cancel()
		order.reload()
		self.assertEqual((order.status, order.open_qty), ("Submitted", 5))
		self.assertEqual(self.lines(order), [(self.part, 0, 5)])

	def test_a_keeper_chooses_the_lines(self):
		parts.put_in_stock(self.part, self.hq, 9)
		parts.put_in_stock(self.other, self.hq, 9)
		order = self.submitted((self.part, 5), (self.other, 2))
		for lines in (
			[{"spare_part": self.part, "qty": 6}],
			[{"spare_part": self.part, "qty": -1}],
			[{"spare_part": self.part, "qty": 3}, {"spare_part": self.part, "qty": 3}],
			[{"spare_part": parts.make_spare_part().name, "qty": 1}],
			[{"spare_part": self.part, "qty": 0}],
		):
			self.assertRaises(PartOrderError, part_orders.deliver, order.name, lines)
		part_orders.deliver(order.name, [{"spare_part": self.other, "qty": 1}])
		self.assertEqual(self.lines(order), [(self.part, 0, 5), (self.other, 1, 1)])

	def test_to_a_dealer_and_to_a_technician(self):
		parts.put_in_stock(self.part, self.hq, 9)
		dealer = factories.make_dealer().name
		order = self.submitted(order_kind="Dealer", dealer=dealer, outlet=None)
		slip = frappe.get_doc("Part Stock Entry", part_orders.deliver(order.name)["stock_entry"])
		self.assertEqual((slip.purpose, slip.target_warehouse), ("Issue", None))
		technician = make_technician(outlet=self.outlet.name).name
		order = self.submitted((self.part, 2), order_kind="Technician", technician=technician)
		slip = frappe.get_doc("Part Stock Entry", part_orders.deliver(order.name)["stock_entry"])
		self.assertEqual((slip.purpose, slip.technician), ("Issue", technician))
		self.assertEqual(supply.free([self.part], slip.target_warehouse), {self.part: 2})

	def test_reserved_parts_stay(self):
		parts.put_in_stock(self.part, self.hq, 3)
		frappe.db.set_value(
			"Part Balance", {"spare_part": self.part, "warehouse": self.hq}, "reserved_qty", 2
		)
		order = self.submitted()
		part_orders.deliver(order.name)
		self.assertEqual(self.lines(order), [(self.part, 1, 4)])

	def test_only_open_orders_are_delivered(self):
		parts.put_in_stock(self.part, self.hq, 9)
		self.assertRaises(PartOrderError, part_orders.deliver, self.make().name)

	def test_ends(self):
		parts.put_in_stock(self.part, self.hq, 2)
		order = self.submitted()
		part_orders.deliver(order.name)
		self.assertRaises(frappe.ValidationError, factories.act, order, "Cancel")
		self.assertRaises(PartOrderError, frappe.delete_doc, "Part Order", order.name)
		order = factories.act(order, "Close")
		self.assertEqual((order.stage, order.open_qty), ("Delivered", 0))
		self.assertEqual(factories.act(self.submitted(), "Cancel").stage, "Cancelled")
		self.assertEqual(factories.act(self.submitted(), "Return").stage, "Draft")

	def test_the_deposit_covers_what_goes_out(self):
		parts.put_in_stock(self.part, self.hq, 20, rate=10)
		frappe.db.set_single_value("Aftersales Settings", "deposit_control", "Block")
		outlet = parts.make_supplied_outlet()
		order = self.submitted((self.part, 3), outlet=outlet.name)
		part_orders.deliver(order.name, [{"spare_part": self.part, "qty": 1}])
		parts.make_deposit_entry(outlet=outlet.name, amount=15)
		self.assertRaises(deposits.DepositTooSmallError, part_orders.deliver, order.name)
		frappe.db.set_single_value("Aftersales Settings", "deposit_control", "Warn")
		part_orders.deliver(order.name)
		frappe.db.set_single_value("Aftersales Settings", "deposit_control", "None")

	def test_a_price_of_nothing_needs_its_cover_too(self):
		parts.put_in_stock(self.part, self.hq, 20, rate=10)
		frappe.db.set_single_value("Aftersales Settings", "deposit_control", "Block")
		outlet = parts.make_supplied_outlet()
		parts.make_deposit_entry(outlet=outlet.name, amount=1)
		order = self.make((self.part, 3), outlet=outlet.name)
		order.items[0].price = 0
		order.save()
		order = factories.act(order, "Confirm", "Submit Order")
		self.assertRaises(deposits.DepositTooSmallError, part_orders.deliver, order.name)
		frappe.db.set_single_value("Aftersales Settings", "deposit_control", "None")

	def test_each_outlet_sees_its_own(self):
		other = parts.make_supplied_outlet()
		theirs = self.submitted(outlet=other.name)
		user = staff_of(self.outlet.name, "Outlet Staff")
		frappe.set_user(user)
		mine = frappe.get_doc(
			doctype="Part Order",
			source_warehouse=self.hq,
			items=[{"spare_part": self.part, "qty": 1}],
			outlet=self.outlet.name,
		).insert()
		names = frappe.get_list("Part Order", pluck="name", limit_page_length=0)
		self.assertIn(mine.name, names)
		self.assertNotIn(theirs.name, names)
		for function in (part_orders.deliverable, part_orders.deliver):
			self.assertRaises(frappe.PermissionError, function, theirs.name)
		# headquarters' parts are delivered by headquarters, however much the order is one's own
		mine = factories.act(mine, "Confirm", "Submit Order")
		for function in (part_orders.deliverable, part_orders.deliver):
			self.assertRaises(OtherWarehouseError, function, mine.name)
		mine.outlet = other.name
		self.assertRaises((OtherOutletError, PartOrderFixedError, frappe.PermissionError), mine.save)

	def test_who_delivers(self):
		parts.put_in_stock(self.part, self.hq, 9)
		order = self.submitted()
		for role in ("Service Technician", "Sales Office", "Market Supervisor"):
			frappe.set_user(factories.user_with(role))
			self.assertRaises(frappe.PermissionError, part_orders.deliver, order.name)
		frappe.set_user("Guest")
		for function in (part_orders.deliverable, part_orders.deliver):
			self.assertRaises(frappe.PermissionError, function, order.name)

	def test_slips_by_hand_count_too(self):
		parts.put_in_stock(self.part, self.hq, 9)
		order = self.submitted()
		stock.make_entry(
			"Transfer",
			[{"spare_part": self.part, "qty": 4}],
			source=self.hq,
			target=self.outlet.warehouse,
			reference=order,
		)
		self.assertEqual(self.lines(order), [(self.part, 4, 1)])

	def test_the_list_costs_one_statement(self):
		self.make()
		frappe.set_user(self.keeper)
		frappe.get_list("Part Order", limit_page_length=20)
		with self.assertQueryCount(1):
			frappe.get_list("Part Order", fields=["name", "outlet", "status"], limit_page_length=20)
