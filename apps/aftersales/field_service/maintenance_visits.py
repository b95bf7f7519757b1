"""Visits at work: released to orders one by one or many at once, done by them, told to people, confirmed to the manufacturer
(S7.19, S7.43, S17.06, S18.20)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow
from frappe.query_builder.functions import Max
from frappe.utils import add_days, cint, getdate, now_datetime, today

from aftersales.aftersales.doctype.follow_up.follow_up import next_state
from aftersales.field_service import maintenance_plans, warranty_claims
from aftersales.field_service.order_stages import DONE
from aftersales.telephony import messages
from aftersales.utils.access import check_permission

VISIT, ORDER = "Maintenance Visit", "Service Order"
OPEN = ("Planned", "Released")
MOST_RELEASED = 100
SHOWN = 5  # rows of the reminder
REMINDED_AT_ONCE = 500


class OtherVisitError(frappe.ValidationError):
	"""The order of one customer names the visit of another."""


class ReleaseError(frappe.ValidationError):
	"""Visits cannot be released as asked."""


class ConfirmationError(frappe.ValidationError):
	"""A first free maintenance cannot be confirmed, or not like that."""


# -- states that follow from elsewhere


def take_stage(name: str, stage: str, **values) -> Document:
	"""Put a visit into the first state of a stage, because of something else that happened and whoever is logged in.

	:param name: Maintenance Visit.
	:param stage: Planned, Released, Done or Skipped.
	:param values: further fields.
	"""
	visit = frappe.get_doc(VISIT, name, for_update=True)
	workflow = get_workflow(VISIT)
	state = next(
		row.state for row in workflow.states if row.update_field == "stage" and row.update_value == stage
	)
	visit.db_set({workflow.workflow_state_field: state, "stage": stage, **values})
	visit.add_comment("Workflow", _(state))
	return visit


# -- orders


def make_order(visit: Document) -> str:
	"""Make the service order of a visit that is being released, with the work of its job package.

	The right to release is the right to this one order.
	"""
	order = frappe.new_doc(ORDER)
	order.update(
		{
			"order_kind": "Maintenance",
			"source": "Plan",
			"maintenance_visit": visit.name,
			"customer": visit.customer,
			"contact_phone": visit.contact_phone,
			"address": visit.address,
			"region": visit.region,
			"device": visit.device,
			"product": visit.product,
			"agreement": visit.agreement,
			"outlet": visit.outlet,
			"symptom": _("Maintenance due on {0} ({1})").format(
				frappe.format(visit.due_date, "Date"), _(visit.visit_kind)
			),
			"work_instruction": visit.remarks,
		}
	)
	if visit.job_package:
		add_package(order, visit.job_package)
	order.insert(ignore_permissions=True)
	visit.db_set("service_order", order.name)
	return order.name


def add_package(order: Document, package: str) -> None:
	"""Put the work, parts and check list of a job package on a new order."""
	package = frappe.get_cached_doc("Job Package", package)
	for row in package.items:
		values = {"service_item": row.service_item, "qty": row.qty, "standard_hours": row.standard_hours}
		order.append("items", values)
	for row in package.parts:
		order.append("parts", {"spare_part": row.spare_part, "qty": row.qty})
	order.inspection_template = package.inspection_template


@frappe.whitelist(methods=["POST"])
def release(visits: list | str) -> dict:
	"""Release visits to service orders; one that cannot be released does not hold the others back (S7.19, S17.06).

	:param visits: names of planned Maintenance Visits, up to 100.
	:returns: `released` with `visit` and `order`, `failed` with `visit` and `message`.
	:raises frappe.PermissionError: the user may not write visits.
	:raises ReleaseError: none, or too many.
	"""
	check_permission(VISIT, "write")
	names = list(dict.fromkeys(frappe.parse_json(visits)))
	if not 1 <= len(names) <= MOST_RELEASED:
		frappe.throw(_("Choose 1 to {0} visits.").format(MOST_RELEASED), ReleaseError)
	answer = {"released": [], "failed": []}
	for name in names:
		frappe.db.savepoint("release_visit")
		try:
			answer["released"].append({"visit": name, "order": _release_one(name)})
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
			frappe.db.rollback(save_point="release_visit")
			frappe.clear_last_message()
			answer["failed"].append({"visit": name, "message": str(error)})
	return answer


def _release_one(name: str) -> str:
	visit = frappe.get_doc(VISIT, name, for_update=True)
	check_permission(VISIT, "write", visit)
	if visit.stage != "Planned":
		frappe.throw(_("{0} is {1} already.").format(name, _(visit.status)), ReleaseError)
	state = next_state(visit, "Released")
	if not state:
		frappe.throw(_("Your roles do not release visits."), frappe.PermissionError)
	visit.status = state
	visit.save()
	return visit.service_order


def order_completed(order: Document) -> None:
	"""`aftersales_order_completed`: the visit that the order was made for is done."""
	visit = _visit_of(order, OPEN)
	if visit:
		visit = take_stage(visit, "Done", done_on=getdate(order.completed_at), service_order=order.name)
		maintenance_plans.visit_over(visit)


def order_continued(order: Document) -> None:
	"""`aftersales_order_continued`: the visit now waits for the order that goes on."""
	if (visit := _visit_of(order, OPEN)) and order.continued_by:
		frappe.db.set_value(VISIT, visit, "service_order", order.continued_by)


def order_reopened(order: Document) -> None:
	"""`aftersales_order_reopened`: the visit is not done yet; a first free maintenance that was confirmed stays."""
	visit = _visit_of(order, ("Done",))
	if visit and frappe.db.get_value(VISIT, visit, "confirmation") != "Confirmed":
		take_stage(visit, "Released", done_on=None)


def order_cancelled(order: Document) -> None:
	"""`aftersales_order_cancelled`: the visit waits to be released again."""
	if visit := _visit_of(order, ("Released",)):
		take_stage(visit, "Planned", service_order=None)


def check_visit(order: Document, method: str | None = None) -> None:
	"""`validate` of Service Order: an order is made for a visit of the same customer that its maker sees.

	Completing the order completes the visit, so nobody names one of another outlet.

	:raises frappe.PermissionError: the user does not see the visit.
	:raises OtherVisitError: it is another customer's.
	"""
	if not order.maintenance_visit or not order.has_value_changed("maintenance_visit"):
		return
	if not order.flags.ignore_permissions:
		check_permission(VISIT, "read", order.maintenance_visit)
	customer = frappe.db.get_value(VISIT, order.maintenance_visit, "customer")
	if customer and order.customer and customer != order.customer:
		frappe.throw(
			_("{0} is a visit of another customer. Choose one of this customer.").format(
				frappe.bold(order.maintenance_visit)
			),
			OtherVisitError,
		)


def _visit_of(order: Document, stages: tuple[str, ...]) -> str | None:
	"""Return the visit of an order if it is in one of the stages and belongs to this order."""
	if not order.maintenance_visit:
		return None
	visit = frappe.db.get_value(
		VISIT, order.maintenance_visit, ["name", "stage", "service_order"], as_dict=True, for_update=True
	)
	if visit and visit.stage in stages and visit.service_order in (None, "", order.name):
		return visit.name
	return None


# -- reminders


def visits_due(user: str, days: int) -> dict | None:
	"""`aftersales_start_up_reminders`: visits overdue or due within some days, for those who release them (S7.43)."""
	if not frappe.has_permission(VISIT, "write"):
		return None
	filters = {"stage": "Planned", "due_date": ("<=", add_days(today(), days))}
	rows = frappe.get_list(
		VISIT,
		# Without this "<=" takes visits that have no date for early ones.
		filters=[["due_date", "is", "set"], ["stage", "=", "Planned"], ["due_date", *filters["due_date"]]],
		fields=["name", "customer_name", "product_name", "due_date"],
		order_by="due_date asc",
		limit_page_length=100,
	)
	return {
		"title": _("Maintenance due within {0} days").format(days) if days else _("Maintenance due today"),
		"count": len(rows),
		"route": ["List", VISIT, filters],
		"rows": [
			{
				"label": " · ".join(filter(None, (row.customer_name, row.product_name))) or row.name,
				"route": ["Form", VISIT, row.name],
				"date": row.due_date,
				"late": row.due_date < getdate(),
			}
			for row in rows[:SHOWN]
		],
	}


def remind_customers() -> int:
	"""Daily: tell customers of maintenance that comes due, once per visit, as Aftersales Settings say; returns how many.

	Who cannot be reached or wants no such messages is asked about again the next day, until the visit is over.
	"""
	settings = frappe.get_cached_doc("Aftersales Settings")
	days, template = cint(settings.maintenance_message_days), settings.maintenance_message_template
	if not (days and template):
		return 0
	waiting = frappe.get_all(
		VISIT,
		{
			"stage": ("in", OPEN),
			"due_date": ("between", [today(), add_days(today(), days)]),
			"customer_reminded_on": ("is", "not set"),
		},
		["name", "customer"],
		order_by="due_date asc",
		limit=REMINDED_AT_ONCE,
	)
	told = 0
	for row in waiting:
		frappe.db.savepoint("remind_customer")
		try:
			messages.queue(
				template,
				customer=row.customer,
				reference_doctype=VISIT,
				reference_name=row.name,
				idempotency_key=f"maintenance:{row.name}",
			)
		except frappe.ValidationError:
			frappe.db.rollback(save_point="remind_customer")
			frappe.clear_last_message()
			continue
		frappe.db.set_value(VISIT, row.name, "customer_reminded_on", now_datetime(), update_modified=False)
		told += 1
	return told


# -- first free maintenance


@frappe.whitelist(methods=["POST"])
def confirm_first(visit: str, accept: bool, reason: str | None = None) -> dict:
	"""Confirm that a first free maintenance was done under the manufacturer's conditions, or say why it does not count (S18.20).

	:param visit: Maintenance Visit that is done.
	:param accept: False to take it off the claims.
	:param reason: why it does not count; required then.
	:returns: `confirmation` and `confirmation_note`.
	:raises frappe.PermissionError: the user makes no warranty submissions.
	:raises ConfirmationError: it is no first free maintenance that is done, it is claimed already, the device had one
	    before, a condition is not met, or the reason is missing.
	"""
	check_permission(warranty_claims.SUBMISSION, "create")
	doc = frappe.get_doc(VISIT, visit, for_update=True)
	check_permission(VISIT, "write", doc)
	if doc.visit_kind != maintenance_plans.FIRST_FREE or doc.stage != "Done":
		frappe.throw(_("Only a first free maintenance that is done can be confirmed."), ConfirmationError)
	if warranty_claims.is_claimed(warranty_claims.visit_key(doc.name)):
		frappe.throw(_("{0} is in a warranty submission already.").format(doc.name), ConfirmationError)
	accept = bool(cint(accept))
	reason = (reason or "").strip()
	if accept:
		_check_first(doc)
	elif not reason:
		frappe.throw(_("Say why this first free maintenance does not count."), ConfirmationError)
	doc.db_set(
		{
			"confirmation": "Confirmed" if accept else "Not Accepted",
			"confirmation_note": reason or None,
			"confirmed_on": today(),
			"confirmed_by": frappe.session.user,
		}
	)
	doc.add_comment("Info", f"{_(doc.confirmation)} {frappe.utils.escape_html(reason)}".strip())
	return {"confirmation": doc.confirmation, "confirmation_note": doc.confirmation_note}


def _check_first(doc: Document) -> None:
	if doc.device:
		# After whoever confirms another visit of the same device at this moment.
		frappe.db.get_value("Customer Device", doc.device, "name", for_update=True)
		others = {"device": doc.device, "confirmation": "Confirmed", "name": ("!=", doc.name)}
		if earlier := frappe.db.get_value(VISIT, others, "name", for_update=True):
			frappe.throw(
				_("The device had its first free maintenance already: {0}.").format(earlier),
				ConfirmationError,
			)
	if missing := warranty_claims.failing_of_visit(doc):
		frappe.throw(
			_("The manufacturer's conditions are not met: {0}.").format("; ".join(missing)), ConfirmationError
		)


def last_visits(devices: list[str]) -> dict[str, date]:
	"""Return the day on which each device was last maintained or repaired, of those that ever were; two statements."""
	found: dict[str, date] = {}
	sources = ((VISIT, "done_on", ("Done",)), (ORDER, "completed_at", DONE))
	for doctype, field, stages in sources:
		table = frappe.qb.DocType(doctype)
		rows = (
			frappe.qb.from_(table)
			.where(table.device.isin(devices or [""]) & table.stage.isin(stages) & table[field].isnotnull())
			.groupby(table.device)
			.select(table.device, Max(table[field]))
			.run()
		)
		for device, at in rows:
			found[device] = max(filter(None, (found.get(device), getdate(at))))
	return found
