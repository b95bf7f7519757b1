"""Spare parts under pressure: many people at once, and a worker that is killed in the middle of a posting."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from aftersales.spare_parts import ledger, ledger_check, stock
from aftersales.testing.parts import make_part_warehouse, make_spare_part, make_stock_count, put_in_stock
from tests.test_work_in_parallel import BENCH, CONNECT, SITE, at_once

TABLES = (
	"Part Ledger Entry",
	"Part Balance",
	"Part Stock Entry Item",
	"Part Stock Entry",
	"Stock Count Item",
	"Stock Count",
	"Spare Part",
)
# Ten people in each process, each with a connection of their own; all wait until everybody is there.
CROWD = f"""
import threading
part, place = sys.argv[1:3]
everybody = threading.Barrier(10)
def work(number):
	frappe.init("{SITE}", sites_path="."); frappe.connect(); frappe.set_user("Administrator")
	from aftersales.spare_parts import stock
	from aftersales.spare_parts.ledger import NotEnoughStockError
	everybody.wait(60)
	try:
		stock.make_entry("Consumption", [dict(spare_part=part, qty=1)], source=place)
		frappe.db.commit()
		print("issued", flush=True)
	except NotEnoughStockError:
		frappe.db.rollback()
		print("refused", flush=True)
	except Exception as error:
		frappe.db.rollback()
		print(repr(error)[:300], flush=True)
	frappe.destroy()
people = [threading.Thread(target=work, args=(number,)) for number in range(10)]
for person in people: person.start()
for person in people: person.join()
"""
# Parts go round between three warehouses, in rows of different order, while slips are cancelled and counts begin.
TRAFFIC = """
import random
from aftersales.spare_parts import stock
from aftersales.spare_parts.ledger import NotEnoughStockError, WarehouseFrozenError
*parts, a, b, c, me = sys.argv[1:]
dice = random.Random(me)
frappe.set_user("Administrator")
for step in range(9):
	rows = [dict(spare_part=part, qty=dice.randint(1, 4)) for part in dice.sample(parts, 2)]
	source, target = dice.sample([a, b, c], 2)
	try:
		name = stock.make_entry("Transfer", rows, source=source, target=target, via_transit=0)
		frappe.db.commit()
		if step % 3 == 0:
			frappe.get_doc("Part Stock Entry", name).cancel()
			frappe.db.commit()
		print("moved")
	except (NotEnoughStockError, WarehouseFrozenError) as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""
HALF_WAY = """
from aftersales.spare_parts import ledger
write = ledger.write_balances
def stop(balances):
	print("half way", flush=True); sys.stdin.readline()
	write(balances)
ledger.write_balances = stop
frappe.set_user("Administrator")
frappe.get_doc("Part Stock Entry", sys.argv[1]).submit()
frappe.db.commit()
"""


@pytest.fixture
def store():
	"""Warehouses and parts that other processes see; everything that moved is taken away again."""
	started = frappe.utils.now_datetime()
	frappe.flags.mute_emails = True
	parts = [make_spare_part().name for _number in range(4)]
	places = [make_part_warehouse().name for _number in range(3)]
	frappe.db.commit()
	yield parts, places
	frappe.db.rollback()
	for doctype in TABLES:
		table = frappe.qb.DocType(doctype)
		frappe.qb.from_(table).where(table.creation >= started).delete().run()
	for place in places:
		frappe.delete_doc("Part Warehouse", place, force=True, delete_permanently=True)
	frappe.db.commit()


def differences(parts):
	frappe.db.rollback()
	return [row for row in ledger_check.differences() if row["spare_part"] in parts]


def test_forty_people_take_the_last_ten_pieces(store):
	"""Exactly ten get one; nobody gets what is not there, and nobody is told of anything but that."""
	(part, *_others), (place, *_places) = store
	put_in_stock(part, place, 10)
	frappe.db.commit()
	told = Counter(at_once(CROWD, 4, part, place))
	assert told == {"issued": 10, "refused": 30}
	assert differences([part]) == []
	assert ledger.balance(part, place).qty == 0
	issued = frappe.get_all(
		"Part Ledger Entry", {"spare_part": part, "qty_change": -1}, pluck="qty_after", order_by="entry_no"
	)
	assert issued == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_parts_that_go_round_are_neither_made_nor_lost(store):
	"""Rows in any order, cancellations and a count that freezes a warehouse: no deadlock, and every figure is right."""
	parts, places = store
	for part in parts:
		for place in places:
			put_in_stock(part, place, 20, 3)
	count = make_stock_count(warehouse=places[2])
	frappe.db.commit()
	processes = start(TRAFFIC, [[*parts, *places, seed] for seed in "123"])
	apply_workflow(count, "Start Counting")
	frappe.db.commit()
	told = Counter(line for process in processes for line in finish(process))
	assert sum(told.values()) == 27 and told["moved"] > 5, told
	assert set(told) <= {"moved", "NotEnoughStockError", "WarehouseFrozenError"}
	assert differences(parts) == []
	for part in parts:
		balances = [ledger.balance(part, place) for place in places]
		assert sum(balance.qty for balance in balances) == 60
		assert sum(balance.value for balance in balances) == 180
	# What the count wrote down is still what is there.
	books = {row.spare_part: row.book_qty for row in frappe.get_doc("Stock Count", count.name).items}
	assert books == {part: ledger.balance(part, places[2]).qty for part in parts}


def test_a_worker_that_is_killed_half_way_leaves_nothing(store):
	"""Entries are written and balances are not: after kill -9 neither is there, and the slip can be submitted again."""
	(part, *_others), (place, *_places) = store
	put_in_stock(part, place, 10)
	rows = [{"spare_part": part, "qty": 3}]
	entry = stock.make_entry("Consumption", rows, source=place, submit=False)
	frappe.db.commit()
	(worker,) = start(HALF_WAY, [[entry]])
	assert worker.stdout.readline() == "half way\n", worker.stderr.read()[-2000:]
	os.kill(worker.pid, signal.SIGKILL)
	worker.wait(30)
	assert differences([part]) == []
	assert (ledger.balance(part, place).qty, frappe.db.get_value(stock.ENTRY, entry, "docstatus")) == (10, 0)
	frappe.get_doc(stock.ENTRY, entry).submit()
	frappe.db.commit()
	assert differences([part]) == []
	assert ledger.balance(part, place).qty == 7


def start(script: str, arguments: list[list[str]]) -> list[subprocess.Popen]:
	"""Run a script in several processes with arguments of their own; returns when all are connected and were told to go."""
	processes = [
		subprocess.Popen(
			[sys.executable, "-c", CONNECT + script, *own],
			cwd=Path(BENCH) / "sites",
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		for own in arguments
	]
	for process in processes:
		assert process.stdout.readline() == "ready\n", process.stderr.read()[-2000:]
	for process in processes:
		process.stdin.write("go\n")
		process.stdin.flush()
	return processes


def finish(process: subprocess.Popen) -> list[str]:
	output, errors = process.communicate(timeout=120)
	assert process.returncode == 0, errors[-2000:]
	return output.splitlines()
