"""One call of a follow-up that reached nobody."""

from frappe.model.document import Document


class FollowupAttempt(Document):
	pass
