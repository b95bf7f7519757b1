"""Fill a site to size: tickets and the rest in proportion, consistent with each other, by statements the database runs itself.

    make benchmark ARGS="at_size --site aftersales.localhost --tickets 1000000"
    make benchmark ARGS="at_size --site aftersales.localhost --remove"

With a million tickets there are 200,000 customers with a telephone number each, 300,000 devices, 500,000 calls, 400,000 service
orders with their lines and fees, 200,000 follow-ups, 50,000 complaints, 100,000 sales, 400,000 points entries and 3,000,000 stock
movements whose sums are the balances. Customer, device, product, region and outlet of a ticket are those of its order, follow-up
and fees; everything lies within the last three years, and the newest two percent are still open. All names begin with BM, so that
`--remove` takes away exactly what was made. The rows go past the documents: use a site that is there for measuring.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import frappe
from frappe.utils.nestedset import rebuild_tree

PREFIX = "BM"
YEARS = 3
STEP = 100_000  # rows of one statement and one commit
BRANCHES, CENTRES, OUTLETS = 5, 5, 10  # of each: 5 branches × 5 centres × 10 outlets
REGIONS, CATEGORIES, PRODUCTS, PARTS, TECHNICIANS, AGENTS = 40, 30, 500, 2_000, 400, 40
ENTRIES_OF_A_BALANCE = 30
SURNAMES = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗".split()
GIVEN = "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平".split()
COMPLAINTS = "不制冷 噪音大 漏水 无法启动 显示故障 加热慢 有异味 自动关机 遥控失灵 门封不严".split()


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--tickets", type=int, default=1_000_000)
	parser.add_argument("--remove", action="store_true", help="take everything away that an earlier run made")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	if arguments.remove:
		remove()
	else:
		fill(arguments.tickets)


# What a row is made of: SQL over `seq`, its number, beginning with 1


def name(kind: str, number: str = "seq") -> str:
	"""Name of record `number` of a kind, e.g. BM-T-00000001."""
	return f"CONCAT('{PREFIX}-{kind}-', LPAD({number}, 8, '0'))"


def dice(sides: int, salt: int = 0, number: str = "seq") -> str:
	"""A number from 0 to sides - 1 that looks random and is always the same for a row."""
	return f"(({number} + {salt}) * 2654435761 DIV 4096 MOD {sides})"


def one_of(words: list[str] | tuple[str, ...], salt: int = 0, number: str = "seq") -> str:
	values = ", ".join(frappe.db.escape(word) for word in words)
	return f"ELT(1 + {dice(len(words), salt, number)}, {values})"


@dataclass
class Sizes:
	"""How many rows of each kind belong to a number of tickets."""

	tickets: int

	@property
	def customers(self) -> int:
		return max(self.tickets // 5, 10)

	@property
	def devices(self) -> int:
		return max(self.tickets * 3 // 10, 15)

	def moment(self, number: str, of: int, later: int = 0) -> str:
		"""When row `number` of `of` happened: evenly spread over the years until now, or some seconds later."""
		seconds = YEARS * 365 * 86_400
		ago = f"(({of} - {number}) * {seconds} DIV {of})"
		return f"(@now - INTERVAL GREATEST({ago} - {later}, 0) SECOND)"

	def customer_of(self, ticket: str) -> str:
		return f"(1 + {ticket} * 7919 MOD {self.customers})"


@dataclass
class Fill:
	"""Rows of one DocType: how many, and the SQL of their columns."""

	doctype: str
	rows: int
	columns: dict[str, str] = field(default_factory=dict)

	def run(self) -> None:
		"""Write the rows in statements of bounded size, committed one by one.

		:raises ValueError: a column is not there.
		"""
		known = frappe.db.get_table_columns(self.doctype)
		columns = {
			"creation": "@now",
			"owner": "'Administrator'",
			"modified_by": "'Administrator'",
			"docstatus": "0",
			"idx": "0",
			**self.columns,
		}
		columns.setdefault("modified", columns["creation"])
		if unknown := set(columns) - set(known):
			raise ValueError(f"{self.doctype} has no {', '.join(sorted(unknown))}")
		names = ", ".join(f"`{column}`" for column in columns)
		values = ", ".join(columns.values())
		began = time.perf_counter()
		for first in range(1, self.rows + 1, STEP):
			last = min(first + STEP - 1, self.rows)
			frappe.db.sql(
				f"INSERT INTO `tab{self.doctype}` ({names}) SELECT {values} FROM seq_{first}_to_{last}"
			)
			frappe.db.commit()
		print(f"{self.rows:>10,} {self.doctype}: {time.perf_counter() - began:.1f} s", flush=True)


def child_of(parent_doctype: str, parent: str, table: str) -> dict[str, str]:
	return {
		"parent": parent,
		"parenttype": frappe.db.escape(parent_doctype),
		"parentfield": frappe.db.escape(table),
		"idx": "1",
	}


# Masters


def product_of(number: str) -> str:
	return f"(1 + {number} * 31 MOD {PRODUCTS})"


def category_of(number: str) -> str:
	return name("PC", f"(1 + {product_of(number)} MOD {CATEGORIES})")


def outlet_of(number: str) -> str:
	"""Number of the outlet that serves a customer."""
	return f"(1 + {number} * 17 MOD {BRANCHES * CENTRES * OUTLETS})"


def technician_of(number: str) -> str:
	return name("TEC", f"(1 + {outlet_of(number)} MOD {TECHNICIANS})")


def agent_of(number: str) -> str:
	return f"CONCAT('bm-agent-', LPAD(1 + {dice(AGENTS, 9, number)}, 3, '0'), '@test.example')"


def masters() -> list[Fill]:
	region = {"region_name": name("R"), "name": name("R")}
	centres = BRANCHES * CENTRES
	return [
		Fill("Service Region", REGIONS, region),
		Fill("Product Category", CATEGORIES, {"name": name("PC"), "category_name": name("PC")}),
		Fill(
			"Product",
			PRODUCTS,
			{
				"name": name("P"),
				"product_code": name("P"),
				"product_name": f"CONCAT({one_of(('空调', '冰箱', '洗衣机', '热水器', '净水机'))}, ' ', seq)",
				"product_category": name("PC", f"(1 + seq MOD {CATEGORIES})"),
				"model": "CONCAT('M', seq)",
				"price": "500 + seq MOD 90 * 100",
				"warranty_months": "24",
			},
		),
		Fill("Service Outlet", BRANCHES, outlet("B", "Branch", None, 1)),
		Fill(
			"Service Outlet",
			centres,
			outlet("C", "Service Centre", name("B", f"(1 + seq MOD {BRANCHES})"), 1),
		),
		Fill(
			"Service Outlet",
			centres * OUTLETS,
			outlet("O", "Outlet", name("C", f"(1 + seq MOD {centres})"), 0),
		),
		Fill(
			"Technician",
			TECHNICIANS,
			{
				"name": name("TEC"),
				"technician_name": full_name(),
				"outlet": name("O", f"(1 + seq MOD {centres * OUTLETS})"),
				"enabled": "1",
				"daily_hours": "8",
			},
		),
		Fill(
			"Spare Part",
			PARTS,
			{
				"name": name("SP"),
				"part_no": name("SP"),
				"part_name": f"CONCAT({one_of(('压缩机', '电机', '主板', '密封条', '传感器'))}, ' ', seq)",
				"price": "10 + seq MOD 90",
				"stock_uom": "'件'",
				"chargeable": "1",
			},
		),
		Fill(
			"Part Warehouse",
			centres,
			{
				"name": name("W"),
				"warehouse_name": name("W"),
				"warehouse_kind": "'Branch'",
				"enabled": "1",
				"outlet": name("C"),
			},
		),
		Fill(
			"User",
			AGENTS,
			{
				"name": agent(),
				"email": agent(),
				"first_name": full_name(),
				"full_name": full_name(),
				"enabled": "1",
				"user_type": "'System User'",
			},
		),
	]


def agent() -> str:
	return "CONCAT('bm-agent-', LPAD(seq, 3, '0'), '@test.example')"


def outlet(kind: str, outlet_kind: str, parent: str | None, is_group: int) -> dict[str, str]:
	return {
		"name": name(kind),
		"outlet_name": name(kind),
		"outlet_code": name(kind),
		"outlet_kind": frappe.db.escape(outlet_kind),
		"parent_service_outlet": parent or "NULL",
		"is_group": str(is_group),
		"enabled": "1",
		"region": name("R", f"(1 + seq MOD {REGIONS})"),
		"account_state": "'Opened'",
	}


def full_name(number: str = "seq") -> str:
	return f"CONCAT({one_of(SURNAMES, 3, number)}, {one_of(GIVEN, 11, number)}, {one_of(GIVEN, 29, number)})"


# People and what they own


def phone(number: str = "seq") -> str:
	return f"CONCAT('139', LPAD({number}, 8, '0'))"


def phone_key(number: str = "seq") -> str:
	from aftersales.telephony.numbers import normalise

	sample = "13900000001"
	return f"CONCAT({frappe.db.escape(normalise(sample).key.removesuffix(sample))}, {phone(number)})"


def customers(sizes: Sizes) -> list[Fill]:
	rows = sizes.customers
	began = sizes.moment("seq", rows)
	number = {
		"number_key": phone_key(),
		"extension": "''",
		"tail": f"RIGHT({phone()}, 8)",
		"raw": phone(),
		"level": "'Sure'",
	}
	return [
		Fill(
			"Service Customer",
			rows,
			{
				"name": name("CU"),
				"creation": began,
				"customer_name": full_name(),
				"phone": phone(),
				"organisation": "IF(seq MOD 10 = 0, CONCAT('公司 ', seq), NULL)",
				"customer_kind": "IF(seq MOD 10 = 0, 'Organisation', 'Individual')",
				"region": name("R", f"(1 + seq MOD {REGIONS})"),
				"member_no": "CONCAT('BM', seq)",
				"customer_since": f"DATE({began})",
			},
		),
		Fill(
			"Caller Number",
			rows,
			{
				"name": name("CN"),
				**number,
				"party_type": "'Service Customer'",
				"party": name("CU"),
				"customer": name("CU"),
				"display_name": full_name(),
				"source_field": "'phone'",
			},
		),
		Fill(
			"Customer Device",
			sizes.devices,
			{
				"name": name("CD"),
				"creation": sizes.moment("seq", sizes.devices),
				"serial_no": "CONCAT('BMSN', LPAD(seq, 8, '0'))",
				"serial_key": "CONCAT('BMSN', LPAD(seq, 8, '0'))",
				"unique_key": "CONCAT('BMSN', LPAD(seq, 8, '0'))",
				"device_token": "SHA1(CONCAT('BM', seq))",
				"product": name("P", product_of(f"(1 + (seq - 1) MOD {rows})")),
				"product_category": category_of(f"(1 + (seq - 1) MOD {rows})"),
				"customer": name("CU", f"(1 + (seq - 1) MOD {rows})"),
				"customer_name": full_name(f"(1 + (seq - 1) MOD {rows})"),
				"region": name("R", f"(1 + (1 + (seq - 1) MOD {rows}) MOD {REGIONS})"),
				"outlet": name("O", outlet_of(f"(1 + (seq - 1) MOD {rows})")),
				"status": "'Active'",
				"stage": "'Active'",
				"sale_date": f"DATE({sizes.moment('seq', sizes.devices)})",
				"warranty_start": f"DATE({sizes.moment('seq', sizes.devices)})",
				"warranty_end": f"DATE({sizes.moment('seq', sizes.devices)}) + INTERVAL 2 YEAR",
				"warranty_state": f"IF({sizes.moment('seq', sizes.devices)} > @now - INTERVAL 2 YEAR, 'In Warranty', 'Out of Warranty')",
			},
		),
	]


# What happened


def desk(sizes: Sizes) -> list[Fill]:
	"""Tickets, calls and complaints."""
	rows = sizes.tickets
	when = sizes.moment("seq", rows)
	customer = sizes.customer_of("seq")
	is_open = f"(seq > {rows * 98 // 100})"
	calls = rows // 2
	complaints = max(rows // 20, 1)
	about = "(seq * 20)"
	return [
		Fill(
			"Service Ticket",
			rows,
			{
				"name": name("T"),
				"creation": when,
				"modified": sizes.moment("seq", rows, later=3_600),
				"owner": agent_of("seq"),
				"record_type": one_of(("Enquiry", "Repair", "Repair", "Installation", "Suggestion"), 1),
				"urgency": one_of(("Low", "Normal", "Normal", "Normal", "High", "Critical"), 2),
				"channel": "'Phone'",
				"customer": name("CU", customer),
				"customer_name": full_name(customer),
				"contact_phone": phone(customer),
				"phone_key": phone_key(customer),
				"region": name("R", f"(1 + {customer} MOD {REGIONS})"),
				"product": name("P", product_of(customer)),
				"product_category": category_of(customer),
				"device": name("CD", customer),
				"serial_no": f"CONCAT('BMSN', LPAD({customer}, 8, '0'))",
				"question": f"CONCAT({one_of(COMPLAINTS, 4)}, '，', {one_of(COMPLAINTS, 41)})",
				"handling": f"IF({is_open}, NULL, '已处理')",
				"status": f"IF({is_open}, {one_of(('New', 'In Progress', 'Waiting for Customer'), 6)}, IF(seq MOD 3, 'Closed', 'Audited'))",
				"completed": f"IF({is_open}, 0, 1)",
				"person_in_charge": agent_of("seq"),
				"creation_date": f"DATE({when})",
				"completion_date": f"IF({is_open}, NULL, DATE({when}))",
			},
		),
		Fill(
			"Service Call",
			calls,
			{
				"name": name("CALL"),
				"call_uuid": name("CALL"),
				"creation": sizes.moment("seq", calls),
				"caller": full_name(sizes.customer_of("(seq * 2)")),
				"number_raw": phone(sizes.customer_of("(seq * 2)")),
				"number_display": phone(sizes.customer_of("(seq * 2)")),
				"number_key": phone_key(sizes.customer_of("(seq * 2)")),
				"customer": name("CU", sizes.customer_of("(seq * 2)")),
				"match_level": "'Sure'",
				"direction": "'Inbound'",
				"started_at": sizes.moment("seq", calls),
				"ended_at": sizes.moment("seq", calls, later=120),
				"duration": f"30 + {dice(400, 8)}",
				"state": "IF(seq MOD 9, 'Ended', 'Missed')",
				"agent": agent_of("(seq * 2)"),
			},
		),
		Fill(
			"Customer Complaint",
			complaints,
			{
				"name": name("CC"),
				"creation": sizes.moment("seq", complaints),
				"received_on": sizes.moment("seq", complaints),
				"kind": "'Complaint'",
				"complaint_type": "@complaint_type",
				"customer": name("CU", sizes.customer_of(about)),
				"customer_name": full_name(sizes.customer_of(about)),
				"ticket": name("T", about),
				"product": name("P", product_of(sizes.customer_of(about))),
				"reason": one_of(COMPLAINTS, 13),
				"status": f"IF(seq > {complaints * 98 // 100}, 'In Handling', 'Closed')",
				"stage": f"IF(seq > {complaints * 98 // 100}, 'Handling', 'Done')",
				"agent": agent_of(about),
			},
		),
	]


def field_work(sizes: Sizes) -> list[Fill]:
	"""Service orders with one line of work and one part, their fees and follow-ups; order n comes from ticket 2n."""
	rows = sizes.tickets * 2 // 5
	ticket = "(seq * 2)"
	customer = sizes.customer_of(ticket)
	when = sizes.moment(ticket, sizes.tickets)
	done = sizes.moment(ticket, sizes.tickets, later=86_400)
	is_open = f"(seq > {rows * 98 // 100})"
	who = {"charge_to": "IF(seq MOD 2, 'Warranty', 'Customer')"}
	follow_ups = rows // 2
	order = "(seq * 2)"
	return [
		Fill(
			"Service Order",
			rows,
			{
				"name": name("SO"),
				"creation": when,
				"modified": done,
				"order_kind": one_of(("Dispatch", "Repair", "Installation", "Workshop"), 7),
				"source": "'Ticket'",
				"service_ticket": name("T", ticket),
				"customer": name("CU", customer),
				"customer_name": full_name(customer),
				"contact_phone": phone(customer),
				"phone_key": phone_key(customer),
				"region": name("R", f"(1 + {customer} MOD {REGIONS})"),
				"device": name("CD", customer),
				"serial_no": f"CONCAT('BMSN', LPAD({customer}, 8, '0'))",
				"product": name("P", product_of(customer)),
				"product_category": category_of(customer),
				"outlet": name("O", outlet_of(customer)),
				"service_centre": name("C", f"(1 + {outlet_of(customer)} MOD {BRANCHES * CENTRES})"),
				"technician": technician_of(customer),
				"symptom": one_of(COMPLAINTS, 17),
				"planned_start": done,
				"dispatched_at": when,
				"received_at": when,
				"arrived_at": f"IF({is_open}, NULL, {done})",
				"completed_at": f"IF({is_open}, NULL, {done})",
				"status": f"IF({is_open}, 'Received', 'Followed Up')",
				"stage": f"IF({is_open}, 'Received', 'Followed Up')",
				"parts_fee": "50",
				"service_fee": "80",
				"total_fee": "130",
				"customer_pays": "IF(seq MOD 2, 0, 130)",
				"amount_due": "IF(seq MOD 2, 0, 130)",
				"warranty_state": "IF(seq MOD 2, 'In Warranty', 'Out of Warranty')",
			},
		),
		Fill(
			"Service Order Item",
			rows,
			{
				"name": name("SOI"),
				**child_of("Service Order", name("SO"), "items"),
				**who,
				"description": "'检修'",
				"qty": "1",
				"rate": "80",
				"amount": "80",
				"customer_amount": "IF(seq MOD 2, 0, 80)",
			},
		),
		Fill(
			"Service Order Part",
			rows,
			{
				"name": name("SOP"),
				**child_of("Service Order", name("SO"), "parts"),
				**who,
				"spare_part": name("SP", f"(1 + {dice(PARTS, 19)})"),
				"qty": "1",
				"rate": "50",
				"amount": "50",
				"customer_amount": "IF(seq MOD 2, 0, 50)",
			},
		),
		Fill("Service Fee", rows, fee(sizes, rows)),
		Fill(
			"Follow-up",
			follow_ups,
			{
				"name": name("FU"),
				"creation": sizes.moment("(seq * 4)", sizes.tickets),
				"customer": name("CU", sizes.customer_of("(seq * 4)")),
				"customer_name": full_name(sizes.customer_of("(seq * 4)")),
				"source_doctype": "'Service Order'",
				"source_name": name("SO", order),
				"due_date": f"DATE({sizes.moment('(seq * 4)', sizes.tickets, later=172_800)})",
				"status": f"IF(seq > {follow_ups * 98 // 100}, 'Planned', 'Followed Up')",
				"stage": f"IF(seq > {follow_ups * 98 // 100}, 'Open', 'Done')",
				"customer_real": "'Yes'",
				"satisfied": "IF(seq MOD 12, 'Yes', 'No')",
				"followed_up_on": f"IF(seq > {follow_ups * 98 // 100}, NULL, {sizes.moment('(seq * 4)', sizes.tickets, later=172_800)})",
				"followed_up_by": agent_of("seq"),
			},
		),
	]


def fee(sizes: Sizes, orders: int) -> dict[str, str]:
	"""Two fees of each order that the manufacturer pays for: the odd ones."""
	order = "(seq - 1 + seq MOD 2)"
	customer = sizes.customer_of(f"({order} * 2)")
	done = f"DATE({sizes.moment(f'({order} * 2)', sizes.tickets, later=86_400)})"
	return {
		"name": name("SF"),
		"creation": sizes.moment(f"({order} * 2)", sizes.tickets, later=86_400),
		"service_order": name("SO", order),
		"order_date": done,
		"fee_date": done,
		"outlet": name("O", outlet_of(customer)),
		"service_centre": name("C", f"(1 + {outlet_of(customer)} MOD {BRANCHES * CENTRES})"),
		"technician": technician_of(customer),
		"customer": name("CU", customer),
		"fee_kind": "IF(seq MOD 2, 'Service', 'Parts')",
		"paid_by": "'Warranty'",
		"amount": "IF(seq MOD 2, 80, 50)",
		"sequence": "IF(seq MOD 2, 1, 2)",
	}


def money(sizes: Sizes) -> list[Fill]:
	"""Sales with one line each, and points whose sums are the balances."""
	rows = max(sizes.tickets // 10, 1)
	customer = f"(1 + (seq - 1) * 3 MOD {sizes.customers})"
	price = f"(500 + {product_of(customer)} MOD 90 * 100)"
	sold = sizes.moment("seq", rows)
	return [
		Fill(
			"Sale Record",
			rows,
			{
				"name": name("SR"),
				"docstatus": "1",
				"creation": sold,
				"customer": name("CU", customer),
				"customer_name": full_name(customer),
				"contact_phone": phone(customer),
				"sale_date": f"DATE({sold})",
				"outlet": name("O", outlet_of(customer)),
				"sales_representative": agent_of("seq"),
				"total_qty": "1",
				"total": price,
				"received": f"IF(seq MOD 8, {price}, 0)",
				"outstanding": f"IF(seq MOD 8, 0, {price})",
				"status": "IF(seq MOD 8, 'Collected', 'Unpaid')",
			},
		),
		Fill(
			"Sale Record Item",
			rows,
			{
				"name": name("SRI"),
				"docstatus": "1",
				**child_of("Sale Record", name("SR"), "items"),
				"product": name("P", product_of(customer)),
				"product_name": "'BM'",
				"product_category": category_of(customer),
				"qty": "1",
				"rate": price,
				"amount": price,
			},
		),
		*points(sizes),
	]


def points(sizes: Sizes) -> list[Fill]:
	"""Two entries for each customer: 100 points earned, 30 redeemed."""
	customer = "((seq + 1) DIV 2)"
	return [
		Fill(
			"Points Entry",
			sizes.customers * 2,
			{
				"name": name("PE"),
				"customer": name("CU", customer),
				"customer_name": full_name(customer),
				"creation": sizes.moment("seq", sizes.customers * 2),
				"posting_date": f"DATE({sizes.moment('seq', sizes.customers * 2)})",
				"kind": "IF(seq MOD 2, 'Earned', 'Redeemed')",
				"points": "IF(seq MOD 2, 100, -30)",
				"balance_after": "IF(seq MOD 2, 100, 70)",
				"points_left": "IF(seq MOD 2, 70, 0)",
				"entry_key": name("PE"),
			},
		),
		Fill(
			"Points Balance",
			sizes.customers,
			{
				"name": name("PB"),
				"customer": name("CU"),
				"customer_name": full_name(),
				"balance": "70",
				"earned": "100",
				"redeemed": "30",
			},
		),
	]


def stock(sizes: Sizes) -> list[Fill]:
	"""Pairs of part and warehouse with 30 movements each: three in, two out, and so on; the balance is their sum."""
	pairs = min(max(sizes.tickets * 3 // ENTRIES_OF_A_BALANCE, 1), PARTS * BRANCHES * CENTRES)
	pair = f"((seq - 1) DIV {ENTRIES_OF_A_BALANCE})"
	turn = f"(1 + (seq - 1) MOD {ENTRIES_OF_A_BALANCE})"
	held = ENTRIES_OF_A_BALANCE // 2
	change = f"IF({turn} MOD 2, 3, -2)"
	after = f"(3 * (({turn} + 1) DIV 2) - 2 * ({turn} DIV 2))"
	entries = pairs * ENTRIES_OF_A_BALANCE
	when = sizes.moment("seq", entries)
	own_part = name("SP", f"(1 + (seq - 1) MOD {PARTS})")
	own_place = name("W", f"(1 + (seq - 1) DIV {PARTS})")
	return [
		Fill(
			"Part Ledger Entry",
			entries,
			{
				"name": name("PLE"),
				"creation": when,
				"spare_part": name("SP", f"(1 + {pair} MOD {PARTS})"),
				"warehouse": name("W", f"(1 + {pair} DIV {PARTS})"),
				"entry_no": turn,
				# a pair's movements lie side by side in the table, and all over the years in time
				"posting_date": f"DATE(@now - INTERVAL ({ENTRIES_OF_A_BALANCE} - {turn}) * {YEARS * 365 // ENTRIES_OF_A_BALANCE} DAY)",
				"qty_change": change,
				"qty_after": after,
				"rate": "10",
				"value_change": f"10 * {change}",
				"value_after": f"10 * {after}",
				"purpose": f"IF({turn} MOD 2, 'Receipt', 'Consumption')",
				"voucher_type": "'Part Stock Entry'",
				"voucher_no": name("PSE"),
				"movement": name("PSE"),
			},
		),
		Fill(
			"Part Balance",
			pairs,
			{
				# the same name that the ledger gives it
				"name": f"SHA1(LOWER(CONCAT({own_part}, '\\n', {own_place})))",
				"spare_part": own_part,
				"warehouse": own_place,
				"qty": str(held),
				"value": str(held * 10),
				"valuation_rate": "10",
				"entries": str(ENTRIES_OF_A_BALANCE),
			},
		),
	]


def fill(tickets: int) -> None:
	"""Write everything, rebuild the trees, the daily figures and the statistics of the optimiser."""
	remove()
	began = time.perf_counter()
	sizes = Sizes(tickets)
	# numbers of a sequence are unsigned; some are subtracted from smaller ones
	frappe.db.sql("SET @now = NOW(), SESSION sql_mode = CONCAT(@@sql_mode, ',NO_UNSIGNED_SUBTRACTION')")
	complaint_type = frappe.db.get_value("Complaint Type", {}, "name") or ""
	frappe.db.sql("SET @complaint_type = %s", complaint_type)
	parts: tuple[Callable[[Sizes], list[Fill]], ...] = (customers, desk, field_work, money, stock)
	filled = [*masters(), *(one for part in parts for one in part(sizes))]
	for one in filled:
		one.run()
	rebuild_trees()
	for doctype in {one.doctype for one in filled}:
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}`")
	frappe.db.commit()
	frappe.clear_cache()
	print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)


def remove() -> None:
	"""Take away what `fill` made, table by table in pieces."""
	frappe.db.rollback()
	doctypes = {one.doctype for one in masters()}
	for part in (customers, desk, field_work, money, stock):
		doctypes |= {one.doctype for one in part(Sizes(100))}
	for doctype in sorted(doctypes - {"User", "Part Balance"}):
		in_pieces(f"DELETE FROM `tab{doctype}` WHERE name LIKE '{PREFIX}-%%'")
	in_pieces(f"DELETE FROM `tabPart Balance` WHERE spare_part LIKE '{PREFIX}-%%'")
	in_pieces("DELETE FROM `tabUser` WHERE name LIKE 'bm-agent-%%@test.example'")
	rebuild_trees()
	frappe.db.commit()


def rebuild_trees() -> None:
	for doctype in ("Service Region", "Product Category", "Service Outlet", "Part Warehouse"):
		rebuild_tree(doctype, f"parent_{frappe.scrub(doctype)}")


def in_pieces(statement: str) -> None:
	while True:
		frappe.db.sql(f"{statement} LIMIT {STEP}")
		gone = frappe.db._cursor.rowcount
		frappe.db.commit()
		if gone < STEP:
			return


if __name__ == "__main__":
	main()
