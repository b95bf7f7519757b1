"""Do the balances still say what the ledger says? For tests, and for whoever doubts it."""

from decimal import Decimal

import frappe

from aftersales.spare_parts.ledger import BALANCE, QUANTITY, number


def differences() -> list[dict]:
	"""Compare every balance with its ledger and its reservations; an empty list means that all agree.

	:returns: `spare_part`, `warehouse`, `stored` and `summed`, each (quantity, value, entries, reserved).
	"""
	summed = {}
	for row in frappe.db.sql(
		"""select spare_part, warehouse, sum(qty_change) as qty, sum(value_change) as value, count(*) as entries
		from `tabPart Ledger Entry` group by spare_part, warehouse""",
		as_dict=True,
	):
		summed[row.spare_part, row.warehouse] = [row.qty, row.value, row.entries, 0]
	for row in frappe.db.sql(
		"""select spare_part, warehouse, sum(qty - used_qty) as reserved from `tabPart Reservation`
		where status = 'Reserved' group by spare_part, warehouse""",
		as_dict=True,
	):
		summed.setdefault((row.spare_part, row.warehouse), [0, 0, 0, 0])[3] = row.reserved
	stored = {
		(row.spare_part, row.warehouse): [row.qty, row.value, row.entries, row.reserved_qty]
		for row in frappe.get_all(
			BALANCE,
			fields=["spare_part", "warehouse", "qty", "value", "entries", "reserved_qty"],
			limit_page_length=0,
		)
	}
	nothing = [0, 0, 0, 0]
	return [
		{
			"spare_part": pair[0],
			"warehouse": pair[1],
			"stored": stored.get(pair, nothing),
			"summed": summed.get(pair, nothing),
		}
		for pair in sorted({*summed, *stored})
		if _rounded(stored.get(pair, nothing)) != _rounded(summed.get(pair, nothing))
	]


def _rounded(figures: list) -> list[Decimal]:
	return [number(figure, QUANTITY) for figure in figures]
