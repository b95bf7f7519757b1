"""Service Bay: a place in the workshop where one order at a time is worked on (S18.29)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.service_network import outlet_scope
from aftersales.utils.text import clean_text


class BayExistsError(frappe.DuplicateEntryError):
	"""The outlet has another bay of that name."""


class ServiceBay(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.bay_name = clean_text(self.bay_name)
		self.refuse_same_name()

	def refuse_same_name(self) -> None:
		"""Refuse a second bay of the same name at the same outlet.

		:raises BayExistsError: with the name.
		"""
		same = {
			"bay_name": self.bay_name,
			"outlet": self.outlet or ["is", "not set"],
			"name": ["!=", self.name or ""],
		}
		if frappe.db.exists("Service Bay", same):
			frappe.throw(
				_("There is a bay {0} already. Give this one another name.").format(
					frappe.bold(self.bay_name)
				),
				BayExistsError,
			)
