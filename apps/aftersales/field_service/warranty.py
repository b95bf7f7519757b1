"""Until when a device or one of its components is under warranty, and by which rule (S6.24, S24.10).

The only place where this is decided: forms, charges, claims and the customer portal all ask `warranty_of`.
"""

from dataclasses import dataclass
from datetime import date

import frappe
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import add_months, cint, formatdate, getdate

from aftersales.field_service import reasons
from aftersales.field_service.reasons import say
from aftersales.utils.text import comparison_key

IN, OUT, UNKNOWN = "In Warranty", "Out of Warranty", "Unknown"
RULE = "Warranty Rule"
# What a rule counts from -> field of the device.
DATES = {
	"Sale Date": "sale_date",
	"Installation Date": "installation_date",
	"Production Date": "production_date",
}


@dataclass(frozen=True)
class Warranty:
	"""What is known of a warranty on one day.

	:param state: In Warranty, Out of Warranty or Unknown.
	:param start: first day, None if unknown.
	:param end: last day that is covered, None if unknown.
	:param rule: Warranty Rule by which it was counted, None if there was none.
	:param reason: a translated sentence that says why.
	"""

	state: str
	start: date | None = None
	end: date | None = None
	rule: str | None = None
	reason: str = ""


def last_day(start: date, months: int) -> date:
	"""Return the last day of a period of months: the day of the same number, or the last one of a shorter month.

	The first day itself does not count, as civil law counts periods of months. 31 January and one month end on 28 or 29
	February.
	"""
	return getdate(add_months(start, months))


def warranty_of(
	device: Document | dict, on: date | str | None = None, component: str | None = None
) -> Warranty:
	"""Return the warranty of a device, or of one of its components, on a day.

	What was agreed individually goes before rules; a component without a rule of its own shares the device's.

	:param device: Customer Device, saved or not, or a dict with its fields.
	:param on: the day that is asked about; today if None.
	:param component: as named in the rules; None for the device as a whole.
	"""
	return _warranty(device, getdate(on), component, fitting_rules(device))


def set_warranty(device: Document) -> None:
	"""Write the warranty into a Customer Device that is being saved: start, end, rule, state, and those of its components."""
	rules, today = fitting_rules(device), getdate()
	found = _warranty(device, today, None, rules)
	device.warranty_start, device.warranty_end = found.start, found.end
	device.warranty_rule, device.warranty_state = found.rule, found.state
	for row in device.components:
		if row.warranty_end and not row.warranty_rule:
			continue  # typed
		part = _by_rule(device, today, _rules_for(rules, row.component))
		row.warranty_rule = part.rule if part else None
		row.warranty_start, row.warranty_end = (part.start, part.end) if part else (None, None)


def refresh_states() -> None:
	"""`daily`: mark devices whose warranty has ended since they were saved; one indexed statement."""
	device = frappe.qb.DocType("Customer Device")
	(
		frappe.qb.update(device)
		.set(device.warranty_state, OUT)
		.where((device.warranty_state == IN) & (device.warranty_end < getdate()))
		.run()
	)


def fitting_rules(device: Document | dict) -> list[dict]:
	"""Return the rules for a device's product and categories, the most particular first; two statements at most."""
	rule = frappe.qb.DocType(RULE)
	category = frappe.qb.DocType("Product Category")
	of_category = rule.product_category.isnull() | (rule.product_category == "")
	if bounds := _bounds(device.get("product_category")):
		of_category |= (category.lft <= bounds[0]) & (category.rgt >= bounds[1])
	return (
		frappe.qb.from_(rule)
		.left_join(category)
		.on(category.name == rule.product_category)
		.select(
			rule.name,
			rule.product,
			rule.component,
			rule.months,
			rule.counts_from,
			rule.otherwise_from,
			rule.valid_from,
			rule.valid_to,
			rule.conditions,
		)
		.where(rule.disabled == 0)
		.where(rule.product.isnull() | rule.product.isin(["", device.get("product") or ""]))
		.where(of_category)
		.orderby(rule.product, order=Order.desc)
		.orderby(category.lft, order=Order.desc)
		.orderby(rule.valid_from, order=Order.desc)
		.orderby(rule.name)
		.run(as_dict=True)
	)


def _bounds(category: str | None) -> tuple[int, int] | None:
	return frappe.db.get_value("Product Category", category, ["lft", "rgt"]) if category else None


def _warranty(device: Document | dict, on: date, component: str | None, rules: list[dict]) -> Warranty:
	if component:
		typed = _typed_end(device, component)
		if typed:
			return _judge(on, None, typed, None, say(reasons.AGREED))
		if found := _by_rule(device, on, _rules_for(rules, component)):
			return found
	if cint(device.get("warranty_agreed")):
		start, end = (
			getdate(device.get(field)) if device.get(field) else None
			for field in ("warranty_start", "warranty_end")
		)
		return _judge(on, start, end, None, say(reasons.AGREED))
	return (
		_by_rule(device, on, _rules_for(rules, None))
		or _by_product(device, on)
		or Warranty(UNKNOWN, reason=_unknown_reason(device, rules))
	)


def _typed_end(device: Document | dict, component: str) -> date | None:
	for row in device.get("components") or ():
		same = comparison_key(row.get("component")) == comparison_key(component)
		if same and row.get("warranty_end") and not row.get("warranty_rule"):
			return getdate(row.get("warranty_end"))
	return None


def _rules_for(rules: list[dict], component: str | None) -> list[dict]:
	key = comparison_key(component)
	return [rule for rule in rules if comparison_key(rule.component) == key]


def _by_rule(device: Document | dict, on: date, rules: list[dict]) -> Warranty | None:
	"""Return what the first rule says whose date is known and lies within its validity."""
	for rule in rules:
		for counted in (rule.counts_from, rule.otherwise_from):
			start = counted and device.get(DATES[counted])
			if start and _holds(rule, getdate(start)):
				reason = say(reasons.MONTHS_BY_RULE, rule.months, formatdate(start), counted)
				reason = f"{reason} {rule.conditions}" if rule.conditions else reason
				start = getdate(start)
				return _judge(on, start, last_day(start, rule.months), rule.name, reason)
			if start:
				break
	return None


def _holds(rule: dict, start: date) -> bool:
	return not (
		(rule.valid_from and start < getdate(rule.valid_from))
		or (rule.valid_to and start > getdate(rule.valid_to))
	)


def _by_product(device: Document | dict, on: date) -> Warranty | None:
	"""Return what the product's own months say, counted from the sale or, if that is unknown, from the installation."""
	product = device.get("product")
	start = device.get("sale_date") or device.get("installation_date")
	months = product and start and cint(frappe.get_cached_value("Product", product, "warranty_months"))
	if not months:
		return None
	start = getdate(start)
	reason = say(reasons.MONTHS_BY_PRODUCT, months, formatdate(start))
	return _judge(on, start, last_day(start, months), None, reason)


def _judge(on: date, start: date | None, end: date | None, rule: str | None, reason: str) -> Warranty:
	state = UNKNOWN if not end else IN if on <= end else OUT
	return Warranty(state, start, end, rule, reason)


def _unknown_reason(device: Document | dict, rules: list[dict]) -> str:
	if _rules_for(rules, None) and not any(device.get(field) for field in DATES.values()):
		return say(reasons.NO_DATES)
	if not device.get("product") and not device.get("product_category"):
		return say(reasons.NO_PRODUCT)
	return say(reasons.NO_RULE)
