import frappe
from frappe.desk.search import search_link
from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_product, make_product_category, make_ticket, user_with
from aftersales.utils.naming import OwnNumberError


def offered(text: str) -> list[str]:
	"""Names that a Product link offers for a text."""
	frappe.response.pop("results", None)
	found = search_link("Product", text, page_length=20) or frappe.response.get("results")
	return [row["value"] for row in found]


class TestProduct(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_code_is_trimmed_and_names_the_product(self):
		product = make_product(product_code="  9108  A ", product_name=" PCR  试剂 ")
		self.assertEqual(
			(product.name, product.product_code, product.product_name), ("9108 A", "9108 A", "PCR 试剂")
		)

	def test_code_is_unique_whatever_its_case_and_spaces(self):
		make_product(product_code="AB-1")
		for code in ("AB-1", " ab-1 "):
			with self.assertRaises(frappe.DuplicateEntryError):
				make_product(product_code=code)

	def test_code_and_name_are_required(self):
		for field in ("product_code", "product_name"):
			with self.assertRaises(frappe.ValidationError):
				make_product(**{field: "  "})

	def test_code_changes_by_renaming_only(self):
		product = make_product(product_code="OLD-CODE")
		product.product_code = "OTHER"
		product.save()
		self.assertEqual((product.name, product.product_code), ("OLD-CODE", "OLD-CODE"))
		ticket = make_ticket(product="OLD-CODE")
		frappe.rename_doc("Product", "OLD-CODE", "  NEW-CODE ", rebuild_search=False)
		self.assertEqual(frappe.db.get_value("Product", "NEW-CODE", "product_code"), "NEW-CODE")
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket.name, "product"), "NEW-CODE")

	def test_new_code_obeys_the_rules(self):
		product, other = make_product(), make_product()
		for code in (other.name, "a/b", "x" * 61):
			with self.assertRaises(OwnNumberError):
				frappe.rename_doc("Product", product.name, code, rebuild_search=False)

	def test_two_products_can_be_merged(self):
		product, other = make_product(), make_product()
		frappe.rename_doc("Product", product.name, other.name, merge=True, rebuild_search=False)
		self.assertFalse(frappe.db.exists("Product", product.name))

	def test_negative_values_are_refused(self):
		for field in ("price", "warranty_months", "maintenance_cycle_months"):
			with self.assertRaises(frappe.NonNegativeError):
				make_product(**{field: -1})

	def test_disabled_products_are_not_offered_but_readable(self):
		category = make_product_category().name
		shown = make_product(product_name="停产测试品", product_category=category)
		hidden = make_product(product_name="停产测试品", product_category=category, disabled=1)
		frappe.set_user(user_with("Service Agent"))
		self.assertEqual(offered("停产测试品"), [shown.name])
		self.assertTrue(frappe.get_doc("Product", hidden.name).has_permission("read"))

	def test_offered_by_code_name_and_model(self):
		product = make_product(product_name="某某离心机", model="LX-900")
		frappe.set_user(user_with("Service Agent"))
		for text in (product.name, "某某离心机", "LX-900"):
			self.assertIn(product.name, offered(text))

	def test_rights_of_each_role(self):
		product = make_product()
		for role, may_write, may_delete in (
			("Aftersales Administrator", True, False),
			("Service Manager", True, True),
			("Service Agent", False, False),
			("Knowledge Manager", False, False),
		):
			frappe.set_user(user_with(role))
			doc = frappe.get_doc("Product", product.name)
			self.assertTrue(doc.has_permission("read"), role)
			self.assertEqual(bool(doc.has_permission("write")), may_write, role)
			self.assertEqual(bool(doc.has_permission("delete")), may_delete, role)
			frappe.set_user("Administrator")
