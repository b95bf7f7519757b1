"""The portal's pages: one renderer for everything below /service.

Plain HTML with forms, answered by the server; every main job works without JavaScript. A page is a function in
`aftersales.portal.views` that returns a `Page`, a `Redirect` or a `Download`. Nothing is cached: what is shown depends on who asks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import quote, urlencode

import frappe
from frappe import _
from frappe.sessions import get_csrf_token
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from aftersales.portal import limits
from aftersales.portal.scope import Scope, scope_of
from aftersales.portal.wording import choose_language, language_links, script_words

ROOT = "service"
APP = Path(__file__).parents[1]
ASSETS = "/assets/aftersales"
HEADERS = {
	"Cache-Control": "no-store, private",
	"Referrer-Policy": "same-origin",
	"X-Frame-Options": "DENY",
	"X-Content-Type-Options": "nosniff",
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


@dataclass
class Page:
	"""A page to show.

	:param template: file below templates/portal, without its ending.
	:param title: translated.
	:param context: what the template needs.
	:param status: HTTP status.
	:param indexed: whether search engines may list it.
	"""

	template: str
	title: str
	context: dict = field(default_factory=dict)
	status: int = 200
	indexed: bool = False


@dataclass
class Redirect:
	"""Another page to go to, with GET."""

	path: str


@dataclass
class Download:
	"""A file to send."""

	content: bytes
	name: str
	content_type: str
	shown: bool = False


class NotFound(Exception):
	"""There is no such page for this user; nobody learns whether somebody else has it."""


class SignInFirst(Exception):
	"""The page is for people who are signed in."""


@dataclass
class Asked:
	"""What a page function gets: the request, who asks, and what the address named."""

	path: str
	scope: Scope
	form: dict
	named: dict[str, str]

	@property
	def is_post(self) -> bool:
		"""Whether a form was sent."""
		return frappe.request.method == "POST"

	def text(self, name: str, most: int = 400) -> str:
		"""Return a field of the form or the address as text, cut to `most` characters."""
		value = self.form.get(name)
		return value.strip()[:most] if isinstance(value, str) else ""

	def number(self, name: str, default: int = 1, most: int = 10_000) -> int:
		"""Return a whole number from 1 to `most`."""
		value = self.text(name, 9)
		return min(max(int(value), 1), most) if value.isascii() and value.isdigit() else default


def routes() -> list[tuple[re.Pattern, Callable[[Asked], object], bool]]:
	"""Return path, page function, and whether one must be signed in."""
	from aftersales.portal.views import (
		account,
		appointments,
		dealer,
		downloads,
		faq,
		home,
		part_orders,
		points,
		products,
		refurbishing,
		tickets,
	)

	name = r"(?P<name>[^/]{1,140})"
	table = (
		(r"", home.show, False),
		(r"faq", faq.listing, False),
		(rf"faq/{name}", faq.detail, False),
		(r"faq-file", faq.file, False),
		(r"sitemap.xml", faq.sitemap, False),
		(r"downloads", downloads.listing, False),
		(rf"downloads/{name}", downloads.send, False),
		(r"login", account.log_in, False),
		(r"logout", account.log_out, False),
		(r"sign-up", account.sign_up, False),
		(r"password", account.password, False),
		(r"language", account.language, False),
		(r"account", account.show, True),
		(r"tickets", tickets.listing, True),
		(r"tickets/new", tickets.new, True),
		(rf"tickets/{name}", tickets.detail, True),
		(rf"tickets/{name}/file/(?P<file>[^/]{{1,140}})", tickets.file, True),
		(r"products", products.listing, True),
		(r"products/new", products.new, True),
		(rf"products/{name}", products.detail, True),
		(rf"products/{name}/proof", products.proof, True),
		(r"d/(?P<token>[0-9A-Za-z]{20,60})", products.scanned, False),
		(r"customers", dealer.customers, True),
		(r"refurbishing", refurbishing.listing, True),
		(r"refurbishing/new", refurbishing.new, True),
		(rf"refurbishing/{name}", refurbishing.detail, True),
		(r"parts", part_orders.parts, True),
		(r"part-orders", part_orders.listing, True),
		(r"part-orders/new", part_orders.new, True),
		(rf"part-orders/{name}", part_orders.detail, True),
		(r"appointments", appointments.listing, True),
		(r"appointments/new", appointments.new, True),
		(rf"appointments/{name}", appointments.detail, True),
		(rf"appointments/{name}/calendar.ics", appointments.calendar_file, True),
		(r"points", points.show, True),
		(rf"points/{name}/picture", points.picture, True),
	)
	return [(re.compile(pattern), function, signed_in) for pattern, function, signed_in in table]


class PortalPage(BaseRenderer):
	"""`page_renderer` of /service and everything below."""

	def can_render(self) -> bool:
		"""Whether the path is ours, and the portal is open."""
		if self.path != ROOT and not self.path.startswith(f"{ROOT}/"):
			return False
		return bool(frappe.get_cached_doc("Service Portal Settings").enabled)

	def render(self) -> Response:
		"""Return the response to a GET or POST."""
		choose_language()
		answer = self.answer()
		if isinstance(answer, Redirect):
			return redirect(answer.path)
		if isinstance(answer, Download):
			return send_file(answer)
		return self.show(answer)

	@cached_property
	def scope(self) -> Scope:
		"""What the user who asks may see."""
		return scope_of()

	def answer(self) -> Page | Redirect | Download:
		"""Return what the page's function says, or what went wrong in plain words."""
		try:
			limits.count("page")
			return self.find_and_call()
		except SignInFirst:
			return Redirect(f"/service/login?{urlencode({'next': self.here()})}")
		except (NotFound, frappe.DoesNotExistError):
			return self.problem(
				404, _("Page not found"), _("There is no such page, or it is not yours to see.")
			)
		except frappe.PermissionError:
			return self.problem(403, _("Not allowed"), _("You are not allowed to do that."))
		except limits.TooManyPortalRequestsError as error:
			return self.problem(429, _("Please wait"), str(error))
		except frappe.ValidationError as error:
			return self.problem(417, _("That did not work"), frappe.utils.strip_html(str(error)))
		except Exception:
			log = frappe.get_traceback()
			page = self.problem(
				500,
				_("Something went wrong"),
				_("Nothing was stored. Please try again, or call our service."),
			)
			frappe.log_error(title="Customer portal", message=log)
			frappe.local.flags.commit = True
			return page

	def find_and_call(self) -> Page | Redirect | Download:
		"""Call the page's function with what was asked."""
		path = self.path[len(ROOT) :].strip("/")
		for pattern, function, signed_in in routes():
			if found := pattern.fullmatch(path):
				if signed_in and self.scope.is_guest:
					raise SignInFirst
				return function(Asked(path, self.scope, frappe.local.form_dict, found.groupdict()))
		raise NotFound

	def here(self) -> str:
		"""Return the address of the page that was asked for, for coming back after signing in."""
		query = frappe.request.query_string.decode("utf-8", "replace")
		is_get = frappe.request.method == "GET"
		return f"/{self.path}" + (f"?{query}" if query and is_get else "")

	def problem(self, status: int, title: str, text: str) -> Page:
		"""Take back what was written, and return a page that says why."""
		take_back()
		return Page("problem", title, {"text": text}, status)

	def show(self, page: Page) -> Response:
		"""Return a page as HTML."""
		scope = self.scope
		context = {
			**page.context,
			"title": page.title,
			"path": self.path,
			"here": self.here(),
			"lang": "zh-CN" if frappe.local.lang.startswith("zh") else frappe.local.lang,
			"languages": language_links(),
			"indexed": page.indexed,
			"scope": scope,
			"signed_in": not scope.is_guest,
			"user_name": frappe.utils.get_fullname(scope.user) if not scope.is_guest else "",
			"csrf_token": get_csrf_token() if not scope.is_guest else "",
			"settings": frappe.get_cached_doc("Service Portal Settings"),
			"company_name": company_name(),
			"has_downloads": has_downloads(scope),
			"has_appointments": has_appointments(scope),
			"has_points": has_points(scope),
			"css": asset("css/portal.css"),
			"js": asset("js/portal/portal.js"),
			"script_words": frappe.as_json(script_words(), indent=None),
		}
		html = frappe.render_template(f"aftersales/templates/portal/{page.template}.html", context)
		headers = dict(HEADERS)
		if not page.indexed:
			headers["X-Robots-Tag"] = "noindex, nofollow"
		return self.build_response(html, page.status, headers)


