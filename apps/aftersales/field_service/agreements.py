"""Service agreements for other parts of the app: which one holds, what it reduces, which payments it plans (S17.01-S17.03)."""

from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, cint, flt, getdate

from aftersales.field_service import reasons
from aftersales.field_service.coverage import Areas
from aftersales.field_service.reasons import say
from aftersales.utils.access import check_permission

DOCTYPE = "Service Agreement"
IN_FORCE = "Active"
# Kind of benefit -> field of the exact thing, field of its category.
SUBJECTS = {"Part": ("spare_part", "part_category"), "Service": ("service_item", None), "Visit": (None, None)}
MOST_PAYMENTS = 120


class OthersAgreementError(frappe.ValidationError):
	"""The agreement is another customer's."""


class BillingPlanError(frappe.ValidationError):
	"""No payments can be planned like that."""


@dataclass(frozen=True)
class Benefit:
	"""What an agreement bears of one line of an order.

	:param percent: share that the customer need not pay, from 0 to 100.
	:param reason: why, for people, in the language of the session.
	"""

	percent: float
	reason: str


def benefit(agreement: str | None, kind: str, item: str | None, on: date) -> Benefit:
	"""Return what an agreement bears of something on a day (S17.03).

	A benefit for just this item counts before one for its category, the nearest category before those above it, and all
	of them before a benefit that names nothing.

	:param agreement: Service Agreement; None for none.
	:param kind: Part, Service or Visit.
	:param item: Spare Part or Service Item; None for a visit.
	:param on: day of the work.
	"""
	if not agreement:
		return Benefit(0, "")
	doc = frappe.get_cached_doc(DOCTYPE, agreement)
	if not holds_on(doc, on):
		return Benefit(0, say(reasons.NOT_IN_FORCE, doc.name))
	row = _closest([row for row in doc.benefits if row.kind == kind], kind, item)
	if not row:
		return Benefit(0, say(reasons.NO_REDUCTION, doc.name))
	return Benefit(flt(row.percent), say(reasons.BEARS, doc.name, f"{flt(row.percent, 2):g}"))


def _closest(rows: list[Document], kind: str, item: str | None) -> Document | None:
	exact, category = SUBJECTS[kind]
	if exact and item and (same := [row for row in rows if row.get(exact) == item]):
		return same[0]
	if category and item and any(row.get(category) for row in rows):
		own = frappe.get_cached_value("Spare Part", item, category)
		by_category = {row.get(category): row for row in reversed(rows) if row.get(category)}
		nearest = Areas("Part Category", [own, *by_category]).nearest(by_category, own)
		if nearest:
			return by_category[nearest]
	return next(
		(row for row in rows if not (exact and row.get(exact)) and not (category and row.get(category))), None
	)


def holds_on(agreement: Document, on: date) -> bool:
	"""Return whether an agreement is audited, not terminated, and its time includes a day."""
	on = getdate(on)
	return agreement.stage == IN_FORCE and getdate(agreement.start_date) <= on <= getdate(agreement.end_date)


def agreement_for(
	customer: str | None,
	on: date,
	device: str | None = None,
	product: str | None = None,
	product_category: str | None = None,
) -> str | None:
	"""Return the agreement that covers a customer's device on a day; None if there is none.

	One that names the device counts before one for its product or category, and these before one for everything; among
	equals the one that ends last. Two statements, three when categories have to be compared.

	:param customer: Service Customer.
	:param on: day of the work.
	:param device: Customer Device.
	:param product: its product, when only that is known.
	:param product_category: its category.
	"""
	if not customer:
		return None
	on = getdate(on)
	found = frappe.get_all(
		DOCTYPE,
		{
			"customer": customer,
			"stage": IN_FORCE,
			"start_date": ("<=", on),
			"end_date": (">=", on),
		},
		pluck="name",
		order_by="end_date desc, name desc",
	)
	if not found:
		return None
	rows = frappe.get_all(
		"Agreement Device",
		{"parent": ("in", found), "parenttype": DOCTYPE},
		["parent", "device", "product", "product_category"],
		order_by=None,
	)
	areas = Areas("Product Category", [product_category, *(row.product_category for row in rows)])
	best = None
	for name in found:
		own = [row for row in rows if row.parent == name]
		rank = 1 if not own else max(_rank(row, device, product, product_category, areas) for row in own)
		if rank and (best is None or rank > best[0]):
			best = (rank, name)
	return best[1] if best else None


