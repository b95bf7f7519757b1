import json

import frappe
from frappe.client import bulk_update, set_value
from frappe.client import delete as client_delete
from frappe.core.doctype.version.version import get_diff
from frappe.desk.form.save import savedocs
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import originals
from aftersales.aftersales.tickets import add_handling_entry
from aftersales.testing import factories
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError

DOCTYPE = "Service Ticket"


class TestAuditLock(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.manager = factories.make_user("Service Manager").name
		cls.agent = factories.make_user("Service Agent").name
		frappe.set_user(cls.manager)
		ticket = frappe.get_doc(
			doctype=DOCTYPE,
			record_type="Enquiry",
			handling="Done",
			handling_log=[{"entry": "Done"}],
		).insert()
		cls.file = frappe.get_doc(
			doctype="File",
			file_name="letter.txt",
			content=frappe.generate_hash(),
			is_private=1,
			attached_to_doctype=DOCTYPE,
			attached_to_name=ticket.name,
		).insert()
		cls.ticket = factories.act(ticket, "Start", "Resolve", "Close", "Audit")
		frappe.set_user("Administrator")

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def as_each_user(self):
		for user in (self.agent, self.manager, "Administrator"):
			frappe.set_user(user)
			with self.subTest(user=user):
				yield frappe.get_doc(DOCTYPE, self.ticket.name)
		stored = frappe.get_doc(DOCTYPE, self.ticket.name)
		self.assertFalse(get_diff(self.ticket, stored))
		self.assertEqual(stored.modified, self.ticket.modified)

	def test_save(self):
		for ticket in self.as_each_user():
			ticket.remarks = "afterwards"
			self.assertRaises(AuditLockError, ticket.save)

	def test_save_without_any_change(self):
		"""It would still write a new modification date."""
		for ticket in self.as_each_user():
			self.assertRaises(AuditLockError, ticket.save)

	def test_save_from_the_form(self):
		for ticket in self.as_each_user():
			ticket.handling = "rewritten"
			self.assertRaises(AuditLockError, savedocs, ticket.as_json(), "Save")

	def test_save_that_ignores_permissions_and_validation(self):
		for ticket in self.as_each_user():
			ticket.remarks = "afterwards"
			ticket.flags.ignore_permissions = ticket.flags.ignore_validate = True
			self.assertRaises(AuditLockError, ticket.save)

	def test_set_value(self):
		for ticket in self.as_each_user():
			self.assertRaises(AuditLockError, set_value, DOCTYPE, ticket.name, "remarks", "x")
			self.assertRaises(
				AuditLockError,
				set_value,
				"Ticket Handling Entry",
				ticket.handling_log[0].name,
				"entry",
				"x",
			)

	def test_status_with_anything_else(self):
		for ticket in self.as_each_user():
			values = json.dumps({"status": "Closed", "remarks": "slipped in"})
			self.assertRaises(AuditLockError, set_value, DOCTYPE, ticket.name, values)
			values = json.dumps({"status": "Closed", "handling_log": []})
			self.assertRaises(AuditLockError, set_value, DOCTYPE, ticket.name, values)

	def test_status_to_where_no_action_leads(self):
		for ticket in self.as_each_user():
			for status in ("New", "Resolved"):
				self.assertRaises(WorkflowPermissionError, set_value, DOCTYPE, ticket.name, "status", status)
			self.assertRaises(AuditLockError, set_value, DOCTYPE, ticket.name, "status", "")

	def test_bulk(self):
		for ticket in self.as_each_user():
			result = bulk_update(json.dumps([{"doctype": DOCTYPE, "docname": ticket.name, "remarks": "x"}]))
			self.assertIn("AuditLockError", result["failed_docs"][0]["exc"])

	def test_delete(self):
		for ticket in self.as_each_user():
			refused = frappe.PermissionError if frappe.session.user == self.agent else AuditLockError
			self.assertRaises(refused, client_delete, DOCTYPE, ticket.name)
			self.assertRaises(
				AuditLockError, frappe.delete_doc, DOCTYPE, ticket.name, force=True, ignore_permissions=True
			)

	def test_rename(self):
		for ticket in self.as_each_user():
			self.assertRaises(AuditLockError, frappe.rename_doc, DOCTYPE, ticket.name, "R-999", force=True)

	def test_handling_entries(self):
		for ticket in self.as_each_user():
			self.assertRaises(AuditLockError, add_handling_entry, ticket.name, "one more")
			row = frappe.get_doc("Ticket Handling Entry", ticket.handling_log[0].name)
			row.entry = "forged"
			self.assertRaises(ChildRowError, row.save)

	def test_attachments(self):
		for ticket in self.as_each_user():
			added = frappe.get_doc(
				doctype="File",
				file_name="late.txt",
				content=frappe.generate_hash(),
				is_private=1,
				attached_to_doctype=DOCTYPE,
				attached_to_name=ticket.name,
			)
			self.assertRaises(AuditLockError, added.insert)
			stored = frappe.get_doc("File", self.file.name)
			stored.folder = "Home"
			self.assertRaises(AuditLockError, stored.save)
			self.assertRaises(AuditLockError, frappe.delete_doc, "File", self.file.name)

	def test_originals(self):
		folder = originals.ensure_folder(self.ticket.name)
		for _ticket in self.as_each_user():
			added = frappe.get_doc(
				doctype="File",
				file_name="late.txt",
				content=frappe.generate_hash(),
				is_private=1,
				folder=folder,
			)
			self.assertRaises(AuditLockError, added.insert)

	def test_only_the_allowed_role_cancels_the_audit(self):
		frappe.set_user(self.agent)
		self.assertRaises(WorkflowTransitionError, apply_workflow, self.ticket, "Cancel Audit")
		self.assertRaises(WorkflowPermissionError, set_value, DOCTYPE, self.ticket.name, "status", "Closed")
		frappe.set_user(self.manager)
		ticket = factories.act(self.ticket, "Cancel Audit")
		self.assertEqual(ticket.status, "Closed")
		ticket.remarks = "now it may be changed"
		ticket.save()

	def test_lock_stays_without_an_active_workflow(self):
		self.addCleanup(frappe.clear_cache)
		workflow = frappe.get_doc("Workflow", DOCTYPE)
		workflow.is_active = 0
		workflow.save()
		frappe.cache.hdel("workflow", DOCTYPE)
		for ticket in self.as_each_user():
			self.assertRaises(AuditLockError, set_value, DOCTYPE, ticket.name, "status", "Closed")

	def test_a_new_document_is_not_concerned(self):
		self.assertTrue(factories.make_ticket().name)
