"""Complaint Type: decides which departments review a complaint, in which order and until when (S2.20, S6.30)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from aftersales.utils.text import clean_fields


class RouteError(frappe.ValidationError):
	"""The route of a complaint type cannot be taken."""


class ComplaintType(Document):
	def before_naming(self):
		clean_fields(self, "type_name")

	def validate(self):
		self.validate_route()

	def validate_route(self) -> None:
		"""Refuse a department that comes twice and hours that are no time.

		:raises RouteError: names the row.
		"""
		seen = set()
		for row in self.route:
			if row.department in seen:
				frappe.throw(
					_("Row {0}: {1} is on the route already. Each department reviews once.").format(
						row.idx, frappe.bold(row.department)
					),
					RouteError,
				)
			seen.add(row.department)
			if flt(row.review_hours) <= 0 or flt(row.handling_hours) <= 0:
				frappe.throw(
					_("Row {0}: enter the working hours that {1} has, more than 0.").format(
						row.idx, frappe.bold(row.department)
					),
					RouteError,
				)
