"""Settling many outlets at once, and what a form asks of a settlement under way (S2.40, S2.42).

A run may be started twice: what one settlement holds no other one gets, and outlets without open fees are passed over.
"""

from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate

from aftersales.knowledge.finder import subtree
from aftersales.service_network import settlement_periods, settlement_proof, settlements
from aftersales.service_network.fees import FEE, OUTLET
from aftersales.utils.access import check_permission

DOCTYPE = "Settlement"


@frappe.whitelist(methods=["POST"])
def start(period_from: str, period_to: str, outlet: str | None = None) -> dict:
	"""Make the settlements of a period in the background, for each outlet with open fees that the user sees.

	:param period_from: first day.
	:param period_to: last day.
	:param outlet: only this outlet and those below it.
	:returns: `outlets`, for how many it was started.
	:raises frappe.PermissionError: the user may not make settlements.
	:raises PeriodClosedError: the month in which the period ends is closed.
	:raises NothingToSettleError: no outlet has open fees.
	"""
	check_permission(DOCTYPE, "create")
	first, last = getdate(period_from), getdate(period_to)
	if last < first:
		frappe.throw(_("The period ends before it begins."), title=_("Settlement"))
	settlement_periods.check_open(last)
	outlets = outlets_to_settle(last, outlet)
	if not outlets:
		frappe.throw(
			_("No outlet has open fees until {0}.").format(frappe.bold(frappe.format(last, "Date"))),
			settlements.NothingToSettleError,
			title=_("Settlement"),
		)
	frappe.enqueue(
		make_all,
		queue="long",
		timeout=3600,
		enqueue_after_commit=True,
		outlets=outlets,
		first=first,
		last=last,
	)
	return {"outlets": len(outlets)}


@frappe.whitelist(methods=["POST"])
def fetch(settlement: str) -> dict:
	"""Look again for open fees of a settlement that is a draft.

	:param settlement: its name.
	:returns: `lines`, how many it has now.
	:raises frappe.PermissionError: the user may not change it.
	:raises SettlementFrozenError: it is no draft.
	"""
	doc = frappe.get_doc(DOCTYPE, settlement)
	doc.check_permission("write")
	# While it is saved: before, Frappe would put back what the user may not write.
	doc.flags.fetch = True
	doc.save()
	return {"lines": len(doc.lines)}


@frappe.whitelist()
def missing_follow_ups(settlement: str) -> list[dict]:
	"""Return the orders of a settlement that no follow-up confirmed, with what is missing (S2.42).

	:param settlement: its name.
	:returns: `service_order`, `reason`, `follow_up` (its name, if there is one) and `amount`, sorted by order.
	:raises frappe.PermissionError: the user may not read the settlement.
	"""
	doc = frappe.get_doc(DOCTYPE, settlement)
	doc.check_permission("read")
	lacking = settlement_proof.missing(
		row.service_order for row in doc.lines if row.service_fee and row.amount > 0
	)
	follow_ups = dict(
		frappe.get_all(
			"Follow-up",
			{"source_doctype": "Service Order", "source_name": ("in", list(lacking) or [""])},
			["source_name", "name"],
			as_list=True,
			order_by="creation asc",
		)
	)
	amounts: dict[str, list] = {}
	for row in doc.lines:
		amounts.setdefault(row.service_order, []).append(row.amount)
	return [
		{
			"service_order": order,
			"reason": reason,
			"follow_up": follow_ups.get(order),
			"amount": settlements.total(amounts[order]),
		}
		for order, reason in sorted(lacking.items())
	]


def outlets_to_settle(last: date, outlet: str | None = None) -> list[str]:
	"""Return the outlets with open fees up to a day, of those that the session's user sees.

	:param outlet: only this one and those below it.
	"""
	fee = frappe.qb.DocType(FEE)
	query = settlements.open_fees("outlet").where((fee.fee_date <= last) & fee.outlet.isnotnull()).distinct()
	if outlet:
		query = query.where(fee.outlet.isin(subtree(OUTLET, outlet)))
	having = query.run(pluck=True)
	return frappe.get_list(
		OUTLET, {"name": ("in", having or [""])}, pluck="name", order_by="name asc", limit_page_length=0
	)


def make_all(outlets: list[str], first: date, last: date) -> None:
	"""Background job: make a settlement of each outlet, each for itself, and tell the user.

	:param outlets: Service Outlets.
	:param first: first day of the period.
	:param last: last day.
	"""
	made, failed = [], []
	for outlet in outlets:
		try:
			if name := make_one(outlet, first, last):
				made.append(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(f"Settlement of {outlet}")
			frappe.db.commit()
			failed.append(outlet)
	message = _("{0} settlements were made.").format(len(made))
	if failed:
		message += " " + _("Not for {0}; see Error Log.").format(", ".join(failed))
	frappe.publish_realtime("msgprint", message, user=frappe.session.user)


def make_one(outlet: str, first: date, last: date) -> str | None:
	"""Make the settlement of an outlet and return its name; None if nothing was left to settle.

	:param outlet: Service Outlet.
	:param first: first day of the period.
	:param last: last day.
	"""
	frappe.db.savepoint("settlement")
	doc = frappe.get_doc(doctype=DOCTYPE, outlet=outlet, period_from=first, period_to=last).insert()
	if doc.lines:
		return doc.name
	frappe.db.rollback(save_point="settlement")
	return None
