"""Classes of customers' devices: A, B or C by what they bring in, and the log of changes (S18.26, S18.34).

A class that somebody set by hand stays until *Class Set by Hand* is taken away. What changes, by hand or by the rule,
is one row of Device Class Change; they cannot be written or changed otherwise.
"""

from collections.abc import Iterable, Sequence

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import add_months, flt, now_datetime, today
from frappe.utils.nestedset import get_descendants_of

from aftersales.field_service.order_stages import DONE

DEVICE, RULE, LOG, ORDER = "Customer Device", "Device Class Rule", "Device Class Change", "Service Order"
KINDS = {"abc_class": "ABC Class", "discount_level": "Discount Level"}
LOGGED = ("device", "serial_no", "product_category", "outlet", "kind", "old_value", "new_value", "rule")
OF_DEVICE = ("name", "serial_no", "product_category", "outlet", "abc_class")
CHUNK = 1000


def device_saved(doc: Document) -> None:
	"""In `on_update` of a Customer Device: log what class or level it had before."""
	before = doc.get_doc_before_save()
	if not before:
		return
	write_log(
		[
			doc.name,
			doc.serial_no,
			doc.product_category,
			doc.outlet,
			kind,
			before.get(field),
			doc.get(field),
			None,
		]
		for field, kind in KINDS.items()
		if (before.get(field) or "") != (doc.get(field) or "")
	)


def device_deleted(doc: Document) -> None:
	"""In `on_trash` of a Customer Device: the log of a device goes with it."""
	frappe.db.delete(LOG, {"device": doc.name})


def write_log(rows: Iterable[Sequence]) -> None:
	"""Add rows with the values of `LOGGED`."""
	stamp, user = now_datetime(), frappe.session.user
	values = [[frappe.generate_hash(length=10), *row, stamp, user, user, user, stamp, stamp] for row in rows]
	columns = ("name", *LOGGED, "changed_on", "changed_by", "owner", "modified_by", "creation", "modified")
	if values:
		frappe.db.bulk_insert(LOG, columns, values)


def classify_all() -> None:
	"""Classify the devices of every enabled rule (monthly job); each rule is a transaction of its own."""
	for name in frappe.get_all(RULE, {"enabled": 1}, pluck="name", order_by="name asc"):
		classify(name)
		frappe.db.commit()


def classify(rule: str) -> int:
	"""Give the devices in use of a rule their classes.

	:param rule: Device Class Rule.
	:returns: how many have another class than before.
	"""
	doc = frappe.get_doc(RULE, rule)
	# Whoever waited here for another one still sees the devices as they were before: the other one has done it.
	if frappe.db.get_value(RULE, rule, "last_run_on", for_update=True) != doc.last_run_on:
		return 0
	categories = categories_of(doc)
	classes = classes_by_share(amounts(doc, categories), flt(doc.a_share), flt(doc.b_share))
	changed, last = 0, ""
	while rows := devices_after(last, categories):
		changed += bring_to_classes(rows, classes, rule)
		last = rows[-1].name
	doc.db_set({"last_run_on": now_datetime(), "last_changes": changed}, update_modified=False)
	return changed


def categories_of(rule: Document) -> tuple[str, ...] | None:
	"""Return the product categories of a rule without those that another enabled rule is for.

	:returns: None: those of no other rule, of which there is none at all.
	"""
	others = frappe.get_all(
		RULE,
		{"enabled": 1, "name": ("!=", rule.name), "product_category": ("is", "set")},
		pluck="product_category",
	)
	own = set(_with_descendants(rule.product_category)) if rule.product_category else None
	if own is None and not others:
		return None
	everything = own if own is not None else set(frappe.get_all("Product Category", pluck="name"))
	for other in others:
		if own is None or (other in own and other != rule.product_category):
			everything -= set(_with_descendants(other))
	return tuple(sorted(everything))


def _with_descendants(category: str) -> list[str]:
	return [category, *get_descendants_of("Product Category", category, ignore_permissions=True)]


def amounts(rule: Document, categories: tuple[str, ...] | None) -> list[tuple[str, float]]:
	"""Return what devices brought in, the largest amount first; one statement."""
	order, device = frappe.qb.DocType(ORDER), frappe.qb.DocType(DEVICE)
	amount = Sum(order.customer_pays if rule.amount_of == "Customer Pays" else order.total_fee)
	query = (
		frappe.qb.from_(order)
		.join(device)
		.on(device.name == order.device)
		.select(order.device, amount)
		.where(order.stage.isin(DONE) & (order.completed_at >= add_months(today(), -rule.months)))
		.where(device.stage == "Active")
		.groupby(order.device)
		.having(amount > 0)
	)
	if categories is not None:
		query = query.where(device.product_category.isin(categories or ("",)))
	return sorted(((name, flt(total)) for name, total in query.run()), key=lambda row: (-row[1], row[0]))


def classes_by_share(found: list[tuple[str, float]], a_share: float, b_share: float) -> dict[str, str]:
	"""Return the class of each key: A while those before it bring less than the share of A, then B; all others are C.

	:param found: keys with amounts above zero, the largest first.
	:param a_share: percent of the sum of all amounts; `b_share` likewise, including A.
	"""
	total = sum(amount for _key, amount in found)
	classes, reached = {}, 0.0
	for key, amount in found:
		share = 100 * reached / total
		classes[key] = "A" if share < a_share else "B" if share < b_share else "C"
		reached += amount
	return classes


def devices_after(last: str, categories: tuple[str, ...] | None) -> list[dict]:
	"""Return the next devices in use whose class the rule may set."""
	filters = {"stage": "Active", "abc_by_hand": 0, "name": (">", last)}
	if categories is not None:
		filters["product_category"] = ("in", categories or ("",))
	return frappe.get_all(DEVICE, filters, OF_DEVICE, order_by="name asc", limit=CHUNK)


def bring_to_classes(rows: list[dict], classes: dict[str, str], rule: str) -> int:
	"""Write and log the classes of those devices that have another one; devices without turnover are C."""
	changed = {row.name: (row, new) for row in rows if (new := classes.get(row.name, "C")) != row.abc_class}
	for value in "ABC":
		names = [name for name, (_row, new) in changed.items() if new == value]
		if names:
			frappe.db.set_value(DEVICE, {"name": ("in", names)}, "abc_class", value, update_modified=False)
	write_log(
		[name, row.serial_no, row.product_category, row.outlet, KINDS["abc_class"], row.abc_class, new, rule]
		for name, (row, new) in changed.items()
	)
	for name in changed:
		frappe.clear_document_cache(DEVICE, name)
	return len(changed)


@frappe.whitelist(methods=["POST"])
def classify_now(rule: str) -> None:
	"""Classify the devices of one rule in the background, and tell the user how many changed.

	:param rule: Device Class Rule that the user may change.
	:raises frappe.PermissionError: they may not.
	"""
	frappe.get_doc(RULE, rule).check_permission("write")
	frappe.enqueue(
		classify_and_tell,
		queue="long",
		timeout=3600,
		enqueue_after_commit=True,
		rule=rule,
		user=frappe.session.user,
	)


def classify_and_tell(rule: str, user: str) -> None:
	"""Job of `classify_now`."""
	changed = classify(rule)
	enqueue_create_notification(
		[user],
		{
			"type": "Alert",
			"document_type": RULE,
			"document_name": rule,
			"subject": _("{0}: {1} devices changed their class").format(rule, changed),
			"from_user": user,
		},
	)
