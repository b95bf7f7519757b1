"""Points Balance: the present points of one customer; written by aftersales.service_network.points only."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError


class PointsBalance(Document):
	def validate(self):
		self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""Only the ledger writes balances.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Balances of points follow from the entries."),
			AppendOnlyError,
			title=_("Points", context="Points Entry"),
		)
