"""Frappe's general methods, called on the way that all requests take, by those who see only some rows."""

import json
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.handler import execute_cmd
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate, set_request, today

from aftersales.testing import factories
from aftersales.testing.field import make_service_order, make_service_outlet, make_technician, staff_of

ORDER, CUSTOMER, USER = "Service Order", "Service Customer", "User"
COUNT, LINKED = "frappe.client.get_count", "frappe.desk.form.linked_with.get"
CONNECTIONS, TITLE = "frappe.desk.notifications.get_open_count", "frappe.desk.search.get_link_title"
LINK, WIDGET = "frappe.desk.search.search_link", "frappe.desk.search.search_widget"
GLOBAL, CHOICES = (
	"frappe.utils.global_search.search",
	"frappe.website.doctype.web_form.web_form.get_link_options",
)


class MethodCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlets = [make_service_outlet().name for _ in range(2)]
		cls.clerk = staff_of(cls.outlets[0], "Outlet Staff", account="clerk-of-one")
		cls.customers = [
			factories.make_customer(
				customer_name=f"Of outlet {place} {frappe.generate_hash(length=6)}", outlet=outlet
			)
			for place, outlet in enumerate(cls.outlets)
		]
		cls.product = factories.make_product().name
		cls.orders = [
			make_service_order(outlet=outlet, customer=customer.name, product=cls.product).name
			for outlet, customer in zip(cls.outlets, cls.customers, strict=True)
		]
		cls.stranger = factories.make_portal_access(customer=cls.customers[0].name).user

	def setUp(self):
		set_request(method="POST")
		self.addCleanup(delattr, frappe.local, "request")
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(setattr, frappe.local, "form_dict", frappe.local.form_dict)
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")

	def ask(self, person: str, method: str, /, **values):
		"""Send a request; its answer."""
		frappe.set_user(person)
		frappe.local.form_dict = frappe._dict(values, cmd=method)
		frappe.local.response = frappe._dict(docs=[])
		answer = execute_cmd(method)
		response = frappe.local.response
		return answer if answer is not None else response.get("results") or response.get("values")

	@contextmanager
	def refused(self):
		with self.assertRaises(frappe.PermissionError):
			yield


