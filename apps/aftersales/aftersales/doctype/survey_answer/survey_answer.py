"""One answer, with the question as it was asked."""

from frappe.model.document import Document


class SurveyAnswer(Document):
	pass
