import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import today

from aftersales.aftersales import deletion_log
from aftersales.aftersales.own_doctypes import doctype_choices, own_doctypes
from aftersales.aftersales.report.deletion_log.deletion_log import execute
from aftersales.testing import factories


class TestDeletionLog(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.manager = factories.user_with("Service Manager")
		cls.agent = factories.user_with("Service Agent")
		cls.auditor = factories.user_with("Service Auditor")
		cls.ticket = factories.make_ticket(question="It drips", handling="Valve closed")
		frappe.set_user(cls.manager)
		factories.act(cls.ticket, "Start", "Resolve")
		frappe.delete_doc("Service Ticket", cls.ticket.name)
		frappe.set_user("Administrator")
		cls.entry = frappe.db.get_value("Deleted Document", {"deleted_name": cls.ticket.name})

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def rows(self, **filters):
		return execute(filters)[1]

	def test_says_who_deleted_what_and_when(self):
		frappe.set_user(self.auditor)
		row = next(row for row in self.rows(from_date=today(), to_date=today()) if row["entry"] == self.entry)
		self.assertEqual(row["number"], self.ticket.name)
		self.assertEqual(row["title"], self.ticket.customer_name)
		self.assertEqual(row["deleted_by"], frappe.utils.get_fullname(self.manager))

	def test_filters(self):
		def numbers(**filters):
			return [row["number"] for row in self.rows(**filters)]

		self.assertIn(
			self.ticket.name, numbers(kind="Service Ticket", user=self.manager, number=self.ticket.name[3:])
		)
		self.assertNotIn(self.ticket.name, numbers(kind="Service Customer"))
		self.assertNotIn(self.ticket.name, numbers(user=self.agent))
		self.assertNotIn(self.ticket.name, numbers(from_date="2999-01-01"))
		self.assertNotIn(self.ticket.name, numbers(to_date="2001-01-01"))
		self.assertEqual(numbers(kind="User"), [])

	def test_only_documents_of_the_app_that_one_may_read(self):
		todo = frappe.get_doc(doctype="ToDo", description="x").insert()
		faq = factories.make_faq()
		for doc in (todo, faq):
			frappe.delete_doc(doc.doctype, doc.name)
		for user in (self.auditor, self.manager):
			frappe.set_user(user)
			numbers = [row["number"] for row in self.rows()]
			self.assertNotIn(todo.name, numbers)
			self.assertEqual(faq.name in numbers, bool(frappe.has_permission("FAQ", "read", doc=faq)))

	def test_rows_that_user_permissions_forbid_are_left_out(self):
		mine, other = factories.make_customer(), factories.make_customer()
		for customer in (mine, other):
			frappe.delete_doc("Service Ticket", factories.make_ticket(customer=customer.name).name)
		frappe.get_doc(
			doctype="User Permission", user=self.auditor, allow="Service Customer", for_value=mine.name
		).insert()
		frappe.set_user(self.auditor)
		customers = {row["customer"] for row in self.rows(kind="Service Ticket")}
		self.assertIn(mine.name, customers)
		self.assertNotIn(other.name, customers)
		entry = frappe.db.get_value("Deleted Document", {"data": ("like", f"%{other.name}%")})
		self.assertRaises(frappe.PermissionError, deletion_log.content, entry)

	def test_content(self):
		frappe.set_user(self.auditor)
		found = deletion_log.content(self.entry)
		values = {field["label"]: field["value"] for field in found["fields"]}
		self.assertEqual(values["Question Content"], "It drips")
		self.assertEqual(values["Status"], "Resolved")
		self.assertFalse(found["may_restore"])
		frappe.set_user(self.manager)
		self.assertTrue(deletion_log.content(self.entry)["may_restore"])

	def test_restored_as_it_was_and_once(self):
		frappe.set_user(self.manager)
		self.assertEqual(deletion_log.restore(self.entry), self.ticket.name)
		back = frappe.get_doc("Service Ticket", self.ticket.name)
		self.assertEqual((back.status, back.completed, back.question), ("Resolved", 1, "It drips"))
		self.assertEqual(str(back.creation), str(self.ticket.creation))
		self.assertEqual(back.owner, self.ticket.owner)
		self.assertRaises(deletion_log.RestoreError, deletion_log.restore, self.entry)
		row = next(row for row in self.rows() if row["entry"] == self.entry)
		self.assertTrue(row["restored"])
		self.assertFalse(deletion_log.content(self.entry)["may_restore"])

	def test_not_restored_over_another_of_that_name(self):
		factories.make_ticket(own_number=self.ticket.name)
		frappe.set_user(self.manager)
		self.assertRaises(deletion_log.RestoreError, deletion_log.restore, self.entry)
		self.assertFalse(frappe.db.get_value("Deleted Document", self.entry, "restored"))

	def test_who_may(self):
		for user in (self.agent, "Guest", factories.user_with("May Delete Records")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, execute, {})
			self.assertRaises(frappe.PermissionError, deletion_log.content, self.entry)
			self.assertRaises(frappe.PermissionError, deletion_log.restore, self.entry)
		frappe.set_user(self.auditor)
		self.assertRaises(frappe.PermissionError, deletion_log.restore, self.entry)
		self.assertRaises(frappe.DoesNotExistError, deletion_log.content, "no such entry")

	def test_unreadable_entries_do_not_break_the_list(self):
		for data in ("", "{", "[]", '{"doctype": "Gone DocType"}'):
			frappe.get_doc(
				doctype="Deleted Document", deleted_doctype="Service Ticket", deleted_name="odd", data=data
			).insert()
		frappe.set_user(self.manager)
		self.assertIn(self.ticket.name, [row["number"] for row in self.rows()])

	def test_choices_are_the_documents_of_the_app(self):
		own = own_doctypes()
		self.assertIn("Service Ticket", own)
		self.assertNotIn("Ticket Picture", own)
		self.assertNotIn("Aftersales Settings", own)
		frappe.set_user(self.agent)
		offered = [row[0] for row in doctype_choices("DocType", "ticket", "name", 0, 20, {})]
		self.assertEqual(offered, ["Service Ticket"])
		self.assertNotIn(
			"Emergency Snapshot", [row[0] for row in doctype_choices("DocType", "", "name", 0, 99, {})]
		)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, doctype_choices, "DocType", "", "name", 0, 20, {})
