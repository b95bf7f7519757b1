"""Two records of one customer become one, and nothing that only one of them knew is lost."""

import json

import frappe
from frappe import _

from aftersales.telephony.numbers import normalise
from aftersales.utils.phones import phones_of

# What says something about the record, not about the customer.
NOT_ABSORBED = {
	"naming_series",
	"own_number",
	"disabled",
	"phone",
	"member_no",
	"remarks",
	"personal_data_deleted_on",
}
# Tables with a rule of their own; rows of all others are taken over unless the same row is there.
OWN_RULE = {"other_phones", "relations"}
NAMED_BY_DATA = (
	("Notification Log", "document_type", "document_name"),
	("Email Queue", "reference_doctype", "reference_name"),
)
# What Frappe keeps about a document in columns of its row, each with the separator of its entries.
ROW_NOTES = ("_user_tags", "_assign", "_liked_by", "_comments")


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
	_refuse_two_erpnext_records(old, new)
	_absorb_fields(old, new)
	_absorb_phones(old, new)
	_absorb_relations(old, new)
	_absorb_tables(old, new)
	_absorb_member_no(old, new)
	_absorb_row_notes(old, new)
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
	_remove_double_relations(customer)
	_remove_double_links(customer)
	_remove_double_shares(customer)
	_remove_double_tags(customer)


def follow_names(old: str, new: str) -> None:
	"""Let follow what names a document without a link field, and what Frappe's rename passes over therefore.

	:param old: name of the customer that vanished.
	:param new: name of the one that stays.
	"""
	for doctype, type_field, name_field in NAMED_BY_DATA:
		frappe.db.set_value(
			doctype,
			{type_field: "Service Customer", name_field: old},
			name_field,
			new,
			update_modified=False,
		)
	frappe.db.set_value("Personal Data Request", {"customer": old}, "customer", new, update_modified=False)


def _refuse_two_erpnext_records(old, new) -> None:
	"""Each of ERPNext's customers keeps a record here, or the next run would make the merged one again."""
	if old.erpnext_customer and new.erpnext_customer:
		frappe.throw(
			_("{0} and {1} come from two customers of ERPNext. Merge those there first.").format(
				old.name, new.name
			),
			title=_("Two Customers of ERPNext"),
		)


def _absorb_fields(old, new) -> None:
	for field in new.meta.fields:
		if field.fieldtype in frappe.model.data_fieldtypes and field.fieldname not in NOT_ABSORBED:
			if not new.get(field.fieldname) and old.get(field.fieldname):
				new.set(field.fieldname, old.get(field.fieldname))
				if field.unique:
					# The vanishing record must let go of it first.
					old.db_set(field.fieldname, None, update_modified=False)


def _absorb_tables(old, new) -> None:
	for field in new.meta.get_table_fields():
		if field.fieldname in OWN_RULE:
			continue
		columns = [column for column in frappe.get_meta(field.options).get_valid_columns()]
		columns = [
			column
			for column in columns
			if column not in frappe.model.default_fields + frappe.model.child_table_fields
		]
		known = {tuple(str(row.get(column) or "") for column in columns) for row in new.get(field.fieldname)}
		for row in old.get(field.fieldname):
			if tuple(str(row.get(column) or "") for column in columns) not in known:
				new.append(field.fieldname, {column: row.get(column) for column in columns})


def _absorb_row_notes(old, new) -> None:
	"""Tags, assignments, likes and the comments' excerpts lie in the row of the document, which vanishes."""
	values = frappe.db.get_value(old.doctype, {"name": old.name}, ROW_NOTES, as_dict=True)
	stored = frappe.db.get_value(new.doctype, {"name": new.name}, ROW_NOTES, as_dict=True)
	merged = {"_user_tags": ",".join(_both(_words(stored._user_tags), _words(values._user_tags)))}
	merged["_user_tags"] = f",{merged['_user_tags']}" if merged["_user_tags"] else stored._user_tags
	for column in ROW_NOTES[1:]:
		both = _both(json.loads(stored[column] or "[]"), json.loads(values[column] or "[]"))
		merged[column] = json.dumps(both, ensure_ascii=False) if both else stored[column]
	frappe.db.set_value(new.doctype, new.name, merged, update_modified=False)


def _words(tags: str | None) -> list[str]:
	return [tag for tag in (tags or "").split(",") if tag]


def _both(first: list, second: list) -> list:
	return [*first, *(entry for entry in second if entry not in first)]


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


def _remove_double_relations(customer) -> None:
	"""Others who named both of the two name one customer twice now, and whoever is in a group twice is in it once."""
	rows = frappe.get_all(
		"Customer Relation",
		filters={"related_customer": customer.name},
		fields=["name", "parent", "relation"],
		order_by="creation asc, idx asc",
	)
	seen = set()
	for row in rows:
		if (row.parent, row.relation or "") in seen:
			frappe.db.delete("Customer Relation", {"name": row.name})
		seen.add((row.parent, row.relation or ""))
	frappe.db.set_value(
		"Customer Relation",
		{"related_customer": customer.name},
		"related_customer_name",
		customer.customer_name,
		update_modified=False,
	)


def _remove_double_tags(customer) -> None:
	rows = frappe.get_all(
		"Tag Link",
		filters={"document_type": customer.doctype, "document_name": customer.name},
		fields=["name", "tag"],
		order_by="creation asc",
	)
	seen = set()
	for row in rows:
		if row.tag in seen:
			frappe.db.delete("Tag Link", {"name": row.name})
		seen.add(row.tag)


def _remove_double_shares(customer) -> None:
	"""A person to whom both were shared keeps the wider right, in one row."""
	rights = ("read", "write", "share", "submit")
	rows = frappe.get_all(
		"DocShare",
		filters={"share_doctype": customer.doctype, "share_name": customer.name},
		fields=["name", "user", "everyone", *rights],
		order_by="creation asc",
	)
	kept = {}
	for row in rows:
		first = kept.setdefault((row.user, row.everyone), row)
		if first is row:
			continue
		wider = {right: max(first[right] or 0, row[right] or 0) for right in rights}
		first.update(wider)
		frappe.db.set_value("DocShare", first.name, wider, update_modified=False)
		frappe.db.delete("DocShare", {"name": row.name})


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
