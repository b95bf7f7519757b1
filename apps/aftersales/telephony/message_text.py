"""The text of a message: stored templates, rendered in a sandbox that knows nothing but the variables listed here.

Templates are written by staff who are no administrators. So no document, no function of Frappe and no method of any
object is within reach: variables are plain values, the only callable is `_`, and filters are those of `FILTERS`.
"""

import json
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import (
	format_date,
	format_datetime,
	formatdate,
	get_fullname,
	get_url,
	nowdate,
	strip_html_tags,
)
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError
from markupsafe import Markup, escape

LONGEST_SOURCE = 20_000
LONGEST_TEXT = 50_000
FILTERS = (
	"d",
	"default",
	"e",
	"escape",
	"first",
	"float",
	"int",
	"last",
	"length",
	"lower",
	"round",
	"title",
	"trim",
	"truncate",
	"upper",
	"urlencode",
)
# What can make a small template work for ever, or reach other templates.
NOT_ALLOWED = (
	nodes.For,
	nodes.Macro,
	nodes.CallBlock,
	nodes.Include,
	nodes.Import,
	nodes.FromImport,
	nodes.Extends,
	nodes.Block,
	nodes.Assign,
	nodes.AssignBlock,
	nodes.With,
	nodes.Pow,
	nodes.Mul,
	nodes.Mod,
)
# What a message may say of the customer.
CUSTOMER_FIELDS = (
	"name",
	"customer_name",
	"organisation",
	"phone",
	"email",
	"member_no",
	"vip_level",
	"region",
	"dealer",
	"birthday",
)


class MessageTemplateError(frappe.ValidationError):
	"""The template cannot be rendered; the message says why."""


class _Sandbox(ImmutableSandboxedEnvironment):
	"""No attribute of an object and no call, other than `_`; a dictionary's keys are read like attributes."""

	def is_safe_attribute(self, obj, attr, value):
		return False

	def is_safe_callable(self, obj):
		return obj is _

	def getattr(self, obj, attribute):
		return self._item(obj, attribute)

	def getitem(self, obj, argument):
		return self._item(obj, argument)

	def _item(self, obj, key):
		if isinstance(obj, dict) and isinstance(key, str) and key in obj:
			return obj[key]
		return self.undefined(obj=obj, name=str(key))


def _environment(autoescape: bool, more_filters: dict | None = None) -> _Sandbox:
	jinja = _Sandbox(
		autoescape=autoescape,
		undefined=StrictUndefined,
		finalize=lambda value: "" if value is None else value,
		cache_size=0,
	)
	jinja.globals.clear()
	jinja.globals["_"] = _
	jinja.filters = {name: jinja.filters[name] for name in FILTERS}
	jinja.filters["date"] = lambda value: format_date(value) if value else ""
	jinja.filters["datetime"] = lambda value: format_datetime(value) if value else ""
	jinja.filters |= more_filters or {}
	jinja.tests = {name: jinja.tests[name] for name in ("defined", "undefined", "none")}
	return jinja


def render(source: str | None, values: dict, html: bool = False, filters: dict | None = None) -> str:
	"""Render a stored template.

	:param source: Jinja; conditions and variables, no loops, calls or methods.
	:param values: plain values, nested in dictionaries at most.
	:param html: escape values.
	:param filters: further filters, name -> function.
	:raises MessageTemplateError: says what is wrong, in the user's words, without the values.
	"""
	source = source or ""
	if len(source) > LONGEST_SOURCE:
		frappe.throw(
			_("The text is too long: {0} characters at most.").format(LONGEST_SOURCE), MessageTemplateError
		)
	jinja = _environment(html, filters)
	try:
		tree = jinja.parse(source)
		if found := next(tree.find_all(NOT_ALLOWED), None):
			raise SecurityError(f"line {found.lineno}: {type(found).__name__}")
		text = jinja.from_string(source).render(values)
	except TemplateError as error:
		frappe.throw(
			_("The template cannot be used: {0}").format(frappe.utils.escape_html(str(error))),
			MessageTemplateError,
			title=_("Message Template"),
		)
	except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError) as error:
		frappe.throw(
			_("The template cannot be used: {0}").format(type(error).__name__),
			MessageTemplateError,
			title=_("Message Template"),
		)
	if len(text) > LONGEST_TEXT:
		frappe.throw(
			_("The text is too long: {0} characters at most.").format(LONGEST_TEXT), MessageTemplateError
		)
	return text


