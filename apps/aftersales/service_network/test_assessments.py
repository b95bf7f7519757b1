"""S13.06, S13.07: each measure on orders counted by hand, and the way of an assessment."""

from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import assessments, outlet_scope
from aftersales.service_network.assessments import NoSettingError, measure, score
from aftersales.service_network.doctype.outlet_assessment.outlet_assessment import (
	AssessmentError,
	AssessmentFrozenError,
)
from aftersales.service_network.doctype.outlet_assessment_setting.outlet_assessment_setting import (
	CriteriaError,
)
from aftersales.testing import factories, network
from aftersales.testing.field import (
	as_user,
	make_service_centre,
	make_service_order,
	make_service_outlet,
	staff_of,
)

MONTH, DOCTYPE = "2019-03-01", "Outlet Assessment"
CRITERIA = (
	{"measure": "On Time Received", "weight": 10, "target": 100, "within_hours": 2},
	{"measure": "On Time Visited", "weight": 20, "target": 100, "within_hours": 24},
	{"measure": "First-time Fix", "weight": 30, "target": 90, "zero_at": 50},
	{"measure": "Satisfaction", "weight": 10, "target": 100},
	{"measure": "Complaints per 100 Orders", "weight": 10, "target": 0, "zero_at": 50},
	{"measure": "Fees Rejected in Settlement", "weight": 10, "target": 0, "zero_at": 20},
	{"measure": "Exam Mark", "weight": 10, "target": 80},
)


def order(outlet, **times):
	"""Make an order and write its times past the rules of its way."""
	doc = make_service_order(outlet=outlet)
	doc.db_set({"stage": "Completed", **times}, update_modified=False)
	return doc.name


