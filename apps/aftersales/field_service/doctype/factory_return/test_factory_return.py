import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.field_service import factory, steps
from aftersales.field_service.amounts import AmountFormatError
from aftersales.field_service.doctype.factory_return.factory_return import (
	FactoryReturnMergeError,
	from_receipts,
)
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial
from aftersales.testing.field import make_customer_goods_receipt, make_factory_return, make_service_outlet
from aftersales.utils.child_rows import ChildRowError

DOCTYPE, RECEIPT = "Factory Return", "Customer Goods Receipt"


class FactoryCase(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("factory")
		self.addCleanup(frappe.db.rollback, save_point="factory")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(factories.user_with("Service Centre Staff"))

	def act(self, doc, action, **values):
		steps.act(DOCTYPE, doc.name, action, values)
		doc.reload()
		return doc

	def sent(self, *receipts, **fields):
		doc = make_factory_return(*receipts, **fields)
		return self.act(self.act(doc, "Apply"), "Ship", waybill_no="SF-1")

	def receipt(self, name):
		return frappe.get_doc(RECEIPT, name)


class TestLife(FactoryCase):
	def test_there_and_back(self):
		first = make_customer_goods_receipt(
			serial_no=unique_serial(),
			accessories=[{"accessory": "Hose", "brought": 1}, {"accessory": "Lid", "brought": 0}],
		)
		second = make_customer_goods_receipt(accessory_only=1, accessory_list="Pump / Valve")
		doc = make_factory_return(first.name, second.name)
		self.assertEqual([row.accessories for row in doc.lines], ["Hose", "Pump / Valve"])
		self.assertEqual((doc.goods_count, doc.lines[0].serial_no), (2, first.serial_no))
		self.assertEqual(self.receipt(first.name).factory_return, doc.name)
		self.act(doc, "Apply")
		self.assertEqual(self.receipt(first.name).status, "Taken In")
		self.act(doc, "Ship", carrier="SF", waybill_no="SF-1")
		self.assertEqual((doc.status, str(doc.sent_on)), ("Sent to Factory", today()))
		self.assertEqual([self.receipt(row.goods_receipt).status for row in doc.lines], ["At Factory"] * 2)
		doc.lines[0].update({"outcome": "Repaired", "factory_fee": 35.5})
		doc.save()
		self.assertEqual(
			(self.receipt(first.name).status, self.receipt(first.name).result),
			("Ready for Pick-up", "Repaired"),
		)
		self.assertEqual(self.receipt(second.name).status, "At Factory")
		with self.assertRaisesRegex(factory.FactoryStepError, "2"):
			self.act(doc, "All Back")
		doc.reload()
		doc.lines[1].update({"outcome": "Not Repairable", "factory_fee": 4.5})
		doc.save()
		self.act(doc, "All Back")
		self.assertEqual((doc.status, doc.total_fee, str(doc.back_on)), ("Back from Factory", 40, today()))

	def test_the_factory_sends_another_unit(self):
		device = make_customer_device(customer=factories.make_customer().name, status="Active")
		receipt = make_customer_goods_receipt(serial_no=device.serial_no, product=device.product)
		doc = self.sent(receipt.name)
		doc.lines[0].outcome = "Exchanged"
		self.assertRaises(factory.FactoryLineError, doc.save)
		new = unique_serial()
		doc.reload()
		doc.lines[0].update({"outcome": "Exchanged", "new_serial_no": new})
		doc.save()
		receipt.reload()
		device.reload()
		self.assertEqual((receipt.serial_no, device.status), (new, "Replaced"))
		self.assertEqual(receipt.device, device.replaced_by)
		doc.lines[0].new_serial_no = unique_serial()
		self.assertRaises(factory.FactoryLineError, doc.save)

	def test_rejected_goods_are_repaired_here(self):
		doc = self.act(make_factory_return(), "Apply")
		with self.assertRaises(factory.FactoryStepError):
			self.act(doc, "Reject")
		self.act(doc, "Reject", decision_note="We can do that here")
		receipt = self.receipt(doc.lines[0].goods_receipt)
		self.assertEqual((receipt.factory_return, receipt.route, receipt.status), (None, "Local", "Taken In"))
		self.act(doc, "Revise")
		self.assertEqual(self.receipt(receipt.name).factory_return, doc.name)

	def test_outlets_apply_and_do_not_ship(self):
		frappe.set_user(factories.user_with("Outlet Staff"))
		doc = self.act(make_factory_return(), "Apply")
		with self.assertRaises(steps.StepOverError):
			self.act(doc, "Ship")


class TestLines(FactoryCase):
	def test_a_unit_is_on_one_list(self):
		doc = make_factory_return()
		receipt = doc.lines[0].goods_receipt
		with self.assertRaisesRegex(factory.FactoryLineError, doc.name):
			make_factory_return(receipt)
		with self.assertRaisesRegex(factory.FactoryLineError, "twice"):
			make_factory_return(*[make_customer_goods_receipt().name] * 2)
		self.act(doc, "Cancel")
		make_factory_return(receipt)

	def test_rejected_list_meets_another_one(self):
		"""What went on another list meanwhile cannot come back to the first."""
		doc = self.act(make_factory_return(), "Apply")
		self.act(doc, "Reject", decision_note="Later")
		other = make_factory_return(doc.lines[0].goods_receipt)
		with self.assertRaisesRegex(factory.FactoryLineError, other.name):
			self.act(doc, "Revise")

	def test_goods_that_are_not_here(self):
		receipt = make_customer_goods_receipt()
		steps.act(RECEIPT, receipt.name, "Hand Over", {"receipt_given_back": 1})
		with self.assertRaisesRegex(factory.FactoryLineError, "not here"):
			make_factory_return(receipt.name)

	def test_goods_of_another_outlet(self):
		receipt = make_customer_goods_receipt(outlet=make_service_outlet().name)
		with self.assertRaisesRegex(factory.FactoryLineError, "another outlet"):
			make_factory_return(receipt.name)

	def test_the_list_is_closed_by_the_application(self):
		doc = self.act(make_factory_return(), "Apply")
		doc.append("lines", {"goods_receipt": make_customer_goods_receipt().name})
		with self.assertRaisesRegex(factory.FactoryLineError, "longer"):
			doc.save()

	def test_lines_taken_off(self):
		first, second = make_customer_goods_receipt().name, make_customer_goods_receipt().name
		doc = make_factory_return(first, second)
		doc.remove(doc.lines[0])
		doc.save()
		self.assertEqual(
			(self.receipt(first).factory_return, self.receipt(second).factory_return), (None, doc.name)
		)
		frappe.set_user("Administrator")
		doc.delete()
		self.assertIsNone(self.receipt(second).factory_return)

	def test_outcomes_come_with_the_goods(self):
		doc = make_factory_return()
		doc.lines[0].outcome = "Repaired"
		with self.assertRaisesRegex(factory.FactoryLineError, "not been sent"):
			doc.save()

	def test_lines_are_not_changed_by_themselves(self):
		line = frappe.get_doc("Factory Return Line", make_factory_return().lines[0].name)
		line.goods_receipt = make_customer_goods_receipt().name
		self.assertRaises(ChildRowError, line.save)

	def test_fees_are_written_as_amounts(self):
		doc = self.sent(make_customer_goods_receipt().name)
		doc.lines[0].factory_fee = "12,5"
		self.assertRaises(AmountFormatError, doc.save)

	def test_not_sent_tomorrow(self):
		doc = self.act(make_factory_return(), "Apply")
		with self.assertRaises(factory.FactoryStepError):
			self.act(doc, "Ship", sent_on=add_days(today(), 1))

	def test_lists_are_not_merged(self):
		one, other = make_factory_return(), make_factory_return()
		frappe.set_user("Administrator")
		self.assertRaises(
			FactoryReturnMergeError, frappe.rename_doc, DOCTYPE, one.name, other.name, merge=True
		)

	def test_from_the_list_of_receipts(self):
		receipts = [make_customer_goods_receipt().name for _number in range(2)]
		doc = from_receipts(frappe.as_json(receipts))
		self.assertEqual([row["goods_receipt"] for row in doc["lines"]], receipts)
		self.assertEqual(doc["goods_count"], 2)
		for user in ("Guest", factories.user_with("Market Salesperson"), factories.user_with("Customer")):
			frappe.set_user(user)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				from_receipts(receipts)
