"""Two outlets, and nothing of the one is seen by the other: list, link, report, export, print, API (S2.16)."""

import frappe
from frappe.desk.query_report import run
from frappe.desk.reportview import export_query
from frappe.desk.reportview import get as list_view
from frappe.desk.search import search_link
from frappe.tests.utils import FrappeTestCase
from frappe.www.printview import get_html_and_style

from aftersales.service_network import outlet_scope
from aftersales.testing.factories import user_with
from aftersales.testing.field import make_service_centre, make_service_order, make_service_outlet, staff_of

ORDER, OUTLET = "Service Order", "Service Outlet"


class TestOutletScope(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.centre = make_service_centre().name
		cls.mine = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.other = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.stranger = make_service_outlet().name
		cls.my_order = make_service_order(outlet=cls.mine, customer_name="My customer").name
		cls.other_order = make_service_order(outlet=cls.other, customer_name="Other customer").name
		cls.stray_order = make_service_order(outlet=cls.stranger).name
		cls.free_order = make_service_order().name
		cls.staff = staff_of(cls.mine, "Outlet Staff", account="scope-mine")
		cls.chief = staff_of(cls.centre, "Service Centre Staff", account="scope-centre")
		cls.hq = staff_of("All Outlets", "Service Centre Staff", account="scope-hq")
		cls.orders = {cls.my_order, cls.other_order, cls.stray_order, cls.free_order}

	def setUp(self):
		frappe.db.savepoint("scope_test")
		outlet_scope.forget()

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="scope_test")
		outlet_scope.forget()

	def listed(self, user: str) -> set:
		frappe.set_user(user)
		return set(frappe.get_list(ORDER, {"name": ("in", list(self.orders))}, pluck="name"))

	def test_who_sees_what(self):
		self.assertEqual(outlet_scope.outlets_of(self.staff), (self.mine,))
		self.assertEqual(outlet_scope.own_outlet(self.staff), self.mine)
		self.assertEqual(set(outlet_scope.outlets_of(self.chief)), {self.centre, self.mine, self.other})
		for everything in (self.hq, user_with("Service Manager"), "Administrator"):
			self.assertIsNone(outlet_scope.outlets_of(everything), everything)

	def test_a_position_in_the_network_without_an_outlet_sees_nothing(self):
		user = staff_of(None, "Outlet Staff", account="scope-nowhere")
		self.assertEqual(self.listed(user), set())
		self.assertFalse(frappe.has_permission(ORDER, "read", doc=self.free_order))
		self.assertEqual(frappe.get_list(OUTLET), [])
		order = frappe.new_doc(ORDER, customer_name="Somebody", order_kind="Repair")
		self.assertRaises(outlet_scope.OtherOutletError, order.insert)
		self.assertEqual(self.listed(user_with("Outlet Staff", "Service Agent")), self.orders)

	def test_one_statement_per_request(self):
		with self.assertQueryCount(1):
			for _time in range(3):
				outlet_scope.outlets_of(self.staff)

	def test_lists(self):
		self.assertEqual(self.listed(self.staff), {self.my_order})
		self.assertEqual(self.listed(self.chief), {self.my_order, self.other_order})
		self.assertEqual(self.listed(self.hq), self.orders)
		self.assertEqual(self.listed(user_with("Service Agent")), self.orders)

	def test_documents(self):
		frappe.set_user(self.staff)
		for ptype in ("read", "write", "print", "email"):
			self.assertTrue(frappe.has_permission(ORDER, ptype, doc=self.my_order), ptype)
			self.assertFalse(frappe.has_permission(ORDER, ptype, doc=self.other_order), ptype)
			self.assertFalse(frappe.has_permission(ORDER, ptype, doc=self.free_order), ptype)

	def test_list_view_and_export(self):
		frappe.set_user(self.staff)
		frappe.local.form_dict = frappe._dict(
			doctype=ORDER, fields=["`tabService Order`.`name`"], filters=[], view="Report", page_length=500
		)
		names = {row[0] for row in list_view()["values"]}
		self.assertIn(self.my_order, names)
		self.assertFalse(names & {self.other_order, self.stray_order, self.free_order})
		frappe.set_user(self.chief)
		frappe.local.form_dict = frappe._dict(
			doctype=ORDER,
			fields=["`tabService Order`.`name`"],
			filters=[],
			view="Report",
			file_format_type="CSV",
		)
		export_query()
		content = frappe.response["filecontent"]
		content = content.decode() if isinstance(content, bytes) else content
		self.assertIn(self.other_order, content)
		self.assertNotIn(self.stray_order, content)

	def test_links(self):
		frappe.set_user(self.staff)
		found = {row["value"] for row in search_link(ORDER, "customer") or frappe.response.get("results", [])}
		self.assertIn(self.my_order, found)
		self.assertNotIn(self.other_order, found)
		self.assertEqual(frappe.get_list(OUTLET, pluck="name"), [self.mine])

	def test_report_of_the_builder(self):
		frappe.set_user(self.staff)
		rows = frappe.get_list(
			ORDER,
			{"outlet": ("in", [self.mine, self.other])},
			["outlet", "count(name) as n"],
			group_by="outlet",
		)
		self.assertEqual([(row.outlet, row.n) for row in rows], [(self.mine, 1)])

	def test_monitor(self):
		frappe.set_user(self.staff)
		frappe.db.set_value(ORDER, self.my_order, "stage", "Dispatched")
		frappe.db.set_value(ORDER, self.other_order, "stage", "Dispatched")
		outlets = {row["outlet"] for row in run("Order Monitor", {})["result"] if isinstance(row, dict)}
		self.assertIn(self.mine, outlets)
		self.assertNotIn(self.other, outlets)

	def test_prints(self):
		frappe.set_user(self.staff)
		self.assertIn("My customer", get_html_and_style(doc=ORDER, name=self.my_order)["html"])
		self.assertRaises(frappe.PermissionError, get_html_and_style, doc=ORDER, name=self.other_order)

	def test_new_orders_are_the_own_outlets(self):
		frappe.set_user(self.staff)
		order = frappe.get_doc(doctype=ORDER, customer_name="New").insert()
		self.assertEqual(order.outlet, self.mine)
		foreign = frappe.get_doc(doctype=ORDER, customer_name="New", outlet=self.other)
		self.assertRaises(frappe.PermissionError, foreign.insert)

	def test_nobody_takes_over_or_gives_away(self):
		frappe.set_user(self.staff)
		mine = frappe.get_doc(ORDER, self.my_order)
		mine.outlet = self.other
		self.assertRaises(frappe.PermissionError, mine.save)
		other = frappe.get_doc(ORDER, self.other_order)
		other.outlet = self.mine
		self.assertRaises(frappe.PermissionError, other.save)

	def test_the_centre_moves_orders_between_its_outlets(self):
		frappe.set_user(self.chief)
		order = frappe.get_doc(ORDER, self.my_order)
		order.outlet = self.other
		order.save()
		order.outlet = self.stranger
		self.assertRaises(frappe.PermissionError, order.save)

	def test_a_new_place_counts_at_once(self):
		self.assertEqual(self.listed(self.staff), {self.my_order})
		staff_of(self.other, "Outlet Staff", account="scope-mine")
		self.assertEqual(self.listed(self.staff), {self.other_order})

	def test_outlets_grow_below_the_own_one(self):
		frappe.set_user("Administrator")
		new = make_service_outlet(parent_service_outlet=self.centre).name
		order = make_service_order(outlet=new).name
		frappe.set_user(self.chief)
		self.assertTrue(frappe.has_permission(ORDER, "read", doc=order))

	def test_names_with_quotes_stay_names(self):
		strange = make_service_outlet(outlet_name="O'Neil \\ 100%").name
		order = make_service_order(outlet=strange).name
		frappe.set_user(staff_of(strange, "Outlet Staff", account="scope-strange"))
		self.assertEqual(frappe.get_list(ORDER, pluck="name"), [order])