class TestMeasures(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet, cls.idle = make_service_outlet().name, make_service_outlet().name
		cls.setting = network.make_outlet_assessment_setting(*CRITERIA)
		cls.make_orders()
		cls.found = measure(frappe.utils.getdate(MONTH), cls.setting)

	@classmethod
	def make_orders(cls):
		dispatched = {"dispatched_at": "2019-03-01 08:00:00"}
		# Received: in time to the minute, too late, never; the last one was dispatched in the month after.
		first = order(
			cls.outlet,
			**dispatched,
			received_at="2019-03-01 10:00:00",
			arrived_at="2019-03-02 08:00:00",
			completed_at="2019-03-31 23:59:59",
		)
		second = order(
			cls.outlet,
			**dispatched,
			received_at="2019-03-01 10:00:01",
			arrived_at="2019-03-05 09:00:00",
			promised_at="2019-03-05 09:00:00",
			completed_at="2019-03-05 12:00:00",
		)
		third = order(
			cls.outlet,
			**dispatched,
			arrived_at="2019-03-04 09:00:00",
			completed_at="2019-03-04 12:00:00",
			continued_from=second,
		)
		order(cls.outlet, dispatched_at="2019-04-01 00:00:00", received_at="2019-04-01 00:00:01")
		order(cls.outlet, stage="Cancelled", dispatched_at="2019-03-03 08:00:00")
		for source, satisfied, day in (
			(first, "Very Satisfied", "2019-03-10"),
			(second, "Satisfied", "2019-03-10"),
			(third, "Neutral", "2019-03-31 23:00:00"),
			(first, None, "2019-03-11"),
			(second, "Dissatisfied", "2019-04-01"),
		):
			call_back = factories.make_follow_up(source_doctype="Service Order", source_name=source)
			call_back.db_set({"satisfied": satisfied, "followed_up_on": day})
		for upheld, received in (
			("Upheld", "2019-03-20"),
			("Not Upheld", "2019-03-20"),
			(None, "2019-04-02"),
		):
			complaint = factories.make_customer_complaint(source_doctype="Service Order", source_name=first)
			complaint.db_set({"upheld": upheld, "received_on": received})
		cls.settle()
		for user, mark, day in (
			("Administrator", 40, "2019-03-02"),
			("Administrator", 80, "2019-03-03"),
			("Guest", 60, "2019-03-04"),
			("Guest", 100, "2019-04-04"),
		):
			cls.attempt(user, mark, day)

	@classmethod
	def settle(cls):
		settlement = frappe.get_doc(
			doctype="Settlement", outlet=cls.outlet, subject_kind="Outlet", name=factories.unique("SET")
		)
		settlement.update({"stage": "Confirmed", "confirmed_on": "2019-03-15 10:00:00"})
		settlement.db_insert()
		for amount, accepted, left_out, reason in (
			(100, 90, 0, None),
			(60, 0, 1, "Customer Not Real"),
			# Waits for its follow-up: nobody's fault, and not counted.
			(500, 0, 1, "No Follow-up"),
			(40, 40, 0, None),
		):
			frappe.get_doc(
				doctype="Settlement Line",
				name=frappe.generate_hash(length=12),
				parent=settlement.name,
				parenttype="Settlement",
				parentfield="lines",
				amount=amount,
				accepted_amount=accepted,
				left_out=left_out,
				excluded_reason=reason,
			).db_insert()

	@classmethod
	def attempt(cls, user, mark, day):
		if not hasattr(cls, "exam"):
			cls.exam = network.make_outlet_exam().name
		network.make_outlet_exam_attempt(
			exam=cls.exam, user=user, outlet=cls.outlet, mark=mark, finished_at=f"{day} 10:00:00"
		)

	def value(self, name):
		value = self.found[name].get(self.outlet)
		return value and (value.value, value.base)

	def test_by_hand(self):
		for name, expected in (
			# one of three; the cancelled one and April's do not count
			("On Time Received", (33.33, 3)),
			# 24 hours to the second, the promise to the second, three days late
			("On Time Visited", (66.67, 3)),
			# the second was continued by nobody's mark here, the third continues it
			("First-time Fix", (66.67, 3)),
			("Satisfaction", (66.67, 3)),
			# one upheld of three orders
			("Complaints per 100 Orders", (33.33, 3)),
			# 10 + 60 of 200
			("Fees Rejected in Settlement", (35.0, 3)),
			# best of two 80, and 60
			("Exam Mark", (70.0, 2)),
		):
			with self.subTest(measure=name):
				self.assertEqual(self.value(name), expected)

	def test_an_idle_outlet_is_not_measured(self):
		for name, found in self.found.items():
			self.assertNotIn(self.idle, found, name)

	def test_scores(self):
		for value, target, zero_at, expected in (
			(90, 90, 50, 100),
			(95, 90, 50, 100),
			(70, 90, 50, 50),
			(50, 90, 50, 0),
			(10, 90, 50, 0),
			# less is better
			(0, 0, 20, 100),
			(5, 0, 20, 75),
			(35, 0, 20, 0),
			(1 / 3, 1, 0, 33.33),
		):
			with self.subTest(value=value, target=target):
				self.assertEqual(score(value, target, zero_at), expected)

	def test_total_and_grade_by_hand(self):
		doc = frappe.new_doc(DOCTYPE, outlet=self.outlet, month=MONTH)
		assessments.fill(doc, self.setting, self.found)
		points = {row.measure: row.score for row in doc.lines}
		self.assertEqual(
			points,
			{
				"On Time Received": 33.33,
				"On Time Visited": 66.67,
				"First-time Fix": 41.68,
				"Satisfaction": 66.67,
				"Complaints per 100 Orders": 33.34,
				"Fees Rejected in Settlement": 0,
				"Exam Mark": 87.5,
			},
		)
		# 3.333 + 13.334 + 12.504 + 6.667 + 3.334 + 0 + 8.75
		self.assertEqual((doc.score, doc.grade), (47.92, "C"))

	def test_what_was_not_measured_weighs_nothing(self):
		doc = frappe.new_doc(DOCTYPE, outlet=self.idle, month=MONTH)
		assessments.fill(
			doc, self.setting, {**self.found, "Exam Mark": {self.idle: assessments.Value(80, 1)}}
		)
		self.assertEqual((doc.score, doc.grade), (100, "A"))
		self.assertEqual([row.counted for row in doc.lines], [0, 0, 0, 0, 0, 0, 1])
		assessments.fill(doc, self.setting, self.found)
		self.assertEqual((doc.score, doc.grade), (0, None))

	def test_one_statement_for_each_measure(self):
		with self.assertQueryCount(len(CRITERIA)):
			measure(frappe.utils.getdate(MONTH), self.setting)


class TestOutletAssessment(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_value("Outlet Assessment Setting", {"enabled": 1}, "enabled", 0)
		cls.setting = network.make_outlet_assessment_setting().name
		cls.centre = make_service_centre().name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.manager = factories.user_with("Service Manager")
		cls.user = staff_of(cls.outlet, "Outlet Staff")
		order(cls.outlet, completed_at="2019-03-05 12:00:00")

	def setUp(self):
		frappe.db.savepoint("assessment")

	def tearDown(self):
		frappe.set_user("Administrator")
		outlet_scope.forget()
		frappe.db.rollback(save_point="assessment")

	def make(self, **fields):
		return network.make_outlet_assessment(outlet=self.outlet, month="2019-03-17", **fields)

	def test_made_by_hand_it_is_computed(self):
		doc = self.make(score=12, grade="Z", answer="x", adjustment=50)
		self.assertEqual((str(doc.month), doc.score, doc.grade), (MONTH, 100, "A"))
		self.assertEqual((doc.answer, doc.adjustment, doc.setting), (None, 0, self.setting))
		self.assertRaises(AssessmentError, self.make)

	def test_for_all_outlets_and_safe_to_run_twice(self):
		names = assessments.compute_month("2019-03-31", [self.outlet, self.centre])
		self.assertEqual(len(names), 2)
		order(
			self.outlet,
			completed_at="2019-03-06 12:00:00",
			continued_from=frappe.get_all("Service Order")[0].name,
		)
		self.assertEqual(set(assessments.compute_month(MONTH, [self.outlet, self.centre])), set(names))
		doc = frappe.get_doc(DOCTYPE, {"outlet": self.outlet, "month": MONTH})
		self.assertEqual((doc.lines[0].value, doc.lines[0].base), (50.0, 2))
		with as_user(self.manager):
			factories.act(doc, "Confirm")
		self.assertEqual(len(assessments.compute_month(MONTH, [self.outlet, self.centre])), 1)

	def test_objection_answer_and_confirmation(self):
		doc = self.make()
		with as_user(self.user):
			self.assertRaises(AssessmentError, factories.act, doc, "Object")
			doc.reload()
			doc.objection = "The second order was not ours"
			doc.save()
			doc = factories.act(doc, "Object")
			self.assertEqual(doc.objection_by, self.user)
			doc.objection = "Another one"
			self.assertRaises(AssessmentFrozenError, doc.save)
			# The answer is not the outlet's to write.
			doc.reload()
			doc.answer = "Granted"
			doc.save()
			self.assertIsNone(doc.answer)
		with as_user(self.manager):
			doc = frappe.get_doc(DOCTYPE, doc.name)
			self.assertRaises(AssessmentError, factories.act, doc, "Answer Objection")
			doc.reload()
			doc.answer, doc.adjustment = "Half of it", -15
			doc.save()
			self.assertEqual((doc.score, doc.grade), (85, "B"))
			doc = factories.act(doc, "Answer Objection", "Confirm")
		self.assertEqual((doc.stage, doc.confirmed_by, doc.score), ("Confirmed", self.manager, 85))
		for field, value in (("adjustment", 5), ("answer", "No"), ("objection", "x")):
			doc.reload()
			doc.set(field, value)
			self.assertRaises(AssessmentFrozenError, doc.save)

	def test_a_confirmed_one_is_not_deleted(self):
		frappe.delete_doc(DOCTYPE, self.make().name)
		doc = self.make()
		with as_user(self.manager):
			doc = factories.act(doc, "Confirm")
			self.assertRaises(AssessmentFrozenError, frappe.delete_doc, DOCTYPE, doc.name)

	def test_figures_are_not_written_by_hand(self):
		doc = self.make()
		with as_user(self.manager):
			for change in (
				lambda doc: doc.set("score", 1),
				lambda doc: doc.lines[0].update({"value": 1}),
				lambda doc: doc.set("lines", []),
			):
				doc = frappe.get_doc(DOCTYPE, doc.name)
				change(doc)
				self.assertRaises(AssessmentFrozenError, doc.save)
			doc = frappe.get_doc(DOCTYPE, doc.name)
			doc.adjustment = 5
			self.assertRaises(AssessmentError, doc.save)

	def test_outlets_see_their_own(self):
		other = network.make_outlet_assessment(month=MONTH).name
		own = self.make().name
		with as_user(self.user):
			self.assertEqual(frappe.get_list(DOCTYPE, pluck="name"), [own])
			self.assertFalse(frappe.has_permission(DOCTYPE, "read", other))

	def test_the_setting_that_counts(self):
		later = network.make_outlet_assessment_setting(valid_from="2019-03-31").name
		own = network.make_outlet_assessment_setting(
			valid_from="2019-02-01", outlet_kind="Service Centre"
		).name
		network.make_outlet_assessment_setting(valid_from="2019-04-01")
		month = frappe.utils.getdate(MONTH)
		self.assertEqual(assessments.setting_for(month, "Outlet").name, later)
		self.assertEqual(assessments.setting_for(month, "Service Centre").name, own)
		self.assertRaises(
			NoSettingError, assessments.setting_for, frappe.utils.getdate("1969-12-01"), "Outlet"
		)

	def test_criteria_must_make_a_whole(self):
		fix = {"measure": "First-time Fix", "weight": 50, "target": 90}
		for criteria in (
			(fix,),
			(fix, fix),
			({**fix, "weight": 100, "target": 0},),
			({**fix, "weight": 100}, {"measure": "Exam Mark", "weight": 0, "target": 1}),
		):
			with self.subTest(criteria=criteria):
				self.assertRaises(CriteriaError, network.make_outlet_assessment_setting, *criteria)
		twice = [{"grade": "A", "from_score": 1}, {"grade": "B", "from_score": 1}]
		self.assertRaises(CriteriaError, network.make_outlet_assessment_setting, grades=twice)

	def test_who_computes(self):
		with as_user(self.user):
			self.assertRaises(frappe.PermissionError, assessments.compute, MONTH)
		with as_user(self.manager), patch("frappe.enqueue") as enqueued:
			self.assertRaises(frappe.ValidationError, assessments.compute, "2999-01-01")
			enqueued.assert_not_called()
			self.assertEqual(assessments.compute("2019-03-09"), {"month": MONTH})
			self.assertEqual(enqueued.call_args.kwargs["month"], MONTH)
