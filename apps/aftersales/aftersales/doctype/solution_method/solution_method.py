"""How a problem was solved (S8.09); a value of the data dictionary, see aftersales.utils.dictionary."""

from frappe.model.document import Document


class SolutionMethod(Document):
	pass