class TestFinding(MethodCase):
	def test_the_clerk_sees_one_of_two(self):
		"""What the other tests rely on."""
		frappe.set_user(self.clerk)
		self.assertEqual(frappe.get_list(ORDER, {"name": ("in", self.orders)}, pluck="name"), self.orders[:1])

	def test_count(self):
		filters = json.dumps({"name": ["in", self.orders]})
		self.assertEqual(self.ask("Administrator", COUNT, doctype=ORDER, filters=filters), 2)
		self.assertEqual(self.ask(self.clerk, COUNT, doctype=ORDER, filters=filters), 1)
		with self.refused():
			self.ask(factories.user_with(), COUNT, doctype=ORDER)
		with self.refused():
			# Each count would say whether a secret begins so.
			self.ask(self.stranger, COUNT, doctype="Dealer", filters={"name": ["like", "a%"]})

	def test_linked(self):
		found = self.ask("Administrator", LINKED, doctype="Product", docname=self.product)
		self.assertEqual({row.name for row in found[ORDER]}, set(self.orders))
		found = self.ask(self.clerk, LINKED, doctype="Product", docname=self.product)
		self.assertEqual([row.name for row in found[ORDER]], self.orders[:1])
		with self.refused():
			self.ask(self.clerk, LINKED, doctype=ORDER, docname=self.orders[1])

	def test_connections(self):
		values = {"doctype": "Product", "name": self.product, "items": json.dumps([ORDER])}
		self.assertEqual(self.connections("Administrator", **values), {ORDER: 2})
		self.assertEqual(self.connections(self.clerk, **values), {ORDER: 1})
		without_orders = factories.user_with("May Change Customers")
		self.assertEqual(self.connections(without_orders, **values), {ORDER: 0})
		with self.refused():
			self.connections(self.clerk, doctype=ORDER, name=self.orders[1])

	def connections(self, user: str, **values) -> dict:
		found = self.ask(user, CONNECTIONS, **values)["count"]
		rows = found if isinstance(found, list) else found["external_links_found"]
		return {row.get("doctype") or row["name"]: row["count"] for row in rows}

	def test_title(self):
		own, other = (make_technician(outlet=outlet) for outlet in self.outlets)
		kind = "Technician"
		self.assertEqual(self.ask(self.clerk, TITLE, doctype=kind, docname=own.name), own.technician_name)
		self.assertEqual(self.ask(self.clerk, TITLE, doctype=kind, docname=other.name), other.name)
		self.assertEqual(
			self.ask("Administrator", TITLE, doctype=kind, docname=other.name), other.technician_name
		)
		with self.refused():
			self.ask(self.stranger, TITLE, doctype=CUSTOMER, docname=self.customers[1].name)

	def test_choice_in_a_field(self):
		both = {"doctype": ORDER, "txt": "", "filters": json.dumps({"name": ["in", self.orders]})}
		for method in (LINK, WIDGET):
			for ignore in (0, 1):
				found = json.dumps(
					self.ask(self.clerk, method, **both, ignore_user_permissions=ignore), default=str
				)
				self.assertIn(self.orders[0], found)
				self.assertNotIn(self.orders[1], found)
			found = json.dumps(self.ask("Administrator", method, **both), default=str)
			self.assertIn(self.orders[1], found)

	def test_choice_of_a_doctype_for_others(self):
		nobody = factories.user_with()
		for user in (nobody, self.stranger, "Guest"):
			with self.refused():
				self.ask(user, LINK, doctype="Settlement", txt="")
		with self.refused():
			query = "frappe.core.doctype.user.user.user_query"
			self.ask(
				self.stranger,
				"aftersales.utils.frappe_finding.search_link",
				doctype=USER,
				txt="",
				query=query,
			)

	def test_user_permissions_are_left_aside_where_a_field_says_so(self):
		"""Where rows have no other rules, it is as Frappe has it."""
		regions = [factories.make_region().name for _ in range(2)]
		reader = factories.make_user("Service Manager").name
		frappe.permissions.add_user_permission("Service Region", regions[0], reader)
		values = {"doctype": "Service Region", "txt": regions[1]}
		self.assertFalse(self.ask(reader, LINK, **values))
		found = self.ask(reader, LINK, **values, ignore_user_permissions=1)
		self.assertIn(regions[1], json.dumps(found))

	def test_global_search(self):
		settings = frappe.get_doc("Global Search Settings")
		settings.append("allowed_in_global_search", {"document_type": ORDER})
		settings.save()
		self.addCleanup(frappe.cache.hdel, "global_search", "search_priorities")
		rows = [
			{"doctype": ORDER, "name": order, "content": "Customer Name : Ferdinand"} for order in self.orders
		]
		finder = "aftersales.utils.frappe_finding.global_search.search"
		# The full-text index takes in rows after the commit only, which a test does not do.
		with patch(finder, return_value=[frappe._dict(row) for row in rows]):
			found = self.ask("Administrator", GLOBAL, text="Ferdinand")
			self.assertEqual(len(found), 2)
			found = self.ask(self.clerk, GLOBAL, text="Ferdinand")
			self.assertEqual([row.name for row in found], self.orders[:1])
			with self.refused():
				self.ask(self.stranger, GLOBAL, text="Ferdinand")

	def test_counts_by_person(self):
		method, others = "frappe.desk.listview.get_group_by_count", factories.make_user("Service Agent").name
		for order in self.orders:
			values = {
				"reference_type": ORDER,
				"reference_name": order,
				"allocated_to": others,
				"description": "x",
			}
			frappe.get_doc({"doctype": "ToDo", **values}).insert()
		frappe.get_doc({"doctype": "ToDo", **values, "reference_type": CUSTOMER}).db_insert()
		filters = json.dumps([[ORDER, "name", "in", self.orders]])
		for person, number in (("Administrator", 2), (self.clerk, 1)):
			values = {"doctype": ORDER, "current_filters": filters}
			found = {row.name: row.count for row in self.ask(person, method, **values, field="assigned_to")}
			self.assertEqual(found[others], number)
			found = self.ask(person, method, **values, field="outlet")
			self.assertEqual(sum(row.count for row in found), number)

	def test_a_heat_map_does_not_count_what_is_not_seen(self):
		method = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get"
		heat = self.chart(
			"Count", type="Heatmap", document_type=ORDER, based_on="creation", value_based_on="idx"
		)
		year = {"heatmap_year": getdate(today()).year, "filters": "[]"}
		self.assertTrue(self.ask("Administrator", method, chart_name=heat, **year)["dataPoints"])
		with self.refused():
			self.ask(self.clerk, method, chart_name=heat, **year)
		bars = self.chart(
			"Group By", type="Bar", document_type=ORDER, group_by_type="Count", group_by_based_on="outlet"
		)
		filters = json.dumps([[ORDER, "name", "in", self.orders]])
		found = self.ask(self.clerk, method, chart_name=bars, filters=filters)
		self.assertEqual(found["datasets"][0]["values"], [1])
		with self.refused():
			self.ask(factories.user_with(), method, chart_name=heat, **year)

	def chart(self, chart_type: str, **fields) -> str:
		values = {
			"chart_name": frappe.generate_hash(length=8),
			"chart_type": chart_type,
			"filters_json": "[]",
		}
		return (
			frappe.get_doc({"doctype": "Dashboard Chart", "is_public": 1, **values, **fields}).insert().name
		)


