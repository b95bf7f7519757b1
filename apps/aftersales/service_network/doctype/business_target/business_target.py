"""Business Target: what shall be reached in a period (S18.36); see aftersales.service_network.targets."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_months, flt, get_first_day, getdate

from aftersales.service_network import outlet_scope
from aftersales.service_network.targets import MEASURES

MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}


class TargetError(frappe.ValidationError):
	"""The target cannot be like this."""


class BusinessTarget(Document):
	def validate(self):
		self.set_period()
		self.set_scope()
		self.validate_target()
		self.warn_of_double()

	def set_period(self) -> None:
		"""Any day names its period; the first and the last day are stored."""
		day = getdate(self.from_date)
		months = MONTHS.get(self.period, 1)
		first = get_first_day(day).replace(month=(day.month - 1) // months * months + 1)
		self.from_date = first
		self.to_date = add_days(add_months(first, months), -1)

	def set_scope(self) -> None:
		"""Keep what the scope asks for only; people of an outlet set targets of their own outlets.

		:raises TargetError: it says not for whom, or the measure knows no outlet.
		:raises OtherOutletError: the outlet is one of others.
		"""
		if self.scope != "Employee":
			self.employee = None
		if self.scope == "Company":
			self.outlet = None
			if outlet_scope.outlets_of() is not None and not self.flags.ignore_permissions:
				frappe.throw(
					_("You set targets of your own outlets. Choose {0} or {1}.").format(
						frappe.bold(_("Outlet")), frappe.bold(_("Employee"))
					),
					TargetError,
				)
		else:
			outlet_scope.fill(self)
		if self.scope == "Outlet" and not MEASURES[self.measure].outlet:
			frappe.throw(
				_("{0} are not counted by outlet. Choose {1} or {2}.").format(
					frappe.bold(_(self.measure)), frappe.bold(_("Company")), frappe.bold(_("Employee"))
				),
				TargetError,
			)
		if self.employee and self.has_value_changed("employee"):
			self.check_employee()
		who = {"Outlet": "outlet", "Employee": "employee"}.get(self.scope)
		if who and not self.get(who):
			frappe.throw(
				_("Fill in {0} first.").format(frappe.bold(_(self.meta.get_label(who)))),
				TargetError,
				title=_("Something Is Missing"),
			)

	def check_employee(self) -> None:
		"""Refuse people of other outlets: the report shows what they reached.

		:raises OtherOutletError: the user does not see the employee's outlet.
		"""
		if self.flags.ignore_permissions or outlet_scope.outlets_of() is None:
			return
		own = [
			frappe.db.get_value("Service Staff", self.employee, "outlet"),
			*frappe.get_all("Technician", {"user": self.employee}, pluck="outlet"),
		]
		if not any(outlet_scope.sees(outlet) for outlet in own if outlet):
			frappe.throw(
				_("{0} works for none of your outlets.").format(frappe.bold(self.employee)),
				outlet_scope.OtherOutletError,
				title=_("Employee"),
			)

	def validate_target(self) -> None:
		"""
		:raises TargetError: there is nothing to reach.
		"""
		if flt(self.target) <= 0:
			frappe.throw(_("Enter what shall be reached."), TargetError)

	def warn_of_double(self) -> None:
		"""Say when there is a target for the same already; both are shown."""
		same = {field: self.get(field) or ("is", "not set") for field in ("outlet", "employee")}
		same |= {field: self.get(field) for field in ("measure", "period", "from_date", "scope")}
		other = frappe.db.get_value("Business Target", {**same, "name": ("!=", self.name or "")})
		if other:
			frappe.msgprint(
				_("There is this target already: {0}.").format(frappe.bold(other)),
				indicator="orange",
				alert=True,
			)


def target_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions`."""
	return outlet_scope.conditions("Business Target", user=user)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission`."""
	return outlet_scope.has_permission(doc, user=user)


def on_doctype_update():
	frappe.db.add_index("Business Target", ["measure", "from_date"])
	frappe.db.add_index("Business Target", ["outlet", "from_date"])
