"""Payments that agreements plan become receivables when they are due, each once (S17.02, M16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, today

from aftersales.field_service.agreements import DOCTYPE as AGREEMENT
from aftersales.service_network import receivables
from aftersales.utils.access import check_permission
from aftersales.utils.money import rounded

LINE = "Agreement Billing Line"
SETTLED_STAGES = ("Active", "Terminated")
MOST_AT_ONCE = 500


class SettlementError(frappe.ValidationError):
	"""The agreement has nothing to settle, or is not audited."""


class SettledLineError(frappe.ValidationError):
	"""A planned payment that was settled is changed or taken out."""


def due_lines(until: str | None = None, agreement: str | None = None, limit: int = 0) -> list[frappe._dict]:
	"""Return planned payments that are due and not settled, of agreements that the session's user sees; two statements.

	Of an agreement that was terminated, those that were due by then.

	:param until: last due day; default: today.
	:param agreement: only of this one.
	:param limit: at most so many; 0 for all.
	:returns: rows of agreement, line, due_date, description and amount, the oldest first.
	"""
	line, receivable = frappe.qb.DocType(LINE), frappe.qb.DocType(receivables.RECEIVABLE)
	agreed = frappe.qb.DocType(AGREEMENT)
	query = (
		frappe.qb.from_(line)
		.join(agreed)
		.on((agreed.name == line.parent) & (line.parenttype == AGREEMENT))
		.left_join(receivable)
		.on(
			(receivable.reference_name == line.parent)
			& (receivable.reference_row == line.name)
			& (receivable.status != receivables.CANCELLED)
		)
		.select(
			line.parent.as_("agreement"), line.name.as_("line"), line.due_date, line.description, line.amount
		)
		.where((line.due_date <= getdate(until or today())) & (line.amount > 0) & receivable.name.isnull())
		.where(agreed.stage.isin(SETTLED_STAGES))
		.where((agreed.stage != "Terminated") | (line.due_date <= agreed.terminated_on))
		.orderby(line.due_date)
		.orderby(line.name)
	)
	if agreement:
		query = query.where(line.parent == agreement)
	rows = query.run(as_dict=True)
	seen = _visible({row.agreement for row in rows})
	rows = [row for row in rows if row.agreement in seen]
	return rows[:limit] if limit else rows


def _visible(agreements: set[str]) -> set[str]:
	if not agreements:
		return set()
	return set(
		frappe.get_list(
			AGREEMENT, {"name": ("in", sorted(agreements))}, pluck="name", limit_page_length=0, order_by=None
		)
	)


@frappe.whitelist(methods=["POST"])
def settle(agreement: str, until: str | None = None) -> list[str]:
	"""Settle the planned payments of one agreement that are due (S17.02).

	:param agreement: audited Service Agreement.
	:param until: last due day; default: today. A later one settles ahead of time, for a slip that goes out before the
	    day; what is owed stays due on the day of the plan.
	:returns: names of the new receivables; each prints as a service settlement slip.
	:raises frappe.PermissionError: the user may not keep receivables, or not see the agreement.
	:raises SettlementError: nothing is due, or the agreement is not audited.
	"""
	check_permission(receivables.RECEIVABLE, "write")
	doc = frappe.get_doc(AGREEMENT, agreement, for_update=True)
	check_permission(AGREEMENT, "read", doc)
	if doc.stage not in SETTLED_STAGES:
		frappe.throw(
			_("{0} is not audited. Audit the agreement first, then settle it.").format(
				frappe.bold(agreement)
			),
			SettlementError,
		)
	rows = due_lines(until, agreement)
	if not rows:
		frappe.throw(_("No planned payment of {0} is due.").format(frappe.bold(agreement)), SettlementError)
	return [_settle_line(doc, row) for row in rows]


@frappe.whitelist(methods=["POST"])
def settle_due(until: str | None = None) -> dict:
	"""Settle what is due of all agreements that the user sees, the oldest first, at most 500 payments at once (S17.02).

	:param until: last due day; default: today; a later one settles ahead of time, see `settle`.
	:returns: `made`, names of the new receivables, and `left`, how many payments are still due.
	:raises frappe.PermissionError: the user may not keep receivables, or not read agreements.
	"""
	check_permission(receivables.RECEIVABLE, "write")
	check_permission(AGREEMENT, "read")
	rows = due_lines(until)
	now = rows[:MOST_AT_ONCE]
	names = sorted({row.agreement for row in now})  # in one order, so that two batches wait for each other
	agreements = {name: frappe.get_doc(AGREEMENT, name, for_update=True) for name in names}
	made = [_settle_line(agreements[row.agreement], row) for row in now]
	return {"made": made, "left": len(rows) - len(made)}


def _settle_line(agreement: Document, row: frappe._dict) -> str:
	return receivables.owe(agreement, row.amount, row.due_date, row.line, row.description)


@frappe.whitelist(methods=["POST"])
def take_back(receivable: str) -> None:
	"""Take back the settlement of a planned payment that nobody has paid, so that the plan can be corrected.

	:param receivable: Service Receivable of an agreement.
	:raises frappe.PermissionError: the user may not keep receivables, or not see this one.
	:raises SettlementError: it belongs to no agreement.
	:raises aftersales.service_network.receivables.PaidError: money was taken for it.
	"""
	doc = frappe.get_doc(receivables.RECEIVABLE, receivable)
	check_permission(receivables.RECEIVABLE, "write", doc)
	if doc.reference_doctype != AGREEMENT:
		frappe.throw(
			_("{0} belongs to an order. Reopen the order instead.").format(frappe.bold(receivable)),
			SettlementError,
		)
	agreement = frappe.get_doc(AGREEMENT, doc.reference_name, for_update=True)
	receivables.owe(agreement, 0, today(), doc.reference_row)


def agreement_saved(agreement: Document, method: str | None = None) -> None:
	"""`validate` of Service Agreement: planned payments that were settled stay as they are.

	:raises SettledLineError: names the payment.
	"""
	if agreement.is_new():
		return
	settled = {
		row.reference_row: row
		for row in frappe.get_all(
			receivables.RECEIVABLE,
			{
				"reference_doctype": AGREEMENT,
				"reference_name": agreement.name,
				"status": ("!=", receivables.CANCELLED),
			},
			["name", "reference_row", "amount"],
		)
	}
	lines = {row.name: row for row in agreement.billing_plan}
	for line, receivable in settled.items():
		if line not in lines or rounded(lines[line].amount) != rounded(receivable.amount):
			frappe.throw(
				_(
					"A planned payment was settled as {0} and cannot be changed or taken out. Take the settlement back first."
				).format(frappe.bold(receivable.name)),
				SettledLineError,
				title=_("Billing Plan"),
			)


def agreement_terminated(agreement: Document, method: str | None = None) -> None:
	"""`on_update` of Service Agreement: what was settled ahead, and is due after a termination, is owed no more (M16).

	Payments that somebody made stay; who terminates is told of them.
	"""
	if agreement.stage != "Terminated" or not agreement.has_value_changed("stage"):
		return
	rows = frappe.get_all(
		receivables.RECEIVABLE,
		{
			"reference_doctype": AGREEMENT,
			"reference_name": agreement.name,
			"status": ("!=", receivables.CANCELLED),
			"due_date": (">", agreement.terminated_on),
		},
		["name", "reference_row", "received", "written_off"],
		order_by="due_date",
	)
	paid = [row.name for row in rows if rounded(row.received) > 0]
	for row in rows:
		if row.name not in paid and not rounded(row.written_off):
			receivables.owe(agreement, 0, today(), row.reference_row)
	if paid:
		frappe.msgprint(
			_(
				"Money was taken for {0}, due after the end of the agreement. Agree with the customer what is refunded."
			).format(frappe.bold(", ".join(paid))),
			title=_("Billing Plan"),
			indicator="orange",
		)


@frappe.whitelist()
def state_of(agreement: str) -> dict:
	"""Return how far an agreement is settled, for its form.

	:param agreement: Service Agreement.
	:returns: `due`, how many planned payments can be settled now, and `may_settle`.
	:raises frappe.PermissionError: the user may not read the agreement.
	"""
	check_permission(AGREEMENT, "read", agreement)
	may = frappe.has_permission(receivables.RECEIVABLE, "write")
	return {"due": len(due_lines(None, agreement)) if may else 0, "may_settle": cint(may)}
