import frappe
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import get_datetime

from aftersales.aftersales import deadlines
from aftersales.aftersales.deadlines.clock import DeadlineHoursError
from aftersales.aftersales.deadlines.testing import time_is, without_service_levels
from aftersales.testing import factories

MONDAY, FRIDAY = "2026-11-23", "2026-11-27"
STEP = "Resolution"


class ClockTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_service_levels()
		cls.hours = factories.make_working_time().name
		cls.department = factories.make_department().name
		cls.user = factories.make_staff(factories.user_with("Service Agent"), department=cls.department).user

	def setUp(self):
		self.ticket = factories.make_ticket()

	def start(self, moment: str, hours: float, step: str = STEP, **more):
		with time_is(moment):
			return deadlines.start(self.ticket, step, hours, self.user, self.hours, **more)

	def row(self, step: str = STEP, **more):
		return frappe.get_last_doc(
			"Service Deadline", {"reference_name": self.ticket.name, "step": step, **more}
		)

	def shown(self):
		return frappe.db.get_value(
			"Service Ticket", self.ticket.name, ["resolve_by", "deadline_state"], as_dict=True
		)


class TestStart(ClockTestCase):
	def test_row_and_document_know_the_deadline(self):
		due = self.start(f"{MONDAY} 11:00", 2)
		self.assertEqual(due, get_datetime(f"{MONDAY} 14:30"))
		row = self.row()
		self.assertEqual(
			(row.user, row.department, row.state, row.level, row.allowed_seconds),
			(self.user, self.department, "Running", 0, 7200),
		)
		self.assertEqual((self.shown().resolve_by, self.ticket.resolve_by), (due, due))
		self.assertEqual(self.shown().deadline_state, "Running")

	def test_twice_is_once(self):
		first = self.start(f"{MONDAY} 11:00", 2)
		self.assertEqual(self.start(f"{MONDAY} 15:00", 8), first)
		self.assertEqual(frappe.db.count("Service Deadline", {"reference_name": self.ticket.name}), 1)

	def test_warning_is_ahead_in_working_time(self):
		self.start(f"{MONDAY} 09:00", 5, warn_before_hours=1)
		self.assertEqual(self.row().due_at, get_datetime(f"{MONDAY} 15:30"))
		self.assertEqual(self.row().warn_at, get_datetime(f"{MONDAY} 14:30"))
		self.start(f"{MONDAY} 09:00", 3.5, "Over lunch", warn_before_hours=1)
		self.assertEqual(self.row("Over lunch").warn_at, get_datetime(f"{MONDAY} 11:30"))

	def test_warning_is_never_before_half_of_the_time(self):
		self.start(f"{MONDAY} 09:00", 1, warn_before_hours=8)
		self.assertEqual(self.row().warn_at, get_datetime(f"{MONDAY} 09:30"))

	def test_no_warning(self):
		self.start(f"{MONDAY} 09:00", 1, warn_before_hours=0)
		self.assertIsNone(self.row().warn_at)
		self.assertEqual(self.row().next_event_at, self.row().due_at)

	def test_hours_and_warning_of_the_settings(self):
		values = {"default_working_time": self.hours, "warn_before_hours": 2}
		with change_settings("Aftersales Settings", values), time_is(f"{FRIDAY} 17:00"):
			due = deadlines.start(self.ticket, STEP, 6, self.user)
		self.assertEqual(due, get_datetime("2026-11-30 15:30"))
		self.assertEqual((self.row().working_time, self.row().warn_at.hour), (self.hours, 12))

	def test_without_any_working_time_the_clock_runs_always(self):
		with change_settings("Aftersales Settings", {"default_working_time": None}):
			with time_is(f"{FRIDAY} 17:00"):
				due = deadlines.start(self.ticket, STEP, 24, self.user)
		self.assertEqual(due, get_datetime("2026-11-28 17:00"))

	def test_unusable_hours(self):
		for hours in (-1, 10**9):
			self.assertRaises(DeadlineHoursError, self.start, f"{MONDAY} 09:00", hours)
		self.assertFalse(frappe.db.exists("Service Deadline", {"reference_name": self.ticket.name}))

	def test_a_day_that_somebody_set(self):
		with time_is(f"{MONDAY} 09:00"):
			due = deadlines.start_at(self.ticket, STEP, f"{FRIDAY} 12:00:00", self.user)
		self.assertEqual((due, self.shown().resolve_by), (get_datetime(f"{FRIDAY} 12:00"),) * 2)
		self.assertEqual(self.row().warn_at, get_datetime(f"{FRIDAY} 11:00"))

	def test_a_day_that_has_passed_is_overdue_at_once(self):
		with time_is(f"{MONDAY} 09:00"):
			deadlines.start_at(self.ticket, STEP, "2026-11-20 12:00:00", self.user)
			self.assertTrue(deadlines.current(self.ticket)[0].overdue)
		self.assertEqual(self.row().next_event_at, get_datetime("2026-11-20 12:00"))

	def test_document_shows_the_deadline_of_each_step_apart(self):
		self.start(f"{MONDAY} 09:00", 1, "Response")
		self.start(f"{MONDAY} 09:00", 2)
		shown = frappe.db.get_value("Service Ticket", self.ticket.name, ["respond_by", "resolve_by"])
		self.assertEqual(shown, (get_datetime(f"{MONDAY} 10:00"), get_datetime(f"{MONDAY} 11:00")))


