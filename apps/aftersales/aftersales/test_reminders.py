import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_to_date, now_datetime, nowdate
from freezegun import freeze_time

from aftersales.aftersales import reminders
from aftersales.testing import factories


class TestStartUpReminder(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent", "May Handle Complaints")
		cls.engineer = factories.user_with("Case Handler")

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.cache.hdel("_user_settings", f"Follow-up::{self.agent}")
		frappe.cache.hdel("_user_settings", f"Follow-up::{self.engineer}")

	def ask(self, user):
		frappe.set_user(user)
		return {part["title"]: part for part in reminders.start_up()}

	def test_once_a_day(self):
		late = factories.make_follow_up(planned_for=self.agent, due_date=add_days(nowdate(), -1))
		soon = factories.make_follow_up(planned_for=self.agent, due_date=add_days(nowdate(), 3))
		factories.make_follow_up(planned_for=self.agent, due_date=add_days(nowdate(), 4))
		frappe.db.set_single_value("Aftersales Settings", "reminder_days_ahead", 3)
		told = self.ask(self.agent)["Follow-ups due within 3 days"]
		self.assertEqual(told["count"], 2)
		self.assertEqual([row["route"][2] for row in told["rows"]], [late.name, soon.name])
		self.assertEqual([row["late"] for row in told["rows"]], [True, False])
		self.assertEqual(self.ask(self.agent), {})
		with freeze_time(add_to_date(now_datetime(), days=1)):
			self.assertTrue(self.ask(self.agent))

	def test_feedback_that_is_awaited(self):
		doc = factories.make_follow_up(result="x", feedback_person=self.engineer)
		factories.act(doc, "Complete Call")
		told = self.ask(self.engineer)["Awaiting your feedback"]
		self.assertEqual([row["route"][2] for row in told["rows"]], [doc.name])

	def test_missed_deadlines_of_what_one_may_read(self):
		complaint = factories.make_customer_complaint()
		overdue = {
			"user": self.agent,
			"state": "Running",
			"due_at": add_to_date(now_datetime(), hours=-1),
			"step": "t",
		}
		for doctype, name in (
			("Customer Complaint", complaint.name),
			("Follow-up Draw", "no right to read it"),
		):
			row = frappe.get_doc(
				doctype="Service Deadline", reference_doctype=doctype, reference_name=name, **overdue
			)
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
		told = self.ask(self.agent)["Overdue"]
		self.assertEqual([row["route"][2] for row in told["rows"]], [complaint.name])

	def test_visitors_hear_nothing(self):
		# frappe.only_for lets everybody through while tests run
		frappe.flags.in_test = False
		self.addCleanup(frappe.flags.update, in_test=True)
		self.assertRaises(frappe.PermissionError, self.ask, "Guest")

	def test_portal_users_hear_nothing(self):
		self.assertEqual(self.ask(factories.user_with()), {})
