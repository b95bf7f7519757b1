"""Shift: when agents of a group are on duty, on one day or week by week (S2.44)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_time, getdate

from aftersales.aftersales.work import groups, shifts
from aftersales.aftersales.work.patterns import WEEKDAYS, Pattern, collision

DAY = timedelta(days=1)


class ShiftPeriodError(frappe.ValidationError):
	"""The shift never takes place."""


class ShiftMemberError(frappe.ValidationError):
	"""Somebody on the shift is no member of the group."""


class ShiftOverlapError(frappe.ValidationError):
	"""Somebody would be on two shifts at the same time."""


class Shift(Document):
	def validate(self):
		self.validate_period()
		groups.refuse_doubles(self)
		if not self.flags.ignore_permissions:
			groups.check_leads(self.agent_group)
		self.validate_members()
		if not self.disabled:
			self.validate_overlaps()

	def pattern(self) -> Pattern:
		"""Return when the shift takes place."""
		return Pattern(
			getdate(self.from_date),
			getdate(self.to_date) if self.to_date else None,
			frozenset(number for number, day in enumerate(WEEKDAYS) if cint(self.get(day))),
			get_time(self.from_time),
			get_time(self.to_time),
		)

	def validate_period(self) -> None:
		"""Refuse a shift without a single day.

		:raises ShiftPeriodError: it ends before it begins, or none of its days is one of its weekdays.
		"""
		pattern = self.pattern()
		if pattern.last and pattern.last < pattern.first:
			frappe.throw(_("The last day lies before the first day."), ShiftPeriodError)
		last = pattern.last or pattern.first + 7 * DAY
		if next(pattern.occurrences(pattern.first, last), None) is None:
			frappe.throw(_("None of the days is one of the chosen weekdays."), ShiftPeriodError)

	def validate_members(self) -> None:
		"""Only members of the group, and on the hotline only trained ones (S6.28).

		:raises ShiftMemberError: with the person.
		"""
		group = frappe.get_cached_doc("Agent Group", self.agent_group)
		members = {row.user for row in group.members}
		for row in self.members:
			if row.user not in members:
				frappe.throw(
					_("{0} is no member of the group {1}. Add them to the group first.").format(
						frappe.bold(frappe.utils.get_fullname(row.user)), frappe.bold(group.name)
					),
					ShiftMemberError,
				)
		if group.task_kind == groups.HOTLINE and not self.disabled:
			groups.check_trained(row.user for row in self.members)

	def validate_overlaps(self) -> None:
		"""Refuse a second shift of the same person at the same time.

		:raises ShiftOverlapError: with person, other shift and the first time in common.
		"""
		pattern = self.pattern()
		users = [row.user for row in self.members]
		shifts.lock_people(users)
		for other in shifts.shifts_of(users, pattern.first - DAY, pattern.last and pattern.last + DAY):
			if other.name != self.name and (found := collision(pattern, other.pattern)):
				frappe.throw(
					_("{0} is on the shift {1} of {2} already from {3} to {4}.").format(
						frappe.bold(frappe.utils.get_fullname(other.user)),
						frappe.bold(frappe.utils.escape_html(other.shift_name)),
						frappe.utils.escape_html(other.agent_group),
						frappe.utils.format_datetime(found[0]),
						frappe.utils.format_datetime(found[1]),
					),
					ShiftOverlapError,
					title=_("Shifts Overlap"),
				)


def on_doctype_update():
	frappe.db.add_index("Shift", ("disabled", "to_date", "from_date"))
