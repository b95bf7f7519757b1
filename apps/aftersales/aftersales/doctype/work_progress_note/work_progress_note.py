"""One note on the progress of a work assignment; see aftersales.utils.append_only."""

from frappe.model.document import Document


class WorkProgressNote(Document):
	pass
