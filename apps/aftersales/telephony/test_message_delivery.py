import json
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs

import frappe
from frappe.client import get
from frappe.utils import add_to_date, get_datetime, now_datetime

from aftersales.telephony import message_api, message_delivery, message_senders, messages
from aftersales.telephony.doctype.message_sender.message_sender import MessageSenderError
from aftersales.telephony.message_text import MessageTemplateError
from aftersales.telephony.test_messages import DOCTYPE, MessageCase
from aftersales.testing import factories
from aftersales.testing.message_servers import Gateway

SECRET = "s3cr3t-of-the-gateway"


class TestHttpSender(MessageCase):
	def message(self, **fields):
		customer = factories.make_customer(phone="138 1234-5678", customer_name="王 “芳” \\ {x}")
		return factories.make_outgoing_message(customer=customer.name, **fields)

	def test_sent(self):
		with Gateway() as gateway:
			sender = self.use(
				gateway,
				secret=SECRET,
				headers=[{"header": "Authorization", "value": "Bearer {{ secret }}"}],
				body='{"to": {{ number | json }}, "text": {{ text | json }}, "key": {{ key | json }}}',
			)
			message = self.due(self.message())
		self.assertEqual((message.state, message.provider_id, message.attempts), ("Sent", "G-1", 1))
		self.assertTrue(message.sent_at)
		[request] = gateway.requests
		self.assertEqual(
			json.loads(request["body"]), {"to": "+8613812345678", "text": message.body, "key": message.name}
		)
		self.assertEqual(request["headers"]["Authorization"], f"Bearer {SECRET}")
		self.assertNotIn(SECRET, frappe.as_json(frappe.get_doc("Message Sender", sender.name)))

	def test_what_a_gateway_answers_is_markup_nowhere(self):
		evil = "<img src=x onerror=alert(1)>"
		for answer in (
			(200, {"code": 7, "why": evil}, {}),
			(200, {"code": 0, "id": evil}, {}),
			(200, evil, {}),
		):
			frappe.db.delete("Message Sender")
			with self.subTest(answer), Gateway(answer) as gateway:
				self.use(gateway)
				message = self.due(self.message())
				told = f"{message.error or ''}{message.provider_id or ''}"
				self.assertIn("onerror", told)
				self.assertNotRegex(told, "[<>]")

	def test_form_and_get(self):
		with Gateway((200, "ok", {})) as gateway:
			self.use(
				gateway,
				success_expression="text == 'ok'",
				id_expression="",
				content_type="Form",
				number_format="National",
				body="to={{ number }}&text={{ text | urlencode }}",
			)
			message = self.due(self.message())
		self.assertEqual(message.state, "Sent")
		sent = parse_qs(gateway.bodies[0])
		self.assertEqual((sent["to"], sent["text"]), (["13812345678"], [message.body]))
		with Gateway((200, {}, {})) as gateway:
			self.use(
				gateway,
				method="GET",
				priority=10,
				success_expression="",
				id_expression="",
				url=gateway.address + "?to={{ digits }}&k={{ secret | md5 }}",
			)
			self.assertEqual(self.due(self.message()).state, "Sent")
		self.assertIn("to=8613812345678", gateway.requests[0]["path"])

	def test_answers(self):
		"""What each answer means: sent, tried again, given up, or unknown."""
		for answer, expected, uncertain in (
			((200, {"code": 0}, {}), "Sent", 0),
			((200, {"code": 7}, {}), "Failed", 0),
			((200, {"code": 42}, {}), "Queued", 0),
			((200, "no json", {}), "Failed", 0),
			((200, "[1]", {}), "Failed", 0),
			((400, {"code": 0}, {}), "Sent", 0),
			((401, {}, {}), "Failed", 0),
			((302, {}, {"Location": "http://127.0.0.1:9/"}), "Failed", 0),
			((429, {}, {}), "Queued", 0),
			((500, {}, {}), "Queued", 0),
			((503, {}, {}), "Queued", 0),
			((502, {}, {}), "Failed", 1),
			((504, {}, {}), "Failed", 1),
			((None, {}, {}), "Failed", 1),
		):
			frappe.db.delete("Message Sender")
			with self.subTest(answer), Gateway(answer) as gateway:
				self.use(gateway, retry_expression='json.get("code") == 42')
				message = self.due(self.message())
				self.assertEqual((message.state, message.uncertain), (expected, uncertain))
				self.assertEqual(len(gateway.requests), 1)
				self.assertEqual(bool(message.error), expected != "Sent")

	def test_an_expression_that_breaks_is_no_success(self):
		with Gateway() as gateway:
			self.use(gateway, success_expression="json['missing'] > 0")
			message = self.due(self.message())
		self.assertEqual((message.state, message.uncertain), ("Failed", 1))

	def test_nobody_there(self):
		with Gateway() as gateway:
			pass
		self.use(gateway, url=gateway.address + "?key={{ secret }}", secret=SECRET)
		message = self.due(self.message())
		self.assertEqual((message.state, message.uncertain, message.attempts), ("Queued", 0, 1))
		self.assertGreater(get_datetime(message.next_attempt_at), now_datetime())

	def test_a_gateway_that_does_not_answer(self):
		with Gateway(wait=1.5) as gateway:
			self.use(gateway, timeout_s=1)
			message = self.due(self.message())
			self.assertEqual((message.state, message.uncertain), ("Failed", 1))
			self.use(gateway, timeout_s=1, safe_to_repeat=1, priority=10)
			message = self.due(self.message())
			self.assertEqual((message.state, message.attempts), ("Queued", 1))

	def test_a_gateway_that_floods(self):
		with Gateway((200, "x" * 5_000_000, {})) as gateway:
			self.use(gateway, success_expression="")
			self.assertEqual(self.due(self.message()).state, "Sent")

	def test_no_secret_in_errors_and_logs(self):
		before = frappe.db.count("Error Log")
		answers = (
			(401, {"error": f"wrong key {SECRET}"}, {}),
			(200, {"code": 9, "key": SECRET}, {}),
			(None, {}, {}),
		)
		for answer in answers:
			with Gateway(answer) as gateway:
				self.use(
					gateway, url=gateway.address + "?key={{ secret }}", secret=SECRET, id_expression="text"
				)
				message = self.due(self.message())
				self.assertNotIn(SECRET, frappe.as_json(message))
				frappe.db.delete("Message Sender")
		self.assertEqual(frappe.db.count("Error Log"), before)
		self.assertNotIn(SECRET, str(frappe.message_log))

	def test_wait_grows_and_ends(self):
		with Gateway((500, {}, {})) as gateway:
			self.use(gateway)
			message, waits = self.message(max_attempts=4), []
			frappe.db.set_value(DOCTYPE, message.name, "max_attempts", 4)
			for _attempt in range(4):
				message = self.due(message)
				waits.append(
					message.next_attempt_at and get_datetime(message.next_attempt_at) - now_datetime()
				)
			self.assertEqual((message.state, message.attempts), ("Failed", 4))
			self.assertIsNone(message_delivery.deliver(message.name))
		self.assertTrue(timedelta(seconds=50) < waits[0] < waits[1] < waits[2])
		self.assertEqual(len(gateway.requests), 4)

	def test_the_gateway_says_how_long_to_wait(self):
		for value in ("7200", "Sun, 22 Nov 2099 08:00:00 GMT"):
			with Gateway((429, {}, {"Retry-After": value})) as gateway:
				self.use(gateway)
				message = self.due(self.message())
				self.assertGreater(
					get_datetime(message.next_attempt_at), add_to_date(now_datetime(), hours=1)
				)
				frappe.db.delete("Message Sender")

	def test_not_before_its_time_and_not_twice(self):
		with Gateway() as gateway:
			self.use(gateway)
			message = self.message()
			frappe.db.set_value(
				DOCTYPE, message.name, "next_attempt_at", add_to_date(now_datetime(), hours=1)
			)
			self.assertIsNone(message_delivery.deliver(message.name))
			self.assertEqual(self.due(message).state, "Sent")
			self.assertIsNone(message_delivery.deliver(message.name))
		self.assertEqual(len(gateway.requests), 1)

	def test_daily_limit(self):
		frappe.db.set_single_value("Aftersales Settings", "messages_per_day", 1)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		with Gateway() as gateway:
			self.use(gateway)
			first = self.due(self.message())
			second = factories.make_outgoing_message(customer=first.customer)
			second = self.due(second)
			self.assertEqual((first.state, second.state), ("Sent", "Queued"))
			notice = messages.queue("Own Words", "SMS", customer=first.customer, text="x")
			self.assertEqual(self.due(frappe.get_doc(DOCTYPE, notice)).state, "Sent")

	def test_no_sender(self):
		message = self.due(self.message())
		self.assertEqual(message.state, "Failed")
		self.assertIn("SMS", message.error)

	def test_fax_by_http(self):
		customer = factories.make_customer(fax="0411-88880000")
		with Gateway() as gateway:
			self.use(gateway, channel="Fax")
			self.assertEqual(
				self.due(factories.make_outgoing_message(customer=customer.name, channel="Fax")).state, "Sent"
			)
		self.assertIn("+8641188880000", gateway.bodies[0])


