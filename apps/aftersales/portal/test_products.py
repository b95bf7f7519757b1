import re
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.field_service.devices import register as register_device
from aftersales.portal import limits, products
from aftersales.portal.scope import scope_of
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, make_warranty_rule, unique_serial
from aftersales.testing.portal import ask


class ProductsCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_single_value("Service Portal Settings", "enabled", 1)
		frappe.clear_document_cache("Service Portal Settings", "Service Portal Settings")
		cls.category = factories.make_product_category()
		cls.product = factories.make_product(product_category=cls.category.name)
		make_warranty_rule(product=cls.product.name, months=24)
		company = factories.make_customer(customer_kind="Organisation")
		cls.dealer = factories.make_dealer()
		cls.customers = {
			"ann": factories.make_customer(),
			"bob": factories.make_customer(),
			"company": company,
			"member": factories.make_customer(company=company.name),
			"sold": factories.make_customer(dealer=cls.dealer.name),
		}
		cls.users = {
			name: cls.user(name) for name in ("ann", "bob", "manager", "worker", "dealer", "newcomer")
		}
		for name, access, customer in (
			("ann", "All Tickets", "ann"),
			("bob", "All Tickets", "bob"),
			("manager", "Company", "company"),
			("worker", "Own Tickets", "company"),
		):
			factories.make_portal_access(
				email=cls.users[name], access=access, customer=cls.customers[customer].name
			)
		factories.make_portal_access(email=cls.users["dealer"], access="Dealer", dealer=cls.dealer.name)
		cls.devices = {
			name: make_customer_device(
				product=cls.product.name,
				customer=customer.name,
				sale_date="2025-05-05",
				address=f"SECRET {name}",
			)
			for name, customer in cls.customers.items()
		}

	@classmethod
	def user(cls, name):
		email = f"{name}-{frappe.generate_hash(length=8)}@portal.example"
		factories.insert_plain_user(email, "Aftersales Customer", user_type="Website User")
		return email

	def ask(self, who, path, method="GET", **form):
		return ask(path, self.users.get(who, "Guest"), method, **form)

	def seen(self, text):
		return {name for name, device in self.devices.items() if device.serial_no in text}

	def send(self, who="ann", files=(), **form):
		form = {"serial_no": unique_serial(), **form}
		before = set(frappe.get_all("Customer Device", pluck="name"))
		status, text, headers = self.ask(who, "service/products/new", "POST", files=files, **form)
		made = set(frappe.get_all("Customer Device", pluck="name")) - before
		return status, text, headers, frappe.get_doc("Customer Device", made.pop()) if made else None


