import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import today

from aftersales.field_service import device_sections
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device


class TestDeviceSections(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = factories.make_customer()
		cls.device = make_customer_device(
			customer=cls.customer.name, warranty_agreed=1, warranty_end=today(), serial_no="SN-CARD-ONE"
		)

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_a_callers_devices(self):
		gone = make_customer_device(customer=self.customer.name)
		frappe.db.set_value("Customer Device", gone.name, {"stage": "Scrapped"})
		refused = make_customer_device(customer=self.customer.name)
		frappe.db.set_value("Customer Device", refused.name, {"stage": "Rejected"})
		section = device_sections.devices(frappe._dict(customer=self.customer.name))
		self.assertEqual([row["name"] for row in section["rows"]], [self.device.name, gone.name])
		self.assertEqual([row["state"] for row in section["rows"]], ["In Warranty", "Scrapped"])
		self.assertIn("SN-CARD-ONE", section["rows"][0]["text"])

	def test_no_section_without_customer_devices_or_right(self):
		self.assertIsNone(device_sections.devices(frappe._dict(customer=None)))
		self.assertIsNone(device_sections.devices(frappe._dict(customer=factories.make_customer().name)))
		frappe.set_user(factories.user_with("Aftersales Bridge"))
		self.assertIsNone(device_sections.devices(frappe._dict(customer=self.customer.name)))

	def test_beside_a_ticket(self):
		at_work, earlier = (factories.make_ticket(device=self.device.name, question=text) for text in "ab")
		found = device_sections.beside_ticket(self.device.name, at_work.name)
		self.assertEqual((found["serial_no"], found["warranty"]["state"]), ("SN-CARD-ONE", "In Warranty"))
		self.assertEqual([row["name"] for row in found["rows"]], [earlier.name])
		self.assertIsNone(device_sections.beside_ticket(None, at_work.name))

	def test_beside_a_ticket_for_whom(self):
		factories.make_ticket(device=self.device.name)
		frappe.set_user(factories.user_with("Outlet Staff"))
		self.assertEqual(
			device_sections.beside_ticket(self.device.name)["rows"], [], "outlets read no tickets"
		)
		for user in (factories.user_with("Aftersales Bridge"), "Guest"):
			frappe.set_user(user)
			self.assertIsNone(device_sections.beside_ticket(self.device.name))
