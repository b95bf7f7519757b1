"""Trees as areas: a category covers the categories below it, a region the regions below it."""

from collections.abc import Iterable

import frappe


class Areas:
	"""Where some records of a tree lie, read with one statement.

	:param doctype: a tree: Product Category, Service Region.
	:param names: the records that will be asked about; others are covered by nothing.
	"""

	def __init__(self, doctype: str, names: Iterable[str | None]):
		names = sorted({name for name in names if name})
		rows = (
			frappe.get_all(doctype, {"name": ("in", names)}, ["name", "lft", "rgt"], order_by=None)
			if names
			else []
		)
		self._span = {row.name: (row.lft, row.rgt) for row in rows}

	def covers(self, area: str, inner: str | None) -> bool:
		"""Return whether `inner` is `area` or lies below it."""
		if area not in self._span or inner not in self._span:
			return False
		(left, right), (inner_left, inner_right) = self._span[area], self._span[inner]
		return left <= inner_left and inner_right <= right

	def nearest(self, areas: Iterable[str], inner: str | None) -> str | None:
		"""Return the smallest of the areas that cover `inner`, None when none does."""
		covering = [area for area in areas if self.covers(area, inner)]
		return min(covering, key=lambda area: self._span[area][1] - self._span[area][0], default=None)
