import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import part_requests
from aftersales.spare_parts.doctype.part_order.part_order import PartOrderError
from aftersales.spare_parts.part_requests import NoTechnicianError
from aftersales.testing import factories, parts
from aftersales.testing.field import make_technician, staff_of


class TestPartRequests(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = parts.make_supplied_outlet()
		cls.user = staff_of(cls.outlet.name, "Service Technician")
		cls.technician = make_technician(user=cls.user, staff=cls.user, outlet=cls.outlet.name).name
		cls.here = parts.make_spare_part(part_name="Zephyrine drain pump").name
		cls.gone = parts.make_spare_part(part_name="Zephyrine drain pump").name
		parts.put_in_stock(cls.here, cls.outlet.warehouse, 5)

	def setUp(self):
		frappe.set_user(self.user)

	def tearDown(self):
		frappe.set_user("Administrator")

	def send(self, *items, key="one", **more):
		"""As a browser sends it: as JSON."""
		rows = [{"spare_part": part, "qty": qty} for part, qty in items]
		return part_requests.send(frappe.as_json(rows), key, **more)

	def test_what_the_screen_begins_with(self):
		self.send((self.here, 1), key="start")
		shown = part_requests.start()
		self.assertEqual((shown["technician"], shown["source"]), (self.technician, self.outlet.warehouse))
		self.assertEqual(shown["requests"][0]["stage"], "Submitted")

	def test_found_parts_with_what_is_there(self):
		rows = part_requests.find("zephyrine PUMP")
		found = [(row.spare_part, row.free) for row in rows if row.spare_part in (self.here, self.gone)]
		self.assertEqual(found, [(self.here, 5), (self.gone, 0)])
		self.assertEqual([row.spare_part for row in part_requests.find(self.gone.lower())], [self.gone])
		self.assertEqual(part_requests.find("%"), [])
		self.assertIn(self.here, [row.spare_part for row in part_requests.find()])
		self.assertNotIn(self.gone, [row.spare_part for row in part_requests.find()])

	def test_sent_once(self):
		first = self.send((self.here, 2), (self.gone, 1), key="twice")
		self.assertEqual(self.send((self.here, 2), (self.gone, 1), key="twice")["order"], first["order"])
		order = frappe.get_doc("Part Order", first["order"])
		self.assertEqual(
			(order.order_kind, order.technician, order.outlet, order.stage),
			("Technician", self.technician, self.outlet.name, "Submitted"),
		)
		self.assertEqual(order.source_warehouse, self.outlet.warehouse)
		self.assertEqual(
			frappe.db.get_value("Part Warehouse", order.target_warehouse, "technician"), self.technician
		)

	def test_nothing_is_half_written(self):
		before = frappe.db.count("Part Order")
		for items in ((), ((self.here, 0),), ((self.here, 1), (self.here, 1))):
			frappe.db.savepoint("before_request")
			self.assertRaises(PartOrderError, self.send, *items, key="bad")
			frappe.db.rollback(save_point="before_request")
		self.assertEqual(frappe.db.count("Part Order"), before)

	def test_for_technicians_only(self):
		calls = ((part_requests.start,), (part_requests.find, "pump"), (part_requests.send, [], "none"))
		for user, error in (
			("Guest", frappe.PermissionError),
			(factories.user_with("Service Agent"), frappe.PermissionError),
			(factories.user_with("Sales Office"), NoTechnicianError),
		):
			frappe.set_user(user)
			for function, *arguments in calls:
				self.assertRaises(error, function, *arguments)
