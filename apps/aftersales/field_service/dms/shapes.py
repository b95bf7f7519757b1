"""The shapes that reports of service outlets have: a list, a table of figures by dimensions, indicators beside those of before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import cint, flt, getdate, today
from pypika.terms import Term

from aftersales.field_service.dms import dimensions
from aftersales.field_service.dms.source import Source
from aftersales.utils import report_periods
from aftersales.utils.people import full_names
from aftersales.utils.report import change, column, lines, stacked_bars

BARS = 15
MOST_DAYS = 400
# Letters above this are Chinese ones.
WIDE_LETTERS = 0x2E80
# Of fractions in tables; money has the precision of the site.
DIGITS = 2


@dataclass(frozen=True)
class Figure:
	"""One figure of a statement.

	:param name: field of the rows; `label` is translated already.
	:param term: what the database adds up or counts.
	:param hidden: read for other figures only.
	"""

	name: str
	label: str
	term: Term
	fieldtype: str = "Int"
	hidden: bool = False


@dataclass(frozen=True)
class Derived:
	"""A figure that follows from others of its row.

	:param of: function of the row; None says that there is no such figure.
	:param needs: figures without which it is left out, because the reader may not see them.
	"""

	name: str
	label: str
	of: Callable[[dict], float | None]
	needs: tuple[str, ...] = ()
	fieldtype: str = "Percent"


@dataclass(frozen=True)
class Part:
	"""The figures of one source; one statement."""

	source: Source
	figures: tuple[Figure, ...]


@dataclass
class Table:
	"""Figures of several sources by the same dimensions.

	:param by: names in `dimensions.all_of()`; the sources have terms of these names.
	:param parts: the first one must be readable, others are left out for those who may not read them.
	:param derived: further columns, from the others.
	:param order: names of columns in their order; without: figures, then what is derived.
	:param sort: figure by which rows are sorted, the largest first; without: by the dimensions.
	:param chart: figures that are drawn, side by side.
	:param stacked: the figures of the chart are parts of one whole.
	:param finish: last change of the rows, in their order.
	:param complete: days of the period on which nothing happened have a row as well.
	:param without_total: figures of which there is no sum.
	"""

	by: tuple[str, ...]
	parts: tuple[Part, ...]
	derived: tuple[Derived, ...] = ()
	order: tuple[str, ...] = ()
	sort: str | None = None
	chart: tuple[str, ...] = ()
	stacked: bool = False
	finish: Callable[[list[dict]], None] | None = None
	complete: bool = False
	without_total: tuple[str, ...] = ()

	def run(self, span: tuple, filters: dict) -> tuple:
		"""Return columns, rows, message and chart."""
		seen = [part for index, part in enumerate(self.parts) if not index or part.source.readable()]
		rows = self.sorted(self.read(seen, span, filters))
		if self.finish:
			self.finish(rows)
		shown = dimensions.chosen(self.by)
		dimensions.name_values(shown, rows)
		figures = self.figures(seen, filters)
		heads = [head for dimension in shown for head in dimension.columns()]
		picture = self.picture(rows, figures)
		if len(rows) > 1:
			rows.append(self.total(seen, rows, dimensions.total_head(shown)))
		return left_aligned([*heads, *figures.values()]), rows, None, picture

	def read(self, parts: Iterable[Part], span: tuple, filters: dict) -> list[dict]:
		"""Return the rows with the figures of all statements."""
		figures = {figure.name: figure.fieldtype for part in parts for figure in part.figures}
		found: dict[tuple, dict] = {key: {} for key in self.days(span)}
		for part in parts:
			keys = [part.source.terms[name].as_(name) for name in self.by]
			query = part.source.statement(span, filters).select(
				*keys, *(figure.term.as_(figure.name) for figure in part.figures)
			)
			for row in query.groupby(*(part.source.terms[name] for name in self.by)).run(as_dict=True):
				# An empty text and none are the same to people.
				key = tuple(None if row[name] == "" else row[name] for name in self.by)
				target = found.setdefault(key, {})
				for figure in part.figures:
					target[figure.name] = flt(target.get(figure.name)) + flt(row[figure.name])
		rows = []
		for key, values in found.items():
			row = frappe._dict(zip(self.by, key, strict=True))
			for name, fieldtype in figures.items():
				row[name] = cint(values.get(name)) if fieldtype == "Int" else flt(values.get(name))
			for derived in self.derived_for(figures):
				row[derived.name] = derived.of(row)
			rows.append(row)
		return rows

	def days(self, span: tuple) -> list[tuple]:
		"""Return the keys of all days of the period that have come, where there is a row for each."""
		start, end = span
		if not (self.complete and self.by == ("day",)):
			return []
		last = min(getdate(end), getdate(today()), getdate(start) + timedelta(days=MOST_DAYS))
		return [(day,) for day in report_periods.steps(getdate(start), last, "Day")]

	def derived_for(self, figures: Iterable[str]) -> list[Derived]:
		"""Return what can be derived from the figures that were read."""
		return [derived for derived in self.derived if set(derived.needs) <= set(figures)]

	def sorted(self, rows: list[dict]) -> list[dict]:
		"""Return the rows in their order; those without a value of a dimension come last."""

		def by_dimensions(row: dict) -> tuple:
			return tuple((row[name] is None, "" if row[name] is None else row[name]) for name in self.by)

		if not self.sort:
			return sorted(rows, key=by_dimensions)
		return sorted(rows, key=lambda row: (-flt(row[self.sort]), by_dimensions(row)))

	def figures(self, parts: Sequence[Part], filters: dict) -> dict[str, dict]:
		"""Return the columns of the figures by name, in their order."""
		found = {}
		for part in parts:
			leads = part.source.drill(self.by, filters)
			for figure in part.figures:
				if not figure.hidden:
					more = {"drill": leads} if leads and figure.fieldtype == "Int" else {}
					found[figure.name] = figure_column(figure, **more)
		for derived in self.derived_for([figure.name for part in parts for figure in part.figures]):
			found[derived.name] = figure_column(derived)
		return {name: found[name] for name in self.order or found if name in found}

	def total(self, parts: Sequence[Part], rows: list[dict], head: dict) -> dict:
		"""Return the row below all others: rates are those of the sums, not sums of rates."""
		figures = [figure for part in parts for figure in part.figures]
		row = frappe._dict(head)
		for figure in figures:
			known = figure.name not in self.without_total
			row[figure.name] = flt(sum(each[figure.name] for each in rows), 6) if known else None
		for derived in self.derived_for([figure.name for figure in figures]):
			row[derived.name] = derived.of(row)
		return row

	def picture(self, rows: list[dict], figures: dict[str, dict]) -> dict | None:
		"""Return the chart: a line over days, bars for everything else."""
		series = [(figures[name]["label"], name) for name in self.chart if name in figures]
		if not series or not rows:
			return None
		if self.by == ("day",):
			return lines(rows, lambda row: row.day.strftime("%m-%d"), series)
		label = dimensions.label_of(dimensions.chosen(self.by))
		return stacked_bars(rows[:BARS], label, series) | {"barOptions": {"stacked": int(self.stacked)}}


@dataclass
class Listing:
	"""Documents one by one.

	:param columns: of the report; `terms` of the source have their fieldnames.
	:param order: names of terms, the first one first; a minus before a name turns its order round.
	:param translated: columns whose values are options, and so texts of the app.
	:param users: columns that hold users, and show their names.
	:param finish: last change of the rows.
	"""

	source: Source
	columns: list[dict]
	order: tuple[str, ...]
	translated: tuple[str, ...] = ()
	users: tuple[str, ...] = ()
	finish: Callable[[list[dict]], None] | None = None

	def run(self, span: tuple, filters: dict) -> tuple:
		"""Return columns and rows."""
		terms = self.source.terms
		names = [head["fieldname"] for head in self.columns if head["fieldname"] in terms]
		query = self.source.statement(span, filters).select(*(terms[name].as_(name) for name in names))
		for name in self.order:
			direction = Order.desc if name.startswith("-") else Order.asc
			query = query.orderby(terms[name.lstrip("-")], order=direction)
		rows = query.run(as_dict=True)
		people = full_names({row[name] for row in rows for name in self.users}) if self.users else {}
		for row in rows:
			row.update({name: _(row[name]) for name in self.translated if row[name]})
			row.update({name: people.get(row[name], row[name]) for name in self.users})
		if self.finish:
			self.finish(rows)
		return left_aligned(self.columns), rows


@dataclass(frozen=True)
class Indicator:
	"""One line of figures beside those of other periods.

	:param of: function of the sums of a period.
	:param unit: what it counts in, translated.
	:param needs: sums without which the line is left out.
	"""

	label: str
	of: Callable[[dict], float | None]
	unit: str = ""
	needs: tuple[str, ...] = ()


@dataclass
class Indicators:
	"""Indicators of a period beside those of the period before and of a year ago."""

	parts: tuple[Part, ...]
	lines: tuple[Indicator, ...]

	def run(self, span: tuple[date, date], filters: dict) -> tuple:
		"""Return columns, rows, message and chart."""
		spans = (span, report_periods.before(*span), report_periods.year_ago(*span))
		seen = [part for index, part in enumerate(self.parts) if not index or part.source.readable()]
		sums = [self.read(seen, each, filters) for each in spans]
		rows = [self.row(line, *sums) for line in self.lines if set(line.needs) <= set(sums[0])]
		return self.columns(), rows, None, None

	def read(self, parts: Iterable[Part], span: tuple, filters: dict) -> dict:
		"""Return the sums of one period; one statement for each source."""
		sums = frappe._dict()
		for part in parts:
			query = part.source.statement(span, filters)
			found = query.select(*(each.term.as_(each.name) for each in part.figures)).run(as_dict=True)
			sums.update({name: flt(value) for name, value in found[0].items()})
		return sums

	def row(self, line: Indicator, now: dict, before: dict, year_ago: dict) -> dict:
		"""Return one line."""
		current, earlier, then = (line.of(sums) for sums in (now, before, year_ago))
		return frappe._dict(
			indicator=line.label,
			unit=line.unit,
			current=current,
			earlier=earlier,
			change=None if current is None else change(current, earlier),
			then=then,
			year_change=None if current is None else change(current, then),
		)

	def columns(self) -> list[dict]:
		"""Return the columns."""
		return [
			column("indicator", _("Figure"), width=220),
			column("unit", _("Unit"), width=80),
			column("current", _("This Period"), "Float", 130, precision=DIGITS),
			column("earlier", _("Period Before"), "Float", 130, precision=DIGITS),
			column("change", _("Growth"), "Percent", 100),
			column("then", _("A Year Ago"), "Float", 130, precision=DIGITS),
			column("year_change", _("Growth in a Year"), "Percent", 120),
		]


@dataclass
class AsOf:
	"""A report whose statement depends on the last day of the period, or on filters.

	:param make: returns the report for first and last day and the filters.
	"""

	make: Callable[[tuple, dict], "Listing | Table"]

	def run(self, span: tuple, filters: dict) -> tuple:
		"""Return what the report made for this period returns."""
		return self.make(span, filters).run(span, filters)


@dataclass
class Preset:
	"""Another report of the app with some of its filters set.

	:param execute: its function.
	:param fixed: the filters.
	:param without: columns that say the same in every row then.
	"""

	execute: Callable[[dict], tuple]
	fixed: dict
	without: tuple[str, ...] = ()

	def run(self, span: tuple, filters: dict) -> tuple:
		"""Return what the other report returns."""
		columns, rows, *more = self.execute(
			{**filters, **self.fixed, "from_date": span[0], "to_date": span[1]}
		)
		return [head for head in columns if head["fieldname"] not in self.without], rows, *more


def figure_column(figure: Figure | Derived, **more) -> dict:
	"""Return the column of a figure."""
	if figure.fieldtype in ("Float", "Percent"):
		more.setdefault("precision", DIGITS if figure.fieldtype == "Float" else 1)
	return column(figure.name, figure.label, figure.fieldtype, width_of(figure.label), **more)


def left_aligned(columns: list[dict]) -> list[dict]:
	"""Return columns whose texts begin on the left; the table would judge by the first row, which may be empty or a number."""
	for head in columns:
		if head["fieldtype"] in ("Data", "Link"):
			head["align"] = "left"
	return columns


def width_of(label: str) -> int:
	"""Return the pixels that a column needs so that its label can be read."""
	wide = sum(16 if ord(letter) > WIDE_LETTERS else 8 for letter in label)
	return max(105, wide + 30)
