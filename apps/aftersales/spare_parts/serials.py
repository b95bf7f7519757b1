"""Parts whose serial numbers are tracked: each piece is in one warehouse, or has left stock."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import now
from pypika.terms import Values

if TYPE_CHECKING:
	from aftersales.spare_parts.ledger import Movement, Voucher

SERIAL = "Part Serial"


class SerialNumberError(frappe.ValidationError):
	"""Serial numbers are missing, too many, or not where the slip takes them from."""


def split(text: str | None) -> list[str]:
	"""Return the serial numbers of a text, one in a line or parted by commas."""
	return [word.strip() for word in (text or "").replace(",", "\n").splitlines() if word.strip()]


def key_of(spare_part: str, serial_no: str) -> str:
	"""Return the name of a piece's record; writing a number in small letters makes no other piece."""
	return hashlib.sha1(f"{spare_part}\n{serial_no}".casefold().encode()).hexdigest()


def move(voucher: "Voucher", movements: "Iterable[Movement]") -> None:
	"""Bring pieces along with a movement of their parts; the balances are locked already.

	:raises SerialNumberError: they are not as many as the quantity, twice on the slip, not in the warehouse that they leave,
		or in stock somewhere when they come from outside.
	"""
	tracked = _tracked({movement.spare_part for movement in movements})
	moves = [movement for movement in movements if movement.spare_part in tracked]
	for movement in movements:
		if movement.spare_part in tracked:
			check_number_of(movement)
		elif movement.serial_nos:
			frappe.throw(
				_("Serial numbers of {0} are not tracked: leave the field empty.").format(
					frappe.bold(movement.spare_part)
				),
				SerialNumberError,
			)
	if moves:
		places = _lock(moves)
		for movement in moves:
			_place(movement, places)
		_write(voucher, moves, places)


def _tracked(parts: set[str]) -> set[str]:
	if not parts:
		return set()
	return set(
		frappe.get_all(
			"Spare Part", {"name": ["in", parts], "serial_tracked": 1}, pluck="name", limit_page_length=0
		)
	)


def check_number_of(movement: "Movement") -> None:
	"""Ask for as many different serial numbers as there are pieces.

	:raises SerialNumberError: there are not.
	"""
	different = {serial_no.casefold() for serial_no in movement.serial_nos}
	if Decimal(len(different)) != movement.qty or len(different) != len(movement.serial_nos):
		frappe.throw(
			_("{0} needs {1} different serial numbers; {2} are given.").format(
				frappe.bold(movement.spare_part), f"{movement.qty.normalize():f}", len(different)
			),
			SerialNumberError,
			title=_("Serial Numbers"),
		)


def _lock(movements: "list[Movement]") -> dict[str, str | None]:
	"""Lock the pieces, make those that are new, and return the warehouse of each by its key."""
	table = frappe.qb.DocType(SERIAL)
	stamp, user = now(), frappe.session.user
	pieces = sorted(
		{
			key_of(movement.spare_part, serial_no): (movement.spare_part, serial_no)
			for movement in movements
			for serial_no in movement.serial_nos
		}.items()
	)
	insert = frappe.qb.into(table).columns(
		"name", "spare_part", "serial_no", "owner", "modified_by", "creation", "modified"
	)
	for key, (spare_part, serial_no) in pieces:
		insert = insert.insert(key, spare_part, serial_no, user, user, stamp, stamp)
	insert.on_duplicate_key_update(table.name, table.name).run()
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.warehouse)
		.where(table.name.isin([key for key, _piece in pieces]))
		.for_update()
		.run()
	)
	return dict(rows)


def _place(movement: "Movement", places: dict[str, str | None]) -> None:
	"""Check where the pieces are and say where they are now."""
	for serial_no in movement.serial_nos:
		key = key_of(movement.spare_part, serial_no)
		if (places[key] or None) != (movement.source or None):
			frappe.throw(
				_where(movement, serial_no, places[key]), SerialNumberError, title=_("Serial Numbers")
			)
		places[key] = movement.target


def _where(movement: "Movement", serial_no: str, place: str | None) -> str:
	shown = frappe.bold(frappe.utils.escape_html(f"{movement.spare_part} {serial_no}"))
	if not movement.source:
		return _("{0} is in stock already, in {1}.").format(shown, frappe.bold(place))
	if place:
		return _("{0} is not in {1} but in {2}.").format(
			shown, frappe.bold(movement.source), frappe.bold(place)
		)
	return _("{0} is not in {1}.").format(shown, frappe.bold(movement.source))


def _write(voucher: "Voucher", movements: "list[Movement]", places: dict[str, str | None]) -> None:
	table = frappe.qb.DocType(SERIAL)
	stamp, user = now(), frappe.session.user
	columns = (
		"warehouse",
		"purpose",
		"service_order",
		"voucher_type",
		"voucher_no",
		"modified",
		"modified_by",
	)
	insert = frappe.qb.into(table).columns("name", *columns)
	for key in places:
		insert = insert.insert(
			key,
			places[key],
			voucher.purpose,
			voucher.service_order,
			voucher.doctype,
			voucher.name,
			stamp,
			user,
		)
	for column in columns:
		insert = insert.on_duplicate_key_update(table[column], Values(table[column]))
	insert.run()


def in_stock(warehouse: str, parts: Iterable[str]) -> dict[str, list[str]]:
	"""Return the serial numbers that a warehouse has, by part; one statement."""
	found: dict[str, list[str]] = {}
	parts = list(parts)
	if not parts:
		return found
	for row in frappe.get_all(
		SERIAL,
		filters={"warehouse": warehouse, "spare_part": ["in", parts]},
		fields=["spare_part", "serial_no"],
		order_by="serial_no asc",
		limit_page_length=0,
	):
		found.setdefault(row.spare_part, []).append(row.serial_no)
	return found
