"""The customer page: rights of each kind, one order over all kinds, paging without gaps, cost that does not grow."""

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import customer_file
from aftersales.aftersales.customer_file import overview, timeline
from aftersales.aftersales.customer_records import readable_kinds, record_kinds
from aftersales.testing.factories import (
	make_contact,
	make_customer,
	make_region,
	make_ticket,
	make_vip_level,
	unique_phone,
	user_with,
)

MANY = 10_000


def bulk_tickets(customer: str, count: int, moment: str = "2026-03-01 10:00:00.000000") -> None:
	"""Rows past the controller: the history of years in a moment. All of one moment, the hardest order to page."""
	names = [f"BULK-{customer}-{number:06}" for number in range(count)]
	frappe.db.bulk_insert(
		"Service Ticket",
		[
			"name",
			"creation",
			"modified",
			"owner",
			"customer",
			"question",
			"status",
			"record_type",
			"completed",
		],
		[(name, moment, moment, "Administrator", customer, "q", "New", "Enquiry", 0) for name in names],
		chunk_size=2_000,
	)


def walk(customer: str, **options) -> list[tuple[str, str]]:
	"""All entries, page by page."""
	found, cursor = [], None
	for _page in range(500):
		page = timeline(customer, cursor=cursor, **options)
		found += [(entry["kind"], entry["name"]) for entry in page["entries"]]
		cursor = page["next"]
		if not cursor:
			return found
	raise AssertionError("the history does not end")


