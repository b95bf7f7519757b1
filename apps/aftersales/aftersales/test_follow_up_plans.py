import subprocess
import sys
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, nowdate

from aftersales.aftersales import follow_up_plans as plans
from aftersales.aftersales.doctype.follow_up_plan.follow_up_plan import FollowUpPlanError, choices_of
from aftersales.aftersales.follow_ups import AssignmentError
from aftersales.testing import factories
from aftersales.utils.report import PeriodError

PLAN, FOLLOW_UP = "Follow-up Plan", "Follow-up"
# A time of its own, so that tickets of others on the site are never in it.
DAY = getdate("2003-05-14")  # a Wednesday


class PlanTest(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agents = [
			factories.user_with("Service Agent"),
			factories.user_with("Service Agent", "Shop Staff"),
		]

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.db.savepoint("each_test")
		self.addCleanup(frappe.db.rollback, save_point="each_test")

	def plan(self, **fields):
		return factories.make_follow_up_plan(*self.agents, start_date="2003-01-01", **fields)

	def ticket(self, day=DAY, **fields):
		done = fields.pop("completed", 1)
		ticket = factories.make_ticket(**fields)
		frappe.db.set_value("Service Ticket", ticket.name, {"completed": done, "completion_date": day})
		return ticket.name

	def made(self, plan):
		return frappe.get_all(
			FOLLOW_UP, {"plan": plan.name}, ["source_name", "planned_for", "due_date", "customer"]
		)


class TestPopulation(PlanTest):
	def test_completed_tickets_of_the_period(self):
		inside = {self.ticket(day) for day in (DAY, add_days(DAY, 1))}
		for day in (add_days(DAY, -1), add_days(DAY, 2)):
			self.ticket(day)
		self.ticket(completed=0)
		rows = plans.candidates(self.plan(), DAY, add_days(DAY, 1))
		self.assertEqual({row.name for row in rows}, inside)

	def test_two_statements_for_any_number(self):
		customer = factories.make_customer()
		for _number in range(3):
			self.ticket(customer=customer.name)
		plan = self.plan(only_never_followed_up=1)
		with self.assertQueryCount(3):
			plans.candidates(plan, DAY, DAY)

	def test_filters_of_the_plan(self):
		repair = self.ticket(record_type="Repair")
		self.ticket()
		plan = self.plan(filters_json='[["completed", "=", 1], ["record_type", "=", "Repair"]]')
		self.assertEqual([row.name for row in plans.candidates(plan, DAY, DAY)], [repair])

	def test_any_document_with_a_date_and_a_customer(self):
		customer = factories.make_customer()
		found = factories.make_follow_up(customer=customer.name, due_date=DAY, reason="sale")
		plan = self.plan(
			population="Other Documents",
			document_type=FOLLOW_UP,
			date_field="due_date",
			customer_field="customer",
			filters_json='[["reason", "like", "sale%"]]',
		)
		self.assertEqual(
			[(row.name, row.customer) for row in plans.candidates(plan, DAY, DAY)],
			[(found.name, customer.name)],
		)

	def test_time_of_day_does_not_matter(self):
		call = factories.make_ticket(customer=factories.make_customer().name)
		frappe.db.set_value(
			"Service Ticket", call.name, "creation", f"{DAY} 23:59:59.5", update_modified=False
		)
		plan = self.plan(
			population="Other Documents",
			document_type="Service Ticket",
			date_field="creation",
			customer_field="customer",
		)
		self.assertEqual([row.name for row in plans.candidates(plan, DAY, DAY)], [call.name])

	def test_never_followed_up_since(self):
		followed, planned, before, never = (factories.make_customer().name for _number in range(4))
		for customer, day in ((followed, add_days(DAY, 3)), (before, add_days(DAY, -3))):
			done = factories.make_follow_up(customer=customer, result="x")
			factories.act(done, "Handle")
			frappe.db.set_value(FOLLOW_UP, done.name, "followed_up_on", day)
		factories.make_follow_up(customer=planned)
		for customer in (followed, planned):
			self.ticket(customer=customer)
		expected = {self.ticket(customer=before)}
		self.ticket(customer=never)
		expected.add(self.ticket(add_days(DAY, 1), customer=never))
		rows = plans.candidates(self.plan(only_never_followed_up=1), DAY, add_days(DAY, 1))
		self.assertEqual({row.name for row in rows}, expected)

	def test_refused(self):
		for fields in (
			{
				"population": "Other Documents",
				"document_type": "Dealer",
				"date_field": "creation",
				"customer_field": "owner",
			},
			{
				"population": "Other Documents",
				"document_type": FOLLOW_UP,
				"date_field": "reason",
				"customer_field": "customer",
			},
			{
				"population": "Other Documents",
				"document_type": "Aftersales Settings",
				"date_field": "creation",
				"customer_field": "x",
			},
			{"filters_json": "{"},
			{"filters_json": '[["name; drop table", "=", 1]]'},
			{"filters_json": '[["completed", "or 1=1", 1]]'},
			{"sampling_method": "Percentage", "sampling_size": 101},
			{"sampling_method": "Count", "sampling_size": 1.5},
		):
			with self.subTest(fields), self.assertRaises(FollowUpPlanError):
				self.plan(**fields)
		self.assertRaises(AssignmentError, factories.make_follow_up_plan, assignees=[])

	def test_choices_for_the_form(self):
		found = choices_of("Service Ticket")
		self.assertIn("completion_date", [row["value"] for row in found["date_field"]])
		self.assertEqual([row["value"] for row in found["customer_field"]], ["customer"])


class TestPeriods(PlanTest):
	def periods(self, frequency, today, last_day=None, start_date="2003-05-14"):
		plan = frappe._dict(frequency=frequency, last_day=last_day, start_date=start_date)
		return [(str(a), str(b)) for a, b in plans.periods_to_draw(plan, getdate(today))]

	def test_daily_catches_up_in_one(self):
		self.assertEqual(self.periods("Daily", "2003-05-14"), [])
		self.assertEqual(self.periods("Daily", "2003-05-15"), [("2003-05-14", "2003-05-14")])
		self.assertEqual(self.periods("Daily", "2003-05-20", "2003-05-15"), [("2003-05-16", "2003-05-19")])
		self.assertEqual(self.periods("Daily", "2003-05-20", "2003-05-19"), [])

	def test_weeks_end_on_sunday(self):
		self.assertEqual(self.periods("Weekly", "2003-05-18"), [])
		self.assertEqual(self.periods("Weekly", "2003-05-19"), [("2003-05-14", "2003-05-18")])
		self.assertEqual(
			self.periods("Weekly", "2003-06-02", "2003-05-18"),
			[("2003-05-19", "2003-05-25"), ("2003-05-26", "2003-06-01")],
		)

	def test_months(self):
		self.assertEqual(self.periods("Monthly", "2003-05-31"), [])
		self.assertEqual(self.periods("Monthly", "2003-06-01"), [("2003-05-14", "2003-05-31")])
		self.assertEqual(self.periods("Monthly", "2003-07-01", "2003-05-31"), [("2003-06-01", "2003-06-30")])

	def test_by_hand_never(self):
		self.assertEqual(self.periods("Only by Hand", "2004-01-01"), [])


class TestDraw(PlanTest):
	def test_draw_makes_follow_ups_once(self):
		names = {self.ticket(customer=factories.make_customer().name) for _number in range(4)}
		plan = self.plan()
		first = plans.plan_now(plan.name, str(DAY), str(DAY))
		self.assertEqual((first["drawn"], first["created"], first["before"]), (4, 4, False))
		again = plans.plan_now(plan.name, str(DAY), str(DAY))
		self.assertEqual((again["created"], again["before"], again["draw"]), (0, True, first["draw"]))
		wider = plans.plan_now(plan.name, str(DAY), str(add_days(DAY, 2)))
		self.assertEqual((wider["drawn"], wider["created"]), (4, 0))
		self.assertEqual({row.source_name for row in self.made(plan)}, names)

	def test_late_document_does_not_change_a_drawn_period(self):
		self.ticket()
		plan = self.plan()
		plans.plan_now(plan.name, str(DAY), str(DAY))
		self.ticket()
		self.assertEqual(plans.plan_now(plan.name, str(DAY), str(DAY))["created"], 0)

	def test_interrupted_draw_goes_on(self):
		names = [self.ticket() for _number in range(3)]
		plan = self.plan()
		drawn = plans.draw_period(plan, DAY, DAY)
		factories.make_follow_up(
			unique_key=plans.key_of(plan, names[0]),
			plan=plan.name,
			source_doctype="Service Ticket",
			source_name=names[0],
		)
		self.assertEqual(plans.carry_out(drawn.name), 2)
		self.assertEqual(plans.carry_out(drawn.name), 0)
		self.assertEqual(len(self.made(plan)), 3)

	def test_sample_is_kept_and_repeats(self):
		for _number in range(10):
			self.ticket()
		plan = self.plan(sampling_method="Count", sampling_size=3)
		self.assertTrue(plan.seed)
		rows = plans.candidates(plan, DAY, DAY)
		expected = {row.name for row in plans.sample(plan, rows, DAY, DAY)}
		plans.plan_now(plan.name, str(DAY), str(DAY))
		self.assertEqual({row.source_name for row in self.made(plan)}, expected)
		drawn = frappe.get_last_doc("Follow-up Draw", {"plan": plan.name})
		self.assertEqual(
			(drawn.method, drawn.size, drawn.population_count, drawn.drawn_count), ("Count", 3, 10, 3)
		)
		self.assertEqual(drawn.seed, plans.seed_of(plan, DAY, DAY))

	def test_random_by_person(self):
		for user in self.agents:
			for _number in range(3):
				self.ticket(person_in_charge=user)
		plan = self.plan(sampling_method="Random by Person", sampling_size=1)
		rows = plans.sample(plan, plans.candidates(plan, DAY, DAY), DAY, DAY)
		self.assertEqual({row.person for row in rows}, set(self.agents))
		self.assertEqual(len(rows), 2)

	def test_due_some_days_after_but_not_in_the_past(self):
		today = getdate(nowdate())
		self.ticket(add_days(today, -2))
		self.ticket(add_days(today, -30))
		plan = self.plan(
			days_after=7, filters_json=f'[["completed", "=", 1], ["modified", ">", "{add_days(today, -1)}"]]'
		)
		plans.plan_now(plan.name, str(add_days(today, -30)), str(today))
		days = {row.due_date for row in self.made(plan)}
		self.assertLessEqual({today, getdate(add_days(today, 5))}, days)
		self.assertGreaterEqual(min(days), today)

	def test_turns_and_persons(self):
		for _number in range(4):
			self.ticket(person_in_charge=self.agents[1])
		turns = self.plan(assignment="By Turns")
		plans.plan_now(turns.name, str(DAY), str(DAY))
		self.assertEqual(
			[sum(row.planned_for == user for row in self.made(turns)) for user in self.agents], [2, 2]
		)
		own = self.plan(assignment="Person of the Document")
		plans.plan_now(own.name, str(DAY), str(DAY))
		self.assertEqual({row.planned_for for row in self.made(own)}, {self.agents[1]})

	def test_many_go_to_the_background(self):
		for _number in range(3):
			self.ticket()
		plan = self.plan()
		with patch.object(plans, "BACKGROUND_FROM", 3):
			answer = plans.plan_now(plan.name, str(DAY), str(DAY))
		self.assertTrue(answer["background"])
		self.assertEqual(self.made(plan), [])
		self.assertEqual(plans.carry_out(answer["draw"], user="Administrator"), 3)

	def test_statements_grow_with_what_is_made_only(self):
		plan = self.plan()
		self.cost(plan, DAY, 1)  # caches are warm from here
		costs = [self.cost(plan, add_days(DAY, number), number) for number in (1, 2, 3)]
		# Most of them are Frappe's own: it looks at each transition of the workflow for its Workflow Actions.
		self.assertLessEqual(costs[2] - costs[1], 70)

	def cost(self, plan, day, number):
		"""Return how many statements it takes to make follow-ups of a day with so many tickets."""
		customer = factories.make_customer().name
		for _number in range(number):
			self.ticket(day, customer=customer)
		drawn = plans.draw_period(plan, day, day)
		counted = []
		execute = frappe.db.sql

		def count(*args, **kwargs):
			counted.append(args[0])
			return execute(*args, **kwargs)

		frappe.db.sql = count
		try:
			self.assertEqual(plans.carry_out(drawn.name), number)
		finally:
			frappe.db.sql = execute
		return len(counted)

	def test_scheduler_draws_what_is_over_and_survives_a_broken_plan(self):
		broken = self.plan(frequency="Daily")
		frappe.db.set_value(PLAN, broken.name, "filters_json", "{")
		good = self.plan(frequency="Daily")
		frappe.db.set_value(PLAN, good.name, "last_day", add_days(nowdate(), -2))
		day = add_days(nowdate(), -1)
		self.assertEqual(
			plans.periods_to_draw(frappe.get_doc(PLAN, good.name), getdate()), [(getdate(day), getdate(day))]
		)
		plan = frappe.get_doc(PLAN, good.name)
		plans.carry_out(plans.draw_period(plan, day, day).name)
		self.assertEqual(plans.periods_to_draw(frappe.get_doc(PLAN, good.name), getdate()), [])

	def test_preview_says_what_plan_now_does(self):
		for _number in range(3):
			self.ticket(customer=factories.make_customer(customer_name="Known").name)
		plan = self.plan(sampling_method="Count", sampling_size=2)
		shown = plans.preview(plan.name, str(DAY), str(DAY))
		self.assertEqual(
			(shown["population"], shown["drawn"], shown["new"], shown["drawn_before"]), (3, 2, 2, False)
		)
		self.assertEqual({row["customer_name"] for row in shown["rows"]}, {"Known"})
		self.assertEqual(self.made(plan), [])
		plans.plan_now(plan.name, str(DAY), str(DAY))
		self.assertEqual({row.source_name for row in self.made(plan)}, {row["name"] for row in shown["rows"]})
		self.assertTrue(plans.preview(plan.name, str(DAY), str(DAY))["drawn_before"])

	def test_periods_that_make_no_sense(self):
		plan = self.plan()
		self.assertRaises(PeriodError, plans.plan_now, plan.name, "2003-05-02", "2003-05-01")
		self.assertRaises(PeriodError, plans.preview, plan.name, "2003-05-02")

	def test_rights(self):
		plan = self.plan()
		for user in ("Guest", factories.user_with(), factories.user_with("Service Agent")):
			frappe.set_user(user)
			for call in (plans.preview, plans.plan_now):
				with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
					call(plan.name, str(DAY), str(DAY))
			if user == "Guest":
				self.assertRaises(frappe.PermissionError, choices_of, "Service Ticket")


SCRIPT = """
import sys, frappe
frappe.init({site!r}, sites_path="."); frappe.connect(); frappe.set_user("Administrator")
from aftersales.aftersales import follow_up_plans as plans
sys.stdin.readline()
plan = frappe.get_doc("Follow-up Plan", {plan!r})
drawn = plans.draw_period(plan, {day!r}, {day!r})
made = plans.carry_out(drawn.name)
frappe.db.commit()
print(drawn.name, made)
"""


class TestTwoProcesses(FrappeTestCase):
	def test_the_same_period_drawn_at_once(self):
		day = "2002-03-04"
		plan = factories.make_follow_up_plan(start_date=day)
		tickets = [factories.make_ticket().name for _number in range(5)]
		frappe.db.set_value(
			"Service Ticket", {"name": ("in", tickets)}, {"completed": 1, "completion_date": day}
		)
		frappe.db.commit()
		self.addCleanup(self.remove, plan.name, tickets)
		script = SCRIPT.format(site=frappe.local.site, plan=plan.name, day=day)
		workers = [
			subprocess.Popen(
				[sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
			)
			for _number in range(3)
		]
		for worker in workers:
			worker.stdin.write("go\n")
			worker.stdin.flush()
		answers = [worker.communicate(timeout=120)[0].split() for worker in workers]
		self.assertEqual([worker.returncode for worker in workers], [0, 0, 0])
		self.assertEqual(len({name for name, _made in answers}), 1)
		self.assertEqual(sorted(int(made) for _name, made in answers), [0, 0, 5])
		frappe.db.rollback()
		self.assertEqual(frappe.db.count(FOLLOW_UP, {"plan": plan.name}), 5)

	def remove(self, plan, tickets):
		frappe.db.rollback()
		for doctype in (FOLLOW_UP, "Follow-up Draw"):
			for name in frappe.get_all(doctype, {"plan": plan}, pluck="name"):
				frappe.delete_doc(doctype, name, force=True)
		frappe.delete_doc(PLAN, plan, force=True)
		for ticket in tickets:
			frappe.delete_doc("Service Ticket", ticket, force=True)
		frappe.db.commit()
