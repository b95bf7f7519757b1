import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import counter, goods, steps
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial

RECEIPT = "Customer Goods Receipt"


class TestCounter(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("counter")
		self.addCleanup(frappe.db.rollback, save_point="counter")
		self.addCleanup(frappe.set_user, "Administrator")
		self.product = factories.make_product(accessories="Charger\nCable、Case / Charger").name
		self.clerk = factories.user_with("Front Desk")
		frappe.set_user(self.clerk)

	def values(self, **more):
		return {
			"customer_name": "Ada",
			"contact_phone": "13912345678",
			"product": self.product,
			"fault": "Does not start",
			"accessories": [{"accessory": "Charger", "brought": 1, "condition": "New"}],
			**more,
		}

	def test_single(self):
		row = counter.save_device(self.values(serial_no=unique_serial()))
		self.assertEqual((row["status"], row["intake_no"]), ("Taken In", row["name"]))
		self.assertTrue(frappe.db.exists("Service Order", row["service_order"]))

	def test_batch(self):
		first = counter.save_device(frappe.as_json(self.values()))
		second = counter.save_device(self.values(fault="Screen broken"), first["name"])
		rows = counter.devices_of_intake(first["name"])
		self.assertEqual([row.name for row in rows], [first["name"], second["name"]])
		self.assertNotEqual(rows[0].service_order, rows[1].service_order)
		with self.assertRaises(counter.IntakeError):
			counter.save_device(self.values(customer_name="Bob"), first["name"])
		frappe.set_user(factories.user_with("Outlet Staff"))
		with self.assertRaises(frappe.PermissionError):
			counter.save_device(self.values(), first["name"])
		with self.assertRaises(frappe.PermissionError):
			counter.save_device(self.values(), "GR-99-99999")

	def test_nothing_is_stored_of_what_does_not_fit(self):
		before = frappe.db.count(RECEIPT), frappe.db.count("Service Order")
		for values in (
			{"fault": ""},
			{"customer_name": ""},
			{"accessory_only": 1},
			{"outlet": "No such outlet"},
		):
			frappe.db.savepoint("one")
			with self.subTest(**values), self.assertRaises(frappe.ValidationError):
				counter.save_device(self.values(**values))
			frappe.db.rollback(save_point="one")
		with self.assertRaises(counter.IntakeError):
			counter.save_device(self.values(amount_due=1))
		self.assertEqual((frappe.db.count(RECEIPT), frappe.db.count("Service Order")), before)

	def test_from_intake_to_pick_up(self):
		"""The order's own completion makes the goods ready, with what its charges say."""
		row = counter.save_device(self.values())
		frappe.set_user(factories.user_with("Service Manager"))
		order = factories.act(frappe.get_doc("Service Order", row["service_order"]), "Receive")
		order.update({"content": "Battery replaced", "result": "Works again"})
		order.append("other_charges", {"kind": "Other", "description": "Battery", "amount": 88.5})
		order.save()
		factories.act(order, "Complete")
		frappe.set_user(self.clerk)
		receipt = frappe.get_doc(RECEIPT, row["name"])
		self.assertEqual((receipt.status, receipt.result), ("Ready for Pick-up", "Works again"))
		self.assertGreater(receipt.amount_due, 0)
		due = frappe.db.get_value("Service Order", row["service_order"], "amount_due")
		self.assertEqual(receipt.amount_due, due)
		steps.act(
			RECEIPT, receipt.name, "Hand Over", {"receipt_given_back": 1, "amount_collected": f"{due:.2f}"}
		)
		self.assertEqual(frappe.db.get_value(RECEIPT, receipt.name, "status"), "Picked Up")

	def test_look_up(self):
		device = make_customer_device(
			product=self.product, customer=factories.make_customer().name, status="Active"
		)
		found = counter.look_up(device.serial_no.lower())
		self.assertEqual(found["device"]["name"], device.name)
		self.assertEqual(found["device"]["accessories"], ["Charger", "Cable", "Case"])
		self.assertTrue(found["device"]["warranty_reason"])
		self.assertIsNone(found["receipt"])
		row = counter.save_device(self.values(serial_no=device.serial_no))
		self.assertEqual(counter.look_up(device.serial_no)["receipt"], row["name"])
		with self.assertRaisesRegex(goods.GoodsHereError, row["name"]):
			counter.save_device(self.values(serial_no=device.serial_no))

	def test_look_up_of_what_is_unknown_or_twice(self):
		self.assertEqual(counter.look_up(unique_serial()), {"devices": [], "device": None, "receipt": None})
		self.assertEqual(counter.look_up(" - ")["devices"], [])
		serial = unique_serial()
		for product in (self.product, factories.make_product().name):
			make_customer_device(product=product, serial_no=serial, status="Active")
		found = counter.look_up(serial)
		self.assertEqual((len(found["devices"]), found["device"]), (2, None))
		self.assertEqual(counter.look_up(serial, self.product)["device"]["product"], self.product)

	def test_accessories(self):
		self.assertEqual(counter.accessories_of(self.product), ["Charger", "Cable", "Case"])
		self.assertEqual(counter.accessories_of(factories.make_product().name), [])

	def test_rights(self):
		row = counter.save_device(self.values())
		for user in ("Guest", factories.user_with("Market Salesperson"), factories.user_with("Customer")):
			frappe.set_user(user)
			for call in (
				lambda: counter.look_up("A"),
				lambda: counter.accessories_of(self.product),
				lambda: counter.save_device(self.values()),
			):
				with self.subTest(user), self.assertRaises(frappe.PermissionError):
					call()
		for user in ("Guest", factories.user_with("Customer")):
			frappe.set_user(user)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				counter.devices_of_intake(row["name"])
