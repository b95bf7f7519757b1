from unittest.mock import patch

import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.field_service import maintenance_plans
from aftersales.field_service.doctype.maintenance_plan.maintenance_plan import MaintenancePlanError
from aftersales.field_service.doctype.maintenance_rule.maintenance_rule import MaintenanceRuleError
from aftersales.field_service.maintenance_plans import apply_rule, next_due, plan_devices, visits_of
from aftersales.testing import factories
from aftersales.testing.agreements import (
	make_active_agreement,
	make_device_of,
	make_maintenance_plan,
	make_maintenance_rule,
)

PLAN, VISIT = "Maintenance Plan", "Maintenance Visit"


class TestMaintenancePlan(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		# What the site or its demo has of rules is not what is tested here.
		frappe.db.set_value("Maintenance Rule", {"enabled": 1}, "enabled", 0)

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		self.product = factories.make_product(product_category=factories.make_product_category().name)

	def device(self, **fields):
		return make_device_of(product=self.product.name, **{"sale_date": today(), **fields})

	def rule(self, **fields):
		if not fields.keys() & {"product", "product_category"}:
			fields["product"] = self.product.name
		return make_maintenance_rule(enabled=1, **fields)

	def plans(self, device) -> list:
		return frappe.get_all(PLAN, {"device": device.name}, ["*"])

	def visits(self, plan) -> list:
		filters = {"maintenance_plan": plan.name}
		return frappe.get_all(VISIT, filters, ["name", "due_date", "stage"], order_by="due_date asc")

	# -- when

	def test_a_plan_is_due_one_cycle_after_the_last_maintenance(self):
		plan = make_maintenance_plan(start_date="2026-01-31", every_months=1)
		self.assertEqual(getdate(plan.next_due), getdate("2026-02-28"))
		plan.last_done_on = "2026-03-10"
		plan.save()
		self.assertEqual(getdate(plan.next_due), getdate("2026-04-10"))
		self.assertEqual(getdate(plan.plan_on), getdate("2026-03-27"))

	def test_fixed_dates_keep_the_day_of_the_month(self):
		plan = make_maintenance_plan(start_date="2026-01-31", every_months=1, count_from="Fixed Dates")
		days = []
		for plan.planned_visits in range(4):
			days.append(str(next_due(plan)))
		self.assertEqual(days, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"])

	def test_a_plan_ends_with_its_last_day_and_its_number_of_visits(self):
		plan = make_maintenance_plan(start_date="2026-01-01", every_months=6, end_date="2026-06-30")
		self.assertIsNone(plan.next_due)
		plan = make_maintenance_plan(start_date="2026-01-01", every_months=6, end_date="2026-07-01")
		self.assertEqual(getdate(plan.next_due), getdate("2026-07-01"))
		plan = make_maintenance_plan(start_date="2026-01-01", most_visits=2)
		plan.planned_visits = 2
		self.assertIsNone(next_due(plan))

	def test_uses_or_months_whichever_comes_first(self):
		plan = make_maintenance_plan(
			start_date="2026-01-01", every_months=12, every_uses=5000, reading=1000, read_on="2026-01-21"
		)
		self.assertEqual(plan.uses_per_day, 50)
		self.assertEqual(getdate(plan.next_due), getdate("2026-04-11"))  # 4000 left at 50 a day
		plan.update({"reading": 1100, "read_on": "2026-01-31"})
		plan.save()
		self.assertEqual(plan.uses_per_day, 10)
		self.assertEqual(getdate(plan.next_due), getdate("2027-01-01"))
		plan.update({"reading": 5000, "read_on": "2026-02-10"})
		plan.save()
		self.assertEqual(getdate(plan.next_due), getdate("2026-02-10"))

	def test_a_counter_that_was_set_back_changes_no_pace(self):
		plan = make_maintenance_plan(
			every_uses=500, start_date="2026-01-01", reading=100, read_on="2026-01-11"
		)
		plan.update({"reading": 5, "read_on": "2026-01-21"})
		plan.save()
		self.assertEqual(plan.uses_per_day, 10)

	def test_a_due_date_typed_by_hand_stays(self):
		plan = make_maintenance_plan(next_due=add_days(today(), 3))
		self.assertEqual(getdate(plan.next_due), getdate(add_days(today(), 3)))
		plan.next_due = add_days(today(), 9)
		plan.save()
		plan.outlet = None
		plan.save()
		self.assertEqual(getdate(plan.next_due), getdate(add_days(today(), 9)))

	def test_a_form_that_sends_dates_as_text_moves_nothing_but_what_follows(self):
		plan = make_maintenance_plan(start_date="2026-01-31", every_months=1)
		sent = frappe.get_doc(frappe.parse_json(frappe.get_doc(PLAN, plan.name).as_json()))
		sent.every_months = 2
		sent.save()
		self.assertEqual(getdate(sent.next_due), getdate("2026-03-31"))

	def test_plans_that_lead_nowhere_are_refused(self):
		customer = factories.make_customer().name
		for fields in (
			{"every_months": 0},
			{"end_date": add_days(today(), -1)},
			{"device": make_device_of().name},
			{"reading": 5, "read_on": add_days(today(), 1)},
		):
			with self.assertRaises(MaintenancePlanError):
				make_maintenance_plan(customer=customer, **fields)

	# -- rules (S17.04)

	def test_a_rule_plans_each_device_once(self):
		self.rule(every_months=6)
		device, stored = self.device(), self.device()
		frappe.db.set_value("Customer Device", stored.name, "stage", "Stored")
		self.assertEqual(plan_devices(), 1)
		self.assertEqual(plan_devices(), 0)
		plan = self.plans(device)[0]
		self.assertEqual(getdate(plan.next_due), getdate(add_months(today(), 6)))
		self.assertEqual(plan.visit_kind, "Periodic")
		self.assertFalse(self.plans(stored))

	def test_the_closest_rules_count(self):
		above = factories.make_product_category(is_group=1).name
		below = factories.make_product_category(parent_product_category=above).name
		self.product.db_set("product_category", below)
		far = self.rule(product_category=above)
		device = self.device()
		found = lambda: {  # noqa: E731
			rule.name
			for rule, products in maintenance_plans.products_by_rule().items()
			if device.product in products
		}
		self.assertEqual(found(), {far.name})
		near = self.rule(product_category=below)
		self.assertEqual(found(), {near.name})
		own, second = self.rule(), self.rule(every_months=24)
		self.assertEqual(found(), {own.name, second.name})
		first = self.rule(product_category=above, first_free=1, every_months=1)
		self.assertEqual(found(), {own.name, second.name, first.name})

	def test_a_rule_without_a_cycle_takes_that_of_the_product(self):
		self.rule(every_months=0)
		device = self.device()
		self.assertEqual(plan_devices(), 0)
		self.product.db_set("maintenance_cycle_months", 9)
		self.assertEqual(plan_devices(), 1)
		self.assertEqual(self.plans(device)[0].every_months, 9)

	def test_an_old_device_is_first_due_in_the_future(self):
		self.rule(every_months=6)
		device = self.device(sale_date=add_months(today(), -32))
		plan_devices()
		due = getdate(self.plans(device)[0].next_due)
		self.assertGreaterEqual(due, getdate())
		self.assertLess(due, getdate(add_months(today(), 6)))

	def test_first_free_maintenance_is_once_and_not_for_old_devices(self):
		self.rule(first_free=1, every_months=3)
		new, old = self.device(), self.device(sale_date=add_months(today(), -7))
		plan_devices()
		plan = self.plans(new)[0]
		self.assertEqual((plan.visit_kind, plan.most_visits), ("First Free Maintenance", 1))
		self.assertFalse(self.plans(old))
		self.assertRaises(MaintenanceRuleError, self.rule, first_free=1, every_months=0)

	def test_a_changed_rule_changes_the_plans_that_were_left_alone(self):
		rule = self.rule(every_months=6)
		rule.reload()
		device, own = self.device(), self.device()
		plan_devices()
		frappe.db.set_value(PLAN, {"device": own.name}, "every_months", 2)
		before = {field: rule.get(field) for field in rule.given()}
		rule.every_months = 12
		with patch.object(frappe, "enqueue") as enqueue:
			rule.save()
		self.assertEqual(enqueue.call_args.kwargs["before"], before)
		apply_rule(rule.name, before)
		plan = self.plans(device)[0]
		self.assertEqual(getdate(plan.next_due), getdate(add_months(today(), 12)))
		self.assertEqual(self.plans(own)[0].every_months, 2)

	def test_a_rule_that_is_switched_off_makes_no_visits(self):
		rule = self.rule(every_months=6)
		device = self.device()
		plan_devices()
		plan = self.plans(device)[0]
		day = add_days(plan.next_due, -plan.lead_days)
		frappe.db.set_value("Maintenance Rule", rule.name, "enabled", 0)
		self.assertNotIn(plan.name, maintenance_plans._waiting(getdate(day), ""))
		frappe.db.set_value("Maintenance Rule", rule.name, "enabled", 1)
		self.assertIn(plan.name, maintenance_plans._waiting(getdate(day), ""))

	# -- visits (S17.05, S7.19)

	def test_visits_appear_some_days_ahead_and_once(self):
		plan = make_maintenance_plan(next_due=add_days(today(), 20), lead_days=14)
		self.assertEqual(visits_of(plan.name, getdate(add_days(today(), 5))), 0)
		self.assertEqual(visits_of(plan.name, getdate(add_days(today(), 6))), 1)
		self.assertEqual(visits_of(plan.name, getdate(add_days(today(), 6))), 0)
		visit = self.visits(plan)[0]
		self.assertEqual((visit.due_date, visit.stage), (getdate(add_days(today(), 20)), "Planned"))

	def test_the_next_visit_counts_from_the_one_that_was_done(self):
		plan = make_maintenance_plan(next_due=add_days(today(), 10), every_months=6)
		visits_of(plan.name, getdate())
		visit = frappe.get_doc(VISIT, self.visits(plan)[0].name)
		apply_workflow(visit, "Complete")
		plan.reload()
		self.assertEqual(getdate(plan.last_done_on), getdate())
		self.assertEqual(getdate(plan.next_due), getdate(add_months(today(), 6)))

	def test_after_a_skipped_visit_the_next_counts_from_its_day(self):
		plan = make_maintenance_plan(next_due=add_days(today(), 10), every_months=6)
		visits_of(plan.name, getdate())
		visit = frappe.get_doc(VISIT, self.visits(plan)[0].name)
		visit.skip_reason = "On holiday"
		visit.save()
		apply_workflow(visit, "Skip")
		plan.reload()
		self.assertEqual(getdate(plan.next_due), getdate(add_months(add_days(today(), 10), 6)))
		self.assertIsNone(plan.last_done_on)

	def test_a_deleted_visit_does_not_stop_the_plan(self):
		plan = make_maintenance_plan(next_due=today())
		visits_of(plan.name, getdate())
		frappe.delete_doc(VISIT, self.visits(plan)[0].name)
		plan.reload()
		self.assertEqual(getdate(plan.next_due), getdate(add_months(today(), 6)))

	def test_a_schedule_plans_all_its_visits(self):
		visit = {"description": "Check", "first_date": today(), "every_months": 1, "visits": 3}
		agreement = make_active_agreement(visit_schedule=[visit])
		plan = frappe.get_doc(PLAN, {"agreement": agreement.name})
		self.assertEqual(visits_of(plan.name, getdate(add_months(today(), 12))), 3)
		plan.reload()
		self.assertIsNone(plan.next_due)
		days = [row.due_date for row in self.visits(plan)]
		self.assertEqual(days, [getdate(add_months(today(), month)) for month in range(3)])

	def test_what_ended_is_planned_no_more_and_its_visits_are_skipped(self):
		visit = {"description": "Check", "first_date": today(), "every_months": 1}
		agreement = make_active_agreement(visit_schedule=[visit])
		plan = frappe.get_doc(PLAN, {"agreement": agreement.name})
		visits_of(plan.name, getdate())
		apply_workflow(agreement, "Terminate")
		plan.reload()
		self.assertEqual(plan.enabled, 0)
		self.assertEqual({row.stage for row in self.visits(plan)}, {"Skipped"})

	def test_a_device_out_of_use_pauses_its_plan(self):
		plan = make_maintenance_plan(next_due=today())
		frappe.db.set_value("Customer Device", plan.device, "stage", "Scrapped")
		self.assertEqual(visits_of(plan.name, getdate()), 0)
		plan.reload()
		self.assertEqual((plan.enabled, bool(plan.pause_reason)), (0, True))

	def test_the_visit_goes_to_who_owns_the_device_now(self):
		plan = make_maintenance_plan(next_due=today())
		owner = factories.make_customer().name
		frappe.db.set_value("Customer Device", plan.device, "customer", owner)
		visits_of(plan.name, getdate())
		self.assertEqual(frappe.db.get_value(VISIT, self.visits(plan)[0].name, "customer"), owner)

	# -- rights and cost

	def test_the_button_is_for_those_who_make_plans(self):
		for user in (
			"Guest",
			factories.user_with("Service Auditor"),
			factories.user_with("Aftersales Customer"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, maintenance_plans.plan_now)
		frappe.set_user(factories.user_with("Service Manager"))
		with patch.object(maintenance_plans, "plan_visits", return_value=4):
			self.assertEqual(maintenance_plans.plan_now()["visits"], 4)

	def test_nothing_due_costs_one_statement(self):
		plan = make_maintenance_plan(next_due=add_days(today(), 100))
		with self.assertQueryCount(1):
			self.assertNotIn(plan.name, maintenance_plans._waiting(getdate("1999-01-01"), ""))
