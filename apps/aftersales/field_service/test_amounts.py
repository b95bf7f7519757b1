import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.amounts import AmountFormatError, read_amount


class TestAmounts(FrappeTestCase):
	def use(self, number_format, precision=None):
		settings = frappe.get_cached_doc("System Settings")
		before = settings.number_format, settings.currency_precision
		self.addCleanup(settings.update, {"number_format": before[0], "currency_precision": before[1]})
		settings.number_format, settings.currency_precision = number_format, precision

	def test_as_the_total_is_written(self):
		self.use("#,###.##")
		for text, amount in (
			("120", 120),
			("120.5", 120.5),
			("120.50", 120.5),
			("1,234.50", 1234.5),
			("1234.50", 1234.5),
			(" １２０．５０ ", 120.5),
			("", 0),
			("0", 0),
			(88.1, 88.1),
			(None, 0),
		):
			with self.subTest(text):
				self.assertEqual(read_amount(text, "Amount"), amount)

	def test_anything_else(self):
		self.use("#,###.##")
		for text in (
			"12,5",
			"12.345",
			"1,23",
			"12o",
			"¥120",
			"-5",
			"1.2.3",
			"120.",
			"1e3",
			"1 234",
			",5",
			"9" * 13,
		):
			with self.subTest(text), self.assertRaisesRegex(AmountFormatError, "1,234.50"):
				read_amount(text, "Amount")

	def test_other_formats(self):
		self.use("#.###,##")
		self.assertEqual(read_amount("1.234,50", "Amount"), 1234.5)
		self.assertRaises(AmountFormatError, read_amount, "1,234.50", "Amount")
		self.use("#,###.##", "0")
		self.assertRaises(AmountFormatError, read_amount, "12.5", "Amount")
		self.use("# ###.##")
		self.assertEqual(read_amount("1 234.50", "Amount"), 1234.5)
