"""Customer Composition (Q28, S8.07): of whom the customers consist, by region, group, level, age and whatever else their files say."""

import frappe
from frappe import _
from frappe.utils import cint

from aftersales.utils.report import average, chosen, column, drill, figure, share
from aftersales.utils.report_query import name_groups, sums

DOCTYPE = "Service Customer"
# What rows stand for; fields of the customer with a list of values.
GROUPS = (
	"region",
	"customer_group",
	"vip_level",
	"customer_kind",
	"gender",
	"age_band",
	"occupation",
	"account_owner",
	"dealer",
	"promotion_acceptance",
	"preferred_channel",
)
SLICES = 8


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement, and one for names.

	:param filters: `group_by` (see `GROUPS`); `region`, `customer_group` (with all below), `vip_level`, `customer_kind`.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "region"
	rows = read(group, filters)
	total = sum(row.customers for row in rows)
	for row in rows:
		row.share = share(row.customers, total)
		row.average = average(row.amount, row.customers, 2)
	summary = [
		figure(_("Customers"), total),
		figure(_("Gold Customers"), sum(row.gold for row in rows), indicator="Orange"),
	]
	return columns(group), rows, None, chart(rows), summary


def read(group: str, filters: dict) -> list[dict]:
	"""Return number and amount spent of customers by group, the largest group first."""
	rows = sums(
		DOCTYPE,
		[
			f"{group} as value",
			"count(name) as customers",
			"sum(gold_customer) as gold",
			"sum(black_listed) as black_listed",
			"sum(amount_spent) as amount",
		],
		[
			["personal_data_deleted_on", "is", "not set"],
			["disabled", "=", 0],
			*chosen(filters, "vip_level", "customer_kind", trees=("region", "customer_group")),
		],
		group,
	)
	field = frappe.get_meta(DOCTYPE).get_field(group)
	rows = name_groups(rows, field.options if field.fieldtype == "Link" else None)
	for row in rows:
		row.update({name: cint(row[name]) for name in ("gold", "black_listed")})
	return sorted(rows, key=lambda row: (-row.customers, row.label))


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	meta = frappe.get_meta(DOCTYPE)
	there = drill(DOCTYPE, rows={group: "value"}, disabled=0)
	return [
		column("label", _(meta.get_label(group)), "Data", 220),
		column("customers", _("Customers"), "Int", 110, drill=there),
		column("share", _("Share (%)"), "Float", 100, disable_total=True),
		column("gold", _("Gold Customers"), "Int", 120),
		column("black_listed", _("Black-listed"), "Int", 120),
		column("amount", _("Amount Spent"), "Currency", 140),
		column("average", _("Average Amount"), "Currency", 140, disable_total=True),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return a pie of the largest groups; the rest is one piece."""
	if not rows:
		return None
	labels = [row.label for row in rows[:SLICES]]
	values = [row.customers for row in rows[:SLICES]]
	if rest := sum(row.customers for row in rows[SLICES:]):
		labels.append(_("Others"))
		values.append(rest)
	return {"data": {"labels": labels, "datasets": [{"values": values}]}, "type": "pie"}
