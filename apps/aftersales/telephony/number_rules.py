"""What differs from country to country and is not in the phonenumbers library, as plain tables.

Adding a country is adding a row. Keys are ISO 3166 two-letter codes; DEFAULT serves every country without a row.
"""

import re
from typing import NamedTuple


class RegionRules(NamedTuple):
	"""Rules of one country.

	:param service: numbers that the library would turn into a subscriber's number but that belong to a service
	        (police, banks, operators, text gateways); tested on national digits before anything is parsed.
	:param local_digits: shortest and longest subscriber number dialled without an area code.
	"""

	service: re.Pattern | None
	local_digits: tuple[int, int]


DEFAULT = RegionRules(service=None, local_digits=(5, 8))

REGIONS = {
	# 110, 12345 and 10086, 96123, bank 95xxx with its suffix, text gateways 106…
	"CN": RegionRules(
		service=re.compile(r"(?:1\d\d|1[02]\d{3}|96\d{3,4}|95\d{3}\d{0,6}|106\d{5,})"),
		local_digits=(7, 8),
	),
	"HK": RegionRules(service=None, local_digits=(8, 8)),
	"MO": RegionRules(service=None, local_digits=(8, 8)),
	"US": RegionRules(service=None, local_digits=(7, 7)),
	"CA": RegionRules(service=None, local_digits=(7, 7)),
}

# What devices and exchanges send in place of a number, upper case, to Service Call's presentation.
ABSENT_WORDS = {
	**dict.fromkeys(
		(
			"P",
			"A",
			"PRIVATE",
			"ANONYMOUS",
			"RESTRICTED",
			"WITHHELD",
			"BLOCKED",
			"PRIVDIROFF",
			"匿名",
			"私人号码",
			"隐藏号码",
		),
		"restricted",
	),
	**dict.fromkeys(
		(
			"O",
			"C",
			"S",
			"I",
			"OUTOFAREA",
			"UNAVAILABLE",
			"UNKNOWN",
			"NOCALLERID",
			"NONUMBER",
			"PAYPHONE",
			"COIN",
			"ASTERISK",
			"NULL",
			"NONE",
			"未知",
			"未知号码",
			"无号码",
		),
		"unavailable",
	),
}
