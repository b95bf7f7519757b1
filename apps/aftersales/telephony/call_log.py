"""What the call log offers in the Desk: listening, calling back, dialling."""

import frappe
from werkzeug.wrappers import Response

from aftersales.telephony import call_backs, dialling, recordings
from aftersales.utils.access import check_permission

# Documents that a number may be dialled from.
DIALLED_FROM = (
	"Service Customer",
	"Service Ticket",
	"Service Call",
	"Caller Message",
	"Customer Complaint",
	"Follow-up",
	"Dealer",
	"Contact",
)


@frappe.whitelist(methods=["GET"])
def play(call: str, download: bool | int | str = False) -> Response:
	"""Return the recording of a call, whole or the part that the request's `Range` names (S7.12, S7.49).

	:param call: Service Call.
	:param download: to keep, rather than to play.
	:raises frappe.PermissionError: no read permission for the call, or for its field `recording`.
	:raises frappe.DoesNotExistError: there is no recording.
	"""
	check_permission("Service Call", "read")
	doc = frappe.get_doc("Service Call", call)
	check_permission("Service Call", "read", doc=doc)
	return recordings.answer(doc, frappe.utils.sbool(download) in (True, 1))


@frappe.whitelist(methods=["POST"])
def dial(
	number: str,
	phone_line: str | None = None,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
) -> dict:
	"""Ask the bridge of one of my lines to dial a number.

	:param number: in any notation.
	:param phone_line: one of my lines; without it the first that is connected.
	:param reference_doctype: kind of the document that the number stands in, see `DIALLED_FROM`.
	:param reference_name: its name.
	:return: `dial_request`, `state`, `number_display`.
	:raises frappe.PermissionError: I may not dial, or not read the document.
	:raises CannotDialError: no line, a silent bridge, or nothing to dial.
	:raises AlreadyDiallingError: my former request is open.
	"""
	check_permission("Dial Request", "create")
	reference = None
	if reference_doctype in DIALLED_FROM and reference_name:
		reference = frappe.get_doc(reference_doctype, reference_name)
		check_permission(reference_doctype, "read", doc=reference)
	doc = dialling.request(frappe.session.user, number, phone_line, reference)
	return {"dial_request": doc.name, "state": doc.state, "number_display": doc.number_display}


@frappe.whitelist(methods=["POST"])
def cancel_dial(dial_request: str) -> None:
	"""Take my request back, unless the bridge dials already.

	:param dial_request: Dial Request.
	:raises frappe.PermissionError: not mine.
	"""
	check_permission("Dial Request", "create")
	dialling.cancel(dial_request, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def no_call_back_needed(call: str) -> None:
	"""Say that a missed call needs no call-back.

	:param call: Service Call.
	:raises frappe.PermissionError: no write permission for it.
	:raises NothingToCallBackError: it does not wait for one.
	"""
	check_permission("Service Call", "write")
	check_permission("Service Call", "write", doc=frappe.get_doc("Service Call", call))
	call_backs.not_needed(call)


def add_to_boot(bootinfo: dict) -> None:
	"""`extend_bootinfo`: on which lines I may dial, so that buttons stand only where they work."""
	if frappe.session.user != "Guest" and frappe.has_permission("Dial Request", "create"):
		bootinfo["aftersales_dial_lines"] = [
			{"name": line.name, "title": line.title} for line in dialling.lines_for(frappe.session.user)
		]
