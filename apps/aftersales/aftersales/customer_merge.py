"""Two records of one customer become one, and nothing that only one of them knew is lost."""

import frappe
from frappe import _

from aftersales.telephony.numbers import normalise
from aftersales.utils.phones import phones_of

# What says something about the record, not about the customer.
NOT_ABSORBED = {"naming_series", "own_number", "disabled", "phone", "member_no", "remarks"}


def before_merge(old, new_name: str) -> None:
	"""Give the remaining customer what only the vanishing one knows.

	Empty fields are filled, telephone numbers and relations added, remarks put together. A member number
	that finds no place is kept in the remarks. Tickets, calls, contacts and addresses follow by Frappe's rename.

	:param old: Service Customer that will vanish.
	:param new_name: name of the one that stays.
	:raises frappe.PermissionError: the user may not delete customers, which merging does to one of them.
	"""
	old.check_permission("delete")
	new = frappe.get_doc(old.doctype, new_name)
	new.check_permission("write")
	_absorb_fields(old, new)
	_absorb_phones(old, new)
	_absorb_relations(old, new)
	_absorb_member_no(old, new)
	new.remarks = "\n".join(dict.fromkeys(filter(None, (new.remarks, old.remarks)))) or None
	new.flags.merging = True
	new.save()


def after_merge(customer) -> None:
	"""Remove links that now lead from the customer to themselves, or twice from one contact to them.

	:param customer: the Service Customer that stays; links of the other one lead to it by now.
	"""
	if customer.referred_by == customer.name:
		customer.db_set("referred_by", None, update_modified=False)
	frappe.db.delete("Customer Relation", {"parent": customer.name, "related_customer": customer.name})
	_remove_double_links(customer)


def _absorb_fields(old, new) -> None:
	for field in new.meta.fields:
		if field.fieldtype in frappe.model.data_fieldtypes and field.fieldname not in NOT_ABSORBED:
			if not new.get(field.fieldname) and old.get(field.fieldname):
				new.set(field.fieldname, old.get(field.fieldname))


def _absorb_phones(old, new) -> None:
	known = {normalise(number).key for number in phones_of(new)}
	labels = {row.phone: row.label for row in old.other_phones}
	for number in phones_of(old):
		key = normalise(number).key
		if key in known:
			continue
		known.add(key)
		if new.phone:
			new.append("other_phones", {"phone": number, "label": labels.get(number)})
		else:
			new.phone = number


def _absorb_relations(old, new) -> None:
	known = {row.related_customer for row in new.relations} | {new.name, old.name}
	for row in old.relations:
		if row.related_customer not in known:
			new.append("relations", {"related_customer": row.related_customer, "relation": row.relation})
	if new.referred_by == old.name:
		new.referred_by = None


def _absorb_member_no(old, new) -> None:
	if not old.member_no:
		return
	if new.member_no:
		kept = _("Former member number: {0}").format(old.member_no)
		new.remarks = "\n".join(filter(None, (new.remarks, kept)))
	else:
		new.member_no = old.member_no
		# The number is unique: the vanishing record must let go of it first.
		old.db_set("member_no", None, update_modified=False)


def _remove_double_links(customer) -> None:
	links = frappe.get_all(
		"Dynamic Link",
		filters={"link_doctype": customer.doctype, "link_name": customer.name},
		fields=["name", "parenttype", "parent"],
		order_by="creation asc",
	)
	seen = set()
	for link in links:
		if (link.parenttype, link.parent) in seen:
			frappe.db.delete("Dynamic Link", {"name": link.name})
		seen.add((link.parenttype, link.parent))
