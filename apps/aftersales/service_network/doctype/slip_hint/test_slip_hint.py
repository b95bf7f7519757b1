import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.service_network import slips
from aftersales.service_network.doctype.slip_hint.slip_hint import SlipHintError
from aftersales.testing.factories import unique
from aftersales.testing.field import (
	make_service_centre,
	make_service_order,
	make_service_outlet,
	make_slip_hint,
	staff_of,
)


class TestSlipHint(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "en"

	def test_only_what_is_valid_for_the_slip(self):
		order = make_service_order(order_kind="Dispatch")
		day = today()
		shown = [
			make_slip_hint(sort_order=-3, valid_from=day, valid_until=day).text_en,
			make_slip_hint(sort_order=-2, order_kind="Dispatch").text_en,
			make_slip_hint(sort_order=-1, print_format="Service Order Slip").text_en,
		]
		hidden = [
			make_slip_hint(valid_until=add_days(day, -1)).text_en,
			make_slip_hint(valid_from=add_days(day, 1)).text_en,
			make_slip_hint(order_kind="Workshop").text_en,
			make_slip_hint(disabled=1).text_en,
			make_slip_hint(print_format="Service Report").text_en,
			make_slip_hint(document_type="Service Ticket").text_en,
		]
		hints = slips.slip_hints(order, "Service Order Slip")
		self.assertEqual(hints[:3], shown)
		self.assertFalse(set(hidden) & set(hints))
		self.assertNotIn(shown[2], slips.slip_hints(order))

	def test_the_language_of_the_print_decides(self):
		order = make_service_order()
		both = make_slip_hint(text_zh=unique("请带好发票"))
		english, chinese = make_slip_hint(), make_slip_hint(text_en="", text_zh=unique("仅中文"))
		hints = slips.slip_hints(order)
		self.assertTrue({both.text_en, english.text_en, chinese.text_zh} <= set(hints))
		frappe.local.lang = "zh"
		hints = slips.slip_hints(order)
		self.assertTrue({both.text_zh, english.text_en, chinese.text_zh} <= set(hints))
		self.assertNotIn(both.text_en, hints)

	def test_one_statement(self):
		order = make_service_order()
		make_slip_hint()
		slips.slip_hints(order)
		with self.assertQueryCount(1):
			slips.slip_hints(order)

	def test_what_would_never_be_printed(self):
		for wrong in (
			{"text_en": "  "},
			{"valid_from": today(), "valid_until": add_days(today(), -1)},
			{"print_format": "Ticket Slip"},
		):
			with self.assertRaises(SlipHintError):
				make_slip_hint(**wrong)

	def test_a_kind_of_order_belongs_to_orders(self):
		self.assertIsNone(make_slip_hint(document_type="Service Ticket", order_kind="Repair").order_kind)

	def test_it_stands_on_the_slip_as_text(self):
		make_slip_hint(text_en="Goods < 5 kg & the invoice")
		html = frappe.get_print("Service Order", make_service_order().name, "Service Order Slip")
		self.assertIn("Goods &lt; 5 kg &amp; the invoice", html)


class TestLetterHead(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.centre = make_service_centre(slip_letter_head=self.letter_head())
		self.outlet = make_service_outlet(parent_service_outlet=self.centre.name)

	def letter_head(self, **fields) -> str:
		name = unique("Paper")
		values = {"letter_head_name": name, "source": "HTML", "content": f"<b>Head of {name}</b>", **fields}
		return frappe.get_doc({"doctype": "Letter Head", **values}).insert().name

	def test_the_nearest_one_upwards(self):
		self.assertEqual(slips.letter_head_of(self.outlet.name), self.centre.slip_letter_head)
		own = self.letter_head()
		self.outlet.db_set("slip_letter_head", own)
		with self.assertQueryCount(1):
			self.assertEqual(slips.letter_head_of(self.outlet.name), own)
		self.assertIsNone(slips.letter_head_of(None))

	def test_a_disabled_one_is_passed_over(self):
		self.outlet.db_set("slip_letter_head", self.letter_head(disabled=1))
		self.assertEqual(slips.letter_head_of(self.outlet.name), self.centre.slip_letter_head)

	def test_a_slip_bears_it(self):
		order = make_service_order(outlet=self.outlet.name).name
		head = f"Head of {self.centre.slip_letter_head}"
		self.assertIn(head, frappe.get_print("Service Order", order, "Service Order Slip"))
		other = self.letter_head()
		html = frappe.get_print("Service Order", order, "Service Order Slip", letterhead=other)
		self.assertIn(f"Head of {other}", html)
		self.assertNotIn(head, html)
		html = frappe.get_print("Service Order", order, "Service Order Slip", no_letterhead=1)
		self.assertNotIn(head, html)

	def test_the_print_page_asks(self):
		order = make_service_order(outlet=self.outlet.name).name
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(staff_of(self.outlet.name, "Outlet Staff"))
		self.assertEqual(slips.letter_head_for("Service Order", order), self.centre.slip_letter_head)
		frappe.set_user(staff_of(make_service_outlet_as_administrator(), "Outlet Staff"))
		with self.assertRaises(frappe.PermissionError):
			slips.letter_head_for("Service Order", order)
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			slips.letter_head_for("Service Order", order)


def make_service_outlet_as_administrator() -> str:
	frappe.set_user("Administrator")
	return make_service_outlet().name
