"""Rows of tables are listed to those who may list the documents that they are in."""

import frappe
from frappe import client
from frappe.model import table_fields
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of
from aftersales.utils import child_conditions

ORDER, TABLE = "Service Order", "Service Order Inspection"


def tables() -> list[tuple[str, str]]:
	"""Return tables of the app's DocTypes that have row rules, with such a parent."""
	ours = frappe.get_all("Module Def", {"app_name": "aftersales"}, pluck="name")
	doctypes = set(frappe.get_all("DocType", {"module": ("in", ours), "istable": 0}, pluck="name"))
	ruled = doctypes & set(frappe.get_hooks(child_conditions.HOOK))
	filters = {"parent": ("in", ruled), "fieldtype": ("in", table_fields)}
	return frappe.get_all("DocField", filters, ["options", "parent"], as_list=True)


class TestChildConditions(FrappeTestCase):
	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")

	def test_each_table_of_a_ruled_doctype_has_them(self):
		hooks = frappe.get_hooks(child_conditions.HOOK)
		found = tables()
		self.assertGreater(len(found), 40)
		for table, parent in found:
			self.assertIn(
				f"aftersales.utils.child_conditions.{frappe.scrub(table)}", hooks.get(table, []), parent
			)

	def test_rows_of_documents_of_others(self):
		outlets = [make_service_outlet().name for _ in range(2)]
		clerk = staff_of(outlets[0], "Outlet Staff", account="clerk-of-rows")
		orders = [make_service_order(outlet=outlet).name for outlet in outlets]
		rows = [self.row_of(order) for order in orders]
		self.assertEqual(self.listed(clerk, rows), [rows[0]])
		self.assertEqual(self.listed("Administrator", rows), rows)
		frappe.set_user(clerk)
		answer = client.get_list(TABLE, filters={"name": ("in", rows)}, parent=ORDER)
		self.assertEqual(answer, [{"name": rows[0]}])

	def test_rows_of_a_shared_document(self):
		"""Somebody without a role for orders lists the rows of the one that is shared, and no others."""
		orders = [make_service_order().name for _ in range(2)]
		rows = [self.row_of(order) for order in orders]
		guest = factories.user_with(account="reads-what-is-shared")
		frappe.share.add_docshare(ORDER, orders[0], guest, flags={"ignore_share_permission": True})
		self.assertEqual(self.listed(guest, rows), rows[:1])

	def test_rows_of_another_doctype(self):
		"""Regions belong to outlets and to applications; whoever may not read these sees none of theirs."""
		table = "Outlet Region"
		names = [self.row_of(name, name, table) for name in ("Service Outlet", "Outlet Application")]
		reader = factories.user_with("Service Agent")
		frappe.set_user(reader)
		self.assertTrue(frappe.has_permission("Service Outlet"))
		self.assertFalse(frappe.has_permission("Outlet Application"))
		self.assertEqual(self.listed(reader, names, table, "Service Outlet"), names[:1])

	def row_of(self, parent: str, parenttype: str = ORDER, table: str = TABLE) -> str:
		row = frappe.new_doc(table)
		row.update({"parent": parent, "parenttype": parenttype, "parentfield": "inspection"})
		row.db_insert()
		return row.name

	def listed(self, user: str, rows: list[str], table: str = TABLE, parent: str = ORDER) -> list[str]:
		frappe.set_user(user)
		filters = {"name": ("in", rows)}
		found = frappe.get_list(table, filters, pluck="name", parent_doctype=parent, order_by="creation")
		frappe.set_user("Administrator")
		return sorted(found, key=rows.index)

	def test_each_table_can_be_listed(self):
		"""By somebody with rules in each, and by somebody who may read some of the parents only."""
		outlet = make_service_outlet().name
		for user in (
			staff_of(outlet, "Outlet Staff", account="clerk-of-tables"),
			staff_of(outlet, "Branch Staff", "Parts Keeper", "Finance Clerk", account="all-of-tables"),
		):
			frappe.set_user(user)
			for table, parent in tables():
				if not frappe.has_permission(parent, "read"):
					continue
				seen = set(frappe.get_list(parent, pluck="name", limit_page_length=0))
				fields, filters = ["parent"], {"parenttype": parent}
				rows = frappe.get_list(table, filters, fields, parent_doctype=parent, limit_page_length=0)
				self.assertLessEqual({row.parent for row in rows}, seen, (user, table))
			frappe.set_user("Administrator")
