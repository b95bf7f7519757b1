import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories


class TestCheckForm(FrappeTestCase):
	def setUp(self):
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def html(self, **fields):
		check = factories.make_check_record(**fields)
		return frappe.get_print("Check Record", check.name, print_format="Check Form")

	def test_empty_form_is_there_to_be_filled_in_by_hand(self):
		html = self.html()
		self.assertNotIn("☒", html)
		self.assertEqual(html.count("☐"), 2 + 3 + 3)
		self.assertNotIn("None", html.split('class="check-form"')[1])

	def test_findings(self):
		html = self.html(
			information_right="Yes",
			findings=[
				{"criterion": "Polite & right", "finding": "Not OK", "remark": "a < b", "mandatory": 1}
			],
			notes=[{"note": "Called"}],
		)
		for text in ("Polite &amp; right *", "☒ Not OK", "☐ OK", "a &lt; b", "Called", "☒ Yes"):
			self.assertIn(text, html)

	def test_in_chinese(self):
		frappe.local.lang = "zh"
		html = self.html()
		for text in ("核查表", "信息正确", "合格", "核查人签字"):
			self.assertIn(text, html)
