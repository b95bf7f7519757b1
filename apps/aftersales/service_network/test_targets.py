import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate

from aftersales.service_network import targets
from aftersales.service_network.doctype.business_target.business_target import TargetError
from aftersales.service_network.outlet_scope import OtherOutletError
from aftersales.service_network.report.business_targets import business_targets
from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.points import make_business_target
from aftersales.testing.sales import make_sale_collection, make_submitted_sale


class TestTargets(FrappeTestCase):
	def setUp(self):
		self.branch = make_service_outlet(is_group=1)
		self.outlet = make_service_outlet(parent_service_outlet=self.branch.name)
		self.other = make_service_outlet()

	def tearDown(self):
		frappe.set_user("Administrator")

	def target(self, **fields):
		return make_business_target(
			**{"from_date": "2024-02-10", "scope": "Outlet", "outlet": self.branch.name, **fields}
		)

	def test_any_day_names_the_period(self):
		for period, first, last in (
			("Month", "2024-02-01", "2024-02-29"),
			("Quarter", "2024-01-01", "2024-03-31"),
			("Year", "2024-01-01", "2024-12-31"),
		):
			made = self.target(measure="Sales Amount", period=period)
			self.assertEqual((made.from_date, made.to_date), (getdate(first), getdate(last)))

	def test_what_was_reached_in_outlet_period_and_below(self):
		seller = factories.user_with("Sales Office")
		sold = [
			make_submitted_sale({"rate": rate}, sale_date=day, outlet=outlet, sales_representative=seller)
			for rate, day, outlet in (
				(100, "2024-02-01", self.branch.name),
				(20, "2024-02-29", self.outlet.name),
				(4000, "2024-03-01", self.outlet.name),
				(50000, "2024-02-15", self.other.name),
			)
		]
		make_submitted_sale({"rate": 7}, sale_date="2024-02-02", outlet=self.branch.name).cancel()
		make_sale_collection(sale_record=sold[1].name, amount=5)
		frappe.db.set_value("Sale Collection", {"sale_record": sold[1].name}, "collected_on", "2024-02-29")
		made = [
			(self.target(measure="Sales Amount"), 120),
			(self.target(measure="Number of Sales"), 2),
			(self.target(measure="Number of Sales", scope="Employee", employee=seller), 3),
			(self.target(measure="Sales Amount", outlet=self.outlet.name, period="Quarter"), 4020),
			(self.target(measure="Collected Amount"), 5),
			(self.target(measure="Service Payments"), 0),
			(self.target(measure="Completed Orders"), 0),
		]
		rows = [{"name": target.name, "measure": target.measure} for target, _expected in made]
		self.assertEqual(targets.reached(rows), {target.name: float(expected) for target, expected in made})
		# One statement for each measure, however many targets.
		with self.assertQueryCount(5):
			targets.reached(rows)

	def test_new_customers_and_follow_ups_of_an_employee(self):
		user = factories.user_with("Shop Staff")
		for day in ("2024-02-01", "2024-02-29", "2024-03-01"):
			factories.make_customer(registered_by=user, customer_since=day)
		target = self.target(measure="New Customers", scope="Employee", employee=user, outlet=None)
		self.assertEqual(
			targets.reached([{"name": target.name, "measure": target.measure}]), {target.name: 2}
		)

	def test_a_second_target_for_the_same_is_pointed_out(self):
		first = self.target(measure="Sales Amount")
		frappe.clear_messages()
		self.target(measure="Sales Amount", period="Year")
		self.assertFalse(frappe.get_message_log())
		self.target(measure="Sales Amount")
		self.assertIn(first.name, str(frappe.get_message_log()))

	def test_targets_make_sense(self):
		for wrong in (
			{"measure": "New Customers"},
			{"measure": "Completed Orders", "target": 0},
			{"measure": "Completed Orders", "outlet": None},
			{"measure": "Completed Orders", "scope": "Employee"},
		):
			self.assertRaises(TargetError, self.target, **wrong)

	def test_an_outlet_sees_and_sets_its_own(self):
		own, others = (
			self.target(measure="Sales Amount"),
			self.target(outlet=self.other.name, measure="Sales Amount"),
		)
		company = self.target(scope="Company", measure="Completed Orders")
		frappe.set_user(staff_of(self.branch.name, "Branch Staff"))
		self.assertEqual(frappe.get_list("Business Target", pluck="name"), [own.name])
		for hidden in (others, company):
			self.assertFalse(frappe.has_permission("Business Target", "read", doc=hidden.name))
		values = {
			"doctype": "Business Target",
			"measure": "Completed Orders",
			"target": 5,
			"from_date": "2024-05-05",
		}
		mine = frappe.get_doc({**values, "scope": "Outlet"}).insert()
		self.assertEqual(mine.outlet, self.branch.name)
		self.assertRaises(TargetError, frappe.get_doc({**values, "scope": "Company"}).insert)
		strange = frappe.get_doc({**values, "scope": "Outlet", "outlet": self.other.name})
		self.assertRaises((OtherOutletError, frappe.PermissionError), strange.insert)
		rows = business_targets.execute({"from_date": "2024-01-01", "to_date": "2024-12-31"})[1]
		self.assertEqual({row["name"] for row in rows}, {own.name, mine.name})

	def test_the_report_gives_the_ratio(self):
		make_submitted_sale({"rate": 150}, sale_date="2024-02-05", outlet=self.branch.name)
		target = self.target(measure="Sales Amount", target=200)
		_columns, rows, _message, chart = business_targets.execute(
			{"from_date": "2024-02-01", "to_date": "2024-02-29", "outlet": self.branch.name}
		)
		row = next(row for row in rows if row["name"] == target.name)
		self.assertEqual((row["reached"], row["ratio"], row["missing"]), (150, 75, 50))
		self.assertTrue(chart)

	def test_people_of_other_outlets_are_not_measured(self):
		stranger, colleague = factories.user_with("Sales Office"), staff_of(self.outlet.name, "Outlet Staff")
		other = staff_of(self.other.name, "Outlet Staff")
		frappe.set_user(staff_of(self.branch.name, "Branch Staff"))
		values = {"doctype": "Business Target", "scope": "Employee", "measure": "Sales Amount", "target": 1}
		for employee in (stranger, other):
			doc = frappe.get_doc({**values, "employee": employee, "from_date": "2024-05-01"})
			self.assertRaises(OtherOutletError, doc.insert)
		frappe.get_doc({**values, "employee": colleague, "from_date": "2024-05-01"}).insert()
