import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import ledger, reservations, stock
from aftersales.spare_parts.counts import AlreadyCountedError, CountError
from aftersales.spare_parts.doctype.part_warehouse.part_warehouse import WarehouseInUseError
from aftersales.spare_parts.doctype.stock_count.stock_count import CountClosedError
from aftersales.spare_parts.ledger import NotEnoughStockError, WarehouseFrozenError
from aftersales.testing.factories import user_with
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of
from aftersales.testing.parts import (
	make_part_category,
	make_part_warehouse,
	make_spare_part,
	make_stock_count,
	put_in_stock,
)


class TestStockCount(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.first, self.second = make_spare_part().name, make_spare_part().name
		self.place = make_part_warehouse().name
		put_in_stock(self.first, self.place, 10, 2)
		put_in_stock(self.second, self.place, 5, 4)

	def tearDown(self):
		frappe.set_user("Administrator")

	def begin(self, **fields):
		return apply_workflow(make_stock_count(warehouse=self.place, **fields), "Start Counting")

	def enter(self, count, **figures):
		for row in count.items:
			if row.spare_part in figures:
				row.counted_qty, row.is_counted = figures[row.spare_part], 1
		return count.save()

	def decide(self, count, action="Approve"):
		"""Nobody approves what they counted themselves."""
		frappe.set_user(user_with("Finance Clerk"))
		count = apply_workflow(frappe.get_doc("Stock Count", count.name), action)
		frappe.set_user("Administrator")
		return count

	def frozen_by(self):
		return frappe.db.get_value("Part Warehouse", self.place, "frozen_by")

	def test_differences_are_posted_when_they_are_approved(self):
		count = self.begin()
		self.assertEqual([(row.spare_part, row.book_qty) for row in count.items], self.books())
		count = self.enter(count, **{self.first: 8, self.second: 6})
		self.assertEqual([row.difference for row in sorted_rows(count, self.first)], [-2, 1])
		self.assertEqual((count.parts_with_difference, count.value_difference), (2, 0))
		count = apply_workflow(count, "Submit for Approval")
		self.assertEqual(ledger.balance(self.first, self.place).qty, 10)
		count = self.decide(count)
		self.assertEqual((ledger.balance(self.first, self.place).qty, count.stage), (8, "Approved"))
		self.assertEqual(ledger.balance(self.second, self.place).value, 24)
		self.assertFalse(self.frozen_by())
		self.assertEqual(count.approved_by, user_with("Finance Clerk"))
		entry = frappe.get_doc("Part Ledger Entry", {"voucher_no": count.name, "spare_part": self.first})
		self.assertEqual((entry.purpose, entry.qty_change, entry.value_change), ("Count", -2, -4))

	def books(self):
		return sorted([(self.first, 10), (self.second, 5)])

	def test_nothing_moves_while_a_warehouse_is_counted(self):
		count = self.begin()
		self.assertEqual(self.frozen_by(), count.name)
		for purpose, places in (
			("Consumption", {"source": self.place}),
			("Receipt", {"target": self.place}),
		):
			with self.assertRaises(WarehouseFrozenError):
				stock.make_entry(purpose, [{"spare_part": self.first, "qty": 1}], **places)
		with self.assertRaises(AlreadyCountedError):
			self.begin()
		warehouse = frappe.get_doc("Part Warehouse", self.place)
		warehouse.frozen_by = None
		warehouse.save()
		self.assertEqual(self.frozen_by(), count.name)
		apply_workflow(count, "Cancel")
		put_in_stock(self.first, self.place)

	def test_every_part_gets_a_figure(self):
		count = self.begin()
		with self.assertRaises(CountError) as caught:
			apply_workflow(self.enter(count, **{self.first: 10}), "Submit for Approval")
		self.assertIn(self.second, str(caught.exception))
		count.reload()
		count = apply_workflow(self.enter(count, **{self.second: 0}), "Submit for Approval")
		self.assertEqual(count.stage, "To Be Approved")
		self.decide(count)
		self.assertEqual(ledger.balance(self.second, self.place).qty, 0)

	def test_parts_that_the_books_do_not_know_are_added(self):
		found = make_spare_part().name
		put_in_stock(found, make_part_warehouse().name, 2, 7)
		count = self.begin()
		count.append("items", {"spare_part": found, "counted_qty": 3})
		count = self.enter(count, **{self.first: 10, self.second: 5})
		count = apply_workflow(count, "Submit for Approval")
		self.decide(count)
		balance = ledger.balance(found, self.place)
		self.assertEqual((balance.qty, balance.value), (3, 21))
		count = self.begin()
		count.append("items", {"spare_part": found, "counted_qty": 1})
		with self.assertRaises(CountError):
			count.save()

	def test_only_a_category_is_counted(self):
		category = make_part_category().name
		frappe.db.set_value("Spare Part", self.second, "part_category", category)
		count = self.begin(part_category=category)
		self.assertEqual([row.spare_part for row in count.items], [self.second])

	def test_what_lies_with_the_approver_stays(self):
		count = apply_workflow(
			self.enter(self.begin(), **{self.first: 9, self.second: 5}), "Submit for Approval"
		)
		count.items[0].counted_qty += 1
		with self.assertRaises(CountClosedError):
			count.save()
		count = self.decide(count, "Send Back")
		self.assertEqual((count.stage, self.frozen_by()), ("Counting", count.name))
		count = apply_workflow(self.enter(count, **{self.first: 10}), "Submit for Approval")
		count = self.decide(count)
		count.remarks = "late"
		with self.assertRaises(CountClosedError):
			count.save()
		with self.assertRaises(CountClosedError):
			count.delete()

	def test_nobody_approves_what_they_counted(self):
		keeper = user_with("Service Manager", account="counting-manager")
		frappe.set_user(keeper)
		count = apply_workflow(
			frappe.get_doc(doctype="Stock Count", warehouse=self.place).insert(), "Start Counting"
		)
		count = apply_workflow(self.enter(count, **{self.first: 9, self.second: 5}), "Submit for Approval")
		with self.assertRaises(frappe.ValidationError):
			apply_workflow(count, "Approve")

	def test_reserved_parts_that_are_missing_are_released_first(self):
		order = make_service_order().name
		reservations.reserve(order, self.first, self.place, 9)
		count = self.enter(self.begin(), **{self.first: 8, self.second: 5})
		count = apply_workflow(count, "Submit for Approval")
		frappe.db.savepoint("before_decision")
		with self.assertRaises(NotEnoughStockError):
			self.decide(count)
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_decision")
		reservations.release(order)
		self.decide(count)
		self.assertEqual(ledger.balance(self.first, self.place).qty, 8)

	def test_everybody_counts_their_own_warehouses(self):
		outlet = make_service_outlet().name
		clerk = staff_of(outlet, "Outlet Staff")
		own = make_part_warehouse(outlet=outlet, warehouse_kind="Outlet").name
		outlet_scope.forget()
		frappe.set_user(clerk)
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(doctype="Stock Count", warehouse=self.place).insert()
		count = frappe.get_doc(doctype="Stock Count", warehouse=own).insert()
		self.assertEqual(apply_workflow(count, "Start Counting").stage, "Counting")
		with self.assertRaises(frappe.ValidationError):
			apply_workflow(count, "Approve")

	def test_a_warehouse_with_stock_stays_one(self):
		for field, value in (("enabled", 0), ("is_group", 1)):
			warehouse = frappe.get_doc("Part Warehouse", self.place)
			warehouse.set(field, value)
			with self.assertRaises(WarehouseInUseError):
				warehouse.save()
		with self.assertRaises(WarehouseInUseError):
			frappe.get_doc("Part Warehouse", self.place).delete()


def sorted_rows(count, first):
	return sorted(count.items, key=lambda row: row.spare_part != first)
