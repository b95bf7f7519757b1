"""One agent of a group."""

from frappe.model.document import Document


class AgentGroupMember(Document):
	pass
