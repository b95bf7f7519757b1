"""System Notice: an announcement at the top of everybody's Desk, such as the time of an upgrade (S21.03)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from aftersales.aftersales.work import notices


class NoticePeriodError(frappe.ValidationError):
	"""The notice ends before it begins."""


class SystemNotice(Document):
	def validate(self):
		self.validate_period()

	def on_update(self):
		notices.announce()

	def on_trash(self):
		notices.announce()

	def validate_period(self) -> None:
		"""Refuse a notice that nobody would ever see.

		:raises NoticePeriodError: it ends before it begins.
		"""
		if get_datetime(self.show_until) <= get_datetime(self.show_from):
			frappe.throw(
				_("{0} must lie after {1}.").format(
					frappe.bold(_("Show Until")), frappe.bold(_("Show From"))
				),
				NoticePeriodError,
			)
