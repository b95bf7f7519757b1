from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, get_datetime, now_datetime

from aftersales.field_service import appointment_notices, appointment_reminders, appointments
from aftersales.field_service.appointments import MoveNotPossibleError
from aftersales.field_service.doctype.service_appointment.service_appointment import (
	AppointmentPlanError,
	AppointmentTimeError,
	CancelReasonError,
	NotByHandError,
	NotYetError,
	WindowFullError,
)
from aftersales.testing import factories
from aftersales.testing.appointments import (
	clock_at,
	day_ahead,
	make_appointment_plan,
	make_service_appointment,
)
from aftersales.testing.devices import make_customer_device
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.utils.kanban import CardMoveError

DOCTYPE = "Service Appointment"
TWO = {"from_time": "14:00:00", "to_time": "16:00:00"}


class AppointmentCase(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")

	def as_role(self, *roles):
		frappe.set_user(factories.user_with(*roles))

	def confirm(self, doc):
		factories.act(doc, "Confirm")
		return doc.reload() or doc


class TestMaking(AppointmentCase):
	def test_what_the_links_know_is_filled_in_and_typed_values_win(self):
		region = factories.make_region()
		customer = factories.make_customer(
			phone="13800138000", email="a@customer.example", region=region.name
		)
		product = factories.make_product(product_category=factories.make_product_category().name)
		doc = make_service_appointment(
			customer=customer.name, customer_name=None, contact_phone="13900139000", product=product.name
		)
		self.assertEqual(
			(doc.customer_name, doc.contact_phone, doc.email, doc.region),
			(customer.customer_name, "13900139000", "a@customer.example", region.name),
		)
		self.assertEqual(doc.phone_key, "+8613900139000")
		self.assertEqual(
			(doc.product_name, doc.product_category), (product.product_name, product.product_category)
		)

	def test_begin_and_end_as_moments(self):
		doc = make_service_appointment()
		self.assertEqual(str(doc.starts_at), f"{day_ahead()} 09:00:00")
		self.assertEqual(str(doc.ends_at), f"{day_ahead()} 11:00:00")
		self.assertEqual(doc.time_words, f"{day_ahead()} 09:00–11:00")
		for times in (("09:00", "09:00"), ("16:00", "09:00")):
			with self.assertRaises(AppointmentTimeError):
				make_service_appointment(from_time=times[0], to_time=times[1])

	def test_a_plan_decides_kind_and_end_and_has_the_window(self):
		plan = make_appointment_plan(appointment_kind="Workshop")
		doc = make_service_appointment(plan=plan.name, to_time="23:00:00")
		self.assertEqual((doc.appointment_kind, str(doc.ends_at)[11:]), ("Workshop", "11:00:00"))
		with self.assertRaises(AppointmentTimeError):
			make_service_appointment(plan=plan.name, from_time="09:30:00")
		plan.db_set("enabled", 0)
		frappe.clear_document_cache(plan.doctype, plan.name)
		with self.assertRaises(AppointmentPlanError):
			make_service_appointment(plan=plan.name)

	def test_a_full_window(self):
		plan = make_appointment_plan()
		first = make_service_appointment(plan=plan.name, **TWO)
		with self.assertRaises(WindowFullError):
			make_service_appointment(plan=plan.name, **TWO)
		appointments.cancel(first.name, "Asked for another day")
		second = make_service_appointment(plan=plan.name, **TWO)
		# The cancelled one comes back only while there is a place.
		first.reload()
		with self.assertRaises(WindowFullError):
			factories.act(first, "Reopen")
		appointments.cancel(second.name, "x")
		first.reload()
		factories.act(first, "Reopen")
		self.assertEqual(
			frappe.db.get_value(DOCTYPE, first.name, ["stage", "cancel_reason"]), ("Requested", None)
		)

	def test_saving_again_takes_no_second_place(self):
		plan = make_appointment_plan()
		doc = make_service_appointment(plan=plan.name, **TWO)
		doc.details = "Gate code 12"
		doc.save()
		self.confirm(doc)
		self.assertEqual(doc.stage, "Confirmed")

	def test_from_ticket_call_customer_and_device(self):
		ticket = factories.make_ticket(
			question="It leaks\nsince Monday", contact_phone="13800138001", customer_name="Ms. Li"
		)
		made = frappe._dict(appointments.new_appointment("Service Ticket", ticket.name))
		self.assertEqual(
			(made.service_ticket, made.customer_name, made.contact_phone, made.purpose),
			(ticket.name, "Ms. Li", "13800138001", "It leaks since Monday"),
		)
		customer = factories.make_customer(phone="13800138002")
		call = factories.make_service_call(customer=customer.name)
		made = frappe._dict(appointments.new_appointment("Service Call", call.name))
		self.assertEqual(
			(made.service_call, made.customer_name, made.channel),
			(call.name, customer.customer_name, "Telephone"),
		)
		made = frappe._dict(appointments.new_appointment("Service Customer", customer.name))
		self.assertEqual((made.customer, made.contact_phone), (customer.name, "13800138002"))
		device = make_customer_device(customer=customer.name)
		made = frappe._dict(appointments.new_appointment("Customer Device", device.name))
		self.assertEqual(
			(made.device, made.serial_no, made.product), (device.name, device.serial_no, device.product)
		)
		with self.assertRaises(frappe.ValidationError):
			appointments.new_appointment("User", "Administrator")

	def test_leads_to_a_service_order(self):
		customer = factories.make_customer()
		doc = make_service_appointment(customer=customer.name, address="5 Long Lane")
		order = frappe.get_doc(appointments.new_order(doc.name)).insert()
		self.assertEqual(
			(order.appointment, order.customer, order.source, order.order_kind, order.address),
			(doc.name, customer.name, "Appointment", "Dispatch", "5 Long Lane"),
		)
		self.assertEqual(get_datetime(order.planned_start), get_datetime(doc.starts_at))


class TestChanging(AppointmentCase):
	def test_the_time_is_not_changed_by_hand(self):
		doc = make_service_appointment()
		for change in ({"appointment_date": day_ahead(5)}, {"from_time": "08:00:00"}):
			doc.reload()
			doc.update(change)
			with self.assertRaises(NotByHandError):
				doc.save()

	def test_moved_by_the_service(self):
		doc = self.confirm(make_service_appointment())
		self.as_role("Service Agent")
		appointments.move(doc.name, str(day_ahead(5)), "10:00", "12:00", "The technician is ill")
		doc.reload()
		self.assertEqual(
			(doc.status, doc.stage, doc.moved_by, doc.move_count), ("Moved", "Moved", "Company", 1)
		)
		self.assertEqual(
			(str(doc.moved_from)[:16], str(doc.starts_at)[:16]),
			(f"{day_ahead()} 09:00", f"{day_ahead(5)} 10:00"),
		)
		appointments.move(doc.name, str(day_ahead(6)), "10:00", "12:00")
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, ["status", "move_count"]), ("Moved", 2))
		self.confirm(doc)
		self.assertEqual(doc.status, "Confirmed")

	def test_moving_takes_the_new_place_and_frees_the_old_one(self):
		plan = make_appointment_plan()
		doc = make_service_appointment(plan=plan.name, **TWO)
		other = make_service_appointment(plan=plan.name)
		with self.assertRaises(WindowFullError):
			appointments.move(other.name, str(day_ahead()), "14:00:00")
		appointments.move(doc.name, str(day_ahead(4)), "14:00:00")
		appointments.move(other.name, str(day_ahead()), "14:00:00")
		self.assertEqual(str(frappe.db.get_value(DOCTYPE, other.name, "to_time")), "16:00:00")

	def test_out_of_the_plan_and_into_another(self):
		plan, other = make_appointment_plan(), make_appointment_plan()
		doc = make_service_appointment(plan=plan.name)
		appointments.move(doc.name, str(day_ahead()), "12:15", "12:45", plan="")
		self.assertIsNone(frappe.db.get_value(DOCTYPE, doc.name, "plan"))
		appointments.move(doc.name, str(day_ahead()), "09:00", plan=other.name)
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, "plan"), other.name)

	def test_what_cannot_be_moved(self):
		doc = make_service_appointment()
		with self.assertRaises(MoveNotPossibleError):
			appointments.move(doc.name, str(day_ahead()), "9:00:00", "11:00:00")
		appointments.cancel(doc.name, "x")
		with self.assertRaises(MoveNotPossibleError):
			appointments.move(doc.name, str(day_ahead(5)), "10:00", "12:00")

	def test_rights(self):
		doc = self.confirm(make_service_appointment())
		calls = (
			(appointments.move, (doc.name, str(day_ahead(5)), "10:00", "12:00")),
			(appointments.cancel, (doc.name, "x")),
			(appointments.move_event, ({"name": doc.name, "starts_at": "x", "ends_at": "y"},)),
		)
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Case Handler"),
		):
			frappe.set_user(user)
			for function, arguments in calls:
				with self.assertRaises(frappe.PermissionError):
					function(*arguments)
		# A technician arrives and finishes; the times are agreed by others.
		self.as_role("Service Technician")
		with self.assertRaises(MoveNotPossibleError):
			appointments.move(doc.name, str(day_ahead(5)), "10:00", "12:00")
		frappe.set_user("Guest")
		plan = make_appointment_plan()
		for function, arguments in (
			(appointments.windows, (plan.name, str(day_ahead()))),
			(appointments.new_appointment, ("Service Ticket", "x")),
			(appointments.new_order, (doc.name,)),
			(appointments.get_events, ("2030-01-01", "2030-02-01")),
		):
			with self.assertRaises(frappe.PermissionError):
				function(*arguments)

	def test_cancelling_needs_a_reason(self):
		doc = make_service_appointment()
		with self.assertRaises(CancelReasonError):
			appointments.cancel(doc.name, "  ")
		doc.reload()
		with self.assertRaises(CancelReasonError):
			factories.act(doc, "Cancel")
		appointments.cancel(doc.name, "The customer repaired it")
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, "stage"), "Cancelled")

	def test_nobody_stays_away_from_what_has_not_begun(self):
		doc = self.confirm(make_service_appointment())
		with self.assertRaises(NotYetError):
			factories.act(doc, "Did Not Come")
		with clock_at(add_to_date(doc.starts_at, minutes=30)):
			factories.act(doc.reload() or doc, "Did Not Come")
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, "stage"), "No Show")

	def test_cards_of_the_kanban_follow_the_workflow(self):
		doc = make_service_appointment()
		doc.stage = "Confirmed"
		doc.save()
		self.assertEqual(doc.status, "Confirmed")
		doc.stage = "Requested"
		with self.assertRaises(CardMoveError):
			doc.save()

	def test_the_calendar_shows_and_moves(self):
		doc = make_service_appointment(purpose="Shown in the calendar")
		gone = make_service_appointment(purpose="Shown in the calendar")
		appointments.cancel(gone.name, "x")
		filters = [[DOCTYPE, "purpose", "=", "Shown in the calendar", False]]
		appointments.get_events(str(day_ahead(1)), str(day_ahead(8)))
		with self.assertQueryCount(1):
			rows = appointments.get_events(str(day_ahead(1)), str(day_ahead(8)), frappe.as_json(filters))
		self.assertEqual([row.name for row in rows], [doc.name])
		self.assertEqual(rows[0].title, f"{doc.customer_name} · Shown in the calendar")
		self.assertFalse(appointments.get_events(str(day_ahead(4)), str(day_ahead(8)), filters))
		moved = {
			"name": doc.name,
			"starts_at": f"{day_ahead(4)} 13:00:00",
			"ends_at": f"{day_ahead(4)} 14:30:00",
		}
		appointments.move_event(frappe.as_json(moved))
		self.assertEqual(frappe.db.get_value(DOCTYPE, doc.name, "time_words"), f"{day_ahead(4)} 13:00–14:30")

	def test_windows_for_the_desk(self):
		plan = make_appointment_plan()
		doc = make_service_appointment(plan=plan.name, **TWO)
		found = appointments.windows(plan.name, str(day_ahead()), 1)
		self.assertEqual(
			[(row["words"], row["free"]) for row in found], [("09:00–11:00", 2), ("14:00–16:00", 0)]
		)
		own = appointments.windows(plan.name, str(day_ahead()), 1, doc.name)
		self.assertEqual([row["free"] for row in own], [2, 1])
		self.assertLessEqual(len(appointments.windows(plan.name, str(day_ahead()), 10_000)), 62)


