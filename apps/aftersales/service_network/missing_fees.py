"""Fees and receivables of orders that were completed before the app kept them, entered afterwards (S2.38, S12.10).

A run may be started twice: what an order has is left alone, and each order is looked at under its lock, in a transaction of
its own. Fees of a closed month go to the first open day, as those of orders that are completed late do.
"""

from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, getdate
from pypika.functions import Concat
from pypika.queries import QueryBuilder

from aftersales.field_service.order_stages import DONE
from aftersales.service_network import fees, outlet_scope, receivables
from aftersales.utils.access import check_permission

ORDER, PERIOD = "Service Order", "Settlement Period"


class MissingFeesError(frappe.ValidationError):
	"""The period makes no sense."""


@frappe.whitelist(methods=["POST"])
def start(from_date: str, to_date: str, with_receivables: int = 0) -> None:
	"""Enter what is missing of orders that were completed in a period, in the background; the user is told how many.

	:param from_date: first day of the completion.
	:param to_date: last day.
	:param with_receivables: 1 to enter what customers owe as well, due today.
	:raises frappe.PermissionError: the user keeps no months of the settlement books, or no receivables, or does not see all outlets.
	:raises MissingFeesError: the period ends before it begins.
	"""
	check_permission(PERIOD, "write")
	if cint(with_receivables):
		check_permission(receivables.RECEIVABLE, "write")
	if outlet_scope.outlets_of() is not None:
		frappe.throw(_("This is for people who see all outlets."), frappe.PermissionError)
	first, last = getdate(from_date), getdate(to_date)
	if last < first:
		frappe.throw(_("The period ends before it begins."), MissingFeesError)
	frappe.enqueue(
		enter_all,
		queue="long",
		timeout=3600,
		enqueue_after_commit=True,
		first=first,
		last=last,
		with_receivables=bool(cint(with_receivables)),
	)


def enter_all(first: date, last: date, with_receivables: bool = False) -> None:
	"""Job of `start`: each order for itself, so that one that fails stops no other."""
	entered, failed = {fees.FEE: 0, receivables.RECEIVABLE: 0}, []
	for order in orders_without(first, last, with_receivables):
		try:
			for doctype in enter(order, with_receivables):
				entered[doctype] += 1
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(f"Missing fees of {order}")
			frappe.db.commit()
			failed.append(order)
	message = _("Fees were entered for {0} orders, receivables for {1}.").format(*entered.values())
	if failed:
		message += " " + _("Not for {0}; see Error Log.").format(", ".join(failed[:20]))
	frappe.publish_realtime("msgprint", message, user=frappe.session.user)


def enter(order: str, with_receivables: bool = False) -> list[str]:
	"""Enter the fees of an order that has none, and its receivable if that is missing, too.

	:param order: Service Order.
	:returns: DocTypes of which something was entered.
	"""
	doc = frappe.get_doc(ORDER, order, for_update=True)
	made = []
	if doc.stage in fees.DUE and not frappe.db.exists(fees.FEE, {"service_order": order}):
		fees.sync(doc)
		if frappe.db.exists(fees.FEE, {"service_order": order}):
			made.append(fees.FEE)
	key = {"reference_key": receivables.key_of(ORDER, order)}
	if with_receivables and doc.stage in DONE and not frappe.db.exists(receivables.RECEIVABLE, key):
		receivables.order_completed(doc)
		if frappe.db.exists(receivables.RECEIVABLE, key):
			made.append(receivables.RECEIVABLE)
	return made


def orders_without(first: date, last: date, with_receivables: bool = False) -> list[str]:
	"""Return the orders of a period that lack something; a second time, those that were entered are not among them."""
	found = _without_fees(first, last).run(pluck=True)
	if with_receivables:
		found += _without_receivable(first, last).run(pluck=True)
	return sorted(set(found))


def _without_fees(first: date, last: date) -> QueryBuilder:
	order, fee = frappe.qb.DocType(ORDER), frappe.qb.DocType(fees.FEE)
	return (
		_completed(first, last, fees.DUE)
		.left_join(fee)
		.on(fee.service_order == order.name)
		.where(fee.name.isnull() & (Coalesce(order.total_fee, 0) > Coalesce(order.customer_pays, 0)))
	)


def _without_receivable(first: date, last: date) -> QueryBuilder:
	order, receivable = frappe.qb.DocType(ORDER), frappe.qb.DocType(receivables.RECEIVABLE)
	return (
		_completed(first, last, DONE)
		.left_join(receivable)
		.on(receivable.reference_key == Concat(f"{ORDER}|", order.name))
		.where(receivable.name.isnull())
		.where(Coalesce(order.customer_pays, 0) + Coalesce(order.earlier_pay, 0) > 0)
	)


def _completed(first: date, last: date, stages: tuple[str, ...]) -> QueryBuilder:
	"""Return the query of orders whose work was done in a period; a visit that another one continues ends with its feedback."""
	order = frappe.qb.DocType(ORDER)
	after = add_days(last, 1)
	fed_back = order.completed_at.isnull() & (order.fed_back_at >= first) & (order.fed_back_at < after)
	return (
		frappe.qb.from_(order)
		.select(order.name)
		.where(order.stage.isin(stages))
		.where(((order.completed_at >= first) & (order.completed_at < after)) | fed_back)
	)
