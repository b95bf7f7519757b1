import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge.answer_text import layout_text, plain_text
from aftersales.knowledge.use import NotPublishedError, count_uses, use_faq
from aftersales.testing import factories


class TestUse(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.editor = factories.make_user("Knowledge Manager").name
		cls.faq = factories.make_faq(
			question="不制冷", answer="<p>先检查：</p><ol><li>电源</li><li>温控</li></ol>", state="Published"
		)

	def setUp(self):
		self.ticket = factories.make_ticket(handling="已登记")
		frappe.set_user(self.agent)

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_the_answer_goes_below_what_is_there(self):
		result = use_faq(self.ticket.name, self.faq.name)
		self.assertTrue(result["changed"])
		ticket = frappe.get_doc("Service Ticket", self.ticket.name)
		self.assertEqual(ticket.handling, "已登记\n\n先检查：\n1. 电源\n2. 温控")
		self.assertEqual(ticket.faq, self.faq.name)
		entry = ticket.handling_log[-1]
		self.assertEqual((entry.faq, entry.user), (self.faq.name, self.agent))
		self.assertIn("不制冷", entry.entry)

	def test_twice_changes_nothing(self):
		use_faq(self.ticket.name, self.faq.name)
		again = use_faq(self.ticket.name, self.faq.name)
		self.assertFalse(again["changed"])
		self.assertEqual(len(frappe.get_doc("Service Ticket", self.ticket.name).handling_log), 1)

	def test_only_published_answers(self):
		draft = factories.make_faq()
		self.assertRaises(NotPublishedError, use_faq, self.ticket.name, draft.name)

	def test_both_documents_are_checked(self):
		frappe.set_user(self.editor)
		self.assertRaises(frappe.PermissionError, use_faq, self.ticket.name, self.faq.name)
		frappe.set_user("Administrator")
		hidden = factories.make_faq()
		frappe.set_user(self.agent)
		self.assertRaises(frappe.PermissionError, use_faq, self.ticket.name, hidden.name)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, use_faq, self.ticket.name, self.faq.name)

	def test_uses_are_counted_per_ticket_without_touching_the_entry(self):
		faq = factories.make_faq(state="Published")
		modified = frappe.db.get_value("FAQ", faq.name, "modified")
		frappe.set_user("Administrator")
		for _ in range(2):
			ticket = factories.make_ticket()
			for _twice in range(2):
				ticket.append("handling_log", {"entry": "used", "faq": faq.name})
			ticket.save()
		count_uses()
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, ["used_count", "modified"]), (2, modified))
		frappe.delete_doc("Service Ticket", ticket.name)
		count_uses()
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, "used_count"), 1)


class TestAnswerAsText(FrappeTestCase):
	def test_lists_blocks_and_entities(self):
		html = "<h3>标题</h3><p>a &lt; b&nbsp;c<br>d</p><ul><li>x</li><li><b>y</b> z</li></ul><ol><li>eins</li></ol>"
		self.assertEqual(layout_text(html), "标题\na < b c\nd\n- x\n- y z\n1. eins")

	def test_the_editors_own_lists(self):
		html = '<ol><li data-list="ordered">a</li><li data-list="ordered">b</li></ol><ol><li data-list="bullet">c</li></ol>'
		self.assertEqual(layout_text(html), "1. a\n2. b\n- c")

	def test_odd_html(self):
		for html, text in (
			("", ""),
			(None, ""),
			("plain", "plain"),
			("</p></li><li>x", "- x"),
			("a<b", "a<b"),
		):
			self.assertEqual(layout_text(html), text)
		self.assertEqual(plain_text('<p title="a > b">x</p><p>y</p>'), "x y")
