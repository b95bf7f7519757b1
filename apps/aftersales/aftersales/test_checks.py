from datetime import date
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.aftersales import checks
from aftersales.aftersales.doctype.check_draw.check_draw import DrawIsFixedError
from aftersales.aftersales.doctype.check_plan.check_plan import CheckPlanError, choices
from aftersales.testing import factories

PERIOD = ("2001-01-01", "2001-01-31")


class TestChecks(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.manager = factories.user_with("Service Manager")
		cls.agent = factories.user_with("Service Agent")
		cls.other = factories.user_with("Agent Team Leader")
		cls.mark = factories.unique("Population")
		cls.tickets = [
			factories.make_ticket(
				customer_name=cls.mark,
				creation_date=f"2001-01-{day:02}",
				acceptance_date=None,
				person_in_charge=cls.agent if day % 2 else cls.other,
			).name
			for day in range(1, 13)
		]
		cls.outside = factories.make_ticket(customer_name=cls.mark, creation_date="2001-02-01").name

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def plan(self, **fields):
		filters = frappe.as_json([["Service Ticket", "customer_name", "=", self.mark, False]])
		return factories.make_check_plan(filters=filters, **fields)

	def records(self, draw):
		return frappe.get_all(
			"Check Record", filters={"draw": draw}, pluck="reference_name", order_by="reference_name"
		)

	def test_periods_are_complete_ones(self):
		wednesday = date(2026, 3, 4)
		self.assertEqual(checks.last_period("Daily", wednesday), (date(2026, 3, 3),) * 2)
		self.assertEqual(checks.last_period("Weekly", wednesday), (date(2026, 2, 23), date(2026, 3, 1)))
		self.assertEqual(
			checks.last_period("Weekly", date(2026, 3, 2)), (date(2026, 2, 23), date(2026, 3, 1))
		)
		self.assertEqual(checks.last_period("Monthly", wednesday), (date(2026, 2, 1), date(2026, 2, 28)))
		self.assertEqual(
			checks.last_period("Monthly", date(2024, 3, 31)), (date(2024, 2, 1), date(2024, 2, 29))
		)
		self.assertEqual(
			checks.last_period("Monthly", date(2026, 1, 1)), (date(2025, 12, 1), date(2025, 12, 31))
		)
		self.assertRaises(checks.NoPeriodError, checks.last_period, "Own Dates", wednesday)

	def test_draws_the_population_of_the_period_and_filters(self):
		result = checks.draw_sample(self.plan().name, *PERIOD)
		self.assertEqual(result["made"], 12)
		self.assertEqual(self.records(result["draw"]), sorted(self.tickets))
		draw = frappe.get_doc("Check Draw", result["draw"])
		self.assertEqual((draw.population_size, draw.sample_size), (12, 12))
		self.assertEqual(list(checks.read_population(draw.population)), self.tickets)

	def test_last_day_of_a_time_field_counts_whole(self):
		ticket = self.tickets[0]
		for time, found in (("2001-01-31 23:59:59.5", True), ("2001-02-01 00:00:00", False)):
			frappe.db.set_value("Service Ticket", ticket, "creation", time, update_modified=False)
			population = checks.population_of(
				self.plan(date_field="creation"), (getdate(PERIOD[0]), getdate(PERIOD[1]))
			)
			self.assertEqual(ticket in population, found)

	def test_drawn_twice_makes_nothing_twice(self):
		plan = self.plan()
		first = checks.draw_sample(plan.name, *PERIOD)
		frappe.clear_messages()
		again = checks.draw_sample(plan.name, *PERIOD)
		self.assertEqual(again, {"draw": first["draw"], "made": 0, "already": True, "queued": False})
		# As if the other one had been committed between the question and the insert.
		self.assertIsNone(checks.make_draw(plan.name, *PERIOD))
		self.assertEqual(len(self.records(first["draw"])), 12)
		self.assertFalse(frappe.message_log)

	def test_preview_says_what_the_draw_brings(self):
		plan = self.plan(method="Count", size=4)
		before = checks.preview(plan.name, *PERIOD)
		self.assertEqual((before["population"], before["sample"], before["draw"]), (12, 4, None))
		result = checks.draw_sample(plan.name, *PERIOD)
		self.assertEqual(self.records(result["draw"]), sorted(row["name"] for row in before["rows"]))
		self.assertEqual(checks.preview(plan.name, *PERIOD)["draw"], result["draw"])

	def test_random_by_person_checks_each_person(self):
		result = checks.draw_sample(self.plan(method="Random by Person", size=2).name, *PERIOD)
		persons = frappe.get_all("Check Record", filters={"draw": result["draw"]}, pluck="checked_person")
		self.assertEqual(sorted(persons), sorted([self.agent] * 2 + [self.other] * 2))

	def test_each_period_has_its_own_chance_and_the_same_seed_the_same_sample(self):
		plan = self.plan(method="Count", size=3, seed="2026")
		period = (getdate(PERIOD[0]), getdate(PERIOD[1]))
		self.assertNotEqual(
			checks.seed_of(plan, period), checks.seed_of(plan, (getdate("2001-02-01"), getdate("2001-02-28")))
		)
		other = self.plan(method="Count", size=3, seed="2026")
		population = checks.population_of(plan, period)
		self.assertEqual(
			checks.sample_of(plan, period, population), checks.sample_of(other, period, population)
		)
		self.assertNotEqual(self.plan().seed, self.plan().seed)

	def test_nobody_is_named_checker_of_their_own_records(self):
		plan = self.plan(checker=self.agent, deputy=self.manager)
		draw = checks.draw_sample(plan.name, *PERIOD)["draw"]
		rows = frappe.get_all(
			"Check Record", filters={"draw": draw}, fields=["checked_person", "checker"], distinct=True
		)
		self.assertEqual(
			{(row.checked_person, row.checker) for row in rows},
			{(self.agent, self.manager), (self.other, self.agent)},
		)
		self.assertIsNone(checks.checker_for(self.plan(checker=self.agent), self.agent))

	def test_checker_is_told_once(self):
		draw = checks.draw_sample(self.plan(checker=self.manager).name, *PERIOD)["draw"]
		told = frappe.get_all("Notification Log", {"document_name": draw}, ["for_user", "subject"])
		self.assertEqual([row.for_user for row in told], [self.manager])
		self.assertIn("12", told[0].subject)

	def test_verify(self):
		plan = self.plan(method="Percentage", size=25)
		draw = checks.draw_sample(plan.name, *PERIOD)["draw"]
		good = checks.verify_draw(draw)
		self.assertTrue(good["intact"] and good["repeated"])
		self.assertEqual((good["sample"], good["records"], good["gone"]), (3, 3, 0))
		self.assertEqual((good["without_record"], good["not_drawn"]), ([], []))
		# The plan may change afterwards: the draw keeps how it was made.
		plan.update({"method": "Count", "size": 1, "seed": "another"}).save()
		self.assertEqual(checks.verify_draw(draw), good)
		lost = frappe.get_last_doc("Check Record", {"draw": draw})
		lost.delete()
		self.assertEqual(checks.verify_draw(draw)["without_record"], [lost.reference_name])
		factories.make_check_record(draw=draw, reference_name=self.outside)
		self.assertEqual(checks.verify_draw(draw)["not_drawn"], [self.outside])

	def test_verify_finds_a_forged_draw(self):
		draw = checks.draw_sample(self.plan(method="Count", size=2).name, *PERIOD)["draw"]
		frappe.db.set_value(
			"Check Draw", draw, "population", "\n".join(f"{name}\t" for name in self.tickets[2:])
		)
		forged = checks.verify_draw(draw)
		self.assertFalse(forged["intact"])
		self.assertEqual(checks.verify_draw(draw)["gone"], 0)
		frappe.db.set_value("Check Draw", draw, "seed", "chosen afterwards to spare somebody")
		self.assertFalse(checks.verify_draw(draw)["repeated"])

	def test_a_draw_cannot_be_changed(self):
		draw = frappe.get_doc("Check Draw", checks.draw_sample(self.plan().name, *PERIOD)["draw"])
		draw.seed = "another"
		self.assertRaises(DrawIsFixedError, draw.save)
		self.assertRaises(frappe.LinkExistsError, draw.delete)

	def test_same_record_twice_in_a_draw_is_refused_by_the_database(self):
		draw = checks.draw_sample(self.plan().name, *PERIOD)["draw"]
		with self.assertRaises(frappe.UniqueValidationError):
			factories.make_check_record(draw=draw, reference_name=self.tickets[0])

	def test_without_plan_a_record_may_be_checked_again(self):
		for _time in range(2):
			factories.make_check_record(reference_name=self.tickets[0], draw="")

	def test_empty_population(self):
		result = checks.draw_sample(self.plan().name, "2003-01-01", "2003-01-31")
		self.assertEqual((result["made"], result["already"]), (0, False))
		self.assertEqual(checks.verify_draw(result["draw"])["sample"], 0)

	def test_dates_are_refused(self):
		plan = self.plan().name
		for dates in (("2001-01-01", None), (None, "2001-01-31"), PERIOD[::-1], ("2001-01-01", "2999-01-01")):
			self.assertRaises(checks.NoPeriodError, checks.preview, plan, *dates)
			self.assertRaises(checks.NoPeriodError, checks.draw_sample, plan, *dates)

	def test_too_many_are_refused_and_nothing_is_stored(self):
		plan = self.plan().name
		with patch.object(checks, "MAX_SAMPLE", 11):
			self.assertRaises(checks.SampleTooLargeError, checks.draw_sample, plan, *PERIOD)
			self.assertRaises(checks.SampleTooLargeError, checks.make_draw, plan, *PERIOD)
		self.assertFalse(frappe.db.exists("Check Draw", {"plan": plan}))

	def test_large_sample_is_made_by_a_worker(self):
		plan = self.plan().name
		with patch.object(checks, "AT_ONCE", 11), patch("frappe.enqueue") as enqueue:
			result = checks.draw_sample(plan, *PERIOD)
		self.assertTrue(result["queued"])
		job = enqueue.call_args
		job.args[0](**{key: job.kwargs[key] for key in ("plan", "from_date", "to_date")})
		self.assertEqual(len(self.records(result["draw"])), 12)

	def test_scheduled(self):
		day = add_days(today(), -40)
		own = [
			{"from_date": "2001-01-01", "to_date": "2001-01-06"},
			{"from_date": "2001-01-07", "to_date": "2001-01-31"},
		]
		plan = self.plan(frequency="Own Dates", periods=own, draw_automatically=1)
		ahead = self.plan(
			frequency="Own Dates", periods=[{"from_date": day, "to_date": today()}], draw_automatically=1
		)
		off = self.plan(frequency="Own Dates", periods=own, draw_automatically=1, enabled=0)
		by_hand = self.plan(frequency="Own Dates", periods=own)
		broken = self.plan(frequency="Own Dates", periods=own, draw_automatically=1)
		frappe.db.set_value(
			"Check Plan", broken.name, "filters", '[["Service Ticket", "no_such_field", "=", 1]]'
		)
		for _time in range(2):
			checks.draw_due()
		drawn = frappe.get_all(
			"Check Draw",
			filters={"plan": ("in", [p.name for p in (plan, ahead, off, by_hand, broken)])},
			fields=["plan", "sample_size"],
			order_by="from_date",
		)
		self.assertEqual([(row.plan, row.sample_size) for row in drawn], [(plan.name, 6), (plan.name, 6)])
		self.assertTrue(frappe.db.exists("Error Log", {"reference_name": broken.name}))

	def test_who_may_draw(self):
		plan = self.plan().name
		for role, allowed in (
			("Service Manager", True),
			("Aftersales Administrator", True),
			("Service Auditor", False),
			("Service Agent", False),
			("Agent Team Leader", False),
		):
			frappe.set_user(factories.user_with(role))
			with self.subTest(role=role):
				for function in (checks.preview, checks.draw_sample):
					if allowed:
						function(plan, *PERIOD)
					else:
						self.assertRaises(frappe.PermissionError, function, plan, *PERIOD)
		frappe.set_user("Guest")
		for function in (checks.preview, checks.draw_sample):
			self.assertRaises(frappe.PermissionError, function, plan)

	def test_who_may_verify(self):
		draw = checks.draw_sample(self.plan().name, *PERIOD)["draw"]
		frappe.set_user(factories.user_with("Service Auditor"))
		self.assertTrue(checks.verify_draw(draw)["repeated"])
		for user in (self.agent, "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, checks.verify_draw, draw)

	def test_plan_of_a_kind_that_one_may_not_read(self):
		frappe.set_user(self.manager)
		self.assertRaises(frappe.PermissionError, choices, "Server Script")
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(
				doctype="Check Plan",
				title="x",
				reference_doctype="Server Script",
				criteria=[{"criterion": "x"}],
			).insert()

	def test_choices(self):
		offered = choices("Service Ticket")
		self.assertEqual(offered["person"], "person_in_charge")
		self.assertLessEqual(
			{"creation", "acceptance_date", "completion_date"}, {row["value"] for row in offered["dates"]}
		)
		self.assertEqual(choices("Service Customer")["person"] in ("owner", "person_in_charge"), True)

	def test_wrong_plans_are_refused(self):
		for wrong in (
			{"reference_doctype": "Aftersales Settings"},
			{"reference_doctype": "Ticket Picture"},
			{"date_field": "status"},
			{"date_field": "no_such_field"},
			{"person_field": "customer"},
			{"method": "Percentage", "size": 0},
			{"method": "Percentage", "size": 101},
			{"method": "Count", "size": 2.5},
			{"method": "Every Nth", "size": 0},
			{"filters": "{"},
			{"filters": '[["Service Ticket", "no_such_field", "=", "x"]]'},
			{"filters": '[["User", "name", "=", "x"]]'},
			{"frequency": "Own Dates"},
			{"frequency": "Own Dates", "periods": [{"from_date": "2001-02-01", "to_date": "2001-01-01"}]},
			{
				"frequency": "Own Dates",
				"periods": [
					{"from_date": "2001-01-15", "to_date": "2001-02-15"},
					{"from_date": "2001-01-01", "to_date": "2001-01-15"},
				],
			},
			{"pass_score": 101},
		):
			with self.subTest(wrong=wrong), self.assertRaises(CheckPlanError):
				factories.make_check_plan(**wrong)
