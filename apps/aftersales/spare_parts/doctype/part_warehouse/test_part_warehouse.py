import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import warehouses
from aftersales.spare_parts.doctype.part_warehouse.part_warehouse import TechnicianMissingError
from aftersales.testing.field import make_technician
from aftersales.testing.parts import make_part_warehouse
from aftersales.testing.tree_cases import TreeCases


class TestPartWarehouse(TreeCases, FrappeTestCase):
	doctype = "Part Warehouse"
	title_field = "warehouse_name"
	root = "All Warehouses"
	make = staticmethod(make_part_warehouse)

	def test_what_a_technician_carries_names_the_technician(self):
		with self.assertRaises(TechnicianMissingError):
			make_part_warehouse(warehouse_kind="Technician")
		technician = make_technician().name
		own = make_part_warehouse(warehouse_kind="Technician", technician=technician)
		self.assertEqual(warehouses.of_technician(technician), own.name)
		own.warehouse_kind = "Outlet"
		own.save()
		self.assertFalse(own.technician)

	def test_a_technician_gets_a_warehouse_with_the_first_parts(self):
		technician = make_technician()
		self.assertIsNone(warehouses.of_technician(technician.name))
		made = warehouses.of_technician(technician.name, make=True)
		self.assertEqual(warehouses.of_technician(technician.name, make=True), made)
		stored = frappe.db.get_value(
			"Part Warehouse", made, ["warehouse_kind", "technician", "outlet"], as_dict=True
		)
		self.assertEqual(
			stored,
			{"warehouse_kind": "Technician", "technician": technician.name, "outlet": technician.outlet},
		)
