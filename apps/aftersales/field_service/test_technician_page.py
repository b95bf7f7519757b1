import re

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import set_request
from frappe.website.serve import get_response

from aftersales.field_service.technician_page import SCRIPTS, SERVICE_WORKER, words
from aftersales.portal.pages import APP
from aftersales.testing import factories, field


class TestTechnicianPage(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def get(self, user, path="technician"):
		frappe.set_user(user)
		set_request(method="GET", path=path)
		return get_response()

	def test_who_gets_it(self):
		answer = self.get("Guest")
		self.assertEqual(
			(answer.status_code, answer.headers["Location"]), (303, "/login?redirect-to=/technician")
		)
		with field.as_user("Administrator"):
			user = factories.user_with("Service Technician", account="technician-page")
			field.make_technician(user)
		answer = self.get(user)
		self.assertEqual(answer.status_code, 200)
		self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
		self.assertIn("no-store", answer.headers["Cache-Control"])
		html = answer.get_data(as_text=True)
		for name in SCRIPTS:
			self.assertIn(f"/js/technician/{name}.js?v=", html)
		for other in ("Service Agent", "Aftersales Customer"):
			answer = self.get(factories.user_with(other))
			self.assertEqual(answer.status_code, 403)
			self.assertNotIn("<script", answer.get_data(as_text=True))

	def test_the_worker_may_answer_for_the_page(self):
		answer = self.get("Guest", SERVICE_WORKER)
		self.assertEqual(answer.headers["Service-Worker-Allowed"], "/technician")
		self.assertTrue(answer.content_type.startswith("text/javascript"))
		self.assertTrue(answer.get_data(as_text=True).startswith("const FILES = ["))

	def test_every_word_that_the_scripts_say_is_there(self):
		said = set()
		for name in SCRIPTS:
			source = (APP / "public" / "js" / "technician" / f"{name}.js").read_text(encoding="utf-8")
			said |= set(re.findall(r'\bsay\("([\w -]+)"', source))
		self.assertGreater(len(said), 30)
		self.assertEqual(said - set(words()), set())
