import csv
import json
from io import BytesIO, StringIO

import frappe
from frappe.email.doctype.auto_email_report.auto_email_report import download, send_daily
from frappe.tests.utils import FrappeTestCase
from openpyxl import load_workbook

from aftersales.testing import factories

DAY = "2009-08-08"  # no other test or demo has customers of it
FORMULA = "=1+1"


class TestReportMail(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.north, cls.south = factories.make_region().name, factories.make_region().name
		for region in (cls.north, cls.south):
			factories.make_customer(customer_name=FORMULA, customer_since=DAY, region=region)
		# Reads the customers of one region only.
		cls.reader = factories.make_user("Service Manager", "Report Manager", language="zh").name
		frappe.permissions.add_user_permission("Service Region", cls.north, cls.reader)

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def mail(self, **fields) -> "frappe.model.document.Document":
		filters = {"from_date": DAY, "to_date": DAY, "group_by": "region"}
		return frappe.get_doc(
			{
				"doctype": "Auto Email Report",
				"report": "New Customers",
				"user": self.reader,
				"format": "CSV",
				"filters": json.dumps(filters),
				"email_to": "office@example.com",
				"frequency": "Daily",
				"day_of_week": "Monday",
				"enabled": 1,
				**fields,
			}
		).insert()

	def rows(self, content: str) -> list[list[str]]:
		return list(csv.reader(StringIO(content)))

	def test_the_rows_are_those_of_its_person_also_at_night(self):
		self.assertEqual(frappe.session.user, "Administrator")
		rows = self.rows(self.mail().get_report_content())
		text = json.dumps(rows)
		self.assertIn(self.north, text)
		self.assertNotIn(self.south, text)
		everything = self.rows(self.mail(user="Administrator").get_report_content())
		self.assertIn(self.south, json.dumps(everything))

	def test_who_asks_for_the_report_of_another_gets_what_they_may_read(self):
		theirs = self.mail(user="Administrator")
		frappe.set_user(self.reader)
		download(theirs.name)
		self.addCleanup(frappe.local.response.clear)
		content = frappe.local.response.filecontent
		self.assertIn(self.north, content)
		self.assertNotIn(self.south, content)

	def test_in_the_language_of_its_person(self):
		heads = self.rows(self.mail().get_report_content())[0]
		english = self.rows(self.mail(user="Administrator").get_report_content())[0]
		self.assertEqual(len(heads), len(english))
		self.assertNotEqual(heads, english)

	def test_who_asks_is_the_same_as_before(self):
		mail = self.mail()
		frappe.set_user(self.reader)
		frappe.local.lang = "en"
		frappe.local.form_dict = frappe._dict(name=mail.name)
		frappe.local.session.data = frappe._dict(csrf_token="kept")
		sid = frappe.local.session.sid = "kept too"
		mail.get_report_content()
		self.assertEqual((frappe.session.user, frappe.local.lang), (self.reader, "en"))
		self.assertEqual(frappe.local.form_dict.name, mail.name)
		self.assertEqual((frappe.session.sid, frappe.session.data.csrf_token), (sid, "kept"))

	def test_no_formula_in_what_is_attached(self):
		region = factories.make_region(region_name=FORMULA).name
		factories.make_customer(customer_since=DAY, region=region)
		book = load_workbook(BytesIO(self.mail(user="Administrator", format="XLSX").get_report_content()))
		cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
		self.assertIn(FORMULA, [cell.value for cell in cells])
		self.assertNotIn("f", [cell.data_type for cell in cells])
		text = self.mail(user="Administrator").get_report_content()
		values = [value for row in self.rows(text) for value in row]
		self.assertIn(f"'{FORMULA}", values)
		self.assertNotIn(FORMULA, values)

	def test_nobody_sends_reports_with_the_rights_of_others(self):
		theirs = self.mail(user="Administrator")
		frappe.set_user(self.reader)
		self.assertRaises(frappe.PermissionError, self.mail, user="Administrator")
		theirs.reload()
		theirs.email_to = "me@example.com"
		self.assertRaises(frappe.PermissionError, theirs.save)
		own = self.mail()
		own.user = "Administrator"
		self.assertRaises(frappe.PermissionError, own.save)
		own.reload()
		own.no_of_rows = 5
		own.save()

	def test_a_report_of_someone_who_has_left_is_not_sent(self):
		gone = factories.make_user("Service Manager").name
		mail = self.mail(user=gone)
		frappe.db.set_value("User", gone, "enabled", 0)
		self.assertRaisesRegex(frappe.ValidationError, "disabled", mail.get_report_content)

	def test_the_scheduler_sends_it(self):
		frappe.local.outgoing_email_account = {}
		self.addCleanup(setattr, frappe.local, "outgoing_email_account", {})
		for doctype in ("Email Account", "Auto Email Report"):
			frappe.db.delete(doctype)
		values = {"email_account_name": "Out", "email_id": "out@test.example"}
		frappe.get_doc(
			{"doctype": "Email Account", "name": "Out", "enable_outgoing": 1, "default_outgoing": 1, **values}
		).db_insert()
		mail = self.mail(format="HTML")
		send_daily()
		queued = frappe.get_all("Email Queue", {"reference_name": mail.name}, pluck="message")
		self.assertEqual(len(queued), 1)
