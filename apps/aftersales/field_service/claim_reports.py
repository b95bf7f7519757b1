"""What the lists of payments and of claims that were turned down have in common (S18.22, S18.23)."""

import frappe
from frappe import _

from aftersales.field_service.maintenance_plans import FIRST_FREE
from aftersales.field_service.warranty_claims import LINE, SUBMISSION
from aftersales.utils.report import column, period_of

DETAIL = "Detail"
VISIT = "Maintenance Visit"
SENT = ("Submitted", "Answered", "Paid")
OF_SUBMISSION = ("name", "submitted_on", "claim_kind", "paid_on")
OF_LINE = (
	"service_order",
	"maintenance_visit",
	"done_on",
	"customer_name",
	"product_name",
	"serial_no",
	"amount",
	"accepted_amount",
	"ground",
	"reason",
)


def conditions(filters: dict) -> list[list]:
	"""Return the filters of the submissions of a period.

	:param filters: `from_date`, `to_date`, optionally `claim_kind`, `manufacturer`, `outlet`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	"""
	start, end = period_of(filters)
	found = [[SUBMISSION, "submitted_on", "between", [start, end]], [SUBMISSION, "stage", "in", SENT]]
	for field in ("claim_kind", "manufacturer", "outlet"):
		if filters.get(field):
			found.append([SUBMISSION, field, "=", filters.get(field)])
	return found


def submission_rows(filters: dict) -> list[dict]:
	"""Return the submissions of a period that the user may read."""
	rows = frappe.get_list(
		SUBMISSION,
		filters=conditions(filters),
		fields=[
			*OF_SUBMISSION,
			"manufacturer",
			"outlet",
			"status",
			"total_amount as amount",
			"accepted_amount",
			"paid_amount",
			"payment_reference",
		],
		order_by="submitted_on asc, name asc",
		limit_page_length=0,
	)
	for row in rows:
		row.claim_kind, row.status = _(row.claim_kind), _(row.status)
	return rows


def line_rows(filters: dict, answer: str) -> list[dict]:
	"""Return the claims of a period with an answer, of submissions that the user may read.

	:param answer: Accepted or Not Accepted.
	"""
	found = [*conditions(filters), [LINE, "answer", "=", answer]]
	if filters.get("ground"):
		found.append([LINE, "ground", "=", filters.get("ground")])
	rows = frappe.get_list(
		SUBMISSION,
		filters=found,
		fields=[*OF_SUBMISSION, *(f"`tab{LINE}`.{field}" for field in OF_LINE)],
		order_by=f"`tab{SUBMISSION}`.submitted_on asc, `tab{SUBMISSION}`.name asc, `tab{LINE}`.idx asc",
		limit_page_length=0,
	)
	for row in rows:
		row.claim_kind = _(row.claim_kind)
	return rows


def refused_visits(filters: dict) -> list[dict]:
	"""Return the first free maintenance that was never claimed, because it does not count (首保不受理)."""
	if not frappe.has_permission(VISIT, "read"):
		return []
	start, end = period_of(filters)
	found = {
		"visit_kind": FIRST_FREE,
		"confirmation": "Not Accepted",
		"confirmed_on": ("between", [start, end]),
	}
	if filters.get("outlet"):
		found["outlet"] = filters.get("outlet")
	rows = frappe.get_list(
		VISIT,
		filters=found,
		fields=[
			"name as maintenance_visit",
			"confirmed_on as submitted_on",
			"service_order",
			"customer_name",
			"product_name",
			"serial_no",
			"confirmation_note as reason",
		],
		order_by="confirmed_on asc",
		limit_page_length=0,
	)
	return [
		{**row, "name": None, "claim_kind": _(FIRST_FREE), "ground": "Conditions", "amount": 0}
		for row in rows
	]


def money_columns() -> list[dict]:
	"""Return what was claimed and what was accepted."""
	return [
		column("amount", _("Claimed"), "Currency", 120),
		column("accepted_amount", _("Accepted Amount"), "Currency", 145),
	]
