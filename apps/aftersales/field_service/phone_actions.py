"""What a technician does on the phone: received, on the way, arrived, parts, photos, done.

Each action has a key that the phone makes. It is stored with the order's change in one transaction under that key, so a post
that is repeated because its answer was lost changes nothing, and one that fails leaves nothing behind. The time is the phone's, as long
as it can be true: an action without a connection is sent later.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow, get_transitions, get_workflow
from frappe.utils import cint, flt, get_datetime, now_datetime

from aftersales.field_service import phone
from aftersales.field_service.order_stages import OVER
from aftersales.field_service.planning import ORDER
from aftersales.portal import uploads

KEY = re.compile(r"[A-Za-z0-9-]{16,64}")
# How long a phone may have been without a connection, and how far its clock may be ahead.
LONGEST_OFFLINE = timedelta(days=7)
LARGEST_PICTURE_MB = 8
LARGEST_SIGNATURE = 300_000  # characters of the data address
LONGEST_TEXT = 4000


class PhoneActionError(frappe.ValidationError):
	"""What the phone sent is not possible, or no action."""


class NotMineError(frappe.PermissionError):
	"""The order is somebody else's."""


@frappe.whitelist(methods=["POST"])
def act(key: str, order: str, action: str, at: str | None = None, values: dict | str | None = None) -> dict:
	"""Do what was tapped on the phone, once for each key.

	:param key: 16 to 64 letters, digits and hyphens, made by the phone.
	:param order: Service Order of which the user is technician.
	:param action: key of `ACTIONS`.
	:param at: when it happened, in the site's zone; now when left out or impossible.
	:param values: what the action needs, see its function.
	:returns: the order as the phone shows it, see `phone.details`; `repeated`: whether the key was known already.
	:raises NotMineError: the user is not the order's technician.
	:raises frappe.PermissionError: the user may not change the order.
	:raises PhoneActionError: unknown action, bad values, or an order that is over.
	"""
	technician = phone.me()
	if not KEY.fullmatch(key or "") or action not in ACTIONS:
		frappe.throw(_("The page on your phone is out of date. Load it again."), PhoneActionError)
	doc = frappe.get_doc(ORDER, order, for_update=True)
	check_mine(doc, technician)
	moment = trusted(at, doc)
	repeated = not remember(key, doc, technician, action, moment)
	if not repeated:
		ACTIONS[action](doc, moment, frappe._dict(frappe.parse_json(values) or {}))
	return {"order": shown(order), "repeated": repeated}


def check_mine(doc: Document, technician: str) -> None:
	"""Refuse orders of others.

	:raises NotMineError: the technician has nothing to do with the order.
	:raises frappe.PermissionError: the user may not change it.
	"""
	if technician != doc.technician and technician not in {row.technician for row in doc.technicians}:
		frappe.throw(_("{0} was given to somebody else.").format(frappe.bold(doc.name)), NotMineError)
	doc.check_permission("write")


def trusted(at: str | None, doc: Document) -> datetime:
	"""Return the phone's time if it can be true, else the present one."""
	now = now_datetime().replace(microsecond=0)
	try:
		moment = get_datetime(at).replace(microsecond=0) if at else now
	except (ValueError, TypeError, OverflowError):
		return now
	earliest = max(now - LONGEST_OFFLINE, get_datetime(doc.creation).replace(microsecond=0))
	return moment if earliest <= moment <= now else now


def remember(key: str, doc: Document, technician: str, action: str, moment: datetime) -> bool:
	"""Store the action under its key; returns False when it is stored already, even by a post of the same moment."""
	row = frappe.get_doc(
		doctype="Technician Action",
		action_key=key,
		service_order=doc.name,
		outlet=doc.outlet,
		technician=technician,
		action=action,
		happened_at=moment,
	)
	try:
		row.insert(ignore_permissions=True)
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
		frappe.clear_last_message()
		return False
	return True


def shown(order: str) -> dict:
	"""Return an order as the phone shows it."""
	return phone.details(frappe.get_list(ORDER, {"name": order}, phone.FIELDS, limit_page_length=1))[0]


def received(doc: Document, at: datetime, values: dict) -> None:
	"""The technician has read it and will go."""
	go_to(doc, "Received")


def departed(doc: Document, at: datetime, values: dict) -> None:
	"""On the way; an order that was not confirmed before is confirmed with it."""
	check_open(doc)
	if doc.stage == "Dispatched":
		go_to(doc, "Received")
	doc.departed_at = at
	doc.save()


def arrived(doc: Document, at: datetime, values: dict) -> None:
	"""At the customer's."""
	if doc.stage == "Dispatched":
		go_to(doc, "Received")
	doc.arrived_at = max(at, get_datetime(doc.departed_at)) if doc.departed_at else at
	go_to(doc, "In Work")


def done(doc: Document, at: datetime, values: dict) -> None:
	"""The work is done: `content`, `result`, and the customer's `signature` with `signed_by` if there is one."""
	if doc.stage == "Dispatched":
		go_to(doc, "Received")
	write_report(doc, values)
	sign(doc, values)
	leave(doc, at)
	go_to(doc, "Completed")


def awaiting_parts(doc: Document, at: datetime, values: dict) -> None:
	"""It goes on when parts have come."""
	write_report(doc, values)
	go_to(doc, "Waiting")


