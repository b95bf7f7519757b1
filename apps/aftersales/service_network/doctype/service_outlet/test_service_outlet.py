import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import outlet_choice
from aftersales.service_network.doctype.service_outlet.service_outlet import CoordinatesError
from aftersales.testing.factories import make_region
from aftersales.testing.field import make_service_centre, make_service_order, make_service_outlet
from aftersales.testing.tree_cases import TreeCases


class TestServiceOutletTree(TreeCases, FrappeTestCase):
	doctype = "Service Outlet"
	title_field = "outlet_name"
	root = "All Outlets"
	make = staticmethod(make_service_outlet)


class TestServiceOutlet(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("outlet_test")

	def tearDown(self):
		frappe.db.rollback(save_point="outlet_test")

	def test_codes_are_unique_and_may_be_missing(self):
		make_service_outlet(outlet_code=" N1 ")
		self.assertRaises(frappe.UniqueValidationError, make_service_outlet, outlet_code="N1")
		self.assertIsNone(make_service_outlet(outlet_code=" ").outlet_code)
		self.assertIsNone(make_service_outlet().outlet_code)

	def test_coordinates_are_a_place(self):
		self.assertRaises(CoordinatesError, make_service_outlet, latitude=91, longitude=1)
		self.assertRaises(CoordinatesError, make_service_outlet, latitude=1, longitude=-181)
		self.assertRaises(CoordinatesError, make_service_outlet, latitude=38.9)
		make_service_outlet(latitude=-90, longitude=180)


class TestOutletChoice(FrappeTestCase):
	"""S2.14: the local or nearest outlet, and its service centre."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.province = make_region(region_name="测试省", is_group=1).name
		cls.city = make_region(region_name="测试大连", parent_service_region=cls.province, is_group=1).name
		cls.district = make_region(region_name="测试沙河口", parent_service_region=cls.city).name
		cls.other = make_region(region_name="测试沈阳", parent_service_region=cls.province).name
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.centre = make_service_centre(parent_service_outlet=cls.branch, region=cls.province).name
		cls.near = make_service_outlet(
			parent_service_outlet=cls.centre, region=cls.city, latitude=38.91, longitude=121.61
		).name
		cls.far = make_service_outlet(
			parent_service_outlet=cls.centre, region=cls.city, latitude=39.6, longitude=122.0
		).name
		cls.elsewhere = make_service_outlet(
			parent_service_outlet=cls.branch,
			region=cls.other,
			regions=[{"region": cls.district}],
			latitude=41.8,
			longitude=123.4,
		).name

	def setUp(self):
		frappe.db.savepoint("choice_test")

	def tearDown(self):
		frappe.db.rollback(save_point="choice_test")

	def names(self, **order):
		return [one.outlet for one in outlet_choice.proposals(order)]

	def test_the_smallest_area_goes_first(self):
		# Who serves the district, then who serves the city around it, then the province; a region of others never.
		found = self.names(region=self.district)
		self.assertEqual(found[0], self.elsewhere)
		self.assertEqual(set(found[1:3]), {self.near, self.far})
		self.assertEqual(found[3], self.centre)
		self.assertNotIn(self.near, self.names(region=self.other))

	def test_then_the_nearest(self):
		place = {"latitude": 38.92, "longitude": 121.6}
		found = outlet_choice.proposals({"region": self.city, **place})
		self.assertEqual([one.outlet for one in found[:2]], [self.near, self.far])
		self.assertAlmostEqual(found[0].distance, 1.4, delta=0.1)
		self.assertIn("1.4 km", found[0].reason)
		self.assertIn(self.city, found[0].reason)

	def test_without_region_the_distance_decides(self):
		found = outlet_choice.proposals({"latitude": 41.81, "longitude": 123.41})
		self.assertEqual(found[0].outlet, self.elsewhere)
		self.assertIsNone(found[0].region)

	def test_the_address_names_the_region(self):
		found = outlet_choice.proposals({"address": "测试省测试大连中山路 1 号"})
		self.assertEqual({one.outlet for one in found[:2]}, {self.near, self.far})
		self.assertIn(self.city, found[0].reason)
		self.assertEqual(outlet_choice.region_of_address("测试省测试大连测试沙河口中山路"), self.district)
		self.assertEqual(self.names(address="somewhere else"), [])
		self.assertEqual(self.names(), [])

	def test_disabled_outlets_and_branches_get_nothing(self):
		frappe.db.set_value("Service Outlet", self.elsewhere, "enabled", 0)
		frappe.db.set_value("Service Outlet", self.branch, "region", self.district)
		self.assertEqual(set(self.names(region=self.district)), {self.near, self.far, self.centre})

	def test_distance_on_the_globe(self):
		self.assertAlmostEqual(outlet_choice.distance_km((0, 0), (0, 1)), 111.2, delta=0.1)
		self.assertAlmostEqual(outlet_choice.distance_km((10, 179.5), (10, -179.5)), 109.5, delta=0.1)
		self.assertEqual(outlet_choice.distance_km((38.9, 121.6), (38.9, 121.6)), 0)

	def test_who_supervises(self):
		self.assertEqual(outlet_choice.supervisor_of(self.near), self.centre)
		self.assertEqual(outlet_choice.supervisor_of(self.elsewhere), self.branch)
		self.assertIsNone(outlet_choice.supervisor_of(self.branch))

	def test_orders_get_outlet_reason_and_centre(self):
		order = make_service_order(region=self.city, latitude=38.92, longitude=121.6)
		self.assertEqual((order.outlet, order.service_centre), (self.near, self.centre))
		self.assertIn("1.4 km", order.outlet_reason)
		order.outlet = self.elsewhere
		order.save()
		self.assertEqual(order.service_centre, self.branch)
		self.assertIn("Administrator", order.outlet_reason)
		order.outlet = None
		order.save()
		self.assertEqual((order.service_centre, order.outlet_reason), (None, None))

	def test_reports_of_the_hotline_are_given_to_nobody(self):
		self.assertIsNone(make_service_order(region=self.city, order_kind="Pre-report").outlet)

	def test_costs_four_statements(self):
		with self.assertQueryCount(4):
			outlet_choice.proposals({"address": "测试省测试大连中山路", "latitude": 38.9, "longitude": 121.6})
