from decimal import Decimal

import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import ledger, ledger_check, order_parts, reservations, stock
from aftersales.spare_parts.ledger import NotEnoughStockError, StockError
from aftersales.spare_parts.order_parts import OrderClosedError, PartTakenError
from aftersales.testing.factories import user_with
from aftersales.testing.field import make_service_order, make_service_outlet, make_technician, staff_of
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock


class OrderCase(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.outlet = make_service_outlet().name
		self.technician = make_technician(outlet=self.outlet).name
		self.van = make_part_warehouse(
			warehouse_kind="Technician", technician=self.technician, outlet=self.outlet
		).name
		self.part = make_spare_part().name
		put_in_stock(self.part, self.van, 10, 5)

	def tearDown(self):
		frappe.set_user("Administrator")

	def order(self, qty=2, **row):
		rows = [{"spare_part": self.part, "qty": qty, **row}]
		return make_service_order(
			outlet=self.outlet,
			technician=self.technician,
			parts=rows,
			content="Replaced",
			reason="Not needed",
		)

	def bring(self, order, *actions):
		for action in actions:
			order = apply_workflow(order, action)
		return order

	def complete(self, order):
		return self.bring(order, "Dispatch", "Receive", "Arrive", "Complete")

	def balance(self):
		return ledger.balance(self.part, self.van)

	def assert_books_agree(self):
		self.assertEqual([row for row in ledger_check.differences() if row["spare_part"] == self.part], [])


class TestOrderParts(OrderCase):
	def test_parts_leave_the_technicians_stock_when_the_order_is_done(self):
		order = self.order()
		self.assertEqual((order.parts[0].warehouse, self.balance().qty), (self.van, 10))
		order = self.complete(order)
		self.assertEqual(self.balance().qty, 8)
		slip = frappe.get_doc(
			"Part Stock Entry", frappe.get_doc("Service Order", order.name).parts[0].stock_entry
		)
		self.assertEqual(
			(slip.purpose, slip.reference_name, slip.technician, slip.docstatus, slip.total_amount),
			("Consumption", order.name, self.technician, 1, 10),
		)
		entry = frappe.get_doc("Part Ledger Entry", {"voucher_no": slip.name})
		self.assertEqual((entry.service_order, entry.technician), (order.name, self.technician))

	def test_an_order_whose_parts_are_not_there_is_not_completed(self):
		order = self.bring(self.order(11), "Dispatch", "Receive", "Arrive")
		frappe.db.savepoint("before_completion")
		with self.assertRaises(NotEnoughStockError):
			self.bring(order, "Complete")
		frappe.db.rollback(save_point="before_completion")
		self.assertEqual(frappe.db.get_value("Service Order", order.name, "stage"), "In Work")
		self.assertEqual(self.balance().qty, 10)

	def test_rows_say_where_parts_come_from(self):
		nobody = make_technician(outlet=self.outlet).name
		order = make_service_order(
			outlet=self.outlet,
			technician=nobody,
			content="Replaced",
			parts=[{"spare_part": self.part, "qty": 1}],
		)
		self.assertFalse(order.parts[0].warehouse)
		with self.assertRaises(StockError):
			self.complete(order)
		shop = make_part_warehouse(warehouse_kind="Outlet", outlet=self.outlet).name
		order = make_service_order(
			outlet=self.outlet,
			technician=nobody,
			content="Replaced",
			parts=[{"spare_part": self.part, "qty": 1}],
		)
		self.assertEqual(order.parts[0].warehouse, shop)

	def test_parts_of_several_warehouses_go_on_one_slip(self):
		shop = make_part_warehouse(warehouse_kind="Outlet", outlet=self.outlet).name
		put_in_stock(self.part, shop, 3)
		order = self.order(1)
		order.append("parts", {"spare_part": self.part, "qty": 3, "warehouse": shop})
		order.save()
		order = self.complete(order)
		self.assertEqual(len({row.stock_entry for row in order.parts}), 1)
		self.assertEqual((self.balance().qty, ledger.balance(self.part, shop).qty), (9, 0))

	def test_what_has_left_stock_is_not_changed_on_the_order(self):
		order = frappe.get_doc("Service Order", self.complete(self.order()).name)
		for change in ({"qty": 3}, {"serial_no": "X"}, {"warehouse": make_part_warehouse().name}):
			order.reload()
			order.parts[0].update(change)
			with self.assertRaises(PartTakenError, msg=str(change)):
				order.save()
		order.reload()
		order.parts = []
		with self.assertRaises(PartTakenError):
			order.save()

	def test_nobody_writes_a_slip_into_a_row(self):
		slip = put_in_stock(self.part, self.van)
		self.assertFalse(self.order(stock_entry=slip).parts[0].stock_entry)

	def test_an_order_that_is_opened_again_puts_its_parts_back(self):
		order = self.complete(self.order())
		order = frappe.get_doc("Service Order", order.name)
		order_parts.reopened(order)
		self.assertEqual(self.balance().qty, 10)
		self.assertFalse(frappe.db.get_value("Service Order Part", {"parent": order.name}, "stock_entry"))
		order.reload()
		order_parts.completed(order)
		self.assertEqual(self.balance().qty, 8)
		order_parts.completed(order)
		self.assertEqual(self.balance().qty, 8)
		self.assert_books_agree()

	def test_a_slip_that_the_keeper_cancels_is_off_the_order(self):
		order = self.complete(self.order())
		frappe.get_doc("Part Stock Entry", order.parts[0].stock_entry).cancel()
		order.reload()
		self.assertFalse(order.parts[0].stock_entry)
		self.assertEqual(self.balance().qty, 10)

	def test_the_piece_that_was_fitted_is_named(self):
		self.part = make_spare_part(serial_tracked=1).name
		put_in_stock(self.part, self.van, 2, serial_nos="A\nB")
		order = self.complete(self.order(1, serial_no="B"))
		piece = frappe.get_doc("Part Serial", {"spare_part": self.part, "serial_no": "B"})
		self.assertEqual((piece.warehouse, piece.service_order), (None, order.name))

	def test_what_a_technician_carries(self):
		tracked = make_spare_part(serial_tracked=1, part_name="AAA").name
		put_in_stock(tracked, self.van, 2, serial_nos="A\nB")
		reservations.reserve(self.order().name, self.part, self.van, 4)
		order_parts.technician_stock(self.technician)
		with self.assertQueryCount(3):
			rows = order_parts.technician_stock(self.technician)
		self.assertEqual(
			[(row.spare_part, row.qty, row.free, row.serials) for row in rows],
			[(tracked, 2, 2, ["A", "B"]), (self.part, 10, 6, [])],
		)
		self.assertEqual(rows[1].price, 100)


class TestReservations(OrderCase):
	def test_what_is_kept_is_not_free_for_others(self):
		order = self.order(8)
		order_parts.reserve_parts(order.name)
		self.assertEqual((self.balance().reserved, self.balance().free), (8, 2))
		rows = [{"spare_part": self.part, "qty": 3}]
		with self.assertRaises(NotEnoughStockError) as caught:
			stock.make_entry("Consumption", rows, source=self.van)
		self.assertIn("8", str(caught.exception))
		with self.assertRaises(NotEnoughStockError):
			order_parts.reserve_parts(self.order(3).name)
		self.complete(order)
		self.assertEqual((self.balance().qty, self.balance().reserved), (2, 0))
		self.assertEqual(
			frappe.db.get_value("Part Reservation", {"service_order": order.name}, "status"), "Used"
		)
		self.assert_books_agree()

	def test_reserving_again_adds_what_is_missing_only(self):
		order = self.order(2)
		order_parts.reserve_parts(order.name)
		order_parts.reserve_parts(order.name)
		self.assertEqual(self.balance().reserved, 2)
		order.reload()
		order.parts[0].qty = 5
		order.save()
		kept = order_parts.reserve_parts(order.name)
		self.assertEqual([(row["spare_part"], row["qty"]) for row in kept], [(self.part, 5)])
		self.assert_books_agree()

	def test_less_is_used_than_was_kept(self):
		order = self.order(5)
		order_parts.reserve_parts(order.name)
		order.reload()
		order.parts[0].qty = 2
		order.save()
		self.complete(order)
		self.assertEqual((self.balance().qty, self.balance().reserved), (8, 0))
		self.assert_books_agree()

	def test_a_reopened_order_keeps_again_what_it_used(self):
		order = self.order(3)
		order_parts.reserve_parts(order.name)
		order.reload()
		order.parts[0].qty = 4
		order.save()
		order = self.complete(order)
		order = self.bring(order, "Reopen")
		self.assertEqual((self.balance().qty, self.balance().reserved), (10, 3))
		self.assert_books_agree()
		self.bring(order, "Complete")
		self.assertEqual((self.balance().qty, self.balance().reserved), (6, 0))
		self.assert_books_agree()

	def test_what_was_given_back_is_not_kept_again(self):
		order = self.order(5)
		order_parts.reserve_parts(order.name)
		reservations.use(order.name, [ledger.Movement(self.part, Decimal(2), source=self.van)])
		reservations.release(order.name)
		for put_back, kept in ((0, 0), (1, 1), (9, 2), (9, 2)):
			reservations.restore(order.name, {(self.part, self.van): put_back})
			self.assertEqual(self.balance().reserved, kept)
		self.assert_books_agree()

	def test_a_cancelled_order_gives_back(self):
		order = self.order(5)
		order_parts.reserve_parts(order.name)
		self.bring(order, "Cancel")
		self.assertEqual(self.balance().reserved, 0)
		self.assert_books_agree()
		with self.assertRaises(OrderClosedError):
			order_parts.reserve_parts(order.name)

	def test_released_parts_can_be_kept_again(self):
		order = self.order(5)
		for _time in range(2):
			order_parts.reserve_parts(order.name)
			self.assertEqual(self.balance().reserved, 5)
			order_parts.release_parts(order.name)
			self.assertEqual(self.balance().reserved, 0)
		self.assert_books_agree()

	def test_quantities_are_above_zero(self):
		for qty in (0, -1):
			with self.assertRaises(StockError):
				reservations.reserve(self.order().name, self.part, self.van, qty)

	def test_only_who_may_change_the_order(self):
		order = self.order().name
		for user in ("Guest", user_with("Finance Clerk")):
			frappe.set_user(user)
			for call in (order_parts.reserve_parts, order_parts.release_parts):
				with self.assertRaises(frappe.PermissionError, msg=user):
					call(order)
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			order_parts.kept_parts(order)
		with self.assertRaises(frappe.PermissionError):
			order_parts.stock_of_part(self.part)

	def test_stock_of_a_part_is_that_of_own_warehouses(self):
		put_in_stock(self.part, make_part_warehouse().name, 3)
		order_parts.reserve_parts(self.order(4).name)
		frappe.set_user(staff_of(self.outlet, "Outlet Staff"))
		outlet_scope.forget()
		rows = order_parts.stock_of_part(self.part)
		self.assertEqual([(row.warehouse, row.qty, row["free"]) for row in rows], [(self.van, 10, 6)])

	def test_parts_are_not_taken_from_warehouses_of_others(self):
		strange = make_part_warehouse(outlet=make_service_outlet().name, warehouse_kind="Outlet").name
		order = self.order()
		frappe.set_user(staff_of(self.outlet, "Outlet Staff"))
		outlet_scope.forget()
		doc = frappe.get_doc("Service Order", order.name)
		doc.parts[0].warehouse = strange
		with self.assertRaises(frappe.PermissionError):
			doc.save()
