import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import ledger, ledger_check, renaming, reservations, stock
from aftersales.testing import factories
from aftersales.testing.field import make_service_order
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock
from aftersales.utils.naming import OwnNumberError


class TestRenaming(FrappeTestCase):
	"""Another number for a part, another name for a warehouse: the stock stays one."""

	def setUp(self):
		self.part = make_spare_part(serial_tracked=1).name
		self.store = make_part_warehouse().name
		put_in_stock(self.part, self.store, 3, serial_nos="S1\nS2\nS3")
		self.order = make_service_order().name
		reservations.reserve(self.order, self.part, self.store, 1)

	def check(self, part, store):
		put_in_stock(part, store, 1, serial_nos="S4")
		reservations.reserve(self.order, part, store, 1)
		rows = frappe.get_all(
			"Part Balance", {"spare_part": part}, ["name", "warehouse", "qty", "reserved_qty"]
		)
		self.assertEqual(
			[(row.name, row.warehouse, row.qty, row.reserved_qty) for row in rows],
			[(ledger.key_of(part, store), store, 4, 2)],
		)
		kept = frappe.get_all(
			"Part Reservation", {"service_order": self.order}, ["qty", "spare_part", "warehouse"]
		)
		self.assertEqual([(row.qty, row.spare_part, row.warehouse) for row in kept], [(2, part, store)])
		self.assertEqual(frappe.db.count("Part Serial", {"spare_part": part, "warehouse": store}), 4)
		self.assertRaises(frappe.ValidationError, put_in_stock, part, store, 1, serial_nos="s1")
		stock.make_entry("Consumption", [{"spare_part": part, "qty": 1, "serial_nos": "S1"}], source=store)
		mine = [row for row in ledger_check.differences() if part in (row["spare_part"],)]
		self.assertEqual(mine, [])

	def test_a_part(self):
		new = factories.unique("PART")
		self.assertEqual(frappe.rename_doc("Spare Part", self.part, f" {new} "), new)
		self.assertEqual(frappe.db.get_value("Spare Part", new, "part_no"), new)
		self.check(new, self.store)

	def test_a_warehouse(self):
		new = factories.unique("Store")
		frappe.rename_doc("Part Warehouse", self.store, new)
		self.check(self.part, new)

	def test_two_stay_two(self):
		part, store = make_spare_part().name, make_part_warehouse().name
		self.assertRaises(renaming.MergeError, frappe.rename_doc, "Spare Part", self.part, part, merge=True)
		self.assertRaises(
			renaming.MergeError, frappe.rename_doc, "Part Warehouse", self.store, store, merge=True
		)

	def test_a_number_must_be_one(self):
		self.assertRaises(OwnNumberError, frappe.rename_doc, "Spare Part", self.part, "<b>")
