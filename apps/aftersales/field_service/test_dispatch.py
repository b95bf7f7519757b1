"""The dispatch board: what it shows, planning by dragging, and who may."""

import frappe
from frappe.utils import add_days

from aftersales.field_service import dispatch
from aftersales.field_service.moves import OrderOverError
from aftersales.field_service.test_technicians import MONDAY, PlanningCase, at
from aftersales.testing import factories, field


class TestBoard(PlanningCase):
	def board(self, **arguments):
		return dispatch.board(**{"start": MONDAY, "outlet": self.outlet, **arguments})

	def test_technicians_jobs_and_what_waits(self):
		technician = self.technician(absences=[(add_days(MONDAY, 1), add_days(MONDAY, 1), "Training")])
		planned, waiting = self.order(technician), self.order(urgency="Critical")
		board = self.board(days=2)
		row = next(row for row in board["technicians"] if row["name"] == technician)
		self.assertEqual(row["windows"], [[[480, 1080]], [[480, 1080]]])
		self.assertIsNone(row["absent"][0])
		self.assertIn("Training", row["absent"][1])
		self.assertEqual([job["name"] for job in board["jobs"]], [planned.name])
		self.assertEqual(board["waiting"][0].name, waiting.name)
		self.assertEqual(board["waiting"][0].proposal["technician"], technician)
		self.assertEqual(self.board(start=add_days(MONDAY, 1))["jobs"], [])

	def test_days_are_limited(self):
		for days in (0, 15):
			with self.assertRaises(dispatch.DispatchError):
				self.board(days=days)

	def test_of_foreign_orders_only_the_time_is_shown(self):
		technician = self.technician()
		self.order(technician, outlet=field.make_service_outlet().name)
		user = field.staff_of(self.outlet, "Service Centre Staff")
		with field.as_user(user):
			job = self.board()["jobs"][0]
		self.assertIsNone(job["name"])
		self.assertNotIn("customer_name", job)
		self.assertEqual(job["conflicts"], [])

	def test_planning_and_taking_back(self):
		technician, order = self.technician(), self.order()
		conflicts = dispatch.plan(order.name, technician, f"{MONDAY} 17:30:00", modified=str(order.modified))
		self.assertEqual([row["kind"] for row in conflicts], ["working-time"])
		order.reload()
		self.assertEqual((order.technician, order.planned_end), (technician, at("18:30")))
		# Moved, it keeps its length.
		dispatch.plan(order.name, technician, f"{MONDAY} 10:00:00", 45)
		dispatch.plan(order.name, technician, f"{MONDAY} 11:00:00")
		order.reload()
		self.assertEqual(order.planned_end, at("11:45"))
		dispatch.unplan(order.name, str(order.modified))
		order.reload()
		self.assertEqual((order.technician, order.planned_start), (None, None))

	def test_what_is_checked_is_not_stored(self):
		technician, order = self.technician(), self.order()
		self.order(technician)
		found = dispatch.check(order.name, technician, f"{MONDAY} 09:30:00", 30)
		self.assertEqual([row["kind"] for row in found], ["overlap"])
		order.reload()
		self.assertIsNone(order.technician)

	def test_an_order_that_somebody_changed_is_not_overwritten(self):
		technician, order = self.technician(), self.order()
		seen = str(order.modified)
		order.symptom = "Something else"
		order.save()
		with self.assertRaises(frappe.TimestampMismatchError):
			dispatch.plan(order.name, technician, f"{MONDAY} 09:00:00", modified=seen)
		with self.assertRaises(frappe.TimestampMismatchError):
			dispatch.unplan(order.name, seen)

	def test_what_is_over_is_not_planned(self):
		order = factories.act(self.order(reason="Wrong number"), "Cancel")
		with self.assertRaises(OrderOverError):
			dispatch.plan(order.name, self.technician(), f"{MONDAY} 09:00:00")

	def test_bad_plans(self):
		order, gone = self.order(), self.technician(enabled=0)
		with self.assertRaises(dispatch.DispatchError):
			dispatch.plan(order.name, gone, f"{MONDAY} 09:00:00")
		with self.assertRaises(dispatch.DispatchError):
			dispatch.plan(order.name, self.technician(), f"{MONDAY} 09:00:00", 4)

	def test_rights(self):
		technician, order = self.technician(), self.order()
		start = f"{MONDAY} 09:00:00"
		readers = factories.user_with("Finance Clerk")
		with field.as_user(readers):
			self.assertFalse(self.board()["may_change"])
			self.assertRaises(frappe.PermissionError, dispatch.plan, order.name, technician, start)
			self.assertRaises(frappe.PermissionError, dispatch.unplan, order.name)
		stranger = field.staff_of(field.make_service_outlet().name, "Outlet Staff")
		with field.as_user(stranger):
			self.assertEqual(self.board()["technicians"], [])
			for function in (dispatch.plan, dispatch.check):
				self.assertRaises(frappe.PermissionError, function, order.name, technician, start)
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Market Salesperson"),
		):
			with field.as_user(user):
				self.assertRaises(frappe.PermissionError, self.board)
				self.assertRaises(frappe.PermissionError, dispatch.plan, order.name, technician, start)

	def test_the_cost_does_not_grow_with_the_rows(self):
		technicians = [self.technician() for _number in range(3)]
		for number in range(9):
			self.order(technicians[number % 3], f"{9 + number // 3}:00", f"{10 + number // 3}:00")
			self.order(region=self.region)
		self.board()
		with self.assertQueryCount(18):
			self.assertGreaterEqual(len(self.board()["waiting"]), 9)
