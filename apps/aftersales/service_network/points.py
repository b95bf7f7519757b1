"""Points of customers: the only code that changes them (S7.11, S7.39).

Every movement is a Points Entry; the Points Balance of the customer follows in the same transaction, under a lock of its
row. What holds at any moment, whoever works:

- a balance is the sum of its entries, and never below zero;
- what is left of the entries that gave points adds up to the balance; what expires first is spent first;
- points of a purchase that is taken back go, too. If they are spent, the customer owes them: the next ones pay for that.
"""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, getdate, now, today

ENTRY, BALANCE, CUSTOMER = "Points Entry", "Points Balance", "Service Customer"
ADJUSTED = "Adjusted"
# Kind of an entry -> sum of the balance that it counts in.
SUMS = {"Earned": "earned", "Referral": "earned", "Redeemed": "redeemed", "Expired": "expired"}


class NotEnoughPointsError(frappe.ValidationError):
	"""The customer has fewer points than are asked for."""


def balance(customer: str | None) -> int:
	"""Return the points that a customer has; 0 without any entry."""
	return cint(customer and frappe.db.get_value(BALANCE, {"customer": customer}, "balance"))


def post(customer: str, points: int, kind: str, key: str | None = None, **values) -> Document | None:
	"""Write an entry and bring the balance along.

	:param customer: Service Customer.
	:param points: more than 0 to give, less to take.
	:param kind: Earned, Redeemed, Expired, Adjusted, Reversed or Referral.
	:param key: a second call with the same key writes nothing.
	:param values: further fields: `reference_doctype`, `reference_name`, `rule`, `expires_on`, `reversal_of`, `remarks`.
	:returns: the entry; None without points, or when the key is known.
	:raises NotEnoughPointsError: the balance would fall below zero.
	"""
	if not points:
		return None
	lock(customer)
	entry = new_entry(customer, points, kind, key, values)
	return once(key, "points_post", lambda: entry.insert(ignore_permissions=True))


def new_entry(customer: str, points: int, kind: str, key: str | None, values: dict) -> Document:
	"""Return an entry of today that code makes, not yet inserted; see `post`."""
	entry = frappe.get_doc(
		{
			"doctype": ENTRY,
			"customer": customer,
			"points": points,
			"kind": kind,
			"entry_key": key,
			"posting_date": today(),
			**values,
		}
	)
	entry.flags.by_system = True
	return entry


def once(key: str | None, save_point: str, write: Callable[[], Document | None]) -> Document | None:
	"""Write an entry unless there is one with its key; also one that another process wrote after our snapshot was taken.

	:param save_point: a name of the caller's own; nothing that `write` did stays when the key is known.
	:returns: what `write` returns; None if the key is known.
	"""
	if not key:
		return write()
	if frappe.db.exists(ENTRY, {"entry_key": key}):
		return None
	frappe.db.savepoint(save_point)
	try:
		return write()
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point=save_point)
		frappe.clear_messages()
		return None


def apply(entry: Document) -> None:
	"""Bring the balance of an entry's customer along; called when the entry is inserted.

	:raises NotEnoughPointsError: the balance would fall below zero.
	"""
	row = lock(entry.customer)
	after = row.balance + entry.points
	if after < 0:
		frappe.throw(
			_("{0} has {1} points: {2} cannot be taken.").format(
				frappe.bold(escape_html(entry.customer_name or entry.customer)),
				frappe.bold(row.balance),
				frappe.bold(-entry.points),
			),
			NotEnoughPointsError,
			title=_("Points", context="Points Entry"),
		)
	if entry.points < 0:
		entry.expires_on, entry.points_left = None, 0
		taken = take(entry.customer, -entry.points, entry.reversal_of, expired_only=entry.kind == "Expired")
		entry.lots = json.dumps(taken)
	else:
		entry.points_left = 0 if entry.flags.into_lots else entry.points
	entry.balance_after = after
	changes = {"balance": after}
	if field := SUMS.get(entry.kind):
		changes[field] = row[field] + abs(entry.points)
	write(row.name, changes)


def settle_owed(entry: Document) -> None:
	"""Let points that a customer gets pay for those that they owe; called after an entry was inserted."""
	if entry.points <= 0 or entry.kind not in ("Earned", "Referral"):
		return
	row = lock(entry.customer)
	paid = min(row.owed, row.balance, entry.points)
	if paid > 0:
		write(row.name, {"owed": row.owed - paid})
		post(
			entry.customer,
			-paid,
			"Reversed",
			reversal_of=entry.name,
			remarks=_("For points that were spent before their purchase was taken back."),
		)


def reverse(entry_name: str, points: int, key: str, **values) -> Document | None:
	"""Take back points that an entry gave: what is left of them first, then others, and the rest is owed.

	:param points: how many, more than 0.
	:param key: a second call with the same key takes nothing.
	"""
	customer = frappe.db.get_value(ENTRY, entry_name, "customer")
	row = lock(customer)

	def write_back() -> Document:
		there = min(points, row.balance)
		if there < points:
			write(row.name, {"owed": row.owed + points - there})
			values["remarks"] = _("{0} of {1} points were spent already; the next ones pay for them.").format(
				points - there, points
			)
		# Also one of 0 points: it holds the key.
		entry = new_entry(customer, -there, "Reversed", key, {"reversal_of": entry_name, **values})
		return entry.insert(ignore_permissions=True)

	return once(key, "points_reverse", write_back)


