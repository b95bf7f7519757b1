import json
import threading

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales import surveys
from aftersales.aftersales.doctype.survey_response.survey_response import AnswersChangedError
from aftersales.aftersales.doctype.survey_template.survey_template import SurveyTemplateError
from aftersales.aftersales.survey_answers import SurveyAnswerError, nps_of, parse, total_score
from aftersales.aftersales.surveys import SurveyLinkError, SurveyOfferError, fingerprint
from aftersales.testing import factories


def token_of(url):
	return url.split("t=")[1]


def by_question(template, *values):
	return {
		row.name: value for row, value in zip(template.questions, values, strict=False) if value is not None
	}


class TestSurveyTemplate(FrappeTestCase):
	def refused(self, **question):
		row = {"question": "?", "kind": "Score", **question}
		self.assertRaises(SurveyTemplateError, factories.make_survey_template, questions=[row])

	def test_questions_that_nobody_can_answer(self):
		self.refused(kind="Choice", options="Yes")
		self.refused(kind="Choice", options="Yes\nYes")
		self.refused(kind="Choice", options="Yes\nNo", low_options="Perhaps")
		self.refused(kind="Score", scale="5", low_up_to=5)
		self.refused(kind="NPS", low_up_to=10)

	def test_document_type_once(self):
		documents = [{"document_type": "Service Ticket"}] * 2
		self.assertRaises(SurveyTemplateError, factories.make_survey_template, documents=documents)

	def test_offered_follows_changes(self):
		template = factories.make_survey_template(documents=[{"document_type": "Dealer"}])
		self.assertIn(template.name, surveys.offered()["Dealer"])
		template.enabled = 0
		template.save()
		self.assertNotIn(template.name, surveys.offered().get("Dealer", []))
		with self.assertQueryCount(0):
			surveys.offered()


