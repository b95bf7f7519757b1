import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import upkeep
from aftersales.knowledge.panel import find_faqs, open_panel
from aftersales.testing import factories
from aftersales.testing.search import temporary_index


class TestPanel(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		context = temporary_index()
		cls.index = context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)
		cls.agent = factories.make_user("Service Agent").name
		cls.editor = factories.make_user("Knowledge Manager").name
		cls.category = factories.make_product_category().name
		cls.product = factories.make_product(product_category=cls.category).name
		make = factories.make_faq
		cls.own = make(
			question="奇怪的嘎吱声", product=cls.product, product_category=cls.category, state="Published"
		).name
		cls.general = make(question="嘎吱声一般原因", product_category=cls.category, state="Published").name
		cls.other = make(question="别的嘎吱声", state="Published").name
		cls.index.catch_up()

	def setUp(self):
		frappe.set_user(self.agent)

	def tearDown(self):
		frappe.set_user("Administrator")

	def scopes(self, *args, **kwargs):
		return {hit["name"]: hit["scope"] for hit in find_faqs(*args, **kwargs)["hits"]}

	def test_the_search_widens_from_product_to_category_to_all(self):
		found = self.scopes("嘎吱声", product=self.product)
		self.assertEqual(found, {self.own: "product", self.general: "category", self.other: "all"})
		self.assertEqual(list(found), [self.own, self.general, self.other])

	def test_enough_hits_stop_it(self):
		self.assertEqual(self.scopes("嘎吱声", product=self.product, limit=1), {self.own: "product"})

	def test_without_a_product_the_category_comes_first(self):
		found = self.scopes("嘎吱声", product_category=self.category)
		self.assertEqual(set(list(found)[:2]), {self.own, self.general})

	def test_one_request_fills_the_three_tabs(self):
		customer = factories.make_customer().name
		earlier = factories.make_ticket(customer=customer, product=self.product)
		ticket = factories.make_ticket(customer=customer, product=self.product)
		content = open_panel(ticket.name, self.product, customer, text="嘎吱声", faq_product=self.product)
		self.assertEqual(content["faqs"]["hits"][0]["name"], self.own)
		self.assertEqual([row.name for row in content["same_product"]["rows"]], [earlier.name])
		self.assertEqual([row.name for row in content["same_customer"]["rows"]], [earlier.name])

	def test_a_new_ticket_has_a_panel_too(self):
		content = open_panel(None, self.product, "", "", "嘎吱声", self.product, "")
		self.assertEqual(content["faqs"]["hits"][0]["name"], self.own)
		self.assertEqual(content["same_customer"], {"rows": [], "more": False})

	def test_guests_and_strangers_get_nothing(self):
		for user in ("Guest", factories.make_user("Aftersales Bridge").name):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, find_faqs, "嘎吱声")
			self.assertEqual(set(open_panel(text="嘎吱声").values()), {None})
			frappe.set_user("Administrator")

	def test_one_right_does_not_hide_the_other_tabs(self):
		role = frappe.get_doc(doctype="Role", role_name=factories.unique("Reader"), desk_access=1)
		frappe.set_user("Administrator")
		role.insert()
		frappe.permissions.add_permission("FAQ", role.name)
		self.addCleanup(frappe.clear_cache, doctype="FAQ")
		self.addCleanup(frappe.permissions.reset_perms, "FAQ")
		frappe.set_user(factories.make_user(role.name).name)
		content = open_panel(text="嘎吱声")
		self.assertTrue(content["faqs"]["hits"])
		self.assertIsNone(content["same_product"])

	def test_queries_of_a_form_that_opens(self):
		ticket = factories.make_ticket(customer=factories.make_customer().name, product=self.product)
		args = (ticket.name, ticket.product, ticket.customer, "", "嘎吱声", ticket.product, self.category)
		open_panel(*args)
		upkeep._checked[str(self.index.root)] = float("inf")
		with self.assertQueryCount(16):
			open_panel(*args)
