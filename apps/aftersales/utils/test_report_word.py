import json
from io import BytesIO

import frappe
from docx import Document
from docx.oxml.ns import qn
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories
from aftersales.utils import report_word
from aftersales.utils.report import column
from aftersales.utils.report_word import WordExportError, export_report
from aftersales.utils.word import parts_of, write_table

YEAR = 2009  # no other test or demo has tickets of it
REPORT = "Record Statistics"


def cells_of(content: bytes) -> list[list[str]]:
	return [[cell.text for cell in row.cells] for row in Document(BytesIO(content)).tables[0].rows]


class TestReportWord(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.category = factories.make_product_category().name
		product = factories.make_product(product_category=cls.category).name
		for record_type, day in (("Complaint", "01-01"), ("Complaint", "02-28"), ("Enquiry", "03-01")):
			factories.make_ticket(
				product=product,
				record_type=record_type,
				lot_no="L",
				creation_date=f"{YEAR}-{day}",
				acceptance_date=f"{YEAR}-{day}",
			)

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")
		for key in ("filename", "filecontent", "type"):
			self.addCleanup(frappe.local.response.pop, key, None)

	def export(self, **more) -> list[list[str]]:
		filters = json.dumps({"mode": "Record Type", "period": "Year", "year": YEAR})
		export_report(REPORT, filters=filters, **more)
		self.assertEqual(frappe.response["filename"], f"{REPORT}.docx")
		return cells_of(frappe.response["filecontent"])

	def test_the_rows_the_columns_and_the_totals_of_the_screen(self):
		frappe.set_user(factories.user_with("Service Manager"))
		cells = self.export()
		self.assertEqual(cells[0][0], "Record Type")
		self.assertEqual([row[0] for row in cells[1:]], ["Complaint", "Enquiry", "Total"])
		cells = self.export(columns='["total", "label"]')
		self.assertEqual(cells[1:], [["2", "Complaint"], ["1", "Enquiry"], ["3", ""]])
		cells = self.export(columns='["label", "total"]', rows="[1]")
		self.assertEqual(cells[1:], [["Enquiry", "1"], ["Total", "1"]])
		cells = self.export(columns='["label", "total"]', rows="[1, 0]")
		self.assertEqual([row[0] for row in cells[1:3]], ["Enquiry", "Complaint"])

	def test_title_notes_head_and_foot(self):
		self.export(notes='["Year: 2009"]')
		document = Document(BytesIO(frappe.response["filecontent"]))
		self.assertEqual([text.text for text in document.paragraphs][:2], [REPORT, "Year: 2009"])
		self.assertIn("Administrator", document.sections[0].footer.paragraphs[0].text)
		head = document.tables[0].rows[0]._tr
		self.assertIsNotNone(head.trPr.find(qn("w:tblHeader")))

	def test_it_is_written_down_who_took_it(self):
		self.export()
		log = frappe.get_last_doc("Access Log")
		self.assertEqual((log.report_name, log.file_type, log.method), (REPORT, "Word", "Export"))

	def test_nothing_and_too_much(self):
		nothing = json.dumps({"mode": "Record Type", "period": "Year", "year": 1951})
		with self.assertRaises(WordExportError):
			export_report(REPORT, filters=nothing)
		with self.assertRaises(WordExportError):
			report_word.chosen_rows({"result": [{"a": 1}] * (report_word.MOST_ROWS + 1)}, [])
		with self.assertRaises(WordExportError):
			report_word.chosen_columns({"columns": [column("a", "A")]}, ["b"])

	def test_what_is_no_json_is_refused(self):
		for wrong in ({"filters": "{"}, {"rows": '{"a": 1}'}, {"columns": '"x"'}, {"notes": "7"}):
			with self.assertRaises(WordExportError):
				export_report(REPORT, **wrong)

	def test_cells_as_people_read_them(self):
		read = lambda value, kind, **more: report_word.text_of(value, column("x", "X", kind, **more), {})  # noqa: E731
		self.assertEqual(read(None, "Int"), "")
		self.assertEqual(read(0, "Int"), "0")
		self.assertEqual(read(1, "Check"), "Yes")
		self.assertEqual(read("<b>bold</b> text", "Data"), "bold text")
		self.assertEqual(read(12.5, "Percent"), "12.5%")
		self.assertEqual(read("=1+1", "Data"), "=1+1")

	def test_shares_have_no_total(self):
		columns = [
			column("name", "Name"),
			column("share", "Share", "Percent", disable_total=True),
			column("n", "N", "Int"),
		]
		rows = [{"name": "a", "share": 50, "n": 1}, {"name": "b", "share": 50, "n": 2}]
		self.assertEqual(
			report_word.total_of({"add_total_row": 1}, rows, columns), [frappe._("Total"), "", "3"]
		)
		self.assertIsNone(report_word.total_of({"add_total_row": 0}, rows, columns))

	def test_the_sum_has_its_word_beside_days_too(self):
		columns = [column("day", "Day", "Date"), column("n", "N", "Int")]
		total = report_word.total_of({"add_total_row": 1}, [{"day": "2009-01-01", "n": 2}], columns)
		self.assertEqual(total, [frappe._("Total"), "2"])

	def test_figures_and_words_are_not_broken(self):
		head = [
			{"label": "Remarks", "width": 900, "right": False},
			{"label": "N", "width": 10, "right": True},
		]
		content = write_table(
			"Title", [], head, [["one two", "CNY 1,260.00"], ["中文" * 90, ""]], None, "foot"
		)
		wide, narrow = (
			int(part.get(qn("w:w"))) for part in Document(BytesIO(content)).tables[0]._tbl.tblGrid
		)
		self.assertGreater(narrow, 12 * 9 * 12)
		self.assertGreater(wide, 3 * narrow)
		self.assertEqual(parts_of(100, [1, 3], [40, 10]), [40, 60])
		self.assertEqual(parts_of(100, [1, 1], [150, 50]), [75, 25])

	def test_any_text_and_many_rows_make_a_document(self):
		head = [{"label": str(number), "width": 100, "right": False} for number in range(8)]
		rows = [["中文 & <b> \x00\x1f end"] * 8] * 500
		content = write_table("标题", [], head, rows, None, "foot")
		cells = cells_of(content)
		self.assertEqual((len(cells), cells[1][0]), (501, "中文 & <b>  end"))
		document = Document(BytesIO(content))
		section = document.sections[0]
		self.assertGreater(section.page_width, section.page_height)
		# Word refuses a file whose elements stand in another order.
		table = document.tables[0]._tbl
		names = [child.tag.rpartition("}")[2] for child in table.tblPr]
		order = ["tblStyle", "tblW", "jc", "tblLayout", "tblLook"]
		self.assertEqual(names, [name for name in order if name in names])
		widths = [int(column.get(qn("w:w"))) for column in table.tblGrid]
		self.assertEqual(len(widths), 8)
		self.assertLessEqual(sum(widths), (section.page_width - 2 * section.left_margin) // 635)

	def test_security_who_may_not_export(self):
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Aftersales Bridge"),
			factories.user_with("Parts Keeper"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, export_report, REPORT)

	def test_signs_that_no_document_holds_are_left_out(self):
		head = [{"label": "A\x01", "width": 100, "right": False}]
		content = write_table("Ti\x0btle", ["No\x00te"], head, [["va\x02lue"]], None, "fo\x03ot")
		texts = [paragraph.text for paragraph in Document(BytesIO(content)).paragraphs]
		self.assertEqual(texts[:2], ["Title", "Note"])
		self.assertEqual(cells_of(content), [["A"], ["value"]])
