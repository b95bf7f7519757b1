"""Daily figures follow the documents, whatever happens to them, and nobody reads a sum of what they may not see."""

import json
from datetime import date
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, nowdate

from aftersales.aftersales.figures import compute, desk, home, marks, reading
from aftersales.aftersales.figures.measures import BY_NAME, MEASURES
from aftersales.service_network import outlet_scope
from aftersales.testing.factories import (
	insert_plain_user,
	make_product_category,
	make_region,
	make_ticket,
	user_with,
)
from aftersales.testing.field import make_service_centre, make_service_order, make_service_outlet, staff_of

FIGURE, MARK = "Daily Figure", "Daily Figure Mark"
# Before everything that other tests and the demo make.
DAY, NEXT = date(1994, 5, 3), date(1994, 5, 4)
CREATED = BY_NAME["Tickets Created"]
ORDERS = BY_NAME["Orders Completed"]


def settle() -> None:
	"""Do what the end of the transaction and the next minute do."""
	marks.flush()
	compute.catch_up()


def figures(measure, day=DAY, dimension="", outlet=None) -> dict:
	filters = {"measure": measure.name, "date": day, "dimension": dimension}
	if outlet:
		filters["outlet"] = outlet
	rows = frappe.get_all(FIGURE, filters, ["dimension_value", "figure_count", "amount"])
	return {row.dimension_value or "": (row.figure_count, row.amount) for row in rows}


def order(outlet: str | None, fee: float, day=DAY, **fields) -> str:
	name = make_service_order(outlet=outlet, **fields).name
	frappe.get_doc("Service Order", name).db_set({"completed_at": f"{day} 10:00:00", "total_fee": fee})
	return name


class FigureCase(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("figure_test")
		outlet_scope.forget()

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="figure_test")
		getattr(frappe.local, marks.WAITING, set()).clear()
		outlet_scope.forget()


