"""The sample files in fixtures/import are taken by Frappe's Data Import as they are."""

from pathlib import Path

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.tests.utils import FrappeTestCase

SAMPLES = Path(__file__).resolve().parents[3] / "fixtures" / "import"
# Data Import commits each row, so what these tests make is deleted by hand.
MADE = {
	"Service Customer": {"member_no": ["like", "IMP-%"]},
	"Product": {"product_code": ["like", "IMP-%"]},
}


class TestImportSamples(FrappeTestCase):
	def setUp(self):
		self.uploads = []
		self.remove()

	def tearDown(self):
		frappe.local.lang = "en"
		self.remove()

	def remove(self):
		for doctype, filters in MADE.items():
			for name in frappe.get_all(doctype, filters, pluck="name"):
				frappe.delete_doc(doctype, name, force=True)
		for phone in ("+44 20 7946 0501", "010-84600102", "13900002003", "13900002004"):
			for name in frappe.get_all("Service Customer", {"phone": phone}, pluck="name"):
				frappe.delete_doc("Service Customer", name, force=True)
		for name in frappe.get_all("Data Import", {"reference_doctype": ["in", list(MADE)]}, pluck="name"):
			frappe.db.delete("Data Import Log", {"data_import": name})
			frappe.delete_doc("Data Import", name, force=True)
		for name in self.uploads:
			frappe.delete_doc("File", name, force=True)
		self.uploads = []
		frappe.db.commit()

	def take(self, doctype: str, file: str, language: str) -> list[frappe._dict]:
		"""Import a sample file and return the log, one entry per document."""
		frappe.local.lang = language
		content = (SAMPLES / file).read_bytes()
		upload = frappe.get_doc(doctype="File", file_name=file, content=content, is_private=1).insert()
		self.uploads.append(upload.name)
		job = frappe.get_doc(
			doctype="Data Import",
			reference_doctype=doctype,
			import_type="Insert New Records",
			import_file=upload.file_url,
		).insert()
		importer = Importer(doctype, data_import=job)
		self.assertEqual([w for w in importer.import_file.get_warnings() if w.get("type") != "info"], [])
		importer.import_data()
		return frappe.get_all(
			"Data Import Log",
			{"data_import": job.name},
			["success", "docname", "messages"],
			order_by="log_index",
		)

	def assert_all_taken(self, log: list[frappe._dict], count: int):
		self.assertEqual([(row.messages, row.exception) for row in log if not row.success], [])
		self.assertEqual(len(log), count)

	def test_customers_in_english(self):
		log = self.take("Service Customer", "customers.en.csv", "en")
		self.assert_all_taken(log, 4)
		anna = frappe.get_doc("Service Customer", {"member_no": "IMP-001"})
		self.assertEqual((anna.customer_name, anna.gold_customer), ("Anna Schmidt", 1))
		self.assertEqual([row.label for row in anna.other_phones], ["switchboard", "warehouse"])
		self.assertRegex(anna.name, r"^SC-\d{6}$")
		numbers = frappe.get_all("Caller Number", {"customer": anna.name}, pluck="number_key")
		self.assertIn("+493023125101", numbers)

	def test_customers_in_chinese(self):
		log = self.take("Service Customer", "customers.zh.csv", "zh")
		self.assert_all_taken(log, 4)
		customer = frappe.get_doc("Service Customer", {"member_no": "IMP-101"})
		self.assertEqual(customer.organisation, "沈阳某某制药有限公司")
		self.assertEqual([row.phone for row in customer.other_phones], ["024-84600201", "13900002002"])

	def test_products_in_both_languages(self):
		self.assert_all_taken(self.take("Product", "products.en.csv", "en"), 3)
		self.assertEqual(frappe.db.get_value("Product", "IMP-A1", ["price", "warranty_months"]), (129.5, 12))
		self.assert_all_taken(self.take("Product", "products.zh.csv", "zh"), 3)
		self.assertEqual(frappe.db.get_value("Product", "IMP-B1", "product_name"), "台式离心机")

	def test_same_file_twice_takes_nothing_twice(self):
		self.take("Product", "products.en.csv", "en")
		again = self.take("Product", "products.en.csv", "en")
		self.assertEqual([row.success for row in again], [0, 0, 0])
		self.assertEqual(frappe.db.count("Product", MADE["Product"]), 3)