class TestReminders(AppointmentCase):
	def setUp(self):
		super().setUp()
		factories.make_message_sender(channel="SMS", priority=9, disabled=0)

	def made(self, **fields):
		return self.confirm(make_service_appointment(contact_phone="13800138009", **fields))

	def messages_of(self, doc):
		return frappe.get_all(
			"Outgoing Message",
			{"reference_name": doc.name},
			["template", "channel", "body"],
			order_by="creation",
		)

	def test_some_hours_before(self):
		plan = make_appointment_plan(remind_hours=48)
		doc = self.made(plan=plan.name)
		self.assertEqual(get_datetime(doc.remind_at), get_datetime(doc.starts_at) - timedelta(hours=48))
		with clock_at(add_to_date(doc.remind_at, minutes=-1)):
			appointment_reminders.remind_due()
		self.assertNotIn("Appointment Reminder", [row.template for row in self.messages_of(doc)])
		with clock_at(add_to_date(doc.remind_at, minutes=1)):
			appointment_reminders.remind_due()
			appointment_reminders.remind_due()
		reminders = [row for row in self.messages_of(doc) if row.template == "Appointment Reminder"]
		self.assertEqual([row.channel for row in reminders], ["SMS"])
		self.assertIn(doc.time_words, reminders[0].body)
		doc.reload()
		self.assertTrue(doc.reminded_at and not doc.remind_at)

	def test_who_is_not_reminded(self):
		requested = make_service_appointment()
		late = self.made(appointment_date=day_ahead(0), from_time="00:00:00", to_time="23:59:00")
		never = self.made(plan=make_appointment_plan(remind_hours=0).name)
		for doc in (requested, late, never):
			self.assertIsNone(doc.remind_at)

	def test_a_moved_appointment_is_reminded_of_anew(self):
		doc = self.made()
		doc.db_set({"reminded_at": now_datetime(), "remind_at": None})
		appointments.move(doc.name, str(day_ahead(9)), "10:00", "11:00")
		self.confirm(doc.reload() or doc)
		self.assertEqual(get_datetime(doc.remind_at), get_datetime(doc.starts_at) - timedelta(hours=24))

	def test_the_customer_hears_of_what_the_service_did(self):
		doc = self.made()
		appointments.move(doc.name, str(day_ahead(9)), "10:00", "11:00")
		appointments.cancel(doc.name, "No technician")
		self.assertEqual(
			[row.template for row in self.messages_of(doc)],
			["Appointment Confirmed", "Appointment Moved", "Appointment Cancelled"],
		)

	def test_nothing_is_sent_when_the_site_sends_no_such_messages(self):
		frappe.db.set_single_value("Aftersales Settings", "appointment_messages", 0)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		self.assertFalse(self.messages_of(self.made()))
		frappe.db.set_single_value("Aftersales Settings", "appointment_messages", 1)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def test_a_message_that_cannot_be_made_leaves_the_appointment(self):
		doc = make_service_appointment(contact_phone="13800138009")
		with patch.object(
			appointment_notices.messages, "queue", side_effect=frappe.ValidationError("No <way>")
		):
			self.confirm(doc)
		self.assertEqual(doc.stage, "Confirmed")
		self.assertTrue(
			frappe.db.exists("Comment", {"reference_name": doc.name, "content": ("like", "%got no message%")})
		)

	def test_the_desk_is_told_when_it_opens(self):
		user = factories.user_with("Service Agent", account="appointment-agent")
		make_service_appointment(planned_for=user, appointment_date=day_ahead(1))
		make_service_appointment(planned_for=user, appointment_date=day_ahead(9))
		frappe.set_user(user)
		self.assertEqual(appointment_reminders.appointments_ahead(user, 2)["count"], 1)
		self.assertGreaterEqual(appointment_reminders.to_confirm(user, 0)["count"], 2)
		self.as_role("Case Handler")
		self.assertIsNone(appointment_reminders.to_confirm(frappe.session.user, 0))
		self.as_role("Knowledge Manager")
		self.assertIsNone(appointment_reminders.appointments_ahead(frappe.session.user, 0))

	def test_whoever_is_planned_is_told(self):
		user = factories.user_with("Service Technician")
		with patch.object(appointment_notices, "enqueue_create_notification") as told:
			doc = make_service_appointment(planned_for=user)
			self.assertEqual(told.call_args[0][0], [user])
			told.reset_mock()
			self.confirm(doc)
			told.assert_not_called()
			appointments.move(doc.name, str(day_ahead(9)), "10:00", "11:00")
			self.assertIn("moved", told.call_args[0][1]["subject"])


