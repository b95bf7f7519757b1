"""The way of an exchange slip through its signatures (S5.08, M12), and what it costs (S6.25).

Rules go by the *stage*, a hidden field that the workflow's states set; an administrator may add states of their own and say
which stage they belong to. Who may take a step is the workflow's to say. What each step needs is said here, for every
road on which a document is saved.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import make_autoname
from frappe.model.workflow import get_workflow
from frappe.utils import flt, formatdate, get_fullname, getdate, now_datetime

from aftersales.aftersales.complaint_steps import tell, users_with
from aftersales.field_service import depreciation, devices, steps
from aftersales.utils.access import check_permission

DOCTYPE = "Exchange Order"
# What may be filled in at each stage; everything while it is being written.
FILLED_IN = {
	"Regional Head": set(),
	"Office": {"agreed_otherwise", "agreed_percent", "agreed_reason"},
	"Instruction": {"agreed_otherwise", "agreed_percent", "agreed_reason"},
	"Goods": {"custody_place"},
	"Custody": {"custody_place", "new_product", "new_serial_no"},
}
ALWAYS = {"opinion", "remarks"}
# Written by the steps alone; what a client sends for them is put back.
CONTROLLED = (
	"stage",
	"ledger_no",
	"goods_received_on",
	"goods_received_by",
	"entered_on",
	"entered_by",
	"new_device",
)


class ExchangeFieldError(frappe.PermissionError):
	"""The slip is signed: this field cannot be changed any more, or not by this person."""


class StepIncompleteError(frappe.ValidationError):
	"""Something is missing for the step."""


class RepairFirstError(frappe.ValidationError):
	"""The rules want a repair, not an exchange."""


@dataclass(frozen=True)
class Step:
	"""What a change of stage puts on record, and what it needs.

	:param decision: as the table of signatures says it.
	:param opinion: an opinion or reason must be given.
	:param needs: fields that must be filled.
	"""

	decision: str
	opinion: bool = False
	needs: tuple[str, ...] = ()


STEPS = {
	("Writing", "Regional Head"): Step("Submitted", needs=("reason", "product")),
	("Regional Head", "Office"): Step("Signed"),
	("Office", "Instruction"): Step("Confirmed", opinion=True),
	("Instruction", "Goods"): Step("Instructed", opinion=True),
	("Goods", "Custody"): Step("Taken into Custody", needs=("custody_place",)),
	("Custody", "Done"): Step("Entered in Ledger"),
	("Ended", "Writing"): Step("Revised"),
}
BACK = Step("Returned", opinion=True)
REFUSED = Step("Rejected", opinion=True)


def step_between(left: str, stage: str) -> Step | None:
	"""Return what a change of stage means; None when it is put on no record."""
	if step := STEPS.get((left, stage)):
		return step
	if stage == "Writing":
		return BACK
	return REFUSED if stage == "Ended" and left != "Writing" else None


def keep_controlled(doc: Document, before: Document | None) -> None:
	"""Put back what only steps write; the table of signatures too."""
	for field in CONTROLLED:
		doc.set(field, before.get(field) if before else None)
	doc.set("signatures", before.get("signatures") if before else [])


def check_changes(doc: Document, before: Document | None) -> None:
	"""Refuse changes of what was signed, and changes by people who have no step to take.

	:raises ExchangeFieldError: with what to do instead.
	"""
	if not before or doc.flags.ignore_permissions:
		return
	computed = {field.fieldname for field in doc.meta.fields if field.read_only} | {"status"}
	changed = steps.changed_fields(doc, before, computed)
	if not changed:
		return
	stage = before.stage or "Writing"
	allowed = None if stage == "Writing" else FILLED_IN.get(stage, set()) | ALWAYS
	refused = set() if allowed is None else changed - allowed
	if not refused and changed <= {"remarks"}:
		return
	if not refused and steps.may_act(before):
		return
	labels = ", ".join(_(doc.meta.get_label(field)) for field in sorted(refused or changed))
	frappe.throw(
		_("{0} cannot be changed by you now. Let the slip be returned to the salesperson first.").format(
			frappe.bold(labels)
		),
		ExchangeFieldError,
		title=_("Signed"),
	)


def set_fee(doc: Document) -> None:
	"""Work out the depreciation and say how (S6.25).

	:raises SaleDateError: the dates contradict each other.
	:raises StepIncompleteError: the date of sale is missing.
	"""
	check_dates(doc)
	if doc.kind == "Transfer":
		doc.days_since_sale, doc.depreciation_percent = None, 0
		doc.fee_rule = _("Between shops: without depreciation.")
	else:
		found = found_for(doc)
		doc.days_since_sale, doc.fee_rule = found.days, found.rule
		doc.depreciation_percent = found.percent
	if doc.agreed_otherwise:
		check_agreement(doc)
		doc.depreciation_percent = flt(doc.agreed_percent)
		doc.fee_rule = _("{0} Agreed otherwise: {1}").format(doc.fee_rule, doc.agreed_reason)
	doc.depreciation_fee = depreciation.fee(
		doc.price, doc.depreciation_percent, doc.precision("depreciation_fee")
	)


def found_for(doc: Document) -> depreciation.Depreciation:
	"""Return what the rules say of a slip."""
	return depreciation.depreciation_of(
		doc.product_category, getdate(doc.sale_date), getdate(doc.exchange_date), doc.ground
	)


def check_dates(doc: Document) -> None:
	"""Refuse days in the future and a missing date of sale."""
	today = getdate()
	if getdate(doc.exchange_date) > today:
		frappe.throw(
			_("{0} lies in the future. Correct it.").format(frappe.bold(formatdate(doc.exchange_date))),
			depreciation.SaleDateError,
		)
	if doc.sale_date:
		depreciation.check_sale_date(doc.sale_date, today)
	elif doc.kind != "Transfer":
		frappe.throw(
			_("Enter the {0}: the depreciation is counted from it.").format(frappe.bold(_("Sale Date"))),
			StepIncompleteError,
		)


def check_agreement(doc: Document) -> None:
	"""Refuse an agreement without its reason, or beyond 0 to 100 percent."""
	if not (doc.agreed_reason or "").strip() or not 0 <= flt(doc.agreed_percent) <= 100:
		frappe.throw(
			_("Say why something else was agreed on, and a depreciation between 0 and 100 percent."),
			StepIncompleteError,
		)


def take_step(doc: Document, before: Document | None) -> None:
	"""Check the step that is being taken, put it on record and do what follows from it.

	:raises StepIncompleteError: a field or an opinion is missing.
	:raises RepairFirstError: the goods are to be repaired, not exchanged.
	"""
	left, stage = (before and before.stage) or "Writing", doc.stage or "Writing"
	step = step_between(left, stage) if before and left != stage else None
	if not step:
		return
	check_step(doc, step)
	if step not in (BACK, REFUSED):
		check_percent(doc, left)
	sign(doc, before.status, step.decision)
	if stage == "Custody":
		doc.goods_received_on, doc.goods_received_by = now_datetime(), frappe.session.user
	if stage == "Done":
		enter_in_ledger(doc)


def check_step(doc: Document, step: Step) -> None:
	"""Refuse a step without what it needs."""
	missing = [_(doc.meta.get_label(field)) for field in step.needs if not doc.get(field)]
	if step.opinion and not (doc.opinion or "").strip():
		missing.append(_(doc.meta.get_label("opinion")))
	if missing:
		frappe.throw(
			_("Fill in {0} first.").format(frappe.bold(", ".join(missing))),
			StepIncompleteError,
			title=_("Something Is Missing"),
		)


def check_percent(doc: Document, left: str) -> None:
	"""A slip leaves the salesperson only if the rules allow an exchange, and the office only with a percentage."""
	if doc.kind == "Transfer" or doc.agreed_otherwise or left not in ("Writing", "Office"):
		return
	found = found_for(doc)
	if found.repair_first:
		frappe.throw(
			_("{0} Let it be repaired, or choose the ground {1} if that is not possible.").format(
				found.rule, frappe.bold(_("Not Repairable"))
			),
			RepairFirstError,
			title=_("Repair First"),
		)
	if found.percent is None and left == "Office":
		frappe.throw(
			_("{0} Tick {1} and enter the depreciation that was agreed on.").format(
				found.rule, frappe.bold(_("Agreed Otherwise"))
			),
			StepIncompleteError,
			title=_("Something Is Missing"),
		)


def sign(doc: Document, step: str, decision: str) -> None:
	"""Add a signature of the session's user, with the opinion that was given."""
	doc.append(
		"signatures",
		{
			"step": step,
			"decision": decision,
			"signed_by": frappe.session.user,
			"signed_by_name": get_fullname(frappe.session.user),
			"signed_on": now_datetime(),
			"opinion": (doc.opinion or "").strip() or None,
		},
	)
	doc.opinion = None


