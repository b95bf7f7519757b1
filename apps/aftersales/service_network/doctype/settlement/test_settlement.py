import frappe
from frappe.model.workflow import WorkflowTransitionError
from frappe.tests.utils import FrappeTestCase
from frappe.utils import flt, today

from aftersales.service_network import fees, outlet_scope, settlement_proof, settlements
from aftersales.service_network.doctype.settlement.settlement import SettlementError, SettlementReasonError
from aftersales.service_network.settlement_lines import SettlementFrozenError, SettlementLineError
from aftersales.service_network.settlement_periods import PeriodClosedError
from aftersales.testing import factories
from aftersales.testing.field import make_service_centre, make_service_outlet, staff_of, without_fee_rates
from aftersales.testing.settlement import (
	close_month,
	line,
	make_done_order,
	make_expense_plan,
	make_settlement,
	prove,
)
from aftersales.utils.workflow_state import SelfApprovalError

OPEN = {"settlement": ("is", "not set"), "voided": 0}


class SettlementCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.auditor = staff_of(cls.branch, "Branch Staff")
		cls.finance = factories.user_with("Finance Clerk")
		cls.second = factories.user_with("Finance Clerk", account="second-finance-clerk")
		cls.manager = factories.user_with("Service Manager")

	def setUp(self):
		self.outlet = make_service_outlet(parent_service_outlet=self.branch).name
		self.user = staff_of(self.outlet, "Outlet Staff")

	def tearDown(self):
		frappe.set_user("Administrator")

	def order(self, *lines, **fields):
		return make_done_order(*lines, **{"outlet": self.outlet, **fields})

	def make(self, **fields):
		return make_settlement(**{"outlet": self.outlet, **fields})

	def act(self, user, doc, *actions):
		frappe.set_user(user)
		return factories.act(doc, *actions)

	def first_audited(self, **fields):
		"""A settlement of the outlet as it comes to headquarters; the steps to there have tests of their own."""
		frappe.set_user("Administrator")
		return self.put(self.make(**fields))

	def put(self, doc):
		values = {"stage": "First Audit", "status": "First Audit Passed", "slip_received_on": today()}
		doc.db_set({**values, "applied_by": self.user, "first_audited_by": self.auditor})
		return frappe.get_doc("Settlement", doc.name)

	def audited(self, doc=None):
		return self.act(self.finance, doc or self.first_audited(), "Pass HQ Audit")

	def confirmed(self):
		return self.act(self.user, self.audited(), "Confirm")

	def open_amount(self):
		rows = frappe.get_all("Service Fee", {"outlet": self.outlet, **OPEN}, pluck="amount")
		return flt(sum(rows), 2)


