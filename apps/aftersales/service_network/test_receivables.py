"""What customers owe for service orders and by agreements, and what they pay (S12.10, S17.02, S6.35)."""

import json
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.field_service.amounts import AmountFormatError
from aftersales.field_service.steps import act as take_step
from aftersales.service_network import agreement_settlement, receivables, sales
from aftersales.service_network.doctype.receivable_write_off.receivable_write_off import WriteOffError
from aftersales.service_network.doctype.service_receivable.service_receivable import MadeByRuleError
from aftersales.testing import factories
from aftersales.testing.agreements import make_active_agreement, make_service_agreement
from aftersales.testing.factories import act
from aftersales.testing.field import (
	make_completion_inspection,
	make_customer_goods_receipt,
	make_order_delivery,
	make_service_order,
	make_service_outlet,
	make_workshop_order,
	staff_of,
	without_fee_rates,
)
from aftersales.testing.sales import make_receivable_write_off, make_service_payment, make_service_receivable
from aftersales.utils.append_only import AppendOnlyError

ORDER, RECEIVABLE = receivables.ORDER, receivables.RECEIVABLE


class ReceivableCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()

	def tearDown(self):
		frappe.set_user("Administrator")

	def order(self, amount: float = 120.5, **fields):
		"""Return a completed order for which the customer pays an amount."""
		charges = [{"kind": "Other", "description": "Cleaning", "amount": amount}]
		order = make_service_order(
			order_kind="Counter Repair", content="Done", other_charges=charges, **fields
		)
		return self.complete(order)

	def complete(self, order):
		if order.stage == "Open":
			order = act(order, "Receive")
		return act(order, "Start", "Complete")

	def of(self, order) -> frappe._dict | None:
		fields = ["name", "amount", "received", "outstanding", "status", "customer", "outlet"]
		key = receivables.key_of(order.doctype, order.name)
		return frappe.db.get_value(RECEIVABLE, {"reference_key": key}, fields, as_dict=True)


class TestOrders(ReceivableCase):
	def test_completed(self):
		outlet, customer = make_service_outlet().name, factories.make_customer().name
		order = self.order(outlet=outlet, customer=customer)
		owed = self.of(order)
		self.assertEqual((owed.amount, owed.outstanding, owed.status), (120.5, 120.5, "Unpaid"))
		self.assertEqual((owed.customer, owed.outlet), (customer, outlet))

	def test_described_without_a_word_of_the_language_of_who_completes(self):
		product = factories.make_product()
		for language in ("en", "zh"):
			with patch.object(frappe.local, "lang", language):
				order = self.order(product=product.name)
			described = frappe.db.get_value(RECEIVABLE, self.of(order).name, "description")
			self.assertEqual(described, product.product_name)

	def test_nothing_to_pay(self):
		self.assertIsNone(self.of(self.order(0)))

	def test_charges_that_change_afterwards(self):
		order = self.order()
		order.other_charges[0].amount = 200
		order.save()
		self.assertEqual(self.of(order).amount, 200)
		make_service_payment(receivable=self.of(order).name, amount=150)
		order.other_charges[0].amount = 149.99
		self.assertRaises(receivables.PaidError, order.save)
		order.reload()
		order.other_charges[0].amount = 150
		order.save()
		self.assertEqual((self.of(order).outstanding, self.of(order).status), (0, "Paid"))

	def test_reopened_and_completed_again(self):
		order = act(self.order(), "Reopen")
		owed = self.of(order)
		self.assertEqual((owed.amount, owed.outstanding, owed.status), (0, 0, "Cancelled"))
		self.complete(order)
		self.assertEqual((self.of(order).name, self.of(order).amount), (owed.name, 120.5))

	def test_not_reopened_when_paid(self):
		order = self.order()
		payment = make_service_payment(receivable=self.of(order).name, amount=20)
		frappe.db.savepoint("paid")
		self.assertRaises(receivables.PaidError, act, order, "Reopen")
		frappe.db.rollback(save_point="paid")
		sales.reverse("Service Payment", payment.name, "Other order")
		order.reload()
		act(order, "Reopen")
		self.assertEqual(self.of(order).status, "Cancelled")

	def test_earlier_visits_are_settled_with_the_last(self):
		first = make_service_order(
			order_kind="Counter Repair", content="x", other_charges=[{"kind": "Other", "amount": 30}]
		)
		first.db_set("customer_pays", 30)
		last = make_service_order(
			order_kind="Counter Repair", content="x", other_charges=[{"kind": "Other", "amount": 50}]
		)
		last.db_set({"continued_from": first.name, "earlier_pay": 30})
		last = self.complete(frappe.get_doc(ORDER, last.name))
		self.assertEqual(self.of(last).amount, 80)

	def test_cancelled_after_an_earlier_visit(self):
		order = make_service_order()
		order.db_set("earlier_pay", 30)
		order = frappe.get_doc(ORDER, order.name)
		order.reason = "Sold the unit"
		order.save()
		act(order, "Cancel")
		self.assertEqual(self.of(order).amount, 30)

	def test_deleted_order(self):
		order = act(self.order(), "Reopen")
		name = self.of(order).name
		frappe.delete_doc(ORDER, order.name)
		self.assertFalse(frappe.db.exists(RECEIVABLE, name))
		order = self.order()
		self.assertRaises(frappe.LinkExistsError, frappe.delete_doc, ORDER, order.name)

	def test_made_by_rule_only(self):
		receivable = make_service_receivable()
		copy = frappe.copy_doc(receivable)
		self.assertRaises(MadeByRuleError, copy.insert)
		self.assertRaises(MadeByRuleError, frappe.delete_doc, RECEIVABLE, receivable.name)
		receivable.update(
			{"amount": 1, "outstanding": 0, "status": "Paid", "customer_name": "X", "remarks": "Y"}
		)
		receivable.due_date = add_days(today(), 9)
		receivable.save()
		stored = frappe.get_doc(RECEIVABLE, receivable.name)
		self.assertEqual((stored.amount, stored.outstanding, stored.status), (1000, 1000, "Unpaid"))
		self.assertNotEqual(stored.customer_name, "X")
		self.assertEqual((stored.remarks, stored.due_date), ("Y", getdate(add_days(today(), 9))))


