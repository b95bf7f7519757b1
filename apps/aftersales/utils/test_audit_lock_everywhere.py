import frappe
from frappe.client import delete as client_delete
from frappe.client import save as client_save
from frappe.client import set_value
from frappe.core.doctype.data_import.importer import Importer
from frappe.desk.form.utils import add_comment
from frappe.desk.reportview import delete_bulk
from frappe.model.workflow import (
	WorkflowPermissionError,
	WorkflowTransitionError,
	apply_workflow,
	get_transitions,
)
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories
from aftersales.utils import audit_lock
from aftersales.utils.audit_lock import AuditLockError, AuditorError
from aftersales.utils.child_rows import ChildRowError

# DocType -> a field that people write, a table inside it and a value for a row of the table.
AUDITED = {
	"Service Ticket": ("remarks", "handling_log", {"entry": "afterwards"}),
	"Check Record": ("conclusion", "notes", {"note": "afterwards"}),
	"Customer Complaint": ("remarks", "reviews", {}),
	"Follow-up": ("result", "attempts", {}),
}


class TestAuditLockEverywhere(FrappeTestCase):
	"""Every road that changes a document, for every kind of document that is audited."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.documents = {}
		for doctype in AUDITED:
			doc = factories.maker_of(doctype)()
			cls.documents[doctype] = doc.name
			frappe.db.set_value(doctype, doc.name, "status", "Audited")

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def each(self):
		for doctype, name in self.documents.items():
			for user in (factories.user_with("Service Manager"), "Administrator"):
				frappe.set_user(user)
				with self.subTest(doctype=doctype, user=user):
					yield frappe.get_doc(doctype, name)
		frappe.set_user("Administrator")
		for doctype, name in self.documents.items():
			self.assertEqual(frappe.db.get_value(doctype, name, "status"), "Audited")

	def test_form_and_console(self):
		for doc in self.each():
			doc.set(AUDITED[doc.doctype][0], "afterwards")
			self.assertRaises(AuditLockError, doc.save)
			doc.reload()
			doc.set(AUDITED[doc.doctype][0], "afterwards")
			self.assertRaises(AuditLockError, client_save, doc.as_json())
			doc.flags.ignore_permissions = doc.flags.ignore_validate = doc.flags.ignore_mandatory = True
			self.assertRaises(AuditLockError, doc.save, ignore_permissions=True)

	def test_api(self):
		for doc in self.each():
			self.assertRaises(AuditLockError, set_value, doc.doctype, doc.name, AUDITED[doc.doctype][0], "x")
			self.assertRaises(
				(AuditLockError, WorkflowPermissionError), set_value, doc.doctype, doc.name, "status", "New"
			)

	def test_db_set(self):
		for doc in self.each():
			self.assertRaises(AuditLockError, doc.db_set, AUDITED[doc.doctype][0], "afterwards")
			self.assertRaises(AuditLockError, doc.db_set, "status", "New")

	def test_delete_and_rename(self):
		for doc in self.each():
			self.assertRaises((AuditLockError, frappe.PermissionError), client_delete, doc.doctype, doc.name)
			for force in (0, 1):
				self.assertRaises(
					AuditLockError,
					frappe.delete_doc,
					doc.doctype,
					doc.name,
					force=force,
					ignore_permissions=True,
					delete_permanently=bool(force),
				)
			with factories.import_inside_a_test():
				delete_bulk(doc.doctype, [doc.name])
			self.assertTrue(frappe.db.exists(doc.doctype, doc.name))
			refused = (AuditLockError, frappe.ValidationError, frappe.PermissionError)
			self.assertRaises(refused, frappe.rename_doc, doc.doctype, doc.name, "X-1", force=True)
			self.assertTrue(frappe.db.exists(doc.doctype, doc.name))

	def test_rows(self):
		for doc in self.each():
			field, values = AUDITED[doc.doctype][1:]
			row = doc.append(field, dict(values))
			self.assertRaises(AuditLockError, doc.save)
			loose = frappe.get_doc(
				doctype=row.doctype, parent=doc.name, parenttype=doc.doctype, parentfield=field, **values
			)
			self.assertRaises((AuditLockError, ChildRowError), loose.insert, ignore_permissions=True)

	def test_attachments(self):
		for doc in self.each():
			file = frappe.get_doc(
				doctype="File",
				file_name="late.txt",
				content=frappe.generate_hash(),
				is_private=1,
				attached_to_doctype=doc.doctype,
				attached_to_name=doc.name,
			)
			self.assertRaises(AuditLockError, file.insert, ignore_permissions=True)

	def test_import(self):
		for doctype, name in self.documents.items():
			field = AUDITED[doctype][0]
			content = f'"name","{field}"\r\n"{name}","by import"\r\n'
			file = frappe.get_doc(doctype="File", file_name="x.csv", content=content, is_private=1).insert()
			meta = frappe.get_meta(doctype)
			if not meta.allow_import:
				continue
			with self.subTest(doctype=doctype), factories.import_inside_a_test():
				data_import = frappe.get_doc(
					doctype="Data Import",
					reference_doctype=doctype,
					import_type="Update Existing Records",
					import_file=file.file_url,
				).insert()
				Importer(doctype, data_import=data_import).import_data()
				logs = frappe.get_all(
					"Data Import Log", {"data_import": data_import.name}, ["success", "exception"]
				)
				self.assertEqual([row.success for row in logs], [0])
				self.assertIn("AuditLockError", logs[0].exception)

	def test_comments_stay_possible(self):
		"""They stand beside the document and change nothing in it."""
		for doc in self.each():
			add_comment(doc.doctype, doc.name, "Seen", frappe.session.user, "somebody")

	def test_only_cancel_audit_is_offered(self):
		for doc in self.each():
			actions = {row["action"] for row in get_transitions(doc)}
			self.assertLessEqual(actions, {"Cancel Audit"})

	def test_cost(self):
		"""Documents that cannot be audited pay nothing for the lock, and others one look into a cache."""
		todo = frappe.get_doc(doctype="ToDo", description="x").insert()
		audit_lock.lock_fields()
		with self.assertQueryCount(0):
			audit_lock.check_save(todo)
			audit_lock.check_auditor(todo)
			audit_lock.check_delete(todo)


class TestAuditors(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")
		self.ticket = factories.make_ticket(handling="Done")
		factories.act(self.ticket, "Start", "Resolve", "Close")

	def test_each_audit_role_audits_and_cancels(self):
		for role in ("Service Auditor", "May Audit", "Service Manager"):
			with self.subTest(role=role):
				frappe.set_user(factories.user_with(role))
				self.assertEqual(factories.act(self.ticket, "Audit").status, "Audited")
				self.assertEqual(factories.act(self.ticket, "Cancel Audit").status, "Closed")

	def test_auditors_change_nothing_else(self):
		for role in ("Service Auditor", "May Audit"):
			with self.subTest(role=role):
				frappe.set_user(factories.user_with(role))
				doc = frappe.get_doc("Service Ticket", self.ticket.name)
				doc.remarks = "corrected"
				self.assertRaises(AuditorError, doc.save)
				self.assertRaises(AuditorError, set_value, "Service Ticket", doc.name, "handling", "x")
				doc.reload()
				doc.update({"status": "Audited", "remarks": "slipped in"})
				self.assertRaises(AuditorError, doc.save)

	def test_auditor_with_another_role_is_not_held_back(self):
		frappe.set_user(factories.user_with("Service Auditor", "Service Agent"))
		ticket = factories.make_ticket()
		doc = frappe.get_doc("Service Ticket", ticket.name)
		doc.remarks = "as an agent"
		doc.save()

	def test_nobody_else_audits(self):
		for role in ("Service Agent", "Agent Team Leader", "Aftersales Administrator"):
			frappe.set_user(factories.user_with(role))
			doc = frappe.get_doc("Service Ticket", self.ticket.name)
			refused = (WorkflowTransitionError, frappe.PermissionError)
			self.assertRaises(refused, apply_workflow, doc, "Audit")
			self.assertEqual(frappe.db.get_value("Service Ticket", doc.name, "status"), "Closed")


class TestAuditOfAnyDocType(FrappeTestCase):
	"""An administrator gives a DocType that is not ours a workflow with the state Audited."""

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(audit_lock.forget_lock_fields)
		self.addCleanup(frappe.clear_cache, doctype="Contact")
		self.addCleanup(frappe.cache.hdel, "workflow", "Contact")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.contact = factories.make_contact([factories.make_customer()], designation="Audited")

	def workflow(self):
		return frappe.get_doc(
			doctype="Workflow",
			workflow_name=factories.unique("Workflow"),
			document_type="Contact",
			# A field that Contact has: a new one would change its table.
			workflow_state_field="designation",
			is_active=1,
			states=[
				{"state": state, "doc_status": "0", "allow_edit": "All"}
				for state in ("New", "Closed", "Audited")
			],
			transitions=[
				{"state": "New", "action": "Audit", "next_state": "Audited", "allowed": "All"},
				{
					"state": "Audited",
					"action": "Cancel Audit",
					"next_state": "Closed",
					"allowed": "System Manager",
				},
			],
		).insert()

	def test_locked_from_the_moment_the_workflow_is_there(self):
		self.contact.reload()
		self.contact.last_name = "before"
		self.contact.save()
		self.assertNotIn("Contact", audit_lock.lock_fields())
		workflow = self.workflow()
		self.assertEqual(audit_lock.lock_fields()["Contact"], "designation")
		doc = frappe.get_doc("Contact", self.contact.name)
		doc.last_name = "afterwards"
		self.assertRaises(AuditLockError, doc.save)
		self.assertRaises(AuditLockError, frappe.delete_doc, "Contact", doc.name)
		self.assertRaises(AuditLockError, doc.db_set, "last_name", "x")
		phone = frappe.get_doc(
			doctype="Contact Phone",
			parent=doc.name,
			parenttype="Contact",
			parentfield="phone_nos",
			phone="110",
		)
		self.assertRaises(AuditLockError, phone.insert)
		opened = apply_workflow(frappe.get_doc("Contact", doc.name), "Cancel Audit")
		self.assertEqual(opened.designation, "Closed")
		workflow.delete()
		self.assertNotIn("Contact", audit_lock.lock_fields())
