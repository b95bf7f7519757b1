from unittest import TestCase

from aftersales.knowledge.text import characters, code_key, codes_in, runs, terms, typed_codes


class TestText(TestCase):
	def test_chinese_becomes_overlapping_pairs(self):
		self.assertEqual(terms("不制冷"), ["不制", "制冷"])

	def test_a_single_character_stays(self):
		self.assertEqual(terms("漏"), ["漏"])
		self.assertEqual(characters("漏水 leak 漏"), ["水", "漏"])

	def test_latin_words_stay_whole_with_their_stem(self):
		self.assertEqual(terms("Leaking fridge"), ["leaking", "leak", "fridge", "fridg"])
		self.assertEqual(terms("E5 PCR"), ["e5", "pcr"])

	def test_mixed_text_is_cut_where_the_script_changes(self):
		self.assertEqual(runs("qPCR试剂A4001不制冷"), ["qpcr", "试剂", "a4001", "不制冷"])

	def test_spellings_are_one(self):
		self.assertEqual(terms("ＲＲ００１Ａ"), terms("rr001a"))
		self.assertEqual(terms("Überlauf"), terms("uberlauf"))
		self.assertEqual(runs("5℃"), ["5", "c"])

	def test_japanese_and_korean_are_cut_too(self):
		self.assertEqual(terms("冷える"), ["冷え", "える"])
		self.assertEqual(terms("냉장고"), ["냉장", "장고"])

	def test_characters_beyond_the_basic_plane(self):
		self.assertEqual(terms("𠮷野家"), ["𠮷野", "野家"])

	def test_nothing_but_punctuation_gives_nothing(self):
		for text in ("", None, " ，。!?", "——", "😀", "<>&\"'"):
			self.assertEqual(terms(text), [], text)

	def test_codes_do_not_depend_on_what_stands_between(self):
		for spelling in ("RR-001A", "rr 001 a", "RR001A", "ＲＲ－００１Ａ", "R.R/001_A"):
			self.assertEqual(code_key(spelling), "rr001a", spelling)

	def test_codes_in_running_text_have_a_digit(self):
		self.assertEqual(codes_in("Use E-12 or RR-001.A, not a well-known part"), ["e12", "rr001a"])

	def test_typed_codes_join_neighbours(self):
		self.assertIn("rr001a", typed_codes("rr 001 a"))
		self.assertIn("rr001a", typed_codes("不制冷 RR-001A"))
		self.assertEqual(typed_codes("fridge does not cool"), [])

	def test_long_words_are_cut_and_long_texts_bounded(self):
		self.assertEqual(len(terms("a1" * 500)[0]), 64)
		self.assertLessEqual(len(typed_codes("1a " * 1000)), 60)
