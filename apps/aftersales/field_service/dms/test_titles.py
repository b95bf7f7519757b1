"""Each report of service outlets on a month whose figures are known by hand; see testing/service_month.py."""

import csv
import json
import re
from pathlib import Path

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.dms import sources
from aftersales.field_service.dms.engine import run
from aftersales.field_service.dms.titles import PERIODS, TITLES
from aftersales.testing import field, service_month
from aftersales.utils.report import PeriodError

APP = Path(__file__).parents[2]
MARCH = {"from_date": "2024-03-01", "to_date": "2024-03-31"}
FIRST_DAY = {"from_date": "2024-03-01", "to_date": "2024-03-01"}


class MonthCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.month = service_month.make_service_month()

	def setUp(self):
		frappe.db.savepoint("month")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="month")

	def run_title(self, name, **filters):
		"""Return the rows without the sum of the others, and that sum."""
		_columns, rows, *_more = run(name, {"outlet": self.month.outlet, **MARCH, **filters})
		total = rows.pop() if rows and rows[-1].get("is_total") else None
		return rows, total

	def numbers(self, rows, key="service_order"):
		"""Return the numbers of the orders in a list."""
		known = {name: number for number, name in self.month.orders.items()}
		return [known[row[key]] for row in rows]

	def values(self, row, **expected):
		self.assertEqual({name: row[name] for name in expected}, expected)


