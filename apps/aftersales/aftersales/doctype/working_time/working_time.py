"""Working Time: the hours that count for deadlines."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime

from aftersales.aftersales.deadlines.calendars import (
	WEEKDAYS,
	calendar_of,
	calendar_of_doc,
	windows_of_week,
)
from aftersales.aftersales.deadlines.working_time import DAY, NoWorkingTimeError, add_working_time
from aftersales.utils.access import check_permission

WEEK = 7 * DAY


class WindowsOverlapError(frappe.ValidationError):
	"""Two windows share an hour."""


class WorkingTime(Document):
	def validate(self):
		if cint(self.around_the_clock):
			self.holiday_list = None
			self.windows = []
			return
		calendar_of_doc(self)
		self.refuse_overlaps()

	def refuse_overlaps(self) -> None:
		"""An hour counts once, also over midnight and from Sunday to Monday.

		:raises WindowsOverlapError: names the weekday.
		"""
		windows = sorted(
			(day * DAY + start, day * DAY + end, day)
			for day, windows in enumerate(windows_of_week(self.windows))
			for start, end in windows
		)
		first = windows[0]
		following = [*windows[1:], (first[0] + WEEK, first[1] + WEEK, first[2])]
		for (_start, end, day), (start, _end, _day) in zip(windows, following, strict=True):
			if end > start:
				frappe.throw(
					_("Two windows of {0} overlap. Correct their times.").format(
						frappe.bold(_(WEEKDAYS[day]))
					),
					WindowsOverlapError,
					title=_("Working Hours"),
				)


@frappe.whitelist()
def try_it(working_time: str, start: str, hours: float) -> str:
	"""Return when a deadline would be due, for an administrator who wants to see what the hours mean.

	:param working_time: name of a Working Time.
	:param start: begin, in the site's time zone.
	:param hours: working hours from then on, 0 or more.
	:returns: the moment, as Frappe writes a datetime.
	:raises frappe.PermissionError: the user may not read working times.
	:raises frappe.ValidationError: the hours are negative or never over.
	"""
	check_permission("Working Time", "read")
	try:
		moment, seconds = get_datetime(start), round(float(hours) * 3600)
	except (ValueError, OverflowError):
		moment = seconds = None
	if not moment or seconds < 0:
		frappe.throw(_("Type a date and time, and a number of hours that is not negative."))
	try:
		return str(add_working_time(calendar_of(working_time), moment, seconds))
	except NoWorkingTimeError:
		frappe.throw(_("There are not so many working hours."))