class TestCrash(MessageCase):
	def interrupted(self, **fields):
		"""A message whose worker took it and died."""
		message = factories.make_outgoing_message(**fields)
		frappe.db.set_value(DOCTYPE, message.name, "next_attempt_at", "2020-01-01")
		self.assertTrue(message_delivery.take(message.name))
		self.assertIsNone(message_delivery.take(message.name))
		return message.name

	def recovered(self, name, minutes=message_delivery.CLAIM_MINUTES + 1):
		frappe.db.set_value(DOCTYPE, name, "claimed_at", add_to_date(now_datetime(), minutes=-minutes))
		message_delivery.recover()
		return frappe.get_doc(DOCTYPE, name)

	def test_an_sms_is_not_sent_a_second_time(self):
		with Gateway() as gateway:
			self.use(gateway)
			message = self.recovered(self.interrupted())
			self.assertEqual((message.state, message.uncertain), ("Failed", 1))
			self.assertEqual(message_api.send_again(message.name), "Queued")
			self.assertEqual(self.due(message).state, "Sent")
		self.assertEqual(len(gateway.requests), 1)

	def test_a_gateway_that_knows_repetitions(self):
		with Gateway() as gateway:
			self.use(gateway, safe_to_repeat=1)
			message = self.recovered(self.interrupted())
			self.assertEqual(message.state, "Queued")
			self.assertEqual(self.due(message).state, "Sent")

	def test_a_mail_was_not_handed_over(self):
		customer = factories.make_customer(email="w@test.example")
		message = self.recovered(self.interrupted(customer=customer.name, channel="E-mail"))
		self.assertEqual((message.state, message.uncertain), ("Queued", 0))

	def test_a_worker_that_is_only_slow(self):
		self.assertEqual(self.recovered(self.interrupted(), minutes=1).state, "Sending")

	def test_a_worker_that_comes_back_too_late_changes_nothing(self):
		with Gateway() as gateway:
			self.use(gateway)
			name = self.interrupted()
			slow = frappe.get_doc(DOCTYPE, name)
			self.recovered(name)
			state = message_delivery.note(slow, slow.claim, message_senders.Result("sent"))
		self.assertEqual((state, frappe.db.get_value(DOCTYPE, name, "state")), ("Failed", "Failed"))


