import frappe
from frappe.client import set_value
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.field_service import goods, steps
from aftersales.field_service.amounts import AmountFormatError
from aftersales.field_service.doctype.customer_goods_receipt.customer_goods_receipt import (
	ReceiptError,
	ReceiptMergeError,
)
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial
from aftersales.testing.field import (
	make_customer_goods_receipt,
	make_service_order,
	make_service_outlet,
	staff_of,
)

DOCTYPE = "Customer Goods Receipt"


class ReceiptCase(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("receipt")
		self.addCleanup(frappe.db.rollback, save_point="receipt")
		self.addCleanup(frappe.set_user, "Administrator")
		self.clerk = factories.user_with("Front Desk")
		frappe.set_user(self.clerk)

	def act(self, receipt, action, **values):
		steps.act(DOCTYPE, receipt.name, action, values)
		receipt.reload()
		return receipt


class TestIntake(ReceiptCase):
	def test_new(self):
		receipt = make_customer_goods_receipt()
		self.assertRegex(receipt.name, r"^GR-\d\d-\d{5}$")
		self.assertEqual(
			(receipt.status, receipt.stage, receipt.received_by), ("Taken In", "Here", self.clerk)
		)
		self.assertEqual(receipt.intake_no, receipt.name)
		self.assertFalse(receipt.service_order)

	def test_the_counter_makes_the_order(self):
		device = make_customer_device(customer=factories.make_customer().name, status="Active")
		receipt = make_customer_goods_receipt(
			origin="Counter",
			product_name=None,
			serial_no=f" {device.serial_no.lower()}",
			accessories=[{"accessory": "Charger", "brought": 1, "condition": "Worn"}],
		)
		order = frappe.get_doc("Service Order", receipt.service_order)
		self.assertEqual(
			(order.order_kind, order.source, order.symptom), ("Counter Repair", "Counter", "It leaks")
		)
		self.assertEqual((order.device, order.product), (device.name, device.product))
		self.assertEqual((receipt.serial_no, order.serial_no), (device.serial_no, device.serial_no))
		self.assertEqual([(row.accessory, row.condition) for row in order.accessories], [("Charger", "Worn")])

	def test_accessories_only(self):
		receipt = make_customer_goods_receipt(
			origin="Counter", accessory_only=1, accessory_list=" Charger /cable／ charger/ Charger / "
		)
		self.assertEqual(receipt.accessory_list, "Charger / cable / charger")
		self.assertIn(
			"Charger / cable", frappe.db.get_value("Service Order", receipt.service_order, "symptom")
		)
		receipt.accessory_only = 0
		receipt.save()
		self.assertIsNone(receipt.accessory_list)
		for text in (None, " / "):
			with self.subTest(text), self.assertRaises(ReceiptError):
				make_customer_goods_receipt(accessory_only=1, accessory_list=text)

	def test_filled_from_order_and_device(self):
		customer = factories.make_customer(phone="13912345678")
		order = make_service_order(
			customer=customer.name, customer_name=None, symptom="Smokes", product_name="Oven"
		)
		receipt = make_customer_goods_receipt(
			service_order=order.name, customer_name=None, fault=None, product_name="Oven"
		)
		self.assertEqual(
			(receipt.customer, receipt.customer_name, receipt.fault),
			(customer.name, customer.customer_name, "Smokes"),
		)
		self.assertEqual(receipt.phone_key, "+8613912345678")

	def test_what_is_missing(self):
		for values in (
			{"product_name": " "},
			{"received_on": add_to_date(now_datetime(), hours=1)},
			{"promised_at": add_to_date(now_datetime(), days=-1)},
		):
			with self.subTest(**values), self.assertRaises(ReceiptError):
				make_customer_goods_receipt(**values)

	def test_a_unit_is_here_once(self):
		serial, product = unique_serial(), factories.make_product().name
		first = make_customer_goods_receipt(serial_no=serial, product=product)
		typed = f" {serial.lower()[:4]}-{serial.lower()[4:]}"
		with self.assertRaisesRegex(goods.GoodsHereError, first.name):
			make_customer_goods_receipt(serial_no=typed, product=product)
		make_customer_goods_receipt(serial_no=serial, product=factories.make_product().name)
		make_customer_goods_receipt(serial_no=typed, product=product, accessory_only=1, accessory_list="Lid")
		self.act(first, "Hand Over", receipt_given_back=1)
		make_customer_goods_receipt(serial_no=typed, product=product)

	def test_receipts_are_not_merged(self):
		one, other = make_customer_goods_receipt(), make_customer_goods_receipt()
		frappe.set_user("Administrator")
		self.assertRaises(ReceiptMergeError, frappe.rename_doc, DOCTYPE, one.name, other.name, merge=True)


class TestPickUp(ReceiptCase):
	def ready(self, **fields):
		return self.act(make_customer_goods_receipt(**fields), "Goods Ready")

	def test_hand_over_against_the_receipt(self):
		receipt = self.ready()
		self.assertTrue(receipt.ready_on)
		self.act(receipt, "Hand Over", receipt_given_back=1)
		self.assertEqual((receipt.status, receipt.handed_over_by), ("Picked Up", self.clerk))
		self.assertEqual(receipt.picked_up_by, receipt.customer_name)

	def test_without_receipt_somebody_looks_at_an_identity(self):
		receipt = self.ready()
		for values in ({}, {"identity_note": "  "}):
			with self.assertRaises(goods.PickUpError):
				self.act(receipt, "Hand Over", **values)
		self.act(receipt, "Hand Over", identity_note="Driving licence", picked_up_by="Her brother")
		self.assertEqual((receipt.status, receipt.picked_up_by), ("Picked Up", "Her brother"))

	def test_not_through_the_plain_workflow_either(self):
		receipt = self.ready()
		with self.assertRaises(goods.PickUpError):
			apply_workflow(frappe.get_doc(DOCTYPE, receipt.name), "Hand Over")

	def test_pick_up_is_not_written_by_hand(self):
		receipt = self.ready()
		set_value(
			DOCTYPE, receipt.name, {"picked_up_by": "Me", "receipt_given_back": 1, "amount_collected": 5}
		)
		receipt.reload()
		self.assertEqual(
			(receipt.picked_up_by, receipt.receipt_given_back, receipt.amount_collected), (None, 0, 0)
		)

	def test_money(self):
		receipt = self.ready(amount_due=120.5)
		for text in ("12o.50", "120,5", "¥120.50"):
			with self.subTest(text), self.assertRaises(AmountFormatError):
				self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected=text)
		with self.assertRaisesRegex(goods.AmountDiffersError, "120.5"):
			self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected="120")
		self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected="120.50", invoice_no="A-1")
		self.assertEqual((receipt.amount_collected, receipt.invoice_no), (120.5, "A-1"))

	def test_other_amount_with_a_reason(self):
		receipt = self.ready(amount_due=120)
		self.act(
			receipt, "Hand Over", receipt_given_back=1, amount_collected="0", amount_note="Pays by transfer"
		)
		self.assertEqual(receipt.amount_collected, 0)

	def test_the_order_says_what_is_due(self):
		order = make_service_order()
		receipt = make_customer_goods_receipt(service_order=order.name, amount_due=3)
		frappe.db.set_value("Service Order", order.name, {"customer_pays": 80, "amount_due": 60})
		self.act(receipt, "Goods Ready")
		self.assertEqual(receipt.amount_due, 60)
		frappe.db.set_value("Service Order", order.name, {"amount_due": 0})
		with self.assertRaises(goods.AmountDiffersError):
			self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected="60")

	def test_two_goods_of_an_order_are_paid_once(self):
		order = make_service_order()
		first, second = (make_customer_goods_receipt(service_order=order.name) for _number in range(2))
		frappe.db.set_value("Service Order", order.name, {"customer_pays": 80, "amount_due": 80})
		for receipt, due in ((first, 80), (second, 0)):
			self.act(receipt, "Goods Ready")
			self.assertEqual(receipt.amount_due, due)
			self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected=str(due))

	def test_goods_taken_along_wait_for_the_order_that_continues(self):
		visit = make_service_order()
		receipt = make_customer_goods_receipt(service_order=visit.name)
		goods.order_completed(visit)
		receipt.reload()
		self.assertEqual(receipt.status, "Taken In")
		later = make_service_order(continued_from=visit.name)
		goods.order_completed(later)
		receipt.reload()
		self.assertEqual((receipt.status, receipt.service_order), ("Ready for Pick-up", later.name))

	def test_goods_without_an_order_do_not_follow_the_orders_of_others(self):
		receipt = make_customer_goods_receipt(origin="Taken Along")
		frappe.db.set_value("Customer Goods Receipt", receipt.name, "service_order", None)
		goods.order_completed(make_service_order())
		receipt.reload()
		self.assertEqual((receipt.status, receipt.service_order), ("Taken In", None))

	def test_a_completed_order_makes_goods_ready(self):
		order = make_service_order(order_kind="Counter Repair")
		receipt = make_customer_goods_receipt(service_order=order.name)
		gone = make_customer_goods_receipt(service_order=order.name)
		frappe.db.set_value("Service Order", order.name, {"customer_pays": 0, "amount_due": 0})
		self.act(gone, "Hand Over", receipt_given_back=1)
		order.update({"customer_pays": 45, "amount_due": 45, "result": "New seal"})
		goods.order_completed(order)
		receipt.reload()
		gone.reload()
		self.assertEqual(
			(receipt.status, receipt.amount_due, receipt.result), ("Ready for Pick-up", 45, "New seal")
		)
		self.assertEqual((gone.status, gone.amount_due), ("Picked Up", 0))

	def test_reopened_hand_over(self):
		receipt = self.ready()
		self.act(receipt, "Hand Over", receipt_given_back=1)
		with self.assertRaises(steps.StepOverError):
			self.act(receipt, "Reopen")
		frappe.set_user(factories.user_with("Service Manager"))
		self.act(receipt, "Reopen")
		self.assertEqual(
			(receipt.status, receipt.picked_up_on, receipt.receipt_given_back), ("Ready for Pick-up", None, 0)
		)

	def test_money_at_finance(self):
		receipt = self.ready(amount_due=10)
		self.act(receipt, "Hand Over", receipt_given_back=1, amount_collected="10")
		set_value(DOCTYPE, receipt.name, "handed_to_finance", 1)
		receipt.reload()
		self.assertEqual((receipt.handed_to_finance, receipt.finance_by), (0, None))
		finance = factories.user_with("Finance Clerk")
		frappe.set_user(finance)
		set_value(DOCTYPE, receipt.name, "handed_to_finance", 1)
		receipt.reload()
		self.assertEqual((receipt.handed_to_finance, receipt.finance_by), (1, finance))
		self.assertTrue(receipt.finance_on)


