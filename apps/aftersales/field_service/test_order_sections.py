"""Service orders beside a ticket, in a caller's file and in the search."""

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import order_sections
from aftersales.testing.factories import (
	make_customer,
	make_service_call,
	make_ticket,
	unique_phone,
	user_with,
)
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of


class TestOrderSections(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = make_customer().name
		cls.phone = unique_phone()
		cls.outlet = make_service_outlet().name
		cls.ticket = make_ticket(customer=cls.customer).name
		cls.own = make_service_order(customer=cls.customer, service_ticket=cls.ticket, outlet=cls.outlet).name
		cls.done = make_service_order(customer=cls.customer).name
		frappe.db.set_value("Service Order", cls.done, "stage", "Audited")
		cls.by_phone = make_service_order(contact_phone=cls.phone).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def call(self, **fields):
		return frappe._dict(make_service_call(**fields).as_dict())

	def test_card_of_a_customer(self):
		section = order_sections.orders(self.call(customer=self.customer))
		self.assertEqual([row["name"] for row in section["rows"]], [self.own, self.done])
		self.assertEqual([row["open"] for row in section["rows"]], [True, False])

	def test_card_of_an_unknown_caller(self):
		section = order_sections.orders(self.call(number_raw=self.phone))
		self.assertEqual([row["name"] for row in section["rows"]], [self.by_phone])
		self.assertIsNone(order_sections.orders(self.call(number_raw=None)))

	def test_beside_a_ticket(self):
		rows = order_sections.beside_ticket(self.ticket, self.customer, None)["rows"]
		self.assertEqual(
			[(row["name"], row["of_ticket"]) for row in rows], [(self.done, False), (self.own, True)]
		)
		self.assertEqual(
			[row["name"] for row in order_sections.beside_ticket(self.ticket, None, None)["rows"]], [self.own]
		)
		self.assertIsNone(order_sections.beside_ticket(None, None, None))
		self.assertIsNone(order_sections.beside_ticket(None, make_customer().name, None))

	def test_only_what_the_user_may_see(self):
		other = staff_of(make_service_outlet().name, "Outlet Staff", account="sections-other")
		for user in (other, user_with("Aftersales Bridge"), "Guest"):
			frappe.set_user(user)
			self.assertIsNone(order_sections.beside_ticket(self.ticket, self.customer, None), user)
			self.assertIsNone(order_sections.orders(frappe._dict(customer=self.customer)), user)

	def test_search_knows_of_outlets(self):
		frappe.set_user(staff_of(self.outlet, "Outlet Staff", account="sections-own"))
		rights = order_sections.rights("Service Order")
		self.assertTrue(rights.complete)
		self.assertEqual(len(rights.conditions), 1)
		frappe.set_user("Administrator")
		self.assertEqual(order_sections.rights("Service Order").conditions, ())
