"""A month of a service outlet for tests of its reports: March 2024, with figures that the tests know by hand.

No  in           out          ready        kind     type recv tech dev   work  parts other  customer  promised
1   03-01 09:00  03-01 17:00  03-01 16:00  Workshop A    R1   T1   D1     200    100     0       300  03-01 18:00
2   03-01 10:00  03-04 15:00  03-04 12:00  Workshop A    R1   T2   D2     400    600    50       450  03-03 12:00
3   03-02 09:00  03-03 09:00  03-02 17:00  Workshop B    R2   T1   D3     100      0     0       100
4   03-02 10:00  (counter)    03-02 11:00  Counter  B    R2   T1           80     20     0       100
5   03-05 09:00                            Workshop A    R1   T2   D1
6   03-05 10:00  (cancelled)               Workshop A    R2   T2   D4
7   03-10 09:00  03-20 13:00  03-20 12:00  Workshop B    R1   T1   D4    1000   2000     0      3000  03-20 18:00
8   02-28 09:00  03-02 10:00  03-01 10:00  Workshop A    R1   T1   D1     150     50     0         0
9   02-10 09:00  02-12 18:00  02-12 17:00  Workshop A    R2   T1   D2     500      0     0       500
10  2023-03-15   the same day              Workshop A    R1   T1   D3     250      0     0       250
11  03-15 09:00  (on site)    03-15 12:00  Repair   A    R1   T1   D3     100      0     0       200  (way 100)
12  03-12 09:00  03-12 18:00  03-12 17:00  Workshop A    R3        D5     999      0     0       999  other outlet
"""

from types import SimpleNamespace

import frappe
from frappe.model.document import Document

from aftersales.testing import devices, factories, field, parts

# number: (taken in, delivered, completed, kind, type, receptionist, technician, device, fees, customer pays, promised)
ORDERS = {
	1: (
		"03-01 09:00",
		"03-01 17:00",
		"03-01 16:00",
		"Workshop",
		"A",
		"R1",
		"T1",
		"D1",
		(200, 100),
		300,
		"03-01 18:00",
	),
	2: (
		"03-01 10:00",
		"03-04 15:00",
		"03-04 12:00",
		"Workshop",
		"A",
		"R1",
		"T2",
		"D2",
		(400, 600, 0, 50),
		450,
		"03-03 12:00",
	),
	3: ("03-02 09:00", "03-03 09:00", "03-02 17:00", "Workshop", "B", "R2", "T1", "D3", (100,), 100, None),
	4: ("03-02 10:00", None, "03-02 11:00", "Counter Repair", "B", "R2", "T1", None, (80, 20), 100, None),
	5: ("03-05 09:00", None, None, "Workshop", "A", "R1", "T2", "D1", (), 0, None),
	6: ("03-05 10:00", None, None, "Workshop", "A", "R2", "T2", "D4", (), 0, None),
	7: (
		"03-10 09:00",
		"03-20 13:00",
		"03-20 12:00",
		"Workshop",
		"B",
		"R1",
		"T1",
		"D4",
		(1000, 2000),
		3000,
		"03-20 18:00",
	),
	8: ("02-28 09:00", "03-02 10:00", "03-01 10:00", "Workshop", "A", "R1", "T1", "D1", (150, 50), 0, None),
	9: ("02-10 09:00", "02-12 18:00", "02-12 17:00", "Workshop", "A", "R2", "T1", "D2", (500,), 500, None),
	10: (
		"2023-03-15 09:00",
		"2023-03-15 18:00",
		"2023-03-15 17:00",
		"Workshop",
		"A",
		"R1",
		"T1",
		"D3",
		(250,),
		250,
		None,
	),
	11: ("03-15 09:00", None, "03-15 12:00", "Repair", "A", "R1", "T1", "D3", (100, 0, 100), 200, None),
	12: ("03-12 09:00", "03-12 18:00", "03-12 17:00", "Workshop", "A", "R3", None, "D5", (999,), 999, None),
}
OF_DEVICE = ("customer", "customer_name", "product", "product_name", "product_category", "serial_no")
FEES = ("service_fee", "parts_fee", "visit_fee", "other_fee")
# order: (technician or None for that of the order, quantity, standard hours, amount)
LINES = {1: [(None, 1, 2.5, 200)], 2: [(None, 2, 1.5, 400)], 7: [("T1", 1, 4, 600), ("T1", 1, 2, 400)]}
# order: (technician, begin, hours)
HOURS = {1: ("T1", "03-01 10:00", 2), 7: ("T1", "03-20 06:00", 5), 2: ("T2", "03-04 07:00", 4)}
INSPECTIONS = (
	(1, "03-01 15:00", "Passed"),
	(2, "03-03 09:00", "Rework"),
	(2, "03-04 10:00", "Passed"),
	(7, "03-20 11:00", "Passed"),
)
# order: (day, fields of the Follow-up)
CALLS = {
	1: ("03-05", {"satisfied": "Very Satisfied", "customer_real": "Yes"}),
	2: ("03-08", {"satisfied": "Dissatisfied", "dissatisfaction_handling": "Called back", "opinion": True}),
	3: ("03-06", {"customer_real": "No"}),
	7: ("03-25", {"satisfied": "Very Dissatisfied", "remaining_problem": "It still leaks"}),
}
# order: day and value of the parts that it used up; a reversal has the other sign
PARTS = ((2, "03-04", -350), (7, "03-20", -1200), (7, "03-21", 200))
# order: (owed since, amount, payments as (moment, amount, mode))
OWED = {
	1: ("03-01", 300, [("03-01 17:05", 300, "Cash")]),
	2: ("03-04", 450, [("03-10 10:00", 200, "Transfer")]),
	7: ("03-20", 3000, []),
}
# (due, stage, reason)
MAINTENANCE = (
	("03-10", "Skipped", "Sold the pump"),
	("03-11", "Skipped", "Sold the pump"),
	("03-15", "Planned", None),
	("03-18", "Done", None),
)
# (outlet, kind of fee, amount, order, settled, paid)
COSTS = (
	("M", "Visit", 60, 2, 1, 1),
	("M", "Parts", 500, 2, 1, 0),
	("M", "Parts", -100, 2, 0, 0),
	("N", "Service", 40, 12, 0, 0),
)