class TestRights(ReceiptCase):
	def test_other_outlets(self):
		one, other = make_service_outlet().name, make_service_outlet().name
		frappe.set_user(staff_of(one, "Outlet Staff", account="receipt-one"))
		mine = frappe.get_doc(
			doctype=DOCTYPE, origin="Taken Along", customer_name="Ada", product_name="Pump", fault="Leaks"
		).insert()
		self.assertEqual(mine.outlet, one)
		frappe.set_user(staff_of(other, "Outlet Staff", account="receipt-other"))
		self.assertEqual(frappe.get_list(DOCTYPE, {"name": mine.name}), [])
		for function in (
			lambda: frappe.get_doc(DOCTYPE, mine.name).check_permission("read"),
			lambda: steps.act(DOCTYPE, mine.name, "Hand Over", {"receipt_given_back": 1}),
			lambda: set_value(DOCTYPE, mine.name, "outlet", other),
		):
			self.assertRaises(frappe.PermissionError, function)

	def test_who_only_reads(self):
		receipt = make_customer_goods_receipt()
		for role in ("General Manager", "Service Auditor", "Market Salesperson"):
			frappe.set_user(factories.user_with(role))
			with self.subTest(role), self.assertRaises(frappe.PermissionError):
				steps.act(DOCTYPE, receipt.name, "Goods Ready")

	def test_cost_of_taking_in(self):
		frappe.set_user(factories.user_with("Front Desk"))
		make_customer_goods_receipt()
		with self.assertQueryCount(45):
			make_customer_goods_receipt()
