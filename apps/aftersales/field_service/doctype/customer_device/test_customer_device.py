from unittest.mock import patch

import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.aftersales.personal_data.erase import erase
from aftersales.field_service import devices
from aftersales.field_service.doctype.customer_device.customer_device import (
	DeviceDateError,
	ProductMissingError,
	SerialNumberError,
	SerialTakenError,
)
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial


class TestCustomerDevice(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.product = factories.make_product(serial_pattern=r"SN[A-Z]+")
		cls.customer = factories.make_customer()

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, **fields):
		return make_customer_device(**{"product": self.product.name, **fields})

	def test_takes_over_what_customer_and_product_know(self):
		region, dealer = factories.make_region(), factories.make_dealer()
		customer = factories.make_customer(region=region.name, dealer=dealer.name)
		device = self.make(customer=customer.name)
		self.assertRegex(device.name, r"^CD-\d{6}$")
		self.assertEqual(device.status, "Active")
		self.assertEqual(
			(device.customer_name, device.region, device.dealer, device.product_name),
			(customer.customer_name, region.name, dealer.name, self.product.product_name),
		)

	def test_a_serial_number_is_unique_within_its_product_however_it_is_written(self):
		serial = unique_serial()
		first = self.make(serial_no=serial)
		typed = f" {serial[:4].lower()}-{serial[4:]} "
		with self.assertRaises(SerialTakenError) as raised:
			self.make(serial_no=typed)
		self.assertIn(first.name, str(raised.exception))
		self.make(serial_no=typed, product=factories.make_product().name)
		self.assertEqual(devices.find(self.product.name, typed), first.name)
		self.assertIsNone(devices.find(None, typed), "two products have it")

	def test_full_width_letters_are_the_same(self):
		self.assertEqual(devices.serial_key("ｓｎ－１２ａ"), "SN12A")
		for serial in ("", "--", " "):
			self.assertRaises((SerialNumberError, frappe.MandatoryError), self.make, serial_no=serial)

	def test_dates_that_cannot_be(self):
		for fields in (
			{"sale_date": add_days(today(), 1)},
			{"production_date": "2025-03-01", "sale_date": "2025-02-01"},
			{"production_date": "2025-03-01", "installation_date": "2025-02-01"},
			{"warranty_agreed": 1, "warranty_start": "2025-03-01", "warranty_end": "2025-02-01"},
		):
			with self.subTest(fields):
				self.assertRaises(DeviceDateError, self.make, **fields)

	def test_a_serial_number_that_does_not_fit_is_pointed_out_and_stored(self):
		frappe.clear_messages()
		device = self.make(serial_no="12345678XX")
		self.assertTrue(frappe.db.exists("Customer Device", device.name))
		self.assertIn("does not look like", str(frappe.get_message_log()))
		frappe.clear_messages()
		self.make()
		self.assertNotIn("does not look like", str(frappe.get_message_log()))

	def test_a_token_that_nobody_guesses(self):
		one, two = self.make(), self.make()
		self.assertGreaterEqual(len(one.device_token), 32)
		self.assertNotEqual(one.device_token, two.device_token)

	def test_nobody_writes_what_follows_from_other_documents(self):
		device, other = make_customer_device(), make_customer_device()
		token = device.device_token
		frappe.set_user(factories.user_with("Service Agent"))
		self.addCleanup(frappe.set_user, "Administrator")
		device = frappe.get_doc(device.doctype, device.name)
		device.update({"device_token": "mine", "replaced_by": other.name, "maintenance_count": 9})
		device.save()
		stored = frappe.db.get_value(
			device.doctype, device.name, ["device_token", "replaced_by", "maintenance_count"]
		)
		self.assertEqual(stored, (token, None, 0))
		made = frappe.get_doc(
			doctype=device.doctype, serial_no="Z9-KEEP-1", registered_from="Desk", replaces=other.name
		).insert()
		self.assertIsNone(made.replaces)

	def test_proof_of_purchase_becomes_private(self):
		device = self.make()
		file = frappe.get_doc(
			doctype="File",
			file_name=f"{frappe.generate_hash(length=8)}.txt",
			content="receipt",
			is_private=0,
			attached_to_doctype=device.doctype,
			attached_to_name=device.name,
		).insert()
		device.purchase_proof = file.file_url
		device.save()
		self.assertTrue(frappe.db.get_value("File", file.name, "is_private"))
		stored = frappe.db.get_value("Customer Device", device.name, "purchase_proof")
		self.assertTrue(stored.startswith("/private/files/"))
		frappe.delete_doc("File", file.name)

	def test_registrations_wait_and_keep_no_number(self):
		serial = unique_serial()
		device = self.make(serial_no=serial)
		waiting = self.make(serial_no=serial, registered_from="Portal", customer=self.customer.name)
		self.assertEqual(waiting.status, "To Be Checked")
		self.assertEqual(waiting.same_serial()["name"], device.name)
		self.assertEqual(devices.find(self.product.name, serial), device.name)
		frappe.set_user(factories.user_with("Service Agent"))
		doc = frappe.get_doc("Customer Device", waiting.name)
		self.assertRaises(SerialTakenError, apply_workflow, doc, "Confirm")

	def test_an_agent_confirms_a_registration(self):
		waiting = self.make(registered_from="Portal", customer=self.customer.name)
		frappe.set_user(factories.user_with("Service Agent"))
		doc = apply_workflow(frappe.get_doc("Customer Device", waiting.name), "Confirm")
		self.assertEqual((doc.status, doc.stage), ("Active", "Active"))
		self.assertEqual(devices.find(self.product.name, waiting.serial_no), waiting.name)

	def test_a_registration_without_product_is_not_confirmed(self):
		waiting = self.make(registered_from="Portal", product=None, product_name="The red kettle")
		frappe.set_user(factories.user_with("Service Agent"))
		doc = frappe.get_doc("Customer Device", waiting.name)
		self.assertRaises(ProductMissingError, apply_workflow, doc, "Confirm")
		doc = frappe.get_doc("Customer Device", waiting.name)
		doc.product = self.product.name
		doc.save()
		self.assertEqual(apply_workflow(doc, "Confirm").stage, "Active")

	def test_an_agent_hands_a_device_over(self):
		serial = unique_serial()
		device = self.make(serial_no=serial, customer=factories.make_customer().name, address="Old Street")
		waiting = self.make(
			serial_no=serial,
			registered_from="Portal",
			customer=self.customer.name,
			sale_date="2025-05-05",
			address="New Street",
		)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertEqual(devices.hand_over(waiting.name), device.name)
		device.reload()
		self.assertEqual(
			(device.customer, device.customer_name, device.address, device.sale_date),
			(self.customer.name, self.customer.customer_name, "New Street", getdate("2025-05-05")),
		)
		self.assertEqual(frappe.db.get_value("Customer Device", waiting.name, "status"), "Rejected")
		self.assertRaises(devices.RegistrationError, devices.hand_over, waiting.name)
		frappe.set_user(factories.user_with("Case Handler"))
		self.assertRaises(frappe.PermissionError, devices.hand_over, waiting.name)

	def test_nobody_sets_states_by_hand(self):
		device = self.make()
		frappe.set_user(factories.user_with("Service Agent"))
		doc = frappe.get_doc("Customer Device", device.name)
		doc.status = "Replaced"
		self.assertRaises(frappe.ValidationError, doc.save)
		doc.reload()
		self.assertRaises(WorkflowTransitionError, apply_workflow, doc, "Scrap")
		frappe.set_user(factories.user_with("Agent Team Leader"))
		doc = apply_workflow(frappe.get_doc("Customer Device", device.name), "Scrap")
		self.assertEqual(doc.stage, "Scrapped")


