"""Active service: which devices are maintained by which rule, and the visits that fall due (S17.04-S17.06, S7.19).

A plan belongs to one device and one rule, to one line of an agreement's visit schedule, or to nobody's rule but its own
(the maintenance setting of a purchase). Whatever makes plans and visits does so under unique keys and the lock of the plan, so
that it may be repeated, interrupted and run twice at the same moment.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_months, cint, flt, getdate

from aftersales.field_service import agreements
from aftersales.field_service.coverage import Areas
from aftersales.utils.access import check_permission

PLAN, RULE, VISIT, DEVICE = "Maintenance Plan", "Maintenance Rule", "Maintenance Visit", "Customer Device"
FIRST_FREE, PERIODIC, OF_AGREEMENT = "First Free Maintenance", "Periodic", "Agreement"
FIXED = "Fixed Dates"
IN_USE = "Active"
CHUNK = 200
MOST_AT_ONCE = 60  # visits of one plan in one run
# What a rule gives to its plans, and changes on those that have it as the rule had it.
OF_RULE = ("every_uses", "count_from", "lead_days", "job_package")


# -- when


def next_due(plan: Document) -> date | None:
	"""Return when a plan's next visit is due by its own figures; None when nothing more is to come or nobody can tell.

	Fixed dates count from the start date, so that the 31st stays the 31st. Else one cycle after the last maintenance, by
	months or by uses, whichever comes first.
	"""
	made = cint(plan.planned_visits)
	if plan.most_visits and made >= plan.most_visits:
		return None
	if plan.count_from == FIXED:
		if made and not plan.every_months:
			return None
		day = getdate(add_months(plan.start_date, made * cint(plan.every_months)))
	else:
		base = plan.last_done_on or plan.start_date
		by_months = getdate(add_months(base, plan.every_months)) if plan.every_months else None
		day = min(filter(None, (by_months, due_by_use(plan))), default=None)
	return None if day is None or (plan.end_date and day > getdate(plan.end_date)) else day


def due_by_use(plan: Document) -> date | None:
	"""Return when the counter will have run one cycle since the last maintenance, at the pace known; None without it."""
	if not (plan.every_uses and plan.read_on):
		return None
	left = cint(plan.last_reading) + plan.every_uses - cint(plan.reading)
	if left <= 0:
		return getdate(plan.read_on)
	if not flt(plan.uses_per_day):
		return None
	return getdate(add_days(plan.read_on, math.ceil(left / flt(plan.uses_per_day))))


def plan_on(plan: Document) -> date | None:
	"""Return from which day on the plan's next visit shall exist."""
	if not (plan.enabled and plan.next_due):
		return None
	return getdate(add_days(plan.next_due, -cint(plan.lead_days)))


# -- plans by rules


def plan_devices() -> int:
	"""Make the plans that rules ask for and that are not there, and return how many.

	For each product the closest rules count: its own, else those of the nearest category that has any, else those for
	everything; first free maintenance and the later ones apart. A rule without a cycle takes the product's.
	"""
	made = 0
	for rule, products in products_by_rule().items():
		for device in _devices_without_plan(rule, products):
			made += bool(_plan_for(rule, device))
	return made


def products_by_rule() -> dict[Document, dict[str, int]]:
	"""Return, for each enabled rule, the products to which it applies, each with the months of its cycle."""
	rules = [frappe.get_doc(RULE, name) for name in frappe.get_all(RULE, {"enabled": 1}, pluck="name")]
	products = frappe.get_all(
		"Product",
		{"disabled": 0},
		["name", "product_category", "maintenance_cycle_months"],
		order_by="name asc",
	)
	areas = Areas(
		"Product Category",
		[*(rule.product_category for rule in rules), *{product.product_category for product in products}],
	)
	found = {rule: {} for rule in rules}
	for product in products:
		for first_free in (0, 1):
			for rule in closest([rule for rule in rules if rule.first_free == first_free], product, areas):
				months = rule.every_months or (0 if first_free else product.maintenance_cycle_months)
				if months or rule.every_uses:
					found[rule][product.name] = cint(months)
	return found


