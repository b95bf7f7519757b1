"""Deposits that outlets give for the parts they hold (S2.28): every movement an entry, the balance under a row lock."""

import frappe
from frappe import _
from frappe.utils import flt

ENTRY, BALANCE = "Deposit Entry", "Outlet Deposit"
# Kind of an entry -> what it does to the balance.
SIGNS = {"Paid In": 1, "Paid Back": -1, "Deducted": -1, "Given Back": 1, "Correction": 1}


class DepositTooSmallError(frappe.ValidationError):
	"""More would be taken than there is, or parts would be handed over that no deposit covers."""


def balance(outlet: str) -> float:
	"""Return the deposit that an outlet has; 0 without any entry."""
	return flt(frappe.db.get_value(BALANCE, {"outlet": outlet}, "balance"))


def change(outlet: str, amount: float) -> float:
	"""Add to an outlet's balance, or take from it, and return the new balance.

	The row is locked until the end of the transaction, so that two who take at once take one after the other.

	:param outlet: Service Outlet.
	:param amount: money, negative to take.
	:raises DepositTooSmallError: the balance would fall below zero.
	"""
	before = flt(_locked(outlet))
	after = flt(before + amount, 9)
	if after < 0:
		frappe.throw(
			_("{0} has a deposit of {1}: {2} cannot be taken from it.").format(
				frappe.bold(outlet), _money(before), _money(-amount)
			),
			DepositTooSmallError,
			title=_("Deposit"),
		)
	frappe.db.set_value(BALANCE, outlet, "balance", after)
	return after


def held_value(outlet: str) -> float:
	"""Return what the parts in an outlet's warehouses are worth, those of its technicians included."""
	balance_table, warehouse = frappe.qb.DocType("Part Balance"), frappe.qb.DocType("Part Warehouse")
	rows = (
		frappe.qb.from_(balance_table)
		.join(warehouse)
		.on(warehouse.name == balance_table.warehouse)
		.select(frappe.query_builder.functions.Sum(balance_table.value))
		.where(warehouse.outlet == outlet)
		.run()
	)
	return flt(rows[0][0])


def check_cover(outlet: str | None, value: float) -> None:
	"""Ask whether an outlet's deposit covers what it holds and what it is about to get.

	As Aftersales Settings say, nothing happens, a warning is shown, or it is refused. Outlets without any deposit entry
	are not held to one.

	:param outlet: Service Outlet; nothing is asked without.
	:param value: worth of the parts that it is about to get, in money.
	:raises DepositTooSmallError: the settings refuse it.
	"""
	control = frappe.db.get_single_value("Aftersales Settings", "deposit_control")
	if not outlet or control not in ("Warn", "Block"):
		return
	deposit = frappe.db.get_value(BALANCE, {"outlet": outlet}, "balance")
	if deposit is None:
		return
	held = held_value(outlet)
	if flt(held + value, 2) <= flt(deposit, 2):
		return
	message = _(
		"{0} holds parts worth {1} and would get {2} more. Its deposit of {3} does not cover that."
	).format(frappe.bold(outlet), _money(held), _money(value), _money(deposit))
	if control == "Block":
		frappe.throw(message, DepositTooSmallError, title=_("Deposit"))
	frappe.msgprint(message, title=_("Deposit"), indicator="orange", alert=True)


def _locked(outlet: str) -> float:
	# Not "insert ignore": two that wait for each other with shared locks would both fail.
	now, user = frappe.utils.now(), frappe.session.user
	frappe.db.sql(
		"""insert into `tabOutlet Deposit` (name, outlet, balance, owner, creation, modified, modified_by)
		values (%(outlet)s, %(outlet)s, 0, %(user)s, %(now)s, %(now)s, %(user)s)
		on duplicate key update balance = balance""",
		{"outlet": outlet, "user": user, "now": now},
	)
	return frappe.db.get_value(BALANCE, outlet, "balance", for_update=True)


def _money(amount: float) -> str:
	return frappe.bold(frappe.format_value(flt(amount), {"fieldtype": "Currency"}))
