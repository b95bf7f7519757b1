import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts.doctype.spare_part.spare_part import PartChangeError
from aftersales.testing.factories import make_product, user_with
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock
from aftersales.utils.naming import OwnNumberError


class TestSparePart(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_numbers_and_names_are_trimmed(self):
		part = make_spare_part(part_no="  VALVE   12 ", part_name=" Inlet  valve ")
		self.assertEqual((part.name, part.part_name), ("VALVE 12", "Inlet valve"))
		for number in ("", "VALVE 12", "A/B", "new-spare-part-1"):
			with self.assertRaises((OwnNumberError, frappe.ValidationError), msg=number):
				make_spare_part(part_no=number)

	def test_serial_numbers_are_tracked_from_the_start_or_never(self):
		part = make_spare_part()
		part.serial_tracked = 1
		part.save()
		part.serial_tracked = 0
		part.save()
		put_in_stock(part.name, make_part_warehouse().name)
		part.reload()
		part.serial_tracked = 1
		with self.assertRaises(PartChangeError):
			part.save()

	def test_substitutes_are_other_parts_named_once(self):
		part, other = make_spare_part(), make_spare_part().name
		part.append("substitutes", {"spare_part": other})
		part.save()
		for wrong in (part.name, other):
			part.reload()
			part.append("substitutes", {"spare_part": wrong})
			with self.assertRaises(PartChangeError):
				part.save()

	def test_products_name_the_part_by_its_product(self):
		product = make_product(product_name="Boiler")
		part = make_spare_part(products=[{"product": product.name}])
		self.assertEqual(part.products[0].product_name, "Boiler")

	def test_parts_that_were_moved_are_kept(self):
		part = make_spare_part()
		put_in_stock(part.name, make_part_warehouse().name)
		with self.assertRaises(frappe.LinkExistsError):
			part.delete()

	def test_prices_are_not_negative(self):
		with self.assertRaises(frappe.NonNegativeError):
			make_spare_part(price=-1)

	def test_roles(self):
		part = make_spare_part()
		for role, writes in (
			("Parts Keeper", True),
			("Parts Planner", True),
			("May Manage Spare Parts", True),
			("May Set Parameters", True),
			("Service Technician", False),
			("Service Agent", False),
		):
			user = user_with(role)
			self.assertTrue(frappe.has_permission("Spare Part", "read", doc=part, user=user), role)
			self.assertEqual(
				bool(frappe.has_permission("Spare Part", "write", doc=part, user=user)), writes, role
			)
