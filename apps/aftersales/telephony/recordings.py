"""Recordings of calls (S7.12, S7.49): taken from the bridge, kept private.

The file is attached to nothing and belongs to the Administrator, so that Frappe's own address of it opens for nobody
else: `stream` alone hands it out, to who may read the call and its field `recording`, and writes down who listened.
"""

import hashlib
import mimetypes
import os
import re
from urllib.parse import quote

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.utils import cint
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

STORED, ANNOUNCED, DELETED = "Stored", "Announced", "Deleted"
# First bytes of a file -> its ending. What a file is called says nothing about what it is.
KINDS = (
	(re.compile(rb"RIFF....WAVE", re.DOTALL), "wav"),
	(re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfb]"), "mp3"),
	(re.compile(rb"OggS"), "ogg"),
	(re.compile(rb"fLaC"), "flac"),
	(re.compile(rb"....ftyp", re.DOTALL), "m4a"),
)
MAX_SECONDS = 24 * 3600
# A browser asks for a file in pieces; within this time that is one listening.
ONE_LISTENING_S = 300
LISTENED, SAVED = "Recording Played", "Recording Downloaded"


class NotARecordingError(frappe.ValidationError):
	"""What was uploaded is no sound file, is empty, or is not what its check sum says."""


class RecordingTooLargeError(frappe.ValidationError):
	"""Larger than the site takes; the same file need not be sent again."""

	http_status_code = 413


class AnotherRecordingError(frappe.ValidationError):
	"""The call has a recording already, and it is not this one; the same file need not be sent again."""

	http_status_code = 409


def store(bridge: str, call_uuid: str, sha256: str, content: bytes, seconds: int | None) -> str:
	"""Keep the recording of a call; the same one again changes nothing.

	:param bridge: Caller ID Bridge whose call it is.
	:param call_uuid: Service Call.
	:param sha256: check sum of the file, 64 hexadecimal digits.
	:param content: the file.
	:param seconds: length as the bridge knows it.
	:return: name of the File.
	:raises frappe.DoesNotExistError: no such call of this bridge, or not yet; worth another try after the events.
	:raises NotARecordingError: see there.
	:raises RecordingTooLargeError: see there.
	:raises AnotherRecordingError: see there.
	"""
	check_size(len(content))
	sha256, ending = sha256.strip().lower(), kind_of(content)
	if hashlib.sha256(content).hexdigest() != sha256:
		frappe.throw(_("The file is damaged: its check sum is another one."), NotARecordingError)
	call = frappe.db.get_value(
		"Service Call",
		{"name": call_uuid, "bridge": bridge},
		["name", "recording", "recording_state", "recording_seconds"],
		as_dict=True,
		for_update=True,
	)
	if not call:
		frappe.throw(_("This bridge has reported no such call."), frappe.DoesNotExistError)
	if call.recording or call.recording_state == DELETED:
		return _again(call, sha256)
	name = _save_file(f"call-{call.name}-{sha256[:8]}.{ending}", content)
	values = {"recording": name, "recording_state": STORED}
	if seconds and 0 < seconds <= MAX_SECONDS:
		values["recording_seconds"] = seconds
	frappe.db.set_value("Service Call", call.name, values)
	return name


def may_hear(call) -> bool:
	"""Whether the session's user may listen to a call that they may read; the right is on the field `recording`."""
	return call.has_permlevel_access_to("recording")


def answer(call, download: bool) -> Response:
	"""Return the file of a call's recording, or the part of it that the request's `Range` names, and log who listens.

	:param call: Service Call, whose read permission has been checked.
	:param download: to keep, rather than to play.
	:raises frappe.PermissionError: the user may not hear recordings.
	:raises frappe.DoesNotExistError: there is none, or its file is gone.
	"""
	if not may_hear(call):
		frappe.throw(_("You may not listen to recordings."), frappe.PermissionError)
	path = call.recording and frappe.get_doc("File", call.recording).get_full_path()
	if not path or not os.path.exists(path):
		frappe.throw(_("There is no recording of this call."), frappe.DoesNotExistError)
	_log(call.name, path, SAVED if download else LISTENED)
	return _response(path, download)


def _log(call: str, path: str, what: str) -> None:
	key = f"aftersales_listening:{frappe.session.user}:{call}:{what}"
	if not frappe.cache.get_value(key, expires=True):
		make_access_log(doctype="Service Call", document=call, method=what, file_type=path.rpartition(".")[2])
		frappe.cache.set_value(key, 1, expires_in_sec=ONE_LISTENING_S)


def _response(path: str, download: bool) -> Response:
	name = os.path.basename(path)
	kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
	request = frappe.local.request
	if request.headers.get("X-Use-X-Accel-Redirect"):
		# The web server in front sends the file, and knows about parts of it.
		response = Response(mimetype=kind)
		response.headers["X-Accel-Redirect"] = quote(f"/protected/private/files/{name}")
		if download:
			response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
	else:
		response = send_file(
			path, request.environ, mimetype=kind, as_attachment=download, conditional=True, max_age=0
		)
	response.headers["Cache-Control"] = "private, no-store"
	return response


def most_bytes() -> int:
	"""Return the size of the largest recording that the site takes."""
	from frappe.core.api.file import get_max_file_size

	wanted = cint(frappe.get_cached_doc("Aftersales Settings").recording_max_mb) * 1024 * 1024
	return min(wanted, get_max_file_size()) if wanted else get_max_file_size()


def check_size(size: int) -> None:
	"""
	:raises RecordingTooLargeError: says what the site takes.
	"""
	if size > most_bytes():
		frappe.throw(
			_("A recording may have {0} MB at most. Record in a smaller format, or raise the limit.").format(
				most_bytes() // (1024 * 1024)
			),
			RecordingTooLargeError,
		)


def kind_of(content: bytes) -> str:
	"""Return the ending for a sound file.

	:raises NotARecordingError: none of the formats that browsers play.
	"""
	for pattern, ending in KINDS:
		if pattern.match(content):
			return ending
	frappe.throw(
		_("This is no recording that browsers play. Record as WAV, MP3, Ogg, FLAC or M4A."),
		NotARecordingError,
	)


def remove(call: str, file: str | None) -> None:
	"""Delete the file of a call's recording.

	:param call: Service Call, which keeps the note that there was one.
	:param file: its File.
	"""
	if file and frappe.db.exists("File", file):
		frappe.delete_doc("File", file, ignore_permissions=True, force=True, delete_permanently=True)
	frappe.db.set_value("Service Call", call, {"recording": None, "recording_state": DELETED})


def delete_of(calls: list[str]) -> int:
	"""Delete the recordings of some calls, as when a customer's data are deleted; returns how many there were."""
	rows = frappe.get_all(
		"Service Call", {"name": ("in", calls), "recording": ("is", "set")}, ["name", "recording"]
	)
	for row in rows:
		remove(row.name, row.recording)
	return len(rows)


def _again(call: dict, sha256: str) -> str:
	"""A recording that was deleted here is not taken again; the bridge may forget it."""
	if not call.recording:
		return ""
	stored = frappe.db.get_value("File", call.recording, "file_name") or ""
	if f"-{sha256[:8]}." not in stored:
		frappe.throw(_("The call has another recording already."), AnotherRecordingError)
	return call.recording


def _save_file(file_name: str, content: bytes) -> str:
	file = frappe.get_doc(doctype="File", file_name=file_name, content=content, is_private=1)
	file.flags.ignore_permissions = True
	file.insert(ignore_permissions=True)
	# The owner of a private file may open it; that must not be the account of the bridge.
	file.db_set("owner", "Administrator", update_modified=False)
	return file.name
