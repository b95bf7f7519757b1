"""What the reports on fees share: a column for each kind, sums of what is settled and paid."""

from collections.abc import Iterable

import frappe
from frappe import _

from aftersales.service_network.fees import KINDS
from aftersales.utils.money import total
from aftersales.utils.report import column


def field_of(kind: str) -> str:
	"""Return the field of a row that holds the fees of a kind."""
	return f"{kind.lower()}_fee"


def kind_names() -> dict[str, str]:
	"""Return what people call the fees of each kind."""
	return {
		"Parts": _("Parts Fee"),
		"Visit": _("Visit Fee"),
		"Service": _("Service Fee"),
		"Transport": _("Transport Fee"),
		"Other": _("Other Fees"),
	}


def by_kind(parts: Iterable[dict], group: tuple[str, ...]) -> list[dict]:
	"""Return one row for each group, with its fees by kind.

	:param parts: grouped sums with the fields of the group, `fee_kind`, `amount`, and where they matter `settled`, `paid`.
	:param group: fields of a group.
	:returns: rows with the fields of the group, one field per kind, `total`, `settled`, `paid`, `open`, and `key`, the values
		of the group.
	"""
	amounts: dict[tuple, list[dict]] = {}
	for part in parts:
		amounts.setdefault(tuple(part[field] for field in group), []).append(part)
	rows = []
	for key, own in amounts.items():
		row = frappe._dict(zip(group, key, strict=True), key=key)
		for kind in KINDS:
			row[field_of(kind)] = total(part.amount for part in own if part.fee_kind == kind)
		row.total = total(part.amount for part in own)
		row.settled = total(part.amount for part in own if part.get("settled"))
		row.paid = total(part.amount for part in own if part.get("paid"))
		row.open = total((row.total, -row.settled))
		rows.append(row)
	return rows


def kind_columns() -> list[dict]:
	"""Return a column for each kind, and that of their sum."""
	names = kind_names()
	return [
		*(column(field_of(kind), names[kind], "Currency", 110) for kind in KINDS),
		column("total", _("Total"), "Currency", 120),
	]
