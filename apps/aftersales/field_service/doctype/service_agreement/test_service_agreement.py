import frappe
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.field_service import agreements
from aftersales.field_service.agreements import BillingPlanError, agreement_for, benefit
from aftersales.field_service.doctype.service_agreement.service_agreement import (
	AgreementAmountError,
	AgreementBenefitError,
	AgreementDeviceError,
	AgreementTimeError,
)
from aftersales.testing import factories
from aftersales.testing.agreements import (
	make_active_agreement,
	make_device_of,
	make_maintenance_visit,
	make_service_agreement,
)
from aftersales.testing.field import make_service_item, make_service_order, make_service_outlet, staff_of
from aftersales.testing.parts import make_part_category, make_spare_part
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError

PLAN = "Maintenance Plan"


class TestServiceAgreement(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.device = make_device_of()
		cls.customer = cls.device.customer
		cls.manager = factories.user_with("Service Manager")
		cls.centre = factories.user_with("Service Centre Staff")

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def made(self, **fields):
		return make_service_agreement(customer=self.customer, **fields)

	def active(self, **fields):
		return make_active_agreement(customer=self.customer, **fields)

	# -- rules

	def test_an_agreement_ends_after_it_begins(self):
		self.assertRaises(AgreementTimeError, self.made, end_date=add_days(today(), -1))
		self.assertEqual(self.made(end_date=today()).stage, "Draft")

	def test_devices_are_the_customers_own_and_stand_there_once(self):
		other = make_device_of()
		row = {"device": self.device.name}
		for rows in ([{"device": other.name}], [row, row], [{"terms": "All pumps"}]):
			with self.assertRaises(AgreementDeviceError):
				self.made(devices=rows)
		visit = {"description": "Check", "device": other.name, "first_date": today()}
		self.assertRaises(AgreementDeviceError, self.made, visit_schedule=[visit])
		second = make_device_of(self.customer)
		visit["device"] = second.name
		with self.assertRaises(AgreementDeviceError):
			self.made(devices=[row], visit_schedule=[visit])

	def test_benefits_have_a_share_and_no_rival(self):
		for percent in (0, -1, 100.5):
			with self.assertRaises(AgreementBenefitError):
				self.made(benefits=[{"kind": "Visit", "percent": percent}])
		with self.assertRaises(AgreementBenefitError):
			self.made(benefits=[{"kind": "Visit", "percent": 50}, {"kind": "Visit", "percent": 60}])

	def test_a_benefit_keeps_only_what_belongs_to_its_kind(self):
		item = make_service_item().name
		row = self.made(benefits=[{"kind": "Visit", "percent": 100, "service_item": item}]).benefits[0]
		self.assertIsNone(row.service_item)

	def test_visits_lie_within_the_time_and_repeat_at_a_distance(self):
		outside = {"description": "Check", "first_date": add_days(today(), -1)}
		self.assertRaises(AgreementTimeError, self.made, visit_schedule=[outside])
		no_distance = {"description": "Check", "first_date": today(), "visits": 2}
		self.assertRaises(AgreementTimeError, self.made, visit_schedule=[no_distance])

	# -- payments

	def test_payments_share_the_amount_and_the_last_takes_the_rest(self):
		doc = self.made(amount=100)
		lines = agreements.plan_payments(doc.name, 3, 1)
		self.assertEqual([line["amount"] for line in lines], [33.33, 33.33, 33.34])
		self.assertEqual(lines[2]["due_date"], getdate(add_months(doc.start_date, 2)))
		doc.reload()
		self.assertEqual(doc.planned_amount, 100)

	def test_payments_that_make_no_sense_are_refused(self):
		doc = self.made()
		for number, months in ((0, 1), (121, 1), (2, 0)):
			with self.assertRaises(BillingPlanError):
				agreements.plan_payments(doc.name, number, months)
		self.assertRaises(BillingPlanError, agreements.plan_payments, self.made(amount=0).name, 1, 0)

	def test_payments_are_for_those_who_write_agreements(self):
		doc = self.made()
		for user in (
			"Guest",
			factories.user_with("Service Agent"),
			factories.user_with("Aftersales Customer"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, agreements.plan_payments, doc.name, 2, 1)

	def test_recording_needs_a_billing_plan_that_adds_up(self):
		row = {"due_date": today(), "description": "Half", "amount": 600}
		doc = self.made(amount=1200, billing_plan=[row])
		self.assertRaises(AgreementAmountError, apply_workflow, doc, "Register")
		doc.reload()
		doc.append("billing_plan", {**row, "description": "Other half"})
		doc.save()
		self.assertEqual(apply_workflow(doc, "Register").stage, "Recorded")

	# -- states

	def test_only_auditors_audit_and_then_nothing_changes(self):
		doc = self.made()
		frappe.set_user(self.centre)
		doc = apply_workflow(frappe.get_doc(doc.doctype, doc.name), "Register")
		with self.assertRaises((WorkflowTransitionError, WorkflowPermissionError)):
			apply_workflow(doc, "Audit")
		frappe.set_user(self.manager)
		doc = apply_workflow(frappe.get_doc(doc.doctype, doc.name), "Audit")
		self.assertEqual((doc.status, doc.stage), ("Audited", "Active"))
		doc.amount = 1
		self.assertRaises(AuditLockError, doc.save)
		doc.reload()
		self.assertRaises(AuditLockError, doc.delete)
		self.assertEqual(apply_workflow(doc, "Cancel Audit").stage, "Recorded")

	def test_termination_keeps_its_day_and_ends_the_benefits(self):
		doc = self.active(benefits=[{"kind": "Visit", "percent": 100}])
		self.assertEqual(benefit(doc.name, "Visit", None, today()).percent, 100)
		doc = apply_workflow(doc, "Terminate")
		self.assertEqual(getdate(doc.terminated_on), getdate())
		self.assertEqual(benefit(doc.name, "Visit", None, today()).percent, 0)

	def test_rows_are_changed_with_their_agreement_only(self):
		doc = self.made(benefits=[{"kind": "Visit", "percent": 10}])
		row = frappe.get_doc("Agreement Benefit", doc.benefits[0].name)
		row.percent = 100
		self.assertRaises(ChildRowError, row.save)

	# -- benefits (S17.03)

	def test_the_exact_item_counts_before_its_category_before_all(self):
		above = make_part_category(is_group=1).name
		below = make_part_category(parent_part_category=above).name
		exact, near, far = (make_spare_part(part_category=name).name for name in (below, below, above))
		other = make_spare_part(part_category=make_part_category().name).name
		doc = self.active(
			benefits=[
				{"kind": "Part", "percent": 10},
				{"kind": "Part", "percent": 20, "part_category": above},
				{"kind": "Part", "percent": 30, "part_category": below},
				{"kind": "Part", "percent": 40, "spare_part": exact},
			]
		)
		for part, percent in ((exact, 40), (near, 30), (far, 20), (other, 10)):
			self.assertEqual(benefit(doc.name, "Part", part, today()).percent, percent)
		self.assertIn(doc.name, benefit(doc.name, "Part", exact, today()).reason)

	def test_a_benefit_for_one_item_is_none_for_others(self):
		item = make_service_item().name
		doc = self.active(benefits=[{"kind": "Service", "percent": 50, "service_item": item}])
		self.assertEqual(benefit(doc.name, "Service", item, today()).percent, 50)
		self.assertEqual(benefit(doc.name, "Service", make_service_item().name, today()).percent, 0)
		self.assertEqual(benefit(doc.name, "Part", None, today()).percent, 0)

	def test_benefits_hold_from_the_first_to_the_last_day(self):
		doc = self.active(end_date=add_days(today(), 9), benefits=[{"kind": "Visit", "percent": 5}])
		for days, percent in ((-1, 0), (0, 5), (9, 5), (10, 0)):
			self.assertEqual(benefit(doc.name, "Visit", None, add_days(today(), days)).percent, percent)
		self.assertEqual(benefit(None, "Visit", None, today()).percent, 0)

	def test_an_agreement_that_is_not_audited_gives_nothing(self):
		doc = self.made(benefits=[{"kind": "Visit", "percent": 5}])
		self.assertEqual(benefit(doc.name, "Visit", None, today()).percent, 0)

	# -- which one (S17.03)

	def test_the_closest_agreement_covers_a_device(self):
		device = make_device_of(product_category=factories.make_product_category().name)
		facts = (device.name, device.product, device.product_category)
		ask = lambda: agreement_for(device.customer, today(), *facts)  # noqa: E731
		self.assertIsNone(ask())
		make_service_agreement(customer=device.customer)
		self.assertIsNone(ask())
		names = []
		for rows in (
			[],
			[{"product_category": device.product_category}],
			[{"product": device.product}],
			[{"device": device.name}],
		):
			names.append(make_active_agreement(customer=device.customer, devices=rows).name)
			self.assertEqual(ask(), names[-1])
		elsewhere = agreement_for(device.customer, today(), None, factories.make_product().name)
		self.assertEqual(elsewhere, names[0])
		self.assertIsNone(agreement_for(device.customer, add_days(today(), -1), *facts))

	def test_an_order_finds_its_agreement_and_a_choice_stays(self):
		device = make_device_of()
		agreement = make_active_agreement(
			customer=device.customer, benefits=[{"kind": "Visit", "percent": 100}]
		)
		order = make_service_order(customer=device.customer, device=device.name)
		self.assertEqual(order.agreement, agreement.name)
		order.agreement = None
		order.save()
		self.assertIsNone(order.agreement)
		stranger = make_service_order(customer=factories.make_customer().name)
		self.assertIsNone(stranger.agreement)

	# -- visit schedule (S17.05)

	def test_the_schedule_becomes_plans_when_the_agreement_is_audited(self):
		visit = {"description": "Check", "device": self.device.name, "first_date": today(), "every_months": 3}
		doc = self.made(visit_schedule=[visit])
		self.assertFalse(frappe.db.exists(PLAN, {"agreement": doc.name}))
		apply_workflow(doc, "Register")
		apply_workflow(doc, "Audit")
		plan = frappe.get_doc(PLAN, {"agreement": doc.name})
		self.assertEqual((plan.count_from, plan.every_months, plan.enabled), ("Fixed Dates", 3, 1))
		self.assertEqual(getdate(plan.next_due), getdate())

	def test_a_cancelled_audit_pauses_and_a_second_one_goes_on(self):
		first = {"description": "One", "first_date": today()}
		second = {"description": "Two", "first_date": add_days(today(), 5)}
		doc = self.active(visit_schedule=[first, second])
		doc = apply_workflow(doc, "Cancel Audit")
		self.assertEqual(frappe.db.count(PLAN, {"agreement": doc.name, "enabled": 1}), 0)
		doc.visit_schedule = doc.visit_schedule[1:]
		doc.save()
		apply_workflow(doc, "Audit")
		plans = frappe.get_all(
			PLAN, {"agreement": doc.name}, ["start_date", "enabled"], order_by="start_date"
		)
		self.assertEqual([plan.enabled for plan in plans], [0, 1])

	def test_an_agreement_without_a_schedule_touches_no_visits(self):
		visit = make_maintenance_visit()
		apply_workflow(self.active(), "Terminate")
		visit.reload()
		self.assertEqual(visit.stage, "Planned")

	# -- rights

	def test_people_of_an_outlet_see_its_agreements_only(self):
		mine, other = make_service_outlet(), make_service_outlet()
		user = staff_of(mine.name, "Service Centre Staff", account="agreement-centre")
		own, foreign = self.made(outlet=mine.name), self.made(outlet=other.name)
		frappe.set_user(user)
		seen = frappe.get_list("Service Agreement", pluck="name", limit_page_length=0)
		self.assertIn(own.name, seen)
		self.assertNotIn(foreign.name, seen)
		self.assertFalse(frappe.has_permission("Service Agreement", "read", doc=foreign.name))

	def test_roles(self):
		doc = self.made()
		for role, ptype, allowed in (
			("Service Centre Staff", "create", True),
			("Service Agent", "read", True),
			("Service Agent", "write", False),
			("Finance Clerk", "write", False),
			("Service Manager", "delete", True),
			("Aftersales Administrator", "delete", False),
			("Parts Keeper", "read", False),
		):
			user = factories.user_with(role)
			answer = bool(frappe.has_permission("Service Agreement", ptype, doc=doc, user=user))
			self.assertEqual(answer, allowed, (role, ptype))
