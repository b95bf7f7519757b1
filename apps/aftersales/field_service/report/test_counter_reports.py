import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories
from aftersales.testing.field import (
	make_customer_goods_receipt,
	make_exchange_order,
	make_factory_return,
	make_service_outlet,
	staff_of,
)
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2021-03-01", "to_date": "2021-03-31"}
REGISTER, LEDGER = "Customer Goods Repair Register", "Exchange Ledger"


class TestCounterReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.one, cls.other = make_service_outlet().name, make_service_outlet().name
		cls.receipts = [
			make_customer_goods_receipt(
				received_on=day, outlet=outlet, accessory_only=only, accessory_list="Lid"
			)
			for day, outlet, only in (
				("2021-03-01 00:00:00", cls.one, 0),
				("2021-03-31 23:59:59", cls.other, 1),
				("2021-04-01 00:00:00", cls.one, 0),
			)
		]
		cls.slips = [
			make_exchange_order(exchange_date=day, sale_date="2021-02-27", kind=kind)
			for day, kind in (("2021-03-01", "Exchange"), ("2021-03-31", "Return"))
		]
		frappe.db.set_value("Exchange Order", cls.slips[0].name, "ledger_no", "HH-TEST-1")

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")

	def rows(self, report, **filters):
		result = run(report, filters={**PERIOD, **filters}, user=frappe.session.user)
		return [row for row in result["result"] if isinstance(row, dict)]

	def test_register(self):
		frappe.set_user(factories.user_with("Service Manager"))
		rows = self.rows(REGISTER)
		self.assertEqual([row["name"] for row in rows], [receipt.name for receipt in self.receipts[:2]])
		self.assertEqual([row["number"] for row in rows], [1, 2])
		self.assertEqual(rows[1]["fault"], "Lid: It leaks")
		self.assertEqual(len(self.rows(REGISTER, outlet=self.other)), 1)
		self.assertEqual(self.rows(REGISTER, status="Picked Up"), [])
		self.assertRaises(PeriodError, self.rows, REGISTER, to_date="2021-02-01")

	def test_own_outlet_only(self):
		frappe.set_user(staff_of(self.one, "Outlet Staff", account="register-one"))
		self.assertEqual([row["name"] for row in self.rows(REGISTER)], [self.receipts[0].name])

	def test_ledger(self):
		frappe.set_user(factories.user_with("Sales Office"))
		(row,) = self.rows(LEDGER)
		self.assertEqual((row["ledger_no"], row["name"]), ("HH-TEST-1", self.slips[0].name))
		self.assertEqual(len(self.rows(LEDGER, all_slips=1)), 2)
		self.assertEqual(len(self.rows(LEDGER, all_slips=1, kind="Return")), 1)

	def test_without_right(self):
		for user in ("Guest", factories.user_with("Knowledge Manager"), factories.user_with("Customer")):
			frappe.set_user(user)
			for report in (REGISTER, LEDGER):
				with self.subTest(user=user, report=report), self.assertRaises(frappe.PermissionError):
					run(report, filters=PERIOD)


class TestCounterPrints(FrappeTestCase):
	def html(self, doc, print_format, language="en"):
		self.addCleanup(setattr, frappe.local, "lang", "en")
		frappe.local.lang = language
		return frappe.get_print(doc.doctype, doc.name, print_format)

	def test_receipt(self):
		receipt = make_customer_goods_receipt(
			fault="<b>Leaks</b>", accessories=[{"accessory": "Hose", "brought": 1, "condition": "Torn"}]
		)
		html = self.html(receipt, "Goods Receipt")
		for text in (
			receipt.name,
			"Receipt for Customer's Goods",
			"&lt;b&gt;Leaks&lt;/b&gt;",
			"Hose",
			"Torn",
		):
			self.assertIn(text, html)
		self.assertIn("客户货品领取收据", self.html(receipt, "Goods Receipt", "zh"))
		counter = make_customer_goods_receipt(origin="Counter")
		self.assertIn("维修单", self.html(counter, "Goods Receipt", "zh"))

	def test_intake(self):
		first = make_customer_goods_receipt(fault="First fault")
		second = make_customer_goods_receipt(
			intake_no=first.name,
			fault="Second fault",
			accessory_only=1,
			accessory_list="Lid / Hose",
			accessories=[{"accessory": "Lid", "brought": 1}],
		)
		html = self.html(first, "Intake Slip")
		for text in (first.name, second.name, "First fault", "Second fault", "Lid / Hose"):
			self.assertIn(text, html)

	def test_factory_list(self):
		doc = make_factory_return()
		self.assertIn(doc.lines[0].goods_receipt, self.html(doc, "Factory Return List"))
		self.assertIn("返厂清单", self.html(doc, "Factory Return List", "zh"))

	def test_exchange_slip(self):
		slip = make_exchange_order(reason="<i>Cold</i>")
		slip.db_set("ledger_no", "HH-TEST-2")
		html = self.html(slip, "Exchange Slip")
		for text in ("Exchange Slip", "HH-TEST-2", "&lt;i&gt;Cold&lt;/i&gt;", "Regional Market Head"):
			self.assertIn(text, html)
		self.assertIn("产品换货单", self.html(slip, "Exchange Slip", "zh"))
