from frappe.model.document import Document


class Reward(Document):
	pass
