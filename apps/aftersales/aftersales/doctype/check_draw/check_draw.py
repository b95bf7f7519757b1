"""Check Draw: one drawing of a plan's sample, with all that is needed to draw it again (S1.10)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from aftersales.aftersales.checks import draw_name


class DrawIsFixedError(frappe.ValidationError):
	"""A draw is evidence."""


class CheckDraw(Document):
	def autoname(self):
		self.name = draw_name(self.plan, (getdate(self.from_date), getdate(self.to_date)))

	def validate(self):
		if not self.is_new():
			frappe.throw(_("A draw cannot be changed. Draw another period instead."), DrawIsFixedError)