def closest(rules: list[Document], product: dict, areas: Areas) -> list[Document]:
	"""Return the rules that count for a product."""
	own = [rule for rule in rules if rule.product == product.name]
	if own:
		return own
	by_category = defaultdict(list)
	for rule in rules:
		if rule.product_category and not rule.product:
			by_category[rule.product_category].append(rule)
	nearest = areas.nearest(by_category, product.product_category)
	return by_category.get(nearest) or [rule for rule in rules if not (rule.product or rule.product_category)]


def _devices_without_plan(rule: Document, products: dict[str, int]) -> Iterator[frappe._dict]:
	device, plan = frappe.qb.DocType(DEVICE), frappe.qb.DocType(PLAN)
	fields = (
		"name",
		"customer",
		"product",
		"outlet",
		"installation_date",
		"sale_date",
		"creation",
	)
	names = list(products)
	for at in range(0, len(names), CHUNK):
		query = (
			frappe.qb.from_(device)
			.left_join(plan)
			.on((plan.device == device.name) & (plan.maintenance_rule == rule.name))
			.where(device.product.isin(names[at : at + CHUNK]) & (device.stage == IN_USE))
			.where(device.customer.isnotnull() & (device.customer != "") & plan.name.isnull())
			.select(*(device[field] for field in fields))
		)
		for row in query.run(as_dict=True):
			row.months = products[row.product]
			yield row


def _plan_for(rule: Document, device: frappe._dict) -> str | None:
	"""Make the plan of a device by a rule; None when its first free maintenance is long past, or somebody else made it."""
	base = getdate(device.installation_date or device.sale_date or device.creation)
	if rule.first_free and getdate(add_months(base, 2 * device.months)) < getdate():
		return None
	cycles = 0 if rule.first_free else _whole_cycles(base, device.months)
	if rule.count_from == FIXED:
		cycles += 1
	return _insert_once(
		PLAN,
		{
			"customer": device.customer,
			"device": device.name,
			"outlet": device.outlet,
			"visit_kind": FIRST_FREE if rule.first_free else PERIODIC,
			"maintenance_rule": rule.name,
			"every_months": device.months,
			"start_date": add_months(base, cycles * device.months),
			"most_visits": 1 if rule.first_free else 0,
			"unique_key": f"{device.name}|{rule.name}",
			**{field: rule.get(field) for field in OF_RULE},
		},
	)


def _whole_cycles(base: date, months: int) -> int:
	"""Return how many cycles are over, so that an old device is first due in the future and not years ago."""
	cycles = 0
	while months and getdate(add_months(base, (cycles + 1) * months)) < getdate():
		cycles += 1
	return cycles


def _insert_once(doctype: str, values: dict) -> str | None:
	"""Insert a document with a unique key; None when the key is taken."""
	if frappe.db.exists(doctype, {"unique_key": values["unique_key"]}):
		return None
	frappe.db.savepoint("insert_once")
	try:
		return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True).name
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="insert_once")
		frappe.clear_last_message()
		return None


def apply_rule(rule: str, before: dict) -> None:
	"""Give a changed rule's new values to those of its plans that still have the old ones.

	:param rule: Maintenance Rule.
	:param before: its values before the change.
	"""
	doc = frappe.get_doc(RULE, rule)
	changed = {
		field
		for field in (*OF_RULE, "every_months")
		if (doc.get(field) or None) != (before.get(field) or None)
	}
	for name in frappe.get_all(PLAN, {"maintenance_rule": rule, "enabled": 1}, pluck="name"):
		plan = frappe.get_doc(PLAN, name, for_update=True)
		for field in changed:
			if (plan.get(field) or None) == (before.get(field) or None):
				plan.set(field, doc.get(field))
		plan.save(ignore_permissions=True)


# -- plans of agreements


def agreement_changed(agreement: Document) -> None:
	"""Make an agreement's visit schedule plans when it comes into force, and pause them when it no longer is (S17.05)."""
	if agreement.stage == agreements.IN_FORCE:
		sync_agreement(agreement)
	elif (agreement.get_doc_before_save() or agreement).stage == agreements.IN_FORCE:
		pause({"agreement": agreement.name}, _("Agreement {0} is not in force.").format(agreement.name))


