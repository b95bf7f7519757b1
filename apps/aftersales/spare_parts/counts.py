"""Stock-taking (S2.32): a warehouse is frozen while it is counted, and differences are posted when they are approved."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from aftersales.spare_parts import ledger, serials, statements
from aftersales.spare_parts.ledger import (
	BALANCE,
	LEDGER,
	MONEY,
	QUANTITY,
	WAREHOUSE,
	Movement,
	StockError,
	Voucher,
	number,
)

ENDED = ("Approved", "Cancelled")
FROZEN = ("Counting", "To Be Approved")


class CountError(StockError):
	"""The count is not complete, or contradicts itself."""


class AlreadyCountedError(StockError):
	"""The warehouse is being counted already."""


def freeze(count: Document) -> None:
	"""Let nothing move in the warehouse from now on; waits for movements that are under way.

	:raises AlreadyCountedError: another count has frozen it.
	"""
	frozen_by = _lock(count.warehouse)
	if frozen_by and frozen_by != count.name:
		frappe.throw(
			_("{0} is being counted already: {1}.").format(
				frappe.bold(count.warehouse), frappe.bold(frozen_by)
			),
			AlreadyCountedError,
		)
	frappe.db.set_value(WAREHOUSE, count.warehouse, "frozen_by", count.name, update_modified=False)


def thaw(count: Document) -> None:
	"""Let parts move again."""
	if _lock(count.warehouse) == count.name:
		frappe.db.set_value(WAREHOUSE, count.warehouse, "frozen_by", None, update_modified=False)


def _lock(warehouse: str) -> str | None:
	return frappe.db.get_value(WAREHOUSE, warehouse, "frozen_by", for_update=True)


def fill(count: Document) -> None:
	"""Begin with what the books say: every part that the warehouse has, of the category if one is chosen."""
	known = {row.spare_part for row in count.items}
	for row in _book_rows(count.warehouse, count.part_category):
		if row.spare_part not in known and row.qty > 0:
			count.append("items", {"spare_part": row.spare_part, "book_qty": row.qty})


def _book_rows(warehouse: str, category: str | None = None) -> list[dict]:
	"""Return `spare_part`, `qty`, `value` as they are now, by name of the part.

	A locking read: the transaction may have begun before the last movement was committed.
	"""
	balance, part = frappe.qb.DocType(BALANCE), frappe.qb.DocType("Spare Part")
	query = (
		frappe.qb.from_(balance)
		.join(part)
		.on(part.name == balance.spare_part)
		.select(balance.spare_part, balance.qty, balance.value)
		.where(balance.warehouse == warehouse)
		.orderby(balance.spare_part)
		.for_update()
	)
	if category:
		query = query.where(part.part_category.isin(_with_children(category)))
	return query.run(as_dict=True)


def _with_children(category: str) -> list[str]:
	bounds = frappe.db.get_value("Part Category", category, ["lft", "rgt"])
	return frappe.get_all("Part Category", {"lft": [">=", bounds[0]], "rgt": ["<=", bounds[1]]}, pluck="name")


def work_out(count: Document) -> None:
	"""Compare what was counted with the books, part by part.

	:raises CountError: a part is there twice.
	"""
	books = {row.spare_part: row for row in _book_rows(count.warehouse)} if count.stage in FROZEN else {}
	seen = set()
	for row in count.items:
		if row.spare_part in seen:
			frappe.throw(
				_("Row {0}: {1} is there twice. Add the quantities up in one row.").format(
					row.idx, frappe.bold(row.spare_part)
				),
				CountError,
			)
		seen.add(row.spare_part)
		_compare(row, books.get(row.spare_part) or frappe._dict())
	differing = [row for row in count.items if row.difference]
	count.parts_with_difference = len(differing)
	count.value_difference = sum(flt(row.value_difference) for row in differing)


def _compare(row: Document, book: dict) -> None:
	qty = number(book.get("qty"), QUANTITY)
	row.book_qty = qty
	row.is_counted = int(bool(row.is_counted or flt(row.counted_qty)))
	row.difference = number(row.counted_qty, QUANTITY) - qty if row.is_counted else 0
	cost = number(book.get("value"), MONEY) / qty if qty else last_cost(row.spare_part)
	row.value_difference = number(Decimal(row.difference) * cost, MONEY) if row.difference else 0


def last_cost(spare_part: str) -> Decimal:
	"""Return what a unit of a part cost when it last moved anywhere; 0 if it never did."""
	rows = frappe.get_all(
		LEDGER, {"spare_part": spare_part}, pluck="rate", order_by="creation desc", limit_page_length=1
	)
	return Decimal(str(rows[0])) if rows else Decimal(0)


def check_complete(count: Document) -> None:
	"""Ask for a figure for each part before the count goes to approval.

	:raises CountError: names parts that were not counted.
	"""
	missing = [row.spare_part for row in count.items if not row.is_counted]
	if missing or not count.items:
		frappe.throw(
			_("Count these parts first, or tick {0} where there are none: {1}").format(
				frappe.bold(_("Counted?")), frappe.bold(", ".join(missing[:10]) or "-")
			),
			CountError,
			title=_("Count Not Complete"),
		)


def post_differences(count: Document) -> None:
	"""Bring the books to what was counted, thaw the warehouse and say who approved it.

	:raises StockError: more is reserved than was found; release it first.
	:raises MonthConfirmedError: the outlet has confirmed the statement of the month of the count.
	"""
	values = {"approved_by": frappe.session.user, "approved_at": now_datetime()}
	movements = [_movement(count, row) for row in count.items if row.difference]
	voucher = Voucher(count.doctype, count.name, "Count", str(count.count_date), count=count.name)
	if movements:
		statements.check_confirmed([count.warehouse], count.count_date)
		ledger.post(voucher, movements)
	thaw(count)
	count.db_set(values, update_modified=False)


def _movement(count: Document, row: Document) -> Movement:
	difference = number(row.difference, QUANTITY)
	found = difference > 0
	return Movement(
		spare_part=row.spare_part,
		qty=abs(difference),
		source=None if found else count.warehouse,
		target=count.warehouse if found else None,
		value=number(row.value_difference, MONEY) if found else None,
		serial_nos=tuple(serials.split(row.serial_nos)),
		row=row.name,
	)
