"""Bank data is for headquarters, finance, auditors and the outlet with those above it; by every way to read."""

import frappe
from frappe import client
from frappe.desk.form.load import getdoc
from frappe.desk.reportview import export_query
from frappe.desk.reportview import get as list_view
from frappe.desk.search import search_link
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import bank_accounts, outlet_scope
from aftersales.service_network.bank_accounts import ACCOUNT, TwoAccountsError
from aftersales.testing import factories, network
from aftersales.testing.field import as_user, make_service_centre, make_service_outlet, staff_of

OUTLET = "Service Outlet"
FIELDS = ["name", "outlet", *bank_accounts.FIELDS]
SECRET = "6222 0034 7777"


def columns() -> list[str]:
	return [f"`tab{ACCOUNT}`.`{field}`" for field in FIELDS]


def asked(**values) -> frappe._dict:
	return frappe._dict(doctype=ACCOUNT, fields=columns(), filters=[], view="Report", **values)


def by_document(name: str):
	frappe.response.docs = []
	getdoc(ACCOUNT, name)
	return [doc.as_dict() for doc in frappe.response.docs]


def by_list_view(name: str):
	frappe.local.form_dict = asked(page_length=500)
	return list_view()


def by_export(name: str):
	frappe.local.form_dict = asked(file_format_type="CSV")
	export_query()
	content = frappe.response["filecontent"]
	return content.decode() if isinstance(content, bytes) else content


WAYS = {
	"list": lambda name: frappe.get_list(ACCOUNT, fields=FIELDS, limit=0),
	"list of the API": lambda name: client.get_list(ACCOUNT, fields=FIELDS, limit_page_length=0),
	"value": lambda name: client.get_value(ACCOUNT, "bank_account", name),
	"document": by_document,
	"document of the API": lambda name: client.get(ACCOUNT, name),
	"list view": by_list_view,
	"export": by_export,
}


