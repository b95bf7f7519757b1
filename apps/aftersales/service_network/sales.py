"""What a sale brings about: money that comes in, devices, maintenance and follow-up, and its return (S7.05, S7.14-S7.16, S7.19).

Whatever changes the money of a sale holds the lock of its row, so that two who collect at once do so one after the other.
"""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_months, cint, formatdate, getdate, today

from aftersales.aftersales.follow_ups import give_up_of, plan_follow_up
from aftersales.field_service import devices, maintenance_plans
from aftersales.field_service.amounts import read_amount
from aftersales.utils.access import check_permission
from aftersales.utils.money import rounded, text, total

SALE, COLLECTION, DEVICE = "Sale Record", "Sale Collection", "Customer Device"
MONEY = ("received", "outstanding", "status", "returned_on", "return_reason")
UNPAID, PARTLY, COLLECTED, RETURNED = "Unpaid", "Partly Collected", "Collected", "Returned"
# What a device that comes back no longer is.
OF_OWNER = ("customer", "customer_name", "address", "sale_date", "installation_date", "dealer", "sale_record")
# Stages of devices that nobody can buy.
NOT_FOR_SALE = ("Replaced", "Scrapped")


class CollectionError(frappe.ValidationError):
	"""The amount, the day or what is reversed makes no sense."""


class TooMuchError(CollectionError):
	"""More would be collected than is outstanding."""


class SoldDeviceError(frappe.ValidationError):
	"""The device can be sold to nobody."""


class ReturnError(frappe.ValidationError):
	"""The sale cannot be taken back."""


class MoneyTakenError(frappe.ValidationError):
	"""Money was collected for a sale that would be cancelled."""


def status_of(total_amount: float, received: float) -> str:
	"""Return the state of a submitted sale that was not returned."""
	if rounded(received) >= rounded(total_amount):
		return COLLECTED
	return PARTLY if rounded(received) > 0 else UNPAID


def locked(sale: str) -> frappe._dict:
	"""Return the present money of a sale and keep others from it until the end of the transaction.

	:raises frappe.DoesNotExistError: there is no such sale.
	"""
	fields = ["name", "docstatus", "customer", "customer_name", "outlet", "sale_date", "total", *MONEY]
	row = frappe.db.get_value(SALE, sale, fields, as_dict=True, for_update=True)
	if not row:
		frappe.throw(_("There is no sale {0}.").format(frappe.bold(sale)), frappe.DoesNotExistError)
	return row


# -- money


def collect(entry: Document) -> None:
	"""Take a collection into account, or a reversal of one; fills customer, outlet and what is left (S7.15).

	:param entry: Sale Collection before it is inserted.
	:raises frappe.PermissionError: the user may not read the sale.
	:raises CollectionError: the sale is no valid one, or amount, day or reversal make no sense.
	"""
	row = locked(entry.sale_record)
	if not entry.flags.ignore_permissions:
		check_permission(SALE, "read", entry.sale_record)
	entry.update({field: row[field] for field in ("customer", "customer_name", "outlet")})
	if row.docstatus != 1 or (row.status == RETURNED and not entry.flags.returning):
		_refuse(
			_("Money is collected for submitted sales only: {0} is {1}.").format(
				frappe.bold(row.name), frappe.bold(_(row.status, context=SALE))
			)
		)
	if entry.reversal_of:
		check_reversal(entry)
	else:
		check_amount(entry.amount, row.outstanding)
	if getdate(entry.collected_on) > getdate(today()):
		_refuse(_("The date lies ahead."))
	if getdate(entry.collected_on) < getdate(row.sale_date):
		_refuse(_("The sale is of {0}; no money came in for it before.").format(formatdate(row.sale_date)))
	entry.amount = rounded(entry.amount)
	received = total([row.received, entry.amount])
	outstanding = total([row.total, -received])
	entry.outstanding_after = outstanding
	frappe.db.set_value(
		SALE,
		row.name,
		{"received": received, "outstanding": outstanding, "status": status_of(row.total, received)},
		update_modified=False,
	)


