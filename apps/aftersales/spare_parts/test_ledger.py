from decimal import Decimal

import frappe
from frappe.tests.utils import FrappeTestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymysql.err import IntegrityError

from aftersales.spare_parts import ledger, ledger_check, stock
from aftersales.spare_parts.derived import DerivedRecordError
from aftersales.spare_parts.ledger import (
	Movement,
	NotEnoughStockError,
	StockError,
	Voucher,
	WarehouseUnusableError,
)
from aftersales.spare_parts.serials import SerialNumberError
from aftersales.testing.parts import (
	make_part_warehouse,
	make_spare_part,
	put_in_stock,
)

D = Decimal


class TestLedger(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.part = make_spare_part().name
		self.here, self.there = make_part_warehouse().name, make_part_warehouse().name

	def figures(self, warehouse, part=None):
		found = ledger.balance(part or self.part, warehouse)
		return float(found.qty), float(found.value)

	def move(self, purpose, qty, source=None, target=None, **more):
		return stock.make_entry(
			purpose,
			[{"spare_part": self.part, "qty": qty, **more}],
			source=source,
			target=target,
			via_transit=0,
		)

	def cancel(self, entry):
		frappe.get_doc("Part Stock Entry", entry).cancel()

	def chain(self, warehouse):
		return frappe.get_all(
			"Part Ledger Entry",
			{"spare_part": self.part, "warehouse": warehouse},
			["entry_no", "qty_change", "qty_after", "value_change", "value_after"],
			order_by="entry_no asc",
		)

	def assert_books_agree(self):
		wrong = [row for row in ledger_check.differences() if row["spare_part"] == self.part]
		self.assertEqual(wrong, [])

	def test_parts_that_leave_take_the_average_cost_along(self):
		put_in_stock(self.part, self.here, 10, 4)
		put_in_stock(self.part, self.here, 10, 6)
		issued = self.move("Transfer", 5, self.here, self.there)
		self.assertEqual(self.figures(self.here), (15, 75))
		self.assertEqual(self.figures(self.there), (5, 25))
		row = frappe.get_doc("Part Stock Entry", issued).items[0]
		self.assertEqual((row.rate, row.amount), (5, 25))
		self.assert_books_agree()

	def test_no_cent_is_lost_and_an_empty_warehouse_is_worth_nothing(self):
		put_in_stock(self.part, self.here, 3, 3.3333)
		self.assertEqual(self.figures(self.here), (3, 10))
		for left, value in ((2, 6.67), (1, 3.33), (0, 0)):
			self.move("Consumption", 1, self.here)
			self.assertEqual(self.figures(self.here), (left, value))
		entries = self.chain(self.here)
		self.assertEqual(sum(row.value_change for row in entries), 0)
		self.assertEqual([row.entry_no for row in entries], [1, 2, 3, 4])
		self.assertEqual([row.qty_after for row in entries], [3, 2, 1, 0])

	def test_nothing_leaves_that_is_not_there(self):
		put_in_stock(self.part, self.here, 2)
		with self.assertRaises(NotEnoughStockError) as caught:
			self.move("Consumption", 2.001, self.here)
		self.assertIn("2.001", str(caught.exception))
		self.assertEqual(self.figures(self.here), (2, 10))
		with self.assertRaises(NotEnoughStockError):
			self.move("Transfer", 1, self.there, self.here)
		self.assert_books_agree()

	def test_two_rows_of_a_part_count_together(self):
		put_in_stock(self.part, self.here, 3)
		rows = [{"spare_part": self.part, "qty": 2}, {"spare_part": self.part, "qty": 2}]
		with self.assertRaises(NotEnoughStockError):
			stock.make_entry("Consumption", rows, source=self.here)

	def test_a_slip_that_is_cancelled_leaves_things_as_they_were(self):
		put_in_stock(self.part, self.here, 10, 1)
		dear = put_in_stock(self.part, self.here, 10, 100)
		self.assertEqual(self.figures(self.here), (20, 1010))
		self.cancel(dear)
		self.assertEqual(self.figures(self.here), (10, 10))
		moved = self.move("Transfer", 4, self.here, self.there)
		self.cancel(moved)
		self.assertEqual((self.figures(self.here), self.figures(self.there)), ((10, 10), (0, 0)))
		used = self.move("Consumption", 10, self.here)
		self.cancel(used)
		self.assertEqual(self.figures(self.here), (10, 10))
		self.assert_books_agree()

	def test_a_receipt_is_not_cancelled_after_its_parts_have_gone(self):
		entry = put_in_stock(self.part, self.here, 5)
		self.move("Consumption", 1, self.here)
		with self.assertRaises(NotEnoughStockError):
			self.cancel(entry)

	def test_taking_a_receipt_back_never_makes_the_rest_worth_less_than_nothing(self):
		put_in_stock(self.part, self.here, 10, 1)
		dear = put_in_stock(self.part, self.here, 10, 3)
		self.move("Consumption", 5, self.here)
		self.move("Consumption", 4, self.here)
		self.assertEqual(self.figures(self.here), (11, 22))
		self.cancel(dear)
		# 30 came in and 22 are left: the parts go at their average cost.
		self.assertEqual(self.figures(self.here), (1, 2))
		self.assert_books_agree()

	def test_nothing_is_taken_back_twice(self):
		entry = put_in_stock(self.part, self.here, 5)
		put_in_stock(self.part, self.here, 5)
		voucher = Voucher("Part Stock Entry", entry, "Receipt")
		ledger.reverse(voucher)
		ledger.reverse(voucher)
		self.assertEqual(self.figures(self.here), (5, 25))
		key = frappe.db.get_value("Part Ledger Entry", {"voucher_no": entry, "is_reversal": 0}, "movement")
		with self.assertRaises(IntegrityError):
			ledger.post(voucher, [Movement(self.part, D(1), source=self.here, reverses=key)])

	def test_a_movement_needs_a_quantity_and_two_different_places(self):
		voucher = Voucher("Part Stock Entry", "none", "Transfer")
		for movement in (
			Movement(self.part, D(0), target=self.here),
			Movement(self.part, D(-1), target=self.here),
			Movement(self.part, D(1), source=self.here, target=self.here),
			Movement(self.part, D(1)),
		):
			with self.assertRaises(StockError):
				ledger.post(voucher, [movement])
		self.assertEqual(self.chain(self.here), [])

	def test_groups_and_disabled_warehouses_hold_nothing(self):
		group = make_part_warehouse(is_group=1).name
		disabled = make_part_warehouse(enabled=0).name
		for warehouse in (group, disabled):
			with self.assertRaises(WarehouseUnusableError):
				put_in_stock(self.part, warehouse)

	def test_nobody_changes_what_follows_from_the_ledger(self):
		tracked = make_spare_part(serial_tracked=1).name
		put_in_stock(tracked, self.here, 1, serial_nos="S1")
		for doctype in ("Part Ledger Entry", "Part Balance", "Part Serial"):
			doc = frappe.get_doc(doctype, {"spare_part": tracked})
			with self.assertRaises(DerivedRecordError):
				doc.save()
			with self.assertRaises(DerivedRecordError):
				doc.delete()
			with self.assertRaises(DerivedRecordError):
				frappe.copy_doc(doc).insert()

	def test_each_piece_with_a_serial_number_is_in_one_place(self):
		self.part = make_spare_part(serial_tracked=1).name
		put_in_stock(self.part, self.here, 2, serial_nos="A1\nA2")
		for qty, numbers in ((1, ""), (2, "A1"), (2, "A1, a1"), (1.5, "A1")):
			with self.assertRaises(SerialNumberError):
				self.move("Consumption", qty, self.here, serial_nos=numbers)
		with self.assertRaises(SerialNumberError) as caught:
			put_in_stock(self.part, self.there, 1, serial_nos="a1")
		self.assertIn(self.here, str(caught.exception))
		moved = self.move("Transfer", 1, self.here, self.there, serial_nos="A1")
		with self.assertRaises(SerialNumberError):
			self.move("Consumption", 1, self.here, serial_nos="A1")
		self.cancel(moved)
		used = self.move("Consumption", 1, self.here, serial_nos="A1")
		place = {"spare_part": self.part, "serial_no": "A1"}
		self.assertFalse(frappe.db.get_value("Part Serial", place, "warehouse"))
		self.cancel(used)
		self.assertEqual(frappe.db.get_value("Part Serial", place, "warehouse"), self.here)
		self.assert_books_agree()

	def test_serial_numbers_of_untracked_parts_are_refused(self):
		with self.assertRaises(SerialNumberError):
			put_in_stock(self.part, self.here, 1, serial_nos="A1")

	def test_a_movement_of_many_rows_costs_few_statements(self):
		parts = [make_spare_part().name for _number in range(20)]
		movements = [Movement(part, D(1), target=self.here, rate=D(1)) for part in parts]
		voucher = Voucher("Part Stock Entry", "cost", "Receipt")
		put_in_stock(self.part, self.here)  # what Frappe remembers of the DocTypes is there
		# warehouses, locks, balances, tracked parts, entries, new balances
		with self.assertQueryCount(6):
			ledger.post(voucher, movements)


STEP = st.tuples(
	st.sampled_from(["Receipt", "Consumption", "Transfer", "Scrap", "Return", "Cancel"]),
	st.integers(0, 1),
	st.integers(0, 2),
	st.decimals("0.001", "12", places=3),
	st.decimals("0", "9.99", places=2),
	st.integers(0, 30),
)


class TestRandomVouchers(FrappeTestCase):
	"""Any sequence of slips and cancellations: the balances are what a plain summing up says."""

	@settings(
		max_examples=8,
		deadline=None,
		derandomize=True,
		database=None,
		suppress_health_check=list(HealthCheck),
	)
	@given(st.lists(STEP, min_size=5, max_size=18))
	def test_any_sequence(self, steps):
		frappe.set_user("Administrator")
		parts = [make_spare_part().name for _number in range(2)]
		places = [make_part_warehouse().name for _number in range(3)]
		model = {(part, place): D(0) for part in parts for place in places}
		slips = []
		for purpose, part, place, qty, rate, which in steps:
			self.step(model, slips, parts[part], places, purpose, place, qty, rate, which)
		self.compare(model, parts)

	def step(self, model, slips, part, places, purpose, place, qty, rate, which):
		if purpose == "Cancel":
			if slips:
				self.cancel(model, slips, which % len(slips))
			return
		source = None if purpose == "Receipt" else places[place]
		target = {"Receipt": places[place], "Transfer": places[place - 1], "Return": places[place - 1]}.get(
			purpose
		)
		changes = {(part, source): -qty, (part, target): qty}
		changes = {pair: change for pair, change in changes.items() if pair[1]}
		entry = frappe.get_doc(
			doctype="Part Stock Entry",
			purpose=purpose,
			source_warehouse=source,
			target_warehouse=target,
			via_transit=0,
			scrap_type="Damaged" if purpose == "Scrap" else None,
			items=[{"spare_part": part, "qty": qty, "rate": rate}],
		).insert()
		if self.attempt(entry.submit, model, changes):
			slips.append((entry.name, changes))

	def cancel(self, model, slips, which):
		name, changes = slips[which]
		back = {pair: -change for pair, change in changes.items()}
		if self.attempt(frappe.get_doc("Part Stock Entry", name).cancel, model, back):
			del slips[which]

	def attempt(self, act, model, changes):
		"""Do it; it must be refused just when a balance would go below 0."""
		allowed = all(model[pair] + change >= 0 for pair, change in changes.items())
		frappe.db.savepoint("attempt")
		try:
			act()
		except NotEnoughStockError:
			self.assertFalse(allowed)
			frappe.db.rollback(save_point="attempt")
			return False
		self.assertTrue(allowed)
		for pair, change in changes.items():
			model[pair] += change
		return True

	def compare(self, model, parts):
		for (part, place), qty in model.items():
			rows = frappe.get_all(
				"Part Ledger Entry",
				{"spare_part": part, "warehouse": place},
				["qty_change", "qty_after", "value_change", "value_after"],
				order_by="entry_no asc",
			)
			running = value = D(0)
			for row in rows:
				running += D(str(row.qty_change))
				value += D(str(row.value_change))
				self.assertEqual((running, value), (D(str(row.qty_after)), D(str(row.value_after))))
				self.assertGreaterEqual(min(running, value), 0)
				self.assertTrue(running or not value)
			stored = ledger.balance(part, place)
			self.assertEqual((stored.qty, stored.value), (qty, value))
			self.assertEqual((running, len(rows)), (qty, stored.entries))
		self.assertEqual([row for row in ledger_check.differences() if row["spare_part"] in parts], [])