class TestAnswers(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.template = factories.make_survey_template(
			questions=[
				{"question": "A", "kind": "Score", "scale": "5", "weight": 3, "required": 1, "low_up_to": 2},
				{"question": "B", "kind": "Score", "scale": "10", "weight": 1},
				{"question": "C", "kind": "NPS", "low_up_to": 6},
				{"question": "D", "kind": "Choice", "options": "Yes\nNo", "low_options": "No"},
				{"question": "E", "kind": "Text"},
				{"question": "F", "kind": "Score", "scale": "5", "weight": 0},
			]
		)

	def rows(self, *values, complete=True):
		return parse(self.template, by_question(self.template, *values), complete)

	def test_score(self):
		self.assertEqual(total_score(self.rows("5", "10")), 100)
		self.assertEqual(total_score(self.rows("1", "1")), 0)
		self.assertEqual(total_score(self.rows(3, 10)), 62.5)
		self.assertEqual(total_score(self.rows("4")), 75)
		self.assertEqual(total_score(self.rows("4", None, None, None, None, "1")), 75)
		self.assertIsNone(total_score(self.rows(None, None, "3", complete=False)))

	def test_nps(self):
		for answer, group in (
			("10", "Promoter"),
			("9", "Promoter"),
			("8", "Passive"),
			("7", "Passive"),
			("6", "Detractor"),
			("0", "Detractor"),
		):
			self.assertEqual(nps_of(self.rows("5", None, answer)), (int(answer), group))
		self.assertIsNone(nps_of(self.rows("5")))

	def test_low(self):
		low = lambda *values: [row["question"] for row in self.rows(*values) if row["low"]]  # noqa: E731
		self.assertEqual(low("3", "1", "7", "Yes"), [])
		self.assertEqual(low("2", None, "6", "No"), ["A", "C", "D"])

	def test_refused(self):
		for values in (
			("0",),
			("6",),
			("x",),
			("5", "11"),
			("5", None, "11"),
			("5", None, "-1"),
			("5", None, None, "Maybe"),
			(True,),
			([1],),
		):
			with self.subTest(values), self.assertRaises(SurveyAnswerError):
				self.rows(*values)
		self.assertRaises(SurveyAnswerError, self.rows, None, "5")
		self.assertRaises(SurveyAnswerError, self.rows, "  ")
		self.assertRaises(SurveyAnswerError, parse, self.template, "[1]", False)

	def test_unknown_questions_are_passed_over(self):
		self.assertEqual(parse(self.template, {"stranger": "1"}, complete=False), [])

	def test_long_text_is_cut(self):
		row = self.rows("5", None, None, None, "x" * 5000)[-1]
		self.assertEqual(len(row["text"]), 2000)


class TestResponses(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.type = factories.make_complaint_type()
		cls.customer = factories.make_customer(phone=factories.unique_phone())
		cls.ticket = factories.make_ticket(customer=cls.customer.name)
		cls.agent = factories.user_with("Service Agent")

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		self.template = factories.make_survey_template(complaint_type=self.type.name, low_score_below=50)

	def link(self, **values):
		url = surveys.new_link(self.template.name, "Service Ticket", self.ticket.name, self.customer.name)
		if values:
			frappe.db.set_value("Survey Link", {"token_hash": fingerprint(token_of(url))}, values)
		return token_of(url)

	def answers(self, *values):
		return by_question(self.template, *values)

	def test_link_works_once_as_guest(self):
		token = self.link()
		frappe.set_user("Guest")
		response = surveys.answer_link(token, self.answers("5", "Yes", "8", "<b>fine</b>"))
		with self.assertRaises(SurveyLinkError) as caught:
			surveys.answer_link(token, self.answers("1"))
		self.assertEqual(caught.exception.reason, "used")
		self.assertEqual(
			(response.reference_name, response.customer, response.channel),
			(self.ticket.name, self.customer.name, "Link"),
		)
		self.assertEqual(response.customer_name, self.customer.customer_name)
		self.assertFalse(response.taken_by)

	def test_token_is_not_kept(self):
		token = self.link()
		row = frappe.get_last_doc("Survey Link", {"token_hash": fingerprint(token)})
		self.assertNotIn(token, json.dumps(row.as_dict(), default=str))

	def test_expired_unknown_and_tampered(self):
		token = self.link(expires_on=add_to_date(now_datetime(), minutes=-1))
		for wrong, reason in (
			(token, "expired"),
			(token + "x", "unknown"),
			(token[:-1], "unknown"),
			("", "unknown"),
			(None, "unknown"),
			(fingerprint(token), "unknown"),
		):
			with self.assertRaises(SurveyLinkError) as caught:
				surveys.find_link(wrong)
			self.assertEqual(caught.exception.reason, reason)

	def test_incomplete_answers_leave_the_link_open(self):
		token = self.link()
		self.assertRaises(SurveyAnswerError, surveys.answer_link, token, self.answers("", "Yes"))
		self.assertTrue(surveys.answer_link(token, self.answers("4")))

	def test_low_score_opens_one_complaint(self):
		frappe.set_user(self.agent)
		token = self.link()
		frappe.set_user("Guest")
		response = surveys.answer_link(token, self.answers("1", "No", None, "Nobody came"))
		frappe.set_user("Administrator")
		self.assertTrue(response.low)
		self.assertTrue(response.complaint)
		complaint = frappe.get_doc("Customer Complaint", response.complaint)
		self.assertEqual((complaint.customer, complaint.source_name), (self.customer.name, response.name))
		self.assertIn("Nobody came", complaint.reason)
		self.assertEqual((complaint.agent, complaint.channel), (self.agent, "Web"))
		self.assertEqual(frappe.db.count("Customer Complaint", {"source_name": response.name}), 1)

	def test_good_score_opens_none(self):
		response = surveys.answer_link(self.link(), self.answers("4", "Yes"))
		self.assertFalse(response.low or response.complaint)

	def test_total_below_the_threshold_is_low(self):
		self.assertTrue(surveys.take_response(self.template.name, self.answers("1"), "Phone").low)
		self.template.low_score_below = 80
		self.template.save()
		response = surveys.take_response(self.template.name, self.answers("4"), "Phone", customer_name="x")
		self.assertTrue(response.low)

	def test_answers_survive_a_complaint_that_cannot_be_opened(self):
		self.template.db_set("complaint_type", "No Such Type")
		frappe.clear_document_cache("Survey Template", self.template.name)
		response = surveys.answer_link(self.link(), self.answers("1"))
		self.assertTrue(response.low and frappe.db.exists("Survey Response", response.name))
		self.assertFalse(response.complaint)
		self.assertTrue(frappe.db.exists("Error Log", {"reference_name": response.name}))

	def test_old_responses_keep_their_questions(self):
		response = surveys.take_response(self.template.name, self.answers("5", "Yes"), "Phone")
		self.template.questions = self.template.questions[1:]
		self.template.questions[0].question = "Quite another question"
		self.template.save()
		form = surveys.form_of(self.template.name, response.name)
		self.assertEqual([row["question"] for row in form["questions"]], ["Service?", "Solved?"])
		self.assertEqual(list(form["answers"].values()), [5, "Yes"])

	def test_answers_cannot_be_changed(self):
		response = surveys.take_response(self.template.name, self.answers("1"), "Phone")
		for user in ("Administrator", self.agent):
			frappe.set_user(user)
			doc = frappe.get_doc("Survey Response", response.name)
			doc.answers[0].number = 5
			self.assertRaises(AnswersChangedError, doc.save)
			doc.reload()
			doc.total_score = 100
			self.assertRaises(AnswersChangedError, doc.save)

	def test_dissatisfaction_is_settled_with_a_word(self):
		doc = surveys.take_response(self.template.name, self.answers("1"), "Phone")
		doc.reload()
		doc.settled = 1
		self.assertRaises(frappe.ValidationError, doc.save)
		doc.reload()
		doc.settled = 1
		doc.dissatisfaction_handling = "Apologised, sent a gift"
		doc.save()

	def test_link_on_a_follow_up_fills_it(self):
		follow_up = factories.make_follow_up(customer=self.customer.name)
		token = token_of(
			surveys.new_link(self.template.name, "Follow-up", follow_up.name, self.customer.name)
		)
		response = surveys.answer_link(token, self.answers("5"))
		follow_up.reload()
		self.assertEqual((follow_up.survey_response, follow_up.score), (response.name, 100))

	# -- sending

	def test_link_for_a_document(self):
		frappe.set_user(self.agent)
		answer = surveys.link_for("Service Ticket", self.ticket.name, self.template.name)
		self.assertTrue(answer["qr"].startswith("<svg"))
		self.assertTrue(surveys.find_link(token_of(answer["url"])))

	def test_only_where_it_is_offered(self):
		self.assertRaises(
			SurveyOfferError, surveys.link_for, "Service Customer", self.customer.name, self.template.name
		)

	def make_outgoing_account(self):
		"""Written past the events of Email Account, which would connect."""
		frappe.get_doc(
			doctype="Email Account",
			name="Survey Test",
			email_account_name="Survey Test",
			email_id="service@test.example",
			enable_outgoing=1,
			default_outgoing=1,
			smtp_server="127.0.0.1",
		).db_insert()
		self.addCleanup(setattr, frappe.local, "outgoing_email_account", {})
		frappe.local.outgoing_email_account = {}

	def test_sent_by_mail(self):
		self.make_outgoing_account()
		frappe.set_user(self.agent)
		surveys.send_link("Service Ticket", self.ticket.name, self.template.name, "someone@test.example")
		queued = frappe.get_last_doc("Email Queue", {"reference_name": self.ticket.name})
		self.assertIn("/survey?t", queued.message)
		self.assertEqual([row.recipient for row in queued.recipients], ["someone@test.example"])
		self.assertRaises(
			frappe.InvalidEmailAddressError,
			surveys.send_link,
			"Service Ticket",
			self.ticket.name,
			self.template.name,
			"nobody",
		)

	def test_rights(self):
		ticket, template = self.ticket.name, self.template.name
		calls = {
			"link_for": lambda: surveys.link_for("Service Ticket", ticket, template),
			"send_link": lambda: surveys.send_link("Service Ticket", ticket, template, "a@test.example"),
			"get_form": lambda: surveys.get_form(template),
		}
		for user in ("Guest", factories.user_with(), factories.user_with("Knowledge Manager")):
			frappe.set_user(user)
			for called, call in calls.items():
				with self.subTest(user=user, called=called):
					self.assertRaises(frappe.PermissionError, call)


class TestTwoAtOnce(FrappeTestCase):
	def test_two_submissions_store_one(self):
		template = factories.make_survey_template()
		url = surveys.new_link(template.name, None, None)
		frappe.db.commit()
		self.addCleanup(self.remove, template.name)
		site, results = frappe.local.site, []
		start = threading.Barrier(2)

		def submit():
			frappe.init(site)
			frappe.connect()
			frappe.set_user("Guest")
			try:
				start.wait(30)
				surveys.answer_link(token_of(url), by_question(template, "5"))
				frappe.db.commit()
				results.append("stored")
			except SurveyLinkError as error:
				results.append(error.reason)
			except Exception as error:
				results.append(repr(error))
			finally:
				frappe.destroy()

		threads = [threading.Thread(target=submit) for _number in range(2)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join(60)
		self.assertEqual(sorted(results), ["stored", "used"])
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Survey Response", {"survey_template": template.name}), 1)

	def remove(self, template):
		for doctype in ("Survey Link", "Survey Response"):
			for name in frappe.get_all(doctype, {"survey_template": template}, pluck="name"):
				frappe.delete_doc(doctype, name, force=True)
		frappe.delete_doc("Survey Template", template, force=True)
		frappe.db.commit()
