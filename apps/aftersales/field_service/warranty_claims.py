"""Claims on the manufacturer: what may be claimed under which conditions, and what was claimed already (S18.20-S18.23, S18.30)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import add_days, add_months, cint, flt, getdate

from aftersales.field_service.coverage import Areas
from aftersales.field_service.order_stages import DONE
from aftersales.utils.access import check_permission

SUBMISSION, LINE, CONDITION = "Warranty Submission", "Warranty Submission Line", "Warranty Claim Condition"
WARRANTY, FIRST_FREE = "Warranty", "First Free Maintenance"
MOST_LINES = 500
ORDER_FIELDS = [
	"name",
	"device",
	"serial_no",
	"product",
	"product_name",
	"product_category",
	"customer",
	"customer_name",
	"contact_phone",
	"address",
	"outlet",
	"completed_at",
	"fault_cause",
]
VISIT_FIELDS = [
	"name",
	"service_order",
	"device",
	"serial_no",
	"product",
	"product_name",
	"product_category",
	"customer",
	"customer_name",
	"contact_phone",
	"address",
	"outlet",
	"done_on",
	"reading",
]
OF_LINE = ("device", "serial_no", "product", "product_name", "customer", "customer_name", "outlet")


class CollectError(frappe.ValidationError):
	"""Claims cannot be added to this submission."""


def order_key(order: str) -> str:
	"""Return the key under which the warranty work of an order is claimed once."""
	return f"{WARRANTY}|{order}"


def visit_key(visit: str) -> str:
	"""Return the key under which a first free maintenance is claimed once."""
	return f"{FIRST_FREE}|{visit}"


def is_claimed(key: str) -> bool:
	"""Return whether something is on a claim that was not turned down."""
	return bool(frappe.db.exists(LINE, {"claim_key": key}))


# -- conditions


class Conditions:
	"""The conditions of one kind of claim, read once.

	:param kind: Warranty or First Free Maintenance.
	:param categories: product categories that will be asked about.
	"""

	def __init__(self, kind: str, categories: set[str | None]):
		rows = frappe.get_all(
			CONDITION, {"claim_kind": kind, "enabled": 1}, ["*"], order_by="creation asc, name asc"
		)
		self._by_category = {row.product_category or None: row for row in reversed(rows)}
		self._areas = Areas("Product Category", [*self._by_category, *categories])

	def of(self, category: str | None) -> frappe._dict | None:
		"""Return the condition of the nearest category that has one, else the one for every product, else None."""
		nearest = self._areas.nearest(filter(None, self._by_category), category)
		return self._by_category.get(nearest)


def failing(condition: dict | None, claim: dict, on: date | None = None) -> list[str]:
	"""Return what a claim lacks, each as a translated reason; empty when the conditions are met.

	:param condition: Warranty Claim Condition; without one everything may be claimed.
	:param claim: `done_on`, `sold_on`, `serial_no`, `purchase_proof`, `fault_cause`, `customer_name`, `contact_phone`,
	    `address`, `uses`.
	:param on: day of the claim; default: today.
	"""
	if not condition:
		return []
	done = getdate(claim["done_on"])
	late = add_days(done, cint(condition.claim_within_days))
	checks = [
		(condition.needs_serial_no and not claim.get("serial_no"), _("the serial number is missing")),
		(
			condition.needs_purchase_proof and not claim.get("purchase_proof"),
			_("the proof of purchase is missing"),
		),
		(condition.needs_fault_cause and not claim.get("fault_cause"), _("the fault cause is missing")),
		(
			condition.needs_customer_data
			and not all(claim.get(field) for field in ("customer_name", "contact_phone", "address")),
			_("name, telephone or address of the customer is missing"),
		),
		(
			condition.claim_within_days and getdate(on) > getdate(late),
			_("the work is longer ago than {0} days").format(condition.claim_within_days),
		),
		(
			condition.within_uses and cint(claim.get("uses")) > condition.within_uses,
			_("more than {0} uses").format(condition.within_uses),
		),
		*_age_checks(condition, claim.get("sold_on"), done),
	]
	return [reason for lacks, reason in checks if lacks]


def _age_checks(condition: dict, sold_on, done: date) -> list[tuple[bool, str]]:
	if not condition.within_months:
		return []
	if not sold_on:
		return [(True, _("the day of the sale is not known"))]
	last = getdate(add_months(sold_on, condition.within_months))
	return [(done > last, _("later than {0} months after the sale").format(condition.within_months))]


def failing_of_visit(visit: Document) -> list[str]:
	"""Return what a first free maintenance lacks to be claimed."""
	condition = Conditions(FIRST_FREE, {visit.product_category}).of(visit.product_category)
	return failing(condition, _visit_claim(visit.as_dict(), _devices([visit.device])))


def _devices(names: list[str | None]) -> dict[str, dict]:
	rows = frappe.get_all(
		"Customer Device",
		{"name": ("in", list({name for name in names if name}) or [""])},
		["name", "sale_date", "installation_date", "purchase_proof"],
		order_by=None,
	)
	return {row.name: row for row in rows}


def _facts(row: dict, devices: dict, **more) -> dict:
	device = devices.get(row.get("device")) or frappe._dict()
	return {
		**row,
		"sold_on": device.sale_date or device.installation_date,
		"purchase_proof": device.purchase_proof,
		**more,
	}


def _visit_claim(row: dict, devices: dict) -> dict:
	return _facts(row, devices, uses=row.get("reading"))


# -- collecting


@frappe.whitelist(methods=["POST"])
def collect(submission: str) -> dict:
	"""Add to a submission what can be claimed of its period, and say what cannot and why (S18.21).

	:param submission: Warranty Submission that is not submitted yet.
	:returns: `added`, how many lines; `left_out`, rows of `doctype`, `name`, `reasons`; `more` when there are too many for one.
	:raises frappe.PermissionError: the user may not change the submission, or not read the orders or visits.
	:raises CollectError: it was submitted already.
	"""
	# Only its own row: a lock on its table of lines would hold up everybody else's new submission as well.
	frappe.db.get_value(SUBMISSION, submission, "name", for_update=True)
	doc = frappe.get_doc(SUBMISSION, submission)
	check_permission(SUBMISSION, "write", doc)
	if doc.stage != "Made":
		frappe.throw(_("{0} was submitted already.").format(doc.name), CollectError)
	rows = visit_claims(doc) if doc.claim_kind == FIRST_FREE else order_claims(doc)
	free = [row for row in rows if not row["reasons"]]
	room = MOST_LINES - len(doc.lines)
	for row in free[:room]:
		doc.append("lines", row["line"])
	if free[:room]:
		doc.save()
	return {
		"added": len(free[:room]),
		"more": len(free) > room,
		"left_out": [
			{"doctype": row["doctype"], "name": row["name"], "reasons": row["reasons"]}
			for row in rows
			if row["reasons"]
		],
	}


def _period(doc: Document, doctype: str, field: str, stages: tuple[str, ...]) -> list[list]:
	filters = [
		[doctype, field, ">=", doc.from_date],
		[doctype, field, "<", add_days(doc.to_date, 1)],
		[doctype, "stage", "in", stages],
	]
	if doc.outlet:
		filters.append([doctype, "outlet", "=", doc.outlet])
	return filters


def order_claims(doc: Document) -> list[dict]:
	"""Return the orders of a submission's period with warranty work that is on no claim, each with what it lacks."""
	orders = frappe.get_list(
		"Service Order",
		filters=_period(doc, "Service Order", "completed_at", DONE),
		fields=ORDER_FIELDS,
		order_by="completed_at asc, name asc",
		limit_page_length=0,
	)
	sums = warranty_sums([row.name for row in orders])
	orders = _unclaimed([row for row in orders if row.name in sums], order_key)
	devices = _devices([row.device for row in orders])
	conditions = Conditions(WARRANTY, {row.product_category for row in orders})
	claims = []
	for row in orders:
		condition = conditions.of(row.product_category)
		if not _of_manufacturer(doc, condition):
			continue
		parts, work = _shares(condition, sums[row.name])
		claims.append(
			{
				"doctype": "Service Order",
				"name": row.name,
				"reasons": failing(condition, _facts(row, devices, done_on=row.completed_at)),
				"line": {
					"service_order": row.name,
					"done_on": getdate(row.completed_at),
					"fault_cause": row.fault_cause,
					"parts_amount": parts,
					"work_amount": work,
					"amount": flt(parts + work, 2),
					**{field: row[field] for field in OF_LINE},
				},
			}
		)
	return claims


