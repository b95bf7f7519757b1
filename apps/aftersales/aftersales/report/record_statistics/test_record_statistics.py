import json

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.report.record_statistics.record_statistics import PeriodError, execute, query
from aftersales.testing import factories

YEAR = 2011  # no other test or demo has tickets of it


class TestRecordStatistics(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.reagents, cls.cooling = (factories.make_product_category().name for _ in range(2))
		cls.kit = factories.make_product(product_category=cls.reagents).name
		cls.mix = factories.make_product(product_category=cls.reagents).name
		cls.fridge = factories.make_product(product_category=cls.cooling).name
		cls.dealer = factories.make_dealer().name
		for product, record_type, day in (
			(cls.kit, "Complaint", "01-01"),
			(cls.kit, "Complaint", "02-28"),
			(cls.kit, "Enquiry", "03-01"),
			(cls.mix, "Enquiry", "12-31"),
			(cls.fridge, "Repair", "02-01"),
			(None, "Praise", "02-02"),
		):
			factories.make_ticket(
				product=product,
				record_type=record_type,
				lot_no="L",
				creation_date=f"{YEAR}-{day}",
				acceptance_date=f"{YEAR}-{day}",
				handling="x",
				dealer=cls.dealer if product == cls.fridge else None,
			)
		last = frappe.get_last_doc("Service Ticket", {"product": cls.fridge})
		factories.act(last, "Resolve")

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")

	def report(self, **filters):
		columns, rows, message, chart, _summary = execute({"period": "Year", "year": YEAR, **filters})
		return columns, {row["group"]: row for row in rows}, message, chart

	def test_by_product_category(self):
		_columns, rows, message, chart = self.report(mode="Product Category")
		self.assertEqual(
			{group: row["total"] for group, row in rows.items()}, {self.reagents: 4, self.cooling: 1, "": 1}
		)
		self.assertEqual(
			(rows[self.reagents]["split_complaint"], rows[self.reagents]["split_enquiry"]), (2, 2)
		)
		self.assertEqual(rows[self.reagents]["share"], 66.7)
		self.assertIn("6", message)
		self.assertEqual(sum(sum(dataset["values"]) for dataset in chart["data"]["datasets"]), 6)

	def test_by_record_type(self):
		columns, rows, *_rest = self.report(mode="Record Type")
		self.assertEqual(
			{group: row["total"] for group, row in rows.items()},
			{"Complaint": 2, "Enquiry": 2, "Repair": 1, "Praise": 1},
		)
		self.assertEqual((rows["Repair"]["split_completed"], rows["Repair"]["split_open"]), (1, 0))
		self.assertIn("split_completed", [column["fieldname"] for column in columns])

	def test_products_of_a_category(self):
		_columns, rows, *_rest = self.report(mode="Product", product_category=self.reagents)
		self.assertEqual({group: row["total"] for group, row in rows.items()}, {self.kit: 3, self.mix: 1})
		self.assertEqual(rows[self.kit]["label"], frappe.db.get_value("Product", self.kit, "product_name"))

	def test_largest_class_first(self):
		rows = execute({"period": "Year", "year": YEAR, "mode": "Product Category"})[1]
		self.assertEqual(rows[0]["group"], self.reagents)

	def test_month(self):
		_columns, rows, *_rest = self.report(mode="Record Type", period="Month", month=2)
		self.assertEqual(
			{group: row["total"] for group, row in rows.items()}, {"Complaint": 1, "Repair": 1, "Praise": 1}
		)

	def test_range_counts_both_ends(self):
		_columns, rows, *_rest = self.report(
			mode="Record Type", period="Range", from_date=f"{YEAR}-02-28", to_date=f"{YEAR}-03-01"
		)
		self.assertEqual({group: row["total"] for group, row in rows.items()}, {"Complaint": 1, "Enquiry": 1})

	def test_status(self):
		_columns, rows, *_rest = self.report(mode="Record Type", status="Resolved")
		self.assertEqual(list(rows), ["Repair"])

	def test_empty_period(self):
		columns, rows, message, chart = self.report(year=1950)
		self.assertTrue(columns)
		self.assertEqual((rows, chart), ({}, None))
		self.assertIn("1950", message)

	def test_incomplete_periods(self):
		for filters in (
			{"period": "Range"},
			{"period": "Range", "from_date": "2020-02-01"},
			{"period": "Range", "from_date": "2020-02-02", "to_date": "2020-02-01"},
			{"period": "Month", "year": 2020, "month": 13},
			{"period": "Year", "year": 99999},
		):
			with self.subTest(filters=filters):
				self.assertRaises(PeriodError, execute, filters)

	def test_one_statement(self):
		frappe.set_user(self.agent)
		filters = {"period": "Year", "year": YEAR}
		for mode in ("Product Category", "Product"):
			execute({**filters, "mode": mode})
		with self.assertQueryCount(1):
			execute({**filters, "mode": "Product Category"})
		with self.assertQueryCount(4):  # names of the products, and what Frappe asks about their DocType
			execute({**filters, "mode": "Product"})

	def test_statement_reads_the_index_alone(self):
		frappe.set_user(self.agent)
		for mode in ("Product Category", "Record Type", "Product"):
			arguments = query(mode, frappe._dict(), f"{YEAR}-02-01", f"{YEAR}-02-28")
			statement = frappe.get_list("Service Ticket", **arguments, run=0)
			plan = frappe.db.sql(f"explain {statement}", as_dict=True)[0]
			with self.subTest(mode=mode):
				self.assertEqual((plan["key"], plan["type"]), ("statistics_index", "range"))
				self.assertIn("Using index", plan["Extra"])

	def test_through_the_desk_with_totals(self):
		frappe.set_user(self.agent)
		result = run(
			"Record Statistics", json.dumps({"period": "Year", "year": YEAR, "mode": "Product Category"})
		)
		total = [column["fieldname"] for column in result["columns"]].index("total")
		self.assertEqual(result["result"][-1][total], 6)

	def test_security_rows_obey_user_permissions(self):
		user = factories.make_user("Service Agent").name
		frappe.get_doc(
			doctype="User Permission",
			user=user,
			allow="Dealer",
			for_value=self.dealer,
			apply_to_all_doctypes=1,
		).insert()
		year = YEAR - 1
		for dealer in (self.dealer, factories.make_dealer().name, None):
			factories.make_ticket(
				creation_date=f"{year}-05-01", acceptance_date=f"{year}-05-01", dealer=dealer
			)
		frappe.set_user(user)
		listed = frappe.get_list("Service Ticket", {"creation_date": f"{year}-05-01"})
		_columns, rows, *_rest = self.report(mode="Record Type", year=year)
		self.assertEqual({group: row["total"] for group, row in rows.items()}, {"Enquiry": len(listed)})
		self.assertLess(len(listed), 3)

	def test_security_who_may_not_read_tickets(self):
		for user in ("Guest", factories.make_user().name, factories.make_user("Aftersales Bridge").name):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, execute, {"period": "Year", "year": YEAR})
			self.assertRaises(frappe.PermissionError, run, "Record Statistics", "{}")
