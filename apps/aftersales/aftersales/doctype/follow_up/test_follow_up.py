import frappe
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, nowdate

from aftersales.aftersales import follow_ups
from aftersales.aftersales.doctype.follow_up.follow_up import (
	CancelReasonError,
	FeedbackMissingError,
	FeedbackPersonError,
	NotYoursError,
	ResultMissingError,
)
from aftersales.aftersales.follow_ups import AssignmentError, AttemptError
from aftersales.aftersales.survey_answers import SurveyAnswerError
from aftersales.testing import factories
from aftersales.utils.audit_lock import AuditLockError

DOCTYPE = "Follow-up"


class TestFollowUp(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.other = factories.user_with("Service Agent", "Sales Office")
		cls.engineer = factories.user_with("Service Technician")
		cls.auditor = factories.user_with("Service Auditor")
		cls.customer = factories.make_customer(phone=factories.unique_phone(), email="c@test.example")
		cls.template = factories.make_survey_template()

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def as_agent(self):
		frappe.set_user(self.agent)

	def made(self, **fields):
		return factories.make_follow_up(customer=self.customer.name, planned_for=self.agent, **fields)

	# -- values

	def test_customer_fills_name_phone_and_email(self):
		doc = self.made(customer_name=None)
		self.assertEqual(doc.status, "Planned")
		self.assertEqual(doc.stage, "Open")
		self.assertEqual((doc.customer_name, doc.email), (self.customer.customer_name, "c@test.example"))
		self.assertEqual(doc.phone, self.customer.phone)

	def test_source_tells_who_the_customer_is(self):
		ticket = factories.make_ticket(customer=self.customer.name)
		doc = factories.make_follow_up(
			customer_name=None, source_doctype="Service Ticket", source_name=ticket.name
		)
		self.assertEqual(doc.customer, self.customer.name)

	def test_source_without_a_customer_gives_name_and_phone(self):
		ticket = factories.make_ticket(contact_phone="0411-8888888")
		doc = factories.make_follow_up(
			customer_name=None, source_doctype="Service Ticket", source_name=ticket.name
		)
		self.assertEqual((doc.customer_name, doc.phone), (ticket.customer_name, "0411-8888888"))

	# -- M3

	def test_from_planned_to_audited_and_back(self):
		doc = self.made()
		self.as_agent()
		doc = factories.act(doc, "Start")
		doc.result = "Content with the repair"
		doc.save()
		doc = factories.act(doc, "Handle")
		self.assertEqual((doc.status, doc.stage, doc.followed_up_by), ("Handled", "Done", self.agent))
		self.assertTrue(doc.followed_up_on)
		frappe.set_user(self.auditor)
		doc = factories.act(doc, "Audit")
		frappe.set_user("Administrator")
		doc.result = "forged"
		self.assertRaises(AuditLockError, doc.save)
		self.assertRaises(AuditLockError, frappe.delete_doc, DOCTYPE, doc.name)
		frappe.set_user(self.auditor)
		self.assertEqual(factories.act(doc, "Cancel Audit").status, "Handled")

	def test_agent_may_not_audit(self):
		doc = self.handled()
		self.as_agent()
		self.assertRaises((WorkflowTransitionError, WorkflowPermissionError), factories.act, doc, "Audit")

	def handled(self, **fields):
		doc = self.made(result="All well", **fields)
		return factories.act(doc, "Handle")

	def test_nothing_told_is_no_result(self):
		doc = self.made()
		self.assertRaises(ResultMissingError, factories.act, doc, "Handle")

	def test_reopened_is_not_followed_up(self):
		doc = factories.act(self.handled(), "Reopen")
		self.assertEqual((doc.stage, doc.followed_up_on, doc.followed_up_by), ("Open", None, None))

	# -- M4

	def test_without_feedback_person_it_is_followed_up(self):
		doc = self.made(satisfied="Satisfied")
		self.as_agent()
		self.assertEqual(factories.act(doc, "Complete Call").status, "Followed Up")

	def test_named_person_gives_feedback_and_nobody_else(self):
		doc = self.made(result="Asks the engineer", feedback_person=self.engineer)
		self.as_agent()
		self.assertRaises(WorkflowTransitionError, factories.act, doc, "Handle")
		doc = factories.act(doc, "Complete Call")
		self.assertEqual((doc.status, doc.stage), ("Awaiting Feedback", "Awaiting Feedback"))
		for user in (self.agent, "Administrator"):
			frappe.set_user(user)
			late = frappe.get_doc(DOCTYPE, doc.name)
			late.feedback = "I say it"
			self.assertRaises(FeedbackPersonError, late.save)
		frappe.set_user(self.engineer)
		self.assertRaises(FeedbackMissingError, factories.act, doc, "Give Feedback")
		mine = frappe.get_doc(DOCTYPE, doc.name)
		mine.feedback = "Will call the customer"
		mine.save()
		self.assertEqual((mine.status, mine.stage), ("Feedback Given", "Done"))
		self.assertTrue(mine.feedback_on)
		self.as_agent()
		self.assertEqual(factories.act(mine, "Handle").status, "Handled")

	def test_named_person_hears_of_it_once(self):
		doc = self.made(result="x", feedback_person=self.engineer)
		told = {"document_type": DOCTYPE, "document_name": doc.name, "for_user": self.engineer}
		self.as_agent()
		doc = factories.act(doc, "Complete Call")
		doc.remaining_problem = "one more thing"
		doc.save()
		frappe.set_user("Administrator")
		self.assertLessEqual(frappe.db.count("Notification Log", told), 1)

	def test_feedback_person_changes_nothing_else(self):
		doc = factories.act(self.made(result="x", feedback_person=self.engineer), "Complete Call")
		frappe.set_user(self.engineer)
		mine = frappe.get_doc(DOCTYPE, doc.name)
		mine.result = "The customer was very happy"
		self.assertRaises(NotYoursError, mine.save)

	def test_technician_may_not_change_follow_ups_of_others(self):
		doc = self.made()
		frappe.set_user(self.engineer)
		doc = frappe.get_doc(DOCTYPE, doc.name)
		doc.due_date = add_days(nowdate(), 30)
		self.assertRaises(NotYoursError, doc.save)
		self.assertRaises(frappe.PermissionError, frappe.get_doc(doctype=DOCTYPE, reason="x").insert)

	def test_feedback_person_must_be_able_to_write(self):
		nobody = factories.user_with("Market Salesperson")
		self.assertRaises(FeedbackPersonError, self.made, feedback_person=nobody)

	# -- attempts, cancelling

	def test_not_reached_moves_the_day_and_keeps_the_attempt(self):
		doc = self.made()
		self.as_agent()
		doc = factories.act(doc, "Start")
		later = add_days(nowdate(), 2)
		self.assertEqual(follow_ups.not_reached(doc.name, later, "engaged")["attempts"], 1)
		doc.reload()
		self.assertEqual((doc.status, str(doc.due_date)), ("Planned", later))
		self.assertEqual((doc.attempts[0].user, doc.attempts[0].note), (self.agent, "engaged"))
		doc.attempts = []
		self.assertRaises(frappe.PermissionError, doc.save)

	def test_not_reached_without_having_started(self):
		doc = self.made()
		self.as_agent()
		follow_ups.not_reached(doc.name, nowdate())
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, "status"), "Planned")

	def test_next_call_lies_ahead(self):
		doc = self.made()
		self.assertRaises(AttemptError, follow_ups.not_reached, doc.name, add_days(nowdate(), -1))
		self.assertRaises(AttemptError, follow_ups.not_reached, self.handled().name, nowdate())

	def test_cancelled_with_reason_only(self):
		doc = self.made()
		self.as_agent()
		self.assertRaises(CancelReasonError, factories.act, doc, "Cancel")
		self.assertRaises(CancelReasonError, follow_ups.cancel, doc.name, "  ")
		follow_ups.cancel(doc.name, "Number does not exist")
		doc.reload()
		self.assertEqual(
			(doc.status, doc.stage, doc.cancel_reason), ("Cancelled", "Cancelled", "Number does not exist")
		)

	# -- what follows

	def test_ticket_gets_confirmation_and_satisfaction(self):
		ticket = factories.make_ticket(customer=self.customer.name)
		opinion = factories.make_customer_opinion()
		doc = self.made(source_doctype="Service Ticket", source_name=ticket.name, satisfied="Satisfied")
		doc.update({"opinion": opinion.name, "result": "Works again"})
		doc.save()
		self.assertFalse(frappe.db.get_value("Service Ticket", ticket.name, "follow_up_confirmation"))
		self.as_agent()
		factories.act(doc, "Handle")
		ticket.reload()
		self.assertEqual(ticket.follow_up_confirmation, f"{opinion.name} · Works again ({doc.name})")
		self.assertEqual(ticket.satisfaction, "Satisfied")

	def test_audited_ticket_stays_as_it_is(self):
		ticket = factories.make_ticket(handling="done")
		frappe.db.set_value("Service Ticket", ticket.name, "status", "Audited")
		doc = self.handled(source_doctype="Service Ticket", source_name=ticket.name)
		self.assertFalse(frappe.db.get_value("Service Ticket", ticket.name, "follow_up_confirmation"))
		self.assertTrue(frappe.db.exists("Comment", {"reference_name": doc.name, "comment_type": "Info"}))

	def test_open_question_is_followed_up_on_the_agreed_day(self):
		day = add_days(nowdate(), 3)
		doc = self.made(result="Washing label unclear", remaining_problem="Washing", agreed_on=day)
		doc = factories.act(doc, "Handle")
		factories.act(factories.act(doc, "Reopen"), "Handle")
		found = frappe.get_all(
			DOCTYPE, {"unique_key": f"agreed:{doc.name}"}, ["due_date", "customer", "planned_for"]
		)
		self.assertEqual(
			found, [{"due_date": getdate(day), "customer": self.customer.name, "planned_for": self.agent}]
		)

	# -- survey on the telephone

	def answers(self, *values):
		return frappe.as_json(dict(zip((row.name for row in self.template.questions), values, strict=False)))

	def test_survey_is_stored_when_the_talk_is_over(self):
		doc = self.made(
			survey_template=self.template.name, survey_answers=self.answers("5", "Yes", "9", "Thanks")
		)
		self.assertFalse(doc.survey_response)
		self.as_agent()
		doc = factories.act(doc, "Handle")
		response = frappe.get_doc("Survey Response", doc.survey_response)
		self.assertEqual(
			(response.total_score, response.nps_group, response.channel), (100, "Promoter", "Phone")
		)
		self.assertEqual(
			(response.customer, response.follow_up, response.taken_by),
			(self.customer.name, doc.name, self.agent),
		)
		self.assertEqual(doc.score, 100)

	def test_required_question_must_be_asked(self):
		doc = self.made(
			survey_template=self.template.name, survey_answers=self.answers("", "Yes"), result="x"
		)
		self.assertRaises(SurveyAnswerError, factories.act, doc, "Handle")
		doc.reload()
		doc.survey_declined = 1
		doc.save()
		self.assertFalse(factories.act(doc, "Handle").survey_response)

	def test_wrong_answers_are_refused_at_once(self):
		for wrong in ("6", "0", "good", "2.5"):
			with self.subTest(wrong), self.assertRaises(SurveyAnswerError):
				self.made(survey_template=self.template.name, survey_answers=self.answers(wrong))

	def test_answers_outlive_the_follow_up(self):
		doc = factories.act(
			self.made(survey_template=self.template.name, survey_answers=self.answers("5")), "Handle"
		)
		response = doc.survey_response
		frappe.delete_doc(DOCTYPE, doc.name, force=True)
		self.assertTrue(frappe.db.exists("Survey Response", response))

	# -- for others

	def test_plan_with_a_key_makes_one(self):
		names = {
			follow_ups.plan_follow_up(self.customer.name, None, None, nowdate(), "x", unique_key="test-key")
			for _turn in range(3)
		}
		self.assertEqual(len(names), 1)

	def test_assign_evens_out_the_load(self):
		busy = factories.user_with("Service Agent", "Agent Team Leader")
		for _number in range(3):
			factories.make_follow_up(planned_for=busy)
		names = [factories.make_follow_up(planned_for="Administrator").name for _number in range(5)]
		base = {
			user: frappe.db.count(DOCTYPE, {"planned_for": user, "stage": "Open"})
			for user in (busy, self.other)
		}
		given = follow_ups.assign(names, [busy, self.other])
		self.assertEqual(sum(given.values()), 5)
		after = {user: base[user] + given[user] for user in base}
		self.assertLessEqual(max(after.values()) - min(after.values()), 1)
		self.assertEqual(frappe.db.count(DOCTYPE, {"name": ("in", names), "planned_for": busy}), given[busy])

	def test_assign_leaves_finished_ones_alone(self):
		doc = self.handled()
		self.assertEqual(sum(follow_ups.assign([doc.name], [self.other]).values()), 0)

	def test_assign_to_nobody_or_to_who_cannot(self):
		name = self.made().name
		self.assertRaises(AssignmentError, follow_ups.assign, [name], [])
		self.assertRaises(
			AssignmentError, follow_ups.assign, [name], [factories.user_with("Market Salesperson")]
		)

	def test_due_for(self):
		user = factories.user_with("Shop Staff")
		late = factories.make_follow_up(planned_for=user, due_date=add_days(nowdate(), -3))
		soon = factories.make_follow_up(planned_for=user, due_date=add_days(nowdate(), 2))
		factories.make_follow_up(planned_for=user, due_date=add_days(nowdate(), 3))
		self.assertEqual([row.name for row in follow_ups.due_for(user, 0)], [late.name])
		with self.assertQueryCount(1):
			rows = follow_ups.due_for(user, 2)
		self.assertEqual([row.name for row in rows], [late.name, soon.name])

	def test_certification_for_a_settlement(self):
		ticket = factories.make_ticket()
		slip = {"source_doctype": "Service Ticket", "source_name": ticket.name}
		self.assertIsNone(follow_ups.certification(*slip.values()))
		self.made(**slip)
		self.assertIsNone(follow_ups.certification(*slip.values()))
		for real, satisfied, certified in (
			("Yes", "Satisfied", True),
			("Yes", "Dissatisfied", False),
			("No", "Satisfied", False),
			("", "Satisfied", False),
		):
			doc = self.made(customer_real=real, satisfied=satisfied, **slip)
			frappe.db.set_value(DOCTYPE, {"source_name": ticket.name}, "followed_up_on", "2020-01-01")
			doc = factories.act(doc, "Handle")
			found = follow_ups.certification(*slip.values())
			self.assertEqual((found.follow_up, found.certified), (doc.name, certified), (real, satisfied))

	def test_rights(self):
		name = self.made().name
		calls = {
			"assign": lambda: follow_ups.assign([name], [self.agent]),
			"not_reached": lambda: follow_ups.not_reached(name, nowdate()),
			"cancel": lambda: follow_ups.cancel(name, "x"),
		}
		for user in ("Guest", factories.user_with(), factories.user_with("General Manager")):
			frappe.set_user(user)
			for called, call in calls.items():
				with self.subTest(user=user, called=called):
					self.assertRaises(frappe.PermissionError, call)
			self.assertEqual(follow_ups.due_for(self.agent) if user == "Guest" else [], [])
