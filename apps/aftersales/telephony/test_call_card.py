from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony import api, call_sections, caller, popup
from aftersales.telephony.caller import lookup, rebuild
from aftersales.telephony.numbers import normalise
from aftersales.telephony.test_api import TelephonyTestCase
from aftersales.testing.factories import (
	make_caller_message,
	make_contact,
	make_customer,
	make_customer_complaint,
	make_follow_up,
	make_sales_opportunity,
	put_below,
	unique_phone,
	user_with,
)


def landline():
	"""Eight digits of Shanghai, without the area code, that no other test uses."""
	return "6" + unique_phone()[-7:]


class TestConfirmedCallers(TelephonyTestCase):
	"""A maybe that an agent confirms with one click is sure from then on (S2.05)."""

	def confirm(self, call, customer, user=None):
		return self.as_agent(user or self.agent, api.link_customer, call, customer.name)

	def match(self, number):
		return self.as_agent(self.agent, api.get_call_card, self.ring(number))

	def test_a_local_number_becomes_the_customer_s_for_sure(self):
		number = landline()
		customer = make_customer(phone=f"021{number}")
		call = self.ring(number)
		self.assertEqual(frappe.db.get_value("Service Call", call, "match_level"), "Maybe")
		self.assertEqual(self.confirm(call, customer)["match"], "sure")
		self.assertEqual(self.match(number)["card"]["docname"], customer.name)
		# It is remembered with the number, so neither a save nor a rebuild forgets it.
		customer.reload()
		customer.save()
		with patch.object(frappe.db, "commit"):
			rebuild()
		self.assertEqual(self.match(number)["match"], "sure")

	def test_a_number_that_only_ends_alike_is_added_to_the_customer(self):
		number = landline()
		customer = make_customer(phone=number)
		frappe.db.set_value(
			"Caller Number", {"customer": customer.name}, {"number_key": f"raw:{number}", "level": "Maybe"}
		)
		call = self.ring(f"021{number}")
		self.assertEqual(frappe.db.get_value("Service Call", call, "match_level"), "Maybe")
		self.confirm(call, customer)
		customer.reload()
		self.assertEqual([row.phone.replace(" ", "") for row in customer.other_phones], [f"021{number}"])
		self.assertEqual(self.match(f"021{number}")["card"]["docname"], customer.name)

	def test_a_shared_number_stays_a_maybe_for_the_next_call(self):
		number = unique_phone()
		one, _other = make_customer(phone=number), make_customer(phone=number)
		call = self.ring(number)
		self.assertEqual(self.confirm(call, one)["match"], "sure")
		self.assertEqual(self.match(number)["match"], "maybe")

	def test_a_confirmed_party_wins_over_mere_likeness(self):
		number = landline()
		sure, alike = make_customer(phone=f"021{number}"), make_customer(phone=number)
		call = self.ring(number)
		self.assertEqual(
			{
				row["docname"]
				for row in self.as_agent(self.agent, api.get_call_card, call)["card"]["candidates"]
			},
			{sure.name, alike.name},
		)
		self.confirm(call, sure)
		self.assertEqual(self.match(number)["card"]["docname"], sure.name)

	def test_who_may_not_change_customers_still_says_who_it_is(self):
		number = landline()
		customer = make_customer(phone=number)
		frappe.db.set_value(
			"Caller Number", {"customer": customer.name}, {"number_key": f"raw:{number}", "level": "Maybe"}
		)
		call = self.ring(f"021{number}")
		with patch.object(caller, "is_permitted", return_value=False):
			self.assertEqual(self.confirm(call, customer)["match"], "sure")
		customer.reload()
		self.assertEqual(customer.other_phones, [])

	def test_a_customer_that_cannot_be_saved_now_does_not_keep_the_agent_waiting(self):
		number = landline()
		customer = make_customer(phone=number)
		frappe.db.set_value(
			"Caller Number", {"customer": customer.name}, {"number_key": f"raw:{number}", "level": "Maybe"}
		)
		call = self.ring(f"021{number}")
		with patch.object(type(customer), "validate", side_effect=frappe.ValidationError("broken")):
			self.assertEqual(self.confirm(call, customer)["match"], "sure")
		self.assertEqual(frappe.db.get_value("Service Call", call, "customer"), customer.name)

	def test_a_withheld_number_confirms_nothing(self):
		customer = make_customer(phone=unique_phone())
		caller.confirm(normalise("P"), customer.name)
		self.assertFalse(frappe.db.exists("Caller Number", {"customer": customer.name, "confirmed": 1}))

	def test_a_new_name_keeps_it(self):
		number = landline()
		customer = make_customer(phone=f"021{number}")
		self.confirm(self.ring(number), customer)
		name = frappe.rename_doc("Service Customer", customer.name, f"SC-{unique_phone()}", force=True)
		self.assertEqual(lookup(number, self.line.name).sure.customer, name)


