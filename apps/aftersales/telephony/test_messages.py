from unittest.mock import patch

import frappe
import frappe.client
from frappe.tests.utils import FrappeTestCase
from frappe.utils import set_request
from frappe.website.serve import get_response
from freezegun import freeze_time

from aftersales.telephony import (
	message_api,
	message_batches,
	message_delivery,
	message_kinds,
	message_opt_out,
	message_recipients,
	message_text,
	messages,
)
from aftersales.testing import factories
from aftersales.testing.message_servers import Gateway

DOCTYPE = "Outgoing Message"


def without_quiet_hours() -> None:
	"""Tests run at any time of the day, and write to the same customer as often as they like."""
	frappe.db.set_single_value(
		"Aftersales Settings", {"quiet_from": None, "quiet_until": None, "messages_per_day": 0}
	)
	frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")


class MessageCase(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		frappe.db.savepoint("message_case")
		frappe.db.delete("Message Sender")
		frappe.clear_cache(doctype="Message Sender")
		without_quiet_hours()
		self.addCleanup(self.back)

	def back(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="message_case")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def use(self, gateway, **fields):
		values = {
			"url": gateway.address,
			"disabled": 0,
			"priority": 9,
			"success_expression": 'json.get("code") == 0',
			"id_expression": 'json.get("id")',
			**fields,
		}
		return factories.make_message_sender(**values)

	def due(self, message, **fields):
		"""Send a message as if its time had come, and return it as stored."""
		frappe.db.set_value(DOCTYPE, message.name, {"next_attempt_at": "2020-01-01", **fields})
		message_delivery.deliver(message.name)
		return frappe.get_doc(DOCTYPE, message.name)


class TestTemplates(MessageCase):
	def test_variables(self):
		customer = factories.make_customer(customer_name="王芳", phone=factories.unique_phone())
		ticket = factories.make_ticket(customer=customer.name, product_name="Kettle")
		template = factories.make_message_template(
			body="{{ customer.customer_name }}: {{ doc.name }} {{ doc.product_name }} {{ doc.lot_no }}|{{ signature }}"
		)
		message = factories.make_outgoing_message(
			template=template.name, reference_doctype="Service Ticket", reference_name=ticket.name
		)
		self.assertEqual(message.body, f"王芳: {ticket.name} Kettle |Administrator")
		self.assertEqual((message.customer, message.customer_name), (customer.name, "王芳"))

	def test_attacks(self):
		"""Whoever writes templates reads nothing but the variables, changes nothing, and keeps no worker busy."""
		values = message_text.sample_variables()
		for source in (
			"{{ frappe.db.sql('select 1') }}",
			"{{ frappe.get_all('User') }}",
			"{{ ''.__class__.__mro__ }}",
			"{{ ''['__class__'] }}",
			"{{ customer.__class__ }}",
			"{{ customer|attr('__class__') }}",
			"{{ customer.keys() }}",
			"{{ doc.delete() }}",
			"{{ _.__globals__ }}",
			"{{ _.__globals__['frappe'] }}",
			"{{ self._TemplateReference__context }}",
			"{{ cycler.__init__ }}",
			"{{ lipsum() }}",
			"{{ range(10) }}",
			"{{ '{0.__class__}'.format(customer) }}",
			"{{ 'a' * 1000000000 }}",
			"{{ 9 ** 9 ** 9 }}",
			"{{ '%1000000000d' % 1 }}",
			"{% for a in 'aaa' %}{% endfor %}",
			"{% set a = 'a' %}",
			"{% with a = 'a' %}{% endwith %}",
			"{% macro a() %}{% endmacro %}{{ a() }}",
			"{% include 'templates/emails/standard.html' %}",
			"{% import 'x' as y %}",
			"{% extends 'x' %}",
			"{{ customer | map('upper') }}",
			"{{ customer.black_list_reason }}",
			"{{ doc.owner }}",
			"{{ session.user }}",
			"{{ 'x' | center(100000000) }}",
		):
			with self.subTest(source):
				self.assertRaises(message_text.MessageTemplateError, message_text.render, source, values)
		self.assertRaises(message_text.MessageTemplateError, message_text.render, "x" * 30_000, values)

	def test_no_secret_of_a_document_by_its_own_fields(self):
		"""Fields that the hook does not name are not read, whatever they hold."""
		customer = factories.make_customer(phone=factories.unique_phone(), personality="difficult")
		values = message_text.variables(customer.name, "Service Customer", customer.name, "Administrator")
		self.assertNotIn("difficult", str(values))

	def test_values_are_no_template_and_no_markup(self):
		customer = factories.make_customer(customer_name="{{ site }} <b>x</b>", email="a@test.example")
		template = factories.make_message_template(
			use_html=1, body_html="<p>{{ customer.customer_name }}</p>", body="{{ customer.customer_name }}"
		)
		message = factories.make_outgoing_message(
			template=template.name, customer=customer.name, channel="E-mail"
		)
		self.assertEqual(message.body, "{{ site }} <b>x</b>")
		self.assertEqual(message.body_html, "<p>{{ site }} &lt;b&gt;x&lt;/b&gt;</p>")
		self.assertNotIn("<b>", message_text.as_html(message.body))

	def test_a_mistake_is_seen_on_saving(self):
		for body in ("{{ custmer.name }}", "{{ customer.nme }}", "{{ customer.name", "{% if %}"):
			with self.subTest(body):
				self.assertRaises(
					message_text.MessageTemplateError, factories.make_message_template, body=body
				)

	def test_shipped_templates_keep_their_rules(self):
		names = frappe.get_all("Message Template", pluck="name")
		self.assertIn("We Miss You (Chinese)", names)
		for name in names:
			frappe.get_doc("Message Template", name).try_out()

	def test_language(self):
		template = factories.make_message_template(body='{{ _("Sent") }}', language="zh")
		self.assertNotEqual(factories.make_outgoing_message(template=template.name).body, "Sent")
		self.assertEqual(frappe.local.lang, "en")


class TestKinds(MessageCase):
	def test_forbidden_words(self):
		for kind, good, bad in (
			("Holiday Greeting", "祝您节日快乐", "店内促 销进行中"),
			("Holiday Greeting", "Our wholesale partner wishes well", "Big SALE today"),
			("Holiday Greeting", "祝您新年快乐", "全场\u200b打折"),
			("Season Care", "天气转凉，请保重身体", "新款到店"),
			("Season Care", "Dress warmly", "See our New   Arrivals"),
			("Contact Message", "好久不见，很想念您", "您最近出什么事了吗"),
			("Contact Message", "We miss you", "Has something happened?"),
			("Birthday Greeting", "祝您生日快乐", None),
		):
			with self.subTest(kind=kind, bad=bad):
				message_kinds.check_words(kind, good)
				if bad:
					self.assertRaises(message_kinds.ForbiddenWordError, message_kinds.check_words, kind, bad)

	def test_words_are_checked_in_the_finished_message_too(self):
		kind = factories.make_message_kind(forbidden_words="促销")
		template = factories.make_message_template(kind=kind.name, body="促{{ text }}", ask_for_text=1)
		self.assertRaises(
			message_kinds.ForbiddenWordError,
			factories.make_outgoing_message,
			template=template.name,
			text="销",
		)
		self.assertRaises(
			message_kinds.ForbiddenWordError,
			factories.make_message_template,
			kind=kind.name,
			body="促{% if 0 %}{% endif %}销",
		)

	@freeze_time("2027-02-28 04:00:00")
	def test_birthday(self):
		near = {"2000-02-29": True, "1990-03-01": True, "1980-02-25": True, "1980-02-24": False, None: False}
		for birthday, expected in near.items():
			self.assertEqual(message_kinds.is_near_birthday(birthday, 3), expected, birthday)

	@freeze_time("2027-01-01 04:00:00")
	def test_birthday_over_the_turn_of_the_year(self):
		self.assertTrue(message_kinds.is_near_birthday("1980-12-30", 3))
		self.assertFalse(message_kinds.is_near_birthday("1980-12-28", 3))

	def test_birthday_greeting_goes_to_nobody_else(self):
		today = frappe.utils.getdate()
		celebrant = factories.make_customer(
			phone=factories.unique_phone(), birthday=today.replace(year=2000, day=1)
		)
		with freeze_time(today.replace(day=1)):
			message = messages.queue("Birthday Wishes", "SMS", customer=celebrant.name)
			self.assertEqual(frappe.db.get_value(DOCTYPE, message, "kind"), "Birthday Greeting")
			with self.assertRaisesRegex(messages.MessageRuleError, "300 days"):
				messages.queue("Birthday Wishes", "SMS", customer=celebrant.name)
			other = factories.make_customer(phone=factories.unique_phone())
			with self.assertRaisesRegex(messages.MessageRuleError, "birthday"):
				messages.queue("Birthday Wishes", "SMS", customer=other.name)

	def test_contact_message_comes_from_the_account_owner(self):
		"""S6.16 D: only to those not seen for long, only from the closest guide, in whose name it is signed."""
		guide, other, manager = (
			factories.user_with("Shop Staff", account="guide"),
			factories.user_with("Shop Staff", account="other-guide"),
			factories.user_with("Shop Manager"),
		)
		customer = factories.make_customer(
			phone=factories.unique_phone(), account_owner=guide, customer_since="2020-01-01"
		)
		args = ("Service Customer", customer.name, "We Miss You", "SMS")
		frappe.set_user(other)
		self.assertRaises(messages.MessageRuleError, message_api.send, *args)
		frappe.set_user(manager)
		self.assertEqual(message_api.preview(*args)["signed_by"], guide)
		frappe.set_user(guide)
		sent = message_api.send(*args)
		self.assertIn(guide, frappe.db.get_value(DOCTYPE, sent["name"], "body"))
		frappe.set_user("Administrator")
		seen = factories.make_customer(
			phone=factories.unique_phone(), account_owner=guide, customer_since="2020-01-01"
		)
		factories.make_ticket(customer=seen.name)
		frappe.set_user(guide)
		with self.assertRaisesRegex(messages.MessageRuleError, "90 days"):
			message_api.send("Service Customer", seen.name, "We Miss You", "SMS")

	def test_rules_of_many_customers_cost_as_much_as_of_one(self):
		names = [factories.make_customer(customer_since="2020-01-01").name for _number in range(12)]
		rows = frappe.get_all(
			"Service Customer", {"name": ("in", names)}, list(message_recipients.CUSTOMER_FIELDS)
		)
		message_kinds.reasons_against("Contact Message", rows[:1], "Administrator")
		# Four places where a contact is written, and the messages that they had.
		with self.assertQueryCount(5):
			message_kinds.reasons_against("Contact Message", rows, "Administrator")

	def test_who_gets_no_care(self):
		for fields, template in (
			({"disabled": 1}, "Holiday Wishes"),
			({"black_listed": 1, "black_list_reason": "x"}, "Holiday Wishes"),
			({"promotion_acceptance": "Not Wanted"}, None),
		):
			kind = factories.make_message_kind(purpose="Announcement")
			template = template or factories.make_message_template(kind=kind.name).name
			customer = factories.make_customer(phone=factories.unique_phone(), **fields)
			with self.subTest(fields), self.assertRaises(messages.MessageRuleError):
				messages.queue(template, "SMS", customer=customer.name)


class TestRecipients(MessageCase):
	def test_numbers(self):
		for channel, text, key in (
			("SMS", "138 1234-5678", "+8613812345678"),
			("SMS", "+1 (212) 555-0123", "+12125550123"),
			("Fax", "0411-8888 0000", "+8641188880000"),
			("E-mail", "A.B@Test.example", "a.b@test.example"),
		):
			self.assertEqual(message_recipients.normalised(channel, text)[1], key)
		for channel, text in (
			("SMS", "0411-88880000"),
			("SMS", "110"),
			("SMS", "8001"),
			("SMS", "138****5678"),
			("SMS", "4008001234"),
			("SMS", ""),
			("E-mail", "no address"),
			("E-mail", "a@test.example, b@test.example"),
			("E-mail", "a@test.example\nBcc: b@test.example"),
		):
			with self.subTest(text), self.assertRaises(message_recipients.RecipientError):
				message_recipients.normalised(channel, text)

	def test_only_to_own_numbers_of_the_customer(self):
		agent = factories.user_with("Service Agent")
		customer = factories.make_customer(phone="0411-88880000, 13812340001")
		factories.make_contact([customer], phone_nos=[{"phone": "13812340002"}])
		args = ("Service Customer", customer.name, factories.make_message_template().name, "SMS")
		frappe.set_user(agent)
		shown = message_api.preview(*args)
		self.assertEqual((shown["recipient"], shown["held_until"]), ("13812340001", None))
		self.assertEqual(message_api.send(*args, "+86 138 1234 0002")["state"], "Queued")
		self.assertRaises(message_recipients.RecipientError, message_api.preview, *args, "13999999999")

	def test_channel_follows_what_the_customer_prefers_and_can_get(self):
		template = factories.make_message_template().name
		for fields, channel in (
			({"preferred_channel": "E-mail", "email": "w@test.example"}, "E-mail"),
			({"preferred_channel": "E-mail"}, "SMS"),
			({"preferred_channel": "Phone", "email": "w@test.example"}, "SMS"),
			({"phone": None, "email": "w@test.example"}, "E-mail"),
		):
			customer = factories.make_customer(**{"phone": factories.unique_phone(), **fields})
			name = messages.queue(template, customer=customer.name)
			self.assertEqual(frappe.db.get_value(DOCTYPE, name, "channel"), channel)

	def test_roles(self):
		customer = factories.make_customer(phone=factories.unique_phone()).name
		args = ("Service Customer", customer, "Holiday Wishes", "SMS")
		calls = {
			"options": lambda: message_api.options("Service Customer", customer),
			"preview": lambda: message_api.preview(*args),
			"send": lambda: message_api.send(*args),
			"batch preview": lambda: message_batches.preview("Holiday Wishes", [customer]),
			"batch": lambda: message_batches.send("Holiday Wishes", [customer]),
		}
		for user in ("Guest", factories.user_with(), factories.user_with("Knowledge Manager")):
			for name, call in calls.items():
				frappe.set_user(user)
				with self.subTest(user=user, call=name), self.assertRaises(frappe.PermissionError):
					call()
		frappe.set_user(factories.user_with("Service Agent"))
		calls["preview"]()
		self.assertRaises(frappe.PermissionError, calls["batch"])
		frappe.set_user(factories.user_with("Shop Manager"))
		self.assertTrue(calls["batch"]())

	def test_a_customer_whom_the_user_may_not_read(self):
		hidden, open_region = factories.make_region(), factories.make_region()
		user = factories.user_with("Service Agent", account="limited")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=open_region.name
		).insert(ignore_permissions=True)
		customer = factories.make_customer(phone=factories.unique_phone(), region=hidden.name)
		frappe.set_user(user)
		self.addCleanup(frappe.clear_cache, user=user)
		self.assertRaises(
			frappe.PermissionError,
			message_api.send,
			"Service Customer",
			customer.name,
			"Holiday Wishes",
			"SMS",
		)

	def test_what_a_client_sends_of_results_is_dropped(self):
		customer = factories.make_customer(phone=factories.unique_phone())
		frappe.set_user(factories.user_with("Service Agent"))
		message = frappe.get_doc(
			doctype=DOCTYPE,
			template="Holiday Wishes",
			channel="SMS",
			customer=customer.name,
			state="Sent",
			sent_at="2020-01-01",
			body="Buy now",
			attempts=7,
			signed_by="Administrator",
			kind="Announcement",
			context='{"outcome": "x"}',
		).insert()
		self.assertEqual((message.state, message.sent_at, message.attempts), ("Queued", None, 0))
		self.assertNotIn("Buy now", message.body)
		self.assertEqual((message.kind, message.context), ("Holiday Greeting", None))


