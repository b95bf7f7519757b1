"""Device Class Change: when a device's ABC class or discount level became another (S18.34)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError

INDEXES = (("kind", "changed_on"), ("device", "changed_on"))


class DeviceClassChange(Document):
	def validate(self):
		self.refuse_change()

	def on_trash(self):
		self.refuse_change()

	def refuse_change(self) -> None:
		"""Devices write these themselves, see aftersales.field_service.device_classes.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("{0} follows from the device and is not changed by hand. Change the device instead.").format(
				_(self.doctype)
			),
			AppendOnlyError,
			title=_("Not Permitted"),
		)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Device Class Change", fields)
