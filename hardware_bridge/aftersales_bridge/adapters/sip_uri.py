"""Telephone numbers and names out of SIP addresses, as telephones and gateways write them."""

from __future__ import annotations

import re
from urllib.parse import unquote

_URI = re.compile(r"(?P<scheme>sips?|tel):(?P<rest>[^>]*)", re.IGNORECASE)


def clean_number(text: str) -> str:
	"""``13812345678`` of ``sip:13812345678@10.0.0.1:5060;user=phone`` or ``"Name" <sip:…>;tag=…``.

	Text that is no address comes back as it is, without what stands behind an ``@`` or ``;``. An address without a
	user gives nothing.
	"""
	text = text.strip()
	match = _URI.search(text)
	if match is None:
		return unquote(re.split(r"[@;]", text, maxsplit=1)[0]).strip()
	user, at, _ = match.group("rest").partition("@")
	if not at and match.group("scheme").lower() != "tel":
		return ""
	return unquote(user.partition(";")[0]).strip()


def clean_name(text: str) -> str:
	"""The display name of ``"ZHANG SAN" <sip:…>``, or the text itself without quotes; nothing of a bare address."""
	match = _URI.search(text)
	name = text[: match.start()].rstrip().rstrip("<") if match else text
	return unquote(name).strip().strip('"').strip()
