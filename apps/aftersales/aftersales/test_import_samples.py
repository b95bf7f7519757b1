"""The sample files in fixtures/import are taken by Frappe's Data Import as they are, in both languages, once."""

import csv
import io
import json
from pathlib import Path

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import (
	import_inside_a_test,
	make_customer,
	make_product,
	unique_phone,
	user_with,
)
from aftersales.utils.data_import import RepeatedRecordError, check_right

SAMPLES = Path(__file__).resolve().parents[3] / "fixtures" / "import"
LANGUAGES = ("en", "zh")
# File -> DocType and number of documents, in the order in which they build on each other.
INSERTS = {
	"customers": ("Service Customer", 4),
	"products": ("Product", 3),
	"organisation": ("Service Region", 3),
	"departments": ("Service Department", 3),
	"employees": ("User", 2),
	"staff": ("Service Staff", 2),
	"dealers": ("Dealer", 2),
	"tickets": ("Service Ticket", 3),
	"faqs": ("FAQ", 2),
	"spare-parts": ("Spare Part", 3),
	"part-warehouses": ("Part Warehouse", 2),
	"devices": ("Customer Device", 2),
	"sales": ("Sale Record", 2),
}


class ImportCase(FrappeTestCase):
	"""Imports of which nothing stays."""

	def setUp(self):
		frappe.db.savepoint("before_import")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.local.lang = "en"
		frappe.flags.in_import = False
		# The log is a table without transactions.
		frappe.db.delete("Data Import Log", {"data_import": ["in", self.jobs() or [""]]})
		frappe.db.rollback(save_point="before_import")

	def jobs(self) -> list[str]:
		return frappe.get_all("Data Import", pluck="name")

	def take(
		self, doctype: str, content: bytes, language: str = "en", kind: str = "Insert New Records"
	) -> list[frappe._dict]:
		"""Import a file and return the log, one entry per document."""
		frappe.local.lang = language
		name = f"{frappe.generate_hash(length=8)}.csv"
		upload = frappe.get_doc(doctype="File", file_name=name, content=content, is_private=1).insert()
		self.addCleanup(Path(upload.get_full_path()).unlink, missing_ok=True)
		job = frappe.get_doc(
			doctype="Data Import", reference_doctype=doctype, import_type=kind, import_file=upload.file_url
		).insert()
		self.job = job
		with import_inside_a_test():
			importer = Importer(doctype, data_import=job)
			warnings = [row for row in importer.import_file.get_warnings() if row.get("type") != "info"]
			self.assertEqual(warnings, [])
			importer.import_data()
		return frappe.get_all(
			"Data Import Log",
			{"data_import": job.name},
			["success", "docname", "messages", "exception", "row_indexes"],
			order_by="log_index",
		)

	def take_sample(self, file: str, doctype: str, language: str, **options) -> list[frappe._dict]:
		return self.take(doctype, (SAMPLES / f"{file}.{language}.csv").read_bytes(), language, **options)

	def assert_all_taken(self, log: list[frappe._dict], count: int):
		self.assertEqual([(row.messages, row.exception) for row in log if not row.success], [])
		self.assertEqual(len(log), count)


