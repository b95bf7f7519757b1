"""How a large stock ledger behaves: fills a site with movements, posts more, asks the reports, removes everything again.

    make benchmark ARGS="parts_ledger --site aftersales.localhost --rows 1000000"

The rows belong to 2,000 parts in 20 warehouses and to two years; balances are their sums. Measured are a slip of five rows
(posting alone, rolled back), the report Part Balance now and at the end of last month, and Part Movements of one month. "Statements"
is what the database was asked; the time on a busy machine says less than how it grows with the number of rows.
"""

import argparse
import random
import time
from datetime import date, timedelta
from decimal import Decimal

import frappe

PREFIX = "ledger-benchmark"
PARTS, WAREHOUSES, DAYS = 2_000, 20, 730
LEDGER, BALANCE = "Part Ledger Entry", "Part Balance"
COLUMNS = (
	"name spare_part warehouse entry_no posting_date qty_change qty_after rate value_change value_after"
	" purpose voucher_type voucher_no movement owner creation modified idx"
).split()


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--rows", type=int, default=1_000_000)
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		prepare(arguments.rows)
		measure()
	finally:
		frappe.db.rollback()
		clean_up()


def prepare(rows: int) -> None:
	"""Make parts, warehouses, entries and balances, committed in pieces."""
	clean_up()
	stamp = "2026-01-01 00:00:00"
	frappe.db.bulk_insert(
		"Spare Part",
		["name", "part_no", "part_name", "price", "creation", "modified"],
		[[part, part, part, 10, stamp, stamp] for part in map(part_name, range(PARTS))],
	)
	for place in range(WAREHOUSES):
		frappe.get_doc(
			doctype="Part Warehouse", warehouse_name=warehouse_name(place), warehouse_kind="Branch"
		).insert()
	from aftersales.spare_parts.ledger import key_of

	dice, last = random.Random(1), {}
	begin = date.today() - timedelta(days=DAYS)
	for start in range(0, rows, 20_000):
		batch = [
			entry(dice, last, begin + timedelta(days=number * DAYS // rows), number)
			for number in range(start, min(start + 20_000, rows))
		]
		frappe.db.bulk_insert(LEDGER, COLUMNS, batch)
		frappe.db.commit()
	frappe.db.bulk_insert(
		BALANCE,
		["name", "spare_part", "warehouse", "qty", "value", "valuation_rate", "entries", "owner", "creation"],
		[
			[key_of(*pair), *pair, qty, qty * 2, 2, entries, PREFIX, stamp]
			for pair, (qty, entries) in last.items()
		],
	)
	frappe.db.commit()


def entry(dice: random.Random, last: dict, day: date, number: int) -> list:
	"""Return one row that keeps the balance of its part at 0 or more."""
	pair = part_name(dice.randrange(PARTS)), warehouse_name(dice.randrange(WAREHOUSES))
	qty, entries = last.get(pair, (0, 0))
	change = 10 if qty < 3 else -dice.randint(1, 3)
	last[pair] = qty + change, entries + 1
	name, purpose = f"{PREFIX}-{number}", "Receipt" if change > 0 else "Consumption"
	figures = [change, qty + change, 2, change * 2, (qty + change) * 2]
	return [
		name,
		*pair,
		entries + 1,
		day,
		*figures,
		purpose,
		"Part Stock Entry",
		name,
		name,
		PREFIX,
		day,
		day,
		1,
	]


def part_name(number: int) -> str:
	return f"{PREFIX}-part-{number}"


def warehouse_name(number: int) -> str:
	return f"{PREFIX} warehouse {number}"


def measure() -> None:
	"""Print what each job costs; the first call of each, which fills caches, is not counted."""
	from aftersales.spare_parts import ledger
	from aftersales.spare_parts.report.part_balance import part_balance
	from aftersales.spare_parts.report.part_movements import part_movements

	def slip() -> None:
		movements = [
			ledger.Movement(part_name(number), Decimal(1), target=warehouse_name(0), rate=Decimal(2))
			for number in range(5)
		]
		ledger.post(ledger.Voucher("Part Stock Entry", PREFIX, "Receipt"), movements)
		frappe.db.rollback()

	month = {"from_date": str(date.today() - timedelta(days=30)), "to_date": str(date.today())}
	place = warehouse_name(0)
	for job, run in (
		("slip of 5 rows", slip),
		("Part Balance, one warehouse", lambda: part_balance.execute({"warehouse": place})),
		("Part Balance, all warehouses", lambda: part_balance.execute({})),
		(
			"Part Balance, all, 30 days ago",
			lambda: part_balance.execute({"on_date": month["from_date"], "with_zero": 1}),
		),
		("Part Movements, 30 days", lambda: part_movements.execute(month)),
	):
		run()
		times = [timed(run) for _time in range(5)]
		print(f"{job}: {sorted(times)[2] * 1000:.0f} ms (median of 5), {statements(run)} statements")


def timed(run) -> float:
	start = time.perf_counter()
	run()
	return time.perf_counter() - start


def statements(run) -> int:
	"""Count what the database is asked."""
	asked, sql = [], frappe.db.__class__.sql

	def counted(database, *arguments, **options):
		asked.append(arguments)
		return sql(database, *arguments, **options)

	frappe.db.__class__.sql = counted
	try:
		run()
	finally:
		frappe.db.__class__.sql = sql
	return len(asked)


def clean_up() -> None:
	"""Remove what `prepare` made."""
	for doctype in (LEDGER, BALANCE):
		frappe.db.delete(doctype, {"owner": PREFIX})
	frappe.db.delete("Spare Part", {"name": ("like", f"{PREFIX}-%")})
	for name in frappe.get_all("Part Warehouse", {"name": ("like", f"{PREFIX} %")}, pluck="name"):
		frappe.delete_doc("Part Warehouse", name, force=True, delete_permanently=True)
	frappe.db.commit()


if __name__ == "__main__":
	main()
