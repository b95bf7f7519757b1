from frappe.model.document import Document


class FAQProposalSource(Document):
	pass
