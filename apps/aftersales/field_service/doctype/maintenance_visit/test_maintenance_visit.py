import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, now_datetime, today

from aftersales.field_service import maintenance_visits
from aftersales.field_service.doctype.maintenance_visit.maintenance_visit import (
	ConfirmedVisitError,
	SkipReasonError,
	VisitDayError,
	VisitDeviceError,
)
from aftersales.field_service.maintenance_visits import (
	ConfirmationError,
	ReleaseError,
	confirm_first,
	release,
)
from aftersales.testing import factories
from aftersales.testing.agreements import (
	make_device_of,
	make_first_visit,
	make_maintenance_plan,
	make_maintenance_visit,
	make_warranty_claim_condition,
)
from aftersales.testing.field import make_job_package, make_service_item, make_service_outlet, staff_of

VISIT, ORDER = "Maintenance Visit", "Service Order"


class TestMaintenanceVisit(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.clerk = factories.user_with("Warranty Clerk")
		frappe.db.set_value("Warranty Claim Condition", {"enabled": 1}, "enabled", 0)

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	# -- rules

	def test_customer_and_device_fill_the_rest(self):
		customer = factories.make_customer(phone=factories.unique_phone())
		device = make_device_of(customer.name)
		visit = make_maintenance_visit(customer=customer.name, device=device.name)
		self.assertEqual((visit.customer_name, visit.contact_phone), (customer.customer_name, customer.phone))
		self.assertEqual((visit.serial_no, visit.product), (device.serial_no, device.product))
		self.assertEqual((visit.status, visit.stage), ("Planned", "Planned"))

	def test_the_device_is_the_customers(self):
		customer = factories.make_customer().name
		self.assertRaises(
			VisitDeviceError, make_maintenance_visit, customer=customer, device=make_device_of().name
		)

	def test_an_order_names_a_visit_that_its_maker_sees(self):
		outlet, other = make_service_outlet().name, make_service_outlet().name
		foreign, own = make_maintenance_visit(outlet=other), make_maintenance_visit(outlet=outlet)
		values = {"doctype": ORDER, "order_kind": "Maintenance", "customer": own.customer, "symptom": "Due"}
		frappe.set_user(staff_of(outlet, "Outlet Staff"))
		order = frappe.get_doc({**values, "customer": foreign.customer, "maintenance_visit": foreign.name})
		self.assertRaises(frappe.PermissionError, order.insert)
		order = frappe.get_doc({**values, "maintenance_visit": own.name}).insert()
		order.maintenance_visit = foreign.name
		self.assertRaises(frappe.PermissionError, order.save)
		frappe.set_user("Administrator")
		order.reload()
		order.maintenance_visit = foreign.name
		self.assertRaises(maintenance_visits.OtherVisitError, order.save)

	def test_skipping_needs_a_reason(self):
		visit = make_maintenance_visit()
		self.assertRaises(SkipReasonError, apply_workflow, visit, "Skip")
		visit.reload()
		visit.skip_reason = "Moved away"
		visit.save()
		self.assertEqual(apply_workflow(visit, "Skip").stage, "Skipped")

	def test_a_visit_is_done_today_or_earlier(self):
		visit = make_maintenance_visit()
		self.assertEqual(getdate(apply_workflow(visit, "Complete").done_on), getdate())
		visit.done_on = add_days(today(), 1)
		self.assertRaises(VisitDayError, visit.save)

	# -- orders (S7.19, S17.06)

	def test_a_released_visit_is_an_order_with_its_job_package(self):
		items = [make_service_item().name, make_service_item().name]
		package = make_job_package(*items).name
		visit = apply_workflow(make_maintenance_visit(job_package=package), "Release")
		order = frappe.get_doc(ORDER, visit.service_order)
		self.assertEqual((order.order_kind, order.source), ("Maintenance", "Plan"))
		self.assertEqual((order.maintenance_visit, order.device), (visit.name, visit.device))
		self.assertEqual([row.service_item for row in order.items], items)

	def test_many_are_released_at_once_and_failures_are_told(self):
		good = [make_maintenance_visit().name for _number in range(2)]
		done = apply_workflow(make_maintenance_visit(), "Complete").name
		frappe.set_user(self.agent)
		answer = release([*good, done, good[0], "MV-none"])
		self.assertEqual([row["visit"] for row in answer["released"]], good)
		self.assertEqual([row["visit"] for row in answer["failed"]], [done, "MV-none"])
		self.assertEqual(frappe.db.count(ORDER, {"maintenance_visit": ("in", good)}), 2)
		self.assertEqual([row["visit"] for row in release(good)["failed"]], good)

	def test_releasing_is_for_those_who_work_on_visits(self):
		name = make_maintenance_visit().name
		roles = ("Finance Clerk", "Service Technician", "Aftersales Customer", "Service Auditor")
		for user in ("Guest", *map(factories.user_with, roles)):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, release, [name])
		# A Warranty Clerk may write visits, for the sake of confirmations.
		frappe.set_user(self.clerk)
		self.assertEqual(release([name])["released"], [])

	def test_none_and_too_many_are_refused(self):
		for names in ([], [str(number) for number in range(101)]):
			with self.assertRaises(ReleaseError):
				release(names)

	def test_an_outlet_releases_its_own_visits_only(self):
		mine, other = make_service_outlet(), make_service_outlet()
		user = staff_of(mine.name, "Outlet Staff", account="maintenance-outlet")
		own = make_maintenance_visit(outlet=mine.name).name
		foreign = make_maintenance_visit(outlet=other.name).name
		frappe.set_user(user)
		seen = frappe.get_list(VISIT, pluck="name", limit_page_length=0)
		self.assertIn(own, seen)
		self.assertNotIn(foreign, seen)
		answer = release([own, foreign])
		self.assertEqual([row["visit"] for row in answer["released"]], [own])
		self.assertEqual([row["visit"] for row in answer["failed"]], [foreign])

	# -- what orders do to visits

	def order_of(self, visit):
		return frappe.get_doc(ORDER, apply_workflow(visit, "Release").service_order)

	def test_a_completed_order_finishes_its_visit_and_counts_the_plan_on(self):
		plan = make_maintenance_plan(next_due=today(), every_months=6)
		visit = make_maintenance_visit(customer=plan.customer, device=plan.device, maintenance_plan=plan.name)
		order = self.order_of(visit)
		order.completed_at = now_datetime()
		maintenance_visits.order_completed(order)
		visit.reload()
		self.assertEqual((visit.stage, visit.status, getdate(visit.done_on)), ("Done", "Done", getdate()))
		plan.reload()
		self.assertEqual(getdate(plan.next_due), getdate(add_months(today(), 6)))
		maintenance_visits.order_reopened(order)
		visit.reload()
		self.assertEqual((visit.stage, visit.done_on), ("Released", None))

	def test_completing_the_order_in_its_workflow_is_enough(self):
		visit = make_maintenance_visit(outlet=make_service_outlet().name)
		order = self.order_of(visit)
		order.content = "Filter changed"
		order.save()
		for action in ("Dispatch", "Receive", "Complete"):
			order = apply_workflow(order, action)
		visit.reload()
		self.assertEqual((visit.stage, getdate(visit.done_on)), ("Done", getdate(order.completed_at)))

	def test_the_order_of_another_visit_changes_nothing(self):
		visit, other = make_maintenance_visit(), make_maintenance_visit()
		self.order_of(visit)
		stranger = frappe._dict(name="SO-1", maintenance_visit=visit.name, completed_at=now_datetime())
		maintenance_visits.order_completed(stranger)
		maintenance_visits.order_completed(frappe._dict(name="SO-2", maintenance_visit=None))
		self.assertEqual(frappe.db.get_value(VISIT, visit.name, "stage"), "Released")
		self.assertEqual(frappe.db.get_value(VISIT, other.name, "stage"), "Planned")

	def test_a_cancelled_order_gives_its_visit_back(self):
		visit = make_maintenance_visit()
		order = self.order_of(visit)
		order.reason = "Customer is away"
		order.save()
		apply_workflow(order, "Cancel")
		visit.reload()
		self.assertEqual((visit.stage, visit.service_order), ("Planned", None))
		self.assertTrue(apply_workflow(visit, "Release").service_order)

	def test_the_visit_waits_for_the_order_that_goes_on(self):
		visit = make_maintenance_visit()
		order = self.order_of(visit)
		following = frappe.copy_doc(order)
		following.insert()
		order.continued_by = following.name
		maintenance_visits.order_continued(order)
		following.completed_at = now_datetime()
		maintenance_visits.order_completed(following)
		self.assertEqual(frappe.db.get_value(VISIT, visit.name, "stage"), "Done")

	# -- reminders (S7.43)

	def test_the_start_up_reminder_tells_what_is_due_and_readable(self):
		outlet = make_service_outlet().name
		user = staff_of(outlet, "Outlet Staff", account="maintenance-reminded")
		late = make_maintenance_visit(outlet=outlet, due_date=add_days(today(), -1))
		make_maintenance_visit(outlet=outlet, due_date=add_days(today(), 3))
		make_maintenance_visit(outlet=outlet, due_date=add_days(today(), 4))
		make_maintenance_visit(outlet=outlet).db_set("due_date", None)
		frappe.set_user(user)
		told = maintenance_visits.visits_due(user, 3)
		self.assertEqual(told["count"], 2)
		self.assertEqual(told["rows"][0]["route"], ["Form", VISIT, late.name])
		self.assertTrue(told["rows"][0]["late"])
		frappe.set_user(factories.user_with("Finance Clerk"))
		self.assertIsNone(maintenance_visits.visits_due(frappe.session.user, 3))

	def test_customers_are_told_once_if_the_settings_say_so(self):
		customer = factories.make_customer(phone=factories.unique_phone(), preferred_channel="SMS")
		visit = make_maintenance_visit(
			customer=customer.name, due_date=add_days(today(), 5), serial_no=None, remarks="x"
		)
		unreachable = make_maintenance_visit(due_date=add_days(today(), 5))
		messages = {"reference_doctype": VISIT, "reference_name": visit.name}
		self.settings(0)
		maintenance_visits.remind_customers()
		self.assertFalse(frappe.db.exists("Outgoing Message", messages))
		self.settings(4)
		maintenance_visits.remind_customers()
		self.assertFalse(frappe.db.exists("Outgoing Message", messages))
		self.settings(5)
		maintenance_visits.remind_customers()
		maintenance_visits.remind_customers()
		self.assertEqual(frappe.db.count("Outgoing Message", messages), 1)
		text = frappe.db.get_value("Outgoing Message", messages, "body")
		self.assertIn(customer.customer_name, text)
		self.assertIn(str(visit.due_date), text)
		self.assertTrue(frappe.db.get_value(VISIT, visit.name, "customer_reminded_on"))
		self.assertFalse(frappe.db.get_value(VISIT, unreachable.name, "customer_reminded_on"))

	def settings(self, days):
		frappe.db.set_single_value("Aftersales Settings", "maintenance_message_days", days)
		frappe.db.set_single_value(
			"Aftersales Settings", "maintenance_message_template", "Maintenance Reminder"
		)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	# -- first free maintenance (S18.20, S18.30)

	def test_a_first_free_maintenance_is_confirmed_once_per_device(self):
		visit = make_first_visit()
		again = make_first_visit(customer=visit.customer, device=visit.device)
		frappe.set_user(self.clerk)
		self.assertEqual(confirm_first(visit.name, True)["confirmation"], "Confirmed")
		self.assertRaises(ConfirmationError, confirm_first, again.name, True)
		self.assertEqual(confirm_first(again.name, False, "Had one")["confirmation"], "Not Accepted")

	def test_only_what_is_done_is_confirmed_and_a_refusal_says_why(self):
		done = make_first_visit().name
		open_visit = make_maintenance_visit(visit_kind="First Free Maintenance")
		periodic = frappe.get_doc(VISIT, make_maintenance_visit().name)
		frappe.set_user(self.clerk)
		for name in (open_visit.name, periodic.name):
			with self.assertRaises(ConfirmationError):
				confirm_first(name, True)
		self.assertRaises(ConfirmationError, confirm_first, done, False, " ")

	def test_the_conditions_of_the_manufacturer_hold_at_their_edges(self):
		category = factories.make_product_category().name
		make_warranty_claim_condition(
			claim_kind="First Free Maintenance",
			product_category=category,
			enabled=1,
			within_months=3,
			within_uses=2000,
			fixed_amount=60,
		)
		product = factories.make_product(product_category=category).name
		for sold, reading, allowed in (
			(add_months(today(), -3), 2000, True),
			(add_days(add_months(today(), -3), -1), 2000, False),
			(add_months(today(), -3), 2001, False),
			(None, 0, False),
		):
			device = make_device_of(product=product, sale_date=sold)
			visit = make_first_visit(customer=device.customer, device=device.name, reading=reading)
			if allowed:
				self.assertEqual(confirm_first(visit.name, True)["confirmation"], "Confirmed")
			else:
				with self.assertRaises(ConfirmationError):
					confirm_first(visit.name, True)

	def test_results_are_not_taken_from_clients_and_a_confirmed_visit_stays(self):
		visit = make_maintenance_visit(confirmation="Confirmed", confirmed_by="Administrator")
		self.assertEqual((visit.confirmation, visit.confirmed_by), ("To Be Confirmed", None))
		visit.update({"confirmation": "Confirmed", "confirmed_by": "Administrator"})
		visit.save()
		self.assertEqual((visit.confirmation, visit.confirmed_by), ("To Be Confirmed", None))
		first = make_first_visit()
		confirm_first(first.name, True)
		first = frappe.get_doc(frappe.parse_json(frappe.get_doc(VISIT, first.name).as_json()))
		first.remarks = "Clean filter"
		first.save()
		first.reading = 5
		self.assertRaises(ConfirmedVisitError, first.save)

	def test_confirming_is_for_those_who_claim(self):
		name = make_first_visit().name
		for user in ("Guest", self.agent, factories.user_with("Finance Clerk")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, confirm_first, name, True)
