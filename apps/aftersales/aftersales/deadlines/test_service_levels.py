from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import get_datetime

from aftersales.aftersales.deadlines.service_levels import forget_levels, level_of, levels_of
from aftersales.aftersales.deadlines.testing import time_is, without_service_levels
from aftersales.testing import factories

MONDAY = "2026-11-23"


class LevelTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_service_levels()
		cls.hours = factories.make_working_time().name
		cls.level = factories.make_service_level(working_time=cls.hours)
		cls.critical = factories.make_service_level(
			working_time=cls.hours, urgency="Critical", response_hours=0.5, resolution_hours=2
		)

	def setUp(self):
		frappe.db.savepoint("level_test")
		forget_levels()

	def tearDown(self):
		frappe.db.rollback(save_point="level_test")
		forget_levels()

	def ticket(self, moment: str = f"{MONDAY} 09:00", **fields):
		with time_is(moment):
			return factories.make_ticket(handling="Done", **fields)

	def act(self, ticket, moment: str, *actions: str):
		with time_is(moment):
			return factories.act(ticket, *actions)

	def save(self, ticket, moment: str, **values):
		with time_is(moment):
			return ticket.update(values).save()

	def states(self, ticket) -> list[tuple[str, str]]:
		return [
			(row.step, row.state)
			for row in frappe.get_all(
				"Service Deadline",
				{"reference_name": ticket.name},
				["step", "state"],
				order_by="step desc, started_at, state",
			)
		]


class TestChoice(LevelTestCase):
	def chosen(self, **fields) -> str | None:
		level = level_of(frappe.get_doc({"doctype": "Service Ticket", "record_type": "Enquiry", **fields}))
		return level and level.name

	def test_most_conditions_win(self):
		vip = factories.make_vip_level().name
		customer = factories.make_customer(vip_level=vip).name
		repair = factories.make_service_level(record_type="Repair").name
		both = factories.make_service_level(record_type="Repair", urgency="Critical").name
		golden = factories.make_service_level(vip_level=vip).name
		self.assertEqual(self.chosen(), self.level.name)
		self.assertEqual(self.chosen(urgency="Critical"), self.critical.name)
		self.assertEqual(self.chosen(record_type="Repair"), repair)
		self.assertEqual(self.chosen(record_type="Repair", urgency="Critical"), both)
		self.assertEqual(self.chosen(customer=customer), golden)
		self.assertEqual(self.chosen(customer=factories.make_customer().name), self.level.name)

	def test_priority_decides_between_equals(self):
		praise = factories.make_service_level(record_type="Praise", priority=1).name
		self.assertEqual(self.chosen(record_type="Praise", urgency="Critical"), praise)

	def test_no_level_no_deadline(self):
		frappe.db.set_value("Service Level", {"enabled": 1}, "enabled", 0)
		forget_levels()
		ticket = self.ticket()
		self.assertEqual((ticket.resolve_by, ticket.service_level, self.states(ticket)), (None, None, []))

	def test_a_changed_level_counts_at_once(self):
		levels_of("Service Ticket")
		self.level.reload()
		self.level.resolution_hours = 4
		self.level.save()
		self.assertEqual(self.ticket().resolve_by, get_datetime(f"{MONDAY} 14:30"))


