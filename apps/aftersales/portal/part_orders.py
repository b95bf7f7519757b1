"""A dealer's orders of spare parts: making, uploading and sending one; deliveries and back orders (S16.04-S16.07, M24)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate, today

from aftersales.portal import dealers
from aftersales.portal.dealers import DealerFormError
from aftersales.portal.scope import Scope
from aftersales.spare_parts import part_upload
from aftersales.spare_parts.part_orders import DOCTYPE
from aftersales.spare_parts.stages import move_to

UNFINISHED = "Draft"
PART = "Spare Part"
ROW = ("name", "order_date", "status", "stage", "total_qty", "open_qty", "total_amount")
MOST_LINES = 200
LONGEST = {"contact_name": 140, "contact_phone": 40, "delivery_address": 400, "remarks": 1000}
# Who prepares deliveries.
DELIVER = ("Parts Keeper", "Parts Planner")


class LinesError(DealerFormError):
	"""Lines of an order cannot be taken as they are.

	:param problems: dicts with `row`, `part` and `problem`, as `part_upload.read_items` returns them.
	"""

	def __init__(self, message: str, problems: list[dict]):
		super().__init__(message)
		self.problems = problems


# Lists and pages


def page_of(scope: Scope, page: int = 1, waiting: bool = False) -> dict:
	"""Return a page of the orders that a user may see; see `dealers.page_of`.

	:param waiting: only those of which something is still to be delivered.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	extra = table.order_kind == "Dealer"
	if waiting:
		extra &= table.open_qty > 0
	return dealers.page_of(scope, DOCTYPE, UNFINISHED, ROW, page, extra)


def find(scope: Scope, name: str, for_update: bool = False) -> Document:
	"""Return an order that the user may see.

	:raises NotFound: there is none.
	"""
	return dealers.find(scope, DOCTYPE, UNFINISHED, name, for_update)


def deliveries_of(order: Document) -> list[dict]:
	"""Return what was delivered: `name`, `posting_date` and the lines `items` of each slip; two statements."""
	slips = frappe.get_all(
		"Part Stock Entry",
		{"reference_doctype": DOCTYPE, "reference_name": order.name, "docstatus": 1},
		["name", "posting_date"],
		order_by="posting_date asc, creation asc",
	)
	lines: dict[str, list[dict]] = {}
	for row in frappe.get_all(
		"Part Stock Entry Item",
		{"parent": ("in", [slip.name for slip in slips] or [""]), "parenttype": "Part Stock Entry"},
		["parent", "spare_part", "part_name", "qty", "stock_uom"],
		order_by="idx asc",
	):
		lines.setdefault(row.parent, []).append(row)
	return [{**slip, "lines": lines.get(slip.name, [])} for slip in slips]


def parts(scope: Scope, words: str, page: int = 1) -> dict:
	"""Return a page of the parts that can be ordered, by number, name or specification.

	:returns: `rows`, and `more`: whether there is another page.
	:raises NotFound: the user stands for no dealer.
	"""
	dealers.need_dealer(scope)
	part = frappe.qb.DocType(PART)
	query = frappe.qb.from_(part).where(part.disabled == 0)
	if (found := dealers.like_any(words, part.name, part.part_name, part.specification)) is not None:
		query = query.where(found)
	rows = (
		query.select(part.name, part.part_name, part.specification, part.stock_uom, part.price)
		.orderby(part.name)
		.limit(dealers.SIZE + 1)
		.offset((page - 1) * dealers.SIZE)
		.run(as_dict=True)
	)
	return {"rows": rows[: dealers.SIZE], "more": len(rows) > dealers.SIZE}


# Making and sending


