import shutil
from unittest.mock import patch

import frappe
from frappe.permissions import add_permission, reset_perms
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import finder, upkeep
from aftersales.knowledge.search import search_faqs
from aftersales.testing import factories
from aftersales.testing.search import temporary_index


class SearchTestCase(FrappeTestCase):
	"""An index of its own and a category of its own, so that other entries of the site do not count."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		# enterClassContext needs Python 3.11
		context = temporary_index()
		cls.index = context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)
		cls.category = factories.make_faq_category(is_group=1).name
		cls.agent = factories.make_user("Service Agent").name
		cls.colleague = factories.make_user("Service Agent").name
		cls.editor = factories.make_user("Knowledge Manager").name

	def tearDown(self):
		frappe.set_user("Administrator")

	@classmethod
	def publish(cls, question, answer="<p>-</p>", **fields):
		fields = {"faq_category": cls.category, "state": "Published", **fields}
		return factories.make_faq(question=question, answer=answer, **fields).name

	def find(self, text, user=None, **filters):
		"""Names found in the test's own category."""
		frappe.set_user(user or self.agent)
		try:
			found = search_faqs(text, category=filters.pop("category", self.category), **filters)
		finally:
			frappe.set_user("Administrator")
		self.assertTrue(found["complete"])
		self.total = found["total"]
		self.hits = found["hits"]
		return [hit["name"] for hit in self.hits]


