"""Which Fee Rate applies: the most particular one that is valid on the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe.model.document import Document


@dataclass(frozen=True)
class Rates:
	"""The Fee Rates that are valid for an order, the most particular first."""

	rows: list

	def best(self, kind: str, service_item: str | None = None, paid_by: str = "Paid"):
		"""Return the rate that applies, None without one.

		:param kind: Visit, Distance, Service Item or Hour.
		:param service_item: for the kind Service Item.
		:param paid_by: Warranty or Paid.
		"""
		for row in self.rows:
			fits = row.fee_kind == kind and row.paid_by in ("All", paid_by)
			if fits and (kind != "Service Item" or row.service_item == service_item):
				return row
		return None


def read(order: Document, on: date, service_items: Iterable[str]) -> Rates:
	"""Read the rates for an order's outlet, product category and service items with one statement.

	A rate for the category itself goes before one for a category around it, then likewise for outlets; of equals the one
	that became valid last.
	"""
	rate = frappe.qb.DocType("Fee Rate")
	category, of_order = (
		frappe.qb.DocType("Product Category").as_(name) for name in ("category", "of_order")
	)
	outlet, own = (frappe.qb.DocType("Service Outlet").as_(name) for name in ("outlet", "own"))
	rows = (
		frappe.qb.from_(rate)
		.left_join(category)
		.on(category.name == rate.product_category)
		.left_join(of_order)
		.on(of_order.name == (order.product_category or ""))
		.left_join(outlet)
		.on(outlet.name == rate.outlet)
		.left_join(own)
		.on(own.name == (order.outlet or ""))
		.select(
			rate.name,
			rate.fee_kind,
			rate.service_item,
			rate.rate,
			rate.paid_by,
			rate.valid_from,
			category.lft.as_("category_lft"),
			outlet.lft.as_("outlet_lft"),
		)
		.where(rate.disabled == 0)
		.where(_empty(rate.service_item) | rate.service_item.isin(list(service_items) or [""]))
		.where(rate.valid_from.isnull() | (rate.valid_from <= on))
		.where(rate.valid_to.isnull() | (rate.valid_to >= on))
		.where(
			_empty(rate.product_category) | ((category.lft <= of_order.lft) & (category.rgt >= of_order.rgt))
		)
		.where(_empty(rate.outlet) | ((outlet.lft <= own.lft) & (outlet.rgt >= own.rgt)))
		.run(as_dict=True)
	)
	return Rates(sorted(rows, key=_particular, reverse=True))


def _empty(field):
	return field.isnull() | (field == "")


def _particular(row) -> tuple:
	# A rate for one of the two payers goes before one for both.
	return (
		row.category_lft or 0,
		row.outlet_lft or 0,
		row.paid_by != "All",
		str(row.valid_from or ""),
		row.name,
	)
