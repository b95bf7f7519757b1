"""Counting days anew: those that were marked, those that a nightly look finds wrong, or all."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import frappe
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import add_days, flt, getdate, now
from pypika import Criterion
from pypika.queries import QueryBuilder
from pypika.terms import NullValue

from aftersales.aftersales.figures.marks import DOCTYPE as MARK
from aftersales.aftersales.figures.measures import BY_NAME, MEASURES, Measure
from aftersales.setup.records import once

DOCTYPE = "Daily Figure"
# Days that are counted in one transaction, and marks that are read in one go.
DAYS_AT_ONCE = 31
MARKS_AT_ONCE = 2_000
# How far the nightly look goes back. Older calls may be deleted by then; their figures stay.
NIGHTLY_DAYS = 35
LOCK = "aftersales daily figures"
COLUMNS = (
	"name",
	"date",
	"measure",
	"outlet",
	"dimension",
	"dimension_value",
	"figure_count",
	"amount",
	"owner",
	"modified_by",
	"creation",
	"modified",
)


def run() -> None:
	"""Count the marked days anew; the scheduler calls it each minute. Two at the same time: the second leaves it to the first."""
	if not _locked():
		return
	try:
		# The marks and the documents are read as of the same moment: the first read after this.
		frappe.db.commit()
		while catch_up():
			frappe.db.commit()
		frappe.db.commit()
	finally:
		_unlock()


def catch_up() -> int:
	"""Count days anew that are marked, and take these marks away.

	Whatever is committed after the marks were read has marks of its own, which stay.

	:returns: number of marks; 0 when there was nothing to do.
	"""
	marks = frappe.get_all(MARK, fields=["name", "measure", "date"], order_by=None, limit=MARKS_AT_ONCE)
	days = defaultdict(set)
	for row in marks:
		days[row.measure].add(getdate(row.date))
	for name, marked in days.items():
		if name in BY_NAME:
			renew(BY_NAME[name], marked)
	if marks:
		frappe.db.delete(MARK, {"name": ("in", [row.name for row in marks])})
	return len(marks)


def renew(measure: Measure, days: Iterable[date]) -> None:
	"""Replace the stored figures of days by what the documents say now."""
	days = sorted(set(days))
	for start in range(0, len(days), DAYS_AT_ONCE):
		part = days[start : start + DAYS_AT_ONCE]
		rows = list(count(measure, part))
		frappe.db.delete(DOCTYPE, {"measure": measure.name, "date": ("in", part)})
		_insert(measure, rows)


def count(measure: Measure, days: list[date]) -> Iterator[tuple]:
	"""Yield (date, outlet, dimension, value, count, amount) of days as the documents say, one statement for each breakdown."""
	for dimension, field in ("", None), *measure.breakdowns.items():
		for day, outlet, value, number, amount in _statement(measure, days, field).run():
			yield getdate(day), outlet or None, dimension, value or "", number, flt(amount)


def check(days: int = NIGHTLY_DAYS) -> list[tuple[str, date]]:
	"""Compare the figures of the last days with the documents and mend what differs; the scheduler calls it each night.

	:returns: what was wrong, as (measure, day); it is written to the log as well.
	"""
	today = getdate()
	wrong = []
	for measure in known():
		# A week ahead: dates in the future are counted, too.
		span = [getdate(add_days(today, 7 - back)) for back in range(days + 8)]
		differing = _by_day(count(measure, span)).items() ^ _by_day(_stored(measure, span)).items()
		if found := {day for day, _rows in differing}:
			renew(measure, found)
			wrong += [(measure.name, day) for day in sorted(found)]
	if wrong:
		frappe.logger("aftersales").warning(f"Daily figures that were wrong and were mended: {wrong}")
	return wrong


def rebuild(measure: str | None = None, commit: bool = True) -> int:
	"""Count everything anew, from the first document to the last.

	    bench --site SITE execute aftersales.aftersales.figures.compute.rebuild

	:param measure: only this one.
	:param commit: commit after each month, so that nobody waits for the whole.
	:returns: number of rows.
	"""
	for one in known():
		if measure in (None, one.name):
			_rebuild(one, commit)
	return frappe.db.count(DOCTYPE, {"measure": measure} if measure else None)


def build_new() -> None:
	"""Have figures counted that a new version of the app brought, on a site that has documents already; once for each."""
	for measure in known():
		once(f"Daily Figure: {measure.name}", lambda measure=measure: _build_later(measure))


def known() -> list[Measure]:
	"""Return the measures; while an update is under way the table of a new DocType may be missing yet."""
	return [measure for measure in MEASURES if frappe.db.table_exists(measure.doctype)]


def rename_values(doc, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Let figures follow a document that was renamed; for the hook `after_rename`."""
	table = frappe.qb.DocType(DOCTYPE)
	for measure in MEASURES:
		meta = frappe.get_meta(measure.doctype)
		for dimension, field in measure.breakdowns.items():
			if meta.get_options(field) == doc.doctype:
				frappe.qb.update(table).set(table.dimension_value, new).where(
					(table.measure == measure.name)
					& (table.dimension == dimension)
					& (table.dimension_value == old)
				).run()


