from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales import console, console_calls
from aftersales.telephony import calls, ingest
from aftersales.testing import factories


class TestConsoleCalls(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.colleague = factories.make_user("Service Agent").name
		cls.outsider = factories.make_user("Service Agent").name
		cls.bridge = factories.make_bridge().name
		cls.line = factories.make_phone_line(cls.agent, cls.colleague, bridge=cls.bridge)

	def setUp(self):
		frappe.db.delete("Service Call", {"phone_line": self.line.name})

	def tearDown(self):
		frappe.set_user("Administrator")

	def report(self, kind, call=None, **fields):
		"""Store an event of the line as its bridge reports it; returns the call's name."""
		event = factories.make_call_event(kind, **({"call_uuid": call} if call else {}), **fields)
		(result,) = ingest.store_batch(self.bridge, [event], None)
		self.assertEqual(result["status"], "accepted", result)
		return result["call"]

	def missed(self, number, **fields):
		call = self.report("ringing", number_raw=number, seq=1)
		self.report("missed", call=call, number_raw=number, seq=2)
		if fields:
			frappe.db.set_value("Service Call", call, fields)
		return call

	def rows(self, user=None):
		frappe.set_user(user or self.agent)
		try:
			return console.get_queue()["ringing"]["rows"]
		finally:
			frappe.set_user("Administrator")

	def names(self, user=None):
		return [row["name"] for row in self.rows(user)]

	def test_a_ringing_call_stands_in_the_queues_of_its_line_only(self):
		customer = factories.make_customer(phone=factories.unique_phone())
		call = self.report("ringing", number_raw=customer.phone, seq=1)
		(row,) = self.rows()
		self.assertEqual((row["name"], row["state"]), (call, "Ringing"))
		self.assertEqual((row["title"], row["line_title"]), (customer.customer_name, self.line.line_title))
		self.assertEqual(self.names(self.colleague), [call])
		self.assertEqual(self.names(self.outsider), [])

	def test_who_takes_the_call_keeps_it_and_the_others_do_not(self):
		call = self.report("ringing", number_raw=factories.unique_phone(), seq=1)
		calls.take(call, self.colleague)
		self.assertEqual(self.names(self.agent), [])
		self.assertEqual(self.names(self.colleague), [call])

	def test_lines_are_counted(self):
		for user, lines in ((self.agent, 1), (self.outsider, 0)):
			frappe.set_user(user)
			self.assertEqual(console.get_queue()["lines"], lines)

	def test_a_missed_call_stays_until_somebody_speaks_with_the_caller(self):
		number = factories.unique_phone()
		first = self.missed(number)
		self.assertEqual((self.names(), self.names(self.colleague)), ([first], [first]))
		later = self.report("ringing", number_raw=number, seq=1)
		frappe.db.set_value("Service Call", later, "started_at", add_to_date(now_datetime(), seconds=5))
		calls.take(later, self.agent)
		self.assertNotIn(first, self.names(self.colleague))

	def test_saying_that_i_call_back_takes_it_off_everybodys_queue(self):
		call = self.missed(factories.unique_phone())
		frappe.set_user(self.colleague)
		record = console.get_record("Service Call", call)
		self.assertEqual((record["may_return"], record["may_take"]), (True, False))
		record = console.return_call(call)
		self.assertEqual((record["may_return"], record["call"]["agent"]), (False, self.colleague))
		self.assertEqual(record["call"]["state"], "Missed", "what the telephone reported stays")
		self.assertEqual((self.names(), self.names(self.colleague)), ([], []))
		frappe.set_user(self.agent)
		self.assertRaises(calls.CallTakenError, console.return_call, call)

	def test_who_may_not_call_back(self):
		call = self.missed(factories.unique_phone())
		for user in ("Guest", self.outsider, factories.make_user("Blogger").name):
			frappe.set_user(user)
			with self.subTest(user=user):
				self.assertRaises(frappe.PermissionError, console.return_call, call)
		frappe.set_user("Administrator")
		self.assertFalse(frappe.db.get_value("Service Call", call, "agent"))

	def test_only_missed_calls_are_returned(self):
		call = self.report("ringing", number_raw=factories.unique_phone(), seq=1)
		frappe.set_user(self.agent)
		self.assertRaises(calls.CallTakenError, console.return_call, call)

	def test_an_outgoing_call_returns_it(self):
		number = factories.unique_phone()
		call = self.missed(number)
		out = self.report("ringing", number_raw=number, seq=1, direction="out")
		frappe.db.set_value("Service Call", out, "started_at", add_to_date(now_datetime(), seconds=5))
		self.assertNotIn(call, self.names())

	def test_an_earlier_talk_does_not_count(self):
		number = factories.unique_phone()
		before = self.report("ringing", number_raw=number, seq=1)
		calls.take(before, self.agent)
		self.report("ended", call=before, number_raw=number, seq=3)
		frappe.db.set_value("Service Call", before, "started_at", add_to_date(now_datetime(), hours=-2))
		call = self.missed(number)
		self.assertEqual(self.names(), [call])

	def test_a_ticket_of_the_call_takes_it_off(self):
		call = self.missed(factories.unique_phone())
		factories.make_ticket(service_call=call)
		self.assertEqual(self.names(), [])

	def test_the_same_caller_stands_once_with_a_count(self):
		number = factories.unique_phone()
		old = self.missed(number, started_at=add_to_date(now_datetime(), hours=-1))
		new = self.missed(number)
		(row,) = self.rows()
		self.assertEqual((row["name"], row["times"]), (new, 2))
		self.assertNotEqual(old, new)

	def test_a_modem_that_cannot_tell_leaves_a_perhaps_missed_call(self):
		number = factories.unique_phone()
		call = self.report("ringing", number_raw=number, seq=1)
		self.report("ring_end", call=call, number_raw=number, seq=2)
		(row,) = self.rows()
		self.assertEqual((row["name"], row["state"]), (call, "Unknown"))

	def test_what_cannot_or_need_not_be_returned(self):
		withheld = self.report("ringing", number_raw=None, presentation="restricted", seq=1)
		self.report("missed", call=withheld, number_raw=None, presentation="restricted", seq=2)
		long_ago = add_to_date(now_datetime(), days=-4)
		self.missed(factories.unique_phone(), started_at=long_ago)
		self.missed(factories.unique_phone(), direction="Outbound")
		self.assertEqual(self.names(), [])

	def test_the_file_of_a_call(self):
		customer = factories.make_customer(phone=factories.unique_phone())
		ticket = factories.make_ticket(customer=customer.name)
		call = self.report("ringing", number_raw=customer.phone, seq=1)
		frappe.set_user(self.agent)
		record = console.get_record("Service Call", call)
		self.assertEqual(record["call"]["card"]["docname"], customer.name)
		(row,) = record["call"]["card"]["tickets"]
		self.assertEqual((row["name"], row["indicator"]), (ticket.name, "blue"))
		self.assertTrue(record["may_take"])
		frappe.set_user(self.outsider)
		self.assertFalse(console.get_record("Service Call", call)["may_take"])
		frappe.set_user(self.agent)
		calls.take(call, self.agent)
		record = console.get_record("Service Call", call)
		self.assertEqual((record["may_take"], record["may_finish"]), (False, True))
		calls.finish(call, self.agent)
		self.assertFalse(console.get_record("Service Call", call)["may_finish"])

	def test_who_may_not_read_calls(self):
		call = self.report("ringing", number_raw=factories.unique_phone(), seq=1)
		user = factories.make_user("Knowledge Manager").name
		self.assertEqual(self.names(user), [])
		if not frappe.has_permission("Service Call", "read", user=user):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, console.get_record, "Service Call", call)

	def test_missed_calls_are_found_by_line_and_time(self):
		self.missed(factories.unique_phone())
		frappe.set_user(self.agent)
		statements, run = [], frappe.db.sql

		def record(*args, **kwargs):
			result = run(*args, **kwargs)
			statements.append(frappe.db.last_query)
			return result

		with patch.object(frappe.db, "sql", record):
			console_calls.my_calls()
		(missed,) = [s for s in statements if "'Missed', 'Unknown'" in s]
		self.assertNotRegex(missed, r"(?i)(coalesce|ifnull)\([^)]*started_at")
		(plan,) = frappe.db.sql(f"explain {missed}", as_dict=True)
		self.assertIn("phone_line", plan.possible_keys)

	def test_queries_do_not_grow_with_the_missed_calls(self):
		for _i in range(4):
			self.missed(factories.unique_phone())
		frappe.set_user(self.agent)
		console_calls.my_calls()
		with self.assertQueryCount(6):
			self.assertEqual(len(console_calls.my_calls()["rows"]), 4)
