"""Takes over customers and items from ERPNext on the same site; one way, nothing is ever written there (S2.09).

ERPNext's records are the source: each keeps one record here, found by its key (`erpnext_customer`, `erpnext_item`). What
is taken over, and who wins when both sides differ, stands in ERPNext Sync Settings. A change in ERPNext is
followed in the background, so that ERPNext never waits for this app nor fails with it.
"""

from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.aftersales.personal_data.erase import hidden_key
from aftersales.telephony.caller import lookup
from aftersales.utils.access import check_permission

SETTINGS = "ERPNext Sync Settings"
# ERPNext's DocType -> (ours, field with the key, field that says that it is disabled there)
TARGETS = {
	"Customer": ("Service Customer", "erpnext_customer", "disabled"),
	"Item": ("Product", "erpnext_item", "disabled"),
}
SWITCHES = {"Customer": "sync_customers", "Item": "sync_items"}
ITEM_FILTERS = {"Only Sales Items": "is_sales_item", "Only Stock Items": "is_stock_item"}
KEEP_OURS = "Keep Ours"
BATCH = 200
MOST_ERRORS = 20


class ERPNextMissingError(frappe.ValidationError):
	"""The site has no ERPNext."""


def is_wanted(doctype: str) -> bool:
	"""Return whether changes of an ERPNext DocType are followed on this site."""
	settings = frappe.get_cached_doc(SETTINGS)
	return bool(settings.enabled and settings.get(SWITCHES[doctype]))


def source_saved(doc: Document, method: str | None = None) -> None:
	"""`on_update` of ERPNext's Customer and Item: follow in the background.

	:param doc: ERPNext's document. Without ERPNext nothing ever calls this.
	:param method: name of the document event, unused.
	"""
	if is_wanted(doc.doctype):
		frappe.enqueue(sync_one, queue="short", enqueue_after_commit=True, doctype=doc.doctype, name=doc.name)