def enter_in_ledger(doc: Document) -> None:
	"""Give the next ledger number and link the old device with the new one (S5.08, 换货登记台账).

	:raises StepIncompleteError: the serial number of the new unit is missing.
	"""
	if doc.kind == "Exchange":
		exchange_devices(doc)
	elif doc.kind == "Return" and doc.device:
		device = frappe.get_doc(devices.DEVICE, doc.device, for_update=True)
		devices.set_stage(device, "Stored")
		devices.save_by_rule(device)
	series = frappe.get_cached_doc("Aftersales Settings").get("exchange_ledger_series")
	doc.ledger_no = make_autoname(series or "HH-.YY.-.#####")
	doc.entered_on, doc.entered_by = now_datetime(), frappe.session.user


def exchange_devices(doc: Document) -> None:
	"""Link the unit that was taken back with the one that was handed out, both ways."""
	doc.new_product = doc.new_product or doc.product
	if not doc.serial_no and not doc.device:
		return
	if not doc.new_serial_no:
		frappe.throw(
			_("Fill in {0} first.").format(frappe.bold(_("New Serial No."))),
			StepIncompleteError,
			title=_("Something Is Missing"),
		)
	if not doc.device:
		doc.device = devices.register(
			doc.product, doc.serial_no, doc.customer, sale_date=doc.sale_date, dealer=doc.dealer
		)
	doc.new_device = devices.register(doc.new_product, doc.new_serial_no, doc.customer)
	devices.replace(doc.device, doc.new_device, getdate(doc.exchange_date), doc)


