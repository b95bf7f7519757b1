"""Own products: list, registering one, one with its warranty and tickets; and the page of a scanned label (S2.10, S4.03)."""

from urllib.parse import quote

import frappe
from frappe import _

from aftersales.field_service.devices import DEVICE
from aftersales.field_service.warranty import warranty_of
from aftersales.portal import limits, pages, products, tickets
from aftersales.portal.pages import Asked, Download, NotFound, Page, Redirect
from aftersales.portal.scope import is_website_user
from aftersales.portal.uploads import ACCEPT, content_type, read_uploads
from aftersales.portal.wording import done_message

FIELDS = ("serial_no", "product", "sale_date", "customer")


def listing(asked: Asked) -> Page:
	"""Return a page of the devices that the user may see."""
	page, words = asked.number("page"), asked.text("q", 140)
	context = {
		**products.page_of(asked.scope, page, words),
		"page": page,
		"q": words,
		"of_many": bool(asked.scope.companies or asked.scope.dealers),
		"done": done_message(asked.text("done")),
	}
	return Page("products", _("My Products"), context)


def new(asked: Asked) -> Page | Redirect:
	"""Return the form for registering a product; or keep the registration. What was typed stays when something is wrong."""
	values = {field: asked.text(field, products.LONGEST) for field in FIELDS}
	problem = ""
	if asked.is_post:
		limits.count("product")
		try:
			device = products.register(asked.scope, values, read_uploads())
			return Redirect(f"/service/products/{quote(device.name)}?done=registered")
		except frappe.ValidationError as error:
			if isinstance(error, limits.TooManyPortalRequestsError):
				raise
			pages.take_back()
			problem = frappe.utils.strip_html(str(error))
	context = {
		"values": values,
		"problem": problem,
		"customers": [] if asked.scope.dealers else tickets.customers_to_choose(asked.scope),
		"accept": ACCEPT,
		"today": frappe.utils.today(),
	}
	return Page("product_new", _("Register a Product"), context, 417 if problem else 200)


def detail(asked: Asked) -> Page:
	"""Return one device with its warranty and the tickets about it."""
	device = products.find(asked.scope, asked.named["name"])
	waits = device.stage in products.PENDING
	context = {
		"device": device,
		"waits": waits,
		"warranty": None if waits else warranty_of(device),
		"components": []
		if waits
		else [(row, warranty_of(device, None, row.component)) for row in device.components],
		"tickets": products.tickets_of(asked.scope, device.name),
		"proof": products.proof_of(asked.scope, device),
		"of_many": bool(asked.scope.companies or asked.scope.dealers),
		"done": done_message(asked.text("done")),
	}
	return Page("product", device.product_name or device.serial_no, context)


def proof(asked: Asked) -> Download:
	"""Return the proof of purchase that the user sent."""
	found = products.proof_of(asked.scope, products.find(asked.scope, asked.named["name"]))
	if not found:
		raise NotFound
	kind, shown = content_type(found.file_name)
	content = found.get_content()
	return Download(content if isinstance(content, bytes) else content.encode(), found.file_name, kind, shown)


def scanned(asked: Asked) -> Page | Redirect:
	"""Answer a scanned label: the owner comes to the device, the staff to its record, anybody else learns the kind of product."""
	limits.count("scan")
	device = products.by_token(asked.named["token"])
	if not device:
		raise NotFound
	if products.sees(asked.scope, device):
		return Redirect(f"/service/products/{quote(device.name)}")
	if not is_website_user(asked.scope.user) and frappe.has_permission(DEVICE, "read", doc=device.name):
		return Redirect(f"/app/customer-device/{quote(device.name)}")
	context = {"family": products.family_of(device), "token": asked.named["token"]}
	return Page("scanned", products.family_of(device), context)
