import json
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.aftersales.report.change_history import change_history
from aftersales.aftersales.report.change_history.change_history import execute
from aftersales.testing import factories

APP = Path(frappe.get_app_path("aftersales"))
# Documents that are written by machines, are derived from others, cannot be changed at all, or say what is so just now.
NOT_TRACKED = {"Agent Phone State"}


def keeping_versions():
	"""Frappe keeps no versions while tests run, unless it is asked to on each save."""
	return patch.dict(frappe.flags, in_test=False)


class TestChangeHistory(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.ticket = factories.make_ticket(question="It drips", urgency="Low")
		frappe.set_user(cls.agent)
		with keeping_versions():
			doc = frappe.get_doc("Service Ticket", cls.ticket.name)
			doc.update({"question": "It floods", "urgency": "High"})
			doc.append("handling_log", {"entry": "Came at once"})
			doc.save()
			factories.act(doc, "Start")
		frappe.set_user("Administrator")

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def rows(self, **filters):
		return execute({"kind": "Service Ticket", "record": self.ticket.name, **filters})[1]

	def test_shows_each_value_before_and_afterwards(self):
		frappe.set_user(self.agent)
		changes = {row["field"]: (row["old"], row["new"]) for row in self.rows()}
		self.assertEqual(changes["Question Content"], ("It drips", "It floods"))
		self.assertEqual(changes["Urgency"], ("Low", "High"))
		self.assertEqual(changes["Status"], ("New", "In Progress"))
		self.assertIn("Came at once", changes["Handling Log"][1])
		self.assertEqual({row["changed_by"] for row in self.rows()}, {frappe.utils.get_fullname(self.agent)})

	def test_in_chinese(self):
		frappe.local.lang = "zh"
		changes = {row["field"]: (row["old"], row["new"]) for row in self.rows()}
		self.assertEqual(changes["状态"], ("新建", "处理中"))
		self.assertEqual(
			execute({"kind": "Service Ticket", "record": self.ticket.name})[0][0]["label"], "修改时间"
		)

	def test_changed_and_removed_rows(self):
		doc = frappe.get_doc("Service Ticket", self.ticket.name)
		with keeping_versions():
			doc.handling_log[0].entry = "Came late"
			doc.save()
			doc.handling_log = []
			doc.save()
		shown = [
			(row["field"], row["old"], row["new"]) for row in self.rows() if "Handling Log" in row["field"]
		]
		self.assertIn(("Handling Log, 1: Entry", "Came at once", "Came late"), shown)
		self.assertTrue(any("Came late" in old and not new for _field, old, new in shown))

	def test_period(self):
		def found(**filters):
			return self.ticket.name in {row["record"] for row in execute(filters)[1]}

		self.assertTrue(found(from_date=today(), to_date=today()))
		self.assertTrue(found(from_date=today(), to_date=today(), user=self.agent))
		self.assertFalse(found(from_date=today(), to_date=today(), user="Guest"))
		self.assertFalse(found(from_date=today(), to_date=today(), kind="Service Customer"))
		self.assertFalse(found(from_date="2001-01-01", to_date=add_days(today(), -1)))
		self.assertTrue(found())
		self.assertTrue(found(kind="Service Ticket"))
		self.assertTrue(found(record=self.ticket.name))
		self.assertFalse(found(record="no such record"))
		self.assertFalse(found(to_date=add_days(today(), -1)))

	def test_only_records_that_one_may_read(self):
		customer = factories.make_customer()
		other = factories.make_ticket(customer=factories.make_customer().name)
		other.update({"question": "x"}).save(ignore_version=False)
		frappe.get_doc(
			doctype="User Permission", user=self.agent, allow="Service Customer", for_value=customer.name
		).insert()
		frappe.set_user(self.agent)
		records = {row["record"] for row in execute({"from_date": today(), "to_date": today()})[1]}
		self.assertNotIn(other.name, records)
		self.assertEqual(execute({"kind": "User", "record": "Administrator"})[1], [])

	def test_fields_above_ones_level_are_left_out(self):
		frappe.set_user(self.agent)
		frappe.clear_cache(doctype="Service Ticket")
		with patch.object(change_history, "readable_levels", lambda doctype: {0}):
			frappe.get_meta("Service Ticket").get_field("question").permlevel = 1
			self.addCleanup(frappe.clear_cache, doctype="Service Ticket")
			fields = {row["field"] for row in self.rows()}
		self.assertNotIn("Question Content", fields)
		self.assertIn("Urgency", fields)

	def test_levels_are_those_of_the_roles(self):
		frappe.set_user(factories.user_with("Service Manager"))
		self.assertEqual(change_history.readable_levels("Check Record"), {0, 1})
		frappe.set_user(factories.user_with("Knowledge Manager"))
		self.assertEqual(change_history.readable_levels("Check Record"), set())

	def test_every_document_that_people_write_is_tracked(self):
		untracked = []
		for path in APP.glob("*/doctype/*/*.json"):
			meta = json.loads(path.read_text(encoding="utf-8"))
			if meta.get("doctype") != "DocType" or meta.get("istable"):
				continue
			people_write = any(row.get("write") for row in meta.get("permissions", []))
			if people_write and not meta.get("track_changes") and meta["name"] not in NOT_TRACKED:
				untracked.append(meta["name"])
		self.assertEqual(untracked, [])
