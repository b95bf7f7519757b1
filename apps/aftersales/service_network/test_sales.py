"""Money of sales: collections, reversals, returns, and where sales show (S7.14-S7.16)."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.field_service import devices
from aftersales.field_service.amounts import AmountFormatError
from aftersales.service_network import sales, sales_sections
from aftersales.telephony.call_sections import sections
from aftersales.testing import factories
from aftersales.testing.devices import unique_serial
from aftersales.testing.sales import make_sale_collection, make_sale_record, make_submitted_sale
from aftersales.utils.append_only import AppendOnlyError


class SalesCase(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def money(self, sale) -> tuple:
		return frappe.db.get_value("Sale Record", sale.name, ["received", "outstanding", "status"])


class TestCollections(SalesCase):
	def test_part_by_part(self):
		sale = make_submitted_sale()
		first = make_sale_collection(sale_record=sale.name, amount=400.25)
		self.assertEqual((first.customer, first.outstanding_after), (sale.customer, 599.75))
		self.assertEqual(self.money(sale), (400.25, 599.75, "Partly Collected"))
		make_sale_collection(sale_record=sale.name, amount=599.75)
		self.assertEqual(self.money(sale), (1000, 0, "Collected"))

	def test_amounts_that_make_no_sense(self):
		sale = make_submitted_sale()
		for amount in (0, -5, 0.001):
			self.assertRaises(
				sales.CollectionError, make_sale_collection, sale_record=sale.name, amount=amount
			)
		self.assertRaises(sales.TooMuchError, make_sale_collection, sale_record=sale.name, amount=1000.01)
		with self.assertRaises(sales.CollectionError):
			make_sale_collection(sale_record=sale.name, collected_on=add_days(today(), 1))
		with self.assertRaisesRegex(sales.CollectionError, "sale"):
			make_sale_collection(sale_record=sale.name, collected_on=add_days(sale.sale_date, -1))
		self.assertEqual(self.money(sale), (0, 1000, "Unpaid"))

	def test_on_the_day_of_the_sale(self):
		sale = make_submitted_sale(sale_date="2021-05-03")
		entry = make_sale_collection(sale_record=sale.name, collected_on="2021-05-03")
		self.assertEqual(str(entry.collected_on), "2021-05-03")

	def test_who_collected(self):
		sale = make_submitted_sale()
		values = {"doctype": "Sale Collection", "sale_record": sale.name, "amount": 1}
		other = factories.user_with("Shop Staff", account="other-shop-staff")
		for role, chooses in (
			("Shop Staff", False),
			("Market Salesperson", False),
			("Finance Clerk", True),
			("Shop Manager", True),
		):
			user = factories.user_with(role)
			frappe.set_user(user)
			entry = frappe.get_doc({**values, "collected_by": other}).insert()
			self.assertEqual(entry.collected_by, other if chooses else user, role)
			self.assertEqual(frappe.get_doc(values).insert().collected_by, user)

	def test_who_is_offered_a_reversal(self):
		sale = make_submitted_sale()
		entry = make_sale_collection(sale_record=sale.name, amount=9)
		self.assertTrue(self.offered(entry))
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(self.offered(entry), "reads only")
		frappe.set_user("Administrator")
		reversal = frappe.get_doc("Sale Collection", sales.reverse("Sale Collection", entry.name, "Wrong"))
		self.assertEqual((self.offered(entry), self.offered(reversal)), (False, False))

	def offered(self, entry) -> bool:
		doc = frappe.get_doc(entry.doctype, entry.name)
		doc.run_method("onload")
		return doc.get_onload("may_reverse")

	def test_typed_amounts(self):
		sale = make_submitted_sale()
		for typed in ("12o", "1,20", "1.234"):
			self.assertRaises(AmountFormatError, sales.take_collection, sale.name, typed)
		answer = sales.take_collection(sale.name, "1,000.00", "Transfer", "R-7")
		self.assertEqual(answer["outstanding"], 0)
		entry = frappe.get_doc("Sale Collection", answer["collection"])
		self.assertEqual((entry.amount, entry.mode, entry.receipt_no), (1000, "Transfer", "R-7"))

	def test_only_for_valid_sales(self):
		draft, cancelled = make_sale_record(), make_submitted_sale()
		cancelled.cancel()
		for sale in (draft, cancelled):
			self.assertRaises(sales.CollectionError, make_sale_collection, sale_record=sale.name)

	def test_entries_stay(self):
		entry = make_sale_collection()
		entry.amount = 2
		self.assertRaises(AppendOnlyError, entry.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, "Sale Collection", entry.name)

	def test_reversal(self):
		sale = make_submitted_sale()
		entry = make_sale_collection(sale_record=sale.name, amount=300, mode="Card")
		name = sales.reverse("Sale Collection", entry.name, "Card was refused")
		reversal = frappe.get_doc("Sale Collection", name)
		self.assertEqual((reversal.amount, reversal.mode, reversal.outstanding_after), (-300, "Card", 1000))
		self.assertEqual(self.money(sale), (0, 1000, "Unpaid"))
		for target in (entry.name, name):
			self.assertRaises(sales.CollectionError, sales.reverse, "Sale Collection", target, "Again")
		self.assertRaises(sales.CollectionError, sales.reverse, "Sale Collection", entry.name, " ")
		self.assertRaises(frappe.PermissionError, sales.reverse, "User", "Guest", "x")

	def test_reversal_of_another_sale(self):
		entry = make_sale_collection()
		other = make_submitted_sale()
		with self.assertRaises(sales.CollectionError):
			make_sale_collection(sale_record=other.name, reversal_of=entry.name)

	def test_cost_in_statements(self):
		sale = make_submitted_sale()
		make_sale_collection(sale_record=sale.name)
		with self.assertQueryCount(40):
			make_sale_collection(sale_record=sale.name)


class TestReturn(SalesCase):
	def test_taken_back(self):
		product, serial = factories.make_product().name, unique_serial()
		sale = make_submitted_sale({"product": product, "serial_nos": serial}, follow_up_after_days=3)
		make_sale_collection(sale_record=sale.name, amount=100)
		make_sale_collection(sale_record=sale.name, amount=50, mode="Transfer")
		sales.take_back(sale.name, "Too loud")
		self.assertEqual(self.money(sale), (0, 0, "Returned"))
		sale.reload()
		self.assertEqual((sale.return_reason, sale.returned_on), ("Too loud", getdate(today())))
		amounts = frappe.get_all("Sale Collection", {"sale_record": sale.name}, pluck="amount")
		self.assertEqual(sorted(amounts), [-100, -50, 50, 100])
		device = frappe.get_doc("Customer Device", devices.find(product, serial))
		self.assertEqual((device.stage, device.customer, device.sale_date), ("Stored", None, None))
		self.assertEqual(frappe.db.get_value("Follow-up", sale.follow_up, "stage"), "Cancelled")
		# ... and sold to somebody else.
		again = make_submitted_sale({"product": product, "serial_nos": serial})
		device.reload()
		self.assertEqual((device.customer, device.stage), (again.customer, "Active"))

	def test_refused(self):
		sale = make_submitted_sale(sale_date=add_days(today(), -3))
		for values in (
			{"reason": " "},
			{"reason": "x", "returned_on": add_days(today(), -4)},
			{"reason": "x", "returned_on": add_days(today(), 1)},
		):
			with self.assertRaises(sales.ReturnError, msg=values):
				sales.take_back(sale.name, **values)
		sales.take_back(sale.name, "Too loud")
		self.assertRaises(sales.ReturnError, sales.take_back, sale.name, "Again")
		self.assertRaises(sales.CollectionError, make_sale_collection, sale_record=sale.name)
		self.assertRaises(sales.ReturnError, frappe.get_doc("Sale Record", sale.name).cancel)

	def test_only_for_those_who_may_cancel(self):
		sale = make_submitted_sale()
		frappe.set_user(factories.user_with("Shop Staff"))
		self.assertRaises(frappe.PermissionError, sales.take_back, sale.name, "Too loud")


class TestWhereSalesShow(SalesCase):
	def test_caller_card(self):
		customer = factories.make_customer().name
		sale = make_submitted_sale({"product_name": "Boiler"}, customer=customer, due_date=today())
		call = frappe._dict(customer=customer, number_key=None, number_raw=None)
		shown = {section["key"]: section for section in sections(call)}
		self.assertEqual([row["text"] for row in shown["sales"]["rows"]], ["Boiler"])
		self.assertEqual([row["name"] for row in shown["arrears"]["rows"]], [sale.name])
		make_sale_collection(sale_record=sale.name, amount=1000)
		shown = {section["key"]: section for section in sections(call)}
		self.assertIn("sales", shown)
		self.assertNotIn("arrears", shown)

	def test_caller_card_of_people_without_right_and_strangers(self):
		customer = make_submitted_sale().customer
		frappe.set_user(factories.user_with("Knowledge Manager"))
		self.assertIsNone(sales_sections.sales(frappe._dict(customer=customer)))
		self.assertIsNone(sales_sections.arrears(frappe._dict(customer=customer)))
		frappe.set_user("Administrator")
		self.assertIsNone(sales_sections.sales(frappe._dict(customer=None)))
		self.assertIsNone(sales_sections.arrears(frappe._dict(customer=None)))
