from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.model.document import Document

from aftersales.utils.naming import set_number


class ServiceCustomer(Document):
	def autoname(self):
		set_number(self)

	def onload(self):
		load_address_and_contact(self)
