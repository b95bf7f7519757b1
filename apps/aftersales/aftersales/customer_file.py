"""The customer page: everything about a customer on one screen (S1.03, S2.08, S16.02).

Counts and history come from every DocType with a Link field `customer`, see `customer_records`, through `get_list`, so
that each kind shows only what the user may read. A page of the history costs one indexed read per kind, however long
it is.
"""

import json

import frappe
from frappe import _
from frappe.utils import cint, flt, get_datetime, get_fullname, strip_html

from aftersales.aftersales.context import excerpt
from aftersales.aftersales.customer_records import DOCTYPE, readable_kinds
from aftersales.aftersales.doctype.service_customer.service_customer import (
	is_new_customer,
	named_by,
	vip_details,
)
from aftersales.telephony.numbers import format_number
from aftersales.utils.phones import phones_of
from aftersales.utils.workflow_state import indicator_of, state_field

PAGE = 50
MOST_PEOPLE = 20
REMARK = "Comment"
LETTER = "Communication"
# Fields that say what a record is about; the first that the DocType has is shown.
ABOUT = (
	"question",
	"subject",
	"symptom",
	"opportunity_title",
	"reason",
	"purpose",
	"work_done",
	"description",
	"note",
)
# Shown elsewhere on the page, or by the entry itself.
REPEATED = ("customer", "customer_name", "organisation", "contact_phone", "caller", "number_display")
FACTS = 3
HEAD = (
	"name",
	"customer_name",
	"organisation",
	"email",
	"fax",
	"customer_kind",
	"customer_group",
	"region",
	"dealer",
	"account_owner",
	"disabled",
	"preferred_channel",
	"member_no",
	"gold_customer",
	"black_listed",
	"black_list_reason",
	"black_listed_on",
	"birthday",
	"individual_needs",
	"purchase_intention",
	"remarks",
	"privacy_notice_given",
	"privacy_notice_on",
	"customer_since",
	"profile_score",
	"hard_file_score",
	"soft_file_score",
	"report_type",
	"amount_spent",
	"image",
	"personal_data_deleted_on",
)


@frappe.whitelist()
def overview(customer: str) -> dict:
	"""Return what stands above and beside the history on the customer page.

	:param customer: record number of the Service Customer.
	:returns: `head` (the customer's own fields), `phones`, `groups`, `vip`, `next_level`, `people`, `addresses`,
	    `relations` (both directions), `referred`, `cards` (per kind: total and open) and `may` (what to offer).
	:raises frappe.PermissionError: the user may not read the customer.
	:raises frappe.DoesNotExistError: there is none.
	"""
	doc = frappe.get_doc(DOCTYPE, customer)
	doc.check_permission("read")
	doc.apply_fieldlevel_read_permissions()
	head = {field: doc.get(field) for field in HEAD}
	head["account_owner_name"] = get_fullname(doc.account_owner) if doc.account_owner else None
	head["new_customer"] = is_new_customer(doc.customer_since)
	kinds = readable_kinds()
	return {
		"head": head,
		"phones": _phones(doc),
		"groups": [row.customer_group for row in doc.customer_groups],
		"vip": vip_details(doc.vip_level),
		"next_level": next_level(doc),
		"people": _people(customer),
		"addresses": _addresses(customer),
		"relations": _relations(doc),
		"referred": _referred(doc),
		"cards": sorted((_card(kind, customer) for kind in kinds), key=lambda card: not card["total"]),
		"kinds": [*({"kind": kind, "label": _(kind)} for kind in kinds), *_note_kinds()],
		"may": {
			"write": bool(frappe.has_permission(DOCTYPE, "write", doc=doc)),
			"create": [kind for kind in kinds if frappe.has_permission(kind, "create")],
		},
	}


def _note_kinds() -> list[dict]:
	return [{"kind": REMARK, "label": _("Comments")}, {"kind": LETTER, "label": _("Messages")}]


def _phones(doc) -> list[dict]:
	labels = {row.phone: row.label for row in doc.other_phones}
	return [
		{"phone": phone, "display": format_number(phone) or phone, "label": labels.get(phone)}
		for phone in phones_of(doc)
	]


def next_level(doc) -> dict | None:
	"""Return the VIP level that the customer's spending has reached above the present one; None otherwise (S3.04).

	:param doc: Service Customer.
	:returns: name and minimum_spending of the highest such level.
	"""
	if not flt(doc.amount_spent):
		return None
	rank = cint(frappe.get_cached_value("VIP Level", doc.vip_level, "rank")) if doc.vip_level else -1
	levels = frappe.get_all(
		"VIP Level",
		filters=[
			["minimum_spending", ">", 0],
			["minimum_spending", "<=", flt(doc.amount_spent)],
			["rank", ">", rank],
		],
		fields=["name", "minimum_spending"],
		order_by="`rank` desc",
		limit=1,
	)
	return levels[0] if levels else None