class TestPause(ClockTestCase):
	def pause(self, moment: str):
		with time_is(moment):
			deadlines.pause(self.ticket)

	def resume(self, moment: str):
		with time_is(moment):
			deadlines.resume(self.ticket)

	def test_over_a_weekend(self):
		"""One of three hours is used on Friday; two are left on Tuesday."""
		self.start(f"{FRIDAY} 15:30", 3)
		self.pause(f"{FRIDAY} 16:30")
		self.assertEqual((self.row().state, self.row().remaining_seconds), ("Paused", 7200))
		self.assertIsNone(self.row().next_event_at)
		self.assertEqual((self.shown().resolve_by, self.shown().deadline_state), (None, "Paused"))
		self.resume("2026-12-01 09:00:00")
		self.assertEqual(self.row().due_at, get_datetime("2026-12-01 11:00"))
		self.assertEqual(self.row().warn_at, get_datetime("2026-12-01 10:00"))
		self.assertEqual(self.shown().resolve_by, get_datetime("2026-12-01 11:00"))

	def test_pause_outside_hours_costs_nothing(self):
		due = self.start(f"{FRIDAY} 16:30", 2)
		self.pause("2026-11-28 10:00:00")
		self.resume("2026-11-29 10:00:00")
		self.assertEqual(self.row().due_at, due)

	def test_twice_is_once(self):
		self.start(f"{MONDAY} 09:00", 3)
		self.pause(f"{MONDAY} 10:00")
		self.pause(f"{MONDAY} 11:00")
		self.assertEqual(self.row().remaining_seconds, 7200)
		self.resume(f"{MONDAY} 14:00")
		self.resume(f"{MONDAY} 15:00")
		self.assertEqual(self.row().due_at, get_datetime(f"{MONDAY} 16:00"))

	def test_what_was_overdue_stays_overdue(self):
		due = self.start(f"{MONDAY} 09:00", 1)
		self.pause(f"{MONDAY} 11:00")
		self.assertEqual(self.row().remaining_seconds, -3600)
		self.resume(f"{MONDAY} 14:00")
		self.assertEqual(self.row().due_at, due)

	def test_warning_that_was_given_is_not_given_again(self):
		self.start(f"{MONDAY} 09:00", 3)
		self.row().db_set({"level": 1, "next_event_at": f"{MONDAY} 13:30"})
		self.pause(f"{MONDAY} 11:30")
		self.resume(f"{MONDAY} 14:00")
		self.assertEqual((self.row().level, self.row().next_event_at), (1, get_datetime(f"{MONDAY} 14:30")))

	def test_nothing_more_to_come_stays_so(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.row().db_set({"level": 5, "next_event_at": None})
		self.pause(f"{MONDAY} 11:30")
		self.resume(f"{MONDAY} 14:00")
		self.assertIsNone(self.row().next_event_at)

	def test_one_step_of_two(self):
		self.start(f"{MONDAY} 09:00", 1, "Response")
		self.start(f"{MONDAY} 09:00", 2)
		with time_is(f"{MONDAY} 09:30"):
			deadlines.pause(self.ticket, "Response")
		self.assertEqual((self.row("Response").state, self.row().state), ("Paused", "Running"))
		self.assertEqual(self.shown().deadline_state, "Running")


class TestEnd(ClockTestCase):
	def end(self, moment: str, how=deadlines.finish, step: str | None = None):
		with time_is(moment):
			how(self.ticket, step)
		return self.row(step or STEP)

	def test_in_time(self):
		self.start(f"{MONDAY} 09:00", 1)
		row = self.end(f"{MONDAY} 10:00")
		self.assertEqual((row.state, row.finished_at), ("Met", get_datetime(f"{MONDAY} 10:00")))
		self.assertEqual((self.shown().resolve_by, self.shown().deadline_state), (None, "Met"))

	def test_late(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.assertEqual(self.end(f"{MONDAY} 10:00:01").state, "Late")

	def test_paused_in_time_counts_as_in_time_however_long_it_took(self):
		self.start(f"{MONDAY} 09:00", 1)
		with time_is(f"{MONDAY} 09:30"):
			deadlines.pause(self.ticket)
		self.assertEqual(self.end("2027-01-01 00:00").state, "Met")

	def test_paused_when_overdue_is_late(self):
		self.start(f"{MONDAY} 09:00", 1)
		with time_is(f"{MONDAY} 11:00"):
			deadlines.pause(self.ticket)
		self.assertEqual(self.end(f"{MONDAY} 11:00").state, "Late")

	def test_cancel(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.assertEqual(self.end(f"{MONDAY} 11:00", deadlines.cancel).state, "Cancelled")

	def test_end_stays_as_it_was(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.end(f"{MONDAY} 10:00")
		self.assertEqual(self.end(f"{MONDAY} 12:00").finished_at, get_datetime(f"{MONDAY} 10:00"))

	def test_started_anew_after_the_end(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.end(f"{MONDAY} 10:00")
		self.start(f"{MONDAY} 14:00", 1)
		self.assertEqual(self.row(state="Running").due_at, get_datetime(f"{MONDAY} 15:00"))
		self.assertTrue(self.row(state="Met"))


class TestChange(ClockTestCase):
	def test_other_handler(self):
		self.start(f"{MONDAY} 09:00", 3)
		self.row().db_set({"level": 1, "next_event_at": f"{MONDAY} 13:30"})
		other = factories.make_staff(factories.user_with("Service Manager")).user
		deadlines.reassign(self.ticket, None, other)
		row = self.row()
		self.assertEqual((row.user, row.department), (other, None))
		self.assertEqual((row.level, row.next_event_at), (0, row.warn_at))

	def test_other_department_with_the_same_handler_warns_nobody_again(self):
		self.start(f"{MONDAY} 09:00", 3)
		self.row().db_set("level", 1)
		other = factories.make_department().name
		deadlines.reassign(self.ticket, STEP, self.user, other)
		self.assertEqual((self.row().department, self.row().level), (other, 1))

	def test_day_set_by_hand(self):
		self.start(f"{MONDAY} 09:00", 1)
		self.row().db_set({"level": 2, "next_event_at": None})
		with time_is(f"{MONDAY} 15:00"):
			deadlines.set_due(self.ticket, STEP, "2026-11-24 12:00:00")
		row = self.row()
		self.assertEqual((row.level, row.due_at), (0, get_datetime("2026-11-24 12:00")))
		self.assertEqual(row.next_event_at, get_datetime("2026-11-24 11:00"))
		self.assertEqual(self.shown().resolve_by, row.due_at)

	def test_day_set_while_paused(self):
		self.start(f"{MONDAY} 09:00", 1)
		with time_is(f"{MONDAY} 09:30"):
			deadlines.pause(self.ticket)
			deadlines.set_due(self.ticket, STEP, f"{MONDAY} 12:00:00")
		self.assertEqual((self.row().state, self.row().remaining_seconds), ("Paused", 9000))
		with time_is(f"{MONDAY} 14:00"):
			deadlines.resume(self.ticket)
		self.assertEqual(self.row().due_at, get_datetime(f"{MONDAY} 16:30"))

	def test_more_hours_count_from_the_start(self):
		self.start(f"{MONDAY} 09:00", 8)
		with time_is(f"{MONDAY} 11:00"):
			deadlines.change(self.ticket, STEP, 4, self.hours)
		self.assertEqual(self.row().due_at, get_datetime(f"{MONDAY} 14:30"))

	def test_fewer_hours_than_used_are_overdue_now(self):
		self.start(f"{MONDAY} 09:00", 8)
		with time_is(f"{MONDAY} 15:00"):
			deadlines.change(self.ticket, STEP, 1, self.hours)
			self.assertEqual(self.row().due_at, get_datetime(f"{MONDAY} 15:00"))
			self.assertEqual(self.row().next_event_at, get_datetime(f"{MONDAY} 15:00"))

	def test_pauses_do_not_count_as_used(self):
		self.start(f"{MONDAY} 09:00", 8)
		with time_is(f"{MONDAY} 10:00"):
			deadlines.pause(self.ticket)
		with time_is(f"{MONDAY} 15:00"):
			deadlines.change(self.ticket, STEP, 4, self.hours)
		self.assertEqual(self.row().remaining_seconds, 3 * 3600)


class TestDocument(ClockTestCase):
	def test_deleted_document_takes_its_deadlines_along(self):
		self.start(f"{MONDAY} 09:00", 8)
		other = factories.make_deadline()
		frappe.delete_doc("Service Ticket", self.ticket.name)
		self.assertFalse(frappe.db.exists("Service Deadline", {"reference_name": self.ticket.name}))
		self.assertTrue(frappe.db.exists("Service Deadline", other.name))

	def test_deadlines_follow_a_renamed_document(self):
		self.start(f"{MONDAY} 09:00", 8)
		frappe.rename_doc("Service Ticket", self.ticket.name, "R-deadline", show_alert=False)
		renamed = frappe.get_doc("Service Ticket", "R-deadline")
		self.assertEqual([row.step for row in deadlines.current(renamed)], [STEP])

	def test_open_steps_the_nearest_first(self):
		self.start(f"{MONDAY} 09:00", 8)
		self.start(f"{MONDAY} 09:00", 1, "Response")
		with time_is(f"{MONDAY} 11:00"):
			rows = deadlines.current(self.ticket)
		self.assertEqual([(row.step, row.overdue) for row in rows], [("Response", True), (STEP, False)])


class TestRights(ClockTestCase):
	def test_nobody_writes_deadlines_by_hand(self):
		row = factories.make_deadline()
		for role in ("Aftersales Administrator", "Service Manager", "Service Agent", "Department Head"):
			frappe.set_user(factories.user_with(role))
			self.assertTrue(row.has_permission("read"), role)
			for right in ("write", "create", "delete"):
				self.assertFalse(frappe.has_permission("Service Deadline", right), (role, right))
			frappe.set_user("Administrator")

	def test_shop_staff_do_not_see_them(self):
		frappe.set_user(factories.user_with("Shop Staff"))
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertFalse(frappe.has_permission("Service Deadline", "read"))
