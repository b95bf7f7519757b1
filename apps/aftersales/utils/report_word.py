"""Any report as a Word document, beside Frappe's Excel, CSV and PDF (S7.45, 导出到Excel或word)."""

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.desk.query_report import add_total_row, get_report_doc, run
from frappe.desk.utils import provide_binary_file
from frappe.permissions import can_export
from frappe.translate import get_translated_doctypes
from frappe.utils import cint, cstr, flt, format_datetime, get_fullname, now_datetime, strip_html

from aftersales.utils.access import check_permission
from aftersales.utils.word import write_table

# A document that somebody leafs through; figures of that size are for a spreadsheet.
MOST_ROWS = 3000
MOST_COLUMNS = 40
FIGURES = ("Int", "Float", "Currency", "Percent", "Duration")


class WordExportError(frappe.ValidationError):
	"""The report cannot become a Word document."""


@frappe.whitelist(methods=["POST"])
def export_report(
	report_name: str,
	filters: str = "{}",
	columns: str = "[]",
	rows: str = "[]",
	notes: str = "[]",
	custom_columns: str = "[]",
) -> None:
	"""Answer with a report as a Word document, as it stands on the user's screen.

	The report runs anew with the user's rights; the browser says only which of its rows and columns are shown.

	:param report_name: name of the Report.
	:param filters: JSON object of its filters.
	:param columns: JSON list of fieldnames in the order shown; empty for all.
	:param rows: JSON list of the numbers of the rows, from 0, in the order shown; empty for all.
	:param notes: JSON list of lines below the title: what the filters say.
	:param custom_columns: JSON list of columns that the user added from linked documents.
	:raises frappe.PermissionError: the user may not see or not export the report.
	:raises WordExportError: there is nothing to export, or too much.
	"""
	report = get_report_doc(report_name)
	check_permission(report.ref_doctype, "report")
	can_export(report.ref_doctype, raise_exception=True)
	result = frappe._dict(
		run(
			report_name,
			_parsed(filters, dict),
			custom_columns=_parsed(custom_columns, list),
			are_default_filters=False,
		)
	)
	found = chosen_rows(result, _parsed(rows, list))
	shown = chosen_columns(result, _parsed(columns, list))
	content = write_table(
		_(report_name),
		[cstr(note)[:500] for note in _parsed(notes, list)][:30],
		[_head(column) for column in shown],
		texts(found, shown),
		total_of(result, found, shown),
		f"{format_datetime(now_datetime())}   {get_fullname()}",
	)
	make_access_log(
		report_name=report_name, filters=_parsed(filters, dict), file_type="Word", method="Export"
	)
	provide_binary_file(report_name, "docx", content)


def _parsed(text: str, kind: type) -> dict | list:
	"""Return what the browser sent as JSON.

	:raises WordExportError: it is something else.
	"""
	try:
		value = frappe.parse_json(text or "null") or kind()
	except ValueError:
		value = None
	if not isinstance(value, kind):
		frappe.throw(_("The report could not be read. Load the page again."), WordExportError)
	return value


def chosen_rows(result: dict, wanted: Sequence[int]) -> list[dict]:
	"""Return the rows that are shown, without Frappe's row of totals.

	:raises WordExportError: there are none, or more than a document should have.
	"""
	rows = list(result.get("result") or [])
	if rows and result.get("add_total_row"):
		rows.pop()
	if wanted:
		rows = [rows[cint(number)] for number in wanted if 0 <= cint(number) < len(rows)]
	if not rows:
		frappe.throw(_("The report has no rows. Choose other filters."), WordExportError)
	if len(rows) > MOST_ROWS:
		frappe.throw(
			_(
				"A Word document holds up to {0} rows, the report has {1}. Narrow the filters, or export to Excel."
			).format(MOST_ROWS, len(rows)),
			WordExportError,
			title=_("Too Many Rows"),
		)
	return rows


def chosen_columns(result: dict, wanted: Sequence[str]) -> list[dict]:
	"""Return the columns that are shown, in order.

	:raises WordExportError: there are none, or more than fit on a page.
	"""
	known = {
		column["fieldname"]: column for column in result.get("columns") or [] if not column.get("hidden")
	}
	columns = (
		[known[cstr(name)] for name in wanted if cstr(name) in known] if wanted else list(known.values())
	)
	if not 0 < len(columns) <= MOST_COLUMNS:
		frappe.throw(
			_("Show between 1 and {0} columns to export them to Word.").format(MOST_COLUMNS), WordExportError
		)
	return columns


def texts(rows: Sequence[dict], columns: Sequence[dict]) -> list[list[str]]:
	"""Return the cells as people read them."""
	translated = set(get_translated_doctypes())
	found = []
	for row in rows:
		cells = [text_of(row.get(column["fieldname"]), column, row, translated) for column in columns]
		cells[0] = "    " * cint(row.get("indent")) + cells[0]
		found.append(cells)
	return found


def text_of(value, column: dict, row: dict, translated: set[str] = frozenset()) -> str:
	"""Return one cell as people read it.

	:param translated: DocTypes whose names are translated.
	"""
	if value is None or value == "":
		return ""
	kind = column.get("fieldtype")
	if kind == "Check":
		return _("Yes") if cint(value) else _("No")
	if kind == "Int":
		return cstr(cint(value))
	if kind in ("Link", "Select", "Dynamic Link"):
		return _(cstr(value)) if kind == "Select" or column.get("options") in translated else cstr(value)
	if kind in ("Data", "HTML", "Text", "Small Text", "Long Text", "Text Editor"):
		return strip_html(cstr(value).replace("<br>", "\n")).strip()
	return cstr(frappe.format_value(value, column, frappe._dict(row)))


def total_of(result: dict, rows: Sequence[dict], columns: Sequence[dict]) -> list[str] | None:
	"""Return the row of totals over the rows that are shown, where the report has one.

	What says that it has no total (shares, averages) has none here either.
	"""
	if not result.get("add_total_row"):
		return None
	total = add_total_row(list(rows), list(columns)).pop()
	cells = []
	for number, column in enumerate(columns):
		is_figure = column.get("fieldtype") in FIGURES
		if is_figure:
			# Frappe leaves out what adds up to nothing.
			cells.append("" if column.get("disable_total") else text_of(flt(total[number]), column, {}))
		else:
			# Frappe finds no place for the word where the first column holds days; its table on the screen does.
			cells.append("" if number else cstr(total[number]) or _("Total"))
	return cells


def _head(column: dict) -> dict:
	return {
		"label": _(column.get("label") or ""),
		"width": cint(column.get("width")) or 120,
		"right": column.get("fieldtype") in FIGURES,
	}
