"""Discount levels: their limits, and texts of older versions that become records."""

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.doctype.discount_level.discount_level import DiscountPercentError
from aftersales.patches import discount_levels
from aftersales.testing import devices


class TestDiscountLevel(FrappeTestCase):
	def test_percentages_have_limits(self):
		for field in ("work_percent", "parts_percent"):
			for wrong in (-1, 100.5):
				with self.assertRaises((DiscountPercentError, frappe.NonNegativeError)):
					devices.make_discount_level(**{field: wrong})
		devices.make_discount_level(work_percent=0, parts_percent=100)

	def test_typed_texts_become_levels(self):
		texts = {
			devices.make_customer_device().name: text for text in ("Silver Fleet", "<b>Silver</b>", "<br>")
		}
		for name, text in texts.items():
			frappe.db.set_value("Customer Device", name, "discount_level", text)
		discount_levels.execute()
		discount_levels.execute()
		found = [frappe.db.get_value("Customer Device", name, "discount_level") for name in texts]
		self.assertEqual(found, ["Silver Fleet", "Silver", None])
		self.assertTrue(frappe.db.exists("Discount Level", "Silver Fleet"))
		self.assertTrue(frappe.db.exists("Discount Level", "Silver"))
		for name in texts:
			frappe.get_doc("Customer Device", name).save()
