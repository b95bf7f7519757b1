import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.service_network.report.outlet_assessment_ranking import outlet_assessment_ranking as ranking
from aftersales.service_network.report.outlet_register import outlet_register as register
from aftersales.service_network.report.service_quality_evaluation import service_quality_evaluation as quality
from aftersales.testing import factories, network
from aftersales.testing.field import (
	as_user,
	make_service_centre,
	make_service_order,
	make_service_outlet,
	staff_of,
)
from aftersales.utils.report import PeriodError

PERIOD = {"from_date": "2018-01-01", "to_date": "2018-02-28"}


class TestNetworkReports(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.branch = make_service_centre(outlet_kind="Branch").name
		cls.first, cls.second, cls.third = (
			make_service_outlet(parent_service_outlet=cls.branch).name for _number in range(3)
		)
		cls.foreign = make_service_outlet().name
		cls.clerk = staff_of(cls.branch, "Branch Staff")

	def tearDown(self):
		frappe.set_user("Administrator")

	def assess(self, outlet, month, score, value):
		doc = network.make_outlet_assessment(outlet=outlet, month=month)
		doc.db_set({"score": score, "grade": "A"})
		for row in doc.lines:
			row.db_set({"value": value, "counted": 1, "measure": "First-time Fix"})

	def test_ranking(self):
		network.make_outlet_assessment_setting()
		for outlet, month, score, value in (
			(self.first, "2018-01-01", 70, 60),
			(self.first, "2018-02-01", 80, 71),
			(self.second, "2018-01-01", 75, 50),
			(self.third, "2018-02-01", 90.5, 99),
			(self.foreign, "2018-02-01", 99, 99),
			(self.third, "2018-03-01", 0, 0),
		):
			self.assess(outlet, month, score, value)
		network.make_outlet_assessment(outlet=self.second, month="2018-02-01")  # nothing was measured
		with as_user(self.clerk):
			columns, rows, _message, chart = ranking.execute(PERIOD)
			self.assertEqual(
				[(row["place"], row["outlet"], row["score"], row["months"]) for row in rows],
				[
					(1, self.third, 90.5, 1),
					*(
						(2, outlet, 75.0, 2 if outlet == self.first else 1)
						for outlet in sorted((self.first, self.second))
					),
				],
			)
			self.assertEqual(rows[0]["first_time_fix"], 99)
			by_outlet = {row["outlet"]: row for row in rows}
			self.assertEqual(
				(by_outlet[self.first]["first_time_fix"], by_outlet[self.first]["lowest"]), (65.5, 70)
			)
			self.assertEqual(columns[-1]["fieldname"], "first_time_fix")
			self.assertEqual(chart["data"]["datasets"][0]["values"], [90.5, 75.0, 75.0])
			self.assertEqual(len(ranking.execute({**PERIOD, "only_confirmed": 1})[1]), 0)
			with self.assertQueryCount(4):
				ranking.execute(PERIOD)
		self.assertRaises(PeriodError, ranking.execute, {})

	def test_register(self):
		licence = network.make_qualification_type().name
		shop = frappe.get_doc("Service Outlet", self.first)
		shop.update({"account_state": "Opened", "contract_until": "2031-01-31"})
		shop.append("qualifications", {"qualification": licence, "valid_until": add_days(today(), -1)})
		shop.save()
		staff_of(self.first, "Outlet Staff", account="register-a")
		staff_of(self.first, "Outlet Staff", account="register-b")
		for name, end, status in (("SET-R-1", "2018-01-31", "Paid"), ("SET-R-2", "2018-02-28", "HQ Audit")):
			settlement = frappe.get_doc(
				doctype="Settlement",
				outlet=self.first,
				subject_kind="Outlet",
				period_to=end,
				status=status,
				total=100,
				paid_amount=40,
				outstanding=60,
				slip_received_on="2018-03-02",
			)
			settlement.name, settlement.stage = name, status
			settlement.db_insert()
		with as_user(self.clerk):
			columns, rows, *_more, summary = register.execute({"outlet": self.branch})
			self.assertEqual(
				{row["outlet"] for row in rows}, {self.branch, self.first, self.second, self.third}
			)
			row = next(row for row in rows if row["outlet"] == self.first)
			self.assertEqual((row["people"], row["account_state"], row["expired"]), (2, "Opened", 1))
			self.assertEqual((row["settlement"], row["total"], row["outstanding"]), ("SET-R-2", 100, 60))
			self.assertIn("slip_received_on", [column["fieldname"] for column in columns])
			self.assertEqual([one["value"] for one in summary], [4, 1, 60])
			self.assertEqual(len(register.execute({"outlet": self.branch, "account_state": "Opened"})[1]), 1)
			self.assertNotIn(self.foreign, [row["outlet"] for row in register.execute({})[1]])
			with self.assertQueryCount(5):
				register.execute({"outlet": self.branch})

	def make_order(self, **fields):
		values = {"creation": "2018-01-31 23:59:00"}
		for field in ("owner", "stage", "arrived_at", "completed_at"):
			if field in fields:
				values[field] = fields.pop(field)
		order = make_service_order(outlet=self.first, **fields)
		order.db_set(values, update_modified=False)
		return order

	def test_quality(self):
		writer, other = factories.user_with("Service Agent"), factories.user_with("Agent Team Leader")
		full = {
			"contact_phone": "13900000000",
			"address": "1 Test Road",
			"product": factories.make_product().name,
		}
		visit = {"arrived_at": "2018-02-01 08:00:00", "stage": "Completed"}
		order = self.make_order(owner=writer, completed_at="2018-02-02 08:00:00", **visit, **full)
		frappe.get_doc(
			doctype="Service Order Picture",
			name=frappe.generate_hash(length=12),
			parent=order.name,
			parenttype="Service Order",
			parentfield="pictures",
		).db_insert()
		self.make_order(owner=writer, completed_at="2018-02-02 08:00:01", **visit, **full)
		self.make_order(owner=writer, stage="Cancelled", **{**full, "address": None})
		self.make_order(owner=writer, stage="Open", **{**full, "address": "1% of it"})
		self.make_order(owner=other, stage="Open")
		filters = {**PERIOD, "outlet": self.first}
		with as_user(self.clerk):
			rows = {row["person"]: row for row in quality.execute(filters)[1]}
			mine = rows[writer]
			self.assertEqual((mine["orders"], mine["done"], mine["cancelled"]), (4, 2, 1))
			# three of four are complete, one of two has pictures, one of two was fed back within a day
			self.assertEqual((mine["complete"], mine["uploaded"], mine["soon"]), (75.0, 50.0, 50.0))
			self.assertEqual(mine["score"], 58.3)
			self.assertEqual(mine["person_name"], frappe.utils.get_fullname(writer))
			self.assertEqual(
				(rows[other]["complete"], rows[other]["uploaded"], rows[other]["score"]), (0.0, None, 0.0)
			)
			later = quality.execute({**filters, "hours": 25})[1]
			self.assertEqual(next(row["soon"] for row in later if row["person"] == writer), 100.0)
			nobody = quality.execute({**filters, "group_by": "Technician"})[1]
			self.assertEqual([row["person_name"] for row in nobody], ["Not Specified"])
			by_outlet = quality.execute({**filters, "group_by": "Outlet"})[1]
			self.assertEqual([(row["person"], row["orders"]) for row in by_outlet], [(self.first, 5)])
			self.assertEqual(quality.execute({**filters, "to_date": "2018-01-30"})[1], [])
		with as_user(staff_of(self.foreign, "Branch Staff")):
			self.assertEqual(quality.execute(PERIOD)[1], [])
		with as_user(factories.user_with("Knowledge Manager")):
			if not frappe.has_permission("Service Order", "read"):
				self.assertRaises(frappe.PermissionError, quality.execute, PERIOD)
