"""Outlet Deposit: the present deposit of one outlet; written by aftersales.spare_parts.deposits only."""

from frappe.model.document import Document


class OutletDeposit(Document):
	pass
