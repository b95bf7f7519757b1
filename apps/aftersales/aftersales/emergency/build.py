"""Takes a snapshot: reads everything once, writes both files, stores them privately, tells who wants to know (S1.41)."""

import hashlib
import os
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_url_to_form, now_datetime

from aftersales.aftersales.emergency.page import PageWriter
from aftersales.aftersales.emergency.parts import count_of, parts_here, rows_of
from aftersales.aftersales.emergency.workbook import WorkbookWriter

DOCTYPE = "Emergency Snapshot"
STEP = 2000  # rows between two reports of progress


def build(name: str) -> None:
	"""Fill a snapshot; the background job. What goes wrong is written into the snapshot.

	:param name: name of a stored Emergency Snapshot.
	"""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status != "Queued":
		return  # a job that was delivered twice
	_show(doc, status="Building", taken_on=now_datetime(), error=None)
	paths = _paths(doc)
	frappe.db.savepoint("emergency_snapshot")
	try:
		counts = write(doc, *paths)
		files = {
			field: _store(doc, field, path)
			for field, path in zip(("html_file", "xlsx_file"), paths, strict=True)
		}
	except Exception as error:
		frappe.db.rollback(save_point="emergency_snapshot")
		for path in paths:
			path.unlink(missing_ok=True)
		frappe.log_error(title="Emergency Snapshot", reference_doctype=DOCTYPE, reference_name=name)
		_show(doc, status="Failed", error=str(error)[:500])
		return
	_show(
		doc,
		status="Ready",
		row_count=sum(counts.values()),
		contents="\n".join(f"{_(title)}: {count}" for title, count in counts.items()),
		**files,
	)
	purge()
	tell(doc)


def write(doc: Document, page_path: Path, book_path: Path) -> dict[str, int]:
	"""Write both files in one pass over the database.

	:returns: number of rows by the title of the part.
	"""
	parts = parts_here()
	total = sum(count_of(part) for part in parts) or 1
	done, counts = 0, {}
	book = WorkbookWriter()
	with page_path.open("w", encoding="utf-8") as target:
		page = PageWriter(target, str(doc.taken_on))
		for part in parts:
			for writer in (page, book):
				writer.start_part(part)
			before = done
			for row in rows_of(part):
				page.add(row)
				book.add(row)
				done += 1
				if done % STEP == 0:
					frappe.publish_progress(
						min(99, 100 * done / total), _("Emergency Snapshot"), DOCTYPE, doc.name, _(part.title)
					)
			counts[part.title] = done - before
		page.finish()
	book.save(book_path)
	return counts


def purge() -> None:
	"""Delete the snapshots beyond those that the settings keep, with their files."""
	keep = cint(frappe.get_cached_doc("Aftersales Settings").emergency_keep)
	names = frappe.get_all(
		DOCTYPE, filters={"status": "Ready"}, order_by="creation desc, name desc", pluck="name"
	)
	for name in names[keep:] if keep else ():
		# For good: the files hold personal data.
		frappe.delete_doc(DOCTYPE, name, ignore_permissions=True, delete_permanently=True)


def tell(doc: Document) -> None:
	"""Send those named in the settings a message, with the page if the settings say so; only to who may read it."""
	settings = frappe.get_cached_doc("Aftersales Settings")
	for row in settings.emergency_recipients:
		user = frappe.db.get_value("User", row.user, ["enabled", "email", "language"], as_dict=True)
		if not user or not user.enabled or not frappe.has_permission(DOCTYPE, "read", doc=doc, user=row.user):
			continue
		attachments = []
		if settings.emergency_send_file:
			attachments = [{"fid": frappe.db.get_value("File", {"file_url": doc.html_file})}]
		frappe.sendmail(
			recipients=[user.email],
			subject=_("Emergency snapshot of {0}", user.language).format(doc.get_formatted("taken_on")),
			message="<p>{}</p><p><a href='{}'>{}</a></p>".format(
				_(
					"Save the page where you can open it without the network. It holds personal data: keep it safe and delete older ones.",
					user.language,
				),
				get_url_to_form(DOCTYPE, doc.name),
				doc.name,
			),
			attachments=attachments,
			reference_doctype=DOCTYPE,
			reference_name=doc.name,
		)


def _paths(doc: Document) -> tuple[Path, Path]:
	folder = Path(frappe.get_site_path("private", "files"))
	stem = f"emergency-{now_datetime():%Y-%m-%d-%H%M}-{frappe.generate_hash(length=8)}"
	return folder / f"{stem}.html", folder / f"{stem}.xlsx"


def _store(doc: Document, field: str, path: Path) -> str:
	"""Make the File of what was written and return its address.

	Straight to the table: `File.insert` would read the whole content into memory, and refuse what is larger than an upload
	may be.
	"""
	url = f"/private/files/{path.name}"
	file = frappe.get_doc(
		doctype="File",
		file_name=path.name,
		file_url=url,
		is_private=1,
		folder="Home/Attachments",
		file_size=os.path.getsize(path),
		content_hash=_hash_of(path),
		attached_to_doctype=doc.doctype,
		attached_to_name=doc.name,
		attached_to_field=field,
	)
	file.set_new_name()
	file.set_user_and_timestamp()
	file.db_insert()
	return url


def _hash_of(path: Path) -> str:
	digest = hashlib.md5()  # as File does it
	with path.open("rb") as source:
		while block := source.read(1 << 20):
			digest.update(block)
	return digest.hexdigest()


def _show(doc: Document, **values: object) -> None:
	"""Write the state past the form's rules and let open forms follow."""
	doc.db_set(values, notify=True)
	if not frappe.flags.in_test:
		frappe.db.commit()  # people watch the status while the job runs
