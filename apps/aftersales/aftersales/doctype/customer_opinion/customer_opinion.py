"""What customers say, as a value that can be counted (S7.13); a value of the data dictionary."""

from frappe.model.document import Document


class CustomerOpinion(Document):
	pass
