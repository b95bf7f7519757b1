from datetime import date

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.field_service.doctype.warranty_rule.warranty_rule import WarrantyRuleError
from aftersales.field_service.warranty import last_day, refresh_states, warranty_of
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, make_warranty_rule


class TestLastDay(FrappeTestCase):
	def test_ends_on_the_day_of_the_same_number_or_the_last_of_the_month(self):
		for start, months, end in (
			(date(2025, 1, 15), 12, date(2026, 1, 15)),
			(date(2025, 1, 31), 1, date(2025, 2, 28)),
			(date(2024, 1, 31), 1, date(2024, 2, 29)),
			(date(2024, 2, 29), 12, date(2025, 2, 28)),
			(date(2025, 8, 31), 6, date(2026, 2, 28)),
			(date(2025, 2, 28), 12, date(2026, 2, 28)),
			(date(2024, 12, 31), 2, date(2025, 2, 28)),
		):
			with self.subTest(start=start, months=months):
				self.assertEqual(last_day(start, months), end)


class TestWarranty(FrappeTestCase):
	def setUp(self):
		self.root = factories.make_product_category(is_group=1)
		self.category = factories.make_product_category(is_group=1, parent_product_category=self.root.name)
		self.leaf = factories.make_product_category(parent_product_category=self.category.name)
		self.product = factories.make_product(product_category=self.leaf.name)
		self.device = {
			"product": self.product.name,
			"product_category": self.leaf.name,
			"sale_date": "2025-01-31",
		}

	def rule(self, **fields):
		return make_warranty_rule(**{"months": 12, "product_category": self.category.name, **fields}).name

	def ask(self, on="2025-06-01", component=None, **fields):
		return warranty_of({**self.device, **fields}, on, component)

	def test_last_day_is_covered_and_the_next_is_not(self):
		rule = self.rule(months=1)
		for day, state in (
			("2025-01-31", "In Warranty"),
			("2025-02-28", "In Warranty"),
			("2025-03-01", "Out of Warranty"),
		):
			found = self.ask(day)
			self.assertEqual((found.state, found.rule), (state, rule))
			self.assertEqual((found.start, found.end), (date(2025, 1, 31), date(2025, 2, 28)))

	def test_the_nearest_rule_wins(self):
		far = self.rule(product_category=self.root.name, months=6)
		self.assertEqual(self.ask().rule, far)
		near = self.rule(months=12)
		self.assertEqual(self.ask().rule, near)
		nearest = self.rule(product_category=self.leaf.name, months=18)
		self.assertEqual(self.ask().rule, nearest)
		own = self.rule(product_category=None, product=self.product.name, months=24)
		self.assertEqual(self.ask().rule, own)
		frappe.db.set_value("Warranty Rule", own, "disabled", 1)
		self.assertEqual(self.ask().rule, nearest)

	def test_rules_of_other_categories_do_not_count(self):
		other = factories.make_product_category(parent_product_category=self.root.name)
		self.rule(product_category=other.name)
		self.assertEqual(self.ask().state, "Unknown")

	def test_component_has_its_own_rule_or_shares_the_devices(self):
		self.rule(months=12)
		compressor = self.rule(months=36, component="Compressor")
		found = self.ask("2027-01-01", "compressor ")
		self.assertEqual((found.state, found.rule, found.end), ("In Warranty", compressor, date(2028, 1, 31)))
		self.assertEqual(self.ask("2027-01-01", "Door").state, "Out of Warranty")
		self.assertEqual(self.ask("2027-01-01").state, "Out of Warranty")

	def test_a_typed_end_of_a_component_goes_before_its_rule(self):
		self.rule(months=36, component="Compressor")
		rows = [{"component": "Compressor", "warranty_end": "2025-12-31"}]
		self.assertEqual(self.ask("2026-01-01", "Compressor", components=rows).state, "Out of Warranty")

	def test_other_dates(self):
		rule = self.rule(counts_from="Installation Date", otherwise_from="Production Date")
		self.assertEqual(self.ask(installation_date="2025-03-01").start, date(2025, 3, 1))
		self.assertEqual(self.ask(production_date="2024-12-01").start, date(2024, 12, 1))
		found = self.ask()
		self.assertEqual((found.state, found.rule), ("Unknown", None))
		found = self.ask(sale_date=None)
		self.assertEqual(found.state, "Unknown")
		self.assertIn("neither sale, installation nor production", found.reason)
		found = self.ask(product=None, product_category=None)
		self.assertEqual(found.state, "Unknown")
		self.assertIn("Choose the product", found.reason)
		self.assertTrue(frappe.db.exists("Warranty Rule", rule))

	def test_validity_is_of_the_counted_date(self):
		self.rule(valid_to="2024-12-31", months=6)
		late = self.rule(valid_from="2025-01-01", months=24)
		self.assertEqual(self.ask().rule, late)
		self.assertEqual(self.ask(sale_date="2024-12-31").end, date(2025, 6, 30))

	def test_the_products_own_months_without_a_rule(self):
		frappe.db.set_value("Product", self.product.name, "warranty_months", 3)
		frappe.clear_document_cache("Product", self.product.name)
		found = self.ask()
		self.assertEqual((found.rule, found.end), (None, date(2025, 4, 30)))
		self.assertIn("as the product says", found.reason)

	def test_agreed_individually(self):
		self.rule()
		found = self.ask("2030-01-01", warranty_agreed=1, warranty_end="2031-01-01")
		self.assertEqual((found.state, found.rule), ("In Warranty", None))

	def test_conditions_are_told(self):
		self.rule(conditions="Not for commercial use.")
		self.assertIn("Not for commercial use.", self.ask().reason)

	def test_cost(self):
		self.rule()
		self.ask()
		with self.assertQueryCount(2):
			self.ask()

	def test_on_a_saved_device(self):
		rule = self.rule(months=12)
		part = self.rule(months=36, component="Compressor")
		device = make_customer_device(
			product=self.product.name,
			sale_date=add_months(today(), -13),
			components=[{"component": "compressor"}, {"component": "Door"}],
		)
		device.reload()
		self.assertEqual((device.warranty_state, device.warranty_rule), ("Out of Warranty", rule))
		self.assertEqual(device.components[0].warranty_rule, part)
		self.assertGreater(device.components[0].warranty_end, getdate())
		self.assertIsNone(device.components[1].warranty_end)
		device.components[1].warranty_end = add_days(today(), 9)
		device.sale_date = add_months(today(), -1)
		device.save()
		self.assertEqual(device.warranty_state, "In Warranty")
		self.assertEqual(getdate(device.components[1].warranty_end), getdate(add_days(today(), 9)))

	def test_the_state_ends_by_itself(self):
		self.rule(months=12)
		device = make_customer_device(product=self.product.name, sale_date=today())
		self.assertEqual(device.warranty_state, "In Warranty")
		frappe.db.set_value("Customer Device", device.name, "warranty_end", add_days(today(), -1))
		refresh_states()
		self.assertEqual(
			frappe.db.get_value("Customer Device", device.name, "warranty_state"), "Out of Warranty"
		)

	def test_the_last_day_stays(self):
		self.rule(months=12)
		device = make_customer_device(product=self.product.name, sale_date=today())
		frappe.db.set_value("Customer Device", device.name, "warranty_end", today())
		refresh_states()
		self.assertEqual(frappe.db.get_value("Customer Device", device.name, "warranty_state"), "In Warranty")


class TestWarrantyRule(FrappeTestCase):
	def test_refused(self):
		for fields in (
			{"months": 0},
			{"months": 1201},
			{"valid_from": "2025-02-01", "valid_to": "2025-01-01"},
		):
			with self.subTest(fields):
				self.assertRaises(WarrantyRuleError, make_warranty_rule, **fields)

	def test_the_same_date_twice_is_once(self):
		self.assertIsNone(make_warranty_rule(otherwise_from="Sale Date").otherwise_from)
