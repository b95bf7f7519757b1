"""Reports over customers: contribution, composition, loss, service, the combined query, new customers; figures added up by hand."""

import json

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_months, today

from aftersales.aftersales.customer_figures import CustomerFiguresError
from aftersales.aftersales.report.combined_customer_query import combined_customer_query as combined
from aftersales.aftersales.report.customer_composition import customer_composition as composition
from aftersales.aftersales.report.customer_contribution import customer_contribution as contribution
from aftersales.aftersales.report.customer_loss import customer_loss as loss
from aftersales.aftersales.report.customer_service_analysis import customer_service_analysis as service
from aftersales.aftersales.report.new_customers import new_customers
from aftersales.testing import factories
from aftersales.testing.field import make_service_order, make_service_outlet, staff_of
from aftersales.testing.sales import make_sale_collection, make_submitted_sale
from aftersales.utils.report import PeriodError

DAY = "2004-03-10"
PERIOD = {"from_date": "2004-03-01", "to_date": "2004-03-31"}
REPORTS = (
	"Combined Customer Query",
	"Customer Contribution",
	"Customer Composition",
	"Customer Loss",
	"Customer Service Analysis",
	"New Customers",
)


class TestCustomerReports(FrappeTestCase):
	"""Anna buys for 900 and pays 200 of it; Ben has two services; Carl only complains; Dora does nothing."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.group = factories.make_customer_group().name
		cls.level = factories.make_vip_level().name
		cls.outlet = make_service_outlet().name
		cls.anna, cls.ben, cls.carl, cls.dora = (
			factories.make_customer(
				customer_name=name, customer_group=cls.group, customer_since=since, vip_level=level
			).name
			for name, since, level in (
				("Anna Report", "2004-03-01", cls.level),
				("Ben Report", "2004-03-31", None),
				("Carl Report", "2004-02-29", None),
				("Dora Report", "2003-03-15", None),
			)
		)
		cls.sale = make_submitted_sale({"rate": 900}, customer=cls.anna, sale_date=DAY, outlet=cls.outlet)
		make_sale_collection(sale_record=cls.sale.name, amount=200, collected_on=DAY)
		for total, parts, pays, day in ((100, 60, 100, DAY), (50, 0, 0, "2004-03-31 23:59:59")):
			cls.order(cls.ben, total_fee=total, parts_fee=parts, customer_pays=pays, completed_at=day)
		cls.order(cls.ben, total_fee=7, customer_pays=7, completed_at="2004-04-01")
		complaint = factories.make_customer_complaint(customer=cls.carl)
		frappe.db.set_value("Customer Complaint", complaint.name, "received_on", DAY)
		for satisfied in ("Satisfied", "Dissatisfied"):
			follow_up = factories.make_follow_up(customer=cls.ben)
			frappe.db.set_value(
				"Follow-up", follow_up.name, {"stage": "Done", "followed_up_on": DAY, "satisfied": satisfied}
			)

	@classmethod
	def order(cls, customer, **fields):
		order = make_service_order(customer=customer, outlet=cls.outlet)
		frappe.db.set_value("Service Order", order.name, {"stage": "Completed", **fields})

	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def ask(self, *conditions: tuple, **filters) -> list[str]:
		for number, (measure, operator, value) in enumerate(conditions, start=1):
			filters |= {
				f"measure_{number}": measure,
				f"operator_{number}": operator,
				f"value_{number}": value,
			}
		return sorted(row.name for row in combined.execute({"customer_group": self.group, **filters})[1])

	# -- the combined query (Q25, S7.38)

	def test_each_measure_with_each_operator(self):
		everybody = {self.anna, self.ben, self.carl, self.dora}
		for measure, who, value in (
			("sales_total", self.anna, 900),
			("sales_received", self.anna, 200),
			("sales_outstanding", self.anna, 700),
			("sales", self.anna, 1),
			("parts_fee", self.ben, 60),
			("total_fee", self.ben, 150),
			("services", self.ben, 2),
			("complaints", self.carl, 1),
			("follow_ups", self.ben, 2),
		):
			with self.subTest(measure=measure):
				self.assertEqual(self.ask((measure, ">=", value), **PERIOD), [who])
				self.assertEqual(self.ask((measure, ">=", value + 0.01), **PERIOD), [])
				self.assertEqual(self.ask((measure, "=", value), **PERIOD), [who])
				self.assertEqual(self.ask((measure, "<=", value), **PERIOD), sorted(everybody))
				self.assertEqual(self.ask((measure, "=", 0), **PERIOD), sorted(everybody - {who}))
		for measure in ("service_fee", "transport_fee"):
			self.assertEqual(self.ask((measure, "<=", 0), **PERIOD), sorted(everybody))

	def test_all_conditions_must_fit(self):
		self.assertEqual(
			self.ask(("services", ">=", 1), ("follow_ups", ">=", 2), ("sales", "=", 0), **PERIOD), [self.ben]
		)
		self.assertEqual(self.ask(("services", ">=", 1), ("sales", ">=", 1), **PERIOD), [])

	def test_without_a_period_everything_counts(self):
		self.assertEqual(self.ask(("services", "=", 3)), [self.ben])
		self.assertEqual(self.ask(("services", "=", 2)), [])
		self.assertRaises(PeriodError, self.ask, ("services", "=", 3), from_date=DAY)

	def test_what_is_no_condition(self):
		for condition in (("name", ">=", 1), ("sales", "<", 1), ("sales; drop", "=", 1), ("tickets", "=", 1)):
			self.assertRaises(CustomerFiguresError, self.ask, condition)
		self.assertRaises(CustomerFiguresError, self.ask)
		self.assertEqual(
			self.ask(("sales", "=", "1 or 1=1"), **PERIOD), self.ask(("sales", "=", 0), **PERIOD)
		)

	def test_one_statement(self):
		filters = {"customer_group": self.group, "measure_1": "services", "value_1": 1, **PERIOD}
		combined.execute(filters)
		with self.assertQueryCount(8):  # one, and what Frappe asks about the group's place in the tree
			combined.execute(filters)

	# -- contribution, service (Q28, S8.07)

	def test_contribution(self):
		columns, rows, _message, chart, summary = contribution.execute(
			{**PERIOD, "customer_group": self.group}
		)
		self.assertEqual(
			[(row.name, row.amount, row.share, row.share_so_far, row.class_of) for row in rows],
			[(self.anna, 900, 90, 90, "A"), (self.ben, 100, 10, 100, "B")],
		)
		self.assertEqual([part["value"] for part in summary], [1000, 2, 1])
		self.assertEqual(chart["data"]["labels"], ["Anna Report", "Ben Report"])
		self.assertIn("amount", [column["fieldname"] for column in columns])

	def test_sales_that_came_back_contribute_nothing(self):
		frappe.db.set_value("Sale Record", self.sale.name, "status", "Returned")
		self.addCleanup(frappe.db.set_value, "Sale Record", self.sale.name, "status", self.sale.status)
		rows = contribution.execute({**PERIOD, "customer_group": self.group})[1]
		self.assertEqual([row.name for row in rows], [self.ben])

	def test_service_by_customer_and_by_level(self):
		filters = {**PERIOD, "customer_group": self.group}
		rows = {row.name: row for row in service.execute(filters)[1]}
		self.assertEqual(set(rows), {self.ben, self.carl})
		ben = rows[self.ben]
		self.assertEqual((ben.services, ben.total_fee, ben.fee_per_service), (2, 150, 75))
		self.assertEqual((ben.follow_ups, ben.answered, ben.satisfied, ben.satisfied_share), (2, 2, 1, 50))
		self.assertIsNone(rows[self.carl].fee_per_service)
		(row,) = service.execute({**filters, "group_by": "Customer Group"})[1]
		self.assertEqual((row.value, row.customers, row.services, row.complaints), (self.group, 2, 2, 1))
		self.assertEqual(row.complaints_per_service, 50)

	# -- loss

	def test_loss_by_the_last_sign_of_life(self):
		make_ticket = lambda customer, day: factories.make_ticket(  # noqa: E731
			customer=customer, creation_date=day, acceptance_date=day
		)
		frappe.db.savepoint("signs")
		self.addCleanup(frappe.db.rollback, save_point="signs")
		make_ticket(self.ben, today())
		make_ticket(self.carl, add_months(today(), -9))
		(row,) = loss.execute({"customer_group": self.group, "group_by": "Customer Group", "months": 12})[1]
		self.assertEqual(
			[row[name] for name in ("active", "at_risk", "lost", "never", "known", "loss")],
			[1, 1, 1, 1, 3, 33.3],
		)
		(row,) = loss.execute({"customer_group": self.group, "group_by": "Customer", "months": 12})[1]
		self.assertEqual((row.name, str(row.last_on)), (self.anna, DAY))
		rows = loss.execute({"customer_group": self.group, "group_by": "Customer", "months": 8})[1]
		self.assertEqual([row.name for row in rows], [self.carl, self.anna])
		for months in (-1, 121):
			self.assertRaises(loss.LossError, loss.execute, {"months": months})

	# -- composition, new customers (Q21, S7.34)

	def test_composition(self):
		rows = composition.execute({"customer_group": self.group, "group_by": "vip_level"})[1]
		self.assertEqual(
			[(row.value or "", row.customers, row.share) for row in rows],
			[("", 3, 75), (self.level, 1, 25)],
		)
		chart = composition.execute({"customer_group": self.group, "group_by": "vip_level"})[3]
		self.assertEqual(sum(chart["data"]["datasets"][0]["values"]), 4)

	def test_new_customers_by_time(self):
		filters = {"from_date": "2004-02-01", "to_date": "2004-04-30", "customer_group": self.group}
		columns, rows, _message, _chart, summary = new_customers.execute(filters)
		self.assertEqual(
			[(row["label"], row["customers"]) for row in rows],
			[("2004-02", 1), ("2004-03", 2), ("2004-04", 0)],
		)
		# Before: none; a year ago, in March: Dora.
		self.assertEqual([part["value"] for part in summary], [3, 0, "–", 1, "200.0 %"])
		self.assertEqual(columns[1]["drill"]["period"], "customer_since")

	def test_new_customers_by_what_they_are(self):
		filters = {**PERIOD, "customer_group": self.group, "group_by": "vip_level"}
		rows = new_customers.execute(filters)[1]
		self.assertEqual({row.value or "": row.customers for row in rows}, {"": 1, self.level: 1})

	# -- who sees what

	def test_an_outlet_counts_its_own_orders_and_sales(self):
		stranger = staff_of(make_service_outlet().name, "Branch Staff", account="customer-figures")
		frappe.set_user(stranger)
		self.assertEqual(self.ask(("services", ">=", 1), **PERIOD), [])
		self.assertEqual(self.ask(("sales", ">=", 1), **PERIOD), [])
		frappe.set_user(staff_of(self.outlet, "Branch Staff", account="customer-figures-own"))
		self.assertEqual(self.ask(("services", ">=", 2), **PERIOD), [self.ben])

	def test_what_one_may_not_read_is_left_out(self):
		frappe.set_user(factories.user_with("Parts Keeper"))  # reads customers and orders, no complaints
		columns = combined.execute(
			{"customer_group": self.group, "measure_1": "services", "value_1": 1, **PERIOD}
		)[0]
		names = {column["fieldname"] for column in columns}
		self.assertIn("services", names)
		self.assertNotIn("complaints", names)
		self.assertRaises(frappe.PermissionError, self.ask, ("complaints", ">=", 0))

	def test_who_may(self):
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Aftersales Bridge"),
			factories.user_with("Parts Keeper"),
		):
			frappe.set_user(user)
			for name in REPORTS:
				self.assertRaises(frappe.PermissionError, run, name, json.dumps(PERIOD))
