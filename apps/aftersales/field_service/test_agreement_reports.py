from unittest.mock import patch

import frappe
from frappe.desk.query_report import run
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, flt, getdate, today

from aftersales.field_service import bring_back, maintenance_visits
from aftersales.field_service.bring_back import BringBackError, plan_follow_ups
from aftersales.field_service.report.agreement_payments_due import agreement_payments_due
from aftersales.field_service.report.bring_back_list import bring_back_list
from aftersales.field_service.report.claims_not_accepted import claims_not_accepted
from aftersales.field_service.report.first_free_maintenance import first_free_maintenance
from aftersales.field_service.report.first_free_maintenance_by_model import first_free_maintenance_by_model
from aftersales.field_service.report.warranty_payments import warranty_payments
from aftersales.testing import factories
from aftersales.testing.agreements import (
	make_active_agreement,
	make_device_of,
	make_first_visit,
	make_maintenance_visit,
	make_service_agreement,
	make_warranty_submission,
)
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of
from aftersales.utils.report import PeriodError


class TestAgreementReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_value("Warranty Claim Condition", {"enabled": 1}, "enabled", 0)

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		self.outlet = make_service_outlet().name
		self.period = {
			"from_date": add_months(today(), -1),
			"to_date": add_months(today(), 1),
			"outlet": self.outlet,
		}

	def staff(self, *roles):
		return staff_of(self.outlet, *roles, account=f"report-{frappe.generate_hash(length=6)}")

	# -- payments due (S17.01)

	def test_payments_of_agreements_in_force_are_due(self):
		lines = [
			{"due_date": add_days(today(), -3), "description": "One", "amount": 100},
			{"due_date": add_days(today(), 3), "description": "Two", "amount": 200},
			{"due_date": add_months(today(), 5), "description": "Later", "amount": 300},
		]
		fields = {"outlet": self.outlet, "billing_plan": lines, "amount": 600}
		agreement = make_active_agreement(**fields)
		make_service_agreement(**fields)
		rows = agreement_payments_due.execute(self.period)[1]
		self.assertEqual(
			[(row.name, row.amount, row.days) for row in rows],
			[(agreement.name, 100, 3), (agreement.name, 200, 0)],
		)
		with self.assertRaises(PeriodError):
			agreement_payments_due.execute({"from_date": today()})

	def test_each_outlet_sees_its_own_payments(self):
		line = {"due_date": today(), "description": "One", "amount": 100}
		for outlet in (self.outlet, make_service_outlet().name):
			make_active_agreement(outlet=outlet, billing_plan=[line], amount=100)
		period = {**self.period, "outlet": None}
		frappe.set_user(self.staff("Service Centre Staff"))
		self.assertEqual({row.outlet for row in agreement_payments_due.execute(period)[1]}, {self.outlet})
		frappe.set_user(factories.user_with("Parts Keeper"))
		self.assertRaises(frappe.PermissionError, agreement_payments_due.execute, period)

	# -- first free maintenance (S18.20)

	def test_first_maintenance_is_listed_and_counted_per_model(self):
		product = factories.make_product().name
		fields = {"visit_kind": "First Free Maintenance", "outlet": self.outlet}
		make = lambda maker, **more: maker(  # noqa: E731
			**{
				**fields,
				**more,
				"device": (device := make_device_of(product=product)).name,
				"customer": device.customer,
			}
		)
		make(make_maintenance_visit, due_date=add_days(today(), -1))
		make(make_maintenance_visit, due_date=add_days(today(), 1))
		fields.pop("visit_kind")
		done = make(make_first_visit)
		refused = make(make_first_visit)
		maintenance_visits.confirm_first(done.name, True)
		maintenance_visits.confirm_first(refused.name, False, "Too many kilometres")
		make_maintenance_visit(outlet=self.outlet)
		row = first_free_maintenance_by_model.execute(self.period)[1][0]
		self.assertEqual((row.product, row.due, row.done, row.rate), (product, 4, 2, 50))
		self.assertEqual((row.confirmed, row.not_accepted, row.overdue), (1, 1, 1))
		rows = first_free_maintenance.execute(self.period)[1]
		self.assertEqual(len(rows), 4)
		rows = first_free_maintenance.execute({**self.period, "confirmation": "Not Accepted"})[1]
		self.assertEqual([row.confirmation_note for row in rows], ["Too many kilometres"])
		turned_down = claims_not_accepted.execute(self.period)[1]
		self.assertEqual([row["maintenance_visit"] for row in turned_down], [refused.name])
		frappe.set_user(factories.user_with("Parts Keeper"))
		self.assertRaises(frappe.PermissionError, first_free_maintenance_by_model.execute, self.period)

	# -- payments and rejections (S18.22, S18.23)

	def answered(self):
		orders = [make_service_order(outlet=self.outlet).name for _number in range(3)]
		lines = [{"service_order": order, "amount": 100} for order in orders]
		doc = make_warranty_submission(outlet=self.outlet, lines=lines)
		doc = apply_workflow(doc, "Submit to Manufacturer")
		doc.lines[0].update({"answer": "Accepted", "accepted_amount": 80})
		doc.lines[1].update({"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"})
		doc.lines[2].update({"answer": "Not Accepted", "ground": "Customer Data", "reason": "No name"})
		doc.save()
		return apply_workflow(doc, "Record Answer"), orders

	def test_payments_in_sum_and_in_detail(self):
		doc, orders = self.answered()
		row = warranty_payments.execute(self.period)[1][0]
		self.assertEqual((row.name, row.amount, row.accepted_amount), (doc.name, 300, 80))
		rows = warranty_payments.execute({**self.period, "view": "Detail"})[1]
		self.assertEqual([(row.service_order, row.accepted_amount) for row in rows], [(orders[0], 80)])
		rows = warranty_payments.execute({**self.period, "claim_kind": "First Free Maintenance"})[1]
		self.assertEqual(rows, [])

	def test_rejections_by_ground(self):
		orders = self.answered()[1]
		rows = claims_not_accepted.execute(self.period)[1]
		self.assertEqual([row["service_order"] for row in rows], orders[1:])
		rows = claims_not_accepted.execute({**self.period, "ground": "Customer Data"})[1]
		self.assertEqual([row["reason"] for row in rows], ["No name"])

	def test_a_sum_of_nothing_is_no_row(self):
		visit = make_first_visit(outlet=self.outlet)
		maintenance_visits.confirm_first(visit.name, False, "Too late")
		shown = run("First Maintenance Not Accepted", dict(self.period))
		self.assertEqual((len(shown["result"]), shown["add_total_row"]), (1, False))
		self.answered()
		shown = run("Warranty Not Accepted", dict(self.period))
		place = [column["fieldname"] for column in shown["columns"]].index("amount")
		self.assertEqual((len(shown["result"]), shown["result"][-1][place]), (2, 100))

	def test_each_outlet_sees_its_own_claims(self):
		self.answered()
		period = {**self.period, "outlet": None}
		frappe.set_user(staff_of(make_service_outlet().name, "Branch Staff", account="other-claims"))
		self.assertEqual(warranty_payments.execute(period)[1], [])
		self.assertEqual(claims_not_accepted.execute(period)[1], [])
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(frappe.PermissionError, warranty_payments.execute, period)

	def test_the_payment_list_prints(self):
		doc = self.answered()[0]
		html = frappe.get_print("Warranty Submission", doc.name, "Warranty Payment List")
		for text in (doc.name, "No name", frappe.utils.fmt_money(80)):
			self.assertIn(text, html)

	# -- bring back (S18.17)

	def found(self, **filters) -> dict:
		rows = bring_back_list.execute({"outlet": self.outlet, **filters})[1]
		return {row.name: row for row in rows}

	def test_reasons_to_bring_customers_back(self):
		make = lambda **fields: make_device_of(outlet=self.outlet, **fields).name  # noqa: E731
		fresh = make(sale_date=today())
		unseen = make(sale_date=add_months(today(), -12))
		seen = make(sale_date=add_months(today(), -12))
		frappe.db.set_value(
			"Service Order",
			make_service_order(device=seen).name,
			{"stage": "Completed", "completed_at": today()},
		)
		due = make(sale_date=today())
		make_maintenance_visit(
			customer=frappe.db.get_value("Customer Device", due, "customer"),
			device=due,
			due_date=add_days(today(), -1),
		)
		ending = make(sale_date=today())
		frappe.db.set_value("Customer Device", ending, "warranty_end", add_days(today(), 30))
		rows = self.found()
		self.assertEqual(set(rows), {unseen, due, ending})
		self.assertNotIn(fresh, rows)
		self.assertEqual(getdate(rows[due].maintenance_due), getdate(add_days(today(), -1)))
		self.assertEqual(set(self.found(reason="Warranty")), {ending})
		self.assertEqual(set(self.found(months=0, days=29)), {due})
		self.assertIn(seen, self.found(months=0, days=0, reason="Maintenance") | {seen: 1})

	def test_the_list_shows_what_its_reader_may_read(self):
		make_device_of(outlet=self.outlet, sale_date=add_months(today(), -20))
		frappe.set_user(factories.user_with(account="bring-back-none"))
		self.assertRaises(frappe.PermissionError, bring_back_list.execute, {})

	def test_follow_ups_are_planned_once(self):
		device = make_device_of(outlet=self.outlet, sale_date=add_months(today(), -20))
		caller = factories.user_with("Service Agent")
		frappe.set_user(caller)
		self.assertEqual(plan_follow_ups([device.name], today()), {"planned": 1, "waiting": 0})
		self.assertEqual(plan_follow_ups([device.name], today()), {"planned": 0, "waiting": 1})
		doc = frappe.get_doc("Follow-up", {"source_doctype": "Customer Device", "source_name": device.name})
		self.assertEqual((doc.customer, doc.planned_for), (device.customer, caller))
		for names, day in (([], today()), ([device.name], add_days(today(), -1))):
			with self.assertRaises(BringBackError):
				plan_follow_ups(names, day)
		self.assertRaises(frappe.PermissionError, plan_follow_ups, ["CD-none"], today())
		for user in (
			"Guest",
			factories.user_with("Parts Keeper"),
			factories.user_with("Aftersales Customer"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, plan_follow_ups, [device.name], today())

	def test_a_long_list_begins_with_those_that_have_most_reasons(self):
		sold = add_months(today(), -20)
		for _number in range(3):
			make_device_of(outlet=self.outlet, sale_date=sold)
		last = make_device_of(outlet=self.outlet, sale_date=sold)
		last.db_set("warranty_end", add_days(today(), 5))
		with patch.object(bring_back, "MOST_LISTED", 2):
			rows, all_of_them = bring_back.find(frappe._dict(outlet=self.outlet))
		self.assertEqual((rows[0].name, [row.count for row in rows], all_of_them), (last.name, [2, 1], False))

	def test_the_number_of_statements_does_not_grow_with_the_devices(self):
		for _number in range(4):
			make_device_of(outlet=self.outlet, sale_date=add_months(today(), -20))
		filters = frappe._dict(outlet=self.outlet)
		bring_back.find(filters)
		with self.assertQueryCount(9):
			rows, all_of_them = bring_back.find(filters)
		self.assertEqual((len(rows), all_of_them), (4, True))
		self.assertEqual(flt(rows[0].count), 1)
