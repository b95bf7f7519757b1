import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import flt

from aftersales.service_network import fees
from aftersales.testing import factories, settlement
from aftersales.testing.field import (
	make_service_centre,
	make_service_item,
	make_service_order,
	make_service_outlet,
	make_technician,
	staff_of,
	without_fee_rates,
)
from aftersales.testing.settlement import line, make_done_order
from aftersales.utils.append_only import AppendOnlyError

STEPS = ("Dispatch", "Receive", "Arrive", "Complete")


class FeeCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()

	def setUp(self):
		self.outlet = make_service_outlet().name

	def tearDown(self):
		frappe.set_user("Administrator")

	def of(self, order, **filters):
		fields = ["fee_kind", "paid_by", "amount"]
		rows = frappe.get_all(
			"Service Fee", {"service_order": order, **filters}, fields, order_by="sequence asc"
		)
		return [tuple(row[field] for field in fields) for row in rows]

	def net(self, order):
		return flt(sum(amount for *_rest, amount in self.of(order)), 2)


class TestFees(FeeCase):
	def test_an_order_from_dispatch_to_completion(self):
		"""Each kind is a row of its own; what the customer pays is none."""
		by_hand = {"charge_by_hand": 1, "charge_reason": "Agreed"}
		order = make_service_order(
			outlet=self.outlet,
			content="Valve replaced",
			items=[
				{
					"service_item": make_service_item().name,
					"qty": 1,
					"rate": 80,
					"charge_to": "Warranty",
					**by_hand,
				}
			],
			other_charges=[
				line(25, "Goodwill"),
				line(10.5, kind="Transport"),
				line(4, kind="Other"),
				line(99, "Customer"),
			],
		)
		factories.act(order, *STEPS)
		self.assertEqual(
			self.of(order.name),
			[
				("Other", "Company", 4),
				("Service", "Warranty", 80),
				("Transport", "Company", 10.5),
				("Visit", "Goodwill", 25),
			],
		)
		fee = frappe.get_doc("Service Fee", {"service_order": order.name, "fee_kind": "Visit"})
		self.assertEqual((fee.outlet, str(fee.order_date)), (self.outlet, frappe.utils.today()))

	def test_the_company_pays_what_the_agreement_leaves(self):
		order = frappe._dict(
			outlet="A",
			technician=None,
			items=[],
			other_charges=[],
			parts=[frappe._dict(charge_to="Agreement", amount=200, customer_amount=149.994)],
		)
		self.assertEqual(fees.due(order), {("A", "", "Parts", "Agreement"): 50.01})

	def test_booked_once(self):
		order = make_done_order(line(100), outlet=self.outlet)
		fees.sync(order)
		fees.order_changed(order)
		self.assertEqual(self.of(order.name), [("Visit", "Company", 100)])

	def test_reopened_and_completed_again(self):
		order = make_service_order(outlet=self.outlet, content="Done", other_charges=[line(100)])
		factories.act(order, *STEPS)
		factories.act(order, "Reopen")
		self.assertEqual(self.of(order.name), [("Visit", "Company", 100), ("Visit", "Company", -100)])
		self.assertEqual(frappe.db.count("Service Fee", {"service_order": order.name, "voided": 1}), 2)
		order = frappe.get_doc("Service Order", order.name)
		order.other_charges[0].amount = 70
		order.save()
		factories.act(order, "Complete")
		self.assertEqual(self.of(order.name, voided=0), [("Visit", "Company", 70)])
		self.assertEqual(self.net(order.name), 70)

	def test_changed_after_the_completion(self):
		order = make_service_order(outlet=self.outlet, content="Done", other_charges=[line(100)])
		order = factories.act(order, *STEPS)
		order.other_charges[0].amount = 60
		order.append("other_charges", line(5, kind="Other"))
		order.save()
		self.assertEqual(self.of(order.name, voided=0), [("Other", "Company", 5), ("Visit", "Company", 60)])
		order.result = "Cleaned as well"
		order.save()
		self.assertEqual(len(self.of(order.name)), 4)

	def test_another_outlet_gets_what_is_its(self):
		order = make_done_order(line(100), outlet=self.outlet)
		order.outlet = make_service_outlet().name
		fees.sync(order)
		self.assertEqual(self.net(order.name), 100)
		rows = frappe.get_all("Service Fee", {"outlet": order.outlet}, pluck="amount")
		self.assertEqual(rows, [100])

	def test_a_visit_that_is_continued_was_made(self):
		order = make_service_order(
			outlet=self.outlet, content="Half done", reason="Part missing", other_charges=[line(40)]
		)
		order = factories.act(order, "Dispatch", "Receive", "Arrive", "Continue Later")
		self.assertEqual(self.of(order.name), [("Visit", "Company", 40)])
		self.assertEqual(self.of(order.continued_by), [])

	def test_cancelled_order_costs_nothing(self):
		order = make_done_order(line(40), outlet=self.outlet)
		order.stage = "Cancelled"
		fees.sync(order)
		self.assertEqual(self.net(order.name), 0)

	def test_technician_and_branch(self):
		branch = make_service_centre(outlet_kind="Branch").name
		outlet = make_service_outlet(parent_service_outlet=branch).name
		user = staff_of(outlet, "Service Technician")
		technician = make_technician(user, outlet=outlet).name
		order = make_done_order(line(40), outlet=outlet, technician=technician)
		fee = frappe.get_doc("Service Fee", {"service_order": order.name})
		self.assertEqual((fee.branch, fee.technician, fee.employee), (branch, technician, user))
		self.assertEqual(fees.branch_above(branch), branch)
		self.assertIsNone(fees.branch_above(branch, with_self=False))
		self.assertIsNone(fees.branch_above(None))

	def test_closed_month(self):
		"""A late completion goes to the first open day; the day of the work is kept."""
		settlement.close_month("2021-04-01")
		settlement.close_month("2021-05-01")
		order = make_done_order(line(40), outlet=self.outlet, done="2021-04-20")
		fee = frappe.get_doc("Service Fee", {"service_order": order.name})
		self.assertEqual((str(fee.order_date), str(fee.fee_date)), ("2021-04-20", "2021-06-01"))

	def test_fees_stay(self):
		fee = settlement.make_service_fee()
		fee.amount = 1
		self.assertRaises(AppendOnlyError, fee.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, "Service Fee", fee.name)
		self.assertRaises(AppendOnlyError, frappe.rename_doc, "Service Fee", fee.name, "SF-X")
		again = {"service_order": fee.service_order, "outlet": fee.outlet}
		self.assertRaises(frappe.UniqueValidationError, settlement.make_service_fee, **again)

	def test_who_sees_fees(self):
		fee, other = settlement.make_service_fee(), settlement.make_service_fee()
		frappe.set_user(staff_of(fee.outlet, "Outlet Staff"))
		self.assertEqual(frappe.get_list("Service Fee", pluck="name"), [fee.name])
		self.assertFalse(frappe.has_permission("Service Fee", "read", doc=other.name))
		for right in ("create", "write", "delete"):
			self.assertFalse(frappe.has_permission("Service Fee", right))
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(frappe.has_permission("Service Fee", "read"))

	def test_what_it_costs(self):
		order = make_done_order(line(10), outlet=self.outlet)
		with self.assertQueryCount(2):  # the fees there are; nothing to do
			fees.sync(order)
