"""Where the figures of the reports of service outlets come from: one statement over a DocType, with the reader's rights.

A source names a DocType, the moment by which its documents belong to a period, and the terms by which they can be grouped,
filtered and shown. What the reader may not see is not counted: the conditions that Frappe puts to every list of the DocType
(User Permissions, sharing, outlets) are part of each statement.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.query_builder.functions import Sum
from frappe.utils import add_days, getdate
from frappe.utils.nestedset import get_descendants_of
from pypika import Case
from pypika.queries import Selectable
from pypika.terms import Criterion, LiteralValue, Term

from aftersales.utils.access import check_permission
from aftersales.utils.report import drill

# Repairs in an outlet: what its reports are about unless another kind is chosen.
IN_OUTLET = ("Workshop", "Counter Repair")
ALL_KINDS = "All Kinds"
TREES = {"outlet": "Service Outlet", "product_category": "Product Category"}


@dataclass(frozen=True)
class Source:
	"""One kind of document that reports count.

	:param doctype: DocType of the statement's first table.
	:param terms: what documents are grouped, filtered and shown by.
	:param moment: term that must lie in the period; None: all documents count.
	:param period: field of the DocType's list that stands for `moment`, to find the counted documents again.
	:param joins: further DocTypes that every document has, with the condition; their rights count as well.
	:param left: further DocTypes or statements that a document may have, with the condition.
	:param where: what else must be true.
	:param fixed: the same for the DocType's list, value by field.
	:param own: names of `terms` that are fields of the DocType itself, so that its list can be narrowed by them.
	"""

	doctype: str
	terms: dict[str, Term]
	moment: Term | None = None
	period: str | None = None
	joins: tuple[tuple[str, Criterion], ...] = ()
	left: tuple[tuple[str | Selectable, Criterion], ...] = ()
	where: tuple[Criterion, ...] = ()
	fixed: dict = field(default_factory=dict)
	own: tuple[str, ...] = ()

	def only(self, *where: Criterion, **fixed) -> "Source":
		"""Return the source with further conditions, and with those of its list."""
		return replace(self, where=(*self.where, *where), fixed={**self.fixed, **fixed})

	def showing(self, **terms: Term) -> "Source":
		"""Return the source with further terms to show."""
		return replace(self, terms={**self.terms, **terms})

	def readable(self) -> bool:
		"""Return whether the session's user reads all that the source consists of."""
		doctypes = (self.doctype, *(doctype for doctype, _on in self.joins))
		return all(frappe.has_permission(doctype, "read") for doctype in doctypes)

	def statement(self, span: tuple[date | None, date | None], filters: dict[str, list]):
		"""Return the query over the documents of a period that the session's user may read, without what it selects.

		:param span: first and last day; None: without such a limit.
		:param filters: what `values_of` says, by name of a term.
		:raises frappe.PermissionError: the user may not read a DocType of the source.
		"""
		query = frappe.qb.from_(frappe.qb.DocType(self.doctype))
		for doctype, on in self.joins:
			query = query.join(frappe.qb.DocType(doctype)).on(on)
		for other, on in self.left:
			query = query.left_join(frappe.qb.DocType(other) if isinstance(other, str) else other).on(on)
		for condition in (*self.within(span), *self.where, *self.chosen(filters), *self.rights()):
			query = query.where(condition)
		return query

	def within(self, span: tuple[date | None, date | None]) -> Iterable[Criterion]:
		"""Return the conditions for the period."""
		start, end = span
		if self.moment is not None and start:
			yield self.moment >= start
		if self.moment is not None and end:
			yield self.moment < getdate(add_days(end, 1))

	def chosen(self, filters: dict[str, list]) -> Iterable[Criterion]:
		"""Return the conditions for the filters that the source knows."""
		for name, values in filters.items():
			if name in self.terms and values:
				yield self.terms[name].isin(values)

	def rights(self) -> Iterable[Criterion]:
		"""Return the conditions that Frappe would put to the lists.

		:raises frappe.PermissionError: the user may not read a DocType of the source.
		"""
		for doctype in (self.doctype, *(doctype for doctype, _on in self.joins)):
			check_permission(doctype, "read")
			if conditions := build_match_conditions(doctype):
				yield Sql(f"({conditions})")

	def drill(self, dimensions: Iterable[str], filters: dict[str, list]) -> dict | None:
		"""Return where a figure leads; None where its documents cannot be told from others in their list."""
		if not self.period or not set(dimensions) <= {*self.own, "day"}:
			return None
		fixed = dict(self.fixed)
		for name, values in filters.items():
			if values and name in self.terms:
				if name not in self.own:
					return None
				fixed[name] = ["in", values]
		rows = {name: f"{name}_alone" if name in TREES else name for name in dimensions if name in self.own}
		return drill(self.doctype, self.period, rows, **fixed)


class Sql(LiteralValue, Criterion):
	"""A condition that Frappe made as text."""


def values_of(name: str, value: str | int | None) -> list:
	"""Return what a report's filter lets through, nothing for all: of a tree, a place with everything below it."""
	if name == "order_kind":
		return [] if value == ALL_KINDS else [value] if value else list(IN_OUTLET)
	if not value:
		return []
	if name in TREES:
		return [value, *get_descendants_of(TREES[name], value, ignore_permissions=True)]
	return [value]


def count_if(condition: Criterion) -> Term:
	"""Return the term that counts where something is true."""
	return Sum(Case().when(condition, 1).else_(0))


def sum_if(condition: Criterion, term: Term) -> Term:
	"""Return the term that adds up where something is true."""
	return Sum(Case().when(condition, term).else_(0))
