"""Every print format that the app brings is printed from a real document, in both languages (3.6, S7.44)."""

import json
import re
from functools import cache
from pathlib import Path

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import escape_html
from frappe.www.printview import get_html_and_style

from aftersales.setup.records import read_records
from aftersales.testing.factories import maker_of, unique
from aftersales.testing.field import make_service_order, make_slip_hint

APP = Path(frappe.get_app_path("aftersales"))
MM_PER_POINT = 25.4 / 72
# DocType -> the papers that it is printed on, beside the one that administrators design further.
PAPERS = {
	"Service Order": {"A4", "80 mm", "58 mm", "241 x 140 mm", "241 x 93 mm"},
	"Service Ticket": {"A4", "80 mm", "58 mm"},
	"Customer Goods Receipt": {"A4", "80 mm", "58 mm"},
	"Part Stock Entry": {"A4", "80 mm", "58 mm", "241 x 140 mm", "241 x 93 mm"},
	"Customer Complaint": {"A4"},
	"Follow-up": {"A4"},
	"Exchange Order": {"A4"},
	"Factory Return": {"A4"},
	"Check Record": {"A4"},
	"Stock Count": {"A4"},
	"Sale Record": {"A4", "80 mm", "58 mm", "241 x 140 mm"},
	"Service Payment": {"A4", "80 mm", "58 mm"},
	"Settlement": {"A4"},
}
DESIGNED = (
	"Service Order",
	"Service Ticket",
	"Customer Complaint",
	"Follow-up",
	"Customer Goods Receipt",
	"Exchange Order",
	"Part Stock Entry",
	"Part Order",
	"Sale Record",
	"Service Payment",
	"Settlement",
)
# Format -> width and height in mm; None: as long as what stands on it.
SIZES = {
	"Service Order Slip": (210, 297),
	"Service Order Slip 58 mm": (58, None),
	"After-sales Service Slip 80 mm": (80, None),
	"Order Settlement Slip 241 x 140 mm": (241, 140),
	"Service Order Slip 241 x 93 mm": (241, 93),
}


@cache
def shipped() -> tuple[dict, ...]:
	"""Return the print formats as the files of the app have them."""
	files = [json.loads(path.read_text(encoding="utf-8")) for path in APP.glob("*/print_format/*/*.json")]
	records = [record for record in read_records("records") if record["doctype"] == "Print Format"]
	return tuple(sorted(files + records, key=lambda row: row["name"]))


def paper_of(name: str) -> str:
	"""Return the paper that a format's name tells."""
	found = re.search(r"(241 x \d+|80|58) mm", name)
	return found.group() if found else "A4"


def with_report_type() -> dict:
	"""Return what a customer needs for the customer report."""
	return {"report_type": maker_of("Customer Report Type")().name}


class TestPrintFormats(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def html(self, row: dict, name: str, language: str) -> str:
		"""Return what the Desk's print page shows."""
		frappe.local.lang = language
		return get_html_and_style(row["doc_type"], name, print_format=row["name"])["html"]

	def test_each_one_prints_a_real_document(self):
		by_doctype: dict[str, list[dict]] = {}
		for row in shipped():
			by_doctype.setdefault(row["doc_type"], []).append(row)
		for doctype, rows in by_doctype.items():
			frappe.local.lang = "en"
			document = maker_of(doctype)(**(with_report_type() if doctype == "Service Customer" else {}))
			for row in rows:
				with self.subTest(row["name"]):
					english = self.html(row, document.name, "en")
					chinese = self.html(row, document.name, "zh")
					for html in (english, chinese):
						self.assertNotIn("{{", html)
						self.assertNotIn("{%", html)
						self.assertTrue(
							escape_html(document.name) in html or escape_html(document.get_title()) in html
						)
					self.assertRegex(chinese, "[\u4e00-\u9fff]{2}")

	def test_each_document_has_its_papers(self):
		found: dict[str, set[str]] = {}
		for row in shipped():
			if row["standard"] == "Yes":
				found.setdefault(row["doc_type"], set()).add(paper_of(row["name"]))
		for doctype, papers in PAPERS.items():
			with self.subTest(doctype):
				self.assertLessEqual(papers, found.get(doctype, set()))

	def test_main_documents_have_one_to_design_further(self):
		for doctype in DESIGNED:
			rows = [row for row in shipped() if row["doc_type"] == doctype and row["standard"] == "No"]
			self.assertTrue(rows, doctype)
			for row in rows:
				self.assertTrue(row["print_format_builder"])
				meta = frappe.get_meta(doctype)
				for field in json.loads(row["format_data"]):
					name = field.get("fieldname")
					if name and not field.get("options"):
						self.assertTrue(meta.has_field(name), f"{row['name']}: {name}")

	def test_what_people_duplicate_is_what_is_printed(self):
		for path in APP.glob("*/print_format/*/*.html"):
			row = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
			self.assertEqual(row["html"], path.read_text(encoding="utf-8"), path.name)

	def test_a_state_has_the_word_of_its_document(self):
		sale = maker_of("Sale Record")()
		sale.db_set("status", "Unpaid")
		for row in shipped():
			if row["doc_type"] == sale.doctype and row["name"].startswith("Sales Slip"):
				self.assertIn(" · 未收款", self.html(row, sale.name, "zh"), row["name"])

	def test_slips_bear_hints(self):
		order = make_service_order().name
		hint = make_slip_hint(text_en=unique("Bring it along"), text_zh=unique("请携带"))
		for row in shipped():
			if row["doc_type"] == "Service Order":
				self.assertIn(hint.text_en, self.html(row, order, "en"), row["name"])
				self.assertIn(hint.text_zh, self.html(row, order, "zh"), row["name"])

	def test_paper_is_of_the_size_that_the_name_tells(self):
		order = make_service_order(
			address="大连市中山区人民路 88 号海景大厦 12 楼 1203 室",
			symptom="冷藏室不制冷，" * 12,
			content="It leaks. " * 30,
		)
		frappe.local.lang = "zh"
		for name, (width, height) in SIZES.items():
			with self.subTest(name):
				pdf = frappe.get_print("Service Order", order.name, name, as_pdf=True)
				box = re.search(rb"/MediaBox\s*\[([^\]]+)\]", pdf).group(1).split()
				self.assertEqual(round(float(box[2]) * MM_PER_POINT), width)
				if height:
					self.assertEqual(round(float(box[3]) * MM_PER_POINT), height)
				self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1)
