"""The workshop: bays, hours at work, completion inspection and delivery (S18.08-S18.18, M20).

It has no order of its own kind of document: a Service Order of the kind Workshop goes through the same workflow. What is
added are rules: one order at a time in a bay, no completion before the inspection was passed, no delivery before completion.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.field_service.order_stages import OVER

ORDER = "Service Order"
WORKSHOP = "Workshop"
PASSED = "Passed"


class BayTakenError(frappe.ValidationError):
	"""Another order is in the bay."""


class NotInspectedError(frappe.ValidationError):
	"""The completion inspection is missing, or it found a defect."""


def check_bay(doc: Document, method: str | None = None) -> None:
	"""`validate` of Service Order: refuse a bay that is taken, closed, or somebody else's.

	:raises BayTakenError: says by which order.
	"""
	if not doc.bay or doc.stage in OVER or not (doc.is_new() or _moves_in(doc)):
		return
	# Two who move in at the same moment: the second one waits, and sees the first.
	bay = frappe.db.get_value(
		"Service Bay", doc.bay, ["bay_name", "outlet", "enabled"], as_dict=True, for_update=True
	)
	if not bay.enabled:
		frappe.throw(
			_("The bay {0} is closed. Choose another one.").format(frappe.bold(bay.bay_name)), BayTakenError
		)
	if bay.outlet and doc.outlet and bay.outlet != doc.outlet:
		frappe.throw(
			_("The bay {0} belongs to {1}. Choose one of {2}.").format(
				frappe.bold(bay.bay_name), frappe.bold(bay.outlet), frappe.bold(doc.outlet)
			),
			BayTakenError,
		)
	if other := order_in(doc.bay, doc.name):
		frappe.throw(
			_("{0} is in the bay {1}. Move it out first.").format(
				frappe.bold(other), frappe.bold(bay.bay_name)
			),
			BayTakenError,
			title=_("Bay Taken"),
		)


def _moves_in(doc: Document) -> bool:
	"""Whether the order comes into the bay with this save: from elsewhere, or by being opened again."""
	before = doc.get_doc_before_save()
	return not before or before.bay != doc.bay or before.stage in OVER


def order_in(bay: str, other_than: str | None = None) -> str | None:
	"""Return the order that is in a bay, None when it is free.

	:param other_than: an order that does not count.
	"""
	filters = {"bay": bay, "stage": ("not in", OVER), "name": ("!=", other_than or "")}
	# A locking read sees what was committed while it waited, a plain one would not.
	return frappe.db.get_value(ORDER, filters, for_update=True)


def order_completed(order: Document) -> None:
	"""Hook `aftersales_order_completed`: the inspection must have been passed; who is still at work is clocked off.

	:raises NotInspectedError: an order of the workshop without a passed inspection as the last one.
	"""
	if order.order_kind == WORKSHOP and needs_inspection():
		check_inspected(order.name)
	clock_off(order.name)


def order_left(order: Document) -> None:
	"""Hook `aftersales_order_continued` and `aftersales_order_cancelled`: nobody is at work on it any more."""
	clock_off(order.name)


def needs_inspection() -> bool:
	"""Whether the site wants an inspection before an order of the workshop is completed."""
	return bool(cint(frappe.get_cached_doc("Aftersales Settings").inspect_before_completion))


def check_inspected(order: str) -> None:
	"""Refuse an order whose last completion inspection was not passed.

	:raises NotInspectedError: none was made, or it asks for rework.
	"""
	last = last_inspections([order]).get(order)
	if not last:
		frappe.throw(
			_("Make the completion inspection of {0} first.").format(frappe.bold(order)), NotInspectedError
		)
	if last.result != PASSED:
		frappe.throw(
			_("The inspection {0} found a defect. Inspect again after the rework.").format(
				frappe.bold(last.name)
			),
			NotInspectedError,
		)


def last_inspections(orders: list[str]) -> dict[str, dict]:
	"""Return the latest completion inspection of each order, in one statement."""
	if not orders:
		return {}
	rows = frappe.get_all(
		"Completion Inspection",
		{"service_order": ("in", orders)},
		["name", "service_order", "result", "inspected_at", "inspector"],
		order_by="inspected_at, name",
	)
	return {row.service_order: row for row in rows}


def clock_off(order: str) -> None:
	"""End what still runs on an order, whoever forgot it."""
	for name in frappe.get_all(
		"Job Time", {"service_order": order, "ended_at": ("is", "not set")}, pluck="name"
	):
		time = frappe.get_doc("Job Time", name)
		time.ended_at = now_datetime()
		time.flags.ignore_permissions = True
		time.save()
