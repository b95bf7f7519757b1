"""Money on its way from who took it to finance: each payment is handed over once (S6.35, S18.12)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.service_network.receivables import PAYMENT, RECEIVABLE
from aftersales.utils.access import check_permission

HANDOVER = "Cash Handover"
FIELDS = ["name", "customer_name", "received_at", "received_by", "mode", "amount", "handover", "receivable"]
MOST = 500


class HandedOverError(frappe.ValidationError):
	"""A payment was handed over already."""


def may_choose() -> bool:
	"""Return whether the session's user writes handovers of other people: whoever keeps the receivables."""
	return bool(frappe.has_permission(RECEIVABLE, "write"))


def read(names: list[str]) -> dict[str, frappe._dict]:
	"""Return payments by name, as stored."""
	rows = frappe.get_all(PAYMENT, {"name": ("in", names or [""])}, FIELDS)
	return {row.name: row for row in rows}


def claim(handover: Document) -> None:
	"""Mark the payments of a handover as handed over.

	:raises HandedOverError: somebody else handed one of them over at the same time.
	"""
	payment = frappe.qb.DocType(PAYMENT)
	names = sorted(row.service_payment for row in handover.payments)
	# The lock reads what is stored now, not when this transaction began.
	rows = (
		frappe.qb.from_(payment)
		.select(payment.name, payment.handover)
		.where(payment.name.isin(names))
		.orderby(payment.name)
		.for_update()
		.run()
	)
	taken = [name for name, other in rows if other and other != handover.name]
	if taken:
		frappe.throw(
			_("{0} was handed over already. Take it out of the list.").format(frappe.bold(", ".join(taken))),
			HandedOverError,
		)
	frappe.qb.update(payment).set(payment.handover, handover.name).where(payment.name.isin(names)).run()


def release(handover: Document) -> None:
	"""Let the payments of a handover that was returned be handed over anew."""
	frappe.db.set_value(PAYMENT, {"handover": handover.name}, "handover", None, update_modified=False)


@frappe.whitelist()
def open_payments(person: str | None = None) -> list[dict]:
	"""Return payments that somebody took and has not handed over, the oldest first; at most 500.

	:param person: User; default, and always for people who do not keep the receivables: the session's user.
	:returns: name, customer_name, received_at, mode and amount.
	:raises frappe.PermissionError: the user may not make handovers.
	"""
	check_permission(HANDOVER, "create")
	if not (person and may_choose()):
		person = frappe.session.user
	return frappe.get_list(
		PAYMENT,
		{"received_by": person, "handover": ("is", "not set")},
		["name", "customer_name", "received_at", "mode", "amount"],
		order_by="received_at asc",
		limit_page_length=MOST,
	)
