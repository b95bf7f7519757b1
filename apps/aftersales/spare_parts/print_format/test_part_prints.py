import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import stock, transit
from aftersales.testing.parts import make_part_warehouse, make_spare_part, make_stock_count, put_in_stock


class TestPartPrints(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.part = make_spare_part(serial_tracked=1, part_name="Valve <b>x</b>").name
		self.place, self.other = make_part_warehouse().name, make_part_warehouse().name
		self.receipt = put_in_stock(self.part, self.place, 2, 12.5, serial_nos="S-1\nS-2")

	def slip(self, name):
		return frappe.get_print("Part Stock Entry", name, "Part Slip", no_letterhead=1)

	def test_a_receipt(self):
		html = self.slip(self.receipt)
		for text in (
			"Receipt Slip",
			self.receipt,
			self.place,
			"S-1, S-2",
			"Valve &lt;b&gt;x&lt;/b&gt;",
			"25.00",
		):
			self.assertIn(text, html)
		self.assertNotIn("Transfer Slip", html)

	def test_each_kind_has_its_title(self):
		item = {"spare_part": self.part, "qty": 1, "serial_nos": "S-1"}
		transfer = stock.make_entry("Transfer", [item], source=self.place, target=self.other)
		self.assertIn("In Transit", self.slip(transfer))
		transit.sign_off(transfer)
		html = self.slip(transfer)
		self.assertIn("Transfer Slip", html)
		self.assertIn("Administrator", html)
		scrap = stock.make_entry(
			"Scrap", [{**item, "serial_nos": "S-2"}], source=self.place, scrap_type="Damaged"
		)
		html = self.slip(scrap)
		self.assertIn("Scrap Slip", html)
		self.assertIn("Damaged", html)

	def test_the_sheet_for_counting_leaves_room(self):
		count = apply_workflow(make_stock_count(warehouse=self.place), "Start Counting")
		html = frappe.get_print("Stock Count", count.name, "Stock Count Sheet", no_letterhead=1)
		for text in ("Stock Count Sheet", count.name, self.part, "Counting"):
			self.assertIn(text, html)
