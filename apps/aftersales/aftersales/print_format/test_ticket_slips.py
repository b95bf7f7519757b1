import json
import re
from pathlib import Path

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.www.printview import get_html_and_style

from aftersales.testing import factories
from aftersales.utils.printing import roll_height, width

FORMATS = ("Ticket Slip", "Ticket Slip 80 mm")
MM_PER_POINT = 25.4 / 72


class TestTicketSlips(FrappeTestCase):
	def setUp(self):
		self.ticket = factories.make_ticket(
			customer_name="张三",
			organisation="大连某某生物有限公司",
			record_type="Complaint",
			lot_no="L-77",
			product_name="迷你冰箱",
			question="T < 5 & warm\n灯亮",
			handling_log=[{"entry": "已回电"}],
		)
		language = frappe.local.lang
		self.addCleanup(setattr, frappe.local, "lang", language)
		self.addCleanup(frappe.set_user, "Administrator")

	def html(self, print_format, language="en"):
		frappe.local.lang = language
		return frappe.get_print("Service Ticket", self.ticket.name, print_format)

	def size_in_mm(self, print_format):
		pdf = frappe.get_print("Service Ticket", self.ticket.name, print_format, as_pdf=True)
		self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1, "fits one page")
		box = re.search(rb"/MediaBox\s*\[([^\]]+)\]", pdf).group(1).split()
		return [round(float(value) * MM_PER_POINT) for value in box[2:]]

	def test_both_say_what_matters(self):
		for name in FORMATS:
			html = self.html(name)
			for text in (
				self.ticket.name,
				"张三",
				"大连某某生物有限公司",
				"L-77",
				"迷你冰箱",
				"灯亮",
				"<svg",
			):
				with self.subTest(format=name, text=text):
					self.assertIn(text, html)

	def test_labels_follow_the_print_language(self):
		for name in FORMATS:
			self.assertIn("Customer&#39;s Signature", self.html(name).replace("'", "&#39;"))
			chinese = self.html(name, "zh")
			for text in ("客户签字", "投诉", "质疑内容"):
				self.assertIn(text, chinese)

	def test_security_typed_text_is_escaped(self):
		# Frappe cleans what is saved; what came into the table by another way must not become markup either.
		frappe.db.set_value("Service Ticket", self.ticket.name, "organisation", "<b>大连</b>")
		for name in FORMATS:
			html = self.html(name)
			with self.subTest(format=name):
				self.assertIn("T &lt; 5 &amp; warm", html)
				self.assertIn("&lt;b&gt;大连&lt;/b&gt;", html)

	def test_a4(self):
		self.assertEqual(self.size_in_mm("Ticket Slip"), [210, 297])

	def test_roll_is_80_mm_wide_and_as_long_as_its_text(self):
		short = self.size_in_mm("Ticket Slip 80 mm")
		self.assertEqual(short[0], 80)
		frappe.db.set_value("Service Ticket", self.ticket.name, "question", "压缩机不响。" * 60)
		self.assertGreater(self.size_in_mm("Ticket Slip 80 mm")[1], short[1] + 50)

	def test_who_may_not_read_may_not_print(self):
		frappe.set_user(factories.make_user().name)
		for name in FORMATS:
			self.assertRaises(
				frappe.PermissionError,
				get_html_and_style,
				doc="Service Ticket",
				name=self.ticket.name,
				print_format=name,
			)

	def test_a_copy_made_in_the_desk_has_the_whole_template(self):
		"""Frappe prints from the file, but copies the record: both must hold the same."""
		for name in FORMATS:
			folder = Path(__file__).parent / frappe.scrub(name)
			record = json.loads((folder / f"{folder.name}.json").read_text(encoding="utf-8"))
			self.assertEqual(record["html"], (folder / f"{folder.name}.html").read_text(encoding="utf-8"))


class TestRollHeight(FrappeTestCase):
	def test_chinese_is_twice_as_wide(self):
		self.assertEqual((width("abc"), width("冰箱"), width("")), (3, 4, 0))

	def test_height(self):
		self.assertEqual(roll_height([], 10, 50, 5), 50)
		self.assertEqual(roll_height(["a" * 10, None, ""], 10, 50, 5), 55)
		self.assertEqual(roll_height(["a" * 11, "冰" * 6], 10, 50, 5), 70)
		self.assertEqual(roll_height(["one\n\ntwo"], 10, 50, 5), 65)
