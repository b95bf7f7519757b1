import json
import re

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import labels
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device


class TestLabels(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		customer = factories.make_customer(customer_name="Secret Owner")
		cls.devices = [make_customer_device(customer=customer.name) for _number in range(3)]
		cls.names = [device.name for device in cls.devices]

	def tearDown(self):
		frappe.set_user("Administrator")

	def labels(self, paper, skip=0):
		return labels.sheet(json.dumps(self.names), paper, skip)

	def test_a_label_printer_gets_one_page_for_each(self):
		html = self.labels("Label")
		self.assertIn("size: 50mm 30mm", html)
		self.assertEqual(html.count('class="label"'), 3)
		self.assertNotIn('class="page"', html)

	def test_a_sheet_holds_24_less_those_that_are_used(self):
		for skip, pages in ((0, 1), (21, 1), (22, 2), (99, 2), (-5, 1)):
			with self.subTest(skip):
				html = self.labels("Sheet", skip)
				self.assertIn("size: A4", html)
				self.assertEqual(html.count('class="page"'), pages)
				self.assertEqual(html.count("<svg"), 3)

	def test_the_code_is_the_token_and_nothing_of_the_owner(self):
		html = labels.labels_html(self.names, "Label", 0)
		for device in self.devices:
			self.assertIn(device.serial_no, html)
		self.assertEqual(html.count("<svg"), 3)
		self.assertNotIn("Secret Owner", html)
		self.assertNotIn(self.devices[0].customer, html)

	def test_as_many_as_asked_in_their_order(self):
		twice = [self.names[2], self.names[0], self.names[2]]
		html = labels.labels_html(twice, "Label", 0)
		serials = re.findall(r'class="serial">([^<]+)<', html)
		self.assertEqual(serials, [self.devices[index].serial_no for index in (2, 0, 2)])

	def test_refused(self):
		for names in ("", "x", "[]", "{}", "[1]", json.dumps(["CD-none"]), json.dumps(["x"] * 481)):
			with self.subTest(names[:20]):
				self.assertRaises(labels.LabelError, labels.sheet, names)
		for user in (factories.user_with("May Audit"), "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, labels.sheet, json.dumps(self.names))
