import json
from contextlib import redirect_stdout
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.patches import remember_each_record
from aftersales.setup import install, records
from aftersales.setup.content import _comparable, content, content_digest
from aftersales.setup.uninstall import series_pattern
from aftersales.testing.factories import unique


class TestRecords(FrappeTestCase):
	def record(self, **fields) -> dict:
		return {"doctype": "VIP Level", "level_name": unique("Level"), "rank": 5, **fields}

	def test_missing_record_is_made(self):
		record = self.record()
		self.assertEqual(records.ensure(record).rank, 5)

	def test_changed_record_is_left_alone(self):
		record = self.record()
		records.ensure(record).db_set("rank", 99)
		self.assertIsNone(records.ensure(record))
		self.assertEqual(frappe.db.get_value("VIP Level", record["level_name"], "rank"), 99)

	def test_record_must_say_its_name(self):
		with self.assertRaises(KeyError):
			records.ensure({"doctype": "Service Customer", "customer_name": "x"})

	def test_once_is_once(self):
		calls = []
		key = unique("key")
		self.assertFalse(records.was_made(key))
		self.assertTrue(records.once(key, lambda: calls.append(1)))
		self.assertFalse(records.once(key, lambda: calls.append(1)))
		self.assertEqual(calls, [1])

	def test_failure_is_tried_again(self):
		key = unique("key")
		with self.assertRaises(ZeroDivisionError):
			records.once(key, lambda: 1 / 0)
		self.assertTrue(records.once(key, lambda: None))

	def test_what_the_site_deleted_stays_away(self):
		frappe.delete_doc("VIP Level", "Diamond", force=True)
		install.make_records()
		self.assertFalse(frappe.db.exists("VIP Level", "Diamond"))

	def test_what_the_site_changed_stays_changed(self):
		frappe.db.set_value("VIP Level", "Gold", "rank", 77)
		workflows = [record["name"] for record in records.read_records("workflows")]
		self.assertIn("Service Ticket", workflows)
		frappe.db.set_value("Workflow", "Service Ticket", "is_active", 0)
		install.make_records()
		self.assertEqual(frappe.db.get_value("VIP Level", "Gold", "rank"), 77)
		self.assertEqual(frappe.db.get_value("Workflow", "Service Ticket", "is_active"), 0)

	def test_all_records_are_remembered(self):
		for folder in ("records", "workflows"):
			for record in records.read_records(folder):
				key = records.record_key(record)
				self.assertTrue(records.was_made(key), key)


class ShippedCase(FrappeTestCase):
	"""A version of the app with a workflow of its own, on a site that has it for the first time."""

	def setUp(self):
		super().setUp()
		frappe.db.savepoint("shipped")
		folder = TemporaryDirectory()
		self.addCleanup(folder.cleanup)
		self.folder = Path(folder.name)
		for name, value in (("DATA", self.folder), ("SHIPPED_BEFORE", self.folder / "before.json")):
			changed = patch.object(records, name, value)
			changed.start()
			self.addCleanup(changed.stop)
		(self.folder / "before.json").write_text("{}", encoding="utf-8")
		(self.folder / "shipped").mkdir()
		self.name = unique("Flow")
		self.key = f"Workflow: {self.name}"
		self.record = {
			"doctype": "Workflow",
			"name": self.name,
			"workflow_name": self.name,
			"document_type": "ToDo",
			"workflow_state_field": "status",
			"is_active": 0,
			"states": [state("New"), state("In Progress"), state("Closed")],
			"transitions": [
				transition("New", "Start", "In Progress"),
				transition("In Progress", "Close", "Closed"),
			],
		}
		self.assertEqual(self.migrate()[0], [self.key])

	def tearDown(self):
		frappe.db.rollback(save_point="shipped")
		frappe.clear_cache(doctype="ToDo")
		super().tearDown()

	def migrate(self) -> tuple[list[str], str]:
		"""What was written and what was said, with the record as the app ships it now."""
		text = json.dumps([self.record], ensure_ascii=False)
		(self.folder / "shipped" / "record.json").write_text(text, encoding="utf-8")
		said = StringIO()
		with redirect_stdout(said):
			written = records.ensure_folder("shipped")
		return written, said.getvalue()

	def ship_audit(self) -> None:
		"""The next version: a state and a transition more."""
		self.record["states"].append(state("Audited"))
		self.record["transitions"].append(transition("Closed", "Audit", "Audited"))

	def workflow(self):
		return frappe.get_doc("Workflow", self.name)

	def states(self) -> list[str]:
		return [row.state for row in self.workflow().states]


