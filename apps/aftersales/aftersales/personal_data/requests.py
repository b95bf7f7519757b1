"""Handing out and deleting personal data: who may, the log, the background job."""

import json
import os

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, escape_html, now_datetime, today
from frappe.utils.synchronization import filelock

from aftersales.aftersales.customer_records import DOCTYPE
from aftersales.aftersales.personal_data.erase import delete_files, erase
from aftersales.aftersales.personal_data.export import new_path, pack
from aftersales.utils.text import clean_text

LOG = "Personal Data Request"
ROLES = ("Service Manager", "Aftersales Administrator")
HOUR = 3600


class ConfirmationError(frappe.ValidationError):
	"""The typed name is not the customer's."""


class AlreadyDeletedError(frappe.ValidationError):
	"""The customer's personal data was deleted before."""


@frappe.whitelist(methods=["POST"])
def request_export(customer: str, reason: str | None = None) -> str:
	"""Order an archive of everything that is known of a customer; it is made in the background.

	:param customer: name of the Service Customer.
	:param reason: why, for the log.
	:returns: name of the Personal Data Request that will hold the file.
	:raises frappe.PermissionError: not one of `ROLES`, or the customer is not readable.
	"""
	doc = _permitted(customer, "read")
	return _queue("Export", doc.name, reason)


@frappe.whitelist(methods=["POST"])
def request_deletion(customer: str, confirmation: str, reason: str | None = None) -> str:
	"""Order that a customer becomes anonymous, for good; done in the background.

	:param customer: name of the Service Customer.
	:param confirmation: the customer's name, typed by the user.
	:param reason: why, for the log.
	:returns: name of the Personal Data Request.
	:raises frappe.PermissionError: not one of `ROLES`, or the customer may not be written.
	:raises ConfirmationError: the name is another one.
	:raises AlreadyDeletedError: it was done before.
	"""
	doc = _permitted(customer, "write")
	if doc.personal_data_deleted_on:
		frappe.throw(
			_("The personal data of {0} was deleted on {1}.").format(
				frappe.bold(doc.name), doc.get_formatted("personal_data_deleted_on")
			),
			AlreadyDeletedError,
		)
	if clean_text(confirmation) != doc.customer_name:
		frappe.throw(
			_("Type the customer's name exactly as it is written: {0}").format(
				frappe.bold(escape_html(doc.customer_name))
			),
			ConfirmationError,
			title=_("Nothing Was Deleted"),
		)
	return _queue("Deletion", doc.name, reason)


@frappe.whitelist(methods=["POST"])
def run_again(request: str) -> None:
	"""Queue a request anew that failed or was interrupted.

	:param request: name of the Personal Data Request.
	:raises frappe.PermissionError: not one of `ROLES`.
	"""
	_check_role()
	log = frappe.get_doc(LOG, request)
	log.check_permission("read")
	if log.status == "Done":
		frappe.throw(_("The request {0} is done.").format(frappe.bold(log.name)))
	log.db_set({"status": "Queued", "error": None})
	_enqueue(log.name)


def _permitted(customer: str, ptype: str) -> Document:
	_check_role()
	doc = frappe.get_doc(DOCTYPE, customer)
	doc.check_permission(ptype)
	return doc


def _check_role() -> None:
	# not frappe.only_for, which lets everybody pass in tests
	if frappe.session.user != "Administrator" and set(ROLES).isdisjoint(frappe.get_roles()):
		frappe.throw(
			_("Only {0} may hand out or delete personal data.").format(", ".join(_(role) for role in ROLES)),
			frappe.PermissionError,
		)


def _queue(kind: str, customer: str, reason: str | None) -> str:
	log = frappe.get_doc(
		doctype=LOG,
		kind=kind,
		customer=customer,
		reason=clean_text(reason) or None,
		requested_by=frappe.session.user,
		status="Queued",
	).insert(ignore_permissions=True)
	_enqueue(log.name)
	return log.name


def _enqueue(request: str) -> None:
	frappe.enqueue(
		run,
		queue="long",
		timeout=HOUR,
		enqueue_after_commit=True,
		request=request,
	)