class TestImportSamples(ImportCase):
	def test_every_sample_in_both_languages_and_none_twice(self):
		for language in LANGUAGES:
			for file, (doctype, count) in INSERTS.items():
				with self.subTest(file=file, language=language):
					self.assert_all_taken(self.take_sample(file, doctype, language), count)
			self.assert_roles_are_added(language)
			for file, (doctype, count) in INSERTS.items():
				with self.subTest(file=file, language=language, again=True):
					before = frappe.db.count(doctype)
					again = self.take_sample(file, doctype, language)
					self.assertEqual([row.success for row in again], [0] * count)
					for row in again:
						self.assertTrue(json.loads(row.messages), "the row says why")
					self.assertEqual(frappe.db.count(doctype), before)

	def assert_roles_are_added(self, language: str):
		"""User roles, the seventh type (S24.24), come by updating."""
		log = self.take_sample("user-roles", "User", language, kind="Update Existing Records")
		self.assert_all_taken(log, 1)
		self.assertEqual(
			{row.role for row in frappe.get_doc("User", log[0].docname).roles},
			{"Service Technician", "May Change Records"},
		)

	def test_what_a_customer_file_brings(self):
		self.take_sample("customers", "Service Customer", "en")
		anna = frappe.get_doc("Service Customer", {"member_no": "IMP-001"})
		self.assertEqual((anna.customer_name, anna.gold_customer), ("Anna Schmidt", 1))
		self.assertEqual([row.label for row in anna.other_phones], ["switchboard", "warehouse"])
		self.assertRegex(anna.name, r"^SC-\d{6}$")
		numbers = frappe.get_all("Caller Number", {"customer": anna.name}, pluck="number_key")
		self.assertIn("+493023125101", numbers)
		self.take_sample("customers", "Service Customer", "zh")
		customer = frappe.get_doc("Service Customer", {"member_no": "IMP-101"})
		self.assertEqual(customer.organisation, "沈阳某某制药有限公司")
		self.assertEqual([row.phone for row in customer.other_phones], ["024-84600201", "13900002002"])

	def test_what_a_ticket_file_brings(self):
		self.take_sample("tickets", "Service Ticket", "en")
		ticket = frappe.get_doc("Service Ticket", "IMP-2019-001")
		self.assertEqual(str(ticket.creation_date), "2019-04-02")
		self.assertTrue(ticket.phone_key)
		self.assertEqual(ticket.status, "New")

	def test_what_a_sale_file_brings(self):
		for file in ("customers", "products", "sales"):
			log = self.take_sample(file, INSERTS[file][0], "en")
		first = frappe.get_doc("Sale Record", log[0].docname)
		self.assertEqual((first.customer_name, first.total, first.status), ("Peter Jones", 4580, "Draft"))
		self.assertEqual([row.product for row in first.items], ["IMP-A2", None])
		first.submit()
		self.assertEqual(len(frappe.get_all("Customer Device", {"sale_record": first.name})), 2)
		# The same goods on another day, or others on the same day, are another sale.
		header = ["Customer", "Sale Date", "Product Name (Items)", "Quantity (Items)", "Rate (Items)"]
		rows = [
			["IMP-C-002", "2026-01-15", "Desk Fan", 2, 129.5],
			["IMP-C-002", "2026-01-16", "Desk Fan", 3, 9],
		]
		self.assertEqual(
			[row.success for row in self.take("Sale Record", table(header, rows * 2))], [1, 1, 0, 0]
		)

	def test_a_file_for_each_type_and_language(self):
		files = {path.name for path in SAMPLES.glob("*.csv")}
		expected = {f"{file}.{language}.csv" for file in [*INSERTS, "user-roles"] for language in LANGUAGES}
		self.assertEqual(files, expected)


def table(header: list[str], rows: list[list]) -> bytes:
	target = io.StringIO()
	csv.writer(target).writerows([header, *rows])
	return target.getvalue().encode()