class TestKindsOfNumbers(FrappeTestCase):
	def test_what_a_number_is(self):
		for key, kind, country in (
			("+8613812345678", "", ""),
			("+85221234567", "foreign", "HK"),
			("+4930123456", "foreign", "DE"),
			("+14155550123", "foreign", "US"),
			("ext:8001", "internal", ""),
			("short:95588", "service", ""),
			("raw:123456789", "", ""),
			("", "", ""),
			(None, "", ""),
		):
			with self.subTest(key=key):
				self.assertEqual(popup.kind_of_number(key), {"number_kind": kind, "country": country})


class TestSections(TelephonyTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.number = unique_phone()
		cls.customer = make_customer(
			phone=cls.number,
			other_phones=[{"phone": "021-66668888"}],
			fax="021-66669999",
			black_listed=1,
			black_list_reason="abuse",
			purchase_intention="Two freezers",
		)
		cls.complaint = make_customer_complaint(customer=cls.customer.name, reason="Came late")
		cls.follow_up = make_follow_up(customer=cls.customer.name)
		cls.opportunity = make_sales_opportunity(customer=cls.customer.name)
		cls.message = make_caller_message(customer=cls.customer.name)
		cls.contact = make_contact([cls.customer])

	def card(self, user):
		return self.as_agent(user, api.get_call_card, self.ring(self.number))["card"]

	def test_what_the_caller_s_file_tells(self):
		card = self.card(self.agent)
		sections = {section["key"]: section for section in card["sections"]}
		for key, doc in (
			("complaints", self.complaint),
			("follow_ups", self.follow_up),
			("messages", self.message),
			("contacts", self.contact),
		):
			with self.subTest(key=key):
				(row,) = sections[key]["rows"]
				self.assertEqual((row["doctype"], row["name"]), (doc.doctype, doc.name))
		self.assertEqual(sections["complaints"]["rows"][0]["title"], "Came late")
		self.assertTrue(sections["complaints"]["rows"][0]["open"])
		self.assertEqual(card["phones"], [self.number, "021-66668888", "021-66669999"])
		self.assertEqual(
			(card["black_listed"], card["black_list_reason"], card["purchase_intention"]),
			(1, "abuse", "Two freezers"),
		)

	def test_a_black_listed_caller_still_pops_up_and_gets_a_ticket(self):
		from aftersales.aftersales.tickets import new_ticket_from_call

		call = self.ring(self.number)
		self.assertIn(call, [row["call"] for row in self.as_agent(self.agent, api.my_ringing_calls)])
		ticket = self.as_agent(self.agent, new_ticket_from_call, call)
		self.assertEqual(ticket["customer"], self.customer.name)

	def test_purchase_intentions_are_for_who_may_see_opportunities(self):
		admin = user_with("Aftersales Administrator")
		keys = {
			user: {section["key"] for section in self.card(user)["sections"]} for user in (admin, self.agent)
		}
		self.assertIn("purchase_intentions", keys[admin])
		self.assertNotIn("purchase_intentions", keys[self.agent])

	def test_each_section_costs_one_statement(self):
		frappe.set_user(self.agent)
		call = frappe._dict(customer=self.customer.name)
		call_sections.sections(call)
		# eleven lists; rights on opportunities (a share) and on contacts (DocPerm, twice, and User Permission)
		with self.assertQueryCount(15):
			call_sections.sections(call)
		with self.assertQueryCount(0):
			call_sections.sections(frappe._dict(customer=None))

	def test_a_section_that_fails_is_left_out_and_logged(self):
		hook = ["aftersales.telephony.call_sections.broken", "aftersales.telephony.call_sections.messages"]
		frappe.set_user(self.agent)
		hooks = frappe.get_hooks
		with (
			patch.object(
				frappe,
				"get_hooks",
				lambda name=None, *rest, **more: (
					hook if name == call_sections.HOOK else hooks(name, *rest, **more)
				),
			),
			patch.object(call_sections, "broken", side_effect=ValueError, create=True),
		):
			found = call_sections.sections(frappe._dict(customer=self.customer.name))
		self.assertEqual([section["key"] for section in found], ["messages"])
		frappe.set_user("Administrator")
		self.assertTrue(frappe.db.exists("Error Log", {"method": ("like", "%call_sections.broken%")}))

	def test_an_internal_call_names_the_colleague(self):
		put_below(self.stranger, extension="8765")
		call = self.ring("8765")
		message = self.as_agent(self.agent, api.get_call_card, call)
		self.assertEqual(message["number_kind"], "internal")
		self.assertEqual(message["card"]["colleague"], frappe.utils.get_fullname(self.stranger))

	def test_a_stranger_s_card_has_no_sections(self):
		card = self.as_agent(self.agent, api.get_call_card, self.ring(unique_phone()))["card"]
		self.assertEqual((card["sections"], card["phones"]), ([], []))
