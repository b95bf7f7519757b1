"""Service Outlet: a place of the service network, in a tree from headquarters down (S2.14, S2.16, S2.33)."""

import frappe
from frappe import _
from frappe.utils import getdate, today

from aftersales.service_network import bank_accounts, outlet_scope, qualifications
from aftersales.spare_parts import scope
from aftersales.utils.text import clean_text
from aftersales.utils.tree import ServiceTree

LATITUDE, LONGITUDE = 90, 180
NAMES = ("outlet_name", "outlet_code")


class CoordinatesError(frappe.ValidationError):
	"""The place is not on the globe, or only half given."""


class ContractPeriodError(frappe.ValidationError):
	"""The contract ends before it begins."""


class OutletKindError(frappe.PermissionError):
	"""Somebody of the network changes what kind of outlet it is."""


class OutletNameError(frappe.PermissionError):
	"""Somebody who makes no outlets gives one another name or number."""


class ServiceOutlet(ServiceTree):
	nsm_parent_field = "parent_service_outlet"

	def validate(self):
		super().validate()
		self.check_place()
		self.check_kind()
		self.check_warehouse()
		self.outlet_code = clean_text(self.outlet_code) or None
		self.check_name()
		check_coordinates(self)
		check_contract(self)
		qualifications.validate(self)
		self.qualification_expires_on = qualifications.next_expiry(self)
		self.date_account()

	def date_account(self) -> None:
		"""Put down when the account was opened first."""
		if self.account_state == "Opened" and not self.account_opened_on:
			self.account_opened_on = today()

	def check_place(self) -> None:
		"""People who see a part of the network keep its outlets in it, and put new ones there.

		:raises OtherOutletError: the outlet would hang on one that the user does not see.
		"""
		if self.flags.ignore_permissions or not self.has_value_changed("parent_service_outlet"):
			return
		if not outlet_scope.sees(self.parent_service_outlet):
			frappe.throw(
				_("You work for {0} and cannot put an outlet below {1}. Choose one of your own.").format(
					frappe.bold(outlet_scope.own_outlet()), frappe.bold(self.parent_service_outlet)
				),
				outlet_scope.OtherOutletError,
				title=_("Other Outlet"),
			)

	def check_kind(self) -> None:
		"""Leave to headquarters what an outlet is: who audits its settlements and whether it is assessed follows from it.

		:raises OutletKindError: people of the network change it.
		"""
		if self.is_new() or self.flags.ignore_permissions or outlet_scope.outlets_of() is None:
			return
		if self.has_value_changed("outlet_kind"):
			frappe.throw(
				_("Headquarters says what kind of outlet {0} is. Apply for the change.").format(
					frappe.bold(self.name)
				),
				OutletKindError,
				title=_("Outlet Kind"),
			)

	def check_name(self) -> None:
		"""Leave name and number to those who make outlets: others apply for them (S2.34, S2.36).

		:raises OutletNameError: somebody else changes one.
		"""
		before = self.get_doc_before_save()
		if before and any((self.get(field) or "") != (before.get(field) or "") for field in NAMES):
			self.refuse_other_name()

	def refuse_other_name(self) -> None:
		"""
		:raises OutletNameError: the session's user makes no outlets.
		"""
		if not (self.flags.ignore_permissions or frappe.has_permission(self.doctype, "create")):
			frappe.throw(
				_(
					"Headquarters gives outlets their names and numbers. Ask for another one of {0} there."
				).format(frappe.bold(self.name)),
				OutletNameError,
				title=_("Service Outlet"),
			)

	def check_warehouse(self) -> None:
		"""Let an outlet take its parts from no one else's warehouse.

		:raises OtherWarehouseError: the warehouse is none of the user's.
		"""
		if self.warehouse and self.has_value_changed("warehouse") and not self.flags.ignore_permissions:
			scope.check(self.warehouse)

	def on_update(self):
		super().on_update()
		outlet_scope.forget()

	def before_rename(self, old: str, new: str, merge: bool = False):
		self.refuse_other_name()
		if merge:
			bank_accounts.check_merge(old, new)
		super().before_rename(old, new, merge)

	def after_rename(self, old: str, new: str, merge: bool = False):
		super().after_rename(old, new, merge)
		outlet_scope.forget()

	def on_trash(self, allow_root_deletion: bool = False):
		super().on_trash(allow_root_deletion or self.allow_root_deletion)
		outlet_scope.forget()


def check_coordinates(doc) -> None:
	"""Refuse coordinates that are no place; 0 stands for not given.

	:raises CoordinatesError: says which.
	"""
	if abs(doc.latitude or 0) > LATITUDE or abs(doc.longitude or 0) > LONGITUDE:
		frappe.throw(
			_("Latitudes lie between -90 and 90, longitudes between -180 and 180."), CoordinatesError
		)
	if bool(doc.latitude) != bool(doc.longitude):
		frappe.throw(_("Enter latitude and longitude, or neither."), CoordinatesError)


def check_contract(doc) -> None:
	"""Refuse a contract that ends before it begins; of an outlet or an application.

	:raises ContractPeriodError: it does.
	"""
	if doc.contract_from and doc.contract_until and getdate(doc.contract_until) < getdate(doc.contract_from):
		frappe.throw(_("The contract ends before it begins. Correct one of the days."), ContractPeriodError)
