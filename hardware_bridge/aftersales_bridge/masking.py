"""Telephone numbers stay out of the logs unless an administrator asks for them."""

from __future__ import annotations

import logging
import re

# Shorter runs are extensions, service codes and ports, and belong to nobody.
_RUN = re.compile(r"\d(?:[ ()-]?\d){6,}")
_show = False


def show_numbers(show: bool) -> None:
	"""Whether ``mask`` lets numbers through (bridge.show_numbers in the configuration file)."""
	global _show
	_show = show


def mask(text: object) -> str:
	"""``text`` with every run of seven or more digits starred: 13812345678 becomes 138******78."""
	return str(text) if _show else _RUN.sub(_star, str(text))


def _star(match: re.Match) -> str:
	digits = re.sub(r"\D", "", match.group())
	if len(digits) < 8:
		return "*" * len(digits)
	return digits[:3] + "*" * (len(digits) - 5) + digits[-2:]


class MaskingFormatter(logging.Formatter):
	"""Masks the traces of unexpected errors, whose messages may quote anything; other messages are masked where made."""

	def formatException(self, ei: tuple) -> str:
		return mask(super().formatException(ei))