class TestReading(AppointmentCase):
	def test_people_of_an_outlet_see_that_outlets(self):
		outlets = [make_service_outlet() for _number in range(2)]
		docs = [make_service_appointment(outlet=outlet.name) for outlet in outlets]
		nobodys = make_service_appointment()
		frappe.set_user(staff_of(outlets[0].name, "Outlet Staff", account="appointment-outlet"))
		names = [doc.name for doc in (*docs, nobodys)]
		self.assertEqual(frappe.get_list(DOCTYPE, {"name": ("in", names)}, pluck="name"), [docs[0].name])
		for doc, may in zip((*docs, nobodys), (True, False, False), strict=True):
			self.assertEqual(bool(frappe.has_permission(DOCTYPE, "read", doc.name)), may)
		events = appointments.get_events(str(day_ahead(1)), str(day_ahead(8)))
		self.assertEqual({row.name for row in events} & set(names), {docs[0].name})
		own = make_as_session()
		self.assertEqual(own.outlet, outlets[0].name)
		frappe.set_user("Administrator")

	def test_the_callers_appointments(self):
		customer = factories.make_customer()
		doc = make_service_appointment(customer=customer.name, purpose="By record")
		call = frappe._dict(customer=customer.name, number_key="", number_raw="")
		appointments.appointments(call)
		with self.assertQueryCount(1):
			section = appointments.appointments(call)
		self.assertEqual([row["name"] for row in section["rows"]], [doc.name])
		phone = factories.unique_phone()
		doc = make_service_appointment(contact_phone=phone, purpose="By number")
		section = appointments.appointments(frappe._dict(number_key=doc.phone_key))
		self.assertEqual([(row["text"], row["open"]) for row in section["rows"]], [("By number", True)])
		self.assertIsNone(appointments.appointments(frappe._dict()))
		self.as_role("Knowledge Manager")
		self.assertIsNone(appointments.appointments(call))

	def test_making_one_costs_the_same_however_many_there_are(self):
		plan = make_appointment_plan(
			windows=[{"weekday": "Every Day", "from_time": "09:00", "to_time": "10:00", "places": 500}]
		)
		make_service_appointment(plan=plan.name)
		few = statements_of(lambda: make_service_appointment(plan=plan.name))
		for _number in range(20):
			make_service_appointment(plan=plan.name)
		self.assertEqual(statements_of(lambda: make_service_appointment(plan=plan.name)), few)
		self.assertLess(few, 40)


def statements_of(make) -> int:
	"""Return how many statements it takes to make something."""
	statements = []
	sql = frappe.db.__class__.sql

	def counted(db, query, *args, **kwargs):
		statements.append(query)
		return sql(db, query, *args, **kwargs)

	with patch.object(frappe.db.__class__, "sql", counted):
		make()
	return len(statements)


def make_as_session():
	"""Make an appointment with the rights of the session's user."""
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"purpose": "x",
			"customer_name": "x",
			"appointment_date": day_ahead(),
			"from_time": "09:00",
			"to_time": "10:00",
		}
	)
	return doc.insert()