def _rebuild(measure: Measure, commit: bool) -> None:
	days = _days(measure.doctype, measure.date)
	gone = sorted(set(_days(DOCTYPE, "date", measure.name)) - set(days))
	if gone:
		frappe.db.delete(DOCTYPE, {"measure": measure.name, "date": ("in", gone)})
	for start in range(0, len(days), DAYS_AT_ONCE):
		renew(measure, days[start : start + DAYS_AT_ONCE])
		if commit:
			frappe.db.commit()


def _build_later(measure: Measure) -> None:
	if frappe.get_all(measure.doctype, limit=1, order_by=None):
		frappe.enqueue(rebuild, queue="long", measure=measure.name, enqueue_after_commit=True)


def _days(doctype: str, field: str, measure: str | None = None) -> list[date]:
	"""Return the days on which there is anything."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(Date(table[field])).distinct().where(table[field].isnotnull())
	if measure:
		query = query.where(table.measure == measure)
	return sorted(getdate(day) for (day,) in query.run())


def _statement(measure: Measure, days: list[date], value: str | None) -> QueryBuilder:
	table = frappe.qb.DocType(measure.doctype)
	query = frappe.qb.from_(table)
	outlet = NullValue()
	if measure.outlet:
		own, _dot, linked = measure.outlet.partition(".")
		outlet = table[own]
		if linked:
			other = frappe.qb.DocType(frappe.get_meta(measure.doctype).get_options(own))
			query = query.left_join(other).on(other.name == table[own])
			outlet = other[linked]
	day = Date(table[measure.date])
	split = table[value] if value else NullValue()
	amount = Sum(table[measure.amount]) * measure.sign if measure.amount else NullValue()
	query = query.select(day, outlet, split, Count("*"), amount).where(_on(table[measure.date], days))
	for fieldname, wanted in measure.filters.items():
		field = table[fieldname]
		query = query.where(field.isin(wanted) if isinstance(wanted, tuple) else field == wanted)
	groups = [day, *([outlet] if measure.outlet else []), *([split] if value else [])]
	return query.groupby(*groups)


def _on(field, days: list[date]) -> Criterion:
	"""Return the condition for days; those that follow each other are one range, so that an index serves it."""
	ranges = []
	for day in days:
		if ranges and ranges[-1][1] == day:
			ranges[-1][1] = day + timedelta(days=1)
		else:
			ranges.append([day, day + timedelta(days=1)])
	return Criterion.any((field >= start) & (field < end) for start, end in ranges)


def _insert(measure: Measure, rows: list[tuple]) -> None:
	stamp = now()
	common = ("Administrator", "Administrator", stamp, stamp)
	values = [
		[
			_name(measure.name, day, outlet, dimension, value),
			day,
			measure.name,
			outlet,
			dimension,
			value,
			number,
			amount,
		]
		for day, outlet, dimension, value, number, amount in rows
	]
	frappe.db.bulk_insert(DOCTYPE, list(COLUMNS), [[*row, *common] for row in values])


def _name(*identity) -> str:
	"""Return the name of a row: its identity, so that the same figure cannot exist twice."""
	text = "\x1f".join(str(part or "") for part in identity)
	return hashlib.sha256(text.encode()).hexdigest()[:24]


def _stored(measure: Measure, days: list[date]) -> list[tuple]:
	rows = frappe.get_all(
		DOCTYPE,
		filters={"measure": measure.name, "date": ("in", days)},
		fields=["date", "outlet", "dimension", "dimension_value", "figure_count", "amount"],
		order_by=None,
		as_list=True,
	)
	return [(getdate(day), outlet or None, *rest, flt(amount)) for day, outlet, *rest, amount in rows]


def _by_day(rows: Iterable[tuple]) -> dict[date, frozenset]:
	days = defaultdict(set)
	for day, outlet, dimension, value, number, amount in rows:
		days[day].add((outlet, dimension, value, number, flt(amount, 2)))
	return {day: frozenset(found) for day, found in days.items()}


def _locked() -> bool:
	return bool(frappe.db.sql("select get_lock(%s, 0)", f"{LOCK} {frappe.local.site}"[:64])[0][0])


def _unlock() -> None:
	frappe.db.sql("select release_lock(%s)", f"{LOCK} {frappe.local.site}"[:64])