class TestSettlement(SettlementCase):
	def test_from_application_to_confirmation(self):
		order = self.order(line(100.1), line(20.2, kind="Transport"))
		doc = self.make()
		self.assertEqual((doc.branch, doc.subject_name, doc.total), (self.branch, self.outlet, 120.3))
		self.assertEqual({row.service_order for row in doc.lines}, {order.name})
		doc = self.confirmed_from(doc)
		self.assertEqual((doc.stage, doc.total, doc.outstanding), ("Confirmed", 120.3, 120.3))
		self.assertEqual(
			(doc.applied_by, doc.first_audited_by, doc.audited_by, doc.confirmed_by),
			(self.user, self.auditor, self.finance, self.user),
		)
		frappe.set_user("Administrator")
		settled = frappe.get_all(
			"Service Fee", {"settlement": doc.name, "settled_on": today()}, pluck="amount"
		)
		self.assertEqual(flt(sum(settled), 2), 120.3)
		doc = self.act(self.finance, doc, "Send Invoice Notice")
		self.assertEqual((doc.stage, str(doc.invoice_notice_on)), ("Invoice Notice Sent", today()))

	def confirmed_from(self, doc):
		doc = self.act(self.user, doc, "Apply")
		doc = self.act(self.auditor, doc, "Pass First Audit")
		frappe.set_user(self.finance)
		self.assertRaises(SettlementError, factories.act, doc, "Pass HQ Audit")
		doc.slip_received_on = today()
		doc.save()
		return self.act(self.user, self.audited(doc), "Confirm")

	def test_a_fee_is_in_one_settlement_only(self):
		self.order()
		first, second = self.make(), self.make()
		self.assertEqual((len(first.lines), len(second.lines)), (1, 0))
		frappe.set_user(self.user)
		self.assertRaises(settlements.NothingToSettleError, factories.act, second, "Apply")

	def test_only_fees_of_the_subject_and_the_period(self):
		self.order(line(1), done="2022-03-31")
		self.order(line(2), done="2022-04-01")
		self.order(line(4), done="2022-04-30")
		self.order(line(8), done="2022-05-01")
		make_done_order(line(16), done="2022-04-10")
		doc = self.make(period_from="2022-04-01", period_to="2022-04-30", include_earlier=0)
		self.assertEqual(doc.total, 6)
		doc = self.make(period_from="2022-04-01", period_to="2022-04-30")
		self.assertEqual(doc.total, 1)
		self.assertEqual(self.open_amount(), 8)

	def test_without_follow_up_a_line_is_left_out_and_stays_open(self):
		cases = {
			"Confirmed": self.order(line(1)),
			settlement_proof.NONE: self.order(line(2), proof=None),
			settlement_proof.NOT_SATISFIED: self.order(line(4), proof="Neutral"),
		}
		for reason, how in (
			(settlement_proof.NOT_DONE, {"stage": "Open"}),
			(settlement_proof.NOT_REAL, {"real": "No"}),
			(settlement_proof.UNKNOWN, {"real": None}),
		):
			cases[reason] = self.order(line(8), proof=None)
			prove(cases[reason].name, **how)
		doc = self.audited()
		found = {row.service_order: row.excluded_reason for row in doc.lines}
		for reason, order in cases.items():
			self.assertEqual(found[order.name] or "Confirmed", reason)
		self.assertEqual((doc.total, doc.gross, doc.not_accepted, doc.lines_left_out), (1, 31, 30, 5))
		self.assertEqual(self.open_amount(), 0)
		self.act(self.user, doc, "Confirm")
		frappe.set_user("Administrator")
		self.assertEqual(self.open_amount(), 30)
		prove(cases[settlement_proof.NONE].name)
		self.assertEqual(self.audited().total, 2)

	def test_the_last_follow_up_counts(self):
		order = self.order(proof="Dissatisfied")
		self.assertEqual(settlement_proof.missing([order.name]), {order.name: settlement_proof.NOT_SATISFIED})
		prove(order.name, "Very Satisfied")
		prove(order.name, stage="Open")
		self.assertEqual(settlement_proof.missing([order.name]), {})

	def test_a_continued_visit_is_proven_by_the_last_one(self):
		last = self.order()
		first = self.order(proof=None)
		first.db_set("continued_by", last.name)
		self.assertEqual(settlement_proof.missing([first.name]), {})
		with self.assertQueryCount(4):
			settlement_proof.missing([first.name])

	def test_what_settings_ask_of_follow_ups(self):
		for field, value in (
			("settlement_least_satisfaction", "Satisfied"),
			("settlement_needs_follow_up", 1),
		):
			self.addCleanup(frappe.db.set_single_value, "Aftersales Settings", field, value)
		order = self.order(proof="Neutral")
		frappe.db.set_single_value("Aftersales Settings", "settlement_least_satisfaction", "Neutral")
		self.assertEqual(settlement_proof.missing([order.name]), {})
		frappe.db.set_single_value("Aftersales Settings", "settlement_needs_follow_up", 0)
		self.assertEqual(settlement_proof.missing([self.order(proof=None).name]), {})

	def test_headquarters_judges_lines(self):
		for amount in (10, 20, 40):
			self.order(line(amount), proof=None)
		doc = self.first_audited()
		frappe.set_user(self.finance)
		by_amount = {row.amount: row for row in doc.lines}
		by_amount[10].accepted_reason = "The customer moved abroad"
		by_amount[20].accepted_amount, by_amount[20].excluded_reason = 5, "Not Justified"
		doc.append("deductions", {"reason": "Lost part", "amount": 2.5})
		doc.save()
		doc = factories.act(doc, "Pass HQ Audit")
		self.assertEqual((doc.total, doc.deducted, doc.lines_left_out), (12.5, 2.5, 1))
		self.act(self.user, doc, "Confirm")
		self.assertEqual(self.open_amount(), 40)

	def test_amounts_that_headquarters_may_accept(self):
		self.order(line(10))
		doc = self.first_audited()
		frappe.set_user(self.finance)
		for values in (
			{"accepted_amount": 11, "excluded_reason": "Other", "answer": "x"},
			{"accepted_amount": -1, "excluded_reason": "Other", "answer": "x"},
			{"accepted_amount": 5},
			{"accepted_amount": 5, "excluded_reason": "Other"},
			{"left_out": 1},
		):
			with self.subTest(values):
				doc.reload()
				doc.lines[0].update(values)
				self.assertRaises(SettlementLineError, doc.save)

	def test_deductions_above_the_total(self):
		self.order(line(10))
		doc = self.first_audited()
		frappe.set_user(self.finance)
		doc = frappe.get_doc("Settlement", doc.name)
		doc.append("deductions", {"reason": "Lost part", "amount": 10.01})
		self.assertRaises(settlements.NegativeTotalError, doc.save)

	def test_outlet_cannot_judge(self):
		self.order(line(10))
		doc = self.make()
		frappe.set_user(self.user)
		doc = frappe.get_doc("Settlement", doc.name)
		doc.lines[0].accepted_reason = "Trust us"
		doc.slip_received_on = today()
		doc.append("deductions", {"reason": "None", "amount": -5})
		doc.save()
		doc.reload()
		self.assertEqual(
			(doc.lines[0].accepted_reason, doc.slip_received_on, doc.deductions), (None, None, [])
		)
		doc.lines[0].amount = 1000
		self.assertRaises(SettlementFrozenError, doc.save)
		doc.reload()
		doc.lines = []
		self.assertRaises(SettlementFrozenError, doc.save)
		doc.reload()
		doc.paid_amount, doc.confirmed_by, doc.total = 3, self.user, 99
		doc.save()
		self.assertEqual((doc.paid_amount, doc.confirmed_by, doc.total), (0, None, 10))

	def test_nobody_audits_twice(self):
		self.order()
		both = staff_of(self.branch, "Branch Staff", "Finance Clerk")
		doc = self.act(both, self.make(), "Apply")
		self.assertRaises(SelfApprovalError, factories.act, doc, "Pass First Audit")
		doc = self.act(self.auditor, doc, "Pass First Audit")
		doc.db_set("slip_received_on", today())
		frappe.set_user(both)
		self.assertRaises(SelfApprovalError, factories.act, doc, "Pass HQ Audit")

	def test_the_first_audit_is_the_branch_above_and_not_the_own_one(self):
		own = make_service_centre(outlet_kind="Branch", parent_service_outlet=self.branch).name
		self.order(outlet=own)
		doc = self.act(staff_of(own, "Branch Staff"), self.make(outlet=own), "Apply")
		frappe.set_user(staff_of(own, "Branch Staff", account="second-of-the-branch"))
		self.assertRaises(outlet_scope.OtherOutletError, factories.act, doc, "Pass First Audit")
		self.assertEqual(self.act(self.auditor, doc, "Pass First Audit").stage, "First Audit")

	def test_only_branches_settle_as_branches(self):
		self.order()
		for user in (self.user, "Administrator"):
			frappe.set_user(user)
			self.assertRaises(SettlementError, self.make, subject_kind="Branch")

	def test_a_region_does_not_audit_its_own(self):
		region = make_service_centre(outlet_kind="Region").name
		self.order(outlet=region)
		doc = self.make(subject_kind="Branch", outlet=region)
		doc = self.act(staff_of(region, "Branch Staff"), doc, "Apply")
		doc.db_set("slip_received_on", today())
		frappe.set_user(staff_of(region, "Regional Centre Staff"))
		self.assertRaises(SelfApprovalError, factories.act, doc, "Pass HQ Audit")
		doc.reload()
		self.assertEqual(self.act(self.finance, doc, "Pass HQ Audit").stage, "HQ Audit")

	def test_nobody_audits_what_they_get(self):
		order = make_done_order(line(40), outlet=None)
		frappe.db.set_value("Service Fee", {"service_order": order.name}, "employee", self.finance)
		doc = self.make(subject_kind="Employee", employee=self.finance, outlet=None)
		doc = self.act(self.second, doc, "Apply")
		frappe.set_user(self.finance)
		self.assertRaises(SelfApprovalError, factories.act, doc, "Pass HQ Audit")

	def test_rejected_and_applied_again(self):
		self.order(line(10))
		doc = self.act(self.user, self.make(), "Apply")
		frappe.set_user(self.auditor)
		self.assertRaises(SettlementReasonError, factories.act, doc, "Reject")
		doc = frappe.get_doc("Settlement", doc.name)
		doc.reject_reason = "Slips are missing"
		doc.save()
		doc = factories.act(doc, "Reject")
		self.order(line(5))
		doc = self.act(self.user, doc, "Revise")
		self.assertEqual((doc.total, len(doc.lines)), (15, 2))
		doc = factories.act(doc, "Apply")
		self.assertIsNone(doc.reject_reason)

	def test_cancelled_gives_back(self):
		self.order(line(10))
		self.act(self.finance, self.make(), "Cancel")
		self.assertEqual(self.open_amount(), 10)
		doc = self.make()
		frappe.set_user(self.manager)
		frappe.delete_doc("Settlement", doc.name)
		self.assertEqual(self.open_amount(), 10)
		doc = self.first_audited()
		frappe.set_user(self.manager)
		self.assertRaises(SettlementError, frappe.delete_doc, "Settlement", doc.name)

	def test_disputed_line_by_line(self):
		self.order(line(10), proof=None)
		self.order(line(20))
		doc = self.audited()
		self.assertEqual(doc.total, 20)
		frappe.set_user(self.user)
		self.assertRaises(SettlementError, factories.act, doc, "Dispute")
		row = next(row for row in doc.lines if row.amount == 10)
		row.disputed = 1
		self.assertRaises(SettlementLineError, doc.save)
		doc.reload()
		row = next(row for row in doc.lines if row.amount == 10)
		row.disputed, row.dispute_note = 1, "The customer was called on Monday"
		doc.save()
		self.assertRaises(SettlementError, factories.act, doc, "Confirm")
		doc = factories.act(doc, "Dispute")
		self.assertEqual((doc.stage, doc.disputed_lines), ("Disputed", 1))
		frappe.set_user(self.finance)
		self.assertRaises(SettlementError, factories.act, doc, "Pass HQ Audit")
		row = next(row for row in doc.lines if row.amount == 10)
		row.answer = "So it was"
		doc.save()
		prove(row.service_order)
		doc = factories.act(doc, "Pass HQ Audit")
		self.assertEqual((doc.total, doc.disputed_lines), (30, 0))
		self.assertEqual(self.act(self.user, doc, "Confirm").stage, "Confirmed")

	def test_frozen(self):
		self.order()
		doc = self.confirmed()
		frappe.set_user(self.finance)
		for change in (
			lambda: doc.lines[0].update({"accepted_amount": 1, "excluded_reason": "Not Justified"}),
			lambda: doc.append("deductions", {"reason": "Late", "amount": 1}),
			lambda: doc.update({"slip_no": "9"}),
		):
			doc.reload()
			change()
			self.assertRaises(SettlementFrozenError, doc.save)
		doc.reload()
		doc.invoice_no = "0042"
		doc.save()
		self.assertRaises(WorkflowTransitionError, factories.act, doc, "Reopen")

	def test_opened_again_by_the_manager(self):
		self.order(line(10), proof=None)
		self.order(line(20))
		doc = self.act(self.manager, self.confirmed(), "Reopen")
		self.assertEqual((doc.stage, doc.confirmed_by), ("HQ Audit", None))
		self.assertFalse(
			frappe.db.exists("Service Fee", {"settlement": doc.name, "settled_on": ("is", "set")})
		)
		taken = self.make()
		self.assertEqual(taken.total, 10)
		row = next(row for row in doc.lines if row.amount == 10)
		prove(row.service_order)
		frappe.set_user(self.user)
		row.disputed, row.dispute_note = 1, "Confirmed by now"
		doc.save()
		doc = factories.act(doc, "Dispute")
		frappe.set_user(self.finance)
		next(row for row in doc.lines if row.amount == 10).answer = "In the next one"
		doc.save()
		doc = factories.act(doc, "Pass HQ Audit")
		row = next(row for row in doc.lines if row.amount == 10)
		self.assertEqual((row.excluded_reason, doc.total), (settlements.ELSEWHERE, 20))
		self.act(self.user, doc, "Confirm")

	def test_reopened_orders(self):
		"""Unsettled: neither row is settled. Settled: the next settlement sets it off. Meanwhile: the audit leaves it out."""
		order = self.order(line(10))
		self.order(line(30))
		doc = self.first_audited()
		self.reopen(order)
		doc = self.audited(doc)
		self.assertEqual(doc.total, 30)
		self.assertIn(settlements.REOPENED, [row.excluded_reason for row in doc.lines])
		doc = self.act(self.user, doc, "Confirm")
		frappe.set_user("Administrator")
		self.assertEqual(self.open_amount(), 0)
		self.reopen(
			frappe.get_doc("Service Order", next(r.service_order for r in doc.lines if r.amount == 30))
		)
		self.order(line(50))
		self.assertEqual(self.open_amount(), 20)
		frappe.set_user(self.manager)
		after = self.make()
		self.assertEqual((after.total, len(after.lines)), (20, 2))
		self.assertRaises(frappe.ValidationError, factories.act, doc, "Reopen")
		self.assertEqual(self.audited(self.put(after)).total, 20)

	def reopen(self, order):
		order.stage = "In Work"
		fees.sync(order)

	def test_no_total_below_nothing(self):
		order = self.order(line(10))
		self.confirmed()
		frappe.set_user("Administrator")
		self.reopen(order)
		doc = self.make()
		self.assertEqual(doc.total, -10)
		frappe.set_user(self.user)
		self.assertRaises(settlements.NegativeTotalError, factories.act, doc, "Apply")

	def test_branch_and_employee(self):
		"""S2.39: what headquarters settles itself passes no branch."""
		staff = factories.user_with("Service Technician")
		order = make_done_order(line(40), outlet=None)
		frappe.db.set_value("Service Fee", {"service_order": order.name}, "employee", staff)
		doc = self.make(subject_kind="Employee", employee=staff, outlet=None)
		self.assertEqual((doc.total, doc.outlet, doc.branch), (40, None, None))
		doc = self.act(self.finance, doc, "Apply")
		self.assertRaises(SelfApprovalError, factories.act, doc, "Pass HQ Audit")
		doc = self.act(self.second, doc, "Pass HQ Audit")
		self.assertEqual(self.act(self.finance, doc, "Confirm").total, 40)
		frappe.set_user("Administrator")
		branch = make_service_centre(outlet_kind="Branch", parent_service_outlet=self.branch).name
		self.order(line(3), outlet=make_service_outlet(parent_service_outlet=branch).name)
		doc = self.make(subject_kind="Branch", outlet=branch)
		self.assertEqual((doc.total, doc.branch), (3, None))
		frappe.set_user(self.user)
		mine = {"subject_kind": "Employee", "employee": staff, "period_from": today(), "period_to": today()}
		self.assertRaises(outlet_scope.OtherOutletError, frappe.get_doc(doctype="Settlement", **mine).insert)

	def test_nothing_left_to_pay_is_paid(self):
		self.order(line(10))
		doc = self.first_audited()
		frappe.set_user(self.finance)
		doc.append("deductions", {"reason": "Lost part", "amount": 10})
		doc.save()
		doc = factories.act(doc, "Pass HQ Audit")
		doc = self.act(self.user, doc, "Confirm")
		self.assertEqual((doc.stage, doc.status), ("Paid", "Paid"))
		self.assertTrue(frappe.db.exists("Service Fee", {"settlement": doc.name, "paid": 1}))

	def test_expense_plans_are_lines(self):
		self.order(line(10))
		plan = make_expense_plan(outlet=self.outlet)
		later = make_expense_plan(outlet=self.outlet, period_to="2099-01-01")
		for doc in (plan, later):
			doc.db_set({"stage": "Partly Approved", "total_granted": 150})
		doc = self.confirmed()
		self.assertEqual((doc.total, doc.expense_amount), (160, 150))
		plan.reload()
		self.assertEqual((plan.settlement, str(plan.settled_on)), (doc.name, today()))
		frappe.set_user("Administrator")
		self.assertEqual(self.make().lines, [])

	def test_closed_month(self):
		self.order(line(1), done="2021-03-05")
		doc = self.make(period_from="2021-03-01", period_to="2021-03-31")
		close_month("2021-03-01")
		self.assertRaises(PeriodClosedError, self.make, period_from="2021-03-01", period_to="2021-03-31")
		frappe.set_user(self.user)
		self.assertRaises(PeriodClosedError, factories.act, doc, "Apply")
		frappe.set_user(self.manager)
		self.assertRaises(PeriodClosedError, frappe.delete_doc, "Settlement", doc.name)

	def test_periods_that_make_no_sense(self):
		for first, last in (("2022-02-02", "2022-02-01"), ("2099-01-01", "2099-01-31")):
			self.assertRaises(SettlementError, self.make, period_from=first, period_to=last)

	def test_rights(self):
		self.order()
		doc, other = self.make(), make_settlement()
		frappe.set_user(self.user)
		self.assertEqual(frappe.get_list("Settlement", pluck="name"), [doc.name])
		self.assertFalse(frappe.has_permission("Settlement", "write", doc=other.name))
		self.assertFalse(frappe.has_permission("Settlement", "delete", doc=doc.name))
		stolen = {"outlet": other.outlet, "period_from": today(), "period_to": today()}
		self.assertRaises(frappe.PermissionError, frappe.get_doc(doctype="Settlement", **stolen).insert)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(frappe.has_permission("Settlement", "read"))

	def test_what_gathering_costs(self):
		for _number in range(3):
			self.order()
		doc = self.make()
		with self.assertQueryCount(10):
			settlements.gather(doc)
