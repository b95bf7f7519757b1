"""What completed service orders cost the company, one Service Fee for each kind, payer and technician (S2.38, M11).

`sync` is the one place that enters fees: it compares what an order's lines say with what is booked, takes back what is no
longer so and books what is missing. However often it is called, the fees of an order add up to its lines.
"""

from datetime import date

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import flt, getdate, today
from pypika import Order

from aftersales.field_service.order_stages import DONE
from aftersales.service_network import settlement_periods
from aftersales.utils.money import rounded

FEE, OUTLET = "Service Fee", "Service Outlet"
# Who pays what the customer does not.
PAYERS = ("Warranty", "Agreement", "Goodwill", "Company")
# A visit that another one continues was made as well.
DUE = (*DONE, "Continued")
KINDS = ("Parts", "Visit", "Service", "Transport", "Other")
COPIED = (
	"service_order",
	"order_date",
	"outlet",
	"service_centre",
	"branch",
	"technician",
	"employee",
	"customer",
	"fee_kind",
	"paid_by",
)


def order_changed(order: Document) -> None:
	"""Hook of completed, continued, reopened and cancelled orders: book or take back their fees."""
	sync(order)


def order_saved(order: Document, method: str | None = None) -> None:
	"""`on_update` of Service Order: what is changed after the completion changes the fees."""
	before = order.get_doc_before_save()
	if before and before.stage in DUE and order.stage in DUE and due(before) != due(order):
		sync(order)


def due(order: Document) -> dict[tuple, float]:
	"""Return what the company pays of an order.

	:returns: amount by (outlet, technician, fee kind, payer); each line is rounded before it is added.
	"""
	amounts: dict[tuple, float] = {}
	for table, kind in (("parts", "Parts"), ("items", "Service"), ("other_charges", None)):
		for row in order.get(table):
			amount = rounded(flt(row.amount) - flt(row.customer_amount))
			if row.charge_to in PAYERS and amount > 0:
				technician = row.get("technician") or order.technician or ""
				key = (order.outlet or "", technician, kind or row.kind, row.charge_to)
				amounts[key] = rounded(amounts.get(key, 0) + amount)
	return amounts


def sync(order: Document) -> None:
	"""Let the fees of an order be what its lines say; none while its work is not done.

	:param order: Service Order, inside the transaction that saves it.
	"""
	wanted = due(order) if order.stage in DUE else {}
	for fee in _live(order.name):
		key = (fee.outlet or "", fee.technician or "", fee.fee_kind, fee.paid_by)
		if wanted.get(key) == rounded(fee.amount):
			del wanted[key]
		else:
			take_back(fee)
	if wanted:
		_book(order, wanted)


def take_back(fee: frappe._dict) -> str:
	"""Enter the opposite of a fee. A fee that no settlement holds is done with; one that was settled is set off in the next.

	:param fee: name and fields of a Service Fee that was not taken back before.
	:returns: name of the new row.
	"""
	# Whether a settlement holds it is asked under its lock.
	claimed = frappe.db.get_value(FEE, fee.name, "settlement", for_update=True)
	reversal = frappe.new_doc(FEE)
	reversal.update({field: fee.get(field) for field in COPIED})
	reversal.update(
		{
			"amount": -flt(fee.amount),
			"fee_date": settlement_periods.first_open_day(fee.fee_date),
			"reversal_of": fee.name,
			"voided": int(not claimed),
			"sequence": _next_sequence(fee.service_order),
		}
	)
	reversal.insert(ignore_permissions=True)
	frappe.db.set_value(
		FEE,
		fee.name,
		{"reversed_by": reversal.name, "voided": int(not claimed)},
		update_modified=False,
	)
	return reversal.name


def branch_above(outlet: str | None, with_self: bool = True) -> str | None:
	"""Return the nearest branch above an outlet; None without one.

	:param with_self: a branch counts as its own.
	"""
	if not outlet:
		return None
	own, above = frappe.qb.DocType(OUTLET).as_("own"), frappe.qb.DocType(OUTLET).as_("above")
	query = (
		frappe.qb.from_(own)
		.join(above)
		.on((above.lft <= own.lft) & (above.rgt >= own.rgt))
		.select(above.name)
		.where((own.name == outlet) & (above.outlet_kind == "Branch"))
		.orderby(above.lft, order=Order.desc)
		.limit(1)
	)
	if not with_self:
		query = query.where(above.name != own.name)
	rows = query.run()
	return rows[0][0] if rows else None


def day_of(order: Document) -> date:
	"""Return the day on which the work of an order was done."""
	return getdate(order.completed_at or order.fed_back_at or today())


def _book(order: Document, wanted: dict[tuple, float]) -> None:
	day = day_of(order)
	fee_date = settlement_periods.first_open_day(day)
	branch = branch_above(order.outlet)
	technicians = [technician for _outlet, technician, *_rest in wanted if technician]
	users = dict(
		frappe.get_all("Technician", {"name": ("in", technicians or [""])}, ["name", "user"], as_list=True)
	)
	sequence = _next_sequence(order.name)
	for number, ((outlet, technician, kind, paid_by), amount) in enumerate(sorted(wanted.items())):
		frappe.get_doc(
			doctype=FEE,
			service_order=order.name,
			order_date=day,
			fee_date=fee_date,
			outlet=outlet or None,
			service_centre=order.service_centre,
			branch=branch,
			technician=technician or None,
			employee=users.get(technician),
			customer=order.customer,
			fee_kind=kind,
			paid_by=paid_by,
			amount=amount,
			sequence=sequence + number,
		).insert(ignore_permissions=True)


def _live(order: str) -> list[frappe._dict]:
	return frappe.get_all(
		FEE,
		{"service_order": order, "reversal_of": ("is", "not set"), "reversed_by": ("is", "not set")},
		["name", "amount", "fee_date", *COPIED],
		order_by="sequence asc",
	)


def _next_sequence(order: str) -> int:
	table = frappe.qb.DocType(FEE)
	rows = frappe.qb.from_(table).select(Max(table.sequence)).where(table.service_order == order).run()
	return int(rows[0][0] or 0) + 1
