"""What an emergency snapshot holds, and how it is read: page by page, so that 200,000 customers need little memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import frappe
from frappe.utils import cstr, strip_html

PAGE = 2000
LONGEST = 4000  # characters of one value


@dataclass(frozen=True)
class Column:
	"""One column. `kind`: text, translate (a word of the system), html, phone (found by its digits)."""

	fieldname: str
	kind: str = "text"


@dataclass(frozen=True)
class Part:
	"""Rows of one DocType.

	`title` names it for people. Columns that a DocType does not have are left out, and so is a DocType that the site lacks:
	modules come and go. `phones` is its table of further numbers, `use` what the page offers for a row.
	"""

	key: str
	title: str
	doctype: str
	columns: tuple[Column, ...]
	filters: dict = field(default_factory=dict)
	phones: str = ""
	use: str = ""


def text(*names: str) -> tuple[Column, ...]:
	"""Return plain columns."""
	return tuple(Column(name) for name in names)


PARTS = (
	Part(
		"faqs",
		"FAQ",
		"FAQ",
		(
			*text("question"),
			Column("answer", "html"),
			*text("faq_category", "product_codes", "keywords"),
			Column("audience", "translate"),
		),
		{"published": 1},
	),
	Part(
		"customers",
		"Service Customer",
		"Service Customer",
		(
			*text("name", "customer_name", "organisation"),
			Column("phone", "phone"),
			*text("email", "region", "dealer", "member_no", "vip_level", "black_list_reason"),
		),
		{"disabled": 0},
		phones="other_phones",
		use="ticket",
	),
	Part(
		"devices",
		"Customer Device",
		"Customer Device",
		text("name", "customer", "customer_name", "product", "product_name", "serial_no", "lot_no"),
		use="",
	),
	Part(
		"tickets",
		"Service Ticket",
		"Service Ticket",
		(
			Column("name"),
			Column("status", "translate"),
			Column("urgency", "translate"),
			Column("record_type", "translate"),
			*text("customer", "customer_name"),
			Column("contact_phone", "phone"),
			*text("product_name", "question", "handling", "person_in_charge_name", "acceptance_date"),
		),
		{"completed": 0},
		use="note",
	),
	Part(
		"complaints",
		"Customer Complaint",
		"Customer Complaint",
		(
			Column("name"),
			Column("status", "translate"),
			*text("complaint_type", "customer", "customer_name"),
			Column("contact_phone", "phone"),
			*text("reason", "customer_request", "department", "handler_name", "due_at"),
		),
		{"stage": ("not in", ("Done",))},
	),
	Part(
		"follow_ups",
		"Follow-up",
		"Follow-up",
		(
			Column("name"),
			Column("status", "translate"),
			*text("customer", "customer_name"),
			Column("phone", "phone"),
			*text("reason", "due_date", "planned_for"),
		),
		{"stage": ("not in", ("Done", "Cancelled"))},
	),
	Part(
		"work",
		"Work Assignment",
		"Work Assignment",
		(
			Column("name"),
			Column("status", "translate"),
			*text("subject", "assignee_name", "customer_name", "due_at", "content"),
		),
		{"stage": ("not in", ("Done", "Closed"))},
	),
	Part(
		"dealers",
		"Dealer",
		"Dealer",
		(*text("name", "dealer_name"), Column("phone", "phone"), *text("email", "region", "technical_lead")),
		{"disabled": 0},
		phones="other_phones",
	),
	Part(
		"departments",
		"Service Department",
		"Service Department",
		(*text("department_name"), Column("phone", "phone"), *text("email", "head", "deputy")),
	),
	Part(
		"staff",
		"Service Staff",
		"Service Staff",
		(*text("full_name", "staff_no"), Column("phone", "phone"), *text("extension", "department", "user")),
		{"enabled": 1},
	),
)


def parts_here() -> list[Part]:
	"""Return the parts that this site can fill, each with the columns that its DocType has."""
	here = []
	for part in PARTS:
		if not frappe.db.exists("DocType", part.doctype):
			continue
		meta = frappe.get_meta(part.doctype)
		columns = tuple(c for c in part.columns if c.fieldname == "name" or meta.has_field(c.fieldname))
		filters = {name: value for name, value in part.filters.items() if meta.has_field(name)}
		phones = part.phones if meta.has_field(part.phones) else ""
		here.append(Part(part.key, part.title, part.doctype, columns, filters, phones, part.use))
	return here


def labels_of(part: Part) -> list[str]:
	"""Return the English labels of a part's columns."""
	meta = frappe.get_meta(part.doctype)
	labels = [meta.get_label(column.fieldname) for column in part.columns if column.fieldname != "name"]
	return ["Record No.", *labels] if part.columns[0].fieldname == "name" else labels


def count_of(part: Part) -> int:
	"""Return how many rows there are."""
	return frappe.db.count(part.doctype, part.filters or None)


def rows_of(part: Part) -> Iterator[list[str]]:
	"""Yield the rows in the order of their names, each a list of texts as long as the part's columns.

	Not limited to what a user may see: who may take and read snapshots is decided by the rights on Emergency Snapshot.
	"""
	fields = list(dict.fromkeys(["name", *(column.fieldname for column in part.columns)]))
	last = ""
	while True:
		rows = frappe.get_all(
			part.doctype,
			filters=[
				*(
					[name, "=", value] if not isinstance(value, tuple) else [name, *value]
					for name, value in part.filters.items()
				),
				["name", ">", last],
			],
			fields=fields,
			order_by="name asc",
			limit_page_length=PAGE,
		)
		phones = _further_phones(part, [row.name for row in rows])
		for row in rows:
			yield [_text(row.get(column.fieldname), column, phones.get(row.name)) for column in part.columns]
		if len(rows) < PAGE:
			return
		last = rows[-1].name


def _further_phones(part: Part, names: list[str]) -> dict[str, list[str]]:
	if not part.phones or not names:
		return {}
	table = frappe.get_meta(part.doctype).get_field(part.phones).options
	found: dict[str, list[str]] = {}
	for row in frappe.get_all(
		table,
		filters={"parenttype": part.doctype, "parentfield": part.phones, "parent": ("in", names)},
		fields=["parent", "phone"],
		order_by="idx",
	):
		found.setdefault(row.parent, []).append(row.phone)
	return found


def _text(value: object, column: Column, phones: list[str] | None) -> str:
	if column.kind == "phone":
		return " / ".join(filter(None, [cstr(value), *(phones or [])]))
	if column.kind == "html" and value:
		value = strip_html(cstr(value).replace("</p>", "</p>\n").replace("<br", "\n<br"))
	return cstr(value).strip()[:LONGEST]
