import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.tickets import EmptyEntryError, add_handling_entry, new_ticket_from_call
from aftersales.testing import factories


class TestHandlingEntry(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name

	def setUp(self):
		self.ticket = factories.make_ticket()
		self.addCleanup(frappe.set_user, "Administrator")

	def test_entry_is_added(self):
		frappe.set_user(self.agent)
		result = add_handling_entry(self.ticket.name, "  Called back  ")
		stored = frappe.get_doc("Service Ticket", self.ticket.name)
		row = stored.handling_log[-1]
		self.assertEqual((row.entry, row.user, row.name), ("Called back", self.agent, result["name"]))
		self.assertEqual(str(stored.modified), str(result["modified"]))

	def test_empty_entry(self):
		for empty in ("", "  \n"):
			self.assertRaises(EmptyEntryError, add_handling_entry, self.ticket.name, empty)

	def test_unknown_ticket(self):
		self.assertRaises(frappe.DoesNotExistError, add_handling_entry, "no such ticket", "x")

	def test_security_who_may_not_write(self):
		for user in ("Guest", factories.make_user("Knowledge Manager").name, factories.make_user().name):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, add_handling_entry, self.ticket.name, "x")


class TestNewTicketFromCall(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent", first_name="Ada", last_name="Agent").name

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")

	def call(self, **fields):
		values = {
			"doctype": "Service Call",
			"call_uuid": frappe.generate_hash(),
			"number_raw": "13812345678",
			"number_display": "138 1234 5678",
			"presentation": "Allowed",
			"direction": "Inbound",
			"state": "Ringing",
			**fields,
		}
		call = frappe.get_doc(values)
		call.flags.by_machine = True  # as the bridge's events are stored
		return call.insert(ignore_permissions=True).name

	def ticket(self, call):
		frappe.set_user(self.agent)
		return frappe._dict(new_ticket_from_call(call))

	def test_known_customer_fills_everything(self):
		dealer, region = factories.make_dealer().name, factories.make_region().name
		customer = factories.make_customer(
			customer_name="张三",
			organisation="大连某某生物",
			dealer=dealer,
			region=region,
			email="z@test.example",
		).name
		call = self.call(customer=customer, party_type="Service Customer", party=customer)
		ticket = self.ticket(call)
		self.assertEqual(
			(
				ticket.customer,
				ticket.customer_name,
				ticket.organisation,
				ticket.email,
				ticket.dealer,
				ticket.region,
			),
			(customer, "张三", "大连某某生物", "z@test.example", dealer, region),
		)
		self.assertEqual(
			(ticket.contact_phone, ticket.channel, ticket.service_call), ("138 1234 5678", "Phone", call)
		)
		self.assertEqual((ticket.person_in_charge, ticket.person_in_charge_name), (self.agent, "Ada Agent"))
		stored = frappe.get_doc(ticket).insert()
		self.assertEqual(stored.status, "New")

	def test_dealer(self):
		dealer = factories.make_dealer().name
		ticket = self.ticket(self.call(party_type="Dealer", party=dealer))
		self.assertEqual((ticket.dealer, ticket.customer, ticket.customer_name), (dealer, None, None))

	def test_unknown_caller(self):
		ticket = self.ticket(self.call(name_raw="WANG"))
		self.assertEqual(
			(ticket.customer, ticket.customer_name, ticket.contact_phone), (None, "WANG", "138 1234 5678")
		)

	def test_withheld_number(self):
		ticket = self.ticket(self.call(number_raw=None, number_display=None, presentation="Restricted"))
		self.assertIsNone(ticket.contact_phone)

	def test_nothing_is_stored(self):
		call = self.call()
		before = frappe.db.count("Service Ticket")
		self.ticket(call)
		self.assertEqual(frappe.db.count("Service Ticket"), before)

	def test_unknown_call(self):
		frappe.set_user(self.agent)
		self.assertRaises(frappe.DoesNotExistError, new_ticket_from_call, "no such call")

	def test_security_who_may_not_make_tickets(self):
		call = self.call()
		for user in ("Guest", factories.make_user("Knowledge Manager").name, factories.make_user().name):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, new_ticket_from_call, call)
