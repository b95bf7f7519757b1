from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils.file_manager import save_file

from aftersales.knowledge import feedback, misses, readers
from aftersales.knowledge.feedback import FeedbackError, answer_opened, give_feedback
from aftersales.knowledge.use import count_uses
from aftersales.testing import factories
from aftersales.testing.search import temporary_index

GUEST, CUSTOMER, DEALER = ("Public",), ("Customers", "Public"), ("Dealers", "Customers", "Public")
WORD = "金箍棒"


class TestReaders(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.category = factories.make_faq_category(is_group=1, parent_faq_category="All FAQs").name
		cls.below = factories.make_faq_category(parent_faq_category=cls.category).name
		cls.made = {
			audience: factories.make_faq(
				question=f"{WORD} 给{audience}",
				audience=audience,
				faq_category=cls.below,
				language="zh",
				state="Published",
			).name
			for audience in ("Internal", "Dealers", "Customers", "Public")
		}
		factories.make_faq(question=f"{WORD} 草稿", audience="Public", faq_category=cls.below)
		factories.make_faq(
			question=f"{WORD} 停用", audience="Public", faq_category=cls.below, state="Retired"
		)
		cls.english = factories.make_faq(
			question=f"{WORD} in English",
			audience="Customers",
			language="en",
			translation_of=cls.made["Public"],
			faq_category=cls.below,
			state="Published",
		).name
		context = temporary_index()
		cls.index = context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)

	def setUp(self):
		frappe.set_user("Guest")

	def tearDown(self):
		frappe.set_user("Administrator")

	def find(self, audiences, text=WORD, **options):
		found = readers.search(text, audiences, category=self.category, **options)
		self.assertEqual(found["total"], len(found["hits"]))
		return {hit["name"] for hit in found["hits"]}

	def names(self, *audiences):
		return {self.made[audience] for audience in audiences}

	def test_each_audience_finds_its_own_and_counts_no_more(self):
		self.assertEqual(self.find(GUEST), self.names("Public"))
		self.assertEqual(self.find(CUSTOMER), {*self.names("Customers", "Public"), self.english})
		self.assertEqual(self.find(DEALER), {*self.names("Dealers", "Customers", "Public"), self.english})
		self.assertEqual(self.find(()), set())
		self.assertEqual(self.find(GUEST, ""), self.names("Public"))

	def test_hidden_words_tell_nothing(self):
		for text in ("给Internal", "Internal", "草稿", "停用", self.made["Internal"]):
			self.assertNotIn(self.made["Internal"], self.find(GUEST, text), text)
		self.assertEqual(
			readers.suggest(f"{WORD} 给Internal", GUEST, limit=30)[0]["name"], self.made["Public"]
		)
		self.assertEqual(readers.suggest("x", GUEST), [])

	def test_hidden_and_missing_are_answered_alike(self):
		messages = set()
		for name in (self.made["Internal"], self.made["Dealers"], "never there"):
			with self.assertRaises(frappe.DoesNotExistError) as raised:
				readers.read(name, GUEST)
			messages.add(str(raised.exception))
		self.assertEqual(len(messages), 1)

	def test_what_the_index_still_has_is_checked_again(self):
		frappe.db.set_value("FAQ", self.made["Public"], "audience", "Internal", update_modified=False)
		self.assertEqual(self.find(GUEST), set())
		frappe.db.set_value("FAQ", self.made["Public"], "audience", "Public", update_modified=False)

	def test_the_language_decides_and_hides_as_well(self):
		self.assertEqual(readers.read(self.made["Public"], CUSTOMER, "en")["name"], self.english)
		self.assertEqual(readers.read(self.made["Public"], GUEST, "en")["name"], self.made["Public"])
		self.assertEqual(readers.read(self.made["Public"], GUEST)["translations"], [])
		self.assertEqual(readers.search(WORD, CUSTOMER, "en", self.category)["hits"][0]["name"], self.english)

	def test_categories_and_the_site_map_hold_what_is_visible(self):
		counts = {row["name"]: row["count"] for row in readers.categories(GUEST)}
		self.assertEqual((counts[self.category], counts[self.below]), (1, 1))
		self.assertNotIn(self.category, {row["name"] for row in readers.categories(())})
		listed = {row.name for row in readers.sitemap(GUEST)}
		self.assertTrue(listed.isdisjoint(self.names("Internal", "Dealers", "Customers")))
		self.assertIn(self.made["Public"], listed)

	def test_files_of_visible_answers_only(self):
		frappe.set_user("Administrator")
		files = {}
		for audience in ("Internal", "Public"):
			manual = save_file("manual.pdf", b"%PDF-1.4 x", None, None, is_private=0)
			inside = save_file("inside.txt", b"for us", "FAQ", self.made[audience], is_private=1)
			faq = frappe.get_doc("FAQ", self.made[audience])
			faq.append("attachments", {"file": manual.file_url, "title": "手册"})
			faq.answer = f'<p><a href="{manual.file_url}">x</a></p>'
			faq.save()
			row = frappe.get_all(
				"File", {"attached_to_name": faq.name, "file_url": faq.attachments[0].file}, pluck="name"
			)
			files[audience] = (row[0], inside.name)
		frappe.set_user("Guest")
		_name, content, kind = readers.file(self.made["Public"], files["Public"][0], GUEST)
		self.assertEqual((content, kind), (b"%PDF-1.4 x", "application/pdf"))
		shown = readers.read(self.made["Public"], GUEST)
		self.assertIn(files["Public"][0], shown["attachments"][0]["url"])
		self.assertNotIn("/private/files/", shown["answer_html"])
		for faq, file in (
			(self.made["Internal"], files["Internal"][0]),
			(self.made["Public"], files["Internal"][0]),
			(self.made["Public"], files["Public"][1]),
			(self.made["Public"], "never there"),
		):
			self.assertRaises(frappe.DoesNotExistError, readers.file, faq, file, GUEST)

	def test_without_index_the_database_answers(self):
		with temporary_index("Product"):
			found = readers.search("给Public", GUEST, category=self.category)
		self.assertFalse(found["complete"])
		self.assertEqual([hit["name"] for hit in found["hits"]], [self.made["Public"]])

	def test_feedback_of_visitors(self):
		faq = self.made["Public"]
		self.assertRaises(frappe.DoesNotExistError, readers.give_feedback, self.made["Internal"], GUEST, True)
		self.assertRaises(FeedbackError, readers.give_feedback, faq, GUEST, False, "no such reason")
		readers.give_feedback(faq, GUEST, False, "Wrong", "<b>x</b>" * 200, "visitor one")
		readers.give_feedback(faq, GUEST, True, "Wrong", visitor="visitor one")
		readers.give_feedback(faq, GUEST, False, "Out of Date", visitor="visitor two")
		rows = frappe.get_all(
			"FAQ Feedback", {"faq": faq}, ["helpful", "reason", "source"], order_by="creation"
		)
		self.assertEqual(
			[tuple(row.values()) for row in rows], [("Yes", None, "Portal"), ("No", "Out of Date", "Portal")]
		)
		count_uses()
		self.assertEqual(frappe.db.get_value("FAQ", faq, ["helpful_count", "unhelpful_count"]), (1, 1))

	def test_the_desk_functions_ask_for_permission(self):
		draft = factories.make_faq().name
		for user in ("Guest", factories.user_with("Aftersales Bridge"), factories.user_with("Service Agent")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, give_feedback, draft, True)
			self.assertRaises(frappe.PermissionError, answer_opened, draft)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, misses.note_search_miss, "anything")