def variables(
	customer: str | None,
	reference_doctype: str | None,
	reference_name: str | None,
	signed_by: str | None,
	text: str | None = None,
	more: dict | None = None,
) -> dict:
	"""Return the variables of a message: `customer`, `doc`, `signature`, `company`, `site`, `today`, `text` and `more`.

	:param customer: Service Customer.
	:param reference_doctype: kind of the document that the message is about.
	:param reference_name: its name.
	:param signed_by: User in whose name it is sent.
	:param text: own words of whoever sends it.
	:param more: what the code that sends the message knows besides, plain values.
	"""
	return {
		**(more or {}),
		"customer": _customer_values(customer),
		"doc": _document_values(reference_doctype, reference_name),
		"signature": get_fullname(signed_by) if signed_by else "",
		"company": frappe.db.get_default("company")
		or frappe.db.get_single_value("Website Settings", "app_name", cache=True)
		or "",
		"site": get_url(),
		"today": formatdate(nowdate()),
		"text": text or "",
	}


def sample_variables(document_type: str | None = None) -> dict:
	"""Return variables with made-up values, with which a template is tried when it is saved."""
	customer = dict.fromkeys(CUSTOMER_FIELDS, "-") | {"customer_name": _("Wang Fang"), "birthday": nowdate()}
	doc = dict.fromkeys(document_fields(document_type), "-") | {"type": "-"}
	return {
		**dict.fromkeys(frappe.get_hooks("aftersales_message_variables"), "-"),
		"customer": customer,
		"doc": doc,
		"signature": "-",
		"company": "-",
		"site": get_url(),
		"today": formatdate(nowdate()),
		"text": "-",
	}


def document_fields(doctype: str | None) -> list[str]:
	"""Return the fields of a kind of documents that a message may show, from the hook `aftersales_message_fields`.

	Without a kind, those of all kinds.
	"""
	fields = frappe.get_hooks("aftersales_message_fields")
	if doctype:
		return ["name", *fields.get(doctype, [])]
	return list(dict.fromkeys(["name", *(field for named in fields.values() for field in named)]))


def _customer_values(customer: str | None) -> dict:
	row = customer and frappe.db.get_value("Service Customer", customer, CUSTOMER_FIELDS, as_dict=True)
	return {field: _plain(row.get(field)) if row else "" for field in CUSTOMER_FIELDS}


def _document_values(doctype: str | None, name: str | None) -> dict:
	"""All names that any kind has, so that one template serves several; those of other kinds are empty."""
	values = dict.fromkeys(document_fields(None), "") | {"type": _(doctype) if doctype else ""}
	wanted = document_fields(doctype) if doctype else []
	if not name or not wanted:
		return values
	row = frappe.db.get_value(doctype, name, wanted, as_dict=True) or {}
	meta = frappe.get_meta(doctype)
	for field in wanted:
		value = _plain(row.get(field))
		options = meta.get_field(field)
		translated = options and (options.fieldtype == "Select" or options.options == "Workflow State")
		values[field] = _(value) if value and translated else value
	return values


def _plain(value):
	"""Only text, numbers and dates reach a template."""
	if value is None or isinstance(value, str | int | float | bool):
		return value
	if isinstance(value, Decimal):
		return float(value)
	return str(value)


def as_html(text: str) -> str:
	"""Return plain text as the body of an e-mail: empty lines begin paragraphs, nothing is markup."""
	paragraphs = [part.strip("\n") for part in (text or "").replace("\r\n", "\n").split("\n\n")]
	return "\n".join(
		str(Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.split("\n"))))
		for part in paragraphs
		if part.strip()
	)


def as_text(html: str) -> str:
	"""Return the words of an HTML text."""
	return strip_html_tags(html or "").strip()


def render_template_of(template: Document, values: dict) -> tuple[str, str, str]:
	"""Return subject, text and HTML (empty unless the template has its own) of a Message Template.

	:raises MessageTemplateError: see `render`.
	"""
	subject = " ".join(render(template.subject, values).split())
	html = render(template.body_html, values, html=True) if template.use_html else ""
	return subject[:200], render(template.body, values).strip(), html


def parse_json(text: str | None) -> dict:
	"""Return further variables as they are stored with a message; anything but plain values is dropped."""
	found = json.loads(text) if isinstance(text, str) and text else text or {}
	return {str(key): value for key, value in found.items() if isinstance(value, str | int | float | bool)}
