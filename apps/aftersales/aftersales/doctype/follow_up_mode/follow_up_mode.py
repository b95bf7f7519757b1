"""How customers are followed up (S7.13); a value of the data dictionary, see aftersales.utils.dictionary."""

from frappe.model.document import Document


class FollowupMode(Document):
	pass
