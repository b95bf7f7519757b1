"""What gives customers points: purchases, what they pay for them, paid service, and new customers whom they bring (S7.11).

Called by the events of the documents, inside their transaction. A key per document and rule keeps a repeat from counting
twice, and what is taken back takes its points along.
"""

import math
from collections import defaultdict
from itertools import count

import frappe
from frappe.model.document import Document
from frappe.utils import add_months, cint, flt, getdate

from aftersales.service_network import points

RULE, SALE_RECORD = "Points Rule", "Sale Record"
SALE, COLLECTED, SERVICE, REFERRAL = "Sale Amount", "Collected Amount", "Paid Service Amount", "Referral"
RULE_FIELDS = (
	"name",
	"points_per_unit",
	"points_each",
	"rounding",
	"expiry_months",
	"product_category",
	"minimum_amount",
)


def rules_of(base: str, day) -> list[frappe._dict]:
	"""Return the rules of a base that hold on a day."""
	day = getdate(day)
	rows = frappe.get_all(
		RULE,
		filters={"enabled": 1, "base": base},
		fields=[*RULE_FIELDS, "valid_from", "valid_until"],
		order_by="name asc",
	)
	return [
		row
		for row in rows
		if (not row.valid_from or row.valid_from <= day) and (not row.valid_until or row.valid_until >= day)
	]


def points_of(rule: dict, amount: float) -> int:
	"""Return the points that a rule gives for an amount of money: whole ones, rounded as the rule says; 0 below its minimum."""
	amount = flt(amount, 9)
	if amount <= 0 or amount < flt(rule["minimum_amount"]):
		return 0
	# Without the noise of binary fractions: 0.1 × 30 are 3 points, also when rounded down.
	exact = round(amount * flt(rule["points_per_unit"]), 6)
	if rule["rounding"] == "Up":
		return math.ceil(exact)
	return math.floor(exact + 0.5) if rule["rounding"] == "Nearest" else math.floor(exact)


def expires_on(rule: dict, day) -> str | None:
	"""Return the last day of points that a rule gives; None if they stay."""
	return add_months(getdate(day), rule["expiry_months"]) if cint(rule["expiry_months"]) else None


def sale_submitted(doc: Document, method: str | None = None) -> None:
	"""`on_submit` of Sale Record: points for what was bought, and for who brought the customer.

	:param doc: with `customer`, `sale_date`, `referred_by` and `items` (`product_category`, `amount`).
	"""
	referrer = referrer_of(doc)
	# In one order, so that two sales wait for each other.
	for customer in sorted(filter(None, {doc.customer, referrer})):
		points.lock(customer)
	rules = rules_of(SALE, doc.sale_date)
	nearest = _by_nearness(rules, [row.product_category for row in doc.items])
	amounts: dict[str, float] = defaultdict(float)
	for row in doc.items:
		if rule := nearest.get(row.product_category or ""):
			amounts[rule] += flt(row.amount, row.precision("amount"))
	for rule in rules:
		if rule.name in amounts:
			_earn(doc, rule, amounts[rule.name], doc.sale_date)
	if referrer:
		_thank_referrer(doc, referrer)


def sale_changed(doc: Document, method: str | None = None) -> None:
	"""`on_update_after_submit` of Sale Record: what was returned gives no points, of single lines in proportion."""
	if doc.get("status") == "Returned":
		take_back(doc, earlier=_returned_shares(doc))
	elif now := doc.flags.items_returned:
		earlier = _returned_shares(doc, but=now)
		take_back(doc, _returned_shares(doc), earlier=earlier, step=len(doc.returns))


def _returned_shares(doc: Document, but: dict[str, float] | None = None) -> dict[str, float]:
	"""Return which part of what a sale gave points for came back, by rule; for thanks nothing does but the whole sale.

	:param but: line -> amount that is left out: that of this very return.
	"""
	names = frappe.get_all(
		points.ENTRY,
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "kind": "Earned"},
		pluck="rule",
	)
	rules = frappe.get_all(RULE, filters={"name": ("in", [*names, ""])}, fields=[*RULE_FIELDS])
	nearest = _by_nearness(rules, [row.product_category for row in doc.items])
	sold, back = defaultdict(float), defaultdict(float)
	for row in doc.items:
		rule = nearest.get(row.product_category or "")
		sold[rule] += flt(row.amount)
		back[rule] += flt(row.returned_amount) - flt((but or {}).get(row.name))
	return {rule: back[rule] / sold[rule] for rule in sold if rule and sold[rule]}


def sale_cancelled(doc: Document, method: str | None = None) -> None:
	"""`on_cancel` of Sale Record."""
	take_back(doc)


def collected(doc: Document, method: str | None = None) -> None:
	"""`after_insert` of Sale Collection."""
	_paid(doc, COLLECTED, doc.collected_on)


def service_paid(doc: Document, method: str | None = None) -> None:
	"""`after_insert` of Service Payment."""
	_paid(doc, SERVICE, doc.received_at)


