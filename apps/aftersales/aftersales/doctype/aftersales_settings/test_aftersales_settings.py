import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.aftersales_settings.aftersales_settings import (
	UnknownCountryCodeError,
	UnknownRecordTypeError,
)
from aftersales.setup.records import fill_single_defaults
from aftersales.testing.factories import user_with


class TestAftersalesSettings(FrappeTestCase):
	def setUp(self):
		self.settings = frappe.get_doc("Aftersales Settings")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def test_country_code_is_one_of_a_numbering_plan(self):
		self.settings.default_region = " de "
		self.settings.save()
		self.assertEqual(self.settings.default_region, "DE")
		for code in ("XX", "1", "", "ZZ", "中国"):
			self.settings.reload()
			self.settings.default_region = code
			self.assertRaises(UnknownCountryCodeError, self.settings.save)

	def test_area_code_holds_digits(self):
		self.settings.default_area_code = " 04 11- "
		self.settings.save()
		self.assertEqual(self.settings.default_area_code, "0411")
		for code in ("+86", "abc", "０４１１"):
			self.settings.reload()
			self.settings.default_area_code = code
			self.assertRaises(frappe.ValidationError, self.settings.save)

	def test_record_types_exist(self):
		self.settings.lot_no_required_for = "  Complaint \n\nRepair\nComplaint"
		self.settings.save()
		self.assertEqual(self.settings.lot_no_required_for, "Complaint\nRepair")
		self.assertEqual(self.settings.get_lot_no_record_types(), ["Complaint", "Repair"])
		self.settings.reload()
		self.settings.lot_no_required_for = "Complaint\nWhatever"
		with self.assertRaisesRegex(UnknownRecordTypeError, "Enquiry"):
			self.settings.save()

	def test_no_record_type_is_allowed(self):
		self.settings.lot_no_required_for = ""
		self.settings.save()
		self.assertEqual(self.settings.get_lot_no_record_types(), [])

	def test_numbers_are_not_negative(self):
		for field in ("max_pictures", "live_event_seconds", "popup_seconds_after_end"):
			self.settings.reload()
			self.settings.set(field, -1)
			self.assertRaises(frappe.NonNegativeError, self.settings.save)

	def test_new_fields_get_their_defaults_and_emptied_ones_stay_empty(self):
		frappe.db.delete("Singles", {"doctype": "Aftersales Settings", "field": "max_pictures"})
		frappe.db.set_single_value("Aftersales Settings", "lot_no_required_for", "")
		fill_single_defaults("Aftersales Settings")
		stored = frappe.db.get_singles_dict("Aftersales Settings")
		self.assertEqual(stored.max_pictures, "12")
		self.assertFalse(stored.lot_no_required_for)

	def test_only_administrators_write(self):
		for role, may_read, may_write in (
			("Aftersales Administrator", True, True),
			("Service Manager", True, False),
			("Service Agent", False, False),
			("Knowledge Manager", False, False),
			("System Manager", False, False),
		):
			frappe.set_user(user_with(role))
			self.assertEqual(bool(frappe.has_permission("Aftersales Settings", "read")), may_read, role)
			self.assertEqual(bool(frappe.has_permission("Aftersales Settings", "write")), may_write, role)
			frappe.set_user("Administrator")
