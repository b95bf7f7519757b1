"""Job Time: one stretch of work of one technician on one order; what technicians' hours are counted from (S18.32)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, format_datetime, get_datetime, now_datetime

from aftersales.field_service.order_stages import OVER
from aftersales.field_service.technicians import TECHNICIAN, technician_of


class JobTimeError(frappe.ValidationError):
	"""A stretch of work ends before it begins, lies in the future, or overlaps another one."""


class AtWorkError(frappe.ValidationError):
	"""The technician is at work on something already."""


class OthersHoursError(frappe.PermissionError):
	"""Somebody notes the hours of somebody else."""


class OrderFinishedError(frappe.ValidationError):
	"""Nobody works on a finished order."""


class JobTime(Document):
	def validate(self):
		self.refuse_others()
		self.take_over_order()
		self.count_hours()
		self.refuse_overlap()

	def refuse_others(self) -> None:
		"""Let technicians note their own hours only; who may change technicians notes anybody's.

		:raises OthersHoursError: somebody else's hours.
		"""
		if self.flags.ignore_permissions or frappe.has_permission(TECHNICIAN, "write"):
			return
		if technician_of() != self.technician:
			frappe.throw(_("You can note your own hours only."), OthersHoursError)

	def take_over_order(self) -> None:
		"""Take the outlet from the order, and refuse new work on a finished one.

		:raises OrderFinishedError: it is finished.
		"""
		order = frappe.db.get_value("Service Order", self.service_order, ["outlet", "stage"], as_dict=True)
		self.outlet = order.outlet
		if self.is_new() and order.stage in OVER:
			frappe.throw(
				_("{0} is finished. Reopen it before somebody works on it.").format(
					frappe.bold(self.service_order)
				),
				OrderFinishedError,
			)

	def count_hours(self) -> None:
		"""Reckon the hours from begin and end.

		:raises JobTimeError: the end lies before the begin, or one in the future.
		"""
		now = now_datetime()
		start, end = get_datetime(self.started_at), get_datetime(self.ended_at) if self.ended_at else None
		if start > now or (end and end > now):
			frappe.throw(_("Hours are noted after the work, not before."), JobTimeError)
		if end and end < start:
			frappe.throw(_("The work ends before it begins."), JobTimeError)
		self.hours = flt((end - start).total_seconds() / 3600, 2) if end else 0

	def refuse_overlap(self) -> None:
		"""Refuse two stretches of one technician at the same time; what still runs has no end.

		:raises AtWorkError: something runs already.
		:raises JobTimeError: it overlaps what was noted before.
		"""
		# One at a time: of two starts at the same moment the second sees the first.
		frappe.db.get_value(TECHNICIAN, self.technician, "name", for_update=True)
		time = frappe.qb.DocType("Job Time")
		query = frappe.qb.from_(time).where(
			(time.technician == self.technician) & (time.name != (self.name or ""))
		)
		query = query.where(time.ended_at.isnull() | (time.ended_at > self.started_at))
		if self.ended_at:
			query = query.where(time.started_at < self.ended_at)
		rows = (
			query.select(time.service_order, time.started_at, time.ended_at)
			.limit(1)
			.for_update()
			.run(as_dict=True)
		)
		if not rows:
			return
		if not rows[0].ended_at:
			frappe.throw(
				_("{0} is at work on {1}. Stop that first.").format(
					frappe.bold(self.technician_name or self.technician), frappe.bold(rows[0].service_order)
				),
				AtWorkError,
			)
		frappe.throw(
			_("{0} worked on {1} from {2} to {3}.").format(
				frappe.bold(self.technician_name or self.technician),
				frappe.bold(rows[0].service_order),
				format_datetime(rows[0].started_at),
				format_datetime(rows[0].ended_at),
			),
			JobTimeError,
		)


def on_doctype_update():
	"""What somebody is at work on, and hours by day."""
	frappe.db.add_index("Job Time", ["technician", "ended_at"])
	frappe.db.add_index("Job Time", ["started_at"])
