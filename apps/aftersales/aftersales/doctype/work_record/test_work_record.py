import frappe
from frappe.client import insert as client_insert
from frappe.client import set_value
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.aftersales.doctype.work_record.work_record import OtherEngineerError, WorkTimeError
from aftersales.aftersales.work.records import new_from_ticket
from aftersales.testing import factories


class TestWorkRecord(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.engineer = factories.user_with("Service Technician")
		cls.other = factories.user_with("Service Technician", "Service Agent")
		cls.manager = factories.user_with("Service Manager")
		cls.customer = factories.make_customer()
		cls.product = factories.make_product()
		cls.ticket = factories.make_ticket(customer=cls.customer.name, product=cls.product.name)
		frappe.set_user(cls.engineer)
		cls.record = factories.make_work_record(engineer=cls.engineer)
		frappe.set_user("Administrator")

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, **fields):
		return frappe.get_doc({"doctype": "Work Record", "work_done": "Cleaned", **fields}).insert()

	def test_an_engineer_records_their_own_work(self):
		frappe.set_user(self.engineer)
		record = self.make(minutes=45, solution_method=factories.make_solution_method().name)
		self.assertEqual(record.engineer, self.engineer)
		self.assertRegex(record.name, r"^WR-\d\d-\d{6}$")
		self.assertEqual(str(record.work_date), today())
		set_value("Work Record", record.name, "remaining_problem", "Filter is on order")

	def test_not_that_of_others(self):
		frappe.set_user(self.other)
		self.assertRaises(OtherEngineerError, self.make, engineer=self.engineer)
		self.assertRaises(
			OtherEngineerError,
			client_insert,
			{"doctype": "Work Record", "work_done": "x", "engineer": self.engineer},
		)

	def test_records_of_others_can_be_read_and_not_changed(self):
		frappe.set_user(self.other)
		self.assertTrue(frappe.has_permission("Work Record", "read", doc=self.record.name))
		self.assertRaises(
			frappe.PermissionError, set_value, "Work Record", self.record.name, "work_done", "Mine"
		)
		# nor by writing one's own name into it first
		self.assertRaises(
			frappe.PermissionError,
			set_value,
			"Work Record",
			self.record.name,
			{"engineer": self.other, "work_done": "Mine"},
		)

	def test_an_own_record_is_not_given_to_others(self):
		frappe.set_user(self.engineer)
		self.assertRaises(
			OtherEngineerError, set_value, "Work Record", self.record.name, "engineer", self.other
		)

	def test_a_manager_corrects_any(self):
		frappe.set_user(self.manager)
		set_value("Work Record", self.record.name, "minutes", 20)
		self.make(engineer=self.engineer)

	def test_impossible_times(self):
		for fields in ({"work_date": add_days(today(), 1)}, {"minutes": 1441}):
			with self.subTest(**fields):
				self.assertRaises(WorkTimeError, self.make, **fields)
		self.assertRaises(frappe.ValidationError, self.make, minutes=-5)

	def test_from_a_ticket(self):
		frappe.set_user(self.other)
		record = frappe.get_doc(new_from_ticket(self.ticket.name))
		record.work_done = "Exchanged the compressor"
		record.insert()
		self.assertEqual(
			(record.customer, record.product, record.reference_name, record.engineer),
			(self.customer.name, self.product.name, self.ticket.name, self.other),
		)
		self.assertEqual(record.customer_name, self.ticket.customer_name)

	def test_a_reference_fills_what_is_empty(self):
		record = factories.make_work_record(
			reference_doctype="Service Ticket", reference_name=self.ticket.name, customer_name="Somebody"
		)
		self.assertEqual((record.customer, record.product), (self.customer.name, self.product.name))
		self.assertEqual(record.customer_name, "Somebody")

	def test_from_a_ticket_needs_both_rights(self):
		for user in (
			"Guest",
			factories.user_with("Service Auditor"),
			factories.user_with("Knowledge Manager"),
		):
			with self.subTest(user=user):
				frappe.set_user(user)
				self.assertRaises(frappe.PermissionError, new_from_ticket, self.ticket.name)

	def test_from_no_ticket(self):
		frappe.set_user(self.other)
		self.assertRaises(frappe.DoesNotExistError, new_from_ticket, "none")