def give_back(entry_name: str, key: str, **values) -> Document | None:
	"""Return points that an entry took to where it took them from, with the days on which they expire.

	:param key: a second call with the same key returns nothing.
	"""
	taken = frappe.db.get_value(ENTRY, entry_name, ["customer", "points", "lots"], as_dict=True)
	row = lock(taken.customer)
	entry = new_entry(taken.customer, -taken.points, "Reversed", key, {"reversal_of": entry_name, **values})
	entry.flags.into_lots = True

	def write_back() -> Document:
		table = frappe.qb.DocType(ENTRY)
		for lot, number in json.loads(taken.lots or "[]"):
			more = frappe.qb.update(table).set(table.points_left, table.points_left + number)
			more.where(table.name == lot).run()
		write(row.name, {"redeemed": row.redeemed + taken.points})
		return entry.insert(ignore_permissions=True)

	return once(key, "points_give_back", write_back)


def take(customer: str, points: int, first: str | None, expired_only: bool = False) -> list[tuple[str, int]]:
	"""Take points from the entries that gave them, what expires first before the rest.

	:param first: entry whose points go before all others.
	:param expired_only: nothing but points that have expired.
	:returns: entry and points, for each from which some were taken.
	"""
	lots = frappe.db.sql(
		"""select name, points_left from `tabPoints Entry`
		where customer = %(customer)s and points_left > 0 and (not %(expired)s or expires_on < %(today)s)
		order by name = %(first)s desc, expires_on is null, expires_on, creation, name for update""",
		{"customer": customer, "first": first or "", "expired": int(expired_only), "today": today()},
		as_dict=True,
	)
	taken, wanted = [], points
	for lot in lots:
		if not wanted:
			break
		part = min(lot.points_left, wanted)
		frappe.db.set_value(ENTRY, lot.name, "points_left", lot.points_left - part, update_modified=False)
		taken.append((lot.name, part))
		wanted -= part
	return taken


def lock(customer: str) -> frappe._dict:
	"""Lock the balance of a customer until the end of the transaction and return it as it is now; a missing one is made.

	:returns: `name`, `balance`, `owed`, `earned`, `redeemed`, `expired`.
	"""
	# Not "insert ignore": two that wait for each other with shared locks would both fail.
	stamp, user = now(), frappe.session.user
	name = frappe.db.get_value(CUSTOMER, customer, "customer_name")
	frappe.db.sql(
		"""insert into `tabPoints Balance`
			(name, customer, customer_name, balance, owner, creation, modified, modified_by)
		values (%(name)s, %(customer)s, %(customer_name)s, 0, %(user)s, %(now)s, %(now)s, %(user)s)
		on duplicate key update customer_name = values(customer_name)""",
		{
			"name": frappe.generate_hash(length=10),
			"customer": customer,
			"customer_name": name,
			"user": user,
			"now": stamp,
		},
	)
	fields = ["name", "balance", "owed", "earned", "redeemed", "expired"]
	return frappe.db.get_value(BALANCE, {"customer": customer}, fields, as_dict=True, for_update=True)


def write(name: str, values: dict) -> None:
	"""Store figures of a balance that is locked."""
	frappe.db.set_value(BALANCE, name, values)


def expire_due() -> int:
	"""Take the points that have expired from everybody; a daily job, safe to run twice.

	Points expire at the end of their last day.

	:returns: from how many customers.
	"""
	customers = frappe.get_all(
		ENTRY,
		filters={"points_left": (">", 0), "expires_on": ("<", today())},
		pluck="customer",
		distinct=True,
		order_by="customer asc",
	)
	for customer in customers:
		expire(customer)
		if not frappe.flags.in_test:
			frappe.db.commit()
	return len(customers)


def expire(customer: str) -> Document | None:
	"""Take a customer's points that have expired."""
	lock(customer)
	rows = frappe.db.sql(
		"""select points_left from `tabPoints Entry`
		where customer = %s and points_left > 0 and expires_on < %s for update""",
		(customer, today()),
	)
	return post(customer, -sum(points for (points,) in rows), "Expired")


def expiring(customer: str, until) -> int:
	"""Return how many points of a customer expire until a day, that day included."""
	rows = frappe.get_all(
		ENTRY,
		filters={
			"customer": customer,
			"points_left": (">", 0),
			"expires_on": ("between", (today(), getdate(until))),
		},
		fields=["sum(points_left) as points"],
		order_by=None,
	)
	return cint(rows[0].points)


def customer_renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""`before_rename` of Service Customer: when two customers become one, so do their balances.

	Entries follow by Frappe's rename, and so does the balance if only one of them has one.
	"""
	if not merge or not all(frappe.db.exists(BALANCE, {"customer": name}) for name in (old, new)):
		return
	# In one order, so that two merges wait for each other.
	rows = {name: lock(name) for name in sorted((old, new))}
	gone, kept = rows[old], rows[new]
	write(
		kept.name,
		{field: kept[field] + gone[field] for field in ("balance", "owed", "earned", "redeemed", "expired")},
	)
	frappe.db.delete(BALANCE, {"name": gone.name})
