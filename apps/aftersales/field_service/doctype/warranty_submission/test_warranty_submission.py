import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, now_datetime, today

from aftersales.field_service import warranty_claims
from aftersales.field_service.doctype.warranty_claim_condition.warranty_claim_condition import (
	ClaimConditionError,
)
from aftersales.field_service.doctype.warranty_submission.warranty_submission import (
	AnswerMissingError,
	ClaimError,
	ClaimsFixedError,
	PaymentAmountError,
	PaymentMissingError,
	SubmissionPeriodError,
)
from aftersales.field_service.maintenance_visits import confirm_first
from aftersales.field_service.warranty_claims import CollectError, collect
from aftersales.testing import factories
from aftersales.testing.agreements import (
	make_device_of,
	make_first_visit,
	make_warranty_claim_condition,
	make_warranty_submission,
)
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of

DOCTYPE = "Warranty Submission"


class TestWarrantySubmission(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.clerk = factories.user_with("Warranty Clerk")
		frappe.db.set_value("Warranty Claim Condition", {"enabled": 1}, "enabled", 0)

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		# A maker of its own for each test, so that nobody else's orders are collected.
		self.maker = factories.unique("Maker")
		self.category = factories.make_product_category().name
		self.product = factories.make_product(product_category=self.category).name

	def condition(self, **fields):
		return make_warranty_claim_condition(
			enabled=1, product_category=self.category, manufacturer=self.maker, **fields
		)

	def order(self, work=100, parts=0, pays=0, days_ago=1, **fields):
		"""Return a completed order with warranty work, written as rows: what charges is another test's question."""
		device = make_device_of(product=self.product, sale_date=add_months(today(), -2))
		order = make_service_order(device=device.name, customer=device.customer, **fields)
		done = {"stage": "Completed", "completed_at": add_days(now_datetime(), -days_ago)}
		frappe.db.set_value("Service Order", order.name, done)
		for doctype, amount in (("Service Order Charge", work), ("Service Order Part", parts)):
			if amount:
				row = frappe.new_doc(doctype)
				row.update(
					{
						"name": frappe.generate_hash(length=10),
						"parent": order.name,
						"parenttype": "Service Order",
						"charge_to": "Warranty",
						"amount": amount,
						"customer_amount": pays,
					}
				)
				row.db_insert()
		return order.name

	def submission(self, *orders, **fields):
		lines = [{"service_order": order, "amount": 100} for order in orders]
		return make_warranty_submission(manufacturer=self.maker, lines=lines, **fields)

	def submitted(self, *orders):
		return apply_workflow(self.submission(*orders), "Submit to Manufacturer")

	# -- conditions (S18.30)

	def test_conditions_hold_at_their_edges(self):
		condition = frappe._dict(within_months=12, claim_within_days=30, within_uses=100)
		claim = {"done_on": "2026-03-31", "sold_on": "2025-03-31", "uses": 100}
		day = getdate("2026-04-30")
		lacks = lambda **more: len(warranty_claims.failing(condition, {**claim, **more}, more.pop("on", day)))  # noqa: E731
		self.assertEqual(lacks(), 0)
		self.assertEqual(lacks(sold_on="2025-03-30"), 1)
		self.assertEqual(lacks(sold_on=None), 1)
		self.assertEqual(lacks(uses=101), 1)
		self.assertEqual(lacks(on=getdate("2026-05-01")), 1)
		self.assertEqual(warranty_claims.failing(None, claim), [])

	def test_conditions_ask_for_papers(self):
		condition = frappe._dict(
			needs_serial_no=1, needs_purchase_proof=1, needs_fault_cause=1, needs_customer_data=1
		)
		claim = {"done_on": today(), "customer_name": "Li", "contact_phone": "1"}
		self.assertEqual(len(warranty_claims.failing(condition, claim)), 4)
		full = {**claim, "address": "x", "serial_no": "1", "purchase_proof": "/f", "fault_cause": "Wear"}
		self.assertEqual(warranty_claims.failing(condition, full), [])

	def test_one_condition_for_the_same_products(self):
		first = self.condition()
		self.assertRaises(ClaimConditionError, self.condition)
		self.condition(claim_kind="First Free Maintenance")
		first.enabled = 0
		first.save()
		self.condition()
		for percent in (-1, 101):
			with self.assertRaises(ClaimConditionError):
				make_warranty_claim_condition(parts_percent=percent)

	# -- collecting (S18.21)

	def test_warranty_work_of_the_period_is_collected_once(self):
		self.condition(parts_percent=50, work_percent=90)
		order = self.order(work=100, parts=80, pays=20)
		self.order(days_ago=60)
		make_service_order()
		doc = self.submission()
		frappe.set_user(self.clerk)
		self.assertEqual(collect(doc.name)["added"], 1)
		doc.reload()
		line = doc.lines[0]
		self.assertEqual((line.service_order, line.parts_amount, line.work_amount), (order, 30, 72))
		self.assertEqual((line.amount, doc.total_amount), (102, 102))
		self.assertEqual(collect(doc.name)["added"], 0)
		self.assertEqual(collect(self.submission().name)["added"], 0)

	def test_what_does_not_meet_the_conditions_is_told_and_left_out(self):
		self.condition(needs_fault_cause=1)
		order = self.order()
		answer = collect(self.submission().name)
		self.assertEqual(answer["added"], 0)
		self.assertEqual([row["name"] for row in answer["left_out"]], [order])
		self.assertEqual(len(answer["left_out"][0]["reasons"]), 1)

	def test_a_confirmed_first_maintenance_is_claimed_with_its_fixed_amount(self):
		self.condition(claim_kind="First Free Maintenance", fixed_amount=60)
		device = make_device_of(product=self.product)
		visit = make_first_visit(customer=device.customer, device=device.name)
		doc = self.submission(claim_kind="First Free Maintenance")
		self.assertEqual(collect(doc.name)["added"], 0)
		confirm_first(visit.name, True)
		self.assertEqual(collect(doc.name)["added"], 1)
		doc.reload()
		self.assertEqual((doc.lines[0].maintenance_visit, doc.total_amount), (visit.name, 60))
		from aftersales.field_service.maintenance_visits import ConfirmationError

		self.assertRaises(ConfirmationError, confirm_first, visit.name, False, "Too late")

	def test_a_submitted_one_collects_no_more(self):
		doc = self.submitted(self.order())
		self.assertRaises(CollectError, collect, doc.name)

	def test_collecting_is_for_those_who_make_submissions(self):
		doc = self.submission()
		roles = ("Service Technician", "Branch Staff", "Service Auditor", "Aftersales Customer")
		for user in ("Guest", *map(factories.user_with, roles)):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, collect, doc.name)

	def test_the_number_of_statements_does_not_grow_with_the_orders(self):
		self.condition()
		doc = self.submission()
		self.order()
		warranty_claims.order_claims(doc)
		counts = []
		for _number in range(2):
			before = self.count_statements(lambda: warranty_claims.order_claims(doc))
			counts.append(before)
			self.order()
			self.order()
		self.assertEqual(counts[0], counts[1])

	def count_statements(self, call) -> int:
		statements, sql = [], frappe.db.sql
		frappe.db.sql = lambda *arguments, **more: statements.append(1) or sql(*arguments, **more)
		try:
			call()
		finally:
			frappe.db.sql = sql
		return len(statements)

	# -- the machine M21

	def test_the_way_to_the_payment(self):
		doc = self.submitted(self.order(), self.order())
		self.assertEqual(getdate(doc.submitted_on), getdate())
		doc.lines[0].answer = "Accepted"
		doc.lines[1].update({"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"})
		doc.save()
		doc = apply_workflow(doc, "Record Answer")
		self.assertEqual((doc.accepted_amount, doc.not_accepted_count), (100, 1))
		frappe.set_user(factories.user_with("Finance Clerk"))
		doc = apply_workflow(frappe.get_doc(DOCTYPE, doc.name), "Record Payment")
		self.assertEqual((doc.stage, doc.paid_amount), ("Paid", 100))

	def test_a_payment_is_no_more_than_was_accepted_and_stays(self):
		doc = self.submitted(self.order())
		doc.lines[0].update({"answer": "Accepted", "accepted_amount": 80})
		doc.save()
		doc = apply_workflow(doc, "Record Answer")
		doc.paid_amount = 80.01
		doc.save()
		self.assertRaises(PaymentAmountError, apply_workflow, doc, "Record Payment")
		doc.reload()
		doc.paid_amount = 79.5
		doc.save()
		doc = apply_workflow(doc, "Record Payment")
		for field, value in (("paid_amount", 80), ("paid_amount", 0), ("paid_on", "2024-01-01")):
			doc.reload()
			doc.set(field, value)
			self.assertRaises(ClaimsFixedError, doc.save)
		doc.reload()
		doc.save()
		self.assertEqual(doc.paid_amount, 79.5)

	def test_every_claim_needs_a_whole_answer(self):
		doc = self.submitted(self.order())
		self.assertRaises(AnswerMissingError, apply_workflow, doc, "Record Answer")
		doc.reload()
		for answer in (
			{"answer": "Not Accepted", "reason": "Wear"},
			{"answer": "Not Accepted", "ground": "Conditions", "reason": " "},
			{"answer": "Accepted", "accepted_amount": 100.01},
		):
			doc.reload()
			doc.lines[0].update(answer)
			self.assertRaises(AnswerMissingError, doc.save)

	def test_nothing_accepted_is_nothing_paid(self):
		doc = self.submitted(self.order())
		doc.lines[0].update({"answer": "Not Accepted", "ground": "Customer Data", "reason": "No name"})
		doc.save()
		doc = apply_workflow(doc, "Record Answer")
		self.assertRaises(PaymentMissingError, apply_workflow, doc, "Record Payment")

	def test_what_was_submitted_or_answered_stays(self):
		doc = self.submitted(self.order())
		doc.lines[0].amount = 500
		self.assertRaises(ClaimsFixedError, doc.save)
		doc.reload()
		doc.append("lines", {"service_order": self.order(), "amount": 1})
		self.assertRaises(ClaimsFixedError, doc.save)
		doc.reload()
		doc.lines[0].answer = "Accepted"
		doc.save()
		doc = apply_workflow(doc, "Record Answer")
		doc.lines[0].update({"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"})
		self.assertRaises(ClaimsFixedError, doc.save)
		doc.reload()
		doc = apply_workflow(doc, "Correct Answer")
		doc.lines[0].update({"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"})
		doc.save()
		self.assertEqual(doc.accepted_amount, 0)

	def test_a_withdrawn_submission_forgets_its_answers(self):
		doc = self.submitted(self.order())
		doc.lines[0].answer = "Accepted"
		doc.save()
		doc = apply_workflow(doc, "Withdraw")
		self.assertEqual(
			(doc.stage, doc.lines[0].answer, doc.submitted_on), ("Made", "Awaiting Answer", None)
		)

	def test_an_empty_submission_stays_at_home(self):
		self.assertRaises(ClaimError, apply_workflow, self.submission(), "Submit to Manufacturer")
		with self.assertRaises(SubmissionPeriodError):
			self.submission(from_date=add_days(today(), 1), to_date=today())

	def test_a_line_names_what_it_claims(self):
		with self.assertRaises(ClaimError):
			self.submission(self.order(), claim_kind="First Free Maintenance")

	def test_nothing_is_claimed_twice_until_it_was_turned_down(self):
		order = self.order()
		self.assertRaises(ClaimError, self.submission, order, order)
		first = self.submission(order)
		self.assertRaises(ClaimError, self.submission, order)
		first = apply_workflow(first, "Submit to Manufacturer")
		first.lines[0].update({"answer": "Not Accepted", "ground": "Customer Data", "reason": "No address"})
		first.save()
		second = self.submission(order)
		apply_workflow(second, "Cancel")
		self.submission(order)

	def test_several_may_have_nothing_but_rejections(self):
		for _number in range(2):
			doc = self.submitted(self.order())
			doc.lines[0].update({"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"})
			doc.save()
			self.assertEqual(apply_workflow(doc, "Record Answer").not_accepted_count, 1)

	def test_the_database_refuses_what_the_rules_did_not_see(self):
		order = self.order()
		self.submission(order)
		row = frappe.new_doc("Warranty Submission Line")
		row.update({"parent": "x", "parenttype": DOCTYPE, "claim_key": warranty_claims.order_key(order)})
		self.assertRaises(frappe.UniqueValidationError, row.db_insert)

	# -- rights

	def test_an_outlet_sees_its_own_submissions(self):
		mine, other = make_service_outlet(), make_service_outlet()
		user = staff_of(mine.name, "Branch Staff", account="warranty-branch")
		own, foreign = self.submission(outlet=mine.name), self.submission(outlet=other.name)
		frappe.set_user(user)
		seen = frappe.get_list(DOCTYPE, pluck="name", limit_page_length=0)
		self.assertIn(own.name, seen)
		self.assertNotIn(foreign.name, seen)

	def test_roles(self):
		doc = self.submission()
		for role, ptype, allowed in (
			("Warranty Clerk", "create", True),
			("Finance Clerk", "write", True),
			("Finance Clerk", "create", False),
			("Branch Staff", "write", False),
			("Service Agent", "read", False),
			("Warranty Clerk", "delete", False),
		):
			user = factories.user_with(role)
			answer = bool(frappe.has_permission(DOCTYPE, ptype, doc=doc, user=user))
			self.assertEqual(answer, allowed, (role, ptype))
