import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.setup import install, records
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
				key = f"{record['doctype']}: {records.record_name(record)}"
				self.assertTrue(records.was_made(key), key)


class TestInstall(FrappeTestCase):
	def test_roles_and_their_desk(self):
		for role, desk_access in install.ROLES.items():
			self.assertEqual(frappe.db.get_value("Role", role, "desk_access"), desk_access, role)

	def test_changed_role_stays_changed(self):
		frappe.db.set_value("Role", "Service Agent", "two_factor_auth", 1)
		install.make_roles()
		self.assertEqual(frappe.db.get_value("Role", "Service Agent", "two_factor_auth"), 1)

	def test_other_roles_keep_their_rights_on_people(self):
		for doctype in install.PEOPLE:
			standard = set(frappe.get_all("DocPerm", {"parent": doctype}, pluck="role"))
			present = set(frappe.get_all("Custom DocPerm", {"parent": doctype}, pluck="role"))
			self.assertLessEqual(standard | set(install.PEOPLE_RIGHTS), present)

	def test_no_right_outside_the_app_but_on_people(self):
		"""Our roles may not open what belongs to the framework or to other apps."""
		ours = set(
			frappe.get_all(
				"DocType",
				{"module": ["in", frappe.get_all("Module Def", {"app_name": "aftersales"}, pluck="name")]},
				pluck="name",
			)
		)
		for table in ("DocPerm", "Custom DocPerm"):
			parents = set(frappe.get_all(table, {"role": ["in", list(install.ROLES)]}, pluck="parent"))
			self.assertLessEqual(parents - ours, set(install.PEOPLE))

	def test_pattern_of_a_series(self):
		self.assertEqual(series_pattern("SC-.######"), "SC-")
		self.assertEqual(series_pattern("ST-.YY.-.######"), "ST-__-")
		self.assertEqual(series_pattern("format:LINE-{##}"), "LINE-")
		self.assertEqual(series_pattern("CALL-.YYYY.-.MM.-.#####"), "CALL-____-__-")
