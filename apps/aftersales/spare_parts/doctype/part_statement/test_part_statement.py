import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_months, today

from aftersales.spare_parts import statements, stock
from aftersales.spare_parts.doctype.part_statement.part_statement import StatementError, StatementFrozenError
from aftersales.spare_parts.statements import MonthConfirmedError
from aftersales.testing import factories, parts
from aftersales.testing.field import make_technician, staff_of


class TestPartStatement(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.finance = factories.user_with("Finance Clerk")

	def setUp(self):
		self.outlet = parts.make_supplied_outlet()
		self.store = self.outlet.warehouse
		self.user = staff_of(self.outlet.name, "Outlet Staff")
		self.part = parts.make_spare_part().name

	def tearDown(self):
		frappe.set_user("Administrator")

	def come(self, day, qty, rate=10, part=None):
		item = {"spare_part": part or self.part, "qty": qty, "rate": rate}
		return stock.make_entry("Receipt", [item], target=self.store, posting_date=day)

	def go(self, day, qty):
		item = {"spare_part": self.part, "qty": qty}
		return stock.make_entry("Consumption", [item], source=self.store, posting_date=day)

	def make(self, month="2023-04-15"):
		return parts.make_part_statement(outlet=self.outlet.name, month=month)

	def act(self, user, doc, *actions):
		frappe.set_user(user)
		return factories.act(doc, *actions)

	def test_what_came_and_went(self):
		self.come("2023-03-31", 10)
		self.come("2023-04-01", 4)
		self.go("2023-04-30", 3)
		self.go("2023-05-01", 1)
		for day, kind, amount in (
			("2023-03-01", "Paid In", 500),
			("2023-04-30", "Deducted", 20),
			("2023-04-02", "Paid In", 5),
			("2023-05-01", "Paid Back", 100),
		):
			parts.make_deposit_entry(outlet=self.outlet.name, entry_date=day, kind=kind, amount=amount)
		doc = self.make()
		self.assertEqual(str(doc.month), "2023-04-01")
		line = doc.items[0]
		self.assertEqual((line.opening_qty, line.in_qty, line.out_qty, line.closing_qty), (10, 4, 3, 11))
		self.assertEqual(
			(doc.opening_value, doc.in_value, doc.out_value, doc.closing_value), (100, 40, 30, 110)
		)
		self.assertEqual(
			(doc.opening_deposit, doc.deposit_in, doc.deposit_out, doc.closing_deposit), (500, 5, 20, 485)
		)

	def test_what_only_moves_within_the_outlet(self):
		self.come("2023-04-01", 4)
		technician = make_technician(outlet=self.outlet.name).name
		item = {"spare_part": self.part, "qty": 3}
		stock.make_entry("Issue", [item], source=self.store, technician=technician, posting_date="2023-04-02")
		line = self.make().items[0]
		self.assertEqual((line.in_qty, line.out_qty, line.closing_qty), (4, 0, 4))

	def test_parts_that_are_gone_are_left_out(self):
		self.come("2023-02-01", 2)
		self.go("2023-03-01", 2)
		self.assertEqual(self.make().items, [])

	def test_opening_and_closing_agree(self):
		self.come("2023-03-31", 10)
		self.go("2023-04-10", 1)
		april = self.make("2023-04-01")
		self.assertEqual(self.make("2023-05-01").opening_value, april.closing_value)

	def test_one_per_month_and_none_ahead(self):
		self.make()
		self.assertRaises(StatementError, self.make, "2023-04-30")
		self.assertRaises(StatementError, self.make, add_months(today(), 1))

	def test_figures_are_not_typed(self):
		self.come("2023-04-01", 4)
		doc = self.make()
		doc.closing_value = 1
		self.assertRaises(StatementFrozenError, doc.save)
		doc.reload()
		doc.items[0].closing_qty = 99
		self.assertRaises(StatementFrozenError, doc.save)

	def test_confirmed_and_frozen(self):
		self.come("2023-04-01", 4)
		doc = self.act(self.finance, self.make(), "Send")
		doc = self.act(self.user, doc, "Confirm")
		self.assertEqual((doc.stage, doc.confirmed_by), ("Confirmed", self.user))
		frappe.set_user("Administrator")
		self.assertRaises(MonthConfirmedError, self.go, "2023-04-30", 1)
		self.go("2023-05-01", 1)
		doc.remarks = "late"
		self.assertRaises(StatementFrozenError, doc.save)
		self.assertRaises(StatementFrozenError, statements.compute, doc.name)
		doc = self.act(factories.user_with("Service Manager"), doc, "Reopen")
		self.assertIsNone(doc.confirmed_by)
		frappe.set_user("Administrator")
		self.go("2023-04-30", 1)

	def test_figures_that_the_ledger_does_not_say_any_more_are_not_confirmed(self):
		self.come("2023-04-01", 4)
		doc = self.act(self.finance, self.make(), "Send")
		frappe.set_user("Administrator")
		slip = self.come("2023-04-02", 1)
		frappe.set_user(self.user)
		self.assertRaises(statements.FiguresChangedError, factories.act, doc, "Confirm")
		frappe.set_user("Administrator")
		frappe.get_doc("Part Stock Entry", slip).cancel()
		parts.make_deposit_entry(outlet=self.outlet.name, entry_date="2023-04-03", kind="Paid In", amount=5)
		self.assertRaises(statements.FiguresChangedError, self.act, self.user, doc, "Confirm")
		frappe.set_user(self.finance)
		doc = factories.act(doc, "Revise")
		statements.compute(doc.name)
		doc = factories.act(doc, "Send")
		self.assertEqual(self.act(self.user, doc, "Confirm").stage, "Confirmed")

	def test_cancelling_a_slip_of_a_confirmed_month(self):
		slip = self.come("2023-04-01", 4)
		doc = self.act(self.finance, self.make(), "Send")
		self.act(self.user, doc, "Confirm")
		frappe.set_user("Administrator")
		self.assertRaises(MonthConfirmedError, frappe.get_doc("Part Stock Entry", slip).cancel)

	def test_disputed_answered_sent_again(self):
		self.come("2023-04-01", 4)
		doc = self.act(self.finance, self.make(), "Send")
		frappe.set_user(self.user)
		self.assertRaises(StatementError, factories.act, doc, "Dispute")
		doc.items[0].disputed = 1
		self.assertRaises(StatementError, doc.save)
		doc.reload()
		doc.items[0].disputed = 1
		doc.items[0].dispute_note, doc.items[0].outlet_qty = "Only three came", 3
		doc.save()
		self.assertRaises(StatementError, factories.act, doc, "Confirm")
		doc = factories.act(doc, "Dispute")
		self.assertEqual((doc.stage, doc.disputed_lines), ("Disputed", 1))
		frappe.set_user(self.finance)
		self.assertRaises(StatementError, factories.act, doc, "Send")
		statements.compute(doc.name)
		doc.reload()
		self.assertEqual(doc.items[0].dispute_note, "Only three came")
		doc.items[0].answer = "One was in the next parcel"
		doc.save()
		doc = factories.act(doc, "Send")
		self.assertEqual((doc.disputed_lines, doc.items[0].disputed), (0, 0))
		self.assertIn("Only three came → One was in the next parcel", doc.remarks)
		self.act(self.user, doc, "Confirm")

	def test_the_month_before_is_compared(self):
		self.come("2023-03-10", 4)
		doc = self.act(self.finance, self.make("2023-03-01"), "Send")
		self.act(self.user, doc, "Confirm")
		frappe.set_user("Administrator")
		april = self.make("2023-04-01")
		self.assertEqual(statements.difference_to_month_before(april), 0)
		frappe.db.set_value("Part Statement", doc.name, "closing_value", 30)
		self.assertEqual(statements.difference_to_month_before(april), 10)

	def test_made_for_all_outlets_at_once(self):
		self.come("2023-04-01", 4)
		frappe.set_user(self.finance)
		made = statements.make_for_month("2023-04-20")["made"]
		self.assertIn(
			self.outlet.name, frappe.get_all("Part Statement", {"name": ("in", made)}, pluck="outlet")
		)
		self.assertEqual(statements.make_for_month("2023-04-20"), {"made": []})
		self.assertRaises(frappe.ValidationError, statements.make_for_month, add_months(today(), 1))

	def test_figures_cost_two_statements(self):
		self.come("2023-04-01", 4)
		doc = self.make()
		statements.fill(doc)
		with self.assertQueryCount(2):
			statements.fill(doc)

	def test_rights(self):
		doc = self.make()
		other = parts.make_part_statement()
		frappe.set_user(self.user)
		self.assertEqual(frappe.get_list("Part Statement", pluck="name"), [doc.name])
		self.assertFalse(frappe.has_permission("Part Statement", "read", doc=other.name))
		self.assertRaises(frappe.PermissionError, statements.compute, doc.name)
		self.assertRaises(frappe.PermissionError, statements.make_for_month, "2023-04-20")
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, statements.compute, doc.name)
		self.assertRaises(frappe.PermissionError, statements.make_for_month, "2023-04-20")
