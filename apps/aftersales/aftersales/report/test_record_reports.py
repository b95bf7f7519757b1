"""Reports over records: the day's totals, the history of a product or customer, a month of the register, service indicators."""

import json

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.report.complaint_cause_statistics import complaint_cause_statistics as causes
from aftersales.aftersales.report.customer_service_report import customer_service_report as indicators
from aftersales.aftersales.report.monthly_register_query import monthly_register_query as register
from aftersales.aftersales.report.never_followed_up import never_followed_up as never
from aftersales.aftersales.report.same_product_and_customer_history import (
	same_product_and_customer_history as history,
)
from aftersales.aftersales.report.totals_of_the_day import totals_of_the_day as totals
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device
from aftersales.testing.field import make_service_order, without_fee_rates
from aftersales.testing.parts import make_spare_part
from aftersales.testing.sales import make_submitted_sale
from aftersales.utils.report import PeriodError

DAY = "2006-05-31"  # a Wednesday; no other test or demo has records of it
MAY = {"from_date": "2006-05-01", "to_date": "2006-05-31"}


class TestRecordReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.region = factories.make_region().name
		cls.category = factories.make_product_category().name
		cls.pump, cls.valve = (factories.make_product(product_category=cls.category).name for _n in range(2))
		cls.customer, cls.other = (factories.make_customer(region=cls.region).name for _n in range(2))
		for day, product, customer, record_type in (
			(DAY, cls.pump, cls.customer, "Repair"),
			(DAY, cls.valve, cls.customer, "Enquiry"),
			("2006-05-24", cls.pump, cls.other, "Repair"),
			("2006-05-01", cls.pump, cls.customer, "Enquiry"),
			("2006-04-30", cls.pump, cls.customer, "Enquiry"),
		):
			factories.make_ticket(
				creation_date=day,
				acceptance_date=day,
				product=product,
				customer=customer,
				record_type=record_type,
				lot_no="L",
			)
		cls.department = factories.make_service_department().name
		cls.kind = factories.make_complaint_type(cls.department).name
		for day, product, upheld, about, amount in (
			(f"{DAY} 23:59:59", cls.pump, "Upheld", cls.department, 30),
			("2006-05-02", cls.pump, "Not Upheld", None, 0),
			("2006-05-03", cls.valve, None, None, 0),
			("2006-04-02", cls.pump, "Upheld", None, 5),
		):
			doc = factories.make_customer_complaint(
				customer=cls.customer, product=product, complaint_type=cls.kind
			)
			frappe.db.set_value(
				"Customer Complaint",
				doc.name,
				{
					"received_on": day,
					"upheld": upheld,
					"target_doctype": "Service Department" if about else None,
					"target": about,
					"compensation_amount": amount,
				},
			)

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.db.savepoint("each_test")
		self.addCleanup(frappe.db.rollback, save_point="each_test")

	# -- totals of the day (Q24, S7.37)

	def test_totals_of_a_day(self):
		make_submitted_sale(customer=self.customer, sale_date=DAY)
		rows = {row["label"]: row for row in totals.execute({"day": DAY})[1]}
		found = {
			label: [rows[label][name] for name in ("today", "yesterday", "week_ago", "month")]
			for label in ("Sales Made", "Tickets", "Repair Reports", "Complaints", "Follow-ups Done")
		}
		self.assertEqual(
			found,
			{
				"Sales Made": [1, 0, 0, 1],
				"Tickets": [2, 0, 1, 4],
				"Repair Reports": [1, 0, 1, 2],
				"Complaints": [1, 0, 0, 3],
				"Follow-ups Done": [0, 0, 0, 0],
			},
		)
		self.assertEqual(rows["Tickets"]["drill"]["today"]["doctype"], "Service Ticket")

	def test_totals_take_one_statement_each(self):
		totals.execute({"day": DAY})
		with self.assertQueryCount(len(totals.COUNTED)):
			totals.execute({"day": DAY})

	def test_totals_of_what_one_may_read(self):
		frappe.set_user(factories.user_with("Parts Keeper"))
		labels = {row["label"] for row in totals.execute({"day": DAY})[1]}
		self.assertEqual(labels, {"Service Orders Made", "Service Orders Completed", "Customers Added"})
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, totals.execute, {})

	# -- history (Q02; S1.34, S1.35)

	def documents(self, **filters):
		return [(row.kind, str(row.date)[:10]) for row in history.execute(filters)[1]]

	def test_history_of_product_and_customer(self):
		both = self.documents(product=self.pump, customer=self.customer, **MAY)
		self.assertEqual(
			sorted(both, key=lambda row: (row[1], row[0]), reverse=True),
			[("Repair", DAY), ("Complaint", DAY), ("Complaint", "2006-05-02"), ("Enquiry", "2006-05-01")],
		)
		self.assertEqual([day for _kind, day in both], [DAY, DAY, "2006-05-02", "2006-05-01"])
		self.assertEqual(len(self.documents(product=self.pump)), 7)
		self.assertEqual(len(self.documents(customer=self.customer, match="Customer")), 8)
		self.assertEqual(
			len(self.documents(customer=self.customer, kind="Complaint", to_date="2006-05-02")), 2
		)

	def test_history_from_a_ticket(self):
		ticket = frappe.get_all(
			"Service Ticket", {"creation_date": DAY, "product": self.valve}, pluck="name"
		)[0]
		self.assertEqual(len(self.documents(ticket=ticket)), 2)
		self.assertEqual(len(self.documents(ticket=ticket, match="Product")), 2)
		self.assertEqual(len(self.documents(ticket=ticket, match="Customer")), 8)
		shown, rows, asked = history.execute({"kind": "Repair"})[:3]
		self.assertTrue(shown and asked)
		self.assertEqual(rows, [])
		self.assertRaises(PeriodError, self.documents, product=self.pump, from_date=DAY, to_date="2006-05-01")

	# -- the register (Q33, S23.04)

	def test_register_of_a_month_and_of_a_year(self):
		rows = register.execute({"year": 2006, "month": 5, "record_type": "Repair"})[1]
		self.assertEqual(
			[(row.month, str(row.creation_date)) for row in rows],
			[("2006-05", "2006-05-24"), ("2006-05", DAY)],
		)
		rows = register.execute({"year": 2006})[1]
		self.assertEqual([row.month for row in rows], ["2006-04", *["2006-05"] * 4])
		for filters in ({"year": 2006, "month": 13}, {"year": 99}, {"year": 2006, "month": -1}):
			self.assertRaises(PeriodError, register.execute, filters)
		register.execute({"year": 2006})
		with self.assertQueryCount(1):
			register.execute({"year": 2006})

	# -- complaint causes (Q29, S17.18)

	def test_praise_has_no_cause(self):
		praise = factories.make_customer_complaint(customer=self.other, complaint_type=self.kind)
		frappe.db.set_value("Customer Complaint", praise.name, {"received_on": DAY, "kind": "Praise"})
		(row,) = causes.execute({**MAY, "complaint_type": self.kind})[1]
		self.assertEqual(row.complaints, 3)

	def test_causes(self):
		(row,) = causes.execute({**MAY, "complaint_type": self.kind})[1]
		self.assertEqual(
			[row[name] for name in ("complaints", "upheld", "not_upheld", "undecided", "amount", "before")],
			[3, 1, 1, 1, 30, 1],
		)
		self.assertEqual((row.change, row.share, row.amount_average), (200, 100, 10))
		rows = causes.execute({**MAY, "complaint_type": self.kind, "cause": "Product"})[1]
		self.assertEqual([(row.value, row.complaints) for row in rows], [(self.pump, 2), (self.valve, 1)])
		rows = causes.execute({**MAY, "complaint_type": self.kind, "cause": "Root Cause"})[1]
		self.assertEqual(sum(row.complaints for row in rows), 3)

	# -- indicators (Q08, S2.46)

	def rates(self, indicator, **filters) -> dict:
		rows = indicators.execute({**MAY, "indicator": indicator, "region": self.region, **filters})[1]
		return {row["value"]: (row["cases"], row["base"], row["rate"], row["rate_before"]) for row in rows}

	def test_complaint_rate_of_products(self):
		for _number in range(4):
			device = make_customer_device(product=self.pump, region=self.region)
			frappe.db.set_value(
				"Customer Device", device.name, {"creation": "2006-01-01", "region": self.region}
			)
		scrapped = make_customer_device(product=self.pump, region=self.region)
		frappe.db.set_value(
			"Customer Device",
			scrapped.name,
			{"creation": "2006-01-01", "region": self.region, "stage": "Scrapped"},
		)
		self.assertEqual(
			self.rates("Complaint Rate of Products"),
			{self.pump: (2, 4, 50, 25), self.valve: (1, 0, None, None)},
		)
		self.assertEqual(
			set(
				self.rates(
					"Complaint Rate of Products", product_category=factories.make_product_category().name
				)
			),
			set(),
		)

	def test_failure_rate_of_components(self):
		part = make_spare_part(products=[{"product": self.pump}])
		for _number in range(2):
			order = make_service_order(
				region=self.region, product=self.pump, parts=[{"spare_part": part.name, "qty": 3}] * 2
			)
			frappe.db.set_value(
				"Service Order",
				order.name,
				{"stage": "Completed", "completed_at": DAY, "region": self.region},
			)
		for product in (self.pump, self.valve):
			device = make_customer_device(product=product, region=self.region)
			frappe.db.set_value(
				"Customer Device", device.name, {"creation": "2006-01-01", "region": self.region}
			)
		# Two repairs, whatever the quantity, by one device of the product that has the part.
		self.assertEqual(self.rates("Failure Rate of Components"), {part.name: (2, 1, 200, None)})

	def test_complaints_against_departments(self):
		self.assertEqual(self.rates("Complaints against Departments"), {self.department: (1, 3, 33.33, None)})

	def test_satisfaction(self):
		for satisfied, day in (("Satisfied", DAY), ("Dissatisfied", DAY), ("Very Satisfied", "2006-04-30")):
			doc = factories.make_follow_up(customer=self.customer)
			frappe.db.set_value(
				"Follow-up",
				doc.name,
				{"satisfied": satisfied, "followed_up_on": day, "region": self.region},
			)
		self.assertEqual(self.rates("Satisfaction"), {self.region: (1, 2, 50, 100)})

	# -- never followed up (Q27, S7.24)

	def test_never_followed_up_after_a_sale_and_after_a_service(self):
		period = {"from_date": DAY, "to_date": DAY}
		make_submitted_sale(customer=self.customer, sale_date=DAY)
		returned = make_submitted_sale(customer=factories.make_customer().name, sale_date=DAY)
		frappe.db.set_value("Sale Record", returned.name, "status", "Returned")
		order = make_service_order(customer=self.other)
		frappe.db.set_value("Service Order", order.name, {"stage": "Completed", "completed_at": DAY})
		for population, customer in (
			("Completed Sales", self.customer),
			("Completed Services", self.other),
		):
			rows = never.execute({**period, "population": population})[1]
			self.assertEqual([row["customer"] for row in rows], [customer])
		doc = factories.make_follow_up(customer=self.customer)
		frappe.db.set_value("Follow-up", doc.name, {"stage": "Done", "followed_up_on": "2006-06-01"})
		self.assertEqual(never.execute({**period, "population": "Completed Sales"})[1], [])

	def test_who_may(self):
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Aftersales Bridge"),
		):
			frappe.set_user(user)
			for name in (
				"Same Product and Customer History",
				"Customer Service Report",
				"Totals of the Day",
				"Complaint-cause Statistics",
				"Monthly Register Query",
			):
				self.assertRaises(frappe.PermissionError, run, name, json.dumps(MAY))