class TestSmsSettings(MessageCase):
	def test_through_sms_settings(self):
		with Gateway((200, {}, {})) as gateway:
			self.set_up(gateway)
			message = self.due(factories.make_outgoing_message(customer=self.customer("138 1234 5678")))
			foreign = self.due(factories.make_outgoing_message(customer=self.customer("+12125550123")))
		self.assertEqual((message.state, foreign.state), ("Sent", "Sent"))
		sent = [parse_qs(body) for body in gateway.bodies]
		self.assertEqual([body["to"] for body in sent], [["13812345678"], ["+12125550123"]])
		self.assertEqual((sent[0]["text"], sent[0]["key"]), ([message.body], [SECRET]))

	def test_refused(self):
		with Gateway((403, SECRET, {})) as gateway:
			self.set_up(gateway)
			message = self.due(factories.make_outgoing_message(customer=self.customer("13812345678")))
		self.assertEqual(message.state, "Failed")
		self.assertNotIn(SECRET, frappe.as_json(message))

	def customer(self, phone):
		return factories.make_customer(phone=phone).name

	def set_up(self, gateway):
		settings = frappe.get_doc("SMS Settings")
		settings.update(
			{
				"sms_gateway_url": gateway.address,
				"message_parameter": "text",
				"receiver_parameter": "to",
				"use_post": 1,
				"parameters": [{"parameter": "key", "value": SECRET}],
			}
		)
		settings.save()


