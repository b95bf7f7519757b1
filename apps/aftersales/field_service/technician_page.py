"""The technician's page on the phone: /technician, for Desk users who are technicians.

One page that shows what `phone` returns and sends what `phone_actions` takes. Its shell is kept by the phone, so that it opens without a connection.
"""

import frappe
from frappe import _
from frappe.sessions import get_csrf_token
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from aftersales.field_service.technicians import technician_of
from aftersales.portal.pages import APP, asset

PATH = "technician"
SERVICE_WORKER = f"{PATH}/worker.js"
TEMPLATE = "aftersales/templates/technician/page.html"
SCRIPTS = ("store", "signature", "views", "page")
HEADERS = {
	"Cache-Control": "no-store, private",
	"Referrer-Policy": "same-origin",
	"X-Robots-Tag": "noindex, nofollow",
	"X-Frame-Options": "DENY",
	"X-Content-Type-Options": "nosniff",
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
	"connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


class TechnicianPage(BaseRenderer):
	"""`page_renderer` of /technician and its service worker."""

	def can_render(self) -> bool:
		"""Whether the path is ours."""
		return self.path in (PATH, SERVICE_WORKER)

	def render(self) -> Response:
		"""Return the page, its worker, or the way to the login."""
		if self.path == SERVICE_WORKER:
			return worker()
		if frappe.session.user == "Guest":
			return Response(status=303, headers={**HEADERS, "Location": f"/login?redirect-to=/{PATH}"})
		is_technician = bool(technician_of()) and frappe.has_permission("Service Order", "read")
		context = {
			"lang": "zh-CN" if frappe.local.lang.startswith("zh") else frappe.local.lang,
			"is_technician": is_technician,
			"user": frappe.session.user,
			"csrf_token": get_csrf_token(),
			"css": asset("css/technician.css"),
			"scripts": scripts() if is_technician else [],
			"words": frappe.as_json(words(), indent=None),
		}
		html = frappe.render_template(TEMPLATE, context)
		return self.build_response(html, 200 if is_technician else 403, HEADERS)


def scripts() -> list[str]:
	"""Return the addresses of the page's scripts, which change with their content."""
	return [asset(f"js/technician/{name}.js") for name in SCRIPTS]


def worker() -> Response:
	"""Return the service worker: it must lie beside the page to be allowed to answer for it."""
	source = (APP / "public" / "js" / "technician" / "worker.js").read_text(encoding="utf-8")
	files = [asset("css/technician.css"), *scripts()]
	content = f"const FILES = {frappe.as_json(files, indent=None)};\n{source}"
	policy = "default-src 'none'; connect-src 'self'"
	headers = {**HEADERS, "Content-Security-Policy": policy, "Service-Worker-Allowed": f"/{PATH}"}
	return Response(content, headers=headers, content_type="text/javascript; charset=utf-8")


def words() -> dict[str, str]:
	"""Return what the page's scripts say."""
	return {
		"today": _("Today's Orders"),
		"none": _("No orders for today."),
		"offline": _("No connection. What you do is kept and sent later."),
		"waiting": _("Not sent yet: {0}"),
		"sent": _("Everything is sent."),
		"refused": _("Not taken: {0}"),
		"discard": _("Discard"),
		"retry": _("Try Again"),
		"full": _("The phone's memory is full. Find a connection, so that what you did can be sent."),
		"new": _("New", context="Technician"),
		"waits": _("Awaiting Parts"),
		"received": _("Received", context="Technician"),
		"departed": _("On the Way", context="Technician"),
		"arrived": _("Arrived", context="Technician"),
		"done": _("Done", context="Technician"),
		"awaiting-parts": _("Wait for Parts"),
		"to-be-continued": _("Continue Later"),
		"more": _("Not Finished Today"),
		"call": _("Call"),
		"map": _("Map"),
		"fault": _("Fault"),
		"instruction": _("Work Instruction"),
		"lastVisit": _("Last Visit"),
		"warranty": _("Warranty"),
		"parts": _("Parts", context="Technician"),
		"noParts": _("No parts yet."),
		"addPart": _("Add a Part"),
		"findPart": _("Find in my stock: name, part number or serial number"),
		"noStock": _("Nothing in your stock fits."),
		"inStock": _("{0} in stock"),
		"quantity": _("Quantity"),
		"serial": _("Serial No."),
		"oldSerial": _("Old Serial No."),
		"add": _("Add"),
		"remove": _("Remove"),
		"chargeLater": _("Who pays is shown when there is a connection."),
		"customerPays": _("Customer Pays"),
		"photos": _("Photos"),
		"takePhoto": _("Take a Photo"),
		"report": _("What Was Done"),
		"result": _("Result"),
		"reason": _("Reason"),
		"signature": _("Customer's Signature"),
		"clear": _("Clear"),
		"signedBy": _("Name of Who Signs"),
		"finish": _("Finish the Order"),
		"sheet": _("Service Report"),
		"back": _("Back", context="Technician"),
		"write": _("Say what was done first."),
		"giveReason": _("Give a reason first."),
		"promised": _("Promised"),
		"Customer": _("Customer"),
		"Warranty": _("Warranty"),
		"Agreement": _("Agreement"),
		"Goodwill": _("Goodwill"),
		"Company": _("Company"),
		"In Warranty": _("In Warranty"),
		"Out of Warranty": _("Out of Warranty"),
		"Unknown": _("Unknown"),
	}