class TestCustomerImport(ImportCase):
	HEADER = ("Customer Name", "Phone", "Member No.", "Gold Customer", "Phone Number (Other Phones)")

	def test_bad_rows_are_named_and_none_is_half_there(self):
		"""300 rows, every hundredth one bad in its own way; two bad ones follow each other."""
		rows = [[f"Bulk {n}", unique_phone(), f"BULK-{n}", 0, unique_phone()] for n in range(300)]
		rows[99][1] = "no number"
		rows[100][0] = " "
		rows[199][2] = "BULK-0"
		rows[299][4] = "none"
		log = self.take("Service Customer", table(list(self.HEADER), rows))
		bad = {json.loads(row.row_indexes)[0]: row for row in log if not row.success}
		# Numbers as a spreadsheet shows them, the header being row 1.
		self.assertEqual(sorted(bad), [101, 102, 201, 301])
		self.assertEqual(len(log), 300)
		self.assertIn("no number", bad[101].messages)
		self.assertIn("BULK-0", bad[201].messages)
		for number in (101, 201, 301):
			name, phone = rows[number - 2][:2]
			self.assertFalse(frappe.db.exists("Service Customer", {"customer_name": name}), number)
			self.assertFalse(frappe.db.exists("Caller Number", {"raw": phone}), number)
		self.assertEqual(frappe.db.count("Service Customer", {"customer_name": ["like", "Bulk %"]}), 296)
		self.assertEqual(frappe.db.get_value("Data Import", self.job.name, "status"), "Partial Success")

	def test_mended_file_adds_what_was_missing(self):
		rows = [["Mended 1", "13900005001", "", 0, ""], ["Mended 2", "no number", "", 0, ""]]
		self.assertEqual(
			[row.success for row in self.take("Service Customer", table(list(self.HEADER), rows))], [1, 0]
		)
		rows[1][1] = "13900005002"
		again = self.take("Service Customer", table(list(self.HEADER), rows))
		self.assertEqual([row.success for row in again], [0, 1])
		self.assertIn("SC-", again[0].messages)
		self.assertEqual(frappe.db.count("Service Customer", {"customer_name": ["like", "Mended %"]}), 2)

	def test_the_same_number_written_otherwise_is_the_same_customer(self):
		make_customer(customer_name="Otto Meyer", phone="+49 30 23125 777")
		rows = [["otto  meyer", "0049 (30) 23125777", "", 0, ""]]
		self.assertEqual(self.take("Service Customer", table(list(self.HEADER), rows))[0].success, 0)

	def test_namesakes_are_taken(self):
		make_customer(customer_name="Otto Meyer", phone=unique_phone(), member_no="OTTO-1")
		make_customer(customer_name="Otto Meyer")
		rows = [["Otto Meyer", unique_phone(), "OTTO-2", 0, ""], ["Otto Meyer", unique_phone(), "", 0, ""]]
		self.assertEqual(
			[row.success for row in self.take("Service Customer", table(list(self.HEADER), rows))], [1, 1]
		)

	def test_people_at_a_form_may_enter_namesakes(self):
		phone = unique_phone()
		make_customer(customer_name="Otto Meyer", phone=phone)
		make_customer(customer_name="Otto Meyer", phone=phone)

	def test_the_message_is_in_the_importers_language(self):
		make_customer(customer_name="重复客户", phone="13900005009")
		frappe.flags.in_import = True
		frappe.local.lang = "zh"
		with self.assertRaises(RepeatedRecordError) as caught:
			make_customer(customer_name="重复客户", phone="13900005009")
		self.assertIn("已存在", str(caught.exception))

	def test_importing_takes_the_right(self):
		job = frappe.get_doc(doctype="Data Import", reference_doctype="Service Customer")
		for roles, may in (
			(("Service Agent",), False),
			(("Service Agent", "May Import and Export"), True),
			(("Service Manager",), True),
		):
			frappe.set_user(user_with(*roles))
			if may:
				check_right(job)
			else:
				self.assertRaises(frappe.PermissionError, check_right, job)
		frappe.set_user(user_with("May Import and Export"))
		foreign = frappe.get_doc(doctype="Data Import", reference_doctype="User")
		self.assertRaises(frappe.PermissionError, check_right, foreign)

	def test_the_right_to_import_adds_and_changes_nothing(self):
		customer = make_customer(customer_name="Stays", remarks="as it was")
		make_product()
		frappe.set_user(user_with("May Import and Export"))
		content = table(["ID", "Remarks"], [[customer.name, "changed"]])
		log = self.take("Service Customer", content, kind="Update Existing Records")
		self.assertEqual([row.success for row in log], [0])
		self.assertEqual(frappe.db.get_value("Service Customer", customer.name, "remarks"), "as it was")

	def test_cost_of_a_row(self):
		"""Statements of the rules of customers, beside what Frappe needs for any document."""
		frappe.flags.in_import = True
		make_customer(phone=unique_phone())
		with self.assertQueryCount(16):
			make_customer(phone=unique_phone(), member_no=frappe.generate_hash(length=8))
