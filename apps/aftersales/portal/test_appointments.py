from datetime import timedelta

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, get_datetime, now_datetime

from aftersales.field_service import appointments as desk
from aftersales.portal import appointments, scope
from aftersales.portal.views.appointments import escaped, folded
from aftersales.testing import factories
from aftersales.testing.appointments import (
	clock_at,
	day_ahead,
	make_appointment_plan,
	make_service_appointment,
)
from aftersales.testing.portal import ask, forget_request

DOCTYPE = "Service Appointment"
NEW = "/service/appointments/new"


class PortalAppointments(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_value("Appointment Plan", {"in_portal": 1}, "in_portal", 0)
		cls.customer = factories.make_customer(customer_name="Known Person", phone="13800138000")
		cls.user = factories.make_portal_access(customer=cls.customer.name).user
		cls.other = factories.make_portal_access(customer=factories.make_customer().name).user

	def setUp(self):
		frappe.set_user("Administrator")
		self.plan = make_appointment_plan(in_portal=1)
		self.addCleanup(forget_request)

	def tearDown(self):
		frappe.set_user("Administrator")
		self.plan.db_set("in_portal", 0)

	def key(self, days=3, start="09:00"):
		return f"{day_ahead(days)}/{start}"

	def send(self, path=NEW, user=None, **form):
		return ask(path, user or self.user, "POST", **form)

	def book(self, user=None, **form):
		values = {
			"plan": self.plan.name,
			"window": self.key(),
			"purpose": "It leaks",
			"address": "5 Long Lane",
			**form,
		}
		status, html, headers = self.send(user=user, **values)
		self.assertEqual(status, 303, html[:3000])
		return frappe.get_doc(DOCTYPE, headers["Location"].split("?")[0].split("/")[-1])

	def act(self, doc, action, user=None, **form):
		status, html, _headers = self.send(f"/service/appointments/{doc.name}", user, action=action, **form)
		doc.reload()
		return status, html


class TestBooking(PortalAppointments):
	def test_a_window_with_all_that_was_typed(self):
		product = factories.make_product(model="MX-77")
		doc = self.book(product="MX-77", phone="13911112222", details="Ring twice\n<b>x</b>")
		self.assertEqual(
			(doc.customer, doc.customer_name, doc.channel, doc.product, doc.contact_phone, doc.email),
			(self.customer.name, "Known Person", "Portal", product.name, "13911112222", self.user),
		)
		self.assertEqual(
			(doc.stage, doc.owner, doc.appointment_kind, doc.time_words),
			("Requested", self.user, "On-site Visit", f"{day_ahead()} 09:00–11:00"),
		)
		html = ask(f"/service/appointments/{doc.name}", self.user)[1]
		self.assertIn("Ring twice\n&lt;b&gt;x&lt;/b&gt;", html)
		self.assertIn("To be confirmed", html)
		self.assertIn("It leaks", ask("/service/appointments", self.user)[1])
		self.assertNotIn("It leaks", ask("/service/appointments?state=past", self.user, state="past")[1])

	def test_confirmed_at_once_where_the_plan_says_so(self):
		self.plan.db_set("confirm_at_once", 1)
		frappe.clear_document_cache("Appointment Plan", self.plan.name)
		doc = self.book()
		self.assertEqual((doc.status, doc.stage), ("Confirmed", "Confirmed"))
		self.assertTrue(doc.remind_at)
		self.assertEqual(self.act(doc, "move", window=self.key(4))[0], 303)
		self.assertEqual((doc.stage, doc.moved_by), ("Confirmed", "Customer"))

	def test_what_is_missing_or_wrong(self):
		foreign = make_appointment_plan(in_portal=0)
		before = frappe.db.count(DOCTYPE)
		for form, said in (
			({"window": ""}, "Choose a time"),
			({"window": "tomorrow"}, "Choose a time"),
			({"window": f"{day_ahead()}/25:00"}, "Choose a time"),
			({"window": self.key(start="10:00")}, "has no window"),
			({"window": self.key(0)}, "no longer be booked"),
			({"window": self.key(31)}, "no longer be booked"),
			({"window": self.key(-1)}, "no longer be booked"),
			({"purpose": " "}, "what the appointment is about"),
			({"plan": foreign.name}, "kinds of appointments offered"),
			({"plan": "no such"}, "kinds of appointments offered"),
		):
			values = {"plan": self.plan.name, "window": self.key(), "purpose": "x", "address": "<i>kept</i>"}
			status, html, _headers = self.send(**{**values, **form})
			self.assertEqual(status, 417, form)
			self.assertIn(said, html)
			if "plan" not in form:
				self.assertIn("&lt;i&gt;kept&lt;/i&gt;", html)
		self.assertEqual(frappe.db.count(DOCTYPE), before)

	def test_purposes_of_the_plan(self):
		self.plan.purposes = "Maintenance\nRepair"
		self.plan.save()
		self.assertIn("<option", ask(NEW, self.user)[1])
		status, html, _headers = self.send(
			plan=self.plan.name, window=self.key(), purpose="Something else", address="x"
		)
		self.assertEqual((status, "Choose what" in html), (417, True))
		self.assertEqual(self.book(purpose="Repair").purpose, "Repair")

	def test_a_window_that_is_taken_is_not_offered(self):
		key = self.key(start="14:00")
		self.assertIn(key, self.page_with(key))
		self.book(window=key)
		self.assertNotIn(key, self.page_with(key))
		status, html, _headers = self.send(
			user=self.other, plan=self.plan.name, window=key, purpose="x", address="x"
		)
		self.assertEqual((status, "is full" in html), (417, True))

	def page_with(self, key):
		return ask(NEW, self.user, **{"from": key.split("/")[0]})[1]

	def test_only_so_many_at_a_time(self):
		self.plan.db_set("most_open", 1)
		frappe.clear_document_cache("Appointment Plan", self.plan.name)
		doc = self.book()
		status, html, _headers = self.send(plan=self.plan.name, window=self.key(4), purpose="x", address="x")
		self.assertEqual((status, "open already" in html), (417, True))
		self.assertEqual(frappe.db.count(DOCTYPE, {"owner": self.user, "plan": self.plan.name}), 1)
		self.act(doc, "cancel")
		self.book(window=self.key(4))
		self.book(user=self.other)

	def test_plans_of_a_region_are_for_its_customers(self):
		north = factories.make_region(is_group=1)
		town = factories.make_region(parent_service_region=north.name)
		for region, offered in ((north.name, True), (town.name, True), (factories.make_region().name, False)):
			self.plan.db_set("region", region)
			frappe.clear_document_cache("Appointment Plan", self.plan.name)
			self.customer.db_set("region", town.name)
			self.assertEqual(self.plan.name in ask(NEW, self.user)[1], offered)
			self.assertNotIn(self.plan.name, ask(NEW, self.other)[1])
		self.customer.db_set("region", None)

	def test_without_any_plan_there_is_nothing_to_book(self):
		self.plan.db_set("in_portal", 0)
		html = ask("/service", self.user)[1]
		self.assertNotIn("/service/appointments", html)
		self.assertIn("No appointments can be booked here", ask(NEW, self.user)[1])

	def test_days_before_and_after(self):
		html = ask(NEW, self.user)[1]
		self.assertNotIn("Earlier days", html)
		self.assertIn("Later days", html)
		html = ask(NEW, self.user, **{"from": str(day_ahead(29))})[1]
		self.assertIn("Earlier days", html)
		self.assertNotIn("Later days", html)
		for wrong in ("x", "9999-99-99", "0001-01-01", "9999-12-31"):
			self.assertEqual(ask(NEW, self.user, **{"from": wrong})[0], 200)

	def test_times_are_the_sites_wherever_the_customer_is(self):
		frappe.db.set_value("User", self.user, "time_zone", "America/Los_Angeles")
		doc = self.book()
		html = ask(f"/service/appointments/{doc.name}", self.user)[1]
		self.assertIn("09:00–11:00", html)
		self.assertIn(frappe.utils.get_system_timezone(), html)


class TestChanging(PortalAppointments):
	def confirmed(self, **fields):
		doc = self.book(**fields)
		factories.act(doc, "Confirm")
		doc.reload()
		return doc

	def test_moved_by_the_customer_waits_for_the_service(self):
		doc = self.confirmed()
		self.assertEqual(self.act(doc, "move", window=self.key(4), reason="I am away")[0], 303)
		self.assertEqual((doc.stage, doc.moved_by, doc.move_reason), ("Moved", "Customer", "I am away"))
		# It is not their turn to agree.
		self.assertEqual(self.act(doc, "confirm")[0], 417)
		self.assertEqual(doc.stage, "Moved")

	def test_the_customer_agrees_to_the_services_time(self):
		doc = self.confirmed()
		desk.move(doc.name, str(day_ahead(5)), "09:00")
		html = ask(f"/service/appointments/{doc.name}", self.user)[1]
		self.assertIn("Yes, that time suits me", html)
		self.assertEqual(self.act(doc, "confirm", self.other)[0], 404)
		self.assertEqual(self.act(doc, "confirm")[0], 303)
		self.assertEqual((doc.stage, doc.modified_by), ("Confirmed", self.user))

	def test_cancelling_frees_the_place(self):
		doc = self.confirmed(window=self.key(start="14:00"))
		self.assertEqual(self.act(doc, "cancel", reason="It works again")[0], 303)
		self.assertEqual((doc.stage, doc.cancel_reason), ("Cancelled", "It works again"))
		self.book(window=self.key(start="14:00"))
		for action in ("move", "cancel", "confirm"):
			self.assertEqual(self.act(doc, action, window=self.key(6))[0], 417, action)
		self.assertEqual(self.act(doc, "delete")[0], 404)

	def test_too_late(self):
		doc = self.confirmed()
		with clock_at(add_to_date(doc.starts_at, hours=-23)):
			html = ask(f"/service/appointments/{doc.name}", self.user)[1]
			self.assertIn("can no longer be changed here", html)
			for action in ("move", "cancel"):
				self.assertEqual(self.act(doc, action, window=self.key(6))[0], 417, action)
		self.assertEqual(doc.stage, "Confirmed")

	def test_the_same_window_is_no_move(self):
		doc = self.confirmed()
		self.assertEqual(self.act(doc, "move", window=self.key())[0], 417)
		self.assertEqual((doc.stage, doc.move_count), ("Confirmed", 0))

	def test_the_workflow_decides_what_customers_may_do(self):
		doc = self.confirmed()
		workflow = frappe.get_doc("Workflow", DOCTYPE)
		workflow.set(
			"transitions", [row for row in workflow.transitions if row.allowed != "Aftersales Customer"]
		)
		frappe.db.savepoint("workflow")
		workflow.save()
		for action in ("move", "cancel"):
			self.assertEqual(self.act(doc, action, window=self.key(6))[0], 417, action)
		self.assertEqual(doc.stage, "Confirmed")
		frappe.db.rollback(save_point="workflow")
		frappe.clear_document_cache("Workflow", DOCTYPE)

	def test_without_a_plan_it_can_be_cancelled_but_not_moved(self):
		doc = make_service_appointment(customer=self.customer.name)
		doc.reload()
		self.assertEqual(self.act(doc, "move", window=self.key(6))[0], 417)
		status, html = self.act(doc, "cancel")
		self.assertEqual(status, 303, html)

	def test_the_file_for_the_own_calendar(self):
		doc = self.confirmed(purpose="Leak; at home, 2nd floor " + "很长" * 30)
		status, text, headers = ask(f"/service/appointments/{doc.name}/calendar.ics", self.user)
		self.assertEqual((status, headers["Content-Type"]), (200, "text/calendar; charset=utf-8"))
		lines = text.replace("\r\n ", "").split("\r\n")
		self.assertIn("STATUS:CONFIRMED", lines)
		self.assertTrue(all(len(line.encode()) <= 75 for line in text.split("\r\n")))
		begins = next(line for line in lines if line.startswith("DTSTART:"))
		zone = frappe.utils.get_system_timezone()
		utc = frappe.utils.convert_utc_to_timezone(
			frappe.utils.get_datetime(begins[8:-1].replace("T", " ")), zone
		)
		self.assertEqual(utc.strftime("%Y-%m-%d %H:%M:%S"), str(doc.starts_at))
		self.assertTrue(any(line.startswith("SUMMARY:Leak\\; at home\\, 2nd floor") for line in lines))
		self.assertEqual(ask(f"/service/appointments/{doc.name}/calendar.ics", self.other)[0], 404)

	def test_texts_of_calendar_files(self):
		self.assertEqual(escaped("a\\b;c,d\r\ne"), "a\\\\b\\;c\\,d\\ne")
		self.assertEqual(folded("x" * 80).replace("\r\n ", ""), "x" * 80)


class TestScope(PortalAppointments):
	def test_list_and_document_agree(self):
		company = factories.make_customer(customer_kind="Organisation")
		member = factories.make_customer(company=company.name)
		dealer = factories.make_dealer()
		of_dealer = factories.make_customer(dealer=dealer.name)
		access = factories.make_portal_access
		worker = access(customer=company.name, access="Own Tickets").user
		users = [
			self.user,
			self.other,
			worker,
			access(customer=company.name, access="Company").user,
			access(access="Dealer", dealer=dealer.name).user,
			access(customer=self.customer.name, enabled=0).user,
		]
		docs = [
			make_service_appointment(customer=customer, **values)
			for customer in (self.customer.name, company.name, member.name, of_dealer.name, None)
			for values in ({}, {"email": worker})
		]
		for user in users:
			for customer in (self.customer.name, None):
				doc = make_service_appointment(customer=customer)
				doc.db_set("owner", user)
				docs.append(doc)
		names = [doc.name for doc in docs]
		seen_by = {}
		for user in (*users, "Guest"):
			found = scope.scope_of(user)
			seen = {doc.name for doc in docs if appointments.sees(found, doc)}
			listed = set()
			if (condition := appointments.condition(found)) is not None:
				row = frappe.qb.DocType(DOCTYPE)
				query = frappe.qb.from_(row).select(row.name).where(condition & row.name.isin(names))
				listed = {line[0] for line in query.run()}
			self.assertEqual(listed, seen, user)
			sql = appointments.query_conditions(user)
			rows = frappe.db.sql(f"select name from `tab{DOCTYPE}` where {sql} and name in %s", (names,))
			self.assertEqual({line[0] for line in rows}, seen, user)
			seen_by[user] = len(seen)
		self.assertEqual([seen_by[user] for user in (*users, "Guest")], [9, 2, 3, 6, 4, 1, 0])

	def test_a_role_with_too_many_rights_still_gives_own_rows_only(self):
		doc, foreign = self.book(), make_service_appointment()
		for name, may in ((doc.name, True), (foreign.name, False)):
			self.assertEqual(
				appointments.has_permission(frappe.get_doc(DOCTYPE, name), "read", self.user), may
			)

	def test_a_list_costs_the_same_however_long(self):
		for _number in range(3):
			make_service_appointment(customer=self.customer.name)
		own = scope.scope_of(self.user)
		appointments.page_of(own)
		with self.assertQueryCount(1):
			self.assertTrue(appointments.page_of(own, size=2)["more"])
		past = make_service_appointment(
			customer=self.customer.name, appointment_date=(now_datetime() - timedelta(days=2)).date()
		)
		found = appointments.page_of(own, past=True)["rows"]
		self.assertEqual(found[0].name, past.name)
		self.assertLess(get_datetime(found[0].ends_at), now_datetime())