class CustomerFileCase(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")


class TestTimeline(CustomerFileCase):
	def test_newest_first_over_all_kinds(self):
		customer = make_customer()
		first = make_ticket(customer=customer.name, question="漏水")
		customer.add_comment("Comment", "<b>打过电话</b>")
		second = make_ticket(customer=customer.name)
		entries = timeline(customer.name)["entries"]
		self.assertEqual([entry["name"] for entry in entries][::2], [second.name, first.name])
		self.assertEqual(
			[entry["kind"] for entry in entries], ["Service Ticket", "Comment", "Service Ticket"]
		)
		self.assertEqual(entries[1]["title"], "打过电话")
		self.assertEqual(entries[2]["title"], "漏水")
		self.assertEqual(entries[2]["state"]["label"], frappe._("New"))

	def test_pages_have_no_gap_and_no_repetition(self):
		"""Records of the very same moment on both sides of every page's end, of several kinds."""
		customer = make_customer()
		moment = "2026-03-01 10:00:00.000000"
		bulk_tickets(customer.name, 120, moment)
		for number in range(60):
			comment = customer.add_comment("Comment", f"{number}")
			frappe.db.set_value("Comment", comment.name, "creation", moment, update_modified=False)
		for _index in range(30):
			make_ticket(customer=customer.name)
		found = walk(customer.name)
		self.assertEqual(len(found), 210)
		self.assertEqual(len(set(found)), 210)

	def test_only_the_kinds_asked_for(self):
		customer = make_customer()
		make_ticket(customer=customer.name)
		customer.add_comment("Comment", "x")
		for kinds in (["Comment"], '["Comment"]'):
			entries = timeline(customer.name, kinds=kinds)["entries"]
			self.assertEqual([entry["kind"] for entry in entries], ["Comment"])
		self.assertEqual(timeline(customer.name, kinds=["User"])["entries"], [])

	def test_wrong_cursor(self):
		customer = make_customer()
		for cursor in ("x", "[1]", '["no date", "a", "b"]', "{}"):
			with self.assertRaises(frappe.ValidationError, msg=cursor):
				timeline(customer.name, cursor=cursor)

	def test_cost_does_not_grow_with_the_history(self):
		customer = make_customer()
		make_ticket(customer=customer.name)
		frappe.set_user(user_with("Service Agent"))
		few = self.statements(customer.name)
		frappe.set_user("Administrator")
		bulk_tickets(customer.name, MANY)
		frappe.set_user(user_with("Service Agent"))
		self.assertEqual(self.statements(customer.name), few)
		# customer, its tables, the list of kinds, what is shared with the reader, one read per kind
		self.assertLessEqual(few, len(readable_kinds()) + 17)

	def statements(self, customer: str) -> int:
		timeline(customer)
		count = []
		sql = frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: (count.append(args[0]), sql(*args, **kwargs))[1]
		try:
			page = timeline(customer)
		finally:
			del frappe.db.sql
		self.assertLessEqual(len(page["entries"]), 50)
		return len(count)

	def test_each_kind_is_read_by_index(self):
		"""The index that gives a page in its order without sorting must be there for every kind."""
		for kind in record_kinds():
			rows = frappe.db.sql(f"show index from `tab{kind}`", as_dict=True)
			indexes = {}
			for row in sorted(rows, key=lambda row: row.Seq_in_index):
				indexes.setdefault(row.Key_name, []).append(row.Column_name)
			self.assertTrue(
				any(index[:1] == ["customer"] for index in indexes.values()), f"{kind}: no index for customer"
			)


class TestOverview(CustomerFileCase):
	def test_head_cards_and_people(self):
		level = make_vip_level(benefits="生日礼物")
		referrer = make_customer(customer_name="介绍人")
		phone = unique_phone()
		customer = make_customer(
			phone=phone,
			vip_level=level.name,
			referred_by=referrer.name,
			other_phones=[{"phone": "95588", "label": "办公室"}],
		)
		make_contact([customer], first_name="王助理", designation="实验员", aftersales_hobbies="围棋")
		make_customer(relations=[{"related_customer": customer.name, "relation": "同事"}])
		make_ticket(customer=customer.name)
		frappe.set_user(user_with("Service Agent"))
		page = overview(customer.name)
		self.assertEqual([row["phone"] for row in page["phones"]], [phone, "95588"])
		self.assertEqual(page["vip"]["benefits"], "生日礼物")
		self.assertEqual(page["referred"]["by"]["customer_name"], "介绍人")
		self.assertEqual([row["relation"] for row in page["relations"]], ["同事"])
		(person,) = page["people"]
		self.assertEqual((person["full_name"], person["designation"]), ("王助理", "实验员"))
		self.assertEqual([row["value"] for row in person["extra"]], ["围棋"])
		(card,) = [card for card in page["cards"] if card["kind"] == "Service Ticket"]
		self.assertEqual((card["total"], card["open"]), (1, 1))
		self.assertIn("Service Ticket", page["may"]["create"])
		self.assertEqual(overview(referrer.name)["referred"]["count"], 1)

	def test_next_level_by_spending(self):
		low = make_vip_level(rank=1001, minimum_spending=1_000_000)
		high = make_vip_level(rank=1002, minimum_spending=2_000_000)
		self.assertEqual(customer_file.next_level(make_customer(amount_spent=2_000_000)).name, high.name)
		self.assertEqual(customer_file.next_level(make_customer(amount_spent=1_500_000)).name, low.name)
		served = make_customer(amount_spent=1_500_000, vip_level=low.name)
		self.assertIsNone(customer_file.next_level(served))
		self.assertIsNone(customer_file.next_level(make_customer()))

	def test_cost_of_the_page(self):
		customer = make_customer()
		frappe.set_user(user_with("Service Agent"))
		overview(customer.name)
		with self.assertQueryCount(len(readable_kinds()) + 30):
			overview(customer.name)


class TestRights(CustomerFileCase):
	def test_who_may_not_read_customers_sees_nothing(self):
		customer = make_customer()
		for user in ("Guest", user_with("System Manager"), user_with("Aftersales Bridge")):
			frappe.set_user(user)
			for ask in (overview, timeline):
				with self.assertRaises(frappe.PermissionError, msg=user):
					ask(customer.name)

	def test_a_kind_that_the_role_may_not_read_is_left_out(self):
		customer = make_customer()
		make_ticket(customer=customer.name)
		frappe.set_user(user_with("May Change Customers"))
		kinds = readable_kinds()
		entries = timeline(customer.name)["entries"]
		self.assertLessEqual({entry["kind"] for entry in entries}, {*kinds, "Comment", "Communication"})
		self.assertNotIn("Service Ticket", kinds)
		self.assertEqual(sorted(card["kind"] for card in overview(customer.name)["cards"]), kinds)

	def test_rows_of_another_region_are_left_out(self):
		here, there = make_region(), make_region()
		customer, other = make_customer(region=here.name), make_customer(region=there.name)
		mine = make_ticket(customer=customer.name, region=here.name)
		make_ticket(customer=customer.name, region=there.name)
		user = user_with("Service Agent", "Knowledge Manager")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=here.name
		).insert()
		frappe.set_user(user)
		tickets = [e["name"] for e in timeline(customer.name)["entries"] if e["kind"] == "Service Ticket"]
		self.assertEqual(tickets, [mine.name])
		(card,) = [card for card in overview(customer.name)["cards"] if card["kind"] == "Service Ticket"]
		self.assertEqual(card["total"], 1)
		with self.assertRaises(frappe.PermissionError):
			overview(other.name)

	def test_missing_customer(self):
		with self.assertRaises(frappe.DoesNotExistError):
			overview("no such customer")
