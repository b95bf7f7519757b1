import os
import subprocess
import sys
from email import message_from_string
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_to_date, get_datetime

from aftersales.aftersales import deadlines
from aftersales.aftersales.deadlines import digest
from aftersales.aftersales.deadlines.rows import DOCTYPE
from aftersales.aftersales.deadlines.sweep import sweep
from aftersales.aftersales.deadlines.testing import time_is, without_service_levels
from aftersales.testing import factories

MONDAY = "2026-11-23"
CAN_SEND_MAIL = digest.can_send_mail
LEVELS = [
	{"after_hours": 4, "recipient": "Superior of the Superior"},
	{"after_hours": 1, "recipient": "Superior"},
	{"after_hours": 8, "recipient": "Department Head"},
]


class SweepTestCase(FrappeTestCase):
	"""An agent below a leader below a head; a ticket of the agent, due on Monday at 11:00, warned of at 10:00."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_service_levels()
		frappe.db.delete(DOCTYPE)
		cls.hours = factories.make_working_time().name
		cls.agent, cls.leader, cls.manager, cls.head, cls.fallback = (
			factories.user_with(*roles)
			for roles in (
				("Service Agent",),
				("Agent Team Leader",),
				("Service Manager",),
				("Department Head",),
				("Aftersales Administrator",),
			)
		)
		cls.department = factories.make_department(head=cls.head).name
		factories.make_staff(cls.manager, department=cls.department)
		factories.make_staff(cls.leader, reports_to=cls.manager, department=cls.department)
		factories.make_staff(cls.agent, reports_to=cls.leader, department=cls.department)
		settings = frappe.get_doc("Aftersales Settings")
		settings.update({"escalations": LEVELS, "deadline_fallback_user": cls.fallback})
		settings.save()

	@classmethod
	def tearDownClass(cls):
		super().tearDownClass()
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def setUp(self):
		frappe.db.savepoint("sweep_test")
		self.published = []
		self.enterContext(
			patch.object(
				frappe, "publish_realtime", lambda *args, **values: self.published.append((args, values))
			)
		)
		self.enterContext(patch.object(digest, "can_send_mail", return_value=False))

	def tearDown(self):
		frappe.db.rollback(save_point="sweep_test")
		frappe.clear_document_cache("Email Template", digest.TEMPLATE)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def enterContext(self, context):
		"""As Python 3.11 has it."""
		value = context.__enter__()
		self.addCleanup(context.__exit__, None, None, None)
		return value

	def start(self, user: str | None = None, ticket=None, step: str = "Resolution", **more):
		ticket = ticket or factories.make_ticket()
		with time_is(f"{MONDAY} 09:00"):
			deadlines.start(ticket, step, 2, user or self.agent, self.hours, 1, **more)
		return ticket

	def sweep_at(self, moment: str) -> int:
		with time_is(moment):
			return sweep()

	def row(self, ticket, step: str = "Resolution"):
		return frappe.get_last_doc(DOCTYPE, {"reference_name": ticket.name, "step": step})

	def told(self) -> dict[str, list[str]]:
		"""Who was told since the last call, and what."""
		found = {}
		for log in frappe.get_all("Notification Log", {"type": "Alert"}, ["name", "for_user", "subject"]):
			found.setdefault(log.for_user, []).append(log.subject)
			frappe.db.delete("Notification Log", log.name)
		return found


class TestLevels(SweepTestCase):
	def test_from_the_warning_to_the_head_of_the_department(self):
		ticket = self.start()
		steps = (
			("09:59", 0, {}),
			("10:00", 1, {self.agent: ["Deadlines: 1 due soon"]}),
			("10:30", 1, {}),
			("11:00", 2, {self.agent: ["Deadlines: 1 overdue"]}),
			("11:59", 2, {}),
			("12:00", 3, {self.leader: ["Deadlines: 1 late for your attention"]}),
			("14:00", 3, {}),
			("16:30", 4, {self.manager: ["Deadlines: 1 late for your attention"]}),
			("23:00", 4, {}),
		)
		for time, level, told in steps:
			with self.subTest(time=time):
				self.sweep_at(f"{MONDAY} {time}")
				self.assertEqual(self.row(ticket).level, level)
				self.assertEqual(self.told(), told)
		self.sweep_at("2026-11-24 12:00")
		self.assertEqual(self.told(), {self.head: ["Deadlines: 1 late for your attention"]})
		self.assertEqual((self.row(ticket).level, self.row(ticket).next_event_at), (5, None))
		self.assertEqual(self.sweep_at("2027-11-24 12:00"), 0)

	def test_no_levels(self):
		with change_settings("Aftersales Settings", {"escalations": []}):
			ticket = self.start()
			self.sweep_at(f"{MONDAY} 15:00")
			self.assertEqual((self.row(ticket).level, self.row(ticket).next_event_at), (2, None))

	def test_no_warning_when_it_is_overdue_already(self):
		ticket = self.start()
		self.sweep_at(f"{MONDAY} 11:30")
		self.assertEqual(self.told(), {self.agent: ["Deadlines: 1 overdue"]})
		self.assertEqual(self.row(ticket).next_event_at, get_datetime(f"{MONDAY} 12:00"))

	def test_paused_and_finished_steps_are_left_alone(self):
		paused, finished, cancelled = (self.start() for _n in range(3))
		with time_is(f"{MONDAY} 09:30"):
			deadlines.pause(paused)
			deadlines.finish(finished)
			deadlines.cancel(cancelled)
		self.assertEqual(self.sweep_at("2027-01-01 00:00"), 0)

	def test_the_clock_goes_back_and_nobody_is_told_again(self):
		self.start()
		self.sweep_at(f"{MONDAY} 10:10")
		self.told()
		self.sweep_at(f"{MONDAY} 09:10")
		self.sweep_at(f"{MONDAY} 10:10")
		self.assertEqual(self.told(), {})

	def test_new_handler_is_warned_too(self):
		ticket = self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		self.told()
		with time_is(f"{MONDAY} 10:10"):
			deadlines.reassign(ticket, None, self.leader)
		self.sweep_at(f"{MONDAY} 10:15")
		self.assertEqual(self.told(), {self.leader: ["Deadlines: 1 due soon"]})


class TestDowntime(SweepTestCase):
	def test_one_message_each_for_all_levels_that_passed(self):
		tickets = [self.start() for _n in range(3)]
		self.assertEqual(self.sweep_at("2026-12-23 12:00"), 3)
		self.assertEqual(
			self.told(),
			{
				self.agent: ["Deadlines: 3 overdue"],
				self.leader: ["Deadlines: 3 late for your attention"],
				self.manager: ["Deadlines: 3 late for your attention"],
				self.head: ["Deadlines: 3 late for your attention"],
			},
		)
		for ticket in tickets:
			self.assertEqual((self.row(ticket).level, self.row(ticket).next_event_at), (5, None))
		self.assertEqual(self.sweep_at("2026-12-23 12:05"), 0)

	def test_a_digest_lists_few_and_counts_all(self):
		ticket = factories.make_ticket()
		for number in range(digest.LISTED + 3):
			self.start(ticket=ticket, step=f"Step {number:02}")
		self.sweep_at(f"{MONDAY} 10:00")
		log = frappe.get_last_doc("Notification Log", {"for_user": self.agent})
		self.assertEqual(log.subject, f"Deadlines: {digest.LISTED + 3} due soon")
		self.assertEqual(log.email_content.count("<li>"), digest.LISTED)
		self.assertIn("And 3 more.", log.email_content)


class TestPeople(SweepTestCase):
	def content(self, user: str) -> str:
		return frappe.get_last_doc("Notification Log", {"for_user": user}).email_content

	def test_handler_who_left_the_company(self):
		self.start()
		frappe.db.set_value("User", self.agent, "enabled", 0)
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertIn("is not available any more; please decide who goes on", self.content(self.leader))
		self.assertEqual(list(self.told()), [self.leader])

	def test_handler_with_a_last_day(self):
		self.start()
		frappe.db.set_value("Service Staff", self.agent, "left_on", "2020-01-01")
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual(list(self.told()), [self.leader])

	def test_the_whole_line_left(self):
		self.start()
		for user in (self.agent, self.leader, self.manager):
			frappe.db.set_value("User", user, "enabled", 0)
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual(list(self.told()), [self.head])

	def test_nobody_left_at_all(self):
		self.start()
		for user in (self.agent, self.leader, self.manager, self.head):
			frappe.db.set_value("User", user, "enabled", 0)
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual(list(self.told()), [self.fallback])

	def test_nobody_at_all(self):
		ticket = self.start()
		frappe.db.set_value(
			"User",
			{"name": ("in", [self.agent, self.leader, self.manager, self.head, self.fallback])},
			"enabled",
			0,
		)
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual((self.told(), self.row(ticket).level), ({}, 1))

	def test_department_without_a_handler(self):
		ticket = factories.make_ticket()
		with time_is(f"{MONDAY} 09:00"):
			deadlines.start(ticket, "Review", 2, None, self.hours, 1, department=self.department)
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertNotIn("not available", self.content(self.head))
		self.assertEqual(list(self.told()), [self.head])

	def test_handler_who_is_the_head(self):
		self.start(self.head, department=self.department)
		self.sweep_at("2026-12-23 12:00")
		self.assertEqual(self.told()[self.head], ["Deadlines: 1 overdue"])


class TestMessage(SweepTestCase):
	def test_realtime_goes_to_the_person_after_the_commit(self):
		self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		events = [(args, values) for args, values in self.published if args[0] == digest.EVENT]
		self.assertEqual(
			events,
			[
				(
					(digest.EVENT, {"escalated": 0, "overdue": 0, "warned": 1}),
					{"user": self.agent, "after_commit": True},
				)
			],
		)

	def test_in_the_language_of_the_person(self):
		frappe.db.set_value("User", self.agent, "language", "zh")
		frappe.clear_cache(user=self.agent)
		ticket = self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		log = frappe.get_last_doc("Notification Log", {"for_user": self.agent})
		self.assertEqual(log.subject, "处理期限：1 项即将到期")
		self.assertIn("应于 2026-11-23 11:00 前完成", log.email_content)
		self.assertEqual((log.document_type, log.document_name), ("Service Ticket", ticket.name))
		self.assertEqual(frappe.local.lang, "en")

	def with_account(self, **fields):
		"""Let the real question be asked, on a site that has no account to send from but perhaps this one."""
		self.enterContext(patch.object(digest, "can_send_mail", CAN_SEND_MAIL))
		frappe.db.set_value("Email Account", {"default_outgoing": 1}, "default_outgoing", 0)
		self.enterContext(patch.dict(frappe.local.conf, {"mail_server": None}))
		if fields:
			account = frappe.get_doc(
				{"doctype": "Email Account", "name": "Deadlines", "email_account_name": "Deadlines", **fields}
			)
			account.db_insert()
		self.clear_accounts()
		self.addCleanup(self.clear_accounts)

	def clear_accounts(self):
		frappe.local.outgoing_email_account = {}
		frappe.clear_document_cache("Email Account", "Deadlines")

	def mails(self) -> list[str]:
		return frappe.get_all("Email Queue Recipient", {"recipient": self.agent}, pluck="parent")

	def test_no_mail_without_an_account(self):
		self.with_account()
		for muted in (True, False):
			with self.subTest(muted=muted), patch.dict(frappe.flags, {"mute_emails": muted}):
				self.assertFalse(digest.can_send_mail())
		self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertFalse(self.mails())

	def test_mail_waits_in_the_queue(self):
		self.with_account(
			email_id="desk@test.example", enable_outgoing=1, default_outgoing=1, smtp_server="test.example"
		)
		ticket = self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual(len(self.mails()), 1)
		message = message_from_string(frappe.db.get_value("Email Queue", self.mails()[0], "message"))
		self.assertEqual(message["Subject"], "Deadlines: 1 due soon")
		text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
		self.assertIn(ticket.name, text.get_payload(decode=True).decode())

	def with_mail(self):
		# The site's own account matters less than that there is one.
		digest.can_send_mail.return_value = True
		self.enterContext(patch.dict(frappe.flags, {"mute_emails": False}))
		self.sent = []
		self.enterContext(patch.object(frappe, "sendmail", lambda **values: self.sent.append(values)))

	def test_mail_by_the_template_that_an_administrator_changed(self):
		self.with_mail()
		template = frappe.get_doc("Email Template", digest.TEMPLATE)
		template.subject = "Heads-up: {{ headline }}"
		template.save()
		ticket = self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual(len(self.sent), 1)
		self.assertEqual(self.sent[0]["recipients"], [self.agent])
		self.assertEqual(self.sent[0]["subject"], "Heads-up: Deadlines: 1 due soon")
		self.assertIn(ticket.name, self.sent[0]["message"])
		self.assertIn("Resolution is due at 2026-11-23 11:00.", self.sent[0]["message"])

	def test_broken_or_missing_template_stops_nothing(self):
		self.with_mail()
		self.start()
		frappe.db.set_value("Email Template", digest.TEMPLATE, "response_html", "{{ no.such.thing }}")
		frappe.clear_document_cache("Email Template", digest.TEMPLATE)
		self.addCleanup(frappe.clear_document_cache, "Email Template", digest.TEMPLATE)
		self.sweep_at(f"{MONDAY} 10:00")
		frappe.db.delete("Email Template", digest.TEMPLATE)
		self.sweep_at(f"{MONDAY} 11:00")
		self.assertEqual((len(self.told()[self.agent]), self.sent), (2, []))

	def test_who_switched_notifications_off_gets_none(self):
		self.with_mail()
		frappe.get_doc(
			{
				"doctype": "Notification Settings",
				"name": self.agent,
				"user": self.agent,
				"enabled": 0,
				"enable_email_notifications": 0,
			}
		).insert(ignore_permissions=True, ignore_if_duplicate=True)
		frappe.db.set_value(
			"Notification Settings", self.agent, {"enabled": 0, "enable_email_notifications": 0}
		)
		self.start()
		self.sweep_at(f"{MONDAY} 10:00")
		self.assertEqual((self.told(), self.sent), ({}, []))

	def test_names_cannot_break_the_message(self):
		self.start(step="<img src=x onerror=alert(1)>")
		self.sweep_at(f"{MONDAY} 10:00")
		content = frappe.get_last_doc("Notification Log", {"for_user": self.agent}).email_content
		self.assertNotIn("<img", content)


class TestCost(SweepTestCase):
	def fill(self, count: int) -> None:
		"""Rows of the agent, spread over days to come: one due each minute."""
		ticket = factories.make_ticket()
		steps = [
			deadlines.Step(f"Step {n}", due_at=add_to_date(f"{MONDAY} 09:00", minutes=n))
			for n in range(count)
		]
		with time_is("2026-11-20 09:00"):
			deadlines.start_all(ticket, steps, self.agent)

	def test_nothing_due_costs_two_statements(self):
		with self.assertQueryCount(2):
			self.sweep_at(f"{MONDAY} 09:00")

	def test_statements_do_not_grow_with_the_rows(self):
		self.fill(300)
		self.sweep_at(f"{MONDAY} 08:00")
		with self.assertQueryCount(40):
			self.sweep_at("2026-12-23 12:00")

	def test_what_is_due_is_found_by_the_index(self):
		"""Both columns of the index narrow the search. Of a few rows MariaDB may rather read all, so the index is named."""
		self.fill(50)
		plan = frappe.db.sql(
			"""explain select name from `tabService Deadline` force index (state_next_event_at_index)
			where state = 'Running' and next_event_at <= %s""",
			f"{MONDAY} 09:10",
			as_dict=True,
		)[0]
		one = frappe.db.sql(
			"""explain select name from `tabService Deadline` force index (state_next_event_at_index)
			where state = 'Running'""",
			as_dict=True,
		)[0]
		self.assertEqual((plan.type, plan.key), ("range", "state_next_event_at_index"))
		self.assertGreater(int(plan.key_len), int(one.key_len))


TWO_AT_ONCE = """
import sys, frappe
frappe.init("{site}", sites_path="."); frappe.connect(); frappe.set_user("Administrator")
from aftersales.aftersales.deadlines import digest, sweep
digest.can_send_mail = lambda: False
print("ready", flush=True)
sys.stdin.readline()
rows = sweep.claim(frappe.utils.get_datetime("2001-01-01"))
frappe.db.sql("select sleep(0.3)")
print(sum(row.step == "Two at once" for row in rows), flush=True)
frappe.db.commit()
"""


class TestTwoAtOnce(FrappeTestCase):
	"""Two processes, each with its own transaction, on committed rows."""

	def setUp(self):
		self.ticket = factories.make_ticket()
		frappe.db.delete(DOCTYPE, {"reference_name": self.ticket.name})
		# long ago, so that the sweeps find nothing else that the site may have
		steps = [deadlines.Step("Two at once", due_at="2000-01-01") for _n in range(200)]
		deadlines.start_all(self.ticket, steps, "Administrator", fresh=True)
		frappe.db.commit()

	def tearDown(self):
		frappe.delete_doc("Service Ticket", self.ticket.name, delete_permanently=True)
		frappe.db.commit()

	def test_each_row_is_claimed_once(self):
		script = TWO_AT_ONCE.format(site=frappe.local.site)
		running = [
			subprocess.Popen(
				[sys.executable, "-c", script],
				cwd=os.path.abspath(frappe.local.sites_path),
				stdin=subprocess.PIPE,
				stdout=subprocess.PIPE,
				text=True,
			)
			for _n in range(2)
		]
		for process in running:
			self.assertEqual(process.stdout.readline().strip(), "ready")
		for process in running:
			process.stdin.write("go\n")
			process.stdin.flush()
		counts = sorted(int(process.communicate(timeout=60)[0]) for process in running)
		self.assertEqual(counts, [0, 200])
		frappe.db.rollback()
		levels = frappe.get_all(DOCTYPE, {"reference_name": self.ticket.name}, pluck="level")
		self.assertEqual(levels, [2] * 200)
