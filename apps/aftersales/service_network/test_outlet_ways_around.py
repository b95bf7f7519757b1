"""Ways to see more of the network than one's own outlet."""

import frappe
from frappe import client
from frappe.model.rename_doc import update_document_title
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import outlet_scope
from aftersales.service_network.doctype.service_outlet.service_outlet import OutletKindError, OutletNameError
from aftersales.spare_parts.scope import OtherWarehouseError
from aftersales.testing import factories
from aftersales.testing.field import make_service_centre, make_service_outlet, make_technician, staff_of
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock

OUTLET = "Service Outlet"


class TestOutletWaysAround(FrappeTestCase):
	def setUp(self):
		self.branch, self.other = make_service_centre().name, make_service_centre().name
		self.shop = make_service_outlet(parent_service_outlet=self.branch).name
		self.staff = staff_of(self.branch, "Branch Staff")

	def tearDown(self):
		frappe.set_user("Administrator")
		outlet_scope.forget()

	def test_nobody_moves_their_own_outlet(self):
		for above in (None, "", self.other):
			with self.subTest(above=above):
				frappe.set_user(self.staff)
				outlet = frappe.get_doc(OUTLET, self.branch)
				outlet.parent_service_outlet = above
				try:
					outlet.save()
				except frappe.PermissionError:
					pass
				outlet_scope.forget()
				self.assertEqual(set(outlet_scope.outlets_of(self.staff) or ()), {self.branch, self.shop})
				above_now = frappe.db.get_value(OUTLET, self.branch, "parent_service_outlet")
				self.assertNotEqual(above_now, self.other)

	def test_outlets_below_are_not_given_to_others(self):
		# Branches apply for new outlets; this one keeps records beside.
		frappe.set_user(staff_of(self.branch, "Branch Staff", "May Set Parameters"))
		outlet = frappe.get_doc(OUTLET, self.shop)
		outlet.parent_service_outlet = self.other
		self.assertRaises(outlet_scope.OtherOutletError, outlet.save)
		for above in (None, self.other):
			new = frappe.get_doc(
				doctype=OUTLET, outlet_name=frappe.generate_hash(), parent_service_outlet=above
			)
			self.assertRaises(frappe.PermissionError, new.insert)
		frappe.get_doc(
			doctype=OUTLET, outlet_name=frappe.generate_hash(), parent_service_outlet=self.branch
		).insert()

	def test_a_branch_applies_for_outlets_and_neither_makes_nor_deletes_them(self):
		frappe.set_user(self.staff)
		new = frappe.get_doc(
			doctype=OUTLET, outlet_name=frappe.generate_hash(), parent_service_outlet=self.branch
		)
		self.assertRaises(frappe.PermissionError, new.insert)
		self.assertRaises(frappe.PermissionError, client.delete, OUTLET, self.shop)

	def test_the_network_does_not_open_its_accounts(self):
		frappe.set_user(self.staff)
		for outlet in (self.branch, self.shop):
			client.set_value(OUTLET, outlet, {"account_state": "Opened", "account_opened_on": "2020-01-01"})
			doc = client.get(OUTLET, outlet)
			client.save({**doc, "account_state": "Opened", "phone": "0411-9"})
			stored = frappe.db.get_value(OUTLET, outlet, ["account_state", "account_opened_on", "phone"])
			self.assertEqual(stored, ("Not Opened", None, "0411-9"))
		frappe.set_user(staff_of(self.shop, "Outlet Staff"))
		self.assertRaises(
			frappe.PermissionError, client.set_value, OUTLET, self.shop, "account_state", "Opened"
		)

	def test_headquarters_opens_accounts_not_finance(self):
		frappe.set_user(factories.user_with("Finance Clerk"))
		for values in ({"account_state": "Opened"}, {"phone": "0411-8"}):
			self.assertRaises(frappe.PermissionError, client.set_value, OUTLET, self.shop, values)
		self.assertEqual(client.get_value(OUTLET, "account_state", self.shop)["account_state"], "Not Opened")
		frappe.set_user(factories.user_with("Service Manager"))
		client.set_value(OUTLET, self.shop, "account_state", "Suspended")
		self.assertEqual(frappe.db.get_value(OUTLET, self.shop, "account_state"), "Suspended")

	def test_headquarters_names_and_numbers_outlets(self):
		new = frappe.generate_hash()
		frappe.set_user(self.staff)
		for outlet in (self.branch, self.shop, self.other):
			self.assertRaises(frappe.PermissionError, client.rename_doc, OUTLET, outlet, new)
			for names in ({"name": new}, {"title": new}):
				self.assertRaises(
					frappe.PermissionError, update_document_title, doctype=OUTLET, docname=outlet, **names
				)
		client.save({**client.get(OUTLET, self.shop), "outlet_code": "", "phone": "0411-7"})
		for field in ("outlet_name", "outlet_code"):
			self.assertRaises(OutletNameError, client.set_value, OUTLET, self.shop, field, new)
		self.assertEqual(frappe.db.get_value(OUTLET, self.shop, "outlet_name"), self.shop)
		frappe.set_user(factories.user_with("Service Manager"))
		client.set_value(OUTLET, self.shop, "outlet_code", new)
		self.assertEqual(client.rename_doc(OUTLET, self.shop, new), new)

	def test_a_technician_carries_nothing_of_others(self):
		foreign = make_part_warehouse(outlet=self.other, warehouse_kind="Outlet").name
		technician = make_technician(outlet=self.branch).name
		frappe.set_user(self.staff)
		doc = frappe.get_doc("Technician", technician)
		doc.warehouse = foreign
		self.assertRaises(OtherWarehouseError, doc.save)

	def test_a_warehouse_with_parts_stays_with_its_outlet(self):
		warehouse = make_part_warehouse(outlet=self.shop, warehouse_kind="Outlet")
		put_in_stock(make_spare_part().name, warehouse.name)
		warehouse.reload()
		warehouse.outlet = self.other
		self.assertRaises(frappe.ValidationError, warehouse.save)

	def test_bounds_of_the_tree_are_not_written(self):
		seen = set(outlet_scope.outlets_of(self.staff))
		frappe.set_user(self.staff)
		client.set_value(OUTLET, self.branch, {"lft": 1, "rgt": 2**30, "phone": "0411-3"})
		outlet_scope.forget()
		self.assertEqual(set(outlet_scope.outlets_of(self.staff)), seen)
		self.assertEqual(frappe.db.get_value(OUTLET, self.branch, "phone"), "0411-3")
		frappe.set_user("Administrator")
		new = frappe.get_doc(
			doctype=OUTLET,
			outlet_name=frappe.generate_hash(),
			parent_service_outlet=self.branch,
			lft=1,
			rgt=2**30,
			old_parent=self.branch,
		).insert()
		above = frappe.db.get_value(OUTLET, self.branch, ["lft", "rgt"], as_dict=True)
		self.assertTrue(above.lft < new.lft < new.rgt < above.rgt)

	def test_a_form_loaded_before_the_tree_grew_keeps_its_place(self):
		stale = frappe.get_doc(OUTLET, self.branch)
		added = make_service_outlet(parent_service_outlet=self.branch)
		stale.phone = "0411-4"
		stale.save()
		self.assertLess(added.rgt, frappe.db.get_value(OUTLET, self.branch, "rgt"))

	def test_the_network_does_not_say_what_kind_of_outlet_it_is(self):
		frappe.set_user(self.staff)
		for outlet in (self.branch, self.shop):
			self.assertRaises(
				OutletKindError, client.set_value, OUTLET, outlet, "outlet_kind", "Headquarters"
			)

	def test_an_outlet_takes_parts_from_no_one_elses_warehouse(self):
		foreign = make_part_warehouse(outlet=self.other, warehouse_kind="Outlet").name
		own = make_part_warehouse(outlet=self.shop, warehouse_kind="Outlet").name
		frappe.set_user(self.staff)
		self.assertRaises(OtherWarehouseError, client.set_value, OUTLET, self.shop, "warehouse", foreign)
		client.set_value(OUTLET, self.shop, "warehouse", own)
		self.assertEqual(frappe.db.get_value(OUTLET, self.shop, "warehouse"), own)
