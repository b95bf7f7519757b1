"""Service Holiday List: days off, and weekends on which people work."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate


class HolidayTwiceError(frappe.ValidationError):
	"""A day stands in the list twice."""


class ServiceHolidayList(Document):
	def validate(self):
		self.sort_days()
		self.refuse_doubles()

	def sort_days(self) -> None:
		"""Keep the days in their order, whatever the order in which they were typed or imported."""
		self.holidays.sort(key=lambda row: getdate(row.holiday_date))
		for number, row in enumerate(self.holidays, start=1):
			row.idx = number
			if not row.is_workday:
				row.works_like = None

	def refuse_doubles(self) -> None:
		"""A day is off or not, once.

		:raises HolidayTwiceError: names the day.
		"""
		for row, following in zip(self.holidays, self.holidays[1:], strict=False):
			if getdate(row.holiday_date) == getdate(following.holiday_date):
				frappe.throw(
					_("{0} stands in the list twice. Remove one of the rows.").format(
						frappe.bold(formatdate(row.holiday_date))
					),
					HolidayTwiceError,
					title=_("Holidays"),
				)
