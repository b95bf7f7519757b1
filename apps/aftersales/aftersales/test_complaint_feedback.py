import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import frappe

from aftersales.aftersales import complaint_feedback
from aftersales.aftersales.test_complaint_mail import make_account
from aftersales.telephony import message_delivery
from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase


class TestComplaintFeedback(ComplaintCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(setattr, frappe.flags, "mute_emails", frappe.flags.mute_emails)
		frappe.flags.mute_emails = False
		frappe.local.outgoing_email_account = {}
		# Tests run at any time of the day.
		frappe.db.set_single_value("Aftersales Settings", {"quiet_from": None, "quiet_until": None})
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def tasks(self, complaint, status="Open"):
		return frappe.get_all(
			"ToDo", {"reference_name": complaint.name, "status": status}, pluck="allocated_to"
		)

	def mails(self, complaint, address):
		names = frappe.get_all("Email Queue", {"reference_name": complaint.name}, pluck="name")
		return frappe.get_all(
			"Email Queue Recipient", {"parent": ("in", names or [""]), "recipient": address}, pluck="parent"
		)

	def test_by_email(self):
		make_account()
		complaint = self.handled(email="wang@customer.example", preferred_channel="E-mail")
		self.assertEqual((complaint.status, complaint.feedback_channel), ("Feedback Given", "E-mail"))
		self.assertEqual(complaint.feedback_note, "Exchanged")
		self.assertTrue(complaint.feedback_on)
		mails = self.mails(complaint, "wang@customer.example")
		self.assertEqual(len(mails), 1)
		self.assertIn("Exchanged", frappe.db.get_value("Email Queue", mails[0], "message"))
		self.assertFalse(self.tasks(complaint))
		complaint_feedback.answer(complaint.name)
		self.assertEqual(len(self.mails(complaint, "wang@customer.example")), 1)

	def test_not_upheld_by_email(self):
		make_account()
		complaint = self.in_review(email="wang@customer.example", preferred_channel="E-mail")
		self.as_user(self.head, complaint, "Do Not Uphold", opinion="Used outdoors")
		complaint = self.stored(complaint)
		self.assertEqual(complaint.status, "Feedback Given")
		mail = self.mails(complaint, "wang@customer.example")[0]
		self.assertIn("Used outdoors", frappe.db.get_value("Email Queue", mail, "message"))

	def test_markup_of_a_handler_is_no_markup(self):
		make_account()
		complaint = self.in_handling(email="wang@customer.example", preferred_channel="E-mail")
		self.as_user(self.handler, complaint, "Finish Handling", result="<img src=x>")
		mail = self.mails(complaint, "wang@customer.example")[0]
		self.assertNotIn("<img src=x>", frappe.db.get_value("Email Queue", mail, "message"))

	def test_by_telephone_fax_and_letter_an_agent_does_it(self):
		for channel in ("Phone", "Fax", "Letter"):
			complaint = self.handled(preferred_channel=channel)
			self.assertEqual((complaint.status, self.tasks(complaint)), ("Handled", [self.agent]))
			self.as_user(
				self.agent, complaint, "Give Feedback", feedback_channel=channel, feedback_note="Told"
			)
			self.assertEqual((self.tasks(complaint), self.tasks(complaint, "Closed")), ([], [self.agent]))

	def test_no_account_no_address_no_gateway(self):
		for fields in (
			{"preferred_channel": "E-mail", "email": "wang@customer.example"},
			{"preferred_channel": "E-mail", "email": None},
			{"preferred_channel": "SMS"},
		):
			with self.subTest(**fields):
				complaint = self.handled(**fields)
				self.assertEqual((complaint.status, self.tasks(complaint)), ("Handled", [self.agent]))

	def test_by_sms(self):
		with Gateway() as gateway:
			self.use(gateway)
			complaint = self.handled(preferred_channel="SMS", contact_phone="138 1234-5678")
		self.assertEqual((complaint.status, complaint.feedback_channel), ("Feedback Given", "SMS"))
		sent = parse_qs(gateway.bodies[0])
		self.assertEqual(sent["to"], ["13812345678"])
		self.assertIn("Exchanged", sent["text"][0])
		self.assertIn(complaint.name, sent["text"][0])

	def test_gateway_that_refuses(self):
		with Gateway(status=500) as gateway:
			self.use(gateway)
			complaint = self.handled(preferred_channel="SMS", contact_phone="13812345678")
		self.assertEqual((complaint.status, self.tasks(complaint)), ("Handled", [self.agent]))

	def use(self, gateway):
		frappe.set_user("Administrator")
		settings = frappe.get_doc("SMS Settings")
		settings.update(
			{
				"sms_gateway_url": gateway.address,
				"message_parameter": "text",
				"receiver_parameter": "to",
				"use_post": 1,
			}
		)
		settings.set("parameters", [])
		settings.save()

	def test_a_mail_that_comes_back_gives_the_task_to_the_agent(self):
		make_account()
		complaint = self.handled(email="wang@customer.example", preferred_channel="E-mail")
		message = frappe.get_last_doc("Outgoing Message", {"reference_name": complaint.name})
		self.assertEqual((message.state, self.tasks(complaint)), ("Sending", []))
		message_delivery.finish_mail(message, "Error")
		self.assertEqual(self.tasks(complaint), [self.agent])

	def test_who_wants_no_messages_is_called(self):
		make_account()
		frappe.get_doc(
			doctype="Message Opt-out",
			channel="E-mail",
			recipient="w@customer.example",
			scope="Messages at All",
		).insert(ignore_permissions=True)
		complaint = self.handled(email="w@customer.example", preferred_channel="E-mail")
		self.assertEqual((complaint.status, self.tasks(complaint)), ("Handled", [self.agent]))
		self.assertEqual(self.mails(complaint, "w@customer.example"), [])

	def test_agent_who_left_gets_no_task(self):
		complaint = self.in_handling()
		frappe.db.set_value("User", self.agent, "enabled", 0)
		self.addCleanup(frappe.clear_cache, user=self.agent)
		self.as_user(self.handler, complaint, "Finish Handling", result="Done")
		self.assertEqual(self.tasks(complaint), [])
		self.assertEqual(self.stored(complaint).status, "Handled")

	def test_feedback_needs_what_was_said(self):
		complaint = self.handled()
		self.assertRaises(
			frappe.ValidationError,
			self.as_user,
			self.agent,
			complaint,
			"Give Feedback",
			feedback_channel="Phone",
		)
		self.assertEqual(self.stored(complaint).status, "Handled")
		self.assertTrue(frappe.db.exists(DOCTYPE, complaint.name))


class Gateway:
	"""An SMS gateway on this machine that keeps what it gets."""

	def __init__(self, status=200):
		self.bodies = bodies = []

		class Handler(BaseHTTPRequestHandler):
			def do_POST(self):
				bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
				self.send_response(status)
				self.end_headers()
				self.wfile.write(json.dumps({}).encode())

			def log_message(self, *args):
				pass

		self.server = HTTPServer(("127.0.0.1", 0), Handler)
		self.address = f"http://127.0.0.1:{self.server.server_port}/send"

	def __enter__(self):
		threading.Thread(target=self.server.serve_forever, daemon=True).start()
		return self

	def __exit__(self, *_error):
		self.server.shutdown()
		self.server.server_close()
