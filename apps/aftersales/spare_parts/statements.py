"""The monthly statement of an outlet's parts and deposit (S13.14): computed, sent, confirmed or disputed, then frozen."""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, flt, get_first_day, get_last_day, getdate, today

from aftersales.utils.access import check_permission

DOCTYPE = "Part Statement"
ENTRY = "Part Stock Entry"
# Parts that only moved within the outlet, to a technician for example, neither came nor went.
MOVEMENTS = """
	select moved.spare_part, part.part_name,
		sum(if(moved.before_month, moved.qty, 0)) as opening_qty,
		sum(if(not moved.before_month and moved.qty > 0, moved.qty, 0)) as in_qty,
		sum(if(not moved.before_month and moved.qty < 0, -moved.qty, 0)) as out_qty,
		sum(moved.qty) as closing_qty,
		sum(if(moved.before_month, moved.value, 0)) as opening_value,
		sum(if(not moved.before_month and moved.value > 0, moved.value, 0)) as in_value,
		sum(if(not moved.before_month and moved.value < 0, -moved.value, 0)) as out_value,
		sum(moved.value) as closing_value
	from (
		select entry.spare_part, entry.posting_date < %(first)s as before_month,
			sum(entry.qty_change) as qty, sum(entry.value_change) as value
		from `tabPart Ledger Entry` entry
		join `tabPart Warehouse` warehouse on warehouse.name = entry.warehouse
		where warehouse.outlet = %(outlet)s and warehouse.warehouse_kind != 'In Transit'
			and entry.posting_date <= %(last)s
		group by entry.spare_part, before_month, if(entry.posting_date < %(first)s, '', entry.voucher_no)
	) moved
	join `tabSpare Part` part on part.name = moved.spare_part
	group by moved.spare_part, part.part_name
	having opening_qty != 0 or in_qty != 0 or out_qty != 0
	order by moved.spare_part
"""
DEPOSITS = """
	select coalesce(sum(if(entry_date < %(first)s, change_amount, 0)), 0) as opening_deposit,
		coalesce(sum(if(entry_date >= %(first)s and change_amount > 0, change_amount, 0)), 0) as deposit_in,
		coalesce(sum(if(entry_date >= %(first)s and change_amount < 0, -change_amount, 0)), 0) as deposit_out,
		coalesce(sum(change_amount), 0) as closing_deposit
	from `tabDeposit Entry` where outlet = %(outlet)s and entry_date <= %(last)s
"""
# The same, as it is now and not as it was when the request began.
MOVEMENTS_NOW = MOVEMENTS.replace(
	"entry.voucher_no)\n\t) moved", "entry.voucher_no)\n\t\tlock in share mode\n\t) moved"
)
VALUES = ("opening_value", "in_value", "out_value", "closing_value")
QUANTITIES = ("opening_qty", "in_qty", "out_qty", "closing_qty")


class MonthConfirmedError(frappe.ValidationError):
	"""The outlet has confirmed the statement of this month: nothing is posted into it any more."""


class FiguresChangedError(frappe.ValidationError):
	"""The ledger says something else than the statement that is being confirmed."""


def period_of(statement: Document) -> dict:
	"""Return outlet, first and last day of a statement, as its statements of SQL take them."""
	return {
		"outlet": statement.outlet,
		"first": get_first_day(getdate(statement.month)),
		"last": get_last_day(getdate(statement.month)),
	}


def fill(statement: Document) -> None:
	"""Compute a statement's figures; what the outlet disputes of a line stays with it. Two statements.

	:param statement: not saved here; its flag `computed` lets the figures pass.
	"""
	period = period_of(statement)
	rows = frappe.db.sql(MOVEMENTS, period, as_dict=True)
	said = {row.spare_part: row for row in statement.items}
	statement.set("items", [])
	for row in rows:
		disputed = said.get(row.spare_part)
		line = statement.append(
			"items",
			{field: row[field] for field in ("spare_part", "part_name", *QUANTITIES, "closing_value")},
		)
		if disputed:
			for field in ("disputed", "outlet_qty", "dispute_note", "answer"):
				line.set(field, disputed.get(field))
	for field in VALUES:
		statement.set(field, flt(sum(flt(row[field]) for row in rows), 2))
	statement.update(frappe.db.sql(DEPOSITS, period, as_dict=True)[0])
	statement.flags.computed = True


@frappe.whitelist(methods=["POST"])
def compute(statement: str) -> dict:
	"""Compute a statement anew that the outlet has not confirmed.

	:param statement: name of the Part Statement.
	:returns: `lines`, how many there are.
	:raises frappe.PermissionError: the user may not change statements of the outlet, or works for an outlet.
	"""
	check_permission(DOCTYPE, "create")
	doc = frappe.get_doc(DOCTYPE, statement)
	doc.check_permission("write")
	fill(doc)
	doc.save()
	return {"lines": len(doc.items)}


@frappe.whitelist(methods=["POST"])
def make_for_month(month: str) -> dict:
	"""Make the statements of a month that are missing, for each outlet with a warehouse or a deposit.

	:param month: any day of it; the month must be over or running.
	:returns: `made`, names of the new statements.
	:raises frappe.PermissionError: the user may not make statements.
	"""
	check_permission(DOCTYPE, "create")
	first = get_first_day(getdate(month))
	if first > getdate(today()):
		frappe.throw(_("The month lies ahead."), title=_("Part Statement"))
	there = set(frappe.get_all(DOCTYPE, {"month": first}, pluck="outlet"))
	made = []
	for outlet in outlets():
		if outlet not in there:
			made.append(frappe.get_doc(doctype=DOCTYPE, outlet=outlet, month=first).insert().name)
	return {"made": made}


