"""The monthly assessment of outlets: measured, scored by the setting's criteria, objected to, confirmed (S13.06, S13.07).

A value scores 100 points at the target, none at the point where the setting says so, and in proportion between them; so
more or less may be the better. What could not be measured counts for nothing: the other weights make up the whole.
"""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType, Order
from frappe.utils import add_months, flt, get_first_day, getdate, now_datetime, today

from aftersales.service_network.assessment_measures import MEASURES, Value
from aftersales.utils.access import check_permission

DOCTYPE, SETTING, OUTLET = "Outlet Assessment", "Outlet Assessment Setting", "Service Outlet"
TAKING = ("Outlet", "Service Centre")
BEST = 100.0


class NoSettingError(frappe.ValidationError):
	"""No setting says by what the outlets of a month are assessed."""


def setting_for(month: date, outlet_kind: str) -> Document:
	"""Return the setting that is valid for a kind of outlet in a month: its own before the one for all, then the latest.

	:param month: first day.
	:raises NoSettingError: there is none.
	"""
	setting = DocType(SETTING)
	rows = (
		frappe.qb.from_(setting)
		.select(setting.name)
		.where((setting.enabled == 1) & (setting.valid_from <= month))
		.where(setting.outlet_kind.isnull() | setting.outlet_kind.isin(("", outlet_kind)))
		.orderby(setting.outlet_kind, order=Order.desc)
		.orderby(setting.valid_from, order=Order.desc)
		.orderby(setting.name)
		.limit(1)
		.run()
	)
	if not rows:
		frappe.throw(
			_("No {0} is valid in this month. Make one first: it says what is measured.").format(
				frappe.bold(_(SETTING))
			),
			NoSettingError,
			title=_(DOCTYPE),
		)
	return frappe.get_cached_doc(SETTING, rows[0][0])


def measure(month: date, setting: Document) -> dict[str, dict[str, Value]]:
	"""Return measure -> outlet -> value for the criteria of a setting; one statement for each criterion."""
	days = {"first": get_first_day(month), "after": add_months(get_first_day(month), 1)}
	return {row.measure: MEASURES[row.measure](days, flt(row.within_hours)) for row in setting.criteria}


def score(value: float, target: float, zero_at: float) -> float:
	"""Return the points, 0 to 100, of a value between the one that earns nothing and the target."""
	share = (value - zero_at) / (target - zero_at)
	return flt(BEST * min(max(share, 0.0), 1.0), 2)


def fill(doc: Document, setting: Document, found: dict[str, dict[str, Value]]) -> None:
	"""Write what was measured of an outlet into its assessment; not saved here."""
	doc.setting, doc.computed_on = setting.name, now_datetime()
	doc.set("lines", [])
	for row in setting.criteria:
		value = found[row.measure].get(doc.outlet)
		doc.append(
			"lines",
			{
				"measure": row.measure,
				"target": row.target,
				"zero_at": row.zero_at,
				"weight": row.weight,
				"value": value.value if value else 0,
				"base": value.base if value else 0,
				"score": score(value.value, flt(row.target), flt(row.zero_at)) if value else 0,
				"counted": int(bool(value)),
			},
		)
	sum_up(doc)
	doc.flags.computed = True


def sum_up(doc: Document) -> None:
	"""Write total and grade: the weighted mean of what was measured, and what headquarters adds or takes off."""
	counted = [row for row in doc.lines if row.counted]
	weights = sum(flt(row.weight) for row in counted)
	mean = sum(flt(row.score) * flt(row.weight) for row in counted) / weights if weights else 0.0
	doc.score = flt(min(max(mean + flt(doc.adjustment), 0.0), BEST), 2)
	grades = frappe.get_cached_doc(SETTING, doc.setting).grades if doc.setting else []
	reached = [row for row in grades if flt(row.from_score) <= doc.score] if weights else []
	doc.grade = max(reached, key=lambda row: flt(row.from_score)).grade if reached else None


def compute_month(month: str | date, outlets: Iterable[str] | None = None) -> list[str]:
	"""Make or compute anew the assessments of a month of all enabled outlets; confirmed ones stay. Safe to run twice.

	:param month: any day of it.
	:param outlets: only these.
	:returns: names of what was made or computed.
	:raises NoSettingError: no setting is valid for any of them.
	"""
	first = get_first_day(getdate(month))
	filters = {"enabled": 1, "outlet_kind": ("in", TAKING)}
	if outlets is not None:
		filters["name"] = ("in", list(outlets) or [""])
	kinds = dict(frappe.get_all(OUTLET, filters, ["name", "outlet_kind"], order_by="lft", as_list=True))
	stored = {
		row.outlet: row
		for row in frappe.get_all(DOCTYPE, {"month": first}, ["name", "outlet", "stage"], order_by=None)
	}
	done, known = [], {}
	for outlet, kind in kinds.items():
		row = stored.get(outlet)
		if row and row.stage != "Computed":
			continue
		if kind not in known:
			setting = setting_for(first, kind)
			known[kind] = (setting, measure(first, setting))
		doc = (
			frappe.get_doc(DOCTYPE, row.name) if row else frappe.new_doc(DOCTYPE, outlet=outlet, month=first)
		)
		fill(doc, *known[kind])
		doc.save(ignore_permissions=True)
		done.append(doc.name)
	return done


def compute_last_month() -> None:
	"""Compute the month before; the scheduler calls it each month. Without a setting nothing is assessed."""
	if frappe.db.exists(SETTING, {"enabled": 1, "valid_from": ("<=", today())}):
		try:
			compute_month(add_months(getdate(today()), -1))
		except NoSettingError:
			frappe.clear_last_message()


@frappe.whitelist(methods=["POST"])
def compute(month: str) -> dict:
	"""Compute the assessments of a month for all outlets, in the background.

	:param month: any day of it; it must not lie ahead.
	:raises frappe.PermissionError: the user may not make assessments.
	:raises frappe.ValidationError: the month lies ahead.
	:raises NoSettingError: no setting is valid.
	"""
	check_permission(DOCTYPE, "create")
	first = check_month(month)
	setting_for(first, TAKING[0])
	frappe.enqueue(
		"aftersales.service_network.assessments.compute_month",
		queue="long",
		month=str(first),
		job_id=f"outlet_assessment_{first}",
		deduplicate=True,
		enqueue_after_commit=True,
	)
	return {"month": str(first)}


def check_month(month: str | date) -> date:
	"""Return the first day of a month that has begun.

	:raises frappe.ValidationError: it lies ahead.
	"""
	first = get_first_day(getdate(month))
	if first > getdate(today()):
		frappe.throw(_("The month lies ahead."), title=_(DOCTYPE))
	return first
