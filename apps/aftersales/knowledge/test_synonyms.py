from unittest import TestCase

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import synonyms
from aftersales.knowledge.doctype.search_synonym.search_synonym import SynonymError
from aftersales.knowledge.search import search_faqs
from aftersales.knowledge.text import runs
from aftersales.testing import factories
from aftersales.testing.search import temporary_index


def alternatives(text, *groups):
	return synonyms.read_groups(groups).alternatives(runs(text))


class TestSynonyms(TestCase):
	def test_a_chinese_phrase_inside_a_sentence(self):
		self.assertEqual(
			alternatives("我的电饭锅坏了", "电饭煲, 电饭锅"),
			{"电饭": [["电饭", "饭煲"]], "饭锅": [["电饭", "饭煲"]]},
		)

	def test_latin_phrases_by_their_stem_and_without_fillers(self):
		found = alternatives("does not charge", "充不进电, does not charge")
		self.assertEqual(found["charge"], [["充不", "不进", "进电"]])
		self.assertEqual(alternatives("leaking", "漏水, leak"), {"leak": [["漏水"]]})

	def test_words_apart_are_no_phrase(self):
		self.assertEqual(alternatives("conditioner of the air", "空调, air conditioner"), {})

	def test_single_characters_and_empty_groups_do_not_count(self):
		self.assertEqual(synonyms.read_groups(["水, 漏", "one", " , ", ""]).groups, ())

	def test_lists_as_people_write_them(self):
		self.assertEqual(synonyms.split("甲乙，丙丁、a b\nc;d"), ["甲乙", "丙丁", "a b", "c", "d"])


class TestSearchWithSynonyms(FrappeTestCase):
	def test_a_new_group_works_at_once_and_a_disabled_one_not_any_more(self):
		faq = factories.make_faq(question="乾坤圈 保养", state="Published")
		with temporary_index():

			def found():
				return [hit["name"] for hit in search_faqs("凤火轮", category=faq.faq_category)["hits"]]

			self.assertEqual(found(), [])
			group = factories.make_search_synonym(term="乾坤圈", synonyms="凤火轮, wind wheel")
			self.assertEqual(found(), [faq.name])
			group.disabled = 1
			group.save()
			self.assertEqual(found(), [])
			group.disabled = 0
			group.save()
			group.delete()
			self.assertEqual(found(), [])

	def test_what_says_nothing_is_refused(self):
		for values in (
			{"term": "冰箱", "synonyms": "冰箱"},
			{"synonyms": " , "},
			{"synonyms": ",".join(map(str, range(100, 200)))},
		):
			self.assertRaises(SynonymError, factories.make_search_synonym, **values)

	def test_who_keeps_them(self):
		name = factories.make_search_synonym().name
		for role, may in (("Knowledge Manager", True), ("Service Agent", False)):
			user = factories.user_with(role)
			self.assertEqual(bool(frappe.has_permission("Search Synonym", "write", doc=name, user=user)), may)
