"""Part orders from a file (S16.05, S16.06): every bad line is told with what is wrong; then nothing is made at all."""

import csv
import io
from collections.abc import Iterable, Sequence

import frappe
from frappe import _
from frappe.utils import cint, flt
from frappe.utils.xlsxutils import read_xlsx_file_from_attached_file

from aftersales.spare_parts.doctype.part_order.part_order import ORDERER
from aftersales.utils.access import check_permission

MOST_ROWS = 2000
LARGEST = 5 * 1024 * 1024
LARGEST_QTY = 1_000_000
# Headings, without case, dots and spaces, in both languages.
HEADINGS = {
	"part": {
		"partno",
		"partnumber",
		"sparepart",
		"part",
		"备件编号",
		"备件编码",
		"备件号",
		"配件编号",
		"料号",
		"编号",
		"备件",
	},
	"bar_code": {"barcode", "条码", "条形码"},
	"qty": {"quantity", "qty", "数量", "订购数量"},
	"price": {"price", "单价", "价格"},
	"remark": {"remark", "remarks", "备注"},
}
# What files saved in China and elsewhere are written in.
ENCODINGS = ("utf-8-sig", "gb18030")


class UploadError(frappe.ValidationError):
	"""The file cannot be read as an order."""


@frappe.whitelist(methods=["POST"])
def upload(file_name: str, order_kind: str, orderer: str, needed_by: str | None = None) -> dict:
	"""Make a draft order from an uploaded file, or tell what is wrong with its lines.

	:param file_name: name of the File; xlsx or csv with the headings Part No. (or Bar Code) and Quantity, and perhaps
	        Price and Remark, in English or Chinese.
	:param order_kind: Outlet, Dealer or Technician.
	:param orderer: name of that outlet, dealer or technician.
	:param needed_by: day.
	:returns: `order`, or `problems`: dicts with `row` (as in the file), `part`, `problem`. Never both.
	:raises frappe.PermissionError: the user may not make orders, or not read the file.
	:raises UploadError: it is no such file, too large, or lacks a heading.
	"""
	check_permission("Part Order", "create")
	file = frappe.get_doc("File", file_name)
	file.check_permission("read")
	if order_kind not in ORDERER:
		frappe.throw(_("Choose the outlet, the dealer or the technician that orders."), UploadError)
	items, problems = read_items(rows_of(file.file_name, content_of(file)))
	if problems:
		return {"problems": problems}
	order = frappe.get_doc(
		{
			"doctype": "Part Order",
			"order_kind": order_kind,
			ORDERER[order_kind]: orderer,
			"needed_by": needed_by,
			"uploaded_file": file.file_name,
			"items": items,
		}
	).insert()
	return {"order": order.name}