def lines_of(typed: list[tuple[str, str, str]], upload: tuple[str, bytes] | None = None) -> list[dict]:
	"""Return the lines of an order from a form or, if there is one, from a file; prices are ours, not the dealer's.

	:param typed: part number or bar code, quantity and remark of each line of the form.
	:param upload: name and content of a file with the headings of `part_upload`.
	:raises LinesError: some lines are wrong; it tells which, and nothing is made.
	:raises part_upload.UploadError: the file cannot be read, or there are no lines.
	"""
	if upload:
		rows = part_upload.rows_of(*upload)
	else:
		rows = [("part no", "quantity", "remark"), *typed]
		if not any(part or qty for part, qty, _remark in typed):
			frappe.throw(_("Enter at least one part with its quantity."), DealerFormError)
	if len(rows) > MOST_LINES + 1:
		frappe.throw(
			_("An order can have {0} lines. Please send the rest as a second order.").format(MOST_LINES),
			DealerFormError,
		)
	items, problems = part_upload.read_items(rows, everybody=True)
	if problems:
		for problem in problems:
			problem["row"] -= 0 if upload else 1  # a form shows no line of headings
		raise LinesError(_("Some lines cannot be ordered. Nothing was stored yet."), problems)
	return [{**item, "price": None} for item in items]


def save(scope: Scope, values: dict[str, str], lines: list[dict], order: Document | None = None) -> Document:
	"""Keep an order that is not sent yet.

	:param values: `needed_by`, `contact_name`, `contact_phone`, `delivery_address`, `remarks`, `dealer` as typed.
	:param lines: see `lines_of`.
	:param order: the one that is changed, locked; None for a new one.
	:raises NotFound: the user stands for no dealer.
	:raises DealerFormError: the order was sent meanwhile, or a value is wrong.
	"""
	dealers.need_dealer(scope)
	if order:
		refuse_sent(order)
	else:
		dealer = dealers.dealer_for(scope, values.get("dealer") or "")
		order = frappe.get_doc({"doctype": DOCTYPE, "order_kind": "Dealer", "dealer": dealer})
		order.order_date = today()
	order.update({field: (values.get(field) or "").strip()[:most] for field, most in LONGEST.items()})
	order.needed_by = day_of(values.get("needed_by") or "")
	order.set("items", lines)
	order.flags.ignore_permissions = True
	return order.save(ignore_permissions=True)


def day_of(typed: str):
	"""Return a typed day, None if there is none.

	:raises DealerFormError: it is no day, or over.
	"""
	if not typed:
		return None
	try:
		day = getdate(typed)
	except (ValueError, frappe.ValidationError):
		day = None
	if not day or day < getdate() or day.year > getdate().year + 5:
		frappe.throw(_("Enter a day from today on, for example 2026-05-31."), DealerFormError)
	return day


def send(order: Document) -> None:
	"""Hand an order over to the warehouse.

	:param order: locked.
	:raises DealerFormError: it was sent already, or has no lines.
	"""
	refuse_sent(order)
	if not order.items:
		frappe.throw(_("Enter at least one part with its quantity."), DealerFormError)
	order.order_date = today()
	for row in order.items:
		row.price = None  # as the part costs today
	order.flags.ignore_permissions = True
	order.save(ignore_permissions=True)
	order.db_set("open_qty", sum(flt(row.qty) for row in order.items))
	move_to(order, "Submitted")
	dealers.tell_staff(order, DELIVER, _("{0} ordered spare parts in the portal: {1}"))


def cancel(order: Document) -> None:
	"""Give up an order that is not sent yet.

	:param order: locked.
	:raises DealerFormError: it was sent already.
	"""
	refuse_sent(order)
	move_to(order, "Cancelled")


def refuse_sent(order: Document) -> None:
	"""Keep an order as it was sent.

	:raises DealerFormError: it was.
	"""
	if order.stage != UNFINISHED:
		frappe.throw(
			_("This order was sent already. Please call our service if something has to change."),
			DealerFormError,
		)


def line_count(order: Document | None, wanted: int) -> int:
	"""Return how many lines the form shows: those of the order and some free ones."""
	return min(max(cint(wanted), len(order.items) + 3 if order else 5), MOST_LINES)