def _linked(doctype: str, customer: str, fields: list[str]) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(
		doctype,
		filters=[
			["Dynamic Link", "link_doctype", "=", DOCTYPE],
			["Dynamic Link", "link_name", "=", customer],
		],
		fields=fields,
		order_by=f"`tab{doctype}`.creation asc",
		limit=MOST_PEOPLE,
	)


def _people(customer: str) -> list[dict]:
	"""Contact persons with post, birthday, family and hobbies (S3.02), as far as the site keeps those fields."""
	meta = frappe.get_meta("Contact")
	wanted = ["name", "first_name", "last_name", "designation", "phone", "mobile_no", "email_id"]
	extra = [field for field in CONTACT_EXTRA if meta.has_field(field)]
	people = _linked("Contact", customer, wanted + extra)
	for person in people:
		person.full_name = " ".join(filter(None, (person.first_name, person.last_name)))
		person.extra = [
			{"label": _(meta.get_label(field)), "value": frappe.format(person[field], meta.get_field(field))}
			for field in extra
			if person[field]
		]
	return people


# Custom fields of Contact, see aftersales.setup.contact_fields.
CONTACT_EXTRA = ("aftersales_relation", "aftersales_birthday", "aftersales_family", "aftersales_hobbies")


def _addresses(customer: str) -> list[dict]:
	fields = ["name", "address_type", "address_line1", "address_line2", "city", "state", "pincode", "country"]
	return _linked("Address", customer, fields)


def _relations(doc) -> list[dict]:
	"""Relations that the customer names, and those in which others name them (S3.03)."""
	names = [row.related_customer for row in doc.relations]
	readable = _readable_names(names)
	mine = [
		{
			"customer": row.related_customer,
			"customer_name": readable[row.related_customer],
			"relation": row.relation,
			"back": False,
		}
		for row in doc.relations
		if row.related_customer in readable
	]
	return mine + [{**row, "back": True} for row in named_by(doc.name)]


def _readable_names(names: list[str]) -> dict[str, str]:
	if not names:
		return {}
	rows = frappe.get_list(DOCTYPE, {"name": ["in", names]}, ["name", "customer_name"])
	return {row.name: row.customer_name for row in rows}


def _referred(doc) -> dict:
	"""Who brought the customer, and whom the customer brought (S6.11)."""
	brought = frappe.get_list(
		DOCTYPE,
		filters={"referred_by": doc.name},
		fields=["name", "customer_name"],
		order_by="creation desc",
		limit=MOST_PEOPLE,
	)
	count = len(brought)
	if count == MOST_PEOPLE:
		count = frappe.get_list(DOCTYPE, {"referred_by": doc.name}, ["count(name) as n"])[0].n
	by = _readable_names([doc.referred_by]) if doc.referred_by else {}
	return {
		"by": {"customer": doc.referred_by, "customer_name": by[doc.referred_by]} if by else None,
		"brought": brought,
		"count": count,
	}


def _card(kind: str, customer: str) -> dict:
	"""How many records of a kind there are, and how many of them are open; one statement."""
	field, is_open = _open_rule(frappe.get_meta(kind))
	fields = ["count(name) as n"]
	if field:
		fields.append(field)
	rows = frappe.get_list(
		kind,
		filters={"customer": customer},
		fields=fields,
		group_by=field,
		order_by=None,
		limit_page_length=0,
	)
	return {
		"kind": kind,
		"label": _(kind),
		"total": sum(row.n for row in rows),
		"open": sum(row.n for row in rows if is_open(row[field])) if field else None,
	}


def _open_rule(meta) -> tuple:
	"""Return the field that says whether a record is open, and how to read it."""
	if meta.has_field("completed"):
		return "completed", lambda value: not value
	if meta.has_field("closed_on"):
		return "closed_on", lambda value: not value
	return None, None