class TestProducts(ProductsCase):
	def test_everybody_sees_their_own_in_lists_pages_and_frappes_hooks(self):
		sees = {
			"ann": {"ann"},
			"bob": {"bob"},
			"manager": {"company", "member"},
			"worker": set(),
			"dealer": {"sold"},
			"newcomer": set(),
		}
		for who, expected in sees.items():
			with self.subTest(who):
				status, text, _headers = self.ask(who, "service/products")
				self.assertEqual((status, self.seen(text)), (200, expected))
				scope = scope_of(self.users[who])
				for name, device in self.devices.items():
					status, text, _headers = self.ask(who, f"service/products/{device.name}")
					self.assertEqual(status, 200 if name in expected else 404)
					self.assertNotIn("SECRET", text)
					self.assertEqual(products.sees(scope, device), name in expected)
				sql = products.conditions(self.users[who])
				names = {row.name: name for name, row in self.devices.items()}
				rows = frappe.db.sql(f"select name from `tabCustomer Device` where {sql}", pluck=True)
				self.assertEqual({names[row] for row in rows if row in names}, expected)

	def test_a_visitor_signs_in_first(self):
		for path in (
			"service/products",
			"service/products/new",
			f"service/products/{self.devices['ann'].name}",
		):
			self.assertEqual(self.ask(None, path)[0], 303)
		self.assertEqual(products.conditions("Guest"), "1 = 0")

	def test_the_warranty_is_told(self):
		_status, text, _headers = self.ask("ann", f"service/products/{self.devices['ann'].name}")
		self.assertIn("24 months from", text)
		self.assertIn("May 5, 2027", text)

	def test_registering(self):
		status, _text, headers, device = self.send(
			product=self.product.name, sale_date="2025-06-06", files=[("bill.pdf", b"%PDF-1.4 bill")]
		)
		self.assertEqual(status, 303)
		self.assertEqual(headers["Location"], f"/service/products/{device.name}?done=registered")
		self.assertEqual(
			(device.stage, device.customer, device.product, device.registered_from, device.owner),
			("To Be Checked", self.customers["ann"].name, self.product.name, "Portal", self.users["ann"]),
		)
		self.assertTrue(device.purchase_proof.startswith("/private/files/"))
		page = f"service/products/{device.name}"
		_status, text, _headers = self.ask("ann", page)
		self.assertIn("Being checked", text)
		self.assertNotIn("24 months", text, "nothing is told before somebody has checked it")
		self.assertEqual(self.ask("ann", f"{page}/proof")[0], 200)
		self.assertEqual(self.ask("bob", f"{page}/proof")[0], 404)
		self.assertEqual(self.ask("bob", page)[0], 404)

	def test_a_registration_tells_nothing_of_a_device_that_is_there(self):
		"""The same answer for a number that somebody else has and for one that nobody has."""
		answers = []
		known = make_customer_device(product=self.product.name, customer=self.customers["bob"].name)
		for serial in (known.serial_no, unique_serial()):
			status, _text, headers, device = self.send(product=self.product.name, serial_no=serial)
			page = self.ask("ann", f"service/products/{device.name}", done="registered")[1]
			page = page.replace(device.name, "NAME").replace(serial, "SERIAL")
			page = re.sub(r'(csrf_token" value=)"\w+"', r"\1", page)
			answers.append(
				(status, headers["Location"].replace(device.name, "NAME"), re.sub(r"\s+", " ", page))
			)
		self.assertEqual(*answers)
		self.assertFalse(frappe.get_message_log())
		self.assertEqual(
			frappe.db.get_value("Customer Device", known.name, "customer"),
			self.customers["bob"].name,
		)

	def test_a_pattern_tells_nothing_either(self):
		product = factories.make_product(serial_pattern="[0-9]+")
		status = self.send(product=product.name)[0]
		self.assertEqual(status, 303)
		self.assertNotIn("does not look like", str(frappe.get_message_log()))

	def test_wrong_input_is_said_and_kept(self):
		for form, words in (
			({"serial_no": " - "}, "Type the serial number"),
			({"sale_date": str(add_days(today(), 2))}, "Enter the date of purchase"),
			({"sale_date": "yesterday"}, "Enter the date of purchase"),
			({"customer": self.customers["bob"].name}, "Choose one of the customers offered"),
		):
			with self.subTest(form):
				status, text, _headers, device = self.send(**form, product="Typed by hand")
				self.assertEqual((status, device), (417, None))
				self.assertIn(words, text)
				self.assertIn("Typed by hand", text)

	def test_what_is_no_picture_is_refused(self):
		status, _text, _headers, device = self.send(files=[("bill.png", b"<html>")])
		self.assertEqual((status, device), (417, None))

	def test_the_same_twice_and_far_too_many(self):
		serial = unique_serial()
		self.send("bob", serial_no=serial)
		status, text, _headers, device = self.send("bob", serial_no=f"{serial[:3]}-{serial[3:]}")
		self.assertEqual((status, device), (417, None))
		self.assertIn("already", text)
		with patch.object(products, "MOST_WAITING", 1):
			self.assertEqual(self.send("bob")[0], 417)
		with patch.dict(limits.LIMITS, {"product": (0, 60)}):
			self.assertEqual(self.send("bob")[0], 429)

	def test_a_registration_follows_who_it_is_assigned_to(self):
		"""A confirmed device that was sold on is not the registrant's any more."""
		device = self.send(product=self.product.name)[3]
		device.db_set({"stage": "Active", "customer": self.customers["bob"].name})
		self.assertEqual(self.ask("ann", f"service/products/{device.name}")[0], 404)
		self.assertEqual(self.ask("bob", f"service/products/{device.name}")[0], 200)
		self.assertEqual(self.ask("bob", f"service/products/{device.name}/proof")[0], 404)

	def test_access_that_was_withdrawn(self):
		email = self.user("gone")
		access = factories.make_portal_access(
			email=email, access="All Tickets", customer=self.customers["ann"].name
		)
		self.users["gone"] = email
		device = self.send("gone", customer=self.customers["ann"].name)[3]
		self.assertEqual(self.ask("gone", f"service/products/{device.name}")[0], 200)
		access.enabled = 0
		access.save()
		self.assertEqual(self.ask("gone", f"service/products/{device.name}")[0], 404)
		self.assertNotIn(device.serial_no, self.ask("gone", "service/products")[1])