class TestTitles(MonthCase):
	def test_visits_of_the_day(self):
		rows, _total = self.run_title("Visits of the Day", **FIRST_DAY)
		self.assertEqual(self.numbers(rows), [1, 2])
		self.assertEqual(rows[0].receiver, "Desk R1")
		rows, _total = self.run_title("Visits of the Day")
		self.assertEqual(self.numbers(rows), [1, 2, 3, 4, 5, 7])
		rows, _total = self.run_title("Visits of the Day", order_kind="All Kinds")
		self.assertEqual(self.numbers(rows), [1, 2, 3, 4, 5, 7, 11])
		rows, _total = self.run_title("Visits of the Day", service_type=self.month.types["B"])
		self.assertEqual(self.numbers(rows), [3, 4, 7])
		rows, _total = self.run_title("Visits of the Day", product_category=self.month.category)
		self.assertEqual(self.numbers(rows), [1, 2, 3, 5, 7])

	def test_visits_to_date(self):
		rows, total = self.run_title("Visits to Date")
		self.assertEqual(len(rows), 31)
		by_day = {row.day.day: (row.visits, row.total_visits, row.cancelled) for row in rows}
		self.assertEqual(
			[by_day[day] for day in (1, 2, 3, 5, 10, 31)],
			[(2, 2, 0), (2, 4, 0), (0, 4, 0), (1, 5, 1), (1, 6, 0), (0, 6, 0)],
		)
		self.values(total, visits=6, cancelled=1, total_visits=None)

	def test_deliveries_of_the_day(self):
		rows, _total = self.run_title("Deliveries of the Day", from_date="2024-03-04", to_date="2024-03-04")
		self.assertEqual(self.numbers(rows), [2])
		self.values(rows[0], days=3, total_fee=1050, customer_pays=450)
		rows, _total = self.run_title("Deliveries of the Day")
		self.assertEqual(self.numbers(rows), [1, 8, 3, 2, 7])

	def test_not_yet_delivered(self):
		def waiting(day):
			rows, _total = self.run_title("Not Yet Delivered", from_date="2024-01-01", to_date=day)
			return list(zip(self.numbers(rows), [row.days for row in rows], strict=True))

		self.assertEqual(waiting("2024-03-01"), [(8, 2), (2, 0)])
		self.assertEqual(waiting("2024-03-10"), [(5, 5), (7, 0)])
		self.assertEqual(waiting("2024-03-31"), [(5, 26)])

	def test_turnover_of_the_day(self):
		rows, _total = self.run_title("Turnover of the Day", **FIRST_DAY)
		self.assertEqual(self.numbers(rows), [8, 1])
		self.values(rows[1], service_fee=200, parts_fee=100, total_fee=300, customer_pays=300)
		rows, _total = self.run_title("Turnover of the Day", order_kind="Repair")
		self.assertEqual(self.numbers(rows), [11])

	def test_turnover_of_the_day_summary(self):
		rows, total = self.run_title("Turnover of the Day Summary")
		a, b = self.month.types["A"], self.month.types["B"]
		self.assertEqual(
			[(row.order_kind, row.service_type, row.orders, row.total_fee) for row in rows],
			[("Workshop", b, 2, 3100), ("Workshop", a, 3, 1550), ("Counter Repair", b, 1, 100)],
		)
		self.values(rows[1], service_fee=750, parts_fee=750, other_fee=50, customer_pays=750, others_pay=800)
		self.values(
			total,
			orders=6,
			service_fee=1930,
			parts_fee=2770,
			way_fee=0,
			other_fee=50,
			total_fee=4750,
			customer_pays=3950,
			others_pay=800,
			per_order=791.67,
		)

	def test_payments_of_the_day(self):
		rows, _total = self.run_title("Payments of the Day")
		self.assertEqual(self.numbers(rows), [1, 2])
		self.assertEqual([(row.amount, row.mode) for row in rows], [(300, "Cash"), (200, "Transfer")])
		rows, _total = self.run_title("Payments of the Day", **FIRST_DAY)
		self.assertEqual(self.numbers(rows), [1])
		rows, _total = self.run_title("Payments of the Day", mode="Transfer")
		self.assertEqual(self.numbers(rows), [2])

	def test_technician_hours_of_the_day(self):
		rows, total = self.run_title("Technician Hours of the Day")
		first, second = self.month.technicians["T1"], self.month.technicians["T2"]
		self.assertEqual([row.technician for row in rows], [first, second])
		self.values(rows[0], jobs=2, hours=7, lines=3, standard_hours=8.5, work_amount=1200, efficiency=121.4)
		self.values(rows[1], jobs=1, hours=4, lines=1, standard_hours=3, work_amount=400, efficiency=75)
		self.values(total, hours=11, standard_hours=11.5, efficiency=104.5)
		rows, total = self.run_title("Technician Hours of the Day", **FIRST_DAY)
		self.assertEqual((len(rows), total), (1, None))
		self.values(rows[0], jobs=1, hours=2, standard_hours=2.5, efficiency=125)

	def test_receptionists(self):
		for name in ("Receptionists of the Day", "Receptionist Performance"):
			rows, total = self.run_title(name)
			self.assertEqual([row.receiver_shown for row in rows], ["Desk R1", "Desk R2"])
			self.values(rows[0], visits=4, deliveries=4, orders=4, total_fee=4550, customer_pays=3750)
			self.values(rows[1], visits=2, deliveries=1, orders=2, total_fee=200, per_order=100)
			self.values(total, visits=6, deliveries=5, total_fee=4750)

	def test_dealer_month(self):
		rows, total = self.run_title("Dealer Month")
		self.assertEqual(([row.outlet for row in rows], total), ([self.month.outlet], None))
		self.values(
			rows[0],
			visits=6,
			orders=6,
			deliveries=5,
			same_day_rate=20,
			hours=11,
			service_fee=1930,
			parts_fee=2770,
			total_fee=4750,
			customer_pays=3950,
			tracked=4,
			satisfied_rate=33.3,
		)
		rows, total = self.run_title("Dealer Month", outlet=None)
		self.assertEqual(
			[(row.outlet, row.total_fee) for row in rows],
			[(self.month.outlet, 4750), (self.month.other, 999)],
		)
		# Of six deliveries in all those of 1 and 12 were on the same day.
		self.values(total, deliveries=6, same_day_rate=33.3, total_fee=5749)
		self.assertEqual(rows[0].outlet_alone, ["in", [self.month.outlet]])

	def test_service_business(self):
		rows, total = self.run_title("Service Business")
		a, b = self.month.types["A"], self.month.types["B"]
		found = {
			(row.order_kind, row.service_type): (row.visits, row.cancelled, row.orders, row.deliveries)
			for row in rows
		}
		self.assertEqual(
			found,
			{
				("Workshop", a): (3, 1, 3, 3),
				("Workshop", b): (2, 0, 2, 2),
				("Counter Repair", b): (1, 0, 1, 0),
			},
		)
		self.assertEqual(
			{row.service_type: row.share for row in rows if row.order_kind == "Workshop"}, {a: 32.6, b: 65.3}
		)
		self.values(total, visits=6, total_fee=4750, share=100)

	def test_business_indicators(self):
		rows, _total = self.run_title("Business Indicators")
		found = {row.indicator: row for row in rows}
		self.values(found["Visits to the Outlet"], current=6, earlier=2, change=200, then=1, year_change=500)
		self.values(found["Turnover"], current=4750, earlier=500, change=850, then=250, year_change=1800)
		# Of 1, 2 and 7 two were ready when promised; nothing was promised in February.
		self.values(found["Ready in Time"], current=66.7, earlier=None, change=None)
		self.values(found["Same-day Rate"], current=20, earlier=0, then=100, year_change=-80)
		self.values(found["Rework Rate"], current=25, earlier=None)
		self.values(found["Satisfied Rate"], current=33.3)
		self.values(found["Efficiency"], current=104.5, earlier=None)

	def test_service_profit(self):
		rows, _total = self.run_title("Service Profit")
		self.values(rows[0], total_fee=4750, part_costs=1350, parts_profit=1420, profit=3400, margin=71.6)

	def test_turnover_of_the_month(self):
		rows, total = self.run_title("Turnover of the Month")
		self.assertEqual(len(rows), 31)
		self.values(rows[0], orders=2, total_fee=500, customer_pays=300, others_pay=200)
		self.values(rows[19], orders=1, total_fee=3000)
		self.values(rows[30], orders=0, total_fee=0, per_order=None)
		self.values(total, orders=6, total_fee=4750, per_order=791.67)

	def test_management_items(self):
		rows, _total = self.run_title("Management Items")
		self.values(
			rows[0],
			orders=6,
			per_order=791.67,
			same_day_rate=20,
			in_time_rate=66.7,
			efficiency=104.5,
			rework_rate=25,
			tracked_rate=66.7,
			satisfied_rate=33.3,
		)

	def test_front_desk(self):
		rows, _total = self.run_title("Front Desk Performance")
		self.values(rows[0], visits=6, deliveries=5, customer_pays=3950, collected=500)

	def test_technician_performance(self):
		rows, total = self.run_title("Technician Performance")
		# Of all kinds of orders: hours are, too.
		self.values(
			rows[0], orders=6, total_fee=3900, lines=3, standard_hours=8.5, hours=7, inspections=2, rework=0
		)
		self.values(rows[1], orders=1, total_fee=1050, inspections=2, rework=1, rework_rate=50)
		self.values(total, orders=7, rework_rate=25)

	def test_same_day_delivery(self):
		rows, total = self.run_title("Same-day Delivery Rate")
		self.values(rows[0], visits=2, deliveries=1, same_day=1, same_day_rate=100)
		self.values(rows[1], deliveries=1, same_day=0, same_day_rate=0)
		self.values(rows[30], deliveries=0, same_day_rate=None)
		self.values(total, visits=6, deliveries=5, same_day=1, same_day_rate=20)

	def test_deliveries_analysis(self):
		rows, total = self.run_title("Deliveries Analysis")
		self.assertEqual(
			[(row.days_taken_shown, row.deliveries, row.late) for row in rows],
			[("Same Day", 1, 0), ("1 Day", 1, 0), ("2 to 3 Days", 2, 1), ("More Than 7 Days", 1, 0)],
		)
		self.values(rows[2], share=40, total_fee=1250, average_fee=625)
		self.values(total, deliveries=5, share=100, total_fee=4650)

	def test_deliveries_by_repair_kind(self):
		rows, _total = self.run_title("Deliveries by Repair Kind")
		a, b = sorted(self.month.types.values())
		wanted = {self.month.types["A"]: [1, 8, 2], self.month.types["B"]: [3, 7]}
		self.assertEqual(self.numbers(rows), wanted[a] + wanted[b])

	def test_unpaid(self):
		rows, total = self.run_title("Unpaid Customers")
		one, three = self.month.customers["C1"], self.month.customers["C3"]
		self.assertEqual([row.customer for row in rows], [three, one])
		self.values(rows[1], unpaid=1, amount=450, received=200, outstanding=250, overdue=250)
		self.values(total, unpaid=2, outstanding=3250, oldest_days=None)
		self.assertEqual(self.run_title("Unpaid Customers", to_date="2024-03-03")[0], [])
		rows, _total = self.run_title("Unpaid Devices")
		self.assertEqual(self.numbers(rows), [7, 2])
		self.values(rows[0], outstanding=3000, received=0)

	def test_visits_and_amounts(self):
		rows, total = self.run_title("Visits and Amounts by Device")
		found = {row.device: (row.visits, row.days_came, row.orders, row.total_fee) for row in rows}
		names = self.month.devices
		self.assertEqual(
			found,
			{
				names["D1"]: (2, 2, 2, 500),
				names["D2"]: (1, 1, 1, 1050),
				names["D3"]: (1, 1, 1, 100),
				names["D4"]: (1, 1, 1, 3000),
			},
		)
		self.values(total, visits=5, total_fee=4650)

	def test_last_visits(self):
		rows, total = self.run_title("Last Visit Statistics", to_date="2024-07-08")
		# D1 came on 5 March (4 months), D2 on the 1st and D3 on the 2nd (4 months), D4 on the 10th (under 4).
		self.assertEqual([(row.last_seen, row.devices) for row in rows], [("3 to 6 Months Ago", 4)])
		rows, total = self.run_title("Last Visit Statistics", to_date="2024-06-03")
		self.assertEqual(
			[(row.last_seen, row.devices, row.share) for row in rows],
			[("Less Than 3 Months Ago", 2, 50), ("3 to 6 Months Ago", 2, 50)],
		)
		self.values(total, devices=4, share=100)
		rows, _total = self.run_title("Last Visit Statistics", to_date="2026-03-04")
		self.assertEqual([(row.last_seen, row.devices) for row in rows][-1], ("More Than 24 Months Ago", 2))

	def test_last_visit_list(self):
		names = {name: key for key, name in self.month.devices.items()}
		rows, _total = self.run_title("Last Visit List")
		self.assertEqual([names[row.name] for row in rows], ["D2", "D3", "D1", "D4"])
		self.assertEqual([(row.days, row.visits) for row in rows], [(30, 2), (29, 2), (26, 3), (21, 1)])
		rows, _total = self.run_title("Last Visit List", to_date="2024-06-03", months=3)
		self.assertEqual([names[row.name] for row in rows], ["D2", "D3"])
		# As it was then: what came later is not known yet.
		rows, _total = self.run_title("Last Visit List", to_date="2024-02-29")
		self.assertEqual([names[row.name] for row in rows], ["D3", "D2", "D1"])

	def test_tracking_results(self):
		rows, _total = self.run_title("Tracking Results")
		self.values(
			rows[0],
			orders=6,
			tracked=4,
			tracked_rate=66.7,
			not_real=1,
			very_satisfied=1,
			content=0,
			unhappy=1,
			very_unhappy=1,
			satisfied_rate=33.3,
			complaints=0,
		)

	def test_opinions(self):
		rows, _total = self.run_title("Customer Opinions Handled")
		self.assertEqual(self.numbers(rows), [2, 7])
		self.values(rows[0], opinion=self.month.opinion, dissatisfaction_handling="Called back")
		self.values(rows[1], satisfied="Very Dissatisfied", remaining_problem="It still leaks")

	def test_quality_and_opinions(self):
		rows, _total = self.run_title("Repair Quality and Opinions")
		self.values(
			rows[0],
			orders=6,
			inspections=4,
			rework=1,
			rework_rate=25,
			tracked=4,
			opinions=1,
			dissatisfied=2,
			handled=1,
			handled_rate=50,
		)

	def test_missed_maintenance(self):
		rows, total = self.run_title("Reasons for Missed Maintenance")
		self.assertEqual(
			[(row.missed_shown, row.missed_visits, row.customers, row.share) for row in rows],
			[("Sold the pump", 2, 1, 66.7), ("Did Not Come", 1, 1, 33.3)],
		)
		self.values(total, missed_visits=3, customers=None)

	def test_level_statistics(self):
		rows, total = self.run_title("Discount Level Statistics")
		found = {row.discount_level: (row.devices, row.visits, row.orders, row.total_fee) for row in rows}
		gold, silver = self.month.levels["Gold"], self.month.levels["Silver"]
		# With orders on site: a device has its level everywhere.
		self.assertEqual(found, {gold: (1, 2, 2, 500), silver: (2, 3, 3, 1350), None: (1, 1, 1, 3000)})
		self.values(total, devices=4, visits=6, total_fee=4850)

	def test_level_list(self):
		rows, _total = self.run_title("Discount Level List")
		self.assertEqual(
			{row.name for row in rows}, {self.month.devices[name] for name in ("D1", "D2", "D3")}
		)
		rows, _total = self.run_title("Discount Level List", discount_level=self.month.levels["Gold"])
		self.assertEqual([row.name for row in rows], [self.month.devices["D1"]])

	def test_changes(self):
		device = frappe.get_doc("Customer Device", self.month.devices["D4"])
		for level, abc_class in ((self.month.levels["Gold"], "B"), (self.month.levels["Silver"], "A")):
			device.update({"discount_level": level, "abc_class": abc_class})
			device.save()
		frappe.db.set_value("Device Class Change", {"device": device.name}, "changed_on", "2024-03-03 10:00")
		rows, total = self.run_title("Discount Level Changes")
		gold, silver = self.month.levels["Gold"], self.month.levels["Silver"]
		self.assertEqual(
			{(row.old_value, row.new_value, row.changes) for row in rows},
			{(None, gold, 1), (gold, silver, 1)},
		)
		self.values(total, changes=2, share=100)
		rows, _total = self.run_title("Class Change Statistics")
		self.assertEqual(
			{(row.old_value, row.new_value, row.changes) for row in rows}, {(None, "B", 1), ("B", "A", 1)}
		)
		rows, _total = self.run_title("Class Change List")
		self.assertEqual({(row.old_value or "", row.new_value) for row in rows}, {("", "B"), ("B", "A")})
		self.assertEqual(self.run_title("Class Change List", **FIRST_DAY)[0], [])

	def test_customer_classification(self):
		frappe.db.set_value("Device Class Rule", {"enabled": 1}, "enabled", 0)
		rows, total = self.run_title("Customer Classification")
		names = self.month.customers
		# 4650 in all: C3 begins at 0, C1 at 64.5 and C2 at 97.8 percent.
		self.assertEqual(
			[(row.customer, row.total_fee, row.abc_class, row.devices) for row in rows],
			[(names["C3"], 3000, "A", 1), (names["C1"], 1550, "A", 2), (names["C2"], 100, "C", 1)],
		)
		self.values(total, total_fee=4650, abc_class=None)

	def test_dealer_costs(self):
		rows, _total = self.run_title("Dealer Costs")
		self.values(
			rows[0],
			orders=1,
			visit_fee=60,
			parts_fee=400,
			service_fee=0,
			costs=460,
			settled=560,
			paid=60,
			open=-100,
		)
		rows, _total = self.run_title("Dealer Costs", outlet=None)
		self.assertEqual([row.costs for row in rows if row.outlet == self.month.other], [40])

	def test_an_outlet_sees_its_own(self):
		user = field.staff_of(self.month.other, "Service Centre Staff")
		with field.as_user(user):
			for name in TITLES:
				foreign = self.found(name, {**MARCH, "order_kind": "All Kinds"})
				self.assertFalse(foreign & {*self.month.orders.values()} - {self.month.orders[12]}, name)
				self.assertNotIn(self.month.outlet, foreign, name)
			rows, _total = self.run_title("Dealer Month", outlet=None)
			self.assertEqual([(row.outlet, row.total_fee) for row in rows], [(self.month.other, 999)])
			rows, _total = self.run_title("Dealer Month")
			self.assertEqual(rows, [])
			columns = [head["fieldname"] for head in run("Dealer Month", MARCH)[0]]
			# Follow-ups are none of theirs: the columns are left out.
			self.assertNotIn("satisfied_rate", columns)
			self.assertIn("same_day_rate", columns)

	def found(self, name, filters):
		"""Return all texts in a report's rows; none of one that the user may not see at all."""
		if not frappe.has_permission(frappe.db.get_value("Report", name, "ref_doctype"), "report"):
			self.assertRaises(frappe.PermissionError, run, name, filters)
			return set()
		rows = run(name, filters)[1]
		return {value for row in rows for value in row.values() if isinstance(value, str)}

	def test_nobody_else(self):
		nobody = field.staff_of(None, "May Manage Points")
		for user in ("Guest", nobody):
			with field.as_user(user):
				for name in TITLES:
					if name not in ("Payments of the Day",):
						self.assertRaises(frappe.PermissionError, run, name, MARCH)

	def test_user_permissions_count(self):
		user = field.staff_of(None, "Service Manager", account="dms-permission")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "Service Outlet",
				"for_value": self.month.other,
			}
		).insert()
		with field.as_user(user):
			rows, _total = self.run_title("Turnover of the Month", outlet=None)
		self.assertEqual(sum(row.total_fee for row in rows), 999)

	def test_statements_are_few(self):
		for name in TITLES:
			run(name, MARCH)
			with self.subTest(name), self.assertQueryCount(27 if name == "Business Indicators" else 12):
				run(name, {**MARCH, "outlet": self.month.outlet})


