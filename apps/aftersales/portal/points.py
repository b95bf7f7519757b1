"""Points in the portal: whose accounts a user sees, what they may get for them, and asking for it (S7.39, S4.03).

An account belongs to a customer. Whoever sees all of a customer's tickets sees it; people who see only their own tickets and
dealers do not.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, cint, today

from aftersales.portal.pages import NotFound
from aftersales.portal.scope import Scope
from aftersales.service_network import points, rewards

SIZE = 20
SOON_DAYS = 90


def customers(scope: Scope) -> list[dict]:
	"""Return the customers whose points a user sees: `name` and `customer_name`; at most 200."""
	if not scope.whole:
		return []
	return frappe.get_all(
		points.CUSTOMER,
		filters={"name": ("in", sorted(scope.whole)), "disabled": 0},
		fields=["name", "customer_name"],
		order_by="customer_name asc, name asc",
		limit=200,
	)


def customer_of(scope: Scope, wanted: str) -> dict:
	"""Return the customer whose account is asked for; without a name the first.

	:raises NotFound: there is none, or it is not the user's.
	"""
	for row in customers(scope):
		if wanted in ("", row.name):
			return row
	raise NotFound


def has_points(scope: Scope) -> bool:
	"""Return whether the menu shows points: there is an account, and something to get or to look at."""
	if scope.is_guest or not scope.whole:
		return False
	return bool(frappe.db.exists(points.BALANCE, {"customer": ("in", sorted(scope.whole))}))


def account(customer: str, page: int = 1) -> dict:
	"""Return what the page shows of a customer's account.

	:returns: `balance`, `soon` (points that expire soon), `rewards`, `redemptions`, `entries`, `more`.
	"""
	entries = frappe.get_all(
		points.ENTRY,
		filters={"customer": customer},
		fields=["posting_date", "kind", "points", "balance_after", "expires_on"],
		order_by="creation desc, name desc",
		limit_start=(page - 1) * SIZE,
		limit=SIZE + 1,
	)
	redemptions = frappe.get_all(
		rewards.REDEMPTION,
		filters={"customer": customer},
		fields=["name", "reward", "qty", "points", "stage", "requested_on"],
		order_by="creation desc",
		limit=SIZE,
	)
	return {
		"balance": points.balance(customer),
		"soon": points.expiring(customer, add_days(today(), SOON_DAYS)),
		"rewards": rewards.offered_to(customer, portal=True),
		"redemptions": redemptions,
		"entries": entries[:SIZE],
		"more": len(entries) > SIZE,
	}


def ask_for(customer: str, reward: str) -> Document:
	"""Redeem a customer's points for one of a reward that the portal shows.

	:raises NotFound: the portal shows no such reward.
	:raises RewardError, NotEnoughPointsError: see `rewards.hold`.
	"""
	if not frappe.db.get_value(rewards.REWARD, {"name": reward, "in_portal": 1, "enabled": 1}):
		raise NotFound
	doc = frappe.get_doc(doctype=rewards.REDEMPTION, customer=customer, reward=reward, qty=1)
	doc.flags.update({"ignore_permissions": True, "source": "Portal"})
	return doc.insert(ignore_permissions=True)


def picture_of(reward: str) -> Document | None:
	"""Return the picture of a reward that the portal shows, as a File."""
	url = frappe.db.get_value(rewards.REWARD, {"name": reward, "in_portal": 1, "enabled": 1}, "image")
	name = url and frappe.db.get_value(
		"File", {"file_url": url, "attached_to_doctype": rewards.REWARD, "attached_to_name": reward}
	)
	return frappe.get_doc("File", name) if name else None


def missing(balance: int, reward: dict) -> int:
	"""Return how many points are missing for a reward; 0 if there are enough."""
	return max(cint(reward["points"]) - balance, 0)
