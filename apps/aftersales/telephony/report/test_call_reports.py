import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase
from frappe.utils import get_datetime

from aftersales.telephony.report.calls_by_agent import calls_by_agent
from aftersales.telephony.report.calls_by_hour import calls_by_hour
from aftersales.telephony.report.calls_by_line import calls_by_line
from aftersales.telephony.report.missed_calls_and_call_backs import missed_calls_and_call_backs
from aftersales.telephony.report.operator_workload import operator_workload
from aftersales.testing.factories import (
	make_customer,
	make_phone_line,
	make_service_call,
	make_ticket,
	user_with,
)
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2021-03-01", "to_date": "2021-03-31"}
REPORTS = (calls_by_line, calls_by_agent, calls_by_hour, missed_calls_and_call_backs, operator_workload)
NAMES = (
	"Calls by Line",
	"Calls by Agent",
	"Calls by Hour",
	"Missed Calls and Call-backs",
	"Operator Workload",
)


class TestCallReports(FrappeTestCase):
	"""Two lines, two agents, calls of which each figure can be counted by hand."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.ann = user_with("Service Agent", account="ann-calls")
		cls.bob = user_with("Service Agent", account="bob-calls")
		cls.one, cls.two = make_phone_line(), make_phone_line()
		cls.customer = make_customer().name

		def call(day, time, state, line=cls.one, **fields):
			return make_service_call(
				phone_line=line.name,
				bridge=line.bridge,
				started_at=f"2021-03-{day} {time}",
				state=state,
				direction=fields.pop("direction", "Inbound"),
				**fields,
			).name

		# line one: 4 in (2 answered, 1 missed, 1 not known), 2 out (1 reached)
		answered = {"agent": cls.ann, "duration": 60}
		call("01", "00:00:00", "Ended", answered_at="2021-03-01 00:00:10", **answered)
		talk = call("31", "23:59:59", "Ended", answered_at="2021-04-01 00:00:19", agent=cls.ann, duration=120)
		call("02", "09:10:00", "Missed", call_back_state="To Call Back")
		cls.back = call(
			"02",
			"09:59:00",
			"Unknown",
			call_back_state="Done",
			call_back=talk,
			called_back_by=cls.bob,
			called_back_at="2021-03-02 11:59:00",
			customer=cls.customer,
		)
		call("02", "10:00:00", "Ended", direction="Outbound", agent=cls.bob, duration=30)
		call("02", "10:01:00", "Missed", direction="Outbound", agent=cls.bob)
		# line two: 1 in; outside the period on both sides
		call("03", "09:00:00", "Ended", cls.two, agent=cls.bob, answered_at="2021-03-03 09:00:05")
		make_service_call(phone_line=cls.two.name, started_at="2021-02-28 23:59:59", state="Ended")
		make_service_call(phone_line=cls.two.name, started_at="2021-04-01 00:00:00", state="Ended")
		for owner, record_type, moment in (
			(cls.ann, "Repair", "2021-03-05 10:00:00"),
			(cls.ann, "Repair", "2021-03-31 23:00:00"),
			(cls.ann, "Enquiry", "2021-03-06 10:00:00"),
			(cls.bob, "Enquiry", "2021-03-06 10:00:00"),
			(cls.bob, "Repair", "2021-04-01 00:00:00"),
		):
			ticket = make_ticket(record_type=record_type)
			frappe.db.set_value("Service Ticket", ticket.name, {"owner": owner, "creation": moment})

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_by_line(self):
		rows = {row["phone_line"]: row for row in calls_by_line.execute(PERIOD)[1]}
		self.assertEqual(set(rows), {self.one.name, self.two.name, None})
		total = rows[None]
		self.assertEqual((total["incoming"], total["seconds"], total["rate"]), (5, 210, 60))
		self.assertEqual(rows[self.one.name]["line_title"], self.one.line_title)
		one = rows[self.one.name]
		fields = ("incoming", "answered", "missed", "unknown", "outgoing", "reached", "seconds", "rate")
		self.assertEqual([one[field] for field in fields], [4, 2, 1, 1, 2, 1, 210, 50])
		self.assertEqual((one["wait"], one["talk"]), (15, 70))
		self.assertEqual((rows[self.two.name]["incoming"], rows[self.two.name]["talk"]), (1, None))

	def test_by_agent(self):
		rows = {row["agent"]: row for row in calls_by_agent.execute(PERIOD)[1]}
		fields = ("answered", "outgoing", "reached", "called_back", "seconds", "talk")
		self.assertEqual([rows[self.ann][field] for field in fields], [2, 0, 0, 0, 180, 90])
		self.assertEqual([rows[self.bob][field] for field in fields], [1, 2, 1, 1, 30, 30])
		message = calls_by_agent.execute(PERIOD)[2]
		self.assertTrue(message.startswith("2 calls"), message)
		only = calls_by_agent.execute({**PERIOD, "agent": self.bob})
		self.assertEqual([row["agent"] for row in only[1]], [self.bob])
		self.assertIsNone(only[2])

	def test_by_hour_and_weekday(self):
		rows = calls_by_hour.execute(PERIOD)[1]
		self.assertEqual(len(rows), 25)
		self.assertEqual((rows[24]["incoming"], rows[24]["outgoing"]), (5, 2))
		self.assertEqual([rows[hour]["incoming"] for hour in (0, 8, 9, 10, 23)], [1, 0, 3, 0, 1])
		self.assertEqual((rows[9]["missed"], rows[9]["unknown"], rows[10]["outgoing"]), (1, 1, 2))
		self.assertIsNone(rows[8]["rate"])
		days = calls_by_hour.execute({**PERIOD, "group_by": "Weekday"})[1]
		# 1 March 2021 was a Monday, the 31st a Wednesday.
		self.assertEqual([day["incoming"] for day in days], [1, 2, 2, 0, 0, 0, 0, 5])

	def test_missed_calls(self):
		_columns, rows, _message, _chart, summary = missed_calls_and_call_backs.execute(PERIOD)
		self.assertEqual(
			[(row["call_back_state"], row["name"] == self.back) for row in rows],
			[("Done", True), ("To Call Back", False)],
		)
		self.assertEqual(rows[0]["waited"], 2 * 3600)
		since = get_datetime("2021-03-02 09:10:00")
		self.assertGreater(rows[1]["waited"], (get_datetime() - since).total_seconds() - 60)
		self.assertEqual([figure["value"] for figure in summary], [2, 1, 50, 7200])
		mine = missed_calls_and_call_backs.execute({**PERIOD, "call_back_state": "To Call Back"})[1]
		self.assertEqual(len(mine), 1)

	def test_workload(self):
		rows = {row["operator"]: row for row in operator_workload.execute(PERIOD)[1]}
		fields = ("repairs", "tickets", "answered", "outgoing", "seconds")
		self.assertEqual([rows[self.ann][field] for field in fields], [2, 3, 2, 0, 180])
		self.assertEqual([rows[self.bob][field] for field in fields], [0, 1, 1, 2, 30])
		only = operator_workload.execute({**PERIOD, "operator": self.bob})[1]
		self.assertEqual([row["operator"] for row in only], [self.bob])

	def test_periods_without_calls_and_wrong_ones(self):
		for report in REPORTS:
			with self.subTest(report=report.__name__):
				self.assertEqual(report.execute({"from_date": "1999-01-01", "to_date": "1999-01-02"})[1], [])
				self.assertRaises(PeriodError, report.execute, {})
				self.assertRaises(
					PeriodError, report.execute, {"from_date": "2021-03-02", "to_date": "2021-03-01"}
				)

	def test_permissions(self):
		for name in NAMES:
			with self.subTest(report=name):
				frappe.set_user(user_with("Service Manager"))
				self.assertTrue(run(name, PERIOD, ignore_prepared_report=True)["result"])
				frappe.set_user(user_with("Shop Staff"))
				self.assertRaises(frappe.PermissionError, run, name, PERIOD)
		for report in REPORTS:
			with self.subTest(report=report.__name__), self.assertRaises(frappe.PermissionError):
				report.execute(PERIOD)

	def test_counts_are_cut_to_what_one_may_read(self):
		user = user_with("Agent Team Leader", account="limited-calls")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Phone Line", for_value=self.two.name
		).insert()
		frappe.set_user(user)
		self.assertEqual([row["phone_line"] for row in calls_by_line.execute(PERIOD)[1]], [self.two.name])

	def test_statements(self):
		most = {calls_by_line: 2, calls_by_agent: 3, calls_by_hour: 1, missed_calls_and_call_backs: 3}
		for report, number in most.items():
			report.execute(PERIOD)
			with self.subTest(report=report.__name__), self.assertQueryCount(number):
				report.execute(PERIOD)
