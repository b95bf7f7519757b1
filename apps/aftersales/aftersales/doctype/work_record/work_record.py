"""Work Record: what an engineer did about a problem (S8.09, S8.12)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, today

from aftersales.aftersales.work.records import may_write_for
from aftersales.utils.link_values import fill_from_link

MINUTES_PER_DAY = 24 * 60
INDEXES = (("engineer", "work_date"), ("work_date", "engineer"), ("customer", "creation"))


class OtherEngineerError(frappe.PermissionError):
	"""Somebody else's work is recorded."""


class WorkTimeError(frappe.ValidationError):
	"""Date or minutes are impossible."""


class WorkRecord(Document):
	def validate(self):
		self.validate_engineer()
		self.fill_from_reference()
		fill_from_link(self, "customer", {"customer_name": "customer_name"})
		self.validate_time()

	def validate_engineer(self) -> None:
		"""Let engineers record their own work only; who may delete records may write anybody's.

		:raises OtherEngineerError: the engineer is somebody else.
		"""
		before = self.get_doc_before_save()
		engineers = {self.engineer} | ({before.engineer} if before else set())
		if not self.flags.ignore_permissions and not all(map(may_write_for, engineers)):
			frappe.throw(
				_("You can record your own work only: leave {0} as {1}.").format(
					frappe.bold(_("Engineer")), frappe.bold(frappe.utils.get_fullname())
				),
				OtherEngineerError,
			)

	def fill_from_reference(self) -> None:
		"""Take customer and product of what was worked on, where it has them and nothing else was chosen."""
		if not (self.reference_doctype and self.reference_name and self.has_value_changed("reference_name")):
			return
		meta = frappe.get_meta(self.reference_doctype)
		fields = [
			field
			for field in ("customer", "customer_name", "product")
			if meta.has_field(field) and not self.get(field)
		]
		if fields:
			found = frappe.db.get_value(self.reference_doctype, self.reference_name, fields, as_dict=True)
			self.update(found or {})

	def validate_time(self) -> None:
		"""Refuse work in the future and more than a day of work on one day.

		:raises WorkTimeError: with what to correct.
		"""
		if getdate(self.work_date) > getdate(today()):
			frappe.throw(_("The date lies in the future. Record work when it is done."), WorkTimeError)
		if not 0 <= cint(self.minutes) <= MINUTES_PER_DAY:
			frappe.throw(_("Enter minutes from 0 to {0}.").format(MINUTES_PER_DAY), WorkTimeError)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Work Record", fields)