class TestDeclarations(FrappeTestCase):
	def test_periods(self):
		for name, title in TITLES.items():
			self.assertIn(title.period, PERIODS, name)
		self.assertRaises(PeriodError, run, "Dealer Month", {"from_date": "2024-03-01"})
		self.assertRaises(
			PeriodError, run, "Dealer Month", {"from_date": "2024-03-02", "to_date": "2024-03-01"}
		)
		self.assertRaises(PeriodError, run, "Unpaid Customers", {"from_date": "2024-03-02"})
		run("Discount Level List", {})

	def test_each_title_is_a_report(self):
		"""Its files offer the period and the filters of the declaration, and it is named as in Chinese."""
		chinese = {row[0]: row[1] for row in csv.reader((APP / "translations/zh.csv").open(encoding="utf-8"))}
		for name, title in TITLES.items():
			folder = APP / "field_service/report" / frappe.scrub(name).replace("-", "_")
			script = (folder / f"{folder.name}.js").read_text(encoding="utf-8")
			found = re.findall(r'"([^"]+)"', script)
			self.assertEqual(found, [name, title.period, *title.filters])
			record = json.loads((folder / f"{folder.name}.json").read_text(encoding="utf-8"))
			self.assertEqual((record["name"], record["report_type"]), (name, "Script Report"))
			self.assertTrue(record["roles"], name)
			head = (folder / f"{folder.name}.py").read_text(encoding="utf-8").splitlines()[0]
			self.assertIn(f"({chinese[name]}, Q", head)

	def test_filters_narrow_something(self):
		"""A filter that no source knows would be offered in vain."""
		known = {"months", "manufacturer", "outlet"}
		for make in (
			sources.received,
			sources.delivered,
			sources.paid,
			sources.unpaid,
			sources.fees,
			sources.devices,
			sources.maintenance_due,
			sources.worked,
		):
			known |= set(make().terms)
		for name, title in TITLES.items():
			self.assertLessEqual(set(title.filters), known, name)

	def test_figures_lead_to_documents(self):
		columns = run("Dealer Month", MARCH)[0]
		leads = {head["fieldname"]: head.get("drill") for head in columns}
		self.assertEqual(leads["orders"]["doctype"], "Service Order")
		self.assertEqual(leads["orders"]["rows"], {"outlet": "outlet_alone"})
		self.assertEqual(leads["orders"]["fixed"]["order_kind"], ["in", ["Workshop", "Counter Repair"]])
		columns = run("Receptionist Performance", MARCH)[0]
		leads = {head["fieldname"]: head.get("drill") for head in columns}
		self.assertEqual(leads["visits"]["rows"], {"receiver": "receiver"})
		# Deliveries know no receptionist: their list could not be narrowed to the same documents.
		self.assertIsNone(leads["deliveries"])