@frappe.whitelist()
def timeline(customer: str, kinds: list | str | None = None, cursor: str | None = None) -> dict:
	"""Return a page of the customer's history, newest first: records of all kinds, comments and messages in one row.

	:param customer: record number of the Service Customer.
	:param kinds: DocTypes to show (list or JSON); all when empty. What the user may not read is left out.
	:param cursor: `next` of the page before, None for the first page.
	:returns: `entries`, at most 50, each with kind, name, when, title, facts, state and colour; and `next`, None
	    when there are no more.
	:raises frappe.PermissionError: the user may not read the customer.
	:raises frappe.ValidationError: the cursor is none.
	"""
	doc = frappe.get_doc(DOCTYPE, customer)
	doc.check_permission("read")
	wanted = frappe.parse_json(kinds) if isinstance(kinds, str) else kinds
	place = _place(cursor)
	available = [*readable_kinds(), REMARK, LETTER]
	rows = []
	for kind in available:
		if not wanted or kind in wanted:
			rows += [(kind, row) for row in _page_of(kind, customer, place)]
	# newest first; within a moment by kind, then the later number first
	rows.sort(key=lambda entry: entry[1].name, reverse=True)
	rows.sort(key=lambda entry: entry[0])
	rows.sort(key=lambda entry: entry[1].creation, reverse=True)
	page = rows[:PAGE]
	following = None
	if len(rows) > PAGE:
		kind, row = page[-1]
		following = json.dumps([str(row.creation), kind, row.name])
	return {"entries": [_entry(kind, row) for kind, row in page], "next": following}


def _place(cursor: str | None) -> tuple | None:
	if not cursor:
		return None
	try:
		creation, kind, name = json.loads(cursor)
		return get_datetime(creation), str(kind), str(name)
	except (ValueError, TypeError):
		frappe.throw(_("This page of the history is gone. Reload the customer's page."))


def _page_of(kind: str, customer: str, place: tuple | None) -> list[dict]:
	"""Rows of one kind after a place in the merged order, enough for a page and one more."""
	if not place:
		return _read(kind, customer, [])
	creation, last_kind, last_name = place
	if kind > last_kind:
		return _read(kind, customer, [["creation", "<=", creation]])
	rows = []
	if kind == last_kind:
		rows = _read(kind, customer, [["creation", "=", creation], ["name", "<", last_name]])
	return rows + _read(kind, customer, [["creation", "<", creation]])


def _read(kind: str, customer: str, after: list) -> list[dict]:
	if kind == REMARK:
		# Whoever reads the customer reads what was noted on them, as on Frappe's own form.
		own = [["reference_doctype", "=", DOCTYPE], ["reference_name", "=", customer]]
		own.append(["comment_type", "=", "Comment"])
		fields, ask = ["name", "creation", "content", "comment_by", "owner"], frappe.get_all
	elif kind == LETTER:
		own = [["reference_doctype", "=", DOCTYPE], ["reference_name", "=", customer]]
		fields = ["name", "creation", "subject", "sent_or_received", "communication_medium"]
		ask = frappe.get_all
	else:
		own, fields, ask = [["customer", "=", customer]], _columns(kind), frappe.get_list
	return ask(
		kind,
		filters=own + after,
		fields=fields,
		order_by=f"`tab{kind}`.creation desc, `tab{kind}`.name desc",
		limit_page_length=PAGE + 1,
		# with Frappe's ifnull() around it the moment would be compared as a text, and no index read
		ignore_ifnull=True,
	)


def _columns(kind: str) -> list[str]:
	meta = frappe.get_meta(kind)
	names = [state_field(meta), _about(meta), *(field.fieldname for field in _facts(meta))]
	return list(dict.fromkeys(["name", "creation", *filter(None, names)]))


def _about(meta) -> str | None:
	return next((field for field in ABOUT if meta.has_field(field)), None)


def _facts(meta) -> list:
	"""The DocType's list columns, which an administrator chooses; without what the page says anyway."""
	no_fact = (*REPEATED, state_field(meta), _about(meta))
	fields = [field for field in meta.fields if field.in_list_view and field.fieldname not in no_fact]
	return [field for field in fields if field.fieldtype not in frappe.model.no_value_fields][:FACTS]


def _entry(kind: str, row: dict) -> dict:
	entry = {"kind": kind, "name": row.name, "when": str(row.creation), "facts": [], "state": None}
	if kind == REMARK:
		return {
			**entry,
			"title": excerpt(strip_html(row.content or "")),
			"facts": [row.comment_by or row.owner],
		}
	if kind == LETTER:
		return {
			**entry,
			"title": excerpt(row.subject),
			"facts": [_(row.sent_or_received or ""), _(row.communication_medium or "")],
		}
	meta = frappe.get_meta(kind)
	state, about = state_field(meta), _about(meta)
	if state and row.get(state):
		entry["state"] = {"label": _(row[state]), "colour": indicator_of(row[state])}
	entry["title"] = excerpt(strip_html(str(row.get(about) or ""))) if about else ""
	entry["facts"] = [
		_shown(row.get(field.fieldname), field) for field in _facts(meta) if row.get(field.fieldname)
	]
	return entry


def _shown(value, field) -> str:
	if field.fieldtype in ("Select", "Check") or (
		field.fieldtype == "Link" and frappe.get_meta(field.options).translated_doctype
	):
		return _(field.label) if field.fieldtype == "Check" else _(str(value))
	return excerpt(strip_html(str(frappe.format(value, field))))
