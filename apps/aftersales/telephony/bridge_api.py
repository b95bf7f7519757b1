"""What bridges ask and tell beside their events: how they are, what they shall dial, recordings."""

from datetime import datetime, timezone

import frappe
from frappe import _

from aftersales.telephony import bridge_status, dialling, recordings
from aftersales.telephony.doctype.caller_id_bridge.caller_id_bridge import ROLE, own_bridge


@frappe.whitelist(methods=["POST"])
def heartbeat(bridge_id: str, status: dict | str) -> dict:
	"""Take what a bridge tells about itself.

	:param bridge_id: the Caller ID Bridge, whose user must be the session's.
	:param status: version, host, boot_id, started_at, queue {queued, dead, oldest_age_s, bytes, free_bytes} and devices
	        [{id, adapter, lines, state (up, down), since, bad_frames, last_event_at, error}].
	:return: `server_time`, and `interval_s` until the next one.
	:raises frappe.PermissionError: wrong role, or a bridge that is unknown, disabled or another user's.
	:raises MalformedStatusError: no JSON object, or too long.
	"""
	frappe.only_for(ROLE)
	bridge_status.heartbeat(own_bridge(bridge_id), status)
	now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
	return {"server_time": now, "interval_s": bridge_status.INTERVAL_S}


@frappe.whitelist(methods=["POST"])
def take_dial_requests(bridge_id: str) -> list[dict]:
	"""Hand over what agents want dialled; each request goes out at most once.

	:param bridge_id: the Caller ID Bridge, whose user must be the session's.
	:return: `dial_request`, `line`, `number`, `extension` (may be None) and `expires_in_s` of each.
	:raises frappe.PermissionError: wrong role, or a bridge that is unknown, disabled or another user's.
	"""
	frappe.only_for(ROLE)
	return dialling.take(own_bridge(bridge_id))


@frappe.whitelist(methods=["POST"])
def upload_recording(
	bridge_id: str, call_uuid: str, sha256: str, filename: str = "", seconds: int | str | None = None
) -> dict:
	"""Take the recording of a call, sent as the file `recording` of a multipart form (S7.12).

	:param bridge_id: the Caller ID Bridge, whose user must be the session's.
	:param call_uuid: the call; its events must have been posted before.
	:param sha256: check sum of the file; the same one again changes nothing.
	:param filename: what the file is called at the device.
	:param seconds: length.
	:return: `file`, name of the File; empty if the recording was deleted here before and is not wanted again.
	:raises frappe.PermissionError: wrong role, or a bridge that is unknown, disabled or another user's.
	:raises frappe.DoesNotExistError: 404, this bridge has reported no such call (yet).
	:raises NotARecordingError: 417, no sound file, or a damaged one.
	:raises RecordingTooLargeError: 413.
	:raises AnotherRecordingError: 409, the call has another one.
	"""
	frappe.only_for(ROLE)
	bridge = own_bridge(bridge_id)
	sent = frappe.request.files.get("recording") if frappe.request else None
	if not sent:
		frappe.throw(_("Send the file as {0}.").format("recording"), recordings.NotARecordingError)
	# One byte more than allowed is enough to know that it is too large.
	content = sent.stream.read(recordings.most_bytes() + 1)
	length = int(seconds) if str(seconds or "").isdecimal() else None
	return {"file": recordings.store(bridge, call_uuid, sha256, content, length)}
