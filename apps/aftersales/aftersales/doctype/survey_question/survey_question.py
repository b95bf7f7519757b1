"""One question of a Survey Template."""

from frappe.model.document import Document


class SurveyQuestion(Document):
	pass
