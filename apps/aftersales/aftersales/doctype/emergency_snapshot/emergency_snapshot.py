"""Emergency Snapshot: one file with what people need while the site cannot be reached (S1.41)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_to_date, now_datetime

# A snapshot that has been running for longer has died with its worker.
LONGEST_HOURS = 2


class SnapshotRunningError(frappe.ValidationError):
	"""Another one is being taken."""


class EmergencySnapshot(Document):
	def before_insert(self):
		self.refuse_second()
		self.update({"status": "Queued", "requested_by": frappe.session.user})
		for field in ("taken_on", "html_file", "xlsx_file", "row_count", "contents", "error"):
			self.set(field, None)

	def after_insert(self):
		frappe.enqueue(
			"aftersales.aftersales.emergency.build.build",
			queue="long",
			timeout=LONGEST_HOURS * 3600,
			enqueue_after_commit=True,
			name=self.name,
		)

	def refuse_second(self) -> None:
		"""One at a time: each reads all customers.

		:raises SnapshotRunningError: one is queued or being built.
		"""
		since = add_to_date(now_datetime(), hours=-LONGEST_HOURS)
		running = frappe.db.get_value(
			self.doctype, {"status": ("in", ("Queued", "Building")), "creation": (">", since)}
		)
		if running:
			frappe.throw(
				_("The snapshot {0} is being taken. Wait until it is ready.").format(frappe.bold(running)),
				SnapshotRunningError,
				title=_("Please Wait"),
			)
