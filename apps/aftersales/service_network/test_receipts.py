"""Amounts in words, and slips and receipts of sales and payments in both languages."""

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import sales
from aftersales.service_network.receipts import chinese_words, money_words
from aftersales.testing import factories
from aftersales.testing.devices import unique_serial
from aftersales.testing.sales import (
	make_sale_collection,
	make_service_payment,
	make_service_receivable,
	make_submitted_sale,
)

WORDS = {
	0: "零元整",
	0.05: "伍分",
	0.5: "伍角整",
	1: "壹元整",
	10.05: "壹拾元零伍分",
	105: "壹佰零伍元整",
	1006.5: "壹仟零陆元伍角整",
	1234.56: "壹仟贰佰叁拾肆元伍角陆分",
	10000: "壹万元整",
	10005: "壹万零伍元整",
	100500: "壹拾万零伍佰元整",
	1000000: "壹佰万元整",
	20304005: "贰仟零叁拾万肆仟零伍元整",
	100000000: "壹亿元整",
	100000001.1: "壹亿零壹元壹角整",
	100010000: "壹亿零壹万元整",
}


class TestReceipts(FrappeTestCase):
	def setUp(self):
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_chinese_numerals(self):
		for amount, words in WORDS.items():
			self.assertEqual(chinese_words(amount), words, amount)

	def test_words_of_a_language(self):
		frappe.local.lang = "zh"
		self.assertEqual(money_words(-12), "负壹拾贰元整")
		frappe.local.lang = "en"
		self.assertIn("Twelve", money_words(-12))

	def html(self, doc, name: str, language: str) -> str:
		frappe.local.lang = language
		return frappe.get_print(doc.doctype, doc.name, name)

	def test_sales_slip(self):
		product, serial = factories.make_product(product_name="泵 <1>").name, unique_serial()
		sale = make_submitted_sale(
			{"product": product, "product_name": None, "serial_nos": serial, "rate": 321}, remarks="a < b"
		)
		make_sale_collection(sale_record=sale.name, amount=21)
		for language, words in (("en", ("Sales Slip", "Outstanding")), ("zh", ("销售单", "未收金额"))):
			html = self.html(sale, "Sales Slip", language)
			for text in (
				sale.name,
				serial,
				"泵 &lt;1&gt;",
				"a &lt; b",
				"321.00",
				"21.00",
				"300.00",
				"<svg",
				*words,
			):
				self.assertIn(text, html, (language, text))

	def test_receipts(self):
		payment = make_service_payment(amount=40.5, mode="Card", invoice_no="I-<7>")
		collection = make_sale_collection(amount=12)
		for language, words in (
			("en", ("Invoice (Receipt)", "Card")),
			("zh", ("发票（收据）", "刷卡", "肆拾元伍角整")),
		):
			html = self.html(payment, "Payment Receipt", language)
			for text in (payment.name, "40.50", "959.50", "I-&lt;7&gt;", payment.service_order, *words):
				self.assertIn(text, html, (language, text))
		self.assertIn("壹拾贰元整", self.html(collection, "Collection Receipt", "zh"))
		reversal = frappe.get_doc(
			"Sale Collection", sales.reverse("Sale Collection", collection.name, "Wrong")
		)
		html = self.html(reversal, "Collection Receipt", "zh")
		self.assertIn(collection.name, html)
		self.assertIn("负壹拾贰元整", html)

	def test_service_settlement_slip(self):
		receivable = make_service_receivable(88, outlet=None)
		payment = make_service_payment(receivable=receivable.name, amount=8)
		receivable.reload()
		for language, words in (("en", ("Service Settlement Slip",)), ("zh", ("服务结算单", "捌拾捌元整"))):
			html = self.html(receivable, "Service Settlement Slip", language)
			for text in (receivable.name, payment.name, "80.00", receivable.reference_name, *words):
				self.assertIn(text, html, (language, text))
