from frappe.model.document import Document


class RewardRedemption(Document):
	pass
