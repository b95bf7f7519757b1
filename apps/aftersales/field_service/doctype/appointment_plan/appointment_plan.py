"""Appointment Plan: on which days and in which windows appointments can be made, and how many at a time (S4.07)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from aftersales.aftersales.deadlines.calendars import DAYS_OF, WEEKDAYS, seconds_of


class PlanWindowError(frappe.ValidationError):
	"""The windows contradict each other."""


class PlanPeriodError(frappe.ValidationError):
	"""The last day lies before the first."""


class AppointmentPlan(Document):
	def validate(self):
		self.validate_windows()
		self.validate_period()

	def validate_windows(self) -> None:
		"""A window lies within one day, has a place, and shares no time with another of the same day.

		:raises PlanWindowError: with the row.
		"""
		seen: list[tuple[int, int, int]] = []
		for row in self.windows:
			start, end = seconds_of(row.from_time), seconds_of(row.to_time)
			if end <= start:
				frappe.throw(
					_("Row {0}: the window must end after it begins, on the same day.").format(row.idx),
					PlanWindowError,
				)
			if row.places < 1:
				frappe.throw(_("Row {0}: enter at least one place.").format(row.idx), PlanWindowError)
			for day in DAYS_OF[row.weekday]:
				if any(other == day and start < until and end > since for other, since, until in seen):
					frappe.throw(
						_("Row {0}: the window shares time with another one of {1}.").format(
							row.idx, frappe.bold(_(WEEKDAYS[day]))
						),
						PlanWindowError,
					)
			seen += [(day, start, end) for day in DAYS_OF[row.weekday]]

	def validate_period(self) -> None:
		"""Refuse a plan that never begins.

		:raises PlanPeriodError: its last day lies before its first.
		"""
		if self.valid_from and self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			frappe.throw(_("The last day lies before the first day."), PlanPeriodError)

	def purpose_list(self) -> list[str]:
		"""Return the purposes that customers choose from."""
		return [line.strip() for line in (self.purposes or "").splitlines() if line.strip()]
