"""Service Quality Evaluation: how well people write orders and send in what belongs to them (Q31, S16.01).

Three things are counted of each order: whether everything that the next one needs was written, whether pictures were
uploaded, and whether the feedback came soon after the visit. The score is their mean; what does not apply is left out.
"""

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt

from aftersales.utils.people import full_names
from aftersales.utils.report import column, period_of, stacked_bars
from aftersales.utils.report_query import readable

DOCTYPE = "Service Order"
GROUPS = {"Made By": "owner", "Technician": "technician", "Outlet": "outlet"}
LINKS = {"Made By": "User", "Technician": "Technician", "Outlet": "Service Outlet"}
FEEDBACK_HOURS = 24
BARS = 15
# Who, where, how to reach them, what for, and what is wrong.
COMPLETE = """coalesce(nullif(orders.customer, ''), orders.customer_name, '') != ''
	and coalesce(orders.contact_phone, '') != '' and coalesce(orders.address, '') != ''
	and (coalesce(orders.device, '') != '' or coalesce(orders.product, '') != '')
	and coalesce(nullif(orders.symptom, ''), orders.work_instruction, '') != ''"""
STATEMENT = """
	select orders.person as person, count(*) as orders, sum({complete}) as complete,
		sum(orders.stage in ('Completed', 'Followed Up', 'Audited')) as done,
		sum(orders.stage in ('Completed', 'Followed Up', 'Audited') and exists(
			select 1 from `tabService Order Picture` picture
			where picture.parent = orders.name and picture.parenttype = 'Service Order'
		)) as uploaded,
		sum(orders.arrived_at is not null and orders.completed_at is not null) as visited,
		sum(coalesce(orders.completed_at <= orders.arrived_at + interval %(hours)s hour, 0)) as soon,
		sum(orders.stage = 'Cancelled') as cancelled
	from ({orders}) orders
	group by orders.person
"""


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` of the making, `group_by` (see `GROUPS`), optionally `outlet` (with all below it)
		and `hours` (in which feedback is in time, 24 if not given).
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Made By"
	rows = make_rows(read(group, filters))
	name_people(rows, group)
	return columns(group), rows, None, chart(rows)


def read(group: str, filters: dict) -> list[dict]:
	"""Return what was counted of each person; one statement over the orders that the user may read."""
	start, end = period_of(filters)
	conditions = [["creation", ">=", start], ["creation", "<", add_days(end, 1)]]
	if filters.outlet:
		conditions.append(["outlet", "descendants of (inclusive)", filters.outlet])
	fields = ("customer", "customer_name", "contact_phone", "address", "device", "product", "symptom")
	orders = readable(
		DOCTYPE,
		[
			"name",
			f"{GROUPS[group]} as person",
			*fields,
			"work_instruction",
			"stage",
			"arrived_at",
			"completed_at",
		],
		conditions,
	)
	# The text of the list is complete: its own signs of percent are no parameters.
	statement = STATEMENT.format(complete=COMPLETE, orders=orders.replace("%", "%%"))
	hours = max(cint(filters.hours), 0) or FEEDBACK_HOURS
	return frappe.db.sql(statement, {"hours": hours}, as_dict=True)


def make_rows(counted: list[dict]) -> list[dict]:
	"""Return one row for each person, the best first."""
	rows = []
	for one in counted:
		shares = {
			"complete": share(one.complete, one.orders),
			"uploaded": share(one.uploaded, one.done),
			"soon": share(one.soon, one.visited),
		}
		known = [value for value in shares.values() if value is not None]
		rows.append(
			{
				"person": one.person,
				"orders": cint(one.orders),
				"done": cint(one.done),
				"cancelled": cint(one.cancelled),
				**shares,
				"score": flt(sum(known) / len(known), 1),
			}
		)
	return sorted(rows, key=lambda row: (-row["score"], -row["orders"], row["person"] or ""))


def share(part: float, whole: float) -> float | None:
	"""Return a part in percent; None of nothing."""
	return flt(100 * flt(part) / flt(whole), 1) if flt(whole) else None


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	named = [] if group == "Outlet" else [column("person_name", _("Name"), width=150)]
	return [
		column("person", _(group), "Link", 220, options=LINKS[group]),
		*named,
		column("orders", _("Orders Made"), "Int", 110),
		column("done", _("Completed"), "Int", 110),
		column("cancelled", _("Cancelled"), "Int", 110),
		column("complete", _("Fully Written (%)"), "Float", 140),
		column("uploaded", _("With Pictures (%)"), "Float", 140),
		column("soon", _("Feedback in Time (%)"), "Float", 150),
		column("score", _("Score"), "Float", 100),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return a bar for each of the best."""
	return stacked_bars(rows[:BARS], "person_name", [(_("Score"), "score")])


def name_people(rows: list[dict], group: str) -> None:
	"""Write the names of people beside their accounts and numbers."""
	names = dict(
		frappe.get_all(
			"Technician",
			{"name": ("in", [row["person"] or "" for row in rows])},
			["name", "technician_name"],
			as_list=True,
		)
		if group == "Technician"
		else ()
	)
	if group == "Made By":
		names = full_names(row["person"] for row in rows)
	for row in rows:
		row["person_name"] = names.get(row["person"], row["person"]) or _("Not Specified")
