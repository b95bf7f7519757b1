"""Writes the snapshot as a workbook, one sheet per part, row by row (S1.41)."""

from pathlib import Path

from frappe import _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from aftersales.aftersales.emergency.parts import Part, labels_of

LONGEST = 32_000  # characters in a cell; Excel takes 32,767
MOST_ROWS = 1_048_000  # in a sheet


class WorkbookWriter:
	"""Writes rows as they come; call `start_part`, `add` and at the end `save`."""

	def __init__(self):
		self.book = Workbook(write_only=True)
		self.part: Part | None = None
		self.sheet = None
		self.rows = 0

	def start_part(self, part: Part) -> None:
		"""Begin a sheet for a part."""
		self.part = part
		self._new_sheet(_(part.title))

	def add(self, row: list[str]) -> None:
		"""Write a row; a full sheet is followed by another one."""
		if self.rows >= MOST_ROWS:
			self._new_sheet(_(self.part.title))
		values = []
		for index, value in enumerate(row):
			if self.part.columns[index].kind == "translate":
				value = _(value)
			values.append(self._cell(value))
		self.sheet.append(values)
		self.rows += 1

	def save(self, path: Path) -> None:
		"""Write the file."""
		self.book.save(path)

	def _new_sheet(self, title: str) -> None:
		# openpyxl numbers a title that is there already.
		self.sheet = self.book.create_sheet(title[:28])
		self.sheet.freeze_panes = "A2"
		self.rows = 0
		headers = []
		for label in labels_of(self.part):
			cell = WriteOnlyCell(self.sheet, _(label))
			cell.font = Font(bold=True)
			headers.append(cell)
		self.sheet.append(headers)

	def _cell(self, value: str):
		value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST]
		if not value.startswith("="):
			return value
		# What a customer wrote must not become a formula of whoever opens the file.
		cell = WriteOnlyCell(self.sheet, value)
		cell.data_type = "s"
		return cell
