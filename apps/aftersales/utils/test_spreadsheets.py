import csv
import json
from io import BytesIO, StringIO

import frappe
from frappe.handler import execute_cmd
from frappe.tests.utils import FrappeTestCase
from frappe.utils import set_request
from openpyxl import load_workbook

from aftersales.testing import factories
from aftersales.utils.spreadsheets import with_apostrophes, without_formulas

FORMULA = "=1+1"
DAY = "2009-07-07"  # no other test or demo has customers of it
LIST, REPORT = "frappe.desk.reportview.export_query", "frappe.desk.query_report.export_query"


class TestSpreadsheets(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = factories.make_customer(
			customer_name=FORMULA, customer_since=DAY, remarks="@SUM(A1), -2+cmd|' /C calc'!A0"
		)

	def setUp(self):
		set_request(method="POST")
		self.addCleanup(delattr, frappe.local, "request")
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(setattr, frappe.local, "form_dict", frappe.local.form_dict)
		for key in ("filename", "filecontent", "type"):
			self.addCleanup(frappe.local.response.pop, key, None)

	def ask(self, command: str, **values) -> bytes:
		"""Send a request of the Desk on the way that all requests take."""
		frappe.local.form_dict = frappe._dict(values)
		execute_cmd(command)
		return frappe.response["filecontent"]

	def list_as(self, kind: str, **more) -> bytes:
		fields = ["customer_name", "remarks", "name"]
		return self.ask(
			LIST,
			doctype="Service Customer",
			fields=json.dumps([f"`tabService Customer`.`{field}`" for field in fields]),
			filters=json.dumps({"name": self.customer.name}),
			file_format_type=kind,
			**more,
		)

	def report_as(self, kind: str) -> bytes:
		filters = {"from_date": DAY, "to_date": DAY, "group_by": "registered_by"}
		return self.ask(
			REPORT,
			report_name="New Customers",
			filters=json.dumps(filters),
			visible_idx="[0]",
			file_format_type=kind,
		)

	def test_a_list_in_excel_holds_texts(self):
		cells = [*load_workbook(BytesIO(self.list_as("Excel"))).active.iter_rows()][1]
		self.assertEqual(
			[cell.value for cell in cells], [1, FORMULA, self.customer.remarks, self.customer.name]
		)
		self.assertEqual([cell.data_type for cell in cells], ["n", "s", "s", "s"])
		self.assertTrue(cells[1].quotePrefix)

	def test_a_list_in_csv_has_apostrophes(self):
		for more, delimiter in ({}, ","), ({"csv_delimiter": ";", "csv_quoting": "0"}, ";"):
			text = self.list_as("CSV", **more).decode()
			row = [*csv.reader(StringIO(text), delimiter=delimiter)][1]
			self.assertEqual(row, ["1", f"'{FORMULA}", f"'{self.customer.remarks}", self.customer.name], text)

	def test_a_report_too(self):
		frappe.db.set_value("User", "Administrator", "full_name", FORMULA)
		frappe.db.set_value("Service Customer", self.customer.name, "registered_by", "Administrator")
		self.addCleanup(frappe.db.set_value, "User", "Administrator", "full_name", "Administrator")
		cells = [*load_workbook(BytesIO(self.report_as("Excel"))).active.iter_rows()][1]
		self.assertEqual((cells[0].value, cells[0].data_type), (FORMULA, "s"))
		self.assertEqual((cells[1].value, cells[1].data_type), (1, "n"))
		self.assertIn(f'"\'{FORMULA}",1,'.encode(), self.report_as("CSV"))

	def test_rights_are_those_of_frappe(self):
		for user in ("Guest", factories.user_with("Service Agent"), factories.user_with()):
			frappe.set_user(user)
			for ask in (self.list_as, self.report_as):
				self.assertRaises(frappe.PermissionError, ask, "CSV")
				self.assertNotIn("filecontent", frappe.response)
		frappe.set_user(factories.user_with("Service Manager"))
		self.assertTrue(self.list_as("CSV"))
		self.assertTrue(self.report_as("CSV"))

	def test_numbers_and_all_else_stay_what_they_are(self):
		plain = '"Name","Amount"\r\n"-",-5.5\r\n"+86 138 0013 8000","-10 %"\r\n"say ""=1""",\r\n"two\r\n=lines",1\r\n'
		self.assertEqual(with_apostrophes(plain), plain)
		self.assertEqual(with_apostrophes('a,=b\r\n"=""c"" d",-x'), 'a,\'=b\r\n"\'=""c"" d",\'-x')
		self.assertEqual(with_apostrophes('＝1+1\t"@x"', "\t"), "'＝1+1\t\"'@x\"")
		content = self.list_as("Excel")
		self.assertIs(without_formulas(content), content)