class TestRegister(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.product = factories.make_product().name
		cls.customer = factories.make_customer().name

	def test_the_same_device_twice_is_one_and_learns(self):
		serial = unique_serial()
		name = devices.register(self.product, serial, self.customer)
		again = devices.register(self.product, serial.lower(), None, sale_date="2025-01-01", lot_no="L1")
		self.assertEqual(again, name)
		device = frappe.get_doc("Customer Device", name)
		self.assertEqual(
			(device.customer, device.sale_date, device.lot_no), (self.customer, getdate("2025-01-01"), "L1")
		)
		devices.register(self.product, serial, self.customer, sale_date="2025-02-02")
		self.assertEqual(
			frappe.db.get_value("Customer Device", name, "sale_date"), getdate("2025-01-01"), "known already"
		)

	def test_another_customers_device_is_refused(self):
		serial = unique_serial()
		name = devices.register(self.product, serial, self.customer)
		with self.assertRaises(devices.DeviceOwnerError) as raised:
			devices.register(self.product, serial, factories.make_customer().name)
		self.assertIn(name, str(raised.exception))

	def test_a_renamed_product_keeps_its_devices_unique(self):
		product = factories.make_product()
		serial = unique_serial()
		name = devices.register(product.name, serial, self.customer)
		new = frappe.rename_doc("Product", product.name, factories.unique("P"), show_alert=False)
		self.assertEqual(devices.register(new, serial, self.customer), name)

	def test_products_with_the_same_device_do_not_merge(self):
		one, two = factories.make_product().name, factories.make_product().name
		serial = unique_serial()
		for product in (one, two):
			devices.register(product, serial, self.customer)
		frappe.db.savepoint("merge")
		self.assertRaises(
			frappe.UniqueValidationError, frappe.rename_doc, "Product", one, two, merge=True, show_alert=False
		)
		frappe.db.rollback(save_point="merge")

	def test_look_up_by_whatever_was_scanned(self):
		device = make_customer_device(product=self.product, bar_code=frappe.generate_hash(length=12))
		frappe.set_user(factories.user_with("Outlet Staff"))
		try:
			for typed in (
				device.serial_no.lower(),
				device.bar_code,
				f"https://example.com/service/d/{device.device_token}",
			):
				self.assertEqual([row.name for row in devices.look_up(typed)], [device.name])
			self.assertEqual(devices.look_up(" - "), [])
			frappe.set_user(factories.user_with("Aftersales Bridge"))
			self.assertRaises(frappe.PermissionError, devices.look_up, device.serial_no)
			frappe.set_user("Guest")
			self.assertRaises(frappe.PermissionError, devices.look_up, device.serial_no)
		finally:
			frappe.set_user("Administrator")


class TestDeviceOfAPerson(FrappeTestCase):
	def test_the_device_outlives_its_owners_personal_data(self):
		customer = factories.make_customer()
		device = make_customer_device(customer=customer.name, address="Main Street 1", remarks="Ring twice")
		with patch.object(frappe.db, "commit"):
			erase(customer.name, "PDR-test")
		stored = frappe.get_doc("Customer Device", device.name)
		kept = ("serial_no", "serial_key", "unique_key", "device_token", "product", "product_name")
		for field in kept:
			self.assertEqual(stored.get(field), device.get(field), field)
		told = stored.as_json()
		for secret in (customer.customer_name, "Main Street 1", "Ring twice"):
			self.assertNotIn(secret, told)

	def test_an_import_marks_its_devices(self):
		with patch.dict(frappe.flags, {"in_import": True}):
			device = make_customer_device()
		self.assertEqual((device.registered_from, device.status), ("Import", "Active"))


class TestReplace(FrappeTestCase):
	def setUp(self):
		self.product = factories.make_product().name
		self.customer = factories.make_customer().name
		self.old = make_customer_device(
			product=self.product, customer=self.customer, address="Main Street 1", sale_date="2025-01-01"
		)
		self.new = make_customer_device(product=self.product)

	def test_links_both_ways(self):
		reference = factories.make_ticket()
		devices.replace(self.old.name, self.new.name, "2025-06-01", reference)
		self.old.reload()
		self.new.reload()
		self.assertEqual((self.old.status, self.old.replaced_by), ("Replaced", self.new.name))
		self.assertEqual((self.new.status, self.new.replaces), ("Active", self.old.name))
		self.assertEqual((self.new.customer, self.new.address), (self.customer, "Main Street 1"))
		self.assertEqual(self.new.sale_date, getdate("2025-06-01"), "its warranty starts anew")
		self.assertEqual(self.new.replacement_name, reference.name)
		devices.replace(self.old.name, self.new.name, "2025-06-01", reference)

	def test_refused(self):
		third = make_customer_device(product=self.product).name
		self.assertRaises(devices.ReplacementError, devices.replace, self.old.name, self.old.name, today())
		devices.replace(self.old.name, self.new.name, today())
		self.assertRaises(devices.ReplacementError, devices.replace, self.old.name, third, today())
		self.assertRaises(devices.ReplacementError, devices.replace, third, self.old.name, today())
		self.assertRaises(devices.ReplacementError, devices.replace, third, self.new.name, today())


class TestDeviceOnTickets(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = factories.make_customer()
		cls.device = make_customer_device(customer=cls.customer.name, lot_no="L-9")

	def test_the_serial_number_finds_the_device(self):
		ticket = factories.make_ticket(serial_no=self.device.serial_no.lower(), customer_name=None)
		self.assertEqual(
			(ticket.device, ticket.serial_no, ticket.product, ticket.lot_no, ticket.customer),
			(self.device.name, self.device.serial_no, self.device.product, "L-9", self.customer.name),
		)
		self.assertEqual(ticket.product_name, self.device.product_name)
		self.assertFalse(ticket.serial_unknown)

	def test_the_device_says_its_serial_number(self):
		ticket = factories.make_ticket(device=self.device.name, lot_no="typed")
		self.assertEqual((ticket.serial_no, ticket.lot_no), (self.device.serial_no, "typed"))
		ticket.serial_no = ""
		ticket.save()
		self.assertIsNone(ticket.device)

	def test_an_unknown_serial_number_waits_for_its_device(self):
		serial = unique_serial()
		ticket, other = (factories.make_ticket(serial_no=serial) for _ in range(2))
		audited = factories.make_ticket(serial_no=serial)
		other.db_set("product", factories.make_product().name)
		frappe.db.set_value("Service Ticket", audited.name, "status", "Audited")
		self.assertTrue(ticket.serial_unknown)
		device = make_customer_device(serial_no=serial)
		found = dict(
			frappe.get_all("Service Ticket", {"serial_no": serial}, ["name", "device"], as_list=True)
		)
		self.assertEqual(found, {ticket.name: device.name, other.name: None, audited.name: None})

	def test_a_ticket_without_a_device_costs_nothing(self):
		ticket = frappe.get_doc("Service Ticket", factories.make_ticket().name)
		from aftersales.field_service.device_documents import fill_from_device

		ticket.load_doc_before_save()
		with self.assertQueryCount(0):
			fill_from_device(ticket)