class TestSenderRecord(MessageCase):
	def test_mistakes(self):
		for fields, error in (
			({"kind": "E-mail Account"}, MessageSenderError),
			({"url": "ftp://gateway.example"}, MessageSenderError),
			({"url": "file:///etc/passwd"}, MessageSenderError),
			({"url": "{{ secret }}"}, MessageSenderError),
			({"body": '{"to": {{ number }}}'}, MessageSenderError),
			({"body": "{{ frappe.db }}"}, MessageTemplateError),
			({"channel": "Fax", "kind": "E-mail to Fax", "fax_address": "{{ digits }}"}, MessageSenderError),
		):
			with self.subTest(fields), self.assertRaises(error):
				factories.make_message_sender(**fields)

	def test_no_text_can_write_more_of_the_request_than_its_own_place(self):
		"""Else who may write a message to a customer could name other recipients behind it."""
		for fields in (
			{"body": '{"to": "{{ number }}", "text": "{{ text }}"}'},
			{"body": '{"to": "{{ number }}", "text": "{{ subject }} {{ text | trim }}"}'},
			{"content_type": "Form", "body": "to={{ number }}&text={{ text }}"},
			{"method": "GET", "url": "http://127.0.0.1:9/send?to={{ digits }}&text={{ text }}"},
		):
			with self.subTest(fields), self.assertRaises(MessageSenderError):
				factories.make_message_sender(**fields)
		for fields in (
			{"content_type": "Form", "body": "to={{ number }}&text={{ text | urlencode }}"},
			{"content_type": "Text", "body": "{{ text }}"},
			{"method": "GET", "url": "http://127.0.0.1:9/send?text={{ (subject ~ text) | urlencode }}"},
			{"url": "http://127.0.0.1:9/send?sign={{ (text ~ secret) | sha256 }}"},
		):
			with self.subTest(fields):
				factories.make_message_sender(**fields)

	def test_only_administrators_change_senders(self):
		sender = factories.make_message_sender(secret=SECRET)
		frappe.set_user(factories.user_with("Service Manager"))
		doc = frappe.get_doc("Message Sender", sender.name)
		doc.url = "http://evil.example"
		self.assertRaises(frappe.PermissionError, doc.save)
		self.assertNotIn(SECRET, frappe.as_json(get("Message Sender", sender.name)))


