import frappe
from frappe.utils import add_days

from aftersales.field_service import order_calendar
from aftersales.field_service.moves import OrderOverError
from aftersales.field_service.planning import PlannedTimeError
from aftersales.field_service.test_technicians import MONDAY, PlanningCase, at
from aftersales.testing import factories, field


class TestOrderCalendar(PlanningCase):
	def events(self, start=MONDAY, days=1, **filters):
		end = add_days(start, days)
		return {
			row.name: row for row in order_calendar.events(f"{start} 00:00:00", f"{end} 00:00:00", filters)
		}

	def test_what_is_planned_in_the_period(self):
		technician = self.technician()
		order = self.order(technician)
		other = self.order(self.technician())
		self.assertLessEqual({order.name, other.name}, set(self.events()))
		self.assertEqual(list(self.events(technician=technician)), [order.name])
		self.assertNotIn(order.name, self.events(add_days(MONDAY, 1)))
		stranger = field.staff_of(field.make_service_outlet().name, "Outlet Staff")
		with field.as_user(stranger):
			self.assertEqual(self.events(), {})

	def test_dragging(self):
		order = self.order(self.technician())
		target = {
			"name": order.name,
			"planned_start": f"{MONDAY} 13:00:00",
			"planned_end": f"{MONDAY} 14:30:00",
		}
		order_calendar.move_event(frappe.as_json(target))
		order.reload()
		self.assertEqual((order.planned_start, order.planned_end), (at("13:00"), at("14:30")))
		with self.assertRaises(PlannedTimeError):
			order_calendar.move_event({"name": order.name})
		for user in (
			"Guest",
			factories.user_with("Finance Clerk"),
			factories.user_with("Aftersales Customer"),
		):
			with field.as_user(user):
				self.assertRaises(frappe.PermissionError, order_calendar.move_event, target)
		with field.as_user("Guest"):
			self.assertRaises(frappe.PermissionError, self.events)
		order.reload()
		order.reason = "Wrong number"
		order.save()
		factories.act(order, "Cancel")
		with self.assertRaises(OrderOverError):
			order_calendar.move_event(target)
