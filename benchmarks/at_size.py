"""A site with the volumes of a large service organisation: fills it by large statements, in minutes, or removes them again.

    make benchmark ARGS="at_size --site aftersales.localhost --tickets 1000000"
    make benchmark ARGS="at_size --site aftersales.localhost --remove"

For N tickets there are N calls, N/5 customers with their numbers, 3N/10 devices, 3N/10 service orders with their lines, fees and
receivables, N/5 follow-ups, N/20 complaints, 3N movements of parts with balances, and N/10 sales with items, collections and
points; daily figures are counted from them. The rows follow from each other: fees are those of the orders, balances are
the sums of movements, points those of sales. Every number follows from the row's place, so two runs give the same site.

The rows are written past the documents; use a site that is there for measuring. `workload` measures it.
"""

import argparse
import time
from datetime import date, timedelta

import frappe

# Every name begins so, and nothing else does.
MARK = "BM-"
DAYS = 1_095
AGENTS, OUTLETS, TECHNICIANS, PRODUCTS, CATEGORIES, REGIONS = 40, 30, 60, 200, 20, 30
PARTS, WAREHOUSES = 2_000, 20
# Statements of this many rows keep the transaction log small.
CHUNK = 50_000
USER = "bm-agent-{:02}@benchmark.example"
PASSWORD = "measured-2026"


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--tickets", type=int, default=100_000)
	parser.add_argument("--remove", action="store_true", help="take everything away again")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	began = time.perf_counter()
	remove()
	if not arguments.remove:
		load(arguments.tickets)
	print(f"{time.perf_counter() - began:.0f} s in all", flush=True)


def load(tickets: int) -> None:
	"""Fill the site, committed in pieces.

	:param tickets: number of tickets; everything else follows from it.
	"""
	from aftersales.aftersales.figures.compute import rebuild

	make_people()
	make_masters()
	sizes = sizes_of(tickets)
	for table, count, columns in tables(sizes):
		began = time.perf_counter()
		fill(table, count, columns, sizes)
		print(f"{table}: {count:,} rows, {time.perf_counter() - began:.1f} s", flush=True)
	for derive in (fill_balances, fill_points_balances):
		derive()
		frappe.db.commit()
	for table in [*dict.fromkeys(name for name, *_rest in tables(sizes)), "Part Balance", "Points Balance"]:
		frappe.db.sql(f"analyze table `tab{table}`")
	began = time.perf_counter()
	print(f"Daily Figure: {rebuild():,} rows, {time.perf_counter() - began:.1f} s", flush=True)


