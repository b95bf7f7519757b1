"""Settlements: which fees belong to one, what of them is accepted, and when they are settled (S2.34-S2.43, M10).

A fee is settled once, ever. A settlement claims the open fees of its subject by an update that only takes rows which nobody
holds, so of two clerks one gets a fee and the other does not. What is left out goes back when the settlement is confirmed;
a cancelled or deleted settlement gives everything back.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, create_batch, flt, today
from pypika.queries import QueryBuilder

from aftersales.knowledge.finder import subtree
from aftersales.service_network import settlement_proof
from aftersales.service_network.fees import FEE, OUTLET
from aftersales.utils.money import rounded, total

DOCTYPE, PLAN = "Settlement", "Expense Plan"
BATCH = 500
REOPENED, ELSEWHERE = "Order Reopened", "In Another Settlement"
# Reasons that the audit finds by itself; it takes them back as well.
FOUND = (*settlement_proof.MISSING, REOPENED, ELSEWHERE)
LINE_FIELDS = (
	"service_fee",
	"expense_plan",
	"service_order",
	"order_date",
	"fee_kind",
	"description",
	"amount",
)


class NothingToSettleError(frappe.ValidationError):
	"""There is no open fee of the subject in the period."""


class NegativeTotalError(frappe.ValidationError):
	"""More would be taken off than there is."""


def gather(doc: Document) -> None:
	"""Claim the open fees and granted expense plans of a settlement's subject and period, and write the lines.

	:param doc: Settlement that is a draft, new or stored; its flag `computed` lets the lines pass.
	"""
	give_back_reopened(doc.name)
	_claim(FEE, _open_fees(doc), doc.name)
	_claim(PLAN, _open_plans(doc), doc.name)
	doc.set("lines", [])
	for line in [*_fee_lines(doc.name), *_plan_lines(doc.name)]:
		doc.append("lines", {**line, "accepted_amount": line["amount"]})
	doc.flags.computed = True


def open_fees(*fields: str) -> QueryBuilder:
	"""Return the query of fees that may be settled and that no settlement holds; callers add conditions on `FEE`.

	The row that took a fee back waits until it is known whether the fee itself was settled.

	:param fields: of Service Fee.
	"""
	fee, original = frappe.qb.DocType(FEE), frappe.qb.DocType(FEE).as_("original")
	return (
		frappe.qb.from_(fee)
		.left_join(original)
		.on(original.name == fee.reversal_of)
		.select(*(fee[field] for field in fields))
		.where(fee.settlement.isnull() & (fee.voided == 0) & fee.reversed_by.isnull())
		.where(fee.reversal_of.isnull() | original.settled_on.isnotnull())
	)


def give_back(settlement: str, fees: list[str] | None = None, plans: list[str] | None = None) -> None:
	"""Open fees and expense plans again that a settlement holds.

	A fee that was taken back meanwhile is done with, together with the row that took it back.

	:param settlement: its name.
	:param fees: only these Service Fees; all by default.
	:param plans: only these Expense Plans; all by default.
	"""
	for doctype, names in ((FEE, fees), (PLAN, plans)):
		filters = {"settlement": settlement} | ({"name": ("in", names or [""])} if names is not None else {})
		held = frappe.get_all(doctype, filters, pluck="name", limit_page_length=0)
		for batch in create_batch(sorted(held), BATCH):
			frappe.db.set_value(
				doctype,
				{"name": ("in", batch), "settlement": settlement},
				{"settlement": None, "settled_on": None},
				update_modified=False,
			)
			if doctype == FEE:
				_void_taken_back(batch)


def give_back_reopened(settlement: str) -> None:
	"""Let go of claimed fees whose orders were reopened since."""
	names = frappe.get_all(
		FEE, {"settlement": settlement, "reversed_by": ("is", "set")}, pluck="name", limit_page_length=0
	)
	if names:
		give_back(settlement, names, [])


def mark_proofs(doc: Document) -> None:
	"""Say of each line whether a follow-up confirmed it; fees that were taken back need none."""
	lacking = settlement_proof.missing(row.service_order for row in doc.lines if _needs_proof(row))
	for row in doc.lines:
		row.confirmed_by_follow_up = int(_needs_proof(row) and row.service_order not in lacking)
	doc.flags.lacking = lacking


def audit(doc: Document) -> None:
	"""Leave out what no follow-up confirmed and what was reopened, and take back in what is confirmed by now (S2.42).

	Lines that were accepted or refused by hand stay so. Call `mark_proofs` first.
	"""
	reopened = set(
		frappe.get_all(
			FEE, {"settlement": doc.name, "reversed_by": ("is", "set")}, pluck="name", limit_page_length=0
		)
	)
	for row in doc.lines:
		reason = ""
		if row.service_fee in reopened:
			reason = REOPENED
		elif _needs_proof(row) and not (row.accepted_reason or "").strip():
			reason = doc.flags.lacking.get(row.service_order, "")
		if reason and not _refused_by_hand(row):
			row.update({"left_out": 1, "excluded_reason": reason, "accepted_amount": 0})
		elif not reason and row.left_out and row.excluded_reason in FOUND:
			row.update({"left_out": 0, "excluded_reason": "", "accepted_amount": row.amount})
	_hold_accepted(doc)


def _hold_accepted(doc: Document) -> None:
	"""Claim again what comes back in after it was left out; what another settlement has by now stays out."""
	for doctype, field in ((FEE, "service_fee"), (PLAN, "expense_plan")):
		rows = {row.get(field): row for row in doc.lines if row.get(field) and not row.left_out}
		for name in set(rows) - _held(doctype, doc.name, claim=list(rows)):
			rows[name].update({"left_out": 1, "excluded_reason": ELSEWHERE, "accepted_amount": 0})


def sum_up(doc: Document) -> None:
	"""Write the totals; each is the sum of what the lines show.

	:raises NegativeTotalError: the deductions are more than what was accepted, at or after the application.
	"""
	accepted = total(row.accepted_amount for row in doc.lines)
	doc.gross = total(row.amount for row in doc.lines)
	doc.not_accepted = rounded(doc.gross - accepted)
	doc.expense_amount = total(row.accepted_amount for row in doc.lines if row.expense_plan)
	doc.deducted = total(row.amount for row in doc.deductions)
	doc.total = rounded(accepted - doc.deducted)
	doc.outstanding = rounded(doc.total - flt(doc.paid_amount))
	doc.lines_left_out = sum(cint(row.left_out) for row in doc.lines)
	doc.disputed_lines = sum(cint(row.disputed) for row in doc.lines)
	if doc.total < 0 and doc.stage not in ("Draft", "Rejected", "Cancelled"):
		frappe.throw(
			_(
				"The total would be {0}. Take off less here and the rest in a later settlement, or settle a longer period."
			).format(frappe.bold(doc.get_formatted("total"))),
			NegativeTotalError,
			title=_("Settlement"),
		)


def settle(doc: Document) -> None:
	"""Settle the accepted fees and plans of a confirmed settlement for good, and open again what was left out."""
	out = [row for row in doc.lines if row.left_out]
	give_back(
		doc.name,
		[row.service_fee for row in out if row.service_fee],
		[row.expense_plan for row in out if row.expense_plan],
	)
	for doctype in (FEE, PLAN):
		frappe.db.set_value(doctype, {"settlement": doc.name}, "settled_on", today(), update_modified=False)
	_check_claims(doc)


def unsettle(doc: Document) -> None:
	"""Take back that a settlement was confirmed; what was left out stays open.

	:raises frappe.ValidationError: it is paid in part, or a later settlement sets off what it settled.
	"""
	fee, reversal = frappe.qb.DocType(FEE), frappe.qb.DocType(FEE).as_("reversal")
	later = (
		frappe.qb.from_(fee)
		.join(reversal)
		.on(reversal.reversal_of == fee.name)
		.select(reversal.settlement)
		.where((fee.settlement == doc.name) & reversal.settlement.isnotnull())
		.limit(1)
		.run()
	)
	if later or flt(doc.paid_amount):
		frappe.throw(
			_("{0} is set off in {1} or paid in part; it stays confirmed.").format(
				frappe.bold(doc.name), frappe.bold(later[0][0] if later else _("Settlement Payment"))
			),
			title=_("Settlement"),
		)
	for doctype in (FEE, PLAN):
		frappe.db.set_value(doctype, {"settlement": doc.name}, "settled_on", None, update_modified=False)


def mark_paid(settlement: str, paid: bool) -> None:
	"""Say of the fees of a settlement whether they are paid."""
	frappe.db.set_value(FEE, {"settlement": settlement}, "paid", int(paid), update_modified=False)


def _needs_proof(row: Document) -> bool:
	return bool(row.service_fee) and flt(row.amount) > 0


def _refused_by_hand(row: Document) -> bool:
	return bool(row.excluded_reason) and row.excluded_reason not in FOUND


def _check_claims(doc: Document) -> None:
	"""Refuse to confirm what the settlement does not hold; nobody else can, but the database has the last word."""
	for doctype, field in ((FEE, "service_fee"), (PLAN, "expense_plan")):
		named = {row.get(field) for row in doc.lines if row.get(field) and not row.left_out}
		held = _held(doctype, doc.name)
		if named - held:
			frappe.throw(
				_("{0} does not belong to this settlement any more. Load it again.").format(
					frappe.bold(min(named - held))
				),
				title=_("Settlement"),
			)


def _held(doctype: str, settlement: str, claim: list[str] | None = None) -> set[str]:
	"""Return what a settlement holds, after an attempt to claim some more."""
	_claim(doctype, claim or [], settlement)
	return set(frappe.get_all(doctype, {"settlement": settlement}, pluck="name", limit_page_length=0))


def _claim(doctype: str, names: list[str], settlement: str) -> None:
	"""Take rows that nobody holds. In the order of their names: two who claim at once wait, and none fails."""
	table = frappe.qb.DocType(doctype)
	for batch in create_batch(sorted(names), BATCH):
		(
			frappe.qb.update(table)
			.set(table.settlement, settlement)
			.where(table.name.isin(batch) & table.settlement.isnull())
			.run()
		)


def _open_fees(doc: Document) -> list[str]:
	fee = frappe.qb.DocType(FEE)
	query = open_fees("name").where(fee.fee_date <= doc.period_to)
	if not cint(doc.include_earlier):
		query = query.where(fee.fee_date >= doc.period_from)
	if doc.subject_kind == "Employee":
		query = query.where(fee.employee == doc.employee)
	else:
		query = query.where(fee.outlet.isin(_outlets(doc)))
	return query.run(pluck=True)


def _open_plans(doc: Document) -> list[str]:
	if doc.subject_kind == "Employee":
		return []
	return frappe.get_all(
		PLAN,
		{
			"outlet": ("in", _outlets(doc)),
			"stage": ("in", ("Approved", "Partly Approved")),
			"settlement": ("is", "not set"),
			"period_to": ("<=", doc.period_to),
		},
		pluck="name",
		limit_page_length=0,
	)


def _outlets(doc: Document) -> list[str]:
	return subtree(OUTLET, doc.outlet) if doc.subject_kind == "Branch" else [doc.outlet]


def _fee_lines(settlement: str) -> list[dict]:
	rows = frappe.get_all(
		FEE,
		{"settlement": settlement},
		["name as service_fee", "service_order", "order_date", "fee_kind", "amount"],
		order_by="order_date asc, service_order asc, sequence asc",
		limit_page_length=0,
	)
	return [dict(row) for row in rows]


def _plan_lines(settlement: str) -> list[dict]:
	rows = frappe.get_all(
		PLAN,
		{"settlement": settlement},
		[
			"name as expense_plan",
			"plan_title as description",
			"period_to as order_date",
			"total_granted as amount",
		],
		order_by="name asc",
		limit_page_length=0,
	)
	return [{**row, "fee_kind": "Expense"} for row in rows]


def _void_taken_back(fees: list[str]) -> None:
	"""Close fees that were taken back while a settlement held them, with the rows that took them back."""
	taken = frappe.get_all(
		FEE,
		{"name": ("in", fees), "reversed_by": ("is", "set")},
		["name", "reversed_by"],
		limit_page_length=0,
	)
	names = [name for row in taken for name in (row.name, row.reversed_by)]
	if names:
		frappe.db.set_value(FEE, {"name": ("in", names)}, "voided", 1, update_modified=False)
