"""What an order costs and who pays: the reason stands on every line (S2.38, S17.03, S6.24)."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, nowdate

from aftersales.field_service.agreements import OthersAgreementError
from aftersales.field_service.charges import ChargeReasonError
from aftersales.testing.agreements import make_active_agreement
from aftersales.testing.devices import make_customer_device, make_discount_level
from aftersales.testing.factories import act, make_customer, make_product_category
from aftersales.testing.field import (
	make_fault_cause,
	make_fee_rate,
	make_service_centre,
	make_service_item,
	make_service_order,
	make_service_outlet,
	without_fee_rates,
)
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock


class TestCharges(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.category = make_product_category(is_group=1).name
		cls.inner = make_product_category(parent_product_category=cls.category).name
		cls.centre = make_service_centre().name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.item = make_service_item(standard_hours=2, warranty_pays=1).name
		cls.part = make_spare_part(price=50, chargeable=1).name

	def setUp(self):
		frappe.db.savepoint("charge_test")
		without_fee_rates()

	def tearDown(self):
		frappe.db.rollback(save_point="charge_test")

	def order(self, **fields):
		return make_service_order(
			**{
				"outlet": self.outlet,
				"product_category": self.inner,
				"items": [{"service_item": self.item, "qty": 1}],
				**fields,
			}
		)

	def in_warranty(self):
		return make_customer_device(warranty_agreed=1, warranty_end=add_days(nowdate(), 30)).name

	def out_of_warranty(self):
		return make_customer_device(warranty_agreed=1, warranty_end=add_days(nowdate(), -1)).name

	def test_hours_at_the_hourly_rate(self):
		make_fee_rate(rate=100)
		order = self.order(items=[{"service_item": self.item, "qty": 1.5}])
		row = order.items[0]
		self.assertEqual((row.standard_hours, row.rate, row.amount, row.charge_to), (2, 200, 300, "Customer"))
		self.assertEqual((order.service_fee, order.total_fee, order.customer_pays), (300, 300, 300))
		self.assertTrue(row.charge_reason)

	def test_no_rate_costs_nothing(self):
		order = self.order()
		self.assertEqual((order.items[0].rate, order.total_fee), (0, 0))
		self.assertEqual(order.items[0].charge_reason, "Costs nothing.")

	def test_the_most_particular_rate_counts(self):
		make_fee_rate(rate=100)
		self.assertEqual(self.order().items[0].rate, 200)
		make_fee_rate(rate=110, product_category=self.category)
		self.assertEqual(self.order().items[0].rate, 220)
		make_fee_rate(rate=120, product_category=self.inner)
		self.assertEqual(self.order().items[0].rate, 240)
		make_fee_rate(rate=130, product_category=self.inner, outlet=self.centre)
		self.assertEqual(self.order().items[0].rate, 260)
		make_fee_rate(fee_kind="Service Item", service_item=self.item, rate=99)
		self.assertEqual(self.order().items[0].rate, 99)
		# Of others, and of other places, none counts.
		make_fee_rate(fee_kind="Service Item", service_item=make_service_item().name, rate=1)
		make_fee_rate(
			fee_kind="Service Item", service_item=self.item, rate=2, outlet=make_service_outlet().name
		)
		self.assertEqual(self.order().items[0].rate, 99)

	def test_rates_are_valid_for_a_time(self):
		make_fee_rate(rate=100, valid_to="2026-06-30")
		make_fee_rate(rate=120, valid_from="2026-07-01")
		for day, rate in (("2026-06-30 23:59:00", 200), ("2026-07-01 00:00:00", 240)):
			self.assertEqual(self.order(planned_start=day).items[0].rate, rate, day)
		# The day of the visit decides, not the planned one.
		order = self.order(planned_start="2026-06-30 09:00:00", arrived_at="2026-07-02 09:00:00")
		self.assertEqual(order.items[0].rate, 240)

	def test_warranty_pays(self):
		"""S6.24"""
		make_fee_rate(rate=100)
		make_fee_rate(rate=60, paid_by="Warranty")
		order = self.order(device=self.in_warranty(), parts=[{"spare_part": self.part, "qty": 2}])
		self.assertEqual(order.warranty_state, "In Warranty")
		self.assertEqual([row.charge_to for row in (*order.items, *order.parts)], ["Warranty"] * 2)
		self.assertEqual((order.items[0].rate, order.service_fee), (120, 120))
		self.assertEqual((order.parts_fee, order.total_fee, order.customer_pays), (100, 220, 0))
		self.assertEqual(order.items[0].charge_reason, order.warranty_reason)

	def test_out_of_warranty_the_customer_pays(self):
		make_fee_rate(rate=100)
		order = self.order(device=self.out_of_warranty(), parts=[{"spare_part": self.part, "qty": 2}])
		self.assertEqual(order.warranty_state, "Out of Warranty")
		self.assertEqual((order.total_fee, order.customer_pays), (300, 300))

	def test_the_last_day_is_covered(self):
		device = make_customer_device(warranty_agreed=1, warranty_end="2026-10-31").name
		for day, state in (
			("2026-10-31 18:00:00", "In Warranty"),
			("2026-11-01 00:00:00", "Out of Warranty"),
		):
			self.assertEqual(self.order(device=device, planned_start=day).warranty_state, state, day)

	def test_what_the_customer_caused_the_customer_pays(self):
		make_fee_rate(rate=100)
		cause = make_fault_cause(customer_caused=1).name
		order = self.order(device=self.in_warranty(), fault_cause=cause)
		self.assertEqual((order.items[0].charge_to, order.customer_pays), ("Customer", 200))
		self.assertIn("caused", order.warranty_reason)

	def test_work_that_no_warranty_pays_for(self):
		make_fee_rate(rate=100)
		cleaning = make_service_item(standard_hours=1, warranty_pays=0).name
		order = self.order(device=self.in_warranty(), items=[{"service_item": cleaning, "qty": 1}])
		self.assertEqual((order.items[0].charge_to, order.customer_pays), ("Customer", 100))

	def test_agreement_bears_its_part(self):
		"""S17.03"""
		make_fee_rate(rate=100)
		make_fee_rate(fee_kind="Visit", rate=80)
		agreement = make_active_agreement(
			benefits=[
				{"kind": "Service", "percent": 25},
				{"kind": "Part", "percent": 100},
				{"kind": "Visit", "percent": 50},
			]
		)
		order = self.order(
			customer=agreement.customer, agreement=agreement.name, parts=[{"spare_part": self.part, "qty": 1}]
		)
		item, part, visit = order.items[0], order.parts[0], order.other_charges[0]
		self.assertEqual((item.charge_to, item.amount, item.customer_amount), ("Agreement", 200, 150))
		self.assertEqual((part.charge_to, part.customer_amount), ("Agreement", 0))
		self.assertEqual((visit.kind, visit.amount, visit.customer_amount), ("Visit", 80, 40))
		self.assertEqual((order.total_fee, order.customer_pays), (330, 190))
		self.assertIn(agreement.name, item.charge_reason)

	def test_the_level_of_the_device_is_cheaper(self):
		"""S18.25"""
		make_fee_rate(rate=100)
		level = make_discount_level(work_percent=10, parts_percent=5).name
		device = make_customer_device(
			warranty_agreed=1, warranty_end=add_days(nowdate(), -1), discount_level=level
		)
		lines = {"device": device.name, "parts": [{"spare_part": self.part, "qty": 1}]}
		order = self.order(**lines)
		item, part = order.items[0], order.parts[0]
		self.assertEqual(
			(item.rate, item.discount_percent, item.amount, item.customer_amount), (200, 10, 180, 180)
		)
		self.assertEqual(
			(part.rate, part.discount_percent, part.amount, part.customer_amount), (50, 5, 47.5, 47.5)
		)
		self.assertEqual((order.total_fee, order.customer_pays), (227.5, 227.5))
		order.save()
		self.assertEqual(order.total_fee, 227.5)
		item.update({"charge_by_hand": 1, "charge_to": "Customer", "charge_reason": "Agreed", "rate": 200})
		order.save()
		self.assertEqual((item.discount_percent, item.amount), (0, 200))
		frappe.db.set_value("Customer Device", device.name, "warranty_end", add_days(nowdate(), 30))
		borne = self.order(**lines)
		self.assertEqual((borne.items[0].discount_percent, borne.total_fee, borne.customer_pays), (0, 250, 0))

	def test_the_level_counts_for_what_an_agreement_leaves(self):
		make_fee_rate(rate=100)
		agreement = make_active_agreement(benefits=[{"kind": "Service", "percent": 25}])
		level = make_discount_level(work_percent=10).name
		device = make_customer_device(
			customer=agreement.customer,
			warranty_agreed=1,
			warranty_end=add_days(nowdate(), -1),
			discount_level=level,
		)
		order = self.order(customer=agreement.customer, agreement=agreement.name, device=device.name)
		item = order.items[0]
		self.assertEqual((item.charge_to, item.amount, item.customer_amount), ("Agreement", 185, 135))

	def test_an_agreement_of_somebody_else_bears_nothing(self):
		agreement = make_active_agreement(benefits=[{"kind": "Part", "percent": 100}])
		parts = [{"spare_part": self.part, "qty": 1}]
		with self.assertRaises(OthersAgreementError):
			self.order(customer=make_customer().name, agreement=agreement.name, parts=parts)
		order = self.order(customer=agreement.customer, agreement=agreement.name, parts=parts)
		self.assertEqual(order.customer_pays, 0)
		# Another customer does not keep the agreement of the one before.
		order.customer = make_customer().name
		order.save()
		self.assertIsNone(order.agreement)
		self.assertGreater(order.customer_pays, 0)

	def test_warranty_goes_before_the_agreement(self):
		make_fee_rate(rate=100)
		agreement = make_active_agreement(benefits=[{"kind": "Service", "percent": 100}])
		order = self.order(customer=agreement.customer, agreement=agreement.name, device=self.in_warranty())
		self.assertEqual(order.items[0].charge_to, "Warranty")

	def test_by_hand_with_a_reason(self):
		make_fee_rate(rate=100)
		line = {"service_item": self.item, "qty": 1, "rate": 30, "charge_by_hand": 1}
		self.assertRaises(ChargeReasonError, self.order, items=[line])
		self.assertRaises(ChargeReasonError, self.order, items=[{**line, "charge_to": "Goodwill"}])
		self.assertRaises(
			ChargeReasonError, self.order, items=[{**line, "charge_to": "Goodwill", "charge_reason": " "}]
		)
		order = self.order(
			items=[{**line, "charge_to": "Goodwill", "charge_reason": "Second visit in a week"}]
		)
		row = order.items[0]
		self.assertEqual((row.rate, row.amount, row.customer_amount), (30, 30, 0))
		order.save()
		self.assertEqual(order.items[0].charge_reason, "Second visit in a week")
		row = order.items[0]
		row.charge_by_hand = 0
		order.save()
		self.assertEqual((order.items[0].rate, order.items[0].charge_to), (200, "Customer"))

	def test_visit_and_way(self):
		make_fee_rate(fee_kind="Visit", rate=50)
		make_fee_rate(fee_kind="Distance", rate=2)
		order = self.order(items=[], distance_km=12.5)
		self.assertEqual((order.visit_fee, order.transport_fee, order.total_fee), (50, 25, 75))
		order.distance_km = 0
		order.save()
		self.assertEqual((order.visit_fee, order.transport_fee), (50, 0))
		# One line each, however often it is saved.
		self.assertEqual(len(order.other_charges), 1)
		self.assertEqual(self.order(items=[], order_kind="Workshop").visit_fee, 0)

	def test_a_visit_entered_by_hand_stays(self):
		make_fee_rate(fee_kind="Visit", rate=50)
		order = self.order(
			items=[], other_charges=[{"kind": "Visit", "amount": 20, "description": "Next door"}]
		)
		self.assertEqual([(row.kind, row.amount) for row in order.other_charges], [("Visit", 20)])
		order = self.order(items=[])
		order.other_charges[0].update({"charge_by_hand": 1, "charge_to": "Goodwill", "charge_reason": "Late"})
		order.save()
		self.assertEqual((len(order.other_charges), order.visit_fee, order.customer_pays), (1, 50, 0))

	def test_one_visit_fee_for_a_visit_that_continues(self):
		make_fee_rate(fee_kind="Visit", rate=50)
		order = self.order(items=[], content="Half done", reason="Parts")
		following = frappe.get_doc(
			"Service Order", act(order, "Dispatch", "Receive", "Arrive", "Continue Later").continued_by
		)
		self.assertEqual((following.visit_fee, following.earlier_pay, following.amount_due), (0, 50, 50))

	def test_parts_at_their_prices(self):
		free = make_spare_part(price=7, chargeable=0).name
		order = self.order(
			items=[], parts=[{"spare_part": self.part, "qty": 3}, {"spare_part": free, "qty": 1}]
		)
		self.assertEqual([row.amount for row in order.parts], [150, 0])
		self.assertEqual(order.parts[1].charge_reason, "Costs nothing.")

	def test_an_audited_order_keeps_its_charges(self):
		make_fee_rate(rate=100)
		order = act(self.order(content="Done"), "Dispatch", "Receive", "Arrive", "Complete", "Audit")
		make_fee_rate(rate=500, product_category=self.inner)
		self.assertEqual(order.service_fee, 200)
		self.assertEqual(act(order, "Cancel Audit").service_fee, 200)
		self.assertEqual(act(order, "Reopen").service_fee, 1000)

	def test_prices_that_change_when_the_work_is_done_change_no_charge(self):
		part, warehouse = make_spare_part(price=50, chargeable=1).name, make_part_warehouse().name
		put_in_stock(part, warehouse, 5)
		parts = [{"spare_part": part, "qty": 2, "warehouse": warehouse}]
		order = act(
			self.order(content="Done", items=[], parts=parts), "Dispatch", "Receive", "Arrive", "Complete"
		)
		self.assertEqual(order.customer_pays, 100)
		frappe.db.set_value("Spare Part", part, "price", 80)
		frappe.clear_document_cache("Spare Part", part)
		order.result = "A word more"
		order.customer_pays = order.parts[0].customer_amount = order.parts[0].rate = 1
		order.save()
		self.assertEqual((order.customer_pays, order.parts[0].customer_amount), (100, 100))
		self.assertEqual(order.parts[0].rate, 50)
		order.append("other_charges", {"kind": "Other", "description": "Parking", "amount": 6})
		order.save()
		self.assertEqual(order.customer_pays, 106)
		order.parts[0].charge_by_hand, order.parts[0].charge_to = 1, "Company"
		order.parts[0].charge_reason = "Came twice for it"
		order.save()
		self.assertEqual(order.customer_pays, 6)

	def test_cost(self):
		make_fee_rate(rate=100)
		order = self.order(items=[{"service_item": self.item, "qty": 1}] * 20)
		from aftersales.field_service import charges

		with self.assertQueryCount(1):
			charges.charge(order)
