import frappe
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_days, getdate

from aftersales.field_service.depreciation import (
	NOT_REPAIRABLE,
	QUALITY,
	WISH,
	SaleDateError,
	bands_of,
	depreciation_of,
	fee,
)
from aftersales.field_service.doctype.depreciation_band.depreciation_band import (
	BandError,
	BandTakenError,
)
from aftersales.testing import factories
from aftersales.testing.field import make_depreciation_band

SOLD = getdate("2031-01-31")


def on_day(day: int, ground: str = NOT_REPAIRABLE, category: str | None = None):
	return depreciation_of(category, SOLD, add_days(SOLD, day), ground)


class DepreciationCase(FrappeTestCase):
	"""Bands as the app brings them: a site's own change them in this transaction only."""

	def setUp(self):
		frappe.db.savepoint("bands")
		self.addCleanup(frappe.db.rollback, save_point="bands")
		frappe.db.delete("Depreciation Band")
		for up_to_day, percent in ((30, 5), (60, 10), (90, 20)):
			make_depreciation_band(product_category=None, up_to_day=up_to_day, percent=percent)
		change = change_settings("Aftersales Settings", {"free_exchange_days": 15})
		change.__enter__()
		self.addCleanup(change.__exit__, None, None, None)


class TestDepreciation(DepreciationCase):
	def test_edges_of_the_bands(self):
		"""[0, 30], (30, 60], (60, 90]: each day lies in one band (A05)."""
		for day, percent in ((16, 5), (29, 5), (30, 5), (31, 10), (60, 10), (61, 20), (90, 20), (91, None)):
			with self.subTest(day=day):
				found = on_day(day)
				self.assertEqual((found.days, found.percent), (day, percent))
		self.assertIn("after day 30 up to day 60", on_day(31).rule)
		self.assertIn("after day 90 there is no depreciation band", on_day(91).rule)

	def test_free_days(self):
		for ground in (QUALITY, NOT_REPAIRABLE):
			for day in (0, 1, 15):
				with self.subTest(ground=ground, day=day):
					self.assertEqual(on_day(day, ground).percent, 0)
		self.assertEqual(on_day(16).percent, 5)

	def test_quality_is_repaired_first_after_the_free_days(self):
		self.assertFalse(on_day(15, QUALITY).repair_first)
		found = on_day(16, QUALITY)
		self.assertTrue(found.repair_first)
		self.assertIsNone(found.percent)

	def test_a_wish_is_never_free(self):
		self.assertEqual([on_day(day, WISH).percent for day in (0, 15, 31)], [5, 5, 10])

	def test_free_days_are_the_sites(self):
		with change_settings("Aftersales Settings", {"free_exchange_days": 7}):
			self.assertEqual([on_day(7).percent, on_day(8).percent], [0, 5])

	def test_exchange_before_the_sale(self):
		self.assertRaises(SaleDateError, on_day, -1)

	def test_bands_of_the_nearest_category(self):
		above = factories.make_product_category(is_group=1).name
		below = factories.make_product_category(parent_product_category=above).name
		self.assertEqual(on_day(20, category=below).percent, 5)
		make_depreciation_band(product_category=above, up_to_day=40, percent=8)
		self.assertEqual([on_day(40, category=below).percent, on_day(41, category=below).percent], [8, None])
		make_depreciation_band(product_category=below, up_to_day=50, percent=3)
		self.assertEqual([on_day(45, category=below).percent, on_day(40, category=above).percent], [3, 8])

	def test_disabled_bands_do_not_hold(self):
		frappe.db.set_value("Depreciation Band", "All-30", "disabled", 1)
		self.assertEqual(on_day(20).percent, 10)
		frappe.db.set_value("Depreciation Band", {"up_to_day": [">", 0]}, "disabled", 1)
		self.assertEqual((on_day(20).percent, bands_of(None)), (None, []))

	def test_fee_is_rounded_to_cents(self):
		self.assertEqual(fee(199.99, 5), 10.0)
		self.assertEqual(fee(33.35, 10), 3.34)
		self.assertEqual(fee(0, 20), 0)

	def test_bands_cost_three_statements_at_most(self):
		category = factories.make_product_category().name
		frappe.get_cached_doc("Aftersales Settings")
		with self.assertQueryCount(3):
			on_day(20, category=category)


class TestBand(DepreciationCase):
	def test_one_band_a_day(self):
		with self.assertRaises(BandTakenError):
			make_depreciation_band(product_category=None, up_to_day=30, percent=7)

	def test_limits(self):
		for values in ({"percent": 101}, {"percent": -1}, {"up_to_day": -1}):
			with (
				self.subTest(**values),
				self.assertRaises((BandError, frappe.NonNegativeError, frappe.ValidationError)),
			):
				make_depreciation_band(**values)

	def test_who_may_set_bands(self):
		self.addCleanup(frappe.set_user, "Administrator")
		for role, allowed in (
			("May Set Parameters", True),
			("Service Manager", True),
			("Sales Office", False),
		):
			frappe.set_user(factories.user_with(role))
			with self.subTest(role):
				self.assertEqual(bool(frappe.has_permission("Depreciation Band", "write")), allowed)
