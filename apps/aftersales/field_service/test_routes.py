"""Route order: short ways, fixed times stay, all or nothing."""

from itertools import pairwise

import frappe

from aftersales.field_service import routes
from aftersales.field_service.test_technicians import MONDAY, PlanningCase, at
from aftersales.testing import factories, field

# Along a road from west to east, in km / 100.
WEST, MIDDLE, EAST, FAR_EAST = (121.00, 121.05, 121.10, 121.15)


class TestRoutes(PlanningCase):
	def visit(self, technician, start, longitude=0, **fields):
		end = f"{int(start[:2]) + 1:02}:00"
		place = {"latitude": 31.2, "longitude": longitude} if longitude else {}
		return self.order(technician, start, end, **place, **fields)

	def route(self, technician):
		return routes.preview(MONDAY, technician=technician)[0]

	def test_from_the_outlet_along_the_road(self):
		frappe.db.set_value("Service Outlet", self.outlet, {"latitude": 31.2, "longitude": 120.95})
		technician = self.technician()
		visits = [
			self.visit(technician, start, place)
			for start, place in (("09:00", EAST), ("10:00", WEST), ("11:00", FAR_EAST), ("12:00", MIDDLE))
		]
		route = self.route(technician)
		self.assertTrue(route["changed"])
		order = [row["order"] for row in route["visits"]]
		self.assertEqual(order, [visits[i].name for i in (1, 3, 0, 2)])
		self.assertEqual(route["visits"][0]["planned_start"], at("09:00"))
		# 4.8 km as the crow flies at 30 km/h are ten minutes.
		self.assertEqual(route["visits"][1]["planned_start"], at("10:10"))
		stored = routes.apply(frappe.as_json(route["visits"]))
		self.assertEqual(stored, 4)
		self.assertFalse(self.route(technician)["changed"])

	def test_regions_go_together_where_no_place_is_known(self):
		other = factories.make_region().name
		technician = self.technician()
		visits = [
			self.visit(technician, start, region=region)
			for start, region in (("09:00", self.region), ("10:00", other), ("11:00", self.region))
		]
		order = [row["order"] for row in self.route(technician)["visits"]]
		self.assertEqual(order, [visits[i].name for i in (0, 2, 1)])

	def test_promised_times_stay(self):
		technician = self.technician()
		promised = self.visit(technician, "10:00", MIDDLE, promised_at=at("11:00"))
		self.visit(technician, "09:00", FAR_EAST)
		self.visit(technician, "12:00", EAST)
		route = self.route(technician)
		rows = {row["order"]: row for row in route["visits"]}
		self.assertEqual(rows[promised.name]["planned_start"], at("10:00"))
		spans = sorted((row["planned_start"], row["planned_end"]) for row in route["visits"])
		self.assertTrue(all(first[1] <= second[0] for first, second in pairwise(spans)))

	def test_what_somebody_changed_stops_all(self):
		technician = self.technician()
		self.visit(technician, "09:00", FAR_EAST)
		near = self.visit(technician, "10:00", MIDDLE)
		far = self.visit(technician, "11:00", EAST)
		visits = self.route(technician)["visits"]
		frappe.db.set_value(
			"Service Order", near.name, "modified", "2031-01-01 00:00:00", update_modified=False
		)
		frappe.db.savepoint("before_apply")
		with self.assertRaises(frappe.TimestampMismatchError):
			routes.apply(frappe.as_json([{**row, "planned_end": at("23:00")} for row in visits]))
		frappe.db.rollback(save_point="before_apply")
		self.assertEqual(frappe.db.get_value("Service Order", far.name, "planned_end"), at("12:00"))

	def test_rights_and_nonsense(self):
		technician = self.technician()
		visit = self.visit(technician, "09:00", EAST)
		row = {"order": visit.name, "planned_start": at("10:00"), "planned_end": at("11:00")}
		for wrong in ("[]", "3", '["x"]'):
			self.assertRaises(routes.RouteError, routes.apply, wrong)
		with field.as_user(factories.user_with("Finance Clerk")):
			self.assertRaises(frappe.PermissionError, routes.apply, frappe.as_json([row]))
		stranger = field.staff_of(field.make_service_outlet().name, "Outlet Staff")
		with field.as_user(stranger):
			self.assertEqual(routes.preview(MONDAY, technician=technician), [])
			self.assertRaises(frappe.PermissionError, routes.apply, frappe.as_json([row]))
		with field.as_user("Guest"):
			self.assertRaises(frappe.PermissionError, routes.preview, MONDAY)
