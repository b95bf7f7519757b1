"""A dealer's orders of spare parts: parts to choose from, list, a new order, and one with its deliveries (S16.04-S16.07)."""

from urllib.parse import quote

import frappe
from frappe import _

from aftersales.portal import dealers, limits, part_orders
from aftersales.portal.pages import Asked, NotFound, Page, Redirect
from aftersales.portal.scope import is_website_user
from aftersales.portal.views.appointments import problem_of
from aftersales.portal.wording import done_message
from aftersales.spare_parts import part_upload

ROOT = "/service/part-orders"
FIELDS = (*part_orders.LONGEST, "needed_by", "dealer")


def parts(asked: Asked) -> Page:
	"""Return parts to choose from."""
	page, words = asked.number("page"), asked.text("q", 140)
	context = {**part_orders.parts(asked.scope, words, page), "page": page, "q": words}
	return Page("parts", _("Spare Parts"), context)


def listing(asked: Asked) -> Page:
	"""Return a page of the dealer's orders, or of those of which something is still to come."""
	dealers.need_dealer(asked.scope)
	page, waiting = asked.number("page"), asked.text("state", 10) == "open"
	context = {
		**part_orders.page_of(asked.scope, page, waiting),
		"page": page,
		"waiting": waiting,
		"done": done_message(asked.text("done")),
	}
	return Page("part_orders", _("Spare-part Orders"), context)


def new(asked: Asked) -> Page | Redirect:
	"""Return the form for an order; or keep the order. What was typed stays when something is wrong."""
	dealers.need_dealer(asked.scope)
	return form(asked)


def form(asked: Asked, order=None) -> Page | Redirect:
	"""Return the form of an order that is not sent; or keep what it says.

	:param order: the stored one, locked if the form was sent; None for a new one.
	"""
	typed, problem, problems = typed_lines(asked), "", []
	values = {field: asked.text(field, 1000) for field in FIELDS}
	if asked.is_post:
		limits.count("part-order")
		try:
			lines = part_orders.lines_of(typed, uploaded())
			stored = part_orders.save(asked.scope, values, lines, order)
			return Redirect(f"{ROOT}/{quote(stored.name)}?done=order-kept")
		except frappe.ValidationError as error:
			problem, problems = problem_of(error), getattr(error, "problems", [])
	elif order:
		values = {field: order.get(field) or "" for field in FIELDS}
		typed = [(row.spare_part, f"{row.qty:g}", row.remark or "") for row in order.items]
	elif part := asked.text("part", 140):
		typed = [(part, "1", "")]
	number = part_orders.line_count(order, max(asked.number("rows"), len(typed)))
	context = {
		"order": order,
		"values": values,
		"lines": typed + [("", "", "")] * (number - len(typed)),
		"problem": problem,
		"problems": problems,
		"dealers": [] if order else dealers.dealers_to_choose(asked.scope),
		"today": frappe.utils.today(),
	}
	title = _("Change Order {0}").format(order.name) if order else _("Order Spare Parts")
	return Page("part_order_form", title, context, 417 if problem else 200)


def typed_lines(asked: Asked) -> list[tuple[str, str, str]]:
	"""Return part, quantity and remark of each line of the form, empty ones at the end left out."""
	lines = []
	for number in range(part_orders.MOST_LINES):
		if f"part-{number}" not in asked.form:
			break
		lines.append(tuple(asked.text(f"{field}-{number}", 140) for field in ("part", "qty", "remark")))
	while lines and not any(lines[-1]):
		lines.pop()
	return lines


def uploaded() -> tuple[str, bytes] | None:
	"""Return name and content of the file that was sent with the form, None without one.

	:raises part_upload.UploadError: it is too large.
	"""
	file = frappe.request.files.get("files")
	if not file or not file.filename:
		return None
	content = file.stream.read(part_upload.LARGEST + 1)
	if len(content) > part_upload.LARGEST:
		frappe.throw(
			_("The file is larger than {0} MB.").format(part_upload.LARGEST // 1024 // 1024),
			part_upload.UploadError,
		)
	return file.filename, content


def detail(asked: Asked) -> Page | Redirect:
	"""Return one order with its deliveries; or do with it what a form says."""
	problem = ""
	if asked.is_post:
		order = part_orders.find(asked.scope, asked.named["name"], for_update=True)
		if asked.text("action", 20) == "save":
			return form(asked, order)
		try:
			return act(asked, order)
		except frappe.ValidationError as error:
			problem = problem_of(error)
	order = part_orders.find(asked.scope, asked.named["name"])
	unsent = order.stage == part_orders.UNFINISHED
	if unsent and asked.text("change", 1):
		return form(asked, order)
	context = {
		"order": order,
		"unsent": unsent,
		# What the staff remarks is for the staff.
		"by_dealer": is_website_user(order.owner),
		"deliveries": part_orders.deliveries_of(order),
		"problem": problem,
		"done": done_message(asked.text("done")),
	}
	title = _("Order {0}").format(order.name)
	return Page("part_order", title, context, 417 if problem else 200)


def act(asked: Asked, order) -> Redirect:
	"""Send the order or give it up.

	:raises frappe.ValidationError: it cannot be done; the text says why.
	"""
	limits.count("part-order")
	match asked.text("action", 20):
		case "send":
			part_orders.send(order)
			return Redirect(f"{ROOT}/{quote(order.name)}?done=order-sent")
		case "cancel":
			part_orders.cancel(order)
			return Redirect(f"{ROOT}?done=order-cancelled")
	raise NotFound