def take_back() -> None:
	"""Undo what the request has written, files included, and forget what Frappe would show in the Desk."""
	frappe.db.rollback()
	frappe.clear_messages()


def redirect(path: str) -> Response:
	"""Return a redirection that browsers follow with GET."""
	return Response(status=303, headers={**HEADERS, "Location": path})


def send_file(file: Download) -> Response:
	"""Return a file. Only pictures are shown in the browser; nothing in a file can run on this site."""
	kind = "inline" if file.shown else "attachment"
	headers = {
		**HEADERS,
		"Content-Security-Policy": "default-src 'none'; sandbox",
		"Content-Disposition": f"{kind}; filename*=UTF-8''{quote(file.name)}",
	}
	return Response(file.content, headers=headers, content_type=file.content_type)


def company_name() -> str:
	"""Return what stands in the head of each page: the portal's title, or the website's name, but not the framework's."""
	title = frappe.get_cached_doc("Service Portal Settings").portal_title
	name = title or frappe.get_cached_value("Website Settings", "Website Settings", "app_name") or ""
	return "" if name == "Frappe" else name


def has_downloads(scope: Scope) -> bool:
	"""Whether the menu leads to downloads: there is something for this user."""
	from aftersales.portal.views.downloads import filters_for

	return bool(frappe.db.exists("Download Item", filters_for(scope)))


def has_appointments(scope: Scope) -> bool:
	"""Whether the menu leads to appointments: some can be booked, by whoever is signed in."""
	from aftersales.portal.appointments import has_plans

	return not scope.is_guest and has_plans()


def has_points(scope: Scope) -> bool:
	"""Whether the menu leads to points: a customer of the user has an account."""
	from aftersales.portal import points

	return points.has_points(scope)


@cache
def asset(path: str) -> str:
	"""Return the address of a file of the app, which changes with its content."""
	stamp = int((APP / "public" / path).stat().st_mtime)
	return f"{ASSETS}/{path}?v={stamp}"


def safe_next(path: str) -> str:
	"""Return a page of the portal to go to after signing in; anything else becomes the first page."""
	if re.fullmatch(r"/service(?:/[^\s\\]*|\?[^\s\\]*)?", path or "") and "//" not in path.split("?")[0]:
		return path
	return "/service"
