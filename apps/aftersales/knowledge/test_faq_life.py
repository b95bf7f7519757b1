import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, nowdate
from frappe.utils.file_manager import save_file

from aftersales.knowledge import faq_life
from aftersales.knowledge.faq_files import FileNotUsableError
from aftersales.knowledge.faq_life import TranslationError
from aftersales.knowledge.versions import get_versions
from aftersales.testing import factories

DOT = (
	b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
	b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)


class TestReview(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.editor = factories.make_user("Knowledge Manager").name

	def tearDown(self):
		frappe.set_user("Administrator")

	def publish_as_editor(self, **fields):
		faq = factories.make_faq(state="In Review", **fields)
		frappe.set_user(self.editor)
		faq = apply_workflow(frappe.get_doc("FAQ", faq.name), "Publish")
		frappe.set_user("Administrator")
		return frappe.get_doc("FAQ", faq.name)

	def tasks(self, faq):
		return frappe.get_all(
			"ToDo", {"reference_type": "FAQ", "reference_name": faq.name}, ["allocated_to", "status"]
		)

	def test_publishing_plans_the_review(self):
		faq = self.publish_as_editor(review_months=6)
		self.assertEqual((faq.reviewer, faq.review_date), (self.editor, getdate(add_months(nowdate(), 6))))
		self.assertIsNone(self.publish_as_editor(review_months=0).review_date)

	def test_a_reminder_once_and_an_answer_that_still_holds(self):
		faq = self.publish_as_editor()
		faq_life.remind_of_reviews()
		self.assertEqual(self.tasks(faq), [])
		frappe.db.set_value("FAQ", faq.name, "review_date", nowdate())
		faq_life.remind_of_reviews()
		faq_life.remind_of_reviews()
		self.assertEqual([row.allocated_to for row in self.tasks(faq)], [self.editor])
		frappe.set_user(self.editor)
		self.assertEqual(faq_life.reviews_due(self.editor, 0)["count"], 1)
		frappe.get_doc("FAQ", faq.name).confirm_answer()
		self.assertEqual(faq_life.reviews_due(self.editor, 0)["count"], 0)
		frappe.set_user("Administrator")
		self.assertEqual([row.status for row in self.tasks(faq)], ["Closed"])

	def test_whoever_left_is_replaced_by_those_who_look_after_all(self):
		faq = self.publish_as_editor()
		frappe.db.set_value(
			"FAQ", faq.name, {"review_date": add_days(nowdate(), -1), "reviewer": "gone@test.example"}
		)
		faq_life.remind_of_reviews()
		self.assertIn(self.editor, [row.allocated_to for row in self.tasks(faq)])

	def test_an_agent_cannot_confirm(self):
		faq = self.publish_as_editor()
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(frappe.PermissionError, frappe.get_doc("FAQ", faq.name).confirm_answer)


class TestVersions(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_each_published_change_counts(self):
		faq = factories.make_faq()
		self.assertEqual(faq.version_no, 0)
		faq.answer = "<p>besser</p>"
		faq.save()
		self.assertEqual(faq.version_no, 0)
		faq = factories.act(faq, "Submit for Review", "Publish")
		self.assertEqual(faq.version_no, 1)
		faq.keywords = "x"
		faq.save()
		self.assertEqual(faq.version_no, 1)
		faq.answer = "<p>noch besser</p>"
		faq.version_no = 77
		faq.save()
		self.assertEqual(faq.version_no, 2)

	def test_earlier_wordings_are_shown_safely(self):
		faq = factories.make_faq(question="旧问题", answer="<p>旧答案</p>", state="Published")
		faq.question, faq.answer = "新问题", "<p>新答案</p>"
		faq.save(ignore_version=False)
		version = frappe.get_last_doc("Version", {"docname": faq.name})
		version.db_set("data", version.data.replace("旧答案", "旧答案<script>x</script>"))
		rows = get_versions(faq.name)
		self.assertEqual(rows[0]["question"], "旧问题")
		self.assertIn("旧答案", rows[0]["answer_html"])
		self.assertNotIn("<script", rows[0]["answer_html"])

	def test_only_for_those_who_may_read_it(self):
		draft = factories.make_faq()
		for user in ("Guest", factories.user_with("Service Agent"), factories.user_with("Aftersales Bridge")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, get_versions, draft.name)


class TestTranslations(FrappeTestCase):
	def test_one_per_language_and_no_chains(self):
		original = factories.make_faq(language="zh")
		english = factories.make_faq(language="en", translation_of=original.name)
		self.assertEqual(
			faq_life.translations_of([original.name, english.name]),
			{original.name: [english.name], english.name: [original.name]},
		)
		for fields in (
			{"language": "en", "translation_of": original.name},
			{"language": "zh", "translation_of": original.name},
			{"language": None, "translation_of": original.name},
			{"language": "de", "translation_of": english.name},
		):
			self.assertRaises(TranslationError, factories.make_faq, **fields)
		original.translation_of = factories.make_faq(language="en").name
		self.assertRaises(TranslationError, original.save)

	def test_deleting_the_original_frees_its_translations(self):
		original = factories.make_faq(language="zh")
		english = factories.make_faq(language="en", translation_of=original.name)
		original.reload()
		original.delete()
		self.assertIsNone(frappe.db.get_value("FAQ", english.name, "translation_of"))


class TestFiles(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def upload(self, is_private=0, **attached):
		name = f"{frappe.generate_hash(length=8)}.png"
		return save_file(
			name, DOT + name.encode(), attached.get("dt"), attached.get("dn"), is_private=is_private
		)

	def test_files_become_private_and_belong_to_the_entry(self):
		picture, manual, inline = (self.upload() for _ in range(3))
		faq = factories.make_faq(
			pictures=[{"image": picture.file_url}],
			attachments=[{"file": manual.file_url, "title": "说明书"}],
			answer=f'<p><img src="{inline.file_url}"></p>',
		)
		faq.reload()
		urls = [faq.pictures[0].image, faq.attachments[0].file]
		for url in urls:
			self.assertTrue(url.startswith("/private/files/"), url)
		self.assertIn('src="/private/files/', faq.answer)
		own = {"attached_to_doctype": "FAQ", "attached_to_name": faq.name, "is_private": 1}
		self.assertEqual(frappe.db.count("File", own), 3)

	def test_a_guessed_address_gives_nothing(self):
		secret = self.upload(1).file_url
		category = factories.make_faq_category().name
		frappe.set_user(factories.user_with("Service Agent"))
		for url in (secret, "/private/files/never-there.png", "https://example.com/x.png"):
			faq = frappe.get_doc(doctype="FAQ", question="x", answer="<p>x</p>", faq_category=category)
			faq.append("pictures", {"image": url})
			self.assertRaises(FileNotUsableError, faq.insert)
		inline = frappe.get_doc(
			doctype="FAQ", question="x", answer=f'<p><img src="{secret}"></p>', faq_category=category
		)
		self.assertRaises(FileNotUsableError, inline.insert)


class TestViews(FrappeTestCase):
	def test_views_are_counted_without_touching_the_entry(self):
		faq = factories.make_faq(state="Published")
		modified = frappe.db.get_value("FAQ", faq.name, "modified")
		for key in (faq_life.VIEWS_KEY, f"{faq_life.VIEWS_KEY}_aside"):
			faq_life.redis("DEL", key)
		reader = factories.unique("reader")
		for who in (reader, reader, f"{reader} 2"):
			faq_life.note_view(faq.name, who)
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, "view_count"), 0)
		write = frappe.db.commit
		frappe.db.commit = lambda: None
		try:
			faq_life.write_views()
			faq_life.write_views()
		finally:
			frappe.db.commit = write
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, ["view_count", "modified"]), (2, modified))
