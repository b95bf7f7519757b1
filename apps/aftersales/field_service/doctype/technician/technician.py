"""Technician: somebody who goes out to customers or works in the workshop."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, format_date, getdate

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import scope
from aftersales.utils.text import clean_text

LEVELS = range(1, 6)


class NoNameError(frappe.ValidationError):
	"""Neither a staff record nor a name says who the technician is."""


class SkillLevelError(frappe.ValidationError):
	"""A level lies outside 1 to 5."""


class DoubleRowError(frappe.ValidationError):
	"""A category or a region is entered twice."""


class AbsenceError(frappe.ValidationError):
	"""An absence ends before it begins."""


class TooManyHoursError(frappe.ValidationError):
	"""A day has 24 hours."""


class Technician(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.take_over_staff()
		self.check_warehouse()
		self.check_daily_hours()
		self.check_skills()
		self.refuse_doubles("skills", "product_category")
		self.refuse_doubles("regions", "region")
		self.check_absences()

	def take_over_staff(self) -> None:
		"""Take account and name from the staff record; without one the typed name stands.

		:raises NoNameError: there is neither.
		"""
		self.staff = self.staff or None  # unique: several without one
		staff = self.staff and frappe.db.get_value(
			"Service Staff", self.staff, ["user", "full_name"], as_dict=True
		)
		self.user = staff.user if staff else None
		self.technician_name = staff.full_name if staff else clean_text(self.technician_name)
		if not self.technician_name:
			frappe.throw(_("Choose a staff record or type the technician's name."), NoNameError)

	def check_warehouse(self) -> None:
		"""Let nobody give a technician the parts of another outlet to carry.

		:raises OtherWarehouseError: the warehouse is none of the user's.
		"""
		if self.warehouse and self.has_value_changed("warehouse") and not self.flags.ignore_permissions:
			scope.check(self.warehouse)

	def check_daily_hours(self) -> None:
		"""Refuse more hours than a day has.

		:raises TooManyHoursError: more than 24.
		"""
		if (self.daily_hours or 0) > 24:
			frappe.throw(_("A day has 24 hours. Enter at most 24 daily hours."), TooManyHoursError)

	def check_skills(self) -> None:
		"""Refuse a level that is none.

		:raises SkillLevelError: with the category.
		"""
		for row in self.skills:
			if cint(row.level) not in LEVELS:
				frappe.throw(
					_("The level of {0} must be 1 to 5.").format(frappe.bold(row.product_category)),
					SkillLevelError,
				)

	def refuse_doubles(self, table: str, fieldname: str) -> None:
		"""Refuse a table that names the same thing twice.

		:raises DoubleRowError: with the name.
		"""
		if double := first_double(row.get(fieldname) for row in self.get(table)):
			frappe.throw(_("{0} is entered twice.").format(frappe.bold(double)), DoubleRowError)

	def check_absences(self) -> None:
		"""Refuse an absence that ends before it begins.

		:raises AbsenceError: with its first day.
		"""
		for row in self.absences:
			if getdate(row.to_date) < getdate(row.from_date):
				frappe.throw(
					_("The absence from {0} ends before it begins.").format(
						frappe.bold(format_date(row.from_date))
					),
					AbsenceError,
				)


def first_double(values: Iterable[str]) -> str | None:
	"""Return the first value that occurs a second time."""
	seen = set()
	for value in values:
		if value in seen:
			return value
		seen.add(value)
	return None


def on_doctype_update():
	"""Who works for an outlet, which is what the board asks for."""
	frappe.db.add_index("Technician", ["outlet", "enabled"])
