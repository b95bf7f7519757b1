from frappe.model.document import Document

from aftersales.utils.text import clean_fields


class VIPLevel(Document):
	def before_naming(self):
		clean_fields(self, "level_name")
