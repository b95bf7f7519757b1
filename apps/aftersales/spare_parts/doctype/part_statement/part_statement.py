"""Part Statement: what an outlet had of parts and deposit in a month (S13.14)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_first_day, getdate, now_datetime, today

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import stages, statements
from aftersales.utils.workflow_state import set_field_of_state

FIGURES = (
	"outlet",
	"month",
	*statements.VALUES,
	"opening_deposit",
	"deposit_in",
	"deposit_out",
	"closing_deposit",
)
COLUMNS = ("spare_part", "part_name", *statements.QUANTITIES, "closing_value")
SAID = ("disputed", "outlet_qty", "dispute_note")


class StatementError(frappe.ValidationError):
	"""The statement cannot be saved as it is."""


class StatementFrozenError(StatementError):
	"""Figures are changed by hand, or the statement is confirmed."""


class PartStatement(Document):
	def onload(self):
		self.set_onload("opening_difference", statements.difference_to_month_before(self))

	def validate(self):
		set_field_of_state(self)
		self.set_month()
		if self.is_new():
			statements.fill(self)
		self.protect_figures()
		self.validate_lines()
		self.validate_step()

	def set_month(self) -> None:
		"""Store the first day of the month.

		:raises StatementError: the month lies ahead, or there is a statement of it.
		:raises OtherOutletError: the outlet is one of others.
		"""
		if not self.is_new():
			return
		outlet_scope.fill(self)
		self.month = get_first_day(getdate(self.month))
		if self.month > getdate(today()):
			frappe.throw(_("The month lies ahead."), StatementError, title=_("Part Statement"))
		twin = frappe.db.get_value(self.doctype, {"outlet": self.outlet, "month": self.month})
		if twin:
			frappe.throw(
				_("{0} has a statement of this month already: {1}.").format(
					frappe.bold(self.outlet), frappe.bold(twin)
				),
				StatementError,
				title=_("Part Statement"),
			)

	def protect_figures(self) -> None:
		"""Keep figures what the ledger says, and a confirmed statement as it was confirmed.

		:raises StatementFrozenError: something of it changed.
		"""
		before, computed = self.get_doc_before_save(), self.flags.pop("computed", False)
		if not before:
			return
		if before.stage == "Confirmed":
			same = stages.check_unchanged(self, (*FIGURES, "remarks"), "items", (*COLUMNS, *SAID, "answer"))
		else:
			same = computed or stages.check_unchanged(self, FIGURES, "items", COLUMNS)
		if not same or (computed and before.stage == "Confirmed"):
			frappe.throw(
				_("Figures of a statement are computed, and a confirmed statement stays as it is."),
				StatementFrozenError,
				title=_("Part Statement"),
			)

	def validate_lines(self) -> None:
		"""Ask for a word with each disputed line; forget what was said about others.

		:raises StatementError: it is missing.
		"""
		for row in self.items:
			if not row.disputed:
				row.outlet_qty = row.dispute_note = None
			elif not (row.dispute_note or "").strip():
				frappe.throw(
					_("Row {0}: say what is wrong with {1}.").format(row.idx, frappe.bold(row.spare_part)),
					StatementError,
					title=_("Disputed"),
				)
		self.disputed_lines = sum(cint(row.disputed) for row in self.items)

	def validate_step(self) -> None:
		"""Ask for answers before a disputed statement goes out again; put down who confirmed.

		:raises StatementError: an answer is missing, or confirmed and disputed contradict each other.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if self.stage == left:
			for field in ("confirmed_by", "confirmed_on"):
				self.set(field, before.get(field) if before else None)
			return
		if left == "Disputed" and self.stage == "Sent":
			self.settle_disputes()
		if self.stage == "Disputed" and not self.disputed_lines:
			frappe.throw(_("Mark the lines that are wrong first, and save."), StatementError)
		if self.stage == "Confirmed":
			if self.disputed_lines:
				frappe.throw(
					_("Lines are disputed. Take that back, or dispute the statement."), StatementError
				)
			statements.check_figures(self)
			self.confirmed_by, self.confirmed_on = frappe.session.user, now_datetime()
		else:
			self.confirmed_by = self.confirmed_on = None

	def settle_disputes(self) -> None:
		"""Take answered disputes off the lines; question and answer stay in the remarks.

		:raises StatementError: a line has no answer.
		"""
		told = []
		for row in self.items:
			if not row.disputed:
				continue
			if not (row.answer or "").strip():
				frappe.throw(
					_("Row {0}: answer what the outlet says about {1}.").format(
						row.idx, frappe.bold(row.spare_part)
					),
					StatementError,
					title=_("Reply"),
				)
			told.append(f"{row.spare_part}: {row.dispute_note} → {row.answer}")
			row.disputed, row.outlet_qty, row.dispute_note, row.answer = 0, None, None, None
		self.remarks = "\n".join(filter(None, [self.remarks, *told]))
		self.disputed_lines = 0


def on_doctype_update():
	frappe.db.add_unique("Part Statement", ["outlet", "month"], constraint_name="outlet_and_month")
	frappe.db.add_index("Part Statement", ["month", "stage"])