def take_back(
	doc: Document,
	share: float | dict[str, float] = 1.0,
	by: Document | None = None,
	earlier: float | dict[str, float] = 0.0,
	step: int = 0,
) -> None:
	"""Take back the points that a document gave.

	:param share: part of them up to and with this time, up to 1; or by rule, what it does not name stays.
	:param by: document that takes them back, default: the document itself.
	:param earlier: part of them that was taken back before, as `share`.
	:param step: number of the time, where one document takes them back several times.
	"""
	by = by or doc
	entries = frappe.get_all(
		points.ENTRY,
		filters={
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"kind": ("in", ("Earned", "Referral")),
		},
		fields=["name", "points", "customer", "kind", "rule"],
		order_by="customer asc, name asc",
	)
	for entry in entries:
		if (wanted := _part(entry, share) - _part(entry, earlier)) > 0:
			points.reverse(
				entry.name,
				wanted,
				_back_key(by.doctype, by.name, entry.name) + (f":{step}" if step else ""),
				reference_doctype=by.doctype,
				reference_name=by.name,
			)


def _part(entry: dict, share: float | dict[str, float]) -> int:
	"""Return a part of an entry's points, whole ones."""
	if isinstance(share, dict):
		share = share.get(entry["rule"], 0) if entry["kind"] == "Earned" else 0
	return entry["points"] if share >= 1 else math.floor(entry["points"] * share + 0.5)


def _back_key(doctype: str, name: str, entry: str) -> str:
	return f"Back:{doctype}:{name}:{entry}"


def referrer_of(sale: Document) -> str | None:
	"""Return the customer who brought the one who buys, if that was not counted yet."""
	referrer = sale.get("referred_by") or frappe.db.get_value(points.CUSTOMER, sale.customer, "referred_by")
	if not referrer or referrer == sale.customer:
		return None
	return referrer if referral_key(sale.customer) else None


def referral_key(customer: str) -> str | None:
	"""Return the key by which a customer counts as brought; None once one holds.

	A sale that was cancelled or taken back gave nothing: the next one, perhaps the same one corrected, takes the next key.
	"""
	for number in count(1):
		key = f"Referral:{customer}" + (f":{number}" if number > 1 else "")
		entry = frappe.db.get_value(
			points.ENTRY, {"entry_key": key}, ["name", "reference_name"], as_dict=True
		)
		if not entry:
			return key
		if not frappe.db.exists(
			points.ENTRY, {"entry_key": _back_key(SALE_RECORD, entry.reference_name, entry.name)}
		):
			return None


def _thank_referrer(sale: Document, referrer: str) -> None:
	given = max(
		rules_of(REFERRAL, sale.sale_date),
		key=lambda rule: cint(rule.points_each),
		default=None,
	)
	if given:
		points.post(
			referrer,
			cint(given.points_each),
			"Referral",
			referral_key(sale.customer),
			reference_doctype=sale.doctype,
			reference_name=sale.name,
			rule=given.name,
			expires_on=expires_on(given, sale.sale_date),
		)


def _paid(doc: Document, base: str, day) -> None:
	"""Give points for a payment; one that takes another back takes its points, too."""
	if doc.get("reversal_of"):
		original = frappe.get_doc(doc.doctype, doc.reversal_of)
		whole = abs(flt(original.amount))
		earlier = flt(doc.flags.reversed_before) / whole if whole else 0.0
		share = earlier + abs(flt(doc.amount)) / whole if whole else 1.0
		take_back(original, min(1.0, flt(share, 9)), doc, earlier)
		return
	if not doc.get("customer"):
		return
	best = max(rules_of(base, day), key=lambda rule: points_of(rule, doc.amount), default=None)
	if best:
		_earn(doc, best, doc.amount, day)


def _earn(doc: Document, rule: dict, amount: float, day) -> None:
	points.post(
		doc.customer,
		points_of(rule, amount),
		"Earned",
		f"{doc.doctype}:{doc.name}:{rule['name']}",
		reference_doctype=doc.doctype,
		reference_name=doc.name,
		rule=rule["name"],
		expires_on=expires_on(rule, day),
	)


def _by_nearness(rules: list[dict], categories: list[str | None]) -> dict[str, str]:
	"""Return the rule of each category: that of the nearest category above, else one without; of two the more generous."""
	wanted = {category or "" for category in categories}
	bounds = {
		row.name: (row.lft, row.rgt)
		for row in frappe.get_all(
			"Product Category",
			filters={"name": ("in", list(wanted | {rule.product_category or "" for rule in rules}))},
			fields=["name", "lft", "rgt"],
		)
	}
	found = {}
	for category in wanted:
		lft, rgt = bounds.get(category, (0, 0))
		fitting = []
		for rule in rules:
			above = bounds.get(rule.product_category) if rule.product_category else (-1, 2**40)
			if above and above[0] <= lft and above[1] >= rgt:
				fitting.append((above[0], flt(rule.points_per_unit), rule.name))
		if fitting:
			found[category] = max(fitting)[2]
	return found
