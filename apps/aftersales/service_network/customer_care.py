"""Customers hear from us without a reason of their own: birthdays, holidays, the change of seasons, long absence, thanks.

Each Care Occasion says for whom, when and how; a daily job looks who is due (S2.49, S6.10-S6.13, S6.16-S6.18, S6.21).
Messages obey the rules of their kind (`telephony.message_kinds`); tasks go to the person closest to the customer. One Care
Contact per customer and time keeps a repeated run from greeting twice, and says why somebody heard nothing.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.query_builder.functions import DateFormat
from frappe.utils import add_days, cint, escape_html, flt, getdate, today
from pypika import Query
from pypika.terms import ExistsCriterion

from aftersales.knowledge.finder import subtree
from aftersales.service_network import rewards, spending
from aftersales.telephony import messages
from aftersales.telephony.message_kinds import CONTACTS

OCCASION, CONTACT, CUSTOMER = "Care Occasion", "Care Contact", "Service Customer"
ON_A_DAY = ("Holiday", "Season", "Top Spender")
AT_A_TIME = 200
MESSAGE, TASK, LEFT_OUT = "Message", "Task", "Left Out"


def run_due() -> None:
	"""Do what today's occasions ask for; a daily job, safe to run twice. One that fails is logged and stops no other."""
	names = frappe.get_all(
		OCCASION, filters={"enabled": 1, "kind": ("!=", "Referral")}, pluck="name", order_by="name asc"
	)
	for name in names:
		try:
			run(name)
		except Exception:
			if frappe.flags.in_test:
				raise
			frappe.db.rollback()
			frappe.log_error(f"Care Occasion {name} failed")


def run(occasion: str, day: str | None = None) -> dict[str, int]:
	"""Do what an occasion asks for on a day.

	:param day: default: today.
	:returns: outcome -> how many customers, of those who were not dealt with before.
	"""
	doc = frappe.get_cached_doc(OCCASION, occasion)
	day = getdate(day or today())
	counted: dict[str, int] = {}
	if not is_due(doc, day):
		return counted
	names = customers_due(doc, day)
	for start in range(0, len(names), AT_A_TIME):
		some = names[start : start + AT_A_TIME]
		known = _known(doc, some, day)
		for row in _rows(name for name in some if key_of(doc, name, day) not in known):
			outcome = _contact(doc, row, day)
			counted[outcome] = counted.get(outcome, 0) + 1
		if not frappe.flags.in_test:
			frappe.db.commit()
	frappe.db.set_value(OCCASION, occasion, "last_run", day, update_modified=False)
	return counted


def is_due(doc: Document, day: date) -> bool:
	"""Return whether an occasion may concern anybody on a day."""
	if doc.kind not in ON_A_DAY:
		return True
	wanted = getdate(doc.on_date)
	return wanted == day or (bool(doc.every_year) and in_year(wanted, day.year) == day)


def in_year(day: date, year: int) -> date:
	"""Return the same day of another year; the 29th of February is the 28th where there is none."""
	try:
		return day.replace(year=year)
	except ValueError:
		return date(year, 2, 28)


def customers_due(doc: Document, day: date) -> list[str]:
	"""Return whom an occasion concerns on a day: customers that are not disabled or black-listed, in the order of names."""
	customer = frappe.qb.DocType(CUSTOMER)
	query = (
		frappe.qb.from_(customer)
		.select(customer.name)
		.where((customer.disabled == 0) & (customer.black_listed == 0))
		.where(customer.personal_data_deleted_on.isnull())
		.orderby(customer.name)
	)
	if doc.customer_group:
		query = query.where(
			customer.customer_group.isin(subtree("Service Customer Group", doc.customer_group))
		)
	if doc.vip_level:
		levels = frappe.get_all(
			"VIP Level", filters={"rank": (">=", rewards.rank(doc.vip_level))}, pluck="name", order_by=None
		)
		query = query.where(customer.vip_level.isin(levels))
	if doc.kind == "Birthday":
		query = query.where(DateFormat(customer.birthday, "%m-%d").isin(_birthdays(doc, day)))
	elif doc.kind == "Not Seen for Long":
		query = query.where(_absent(doc, customer, day))
	found = [name for (name,) in query.run()]
	if doc.kind == "Spending Reached":
		reached = {name for name, amount in spending.spent().items() if amount >= flt(doc.amount)}
		return [name for name in found if name in reached]
	if doc.kind == "Top Spender":
		allowed = set(found)
		year = day.year - 1
		best = [name for name in spending.spent(date(year, 1, 1), date(year, 12, 31)) if name in allowed]
		return best[: cint(doc.top) or 1]
	return found


def _birthdays(doc: Document, day: date) -> list[str]:
	wanted = add_days(day, cint(doc.days_before))
	days = [wanted.strftime("%m-%d")]
	leap = wanted.year % 4 == 0 and (wanted.year % 100 != 0 or wanted.year % 400 == 0)
	return [*days, "02-29"] if days == ["02-28"] and not leap else days


def _absent(doc: Document, customer, day: date) -> Criterion:
	"""Return the condition of those who were not in touch for so long, and heard nothing of this since."""
	since = add_days(day, -cint(doc.absent_days))
	contact = frappe.qb.DocType(CONTACT)
	told = (contact.customer == customer.name) & (contact.occasion == doc.name)
	told &= (contact.care_date >= since) & (contact.outcome != LEFT_OUT)
	return absent(customer, since) & _none(contact, told)