def _shares(condition: dict | None, sums: tuple[float, float]) -> tuple[float, float]:
	"""Return what the manufacturer bears of parts and of the rest."""
	if not condition:
		return sums
	return (
		flt(sums[0] * flt(condition.parts_percent) / 100, 2),
		flt(sums[1] * flt(condition.work_percent) / 100, 2),
	)


def visit_claims(doc: Document) -> list[dict]:
	"""Return the confirmed first free maintenance of a submission's period that is on no claim, each with what it lacks."""
	visits = frappe.get_list(
		"Maintenance Visit",
		filters=[
			*_period(doc, "Maintenance Visit", "done_on", ("Done",)),
			["Maintenance Visit", "visit_kind", "=", FIRST_FREE],
			["Maintenance Visit", "confirmation", "=", "Confirmed"],
		],
		fields=VISIT_FIELDS,
		order_by="done_on asc, name asc",
		limit_page_length=0,
	)
	visits = _unclaimed(visits, visit_key)
	devices = _devices([row.device for row in visits])
	conditions = Conditions(FIRST_FREE, {row.product_category for row in visits})
	claims = []
	for row in visits:
		condition = conditions.of(row.product_category)
		if not _of_manufacturer(doc, condition):
			continue
		amount = flt(condition.fixed_amount, 2) if condition else 0
		reasons = failing(condition, _visit_claim(row, devices))
		if not amount:
			reasons.append(_("no condition says how much the manufacturer pays"))
		claims.append(
			{
				"doctype": "Maintenance Visit",
				"name": row.name,
				"reasons": reasons,
				"line": {
					"maintenance_visit": row.name,
					"service_order": row.service_order,
					"done_on": row.done_on,
					"work_amount": amount,
					"amount": amount,
					**{field: row[field] for field in OF_LINE},
				},
			}
		)
	return claims