class TestPayments(ReceivableCase):
	def test_part_by_part(self):
		receivable = make_service_receivable(100)
		first = make_service_payment(receivable=receivable.name, amount=99.99)
		receivable.reload()
		self.assertEqual((receivable.outstanding, receivable.status), (0.01, "Partly Paid"))
		self.assertEqual((first.service_order, first.outstanding_after), (receivable.reference_name, 0.01))
		self.assertRaises(sales.TooMuchError, make_service_payment, receivable=receivable.name, amount=0.02)
		make_service_payment(receivable=receivable.name, amount=0.01)
		receivable.reload()
		self.assertEqual((receivable.outstanding, receivable.status), (0, "Paid"))

	def test_typed_amount(self):
		receivable = make_service_receivable(100)
		for typed in ("1OO", "1,00", "-5.00.1"):
			self.assertRaises(AmountFormatError, receivables.take_payment, receivable.name, typed)
		answer = receivables.take_payment(receivable.name, "40.50", "Mobile", invoice_no="I-1")
		self.assertEqual(answer["outstanding"], 59.5)

	def test_entries_stay(self):
		payment = make_service_payment()
		payment.remarks = "x"
		self.assertRaises(AppendOnlyError, payment.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, "Service Payment", payment.name)

	def test_not_in_the_future(self):
		with self.assertRaises(sales.CollectionError):
			make_service_payment(received_at=add_days(today(), 2))

	def test_who_took_the_money(self):
		receivable = make_service_receivable()
		frappe.set_user(factories.user_with("Front Desk"))
		values = {"doctype": "Service Payment", "receivable": receivable.name, "amount": 1}
		payment = frappe.get_doc({**values, "received_by": "Administrator"}).insert()
		self.assertEqual((payment.received_by, payment.handover), (frappe.session.user, None))
		finance = factories.user_with("Finance Clerk")
		frappe.set_user(finance)
		self.assertEqual(
			frappe.get_doc({**values, "received_by": "Administrator"}).insert().received_by, "Administrator"
		)

	def test_who_is_offered_a_reversal(self):
		receivable = make_service_receivable(100).name
		desk, other = (
			factories.user_with("Front Desk"),
			factories.user_with("Front Desk", account="other-desk"),
		)
		finance = factories.user_with("Finance Clerk")
		frappe.set_user(desk)
		payment = frappe.get_doc("Service Payment", receivables.take_payment(receivable, "9")["payment"])
		people = (desk, other, finance, factories.user_with("Service Agent"))
		self.assertEqual([self.offered(payment, user) for user in people], [True, False, True, False])
		frappe.db.set_value("Service Payment", payment.name, "handover", "CH-1")
		self.assertEqual([self.offered(payment, user) for user in people], [False, False, True, False])
		frappe.db.set_value("Service Payment", payment.name, "handover", None)
		frappe.set_user(desk)
		reversal = frappe.get_doc("Service Payment", sales.reverse("Service Payment", payment.name, "Wrong"))
		self.assertEqual([self.offered(one, desk) for one in (payment, reversal)], [False, False])
		# What is offered is what is allowed.
		frappe.set_user(other)
		payment = receivables.take_payment(receivable, "9")["payment"]
		frappe.set_user(desk)
		self.assertRaises(frappe.PermissionError, sales.reverse, "Service Payment", payment, "Wrong")

	def offered(self, payment, user: str) -> bool:
		frappe.set_user(user)
		doc = frappe.get_doc("Service Payment", payment.name)
		doc.run_method("onload")
		return doc.get_onload("may_reverse")

	def test_rights(self):
		receivable = make_service_receivable(100)
		for user in (factories.user_with("Knowledge Manager"), factories.user_with("Service Agent"), "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, receivables.take_payment, receivable.name, "1")
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, receivables.of_order, receivable.reference_name)

	def test_other_outlets(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		theirs, ours = make_service_receivable(100, outlet=other), make_service_receivable(100, outlet=mine)
		make_service_payment(receivable=theirs.name)
		frappe.set_user(staff_of(mine, "Outlet Staff"))
		self.assertRaises(frappe.PermissionError, receivables.take_payment, theirs.name, "1")
		self.assertRaises(frappe.PermissionError, receivables.of_order, theirs.reference_name)
		receivables.take_payment(ours.name, "1")
		self.assertEqual(set(frappe.get_list("Service Payment", pluck="outlet", limit=0)), {mine})
		self.assertEqual(set(frappe.get_list(RECEIVABLE, pluck="outlet", limit=0)), {mine})
		owed = receivables.of_order(ours.reference_name)
		self.assertEqual((owed["outstanding"], owed["may_pay"]), (99, True))

	def test_cost_in_statements(self):
		receivable = make_service_receivable()
		receivables.take_payment(receivable.name, "1")
		with self.assertQueryCount(40):
			receivables.take_payment(receivable.name, "1")


class TestHandingOver(ReceivableCase):
	def control(self, value: str) -> None:
		frappe.db.set_single_value("Aftersales Settings", "unpaid_delivery", value)

	def repaired(self):
		order = make_workshop_order(other_charges=[{"kind": "Other", "amount": 80}])
		make_completion_inspection(service_order=order.name)
		return act(order, "Receive", "Start", "Complete")

	def test_delivery_of_what_is_not_paid(self):
		order = self.repaired()
		self.control("Block")
		self.assertRaises(receivables.UnpaidError, make_order_delivery, service_order=order.name)
		self.control("Warn")
		frappe.clear_messages()
		make_order_delivery(service_order=order.name)
		self.assertIn(order.name, str(frappe.get_message_log()))
		frappe.clear_messages()
		self.control("None")
		make_order_delivery(service_order=self.repaired().name)
		self.assertEqual(frappe.get_message_log(), [])

	def test_delivery_of_what_is_paid(self):
		self.control("Block")
		order = self.repaired()
		make_service_payment(receivable=self.of(order).name, amount=80)
		make_order_delivery(service_order=order.name)
		free = make_workshop_order()
		make_completion_inspection(service_order=free.name)
		make_order_delivery(service_order=act(free, "Receive", "Start", "Complete").name)

	def ready(self, paid: float = 0):
		"""Return goods whose order costs 80 and is completed."""
		order = self.repaired()
		receipt = make_customer_goods_receipt(service_order=order.name)
		if paid:
			make_service_payment(receivable=self.of(order).name, amount=paid)
		receipt.db_set({"status": "Ready for Pick-up", "stage": "Ready"})
		return order, frappe.get_doc("Customer Goods Receipt", receipt.name)

	def hand_over(self, receipt, **values):
		return take_step(receipt.doctype, receipt.name, "Hand Over", {"receipt_given_back": 1, **values})

	def test_money_at_the_counter_is_a_payment(self):
		self.control("Block")
		order, receipt = self.ready(paid=30)
		self.hand_over(receipt, amount_collected="50.00", invoice_no="I-9")
		self.assertEqual((self.of(order).outstanding, self.of(order).status), (0, "Paid"))
		payment = frappe.get_last_doc("Service Payment", {"receivable": self.of(order).name})
		self.assertEqual(
			(payment.amount, payment.invoice_no, payment.received_by), (50, "I-9", frappe.session.user)
		)

	def test_goods_that_are_not_paid(self):
		order, receipt = self.ready()
		self.control("Block")
		values = {"amount_collected": "20.00", "amount_note": "Brings the rest"}
		frappe.db.savepoint("not_paid")
		self.assertRaises(receivables.UnpaidError, self.hand_over, receipt, **values)
		frappe.db.rollback(save_point="not_paid")
		self.control("Warn")
		self.hand_over(receipt, **values)
		self.assertEqual(self.of(order).outstanding, 60)


class TestWriteOff(ReceivableCase):
	def request(self, amount: float = 40):
		receivable = make_service_receivable(100)
		return receivable, act(make_receivable_write_off(receivable=receivable.name, amount=amount), "Apply")

	def decide(self, doc, action: str, **values):
		doc.update(values)
		frappe.set_user(factories.user_with("Service Manager"))
		try:
			return frappe.model.workflow.apply_workflow(doc, action)
		finally:
			frappe.set_user("Administrator")

	def test_approved(self):
		receivable, doc = self.request()
		self.assertEqual(frappe.db.get_value(RECEIVABLE, receivable.name, "outstanding"), 100)
		doc = self.decide(doc, "Approve")
		receivable.reload()
		self.assertEqual((receivable.written_off, receivable.outstanding), (40, 60))
		self.assertEqual((doc.stage, bool(doc.decided_on)), ("Approved", True))
		make_service_payment(receivable=receivable.name, amount=60)
		self.assertEqual(frappe.db.get_value(RECEIVABLE, receivable.name, "status"), "Written Off")

	def test_taken_back_when_the_customer_pays_after_all(self):
		receivable, doc = self.request(100)
		doc = self.decide(doc, "Approve")
		self.assertRaises(sales.TooMuchError, make_service_payment, receivable=receivable.name)
		doc.decision_note = "Paid after all"
		doc.save()
		self.decide(doc, "Cancel")
		make_service_payment(receivable=receivable.name, amount=100)
		self.assertEqual(frappe.db.get_value(RECEIVABLE, receivable.name, "status"), "Paid")

	def test_nobody_approves_their_own(self):
		receivable = make_service_receivable(100)
		manager = factories.user_with("Service Manager")
		frappe.set_user(manager)
		doc = frappe.get_doc(
			doctype="Receivable Write-off", receivable=receivable.name, amount=5, reason="x"
		).insert()
		doc = frappe.model.workflow.apply_workflow(doc, "Apply")
		with self.assertRaises(frappe.ValidationError):
			frappe.model.workflow.apply_workflow(doc, "Approve")
		doc.reload()
		doc.status = "Approved"
		self.assertRaises(frappe.PermissionError, doc.save)

	def test_reject_needs_a_word(self):
		_receivable, doc = self.request()
		self.assertRaises(WriteOffError, self.decide, doc, "Reject")
		doc.reload()
		doc.decision_note = "They are rich"
		doc.save()
		doc = self.decide(doc, "Reject")
		doc = act(doc, "Revise")
		doc.amount = 20
		doc.save()

	def test_what_was_applied_for_stays(self):
		_receivable, doc = self.request()
		doc.amount = 41
		self.assertRaises(WriteOffError, doc.save)

	def test_not_more_than_is_outstanding(self):
		receivable, doc = self.request(100)
		make_service_payment(receivable=receivable.name, amount=1)
		self.assertRaises(sales.TooMuchError, self.decide, doc, "Approve")
		self.assertRaises(
			sales.TooMuchError, make_receivable_write_off, receivable=receivable.name, amount=100
		)


class TestAgreements(ReceivableCase):
	def agreement(self, *amounts: float, start: str | None = None, **fields):
		start = start or add_months(today(), -2)
		plan = [
			{"due_date": add_months(start, place), "description": f"Part {place}", "amount": amount}
			for place, amount in enumerate(amounts)
		]
		return make_active_agreement(start_date=start, amount=sum(amounts), billing_plan=plan, **fields)

	def test_due_payments_become_receivables_once(self):
		agreement = self.agreement(10, 20, 30, 40)
		names = agreement_settlement.settle(agreement.name)
		rows = frappe.get_all(
			RECEIVABLE,
			{"name": ("in", names)},
			["amount", "due_date", "customer", "description"],
			order_by="due_date",
		)
		self.assertEqual([row.amount for row in rows], [10, 20, 30])
		self.assertEqual({row.customer for row in rows}, {agreement.customer})
		self.assertRaises(agreement_settlement.SettlementError, agreement_settlement.settle, agreement.name)
		self.assertEqual(agreement_settlement.state_of(agreement.name), {"due": 0, "may_settle": 1})
		later = agreement_settlement.settle(agreement.name, add_months(today(), 1))
		# Ahead of time: the slip goes out before the day, and nothing is overdue before it.
		self.assertEqual(
			frappe.db.get_value(RECEIVABLE, later[0], ["amount", "due_date"]),
			(40, getdate(agreement.billing_plan[3].due_date)),
		)

	def test_only_audited_agreements(self):
		draft = make_service_agreement(
			amount=10, billing_plan=[{"due_date": today(), "description": "All", "amount": 10}]
		)
		self.assertRaises(agreement_settlement.SettlementError, agreement_settlement.settle, draft.name)
		self.assertNotIn(draft.name, [row.agreement for row in agreement_settlement.due_lines()])

	def test_terminated(self):
		agreement = act(self.agreement(10, 20, start=add_days(today(), -5)), "Terminate")
		self.assertEqual(
			[row.amount for row in agreement_settlement.due_lines(agreement=agreement.name)], [10]
		)
		late = agreement_settlement.due_lines(add_months(today(), 6), agreement.name)
		self.assertEqual([row.amount for row in late], [10])

	def test_what_was_settled_ahead_of_a_termination_is_owed_no_more(self):
		agreement = self.agreement(10, 20, 30, 40, start=add_days(today(), -5))
		names = agreement_settlement.settle(agreement.name, add_months(today(), 6))
		make_service_payment(receivable=names[2], amount=30)
		frappe.clear_messages()
		act(frappe.get_doc("Service Agreement", agreement.name), "Terminate")
		states = [frappe.db.get_value(RECEIVABLE, name, "status") for name in names]
		self.assertEqual(states, ["Unpaid", "Cancelled", "Paid", "Cancelled"])
		told = json.dumps(frappe.get_message_log(), default=str)
		self.assertIn(names[2], told)
		self.assertNotIn(names[1], told)
		self.assertEqual(agreement_settlement.due_lines(add_months(today(), 6), agreement.name), [])

	def test_batch(self):
		first, second = self.agreement(10, 20), self.agreement(5)
		answer = agreement_settlement.settle_due()
		made = frappe.get_all(RECEIVABLE, {"name": ("in", answer["made"])}, ["reference_name", "amount"])
		ours = sorted(row.amount for row in made if row.reference_name in (first.name, second.name))
		self.assertEqual(ours, [5, 10, 20])
		self.assertEqual(answer["left"], 0)
		self.assertEqual(agreement_settlement.settle_due(), {"made": [], "left": 0})

	def test_a_settled_payment_stays(self):
		agreement = self.agreement(10, 20)
		name = agreement_settlement.settle(agreement.name)[0]
		agreement = act(act(frappe.get_doc("Service Agreement", agreement.name), "Cancel Audit"), "Revise")
		agreement.billing_plan[0].amount, agreement.amount = 11, 31
		self.assertRaises(agreement_settlement.SettledLineError, agreement.save)
		agreement.reload()
		agreement.set("billing_plan", agreement.billing_plan[1:])
		self.assertRaises(agreement_settlement.SettledLineError, agreement.save)
		agreement.reload()
		agreement.append("billing_plan", {"due_date": today(), "description": "More", "amount": 1})
		agreement.amount = 31
		agreement.save()
		agreement_settlement.take_back(name)
		agreement.reload()
		agreement.billing_plan[0].amount, agreement.amount = 12, 33
		agreement.save()

	def test_taken_back_and_settled_again(self):
		agreement = self.agreement(10)
		name = agreement_settlement.settle(agreement.name)[0]
		agreement_settlement.take_back(name)
		self.assertEqual(frappe.db.get_value(RECEIVABLE, name, "status"), "Cancelled")
		self.assertEqual(agreement_settlement.settle(agreement.name), [name])
		make_service_payment(receivable=name, amount=1)
		self.assertRaises(receivables.PaidError, agreement_settlement.take_back, name)
		order = make_service_receivable()
		self.assertRaises(agreement_settlement.SettlementError, agreement_settlement.take_back, order.name)

	def test_rights(self):
		agreement = self.agreement(10)
		for user in (factories.user_with("Front Desk"), "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, agreement_settlement.settle, agreement.name)
			self.assertRaises(frappe.PermissionError, agreement_settlement.settle_due)
		frappe.set_user(factories.user_with("Finance Clerk"))
		self.assertEqual(len(agreement_settlement.settle(agreement.name)), 1)
