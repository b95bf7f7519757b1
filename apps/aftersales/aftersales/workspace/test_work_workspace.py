import json
from pathlib import Path

import frappe
from frappe.boot import get_unseen_notes
from frappe.desk.doctype.note.note import mark_as_seen
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.testing import factories

WORKSPACE = json.loads((Path(__file__).parent / "work" / "work.json").read_text(encoding="utf-8"))


class TestWorkWorkspace(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_everything_named_is_there(self):
		shown = json.loads(WORKSPACE["content"])
		cards = [row["label"] for row in WORKSPACE["links"] if row["type"] == "Card Break"]
		self.assertEqual([block["data"]["card_name"] for block in shown if block["type"] == "card"], cards)
		for row in [*WORKSPACE["links"], *WORKSPACE["shortcuts"]]:
			if row.get("link_to"):
				doctype = row.get("link_type") if row["type"] == "Link" else row["type"]
				self.assertTrue(frappe.db.exists(doctype, row["link_to"]), row["link_to"])

	def test_boards_show_every_stage(self):
		for board in ("Work", "Sales Opportunities"):
			doc = frappe.get_doc("Kanban Board", board)
			options = frappe.get_meta(doc.reference_doctype).get_field(doc.field_name).options.split("\n")
			self.assertEqual([row.column_name for row in doc.columns], options)

	def test_a_note_to_read_at_the_next_login(self):
		"""S21.03 by Frappe's own means, beside System Notice."""
		note = frappe.get_doc(
			doctype="Note",
			title=factories.unique("Upgrade"),
			public=1,
			notify_on_login=1,
			expire_notification_on=add_days(today(), 3),
			content="Tonight",
		).insert()
		frappe.set_user(factories.user_with("Service Agent"))

		def unseen():
			return [row["name"] for row in get_unseen_notes()]

		self.assertIn(note.name, unseen())
		mark_as_seen(note.name)
		self.assertNotIn(note.name, unseen())

	def test_an_example_of_an_assignment_rule(self):
		"""S9.03 by Frappe's own means: enabled by an administrator, the rule fills task lists."""
		rule = frappe.get_doc("Assignment Rule", "Tickets to the Person in Charge")
		self.assertEqual(rule.disabled, 1)
		rule.disabled = 0
		rule.save()
		agent = factories.user_with("Service Agent")
		try:
			ticket = factories.make_ticket(person_in_charge=agent, handling="x")
			task = {"reference_name": ticket.name, "allocated_to": agent}
			self.assertTrue(frappe.db.exists("ToDo", {**task, "status": "Open"}))
			factories.act(ticket, "Resolve")
			self.assertTrue(frappe.db.exists("ToDo", {**task, "status": "Closed"}))
		finally:
			rule.reload()
			rule.disabled = 1
			rule.save()
