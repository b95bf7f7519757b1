from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.field_service.doctype.refurbish_application.refurbish_application import (
	RefurbishApplication,
)
from aftersales.portal import dealers, part_orders, refurbishing
from aftersales.portal.scope import scope_of
from aftersales.spare_parts import part_orders as deliveries
from aftersales.testing import factories
from aftersales.testing.devices import unique_serial
from aftersales.testing.parts import make_part_order, make_part_warehouse, make_spare_part, put_in_stock
from aftersales.testing.portal import ask


class DealerCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_single_value("Service Portal Settings", "enabled", 1)
		frappe.clear_document_cache("Service Portal Settings", "Service Portal Settings")
		cls.store = make_part_warehouse(warehouse_kind="Headquarters").name
		frappe.db.set_single_value("Aftersales Settings", "part_source_warehouse", cls.store)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		cls.dealers = {name: factories.make_dealer().name for name in ("one", "two", "second")}
		cls.users = {name: cls.user(name) for name in ("one", "colleague", "two", "customer")}
		for name, dealer in (("one", "one"), ("one", "second"), ("colleague", "one"), ("two", "two")):
			factories.make_portal_access(
				email=cls.users[name], access="Dealer", dealer=cls.dealers[dealer], customer=None
			)
		customer = factories.make_customer(dealer=cls.dealers["one"]).name
		factories.make_portal_access(
			email=cls.users["customer"], access="All Tickets", customer=customer, dealer=None
		)
		cls.product = factories.make_product().name
		cls.part = make_spare_part(price=12.5, part_name="Valve <b>").name
		cls.other_part = make_spare_part(price=3).name

	@classmethod
	def tearDownClass(cls):
		super().tearDownClass()
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	@classmethod
	def user(cls, name):
		email = f"{name}-{frappe.generate_hash(length=8)}@portal.example"
		factories.insert_plain_user(email, "Aftersales Customer", user_type="Website User")
		return email

	def ask(self, who, path, method="GET", **form):
		return ask(path, self.users.get(who, "Guest"), method, **form)


class TestRefurbishing(DealerCase):
	def send(self, who="one", **form):
		values = {"serial_no": unique_serial(), "product": self.product, "device_condition": "Scratched <i>"}
		return self.ask(who, "service/refurbishing/new", "POST", **{**values, **form})

	def test_from_the_form_to_the_result(self):
		status, _text, headers = self.send(work_wanted="New housing", dealer=self.dealers["second"])
		self.assertEqual(status, 303)
		name = headers["Location"].split("/")[-1].split("?")[0]
		doc = frappe.get_doc(refurbishing.DOCTYPE, name)
		self.assertEqual(
			(doc.stage, doc.status, doc.dealer, doc.owner),
			("Applied", "Applied", self.dealers["second"], self.users["one"]),
		)
		self.assertIn(name, self.ask("one", "service/refurbishing")[1])
		page = self.ask("one", f"service/refurbishing/{name}")[1]
		self.assertIn("Scratched &lt;i&gt;", page)
		self.assertIn("New housing", page)
		doc.db_set({"stage": "Ended", "status": "Rejected", "decision_note": "Too old"})
		self.assertIn("Too old", self.ask("one", f"service/refurbishing/{name}")[1])

	def test_what_is_wrong_is_said_and_nothing_made(self):
		before = frappe.db.count(refurbishing.DOCTYPE)
		for wrong in (
			{"serial_no": " - "},
			{"product": "no such product"},
			{"device_condition": ""},
			{"dealer": self.dealers["two"]},
		):
			status, text, _headers = self.send(**wrong)
			self.assertEqual(status, 417, wrong)
			self.assertIn('role="alert"', text)
		self.assertEqual(frappe.db.count(refurbishing.DOCTYPE), before)

	def test_a_second_one_for_the_same_unit_names_nobody(self):
		serial = unique_serial()
		self.assertEqual(self.send("two", serial_no=serial)[0], 303)
		first = frappe.get_last_doc(refurbishing.DOCTYPE, {"serial_no": serial})
		status, text, _headers = self.send(serial_no=serial)
		self.assertEqual(status, 417)
		self.assertIn("open application for this unit", text)
		self.assertNotIn(first.name, text)

	def test_of_two_at_the_same_moment_one_applies(self):
		serial = unique_serial()
		self.assertEqual(self.send("two", serial_no=serial)[0], 303)
		before = frappe.db.count(refurbishing.DOCTYPE)
		# What both read before either has written.
		with (
			patch.object(refurbishing, "refuse_second"),
			patch.object(RefurbishApplication, "validate_applicant"),
		):
			status, text, _headers = self.send(serial_no=serial)
		self.assertEqual(status, 417)
		self.assertIn("open application for this unit", text)
		self.assertEqual(frappe.db.count(refurbishing.DOCTYPE), before)

	def test_others_see_nothing(self):
		self.send()
		name = frappe.get_last_doc(refurbishing.DOCTYPE, {"owner": self.users["one"]}).name
		# The first of the user's dealers is the colleague's, too.
		self.assertEqual(self.ask("colleague", f"service/refurbishing/{name}")[0], 200)
		self.assertEqual(self.ask("two", f"service/refurbishing/{name}")[0], 404)
		self.assertNotIn(name, self.ask("two", "service/refurbishing")[1])
		for path in ("service/refurbishing", "service/refurbishing/new", f"service/refurbishing/{name}"):
			self.assertEqual(self.ask("customer", path)[0], 404, path)
			self.assertEqual(self.ask("Guest", path)[0], 303, path)
		self.assertEqual(self.send("customer")[0], 404)

	def test_what_the_staff_is_writing_is_not_shown(self):
		doc = factories.maker_of(refurbishing.DOCTYPE)(dealer=self.dealers["one"])
		self.assertEqual(doc.stage, "Writing")
		self.assertNotIn(doc.name, self.ask("one", "service/refurbishing")[1])
		self.assertEqual(self.ask("one", f"service/refurbishing/{doc.name}")[0], 404)

	def test_a_list_costs_one_statement(self):
		self.send()
		self.send()
		scope = scope_of(self.users["one"])
		with self.assertQueryCount(1):
			self.assertGreater(len(refurbishing.page_of(scope)["rows"]), 1)

	def test_chinese(self):
		frappe.local.lang = "zh"
		self.assertIn("翻新", self.ask("one", "service/refurbishing")[1])


