"""What an order costs and who pays, line by line with the reason (S2.38, S12.08, S17.03, S6.24).

Each line is charged to the first of these that applies:

1. who was chosen by hand, with the reason that was typed (goodwill, the company, the customer after all);
2. the warranty of the device or of the component, unless the customer caused the fault or the service item is excluded;
3. the service agreement, for the part that its benefit names; the customer pays the rest;
4. the customer.

What the customer pays for work and parts is less by the discount level of the device, unless somebody charged the line by hand.
Rates of work, visits and kilometres are Fee Rates; those of parts are the parts' prices. Once the work is done the charges stay
what they are, whatever prices and rates become; a line is charged anew when somebody changes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from aftersales.field_service import fee_rates, reasons
from aftersales.field_service.agreements import benefit
from aftersales.field_service.order_stages import DONE
from aftersales.field_service.reasons import say
from aftersales.field_service.warranty import IN, Warranty, warranty_of
from aftersales.utils.changes import has_changed

CUSTOMER, WARRANTY, AGREEMENT = "Customer", "Warranty", "Agreement"
# Orders without a visit.
IN_HOUSE = ("Workshop", "Counter Repair", "Pre-report")
LOCKED = ("Audited",)
# What charges follow from, of the order and of its lines; of lines charged by hand also what was typed.
CAUSES = ("device", "agreement", "fault_cause", "order_kind", "distance_km", "arrived_at", "continued_from")
LINES = ("items", "parts", "other_charges")
LINE_TEXTS, LINE_NUMBERS = (
	("service_item", "spare_part", "kind"),
	("qty", "standard_hours", "charge_by_hand", "automatic"),
)
FIGURES = ("rate", "discount_percent", "amount", "charge_to", "charge_reason", "customer_amount")


class ChargeReasonError(frappe.MandatoryError):
	"""A line is charged by hand without saying why, or to nobody."""


@dataclass
class Case:
	"""What the lines of an order share.

	:param order: the Service Order.
	:param on: day of the work, which decides on warranty, agreement and rates.
	:param device: Customer Device, None without one.
	:param warranty: of the device as a whole.
	:param customer_caused: the fault cause is the customer's.
	:param rates: Fee Rates that are valid for the order.
	"""

	order: Document
	on: date
	device: Document | None
	warranty: Warranty | None
	customer_caused: bool
	rates: "fee_rates.Rates"

	def warranty_reason(self, component: str | None = None) -> str | None:
		"""Return why the warranty pays for a component or for work; None if it does not."""
		if self.customer_caused or not self.device:
			return None
		found = warranty_of(self.device, self.on, component) if component else self.warranty
		return found.reason if found and found.state == IN else None


def charge(order: Document) -> None:
	"""Fill rate, payer, reason and amounts of every line, and the totals; see the module's words.

	:param order: Service Order being saved; an audited one stays as it is.
	:raises ChargeReasonError: a line charged by hand lacks payer or reason.
	"""
	if order.stage in LOCKED:
		return
	settled = settled_lines(order)
	case = case_of(order)
	if settled is None:
		show_warranty(case)
		charge_visit(case)
	for table, charge_line in (
		("items", charge_item),
		("parts", charge_part),
		("other_charges", charge_other),
	):
		for row in order.get(table):
			stored = (settled or {}).get(row.name)
			if stored and _causes(stored) == _causes(row):
				row.update({field: stored.get(field) for field in FIGURES if row.meta.has_field(field)})
			else:
				charge_line(case, row)
	sum_up(order)


def settled_lines(order: Document) -> dict[str, Document] | None:
	"""Return the stored lines of an order whose work was done before this save, by name; the warranty it shows is put back.

	None while the work goes on, or when something changed from which all charges follow.
	"""
	before = order.get_doc_before_save()
	if not before or before.stage not in DONE or order.stage not in DONE:
		return None
	if any(has_changed(order, field) for field in CAUSES):
		return None
	order.warranty_state, order.warranty_reason = before.warranty_state, before.warranty_reason
	return {row.name: row for table in LINES for row in before.get(table)}


def _causes(row: Document) -> tuple:
	causes = [
		*(row.get(field) or "" for field in LINE_TEXTS),
		*(flt(row.get(field)) for field in LINE_NUMBERS),
	]
	if row.charge_by_hand:
		causes += [row.charge_to, row.charge_reason or "", flt(row.get("rate"))]
	if row.charge_by_hand or (row.parentfield == "other_charges" and not row.automatic):
		causes.append(flt(row.amount))
	return tuple(causes)


def case_of(order: Document) -> Case:
	"""Read what all lines depend on."""
	on = getdate(order.arrived_at or order.planned_start or order.creation)
	device = frappe.get_doc("Customer Device", order.device) if order.device else None
	caused = order.fault_cause and frappe.get_cached_value(
		"Fault Cause", order.fault_cause, "customer_caused"
	)
	items = {row.service_item for row in order.items if row.service_item}
	needs_rates = bool(items) or order.order_kind not in IN_HOUSE
	return Case(
		order,
		on,
		device,
		warranty_of(device, on) if device else None,
		bool(caused),
		fee_rates.read(order, on, items) if needs_rates else fee_rates.Rates([]),
	)


def show_warranty(case: Case) -> None:
	"""Write the warranty of the device into the order."""
	order = case.order
	order.warranty_state = case.warranty.state if case.warranty else None
	order.warranty_reason = case.warranty.reason if case.warranty else None
	if case.warranty and case.customer_caused:
		order.warranty_reason = f"{case.warranty.reason} {say(reasons.CAUSED)}".strip()


def charge_visit(case: Case) -> None:
	"""Keep one line for the visit and one for the way, as the Fee Rates say, until somebody enters such a line by hand.

	A visit that continues an earlier one is not charged again.
	"""
	order = case.order
	wanted = {}
	if order.order_kind not in IN_HOUSE and not order.continued_from:
		paid_by = WARRANTY if case.warranty_reason() else "Paid"
		if visit := case.rates.best("Visit", paid_by=paid_by):
			wanted["Visit"] = (flt(visit.rate), say(reasons.VISIT_FEE))
		way = case.rates.best("Distance", paid_by=paid_by)
		if way and flt(order.distance_km):
			wanted["Transport"] = (
				flt(order.distance_km) * flt(way.rate),
				say(reasons.KILOMETRES, flt(order.distance_km)),
			)
	typed = {row.kind for row in order.other_charges if not row.automatic or row.charge_by_hand}
	rows = {row.kind: row for row in order.other_charges if row.automatic and not row.charge_by_hand}
	for kind, (amount, description) in wanted.items():
		if kind in typed:
			continue
		row = rows.pop(kind, None) or order.append("other_charges", {"kind": kind, "automatic": 1})
		row.amount = amount
		if kind == "Transport" or not row.description:
			row.description = description
	for row in rows.values():
		order.remove(row)


def charge_item(case: Case, row: Document) -> None:
	"""Charge one service item: its own rate, else its standard hours at the hourly rate."""
	item = frappe.get_cached_doc("Service Item", row.service_item) if row.service_item else None
	if item:
		row.standard_hours = flt(row.standard_hours) or flt(item.standard_hours)
	reason = case.warranty_reason() if not item or item.warranty_pays else None
	if not row.charge_by_hand:
		row.rate = _rate_of(case, row, WARRANTY if reason else "Paid")
	row.amount = flt(flt(row.qty) * flt(row.rate), row.precision("amount"))
	settle(row, reason, lambda: _benefit(case, "Service", row.service_item))
	take_off(case, row, "work_percent")


def _rate_of(case: Case, row: Document, paid_by: str) -> float:
	own = row.service_item and case.rates.best("Service Item", row.service_item, paid_by=paid_by)
	if own:
		return flt(own.rate)
	hour = row.standard_hours and case.rates.best("Hour", paid_by=paid_by)
	return flt(hour.rate) * flt(row.standard_hours) if hour else 0.0


def charge_part(case: Case, row: Document) -> None:
	"""Charge one part at its price; a part that costs nothing is charged to nobody."""
	part = frappe.get_cached_doc("Spare Part", row.spare_part)
	if not row.charge_by_hand:
		row.rate = flt(part.price) if part.chargeable else 0.0
	row.amount = flt(flt(row.qty) * flt(row.rate), row.precision("amount"))
	settle(row, case.warranty_reason(part.part_name), lambda: _benefit(case, "Part", row.spare_part))
	take_off(case, row, "parts_percent")


def take_off(case: Case, row: Document, percentage: str) -> None:
	"""Take the discount of the device's level off what the customer pays for a line (S18.25).

	:param percentage: field of Discount Level.
	"""
	row.discount_percent = 0
	level = case.device and case.device.discount_level
	if not level or row.charge_by_hand or not flt(row.customer_amount):
		return
	row.discount_percent = flt(frappe.get_cached_value("Discount Level", level, percentage))
	off = flt(flt(row.customer_amount) * row.discount_percent / 100, row.precision("amount"))
	row.amount, row.customer_amount = (
		flt(flt(amount) - off, row.precision("amount")) for amount in (row.amount, row.customer_amount)
	)


def charge_other(case: Case, row: Document) -> None:
	"""Charge visit, way and other charges; the warranty pays for visit and way."""
	reason = case.warranty_reason() if row.kind in ("Visit", "Transport") else None
	kind = "Visit" if row.kind in ("Visit", "Transport") else None
	settle(row, reason, lambda: _benefit(case, kind, None) if kind else None)


def settle(row: Document, warranty_reason: str | None, agreed: Callable) -> None:
	"""Say who pays for a line, how much of it the customer, and why.

	:param warranty_reason: why the warranty pays, None if it does not.
	:param agreed: asks the agreement; called only if that matters.
	:raises ChargeReasonError: by hand without payer or reason.
	"""
	amount = flt(row.amount)
	if row.charge_by_hand:
		check_by_hand(row)
		row.customer_amount = amount if row.charge_to == CUSTOMER else 0
		return
	if warranty_reason:
		row.charge_to, row.charge_reason, row.customer_amount = WARRANTY, warranty_reason, 0
		return
	found = agreed()
	if found and flt(found.percent) > 0:
		row.charge_to, row.charge_reason = AGREEMENT, found.reason
		row.customer_amount = flt(amount * (1 - min(flt(found.percent), 100) / 100), row.precision("amount"))
		return
	row.charge_to, row.customer_amount = CUSTOMER, amount
	told = (found and found.reason) or say(reasons.NOBODY_ELSE)
	row.charge_reason = told if amount else say(reasons.NOTHING)


def check_by_hand(row: Document) -> None:
	"""Demand payer and reason of a line that is charged by hand.

	:raises ChargeReasonError: names the line.
	"""
	if row.charge_to and (row.charge_reason or "").strip():
		return
	frappe.throw(
		_("Row {0} of {1}: choose who pays and give the reason, or take back {2}.").format(
			row.idx,
			frappe.bold(_(row.parent_doc.meta.get_label(row.parentfield))),
			frappe.bold(_("Charged by Hand")),
		),
		ChargeReasonError,
		title=_("Charge"),
	)


def _benefit(case: Case, kind: str, item: str | None):
	return benefit(case.order.agreement, kind, item, case.on) if case.order.agreement else None


def sum_up(order: Document) -> None:
	"""Write the totals: what everything costs, and what of it the customer pays."""

	def total(rows: list, field: str = "amount") -> float:
		return sum(flt(row.get(field)) for row in rows)

	def of(kind: str) -> list:
		return [row for row in order.other_charges if row.kind == kind]

	order.parts_fee, order.service_fee = total(order.parts), total(order.items)
	order.visit_fee, order.transport_fee, order.other_fee = (
		total(of(kind)) for kind in ("Visit", "Transport", "Other")
	)
	lines = [*order.parts, *order.items, *order.other_charges]
	order.total_fee = total(lines)
	order.customer_pays = total(lines, "customer_amount")
	order.amount_due = flt(order.earlier_pay) + order.customer_pays
