"""Frappe's own Excel and CSV exports, without formulas: what somebody wrote must not run at whoever opens the file.

`override_whitelisted_methods` in hooks.py sends Frappe's two exports here. Frappe writes the file; it is changed only if a text in
it begins like a formula. Numbers stay numbers, negative ones too.
"""

import re
from io import BytesIO
from zipfile import ZipFile

import frappe
from frappe import _
from frappe.desk import query_report, reportview
from frappe.desk.utils import pop_csv_params
from openpyxl import load_workbook

from aftersales.utils.access import check_permission

# What spreadsheets take for the beginning of a formula, the wide signs of Chinese keyboards too.
SIGNS = "=+-@\t\r＝＋－＠"
# Amounts, telephone numbers and the dash of an empty cell begin so as well, and do nothing.
HARMLESS = re.compile(r"[+-][\d\s.,()+-]*%?")


@frappe.whitelist()
def export_report(report_name: str) -> None:
	"""Answer as `frappe.desk.query_report.export_query` does, which reads the other values of the request.

	:param report_name: name of the Report.
	:raises frappe.PermissionError: the user may not see or not export the report.
	"""
	check_permission(query_report.get_report_doc(report_name).ref_doctype, "report")
	query_report.export_query()
	guard_response()


@frappe.whitelist()
def export_list(doctype: str) -> None:
	"""Answer as `frappe.desk.reportview.export_query` does, which reads the other values of the request.

	:param doctype: DocType of the list.
	:raises frappe.PermissionError: the user may not read or not export the documents.
	"""
	ptype = "select" if frappe.only_has_select_perm(doctype) else "read"
	parent = frappe.form_dict.get("parent_doctype") or doctype
	if not frappe.has_permission(doctype, ptype, parent_doctype=parent):
		frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)
	reportview.export_query()
	guard_response()


def guard_response() -> None:
	"""Make texts of the formulas in the Excel or CSV file that the answer holds, if it holds one."""
	content, name = frappe.response.get("filecontent"), frappe.response.get("filename") or ""
	if not content or frappe.response.get("type") != "binary":
		return
	if name.endswith(".xlsx"):
		frappe.response["filecontent"] = without_formulas(content)
	elif name.endswith(".csv"):
		delimiter = pop_csv_params(frappe._dict(frappe.form_dict))["delimiter"]
		frappe.response["filecontent"] = with_apostrophes(content.decode("utf-8"), delimiter).encode("utf-8")


def without_formulas(content: bytes) -> bytes:
	"""Return an Excel file in which each formula is the text that it was made of, also when somebody edits the cell."""
	with ZipFile(BytesIO(content)) as parts:
		sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
		if not any(b"<f>" in parts.read(name) for name in sheets):
			return content
	book, file = load_workbook(BytesIO(content)), BytesIO()
	for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
		if cell.data_type == "f":
			cell.data_type, cell.quotePrefix = "s", True
	book.save(file)
	return file.getvalue()


def with_apostrophes(text: str, delimiter: str = ",") -> str:
	"""Return the text of a CSV file in which an apostrophe stands before whatever begins like a formula."""

	def harmless(field: re.Match) -> str:
		quote, value = ('"', field[0][1:-1]) if field[0].startswith('"') else ("", field[0])
		if not value.startswith(tuple(SIGNS)) or HARMLESS.fullmatch(value):
			return field[0]
		return f"{quote}'{value}{quote}"

	return re.sub(
		rf'"(?:[^"]|"")*"|[^"{re.escape(delimiter)}\r\n][^{re.escape(delimiter)}\r\n]*', harmless, text
	)