class TestScanned(ProductsCase):
	"""The page behind a label's code."""

	def setUp(self):
		self.device = self.devices["bob"]
		self.path = f"service/d/{self.device.device_token}"

	def test_a_stranger_learns_the_kind_of_product_and_nothing_else(self):
		for who in (None, "ann", "dealer", "newcomer"):
			status, text, headers = self.ask(who, self.path)
			self.assertEqual(status, 200)
			self.assertIn(self.category.name, text)
			for secret in (
				self.device.serial_no,
				self.device.name,
				self.device.customer,
				self.device.customer_name,
				"SECRET",
				"24 months",
				"May",
				"2025-05-05",
			):
				self.assertNotIn(secret, text)
			self.assertIn("noindex", headers["X-Robots-Tag"])

	def test_the_owner_comes_to_the_device(self):
		status, _text, headers = self.ask("bob", self.path)
		self.assertEqual((status, headers["Location"]), (303, f"/service/products/{self.device.name}"))

	def test_the_staff_come_to_the_record(self):
		status, _text, headers = ask(self.path, factories.user_with("Service Technician"))
		self.assertEqual((status, headers["Location"]), (303, f"/app/customer-device/{self.device.name}"))

	def test_no_such_label(self):
		for token in ("x" * 32, "x", self.device.name):
			self.assertEqual(self.ask(None, f"service/d/{token}")[0], 404)

	def test_unconfirmed_devices_have_no_page_for_strangers(self):
		waiting = self.send()[3]
		self.assertEqual(self.ask(None, f"service/d/{waiting.device_token}")[0], 404)

	def open_ticket(self, who, device):
		form = {"record_type": "Repair", "subject": "It does not cool", "device": device}
		status, _text, headers = self.ask(who, "service/tickets/new", "POST", **form)
		self.assertEqual(status, 303)
		name = headers["Location"].split("/")[-1].split("?")[0]
		return frappe.get_doc("Service Ticket", name)

	def test_a_stranger_reports_a_problem_and_learns_nothing_of_the_owner(self):
		form = self.ask("ann", "service/tickets/new", device=self.device.device_token)[1]
		self.assertIn(self.category.name, form)
		self.assertNotIn(self.device.serial_no, form)
		ticket = self.open_ticket("ann", self.device.device_token)
		self.assertEqual((ticket.device, ticket.customer), (self.device.name, self.customers["ann"].name))
		page = self.ask("ann", f"service/tickets/{ticket.name}")[1]
		for secret in (self.device.serial_no, self.device.customer_name, self.device.name):
			self.assertNotIn(secret, page)
		newcomer = self.open_ticket("newcomer", self.device.device_token)
		self.assertFalse(newcomer.customer)

	def test_the_owner_reports_a_problem(self):
		form = self.ask("bob", "service/tickets/new", device=self.device.name)[1]
		self.assertIn(self.device.serial_no, form)
		ticket = self.open_ticket("bob", self.device.name)
		page = self.ask("bob", f"service/products/{self.device.name}")[1]
		self.assertIn(ticket.name, page)

	def test_others_devices_are_not_taken_by_their_name(self):
		form = self.ask("ann", "service/tickets/new", device=self.device.name)[1]
		self.assertNotIn(self.device.serial_no, form)
		self.assertIsNone(self.open_ticket("ann", self.device.name).device)


class TestScopeOfRegistered(FrappeTestCase):
	def test_a_device_that_the_staff_registered_has_no_portal_owner(self):
		email = f"{frappe.generate_hash(length=8)}@portal.example"
		factories.insert_plain_user(email, "Aftersales Customer", user_type="Website User")
		name = register_device(factories.make_product().name, unique_serial())
		frappe.db.set_value("Customer Device", name, "owner", email)
		self.assertFalse(products.sees(scope_of(email), frappe.get_doc("Customer Device", name)))