class TestShippedRecords(ShippedCase):
	def test_untouched_record_gets_the_new_version(self):
		self.ship_audit()
		written, said = self.migrate()
		self.assertEqual(written, [self.key])
		self.assertIn(self.key, said)
		self.assertEqual(self.states(), ["New", "In Progress", "Closed", "Audited"])
		self.assertEqual([row.idx for row in self.workflow().transitions], [1, 2, 3])
		self.assertEqual([row.allow_self_approval for row in self.workflow().transitions], [1, 1, 1])
		self.assertEqual(frappe.db.count("Workflow Document State", {"parent": self.name}), 4)

	def test_second_migration_changes_nothing(self):
		self.ship_audit()
		self.migrate()
		before = self.workflow().as_dict()
		self.assertEqual(self.migrate(), ([], ""))
		self.assertEqual(self.workflow().as_dict(), before)

	def test_version_after_version(self):
		self.ship_audit()
		self.migrate()
		del self.record["states"][3], self.record["transitions"][2]
		self.assertEqual(self.migrate()[0], [self.key])
		self.assertEqual(self.states(), ["New", "In Progress", "Closed"])

	def test_order_of_rows_is_content(self):
		self.record["states"].reverse()
		self.assertEqual(self.migrate()[0], [self.key])
		self.assertEqual(self.states(), ["Closed", "In Progress", "New"])

	def test_order_of_keys_is_not(self):
		self.record = dict(reversed(self.record.items()))
		before = self.workflow().modified
		self.assertEqual(self.migrate(), ([], ""))
		self.assertEqual(self.workflow().modified, before)

	def test_a_field_that_is_no_longer_shipped_goes_back_to_its_default(self):
		self.record["send_email_alert"] = 1
		self.record["states"][0]["message"] = "Hello"
		self.migrate()
		self.assertEqual(self.workflow().send_email_alert, 1)
		del self.record["send_email_alert"], self.record["states"][0]["message"]
		self.migrate()
		self.assertEqual(self.workflow().send_email_alert, 0)
		self.assertFalse(self.workflow().states[0].message)

	def test_saved_without_a_change_is_untouched(self):
		self.workflow().save()
		frappe.db.set_value("Workflow", self.name, {"modified": "2031-01-01", "modified_by": "Guest"})
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [self.key])

	def test_a_state_that_the_site_added_stays(self):
		changed = self.workflow()
		changed.append("states", state("Resolved"))
		changed.save()
		self.ship_audit()
		written, said = self.migrate()
		self.assertEqual(written, [])
		self.assertIn(f"Kept your version of {self.key}", said)
		self.assertEqual(self.states(), ["New", "In Progress", "Closed", "Resolved"])
		self.assertEqual(self.migrate(), ([], ""), "said once")

	def test_each_change_of_a_child_row_counts(self):
		frappe.db.set_value(
			"Workflow Transition", {"parent": self.name, "idx": 2}, "allowed", "Service Manager"
		)
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])

	def test_order_that_the_site_gave_stays(self):
		changed = self.workflow()
		for row in changed.states:
			row.idx = 4 - row.idx
		changed.save()
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])
		self.assertEqual(self.states(), ["Closed", "In Progress", "New"])

	def test_what_the_site_switched_off_stays_off(self):
		self.record["is_active"] = 1
		self.migrate()
		frappe.db.set_value("Workflow", self.name, "is_active", 0)
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])
		self.assertEqual(self.workflow().is_active, 0)

	def test_a_change_taken_back_gets_the_new_version(self):
		frappe.db.set_value("Workflow", self.name, "send_email_alert", 1)
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])
		frappe.db.set_value("Workflow", self.name, "send_email_alert", 0)
		self.record["states"].append(state("Resolved"))
		self.assertEqual(self.migrate()[0], [self.key])

	def test_a_site_that_made_the_same_change_follows_again(self):
		changed = self.workflow()
		changed.append("states", state("Audited"))
		changed.append("transitions", {**transition("Closed", "Audit", "Audited"), "allow_self_approval": 1})
		changed.save()
		before = self.workflow().modified
		self.ship_audit()
		self.assertEqual(self.migrate(), ([], ""))
		self.assertEqual(self.workflow().modified, before)
		self.record["states"].append(state("Resolved"))
		self.assertEqual(self.migrate()[0], [self.key])

	def test_deleted_stays_away(self):
		frappe.delete_doc("Workflow", self.name)
		self.assertEqual(self.migrate(), ([], ""))
		self.ship_audit()
		written, said = self.migrate()
		self.assertEqual(written, [])
		self.assertIn(f"{self.key} stays away", said)
		self.assertEqual(self.migrate(), ([], ""))
		self.assertFalse(frappe.db.exists("Workflow", self.name))

	def test_renamed_stays_renamed(self):
		new = unique("Renamed")
		frappe.rename_doc("Workflow", self.name, new, force=True, show_alert=False)
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])
		self.assertFalse(frappe.db.exists("Workflow", self.name))
		self.assertEqual(len(frappe.get_doc("Workflow", new).states), 3)

	def test_what_the_site_had_before_us_is_its_own(self):
		frappe.db.delete("DefaultValue", {"parent": records.MADE, "defkey": self.key})
		frappe.db.set_value("Workflow", self.name, "send_email_alert", 1)
		self.assertEqual(self.migrate(), ([], ""))
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [])
		self.assertEqual(len(self.states()), 3)

	def test_a_tree_node_with_children_is_untouched(self):
		root = {"doctype": "Service Region", "region_name": unique("Root"), "is_group": 1}
		self.record = root
		self.migrate()
		frappe.get_doc(
			doctype="Service Region", region_name=unique("Leaf"), parent_service_region=root["region_name"]
		).insert()
		left = frappe.db.get_value("Service Region", root["region_name"], "lft")
		root["area_code"] = "0999"
		self.assertEqual(self.migrate()[0], [f"Service Region: {root['region_name']}"])
		stored = frappe.get_doc("Service Region", root["region_name"])
		self.assertEqual((stored.area_code, stored.lft, stored.is_group), ("0999", left, 1))
		self.assertEqual(stored.rgt, left + 3)