class TestReadingAndChanging(MethodCase):
	def test_contact_and_address(self):
		link = {"link_doctype": CUSTOMER, "link_name": self.customers[1].name}
		contact = frappe.get_doc(
			doctype="Contact",
			first_name="Ferdinand",
			phone_nos=[{"phone": "13700000001", "is_primary_phone": 1}],
		)
		contact.append("links", link)
		contact.insert()
		address = frappe.get_doc(
			doctype="Address", address_title="Ferdinand", address_line1="1 Road", city="X", country="China"
		)
		address.append("links", link)
		address.insert()
		base = "frappe.contacts.doctype"
		questions = (
			(f"{base}.contact.contact.get_contact_details", {"contact": contact.name}),
			(f"{base}.address.address.get_address_display", {"address_dict": address.name}),
			(
				f"{base}.address.address.get_default_address",
				{"doctype": CUSTOMER, "name": self.customers[1].name},
			),
			(
				"frappe.core.doctype.sms_settings.sms_settings.get_contact_number",
				{"contact_name": contact.name, "ref_doctype": CUSTOMER, "ref_name": self.customers[1].name},
			),
		)
		for method, values in questions:
			self.assertTrue(self.ask("Administrator", method, **values), method)
			for user in (factories.user_with(), self.stranger, "Guest"):
				with self.subTest(method, user=user), self.refused():
					self.ask(user, method, **values)

	def test_choices_of_a_web_form(self):
		"""Frappe ships a form for the own profile; whoever was signed in could list any DocType by it."""
		for user in (self.clerk, self.stranger, "Guest"):
			for doctype in (CUSTOMER, USER):
				with self.subTest(user, doctype=doctype), self.refused():
					values = {"doctype": doctype, "allow_read_on_all_link_options": 1}
					self.ask(user, CHOICES, web_form_name="edit-profile", **values)

	def test_choices_that_a_web_form_offers(self):
		field = {"fieldname": "product", "fieldtype": "Link", "options": "Product", "label": "Product"}
		form = frappe.get_doc(
			{
				"doctype": "Web Form",
				"title": f"Form {frappe.generate_hash(length=6)}",
				"doc_type": "Service Ticket",
				"module": "Aftersales",
				"published": 1,
				"login_required": 1,
				"web_form_fields": [{**field, "allow_read_on_all_link_options": 1}],
			}
		).insert()
		values = {"web_form_name": form.name, "doctype": "Product"}
		self.assertIn(self.product, self.ask(self.stranger, CHOICES, **values))
		with self.refused():
			self.ask("Guest", CHOICES, **values)
		frappe.set_user("Administrator")
		form.web_form_fields[0].allow_read_on_all_link_options = 0
		form.save()
		self.assertNotIn(
			self.product, self.ask(self.stranger, CHOICES, **values, allow_read_on_all_link_options=1)
		)

	def test_user_permissions_of_others(self):
		method = "frappe.core.doctype.user_permission.user_permission.get_user_permissions"
		self.assertEqual(self.ask(self.clerk, method), {})
		with self.refused():
			self.ask(self.clerk, method, user=self.stranger)

	def test_shares_and_followers(self):
		own, other = ({"doctype": ORDER, "name": order} for order in self.orders)
		self.assertEqual(self.ask(self.clerk, "frappe.share.get_users", **own) or [], [])
		follow = "frappe.desk.form.document_follow"
		with self.refused():
			self.ask(self.clerk, "frappe.share.get_users", **other)
		with self.refused():
			self.ask(self.clerk, f"{follow}.get_follow_users", doctype=ORDER, doc_name=self.orders[1])
		with self.refused():
			values = {"doctype": ORDER, "doc_name": self.orders[1], "user": self.clerk}
			self.ask(self.clerk, f"{follow}.follow_document", **values)
		with self.refused():
			values = {"doctype": ORDER, "doc_name": self.orders[0], "user": "Administrator"}
			self.ask(self.clerk, f"{follow}.follow_document", **values)
		self.ask(
			self.clerk, f"{follow}.follow_document", doctype=ORDER, doc_name=self.orders[0], user=self.clerk
		)

	def test_mails_stay_where_they_are(self):
		mail = frappe.get_doc(
			doctype="Communication",
			subject="Secret",
			content="x",
			reference_doctype=ORDER,
			reference_name=self.orders[1],
		).insert()
		with self.refused():
			values = {"reference_doctype": ORDER, "reference_name": self.orders[0]}
			self.ask(self.clerk, "frappe.email.relink", name=mail.name, **values)
		mail.reload()
		self.assertEqual(mail.reference_name, self.orders[1])
		self.ask("Administrator", "frappe.email.relink", name=mail.name, **values)
		mail.reload()
		self.assertEqual(mail.reference_name, self.orders[0])

	def test_files_of_others(self):
		secret = frappe.get_doc(
			doctype="File",
			file_name=f"{frappe.generate_hash(length=8)}.txt",
			content="secret",
			is_private=1,
			attached_to_doctype=ORDER,
			attached_to_name=self.orders[1],
		).insert()
		method, target = (
			"frappe.utils.file_manager.add_attachments",
			{"doctype": ORDER, "name": self.orders[0]},
		)
		with self.refused():
			self.ask(self.clerk, method, **target, attachments=json.dumps([secret.name]))
		self.assertEqual(
			len(self.ask("Administrator", method, **target, attachments=json.dumps([secret.name]))), 1
		)

	def test_comments_and_likes(self):
		comment = {"comment": "x", "comment_email": "a@b.example", "comment_by": "A", "route": ""}
		other = {"reference_doctype": ORDER, "reference_name": self.orders[1]}
		for user in (self.clerk, self.stranger, "Guest"):
			with self.subTest(user), self.refused():
				self.ask(user, "frappe.templates.includes.comments.comments.add_comment", **comment, **other)
			with self.subTest(user), self.refused():
				self.ask(user, "frappe.templates.includes.likes.likes.like", like=1, **other)
		self.assertFalse(frappe.db.count("Comment", {"reference_name": self.orders[1], "content": "x"}))
