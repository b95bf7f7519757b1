"""Ways around the ledger: fields of slips that only steps write, documents of others, months that are confirmed."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, get_first_day, today

from aftersales.spare_parts import ledger, part_orders, statements, stock, transit
from aftersales.spare_parts.statements import MonthConfirmedError
from aftersales.testing.factories import act, user_with
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.parts import (
	make_deposit_entry,
	make_part_order,
	make_part_statement,
	make_part_warehouse,
	make_spare_part,
	make_stock_count,
	make_supplied_outlet,
	put_in_stock,
)


class TestWaysAroundTheStock(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.keeper, cls.finance = user_with("Parts Keeper"), user_with("Finance Clerk")

	def setUp(self):
		self.part = make_spare_part().name
		self.hq = make_part_warehouse().name
		self.outlet = make_supplied_outlet()
		self.staff = staff_of(self.outlet.name, "Outlet Staff")

	def tearDown(self):
		frappe.set_user("Administrator")

	def qty(self, warehouse):
		return float(ledger.balance(self.part, warehouse).qty)

	def confirmed(self, month):
		statement = make_part_statement(outlet=self.outlet.name, month=month)
		frappe.set_user(self.finance)
		act(statement, "Send")
		frappe.set_user(self.staff)
		statement = act(statement, "Confirm")
		frappe.set_user("Administrator")
		return statement

	def test_parts_do_not_arrive_twice_by_a_state_that_was_sent_along(self):
		slip = put_in_stock(self.part, self.hq, 10)
		frappe.set_user(self.keeper)
		entry = frappe.get_doc(stock.ENTRY, slip)
		entry.update({"transit_state": "In Transit", "signed_by": "Administrator", "signed_at": today()})
		entry.save()
		stored = frappe.get_doc(stock.ENTRY, slip)
		self.assertEqual((stored.transit_state, stored.signed_by, stored.signed_at), (None, None, None))
		# Even where the state was written past the document.
		frappe.db.set_value(stock.ENTRY, slip, "transit_state", "In Transit")
		self.assertRaises(transit.NotInTransitError, transit.sign_off, slip)
		self.assertEqual(self.qty(self.hq), 10)

	def test_parts_in_transit_stay_there_until_somebody_signs(self):
		put_in_stock(self.part, self.hq, 10)
		slip = stock.make_entry(
			"Transfer",
			[{"spare_part": self.part, "qty": 4}],
			source=self.hq,
			target=self.outlet.warehouse,
			via_transit=1,
		)
		frappe.set_user(self.keeper)
		entry = frappe.get_doc(stock.ENTRY, slip)
		entry.transit_state = "Received"
		entry.save()
		self.assertEqual(transit.sign_off(slip), "Received")
		self.assertEqual(self.qty(self.outlet.warehouse), 4)

	def test_what_arrives_after_a_confirmed_month_arrives_on_that_day(self):
		month = get_first_day(add_months(today(), -1))
		put_in_stock(self.part, self.hq, 10, 5)
		slip = stock.make_entry(
			"Transfer",
			[{"spare_part": self.part, "qty": 4}],
			source=self.hq,
			target=self.outlet.warehouse,
			via_transit=1,
		)
		frappe.db.set_value(stock.ENTRY, slip, "posting_date", add_days(month, 3))
		statement = self.confirmed(month)
		transit.sign_off(slip)
		again = frappe.get_doc(statements.DOCTYPE, statement.name)
		statements.fill(again)
		self.assertEqual((again.in_value, again.closing_value), (0, 0))
		self.assertEqual(make_part_statement(outlet=self.outlet.name, month=today()).in_value, 20)

	def test_no_deposit_is_entered_in_a_confirmed_month(self):
		month = get_first_day(add_months(today(), -1))
		make_deposit_entry(outlet=self.outlet.name, entry_date=month)
		self.confirmed(month)
		late = {"outlet": self.outlet.name, "kind": "Deducted", "amount": 10}
		self.assertRaises(MonthConfirmedError, make_deposit_entry, entry_date=add_days(month, 5), **late)
		make_deposit_entry(entry_date=today(), **late)

	def test_slips_by_hand_deliver_no_orders_of_others(self):
		order = act(make_part_order(items=[{"spare_part": self.part, "qty": 2}]), "Confirm", "Submit Order")
		own = make_service_outlet().name
		store = make_part_warehouse(warehouse_kind="Outlet", outlet=own).name
		put_in_stock(self.part, store, 10)
		frappe.set_user(staff_of(own, "Parts Keeper"))
		slip = frappe.get_doc(
			doctype=stock.ENTRY,
			purpose="Issue",
			source_warehouse=store,
			reference_doctype=part_orders.DOCTYPE,
			reference_name=order.name,
			items=[{"spare_part": self.part, "qty": 2}],
		)
		with self.assertRaises(frappe.PermissionError):
			slip.insert()
			slip.submit()
		self.assertEqual(frappe.db.get_value(part_orders.DOCTYPE, order.name, "stage"), "Submitted")

	def test_who_confirmed_a_statement_stays(self):
		statement = self.confirmed(get_first_day(add_months(today(), -1)))
		frappe.set_user(self.finance)
		statement.update({"confirmed_by": self.finance, "confirmed_on": today()})
		statement.save()
		self.assertEqual(frappe.db.get_value(statements.DOCTYPE, statement.name, "confirmed_by"), self.staff)

	def test_no_count_is_posted_into_a_confirmed_month(self):
		month = get_first_day(add_months(today(), -1))
		put_in_stock(self.part, self.outlet.warehouse, 5)
		self.confirmed(month)
		count = make_stock_count(warehouse=self.outlet.warehouse, count_date=add_days(month, 2))
		count = act(count, "Start Counting")
		count.items[0].update({"counted_qty": 3, "is_counted": 1})
		count.save()
		count = act(count, "Submit for Approval")
		frappe.set_user(self.finance)
		self.assertRaises(MonthConfirmedError, act, count, "Approve")

	def test_nothing_is_delivered_by_typing_it(self):
		order = make_part_order(items=[{"spare_part": self.part, "qty": 2}])
		order.items[0].delivered_qty = 2
		order.save()
		order = act(order, "Confirm", "Submit Order")
		self.assertEqual((order.items[0].delivered_qty, order.open_qty), (0, 2))
