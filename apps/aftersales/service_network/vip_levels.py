"""VIP levels by rule: who spends or earns enough within some months gets the level, and keeps it as long (S3.04, S6.06).

A level that a person chose stays until they let the rules decide again. Every change is a VIP Level Change.
"""

import frappe
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Sum
from frappe.utils import add_months, cint, flt, now_datetime, today

from aftersales.service_network import points, spending

LEVEL, CHANGE, CUSTOMER = "VIP Level", "VIP Level Change", "Service Customer"
AT_A_TIME = 1000


def refresh() -> int:
	"""Give every customer the level that the rules say; a nightly job, safe to run twice.

	:returns: how many changed.
	"""
	rules = frappe.get_all(
		LEVEL,
		filters={"assign_by_rule": 1},
		fields=["name", "rank", "minimum_spending", "minimum_points", "spent_months"],
		order_by="rank desc, name asc",
	)
	rules = [rule for rule in rules if flt(rule.minimum_spending) > 0 or cint(rule.minimum_points) > 0]
	if not rules:
		return 0
	figures = {months: _figures(months) for months in {cint(rule.spent_months) for rule in rules}}
	changed = 0
	for customer in _customers(rules, figures):
		changed += _bring_to_level(customer, rules, figures)
	return changed


def level_by_rule(customer: str, rules: list[dict], figures: dict[int, tuple[dict, dict]]) -> dict | None:
	"""Return the highest level that a customer reaches, None for none.

	:param rules: levels given by rule, the highest first.
	:param figures: months -> (money spent, points earned) within them, by customer.
	"""
	for rule in rules:
		spent, earned = figures[cint(rule["spent_months"])]
		if flt(spent.get(customer)) >= flt(rule["minimum_spending"]) and cint(earned.get(customer)) >= cint(
			rule["minimum_points"]
		):
			return rule
	return None


def earned_since(day) -> dict[str, int]:
	"""Return the points that customers earned since a day, less what was taken back; None: from the beginning."""
	entry = frappe.qb.DocType(points.ENTRY)
	gone = (entry.kind == "Reversed") & (entry.points < 0)
	query = frappe.qb.from_(entry).select(entry.customer, Sum(entry.points))
	query = query.where(Criterion.any([entry.kind.isin(("Earned", "Referral")), gone]))
	if day:
		query = query.where(entry.posting_date >= day)
	return {customer: cint(total) for customer, total in query.groupby(entry.customer).run()}


def customer_saved(doc: Document, method: str | None = None) -> None:
	"""`validate` of Service Customer: a level that a person chooses is kept from the rules; without level they decide."""
	before = doc.get_doc_before_save()
	if doc.flags.merging or (doc.vip_level or "") == ((before and before.vip_level) or ""):
		return
	doc.vip_level_kept = int(bool(doc.vip_level))


def log_choice(doc: Document, method: str | None = None) -> None:
	"""`on_update` of Service Customer: write down a level that a person chose."""
	before = doc.get_doc_before_save()
	old = before.vip_level if before else None
	if (doc.vip_level or "") != (old or ""):
		log(doc.name, old, doc.vip_level, "Hand", changed_by=frappe.session.user)


def log(customer: str, old: str | None, new: str | None, reason: str, **values) -> None:
	"""Write down a change of level; `reason` is Rule or Hand."""
	frappe.get_doc(
		{
			"doctype": CHANGE,
			"customer": customer,
			"old_level": old,
			"new_level": new,
			"reason": reason,
			"changed_on": now_datetime(),
			**values,
		}
	).insert(ignore_permissions=True, ignore_links=True)


def _figures(months: int) -> tuple[dict, dict]:
	since = add_months(today(), -months) if months else None
	return spending.spent(since), earned_since(since)


def _customers(rules: list[dict], figures: dict) -> list[frappe._dict]:
	"""Return the customers whom the rules may concern: who has spent or earned, and who has a level by rule."""
	active = set()
	for spent, earned in figures.values():
		active |= set(spent) | set(earned)
	common = {"vip_level_kept": 0, "disabled": 0, "personal_data_deleted_on": ("is", "not set")}
	found = {}
	names = sorted(active)
	filters = [{"vip_level": ("in", [rule.name for rule in rules])}]
	filters += [
		{"name": ("in", names[start : start + AT_A_TIME])} for start in range(0, len(names), AT_A_TIME)
	]
	for some in filters:
		for row in frappe.get_all(CUSTOMER, {**common, **some}, ["name", "vip_level"], order_by=None):
			found[row.name] = row
	return [found[name] for name in sorted(found)]


def _bring_to_level(customer: dict, rules: list[dict], figures: dict) -> bool:
	"""Give a customer the level of the rules; returns whether that changed anything."""
	rule = level_by_rule(customer.name, rules, figures)
	present = customer.vip_level
	by_rule = not present or any(row.name == present for row in rules)
	if not by_rule:
		# A level without a rule is lost to a higher one only.
		rank = cint(frappe.get_cached_value(LEVEL, present, "rank"))
		if not rule or cint(rule["rank"]) <= rank:
			return False
	new = rule["name"] if rule else None
	if (new or "") == (present or ""):
		return False
	spent, earned = figures[cint((rule or rules[-1])["spent_months"])]
	frappe.db.set_value(CUSTOMER, customer.name, "vip_level", new)
	log(
		customer.name,
		present,
		new,
		"Rule",
		spent=flt(spent.get(customer.name)),
		points=cint(earned.get(customer.name)),
	)
	return True
