from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import upkeep
from aftersales.knowledge.collection import collections
from aftersales.knowledge.search_all import search_records
from aftersales.testing import factories
from aftersales.testing.search import temporary_index

WORD = "霹雳虎"


class TestSearchRecords(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.region = factories.make_region().name
		cls.phone = factories.unique_phone()
		cls.customer = factories.make_customer(
			customer_name=f"{WORD} 先生", phone=cls.phone, member_no="VIP-77-31", region=cls.region
		).name
		cls.other = factories.make_customer(
			customer_name=f"{WORD} 女士", region=factories.make_region().name
		).name
		cls.category = factories.make_product_category(is_group=1).name
		cls.below = factories.make_product_category(parent_product_category=cls.category).name
		cls.product = factories.make_product(
			product_code="QX-900 B", product_name=f"{WORD} 离心机 Centrifuge", product_category=cls.below
		).name
		cls.ticket = factories.make_ticket(
			customer=cls.customer, product=cls.product, question=f"{WORD} 转子不平衡", lot_no="LOT-2026/07"
		)
		cls.ticket.append("handling_log", {"entry": "客户说 gasket 已经换过"})
		cls.ticket.save()
		cls.ticket = cls.ticket.name
		cls.elsewhere = factories.make_ticket(customer=cls.other, question=f"{WORD} 电话里说不清").name
		cls.faq = factories.make_faq(question=f"{WORD} 怎么调平", state="Published").name
		context = temporary_index(*collections())
		context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)
		cls.agent = factories.user_with("Service Agent")

	def tearDown(self):
		frappe.set_user("Administrator")

	def find(self, text, user=None, **options):
		"""Names by collection."""
		frappe.set_user(user or self.agent)
		try:
			groups = search_records(text, **options)["groups"]
		finally:
			frappe.set_user("Administrator")
		self.totals = {group["collection"]: group["total"] for group in groups}
		self.groups = groups
		return {group["collection"]: [hit["name"] for hit in group["hits"]] for group in groups}

	def test_everything_in_one_search(self):
		found = self.find(WORD)
		self.assertEqual(list(found), ["Service Ticket", "Service Customer", "Product", "FAQ"])
		self.assertEqual(set(found["Service Ticket"]), {self.ticket, self.elsewhere})
		self.assertEqual(set(found["Service Customer"]), {self.customer, self.other})
		self.assertEqual((found["Product"], found["FAQ"]), ([self.product], [self.faq]))
		self.assertEqual(self.totals["Service Ticket"], 2)
		self.assertIn(f"<mark>{WORD}</mark>", self.groups[0]["hits"][0]["title_html"])

	def test_open_tickets_come_before_completed_ones(self):
		frappe.set_user("Administrator")
		done = factories.act(factories.make_ticket(question="照妖镜 模糊", handling="x"), "Resolve").name
		still = factories.make_ticket(question="照妖镜 模糊", handling="x").name
		upkeep.index_of("Service Ticket").refresh([done, still])
		self.assertEqual(self.find("照妖镜")["Service Ticket"], [still, done])

	def test_words_of_the_handling_log(self):
		self.assertEqual(self.find("gasket"), {"Service Ticket": [self.ticket]})

	def test_exact_keys_come_first(self):
		for text in (self.ticket, self.ticket.lower().replace("-", " "), "lot 2026 07", "LOT2026/07"):
			self.assertEqual(self.find(text)["Service Ticket"][0], self.ticket, text)
		for text in ("VIP-77-31", "vip7731", "vip 77 31"):
			self.assertEqual(self.find(text)["Service Customer"][0], self.customer, text)
		for text in ("QX-900 B", "qx900b", "qx 900 b", "ＱＸ－９００Ｂ"):
			self.assertEqual(self.find(text)["Product"][0], self.product, text)

	def test_telephone_numbers_in_any_notation(self):
		spaced = f"{self.phone[:3]} {self.phone[3:7]} {self.phone[7:]}"
		for text in (self.phone, spaced, f"+86 {spaced}", f"0086{self.phone}"):
			found = self.find(text)
			self.assertEqual(found["Service Customer"], [self.customer], text)
			self.assertEqual(found["Service Ticket"], [self.ticket], text)

	def test_one_collection_and_its_pages(self):
		found = self.find(WORD, collection="Service Ticket", limit=1)
		self.assertEqual(list(found), ["Service Ticket"])
		second = self.find(WORD, collection="Service Ticket", limit=1, start=1)
		self.assertEqual({*found["Service Ticket"], *second["Service Ticket"]}, {self.ticket, self.elsewhere})

	def test_filters_leave_out_what_they_do_not_concern(self):
		found = self.find(WORD, product_category=self.category)
		self.assertEqual(found, {"Service Ticket": [self.ticket], "Product": [self.product]})
		self.assertEqual(self.find(WORD, product=self.product), {"Service Ticket": [self.ticket]})

	def test_user_permissions_limit_hits_and_counts(self):
		limited = factories.make_user("Service Agent").name
		permission = {"user": limited, "allow": "Service Region", "for_value": self.region}
		frappe.get_doc(doctype="User Permission", apply_to_all_doctypes=1, **permission).insert()
		found = self.find(WORD, limited)
		self.assertEqual(found["Service Customer"], [self.customer])
		self.assertEqual(found["Service Ticket"], [self.ticket])
		self.assertEqual((self.totals["Service Customer"], self.totals["Service Ticket"]), (1, 1))
		frappe.share.add("Service Customer", self.other, limited)
		self.assertEqual(set(self.find(WORD, limited)["Service Customer"]), {self.customer, self.other})

	def test_a_code_that_limits_lists_limits_counts(self):
		"""What an app's own hook leaves of a list is counted hit by hit."""
		get_hooks = frappe.get_hooks
		path = "aftersales.knowledge.test_records.only_one"

		def hooks(hook=None, *args, **kwargs):
			found = get_hooks(hook, *args, **kwargs)
			return {**found, "Service Customer": [path]} if hook == "permission_query_conditions" else found

		condition = f"`tabService Customer`.`name` = {frappe.db.escape(self.other)}"
		with (
			patch.object(frappe, "get_hooks", hooks),
			patch("aftersales.knowledge.test_records.only_one", lambda user: condition, create=True),
		):
			self.assertEqual(
				self.find(WORD, collection="Service Customer"), {"Service Customer": [self.other]}
			)
		self.assertEqual(self.totals, {"Service Customer": 1})

	def test_a_hidden_hit_is_not_counted_either(self):
		"""The index still has it; the database has the last word."""
		frappe.db.set_value("FAQ", self.faq, "published", 0, update_modified=False)
		self.assertNotIn("FAQ", self.find(WORD))
		frappe.db.set_value("FAQ", self.faq, "published", 1, update_modified=False)

	def test_roles_see_their_collections_only(self):
		reader = factories.user_with("Shop Staff")
		for collection in self.find(WORD, reader):
			self.assertTrue(frappe.has_permission(collection, "read", user=reader))
		for user in ("Guest", factories.user_with("Aftersales Bridge")):
			self.assertRaises(frappe.PermissionError, self.find, WORD, user)

	def test_saved_deleted_and_renamed_documents(self):
		frappe.set_user(self.agent)
		mine = factories.make_customer(customer_name="闪电貂 先生").name
		self.assertEqual(self.find("闪电貂"), {"Service Customer": [mine]})
		frappe.set_user(self.agent)
		frappe.db.set_value("Service Customer", mine, "customer_name", "雷公 先生")
		upkeep.index_of("Service Customer").catch_up()
		self.assertEqual(self.find("闪电貂"), {})
		frappe.delete_doc("Service Customer", mine, ignore_permissions=True)
		upkeep.index_of("Service Customer").catch_up()
		self.assertEqual(self.find("雷公"), {})

	def test_a_field_for_some_only_is_not_indexed(self):
		frappe.get_doc(
			doctype="Property Setter",
			doctype_or_field="DocField",
			doc_type="Service Customer",
			field_name="remarks",
			property="permlevel",
			property_type="Int",
			value="1",
		).insert()
		frappe.clear_cache(doctype="Service Customer")
		self.addCleanup(frappe.clear_cache, doctype="Service Customer")
		secret = factories.make_customer(remarks="金钟罩").name
		upkeep.index_of("Service Customer").refresh([secret])
		self.assertEqual(self.find("金钟罩"), {})

	def test_nothing_in_a_hit_is_markup(self):
		name = factories.make_ticket(question="x").name
		frappe.db.set_value("Service Ticket", name, "question", "<img src=x onerror=alert(1)> 铁布衫")
		upkeep.index_of("Service Ticket").refresh([name])
		self.find("铁布衫")
		hit = self.groups[0]["hits"][0]
		self.assertIn("&lt;img", hit["title_html"])
		self.assertNotIn("<img", "".join(hit[key] for key in ("title_html", "facts_html", "text_html")))

	def test_statements_per_search(self):
		self.find(WORD)
		frappe.set_user(self.agent)
		with patch.object(upkeep, "CHECK_SECONDS", 3600), self.assertQueryCount(5):
			search_records(WORD)  # one per collection, and the colours of states

	def test_bounds(self):
		for bounds in ({"limit": 0}, {"limit": 51}, {"start": -1}):
			self.assertRaises(frappe.ValidationError, search_records, WORD, **bounds)
