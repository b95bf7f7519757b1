"""A table as a Word document: title, what it was asked with, the rows, the totals, the page's number.

Rows are written as XML in one go: python-docx looks at the whole table for every cell, which takes minutes for a long one.
"""

from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

# More columns than this need the long side of the paper.
UPRIGHT_COLUMNS = 6
LATIN, CHINESE = "Arial", "Microsoft YaHei"
SHORT_SIDE, LONG_SIDE, MARGIN = Cm(21), Cm(29.7), Cm(1.5)
TWIPS_PER_EMU = 1 / 635
# Letters in bold type, per point of their size; what Word leaves free on both sides of a cell; longer words are broken.
TWIPS_PER_LETTER, CELL_MARGINS, LONGEST_WORD = 14, 216, 16
HEAD_COLOUR, TOTAL_COLOUR = "D9E2F3", "F2F2F2"


def write_table(
	title: str,
	notes: Sequence[str],
	head: Sequence[dict],
	rows: Sequence[Sequence[str]],
	total: Sequence[str] | None,
	foot: str,
) -> bytes:
	"""Return the Word document of a table, A4, upright or across by the number of columns.

	:param notes: lines below the title.
	:param head: columns, each with `label`, `width` (its share of the page, where its words need no more) and `right` (figures
	    stand on the right).
	:param rows: texts of the cells.
	:param total: texts of the last row, which is set off; None without.
	:param foot: text at the foot of each page, before its number.
	"""
	document = Document()
	size = 8 if len(head) > UPRIGHT_COLUMNS else 9
	width = _page(document, across=len(head) > UPRIGHT_COLUMNS)
	_fonts(document, size)
	title = _printable(title)
	document.core_properties.title = title[:255]
	document.core_properties.author = ""
	document.add_heading(title, level=1)
	for note in notes:
		document.add_paragraph(_printable(note)).paragraph_format.space_after = Pt(2)
	table = document.add_table(rows=0, cols=0, style="Table Grid")
	# Columns keep to their part of the page, so that a long word does not push others out.
	table.autofit = False
	cells = zip(*rows, *([total] if total else ()), strict=True)
	needed = [_needed(column, texts, size) for column, texts in zip(head, cells, strict=True)]
	for part in parts_of(width, [column["width"] for column in head], needed):
		_child(table._tbl.tblGrid, "w:gridCol", **{"w:w": str(part)})
	right = [column["right"] for column in head]
	table._tbl.append(_row([column["label"] for column in head], right, HEAD_COLOUR, is_head=True))
	for row in rows:
		table._tbl.append(_row(row, right))
	if total:
		table._tbl.append(_row(total, right, TOTAL_COLOUR))
	_foot(document, foot)
	stream = BytesIO()
	document.save(stream)
	return stream.getvalue()


def _page(document: Document, across: bool) -> int:
	"""Set the paper; return the width between its margins in twips."""
	section = document.sections[0]
	sides = (LONG_SIDE, SHORT_SIDE) if across else (SHORT_SIDE, LONG_SIDE)
	section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
	section.page_width, section.page_height = sides
	section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
	return int((sides[0] - 2 * MARGIN) * TWIPS_PER_EMU)


def _fonts(document: Document, size: int) -> None:
	"""Set the type of text and title; Word takes that for Chinese from a place of its own."""
	for name, points in (("Normal", size), ("Heading 1", 16)):
		font = document.styles[name].font
		font.name, font.size = LATIN, Pt(points)
		fonts = font.element.rPr.rFonts
		for place in list(fonts.attrib):
			if "Theme" in place or "theme" in place:
				del fonts.attrib[place]
		for place in ("w:ascii", "w:hAnsi", "w:cs"):
			fonts.set(qn(place), LATIN)
		fonts.set(qn("w:eastAsia"), CHINESE)


def parts_of(width: int, shares: Sequence[float], needed: Sequence[int]) -> list[int]:
	"""Divide a page among columns: what each one needs, and of what is left more to those that are small for their share.

	:param width: of the page.
	:param shares: how wide the columns should be, in any unit.
	:param needed: the least that each one needs; where that is more than the page, all become narrower alike.
	"""
	if sum(needed) >= width:
		return [int(width * need / sum(needed)) for need in needed]
	wanted = [width * share / (sum(shares) or 1) for share in shares]
	more = [max(want - need, 0) for want, need in zip(wanted, needed, strict=True)]
	left = (width - sum(needed)) / (sum(more) or 1)
	return [int(need + left * one) for need, one in zip(needed, more, strict=True)]


def _needed(column: dict, texts: Sequence[str], size: int) -> int:
	"""Return the twips in which figures stand in one line, and words are whole; Chinese is broken anywhere."""
	words = [word for text in texts for word in ([text] if column["right"] else text.split())]
	found = [*column["label"].split(), *(word for word in words if column["right"] or word.isascii())]
	letters = max((sum(1.6 if sign > "⺀" else 1 for sign in word) for word in found), default=2)
	return int(min(letters, LONGEST_WORD) * size * TWIPS_PER_LETTER) + CELL_MARGINS


def _row(texts: Sequence[str], right: Sequence[bool], colour: str | None = None, is_head: bool = False):
	"""Return a row; that of the head is repeated on every page."""
	row = OxmlElement("w:tr")
	settings = _child(row, "w:trPr")
	_child(settings, "w:cantSplit")
	if is_head:
		_child(settings, "w:tblHeader")
	for text, is_right in zip(texts, right, strict=True):
		cell = _child(row, "w:tc")
		look = _child(cell, "w:tcPr")
		if colour:
			_child(look, "w:shd", **{"w:val": "clear", "w:color": "auto", "w:fill": colour})
		paragraph = Paragraph(_child(cell, "w:p"), None)
		if is_right:
			paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
		paragraph.paragraph_format.space_after = Pt(0)
		run = paragraph.add_run(_printable(text))
		run.bold = bool(colour) or None
	return row


def _foot(document: Document, text: str) -> None:
	"""Write the foot of the pages: a text and, counted by Word, the page and how many there are."""
	paragraph = document.sections[0].footer.paragraphs[0]
	paragraph.add_run(f"{_printable(text)}   ")
	for before, instruction in (("", "PAGE"), (" / ", "NUMPAGES")):
		paragraph.add_run(before)
		_child(paragraph.add_run()._r, "w:fldChar", **{"w:fldCharType": "begin"})
		_child(paragraph.add_run()._r, "w:instrText").text = instruction
		_child(paragraph.add_run()._r, "w:fldChar", **{"w:fldCharType": "end"})


def _child(parent, name: str, **attributes: str):
	element = OxmlElement(name)
	for key, value in attributes.items():
		element.set(qn(key), value)
	parent.append(element)
	return element


def _printable(text: str) -> str:
	"""Return a text without what XML cannot hold."""
	return "".join(sign for sign in str(text) if sign in "\n\t" or sign >= " ")
