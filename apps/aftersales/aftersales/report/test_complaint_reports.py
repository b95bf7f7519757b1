import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, formatdate, today

from aftersales.aftersales.report.complaint_statistics import complaint_statistics
from aftersales.testing import factories
from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2031-03-01", "to_date": "2031-03-31"}


class TestComplaintReports(ComplaintCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.other_type = factories.make_complaint_type(cls.stores).name
		rows = (
			# type, stage, upheld, satisfaction, late, hours, amount, handled
			(cls.type, "Done", "Upheld", "Satisfied", 0, 4, 50, 1),
			(cls.type, "Done", "Upheld", "Very Dissatisfied", 1, 10, 0, 1),
			(cls.type, "Review", None, None, 0, 0, 0, 0),
			(cls.other_type, "Done", "Not Upheld", "Neutral", 0, 0, 0, 0),
		)
		frappe.set_user("Administrator")
		for number, (type_, stage, upheld, satisfaction, late, hours, amount, handled) in enumerate(rows):
			complaint = factories.make_customer_complaint(complaint_type=type_, reason=f"Reason {number}")
			frappe.db.set_value(
				DOCTYPE,
				complaint.name,
				{
					"received_on": f"2031-03-{1 + 10 * number:02} 23:59:00",
					"stage": stage,
					"upheld": upheld,
					"satisfaction": satisfaction,
					"handled_late": late,
					"hours_taken": hours,
					"compensation_amount": amount,
					"handled_on": "2031-03-31 10:00:00" if handled else None,
				},
			)
		cls.suggestion = factories.make_customer_complaint(
			complaint_type=factories.make_complaint_type(kind="Suggestion").name, reason="Put a light into it"
		).name
		frappe.db.set_value(DOCTYPE, cls.suggestion, "received_on", "2031-04-02 00:00:00")

	def rows(self, report, **filters):
		result = run(report, filters={**PERIOD, **filters}, user=frappe.session.user)
		return [row for row in result["result"] if isinstance(row, dict)]

	def test_statistics_by_type(self):
		frappe.set_user(self.agent)
		first, second = self.rows("Complaint Statistics", mode="Complaint Type")
		self.assertEqual((first["label"], second["label"]), (self.type, self.other_type))
		expected = {
			"total": 3,
			"open": 1,
			"upheld": 2,
			"handled": 2,
			"on_time": 1,
			"late": 1,
			"satisfied": 1,
			"dissatisfied": 1,
			"hours_average": 7.0,
			"on_time_share": 50.0,
			"satisfaction_share": 50.0,
			"amount": 50.0,
		}
		self.assertEqual({key: first[key] for key in expected}, expected)
		self.assertEqual((second["not_upheld"], second["neutral"], second["hours_average"]), (1, 1, None))

	def test_each_way_to_count(self):
		frappe.set_user(self.agent)
		for mode in complaint_statistics.MODES:
			with self.subTest(mode=mode):
				self.assertEqual(sum(row["total"] for row in self.rows("Complaint Statistics", mode=mode)), 4)
		(month,) = self.rows("Complaint Statistics", mode="Month")
		self.assertEqual(month["label"], "2031-03")

	def test_statistics_cost_one_statement(self):
		"""And one of Frappe's own, for what was shared."""
		frappe.set_user(self.agent)
		complaint_statistics.execute(PERIOD)
		with self.assertQueryCount(2):
			complaint_statistics.execute(PERIOD)

	def test_period(self):
		frappe.set_user(self.agent)
		self.assertRaises(
			PeriodError,
			complaint_statistics.execute,
			{"from_date": today(), "to_date": add_days(today(), -1)},
		)
		self.assertEqual(len(self.rows("Complaint Handling Register", from_date="2031-03-31")), 1)
		self.assertEqual(
			self.rows("Complaint Handling Register", to_date="2031-03-01")[0]["reason"], "Reason 0"
		)

	def test_register(self):
		frappe.set_user(self.agent)
		rows = self.rows("Complaint Handling Register")
		self.assertEqual([row["reason"] for row in rows], [f"Reason {number}" for number in range(4)])
		self.assertEqual([row["number"] for row in rows], [1, 2, 3, 4])
		(row,) = self.rows("Complaint Handling Register", complaint_type=self.other_type)
		self.assertEqual(row["upheld"], "Not Upheld")

	def test_suggestions(self):
		frappe.set_user(self.agent)
		self.assertEqual(self.rows("Suggestions Compiled"), [])
		(row,) = self.rows("Suggestions Compiled", to_date="2031-04-02")
		self.assertEqual((row["name"], row["department"]), (self.suggestion, "Not Specified"))

	def test_what_is_printed_says_when(self):
		frappe.set_user(self.agent)
		for report in ("Complaint Handling Register", "Suggestions Compiled"):
			with self.subTest(report):
				message = run(report, filters=PERIOD, user=self.agent)["message"]
				self.assertIn(formatdate(today()), message)

	def test_only_what_the_user_may_read(self):
		self.addCleanup(frappe.clear_cache, user=self.agent)
		factories.insert(
			"User Permission",
			{"user": self.agent, "allow": "Complaint Type", "for_value": self.other_type},
			{},
		)
		frappe.set_user(self.agent)
		(row,) = self.rows("Complaint Statistics")
		self.assertEqual((row["label"], row["total"]), (self.other_type, 1))

	def test_without_right(self):
		for user in ("Guest", factories.user_with("Knowledge Manager"), factories.user_with("Customer")):
			frappe.set_user(user)
			for report in ("Complaint Statistics", "Complaint Handling Register", "Suggestions Compiled"):
				with self.assertRaises(frappe.PermissionError):
					run(report, filters=PERIOD)
