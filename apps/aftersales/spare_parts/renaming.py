"""Another number for a part, another name for a warehouse: records that are named after both get their new keys.

Frappe brings links along. Balances, reservations and pieces are named by a digest of part, warehouse and serial number, so
that there is one only of each; without this the next movement would begin a second balance.
"""

import frappe
from frappe import _

from aftersales.spare_parts import ledger, reservations, serials

# DocType -> fields whose digest is its name, and the function that makes it.
KEYS = {
	ledger.BALANCE: (("spare_part", "warehouse"), ledger.key_of),
	reservations.RESERVATION: (("service_order", "spare_part", "warehouse"), reservations.key_of),
	"Part Serial": (("spare_part", "serial_no"), serials.key_of),
}


class MergeError(frappe.ValidationError):
	"""Two parts or two warehouses cannot become one."""


def refuse_merge(doctype: str) -> None:
	"""Say that two of a DocType stay two: what happened to each stands in the ledger.

	:raises MergeError: always.
	"""
	frappe.throw(
		_("Two records of {0} cannot be merged: the ledger tells what happened to each.").format(
			frappe.bold(_(doctype))
		),
		MergeError,
	)


def lock(field: str, value: str) -> None:
	"""Wait for movements that are under way, and let no other begin until the transaction ends.

	:param field: `spare_part` or `warehouse`.
	:param value: name of the part or the warehouse.
	"""
	balance = frappe.qb.DocType(ledger.BALANCE)
	(
		frappe.qb.from_(balance)
		.select(balance.name)
		.where(balance[field] == value)
		.orderby(balance.name)
		.for_update()
		.run()
	)


def renew_keys(field: str, value: str) -> None:
	"""Name all records of a part or a warehouse anew; call it after Frappe has brought their links along.

	:param field: `spare_part` or `warehouse`.
	:param value: the new name.
	"""
	for doctype, (parts, key_of) in KEYS.items():
		if not frappe.get_meta(doctype).has_field(field):
			continue
		table = frappe.qb.DocType(doctype)
		rows = (
			frappe.qb.from_(table)
			.select(table.name, *(table[part] for part in parts))
			.where(table[field] == value)
			.run(as_dict=True)
		)
		for row in rows:
			key = key_of(*(row[part] or "" for part in parts))
			if key != row.name:
				frappe.qb.update(table).set(table.name, key).where(table.name == row.name).run()
