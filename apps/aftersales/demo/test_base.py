import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils.password import check_password

from aftersales.demo import PASSWORD, base
from aftersales.setup.roles import ROLES
from aftersales.telephony.caller import lookup
from aftersales.telephony.numbers import normalise

COUNTED = (
	"User",
	"Service Customer Group",
	"Service Region",
	"Product Category",
	"Product",
	"Dealer",
	"Service Customer",
	"Contact",
	"Address",
	"Caller Number",
)


class TestDemoBase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		base.load()

	@classmethod
	def tearDownClass(cls):
		super().tearDownClass()
		frappe.clear_cache()

	def test_all_rows_are_there(self):
		for doctype, file, field in (
			("User", "users", "email"),
			("Service Customer Group", "customer_groups", "group_name"),
			("Service Region", "regions", "region_name"),
			("Product Category", "product_categories", "category_name"),
			("Product", "products", "product_code"),
			("Dealer", "dealers", "dealer_name"),
			("Service Customer", "customers", "customer_name"),
		):
			for row in base.read(file):
				self.assertTrue(frappe.db.exists(doctype, {field: row[field]}), row[field])

	def test_second_load_makes_nothing(self):
		before = {doctype: frappe.db.count(doctype) for doctype in COUNTED}
		base.load()
		self.assertEqual({doctype: frappe.db.count(doctype) for doctype in COUNTED}, before)

	def test_accounts_open_with_the_public_password(self):
		for row in base.read("users"):
			self.assertEqual(check_password(row["email"], PASSWORD), row["email"])

	def test_accounts_have_their_roles_and_no_other(self):
		"""What can be tried with one of them is what its role may do."""
		roles = {role for row in base.read("users") for role in row["roles"]}
		self.assertEqual(roles - {*ROLES}, {"System Manager"})
		for row in base.read("users"):
			present = frappe.get_all("Has Role", {"parent": row["email"], "parenttype": "User"}, pluck="role")
			self.assertEqual(sorted(present), sorted(row["roles"]))

	def test_bridge_account_has_no_desk(self):
		self.assertEqual(
			frappe.db.get_value("User", "bridge@aftersales.example", "user_type"), "Website User"
		)
		self.assertEqual(
			frappe.db.get_value("User", "agent.zh@aftersales.example", "user_type"), "System User"
		)

	def test_caller_of_the_main_journey(self):
		match = lookup("013812345678")
		self.assertEqual(match.level, "sure")
		customer = frappe.get_doc("Service Customer", match.sure.customer)
		self.assertEqual((customer.customer_name, customer.member_no), ("张三", "M-10442"))
		self.assertIn("大连某某生物", customer.organisation)
		self.assertEqual(customer.gold_customer, 1)

	def test_data_show_what_the_product_does(self):
		self.assertGreaterEqual(frappe.db.count("Service Customer", {"black_listed": 1}), 3)
		self.assertGreaterEqual(frappe.db.count("Service Customer", {"member_no": ["is", "set"]}), 15)
		self.assertGreaterEqual(frappe.db.count("Service Customer", {"referred_by": ["is", "set"]}), 2)
		self.assertEqual(lookup("010-64612350").level, "maybe")

	def test_all_numbers_can_exist(self):
		for row in [*base.read("customers"), *base.read("dealers")]:
			for number in [row["phone"], *(phone["phone"] for phone in row.get("other_phones", []))]:
				self.assertTrue(normalise(number).valid, number)

	def test_desk_opens_at_once(self):
		self.assertTrue(frappe.db.get_single_value("System Settings", "setup_complete"))

	def test_a_site_that_was_set_up_stays_as_it_is(self):
		frappe.db.set_single_value("System Settings", {"setup_complete": 1, "time_zone": "Europe/Berlin"})
		base.set_up_site()
		self.assertEqual(frappe.db.get_single_value("System Settings", "time_zone"), "Europe/Berlin")
