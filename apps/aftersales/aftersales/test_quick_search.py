import re
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import quick_search
from aftersales.aftersales.quick_search import search
from aftersales.testing import factories
from aftersales.testing.search import temporary_index


class TestQuickSearch(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		# Letters only: the digits of a key would be words of their own, and a telephone number to look up.
		cls.key = "K" + "".join(chr(ord("G") + int(digit, 16)) for digit in frappe.generate_hash(length=6))
		cls.phone = factories.unique_phone()
		cls.customer = factories.make_customer(
			customer_name=f"Zhao{cls.key} Liu",
			organisation=f"Works{cls.key} Ltd",
			member_no=f"M-{cls.key}",
			phone=cls.phone,
		)
		cls.ticket = factories.make_ticket(
			customer=cls.customer.name, lot_no=f"LOT{cls.key}", question="不制冷", person_in_charge=cls.agent
		)
		# Words have a class of their own: whether the site's index has come round to these records is chance.
		cls.enterClassContext(patch.object(quick_search, "_by_words", return_value=[]))

	def setUp(self):
		frappe.set_user(self.agent)
		self.addCleanup(frappe.set_user, "Administrator")

	def found(self, text, **kwargs):
		"""{group key: [(doctype, name)]} of a search."""
		groups = search(text, **kwargs)["groups"]
		return {g["key"]: [(hit["doctype"], hit["name"]) for hit in g["hits"]] for g in groups}

	def test_who_may_not_open_the_console_may_not_search(self):
		frappe.set_user("Administrator")
		for user in ("Guest", factories.make_user("Blogger").name):
			frappe.set_user(user)
			with self.subTest(user=user):
				self.assertRaises(frappe.PermissionError, search, self.key)

	def test_exact_keys(self):
		customer, ticket = ("Service Customer", self.customer.name), ("Service Ticket", self.ticket.name)
		for text, wanted in (
			(self.ticket.name, ticket),
			(self.ticket.name.lower(), ticket),
			(f"  {self.ticket.name}  ", ticket),
			(self.customer.name, customer),
			(f"M-{self.key}", customer),
			(f"LOT{self.key}", ticket),
			(self.phone, customer),
			(f"+86 {self.phone[:3]} {self.phone[3:7]} {self.phone[7:]}", customer),
			(f"{self.phone[:3]}-{self.phone[3:7]}-{self.phone[7:]}", customer),
		):
			with self.subTest(text=text):
				self.assertEqual(self.found(text)["exact"][0], wanted)

	def test_a_number_finds_tickets_of_callers_without_a_record(self):
		phone = factories.unique_phone()
		ticket = factories.make_ticket(contact_phone=f"{phone[:3]} {phone[3:7]} {phone[7:]}")
		self.assertIn(("Service Ticket", ticket.name), self.found(phone)["exact"])

	def test_the_last_digits_of_a_record_number_are_enough(self):
		number = self.ticket.name.rsplit("-", 1)[-1].lstrip("0")
		self.assertIn(("Service Ticket", self.ticket.name), self.found(number)["exact"])

	def test_product_by_code_and_by_its_beginning(self):
		product = factories.make_product(product_code=f"PX{self.key}-7")
		self.assertEqual(self.found(product.name)["exact"][0], ("Product", product.name))
		self.assertIn(("Product", product.name), self.found(f"px{self.key}")["products"])

	def test_dealer_by_code_name_and_number(self):
		phone = factories.unique_phone()
		dealer = factories.make_dealer(dealer_code=f"D{self.key}", phone=phone)
		for text in (f"D{self.key}", dealer.name, phone):
			with self.subTest(text=text):
				self.assertEqual(self.found(text)["exact"][0], ("Dealer", dealer.name))

	def test_beginning_of_name_and_organisation_with_their_tickets(self):
		for text in (f"zhao{self.key}", f"Works{self.key}"):
			with self.subTest(text=text):
				found = self.found(text)
				self.assertEqual(found["customers"], [("Service Customer", self.customer.name)])
				self.assertEqual(found["tickets"], [("Service Ticket", self.ticket.name)])
		self.assertNotIn("customers", self.found(f"hao{self.key}"), "only the beginning is looked up")

	def test_faqs_by_words(self):
		hit = {"name": "FAQ-1", "question": "Does not cool", "category": "Cooling"}
		with self.patched_faqs([hit]):
			self.assertEqual(self.found("does not cool")["faqs"], [("FAQ", "FAQ-1")])
			self.assertNotIn("faqs", self.found("x"), "one letter is no word")

	def patched_faqs(self, hits):
		return patch.object(quick_search, "search_faqs", return_value={"hits": hits})

	def test_no_hit_stands_twice(self):
		groups = search(self.phone)["groups"]
		hits = [(hit["doctype"], hit["name"]) for group in groups for hit in group["hits"]]
		self.assertEqual(len(hits), len(set(hits)))

	def test_wildcards_and_quotes_are_only_characters(self):
		for text in ("%", "_", "%%", "\\", "'", "' or 1=1 --", f"%{self.key}", "_" * 9, "`"):
			with self.subTest(text=text):
				found = [hit for hits in self.found(text).values() for hit in hits]
				self.assertNotIn(("Service Customer", self.customer.name), found)
				self.assertNotIn(("Service Ticket", self.ticket.name), found)
				if not re.search(r"\w", text.replace("_", "")):
					self.assertEqual(found, [], "without a word there is nothing to find")

	def test_nothing_long_and_odd_texts(self):
		for text in ("", "   ", "\n\t"):
			self.assertEqual(search(text)["groups"], [])
		self.assertEqual(len(search("x" * 5000)["text"]), quick_search.LONGEST)
		search("😀" * 50)
		search("0")
		search("+")

	def test_limit_is_bounded(self):
		prefix = f"Many{frappe.generate_hash(length=6)}"
		for i in range(4):
			factories.make_customer(customer_name=f"{prefix} {i}")
		self.assertEqual(len(self.found(prefix, limit=2)["customers"]), 2)
		for limit in (0, -5, 10_000, "3"):
			with self.subTest(limit=limit):
				self.assertTrue(self.found(prefix, limit=limit)["customers"])

	def test_hits_obey_user_permissions(self):
		frappe.set_user("Administrator")
		region = factories.make_region()
		user = factories.make_user("Service Agent").name
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=region.name
		).insert()
		own = factories.make_customer(customer_name=f"Zhao{self.key} Own", region=region.name)
		foreign = factories.make_region()
		frappe.db.set_value("Service Customer", self.customer.name, "region", foreign.name)
		frappe.db.set_value("Service Ticket", self.ticket.name, "region", foreign.name)
		try:
			frappe.set_user(user)
			self.assertEqual(self.found(f"Zhao{self.key}")["customers"], [("Service Customer", own.name)])
			for text in (self.phone, self.ticket.name, f"M-{self.key}", f"LOT{self.key}", self.customer.name):
				with self.subTest(text=text):
					self.assertEqual(self.found(text).get("exact"), None)
		finally:
			frappe.set_user("Administrator")
			frappe.db.set_value("Service Customer", self.customer.name, "region", None)
			frappe.db.set_value("Service Ticket", self.ticket.name, "region", None)

	def test_marks_of_customers(self):
		factories.make_customer(customer_name=f"Bad{self.key}", black_listed=1, black_list_reason="Threats")
		(group,) = [g for g in search(f"Bad{self.key}")["groups"] if g["key"] == "customers"]
		self.assertEqual(group["hits"][0]["indicator"], ["Black List", "red"])