def sync_agreement(agreement: Document) -> None:
	"""Bring the plans of an agreement in line with its visit schedule; lines that are gone pause their plan."""
	there = {
		row.agreement_row: row.name
		for row in frappe.get_all(PLAN, {"agreement": agreement.name}, ["name", "agreement_row"])
	}
	for row in agreement.visit_schedule:
		values = {
			"customer": agreement.customer,
			"device": row.device,
			"outlet": agreement.outlet,
			"visit_kind": OF_AGREEMENT,
			"agreement": agreement.name,
			"agreement_row": row.name,
			"job_package": row.job_package,
			"every_months": row.every_months,
			"count_from": FIXED,
			"start_date": row.first_date,
			"end_date": agreement.end_date,
			"most_visits": row.visits or (0 if row.every_months else 1),
			"enabled": 1,
			"pause_reason": None,
		}
		if name := there.pop(row.name, None):
			plan = frappe.get_doc(PLAN, name, for_update=True)
			plan.update(values)
			plan.save(ignore_permissions=True)
		else:
			_insert_once(PLAN, {**values, "unique_key": f"{agreement.name}|{row.name}"})
	if there:
		pause({"name": ("in", list(there.values()))}, _("No longer in the agreement's visit schedule."))


def plan_of_sale(device: str, sale: Document, months: int, first: date) -> str | None:
	"""Plan the maintenance of a device as it was agreed when it was sold (S7.19); None when it is planned already.

	:param device: Customer Device.
	:param sale: Sale Record.
	:param months: between two visits.
	:param first: day of the first visit.
	"""
	return _insert_once(
		PLAN,
		{
			"customer": sale.customer,
			"device": device,
			"outlet": sale.outlet,
			"visit_kind": PERIODIC,
			"every_months": months,
			"start_date": sale.sale_date,
			"next_due": first,
			"unique_key": f"{device}|{sale.name}",
		},
	)


def pause(filters: dict, reason: str) -> None:
	"""Pause plans, and skip their visits that nobody has begun.

	:param filters: of Maintenance Plan.
	:param reason: why, as people shall read it.
	"""
	from aftersales.field_service.maintenance_visits import take_stage

	names = frappe.get_all(PLAN, {**filters, "enabled": 1}, pluck="name")
	if not names:
		return  # visits without a plan are nobody's here
	for name in names:
		frappe.db.set_value(PLAN, name, {"enabled": 0, "pause_reason": reason, "plan_on": None})
	waiting = frappe.get_all(VISIT, {"maintenance_plan": ("in", names), "stage": "Planned"}, pluck="name")
	for visit in waiting:
		take_stage(visit, "Skipped", skip_reason=reason)


# -- visits


def plan_visits(today: date | None = None, commit: bool = False) -> int:
	"""Make the visits that are due within their plans' lead days, and return how many; one locked plan after the other.

	:param today: default: today in the site's zone.
	:param commit: after each plan, as the daily job does; a plan that fails then leaves a line in the error log.
	"""
	today = getdate(today)
	made, last = 0, ""
	while names := _waiting(today, last):
		last = names[-1]
		for name in names:
			try:
				made += visits_of(name, today)
			except Exception:
				if not commit:
					raise
				frappe.db.rollback()
				frappe.log_error(f"{PLAN} {name}", reference_doctype=PLAN, reference_name=name)
			if commit:
				frappe.db.commit()
	return made


def _waiting(today: date, after: str) -> list[str]:
	"""Return the next plans in the order of their names whose visits shall exist; the plans' own index finds them."""
	plan, rule = frappe.qb.DocType(PLAN), frappe.qb.DocType(RULE)
	return (
		frappe.qb.from_(plan)
		.left_join(rule)
		.on(rule.name == plan.maintenance_rule)
		.where((plan.plan_on <= today) & (plan.enabled == 1) & (plan.name > after))
		.where(rule.enabled.isnull() | (rule.enabled == 1))
		.orderby(plan.name)
		.limit(CHUNK)
		.select(plan.name)
		.run(pluck=True)
	)