class TestPartOrders(DealerCase):
	def make(self, who="one", order="new", **form):
		values = {"part-0": self.part, "qty-0": "2", "remark-0": "urgent <b>"}
		if order != "new":
			values["action"] = "save"
		return self.ask(who, f"service/part-orders/{order}", "POST", **{**values, **form})

	def made(self, who="one", **form):
		status, text, headers = self.make(who, **form)
		self.assertEqual(status, 303, text[-2000:])
		return headers["Location"].split("/")[-1].split("?")[0]

	def act(self, name, action, who="one"):
		return self.ask(who, f"service/part-orders/{name}", "POST", action=action)

	def doc(self, name):
		return frappe.get_doc(part_orders.DOCTYPE, name)

	def test_made_changed_and_sent(self):
		name = self.made(delivery_address="Zhongshan Road 1", needed_by=add_days(today(), 3))
		doc = self.doc(name)
		self.assertEqual((doc.stage, doc.order_kind, doc.dealer), ("Draft", "Dealer", self.dealers["one"]))
		self.assertEqual(doc.total_amount, 25)
		page = self.ask("one", f"service/part-orders/{name}")[1]
		for text in ("Valve &lt;b&gt;", "urgent &lt;b&gt;", "25.00", "Zhongshan Road 1", "not sent yet"):
			self.assertIn(text, page)
		form = self.ask("one", f"service/part-orders/{name}?change=1", change="1")[1]
		self.assertIn(f'value="{self.part}"', form)
		values = {"part-1": self.other_part, "qty-1": "4", "remark-1": ""}
		self.assertEqual(self.make(order=name, **values)[0], 303)
		self.assertEqual(self.doc(name).total_amount, 37)
		self.assertEqual(self.act(name, "send")[0], 303)
		doc = self.doc(name)
		self.assertEqual((doc.stage, doc.status, doc.open_qty), ("Submitted", "Submitted", 6))
		for action in ("send", "cancel", "save"):
			status, text, _headers = self.make(order=name) if action == "save" else self.act(name, action)
			self.assertEqual(status, 417, action)
			self.assertIn("sent already", text)
		self.assertEqual(self.doc(name).total_amount, 37)

	def test_prices_are_ours_and_of_the_day_of_sending(self):
		name = self.made()
		frappe.db.set_value("Spare Part", self.part, "price", 20)
		frappe.clear_document_cache("Spare Part", self.part)
		self.addCleanup(frappe.clear_document_cache, "Spare Part", self.part)
		self.addCleanup(frappe.db.set_value, "Spare Part", self.part, "price", 12.5)
		self.act(name, "send")
		self.assertEqual(self.doc(name).total_amount, 40)

	def test_deliveries_and_what_is_still_to_come(self):
		put_in_stock(self.part, self.store, 5, 10)
		name = self.made(**{"qty-0": "3"})
		self.act(name, "send")
		slip = deliveries.deliver(name, [{"spare_part": self.part, "qty": 2}])["stock_entry"]
		page = self.ask("one", f"service/part-orders/{name}")[1]
		for text in (slip, "delivered 2", "still to come 1"):
			self.assertIn(text, page)
		self.assertIn(name, self.ask("one", "service/part-orders?state=open", state="open")[1])
		deliveries.deliver(name)
		self.assertNotIn(name, self.ask("one", "service/part-orders?state=open", state="open")[1])
		self.assertIn("Delivered", self.ask("one", f"service/part-orders/{name}")[1])

	def upload(self, content, name="order.csv", who="one"):
		return self.ask(who, "service/part-orders/new", "POST", files=[(name, content)])

	def test_a_file_with_prices_of_its_own(self):
		content = f"备件编号,数量,单价\n{self.part},3,0.01\n".encode("gb18030")
		status, text, headers = self.upload(content)
		self.assertEqual(status, 303, text[-500:])
		doc = self.doc(headers["Location"].split("/")[-1].split("?")[0])
		self.assertEqual((doc.items[0].qty, doc.total_amount), (3, 37.5))

	def test_bad_lines_are_named_and_nothing_made(self):
		before = frappe.db.count(part_orders.DOCTYPE)
		status, text, _headers = self.make(
			**{
				"part-1": "no-such-part",
				"qty-1": "1",
				"part-2": "",
				"qty-2": "",
				"part-3": self.other_part,
				"qty-3": "x",
			}
		)
		self.assertEqual(status, 417)
		for line in ("Line 2 (no-such-part)", "Line 4"):
			self.assertIn(line, text)
		self.assertNotIn("Line 1 (", text)
		for content, name in ((b"a,b\n1,2\n", "x.csv"), (b"\x00", "x.exe"), (b"no,excel", "x.xlsx")):
			self.assertEqual(self.upload(content, name)[0], 417, name)
		for wrong in (
			{"part-0": "", "qty-0": ""},
			{"qty-0": "0"},
			{"qty-0": "-1"},
			{"needed_by": "2020-01-01"},
			{"needed_by": "soon"},
			{"dealer": self.dealers["two"]},
		):
			self.assertEqual(self.make(**wrong)[0], 417, wrong)
		disabled = make_spare_part(disabled=1).name
		self.assertEqual(self.make(**{"part-0": disabled})[0], 417)
		self.assertEqual(frappe.db.count(part_orders.DOCTYPE), before)

	def test_given_up(self):
		name = self.made()
		self.assertEqual(self.act(name, "cancel")[0], 303)
		self.assertEqual(self.doc(name).stage, "Cancelled")
		self.assertEqual(self.act(name, "send")[0], 417)

	def test_others_see_and_do_nothing(self):
		draft, sent = self.made(), self.made()
		self.act(sent, "send")
		# A colleague sees what was sent, not what somebody is still writing.
		self.assertEqual(self.ask("colleague", f"service/part-orders/{sent}")[0], 200)
		self.assertEqual(self.ask("colleague", f"service/part-orders/{draft}")[0], 404)
		for who in ("two", "customer", "colleague"):
			for action in ("send", "cancel", "save"):
				self.assertEqual(self.act(draft, action, who)[0], 404, (who, action))
		for who in ("two", "customer"):
			self.assertEqual(self.ask(who, f"service/part-orders/{sent}")[0], 404)
		self.assertNotIn(sent, self.ask("two", "service/part-orders")[1])
		for path in ("service/part-orders", "service/part-orders/new", "service/parts"):
			self.assertEqual(self.ask("customer", path)[0], 404, path)
			self.assertEqual(self.ask("Guest", path)[0], 303, path)
		self.assertEqual(self.make("customer")[0], 404)
		self.assertEqual(self.doc(draft).stage, "Draft")

	def test_orders_of_other_kinds_are_not_theirs(self):
		order = make_part_order().name
		self.assertEqual(self.ask("one", f"service/part-orders/{order}")[0], 404)

	def test_parts_to_choose_from(self):
		page = self.ask("one", f"service/parts?q={self.part}", q=self.part)[1]
		self.assertIn("Valve &lt;b&gt;", page)
		self.assertIn("12.50", page)
		self.assertNotIn(self.other_part, page)
		form = self.ask("one", "service/part-orders/new", part=self.part)[1]
		self.assertIn(f'value="{self.part}"', form)

	def test_the_first_page_leads_there(self):
		for who, there in (("one", True), ("customer", False)):
			page = self.ask(who, "service")[1]
			for path in ("/service/part-orders", "/service/refurbishing", "/service/parts"):
				self.assertEqual(f'href="{path}"' in page, there, (who, path))

	def test_lists_cost_few_statements(self):
		name = self.made()
		self.act(name, "send")
		scope = scope_of(self.users["one"])
		with self.assertQueryCount(1):
			self.assertTrue(part_orders.page_of(scope)["rows"])
		doc = self.doc(name)
		with self.assertQueryCount(2):
			part_orders.deliveries_of(doc)

	def test_no_more_lines_than_an_order_can_have(self):
		with self.assertRaises(dealers.DealerFormError):
			part_orders.lines_of([(self.part, "1", "")] * (part_orders.MOST_LINES + 1))