def at(text: str | None) -> str | None:
	"""Return a moment of 2024 unless it names its year."""
	return text and (text if text.count("-") == 2 else f"2024-{text}")


def make_service_month() -> SimpleNamespace:
	"""Make everything, in the transaction of the test.

	:returns: `outlet` (all but order 12 and a fee), `other`, `orders` by number, `people` (R1-R3), `technicians` (T1, T2),
	    `devices` (D1-D5), `customers` (C1 with D1 and D2, C2 with D3, C3 with D4, C4 with D5), `types` (A, B), `levels`.
	"""
	month = SimpleNamespace(outlet=field.make_service_outlet().name, other=field.make_service_outlet().name)
	make_people(month)
	make_devices(month)
	month.orders = {number: make_order(month, number, *row) for number, row in ORDERS.items()}
	make_work(month)
	make_calls(month)
	make_money(month)
	make_maintenance(month)
	return month


def make_people(month: SimpleNamespace) -> None:
	"""Make receptionists, technicians and types of service."""
	month.people = {}
	for name in ("R1", "R2", "R3"):
		email = f"{frappe.scrub(factories.unique('desk'))}@example.com"
		first = f"Desk {name}"
		month.people[name] = stored("User", name=email, email=email, first_name=first, full_name=first).name
	month.technicians = {name: field.make_technician(outlet=month.outlet).name for name in ("T1", "T2")}
	month.types = {name: field.make_service_type().name for name in "AB"}


def make_devices(month: SimpleNamespace) -> None:
	"""Make customers and devices; D1 has the level Gold, D2 and D3 Silver."""
	month.customers = {name: factories.make_customer().name for name in ("C1", "C2", "C3", "C4")}
	month.levels = {name: devices.make_discount_level().name for name in ("Gold", "Silver")}
	month.category = factories.make_product_category().name
	product = factories.make_product(product_category=month.category).name
	month.devices = {}
	for name, customer, level in (
		("D1", "C1", "Gold"),
		("D2", "C1", "Silver"),
		("D3", "C2", "Silver"),
		("D4", "C3", None),
		("D5", "C4", None),
	):
		month.devices[name] = devices.make_customer_device(
			product=product,
			customer=month.customers[customer],
			outlet=month.other if name == "D5" else month.outlet,
			discount_level=month.levels.get(level),
		).name