def visits_of(name: str, today: date) -> int:
	"""Make the visits of one plan that are due; returns how many."""
	plan = frappe.get_doc(PLAN, name, for_update=True)
	made = 0
	while made < MOST_AT_ONCE and plan.plan_on and getdate(plan.plan_on) <= today:
		if reason := _why_not(plan):
			pause({"name": name}, reason)
			break
		made += _make_visit(plan)
		plan.planned_visits += 1
		# Counted from the last visit, the next one is known when this one is over.
		plan.next_due = next_due(plan) if plan.count_from == FIXED else None
		plan.plan_on = plan_on(plan)
		plan.db_set(
			{key: plan.get(key) for key in ("planned_visits", "next_due", "plan_on")}, update_modified=False
		)
	return made


def _why_not(plan: Document) -> str | None:
	"""Return why a plan makes no visits any more, None when it does."""
	if plan.device:
		device = frappe.db.get_value(DEVICE, plan.device, ["stage", "customer"], as_dict=True)
		if device.stage != IN_USE:
			return _("The device is not in use.")
		if device.customer and device.customer != plan.customer:
			if plan.agreement:
				return _("The device belongs to another customer now.")
			plan.db_set("customer", device.customer)
	if plan.agreement:
		agreement = frappe.get_cached_doc(agreements.DOCTYPE, plan.agreement)
		if agreement.stage != agreements.IN_FORCE:
			return _("Agreement {0} is not in force.").format(agreement.name)
	return None


def _make_visit(plan: Document) -> int:
	address = frappe.db.get_value(DEVICE, plan.device, "address") if plan.device else None
	values = {
		"customer": plan.customer,
		"device": plan.device,
		"product": plan.product,
		"address": address,
		"outlet": plan.outlet,
		"due_date": plan.next_due,
		"visit_kind": plan.visit_kind,
		"job_package": plan.job_package,
		"maintenance_plan": plan.name,
		"agreement": plan.agreement,
		"unique_key": f"{plan.name}|{plan.next_due}",
	}
	return int(bool(_insert_once(VISIT, values)))


def visit_over(visit: Document) -> None:
	"""Count a plan on after a visit that was done, skipped or deleted."""
	if not visit.maintenance_plan or not frappe.db.exists(PLAN, visit.maintenance_plan):
		return
	plan = frappe.get_doc(PLAN, visit.maintenance_plan, for_update=True)
	done = visit.stage == "Done"
	if done:
		plan.last_done_on = max(
			filter(None, (plan.last_done_on and getdate(plan.last_done_on), getdate(visit.done_on)))
		)
		if visit.reading:
			plan.take_reading(visit.reading, getdate(visit.done_on))
			plan.last_reading = visit.reading
	if plan.count_from != FIXED and not _has_open_visit(plan, visit):
		plan.next_due = next_due(plan) if done else _after(plan, visit)
	plan.flags.keep_next_due = True
	plan.save(ignore_permissions=True)


def _has_open_visit(plan: Document, visit: Document) -> bool:
	stages = ("Planned", "Released")
	others = {"maintenance_plan": plan.name, "stage": ("in", stages), "name": ("!=", visit.name)}
	return bool(frappe.db.exists(VISIT, others))


def _after(plan: Document, visit: Document) -> date | None:
	"""Return the day one cycle after a visit that did not take place."""
	if not plan.every_months or (plan.most_visits and plan.planned_visits >= plan.most_visits):
		return None
	day = getdate(add_months(visit.due_date, plan.every_months))
	return None if plan.end_date and day > getdate(plan.end_date) else day


# -- jobs and buttons


def plan_all() -> None:
	"""Daily: plans by rules, then visits."""
	plan_devices()
	frappe.db.commit()
	plan_visits(commit=True)


@frappe.whitelist(methods=["POST"])
def plan_now() -> dict:
	"""Do now what the daily job does (S17.05); many devices go on in the background.

	:returns: `plans` and `visits` made, or `background` when the job was queued.
	:raises frappe.PermissionError: the user may not create plans and visits.
	"""
	check_permission(PLAN, "create")
	check_permission(VISIT, "create")
	waiting = frappe.db.count(DEVICE, {"stage": IN_USE}) - frappe.db.count(PLAN)
	if waiting > CHUNK:
		frappe.enqueue(
			plan_all, queue="long", enqueue_after_commit=True, job_id="plan_maintenance", deduplicate=True
		)
		return {"background": True, "plans": 0, "visits": 0}
	return {"background": False, "plans": plan_devices(), "visits": plan_visits()}
