"""How fast the caller of a number is found among many: fills in Caller Numbers, looks callers up in process, removes them again.

    make benchmark ARGS="caller_lookup --site aftersales.localhost --numbers 500000"

Printed are milliseconds of `caller.lookup`, which each ringing call runs once, per kind of number; each number is asked
for once, so that nothing is remembered from before. Beside it the statements that a look-up costs.
"""

import argparse
import random
import statistics
import time
from unittest.mock import patch

import frappe

PARTY = "BM-LOOKUP"
CHUNK = 10_000
AREAS = ("0411", "024", "010", "021", "0755")


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--numbers", type=int, default=500_000)
	parser.add_argument("--calls", type=int, default=2_000, help="of each kind")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		began = time.perf_counter()
		numbers = fill(arguments.numbers)
		print(f"{len(numbers):,} numbers filled in, {time.perf_counter() - began:.0f} s")
		measure(numbers, arguments.calls)
	finally:
		clean_up()


def fill(count: int) -> list[str]:
	"""Insert Caller Numbers: mobiles, fixed lines, one in twenty shared by two parties; returns numbers as devices show them."""
	from aftersales.aftersales.doctype.caller_number.caller_number import row_name
	from aftersales.telephony.caller import COLUMNS, TABLE
	from aftersales.telephony.numbers import normalise

	clean_up()
	chance = random.Random(1)
	fields = [*COLUMNS, "confirmed", "owner", "modified_by", "creation", "modified"]
	stamp = frappe.utils.now()
	shown, rows = [], []
	for index in range(count):
		again = shown and index % 20 == 0
		raw = chance.choice(shown) if again else a_number(chance)
		shown.append(raw)
		number, party = normalise(raw, "CN", ""), f"{PARTY}-{index:07}"
		values = {
			"name": row_name(number.key, number.extension, "Service Customer", party, "phone"),
			"number_key": number.key,
			"tail": number.tail,
			"extension": number.extension,
			"raw": raw,
			"level": "Sure",
			"party_type": "Service Customer",
			"party": party,
			"customer": party,
			"display_name": f"顾客 {index}",
			"source_field": "phone",
		}
		rows.append(
			[values.get(field) for field in COLUMNS] + [0, "Administrator", "Administrator", stamp, stamp]
		)
		if len(rows) == CHUNK or index == count - 1:
			frappe.db.bulk_insert(TABLE, fields, rows, ignore_duplicates=True, chunk_size=CHUNK)
			frappe.db.commit()
			rows = []
	frappe.db.sql("analyze table `tabCaller Number`")
	return shown


def a_number(chance: random.Random) -> str:
	"""Return a number of mainland China, three of four a mobile."""
	if chance.random() < 0.75:
		return f"1{chance.choice((38, 39, 36, 59, 86, 88))}{chance.randrange(10**8):08}"
	area = chance.choice(AREAS)
	return f"{area}{chance.randrange(8 * 10**7, 89 * 10**6)}"


def measure(numbers: list[str], calls: int) -> None:
	"""Print percentiles per kind of number."""
	from aftersales.telephony.caller import lookup

	chance = random.Random(2)
	mobiles = [number for number in numbers if number.startswith("1")]
	local = [number for number in numbers if number.startswith("0411")]
	place = {"country_code": "CN", "area_code": "0411"}
	kinds = {
		"a known mobile": [chance.choice(mobiles) for _ in range(calls)],
		"the same with +86": [f"+86{chance.choice(mobiles)}" for _ in range(calls)],
		"a fixed line without its area code": [chance.choice(local)[4:] for _ in range(calls)],
		"nobody's mobile": [f"199{chance.randrange(10**8):08}" for _ in range(calls)],
		"from abroad": [f"004930{chance.randrange(10**6, 10**7)}" for _ in range(calls)],
		"withheld": ["P"] * calls,
	}
	print(f"{'':36}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}  ms   sure/maybe/none   statements")
	for kind, shown in kinds.items():
		lookup(shown[0], place)
		times, levels = [], {"sure": 0, "maybe": 0, "none": 0, "withheld": 0}
		for raw in shown:
			began = time.perf_counter()
			level = lookup(raw, place).level
			times.append((time.perf_counter() - began) * 1000)
			levels[level] += 1
		cuts = statistics.quantiles(times, n=100)
		figures = "".join(f"{value:8.2f}" for value in (cuts[49], cuts[94], cuts[98], max(times)))
		found = "/".join(str(levels[level]) for level in ("sure", "maybe", "none"))
		print(f"{kind:36}{figures}       {found:>15}   {statements(lookup, shown[-1], place)}")


def statements(lookup, raw: str, place: dict) -> int:
	"""Return how many statements a look-up sends."""
	with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
		lookup(raw, place)
	return sql.call_count


def clean_up() -> None:
	"""Remove what was filled in."""
	frappe.db.rollback()
	frappe.db.sql("delete from `tabCaller Number` where party like %s", (f"{PARTY}-%",))
	frappe.db.commit()


if __name__ == "__main__":
	main()
