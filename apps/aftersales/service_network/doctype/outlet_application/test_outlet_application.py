import frappe
from frappe import client
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate, today

from aftersales.service_network import outlet_scope
from aftersales.service_network.doctype.outlet_application.outlet_application import (
	ApplicationError,
	ApplicationFrozenError,
)
from aftersales.service_network.doctype.service_outlet.service_outlet import ContractPeriodError
from aftersales.testing import factories, network
from aftersales.testing.field import as_user, make_service_centre, make_service_outlet, staff_of
from aftersales.utils.workflow_state import SelfApprovalError

OUTLET = "Service Outlet"


class TestOutletApplication(FrappeTestCase):
	"""M9: the branch applies, headquarters approves its part, the account is opened."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.other = make_service_centre(outlet_kind="Branch").name
		cls.clerk = staff_of(cls.branch, "Branch Staff")
		cls.manager = factories.user_with("Service Manager")
		cls.licence = network.make_qualification_type().name

	def tearDown(self):
		frappe.set_user("Administrator")
		outlet_scope.forget()

	def applied(self, **fields):
		with as_user(self.clerk):
			doc = network.make_outlet_application(parent_service_outlet=self.branch, **fields)
			return factories.act(doc, "Apply")

	def approved(self, **fields):
		doc = self.applied(**fields)
		with as_user(self.manager):
			return factories.act(doc, "Review", "Approve")

	def test_from_application_to_opened_account(self):
		doc = self.applied(
			region=factories.make_region().name,
			tax_no="9121",
			bank_account="6222 0001",
			contract_from="2024-01-01",
			qualifications=[{"qualification": self.licence, "number": "L1", "valid_until": "2099-01-01"}],
		)
		self.assertEqual((doc.stage, doc.applied_by), ("Applied", self.clerk))
		with as_user(self.manager):
			doc.outlet_code = frappe.generate_hash(length=8)
			doc.save()
			doc = factories.act(doc, "Review", "Approve")
		outlet = frappe.get_doc(OUTLET, doc.outlet)
		self.assertEqual((outlet.name, outlet.parent_service_outlet), (doc.outlet_name, self.branch))
		self.assertEqual(outlet.outlet_code, doc.outlet_code)
		account = frappe.db.get_value(
			"Outlet Bank Account", {"outlet": outlet.name}, ["tax_no", "bank_account"]
		)
		self.assertEqual(account, ("9121", "6222 0001"))
		self.assertEqual(outlet.qualifications[0].number, "L1")
		self.assertEqual(outlet.qualification_expires_on, getdate("2099-01-01"))
		self.assertEqual((outlet.account_state, outlet.account_opened_on), ("Not Opened", None))
		self.assertEqual(doc.decided_by, self.manager)
		with as_user(self.manager):
			doc = factories.act(doc, "Open Account")
		outlet.reload()
		self.assertEqual((outlet.account_state, outlet.account_opened_on), ("Opened", getdate(today())))
		self.assertEqual((doc.stage, getdate(doc.account_opened_on)), ("Opened", getdate(today())))

	def test_an_outlet_that_is_there_gets_the_new_file(self):
		shop = make_service_outlet(
			parent_service_outlet=self.branch,
			phone="0411-1",
			email="shop@test.example",
			qualifications=[{"qualification": self.licence, "number": "L1", "valid_until": "2024-01-01"}],
		)
		paper = {"qualification": self.licence, "number": "L1", "valid_until": "2098-01-01"}
		account = network.make_outlet_bank_account(outlet=shop.name, bank_name="Old", tax_no="9121")
		doc = self.approved(
			outlet=shop.name, phone="0411-2", qualifications=[paper], bank_name="New", bank_account="2"
		)
		self.assertEqual((doc.outlet, doc.outlet_name), (shop.name, shop.name))
		shop.reload()
		account.reload()
		self.assertEqual((account.bank_name, account.bank_account, account.tax_no), ("New", "2", "9121"))
		self.assertEqual((shop.phone, shop.email), ("0411-2", "shop@test.example"))
		self.assertEqual(
			[str(row.valid_until) for row in shop.qualifications], ["2098-01-01"], "replaced, not added"
		)

	def test_a_service_centre_can_have_outlets_below_it(self):
		doc = self.approved(outlet_kind="Service Centre")
		self.assertTrue(frappe.db.get_value(OUTLET, doc.outlet, "is_group"))
		self.assertFalse(frappe.db.exists("Outlet Bank Account", {"outlet": doc.outlet}))

	def test_rejected_with_a_reason_corrected_and_applied_again(self):
		doc = self.applied()
		with as_user(self.manager):
			doc = factories.act(doc, "Review")
			self.assertRaises(ApplicationError, factories.act, doc, "Reject")
			doc.reload()
			doc.rejection_reason = "The licence is missing"
			doc.save()
			doc = factories.act(doc, "Reject")
		self.assertEqual(doc.decided_by, self.manager)
		with as_user(self.clerk):
			doc = factories.act(doc, "Revise")
			self.assertEqual(doc.rejection_reason, "The licence is missing")
			doc.technicians = 3
			doc.save()
			doc = factories.act(doc, "Apply")
		self.assertEqual((doc.rejection_reason, doc.decided_by), (None, None))
		self.assertFalse(frappe.db.exists(OUTLET, doc.outlet_name))

	def test_what_was_applied_for_stays_while_it_is_judged(self):
		doc = self.applied()
		with as_user(self.clerk):
			doc.phone = "1"
			self.assertRaises(ApplicationFrozenError, doc.save)
			doc.reload()
			# Headquarters' part is not the branch's to write.
			doc.hq_note = doc.outlet_code = "mine"
			doc.save()
			self.assertEqual((doc.hq_note, doc.outlet_code), (None, None))
		doc = self.approved()
		doc.hq_note = "later"
		self.assertRaises(ApplicationFrozenError, doc.save)
		self.assertRaises(ApplicationFrozenError, frappe.delete_doc, doc.doctype, doc.name)

	def test_nobody_approves_their_own(self):
		with as_user(self.manager):
			doc = network.make_outlet_application(parent_service_outlet=self.branch)
			doc = factories.act(doc, "Apply", "Review")
			self.assertRaises(frappe.ValidationError, factories.act, doc, "Approve")
			doc.reload()
			doc.status, doc.stage = "Approved", "Approved"
			self.assertRaises(SelfApprovalError, doc.save)

	def test_stamps_are_not_sent(self):
		doc = network.make_outlet_application(decided_by="Administrator", account_opened_on=today())
		self.assertEqual((doc.decided_by, doc.account_opened_on), (None, None))

	def test_only_below_own_units_and_of_own_outlets(self):
		foreign = make_service_outlet(parent_service_outlet=self.other).name
		with as_user(self.clerk):
			for values, error in (
				({"parent_service_outlet": self.other}, frappe.PermissionError),
				({"parent_service_outlet": self.branch, "outlet": foreign}, outlet_scope.OtherOutletError),
			):
				doc = frappe.get_doc(doctype="Outlet Application", outlet_name="Some outlet", **values)
				self.assertRaises(error, doc.insert)
			own = frappe.get_doc(
				doctype="Outlet Application", outlet_name=factories.unique("Outlet")
			).insert()
			self.assertEqual(own.parent_service_outlet, self.branch)
		theirs = network.make_outlet_application(parent_service_outlet=self.other).name
		with as_user(self.clerk):
			self.assertNotIn(theirs, frappe.get_list("Outlet Application", pluck="name", limit=0))
			self.assertFalse(frappe.has_permission("Outlet Application", "read", theirs))

	def test_names_that_are_taken_and_periods_that_are_none(self):
		shop = make_service_outlet(parent_service_outlet=self.branch).name
		self.assertRaises(ApplicationError, network.make_outlet_application, outlet_name=f" {shop} ")
		self.assertRaises(
			ContractPeriodError,
			network.make_outlet_application,
			contract_from="2024-02-01",
			contract_until="2024-01-01",
		)

	def test_bank_data_is_read_by_those_who_read_bank_accounts(self):
		readers, account = (
			{row.role for row in frappe.get_meta(doctype).permissions if row.read and not row.permlevel}
			for doctype in ("Outlet Application", "Outlet Bank Account")
		)
		self.assertEqual(readers - account, set())
		name = network.make_outlet_application(
			parent_service_outlet=self.branch, bank_account="6222 0009"
		).name
		for role in ("General Manager", "Market Supervisor"):
			with as_user(factories.user_with(role)):
				for ask in (
					lambda: client.get_list("Outlet Application", fields=["bank_account"]),
					lambda: client.get("Outlet Application", name),
					lambda: client.get_value("Outlet Application", "bank_account", name),
				):
					self.assertRaises(frappe.PermissionError, ask)

	def test_of_two_approvals_of_a_name_one_makes_the_outlet(self):
		first, second = self.applied(), None
		with as_user(self.clerk):
			second = network.make_outlet_application(parent_service_outlet=self.branch)
			second.outlet_name = first.outlet_name
			second.save()
			second = factories.act(second, "Apply")
		with as_user(self.manager):
			factories.act(first, "Review", "Approve")
			self.assertRaises(ApplicationError, factories.act, second, "Review")
