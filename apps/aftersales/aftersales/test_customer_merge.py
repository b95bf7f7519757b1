"""Merging two customers loses no link: every link that the meta of this site knows is made, merged and looked for."""

import json

import frappe
from frappe.desk.doctype.tag.tag import add_tag
from frappe.desk.form.assign_to import add as assign
from frappe.share import add as share
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.customer_records import DOCTYPE
from aftersales.testing.factories import (
	make_contact,
	make_customer,
	make_customer_group,
	make_ticket,
	make_user,
	unique,
	unique_phone,
)

# Rows that are made anew from the customer, or that merging makes one of by its own rule.
DERIVED = ("Caller Number",)
# Where Frappe names a document without a link field; Deleted Document and Access Log say what was, and stay.
NAMED_BY_DATA = (
	("Version", "ref_doctype", "docname"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Notification Log", "document_type", "document_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
)


def link_fields() -> list[dict]:
	"""Link and Dynamic Link fields that can lead to a customer, in tables of this site."""
	found = []
	for table, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		for fieldtype in ("Link", "Dynamic Link"):
			filters = {"fieldtype": fieldtype}
			if fieldtype == "Link":
				filters["options"] = DOCTYPE
			found += frappe.get_all(
				table, filters, [f"{parent} as doctype", "fieldname", "options", "fieldtype"]
			)
	stored = set(frappe.get_all("DocType", {"issingle": 0, "is_virtual": 0}, pluck="name"))
	return [row for row in found if row.doctype in stored and row.doctype not in DERIVED]


def insert_row(doctype: str, values: dict) -> str:
	"""A row past every rule: only whether the link follows is of interest."""
	name = frappe.generate_hash(length=10)
	if "int" in frappe.db.get_column_type(doctype, "name"):
		name = 1_000_000_000 + int(name, 16) % 1_000_000
	if frappe.get_meta(doctype).istable:
		values = {
			"parent": frappe.generate_hash(length=10),
			"parenttype": "Task",
			"parentfield": "x",
			**values,
		}
	table = frappe.qb.DocType(doctype)
	columns = ["name", *values]
	try:
		frappe.qb.into(table).columns(*columns).insert(name, *values.values()).run()
	except Exception as error:
		raise AssertionError(f"no row in {doctype}: {error}") from error
	return name


def merge(old, new):
	frappe.rename_doc(old.doctype, old.name, new.name, merge=True, rebuild_search=False)
	return frappe.get_doc(new.doctype, new.name)


class TestEveryLink(FrappeTestCase):
	def test_all_links_of_the_meta_follow(self):
		# The next test makes tables, which would commit these rows.
		frappe.db.savepoint("links")
		self.addCleanup(frappe.db.rollback, save_point="links")
		old, new = make_customer(), make_customer()
		rows = []
		for link in link_fields():
			if not frappe.db.has_column(link.doctype, link.fieldname):
				continue
			values = {link.fieldname: old.name}
			if link.fieldtype == "Dynamic Link":
				if not frappe.db.has_column(link.doctype, link.options):
					continue
				values[link.options] = DOCTYPE
			rows.append((link.doctype, link.fieldname, insert_row(link.doctype, values)))
		for doctype, type_field, name_field in NAMED_BY_DATA:
			values = {type_field: DOCTYPE, name_field: old.name}
			if doctype == "Version":
				values["data"] = "{}"
			rows.append((doctype, name_field, insert_row(doctype, values)))
		# the app's own links, child tables and Frappe's dynamic ones are among them, or the walk found nothing
		found = {(doctype, field) for doctype, field, _name in rows}
		self.assertLessEqual(
			{
				("Service Ticket", "customer"),
				("Service Call", "customer"),
				("Service Call", "party"),
				("Service Customer", "referred_by"),
				("Customer Relation", "related_customer"),
				("Dynamic Link", "link_name"),
				("Comment", "reference_name"),
				("Communication", "reference_name"),
				("ToDo", "reference_name"),
				("Tag Link", "document_name"),
				("File", "attached_to_name"),
			},
			found,
		)
		merge(old, new)
		lost = [
			(doctype, field)
			for doctype, field, name in rows
			if frappe.db.get_value(doctype, {"name": name}, field) != new.name
		]
		self.assertEqual(lost, [])

	def test_link_of_a_site_s_own_doctype_follows(self):
		"""A DocType made in the Desk, its link in a child table."""
		child = frappe.get_doc(
			doctype="DocType",
			name=unique("Own Rows"),
			module="Custom",
			custom=1,
			istable=1,
			fields=[{"fieldname": "who", "fieldtype": "Link", "options": DOCTYPE, "label": "Who"}],
		)
		parent = frappe.get_doc(
			doctype="DocType",
			name=unique("Own Record"),
			module="Custom",
			custom=1,
			autoname="hash",
			fields=[{"fieldname": "rows", "fieldtype": "Table", "options": child.name, "label": "Rows"}],
			permissions=[{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
		)
		self.addCleanup(remove_doctypes, parent.name, child.name)
		child.insert()
		parent.insert()
		frappe.flags.link_fields = {}
		old, new = make_customer(), make_customer()
		record = frappe.get_doc({"doctype": parent.name, "rows": [{"who": old.name}]}).insert()
		merge(old, new)
		record.reload()
		self.assertEqual(record.rows[0].who, new.name)


def remove_doctypes(*names: str) -> None:
	frappe.flags.link_fields = {}
	for name in names:
		if frappe.db.exists("DocType", name):
			frappe.delete_doc("DocType", name, force=True)
		# making a DocType commits, and dropping it leaves its table
		frappe.db.sql_ddl(f"drop table if exists `tab{name}`")


class TestNotes(FrappeTestCase):
	def setUp(self):
		self.old, self.new = make_customer(), make_customer()

	def test_tags_of_both(self):
		add_tag("Loud", DOCTYPE, self.old.name)
		add_tag("Both", DOCTYPE, self.old.name)
		add_tag("Both", DOCTYPE, self.new.name)
		merge(self.old, self.new)
		tags = frappe.db.get_value(DOCTYPE, self.new.name, "_user_tags")
		self.assertEqual(sorted(filter(None, tags.split(","))), ["Both", "Loud"])
		self.assertEqual(
			sorted(frappe.get_all("Tag Link", {"document_name": self.new.name}, pluck="tag")),
			["Both", "Loud"],
		)

	def test_assignments_of_both(self):
		first, second = make_user("Service Agent").name, make_user("Service Agent").name
		assign({"assign_to": [first], "doctype": DOCTYPE, "name": self.old.name})
		assign({"assign_to": [second], "doctype": DOCTYPE, "name": self.new.name})
		merge(self.old, self.new)
		stored = json.loads(frappe.db.get_value(DOCTYPE, self.new.name, "_assign"))
		self.assertEqual(set(stored), {first, second})

	def test_comments_and_files_of_both(self):
		self.old.add_comment("Comment", "said on the old one")
		self.new.add_comment("Comment", "said on the new one")
		file = frappe.get_doc(
			doctype="File",
			file_name="merge.txt",
			content=unique("text"),
			attached_to_doctype=DOCTYPE,
			attached_to_name=self.old.name,
			is_private=1,
		).insert()
		merge(self.old, self.new)
		said = frappe.get_all(
			"Comment", {"reference_name": self.new.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertEqual(set(said), {"said on the old one", "said on the new one"})
		self.assertEqual(len(json.loads(frappe.db.get_value(DOCTYPE, self.new.name, "_comments"))), 2)
		self.assertEqual(frappe.db.get_value("File", file.name, "attached_to_name"), self.new.name)

	def test_shared_with_one_person_twice(self):
		user = make_user("Service Technician").name
		share(DOCTYPE, self.old.name, user, write=1)
		share(DOCTYPE, self.new.name, user)
		merge(self.old, self.new)
		rows = frappe.get_all("DocShare", {"share_name": self.new.name, "user": user}, ["read", "write"])
		self.assertEqual([(row.read, row.write) for row in rows], [(1, 1)])

	def test_caller_numbers_of_contacts_lead_to_the_one_that_stays(self):
		phone = unique_phone()
		make_contact([self.old], phone_nos=[{"phone": phone}])
		merge(self.old, self.new)
		rows = frappe.get_all("Caller Number", {"number_key": f"+86{phone}"}, pluck="customer")
		self.assertEqual(rows, [self.new.name])


class TestOwnTables(FrappeTestCase):
	def test_groups_and_properties_of_both(self):
		groups = [make_customer_group().name for _index in range(3)]
		house = {"building_number": "A-1", "price": 100, "area": 80}
		old = make_customer(
			customer_group=groups[0],
			customer_groups=[{"customer_group": groups[1]}],
			properties=[house, {"building_number": "A-2"}],
		)
		new = make_customer(customer_group=groups[2], properties=[house])
		new = merge(old, new)
		self.assertEqual(new.customer_group, groups[2])
		self.assertEqual({row.customer_group for row in new.customer_groups}, set(groups))
		self.assertEqual([row.building_number for row in new.properties], ["A-1", "A-2"])

	def test_named_by_one_person_twice(self):
		old, new = make_customer(), make_customer(customer_name="留下的")
		friend = make_customer(
			relations=[
				{"related_customer": old.name, "relation": "朋友"},
				{"related_customer": new.name, "relation": "朋友"},
			]
		)
		merge(old, new)
		friend.reload()
		self.assertEqual(
			[(row.related_customer, row.related_customer_name) for row in friend.relations],
			[(new.name, "留下的")],
		)

	def test_key_of_erpnext_goes_along(self):
		old, new = make_customer(), make_customer()
		old.db_set("erpnext_customer", unique("ERP"))
		key = old.erpnext_customer
		self.assertEqual(merge(old, new).erpnext_customer, key)

	def test_two_keys_of_erpnext_are_not_merged(self):
		old, new = make_customer(), make_customer()
		for customer in (old, new):
			customer.db_set("erpnext_customer", unique("ERP"))
		with self.assertRaises(frappe.ValidationError):
			merge(old, new)
		self.assertTrue(frappe.db.exists(DOCTYPE, old.name))

	def test_ticket_shows_its_customer_still(self):
		old, new = make_customer(), make_customer()
		ticket = make_ticket(customer=old.name)
		merge(old, new)
		ticket.reload()
		self.assertEqual(ticket.customer, new.name)
		ticket.save()
