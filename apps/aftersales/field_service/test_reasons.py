import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import reasons
from aftersales.field_service.reasons import reason_in_words, say
from aftersales.testing import factories
from aftersales.testing.field import make_fee_rate, make_service_order, make_service_outlet, without_fee_rates


class TestReasons(FrappeTestCase):
	"""One order is saved by some and read by others: the words are stored once and shown in the reader's language."""

	def setUp(self):
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "zh"

	def test_every_sentence_comes_back(self):
		for sentence in reasons.SENTENCES:
			with self.subTest(sentence=sentence):
				values = ["24", "2024-01-01", "Sale Date"]
				stored = say(sentence, *values)
				words = frappe._(sentence)
				self.assertNotEqual(words, sentence, "no row in zh.csv")
				shown = reason_in_words(stored)
				for place in range(sentence.count("{")):
					self.assertIn(frappe._(values[place]), shown)
				literal = words.split("{", 1)[0] or words.rsplit("}", 1)[-1]
				self.assertIn(literal.strip(), shown)
				frappe.local.lang = "en"
				self.assertEqual(reason_in_words(stored), stored)
				frappe.local.lang = "zh"

	def test_several_sentences_and_typed_words(self):
		stored = " ".join(
			[say(reasons.NAMED, "大连. 中山"), say(reasons.AWAY, "1.4"), "Bring a ladder. 小心台阶"]
		)
		shown = reason_in_words(stored)
		self.assertTrue(shown.endswith("Bring a ladder. 小心台阶"))
		self.assertIn("大连. 中山", shown)
		self.assertNotIn("Serves", shown)
		self.assertNotIn("away", shown)
		for typed in ("Our goodwill", "Serves", "", None, "按客户要求"):
			self.assertEqual(reason_in_words(typed), typed or "")

	def test_an_order_saved_in_chinese_is_read_in_english(self):
		without_fee_rates()
		make_fee_rate(fee_kind="Visit", rate=50)
		region = factories.make_region().name
		make_service_outlet(region=region)
		order = make_service_order(region=region)
		visit = next(row for row in order.other_charges if row.kind == "Visit")
		self.assertEqual(visit.charge_reason, "Neither warranty nor agreement pays for it.")
		self.assertEqual(visit.description, "Visit Fee")
		self.assertEqual(order.outlet_reason, f"Serves {region}.")
		shown = reasons.in_own_words(order)
		self.assertEqual(shown["Visit Fee"], "上门费")
		self.assertEqual(set(shown), {visit.charge_reason, visit.description, order.outlet_reason})
		frappe.local.lang = "en"
		self.assertEqual(reasons.in_own_words(order), {})
		order.reload()
		order.save()
		self.assertEqual(order.other_charges[0].charge_reason, visit.charge_reason)
