import re

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime, set_request
from frappe.website.serve import get_response

from aftersales.aftersales import survey_page, surveys
from aftersales.aftersales.surveys import fingerprint
from aftersales.aftersales.test_surveys import token_of
from aftersales.testing import factories


class TestSurveyPage(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = factories.make_customer(customer_name="Secret Person", phone=factories.unique_phone())
		cls.ticket = factories.make_ticket(customer=cls.customer.name, question="Secret question")
		cls.template = factories.make_survey_template(heading='How was "it"?', thanks="Thanks a lot")

	def setUp(self):
		frappe.set_user("Guest")
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(setattr, frappe.local, "lang", "en")
		self.addCleanup(self.forget_request)
		frappe.local.lang = "en"
		frappe.local.request_ip = f"10.0.0.{frappe.generate_hash(length=6)}"

	def forget_request(self):
		"""Tests of others run outside of a request."""
		for name in ("request", "request_ip"):
			if hasattr(frappe.local, name):
				delattr(frappe.local, name)
		frappe.local.form_dict = frappe._dict()

	def ask(self, method="GET", user="Guest", **form):
		set_request(method=method, path="/survey")
		frappe.set_user(user)
		frappe.local.form_dict = frappe._dict(form)
		response = get_response("survey")
		return response.status_code, response.get_data(as_text=True), response.headers

	def token(self, **values):
		url = surveys.new_link(self.template.name, "Service Ticket", self.ticket.name, self.customer.name)
		if values:
			frappe.db.set_value("Survey Link", {"token_hash": fingerprint(token_of(url))}, values)
		return token_of(url)

	def answers(self, *values):
		return {f"q-{row.name}": value for row, value in zip(self.template.questions, values, strict=False)}

	def responses(self):
		return frappe.db.count("Survey Response", {"survey_template": self.template.name})

	def test_form_shows_questions_and_nothing_of_the_customer(self):
		status, html, headers = self.ask(t=self.token())
		self.assertEqual(status, 200)
		self.assertIn("How was &#34;it&#34;?", html)
		self.assertIn("Service?", html)
		for secret in (
			"Secret",
			self.customer.name,
			self.customer.phone,
			self.ticket.name,
			self.template.name,
		):
			self.assertNotIn(secret, html)
		self.assertNotIn("<script", html)
		self.assertIn("no-store", headers["Cache-Control"])
		self.assertIn("noindex", headers["X-Robots-Tag"])
		self.assertEqual(headers["Referrer-Policy"], "no-referrer")

	def test_answer_and_answer_again(self):
		token, before = self.token(), self.responses()
		status, html, _headers = self.ask("POST", t=token, **self.answers("4", "Yes", "9", "Fine"))
		self.assertEqual((status, self.responses()), (200, before + 1))
		self.assertIn("Thanks a lot", html)
		for method in ("POST", "GET"):
			status, html, _headers = self.ask(method, t=token, **self.answers("1"))
			self.assertEqual((status, self.responses()), (410, before + 1))
			self.assertIn("answered already", html)
			self.assertNotIn("<form", html)

	def test_wrong_answers_come_back_with_what_was_filled_in(self):
		token, before = self.token(), self.responses()
		status, html, _headers = self.ask("POST", t=token, **self.answers("", "Yes", "9", "<i>kept</i>"))
		self.assertEqual((status, self.responses()), (417, before))
		self.assertIn("Please answer: Service?", html)
		self.assertIn("&lt;i&gt;kept&lt;/i&gt;", html)
		self.assertEqual(len(re.findall(" checked", html)), 2)
		self.assertEqual(self.ask("POST", t=token, **self.answers("4"))[0], 200)

	def test_links_that_do_not_work(self):
		expired = self.token(expires_on=add_to_date(now_datetime(), minutes=-1))
		for token, status, text in (
			(expired, 410, "has expired"),
			(self.token() + "x", 404, "not valid"),
			("", 404, "not valid"),
			(None, 404, "not valid"),
			("' or 1=1 --", 404, "not valid"),
		):
			for method in ("GET", "POST"):
				with self.subTest(token=token, method=method):
					found, html, _headers = self.ask(method, t=token)
					self.assertEqual(found, status)
					self.assertIn(text, html)

	def test_language_of_click_link_and_browser(self):
		self.assertIn("提交", self.ask(t=self.token(), lang="zh")[1])
		frappe.local.lang = "en"
		self.assertIn("提交", self.ask(t=self.token(page_language="zh"))[1])
		frappe.local.lang = "en"
		_status, html, _headers = self.ask(t=self.token(page_language="zh"), lang="en")
		self.assertIn("Send Answers", html)
		self.assertIn("lang=zh", html)
		self.assertEqual(self.ask(t=self.token(), lang="../../etc")[0], 200)

	def test_too_many_requests(self):
		for _number in range(survey_page.REQUESTS):
			try:
				set_request(method="GET", path="/survey")
				survey_page.count_request()
			except frappe.ValidationError:
				self.fail("refused too early")
		self.assertEqual(self.ask(t=self.token())[0], 429)
		frappe.local.request_ip = f"10.0.1.{frappe.generate_hash(length=6)}"
		self.assertEqual(self.ask(t=self.token())[0], 200)

	def test_preview_is_for_staff_and_stores_nothing(self):
		agent = factories.user_with("Service Agent")
		before = self.responses()
		for user in ("Guest", factories.user_with()):
			self.assertEqual(self.ask(user=user, preview=self.template.name)[0], 404)
			self.assertEqual(
				self.ask("POST", user=user, preview=self.template.name, **self.answers("1"))[0], 404
			)
		self.assertEqual(self.ask(user=agent, preview="No such template")[0], 404)
		status, html, _headers = self.ask(user=agent, preview=self.template.name)
		self.assertEqual(status, 200)
		self.assertIn("nothing will be stored", html)
		status, html, _headers = self.ask(
			"POST", user=agent, preview=self.template.name, **self.answers("1", "No", "3")
		)
		self.assertEqual((status, self.responses()), (200, before))
		self.assertIn("low score", html)

	def test_guests_reach_nothing_else(self):
		frappe.set_user("Guest")
		for doctype in ("Survey Template", "Survey Link", "Survey Response", "Follow-up", "Follow-up Plan"):
			self.assertFalse(frappe.has_permission(doctype, "read"), doctype)
