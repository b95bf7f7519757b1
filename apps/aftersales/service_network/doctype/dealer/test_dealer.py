import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network.doctype.dealer.dealer import DuplicateDealerError
from aftersales.testing.factories import make_contact, make_customer, make_dealer, unique_phone, user_with
from aftersales.utils.phones import NotAPhoneNumberError


class TestDealer(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_full_name_is_trimmed(self):
		self.assertEqual(make_dealer(dealer_name="  东方  贸易公司 ").name, "东方 贸易公司")

	def test_full_name_differs_in_more_than_spaces_case_and_width(self):
		dealer = make_dealer(dealer_name="Abc 贸易（大连）有限公司")
		for name in ("ABC贸易（大连）有限公司", "abc 贸易(大连)有限公司", " Ａbc 贸易（大连） 有限公司"):
			with self.assertRaisesRegex(DuplicateDealerError, "Abc"):
				make_dealer(dealer_name=name)
		self.assertEqual(frappe.db.count("Dealer", {"name_key": dealer.name_key}), 1)

	def test_other_full_name_is_another_dealer(self):
		make_dealer(dealer_name="西方贸易有限公司")
		make_dealer(dealer_name="西方贸易有限责任公司")

	def test_dealer_code_is_unique_when_given(self):
		make_dealer(dealer_code="T-1")
		with self.assertRaises(frappe.UniqueValidationError):
			make_dealer(dealer_code=" T-1 ")
		make_dealer(dealer_code="")
		make_dealer(dealer_code=" ")

	def test_phone_needs_digits(self):
		with self.assertRaises(NotAPhoneNumberError):
			make_dealer(phone="none")

	def test_rename_keeps_the_rule_and_the_links(self):
		dealer, other = make_dealer(dealer_name="旧名贸易公司"), make_dealer(dealer_name="别家贸易公司")
		customer = make_customer(dealer=dealer.name)
		with self.assertRaises(DuplicateDealerError):
			frappe.rename_doc("Dealer", dealer.name, "别家 贸易公司", rebuild_search=False)
		frappe.rename_doc("Dealer", dealer.name, "  新名  贸易公司", rebuild_search=False)
		self.assertEqual(frappe.db.get_value("Service Customer", customer.name, "dealer"), "新名 贸易公司")
		self.assertEqual(frappe.db.get_value("Dealer", "新名 贸易公司", "name_key"), "新名贸易公司")
		make_dealer(dealer_name="旧名贸易公司")
		self.assertTrue(frappe.db.exists("Dealer", other.name))

	def test_spelling_of_the_own_name_can_be_corrected(self):
		dealer = make_dealer(dealer_name="南方贸易 公司")
		frappe.rename_doc("Dealer", dealer.name, "南方贸易公司", rebuild_search=False)
		self.assertTrue(frappe.db.exists("Dealer", "南方贸易公司"))

	def test_numbers_of_a_dealer_are_known(self):
		phone = unique_phone()
		dealer = make_dealer(phone=phone)
		contact_phone = unique_phone()
		contact = make_contact([dealer], phone_nos=[{"phone": contact_phone}])
		found = frappe.get_all("Caller Number", {"dealer": dealer.name}, pluck="number_key")
		self.assertEqual(sorted(found), sorted([f"+86{phone}", f"+86{contact_phone}"]))
		contact.delete()
		dealer.delete()
		self.assertFalse(frappe.db.exists("Caller Number", {"party_type": "Dealer", "party": dealer.name}))

	def test_agents_write_but_do_not_delete(self):
		dealer = make_dealer()
		frappe.set_user(user_with("Service Agent"))
		doc = frappe.get_doc("Dealer", dealer.name)
		doc.short_name = "短名"
		doc.save()
		self.assertRaises(frappe.PermissionError, doc.delete)
		frappe.set_user(user_with("Service Manager"))
		frappe.get_doc("Dealer", dealer.name).delete()

	def test_knowledge_managers_only_read(self):
		dealer = make_dealer()
		frappe.set_user(user_with("Knowledge Manager"))
		doc = frappe.get_doc("Dealer", dealer.name)
		self.assertTrue(doc.has_permission("read"))
		self.assertRaises(frappe.PermissionError, doc.save)
