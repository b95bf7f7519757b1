"""Packs everything that belongs to a customer: data.json for machines, index.html for people, the files themselves."""

import json
import os
import zipfile

import frappe
from frappe import _
from frappe.model import default_fields, no_value_fields
from frappe.utils import escape_html, format_datetime, get_files_path, now_datetime, strip_html

from aftersales.aftersales.customer_records import DOCTYPE
from aftersales.aftersales.personal_data.scope import records_of

# What says nothing about the customer, or must not leave the site.
TECHNICAL = {*default_fields, "doctype", "parent", "parenttype", "parentfield", "naming_series", "lft", "rgt"}
SECRET = ("Password",)
NOTES = (
	(
		"Comment",
		"reference_doctype",
		"reference_name",
		["creation", "comment_by", "content"],
		{"comment_type": "Comment"},
	),
	(
		"Communication",
		"reference_doctype",
		"reference_name",
		["creation", "sender", "recipients", "subject", "content"],
		{},
	),
	("ToDo", "reference_type", "reference_name", ["creation", "date", "status", "description"], {}),
)
STYLE = (
	"body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f272e}"
	"h2{margin-top:2.5rem;border-bottom:1px solid #d1d8dd}h3{margin:1.5rem 0 .25rem;font-size:1rem}"
	"dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.15rem 1rem;margin:0}"
	"dt{color:#5e6c76}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #d1d8dd;padding:.2rem .5rem;text-align:left}"
)


def pack(customer: str, path: str) -> dict:
	"""Write the archive of a customer's personal data.

	:param customer: name of the Service Customer.
	:param path: file to write, which must not exist.
	:returns: `records`: DocType -> how many, and `files`: how many were packed.
	"""
	scope = {DOCTYPE: {customer}, **records_of(customer)}
	counts, files = {}, 0
	with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
		documents = {}
		for doctype in sorted(scope, key=lambda kind: (kind != DOCTYPE, kind)):
			documents[doctype] = [_read(doctype, name) for name in sorted(scope[doctype])]
			counts[doctype] = len(documents[doctype])
			files += _add_files(archive, doctype, scope[doctype])
		data = {
			"customer": customer,
			"made_at": str(now_datetime()),
			"site": frappe.local.site,
			"records": documents,
		}
		archive.writestr("data.json", json.dumps(data, default=str, ensure_ascii=False, indent=1))
		archive.writestr("index.html", readable(customer, documents))
	return {"records": counts, "files": files}


def _read(doctype: str, name: str) -> dict:
	doc = frappe.get_doc(doctype, name)
	values = _values(doc)
	for kind, type_field, name_field, fields, more in NOTES:
		rows = frappe.get_all(
			kind, {type_field: doctype, name_field: name, **more}, fields, order_by="creation asc", limit=0
		)
		if rows:
			values[f"_{frappe.scrub(kind)}s"] = [dict(row) for row in rows]
	return {"name": name, "created": str(doc.creation), **values}


def _values(doc) -> dict:
	values = {}
	for field in doc.meta.fields:
		value = doc.get(field.fieldname)
		if field.fieldname in TECHNICAL or field.fieldtype in SECRET or value in (None, "", 0, []):
			continue
		if field.fieldtype in frappe.model.table_fields:
			values[field.fieldname] = [_values(row) for row in value]
		elif field.fieldtype not in no_value_fields:
			values[field.fieldname] = value
	return values


def _add_files(archive: zipfile.ZipFile, doctype: str, names: set[str]) -> int:
	files = frappe.get_all(
		"File",
		{"attached_to_doctype": doctype, "attached_to_name": ["in", list(names)], "is_folder": 0},
		["name", "file_name", "attached_to_name"],
		order_by="creation asc",
		limit=0,
	)
	packed = 0
	for row in files:
		file = frappe.get_doc("File", row.name)
		if file.is_remote_file or not file.exists_on_disk():
			continue
		folder = f"files/{frappe.scrub(doctype)}/{row.attached_to_name}"
		archive.write(
			file.get_full_path(), f"{folder}/{row.name}-{os.path.basename(row.file_name or 'file')}"
		)
		packed += 1
	return packed


def readable(customer: str, documents: dict[str, list[dict]]) -> str:
	"""Return the page that a person can read, in the language of whoever asked for it.

	:param customer: name of the Service Customer.
	:param documents: DocType -> documents, as `pack` writes them.
	"""
	language = escape_html(frappe.local.lang or "en")
	title = _("Personal Data of Customer {0}").format(escape_html(customer))
	parts = [
		f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>',
		f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><h1>{title}</h1>',
		f"<p>{_('Made on {0}').format(escape_html(format_datetime(now_datetime())))}</p>",
	]
	for doctype, rows in documents.items():
		parts.append(f"<h2>{escape_html(_(doctype))} ({len(rows)})</h2>")
		parts += [_document(doctype, row) for row in rows]
	return "\n".join(parts)


def _document(doctype: str, values: dict) -> str:
	meta = frappe.get_meta(doctype)
	lines, tables = [], []
	for key, value in values.items():
		field = meta.get_field(key)
		label = escape_html(_(field.label) if field else _label(key))
		if isinstance(value, list):
			tables.append(f"<h3>{label}</h3>{_table(field, value)}")
		elif key != "name":
			lines.append(f"<dt>{label}</dt><dd>{_text(value)}</dd>")
	return f"<h3>{escape_html(values['name'])}</h3><dl>{''.join(lines)}</dl>{''.join(tables)}"


def _label(key: str) -> str:
	labels = {
		"created": _("Created On"),
		"_comments": _("Comments"),
		"_communications": _("Messages"),
		"_todos": _("ToDo"),
	}
	return labels.get(key, key)


def _table(field, rows: list[dict]) -> str:
	columns = list(dict.fromkeys(key for row in rows for key in row))
	meta = frappe.get_meta(field.options) if field else None
	heads = [_(meta.get_label(key)) if meta else key for key in columns]
	head = "".join(f"<th>{escape_html(label)}</th>" for label in heads)
	body = "".join(
		f"<tr>{''.join(f'<td>{_text(row.get(key))}</td>' for key in columns)}</tr>" for row in rows
	)
	return f"<table><tr>{head}</tr>{body}</table>"


def _text(value) -> str:
	if value is None:
		return ""
	return escape_html(strip_html(str(value)) if isinstance(value, str) and "<" in value else str(value))


def new_path(customer: str) -> str:
	"""Return a path in the site's private files that nobody can guess and nothing has taken."""
	name = f"personal-data-{frappe.scrub(customer).replace('/', '-')}-{frappe.generate_hash(length=20)}.zip"
	return get_files_path(name, is_private=True)
