"""Somebody among whom a plan shares out its follow-ups."""

from frappe.model.document import Document


class FollowupPlanAssignee(Document):
	pass
