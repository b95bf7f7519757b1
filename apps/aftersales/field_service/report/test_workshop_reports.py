"""Reports of the workshop: progress and hours, with the rights of who asks."""

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from aftersales.field_service.report.technician_hours import technician_hours
from aftersales.field_service.report.workshop_progress import workshop_progress
from aftersales.field_service.test_workshop import WorkshopCase
from aftersales.testing import factories, field
from aftersales.utils.report import PeriodError


class TestWorkshopProgress(WorkshopCase):
	def rows(self, **filters):
		_columns, rows, _message = workshop_progress.execute({"outlet": self.outlet, **filters})
		return {row.name: row for row in rows}

	def test_where_each_order_is(self):
		bay, technician = self.bay(bay_name="Lift 7"), self.technician()
		order = self.order("Receive", "Start", bay=bay, promised_at=add_to_date(now_datetime(), hours=-1))
		field.make_job_time(service_order=order.name, technician=technician, ended_at=None)
		row = self.rows()[order.name]
		self.assertEqual((row.bay_name, row.at_work, row.late, row.inspection), ("Lift 7", 1, 1, None))
		field.make_completion_inspection(service_order=order.name)
		factories.act(order, "Complete")
		self.assertEqual(self.rows()[order.name].inspection, "Passed")
		field.make_order_delivery(service_order=order.name)
		self.assertNotIn(order.name, self.rows())
		self.assertTrue(self.rows(delivered=1)[order.name].delivered_at)
		self.assertEqual(list(self.rows(delivered=1, order=order.name)), [order.name])
		self.assertEqual(self.rows(delivered=1, to_date=add_days(today(), -1)), {})

	def test_each_outlet_sees_its_own(self):
		foreign = field.make_workshop_order(outlet=field.make_service_outlet().name)
		mine = self.order()
		with field.as_user(self.controller):
			names = {row.name for row in workshop_progress.execute({})[1]}
		self.assertIn(mine.name, names)
		self.assertNotIn(foreign.name, names)


class TestTechnicianHours(WorkshopCase):
	def test_by_technician_and_day(self):
		technician = self.technician(daily_hours=4)
		now = now_datetime()
		if now.hour < 4:
			now = add_to_date(now, hours=-8)  # all on one day
		for hours in (3, 2):
			field.make_job_time(
				technician=technician,
				service_order=self.order().name,
				started_at=add_to_date(now, hours=-hours),
				ended_at=add_to_date(now, hours=1 - hours),
			)
		period = {"from_date": now.date(), "to_date": now.date()}
		_columns, rows = technician_hours.execute({**period, "technician": technician})
		self.assertEqual([(row.orders, row.hours, row.share) for row in rows], [(2, 2.0, 50)])
		stranger = field.staff_of(field.make_service_outlet().name, "Workshop Controller")
		with field.as_user(stranger):
			self.assertEqual(technician_hours.execute({**period, "technician": technician})[1], [])
		self.assertRaises(PeriodError, technician_hours.execute, {"from_date": frappe.utils.today()})