def run(request: str) -> None:
	"""Background job: do what a Personal Data Request says. Safe to run twice, and at the same time.

	:param request: name of the Personal Data Request.
	"""
	with filelock(f"personal-data-{request}", timeout=HOUR):
		_run(request)


def _run(request: str) -> None:
	log = frappe.get_doc(LOG, request)
	if log.status == "Done":
		return
	_note(log, status="Running", error=None)
	try:
		result = _export(log) if log.kind == "Export" else erase(log.customer, log.name)
	except Exception as error:
		frappe.db.rollback()
		frappe.log_error(f"Personal Data Request {log.name}", reference_doctype=LOG, reference_name=log.name)
		# The message may quote the data; the Error Log, which administrators see, has it all.
		_note(log, status="Failed", error=type(error).__name__)
		_tell(log)
		return
	_note(
		log,
		status="Done",
		finished_at=now_datetime(),
		records=sum(result["records"].values()),
		audited_records=result.get("audited", 0),
		files=result["files"],
		summary=json.dumps(result["records"], ensure_ascii=False, indent=1, sort_keys=True),
	)
	_tell(log)


def _note(log: Document, **values) -> None:
	log.db_set(values, notify=True)
	frappe.db.commit()  # people watch the state


def _export(log: Document) -> dict:
	with _language_of(log.requested_by):
		path = new_path(log.customer)
		result = pack(log.customer, path)
	# Written past File's controller: it would read the archive into memory, and refuse one above the upload limit.
	file = frappe.get_doc(
		doctype="File",
		name=frappe.generate_hash(length=10),
		file_name=os.path.basename(path),
		file_url=f"/private/files/{os.path.basename(path)}",
		file_size=os.path.getsize(path),
		folder="Home/Attachments",
		is_private=1,
		attached_to_doctype=LOG,
		attached_to_name=log.name,
		owner=log.requested_by,
	)
	file.db_insert()
	days = cint(frappe.get_cached_doc("Aftersales Settings").personal_data_days)
	log.db_set("expires_on", add_days(today(), days), update_modified=False)
	return result


class _language_of:
	"""The archive is written in the language of whoever asked for it."""

	def __init__(self, user: str):
		self.wanted = frappe.db.get_value("User", user, "language") or frappe.local.lang

	def __enter__(self):
		self.before, frappe.local.lang = frappe.local.lang, self.wanted

	def __exit__(self, *_error):
		frappe.local.lang = self.before


def _tell(log: Document) -> None:
	from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

	with _language_of(log.requested_by):
		subject = {
			("Export", "Done"): _("The personal data of {0} is ready for download."),
			("Deletion", "Done"): _("The personal data of {0} is deleted."),
		}.get((log.kind, log.status), _("The request about the personal data of {0} failed.")).format(
			log.customer
		)
	email = frappe.db.get_value("User", log.requested_by, "email")
	enqueue_create_notification(
		[email],
		{
			"type": "Alert",
			"document_type": LOG,
			"document_name": log.name,
			"subject": subject,
			"from_user": log.requested_by,
		},
	)


def remove_expired() -> int:
	"""Daily: remove the files of exports whose days are over; the log stays.

	:returns: how many files.
	"""
	expired = frappe.get_all(
		LOG, {"kind": "Export", "expires_on": ["<", today()]}, pluck="name", order_by=None
	)
	return delete_files(LOG, expired) if expired else 0


def user_data_deleted(doc: Document, method: str | None = None) -> None:
	"""`on_update` of Frappe's Personal Data Deletion Request: once it is under way, delete the customer's data as well.

	Frappe redacts the fields that hooks.py names; history, files and telephone numbers are left to `erase`.

	:param doc: the request, which a System Manager has approved when it gets its steps.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	if not doc.deletion_steps or (before and before.deletion_steps):
		return
	for customer in frappe.get_all(
		DOCTYPE, {"email": doc.email, "personal_data_deleted_on": ["is", "not set"]}, pluck="name"
	):
		_queue("Deletion", customer, _("Request {0}").format(doc.name))
