"""What receipts and settlement slips say beside the fields of their document."""

import frappe
from frappe.model.document import Document
from frappe.utils import money_in_words

from aftersales.utils.money import rounded

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
FRACTIONS = ("角", "分")


def money_words(amount: float) -> str:
	"""Return an amount in words, as receipts have it: in Chinese with the numerals that nobody can change.

	:param amount: in the site's currency; negative of reversals.
	"""
	value = rounded(amount)
	if (frappe.local.lang or "").startswith("zh"):
		return ("负" if value < 0 else "") + chinese_words(abs(value))
	words = money_in_words(abs(value))
	return f"({words})" if value < 0 else words


def chinese_words(amount: float) -> str:
	"""Return a positive amount of yuan in financial numerals, to the fen: 1006.5 is 壹仟零陆元伍角整."""
	fen = round(amount * 100)
	yuan, fen = divmod(fen, 100)
	text = f"{_whole(yuan)}元" if yuan or not fen else ""
	jiao, fen = divmod(fen, 10)
	if jiao:
		text += DIGITS[jiao] + FRACTIONS[0]
	elif fen and yuan:
		text += DIGITS[0]
	return text + (DIGITS[fen] + FRACTIONS[1] if fen else "整")


def _whole(number: int) -> str:
	"""Return a whole number: groups of four digits, and one zero for any that lie between."""
	if not number:
		return DIGITS[0]
	text, zero, group = "", False, 0
	while number:
		number, part = divmod(number, 10000)
		if part:
			text = f"{_four(part)}{GROUPS[group]}" + (DIGITS[0] if zero and text else "") + text
		# A zero is read where this group does not fill its four places, or is empty.
		zero = part < 1000
		group += 1
	return text


def _four(number: int) -> str:
	text, zero = "", False
	for place in range(3, -1, -1):
		digit = number // 10**place % 10
		if digit:
			text += (DIGITS[0] if zero and text else "") + DIGITS[digit] + PLACES[place]
		zero = not digit
	return text


def payments_of(receivable: Document) -> list[dict]:
	"""Return the payments of a receivable as far as the reader may see them, the oldest first; for its settlement slip."""
	if not frappe.has_permission("Service Payment", "read"):
		return []
	return frappe.get_list(
		"Service Payment",
		{"receivable": receivable.name},
		["name", "received_at", "mode", "receipt_no", "amount"],
		order_by="creation asc",
		limit_page_length=0,
	)