class TestRecordsOfTheFirstVersion(ShippedCase):
	"""Sites of the first version know which records were made, but not what they looked like."""

	def setUp(self):
		super().setUp()
		self.old_digest = content_digest("Workflow", self.workflow().as_dict())
		frappe.db.delete("DefaultValue", {"parent": records.MADE})
		row = {"parent": "__global", "parentfield": "system_defaults", "defkey": "aftersales_records"}
		keys = json.dumps([self.key, "rights on people"])
		frappe.get_doc(doctype="DefaultValue", parenttype="__default", **row, defvalue=keys).insert()
		remember_each_record.execute()
		self.assertFalse(frappe.db.exists("DefaultValue", row))

	def test_names_are_taken_over(self):
		self.assertTrue(records.was_made("rights on people"))
		remember_each_record.execute()
		self.assertTrue(records.was_made(self.key))

	def test_same_content_is_followed_from_now_on(self):
		self.assertEqual(self.migrate(), ([], ""))
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [self.key])

	def test_content_that_was_shipped_before_is_untouched(self):
		(self.folder / "before.json").write_text(json.dumps({self.key: [self.old_digest]}), encoding="utf-8")
		self.ship_audit()
		self.assertEqual(self.migrate()[0], [self.key])

	def test_any_other_content_is_the_sites_own(self):
		self.ship_audit()
		written, said = self.migrate()
		self.assertEqual(written, [])
		self.assertIn("Kept your version", said)
		self.assertEqual(self.migrate(), ([], ""))

	def test_deleted_stays_away(self):
		frappe.delete_doc("Workflow", self.name)
		self.assertEqual(self.migrate()[0], [])
		self.assertFalse(frappe.db.exists("Workflow", self.name))

	def test_all_earlier_contents_are_known(self):
		"""The digests do not depend on the framework's version or on how a record is written down."""
		path = Path(records.__file__).parent / "data" / "shipped_before.json"
		before = json.loads(path.read_text(encoding="utf-8"))
		gold = {"doctype": "VIP Level", "colour": "#ECAD4B", "rank": 30, "level_name": "Gold", "name": "Gold"}
		self.assertEqual(before["VIP Level: Gold"], [content_digest("VIP Level", gold)])