def check_amount(amount: float, outstanding: float) -> None:
	"""Ask for an amount above zero that is not more than what is owed.

	:raises CollectionError: it is not above zero.
	:raises TooMuchError: it is more.
	"""
	if rounded(amount) <= 0:
		_refuse(_("Enter an amount above zero. To put a mistake right, reverse its entry."))
	if rounded(amount) > rounded(outstanding):
		frappe.throw(
			_("{0} cannot be taken: {1} is outstanding.").format(text(amount), text(outstanding)),
			TooMuchError,
			title=_("Amount"),
		)


def check_reversal(entry: Document) -> None:
	"""Let a reversal take back just what its entry brought, once; what was refunded before is not taken again.

	:param entry: Sale Collection or Service Payment with `reversal_of`, under the lock of what it belongs to.
	:raises CollectionError: it is another's entry, a reversal itself, or was reversed before.
	"""
	owner = "sale_record" if entry.doctype == COLLECTION else "receivable"
	fields = [owner, "amount", "reversal_of", "mode"]
	# A lock reads what is stored now, whenever this transaction began.
	former = frappe.db.get_value(entry.doctype, entry.reversal_of, fields, as_dict=True, for_update=True)
	if not former or former[owner] != entry.get(owner) or former.reversal_of:
		_refuse(_("{0} is no entry that can be reversed here.").format(frappe.bold(entry.reversal_of)))
	table = frappe.qb.DocType(entry.doctype)
	query = frappe.qb.from_(table).select(table.name, table.amount)
	twins = query.where(table.reversal_of == entry.reversal_of).for_update().run()
	before = total(-amount for _name, amount in twins)
	if before >= rounded(former.amount):
		_refuse(
			_("{0} was reversed already, by {1}.").format(
				frappe.bold(entry.reversal_of), frappe.bold(twins[0][0])
			)
		)
	left = total([former.amount, -before])
	entry.amount = -min(left, rounded(entry.flags.part or left))
	entry.flags.reversed_before = before
	# Money that came by transfer does not leave the cash box.
	entry.mode = former.mode


def _refuse(message: str) -> None:
	frappe.throw(message, CollectionError, title=_("Amount"))


@frappe.whitelist(methods=["POST"])
def take_collection(
	sale: str,
	amount: str | float,
	mode: str = "Cash",
	receipt_no: str | None = None,
	remarks: str | None = None,
) -> dict:
	"""Register money that came in for a sale (S7.15).

	:param sale: submitted Sale Record.
	:param amount: as typed; written as the site writes amounts (A07).
	:param mode: Cash, Transfer, Card or Mobile.
	:param receipt_no: number of the paper receipt.
	:param remarks: what else is to be said.
	:returns: `collection`, the name of the Sale Collection, and `outstanding`, what is left.
	:raises frappe.PermissionError: the user may not collect, or not see the sale.
	:raises AmountFormatError: the amount is not written as it must be.
	:raises CollectionError: it is not above zero, or more than is outstanding.
	"""
	check_permission(COLLECTION, "create")
	check_permission(SALE, "read", sale)
	entry = frappe.new_doc(COLLECTION)
	entry.update(
		{
			"sale_record": sale,
			"amount": read_amount(amount, _("Amount")),
			"mode": mode,
			"receipt_no": receipt_no,
			"remarks": remarks,
		}
	)
	entry.insert()
	return {"collection": entry.name, "outstanding": entry.outstanding_after}


@frappe.whitelist(methods=["POST"])
def reverse(doctype: str, name: str, remarks: str) -> str:
	"""Take an entry of money back with an entry of the opposite amount (append-only, E16).

	:param doctype: Sale Collection or Service Payment.
	:param name: the entry.
	:param remarks: why.
	:returns: name of the new entry.
	:raises frappe.PermissionError: the user may not make such entries, or not read this one.
	:raises CollectionError: nothing is said, or it was reversed before.
	"""
	if doctype not in (COLLECTION, "Service Payment"):
		frappe.throw(_("Only collections and payments are reversed here."), frappe.PermissionError)
	check_permission(doctype, "create")
	check_permission(doctype, "read", name)
	if not (remarks or "").strip():
		_refuse(_("Say why the entry is taken back."))
	former = frappe.get_doc(doctype, name)
	owner = "sale_record" if doctype == COLLECTION else "receivable"
	entry = frappe.new_doc(doctype)
	entry.update({owner: former.get(owner), "mode": former.mode, "reversal_of": name, "remarks": remarks})
	return entry.insert().name