def _of_manufacturer(doc: Document, condition: dict | None) -> bool:
	"""Whether claims under a condition go to the manufacturer of a submission; one without takes all."""
	return not doc.manufacturer or bool(condition and condition.manufacturer == doc.manufacturer)


def _unclaimed(rows: list[dict], key_of) -> list[dict]:
	if not rows:
		return []
	keys = [key_of(row.name) for row in rows]
	claimed = set(frappe.get_all(LINE, {"claim_key": ("in", keys)}, pluck="claim_key"))
	return [row for row in rows if key_of(row.name) not in claimed]


def warranty_sums(orders: list[str]) -> dict[str, tuple[float, float]]:
	"""Return, for each order with warranty lines, what the warranty bears of parts and of work and other; three statements."""
	found: dict[str, list[float]] = {}
	tables = (("Service Order Part", 0), ("Service Order Item", 1), ("Service Order Charge", 1))
	for doctype, place in tables:
		row = frappe.qb.DocType(doctype)
		query = (
			frappe.qb.from_(row)
			.where(row.parent.isin(orders or [""]) & (row.parenttype == "Service Order"))
			.where(row.charge_to == WARRANTY)
			.groupby(row.parent)
			.select(row.parent, Sum(row.amount - row.customer_amount))
		)
		for order, amount in query.run():
			found.setdefault(order, [0.0, 0.0])[place] += flt(amount)
	return {order: (flt(sums[0], 2), flt(sums[1], 2)) for order, sums in found.items() if any(sums)}
