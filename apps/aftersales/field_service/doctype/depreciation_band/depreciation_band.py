"""Depreciation Band: up to which day after the sale which part of the price is paid (S6.25).

A band knows its last day only and begins where the one before ends, so bands can neither overlap nor leave a gap.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt


class BandError(frappe.ValidationError):
	"""The band cannot be."""


class BandTakenError(frappe.DuplicateEntryError):
	"""There is a band up to that day already."""


class DepreciationBand(Document):
	def autoname(self):
		self.name = f"{self.product_category or 'All'}-{cint(self.up_to_day)}"
		if frappe.db.exists("Depreciation Band", self.name):
			frappe.throw(
				_("There is a band up to day {0} already: {1}. Change that one.").format(
					cint(self.up_to_day), frappe.bold(self.name)
				),
				BandTakenError,
			)

	def validate(self):
		if cint(self.up_to_day) < 0 or not 0 <= flt(self.percent) <= 100:
			frappe.throw(
				_("Days cannot be negative, and the depreciation lies between 0 and 100 percent."), BandError
			)
