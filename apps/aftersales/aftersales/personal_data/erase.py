"""Makes a customer anonymous: what is counted stays, what says who it was goes.

Written straight to the tables. A controller would refuse (an audited document, a closed state, a mandatory text), send
messages and keep the old value as a version; privacy law outranks all three. So this is the one documented path past
the audit lock; it is open to `requests` alone, and leaves a log and a comment on every audited record.

Everything here may be done twice: a run that was interrupted is simply started again.
"""

import hashlib
import json
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.utils import now, now_datetime

from aftersales.aftersales.customer_records import DOCTYPE
from aftersales.aftersales.personal_data.fields import placeholder, replacements
from aftersales.aftersales.personal_data.scope import SHARED, belongs_to_others, records_of
from aftersales.telephony.recordings import delete_of as delete_recordings
from aftersales.utils.audit_lock import AUDITED
from aftersales.utils.phones import phones_of
from aftersales.utils.workflow_state import state_field

BATCH = 200
# Rows of the customer's own tables that are nothing without what they say.
DROPPED_TABLES = ("Customer Phone", "Customer Relation", "Customer Property")
# What belongs to a record without naming the customer: DocType -> (field that leads to it, DocType it leads to).
SATELLITES = {"Call Event": ("service_call", "Service Call")}
KEPT_COMMENTS = ("Workflow", "Created", "Submitted", "Cancelled", "Like")
MAIL = (
	"sender",
	"sender_full_name",
	"recipients",
	"cc",
	"bcc",
	"phone_no",
	"text_content",
	"email_template",
	"message_id",
)


def erase(customer: str, request: str) -> dict:
	"""Delete the personal data of a customer.

	Commits after each batch, so that 10,000 records hold no lock for long.

	:param customer: name of the Service Customer.
	:param request: Personal Data Request that this is done for; named in the comments that it leaves.
	:returns: `records`: DocType -> how many, `audited`: how many of them are audited, `files`: how many were deleted.
	"""
	scope = records_of(customer)
	counts = {doctype: len(names) for doctype, names in scope.items()}
	counts[DOCTYPE] = 1
	# Other records first: as long as the customer keeps its numbers, a second run finds the same ones.
	audited = files = 0
	people = {doctype: scope.pop(doctype, set()) for doctype in SHARED}
	for doctype, names in scope.items():
		for batch in _batches(names):
			audited += _mark_audited(doctype, batch, request)
			files += _scrub_records(doctype, batch)
			frappe.db.commit()  # a batch is complete in itself
	for doctype, names in people.items():
		for name in names:
			files += _remove_person(doctype, name, customer)
	frappe.db.commit()
	files += _scrub_customer(customer, request)
	frappe.db.commit()
	return {"records": counts, "audited": audited, "files": files}


def _batches(names: set[str]) -> Iterator[list[str]]:
	ordered = sorted(names)
	for start in range(0, len(ordered), BATCH):
		yield ordered[start : start + BATCH]


def _mark_audited(doctype: str, names: list[str], request: str) -> int:
	"""Leave a comment on the audited ones, once, since their history will not show the change."""
	field = state_field(frappe.get_meta(doctype))
	if not field:
		return 0
	audited = frappe.get_all(doctype, {"name": ["in", names], field: AUDITED}, pluck="name", order_by=None)
	for name in audited:
		_leave_comment(doctype, name, request)
	return len(audited)


def _leave_comment(doctype: str, name: str, request: str) -> None:
	comment = {
		"comment_type": "Info",
		"reference_doctype": doctype,
		"reference_name": name,
		"content": _("Personal data deleted, request {0}.").format(request),
	}
	if not frappe.db.exists("Comment", {**comment, "content": ["like", f"%{request}%"]}):
		frappe.get_doc(doctype="Comment", **comment, comment_email=frappe.session.user).insert(
			ignore_permissions=True
		)


def _scrub_records(doctype: str, names: list[str]) -> int:
	"""Scrub documents of one DocType, their child rows, satellites, trail and files; returns deleted files."""
	meta = frappe.get_meta(doctype)
	values = {**replacements(doctype), "_comments": None, "modified": now()}
	_update(doctype, values, "name", names)
	for field in meta.get_table_fields():
		if scrubbed := replacements(field.options):
			_update(field.options, scrubbed, "parent", names, parenttype=doctype)
	for satellite, (link, leads_to) in SATELLITES.items():
		if leads_to == doctype:
			_update(satellite, replacements(satellite), link, names)
	_scrub_trail(doctype, names)
	for name in names:
		frappe.clear_document_cache(doctype, name)
	recorded = delete_recordings(names) if doctype == "Service Call" else 0
	return recorded + delete_files(doctype, names)


def _update(doctype: str, values: dict, field: str, names: list[str], **more: str) -> None:
	if not values or not names:
		return
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table).where(table[field].isin(names))
	for column, value in more.items():
		query = query.where(table[column] == value)
	for column, value in values.items():
		query = query.set(table[column], value)
	query.run()