class TestEmailOut(MessageCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(setattr, frappe.flags, "mute_emails", frappe.flags.mute_emails)
		frappe.flags.mute_emails = False
		frappe.local.outgoing_email_account = {}
		self.addCleanup(setattr, frappe.local, "outgoing_email_account", {})
		frappe.db.delete("Email Account")
		self.account = frappe.get_doc(
			doctype="Email Account",
			name="Service Out",
			email_account_name="Service Out",
			email_id="service@test.example",
			enable_outgoing=1,
			default_outgoing=1,
		)
		self.account.db_insert()

	def sent(self, **fields):
		customer = factories.make_customer(email="w@test.example", customer_name="王芳")
		template = factories.make_message_template(
			kind=fields.pop("kind", None) or factories.make_message_kind().name
		)
		message = factories.make_outgoing_message(
			template=template.name, customer=customer.name, channel="E-mail", **fields
		)
		message = self.due(message)
		return message, frappe.get_doc("Email Queue", message.email_queue)

	def test_handed_over_once_with_text_and_html(self):
		message, queued = self.sent()
		self.assertEqual((message.state, message.attempts), ("Sending", 1))
		self.assertIn("multipart/alternative", queued.message)
		self.assertIn("text/plain", queued.message)
		self.assertIn("text/html", queued.message)
		self.assertEqual([row.recipient for row in queued.recipients], ["w@test.example"])
		self.assertIsNone(message_delivery.deliver(message.name))
		filed = frappe.get_last_doc("Communication", {"message_id": message.message_id})
		self.assertEqual(
			(filed.reference_doctype, filed.reference_name), ("Service Customer", message.customer)
		)

	def test_opt_out_in_care_only(self):
		_message, queued = self.sent()
		self.assertIn("List-Unsubscribe: <http", queued.message.replace("\n ", " "))
		self.assertIn("List-Unsubscribe-Post: List-Unsubscribe=One-Click", queued.message)
		_message, queued = self.sent(kind="Service Notice")
		self.assertNotIn("List-Unsubscribe", queued.message)
		self.assertFalse(frappe.flags.get("aftersales_mail_headers"))

	def test_end_of_a_mail(self):
		for status, expected in (("Sent", "Sent"), ("Error", "Failed"), ("Not Sent", "Sending")):
			message, queued = self.sent()
			queued.db_set("status", status)
			message_delivery.follow_email_queue()
			self.assertEqual(frappe.db.get_value(DOCTYPE, message.name, "state"), expected)
		message, queued = self.sent()
		frappe.db.delete("Email Queue", {"name": queued.name})
		message_delivery.follow_email_queue()
		self.assertEqual(frappe.db.get_value(DOCTYPE, message.name, ["state", "uncertain"]), ("Failed", 1))

	def test_nothing_is_left_of_an_attempt_that_broke(self):
		customer = factories.make_customer(email="w@test.example")
		message = factories.make_outgoing_message(customer=customer.name, channel="E-mail")
		with patch("frappe.sendmail", side_effect=RuntimeError(SECRET)):
			message = self.due(message)
		self.assertFalse(frappe.db.exists("Communication", {"reference_name": customer.name}))
		self.assertNotIn(SECRET, message.error)

	def test_no_account(self):
		frappe.db.delete("Email Account")
		frappe.local.outgoing_email_account = {}
		customer = factories.make_customer(email="w@test.example")
		message = self.due(factories.make_outgoing_message(customer=customer.name, channel="E-mail"))
		self.assertIn(message.state, ("Queued", "Failed"))

	def test_fax_by_mail(self):
		frappe.db.delete("Message Sender")
		factories.make_message_sender(
			channel="Fax", kind="E-mail to Fax", fax_address="{{ digits }}@fax.example", disabled=0
		)
		customer = factories.make_customer(fax="0411-88880000")
		message = self.due(factories.make_outgoing_message(customer=customer.name, channel="Fax"))
		queued = frappe.get_doc("Email Queue", message.email_queue)
		self.assertEqual([row.recipient for row in queued.recipients], ["8641188880000@fax.example"])
