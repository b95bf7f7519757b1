"""One agent of a shift."""

from frappe.model.document import Document


class ShiftMember(Document):
	pass