def _scrub_trail(doctype: str, names: list[str]) -> None:
	"""Scrub what Frappe keeps about documents: comments, messages, tasks, versions, notices, mails, the global search."""
	_scrub_comments(doctype, names)
	_scrub_messages(doctype, names)
	todo = frappe.qb.DocType("ToDo")
	frappe.qb.update(todo).set(todo.description, placeholder()).where(
		(todo.reference_type == doctype) & todo.reference_name.isin(names)
	).run()
	log = frappe.qb.DocType("Activity Log")
	frappe.qb.update(log).set(log.subject, placeholder()).set(log.content, None).where(
		(log.reference_doctype == doctype) & log.reference_name.isin(names)
	).run()
	_redact_versions(doctype, names)
	_redact_deleted(doctype, names)
	frappe.db.delete("Notification Log", {"document_type": doctype, "document_name": ["in", names]})
	frappe.db.delete("Energy Point Log", {"reference_doctype": doctype, "reference_name": ["in", names]})
	_delete_mails(doctype, names)
	found = frappe.qb.Table("__global_search")
	frappe.qb.from_(found).where((found.doctype == doctype) & found.name.isin(names)).delete().run()


def _scrub_comments(doctype: str, names: list[str]) -> None:
	comment = frappe.qb.DocType("Comment")
	frappe.qb.update(comment).set(comment.content, placeholder()).set(comment.subject, None).where(
		(comment.reference_doctype == doctype)
		& comment.reference_name.isin(names)
		& comment.comment_type.notin(KEPT_COMMENTS)
		# what `_leave_comment` says must stay
		& ~((comment.comment_type == "Info") & comment.content.like("%PDR-%"))
	).run()


def _scrub_messages(doctype: str, names: list[str]) -> None:
	found = frappe.get_all(
		"Communication",
		{"reference_doctype": doctype, "reference_name": ["in", names]},
		pluck="name",
		order_by=None,
	)
	found += frappe.get_all(
		"Communication Link",
		{"link_doctype": doctype, "link_name": ["in", names]},
		pluck="parent",
		order_by=None,
	)
	if not found:
		return
	messages = list(dict.fromkeys(found))
	values = {"subject": placeholder(), "content": placeholder(), **dict.fromkeys(MAIL)}
	_update("Communication", values, "name", messages)
	delete_files("Communication", messages)
	_redact_versions("Communication", messages)


def _delete_mails(doctype: str, names: list[str]) -> None:
	mails = frappe.get_all(
		"Email Queue",
		{"reference_doctype": doctype, "reference_name": ["in", names]},
		pluck="name",
		order_by=None,
	)
	if mails:
		frappe.db.delete("Email Queue Recipient", {"parent": ["in", mails]})
		frappe.db.delete("Email Queue", {"name": ["in", mails]})


def _redact_versions(doctype: str, names: list[str]) -> None:
	"""Keep that something changed, by whom and when, without the values."""
	fields = replacements(doctype)
	tables = {
		field.fieldname: replacements(field.options) for field in frappe.get_meta(doctype).get_table_fields()
	}
	for row in frappe.get_all(
		"Version",
		{"ref_doctype": doctype, "docname": ["in", names]},
		["name", "data"],
		order_by=None,
		limit=0,
	):
		data = json.loads(row.data or "{}")
		redacted = json.dumps(redact(data, fields, tables), ensure_ascii=False)
		if redacted != row.data:
			frappe.db.set_value("Version", row.name, "data", redacted, update_modified=False)


def redact(data: dict, fields: dict, tables: dict[str, dict]) -> dict:
	"""Return the data of a Version with the values of personal fields replaced.

	:param data: `changed`, `added`, `removed`, `row_changed` and others, as Frappe writes them.
	:param fields: personal fields of the document.
	:param tables: table field -> personal fields of its rows.
	"""
	hidden = placeholder()

	def change(row: list, personal: dict) -> list:
		return [row[0], hidden, hidden] if row[0] in personal else row

	def child(table: str, row: dict) -> dict:
		personal = tables.get(table, {})
		return {key: hidden if key in personal and value else value for key, value in row.items()}

	result = dict(data)
	result["changed"] = [change(row, fields) for row in data.get("changed") or []]
	for key in ("added", "removed"):
		result[key] = [[table, child(table, row)] for table, row in data.get(key) or []]
	result["row_changed"] = [
		[table, index, name, [change(row, tables.get(table, {})) for row in changes]]
		for table, index, name, changes in data.get("row_changed") or []
	]
	return result


def _redact_deleted(doctype: str, names: list[str]) -> None:
	"""Records that were deleted earlier lie whole in Deleted Document."""
	frappe.db.set_value(
		"Deleted Document",
		{"deleted_doctype": doctype, "deleted_name": ["in", names]},
		"data",
		"{}",
		update_modified=False,
	)