class TestSearch(SearchTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.product = factories.make_product(product_code="ZQ-001 A", product_name="迷你冰箱 Fridge")
		cls.group = factories.make_product_category(is_group=1)
		cls.below = factories.make_product_category(parent_product_category=cls.group.name)
		cls.sub = factories.make_faq_category(parent_faq_category=cls.category).name
		cls.cooling = cls.publish(
			"迷你冰箱不制冷怎么办",
			"<p>检查温控器 &amp; 门封条</p>",
			keywords="not cooling, 不凉",
			product=cls.product.name,
		)
		cls.leak = cls.publish("净水器漏水", "<p>关闭进水阀</p>", product_category=cls.below.name)
		cls.kettle = cls.publish(
			"Kettle leaks at the bottom",
			"<p>Refrigerant is not involved; 不制冷无关</p>",
			product_codes="ZQ-777\nZQ.778/B",
		)
		cls.below_category = cls.publish("扫地机器人不回充", faq_category=cls.sub)
		cls.index.catch_up()

	def test_chinese(self):
		self.assertEqual(self.find("漏水")[0], self.leak)
		self.assertEqual(self.find("冰箱坏了，完全不制冷了怎么办啊")[0], self.cooling)

	def test_the_question_counts_more_than_the_answer(self):
		self.assertEqual(self.find("不制冷"), [self.cooling, self.kettle])

	def test_one_character(self):
		self.assertEqual(self.find("漏"), [self.leak])

	def test_english_with_stem_prefix_and_typo(self):
		self.assertEqual(self.find("leaking kettles"), [self.kettle])
		self.assertEqual(self.find("refriger"), [self.kettle])
		self.assertEqual(self.find("kettel"), [self.kettle])
		self.assertEqual(self.find("COOLING"), [self.cooling])

	def test_mixed_text(self):
		self.assertEqual(self.find("fridge 不凉")[0], self.cooling)

	def test_product_name_finds_it(self):
		self.assertIn(self.cooling, self.find("迷你"))

	def test_codes_in_every_spelling(self):
		for spelling in ("ZQ-001 A", "zq001a", "zq 001 a", "ＺＱ００１Ａ", "ZQ-001"):
			self.assertEqual(self.find(spelling), [self.cooling], spelling)
		self.assertEqual(self.find("zq778b"), [self.kettle])

	def test_product_filter(self):
		for spelling in ("ZQ-001 A", "zq001a"):
			self.assertEqual(self.find("不制冷", product=spelling), [self.cooling])
			self.assertEqual(self.find("", product=spelling), [self.cooling])
		self.assertEqual(self.find("", product="ZQ777"), [self.kettle])
		self.assertEqual(self.find("漏水", product="zq001a"), [])

	def test_category_filters_take_the_subtree(self):
		self.assertEqual(self.find("回充"), [self.below_category])
		self.assertEqual(self.find("漏水", category=self.sub), [])
		self.assertEqual(self.find("漏水", product_category=self.group.name), [self.leak])
		self.assertEqual(self.find("漏水", product_category="no such category"), [])

	def test_empty_text_lists_the_most_used_first(self):
		frappe.db.set_value("FAQ", self.leak, "used_count", 7, update_modified=False)
		names = self.find("", limit=2)
		self.assertEqual(names[0], self.leak)
		self.assertEqual((len(names), self.total), (2, 4))
		self.assertEqual(len(self.find("", limit=2, start=2)), 2)
		self.assertEqual(self.total, 4)

	def test_pages(self):
		self.assertEqual(self.find("不制冷", limit=1), [self.cooling])
		self.assertEqual(self.total, 2)
		self.assertEqual(self.find("不制冷", limit=1, start=1), [self.kettle])

	def test_what_a_hit_holds(self):
		frappe.get_doc("FAQ", self.cooling).append(
			"pictures", {"image": "/files/x.png", "caption": "阀"}
		).db_insert()
		self.find("不制冷")
		hit = self.hits[0]
		self.assertEqual(hit["question_html"], "迷你冰箱<mark>不制冷</mark>怎么办")
		self.assertEqual(hit["answer_text"], "检查温控器 & 门封条")
		self.assertEqual(hit["snippet"], "检查温控器 &amp; 门封条")
		self.assertEqual(hit["pictures"], [{"image": "/files/x.png", "caption": "阀"}])
		self.assertEqual(
			(hit["category"], hit["product"], hit["published"]), (self.category, self.product.name, 1)
		)
		self.assertGreater(hit["score"], self.hits[1]["score"])

	def test_strange_input_finds_nothing_and_breaks_nothing(self):
		for text in (
			'"',
			"+-!(){}[]^~*?:\\/",
			"title:冰箱 AND (",
			"<script>alert(1)</script>",
			"%_",
			"\x00",
			"不" * 5000,
		):
			self.find(text)

	def test_bounds(self):
		for bounds in ({"limit": 0}, {"limit": 51}, {"start": -1}, {"start": 1001}):
			with self.assertRaises(frappe.ValidationError):
				search_faqs("x", **bounds)

	def test_nothing_in_a_hit_is_markup_of_its_author(self):
		name = self.publish("<img src=x onerror=alert(1)> 打火")
		# Past Frappe's own cleaning, as an import into the database would be.
		frappe.db.set_value("FAQ", name, "question", "<img src=x onerror=alert(1)> 打火")
		frappe.db.set_value("FAQ", name, "answer", "<p onclick='x()'>打火<script>alert(1)</script></p>")
		self.index.catch_up()
		self.find("打火")
		hit = self.hits[0]
		self.assertTrue(
			hit["question_html"].startswith("&lt;img src=x onerror=alert(1)&gt; <mark>打火</mark>")
		)
		self.assertNotIn("<script", hit["answer_html"])
		self.assertNotIn("onclick", hit["answer_html"])
		self.assertNotIn("<script", hit["snippet"])

	def test_queries_per_search(self):
		self.find("不制冷")
		frappe.set_user(self.agent)
		with patch.object(upkeep, "CHECK_SECONDS", 3600), self.assertQueryCount(3):
			# hits, their pictures, and the category's place in the tree is two more when asked for
			search_faqs("不制冷")


class TestWhoFindsWhat(SearchTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.internal = cls.publish("保密话术 internal wording", audience="Internal")
		cls.dealers = cls.publish("保密话术 dealer wording", audience="Dealers")
		cls.customers = cls.publish("保密话术 customer wording", audience="Customers")
		cls.public = cls.publish("保密话术 public wording", audience="Public")
		frappe.set_user(cls.agent)
		cls.draft = cls.publish("保密话术 draft wording", state="Draft")
		cls.waiting = cls.publish("保密话术 waiting wording", state="In Review")
		frappe.set_user("Administrator")
		cls.retired = cls.publish("保密话术 retired wording", state="Retired")
		cls.published = {cls.internal, cls.dealers, cls.customers, cls.public}
		cls.index.catch_up()

	def test_agents_find_what_is_published_and_their_own_drafts(self):
		self.assertEqual(set(self.find("保密话术", self.colleague)), self.published)
		self.assertEqual(self.total, 4)
		self.assertEqual(set(self.find("保密话术", self.agent)), {*self.published, self.draft, self.waiting})
		self.assertEqual(self.total, 6)

	def test_editors_find_all_but_the_retired(self):
		self.assertEqual(set(self.find("保密话术", self.editor)), {*self.published, self.draft, self.waiting})

	def test_a_word_of_a_hidden_entry_tells_nothing(self):
		for word in ("draft", "waiting", "retired"):
			frappe.set_user(self.colleague)
			self.assertNotIn(word, str(search_faqs(word, category=self.category)["hits"]))
			self.assertEqual(search_faqs(word, category=self.category)["total"], 0)

	def test_lists_agree_with_the_search(self):
		frappe.set_user(self.colleague)
		listed = frappe.get_list("FAQ", filters={"faq_category": self.category}, pluck="name", limit=0)
		self.assertEqual(set(listed), self.published)
		for name in (self.draft, self.waiting, self.retired):
			self.assertFalse(frappe.has_permission("FAQ", "read", doc=name))
		for name in self.published:
			self.assertTrue(frappe.has_permission("FAQ", "read", doc=name))

	def test_an_entry_that_the_index_still_has_is_checked_again(self):
		category = factories.make_faq_category().name
		name = self.publish("保密话术 hidden meanwhile", faq_category=category)
		self.index.catch_up()
		self.assertEqual(self.find("保密话术", self.colleague, category=category), [name])
		frappe.db.set_value("FAQ", name, {"published": 0}, update_modified=False)
		self.assertEqual(self.find("保密话术", self.colleague, category=category), [])
		self.assertEqual(self.total, 0)

	def test_website_users_find_what_is_for_them(self):
		role = frappe.get_doc(doctype="Role", role_name=factories.unique("Portal"), desk_access=0).insert()
		customer = factories.make_user(role.name, user_type="Website User").name
		self.assertRaises(frappe.PermissionError, self.find, "保密话术", customer)
		self.addCleanup(frappe.clear_cache, doctype="FAQ")
		add_permission("FAQ", role.name)
		self.assertEqual(set(self.find("保密话术", customer)), {self.customers, self.public})
		self.assertEqual(self.total, 2)
		frappe.set_user(customer)
		self.assertEqual(
			set(frappe.get_list("FAQ", filters={"faq_category": self.category}, pluck="name")),
			{self.customers, self.public},
		)
		self.assertFalse(frappe.has_permission("FAQ", "read", doc=self.internal))
		frappe.set_user("Administrator")
		reset_perms("FAQ")

	def test_guests_and_other_roles_are_refused(self):
		for user in (
			"Guest",
			factories.make_user("Aftersales Bridge").name,
			factories.make_user("Blogger").name,
		):
			with self.assertRaises(frappe.PermissionError):
				self.find("保密话术", user)

	def test_user_permissions_limit_hits_and_total(self):
		mine = factories.make_product_category().name
		limited = factories.make_user("Service Agent").name
		category = factories.make_faq_category().name
		general = self.publish("保密话术 general", faq_category=category)
		allowed = self.publish("保密话术 allowed", faq_category=category, product_category=mine)
		other = factories.make_product_category().name
		for number in range(3):
			self.publish(f"保密话术 elsewhere {number}", faq_category=category, product_category=other)
		self.index.catch_up()
		frappe.get_doc(
			doctype="User Permission",
			user=limited,
			allow="Product Category",
			for_value=mine,
			apply_to_all_doctypes=1,
		).insert()
		# Entries without a category stay visible, as everywhere in Frappe.
		self.assertEqual(set(self.find("保密话术", limited, category=category)), {general, allowed})
		self.assertEqual(self.total, 2)
		self.find("保密话术", self.agent, category=category)
		self.assertEqual(self.total, 5)


class TestWithoutIndex(SearchTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.name = cls.publish("除湿机没有水 dehumidifier dry")
		frappe.set_user(cls.agent)
		cls.own = cls.publish("除湿机草稿", state="Draft")
		frappe.set_user("Administrator")
		cls.publish("除湿机停产", state="Retired")
		cls.index.catch_up()

	def search_incomplete(self, text, user=None, **filters):
		frappe.set_user(user or self.agent)
		with patch.object(upkeep, "request_rebuild") as requested:
			found = search_faqs(text, category=self.category, **filters)
		frappe.set_user("Administrator")
		requested.assert_called()
		self.assertFalse(found["complete"])
		return {hit["name"] for hit in found["hits"]}

	def test_the_database_answers_when_the_index_is_missing(self):
		shutil.rmtree(self.index.root)
		self.assertEqual(self.search_incomplete("除湿机"), {self.name, self.own})
		self.assertEqual(self.search_incomplete("dehumidifier", self.colleague), {self.name})
		self.index.rebuild()
		self.assertEqual(set(self.find("除湿机")), {self.name, self.own})

	def test_the_database_answers_when_the_index_is_damaged(self):
		self.index.rebuild()
		self.find("除湿机")
		damage = [
			path for path in self.index.generation().iterdir() if path.suffix in (".term", ".idx", ".json")
		]
		for path in damage:
			path.unlink()
			path.write_bytes(b"not what tantivy wrote")
		self.assertEqual(self.search_incomplete("除湿机"), {self.name, self.own})
		self.index.rebuild()
		self.assertEqual(set(self.find("除湿机")), {self.name, self.own})

	def test_an_index_of_another_format_is_not_read(self):
		(self.index.root / "CURRENT").write_text("0-old")
		self.assertEqual(self.search_incomplete("除湿机"), {self.name, self.own})
		self.index.rebuild()

	def test_only_the_newest_are_looked_through(self):
		shutil.rmtree(self.index.root)
		frappe.db.set_value("FAQ", self.name, "modified", "2001-01-01", update_modified=False)
		with patch.object(finder, "MAX_SCANNED", 1):
			self.assertNotIn(self.name, self.search_incomplete("除湿机"))
		self.index.rebuild()

	def test_empty_text_needs_no_index(self):
		shutil.rmtree(self.index.root)
		frappe.set_user(self.agent)
		self.assertIn(
			self.name, [hit["name"] for hit in search_faqs("", category=self.category, limit=50)["hits"]]
		)
		self.index.rebuild()