class TestFiguresFollow(FigureCase):
	def test_a_new_document_is_counted_whole_and_in_each_breakdown(self):
		category = make_product_category().name
		make_ticket(creation_date=DAY, record_type="Repair", product_category=category, channel="Phone")
		make_ticket(creation_date=DAY, record_type="Repair")
		make_ticket(creation_date=DAY, record_type="Praise")
		settle()
		self.assertEqual(figures(CREATED), {"": (3, 0)})
		self.assertEqual(figures(CREATED, dimension="Record Type"), {"Repair": (2, 0), "Praise": (1, 0)})
		self.assertEqual(figures(CREATED, dimension="Product Category"), {category: (1, 0), "": (2, 0)})

	def test_moved_to_another_day_both_days_are_right(self):
		ticket = make_ticket(creation_date=DAY)
		make_ticket(creation_date=DAY)
		settle()
		ticket.db_set("creation_date", NEXT)
		settle()
		self.assertEqual(figures(CREATED), {"": (1, 0)})
		self.assertEqual(figures(CREATED, NEXT), {"": (1, 0)})

	def test_a_saved_change_of_the_kind_changes_the_breakdown(self):
		ticket = make_ticket(creation_date=DAY, record_type="Repair")
		settle()
		ticket = frappe.get_doc("Service Ticket", ticket.name)
		ticket.record_type = "Enquiry"
		ticket.save()
		settle()
		self.assertEqual(figures(CREATED, dimension="Record Type"), {"Enquiry": (1, 0)})

	def test_deleted_documents_leave_the_figures(self):
		ticket = make_ticket(creation_date=DAY)
		settle()
		frappe.delete_doc("Service Ticket", ticket.name, force=True)
		settle()
		self.assertEqual(figures(CREATED), {})

	def test_amounts_are_added_up_for_each_outlet(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		order(mine, 100.10)
		order(mine, 0.20)
		order(other, 7)
		settle()
		self.assertEqual(figures(ORDERS, outlet=mine), {"": (2, 100.30)})
		self.assertEqual(figures(ORDERS, outlet=other), {"": (1, 7)})
		self.assertEqual(figures(ORDERS, dimension="Order Kind", outlet=mine), {"Repair": (2, 100.30)})

	def test_an_order_given_to_another_outlet_takes_its_figures_along(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		name = order(mine, 50)
		settle()
		frappe.get_doc("Service Order", name).db_set("outlet", other)
		settle()
		self.assertEqual((figures(ORDERS, outlet=mine), figures(ORDERS, outlet=other)), ({}, {"": (1, 50)}))

	def test_changes_that_no_figure_shows_leave_no_mark(self):
		ticket = make_ticket(creation_date=DAY)
		settle()
		ticket = frappe.get_doc("Service Ticket", ticket.name)
		ticket.remarks = "Called again"
		ticket.save()
		marks.flush()
		self.assertFalse(frappe.db.exists(MARK, {"date": DAY}))

	def test_many_documents_of_a_day_leave_one_mark_and_cost_one_statement(self):
		for _number in range(3):
			make_ticket(creation_date=DAY)
		with self.assertQueryCount(1):
			marks.flush()
		self.assertEqual(frappe.db.count(MARK, {"date": DAY, "measure": CREATED.name}), 1)

	def test_what_was_counted_needs_no_mark_any_more(self):
		make_ticket(creation_date=DAY)
		settle()
		self.assertFalse(frappe.db.exists(MARK, {"date": DAY}))

	def test_marks_of_figures_that_there_are_no_more_go_away(self):
		frappe.db.bulk_insert(MARK, ["name", "measure", "date"], [["figure-test", "Forgotten", DAY]])
		compute.catch_up()
		self.assertFalse(frappe.db.exists(MARK, "figure-test"))

	def test_plain_statements_mark_by_hand(self):
		marks.touch("Service Call", f"{DAY} 23:59:59", None)
		marks.flush()
		self.assertEqual(frappe.db.count(MARK, {"date": DAY, "measure": "Incoming Calls"}), 1)

	def test_the_nightly_look_finds_and_mends_what_is_wrong(self):
		make_ticket()
		settle()
		compute.check(days=3)
		stored = frappe.get_all(
			FIGURE, {"measure": CREATED.name, "date": nowdate(), "dimension": ""}, pluck="name"
		)
		frappe.db.set_value(FIGURE, stored[0], "figure_count", 123456)
		self.assertIn((CREATED.name, getdate()), compute.check(days=3))
		self.assertNotEqual(frappe.db.get_value(FIGURE, stored[0], "figure_count"), 123456)
		self.assertEqual(compute.check(days=3), [])

	def test_rebuilding_gives_the_same_and_removes_days_without_documents(self):
		make_ticket(creation_date=DAY, record_type="Repair")
		settle()
		before = figures(CREATED, dimension="Record Type")
		compute.renew(CREATED, [DAY, NEXT])
		self.assertEqual(figures(CREATED, dimension="Record Type"), before)
		frappe.db.bulk_insert(
			FIGURE, ["name", "measure", "date"], [["figure-test", CREATED.name, "1980-01-01"]]
		)
		compute.rebuild(CREATED.name, commit=False)
		self.assertFalse(frappe.db.exists(FIGURE, "figure-test"))
		self.assertEqual(figures(CREATED, dimension="Record Type"), before)

	def test_figures_keep_up_with_renamed_documents(self):
		category = make_product_category().name
		make_ticket(creation_date=DAY, product_category=category)
		settle()
		frappe.rename_doc("Product Category", category, f"{category} new")
		self.assertEqual(figures(CREATED, dimension="Product Category"), {f"{category} new": (1, 0)})

	def test_a_day_costs_one_statement_for_each_breakdown(self):
		with self.assertQueryCount(len(CREATED.breakdowns) + 1):
			list(compute.count(CREATED, [DAY, NEXT]))


class TestWhoSeesWhat(FigureCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.centre = make_service_centre().name
		cls.mine = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.other = make_service_outlet().name
		for outlet, fee in ((cls.mine, 10), (cls.mine, 20), (cls.other, 400), (None, 1000)):
			order(outlet, fee)
		settle()
		cls.staff = staff_of(cls.mine, "Outlet Staff", "May See Statistics", account="figures-mine")
		cls.chief = staff_of(cls.centre, "Branch Staff", account="figures-centre")

	def total(self, user: str, measure=ORDERS) -> tuple:
		frappe.set_user(user)
		return reading.total(measure, DAY, DAY)

	def test_an_outlet_sees_its_own_and_a_branch_what_is_below_it(self):
		self.assertEqual(self.total(self.staff), (2, 30))
		self.assertEqual(self.total(self.chief), (2, 30))
		self.assertEqual(self.total(user_with("Finance Clerk")), (4, 1430))
		self.assertEqual(self.total("Administrator"), (4, 1430))

	def test_the_list_of_figures_shows_the_same(self):
		everybody = user_with("General Manager")
		rows = frappe.get_all(FIGURE, {"measure": ORDERS.name, "date": DAY}, ["name", "outlet"])
		for user, expected in ((self.staff, {self.mine}), (everybody, {self.mine, self.other, None})):
			frappe.set_user(user)
			listed = frappe.get_list(FIGURE, {"measure": ORDERS.name, "date": DAY}, pluck="outlet", limit=0)
			self.assertEqual(set(listed), expected)
			for row in rows:
				seen = frappe.has_permission(FIGURE, "read", doc=row.name)
				self.assertEqual(bool(seen), row.outlet in expected)

	def test_figures_of_unreadable_documents_are_not_listed(self):
		frappe.set_user(self.staff)
		with patch.object(reading, "known", return_value=[BY_NAME["Incoming Calls"], ORDERS]):
			both = reading.query_conditions()
		with patch.object(
			frappe, "has_permission", lambda doctype, *_args, **_more: doctype != "Service Call"
		):
			less = reading.query_conditions()
		self.assertIn("Incoming Calls", both)
		self.assertNotIn("Incoming Calls", less)
		self.assertIn(ORDERS.name, less)

	def test_with_user_permissions_the_documents_themselves_are_counted(self):
		region, strange = make_region().name, make_region().name
		for where in (region, region, strange):
			make_ticket(creation_date=DAY, region=where, record_type="Repair")
		settle()
		user = user_with("Service Agent", account="figures-region")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=region
		).insert()
		frappe.clear_cache(user=user)
		self.assertEqual(self.total(user, CREATED)[0], 2)
		self.assertEqual(reading.access_to(CREATED), reading.LISTED)
		by_type = reading.read(CREATED, DAY, DAY, "Record Type")
		self.assertEqual(by_type, [(DAY, "Repair", 2, 0)])
		frappe.set_user("Administrator")
		self.assertEqual(reading.total(CREATED, DAY, DAY)[0], 3)
		self.assertFalse(
			frappe.has_permission(
				FIGURE, "read", doc=frappe.get_last_doc(FIGURE, {"measure": CREATED.name}), user=user
			)
		)

	def test_who_may_not_read_the_documents_gets_no_figure(self):
		for user in ("Guest", user_with("Aftersales Customer"), user_with("Knowledge Manager")):
			frappe.set_user(user)
			with self.subTest(user=user):
				self.assertRaises(frappe.PermissionError, desk.card, {"measure": "Sale Records"})
				split = {"measure": "Sale Records", "dimension": "Selling Unit"}
				self.assertRaises(frappe.PermissionError, desk.chart, filters=split)
				self.assertRaises(frappe.PermissionError, desk.chart, chart_name="Sales per Month")


class TestCardsAndCharts(FigureCase):
	def test_a_card_counts_the_last_days_today_included(self):
		settle()
		base = desk.card({"measure": "Orders Completed", "days": 7})["value"]
		money = desk.card({"measure": "Orders Completed", "days": 7, "value": "amount"})["value"]
		for back in (0, 6, 7):
			order(None, 5, getdate(add_days(nowdate(), -back)))
		settle()
		card = desk.card(json.dumps({"measure": "Orders Completed", "days": 7}))
		self.assertEqual((card["value"], card["fieldtype"]), (base + 2, "Int"))
		card = desk.card({"measure": "Orders Completed", "days": 7, "value": "amount"})
		self.assertEqual((card["value"], card["fieldtype"]), (money + 10, "Currency"))

	def test_a_card_opens_the_list_of_what_it_counts(self):
		user = user_with("Service Agent")
		frappe.set_user(user)
		card = desk.card({"measure": "Tickets Completed", "days": 1, "mine": "Person in Charge"})
		self.assertEqual(card["route"], ["List", "Service Ticket"])
		tomorrow = add_days(nowdate(), 1)
		self.assertEqual(
			{field: [json.loads(one) for one in found] for field, found in card["route_options"].items()},
			{
				"completion_date": [[">=", nowdate()], ["<", tomorrow]],
				"completed": [["=", 1]],
				"person_in_charge": [["=", user]],
			},
		)

	def test_mine_is_what_the_user_did(self):
		user = user_with("Service Agent")
		for person in (user, user, "Administrator"):
			ticket = make_ticket(person_in_charge=person)
			ticket.db_set({"completed": 1, "completion_date": nowdate()})
		settle()
		frappe.set_user(user)
		card = desk.card({"measure": "Tickets Completed", "days": 1, "mine": "Person in Charge"})
		self.assertEqual(card["value"], 2)
		course = desk.chart(
			filters={"measure": "Tickets Completed", "mine": "Person in Charge"}, timespan="Last Week"
		)
		self.assertEqual(course["datasets"][0]["values"][-1], 2)

	def test_a_course_has_a_place_for_each_day_or_month(self):
		make_ticket(creation_date=DAY)
		make_ticket(creation_date=date(1994, 7, 31))
		settle()
		span = {"timespan": "Select Date Range", "from_date": "1994-05-02", "to_date": "1994-07-31"}
		months = desk.chart(filters={"measures": ["Tickets Created"]}, time_interval="Monthly", **span)
		self.assertEqual(months["labels"], ["1994-05", "1994-06", "1994-07"])
		self.assertEqual(months["datasets"][0]["values"], [1, 0, 1])
		days = desk.chart(filters={"measure": "Tickets Created"}, time_interval="Daily", **span)
		# Frappe's ranges leave the first day to the one before.
		self.assertIn("05-03", days["labels"])
		self.assertEqual(sum(days["datasets"][0]["values"]), 2)
		quarters = desk.chart(filters={"measure": "Tickets Created"}, time_interval="Quarterly", **span)
		self.assertEqual(
			(quarters["labels"], quarters["datasets"][0]["values"]), (["1994 Q2", "1994 Q3"], [1, 1])
		)

	def test_parts_come_largest_first_and_the_rest_together(self):
		for record_type, number in (("Repair", 3), ("Enquiry", 2), ("Praise", 1), ("Suggestion", 1)):
			for _time in range(number):
				make_ticket(creation_date=DAY, record_type=record_type)
		settle()
		parts = desk.chart(
			filters={"measure": "Tickets Created", "dimension": "Record Type", "top": 2},
			timespan="Select Date Range",
			from_date=str(DAY),
			to_date=str(DAY),
		)
		self.assertEqual(parts["labels"], ["Repair", "Enquiry", "Others"])
		self.assertEqual(parts["datasets"][0]["values"], [3, 2, 2])

	def test_nothing_to_show(self):
		nothing = {"timespan": "Select Date Range", "from_date": "1951-01-01", "to_date": "1951-01-31"}
		self.assertIsNone(desk.chart(filters={"measure": "Tickets Created"}, **nothing))
		self.assertIsNone(
			desk.chart(filters={"measure": "Tickets Created", "dimension": "Channel"}, **nothing)
		)

	def test_people_without_a_desk_are_refused_whatever_they_ask_for(self):
		for user in (
			"Guest",
			insert_plain_user("figures-portal@test.example", user_type="Website User").name,
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, desk.card)
			self.assertRaises(frappe.PermissionError, desk.chart, filters={"measure": "Tickets Created"})

	def test_unknown_names_say_what_there_is(self):
		with self.assertRaisesRegex(desk.UnknownFigureError, "Tickets Created"):
			desk.card({"measure": "Rockets Launched"})
		with self.assertRaisesRegex(desk.UnknownFigureError, "Record Type"):
			desk.chart(filters={"measure": "Tickets Created", "dimension": "Weather"})
		mine = {"measure": "Tickets Created", "mine": "Weather"}
		for ask in (desk.card, desk.chart):
			with self.assertRaisesRegex(desk.UnknownFigureError, "Record Type"):
				ask(filters=mine)
		self.assertRaises(desk.UnknownFigureError, desk.card)

	def test_a_card_costs_one_statement(self):
		user = user_with("Finance Clerk")
		frappe.set_user(user)
		desk.card({"measure": "Orders Completed"})
		with self.assertQueryCount(1):
			desk.card({"measure": "Orders Completed"})

	def test_measures_name_fields_that_there_are(self):
		for measure in MEASURES:
			meta = frappe.get_meta(measure.doctype)
			for field in measure.read_fields():
				self.assertTrue(
					field in ("creation", "docstatus") or meta.get_field(field), f"{measure.name}: {field}"
				)

	def test_an_index_leads_to_the_documents_of_a_day(self):
		for measure in MEASURES:
			rows = frappe.db.sql(
				f"show index from `tab{measure.doctype}` where Seq_in_index = 1", as_dict=True
			)
			self.assertIn(measure.date, {row.Column_name for row in rows}, measure.name)

	def test_shipped_cards_and_charts_name_figures_that_there_are(self):
		found = 0
		for path in Path(frappe.get_app_path("aftersales")).glob("*/*/*/*.json"):
			if path.parts[-3] not in ("number_card", "dashboard_chart"):
				continue
			record = frappe._dict(json.loads(path.read_text(encoding="utf-8")))
			if record.method != f"{desk.__name__}.card" and record.source != "Daily Figures":
				continue
			options = frappe._dict(json.loads(record.filters_json))
			for name in desk._names(options):
				measure = desk.measure_named(name)
				self.assertEqual(measure.doctype, record.document_type, record.name)
				for dimension in filter(None, (options.dimension, options.mine)):
					desk.breakdown_field(measure, dimension)
			found += 1
		self.assertGreater(found, 25)


class TestHome(FigureCase):
	def test_everybody_begins_at_the_dashboard_of_their_position(self):
		for roles, expected in (
			(("Service Agent",), "Agent Dashboard"),
			(("Department Head",), "Department Head Dashboard"),
			(("Regional Centre Staff", "May See Statistics"), "Outlet Dashboard"),
			(("Parts Planner", "May See Statistics"), "Parts Dashboard"),
			(("Finance Clerk",), "Finance Dashboard"),
			(("General Manager", "May See Statistics"), "Management Dashboard"),
			(("Service Manager", "Service Agent"), "Management Dashboard"),
			(("Knowledge Manager",), None),
		):
			with self.subTest(roles=roles):
				self.assertEqual(home.home_of(user_with(*roles)), expected)

	def test_a_position_added_to_a_dashboard_begins_there(self):
		user = user_with("Knowledge Manager")
		workspace = frappe.get_doc("Workspace", "Agent Dashboard")
		workspace.append("roles", {"role": "Knowledge Manager"})
		workspace.db_update_all()
		self.assertEqual(home.home_of(user), "Agent Dashboard")

	def test_dashboards_hold_only_what_there_is(self):
		for name in home.DASHBOARDS:
			workspace = frappe.get_doc("Workspace", name)
			for block in json.loads(workspace.content):
				kind = {"number_card": "Number Card", "chart": "Dashboard Chart"}.get(block["type"])
				if kind:
					self.assertTrue(frappe.db.exists(kind, block["data"][f"{block['type']}_name"]), block)