class TestOptOut(MessageCase):
	def test_one_address_however_it_is_written(self):
		factories.make_message_opt_out(channel="E-mail", recipient="w9@test.example")
		for text in ("W9@Test.example", "Wang <w9@test.example>", "<w9@test.example>"):
			key = message_recipients.normalised("E-mail", text)[1]
			with self.subTest(text):
				self.assertTrue(message_recipients.opted_out("E-mail", key, "Announcement"))

	def test_opted_out(self):
		customer = factories.make_customer(phone="13812340003", email="w3@test.example")
		factories.make_message_opt_out(channel="SMS", recipient="+86 138-1234-0003")
		care = messages.queue("Holiday Wishes", "SMS", customer=customer.name)
		self.assertEqual(frappe.db.get_value(DOCTYPE, care, "state"), "Suppressed")
		notice = messages.queue("Own Words", "SMS", customer=customer.name, text="x")
		self.assertEqual(frappe.db.get_value(DOCTYPE, notice, "state"), "Queued")
		other = messages.queue(factories.make_message_template().name, "E-mail", customer=customer.name)
		self.assertEqual(frappe.db.get_value(DOCTYPE, other, "state"), "Queued")
		frappe.db.set_value(
			"Message Opt-out", {"recipient_key": "+8613812340003"}, "scope", "Messages at All"
		)
		notice = messages.queue("Own Words", "SMS", customer=customer.name, text="x")
		self.assertEqual(frappe.db.get_value(DOCTYPE, notice, "state"), "Suppressed")

	def test_opting_out_while_it_waits(self):
		message = factories.make_outgoing_message()
		factories.make_message_opt_out(channel="SMS", recipient=message.recipient)
		with Gateway() as gateway:
			self.use(gateway)
			self.assertEqual(self.due(message).state, "Suppressed")
		self.assertEqual(gateway.requests, [])

	def test_token(self):
		token = message_opt_out.token("E-mail", "王@test.example")
		self.assertEqual(message_opt_out.read_token(token), ("E-mail", "王@test.example"))
		other = message_opt_out.token("E-mail", "x@test.example")
		forged = f"{token.split('.')[0]}.{other.split('.')[1]}"
		for text in (
			forged,
			token[:-2],
			token + "x",
			"",
			None,
			"a.b",
			".",
			"é.é",
			"x" * 5000,
			["x"],
			{"x": 1},
			7,
		):
			with self.subTest(text), self.assertRaises(message_opt_out.OptOutLinkError):
				message_opt_out.read_token(text)

	def test_one_click_works_for_guests_and_twice(self):
		frappe.local.request_ip = "127.0.0.1"
		frappe.set_user("Guest")
		for _time in range(2):
			message_opt_out.one_click(t=message_opt_out.token("E-mail", "w4@test.example"))
		self.assertEqual(frappe.db.count("Message Opt-out", {"recipient_key": "w4@test.example"}), 1)
		self.assertRaises(message_opt_out.OptOutLinkError, message_opt_out.one_click, t="x.y")


