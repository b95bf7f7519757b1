import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import ledger, stock, transit
from aftersales.spare_parts.doctype.part_stock_entry.part_stock_entry import PostedSlipError, SlipError
from aftersales.spare_parts.ledger import NotEnoughStockError
from aftersales.spare_parts.scope import OtherWarehouseError
from aftersales.spare_parts.stock import WarehouseMissingError
from aftersales.spare_parts.transit import NotInTransitError, SignOffError
from aftersales.testing.factories import user_with
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.parts import (
	make_part_stock_entry,
	make_part_warehouse,
	make_spare_part,
	put_in_stock,
)


class StockCase(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.part = make_spare_part().name
		self.hq, self.shop = make_part_warehouse().name, make_part_warehouse(warehouse_kind="Outlet").name

	def tearDown(self):
		frappe.set_user("Administrator")

	def qty(self, warehouse, part=None):
		return float(ledger.balance(part or self.part, warehouse).qty)

	def transfer(self, qty=4, part=None, **row):
		part = part or self.part
		put_in_stock(part, self.hq, 10, **row) if not row else None
		return stock.make_entry(
			"Transfer", [{"spare_part": part, "qty": qty, **row}], source=self.hq, target=self.shop
		)


class TestPartStockEntry(StockCase):
	def test_a_draft_moves_nothing(self):
		entry = make_part_stock_entry(target_warehouse=self.hq)
		self.assertEqual((entry.total_qty, entry.total_amount), (10, 50))
		self.assertFalse(frappe.db.exists("Part Ledger Entry", {"voucher_no": entry.name}))
		entry.submit()
		self.assertEqual(self.qty(self.hq, entry.items[0].spare_part), 10)

	def test_slips_say_where_parts_come_from_and_go_to(self):
		for purpose, fields in (
			("Receipt", {"target_warehouse": None}),
			("Issue", {"source_warehouse": self.hq}),
			("Transfer", {"source_warehouse": self.hq}),
			("Transfer", {"target_warehouse": self.hq}),
			("Transfer", {"source_warehouse": self.hq, "target_warehouse": self.hq}),
			("Return", {"source_warehouse": self.hq}),
			("Consumption", {}),
		):
			with self.assertRaises(WarehouseMissingError, msg=f"{purpose} {fields}"):
				make_part_stock_entry(purpose=purpose, **fields)

	def test_warehouses_that_the_purpose_has_no_use_for_are_cleared(self):
		entry = make_part_stock_entry(source_warehouse=self.shop, target_warehouse=self.hq)
		self.assertFalse(entry.source_warehouse)
		entry = make_part_stock_entry(
			purpose="Scrap", scrap_type="Damaged", source_warehouse=self.hq, target_warehouse=self.shop
		)
		self.assertFalse(entry.target_warehouse)

	def test_scrap_has_a_type(self):
		with self.assertRaises(frappe.MandatoryError):
			make_part_stock_entry(purpose="Scrap", source_warehouse=self.hq)
		put_in_stock(self.part, self.hq)
		entry = stock.make_entry(
			"Scrap", [{"spare_part": self.part, "qty": 3}], source=self.hq, scrap_type="Worn Out"
		)
		self.assertEqual(self.qty(self.hq), 7)
		self.assertEqual(
			frappe.db.get_value("Part Ledger Entry", {"voucher_no": entry}, "scrap_type"), "Worn Out"
		)

	def test_bad_rows_are_named(self):
		for qty in (0, -1, 0.0004, 1.0005):
			with self.assertRaises((SlipError, frappe.NonNegativeError)):
				make_part_stock_entry(items=[{"spare_part": self.part, "qty": qty}])
		with self.assertRaises(SlipError):
			frappe.get_doc(doctype="Part Stock Entry", target_warehouse=self.hq).insert()
		with self.assertRaises(SlipError):
			make_part_stock_entry(posting_date=add_days(today(), 1))

	def test_disabled_parts_come_in_no_longer_but_leave(self):
		put_in_stock(self.part, self.hq)
		frappe.db.set_value("Spare Part", self.part, "disabled", 1)
		with self.assertRaises(SlipError):
			put_in_stock(self.part, self.hq)
		stock.make_entry("Consumption", [{"spare_part": self.part, "qty": 1}], source=self.hq)
		self.assertEqual(self.qty(self.hq), 9)

	def test_costs_are_not_typed_for_what_is_in_stock(self):
		put_in_stock(self.part, self.hq, 10, 5)
		entry = stock.make_entry(
			"Consumption", [{"spare_part": self.part, "qty": 2, "rate": 999}], source=self.hq
		)
		doc = frappe.get_doc("Part Stock Entry", entry)
		self.assertEqual((doc.items[0].rate, doc.items[0].amount, doc.total_amount), (5, 10, 10))

	def test_posted_slips_stay(self):
		entry = frappe.get_doc("Part Stock Entry", put_in_stock(self.part, self.hq))
		entry.cancel()
		with self.assertRaises(PostedSlipError):
			entry.delete()
		draft = make_part_stock_entry()
		draft.delete()
		self.assertFalse(frappe.db.exists("Part Stock Entry", draft.name))

	def test_what_is_issued_on_behalf_of_a_document_may_leave_altogether(self):
		put_in_stock(self.part, self.hq)
		stock.make_entry(
			"Issue",
			[{"spare_part": self.part, "qty": 1}],
			source=self.hq,
			reference=("Spare Part", self.part),
		)
		self.assertEqual(self.qty(self.hq), 9)

	def test_roles(self):
		entry = make_part_stock_entry(target_warehouse=self.hq)
		for role, may in (
			("Parts Keeper", (True, True, True)),
			("May Manage Spare Parts", (True, True, True)),
			("Service Manager", (True, True, True)),
			("Outlet Staff", (True, True, False)),
			("Service Technician", (True, False, False)),
			("Finance Clerk", (True, False, False)),
			("Market Salesperson", (False, False, False)),
		):
			user = user_with(role)
			found = tuple(
				bool(frappe.has_permission("Part Stock Entry", right, doc=entry, user=user))
				for right in ("read", "submit", "cancel")
			)
			self.assertEqual(found, may, role)

	def test_a_slip_costs_few_statements(self):
		put_in_stock(self.part, self.hq)
		doc = make_part_stock_entry(
			purpose="Transfer",
			source_warehouse=self.hq,
			target_warehouse=self.shop,
			items=[{"spare_part": self.part, "qty": 1}],
		)
		with self.assertQueryCount(32):
			doc.submit()


class TestTransit(StockCase):
	def setUp(self):
		super().setUp()
		put_in_stock(self.part, self.hq, 10)
		self.entry = stock.make_entry(
			"Transfer", [{"spare_part": self.part, "qty": 4}], source=self.hq, target=self.shop
		)
		self.row = frappe.get_doc("Part Stock Entry", self.entry).items[0].name

	def state(self):
		return frappe.db.get_value("Part Stock Entry", self.entry, "transit_state")

	def test_parts_belong_to_nobody_until_they_are_signed_for(self):
		self.assertEqual((self.qty(self.hq), self.qty(self.shop), self.state()), (6, 0, "In Transit"))
		transit.sign_off(self.entry)
		doc = frappe.get_doc("Part Stock Entry", self.entry)
		self.assertEqual((self.qty(self.shop), doc.transit_state), (4, "Received"))
		self.assertEqual((doc.signed_by, doc.items[0].received_qty), ("Administrator", 4))
		with self.assertRaises(NotInTransitError):
			transit.sign_off(self.entry)
		self.assertEqual(self.qty(self.shop), 4)

	def test_part_of_it_arrives_and_the_rest_later(self):
		self.assertEqual(transit.sign_off(self.entry, {self.row: 1.5}, note="one box"), "Partly Received")
		self.assertEqual(self.qty(self.shop), 1.5)
		for wrong in ({self.row: 2.6}, {self.row: -1}, {self.row: 0}, {}, {"other": 1, self.row: 1}):
			with self.assertRaises(SignOffError, msg=str(wrong)):
				transit.sign_off(self.entry, wrong)
		self.assertEqual(transit.sign_off(self.entry), "Received")
		self.assertEqual(self.qty(self.shop), 4)

	def test_what_never_arrives_goes_back_or_is_written_off(self):
		transit.sign_off(self.entry, {self.row: 3})
		for way, note in (("Return to Source", " "), ("Somewhere", "why")):
			with self.assertRaises(SignOffError):
				transit.settle_difference(self.entry, way, note)
		transit.settle_difference(self.entry, "Return to Source", "left behind")
		self.assertEqual((self.qty(self.hq), self.qty(self.shop), self.state()), (7, 3, "Settled"))
		second = stock.make_entry(
			"Transfer", [{"spare_part": self.part, "qty": 2}], source=self.hq, target=self.shop
		)
		transit.settle_difference(second, "Write Off", "fell off the lorry", "Missing")
		self.assertEqual((self.qty(self.hq), self.qty(self.shop)), (5, 3))
		scrapped = frappe.get_all(
			"Part Ledger Entry", {"voucher_no": second, "purpose": "Scrap"}, ["qty_change", "scrap_type"]
		)
		self.assertEqual([(row.qty_change, row.scrap_type) for row in scrapped], [(-2, "Missing")])

	def test_a_transfer_is_cancelled_whatever_has_arrived(self):
		transit.sign_off(self.entry, {self.row: 1})
		frappe.get_doc("Part Stock Entry", self.entry).cancel()
		self.assertEqual((self.qty(self.hq), self.qty(self.shop)), (10, 0))
		with self.assertRaises(NotInTransitError):
			transit.sign_off(self.entry)

	def test_serial_numbers_that_arrived_are_named(self):
		part = make_spare_part(serial_tracked=1).name
		put_in_stock(part, self.hq, 3, serial_nos="A\nB\nC")
		entry = stock.make_entry(
			"Transfer",
			[{"spare_part": part, "qty": 3, "serial_nos": "A\nB\nC"}],
			source=self.hq,
			target=self.shop,
		)
		row = frappe.get_doc("Part Stock Entry", entry).items[0].name
		with self.assertRaises(SignOffError):
			transit.sign_off(entry, {row: 1})
		with self.assertRaises(SignOffError):
			transit.sign_off(entry, {row: 1}, {row: "X"})
		transit.sign_off(entry, {row: 1}, {row: "b"})
		transit.sign_off(entry)
		places = frappe.get_all("Part Serial", {"spare_part": part}, pluck="warehouse")
		self.assertEqual(places, [self.shop] * 3)

	def test_only_the_target_signs(self):
		outlet, other = make_service_outlet().name, make_service_outlet().name
		frappe.db.set_value("Part Warehouse", self.shop, "outlet", outlet)
		stranger, receiver = staff_of(other, "Outlet Staff"), staff_of(outlet, "Outlet Staff")
		outlet_scope.forget()
		for user, error in (
			("Guest", frappe.PermissionError),
			(user_with("Service Technician"), frappe.PermissionError),
			(stranger, frappe.PermissionError),
		):
			frappe.set_user(user)
			with self.assertRaises(error, msg=user):
				transit.sign_off(self.entry)
		frappe.set_user(receiver)
		with self.assertRaises(OtherWarehouseError):
			transit.settle_difference(self.entry, "Write Off", "mine", "Missing")
		self.assertEqual(transit.sign_off(self.entry), "Received")


class TestOutlets(StockCase):
	"""People of an outlet see and move the parts of its warehouses only (S2.28)."""

	def setUp(self):
		super().setUp()
		self.outlet, other = make_service_outlet().name, make_service_outlet().name
		frappe.db.set_value("Part Warehouse", self.shop, "outlet", self.outlet)
		self.other = make_part_warehouse(warehouse_kind="Outlet", outlet=other).name
		for warehouse in (self.hq, self.shop, self.other):
			put_in_stock(self.part, warehouse)
		self.user = staff_of(self.outlet, "Outlet Staff")
		outlet_scope.forget()
		frappe.set_user(self.user)

	def test_lists_show_own_stock(self):
		for doctype in ("Part Balance", "Part Ledger Entry"):
			rows = frappe.get_list(doctype, {"spare_part": self.part}, pluck="warehouse")
			self.assertEqual(rows, [self.shop], doctype)
		slips = frappe.get_list("Part Stock Entry", pluck="target_warehouse")
		self.assertEqual(slips, [self.shop])
		names = frappe.get_list("Part Warehouse", pluck="name", limit_page_length=0)
		self.assertIn(self.hq, names)
		self.assertNotIn(self.other, names)

	def test_documents_agree_with_lists(self):
		for warehouse, may in ((self.shop, True), (self.other, False), (self.hq, False)):
			balance = frappe.get_doc("Part Balance", ledger.key_of(self.part, warehouse))
			entry = frappe.get_doc("Part Stock Entry", {"target_warehouse": warehouse})
			for doc in (balance, entry):
				self.assertEqual(bool(frappe.has_permission(doc.doctype, "read", doc=doc)), may, warehouse)
		headquarters = frappe.get_doc("Part Warehouse", self.hq)
		self.assertTrue(frappe.has_permission("Part Warehouse", "read", doc=headquarters))

	def slip(self, purpose, **fields):
		return frappe.get_doc(
			doctype="Part Stock Entry",
			purpose=purpose,
			via_transit=0,
			items=[{"spare_part": self.part, "qty": 1}],
			**fields,
		)

	def test_parts_leave_own_warehouses_only(self):
		for source in (self.other, self.hq):
			with self.assertRaises(frappe.PermissionError):
				self.slip("Transfer", source_warehouse=source, target_warehouse=self.shop).insert()
		with self.assertRaises(frappe.PermissionError):
			self.slip("Receipt", target_warehouse=self.other).insert()
		rows = [{"spare_part": self.part, "qty": 1, "source_warehouse": self.hq}]
		slip = self.slip("Transfer", source_warehouse=self.shop, target_warehouse=self.other)
		slip.set("items", rows)
		with self.assertRaises(frappe.PermissionError):
			slip.insert()
		self.slip("Return", source_warehouse=self.shop, target_warehouse=self.hq).insert().submit()
		self.assertEqual((self.qty(self.shop), self.qty(self.hq)), (9, 11))

	def test_others_stock_is_safe_from_changed_drafts(self):
		slip = self.slip("Return", source_warehouse=self.shop, target_warehouse=self.hq).insert()
		slip.source_warehouse = self.other
		with self.assertRaises(frappe.PermissionError):
			slip.save()
		self.assertRaises(NotEnoughStockError, self.too_many)

	def too_many(self):
		slip = self.slip("Return", source_warehouse=self.shop, target_warehouse=self.hq)
		slip.items[0].qty = 99
		slip.insert().submit()
