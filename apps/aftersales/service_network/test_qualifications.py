import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.service_network import outlet_choice, qualifications
from aftersales.service_network.qualifications import QualificationPeriodError
from aftersales.testing import factories, network
from aftersales.testing.field import as_user, make_service_centre, make_service_outlet, staff_of


class TestQualifications(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_value("Qualification Type", {"required": 1}, "required", 0)
		cls.region = factories.make_region().name
		cls.goods = factories.make_product_category(is_group=1).name
		cls.kettles = factories.make_product_category(parent_product_category=cls.goods).name
		cls.other_goods = factories.make_product_category().name
		cls.licence = network.make_qualification_type(required=1).name
		cls.gas = network.make_qualification_type(required=1, product_category=cls.goods).name

	def setUp(self):
		frappe.db.savepoint("qualifications")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="qualifications")

	def outlet(self, *papers, **fields):
		rows = [
			{"qualification": kind, "valid_until": until, "product_category": category}
			for kind, until, category in papers
		]
		return make_service_outlet(region=self.region, qualifications=rows, **fields).name

	def gaps(self, outlet, category=None):
		return qualifications.gaps([outlet], category).get(outlet, [])

	def test_missing_and_expired_ones_are_told(self):
		outlet = self.outlet((self.licence, add_days(today(), -1), None))
		self.assertEqual(len(self.gaps(outlet)), 1)
		self.assertIn("expired", self.gaps(outlet)[0])
		self.assertIn(self.licence, self.gaps(outlet)[0])
		self.assertIn("missing", self.gaps(self.outlet())[0])

	def test_the_last_day_counts_and_a_renewed_one_too(self):
		self.assertEqual(self.gaps(self.outlet((self.licence, today(), None))), [])
		self.assertEqual(self.gaps(self.outlet((self.licence, None, None))), [])
		old, new = (self.licence, "2020-01-01", None), (self.licence, "2099-01-01", None)
		self.assertEqual(self.gaps(self.outlet(old, new)), [])

	def test_goods_decide_what_is_asked(self):
		licence = (self.licence, None, None)
		outlet = self.outlet(licence)
		self.assertEqual(self.gaps(outlet), [])
		self.assertEqual(self.gaps(outlet, self.other_goods), [])
		self.assertIn(self.gas, self.gaps(outlet, self.kettles)[0])
		self.assertEqual(self.gaps(self.outlet(licence, (self.gas, None, None)), self.kettles), [])
		self.assertEqual(self.gaps(self.outlet(licence, (self.gas, None, self.goods)), self.kettles), [])
		# One that is good for other goods is none.
		self.assertIn(
			self.gas, self.gaps(self.outlet(licence, (self.gas, None, self.other_goods)), self.goods)[0]
		)

	def test_a_proposal_says_so(self):
		outlet = self.outlet((self.licence, "2020-01-01", None))
		found = outlet_choice.proposals({"region": self.region})
		self.assertEqual(found[0].outlet, outlet)
		self.assertIn(self.licence, found[0].reason)
		frappe.db.set_value("Qualification Type", self.licence, "enabled", 0)
		self.assertNotIn(self.licence, outlet_choice.proposals({"region": self.region})[0].reason)

	def test_outlets_without_account_are_not_proposed(self):
		outlet = self.outlet()
		for state in ("Suspended", "Closed"):
			frappe.db.set_value("Service Outlet", outlet, "account_state", state)
			self.assertEqual(outlet_choice.proposals({"region": self.region}), [])
		for state in ("Opened", "Not Opened", None):
			frappe.db.set_value("Service Outlet", outlet, "account_state", state)
			self.assertEqual(len(outlet_choice.proposals({"region": self.region})), 1)

	def test_the_next_expiry_is_kept_on_the_outlet(self):
		def expiry(*papers):
			return frappe.db.get_value("Service Outlet", self.outlet(*papers), "qualification_expires_on")

		self.assertIsNone(expiry((self.licence, None, None)))
		self.assertEqual(
			expiry((self.licence, "2031-05-01", None), (self.gas, "2030-05-01", None)), getdate("2030-05-01")
		)
		# Renewed: the old paper no longer matters.
		self.assertEqual(
			expiry((self.licence, "2020-01-01", None), (self.licence, "2031-01-01", None)),
			getdate("2031-01-01"),
		)
		self.assertIsNone(expiry((self.licence, "2020-01-01", None), (self.licence, None, None)))

	def test_the_reminder_is_for_those_who_keep_outlets(self):
		branch = make_service_centre(outlet_kind="Branch").name
		late = self.outlet((self.licence, add_days(today(), -3), None), parent_service_outlet=branch)
		soon = self.outlet((self.licence, add_days(today(), 29), None), parent_service_outlet=branch)
		self.outlet((self.licence, add_days(today(), 60), None), parent_service_outlet=branch)
		self.outlet((self.licence, today(), None))
		with as_user(staff_of(branch, "Branch Staff")):
			told = qualifications.expiring(frappe.session.user, 3)
			self.assertEqual([row["label"] for row in told["rows"]], [late, soon])
			self.assertEqual([bool(row["late"]) for row in told["rows"]], [True, False])
		with as_user(factories.user_with("Service Agent")):
			self.assertIsNone(qualifications.expiring(frappe.session.user, 3))

	def test_a_paper_does_not_end_before_it_was_issued(self):
		row = {"qualification": self.licence, "issued_on": "2024-02-01", "valid_until": "2024-01-31"}
		self.assertRaises(QualificationPeriodError, make_service_outlet, qualifications=[row])
