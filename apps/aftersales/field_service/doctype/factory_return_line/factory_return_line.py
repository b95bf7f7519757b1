"""Factory Return Line: one unit that is sent to the factory, and what became of it (S12.09)."""

from frappe.model.document import Document


class FactoryReturnLine(Document):
	pass
