"""Outlet Bank Account: to which account an outlet is paid; one for each outlet (S2.34).

A DocType of its own: permission levels do not keep fields out of lists, and many people list outlets.
"""

from frappe.model.document import Document

from aftersales.service_network import bank_accounts, outlet_scope
from aftersales.utils.text import clean_text


class OutletBankAccount(Document):
	def validate(self):
		outlet_scope.fill(self)
		for field in bank_accounts.FIELDS:
			self.set(field, clean_text(self.get(field)))
