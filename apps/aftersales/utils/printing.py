"""What print formats call (hooks.py names these functions for Jinja)."""

import io
import math
import unicodedata

import pyqrcode
from frappe.utils import get_url


def qr_code(path_or_text: str, size_mm: float = 24) -> str:
	"""Return a QR code as inline SVG, which wkhtmltopdf and browsers draw sharp at any size.

	:param path_or_text: text; one that starts with "/" becomes an address of this site.
	:param size_mm: width and height, with the quiet zone.
	"""
	text = get_url(path_or_text) if path_or_text.startswith("/") else path_or_text
	code = pyqrcode.create(text, error="M", encoding="utf-8")
	buffer = io.BytesIO()
	code.svg(buffer, xmldecl=False, svgclass=None, lineclass=None, omithw=True, quiet_zone=2)
	return (
		buffer.getvalue()
		.decode()
		.replace("<svg ", f'<svg style="width: {size_mm}mm; height: {size_mm}mm" ', 1)
	)


def roll_height(texts: list[str | None], columns: int, fixed_mm: float, line_mm: float) -> int:
	"""Return how long a slip on a paper roll gets, in whole millimetres: wkhtmltopdf must be told.

	:param texts: the texts of any length on the slip; each begins on a line of its own.
	:param columns: how many narrow characters fit on a line; Chinese ones take two.
	:param fixed_mm: height of everything else.
	:param line_mm: height of a line.
	"""
	lines = sum(
		max(math.ceil(width(line) / columns), 1) for text in texts if text for line in str(text).splitlines()
	)
	return math.ceil(fixed_mm + lines * line_mm)


def width(text: str) -> int:
	"""Return the width in narrow characters."""
	return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
