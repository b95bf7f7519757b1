"""A kind of document on which a survey is offered (S2.27)."""

from frappe.model.document import Document


class SurveyTemplateDocument(Document):
	pass
