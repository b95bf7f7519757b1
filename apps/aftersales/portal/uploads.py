"""Files that come through the portal: known kinds only, told by their content; private; of one ticket."""

import io
import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath

import frappe
from frappe import _
from frappe.utils import cint
from PIL import Image, UnidentifiedImageError

PICTURES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}
PDF = b"%PDF-"
ACCEPT = "image/jpeg,image/png,image/gif,image/webp,application/pdf"
MOST_PIXELS = 60_000_000
# Shown in the browser; whatever else a ticket has is saved to disk by whoever opens it.
SHOWN = {".jpg", ".jpeg", ".png", ".gif", ".webp"}


class UploadError(frappe.ValidationError):
	"""Too many files, too large, or of a kind that is not taken."""


@dataclass
class Upload:
	"""A file that was checked.

	:param name: with the ending that belongs to its content.
	:param content: bytes.
	:param is_picture: whether browsers show it.
	"""

	name: str
	content: bytes
	is_picture: bool


def read_uploads(field: str = "files") -> list[Upload]:
	"""Return the files of a form field, checked.

	:raises UploadError: with what to do.
	"""
	settings = frappe.get_cached_doc("Service Portal Settings")
	stored = [file for file in frappe.request.files.getlist(field) if file.filename]
	most, largest = cint(settings.max_files), cint(settings.max_file_mb)
	if len(stored) > most:
		frappe.throw(_("Send at most {0} files at a time.").format(most), UploadError)
	return [check(file.filename, file.stream.read(largest * 1024 * 1024 + 1), largest) for file in stored]


def check(filename: str, content: bytes, largest: int) -> Upload:
	"""Return a file under a safe name, if it is of a kind that is taken.

	:param filename: as the browser sent it.
	:param content: bytes, at most one more than allowed.
	:param largest: in MB.
	:raises UploadError: it is empty, too large, or of another kind.
	"""
	shown = frappe.utils.escape_html(filename[:80])
	if not content:
		frappe.throw(_("The file {0} is empty.").format(shown), UploadError)
	if len(content) > largest * 1024 * 1024:
		frappe.throw(_("The file {0} is larger than {1} MB.").format(shown, largest), UploadError)
	if content.startswith(PDF):
		return Upload(safe_name(filename, ".pdf"), content, False)
	ending = picture_ending(content)
	if not ending:
		frappe.throw(
			_("The file {0} cannot be taken. Send pictures (JPEG, PNG, GIF, WebP) or PDF.").format(shown),
			UploadError,
		)
	return Upload(safe_name(filename, ending), content, True)


def picture_ending(content: bytes) -> str | None:
	"""Return the ending of a picture that can be decoded, None for anything else."""
	try:
		# Only these are even looked at: Pillow reads many more kinds, some by other programs.
		with Image.open(io.BytesIO(content), formats=list(PICTURES)) as picture:
			if picture.width * picture.height > MOST_PIXELS:
				return None
			picture.verify()
			return PICTURES.get(picture.format)
	except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
		return None


def safe_name(filename: str, ending: str) -> str:
	"""Return the name without folders and signs that mean something elsewhere, with the ending of the content."""
	stem = PurePosixPath(filename.replace("\\", "/")).stem
	stem = "".join(char if char.isalnum() or char in "-_ " else "_" for char in stem).strip()[:60]
	return f"{stem or 'file'}{ending}"


def store(upload: Upload, doctype: str | None = None, name: str | None = None):
	"""Store a file privately.

	:param doctype: of the document that it belongs to; none for a ticket that is about to be made and takes its pictures.
	:param name: of that document.
	:returns: the File.
	"""
	file = frappe.get_doc(
		doctype="File",
		file_name=upload.name,
		content=upload.content,
		is_private=1,
		attached_to_doctype=doctype,
		attached_to_name=name,
	)
	file.flags.ignore_permissions = True
	return file.insert(ignore_permissions=True)


def content_type(name: str) -> tuple[str, bool]:
	"""Return the type under which a stored file is sent, and whether browsers may show it themselves."""
	ending = PurePosixPath(name or "").suffix.lower()
	if ending in SHOWN:
		return mimetypes.types_map.get(ending, "image/webp" if ending == ".webp" else "image/jpeg"), True
	return "application/octet-stream", False
