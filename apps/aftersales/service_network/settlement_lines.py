"""Who may change what of a settlement's lines, and what a line must say."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from aftersales.service_network.settlements import LINE_FIELDS
from aftersales.spare_parts.stages import check_unchanged
from aftersales.utils.money import rounded

# Stages in which headquarters judges the lines, and that in which the subject disputes them.
JUDGED_IN = ("Applied", "First Audit", "Disputed")
DISPUTED_IN = ("HQ Audit",)
JUDGED = ("accepted_amount", "left_out", "excluded_reason", "accepted_reason", "answer")
SAID = ("disputed", "dispute_note")
DEDUCTED = ("reason", "reference", "amount")
HEADER = (
	"subject_kind",
	"outlet",
	"employee",
	"branch",
	"period_from",
	"period_to",
	"include_earlier",
	"subject_name",
)
FROZEN = ("Confirmed", "Invoice Notice Sent", "Paid", "Cancelled")


class SettlementFrozenError(frappe.ValidationError):
	"""Something was changed that is computed, or that is not to be changed in this stage."""


class SettlementLineError(frappe.ValidationError):
	"""A line does not say what it must."""


def protect(doc: Document) -> None:
	"""Keep of a stored settlement what its stage does not open.

	:raises SettlementFrozenError: says what may be changed now.
	"""
	before, computed = doc.get_doc_before_save(), doc.flags.computed
	if not before:
		return
	open_columns = [
		*(JUDGED if before.stage in JUDGED_IN else ()),
		*(SAID if before.stage in DISPUTED_IN else ()),
	]
	kept = [column for column in (*LINE_FIELDS, *JUDGED, *SAID) if column not in open_columns]
	same = check_unchanged(doc, HEADER, "lines", tuple(kept)) or (computed and before.stage == "Draft")
	if before.stage not in JUDGED_IN:
		same = same and check_unchanged(doc, (), "deductions", DEDUCTED)
	if before.stage in FROZEN:
		same = same and check_unchanged(
			doc, ("slip_no", "slip_received_on", "reject_reason"), "deductions", ()
		)
	if not same:
		frappe.throw(
			_(
				"Lines are computed. Headquarters judges them and enters deductions before it passes the audit; after it, lines can be disputed; a confirmed settlement stays as it is."
			),
			SettlementFrozenError,
			title=_("Settlement"),
		)


def check_lines(doc: Document) -> None:
	"""Hold each line to what it says of itself.

	:raises SettlementLineError: more is accepted than applied for, a reason is missing, or a dispute has no words.
	"""
	for row in doc.lines:
		row.amount = rounded(row.amount)
		row.accepted_amount = 0 if cint(row.left_out) else rounded(row.accepted_amount)
		if flt(row.amount) < 0 and not cint(row.left_out):
			row.accepted_amount = row.amount
		_check_accepted(row)
		if not cint(row.disputed):
			continue
		if not (row.dispute_note or "").strip():
			_refuse(row, _("Row {0}: say what is wrong with it."))


def _check_accepted(row: Document) -> None:
	if row.accepted_amount == row.amount:
		row.excluded_reason = ""
		return
	if flt(row.amount) >= 0 and not 0 <= row.accepted_amount <= row.amount:
		_refuse(row, _("Row {0}: accept no less than nothing and no more than the amount."))
	if not row.excluded_reason:
		_refuse(row, _("Row {0}: choose the reason why it is not accepted in full."))
	if row.excluded_reason == "Other" and not (row.answer or "").strip():
		_refuse(row, _("Row {0}: give the other reason in the answer."))


def _refuse(row: Document, message: str) -> None:
	frappe.throw(message.format(row.idx), SettlementLineError, title=_("Settlement"))