def content_of(file) -> bytes:
	"""Return the bytes of an uploaded file.

	:raises UploadError: it is too large.
	"""
	if cint(file.file_size) > LARGEST:
		frappe.throw(_("The file is larger than {0} MB.").format(LARGEST // 1024 // 1024), UploadError)
	content = file.get_content()
	return content.encode() if isinstance(content, str) else content


def rows_of(file_name: str, content: bytes) -> list[Sequence]:
	"""Return the cells of a file's first sheet.

	:param file_name: its ending says what it is.
	:raises UploadError: it is no xlsx or csv file, or damaged.
	"""
	ending = (file_name or "").lower().rpartition(".")[2]
	if ending == "xlsx":
		try:
			return read_xlsx_file_from_attached_file(fcontent=content)
		except Exception:  # openpyxl raises whatever a damaged archive or sheet brings up
			frappe.throw(_("The file is damaged, or no Excel file. Save it as .xlsx once more."), UploadError)
	if ending == "csv":
		text = decode(content)
		return list(csv.reader(io.StringIO(text), delimiter=delimiter_of(text)))
	frappe.throw(_("Choose a file of the kind .xlsx or .csv."), UploadError)


def decode(content: bytes) -> str:
	"""Return a file's text.

	:raises UploadError: it is in no encoding that is known.
	"""
	for encoding in ENCODINGS:
		try:
			return content.decode(encoding)
		except UnicodeDecodeError:
			continue
	frappe.throw(_("The characters of the file cannot be read. Save it as UTF-8 or as .xlsx."), UploadError)


def delimiter_of(text: str) -> str:
	"""Return what separates the cells: that of comma, semicolon and tab which the first line has most of."""
	first = text.lstrip("\r\n").partition("\n")[0]
	return max(",;\t", key=first.count)


def read_items(rows: Iterable[Sequence], everybody: bool = False) -> tuple[list[dict], list[dict]]:
	"""Return the lines of an order and the problems of the file; rows are counted as the file shows them.

	:param everybody: whoever asks may order every part, without a right on the list of parts: dealers in the portal.
	:raises UploadError: a heading is missing, or there are no lines or too many.
	"""
	numbered = [
		(number, [_text(cell) for cell in row])
		for number, row in enumerate(rows, 1)
		if any(_text(cell) for cell in row)
	]
	if not numbered:
		frappe.throw(_("The file is empty."), UploadError)
	places = columns_of(numbered[0][1])
	lines = [(number, _cells(row, places)) for number, row in numbered[1:]]
	if not lines or len(lines) > MOST_ROWS:
		frappe.throw(
			_("The file has {0} lines with parts; from 1 to {1} are possible.").format(len(lines), MOST_ROWS),
			UploadError,
		)
	known = parts_of(lines, everybody)
	items, problems, seen = [], [], {}
	for number, cells in lines:
		part = known.get(("part", cells["part"].casefold())) or known.get(
			("bar_code", cells["bar_code"].casefold())
		)
		problem = problem_of(cells, part, seen)
		if problem:
			problems.append({"row": number, "part": cells["part"] or cells["bar_code"], "problem": problem})
			continue
		seen[part.name] = number
		price = number_of(cells["price"]) if cells["price"] else None
		items.append(
			{
				"spare_part": part.name,
				"qty": number_of(cells["qty"]),
				"price": price,
				"remark": cells["remark"][:140],
			}
		)
	return items, problems


def columns_of(headings: list[str]) -> dict[str, int]:
	"""Return where each column is.

	:raises UploadError: the part or the quantity is missing.
	"""
	plain = ["".join(char for char in heading.casefold() if char.isalnum()) for heading in headings]
	places = {}
	for column, names in HEADINGS.items():
		place = next((index for index, heading in enumerate(plain) if heading in names), None)
		if place is not None:
			places[column] = place
	if "qty" not in places or not {"part", "bar_code"} & set(places):
		frappe.throw(
			_("The first line must hold the headings {0} and {1}.").format(
				frappe.bold(_("Part No.")), frappe.bold(_("Quantity"))
			),
			UploadError,
			title=_("Headings Missing"),
		)
	return places


def parts_of(lines: list[tuple[int, dict]], everybody: bool = False) -> dict[tuple[str, str], frappe._dict]:
	"""Return the parts that lines name, by ("part" or "bar_code", what they write, without case); two statements."""
	known = {}
	for column, field in (("bar_code", "bar_code"), ("part", "name")):
		values = {cells[column] for _number, cells in lines if cells[column]}
		if not values:
			continue
		found = frappe.get_list(
			"Spare Part",
			filters={field: ("in", list(values))},
			fields=["name", "bar_code", "disabled"],
			limit_page_length=0,
			ignore_permissions=everybody,
		)
		known |= {(column, row[field].casefold()): row for row in found}
	return known


def problem_of(cells: dict, part: frappe._dict | None, seen: dict[str, int]) -> str | None:
	"""Return what is wrong with a line in a sentence, None if nothing is."""
	if not cells["part"] and not cells["bar_code"]:
		return _("The part number is missing.")
	if not part:
		return _("There is no such part.")
	if part.disabled:
		return _("The part is no longer used.")
	if part.name in seen:
		return _("The part is in row {0} already. Put the quantities together.").format(seen[part.name])
	qty = number_of(cells["qty"])
	if qty is None or not 0 < qty <= LARGEST_QTY:
		return _("The quantity {0} is not a number above zero.").format(f"“{cells['qty']}”")
	price = number_of(cells["price"]) if cells["price"] else 0
	if price is None or price < 0:
		return _("The price {0} is not a number.").format(f"“{cells['price']}”")
	return None


def number_of(text: str) -> float | None:
	"""Return a number as people write it, with grouping commas; None if it is none."""
	text = text.replace(",", "").replace("，", "").replace(" ", "")
	try:
		value = float(text)
	except ValueError:
		return None
	return flt(value, 3) if value == value and abs(value) != float("inf") else None


def _cells(row: list[str], places: dict[str, int]) -> dict[str, str]:
	return {
		column: row[places[column]] if column in places and places[column] < len(row) else ""
		for column in HEADINGS
	}


def _text(cell: object) -> str:
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)  # Excel keeps a part number of digits as 1001.0
	return "" if cell is None else str(cell).strip()