class TestCost(FrappeTestCase):
	"""What a key press may cost."""

	def setUp(self):
		self.agent = factories.make_user("Service Agent").name
		frappe.set_user(self.agent)
		self.addCleanup(frappe.set_user, "Administrator")

	def statements(self, text):
		statements, run = [], frappe.db.sql

		def record(*args, **kwargs):
			result = run(*args, **kwargs)
			statements.append(frappe.db.last_query)
			return result

		frappe.db.sql = record
		try:
			search(text)
		finally:
			frappe.db.sql = run
		return statements

	def test_query_count(self):
		for text in ("13812345678", "ST-26-000001", "Zhang", "无此客户"):
			search(text)
			# the FAQ index has a count of its own
			with (
				self.subTest(text=text),
				patch.object(quick_search, "search_faqs", return_value={"hits": []}),
				self.assertQueryCount(16),
			):
				search(text)

	def test_every_statement_has_an_index_to_use_and_a_limit(self):
		for text in ("13812345678", "ST-26-000001", "Zhang", "412", "LOT-7"):
			for statement in self.statements(text):
				if not re.search(r"from `tab(Service Ticket|Service Customer|Dealer|Product)`", statement):
					continue
				with self.subTest(text=text, statement=statement):
					self.assertRegex(statement, r"(?i)\blimit \d+")
					self.assertNotRegex(statement, r"like '%")
					for row in frappe.db.sql(f"explain {statement}", as_dict=True):
						self.assertTrue(
							row.possible_keys or "impossible where" in (row.Extra or "").lower() or row.key,
							row,
						)


class TestWordsInRecords(FrappeTestCase):
	"""What the search index adds: words inside tickets and names."""

	def test_words_of_a_ticket_and_a_name_inside(self):
		ticket = factories.make_ticket(question="风火轮轴承发热").name
		customer = factories.make_customer(customer_name="东海风火轮用户").name
		with temporary_index("Service Ticket", "Service Customer", "Product", "FAQ"):
			frappe.set_user(factories.user_with("Service Agent"))
			try:
				groups = {
					group["key"]: [hit["name"] for hit in group["hits"]]
					for group in search("风火轮")["groups"]
				}
			finally:
				frappe.set_user("Administrator")
		self.assertIn(ticket, groups["tickets"])
		self.assertIn(customer, groups["customers"])