def absent(customer, since) -> Criterion:
	"""Return the condition of those who were customers already on a day, and were not in touch since.

	:param customer: table of Service Customer.
	"""
	known = customer.customer_since.isnull() | (customer.customer_since < since)
	parts = [customer.creation < since, known]
	for doctype, field in {**CONTACTS, "Sale Record": "sale_date", "Service Payment": "received_at"}.items():
		table = frappe.qb.DocType(doctype)
		parts.append(_none(table, (table.customer == customer.name) & (table[field] >= since)))
	return Criterion.all(parts)


def _none(table, condition: Criterion) -> Criterion:
	return ExistsCriterion(Query.from_(table).select(table.name).where(condition)).negate()


def key_of(doc: Document, customer: str, day: date) -> str:
	"""Return the key by which an occasion comes to a customer once: once a year, once a day, or once ever."""
	when = {
		"Birthday": add_days(day, cint(doc.days_before)).year,
		"Not Seen for Long": day,
		"Spending Reached": f"{flt(doc.amount):.2f}",
		"Referral": "",
	}.get(doc.kind, day.year)
	return hashlib.sha1(f"{doc.name}\n{customer}\n{when}".encode()).hexdigest()


def _known(doc: Document, customers: list[str], day: date) -> set[str]:
	keys = [key_of(doc, name, day) for name in customers]
	return set(frappe.get_all(CONTACT, filters={"care_key": ("in", keys)}, pluck="care_key", order_by=None))


def _rows(customers: Iterable[str]) -> list[frappe._dict]:
	return frappe.get_all(
		CUSTOMER,
		filters={"name": ("in", [*customers, ""])},
		fields=["name", "customer_name", "account_owner"],
		order_by="name asc",
	)


def _contact(doc: Document, row: dict, day: date, template: str | None = None) -> str:
	"""Send the message or make the task of an occasion, and write down what came of it.

	:param row: `name`, `customer_name` and `account_owner` of the customer.
	:returns: Message, Task or Left Out.
	"""
	key = key_of(doc, row["name"], day)
	found = _message(doc, row, key, template) if doc.action == MESSAGE else _task(doc, row, day)
	frappe.get_doc(
		{
			"doctype": CONTACT,
			"customer": row["name"],
			"occasion": doc.name,
			"kind": doc.kind,
			"care_date": day,
			"care_key": key,
			**found,
		}
	).insert(ignore_permissions=True)
	return found["outcome"]


def _message(doc: Document, row: dict, key: str, template: str | None) -> dict:
	frappe.db.savepoint("care")
	try:
		name = messages.queue(
			template or doc.template,
			customer=row["name"],
			reference_doctype=CUSTOMER,
			reference_name=row["name"],
			idempotency_key=f"care:{key}",
		)
	except (frappe.ValidationError, frappe.PermissionError) as error:
		frappe.db.rollback(save_point="care")
		frappe.clear_messages()
		return {"outcome": LEFT_OUT, "reason": frappe.utils.strip_html(str(error))}
	state, error = frappe.db.get_value(messages.DOCTYPE, name, ["state", "error"])
	if state == "Suppressed":
		return {"outcome": LEFT_OUT, "message": name, "reason": error}
	return {"outcome": MESSAGE, "message": name}


def _task(doc: Document, row: dict, day: date) -> dict:
	user = doc.assign_to or row["account_owner"]
	if not user or not frappe.db.get_value("User", user, "enabled"):
		return {"outcome": LEFT_OUT, "reason": _("Nobody looks after this customer: enter an account owner.")}
	text = _("{0}: {1} ({2})").format(
		escape_html(_(doc.occasion_name)), escape_html(row["customer_name"] or ""), row["name"]
	)
	if doc.instructions:
		text = f"{text}<br>{escape_html(_(doc.instructions))}"
	frappe.get_doc(
		doctype="ToDo",
		allocated_to=user,
		assigned_by=frappe.session.user,
		date=add_days(day, cint(doc.days_before) if doc.kind == "Birthday" else 0),
		reference_type=CUSTOMER,
		reference_name=row["name"],
		description=text,
	).insert(ignore_permissions=True)
	return {"outcome": TASK, "user": user}


def thank_for_referral(customer: Document) -> bool:
	"""Thank who brought a customer, and welcome that one, on the same day by message (S6.11).

	:param customer: Service Customer with `referred_by`.
	:returns: whether both get a message; else somebody has to call.
	"""
	name = frappe.db.get_value(OCCASION, {"enabled": 1, "kind": "Referral", "action": MESSAGE}, "name")
	if not name:
		return False
	doc, day = frappe.get_cached_doc(OCCASION, name), getdate(today())
	told = []
	for who, template in ((customer.referred_by, doc.template), (customer.name, doc.second_template)):
		if frappe.db.exists(CONTACT, {"care_key": referral_key(doc, who, customer.name)}):
			return True
		told.append(_referral_message(doc, who, customer.name, template, day))
	return all(outcome == MESSAGE for outcome in told)


def referral_key(doc: Document, who: str, new_customer: str) -> str:
	"""Return the key of a thanks: each new customer gives a reason of its own."""
	return hashlib.sha1(f"{doc.name}\n{who}\n{new_customer}".encode()).hexdigest()


def _referral_message(doc: Document, who: str, new_customer: str, template: str, day: date) -> str:
	row = _rows([who])[0]
	key = referral_key(doc, who, new_customer)
	found = _message(doc, row, key, template)
	values = {"customer": who, "occasion": doc.name, "kind": doc.kind, "care_date": day, "care_key": key}
	frappe.get_doc({"doctype": CONTACT, **values, **found}).insert(ignore_permissions=True)
	return found["outcome"]