def sizes_of(tickets: int) -> dict[str, int]:
	"""Return how many there are of each."""
	return {
		"tickets": tickets,
		"customers": max(tickets // 5, 20),
		"devices": max(tickets * 3 // 10, 20),
		"orders": max(tickets * 3 // 10, 20),
		"calls": tickets,
		"follow_ups": tickets // 5,
		"complaints": tickets // 20,
		"entries": tickets * 3,
		# Twenty movements at least of a part in a warehouse.
		"pairs": max(min(PARTS * WAREHOUSES, tickets * 3 // 20), 20),
		"sales": max(tickets // 10, 20),
	}


def make_people() -> None:
	"""Make the agents; the first one can sign in and looks at reports, too."""
	from frappe.utils.password import update_password

	from aftersales.testing.factories import insert_plain_user

	for number in range(1, AGENTS + 1):
		insert_plain_user(USER.format(number), "Service Agent", *(["Service Manager"] if number == 1 else []))
	update_password(USER.format(1), PASSWORD)


def make_masters() -> None:
	"""Make the places, products and parts that the rows name."""
	stamp = frappe.utils.now()
	plain = ["name", "owner", "modified_by", "creation", "modified"]

	def rows(doctype: str, fields: list[str], values: list[list]) -> None:
		common = ["Administrator", "Administrator", stamp, stamp]
		frappe.db.bulk_insert(doctype, [*plain, *fields], [[name, *common, *rest] for name, *rest in values])

	def numbered(kind: str, count: int) -> list[str]:
		return [f"{MARK}{kind}-{number:04}" for number in range(1, count + 1)]

	rows(
		"Service Region",
		["region_name", "lft", "rgt"],
		[[name, name, 0, 0] for name in numbered("REG", REGIONS)],
	)
	rows(
		"Product Category",
		["category_name", "lft", "rgt"],
		[[name, name, 0, 0] for name in numbered("CAT", CATEGORIES)],
	)
	rows("Complaint Type", ["type_name"], [[name, name] for name in numbered("CPT", 10)])
	categories = numbered("CAT", CATEGORIES)
	rows(
		"Product",
		["product_code", "product_name", "product_category"],
		[
			[name, name, f"Benchmark {name}", categories[place % CATEGORIES]]
			for place, name in enumerate(numbered("PRO", PRODUCTS))
		],
	)
	outlets = numbered("OUT", OUTLETS)
	rows(
		"Service Outlet",
		["outlet_name", "enabled", "lft", "rgt"],
		[[name, name, 1, 0, 0] for name in outlets],
	)
	rows(
		"Technician",
		["technician_name", "outlet", "enabled"],
		[
			[name, name, outlets[place % OUTLETS], 1]
			for place, name in enumerate(numbered("TEC", TECHNICIANS))
		],
	)
	rows(
		"Part Warehouse",
		["warehouse_name", "warehouse_kind", "outlet", "enabled", "lft", "rgt"],
		[
			[name, name, "Outlet", outlets[place % OUTLETS], 1, 0, 0]
			for place, name in enumerate(numbered("WH", WAREHOUSES))
		],
	)
	rows(
		"Spare Part",
		["part_no", "part_name", "price"],
		[[name, name, f"Benchmark part {name}", 10] for name in numbered("PRT", PARTS)],
	)
	frappe.db.commit()


def of(kind: str, expression: str, digits: int = 8) -> str:
	"""Return the SQL for the name of a row, by its number."""
	return f"concat('{MARK}{kind}-', lpad({expression}, {digits}, '0'))"


def spread(count: str, factor: int = 7919) -> str:
	"""Return the SQL for a number from 1 to `count` that looks thrown by a die."""
	return f"(1 + mod(s.seq * {factor}, {count}))"


def choice(*values: str, factor: int = 31) -> str:
	"""Return the SQL for one of some values."""
	listed = ", ".join(f"'{value}'" for value in values)
	return f"elt(1 + mod(s.seq * {factor} + floor(s.seq / 7), {len(values)}), {listed})"


def tables(sizes: dict[str, int]) -> list[tuple[str, int, dict[str, str]]]:
	"""Return the tables in the order in which they are filled: name, rows, and the SQL for each column.

	In it, `s.seq` is the row's number; {placeholders} are sizes, {when} is a moment within the years, {done} one some days later.
	"""
	customer = of("CUS", spread("{customers}"))
	agent = f"concat('bm-agent-', lpad({spread(str(AGENTS), 13)}, 2, '0'), '@benchmark.example')"
	outlet = of("OUT", f"(1 + mod(s.seq, {OUTLETS}))", 4)
	product = of("PRO", spread(str(PRODUCTS), 17), 4)
	category = of("CAT", f"(1 + mod(mod(s.seq * 17, {PRODUCTS}), {CATEGORIES}))", 4)
	region = of("REG", spread(str(REGIONS), 23), 4)
	# The last fiftieth is open.
	open_ = "s.seq > {count} * 0.98"
	phone = "concat('139', lpad(s.seq, 8, '0'))"
	name_of = "concat('顾客 ', {0})"
	fee = "if(mod(s.seq, 3) = 0, 110, 90 + mod(s.seq, 40))"
	order = of("SO", "s.seq")
	return [
		(
			"Service Customer",
			sizes["customers"],
			{
				"name": of("CUS", "s.seq"),
				"customer_name": name_of.format("s.seq"),
				"phone": phone,
				"customer_kind": "'Individual'",
				"region": region,
			},
		),
		(
			"Caller Number",
			sizes["customers"],
			{
				"name": f"{of('CN', 's.seq')}",
				"number_key": f"concat('+86', {phone})",
				"tail": f"right({phone}, 8)",
				"raw": phone,
				"level": "'Sure'",
				"party_type": "'Service Customer'",
				"party": of("CUS", "s.seq"),
				"customer": of("CUS", "s.seq"),
				"display_name": name_of.format("s.seq"),
				"source_field": "'phone'",
			},
		),
		(
			"Customer Device",
			sizes["devices"],
			{
				"name": of("CD", "s.seq"),
				"serial_no": of("SN", "s.seq"),
				"serial_key": of("SN", "s.seq"),
				"product": product,
				"product_category": category,
				"customer": customer,
				"outlet": outlet,
				"sale_date": "date({when})",
				"status": "'Active'",
				"stage": "'Active'",
				"warranty_state": choice("In Warranty", "Out of Warranty"),
			},
		),
		(
			"Service Ticket",
			sizes["tickets"],
			{
				"name": of("ST", "s.seq"),
				"record_type": choice("Enquiry", "Repair", "Repair", "Installation", "Complaint", "Praise"),
				"urgency": choice("Low", "Normal", "Normal", "High", factor=37),
				"channel": choice("Phone", "Phone", "Web", "E-mail", factor=41),
				"customer": customer,
				"customer_name": name_of.format(spread("{customers}")),
				"contact_phone": f"concat('139', lpad({spread('{customers}')}, 8, '0'))",
				"phone_key": f"concat('+86139', lpad({spread('{customers}')}, 8, '0'))",
				"region": region,
				"product": product,
				"product_category": category,
				"device": of("CD", spread("{devices}", 104729)),
				"serial_no": of("SN", spread("{devices}", 104729)),
				"question": "concat('不制冷 cooling unit makes noise, batch ', mod(s.seq, 977))",
				"handling": f"if({open_}, null, 'Valve replaced 更换阀门')",
				"status": f"if({open_}, {choice('New', 'In Progress', 'Waiting for Customer')}, 'Closed')",
				"completed": f"not ({open_})",
				"person_in_charge": agent,
				"person_in_charge_name": agent,
				"creation_date": "date({when})",
				"completion_date": f"if({open_}, null, date({{done}}))",
				"modification_date": "date({done})",
			},
		),
		(
			"Service Call",
			sizes["calls"],
			{
				"name": of("CALL", "s.seq"),
				"call_uuid": of("CALL", "s.seq"),
				"caller": name_of.format(spread("{customers}")),
				"customer": customer,
				"number_key": f"concat('+86139', lpad({spread('{customers}')}, 8, '0'))",
				"number_raw": f"concat('139', lpad({spread('{customers}')}, 8, '0'))",
				"started_at": "{when}",
				"state": choice("Ended", "Ended", "Ended", "Missed", factor=11),
				"direction": choice("Inbound", "Inbound", "Inbound", "Outbound", factor=43),
				"agent": agent,
				"duration": "mod(s.seq, 600)",
			},
		),
		(
			"Service Order",
			sizes["orders"],
			{
				"name": order,
				"order_kind": choice("Repair", "Repair", "Installation", "Maintenance"),
				"customer": customer,
				"customer_name": name_of.format(spread("{customers}")),
				"region": region,
				"device": of("CD", spread("{devices}", 104729)),
				"product": product,
				"product_category": category,
				"warranty_state": "if(mod(s.seq, 3) = 0, 'In Warranty', 'Out of Warranty')",
				"outlet": outlet,
				"technician": of("TEC", f"(1 + mod(s.seq, {TECHNICIANS}))", 4),
				"service_ticket": of("ST", spread("{tickets}", 15485863)),
				"symptom": "'It leaks'",
				"content": f"if({open_}, null, 'Seal replaced')",
				"dispatched_at": "{when}",
				"received_at": "{when} + interval 1 hour",
				"arrived_at": f"if({open_}, null, {{when}} + interval 1 day)",
				"completed_at": f"if({open_}, null, {{done}})",
				"service_fee": f"{fee} - 40",
				"visit_fee": "30",
				"parts_fee": "10",
				"total_fee": fee,
				"customer_pays": f"if(mod(s.seq, 3) = 0, 0, {fee})",
				"status": f"if({open_}, 'Dispatched', 'Completed')",
				"stage": f"if({open_}, 'Dispatched', 'Completed')",
			},
		),
		(
			"Service Order Item",
			sizes["orders"],
			{
				"name": of("SOI", "s.seq"),
				"parent": order,
				"parenttype": "'Service Order'",
				"parentfield": "'items'",
				"idx": "1",
			},
		),
		(
			"Service Fee",
			sizes["orders"] // 3,
			{
				# Of each third order, which is in warranty; the last fiftieth is open.
				"name": of("SF", "s.seq"),
				"service_order": of("SO", "s.seq * 3"),
				"order_date": "date({done})",
				"fee_date": "date({done})",
				"outlet": of("OUT", f"(1 + mod(s.seq * 3, {OUTLETS}))", 4),
				"fee_kind": "'Service'",
				"paid_by": "'Warranty'",
				"amount": "110",
				"sequence": "1",
			},
		),
		(
			"Service Receivable",
			sizes["orders"] // 3,
			{
				"name": of("SRV", "s.seq"),
				"customer": of("CUS", "(1 + mod((s.seq * 3 - 1) * 7919, {customers}))"),
				"outlet": of("OUT", f"(1 + mod(s.seq * 3 - 1, {OUTLETS}))", 4),
				"reference_doctype": "'Service Order'",
				"reference_name": of("SO", "s.seq * 3 - 1"),
				"reference_key": of("SO", "s.seq * 3 - 1"),
				"posting_date": "date({done})",
				"due_date": "date({done}) + interval 14 day",
				"amount": "100",
				"received": "if(mod(s.seq, 10) = 0, 0, 100)",
				"outstanding": "if(mod(s.seq, 10) = 0, 100, 0)",
				"status": "if(mod(s.seq, 10) = 0, 'Unpaid', 'Paid')",
			},
		),
		(
			"Service Payment",
			sizes["orders"] // 3,
			{
				"name": of("SP", "s.seq"),
				"receivable": of("SRV", "s.seq"),
				"customer": of("CUS", "(1 + mod((s.seq * 3 - 1) * 7919, {customers}))"),
				"outlet": of("OUT", f"(1 + mod(s.seq * 3 - 1, {OUTLETS}))", 4),
				"service_order": of("SO", "s.seq * 3 - 1"),
				"amount": "100",
				"mode": choice("Cash", "Transfer", "Card", "Mobile"),
				"received_at": "{done}",
				"_where": "mod(s.seq, 10) <> 0",
			},
		),
		(
			"Follow-up",
			sizes["follow_ups"],
			{
				"name": of("FU", "s.seq"),
				"unique_key": of("FU", "s.seq"),
				"customer": customer,
				"customer_name": name_of.format(spread("{customers}")),
				"source_doctype": "'Service Ticket'",
				"source_name": of("ST", spread("{tickets}", 15485863)),
				"due_date": "date({done})",
				"planned_for": agent,
				"followed_up_by": f"if({open_}, null, {agent})",
				"followed_up_on": f"if({open_}, null, {{done}})",
				"satisfied": f"if({open_}, null, {choice('Very Satisfied', 'Satisfied', 'Satisfied', 'Neutral', 'Dissatisfied')})",
				"status": f"if({open_}, 'Planned', 'Followed Up')",
				"stage": f"if({open_}, 'Open', 'Done')",
			},
		),
		(
			"Customer Complaint",
			sizes["complaints"],
			{
				"name": of("CC", "s.seq"),
				"kind": "'Complaint'",
				"complaint_type": of("CPT", spread("10", 7), 4),
				"customer": customer,
				"customer_name": name_of.format(spread("{customers}")),
				"product": product,
				"received_on": "{when}",
				"reason": "'Came late'",
				"status": f"if({open_}, 'In Handling', 'Closed')",
				"stage": f"if({open_}, 'Handling', 'Done')",
			},
		),
		(
			"Part Ledger Entry",
			sizes["entries"],
			{
				# Receipt of nine, then three times three used: what is left follows from the place in the chain.
				"name": of("PLE", "s.seq"),
				"spare_part": of("PRT", f"(1 + mod(mod(s.seq - 1, {{pairs}}), {PARTS}))", 4),
				"warehouse": of(
					"WH", f"(1 + mod(floor(mod(s.seq - 1, {{pairs}}) / {PARTS}), {WAREHOUSES}))", 4
				),
				"entry_no": "1 + floor((s.seq - 1) / {pairs})",
				"posting_date": "date({when})",
				"posting_time": "time({when})",
				"qty_change": "if(mod(floor((s.seq - 1) / {pairs}), 4) = 0, 9, -3)",
				"qty_after": "9 - 3 * mod(floor((s.seq - 1) / {pairs}), 4)",
				"rate": "2",
				"value_change": "2 * if(mod(floor((s.seq - 1) / {pairs}), 4) = 0, 9, -3)",
				"value_after": "2 * (9 - 3 * mod(floor((s.seq - 1) / {pairs}), 4))",
				"purpose": "if(mod(floor((s.seq - 1) / {pairs}), 4) = 0, 'Receipt', 'Consumption')",
				"voucher_type": "'Part Stock Entry'",
				"voucher_no": of("PSE", "s.seq"),
				"movement": of("PLE", "s.seq"),
			},
		),
		(
			"Sale Record",
			sizes["sales"],
			{
				"name": of("SR", "s.seq"),
				"docstatus": "1",
				"customer": customer,
				"customer_name": name_of.format(spread("{customers}")),
				"sale_date": "date({when})",
				"outlet": outlet,
				"sales_representative": agent,
				"total_qty": "1",
				"total": "1000 + mod(s.seq, 50) * 10",
				"received": "if(mod(s.seq, 4) = 0, 0, 1000 + mod(s.seq, 50) * 10)",
				"outstanding": "if(mod(s.seq, 4) = 0, 1000 + mod(s.seq, 50) * 10, 0)",
				"status": "if(mod(s.seq, 4) = 0, 'Unpaid', 'Collected')",
			},
		),
		(
			"Sale Record Item",
			sizes["sales"],
			{
				"name": of("SRI", "s.seq"),
				"parent": of("SR", "s.seq"),
				"parenttype": "'Sale Record'",
				"parentfield": "'items'",
				"docstatus": "1",
				"idx": "1",
				"product": product,
				"product_category": category,
				"qty": "1",
				"rate": "1000 + mod(s.seq, 50) * 10",
				"amount": "1000 + mod(s.seq, 50) * 10",
			},
		),
		(
			"Sale Collection",
			sizes["sales"],
			{
				"name": of("SC", "s.seq"),
				"sale_record": of("SR", "s.seq"),
				"customer": customer,
				"outlet": outlet,
				"amount": "1000 + mod(s.seq, 50) * 10",
				"collected_on": "date({when})",
				"mode": choice("Cash", "Transfer", "Card", "Mobile"),
				"_where": "mod(s.seq, 4) <> 0",
			},
		),
		(
			"Points Entry",
			sizes["sales"],
			{
				"name": of("PE", "s.seq"),
				"customer": customer,
				"posting_date": "date({when})",
				"kind": "'Earned'",
				"points": "100 + mod(s.seq, 50)",
				"points_left": "100 + mod(s.seq, 50)",
				"reference_doctype": "'Sale Record'",
				"reference_name": of("SR", "s.seq"),
				"entry_key": of("PE", "s.seq"),
				"_where": "mod(s.seq, 4) <> 0",
			},
		),
	]


def fill(table: str, count: int, columns: dict[str, str], sizes: dict[str, int]) -> None:
	"""Write the rows of a table in large statements, committed one by one."""
	columns = dict(columns)
	condition = columns.pop("_where", "1 = 1")
	begin = date.today() - timedelta(days=DAYS)
	when = f"('{begin} 08:00:00' + interval floor(s.seq * {DAYS} * 86400 / {max(count, 1)} * 0.999) second)"
	done = f"least({when} + interval mod(s.seq * 53, 12) day, now())"
	common = {
		"owner": "'Administrator'",
		"modified_by": "'Administrator'",
		"creation": when,
		"modified": done if "completion_date" in columns or "completed_at" in columns else when,
	}
	columns = {**common, **columns}
	values = ", ".join(columns.values()).format(when=when, done=done, count=count, **sizes)
	names = ", ".join(f"`{column}`" for column in columns)
	for first in range(1, count + 1, CHUNK):
		last = min(first + CHUNK - 1, count)
		frappe.db.sql(
			f"insert into `tab{table}` ({names}) select {values} from seq_{first}_to_{last} s where {condition}"
		)
		frappe.db.commit()


def fill_balances() -> None:
	"""Add the movements up."""
	frappe.db.sql(
		"""insert into `tabPart Balance` (name, owner, modified_by, creation, modified, spare_part, warehouse, qty, value,
			valuation_rate, entries)
		select sha1(lower(concat(spare_part, '\n', warehouse))), 'Administrator', 'Administrator', now(), now(), spare_part,
			warehouse, sum(qty_change), sum(value_change), 2, max(entry_no)
		from `tabPart Ledger Entry` where name like %s group by spare_part, warehouse""",
		(f"{MARK}%",),
	)


def fill_points_balances() -> None:
	"""Add the points up."""
	frappe.db.sql(
		"""insert into `tabPoints Balance` (name, owner, modified_by, creation, modified, customer, balance, earned)
		select concat('BM-PB-', customer), 'Administrator', 'Administrator', now(), now(), customer, sum(points), sum(points)
		from `tabPoints Entry` where name like %s group by customer""",
		(f"{MARK}%",),
	)


def remove() -> None:
	"""Take everything away in pieces, and count the days anew."""
	from aftersales.aftersales.figures.compute import rebuild

	masters = (
		"Service Region", "Product Category", "Complaint Type", "Product", "Service Outlet", "Technician",
		"Part Warehouse", "Spare Part",
	)  # fmt: skip
	filled = [name for name, *_rest in tables(sizes_of(100))]
	gone = 0
	for table in dict.fromkeys([*filled, *masters, "Points Balance"]):
		while rows := delete(table, "name like %s", f"{MARK}%"):
			gone += rows
	while delete("Part Balance", "warehouse like %s", f"{MARK}%"):
		pass
	for table, column in (("User", "name"), ("Has Role", "parent")):
		delete(table, f"{column} like %s", "bm-agent-%")
	frappe.db.sql("delete from __Auth where name like 'bm-agent-%%'")
	frappe.db.commit()
	if gone:
		rebuild()


def delete(table: str, condition: str, value: str) -> int:
	"""Delete some rows and commit; returns how many."""
	frappe.db.sql(f"delete from `tab{table}` where {condition} limit {CHUNK}", (value,))
	rows = frappe.db.sql("select row_count()")[0][0]
	frappe.db.commit()
	return rows


if __name__ == "__main__":
	main()