def unknown(word: str) -> str:
	"""Return a word that nobody has searched for; without digits, which might look like a telephone number."""
	return word + frappe.generate_hash(length=12).translate(str.maketrans("0123456789", "ghijklmnop"))


class TestMisses(FrappeTestCase):
	def test_people_are_left_out(self):
		text = f"{unknown('缺少的')} 零件"
		self.assertTrue(misses.note(f"{text} 138-1234-5678 me@example.com", "Portal"))
		row = frappe.get_all("Search Miss", {"text": text}, ["owner", "source", "text_key"])[0]
		self.assertEqual((row.owner, row.source), ("Administrator", "Portal"))
		for nothing in ("", "13812345678", "x", "?!"):
			self.assertFalse(misses.note(nothing, "Portal"))
		self.assertTrue(misses.note(text, "elsewhere"))

	def test_what_visitors_write_is_markup_and_formula_nowhere(self):
		"""The report and the list show it to the staff as HTML, and people export it."""
		word = unknown("zz")
		for text in (f"<img src=x onerror=alert(1)> {word}", f'=HYPERLINK("http://evil") {word}', f"@{word}"):
			self.assertTrue(misses.note(text, "Portal"))
		rows = frappe.get_all("Search Miss", {"text": ("like", f"%{word}%")}, pluck="text")
		self.assertEqual(len(rows), 3)
		for text in rows:
			self.assertNotRegex(text, r"[<>]|^[=+@-]")
		feedback.keep(factories.make_faq().name, helpful=False, comment=f"<img src=//evil> {word}")
		comment = frappe.get_last_doc("FAQ Feedback", {"comment": ("like", f"%{word}%")}).comment
		self.assertEqual(comment, f"‹img src=//evil› {word}")

	def test_visitors_do_not_fill_the_table(self):
		frappe.cache.delete_keys("aftersales_search_misses")
		self.addCleanup(frappe.cache.delete_keys, "aftersales_search_misses")
		with patch.object(misses, "MOST_OF_VISITORS", 2):
			noted = [misses.note(unknown("nothing"), "Portal") for _time in range(4)]
			self.assertEqual(noted, [True, True, False, False])
			self.assertTrue(misses.note(unknown("nothing"), "Search"))

	def test_the_report_counts_spellings_as_one_and_says_what_is_found_by_now(self):
		from aftersales.knowledge.report.searches_without_result.searches_without_result import execute

		word = f"诛仙剑{frappe.generate_hash(length=4)}"
		for text in (word, word.upper(), f" {word}！"):
			misses.note(text, "Ticket")
		misses.note(f"{word} 别的", "Portal")
		factories.make_faq(question=f"{word} 保养", state="Published")
		today = frappe.utils.nowdate()
		with temporary_index():
			rows = execute({"from_date": today, "to_date": today})[1]
			only = execute({"from_date": today, "to_date": today, "source": "Portal"})[1]
		mine = {row.times: row.found_now for row in rows if word.lower() in row.text.lower()}
		self.assertEqual(mine, {3: 1, 1: 1})
		self.assertEqual([row.times for row in only if word.lower() in row.text.lower()], [1])
		for role in ("Service Agent", "Aftersales Bridge"):
			frappe.set_user(factories.user_with(role))
			self.assertRaises(frappe.PermissionError, execute, {"from_date": today, "to_date": today})
			frappe.set_user("Administrator")

	def test_old_ones_go(self):
		name = factories.make_search_miss().name
		frappe.db.set_value("Search Miss", name, "creation", "2020-01-01", update_modified=False)
		commit, frappe.db.commit = frappe.db.commit, lambda: None
		try:
			misses.remove_old()
		finally:
			frappe.db.commit = commit
		self.assertFalse(frappe.db.exists("Search Miss", name))
