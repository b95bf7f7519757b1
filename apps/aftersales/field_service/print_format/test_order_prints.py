"""Slips and the service report: what they say, in both languages, and that they fit the paper (S7.17, S7.44)."""

import re

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import act
from aftersales.testing.field import make_fee_rate, make_service_item, make_service_order, make_service_outlet

SLIPS = ("Service Order Slip", "Service Order Slip 80 mm")
REPORT = "Service Report"
MM_PER_POINT = 25.4 / 72


class TestOrderPrints(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_fee_rate(fee_kind="Visit", rate=37, outlet=(outlet := make_service_outlet().name))
		cls.order = make_service_order(
			outlet=outlet,
			customer_name="张三 <b>",
			address="大连市中山路 1 号",
			product_name="迷你冰箱",
			serial_no="SN-AB",
			symptom="T < 5 & warm\n灯亮",
			content="Valve replaced",
			items=[{"service_item": make_service_item(item_name="Valve work").name, "qty": 1}],
			accessories=[{"accessory": "Remote control", "brought": 1}],
			inspection=[{"item": "Earth wire", "result": "Attention"}],
		)

	def setUp(self):
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def html(self, print_format, language="en", order=None):
		frappe.local.lang = language
		return frappe.get_print("Service Order", (order or self.order).name, print_format)

	def pdf(self, print_format):
		return frappe.get_print("Service Order", self.order.name, print_format, as_pdf=True)

	def test_they_say_what_matters(self):
		for name in (*SLIPS, REPORT):
			html = self.html(name)
			for text in (
				self.order.name,
				"张三 &lt;b&gt;",
				"迷你冰箱",
				"SN-AB",
				"T &lt; 5 &amp; warm",
				"Valve work",
				"37.00",
				"<svg",
			):
				self.assertIn(text, html, name)
			self.assertNotIn("张三 <b>", html)

	def test_each_kind_has_its_title(self):
		for kind, title, chinese in (
			("Dispatch", "Dispatch Slip", "派工单"),
			("Repair", "Repair Slip", "维修单"),
			("Installation", "Installation Slip", "安装单"),
			("Workshop", "Work Order", "作业单"),
		):
			order = make_service_order(order_kind=kind)
			for name in SLIPS:
				self.assertIn(title, self.html(name, order=order))
				self.assertIn(chinese, self.html(name, "zh", order=order))

	def test_charges_speak_the_language_of_the_print(self):
		for name in (*SLIPS, REPORT):
			html = self.html(name, "zh")
			self.assertIn("上门费", html, name)
			self.assertNotIn("Visit Fee</td>", html, name)

	def test_report_shows_all_visits_and_reasons(self):
		frappe.db.set_value("Service Order", self.order.name, "reason", "The seal comes tomorrow")
		first = act(self.order, "Dispatch", "Receive", "Arrive", "Continue Later")
		following = frappe.get_doc("Service Order", first.continued_by)
		html = self.html(REPORT, order=following)
		for text in (
			first.name,
			following.name,
			"The seal comes tomorrow",
			"Valve work",
			"37.00",
			"Neither warranty nor agreement",
		):
			self.assertIn(text, html)

	def test_paper(self):
		for name, pages in (("Service Order Slip", 1), ("Service Report", 1)):
			pdf = self.pdf(name)
			self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", pdf)), pages, name)
		pdf = self.pdf("Service Order Slip 80 mm")
		box = re.search(rb"/MediaBox\s*\[([^\]]+)\]", pdf).group(1).split()
		self.assertEqual(round(float(box[2]) * MM_PER_POINT), 80)
		self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1)
