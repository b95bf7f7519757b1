"""The catalogue of reports: every title of the list Q01-Q40 is there, and every report of the app runs with the filters that it
opens with, for those who may see it, for an outlet, and for nobody else."""

import json
from pathlib import Path

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_months, getdate, today

from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of

APP = Path(__file__).resolve().parents[1] / "apps" / "aftersales"
REPORTS = {
	report["name"]: report
	for report in (
		json.loads(path.read_text(encoding="utf-8")) for path in sorted(APP.glob("*/report/*/*.json"))
	)
}
SCRIPTS = {name: report for name, report in REPORTS.items() if report["report_type"] == "Script Report"}
# Title of the list -> reports that answer it. Q09 (own reports) is Frappe's report builder, Q36 a print of the customer.
CATALOGUE = {
	"Q01": ["Record Statistics"],
	"Q02": ["Same Product and Customer History"],
	"Q03": ["Customer Data Analysis"],
	"Q04": ["Service Task Analysis"],
	"Q05": ["Parts Stock Analysis"],
	"Q06": ["Staff Performance Analysis"],
	"Q07": ["Order Monitor"],
	"Q08": ["Customer Service Report"],
	"Q10": ["Stock Capital"],
	"Q11": ["Outlet Fees"],
	"Q12": ["Service Fee History"],
	"Q13": ["Purchase Statistics"],
	"Q14": ["Arrears List"],
	"Q15": ["After-sales Statistics"],
	"Q16": ["Complaint Statistics"],
	"Q17": ["Follow-up Statistics"],
	"Q18": ["Part Movements"],
	"Q19": ["Technician Holdings"],
	"Q20": ["Consumption Detail"],
	"Q21": ["New Customers"],
	"Q22": ["Operator Workload"],
	"Q23": ["Repair Reports and Fees"],
	"Q24": ["Totals of the Day"],
	"Q25": ["Combined Customer Query"],
	"Q26": ["Points and Gifts"],
	"Q27": ["Never Followed Up"],
	"Q28": ["Customer Contribution", "Customer Composition", "Customer Loss", "Customer Service Analysis"],
	"Q29": [
		"Product Fault-cause Analysis",
		"Service-item Statistics",
		"Complaint-cause Statistics",
		"Service-slip Settlement Detail",
		"Service-slip Parts Detail",
	],
	"Q30": ["Part Consumption Analysis"],
	"Q31": ["Service Quality Evaluation"],
	"Q32": ["Staff Contact Counts"],
	"Q33": ["Monthly Register Query"],
	"Q34": ["Repeated Maintenance"],
	"Q35": ["Serial Number Anomalies"],
	"Q37": [
		"Visits of the Day",
		"Visits to Date",
		"Deliveries of the Day",
		"Not Yet Delivered",
		"Turnover of the Day",
		"Turnover of the Day Summary",
		"Payments of the Day",
		"Technician Hours of the Day",
		"Receptionists of the Day",
	],
	"Q38": [
		"Dealer Month",
		"Service Business",
		"Business Indicators",
		"Service Profit",
		"Turnover of the Month",
		"Management Items",
		"Front Desk Performance",
		"Receptionist Performance",
		"Technician Performance",
		"Same-day Delivery Rate",
		"Deliveries Analysis",
		"Deliveries by Repair Kind",
		"Unpaid Customers",
		"Unpaid Devices",
		"Visits and Amounts by Device",
		"Last Visit Statistics",
		"Last Visit List",
		"Tracking Results",
		"Customer Opinions Handled",
		"Repair Quality and Opinions",
		"Reasons for Missed Maintenance",
		"Discount Level Statistics",
		"Discount Level List",
		"Discount Level Changes",
	],
	"Q39": ["Class Change Statistics", "Class Change List", "Customer Classification"],
	"Q40": [
		"First Free Maintenance",
		"First Free Maintenance by Model",
		"First Maintenance Payments",
		"Warranty Payments Summary",
		"Warranty Payments Detail",
		"Warranty Not Accepted",
		"First Maintenance Not Accepted",
		"Customer Data Not Accepted",
		"Appointments by Day and Window",
		"Survey Results",
		"Dealer Costs",
		"Business Targets",
	],
}
# What a report opens with beside a period and the first of its choices.
OPENS_WITH = {"Combined Customer Query": {"measure_1": "services", "operator_1": ">=", "value_1": 1}}
# A report that asks for something first says so with an error of its own.
ASKS_FIRST = {"Same Product and Customer History": "NothingChosenError"}
MOST_STATEMENTS = 60
# These ask each kind of document for the records that the user may read, whatever number of records there are.
OF_EVERY_KIND = {"Change History": 200, "Deletion Log": 200}
NOBODY = ("Aftersales Customer", "Aftersales Bridge")


class TestReportsCatalogue(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")

	def filters(self, name: str) -> str:
		period = {
			"from_date": add_months(today(), -1),
			"to_date": today(),
			"day": today(),
			"year": getdate().year,
			"month": getdate().month,
		}
		return json.dumps({**period, **OPENS_WITH.get(name, {})})

	def open(self, name: str) -> dict | None:
		try:
			return run(name, self.filters(name))
		except frappe.ValidationError as error:
			if type(error).__name__ != ASKS_FIRST.get(name):
				raise
			return None

	def test_every_title_has_its_report(self):
		missing = {
			title: [name for name in names if name not in REPORTS] for title, names in CATALOGUE.items()
		}
		self.assertEqual({title: names for title, names in missing.items() if names}, {})
		self.assertGreater(len(SCRIPTS), 80)

	def test_every_report_is_on_the_workspace_of_reports(self):
		path = APP / "aftersales" / "workspace" / "reports" / "reports.json"
		links = json.loads(path.read_text(encoding="utf-8"))["links"]
		linked = {row["link_to"] for row in links if row["type"] == "Link"}
		self.assertEqual({name for names in CATALOGUE.values() for name in names} - linked, set())
		self.assertEqual(linked - set(REPORTS), set())

	def test_every_report_runs_for_those_who_may_and_within_bounds(self):
		for name, report in SCRIPTS.items():
			with self.subTest(report=name):
				frappe.set_user("Administrator")
				role = next(
					row["role"] for row in report["roles"] if may_report(row["role"], report["ref_doctype"])
				)
				frappe.set_user(factories.user_with(role))
				self.open(name)  # what Frappe reads of DocTypes once is no part of the report
				with self.assertQueryCount(OF_EVERY_KIND.get(name, MOST_STATEMENTS)):
					result = self.open(name)
				if result:
					self.assertTrue(result["columns"])

	def test_every_report_of_outlets_runs_for_an_outlet_without_anything(self):
		"""A new outlet has nothing: what it is shown is empty, or is of everybody."""
		staff = staff_of(make_service_outlet().name, "Outlet Staff", account="catalogue-outlet")
		for name, report in SCRIPTS.items():
			if not any(row["role"] == "Outlet Staff" for row in report["roles"]):
				continue
			with self.subTest(report=name):
				frappe.set_user(staff)
				self.open(name)

	def test_security_nobody_else_sees_a_report(self):
		users = ["Guest", *(factories.user_with(role) for role in NOBODY)]
		for user in users:
			frappe.set_user(user)
			for name in REPORTS:
				with self.subTest(user=user, report=name):
					self.assertRaises(frappe.PermissionError, run, name, self.filters(name))


def may_report(role: str, doctype: str) -> bool:
	"""Whether the role alone opens reports on a DocType."""
	rights = (row for row in frappe.get_meta(doctype).permissions if row.role == role and not row.permlevel)
	return any(row.read and row.report for row in rights)
