import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.aftersales.erpnext_sync import TARGETS
from aftersales.utils.text import clean_text

# What a site starts with; an administrator changes it on the form.
FIELD_MAP = (
	("Customer", "customer_name", "customer_name"),
	("Customer", "customer_type", "customer_kind"),
	("Customer", "mobile_no", "phone"),
	("Customer", "email_id", "email"),
	("Customer", "disabled", "disabled"),
	("Item", "item_code", "product_code"),
	("Item", "item_name", "product_name"),
	("Item", "standard_rate", "price"),
	("Item", "disabled", "disabled"),
)
# Fields that tell which record it is, or that only this app decides.
NOT_MAPPED = (
	"name",
	"naming_series",
	"own_number",
	"erpnext_customer",
	"erpnext_item",
	"personal_data_deleted_on",
)


class UnknownFieldError(frappe.ValidationError):
	"""A field map row names a field that cannot be filled."""


class ERPNextSyncSettings(Document):
	def validate(self):
		self.validate_field_map()

	def validate_field_map(self) -> None:
		"""Each field of ours is filled from one field at most, and can be filled.

		:raises UnknownFieldError: names row and field.
		"""
		seen = set()
		for row in self.field_map:
			row.source_field, row.target_field = clean_text(row.source_field), clean_text(row.target_field)
			ours = TARGETS[row.source_doctype][0]
			field = frappe.get_meta(ours).get_field(row.target_field)
			if not field or field.fieldname in NOT_MAPPED or field.fieldtype in frappe.model.no_value_fields:
				self._refuse(
					row, _("{0} has no field {1} that can be filled.").format(_(ours), row.target_field)
				)
			if (ours, row.target_field) in seen:
				self._refuse(row, _("The field {0} is filled twice.").format(row.target_field))
			seen.add((ours, row.target_field))

	def _refuse(self, row, message: str) -> None:
		frappe.throw(_("Row {0}: {1}").format(row.idx, frappe.utils.escape_html(message)), UnknownFieldError)


def make_field_map() -> None:
	"""Fill the field map of a new site; called once."""
	settings = frappe.get_single("ERPNext Sync Settings")
	for source_doctype, source_field, target_field in FIELD_MAP:
		settings.append(
			"field_map",
			{
				"source_doctype": source_doctype,
				"source_field": source_field,
				"target_field": target_field,
				"conflict": "Take ERPNext's",
			},
		)
	settings.flags.ignore_permissions = True
	settings.save()
