"""Outlet Application: a branch applies for an outlet, headquarters approves it and opens the account (S2.34, S2.36, M9)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.field_service.steps import changed_fields
from aftersales.service_network import applications, outlet_scope, qualifications
from aftersales.service_network.doctype.service_outlet.service_outlet import (
	check_contract,
	check_coordinates,
)
from aftersales.utils.text import clean_text
from aftersales.utils.workflow_state import set_field_of_state

# What headquarters and the code write; everything else is the branch's, until it applies.
STEPS = {"status", "stage", "applied_by", "applied_on", "decided_by", "decided_on", "account_opened_on"}
HEADQUARTERS = {"outlet_code", "hq_note", "rejection_reason", "outlet"}
OPEN = ("Draft", "Rejected")


class ApplicationError(frappe.ValidationError):
	"""The application cannot be saved as it is."""


class ApplicationFrozenError(ApplicationError):
	"""It is with headquarters, or decided."""


class OutletApplication(Document):
	def validate(self):
		set_field_of_state(self)
		self.outlet_name = clean_text(self.outlet_name)
		outlet_scope.fill(self, "parent_service_outlet")
		self.keep_decided()
		self.validate_outlet()
		check_coordinates(self)
		check_contract(self)
		qualifications.validate(self)
		self.take_step()

	def on_trash(self):
		if self.stage in ("Approved", "Opened"):
			frappe.throw(
				_("An approved application cannot be deleted: it tells why the outlet is there."),
				ApplicationFrozenError,
			)

	def left(self) -> str:
		"""Return the stage from which this save comes."""
		before = self.get_doc_before_save()
		return before.stage if before else "Draft"

	def keep_decided(self) -> None:
		"""Keep what the branch applied for as headquarters judges it, and what was decided as it is.

		:raises ApplicationFrozenError: something of it changed.
		"""
		before = self.get_doc_before_save()
		if not before:
			self.update(dict.fromkeys(STEPS - {"status", "stage"}))
			return
		for field in STEPS - {"status", "stage"}:
			self.set(field, before.get(field))
		decided = before.stage in ("Approved", "Opened")
		if before.stage in OPEN or not changed_fields(
			self, before, STEPS | (set() if decided else HEADQUARTERS)
		):
			return
		told = (
			_("It is decided and stays as it is. Make a new application for what has changed.")
			if decided
			else _("It is with headquarters. Withdraw it to change it.")
		)
		frappe.throw(told, ApplicationFrozenError, title=_("Outlet Application"))

	def validate_outlet(self) -> None:
		"""Refuse a name that is taken, an outlet of others, and one below itself.

		:raises ApplicationError: says what to do.
		:raises OtherOutletError: the outlet to change is one of others.
		"""
		if self.stage in ("Approved", "Opened") and self.left() == self.stage:
			return
		if not self.outlet:
			if frappe.db.exists("Service Outlet", self.outlet_name):
				frappe.throw(
					_("There is an outlet called {0}. Choose it as {1} to change its file.").format(
						frappe.bold(self.outlet_name), frappe.bold(_("Outlet"))
					),
					ApplicationError,
					title=_("Outlet Application"),
				)
			return
		if not self.flags.ignore_permissions and not outlet_scope.sees(self.outlet):
			frappe.throw(
				_("You do not see the outlet {0}. Choose one of your own.").format(frappe.bold(self.outlet)),
				outlet_scope.OtherOutletError,
			)
		self.outlet_name = self.outlet

	def take_step(self) -> None:
		"""Do what the step into the present stage means, and put down who took it.

		:raises ApplicationError: a rejection without a reason.
		"""
		left = self.left()
		if self.stage == left:
			return
		user, now = frappe.session.user, now_datetime()
		if self.stage == "Applied":
			self.applied_by, self.applied_on, self.rejection_reason = user, now, None
			self.decided_by = self.decided_on = None
		elif self.stage == "Rejected":
			if not (self.rejection_reason or "").strip():
				frappe.throw(
					_("Fill in {0} and save first.").format(frappe.bold(_("Reason for the Rejection"))),
					ApplicationError,
					title=_("Reject"),
				)
			self.decided_by, self.decided_on = user, now
		elif self.stage == "Approved":
			self.decided_by, self.decided_on = user, now
			self.outlet = applications.make_outlet(self)
		elif self.stage == "Opened":
			self.account_opened_on = applications.open_account(self)


def on_doctype_update():
	frappe.db.add_index("Outlet Application", ["parent_service_outlet", "stage"])
