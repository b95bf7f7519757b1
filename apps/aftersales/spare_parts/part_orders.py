"""Delivering part orders: what is there goes out, the rest stays as a back order (S16.04, M24)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from aftersales.spare_parts import deposits, scope, stages, stock, supply
from aftersales.spare_parts.doctype.part_order.part_order import OPEN_STAGES, PartOrderError
from aftersales.utils.access import check_permission

DOCTYPE = "Part Order"
# The kind of an order -> the purpose of its slip.
PURPOSES = {"Outlet": "Transfer", "Dealer": "Issue", "Technician": "Issue"}


@frappe.whitelist()
def deliverable(order: str) -> list[dict]:
	"""Return the open lines of an order with what the delivering warehouse has free.

	:param order: name of the Part Order.
	:returns: `spare_part`, `part_name`, `open_qty`, `free`, `serial_tracked`, and `qty`: as much as can go out.
	:raises frappe.PermissionError: the user may not read the order or make slips, or the warehouse is not theirs.
	"""
	doc = frappe.get_doc(DOCTYPE, order)
	doc.check_permission("read")
	check_permission("Part Stock Entry", "create")
	scope.check(doc.source_warehouse)
	rows = [row for row in doc.items if flt(row.open_qty) > 0]
	parts = [row.spare_part for row in rows]
	free = supply.free(parts, doc.source_warehouse)
	tracked = set(frappe.get_all("Spare Part", {"name": ("in", parts), "serial_tracked": 1}, pluck="name"))
	return [
		{
			"spare_part": row.spare_part,
			"part_name": row.part_name,
			"open_qty": row.open_qty,
			"free": flt(free.get(row.spare_part)),
			"qty": min(flt(row.open_qty), flt(free.get(row.spare_part))),
			"serial_tracked": int(row.spare_part in tracked),
		}
		for row in rows
	]


@frappe.whitelist(methods=["POST"])
def deliver(order: str, lines: list | str | None = None) -> dict:
	"""Issue open lines of an order from its delivering warehouse; what is missing there stays open.

	:param order: name of the Part Order.
	:param lines: dicts with `spare_part`, `qty` and perhaps `serial_nos`; default: as much as is there of every line.
	:returns: `stock_entry`, the slip; `stage` of the order after it; `open_qty`, the back order.
	:raises frappe.PermissionError: the user may not change the order or submit slips, or the warehouse is not theirs.
	:raises PartOrderError: the order is not open, a line is none of it or asks for more than is open, or nothing is there.
	"""
	check_permission("Part Stock Entry", "submit")
	# Two keepers who deliver at once do so one after the other; the document is read behind the lock.
	frappe.db.get_value(DOCTYPE, order, "name", for_update=True)
	doc = frappe.get_doc(DOCTYPE, order)
	doc.check_permission("write")
	scope.check(doc.source_warehouse)
	if doc.stage not in OPEN_STAGES:
		frappe.throw(_("Only submitted orders are delivered."), PartOrderError, title=_("Part Order"))
	items = chosen(doc, frappe.parse_json(lines)) if lines else available(doc)
	if not items:
		frappe.throw(
			_("{0} has nothing of what is open. The back order waits for the next receipt.").format(
				frappe.bold(doc.source_warehouse)
			),
			PartOrderError,
			title=_("Part Order"),
		)
	# Whoever orders may type a price; what is covered is worth the part's own at least.
	prices = {
		row.spare_part: max(
			flt(row.price), flt(frappe.get_cached_value("Spare Part", row.spare_part, "price"))
		)
		for row in doc.items
	}
	deposits.check_cover(
		doc.outlet if doc.order_kind == "Outlet" else None,
		sum(flt(item["qty"]) * prices[item["spare_part"]] for item in items),
	)
	entry = stock.make_entry(
		PURPOSES[doc.order_kind],
		items,
		source=doc.source_warehouse,
		target=doc.target_warehouse,
		reference=doc,
		technician=doc.technician,
	)
	doc.reload()
	return {"stock_entry": entry, "stage": doc.stage, "open_qty": doc.open_qty}


def chosen(doc: Document, lines: list[dict]) -> list[dict]:
	"""Return the lines that a keeper chose, checked against what is open.

	:raises PartOrderError: see `deliver`.
	"""
	open_lines = {row.spare_part: flt(row.open_qty) for row in doc.items}
	items, asked = [], {}
	for line in lines:
		part, qty = line.get("spare_part"), flt(line.get("qty"))
		if not qty:
			continue
		asked[part] = asked.get(part, 0) + qty
		if qty < 0 or part not in open_lines or asked[part] > open_lines[part]:
			frappe.throw(
				_("{0}: {1} are open in this order, not {2}.").format(
					frappe.bold(part), flt(open_lines.get(part)), asked[part]
				),
				PartOrderError,
				title=_("Part Order"),
			)
		items.append({"spare_part": part, "qty": qty, "serial_nos": line.get("serial_nos")})
	return items


def available(doc: Document) -> list[dict]:
	"""Return as much of every open line as the delivering warehouse has free."""
	rows = [row for row in doc.items if flt(row.open_qty) > 0]
	free = supply.free([row.spare_part for row in rows], doc.source_warehouse)
	quantities = ((row.spare_part, min(flt(row.open_qty), flt(free.get(row.spare_part)))) for row in rows)
	return [{"spare_part": part, "qty": qty} for part, qty in quantities if qty > 0]


def entry_changed(entry: Document, method: str | None = None) -> None:
	"""`on_submit` and `on_cancel` of Part Stock Entry: bring the order for which it was made up to date."""
	if entry.reference_doctype == DOCTYPE and entry.reference_name:
		refresh(entry.reference_name)


def refresh(order: str) -> None:
	"""Sum up anew what was delivered, from the slips that count, and let the order's state follow."""
	doc = frappe.get_doc(DOCTYPE, order)
	delivered = delivered_of(order)
	for row in doc.items:
		qty = min(flt(row.qty), flt(delivered.get(row.spare_part)))
		row.db_set({"delivered_qty": qty, "open_qty": flt(row.qty) - qty})
	total = sum(flt(row.delivered_qty) for row in doc.items)
	open_qty = sum(flt(row.open_qty) for row in doc.items)
	if doc.stage in (*OPEN_STAGES, "Delivered"):
		stages.move_to(doc, "Delivered" if not open_qty else "Partly Delivered" if total else "Submitted")
	doc.db_set("open_qty", open_qty if doc.stage in OPEN_STAGES else 0, notify=True)


def delivered_of(order: str) -> dict[str, float]:
	"""Return the pieces of each part on submitted slips of an order."""
	entry, item = frappe.qb.DocType("Part Stock Entry"), frappe.qb.DocType("Part Stock Entry Item")
	rows = (
		frappe.qb.from_(item)
		.join(entry)
		.on(entry.name == item.parent)
		.select(item.spare_part, frappe.query_builder.functions.Sum(item.qty))
		.where(
			(entry.reference_doctype == DOCTYPE) & (entry.reference_name == order) & (entry.docstatus == 1)
		)
		.groupby(item.spare_part)
		.run()
	)
	return dict(rows)