def fill_order(order: Document, method: str | None = None) -> None:
	"""`before_validate` of Service Order: find the agreement when customer or device are new on it; a chosen one stays.

	That of the customer before does not.

	:raises OthersAgreementError: one of another customer was chosen.
	"""
	if order.agreement and (order.has_value_changed("agreement") or order.has_value_changed("customer")):
		check_customer(order)
	if order.agreement or not order.customer:
		return
	if any(order.has_value_changed(field) for field in ("customer", "device", "product")):
		order.agreement = agreement_for(
			order.customer, getdate(), order.device, order.product, order.product_category
		)


def check_customer(order: Document) -> None:
	"""Take an agreement of the customer before off an order, and refuse one of somebody else."""
	if order.customer and frappe.db.get_value(DOCTYPE, order.agreement, "customer") == order.customer:
		return
	if not order.has_value_changed("agreement"):
		order.agreement = None
		return
	frappe.throw(
		_("{0} is no agreement of this customer.").format(frappe.bold(order.agreement)),
		OthersAgreementError,
		title=_("Service Agreement"),
	)


def _rank(row: dict, device, product, product_category, areas: Areas) -> int:
	"""How exactly a row covers a device; 0 when it does not, 1 stands for an agreement about everything."""
	if row.device:
		return 4 if row.device == device else 0
	if row.product:
		return 3 if row.product == product else 0
	return 2 if areas.covers(row.product_category, product_category) else 0


def payments(start: date, amount: float, number: int, months: int) -> list[tuple[date, float]]:
	"""Return payments of equal amounts at equal distances; the last one takes what rounding leaves.

	:param start: day of the first payment.
	:param amount: total.
	:param number: how many.
	:param months: between two of them.
	"""
	each = flt(amount / number, 2)
	days = [getdate(add_months(start, place * months)) for place in range(number)]
	return [(day, each) for day in days[:-1]] + [(days[-1], flt(amount - each * (number - 1), 2))]


@frappe.whitelist(methods=["POST"])
def plan_payments(agreement: str, number: int, months: int, first_date: str | None = None) -> list:
	"""Write the billing plan of an agreement: its amount in equal payments (S17.01).

	:param agreement: Service Agreement that is not audited.
	:param number: how many payments, up to 120.
	:param months: months between two payments.
	:param first_date: day of the first; default: the agreement's start.
	:returns: the lines, each with `due_date`, `description`, `amount`.
	:raises frappe.PermissionError: the user may not change the agreement.
	:raises BillingPlanError: the agreement has no amount, or the numbers make no sense.
	"""
	doc = frappe.get_doc(DOCTYPE, agreement)
	check_permission(DOCTYPE, "write", doc)
	number, months = cint(number), cint(months)
	if not flt(doc.amount):
		frappe.throw(_("Enter the agreement amount first."), BillingPlanError)
	if not 1 <= number <= MOST_PAYMENTS or (number > 1 and months < 1):
		frappe.throw(
			_("Enter 1 to {0} payments, and at least one month between them.").format(MOST_PAYMENTS),
			BillingPlanError,
		)
	doc.set("billing_plan", [])
	for place, (day, amount) in enumerate(
		payments(getdate(first_date or doc.start_date), flt(doc.amount), number, months), start=1
	):
		doc.append(
			"billing_plan",
			{
				"due_date": day,
				"description": _("Payment {0} of {1}").format(place, number),
				"amount": amount,
			},
		)
	doc.save()
	return [
		{"due_date": row.due_date, "description": row.description, "amount": row.amount}
		for row in doc.billing_plan
	]
