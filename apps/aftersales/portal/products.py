"""Devices in the portal: which ones a user sees, registering one, and what a label's code tells a stranger (S2.10, S4.03)."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import escape_html, get_fullname, getdate
from pypika import Criterion

from aftersales.field_service.devices import DEVICE, PENDING, serial_key
from aftersales.field_service.warranty import warranty_of
from aftersales.portal import tickets
from aftersales.portal.conversation import enabled_staff, leaders
from aftersales.portal.pages import NotFound
from aftersales.portal.scope import Scope, as_sql, is_website_user, scope_of
from aftersales.portal.uploads import Upload, store

SIZE = 20
LONGEST = 140
# Registrations of one person that nobody has looked at yet.
MOST_WAITING = 50
ROW = (
	"name",
	"serial_no",
	"product",
	"product_name",
	"product_category",
	"customer",
	"customer_name",
	"dealer",
	"owner",
	"stage",
	"sale_date",
	"installation_date",
	"production_date",
	"warranty_agreed",
	"warranty_start",
	"warranty_end",
	"purchase_proof",
	"replaced_by",
	"creation",
)


class RegistrationError(frappe.ValidationError):
	"""Something that a registration needs is missing or wrong."""


@dataclass(frozen=True)
class Unit:
	"""A device that a new ticket is about.

	:param device: its name.
	:param words: how the page calls it; for a stranger the kind of product only.
	:param asked: what the address named it by.
	"""

	device: str
	words: str
	asked: str


# Who sees what


def condition(scope: Scope) -> Criterion | None:
	"""Return the condition of the devices that a user may see, None for none."""
	if scope.is_guest:
		return None
	device = frappe.qb.DocType(DEVICE)
	nobodys = device.customer.isnull() | (device.customer == "")
	mine = nobodys | device.customer.isin(scope.own) if scope.own else nobodys
	waits = device.stage.isin(PENDING)
	if scope.withdrawn:
		waits &= nobodys | device.customer.notin(scope.withdrawn)
	parts = [(device.owner == scope.user) & (device.registered_from == "Portal") & (mine | waits)]
	if scope.whole:
		parts.append(device.customer.isin(sorted(scope.whole)) & device.stage.notin(PENDING))
	if scope.dealers:
		parts.append(device.dealer.isin(scope.dealers) & device.stage.notin(PENDING))
	return Criterion.any(parts)


def sees(scope: Scope, device: Document | dict) -> bool:
	"""Return whether a user may see a device; the same rule as `condition`."""
	if scope.is_guest:
		return False
	customer, waits = device.get("customer"), device.get("stage") in PENDING
	if device.get("owner") == scope.user and device.get("registered_from") == "Portal":
		if not customer or customer in scope.own or (waits and customer not in scope.withdrawn):
			return True
	if waits:
		return False
	if customer and customer in scope.whole:
		return True
	return bool(device.get("dealer")) and device.get("dealer") in scope.dealers


def conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Customer Device: nothing new for the staff."""
	user = user or frappe.session.user
	return as_sql(condition(scope_of(user))) if is_website_user(user) else ""


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Customer Device; can only take rights away, and takes none from the staff."""
	user = user or frappe.session.user
	if not is_website_user(user) or ptype == "create":
		return True
	return sees(scope_of(user), doc)


# Lists and pages


def page_of(scope: Scope, page: int = 1, words: str = "", size: int = SIZE) -> dict:
	"""Return a page of the devices that a user may see, the newest first.

	:returns: `rows`, and `more`: whether there is another page. One statement, and two for each row's warranty.
	"""
	found = condition(scope)
	if found is None:
		return {"rows": [], "more": False}
	device = frappe.qb.DocType(DEVICE)
	query = frappe.qb.from_(device).where(found & (device.stage != "Rejected"))
	if words:
		pattern = f"%{words}%"
		query = query.where(device.serial_no.like(pattern) | device.product_name.like(pattern))
	rows = (
		query.select(*(device[field] for field in ROW))
		.orderby(device.creation, order=Order.desc)
		.limit(size + 1)
		.offset((page - 1) * size)
		.run(as_dict=True)
	)
	rows, more = rows[:size], len(rows) > size
	for row in rows:
		row.warranty = None if row.stage in PENDING else warranty_of(row)
	return {"rows": rows, "more": more}


def find(scope: Scope, name: str) -> Document:
	"""Return a device that the user may see.

	:raises NotFound: there is none; whether somebody else has it, nobody learns.
	"""
	if not frappe.db.exists(DEVICE, name):
		raise NotFound
	device = frappe.get_doc(DEVICE, name)
	if not sees(scope, device):
		raise NotFound
	return device


def tickets_of(scope: Scope, device: str, size: int = 10) -> list[dict]:
	"""Return the tickets about a device that the user may see, the newest first."""
	return tickets.page_of(scope, size=size, device=device)["rows"]


def by_token(token: str) -> dict | None:
	"""Return the fields of the device whose label was scanned, None if there is none or it is gone."""
	row = (
		frappe.db.get_value(DEVICE, {"device_token": token}, [*ROW, "registered_from"], as_dict=True)
		if len(token) >= 20
		else None
	)
	return row if row and row.stage not in ("Rejected", "To Be Checked") else None


def unit_for(scope: Scope, asked: str) -> Unit | None:
	"""Return the device that a ticket shall be about.

	:param asked: name of a device that the user may see, or the token of a label that they scanned.
	:returns: None if it is neither.
	"""
	if not asked:
		return None
	row = frappe.db.get_value(DEVICE, asked, [*ROW, "registered_from"], as_dict=True)
	if row and sees(scope, row):
		return Unit(row.name, f"{row.product_name or ''} {row.serial_no}".strip(), asked)
	row = by_token(asked)
	return Unit(row.name, family_of(row), asked) if row else None


def family_of(device: dict) -> str:
	"""Return the kind of product, which is all that a stranger learns of a device."""
	category = device["product_category"]
	return _(category) if category else _("Product")


# Registering


def register(scope: Scope, values: dict[str, str], uploads: list[Upload]) -> Document:
	"""Keep a registration that an agent checks; the answer never tells whether the serial number is known.

	:param values: `serial_no`, `product`, `sale_date` and `customer` as typed.
	:param uploads: checked files; the first is the proof of purchase.
	:raises RegistrationError: something is missing or wrong.
	"""
	serial_no = " ".join(values["serial_no"].split())[:LONGEST]
	if not serial_key(serial_no):
		frappe.throw(_("Type the serial number from the type plate."), RegistrationError)
	sale_date = date_of(values["sale_date"])
	refuse_repeated(scope, serial_no)
	device = frappe.get_doc(
		{
			"doctype": DEVICE,
			"serial_no": serial_no,
			"registered_from": "Portal",
			"customer": tickets.customer_for(scope, values["customer"]),
			"sale_date": sale_date,
			**tickets.product_values(values["product"]),
		}
	)
	if scope.dealers:
		device.dealer = scope.dealers[0]
	device.flags.ignore_permissions = True
	frappe.flags.mute_messages, muted = True, frappe.flags.mute_messages
	try:
		device.insert(ignore_permissions=True)
	finally:
		frappe.flags.mute_messages = muted
	for number, upload in enumerate(uploads):
		file = store(upload, DEVICE, device.name)
		if not number:
			device.db_set("purchase_proof", file.file_url, update_modified=False)
	tell_staff(device)
	return device


def date_of(typed: str):
	"""Return a typed date of purchase, None if there is none.

	:raises RegistrationError: it is no date, or has not come yet.
	"""
	if not typed:
		return None
	try:
		day = getdate(typed)
	except (ValueError, frappe.ValidationError):
		day = None
	if not day or day > getdate() or day.year < 1950:
		frappe.throw(_("Enter the date of purchase, for example 2026-05-31."), RegistrationError)
	return day


def refuse_repeated(scope: Scope, serial_no: str) -> None:
	"""Look at nothing but what the user registered: others' devices must not show through.

	:raises RegistrationError: the user has registered the same number, or very many that wait.
	"""
	own = {"owner": scope.user, "stage": "To Be Checked"}
	if frappe.db.exists(DEVICE, {**own, "serial_key": serial_key(serial_no)}):
		frappe.throw(
			_("You have registered this serial number already; we are checking it."), RegistrationError
		)
	if frappe.db.count(DEVICE, own) >= MOST_WAITING:
		frappe.throw(
			_("Many of your products are still to be checked. Please wait until we have looked at them."),
			RegistrationError,
		)


def tell_staff(device: Document) -> None:
	"""Notify those who lead the service of a registration to check."""
	users = enabled_staff(leaders())
	if users:
		name = frappe.bold(escape_html(get_fullname(frappe.session.user)))
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": DEVICE,
				"document_name": device.name,
				"subject": _("{0} registered product {1} in the customer portal").format(
					name, frappe.bold(device.name)
				),
				"from_user": frappe.session.user,
				"email_content": None,
			},
		)


def proof_of(scope: Scope, device: Document) -> Document | None:
	"""Return the proof of purchase as a File to whoever sent it: a device may have changed hands since."""
	if not device.purchase_proof:
		return None
	name = frappe.db.get_value(
		"File",
		{
			"file_url": device.purchase_proof,
			"attached_to_doctype": DEVICE,
			"attached_to_name": device.name,
			"owner": scope.user,
		},
	)
	return frappe.get_doc("File", name) if name else None
