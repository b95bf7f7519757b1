from frappe.model.document import Document


class PhoneLineStep(Document):
	"""Who is told in addition when a call has rung for some seconds; see aftersales.telephony.routing."""