def source_renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""`after_rename`: the key follows. Where ERPNext merged two, ours of the vanished one is left without a key.

	:param doc: ERPNext's document under its new name.
	:param method: name of the document event, unused.
	:param old: former name.
	:param new: present name.
	:param merge: whether `old` was merged into `new`.
	"""
	ours, key, _disabled = TARGETS[doc.doctype]
	if name := frappe.db.get_value(ours, {key: old}):
		frappe.db.set_value(ours, name, key, None if merge else new)


def source_deleted(doc: Document, method: str | None = None) -> None:
	"""`on_trash`: ours stays, with its history, and lets go of the key.

	:param doc: ERPNext's document.
	:param method: name of the document event, unused.
	"""
	ours, key, _disabled = TARGETS[doc.doctype]
	if name := frappe.db.get_value(ours, {key: doc.name}):
		frappe.db.set_value(ours, name, key, None)


def sync_one(doctype: str, name: str) -> str | None:
	"""Bring our record of one ERPNext document up to date.

	:param doctype: Customer or Item.
	:param name: ERPNext's document.
	:returns: "made", "changed", "same", or None when it is not taken over.
	"""
	if not is_wanted(doctype) or not frappe.db.exists(doctype, name):
		return None
	source = frappe.get_doc(doctype, name)
	if doctype == "Item" and not _item_wanted(source):
		return None
	target = find_target(doctype, source)
	if target is None:
		return None
	values = _values(doctype, source)
	made = target.is_new()
	if not made and target.doctype == "Product":
		values.pop("product_code", None)  # it is the name; a new one is Rename's business
	changed = _apply(target, values, _keeping(doctype))
	if not (made or changed):
		return "same"
	with _as_import():
		target.save(ignore_permissions=True)
	return "made" if made else "changed"


@contextmanager
def _as_import():
	"""No hints, reminders or warnings for a person who is not there."""
	before, frappe.flags.in_import = frappe.flags.in_import, True
	try:
		yield
	finally:
		frappe.flags.in_import = before


def _item_wanted(source: Document) -> bool:
	field = ITEM_FILTERS.get(frappe.get_cached_doc(SETTINGS).item_filter)
	return not field or bool(source.get(field))


def find_target(doctype: str, source: Document) -> Document | None:
	"""Return our record of an ERPNext document, a new one if there is none; None when there must not be one.

	By the key first. An item then finds the product of the same code; a customer, if the settings allow it, the
	only customer with its telephone number. Whose personal data was deleted is not taken over again.

	:param doctype: Customer or Item.
	:param source: ERPNext's document.
	"""
	ours, key, _disabled = TARGETS[doctype]
	if name := frappe.db.get_value(ours, {key: source.name}):
		return frappe.get_doc(ours, name)
	if frappe.db.exists(ours, {key: hidden_key(source.name)}):
		return None
	name = _same_product(source) if doctype == "Item" else _same_customer(source)
	if name:
		target = frappe.get_doc(ours, name)
		if target.get(key) or target.get("personal_data_deleted_on"):
			name = None
	target = target if name else frappe.new_doc(ours)
	target.set(key, source.name)
	target.flags.takes_key = True
	return target


def _same_product(source: Document) -> str | None:
	return frappe.db.exists("Product", source.get("item_code") or source.name)


def _same_customer(source: Document) -> str | None:
	if not frappe.get_cached_doc(SETTINGS).match_by_phone:
		return None
	match = lookup(source.get("mobile_no")).sure if source.get("mobile_no") else None
	return match.customer if match else None


def _values(doctype: str, source: Document) -> dict:
	"""What the field map takes over; a field that one of the two sides lacks is passed over."""
	ours = frappe.get_meta(TARGETS[doctype][0])
	values = {}
	for row in frappe.get_cached_doc(SETTINGS).field_map:
		if row.source_doctype == doctype and ours.has_field(row.target_field):
			values[row.target_field] = _fitting(
				ours.get_field(row.target_field), source.get(row.source_field)
			)
	return values


def _fitting(field, value):
	"""A value as the field of ours can hold it: a link to what we do not have, or an unknown option, is none."""
	if value in (None, ""):
		return None
	if field.fieldtype == "Link":
		return value if frappe.db.exists(field.options, value) else None
	if field.fieldtype == "Select":
		return (
			OPTIONS.get(value, value)
			if OPTIONS.get(value, value) in (field.options or "").split("\n")
			else None
		)
	if field.fieldtype == "Check":
		return cint(value)
	return value


# ERPNext's words for a customer's type -> ours.
OPTIONS = {"Company": "Organisation", "Partnership": "Organisation"}


def _keeping(doctype: str) -> set[str]:
	rows = frappe.get_cached_doc(SETTINGS).field_map
	return {row.target_field for row in rows if row.source_doctype == doctype and row.conflict == KEEP_OURS}


def _apply(target: Document, values: dict, keeping: set[str]) -> bool:
	"""Set what differs; an empty value of ERPNext never empties a field of ours.

	:returns: whether anything was set.
	"""
	changed = bool(target.flags.takes_key)
	for field, value in values.items():
		mine = target.get(field)
		if value in (None, "") and not isinstance(value, int):
			continue
		if str(mine if mine is not None else "") == str(value) or (cint(mine) == 0 and value == 0):
			continue
		if mine and field in keeping:
			continue
		target.set(field, value)
		changed = True
	return changed


@frappe.whitelist(methods=["POST"])
def sync_all() -> None:
	"""Queue a complete run: every wanted record of ERPNext; what is there and the same already is left alone.

	:raises frappe.PermissionError: the user may not change ERPNext Sync Settings.
	:raises ERPNextMissingError: the site has neither Customer nor Item, or the sync is switched off.
	"""
	check_permission(SETTINGS, "write")
	if not any(is_wanted(doctype) for doctype in TARGETS):
		frappe.throw(_("Switch the sync on first, and save."), ERPNextMissingError)
	if not any(frappe.db.exists("DocType", doctype) for doctype in TARGETS):
		frappe.throw(_("ERPNext is not installed on this site."), ERPNextMissingError)
	frappe.enqueue(run_all, queue="long", timeout=4 * 3600, enqueue_after_commit=True)


def run_all() -> dict:
	"""Background job: a complete run in batches that are committed one by one; safe to run twice.

	A record that cannot be taken over is noted and does not stop the others.

	:returns: "made", "changed", "same", "skipped", "failed" -> how many.
	"""
	result = dict.fromkeys(("made", "changed", "same", "skipped", "failed"), 0)
	errors = []
	for doctype in TARGETS:
		if not is_wanted(doctype) or not frappe.db.exists("DocType", doctype):
			continue
		after = ""
		while names := frappe.get_all(
			doctype, {"name": (">", after)}, pluck="name", order_by="name asc", limit=BATCH
		):
			for name in names:
				result[_try_one(doctype, name, errors)] += 1
			frappe.db.commit()  # a batch is complete in itself
			after = names[-1]
	_note_result(result, errors)
	return result


def _try_one(doctype: str, name: str, errors: list[str]) -> str:
	frappe.db.savepoint("erpnext_sync")
	try:
		return sync_one(doctype, name) or "skipped"
	except Exception as error:
		frappe.db.rollback(save_point="erpnext_sync")
		frappe.clear_messages()
		if len(errors) < MOST_ERRORS:
			errors.append(f"{doctype} {name}: {error}")
		return "failed"


def _note_result(result: dict, errors: list[str]) -> None:
	line = _("{0} made, {1} changed, {2} the same, {3} left out, {4} failed").format(*result.values())
	frappe.db.set_single_value(SETTINGS, "last_run", now_datetime())
	frappe.db.set_single_value(SETTINGS, "last_result", "\n".join([line, *errors])[:2000])
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.db.commit()