def tell_next(doc: Document, before: Document | None) -> None:
	"""Tell the people whose role takes the next step that a slip waits for them.

	A returned slip goes to who filled it in.
	"""
	if not before or before.status == doc.status or doc.stage in ("Ended", "Done"):
		return
	if doc.stage == "Writing":
		users = [doc.salesperson or doc.owner]
	else:
		rows = get_workflow(DOCTYPE).transitions
		roles = {row.allowed for row in rows if row.state == doc.status and row.next_state != before.status}
		users = users_with(tuple(roles - {"Service Manager", "Aftersales Administrator"}))
	if users := [user for user in users if user != frappe.session.user]:
		tell(users, _("An exchange slip waits for you: {0}").format(f"{doc.name} · {doc.customer_name}"), doc)


# What a new slip takes over, by where it comes from: field of Exchange Order -> field of the source.
SOURCES = {
	"Service Ticket": {
		"service_ticket": "name",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"dealer": "dealer",
		"product": "product",
		"device": "device",
		"reason": "question",
	},
	"Customer Complaint": {
		"complaint": "name",
		"service_ticket": "ticket",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"product": "product",
		"reason": "reason",
	},
	"Customer Goods Receipt": {
		"goods_receipt": "name",
		"service_order": "service_order",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"product": "product",
		"device": "device",
		"serial_no": "serial_no",
		"sale_date": "purchase_date",
		"outlet": "outlet",
		"reason": "fault",
		"goods_condition": "goods_condition",
	},
	"Service Order": {
		"service_order": "name",
		"service_ticket": "service_ticket",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"product": "product",
		"device": "device",
		"serial_no": "serial_no",
		"outlet": "outlet",
		"reason": "symptom",
	},
}


@frappe.whitelist()
def new_exchange(source_doctype: str, source_name: str) -> dict:
	"""Return an unsaved exchange slip with all that its source knows (S5.05).

	:param source_doctype: one of `SOURCES`.
	:param source_name: its name.
	:returns: fields of a new Exchange Order, for the browser.
	:raises frappe.PermissionError: the user may not write slips, or not read the source.
	:raises frappe.ValidationError: nothing can be taken over from such a source.
	"""
	check_permission(DOCTYPE, "create")
	if source_doctype not in SOURCES:
		frappe.throw(_("An exchange slip cannot be made from {0}.").format(_(source_doctype)))
	source = frappe.get_doc(source_doctype, source_name)
	source.check_permission("read")
	doc = frappe.new_doc(DOCTYPE)
	values = {field: source.get(origin) for field, origin in SOURCES[source_doctype].items()}
	doc.update({field: value for field, value in values.items() if value})
	doc.fill_from_links()
	return doc.as_dict()