class TestOptOutPage(MessageCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(self.forget_request)
		frappe.local.request_ip = f"10.0.0.{frappe.generate_hash(length=6)}"

	def forget_request(self):
		"""Tests of others run outside of a request."""
		for name in ("request", "request_ip"):
			if hasattr(frappe.local, name):
				delattr(frappe.local, name)
		frappe.local.form_dict = frappe._dict()
		frappe.local.lang = "en"

	def ask(self, method="GET", language="en", **form):
		set_request(method=method, path="/opt-out", headers={"Accept-Language": language})
		frappe.set_user("Guest")
		frappe.local.form_dict = frappe._dict(form)
		response = get_response("opt-out")
		return response.status_code, response.get_data(as_text=True), response.headers

	def test_opening_the_link_changes_nothing_pressing_the_button_does(self):
		token = message_opt_out.token("E-mail", "wang@test.example")
		status, html, headers = self.ask(t=token)
		self.assertEqual((status, headers["Cache-Control"]), (200, "no-store, private"))
		self.assertIn("w***@test.example", html)
		self.assertNotIn("wang@", html.replace(token, ""))
		known = {"channel": "E-mail", "recipient_key": "wang@test.example"}
		self.assertFalse(frappe.db.exists("Message Opt-out", known))
		for _time in range(2):
			status, html, _headers = self.ask("POST", t=token)
			self.assertEqual(status, 200)
		self.assertEqual(frappe.db.get_value("Message Opt-out", known, "source"), "Link in a Message")

	def test_forged(self):
		for method in ("GET", "POST"):
			for token in ("x.y", "", "<script>"):
				status, html, _headers = self.ask(method, t=token)
				self.assertEqual(status, 404)
				self.assertNotIn("<script>", html)

	def test_chinese(self):
		_status, html, _headers = self.ask(
			language="zh-CN,zh;q=0.9", t=message_opt_out.token("SMS", "13812345678")
		)
		self.assertIn('lang="zh"', html)
		self.assertIn("138****5678", html)
		self.assertNotIn("No more messages", html)

	def test_too_many(self):
		with patch.object(message_opt_out, "_counted", side_effect=frappe.RateLimitExceededError):
			self.assertEqual(self.ask(t="x")[0], 429)


class TestQuietHours(MessageCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_single_value(
			"Aftersales Settings", {"quiet_from": "21:00:00", "quiet_until": "08:00:00"}
		)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		zone = patch.object(message_recipients, "get_system_timezone", lambda: "Asia/Shanghai")
		zone.start()
		self.addCleanup(zone.stop)

	def until(self, channel, key, moment):
		found = message_recipients.quiet_until(channel, key, frappe.utils.get_datetime(moment))
		return str(found)[:16] if found else None

	def test_in_the_recipients_time_zone(self):
		home, new_york, unknown = "+8613812345678", "+12125550123", "+870772111111"
		for channel, key, moment, expected in (
			("SMS", home, "2026-11-22 12:00:00", None),
			("SMS", home, "2026-11-22 20:59:59", None),
			("SMS", home, "2026-11-22 21:00:00", "2026-11-23 08:00"),
			("SMS", home, "2026-11-23 07:59:59", "2026-11-23 08:00"),
			("SMS", home, "2026-11-23 08:00:00", None),
			# Noon in Shanghai is 23:00 in New York.
			("SMS", new_york, "2026-11-22 12:00:00", "2026-11-22 21:00"),
			("SMS", new_york, "2026-11-22 23:00:00", None),
			("E-mail", "a@test.example", "2026-11-22 23:00:00", "2026-11-23 08:00"),
			# A satellite telephone may be anywhere.
			("SMS", unknown, "2026-11-22 12:00:00", None),
		):
			with self.subTest(key=key, moment=moment):
				self.assertEqual(self.until(channel, key, moment), expected)

	def test_within_one_day_and_switched_off(self):
		settings = frappe.get_cached_doc("Aftersales Settings")
		settings.quiet_from, settings.quiet_until = "12:00:00", "14:00:00"
		self.assertEqual(self.until("SMS", "+8613812345678", "2026-11-22 13:00:00"), "2026-11-22 14:00")
		self.assertIsNone(self.until("SMS", "+8613812345678", "2026-11-22 11:00:00"))
		settings.quiet_from = settings.quiet_until = "00:00:00"
		self.assertIsNone(self.until("SMS", "+8613812345678", "2026-11-22 13:00:00"))
		settings.quiet_until = None
		self.assertIsNone(self.until("SMS", "+8613812345678", "2026-11-22 23:00:00"))

	def test_a_message_waits_and_then_leaves(self):
		with patch.object(message_recipients, "now_datetime") as clock, Gateway() as gateway:
			self.use(gateway)
			clock.return_value = frappe.utils.get_datetime("2026-11-22 22:00:00")
			message = messages.queue(
				"Holiday Wishes", "SMS", customer=factories.make_customer(phone="13812340005").name
			)
			self.assertEqual(
				str(frappe.db.get_value(DOCTYPE, message, "next_attempt_at")), "2026-11-23 08:00:00"
			)
			message = self.due(frappe.get_doc(DOCTYPE, message))
			self.assertEqual((message.state, message.attempts, gateway.requests), ("Queued", 0, []))
			clock.return_value = frappe.utils.get_datetime("2026-11-23 08:00:00")
			self.assertEqual(self.due(message).state, "Sent")

	def test_an_awaited_mail_does_not_wait(self):
		service = frappe.get_doc("Message Kind", "Service Notice")
		with patch.object(
			message_recipients, "now_datetime", lambda: frappe.utils.get_datetime("2026-11-22 22:00:00")
		):
			self.assertIsNone(message_recipients.held_until(service, "E-mail", "a@test.example"))
			self.assertTrue(message_recipients.held_until(service, "SMS", "+8613812345678"))


class TestQueue(MessageCase):
	def test_same_key_once(self):
		customer = factories.make_customer(phone=factories.unique_phone())
		first = messages.queue("Holiday Wishes", "SMS", customer=customer.name, idempotency_key="k-1")
		self.assertEqual(
			messages.queue("Holiday Wishes", "SMS", customer=customer.name, idempotency_key="k-1"), first
		)

	def test_cancel_and_send_again(self):
		message = factories.make_outgoing_message()
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(frappe.PermissionError, message_api.cancel, message.name)
		frappe.set_user(factories.user_with("May Change Messages"))
		self.assertEqual(message_api.cancel(message.name), "Cancelled")
		self.assertRaises(messages.MessageStateError, message_api.cancel, message.name)
		self.assertIsNone(message_delivery.deliver(message.name))
		self.assertEqual(message_api.send_again(message.name), "Queued")
		self.assertRaises(messages.MessageStateError, message_api.send_again, message.name)

	def test_only_a_waiting_message_can_be_changed(self):
		message = factories.make_outgoing_message()
		frappe.set_user(factories.user_with("May Change Messages"))
		message = frappe.get_doc(DOCTYPE, message.name)
		message.body = "Better words"
		message.save()
		frappe.db.set_value(DOCTYPE, message.name, "state", "Sent")
		message.reload()
		message.body = "History"
		self.assertRaises(messages.MessageStateError, message.save)

	def test_what_became_of_a_message_is_not_written_by_hand(self):
		message = factories.make_outgoing_message()
		frappe.db.set_value(DOCTYPE, message.name, {"state": "Sent", "sent_at": "2026-01-01", "attempts": 1})
		before = frappe.get_doc(DOCTYPE, message.name)
		frappe.set_user(factories.user_with("May Change Messages"))
		forged = {
			"state": "Queued",
			"attempts": 0,
			"next_attempt_at": "2026-01-02 00:00:00",
			"body_html": "<p>x",
			"kind": frappe.db.get_value("Message Kind", {"name": ("!=", before.kind)}),
			"recipient_key": "+8613800000000",
		}
		frappe.client.save({**before.as_dict(), **forged})
		after = frappe.get_doc(DOCTYPE, message.name)
		for field in forged:
			self.assertEqual(after.get(field), before.get(field), field)
		frappe.set_user("Administrator")
		self.assertIsNone(message_delivery.deliver(message.name))

	def test_batch(self):
		reachable = [factories.make_customer(phone=factories.unique_phone()).name for _number in range(3)]
		unreachable = factories.make_customer().name
		black = factories.make_customer(
			phone=factories.unique_phone(), black_listed=1, black_list_reason="x"
		).name
		chosen = [*reachable, unreachable, black, reachable[0]]
		frappe.set_user(factories.user_with("Shop Manager"))
		shown = message_batches.preview("Holiday Wishes", frappe.as_json(chosen), "SMS")
		self.assertEqual((shown["count"], sum(shown["left_out"].values())), (3, 2))
		self.assertEqual(frappe.db.count(DOCTYPE, {"customer": ("in", chosen)}), 0)
		batch = message_batches.send("Holiday Wishes", chosen, channel="SMS")
		frappe.set_user("Administrator")
		for _time in range(2):
			message_batches.queue_all(batch)
			frappe.db.set_value("Message Batch", batch, "state", "Queueing")
		doc = frappe.get_doc("Message Batch", batch)
		self.assertEqual(doc.customers_count, 5)
		self.assertIn(unreachable, doc.left_out)
		made = frappe.get_all(DOCTYPE, {"batch": batch}, ["customer", "owner"])
		self.assertEqual(sorted(row.customer for row in made), sorted(reachable))
		self.assertEqual({row.owner for row in made}, {doc.owner})

	def test_batch_limits(self):
		frappe.set_user(factories.user_with("Shop Manager"))
		for customers in ([], "[]", "{}", [f"C{number}" for number in range(5001)]):
			self.assertRaises(message_batches.BatchError, message_batches.send, "Holiday Wishes", customers)
		self.assertRaises(frappe.PermissionError, message_batches.send, "Holiday Wishes", ["nobody"])