class TestTicket(LevelTestCase):
	def test_deadlines_start_with_the_ticket(self):
		ticket = self.ticket()
		self.assertEqual(ticket.service_level, self.level.name)
		stored = frappe.db.get_value(
			"Service Ticket", ticket.name, ["respond_by", "resolve_by", "deadline_state"]
		)
		self.assertEqual(
			stored, (get_datetime(f"{MONDAY} 11:00"), get_datetime("2026-11-24 09:30"), "Running")
		)
		self.assertEqual(self.states(ticket), [("Response", "Running"), ("Resolution", "Running")])

	def test_values_of_a_client_do_not_count(self):
		ticket = self.ticket(resolve_by="2030-01-01 00:00:00", deadline_state="Met", service_level=None)
		self.assertEqual(ticket.resolve_by, get_datetime("2026-11-24 09:30"))
		self.save(
			ticket, f"{MONDAY} 10:00", resolve_by="2030-01-01 00:00:00", service_level=self.critical.name
		)
		ticket.reload()
		self.assertEqual(ticket.resolve_by, get_datetime("2026-11-24 09:30"))
		self.assertEqual(ticket.service_level, self.level.name)

	def test_taking_it_up_is_the_response(self):
		ticket = self.act(self.ticket(), f"{MONDAY} 10:00", "Start")
		self.assertEqual(self.states(ticket), [("Response", "Met"), ("Resolution", "Running")])
		self.assertIsNone(ticket.respond_by)

	def test_a_note_is_a_response(self):
		ticket = self.ticket()
		ticket.append("handling_log", {"entry": "Called back"})
		self.save(ticket, f"{MONDAY} 15:00")
		self.assertEqual(self.states(ticket), [("Response", "Late"), ("Resolution", "Running")])

	def test_waiting_for_the_customer_pauses(self):
		ticket = self.act(self.ticket(), f"{MONDAY} 10:00", "Start", "Wait for Customer")
		self.assertEqual((ticket.resolve_by, ticket.deadline_state), (None, "Paused"))
		ticket = self.act(ticket, "2026-11-30 08:30", "Resume")
		self.assertEqual(ticket.resolve_by, get_datetime("2026-11-30 17:00"))

	def test_completed_from_the_pause(self):
		ticket = self.act(self.ticket(), f"{MONDAY} 10:00", "Start", "Wait for Customer")
		ticket = self.act(ticket, "2026-12-30 10:00", "Resolve")
		self.assertEqual((ticket.resolve_by, ticket.deadline_state), (None, "Met"))

	def test_completed_late(self):
		ticket = self.act(self.ticket(), "2026-11-24 09:31", "Start", "Resolve")
		self.assertEqual(self.states(ticket), [("Response", "Late"), ("Resolution", "Late")])

	def test_reopened_starts_anew_in_full_time(self):
		ticket = self.act(self.ticket(), f"{MONDAY} 10:00", "Start", "Resolve")
		ticket = self.act(ticket, "2026-11-25 08:30", "Reopen")
		self.assertEqual(ticket.resolve_by, get_datetime("2026-11-26 09:00"))
		self.assertEqual(
			self.states(ticket), [("Response", "Met"), ("Resolution", "Met"), ("Resolution", "Running")]
		)

	def test_more_urgent_is_sooner_from_the_start_on(self):
		ticket = self.save(self.ticket(), f"{MONDAY} 09:15", urgency="Critical")
		self.assertEqual(ticket.resolve_by, get_datetime(f"{MONDAY} 11:00"))
		self.assertEqual(ticket.respond_by, get_datetime(f"{MONDAY} 09:30"))
		self.assertEqual(ticket.service_level, self.critical.name)

	def test_another_customer_of_another_level(self):
		vip = factories.make_vip_level().name
		factories.make_service_level(vip_level=vip, resolution_hours=1, working_time=self.hours)
		ticket = self.ticket()
		self.save(ticket, f"{MONDAY} 09:00", customer=factories.make_customer(vip_level=vip).name)
		self.assertEqual(ticket.resolve_by, get_datetime(f"{MONDAY} 10:00"))

	def test_level_without_a_response_ends_that_step(self):
		factories.make_service_level(record_type="Praise", response_hours=0, working_time=self.hours)
		ticket = self.save(self.ticket(), f"{MONDAY} 09:15", record_type="Praise")
		self.assertEqual(self.states(ticket), [("Response", "Cancelled"), ("Resolution", "Running")])

	def test_other_person_in_charge(self):
		ticket = self.ticket()
		other = factories.user_with("Service Agent")
		self.save(ticket, f"{MONDAY} 10:00", person_in_charge=other)
		users = frappe.get_all("Service Deadline", {"reference_name": ticket.name}, pluck="user")
		self.assertEqual(users, [other, other])

	def test_state_that_an_administrator_added_pauses(self):
		self.level.reload()
		self.level.append("pause_states", {"state": "In Progress"})
		self.level.save()
		ticket = self.act(self.ticket(), f"{MONDAY} 10:00", "Start")
		self.assertEqual(ticket.deadline_state, "Paused")
		ticket = self.act(ticket, f"{MONDAY} 11:00", "Wait for Customer")
		self.assertEqual(ticket.deadline_state, "Paused")

	def statements(self, function) -> list[str]:
		"""Run a function and return its statements."""
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			function()
		return [str(call.args[0]) for call in sql.call_args_list]

	def test_a_new_ticket_costs_three_statements_more(self):
		"""Department of the person in charge, member level of the customer, both deadlines in one insert."""
		factories.make_service_level(vip_level=factories.make_vip_level().name, working_time=self.hours)
		customer = factories.make_customer().name
		self.ticket(customer=customer)
		ours = [
			statement
			for statement in self.statements(lambda: self.ticket(customer=customer))
			if any(
				word in statement
				for word in ("Service Deadline", "Service Level", "Service Staff", "vip_level")
			)
		]
		self.assertLessEqual(
			len([statement for statement in ours if "INSERT INTO `tabService Ticket`" not in statement]), 3
		)

	def test_save_without_a_change_costs_nothing(self):
		ticket = self.ticket()
		ticket.remarks = "One"
		ticket.save()
		ticket.remarks = "Two"
		statements = self.statements(ticket.save)
		self.assertTrue(statements)
		self.assertFalse(
			[query for query in statements if "Service Deadline" in query or "Service Level" in query]
		)