def outlets() -> list[str]:
	"""Return the outlets that the session's user sees and that have a warehouse or a deposit."""
	having = set(frappe.get_all("Part Warehouse", {"is_group": 0, "outlet": ("is", "set")}, pluck="outlet"))
	having |= set(frappe.get_all("Outlet Deposit", pluck="outlet"))
	seen = frappe.get_list(
		"Service Outlet", {"name": ("in", list(having))}, pluck="name", limit_page_length=0
	)
	return sorted(seen)


def check_month(entry: Document, method: str | None = None) -> None:
	"""`before_submit` and `before_cancel` of Part Stock Entry: leave confirmed months as they are.

	:raises MonthConfirmedError: the outlet of one of its warehouses has confirmed the month of the posting date, or of a
		later day on which parts of it arrived.
	"""
	warehouses = {entry.source_warehouse, entry.target_warehouse} | {
		row.source_warehouse for row in entry.items
	}
	check_confirmed(warehouses, entry.posting_date)
	if method == "before_cancel":
		posted = frappe.get_all(
			"Part Ledger Entry",
			{"voucher_type": ENTRY, "voucher_no": entry.name, "posting_date": ("!=", entry.posting_date)},
			["posting_date", "warehouse"],
			distinct=True,
			order_by="posting_date",
		)
		for row in posted:
			check_confirmed([row.warehouse], row.posting_date)


def check_confirmed(warehouses: Iterable[str | None], day: date | str) -> None:
	"""Refuse to post into a month whose statement the outlet of one of the warehouses has confirmed.

	:raises MonthConfirmedError: names the outlet and the statement.
	"""
	names = sorted(name for name in set(warehouses) if name)
	if not names:
		return
	# The statement is read as it is now, and nobody confirms it until what is being posted is there.
	rows = frappe.db.sql(
		"""select statement.name, statement.outlet, statement.stage from `tabPart Statement` statement
		join `tabPart Warehouse` warehouse on warehouse.outlet = statement.outlet
		where statement.month = %s and warehouse.name in %s lock in share mode""",
		(get_first_day(getdate(day)), names),
	)
	for name, outlet, stage in rows:
		if stage == "Confirmed":
			refuse_month(name, outlet)


def check_outlet(outlet: str, day: date | str) -> None:
	"""Refuse to enter a deposit in a month whose statement the outlet has confirmed.

	:raises MonthConfirmedError: names the outlet and the statement.
	"""
	rows = frappe.db.sql(
		"select name, stage from `tabPart Statement` where outlet = %s and month = %s lock in share mode",
		(outlet, get_first_day(getdate(day))),
	)
	if rows and rows[0][1] == "Confirmed":
		refuse_month(rows[0][0], outlet)


def check_figures(statement: Document) -> None:
	"""Refuse to confirm figures that the ledger does not say any more; nothing is posted into the month meanwhile.

	Slips that are being posted hold the statement (see `check_confirmed`), so this waits for them and then reads what they left.

	:raises FiguresChangedError: something was posted since the figures were computed.
	"""
	frappe.db.get_value(DOCTYPE, statement.name, "name", for_update=True)
	period = period_of(statement)
	rows = frappe.db.sql(MOVEMENTS_NOW, period, as_dict=True)
	deposits = frappe.db.sql(f"{DEPOSITS} lock in share mode", period, as_dict=True)[0]
	told = {row.spare_part: (flt(row.closing_qty, 3), flt(row.closing_value, 2)) for row in statement.items}
	now = {row.spare_part: (flt(row.closing_qty, 3), flt(row.closing_value, 2)) for row in rows}
	values = {field: sum(flt(row[field]) for row in rows) for field in VALUES} | deposits
	if told != now or any(flt(statement.get(field), 2) != flt(value, 2) for field, value in values.items()):
		frappe.throw(
			_("Parts or deposits were entered since the figures were computed. Ask for a new computation."),
			FiguresChangedError,
			title=_("Figures Have Changed"),
		)


def refuse_month(statement: str, outlet: str) -> None:
	"""Say which statement stands against it.

	:raises MonthConfirmedError: always.
	"""
	frappe.throw(
		_("{0} has confirmed the statement {1} of this month. Use a later posting date.").format(
			frappe.bold(outlet), frappe.bold(statement)
		),
		MonthConfirmedError,
		title=_("Month Confirmed"),
	)


def statement_before(statement: Document) -> frappe._dict | None:
	"""Return name and closing figures of the statement of the month before; None without one."""
	month = getdate(add_months(getdate(statement.month), -1))
	return frappe.db.get_value(
		DOCTYPE,
		{"outlet": statement.outlet, "month": month, "stage": "Confirmed"},
		["name", "closing_value", "closing_deposit"],
		as_dict=True,
	)


def difference_to_month_before(statement: Document) -> float:
	"""Return by how much the opening value differs from what the outlet confirmed at the end of the month before."""
	previous = statement_before(statement)
	return flt(flt(statement.opening_value) - flt(previous.closing_value), 2) if previous else 0.0