# -- what is sold


def register_devices(sale: Document) -> None:
	"""Make each serial number a device of the customer, or give them the one that is there (S7.14, S24.10).

	:raises SoldDeviceError: it was scrapped or replaced.
	:raises aftersales.field_service.devices.DeviceOwnerError: it belongs to another customer.
	"""
	for row in sale.items:
		names = [_register(sale, row.product, serial) for serial in serials_of(row.serial_nos)]
		if names:
			row.db_set("device", names[0], update_modified=False)


def _register(sale: Document, product: str, serial: str) -> str:
	name = devices.register(
		product,
		serial,
		sale.customer,
		registered_from="Sale",
		sale_date=sale.sale_date,
		dealer=sale.selling_unit,
		outlet=sale.outlet,
		sale_record=sale.name,
	)
	device = frappe.get_doc(DEVICE, name, for_update=True)
	if device.stage in NOT_FOR_SALE:
		frappe.throw(
			_("Device {0} with serial number {1} is {2}. Enter the number of the unit that was sold.").format(
				frappe.bold(name),
				frappe.bold(frappe.utils.escape_html(serial)),
				frappe.bold(_(device.status)),
			),
			SoldDeviceError,
		)
	if device.stage != "Active":
		devices.set_stage(device, "Active")
		devices.save_by_rule(device)
	return name


def serials_of(text_: str | None) -> list[str]:
	"""Return serial numbers that stand one a line."""
	return [line.strip() for line in (text_ or "").splitlines() if line.strip()]


def devices_of(sale: str) -> list[str]:
	"""Return the devices that a sale brought to its customer."""
	return frappe.get_all(DEVICE, {"sale_record": sale}, pluck="name", order_by="name asc")


def plan_service(sale: Document) -> None:
	"""Plan the maintenance and the first follow-up that were agreed with the sale (S7.19, S7.24)."""
	if months := cint(sale.maintenance_every_months):
		first = sale.first_maintenance_on or add_months(sale.sale_date, months)
		for device in devices_of(sale.name):
			maintenance_plans.plan_of_sale(device, sale, months, getdate(first))
	if cint(sale.follow_up_after_days):
		name = plan_follow_up(
			sale.customer,
			SALE,
			sale.name,
			add_days(sale.sale_date, cint(sale.follow_up_after_days)),
			_("Is everything in order with what was bought?"),
			sale.follow_up_by or sale.sales_representative,
			unique_key=f"{SALE}|{sale.name}",
		)
		sale.db_set("follow_up", name, update_modified=False)


def withdraw(sale: Document | frappe._dict, names: list[str], reason: str) -> None:
	"""Undo what the sale brought about: devices go to the store, maintenance and follow-up are not due any more.

	:param sale: Sale Record that is cancelled or taken back.
	:param names: devices that leave the customer; others only forget the sale.
	:param reason: why, as people shall read it.
	"""
	store(names, reason)
	for name in devices_of(sale.name):
		device = frappe.get_doc(DEVICE, name, for_update=True)
		device.sale_record = None
		devices.save_by_rule(device)
	give_up_of(SALE, sale.name, reason)


def store(names: list[str], reason: str) -> None:
	"""Bring devices of a sale to the store; those that are gone only forget the sale.

	:param reason: why their maintenance is not due any more, as people shall read it.
	"""
	if names:
		maintenance_plans.pause({"device": ("in", names)}, reason)
	for name in names:
		device = frappe.get_doc(DEVICE, name, for_update=True)
		if device.stage not in devices.GONE:
			device.update(dict.fromkeys(OF_OWNER))
			devices.set_stage(device, "Stored")
		device.sale_record = None
		devices.save_by_rule(device)