class TestContent(FrappeTestCase):
	def test_a_default_is_as_good_as_nothing(self):
		written = {**transition("New", "Start", "Closed"), "allow_self_approval": 1, "condition": ""}
		self.assertEqual(
			content("Workflow Transition", written),
			content("Workflow Transition", transition("New", "Start", "Closed")),
		)

	def test_what_differs_from_the_default_counts(self):
		off = {**transition("New", "Start", "Closed"), "allow_self_approval": 0}
		self.assertIn("allow_self_approval", content("Workflow Transition", off))
		self.assertIn(
			"allow_self_approval", content("Workflow Transition", {**off, "allow_self_approval": None})
		)

	def test_kinds_of_values(self):
		as_stored = {"dt": datetime(2024, 1, 2, 3, 4, 5), "d": date(2024, 1, 2), "t": timedelta(hours=8)}
		as_written = {"dt": "2024-01-02 03:04:05", "d": "2024-01-02", "t": "08:00:00"}
		for fieldtype, key in (("Datetime", "dt"), ("Date", "d"), ("Time", "t")):
			self.assertEqual(_comparable(fieldtype, as_stored[key]), _comparable(fieldtype, as_written[key]))
		self.assertEqual(_comparable("Check", "1"), _comparable("Check", 1))
		self.assertEqual(_comparable("Currency", "1.50"), _comparable("Currency", 1.5))
		self.assertEqual(_comparable("Date", "Today"), "Today")
		self.assertIsNone(_comparable("Int", "0"))


def state(name: str) -> dict:
	return {"state": name, "doc_status": "0", "allow_edit": "All"}


def transition(state: str, action: str, next_state: str) -> dict:
	return {"state": state, "action": action, "next_state": next_state, "allowed": "Service Agent"}


class TestInstall(FrappeTestCase):
	def test_roles_and_their_desk(self):
		for role, desk_access in install.ROLES.items():
			self.assertEqual(frappe.db.get_value("Role", role, "desk_access"), desk_access, role)

	def test_changed_role_stays_changed(self):
		frappe.db.set_value("Role", "Service Agent", "two_factor_auth", 1)
		install.make_roles()
		self.assertEqual(frappe.db.get_value("Role", "Service Agent", "two_factor_auth"), 1)

	def test_pattern_of_a_series(self):
		self.assertEqual(series_pattern("SC-.######"), "SC-")
		self.assertEqual(series_pattern("ST-.YY.-.######"), "ST-__-")
		self.assertEqual(series_pattern("format:LINE-{##}"), "LINE-")
		self.assertEqual(series_pattern("CALL-.YYYY.-.MM.-.#####"), "CALL-____-__-")