class TestOutletBankAccount(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.branch).name
		cls.other = make_service_outlet(parent_service_outlet=cls.branch).name
		cls.account = network.make_outlet_bank_account(outlet=cls.outlet, bank_account=SECRET).name
		cls.foreign = network.make_outlet_bank_account().name

	def setUp(self):
		frappe.db.savepoint("bank_account")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="bank_account")
		outlet_scope.forget()

	def shown(self, user: str) -> set:
		"""Return the ways by which a user sees the account's number."""
		found = set()
		with as_user(user):
			for way, read in WAYS.items():
				outlet_scope.forget()
				try:
					if SECRET in str(read(self.account)):
						found.add(way)
				except frappe.PermissionError:
					pass
		return found

	def listed(self) -> set:
		try:
			return set(frappe.get_list(ACCOUNT, pluck="name", limit=0)) & {self.account, self.foreign}
		except frappe.PermissionError:
			return set()

	def strangers(self) -> list[str]:
		portal = factories.user_with(account="bank-portal")
		frappe.db.set_value("User", portal, "user_type", "Website User")
		return [
			"Guest",
			portal,
			factories.user_with("Service Agent"),
			factories.user_with("General Manager"),
			factories.user_with("May Set Parameters", "May Import and Export", "May Audit"),
			staff_of(self.outlet, "Service Technician", account="bank-technician"),
			staff_of(self.other, "Outlet Staff", account="bank-other"),
			staff_of(None, "Outlet Staff", account="bank-nowhere"),
		]

	def test_others_see_nothing_by_any_way(self):
		for user in self.strangers():
			with self.subTest(user=user):
				self.assertEqual(self.shown(user), set())
				with as_user(user):
					self.assertIsNone(bank_accounts.bank_account_of(self.outlet))
					self.assertEqual(self.linked(), [])

	def linked(self) -> list:
		try:
			found = search_link(ACCOUNT, "")
		except frappe.PermissionError:
			return []
		found = found or frappe.response.pop("results", [])
		return [row for row in found if row["value"] == self.account]

	def test_the_outlet_and_those_above_it_do(self):
		reading = set(WAYS) - {"export"}
		for outlet, role in (
			(self.outlet, "Outlet Staff"),
			(self.branch, "Service Centre Staff"),
			(self.branch, "Branch Staff"),
			(self.branch, "Regional Centre Staff"),
		):
			user = staff_of(outlet, role)
			self.assertEqual(self.shown(user), reading, role)
			with as_user(user):
				self.assertEqual(len(self.linked()), 1)
				self.assertEqual(bank_accounts.bank_account_of(self.outlet).bank_account, SECRET)
		for role in ("Aftersales Administrator", "Service Manager", "Finance Clerk", "Service Auditor"):
			self.assertEqual(self.shown(factories.user_with(role)), set(WAYS), role)

	def test_list_and_document_agree(self):
		for user, seen in (
			*((user, set()) for user in self.strangers()),
			(staff_of(self.outlet, "Outlet Staff"), {self.account}),
			(staff_of(self.branch, "Branch Staff"), {self.account}),
			(factories.user_with("Finance Clerk"), {self.account, self.foreign}),
		):
			with self.subTest(user=user), as_user(user):
				outlet_scope.forget()
				self.assertEqual(self.listed(), seen)
				read = {
					name
					for name in (self.account, self.foreign)
					if frappe.has_permission(ACCOUNT, "read", name)
				}
				self.assertEqual(read, seen)

	def test_who_writes(self):
		for role in ("Aftersales Administrator", "Service Manager", "Finance Clerk"):
			with as_user(factories.user_with(role)):
				client.set_value(ACCOUNT, self.account, "bank_name", role)
			self.assertEqual(frappe.db.get_value(ACCOUNT, self.account, "bank_name"), role)
		for outlet, role in (
			(self.outlet, "Outlet Staff"),
			(self.branch, "Service Centre Staff"),
			(self.branch, "Branch Staff"),
			(self.branch, "Regional Centre Staff"),
			("All Outlets", "Branch Staff"),
			(None, "Service Auditor"),
		):
			with as_user(staff_of(outlet, role)):
				outlet_scope.forget()
				for do in (
					lambda: client.set_value(ACCOUNT, self.account, "bank_account", "mine"),
					lambda: frappe.get_doc(doctype=ACCOUNT, outlet=self.other).insert(),
					lambda: client.delete(ACCOUNT, self.account),
				):
					self.assertRaises(frappe.PermissionError, do)

	def test_one_account_for_an_outlet_with_its_changes(self):
		self.assertRaises(frappe.UniqueValidationError, network.make_outlet_bank_account, outlet=self.outlet)
		doc = frappe.get_doc(ACCOUNT, self.account)
		doc.bank_account = " 1 "
		doc.save()
		self.assertEqual(doc.bank_account, "1")
		self.assertTrue(frappe.get_meta(ACCOUNT).track_changes)
		doc.outlet = self.other
		self.assertRaises(frappe.CannotChangeConstantError, doc.save)

	def test_it_stays_with_an_outlet_that_is_renamed_or_merged(self):
		new = factories.unique("Outlet")
		frappe.rename_doc(OUTLET, self.outlet, new)
		self.assertEqual(frappe.db.get_value(ACCOUNT, self.account, "outlet"), new)
		twin = make_service_outlet(parent_service_outlet=self.branch).name
		network.make_outlet_bank_account(outlet=twin)
		self.assertRaises(TwoAccountsError, frappe.rename_doc, OUTLET, new, twin, merge=True)
		frappe.rename_doc(OUTLET, new, self.other, merge=True)
		self.assertEqual(frappe.db.get_value(ACCOUNT, self.account, "outlet"), self.other)

	def test_the_outlet_itself_holds_none_of_it(self):
		self.assertFalse(set(bank_accounts.FIELDS) & set(frappe.get_meta(OUTLET).get_valid_columns()))
