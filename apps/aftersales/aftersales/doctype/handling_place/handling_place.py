"""Where a problem was handled (S8.09); a value of the data dictionary, see aftersales.utils.dictionary."""

from frappe.model.document import Document


class HandlingPlace(Document):
	pass
