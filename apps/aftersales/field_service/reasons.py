"""Why something is so, as it is stored: in English, and shown in the language of whoever reads it.

An order is saved by one person and read by others, so the words that code finds are kept in one language. `say` makes
them, `reason_in_words` translates them again: it knows all sentences that are ever stored, and leaves what people typed as it is.
"""

import re

import frappe
from frappe import _
from frappe.model.document import Document

AGREED = "Agreed individually."
MONTHS_BY_RULE = "{0} months from {1} ({2})."
MONTHS_BY_PRODUCT = "{0} months from {1}, as the product says."
NO_DATES = "The warranty cannot be counted: neither sale, installation nor production date is known."
NO_PRODUCT = "Choose the product: without it no warranty rule can be found."
NO_RULE = "No warranty rule fits this product and these dates."
CAUSED = "The customer caused the fault, so the customer pays."
NOT_IN_FORCE = "Agreement {0} is not in force on this day"
NO_REDUCTION = "Agreement {0} has no reduction for this"
BEARS = "Agreement {0} bears {1} %"
NOBODY_ELSE = "Neither warranty nor agreement pays for it."
NOTHING = "Costs nothing."
VISIT_FEE = "Visit Fee"
KILOMETRES = "{0} km"
TOOK_IT = "The outlet took the order itself."
CHOSEN_BY = "Chosen by {0}."
NEAREST = "Nearest outlet, {0} km away."
ALL_REGIONS = "Serves all regions."
NAMED = "Serves {0}, which the address names."
SERVES = "Serves {0}."
AWAY = "{0} km away."
EXPIRED = "{0} expired on {1}."
MISSING = "{0} is missing."

# Those with the most words first: a short one would match a part of them.
SENTENCES = sorted(
	(text for name, text in list(globals().items()) if name.isupper()),
	key=lambda text: -len(re.sub(r"{\d}", "", text)),
)
PATTERNS = [
	(text, re.compile(re.sub(r"\\{\d\\}", "(.+?)", re.escape(text)) + r"(?=\s|$)")) for text in SENTENCES
]
# Tables of a Service Order and the fields of their rows that hold such words.
LINES = ("items", "parts", "other_charges")
ROW_FIELDS = ("charge_reason", "description")
ORDER_FIELDS = ("warranty_reason", "outlet_reason")


def say(sentence: str, *values: object) -> str:
	"""Return a sentence as it is stored.

	:param sentence: one of this module's.
	:param values: what stands in its places, not translated.
	"""
	return sentence.format(*values)


def reason_in_words(text: str | None) -> str:
	"""Return a stored text in the language of the session; what no sentence fits stays as it is."""
	rest, shown = (text or "").strip(), []
	if (frappe.local.lang or "en") == "en":
		return rest
	while rest:
		sentence, match = next(
			((known, found) for known, pattern in PATTERNS if (found := pattern.match(rest))), (None, None)
		)
		if not match:
			shown.append(rest)
			break
		shown.append(_(sentence).format(*(_(value) for value in match.groups())))
		rest = rest[match.end() :].strip()
	return " ".join(shown)


def in_own_words(order: Document) -> dict[str, str]:
	"""Return stored text -> what the session's user reads, for all reasons of a Service Order that differ."""
	texts = [order.get(field) for field in ORDER_FIELDS]
	texts += [row.get(field) for table in LINES for row in order.get(table) for field in ROW_FIELDS]
	shown = {text: reason_in_words(text) for text in texts if text}
	return {text: words for text, words in shown.items() if words != text}
