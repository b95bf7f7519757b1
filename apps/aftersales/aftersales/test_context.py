import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.context import EXCERPT, same_customer, same_product
from aftersales.testing import factories


def names(result: dict) -> list[str]:
	return [row["name"] for row in result["rows"]]


class TestContext(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def test_same_product_newest_first_without_the_ticket_itself(self):
		product = factories.make_product().name
		first, second, third = (factories.make_ticket(product=product).name for _ in range(3))
		factories.make_ticket()
		frappe.set_user(self.agent)
		self.assertEqual(names(same_product(ticket=second)), [third, first])
		self.assertEqual(names(same_product(product=product)), [third, second, first])

	def test_form_value_comes_before_the_stored_one(self):
		product = factories.make_product().name
		found = factories.make_ticket(product=product).name
		ticket = factories.make_ticket(product=factories.make_product().name).name
		self.assertEqual(names(same_product(ticket=ticket, product=product)), [found])

	def test_pages(self):
		product = factories.make_product().name
		tickets = [factories.make_ticket(product=product).name for _ in range(5)][::-1]
		page = same_product(product=product, start=0, limit=2)
		self.assertEqual((names(page), page["more"]), (tickets[:2], True))
		page = same_product(product=product, start=4, limit=2)
		self.assertEqual((names(page), page["more"]), (tickets[4:], False))

	def test_same_customer_by_record(self):
		customer = factories.make_customer(phone="13812345678").name
		found = factories.make_ticket(customer=customer).name
		factories.make_ticket(contact_phone="13812345678")
		ticket = factories.make_ticket(customer=customer).name
		self.assertEqual(names(same_customer(ticket=ticket)), [found])

	def test_same_customer_by_telephone_in_any_notation(self):
		number = factories.unique_phone()
		found = factories.make_ticket(contact_phone=f"+86 {number[:3]} {number[3:7]}-{number[7:]}").name
		ticket = factories.make_ticket(contact_phone=number).name
		self.assertEqual(names(same_customer(ticket=ticket)), [found])
		self.assertCountEqual(names(same_customer(phone=number)), [found, ticket])

	def test_nothing_known_finds_nothing(self):
		ticket = factories.make_ticket().name
		for result in (
			same_customer(ticket=ticket),
			same_product(ticket=ticket),
			same_product(),
			same_customer(),
		):
			self.assertEqual(result, {"rows": [], "more": False})

	def test_question_is_cut(self):
		product = factories.make_product().name
		factories.make_ticket(product=product, question="不制冷\n" * 200)
		question = same_product(product=product)["rows"][0]["question"]
		self.assertEqual(len(question), EXCERPT)
		self.assertTrue(question.endswith("…"))
		self.assertNotIn("\n", question)

	def test_one_statement(self):
		product = factories.make_product().name
		factories.make_ticket(product=product)
		frappe.set_user(self.agent)
		same_product(product=product)
		with self.assertQueryCount(1):
			same_product(product=product)
		with self.assertQueryCount(1):
			same_customer(phone="13812345678")

	def test_statement_uses_an_index(self):
		for condition, index in (
			("customer = 'C'", "customer_creation_index"),
			("phone_key = '1'", "phone_key_creation_index"),
			("product = 'P'", "product_creation_index"),
		):
			plan = frappe.db.sql(
				f"explain select name, question from `tabService Ticket` where {condition} and name != 'T' "
				"order by creation desc limit 11",
				as_dict=True,
			)[0]
			self.assertEqual(plan["key"], index)
			self.assertNotIn("filesort", plan["Extra"] or "")

	def test_security_only_who_reads_tickets(self):
		ticket = factories.make_ticket().name
		for user in ("Guest", factories.make_user().name, factories.make_user("Aftersales Bridge").name):
			frappe.set_user(user)
			for method in (same_product, same_customer):
				self.assertRaises(frappe.PermissionError, method, ticket=ticket)
			self.assertRaises(frappe.PermissionError, same_product, product="P")
			self.assertRaises(frappe.PermissionError, same_customer, phone="13812345678")

	def test_security_rows_obey_user_permissions(self):
		mine, other = factories.make_dealer().name, factories.make_dealer().name
		product = factories.make_product().name
		shown = factories.make_ticket(product=product, dealer=mine).name
		hidden = factories.make_ticket(product=product, dealer=other).name
		user = factories.make_user("Service Agent").name
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Dealer", for_value=mine, apply_to_all_doctypes=1
		).insert()
		frappe.set_user(user)
		self.assertEqual(names(same_product(product=product)), [shown])
		self.assertRaises(frappe.PermissionError, same_product, ticket=hidden)