def make_order(month: SimpleNamespace, number: int, *row) -> str:
	"""Make one order as it is in the table above; how it came there is none of the reports' business."""
	taken_in, delivered, completed, kind, service_type, receiver, technician, device, fees, pays, promised = (
		row
	)
	values = dict(zip(FEES, fees, strict=False))
	owner = frappe.db.get_value("Customer Device", month.devices.get(device), OF_DEVICE, as_dict=True) or {}
	order = stored(
		"Service Order",
		**values,
		**owner,
		order_kind=kind,
		outlet=month.other if number == 12 else month.outlet,
		service_type=month.types[service_type],
		receiver=month.people[receiver],
		technician=month.technicians.get(technician),
		device=month.devices.get(device),
		status="On Site",
		stage="Completed" if completed else "Cancelled" if number == 6 else "In Work",
		completed_at=at(completed),
		promised_at=at(promised),
		total_fee=sum(values.values()),
		customer_pays=pays,
	)
	frappe.db.set_value("Service Order", order.name, "creation", at(taken_in), update_modified=False)
	if delivered:
		stored(
			"Order Delivery",
			service_order=order.name,
			outlet=order.outlet,
			delivered_at=at(delivered),
			delivered_to="Owner",
		)
	return order.name


def stored(doctype: str, **values) -> Document:
	"""Store a document as it is, without what its controller would do."""
	doc = frappe.new_doc(doctype)
	doc.update(values)
	doc.db_insert()
	return doc


def make_work(month: SimpleNamespace) -> None:
	"""Make lines of work, hours and inspections."""
	for number, rows in LINES.items():
		for index, (technician, qty, hours, amount) in enumerate(rows, 1):
			stored(
				"Service Order Item",
				parent=month.orders[number],
				parenttype="Service Order",
				parentfield="items",
				idx=index,
				technician=month.technicians.get(technician),
				qty=qty,
				standard_hours=hours,
				amount=amount,
			)
	for number, (technician, start, hours) in HOURS.items():
		stored(
			"Job Time",
			service_order=month.orders[number],
			outlet=month.outlet,
			technician=month.technicians[technician],
			started_at=at(start),
			hours=hours,
		)
	for number, moment, result in INSPECTIONS:
		stored(
			"Completion Inspection",
			service_order=month.orders[number],
			outlet=month.outlet,
			inspected_at=at(moment),
			result=result,
		)


def make_calls(month: SimpleNamespace) -> None:
	"""Make the follow-ups."""
	month.opinion = factories.make_customer_opinion().name
	for number, (day, values) in CALLS.items():
		said = {**values, "opinion": month.opinion} if values.get("opinion") else values
		stored(
			"Follow-up",
			source_doctype="Service Order",
			source_name=month.orders[number],
			stage="Done",
			followed_up_on=at(f"{day} 10:00"),
			**said,
		)


def make_money(month: SimpleNamespace) -> None:
	"""Make the cost of parts, receivables, payments and fees."""
	part, warehouse = parts.make_spare_part().name, parts.make_part_warehouse().name
	for index, (number, day, value) in enumerate(PARTS, 1):
		stored(
			"Part Ledger Entry",
			spare_part=part,
			warehouse=warehouse,
			entry_no=index,
			posting_date=at(day),
			purpose="Consumption",
			value_change=value,
			service_order=month.orders[number],
		)
	for number, (day, amount, payments) in OWED.items():
		order = frappe.get_doc("Service Order", month.orders[number])
		whose = {"customer": order.customer, "customer_name": order.customer_name, "outlet": order.outlet}
		received = sum(sum_paid for _moment, sum_paid, _mode in payments)
		owed = stored(
			"Service Receivable",
			**whose,
			reference_doctype="Service Order",
			reference_name=order.name,
			reference_key=f"test:{order.name}",
			posting_date=at(day),
			due_date=at(day),
			amount=amount,
			received=received,
			outstanding=amount - received,
		)
		for moment, sum_paid, mode in payments:
			stored(
				"Service Payment",
				**whose,
				receivable=owed.name,
				service_order=order.name,
				amount=sum_paid,
				mode=mode,
				received_at=at(moment),
			)
	for index, (outlet, kind, amount, number, settled, paid) in enumerate(COSTS, 1):
		stored(
			"Service Fee",
			outlet=month.outlet if outlet == "M" else month.other,
			fee_date=at("03-09"),
			order_date=at("03-09"),
			fee_kind=kind,
			amount=amount,
			sequence=100 + index,
			service_order=month.orders[number],
			settlement="SET-TEST" if settled else None,
			paid=paid,
		)


def make_maintenance(month: SimpleNamespace) -> None:
	"""Make the maintenance that was due."""
	for day, stage, reason in MAINTENANCE:
		stored(
			"Maintenance Visit",
			customer=month.customers["C1"],
			device=month.devices["D1"],
			outlet=month.outlet,
			due_date=at(day),
			visit_kind="Periodic",
			stage=stage,
			skip_reason=reason,
		)