def delete_files(doctype: str, names: list[str]) -> int:
	"""Delete attachments, on the disk first: a second run finds the row again if this one ends between the two.

	File's own delete would be refused on an audited record.
	"""
	files = frappe.get_all(
		"File",
		{"attached_to_doctype": doctype, "attached_to_name": ["in", names], "is_folder": 0},
		pluck="name",
		order_by=None,
		limit=0,
	)
	for name in files:
		file = frappe.get_doc("File", name)
		if not file.is_remote_file:
			_delete_content(file)
		frappe.db.delete("File", {"name": name})
		frappe.clear_document_cache("File", name)
	return len(files)


def _delete_content(file) -> None:
	"""Delete a file's content unless another record has the same; Frappe keeps one copy of what was uploaded twice."""
	same = {"content_hash": file.content_hash} if file.content_hash else {"file_url": file.file_url}
	if frappe.db.exists("File", {**same, "name": ["!=", file.name]}):
		return
	file.delete_file_data_content()


def _remove_person(doctype: str, name: str, customer: str) -> int:
	"""Delete a contact person or address; one that belongs to others too only loses its link to the customer."""
	if belongs_to_others(doctype, name, customer):
		frappe.db.delete(
			"Dynamic Link",
			{"parenttype": doctype, "parent": name, "link_doctype": DOCTYPE, "link_name": customer},
		)
		frappe.clear_document_cache(doctype, name)
		return 0
	files = delete_files(doctype, [name])
	frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
	# Frappe notes each deletion with the name of the document, which is the name of the person.
	frappe.db.delete(
		"Comment", {"comment_type": "Deleted", "reference_doctype": doctype, "subject": ["like", f"%{name}%"]}
	)
	return files


def _scrub_customer(customer: str, request: str) -> int:
	"""Scrub the customer, last: its numbers are what calls without a customer are found by."""
	from aftersales.telephony.caller import remove_numbers

	doc = frappe.get_doc(DOCTYPE, customer)
	values = {
		**replacements(DOCTYPE),
		"disabled": 1,
		"personal_data_deleted_on": doc.personal_data_deleted_on or now_datetime(),
		"erpnext_customer": hidden_key(doc.erpnext_customer),
		"_comments": None,
		"_user_tags": None,
		"modified": now(),
	}
	_update(DOCTYPE, values, "name", [customer])
	for table in DROPPED_TABLES:
		frappe.db.delete(table, {"parenttype": DOCTYPE, "parent": customer})
	# How others are related to the customer says who it was.
	frappe.db.delete("Customer Relation", {"related_customer": customer})
	frappe.db.delete("Tag Link", {"document_type": DOCTYPE, "document_name": customer})
	remove_numbers(doc)
	_delete_error_logs(doc)
	_scrub_trail(DOCTYPE, [customer])
	_redact_remembered(customer)
	files = delete_files(DOCTYPE, [customer]) + _delete_exports(customer)
	_leave_comment(DOCTYPE, customer, request)
	frappe.clear_document_cache(DOCTYPE, customer)
	return files


def _redact_remembered(customer: str) -> None:
	"""What names the customer elsewhere: thanks for the customers they brought, and records of any kind that were
	deleted earlier."""
	brought = frappe.get_all(DOCTYPE, {"referred_by": customer}, pluck="name", order_by=None)
	for doctype, type_field, name_field, text in (
		("ToDo", "reference_type", "reference_name", "description"),
		("Comment", "reference_doctype", "reference_name", "content"),
	):
		if brought:
			filters = {type_field: DOCTYPE, name_field: ["in", brought], text: ["like", f"%{customer}%"]}
			frappe.db.set_value(doctype, filters, text, placeholder(), update_modified=False)
	deleted = frappe.qb.DocType("Deleted Document")
	frappe.qb.update(deleted).set(deleted.data, "{}").where(
		deleted.data.like(f'%"{customer.replace("%", "")}"%')
	).run()


def _delete_error_logs(doc) -> None:
	"""Tracebacks quote what was at work. Found by the customer as it was read, so only the first run finds them."""
	words = {doc.customer_name, doc.organisation, doc.email, *phones_of(doc)} - {None, "", placeholder()}
	for word in words:
		frappe.db.delete("Error Log", {"error": ["like", f"%{word.replace('%', '')}%"]})


def _delete_exports(customer: str) -> int:
	requests = frappe.get_all(
		"Personal Data Request", {"customer": customer, "kind": "Export"}, pluck="name", order_by=None
	)
	return delete_files("Personal Data Request", requests) if requests else 0


def hidden_key(key: str | None) -> str | None:
	"""Return what stands for the key of an ERPNext customer, often a name itself, so that it is not taken over again."""
	if not key or key.startswith("sha256:"):
		return key
	return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
