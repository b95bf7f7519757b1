"""The stock ledger of spare parts: the only code that changes quantities and values in warehouses.

A movement adds one ledger entry for the warehouse that it leaves and one for that it reaches, and brings the balances
of both along, in the transaction of its voucher. What holds at any moment, whoever works and whatever is killed:

- a balance is the sum of its ledger entries, and the number of an entry is its place among them;
- nothing leaves a warehouse that is not there, or that is reserved for somebody else;
- value is conserved: what leaves one warehouse reaches the other; an empty warehouse is worth nothing.

Parallel work: `lock` takes first the warehouses (shared, so that a stock count can freeze them), then the balances
in the order of their keys. Whoever needs a document number takes it before. So nobody waits in a circle.

Valuation is the moving average (S2.43): parts from outside bring their cost, parts that leave take the average along.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe import _
from frappe.utils import cint, now, nowdate, nowtime
from pypika.terms import Values

from aftersales.aftersales.figures.marks import touch
from aftersales.spare_parts import serials

LEDGER, BALANCE, WAREHOUSE, PART = (
	"Part Ledger Entry",
	"Part Balance",
	"Part Warehouse",
	"Spare Part",
)
QUANTITY, MONEY = Decimal("0.001"), Decimal("0.01")
# What is read of an entry to take it back.
MOVED = (
	"movement",
	"reverses",
	"spare_part",
	"warehouse",
	"qty_change",
	"value_change",
	"voucher_row",
	"serial_nos",
	"posting_date",
)
Pair = tuple[str, str]


class StockError(frappe.ValidationError):
	"""A movement cannot be made."""


class NotEnoughStockError(StockError):
	"""The warehouse has too little of the part that is free."""


class WarehouseFrozenError(StockError):
	"""The warehouse is being counted."""


class WarehouseUnusableError(StockError):
	"""The warehouse is a group, is disabled or does not exist."""


def number(value: float | str | Decimal | None, unit: Decimal) -> Decimal:
	"""Return a figure in the precision in which the ledger keeps it: 0.001 of a unit, 0.01 of the currency."""
	return Decimal(str(value or 0)).quantize(unit, ROUND_HALF_UP)


@dataclass
class Balance:
	"""What a warehouse has of a part.

	:param qty: pieces, metres and so on, as the part's unit says.
	:param reserved: how much of it is kept for service orders.
	:param value: cost of all of it, in the site's currency.
	:param entries: how many ledger entries there are.
	"""

	spare_part: str
	warehouse: str
	qty: Decimal = Decimal(0)
	reserved: Decimal = Decimal(0)
	value: Decimal = Decimal(0)
	entries: int = 0

	@property
	def free(self) -> Decimal:
		"""What may leave."""
		return self.qty - self.reserved

	@property
	def rate(self) -> Decimal:
		"""Average cost of a unit; 0 of an empty warehouse."""
		return self.value / self.qty if self.qty else Decimal(0)

	def value_of(self, qty: Decimal, wished: Decimal | None = None) -> Decimal:
		"""Return the value that leaves with a quantity: its average cost; all with the last of it.

		:param wished: value that it came with, when a receipt is taken back; taken if the rest keeps a value of 0 or more.
		"""
		if qty == self.qty:
			return self.value
		if wished is not None and wished <= self.value:
			return wished
		return min(self.value, number(self.value * qty / self.qty, MONEY))


@dataclass(frozen=True)
class Voucher:
	"""The document that moves parts; `count` is the Stock Count whose frozen warehouse it may change."""

	doctype: str
	name: str
	purpose: str
	posting_date: str = field(default_factory=nowdate)
	posting_time: str = field(default_factory=nowtime)
	technician: str | None = None
	service_order: str | None = None
	scrap_type: str | None = None
	count: str | None = None


@dataclass(frozen=True)
class Movement:
	"""So much of a part from one warehouse to another; without source it comes from outside, without target it is gone.

	:param qty: more than 0.
	:param rate: cost of a unit that comes from outside.
	:param value: total cost instead of `rate`; of what leaves, see `Balance.value_of`.
	:param serial_nos: of each piece, if the part's serial numbers are tracked.
	:param row: name of the voucher's row.
	:param reverses: key of the movement that this one takes back.
	:param posting_date: if it is not that of the voucher.
	"""

	spare_part: str
	qty: Decimal
	source: str | None = None
	target: str | None = None
	rate: Decimal | None = None
	value: Decimal | None = None
	serial_nos: tuple[str, ...] = ()
	row: str | None = None
	reverses: str | None = None
	posting_date: date | None = None
	key: str = field(default_factory=lambda: frappe.generate_hash(length=20))

	@property
	def pairs(self) -> list[Pair]:
		return [(self.spare_part, warehouse) for warehouse in (self.source, self.target) if warehouse]


def key_of(spare_part: str, warehouse: str) -> str:
	"""Return the name of a balance: always the same for a part in a warehouse, so that there is one only."""
	return hashlib.sha1(f"{spare_part}\n{warehouse}".casefold().encode()).hexdigest()


def post(voucher: Voucher, movements: Iterable[Movement]) -> dict[str, Decimal]:
	"""Move parts; all of it or, with an error, nothing that the caller's transaction will keep.

	:returns: value that was moved, by the movement's key.
	:raises NotEnoughStockError: a warehouse has too little.
	:raises WarehouseFrozenError: a warehouse is being counted.
	:raises StockError: a quantity is 0 or less, a warehouse cannot be used, or serial numbers do not fit.
	"""
	movements = list(movements)
	if not movements:
		return {}
	for movement in movements:
		check_movement(movement)
	balances = lock([pair for movement in movements for pair in movement.pairs], voucher.count)
	serials.move(voucher, movements)
	entries, values = [], {}
	for movement in movements:
		values[movement.key] = _move(voucher, movement, balances, entries)
	_write(entries, balances)
	return values


def check_movement(movement: Movement) -> None:
	"""Refuse what is no movement.

	:raises StockError: with what is wrong.
	"""
	if movement.qty <= 0:
		frappe.throw(
			_("Enter a quantity above 0 for {0}.").format(frappe.bold(movement.spare_part)), StockError
		)
	if movement.source == movement.target:
		frappe.throw(_("Choose two different warehouses, or one only."), StockError)


def lock(pairs: Iterable[Pair], count: str | None = None, moving: bool = True) -> dict[Pair, Balance]:
	"""Lock balances until the end of the transaction and return them as they are now; missing ones are made.

	:param count: Stock Count whose warehouse may be frozen.
	:param moving: quantities shall change; what is reserved may change while a warehouse is counted.
	:raises WarehouseFrozenError: another count froze a warehouse.
	:raises WarehouseUnusableError: a warehouse holds no stock.
	"""
	ordered = sorted({key_of(*pair): pair for pair in pairs}.items())
	if not ordered:
		return {}
	if moving:
		check_warehouses(sorted({warehouse for _key, (_part, warehouse) in ordered}), count)
	table = frappe.qb.DocType(BALANCE)
	stamp, user = now(), frappe.session.user
	# Locks the rows in this order, whether they are there or not; a select of missing rows would lock gaps instead.
	insert = frappe.qb.into(table).columns(
		"name", "spare_part", "warehouse", "owner", "modified_by", "creation", "modified"
	)
	for key, (spare_part, warehouse) in ordered:
		insert = insert.insert(key, spare_part, warehouse, user, user, stamp, stamp)
	insert.on_duplicate_key_update(table.name, table.name).run()
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.qty, table.reserved_qty, table.value, table.entries)
		.where(table.name.isin([key for key, _pair in ordered]))
		.for_update()
		.run(as_dict=True)
	)
	found = {row.name: row for row in rows}
	return {pair: _balance(pair, found[key]) for key, pair in ordered}


def check_warehouses(names: list[str], count: str | None = None) -> None:
	"""Refuse warehouses in which nothing can be moved, and keep them from being frozen until the transaction ends.

	:param names: sorted.
	:param count: the Stock Count that may change what it froze.
	"""
	rows = frappe.db.sql(
		"""select name, is_group, enabled, frozen_by from `tabPart Warehouse`
		where name in %s order by name lock in share mode""",
		(names,),
		as_dict=True,
	)
	found = {row.name: row for row in rows}
	for name in names:
		row = found.get(name)
		if not row or row.is_group or not row.enabled:
			frappe.throw(
				_("{0} holds no stock: choose a warehouse that is enabled and is no group.").format(
					frappe.bold(name)
				),
				WarehouseUnusableError,
			)
		if row.frozen_by and row.frozen_by != count:
			frappe.throw(
				_("{0} is being counted: wait until {1} is approved or cancelled.").format(
					frappe.bold(name), frappe.bold(row.frozen_by)
				),
				WarehouseFrozenError,
				title=_("Warehouse Frozen"),
			)


def _balance(pair: Pair, row: dict) -> Balance:
	return Balance(
		*pair,
		qty=number(row.qty, QUANTITY),
		reserved=number(row.reserved_qty, QUANTITY),
		value=number(row.value, MONEY),
		entries=cint(row.entries),
	)


def _move(voucher: Voucher, movement: Movement, balances: dict[Pair, Balance], entries: list) -> Decimal:
	qty, value = movement.qty, movement.value
	if movement.source:
		balance = balances[movement.spare_part, movement.source]
		if balance.free < qty:
			refuse(balance, qty)
		value = balance.value_of(qty, value)
		entries.append(_entry(voucher, movement, balance, -qty, -value))
	elif value is None:
		value = number((movement.rate or 0) * qty, MONEY)
	if movement.target:
		entries.append(_entry(voucher, movement, balances[movement.spare_part, movement.target], qty, value))
	return value


def refuse(balance: Balance, qty: Decimal) -> None:
	"""Say what is missing.

	:raises NotEnoughStockError: always.
	"""
	part_name = frappe.db.get_value(PART, balance.spare_part, "part_name") or ""
	message = _("{0} has {1} of {2} that are free; {3} are asked for.").format(
		frappe.bold(balance.warehouse),
		frappe.bold(plain(max(balance.free, Decimal(0)))),
		frappe.bold(frappe.utils.escape_html(f"{balance.spare_part} {part_name}".strip())),
		frappe.bold(plain(qty)),
	)
	if balance.reserved:
		message += " " + _("{0} are reserved for service orders.").format(plain(balance.reserved))
	frappe.throw(message, NotEnoughStockError, title=_("Not Enough in Stock"))


def plain(value: Decimal | float) -> str:
	"""Return a quantity without needless zeros."""
	return f"{number(value, QUANTITY).normalize():f}"


def _entry(voucher: Voucher, movement: Movement, balance: Balance, qty: Decimal, value: Decimal) -> dict:
	"""Change a balance in memory and return its ledger entry."""
	balance.qty += qty
	balance.value += value
	balance.entries += 1
	return {
		"name": frappe.generate_hash(length=20),
		"spare_part": balance.spare_part,
		"warehouse": balance.warehouse,
		"entry_no": balance.entries,
		"posting_date": movement.posting_date or voucher.posting_date,
		"posting_time": voucher.posting_time,
		"qty_change": qty,
		"qty_after": balance.qty,
		"rate": abs(value / qty),
		"value_change": value,
		"value_after": balance.value,
		"purpose": voucher.purpose,
		"voucher_type": voucher.doctype,
		"voucher_no": voucher.name,
		"voucher_row": movement.row,
		"movement": movement.key,
		"reverses": movement.reverses,
		"is_reversal": cint(bool(movement.reverses)),
		"technician": voucher.technician,
		"service_order": voucher.service_order,
		"scrap_type": voucher.scrap_type,
		"serial_nos": "\n".join(movement.serial_nos) or None,
	}


def _write(entries: list[dict], balances: dict[Pair, Balance]) -> None:
	stamp, user = now(), frappe.session.user
	common = {"owner": user, "modified_by": user, "creation": stamp, "modified": stamp, "docstatus": 0}
	rows = [[*entry.values(), *common.values(), place] for place, entry in enumerate(entries, 1)]
	frappe.db.bulk_insert(LEDGER, [*entries[0], *common, "idx"], rows)
	write_balances(balances.values())
	touch(LEDGER, *{entry["posting_date"] for entry in entries})


def write_balances(balances: Iterable[Balance]) -> None:
	"""Store balances that were locked before, in one statement."""
	balances = list(balances)
	if not balances:
		return
	table = frappe.qb.DocType(BALANCE)
	stamp, user = now(), frappe.session.user
	changed = ("qty", "reserved_qty", "value", "valuation_rate", "entries", "modified", "modified_by")
	insert = frappe.qb.into(table).columns("name", *changed)
	for balance in balances:
		insert = insert.insert(
			key_of(balance.spare_part, balance.warehouse),
			balance.qty,
			balance.reserved,
			balance.value,
			number(balance.rate, Decimal("0.000001")),
			balance.entries,
			stamp,
			user,
		)
	for column in changed:
		insert = insert.on_duplicate_key_update(table[column], Values(table[column]))
	insert.run()


def reverse(voucher: Voucher) -> None:
	"""Take back what a voucher moved and was not taken back yet, the last first; the ledger keeps both.

	The caller holds the voucher's row, as Frappe does when it cancels a document.

	:raises NotEnoughStockError: the parts have gone on since.
	"""
	rows = frappe.get_all(
		LEDGER,
		filters={"voucher_type": voucher.doctype, "voucher_no": voucher.name},
		fields=list(MOVED),
		order_by="creation desc, idx desc",
		limit_page_length=0,
	)
	taken_back = {row.reverses for row in rows if row.reverses}
	moves: dict[str, list] = {}
	for row in rows:
		if not row.reverses and row.movement not in taken_back:
			moves.setdefault(row.movement, []).append(row)
	post(voucher, [_back(key, entries) for key, entries in moves.items()])


def _back(key: str, entries: list) -> Movement:
	"""Return the movement that takes another one back."""
	reached = next((row for row in entries if row.qty_change > 0), None)
	left = next((row for row in entries if row.qty_change < 0), None)
	row = reached or left
	return Movement(
		spare_part=row.spare_part,
		qty=abs(number(row.qty_change, QUANTITY)),
		source=reached.warehouse if reached else None,
		target=left.warehouse if left else None,
		value=abs(number(row.value_change, MONEY)),
		serial_nos=tuple(serials.split(row.serial_nos)),
		row=row.voucher_row,
		reverses=key,
		posting_date=row.posting_date,
	)


def balance(spare_part: str, warehouse: str) -> Balance:
	"""Return what a warehouse has of a part now, without locking anything; zeros if it never had any."""
	row = frappe.db.get_value(
		BALANCE,
		key_of(spare_part, warehouse),
		["qty", "reserved_qty", "value", "entries"],
		as_dict=True,
	)
	return _balance((spare_part, warehouse), row or frappe._dict())
