import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge.search_all import search_records
from aftersales.spare_parts.search import parts_like
from aftersales.testing.factories import make_product, user_with
from aftersales.testing.parts import make_spare_part
from aftersales.testing.search import temporary_index


class TestPartSearch(FrappeTestCase):
	"""Parts are found by what people remember of them (S7.32)."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.set_user("Administrator")
		product = make_product(product_name="Glockenspiel Boiler").name
		cls.part = make_spare_part(
			part_no="QX-77.310-B",
			part_name="螺旋桨叶片 Zwirbel relay",
			specification="QP2-15A",
			bar_code="6901239999017",
			products=[{"product": product}],
		).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_by_number_code_words_and_in_spite_of_errors(self):
		with temporary_index("Spare Part"):
			for text in (
				"QX-77.310-B",
				"qx77310b",
				"6901239999017",
				"螺旋桨叶",
				"zwirbel",
				"Zwirbl relay",
				"glockenspiel",
			):
				self.assertEqual(parts_like(text)[:1], [self.part], text)
			self.assertNotIn(self.part, parts_like("Xylograph"))
			self.assertEqual(parts_like(" "), [])

	def test_in_the_common_search_for_those_who_may_read_parts(self):
		with temporary_index("Spare Part"):
			(group,) = search_records("zwirbel", "Spare Part")["groups"]
			self.assertIn("QX-77.310-B", group["hits"][0]["title_html"])
			frappe.set_user(user_with("May Keep Memos"))
			self.assertFalse(frappe.has_permission("Spare Part", "read"))
			self.assertRaises(frappe.PermissionError, search_records, "zwirbel", "Spare Part")
