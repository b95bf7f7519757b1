import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import surveys
from aftersales.aftersales.report.follow_up_and_opinion_record import follow_up_and_opinion_record as opinions
from aftersales.aftersales.report.follow_up_statistics import follow_up_statistics as statistics
from aftersales.aftersales.report.never_followed_up import never_followed_up as never
from aftersales.aftersales.report.satisfaction_survey_register import satisfaction_survey_register as register
from aftersales.aftersales.report.survey_results import survey_results as results
from aftersales.testing import factories
from aftersales.utils.report import PeriodError

DAY = "2004-02-10"
PERIOD = {"from_date": DAY, "to_date": DAY}
REPORTS = (statistics, results, never, register, opinions)


class TestReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.template = factories.make_survey_template()

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.db.savepoint("each_test")
		self.addCleanup(frappe.db.rollback, save_point="each_test")

	def follow_up(self, satisfied=None, **fields):
		doc = factories.make_follow_up(planned_for=self.agent, due_date=DAY, satisfied=satisfied, **fields)
		if satisfied:
			doc = factories.act(doc, "Handle")
			frappe.db.set_value("Follow-up", doc.name, "followed_up_on", f"{DAY} 23:59:59.9")
		return doc

	def response(self, *values, at=f"{DAY} 23:59:59.9", **fields):
		answers = {row.name: value for row, value in zip(self.template.questions, values, strict=False)}
		doc = surveys.take_response(self.template.name, answers, "Phone", **fields)
		frappe.db.set_value("Survey Response", doc.name, "answered_on", at)
		return doc

	def test_statistics(self):
		for satisfied in ("Very Satisfied", "Dissatisfied", None):
			self.follow_up(satisfied)
		factories.make_follow_up(planned_for=self.agent, due_date="2004-02-11")
		with_counts = statistics.execute({**PERIOD, "group_by": "planned_for"})
		(row,) = with_counts[1]
		found = [
			row[key]
			for key in ("total", "followed_up", "open", "overdue", "rated", "satisfied", "satisfied_share")
		]
		self.assertEqual(found, [3, 2, 1, 1, 2, 1, 50])
		by_satisfaction = statistics.execute({**PERIOD, "group_by": "satisfied"})[1]
		self.assertEqual(
			{row["group"]: row["total"] for row in by_satisfaction},
			{"Very Satisfied": 1, "Dissatisfied": 1, "": 1},
		)

	def test_results_per_question(self):
		for values in (("5", "Yes", "10"), ("5", "Yes", "9"), ("2", "No", "3", "Late")):
			self.response(*values)
		self.response("1", at="2004-02-11 00:00:00")
		_columns, rows, _message, chart, summary = results.execute(
			{**PERIOD, "survey_template": self.template.name}
		)
		found = {row["question"]: row for row in rows}
		self.assertEqual((found["Service?"]["answers"], found["Service?"]["average"]), (3, 4))
		self.assertEqual(found["Service?"]["counted"], {2: 1, 5: 2})
		self.assertEqual(found["Solved?"]["counted"], {"No": 1, "Yes": 2})
		self.assertEqual(found["Recommend?"]["nps"], 33.3)
		self.assertEqual(found["Anything else?"]["answers"], 1)
		self.assertEqual(chart["data"]["datasets"][0]["values"], [75])
		figures = {part["label"]: part["value"] for part in summary}
		self.assertEqual(
			(figures["Responses"], figures["Low Scores"], figures["Average Score (%)"]), (3, 1, 75)
		)

	def test_results_of_nothing(self):
		_columns, rows, _message, chart, summary = results.execute(PERIOD)
		self.assertEqual((rows, chart, summary[0]["value"]), ([], None, 0))

	def test_never_followed_up(self):
		customer = factories.make_customer()
		tickets = [
			factories.make_ticket(customer=name).name
			for name in (customer.name, factories.make_customer().name)
		]
		frappe.db.set_value(
			"Service Ticket", {"name": ("in", tickets)}, {"completed": 1, "completion_date": DAY}
		)
		self.assertEqual({row["document"] for row in never.execute(PERIOD)[1]}, set(tickets))
		self.follow_up("Satisfied", customer=customer.name)
		self.assertEqual([row["document"] for row in never.execute(PERIOD)[1]], tickets[1:])
		plan = factories.make_follow_up_plan(filters_json='[["completed", "=", 0]]')
		self.assertEqual(never.execute({**PERIOD, "plan": plan.name})[1], [])

	def test_registers(self):
		self.response("2", "No", "3", "Came late", customer_name="Zhang")
		(row,) = register.execute(PERIOD)[1]
		self.assertEqual((row.number, row.customer_name, row.total_score, row.low), (1, "Zhang", 25, 1))
		self.assertIn("Came late", row.answers)
		self.follow_up("Satisfied", result="All well")
		(row,) = opinions.execute(PERIOD)[1]
		self.assertEqual((row.number, row.result, row.satisfied), (1, "All well", "Satisfied"))

	def test_periods(self):
		for report in REPORTS:
			for filters in ({}, {"from_date": DAY}, {"from_date": "2004-02-11", "to_date": DAY}):
				with self.subTest(report.__name__), self.assertRaises(PeriodError):
					report.execute(filters)

	def test_rights(self):
		for user in ("Guest", factories.user_with(), factories.user_with("Knowledge Manager")):
			frappe.set_user(user)
			for report in REPORTS:
				if report is never and user not in ("Guest", factories.user_with()):
					continue
				with (
					self.subTest(user=user, report=report.__name__),
					self.assertRaises(frappe.PermissionError),
				):
					report.execute(PERIOD)


class TestSlip(FrappeTestCase):
	def test_slip_shows_answers_and_result(self):
		template = factories.make_survey_template()
		answers = {template.questions[0].name: "4", template.questions[3].name: "<script>x</script> fine"}
		doc = factories.make_follow_up(
			survey_template=template.name, survey_answers=frappe.as_json(answers), result="Works"
		)
		doc = factories.act(doc, "Handle")
		html = frappe.get_print("Follow-up", doc.name, "Follow-up Slip")
		for text in (doc.name, "Service?", "4 / 5", "Works", "<svg"):
			self.assertIn(text, html)
		self.assertNotIn("<script>x", html)
