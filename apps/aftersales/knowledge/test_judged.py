import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories, judged
from aftersales.testing.search import temporary_index

BAR = 0.9


class TestJudgedSearches(FrappeTestCase):
	"""What people type finds what it should (fixtures/search), through the function that the Desk calls."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		judged.load_corpus()
		context = temporary_index()
		context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)
		frappe.set_user(factories.user_with("Service Agent"))
		cls.judged = judged.judge()
		frappe.set_user("Administrator")

	def test_the_set_is_large_and_in_both_languages(self):
		count = {language: sum(row.language == language for row in self.judged) for language in ("zh", "en")}
		self.assertGreaterEqual(len(self.judged), 80)
		self.assertGreaterEqual(min(count.values()), 30, count)
		known = {answer[0] for answer in judged.answers()}
		for row in self.judged:
			self.assertLessEqual(set(row.expected), known, row.text)

	def test_recall(self):
		missed = [row.text for row in self.judged if row.position is None]
		self.assertGreaterEqual(judged.recall(self.judged), BAR, missed)
		for language in ("zh", "en"):
			rows = [row for row in self.judged if row.language == language]
			self.assertGreaterEqual(judged.recall(rows), BAR, missed)

	def test_codes_are_found_without_exception(self):
		self.assertEqual([row.text for row in self.judged if row.language == "code" and not row.position], [])
