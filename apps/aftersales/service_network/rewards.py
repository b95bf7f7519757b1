"""Rewards for points: points and stock are taken in one step and come back in one step (S7.39, S7.03)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, getdate, strip_html, today

from aftersales.service_network import points
from aftersales.utils.access import check_permission

REWARD, REDEMPTION = "Reward", "Reward Redemption"
MOST_IN_A_BATCH = 500


class RewardError(frappe.ValidationError):
	"""The reward cannot be given to this customer, or not now."""


class OutOfStockError(RewardError):
	"""There are too few of the reward."""


def lock(reward: str) -> frappe._dict:
	"""Lock a reward until the end of the transaction and return it as it is now.

	:raises RewardError: there is none.
	"""
	fields = ["name", "enabled", "points", "unlimited", "stock", "valid_from", "valid_until", "vip_level"]
	fields += ["needs_approval", "in_portal"]
	row = frappe.db.get_value(REWARD, reward, fields, as_dict=True, for_update=True)
	if not row:
		frappe.throw(_("Choose a reward."), RewardError)
	return row


def hold(redemption: Document) -> None:
	"""Take points and stock for a new redemption; all or, with an error, nothing.

	:raises RewardError: it is not offered now, or not to customers of this level.
	:raises OutOfStockError: there are too few.
	:raises NotEnoughPointsError: the customer has too few points.
	"""
	row = lock(redemption.reward)
	check_offered(row, redemption.customer)
	qty = cint(redemption.qty)
	# The job comes once a day, or later.
	points.expire(redemption.customer)
	if not row.unlimited:
		if cint(row.stock) < qty:
			frappe.throw(
				_("There are {0} of {1}: {2} cannot be given.").format(
					frappe.bold(cint(row.stock)), frappe.bold(escape_html(_(row.name))), frappe.bold(qty)
				),
				OutOfStockError,
				title=_("Reward"),
			)
		frappe.db.set_value(REWARD, row.name, "stock", cint(row.stock) - qty, update_modified=False)
	points.post(
		redemption.customer,
		-redemption.points,
		"Redeemed",
		hold_key(redemption.name),
		reference_doctype=REDEMPTION,
		reference_name=redemption.name,
	)


def release(redemption: Document) -> None:
	"""Give points and stock of a cancelled redemption back, once."""
	row = lock(redemption.reward)
	taken = frappe.db.get_value(points.ENTRY, {"entry_key": hold_key(redemption.name)}, "name")
	back = taken and points.give_back(
		taken,
		f"{hold_key(redemption.name)}:Back",
		reference_doctype=REDEMPTION,
		reference_name=redemption.name,
	)
	if (back or not taken) and not row.unlimited:
		stock = cint(row.stock) + cint(redemption.qty)
		frappe.db.set_value(REWARD, row.name, "stock", stock, update_modified=False)


def hold_key(redemption: str) -> str:
	"""Return the key of the entry that took the points of a redemption."""
	return f"Redemption:{redemption}"


def check_offered(row: frappe._dict, customer: str) -> None:
	"""Refuse a reward that is not offered today, or not to customers of this level.

	:param row: fields of the Reward, see `lock`.
	:raises RewardError: says why.
	"""
	reason = reason_against(row, frappe.db.get_value(points.CUSTOMER, customer, "vip_level"))
	if reason:
		frappe.throw(
			_("{0} cannot be chosen: {1}.").format(frappe.bold(escape_html(_(row.name))), reason),
			RewardError,
			title=_("Reward"),
		)


def reason_against(row: frappe._dict, vip_level: str | None) -> str | None:
	"""Return why a customer of a VIP level does not get a reward today, whatever points and stock say."""
	day = getdate(today())
	if not row.enabled:
		return _("it is not offered any more")
	if row.valid_from and getdate(row.valid_from) > day:
		return _("it is offered from {0}").format(frappe.format_value(row.valid_from, {"fieldtype": "Date"}))
	if row.valid_until and getdate(row.valid_until) < day:
		return _("it was offered until {0}").format(
			frappe.format_value(row.valid_until, {"fieldtype": "Date"})
		)
	if row.vip_level and rank(vip_level) < rank(row.vip_level):
		return _("it is for customers from the level {0}").format(escape_html(_(row.vip_level)))
	return None


def rank(vip_level: str | None) -> int:
	"""Return the rank of a VIP level, -1 without one."""
	return cint(frappe.get_cached_value("VIP Level", vip_level, "rank")) if vip_level else -1


def offered_to(customer: str, portal: bool = False) -> list[dict]:
	"""Return the rewards that are offered to a customer today, the cheapest first.

	:param portal: only those that the portal shows.
	:returns: `name`, `reward_name`, `kind`, `points`, `description`, `image`, `unlimited`, `stock`.
	"""
	level = frappe.db.get_value(points.CUSTOMER, customer, "vip_level")
	rows = frappe.get_all(
		REWARD,
		filters={"enabled": 1, **({"in_portal": 1} if portal else {})},
		fields=[
			"name",
			"reward_name",
			"kind",
			"points",
			"description",
			"image",
			"unlimited",
			"stock",
			"enabled",
			"valid_from",
			"valid_until",
			"vip_level",
		],
		order_by="points asc, name asc",
	)
	return [row for row in rows if not reason_against(row, level)]


@frappe.whitelist()
def choices(customer: str) -> dict:
	"""Return what the dialog for redeeming shows.

	:returns: `balance`, and `rewards`: `name`, `label`, `points`, `left` (None: any number).
	:raises frappe.PermissionError: the user may not redeem points, or not read the customer.
	"""
	check_permission(REDEMPTION, "create")
	check_permission(points.CUSTOMER, "read", customer)
	rewards = [
		{
			"name": row.name,
			"label": _(row.reward_name),
			"points": row.points,
			"left": None if row.unlimited else cint(row.stock),
		}
		for row in offered_to(customer)
	]
	return {"balance": points.balance(customer), "rewards": rewards}


@frappe.whitelist(methods=["POST"])
def redeem(customers: list | str, reward: str, qty: int = 1) -> dict:
	"""Redeem points of one customer or of many for a reward (S7.39); each gets it or, with the reason, does not.

	:param customers: names of Service Customers, at most 500.
	:param qty: how many each gets.
	:returns: `made` ({customer: redemption}) and `left_out` ({customer: reason}).
	:raises frappe.PermissionError: the user may not redeem, or not read a customer.
	:raises RewardError: no customers, or too many.
	"""
	check_permission(REDEMPTION, "create")
	names = frappe.parse_json(customers) if str(customers).startswith("[") else customers
	names = list(dict.fromkeys([names] if isinstance(names, str) else names))
	if not names or len(names) > MOST_IN_A_BATCH or not all(isinstance(name, str) for name in names):
		frappe.throw(_("Choose between 1 and {0} customers.").format(MOST_IN_A_BATCH), RewardError)
	readable = set(
		frappe.get_list(points.CUSTOMER, {"name": ("in", names)}, pluck="name", limit_page_length=0)
	)
	for name in names:
		if name not in readable:
			check_permission(points.CUSTOMER, "read", name)
	made, left_out = {}, {}
	# In one order, so that two batches wait for each other.
	for name in sorted(names):
		try:
			made[name] = _redeem_one(name, reward, qty, "Batch" if len(names) > 1 else "Desk")
		except frappe.ValidationError as error:
			left_out[name] = strip_html(str(error))
	if left_out and not made and len(names) == 1:
		frappe.throw(left_out[names[0]], RewardError, title=_("Reward"))
	return {"made": made, "left_out": left_out}


def _redeem_one(customer: str, reward: str, qty: int, source: str) -> str:
	frappe.db.savepoint("redeem")
	doc = frappe.get_doc(doctype=REDEMPTION, customer=customer, reward=reward, qty=cint(qty))
	doc.flags.source = source
	try:
		return doc.insert().name
	except frappe.ValidationError:
		frappe.db.rollback(save_point="redeem")
		frappe.clear_messages()
		raise


@frappe.whitelist(methods=["POST"])
def change_stock(reward: str, change: int, reason: str) -> int:
	"""Add to the stock of a reward, or take from it.

	:param change: pieces, negative to take.
	:param reason: why; stands in the record's comments.
	:returns: the new stock.
	:raises frappe.PermissionError: the user may not change rewards.
	:raises RewardError: no reason, nothing to change, or it would fall below zero.
	"""
	check_permission(REWARD, "write", reward)
	row, change = lock(reward), cint(change)
	if row.unlimited or not change or not (reason or "").strip():
		frappe.throw(_("Enter how many come or go, and why."), RewardError, title=_("Reward"))
	stock = cint(row.stock) + change
	if stock < 0:
		frappe.throw(
			_("There are {0} only.").format(frappe.bold(cint(row.stock))), OutOfStockError, title=_("Reward")
		)
	frappe.db.set_value(REWARD, reward, "stock", stock)
	frappe.get_doc(REWARD, reward).add_comment(
		"Info", _("Stock {0}: {1}").format(f"{change:+d}", escape_html(reason.strip()))
	)
	return stock