def to_be_continued(doc: Document, at: datetime, values: dict) -> None:
	"""Partly done; another order goes on: `reason` and `content`."""
	write_report(doc, values)
	sign(doc, values)
	doc.reason = text_of(values, "reason") or doc.reason
	leave(doc, at)
	go_to(doc, "Continued")


def note(doc: Document, at: datetime, values: dict) -> None:
	"""Keep what was written so far: `content`, `result`."""
	check_open(doc)
	write_report(doc, values)
	doc.save()


def part_added(doc: Document, at: datetime, values: dict) -> None:
	"""A part from the own stock: `spare_part`, `qty`, `serial_no`, `old_serial_no`. The order says who pays and why."""
	check_open(doc)
	qty = flt(values.qty or 1)
	if not isinstance(values.spare_part, str) or not 0 < qty <= 10_000:
		frappe.throw(_("Choose a part and how many."), PhoneActionError)
	doc.append(
		"parts",
		{
			"spare_part": values.spare_part,
			"qty": qty,
			"serial_no": text_of(values, "serial_no", 140) or None,
			"old_serial_no": text_of(values, "old_serial_no", 140) or None,
		},
	)
	doc.save()


def part_removed(doc: Document, at: datetime, values: dict) -> None:
	"""A part that was not used after all: `row`."""
	check_open(doc)
	left = [row for row in doc.parts if row.name != values.row]
	if len(left) == len(doc.parts):
		return  # somebody took it away already
	doc.set("parts", left)
	doc.save()


def picture_added(doc: Document, at: datetime, values: dict) -> None:
	"""A photograph: `content` as base64, `filename`, `caption`; stored privately, of known kinds only."""
	check_open(doc)
	content = decoded(values.content)
	upload = uploads.check(str(values.filename or "photo.jpg"), content, LARGEST_PICTURE_MB)
	if not upload.is_picture:
		frappe.throw(_("Only pictures can be added here."), PhoneActionError)
	file = uploads.store(upload, ORDER, doc.name)
	doc.append("pictures", {"image": file.file_url, "caption": text_of(values, "caption", 140)})
	doc.save()


ACTIONS: dict[str, Callable[[Document, datetime, dict], None]] = {
	"received": received,
	"departed": departed,
	"arrived": arrived,
	"done": done,
	"awaiting-parts": awaiting_parts,
	"to-be-continued": to_be_continued,
	"note": note,
	"part-added": part_added,
	"part-removed": part_removed,
	"picture-added": picture_added,
}


def go_to(doc: Document, stage: str) -> None:
	"""Take the step of the site's workflow that leads to a stage, with all its checks; being there already is no mistake.

	:raises PhoneActionError: no step leads there for this user.
	"""
	if doc.stage == stage:
		doc.save()
		return
	stages = {
		row.state: row.update_value for row in get_workflow(ORDER).states if row.update_field == "stage"
	}
	for row in get_transitions(doc):
		if stages.get(row.next_state) == stage:
			# Frappe's function reads the document anew, so what was filled in is stored first.
			doc.save()
			apply_workflow(doc, row.action)
			doc.reload()
			return
	frappe.throw(
		_("{0} is in the state {1}. That step is not possible for you now.").format(
			frappe.bold(doc.name), frappe.bold(_(doc.status))
		),
		PhoneActionError,
	)


def leave(doc: Document, at: datetime) -> None:
	"""Note when the technician went; whoever tapped neither step has been there then at least."""
	doc.arrived_at = get_datetime(doc.arrived_at or at)
	doc.left_at = max(at, doc.arrived_at)


def check_open(doc: Document) -> None:
	"""Refuse an order that is over.

	:raises PhoneActionError: it is.
	"""
	if doc.stage in OVER:
		frappe.throw(
			_("{0} is in the state {1} and cannot be changed.").format(
				frappe.bold(doc.name), frappe.bold(_(doc.status))
			),
			PhoneActionError,
		)


def write_report(doc: Document, values: dict) -> None:
	"""Take over what was written about the work; what was left out stays."""
	for field in ("content", "result"):
		if field in values:
			doc.set(field, text_of(values, field))


def sign(doc: Document, values: dict) -> None:
	"""Take over the customer's signature.

	:raises PhoneActionError: it is no picture, or too large.
	"""
	signature = values.signature
	if not signature:
		return
	prefix = "data:image/png;base64,"
	if (
		not isinstance(signature, str)
		or not signature.startswith(prefix)
		or len(signature) > LARGEST_SIGNATURE
	):
		frappe.throw(_("The signature cannot be read. Let the customer sign again."), PhoneActionError)
	uploads.check("signature.png", decoded(signature.removeprefix(prefix)), cint(LARGEST_PICTURE_MB))
	doc.signature = signature
	doc.signed_by = text_of(values, "signed_by", 140) or doc.customer_name


def decoded(content: object) -> bytes:
	"""Return bytes of base64.

	:raises PhoneActionError: it is none, or too large.
	"""
	if not isinstance(content, str) or len(content) > LARGEST_PICTURE_MB * 1024 * 1024 * 4 // 3 + 4:
		frappe.throw(_("The picture is larger than {0} MB.").format(LARGEST_PICTURE_MB), PhoneActionError)
	try:
		return base64.b64decode(content, validate=True)
	except (binascii.Error, ValueError):
		frappe.throw(_("The picture cannot be read. Take it again."), PhoneActionError)


def text_of(values: dict, field: str, most: int = LONGEST_TEXT) -> str:
	"""Return a text of what was sent, cut to a length."""
	value = values.get(field)
	return value.strip()[:most] if isinstance(value, str) else ""