def cancel(sale: Document) -> None:
	"""Undo a sale that was entered by mistake; only devices that it brought into the books leave the customer.

	:raises MoneyTakenError: money was collected.
	"""
	row = locked(sale.name)
	if rounded(row.received):
		frappe.throw(
			_("{0} was collected for this sale. Reverse the collections first.").format(text(row.received)),
			MoneyTakenError,
			title=_("Collected"),
		)
	if row.status == RETURNED:
		frappe.throw(_("The sale was taken back. That stays on record."), ReturnError)
	if sale.returns:
		frappe.throw(_("Items of the sale were returned. Take back what is left instead."), ReturnError)
	sale.update({"received": 0, "outstanding": 0, "status": "Cancelled"})


@frappe.whitelist(methods=["POST"])
def take_back(sale: str, reason: str, returned_on: str | None = None) -> None:
	"""Take back what was sold: collections are reversed, nothing is owed, the devices go to the store.

	:param sale: submitted Sale Record.
	:param reason: why.
	:param returned_on: day; default: today.
	:raises frappe.PermissionError: the user may not cancel the sale.
	:raises ReturnError: no reason, a wrong day, or it was taken back before.
	"""
	check_permission(SALE, "cancel", sale)
	row = locked(sale)
	day = check_return(row, reason, returned_on)
	for entry in open_collections(sale):
		reverse_collection(entry, day, reason)
	withdraw(row, devices_of(sale), _("The sale {0} was taken back.").format(sale))
	# As it is now: lines may have come back while this one waited for the lock.
	doc = frappe.get_doc(SALE, sale, for_update=True)
	doc.flags.returned = {"returned_on": day, "return_reason": reason.strip()}
	doc.flags.ignore_validate_update_after_submit = True
	doc.save(ignore_permissions=True)


def check_return(sale: dict, reason: str = "-", returned_on: str | None = None) -> date:
	"""Return the day on which goods of a sale come back.

	:param sale: its present `name`, `docstatus`, `status` and `sale_date`.
	:raises ReturnError: no reason, a wrong day, or it was taken back before.
	"""
	day = getdate(returned_on or today())
	if sale.docstatus != 1 or sale.status == RETURNED:
		frappe.throw(
			_("{0} is {1} and cannot be taken back.").format(
				frappe.bold(sale.name), frappe.bold(_(sale.status, context=SALE))
			),
			ReturnError,
		)
	if not (reason or "").strip():
		frappe.throw(_("Say why the sale is taken back."), ReturnError)
	if not getdate(sale.sale_date) <= day <= getdate(today()):
		frappe.throw(_("The return lies between the sale and today."), ReturnError)
	return day


def open_collections(sale: str) -> list[frappe._dict]:
	"""Return the collections of a sale that were not reversed, the oldest first; the caller holds the lock of the sale.

	:returns: `name`, `sale_record`, `mode`, and `left`, what was not paid back of each.
	"""
	entry = frappe.qb.DocType(COLLECTION)
	query = frappe.qb.from_(entry).select(
		entry.name, entry.sale_record, entry.mode, entry.amount, entry.reversal_of
	)
	rows = query.where(entry.sale_record == sale).orderby(entry.creation).for_update().run(as_dict=True)
	for row in rows:
		row.left = total([row.amount, *(other.amount for other in rows if other.reversal_of == row.name)])
	return [row for row in rows if not row.reversal_of and row.left > 0]


def reverse_collection(entry: frappe._dict, day: date, reason: str, amount: float | None = None) -> None:
	"""Pay a collection back.

	:param entry: from `open_collections`.
	:param amount: how much; default: what is left of it.
	"""
	reversal = frappe.new_doc(COLLECTION)
	reversal.update(
		{
			"sale_record": entry.sale_record,
			"mode": entry.mode,
			"collected_on": day,
			"reversal_of": entry.name,
			"remarks": reason,
		}
	)
	reversal.flags.part = amount
	reversal.insert(ignore_permissions=True)
