"""What is done with demand plans: lines computed, superiors and buyers told, approved plans turned into issue slips."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_first_day, getdate, today

from aftersales.spare_parts import demand, deposits, stages, supply
from aftersales.utils import tasks

DOCTYPE = "Part Demand Plan"
REMINDED = "aftersales_demand_plan_reminded"
BUYERS = "Parts Planner"
APPROVERS = {
	"In Approval": ("Branch Staff", "Regional Centre Staff", "Service Manager"),
	"Final Approval": ("General Manager",),
}


class NoDemandError(frappe.ValidationError):
	"""No part was wanted and none has a safety stock."""


def fill(plan: Document) -> None:
	"""Put a line into the plan for each part that the reckoning names, with all terms and the second method beside it.

	What was planned by hand for a part that is in the plan stays, and so do parts that were added by hand.

	:param plan: draft; not saved here.
	"""
	rows = {row.spare_part: row for row in plan.items}
	forecasts = forecasts_of(plan.warehouse)
	for found in demand.terms(plan.warehouse, plan.plan_date):
		row = rows.get(found.spare_part)
		if not row:
			row = plan.append("items", {"spare_part": found.spare_part, "planned_qty": found.suggested_qty})
		elif flt(row.planned_qty) == flt(row.suggested_qty):
			row.planned_qty = found.suggested_qty
		row.update(found)
		row.update(forecasts.get(found.spare_part, {}))
	plan.formula = formula()


def formula() -> str:
	"""Return the reckoning in words, in the user's language."""
	text = _("Average of 3 Months + (Safety Stock − Stock at End of Last Month)")
	if frappe.db.get_single_value("Aftersales Settings", "demand_plan_deduct_on_order"):
		text += " − " + _("On Order")
	return text + "; " + _("at least 0, rounded up")


def forecasts_of(warehouse: str) -> dict[str, dict]:
	"""Return the second method's figures per part, as far as they were computed for the warehouse."""
	rows = frappe.get_all(
		"Part Forecast",
		filters={"warehouse": warehouse},
		fields=[
			"spare_part",
			"forecast_qty",
			"method as forecast_method",
			"mae as forecast_mae",
			"average_mae",
		],
	)
	return {row.pop("spare_part"): row for row in rows}


@frappe.whitelist(methods=["POST"])
def compute(plan: str) -> dict:
	"""Compute the lines of a draft anew and save it.

	:param plan: name of the plan.
	:returns: `lines`, how many there are now.
	:raises frappe.PermissionError: the user may not change the plan.
	:raises NoDemandError: there is nothing to plan.
	"""
	doc = frappe.get_doc(DOCTYPE, plan)
	doc.check_permission("write")
	fill(doc)
	if not doc.items:
		frappe.throw(
			_("No part was issued in the last three months and none has a safety stock. Add parts by hand."),
			NoDemandError,
			title=_("Part Demand Plan"),
		)
	doc.save()
	return {"lines": len(doc.items)}


def step_taken(plan: Document) -> None:
	"""Let follow what a step brings: the superior's task, the issue slip, an end of tasks."""
	before = plan.get_doc_before_save()
	left = before.stage if before else "Draft"
	if plan.stage == left:
		return
	tasks.close(DOCTYPE, plan.name)
	if plan.stage in APPROVERS:
		for user in approvers_of(plan):
			tasks.add(
				user, DOCTYPE, plan.name, _("Demand plan {0} waits for your approval.").format(plan.name)
			)
	elif plan.stage == "Rejected" and plan.planner:
		tasks.add(plan.planner, DOCTYPE, plan.name, _("Demand plan {0} was rejected.").format(plan.name))
	elif plan.stage == "Approved" and plan.source_warehouse:
		convert(plan)


def approvers_of(plan: Document) -> list[str]:
	"""Return who approves: the planner's superior if they may, else everybody with the step's roles who sees the outlet."""
	superior = frappe.db.get_value("Service Staff", plan.planner, "reports_to")
	roles = APPROVERS[plan.stage]
	if superior and plan.stage == "In Approval" and set(roles) & set(frappe.get_roles(superior)):
		return [superior]
	return [
		user
		for user in users_with(roles)
		if user != plan.owner and frappe.has_permission(DOCTYPE, "write", doc=plan, user=user)
	]


def users_with(roles: tuple[str, ...]) -> list[str]:
	"""Return the enabled Desk users with one of the roles."""
	has, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(has)
		.join(user)
		.on(user.name == has.parent)
		.select(user.name)
		.distinct()
		.where(has.role.isin(roles) & (has.parenttype == "User"))
		.where(
			(user.enabled == 1)
			& (user.user_type == "System User")
			& user.name.notin(["Administrator", "Guest"])
		)
		.orderby(user.name)
		.run()
	)
	return [name for (name,) in rows]


def convert(plan: Document) -> None:
	"""Turn an approved plan into an issue slip of the supplying warehouse (S2.31), as far as that has the parts.

	The slip is a draft: the keeper packs, corrects and submits it. What is short is put down in the plan's lines.
	"""
	from aftersales.spare_parts import stock

	free = supply.free([row.spare_part for row in plan.items], plan.source_warehouse)
	lines, value = [], 0.0
	for row in plan.items:
		issued = min(flt(row.planned_qty), flt(free.get(row.spare_part)))
		row.db_set({"issued_qty": issued, "short_qty": flt(row.planned_qty) - issued})
		if issued:
			lines.append({"spare_part": row.spare_part, "qty": issued})
			value += issued * flt(row.price)
	plan.db_set("short_qty", sum(flt(row.short_qty) for row in plan.items))
	if not lines:
		return
	deposits.check_cover(plan.outlet, value)
	entry = stock.make_entry(
		"Transfer",
		lines,
		source=plan.source_warehouse,
		target=plan.warehouse,
		reference=(DOCTYPE, plan.name),
		submit=False,
	)
	plan.db_set("stock_entry", entry)
	stages.move_to(plan, "Converted")


def remind() -> None:
	"""Put the month's plan on the buyers' task lists in the middle of the month, once (daily job; S2.29)."""
	day = cint(frappe.db.get_single_value("Aftersales Settings", "demand_plan_day"))
	month = f"{getdate(today()):%Y-%m}"
	if not day or getdate(today()).day < day or frappe.db.get_default(REMINDED) == month:
		return
	frappe.db.set_default(REMINDED, month)
	for user in users_with((BUYERS,)):
		frappe.get_doc(
			doctype="Notification Log",
			for_user=user,
			type="Alert",
			subject=_("Make the demand plan of parts for next month."),
			document_type=DOCTYPE,
			from_user="Administrator",
		).insert(ignore_permissions=True)


def plans_due(user: str, days: int) -> dict | None:
	"""Tell on opening the Desk which plans wait for somebody (hook `aftersales_start_up_reminders`)."""
	if BUYERS not in frappe.get_roles(user) or not frappe.has_permission(DOCTYPE, "create"):
		return None
	day = cint(frappe.db.get_single_value("Aftersales Settings", "demand_plan_day"))
	now = getdate(today())
	if not day or now.day < day:
		return None
	following = getdate(frappe.utils.add_months(get_first_day(now), 1))
	if frappe.get_list(DOCTYPE, {"target_month": following}, limit_page_length=1):
		return None
	return {
		"title": _("Make the demand plan of parts for next month."),
		"count": 1,
		"route": ["Form", DOCTYPE, "new"],
		"rows": [
			{"label": _("New Part Demand Plan"), "route": ["List", DOCTYPE], "date": now.replace(day=day)}
		],
	}
