"""Demo technicians: skills and absences, today's visits with a conflict, orders that wait, a workshop with three bays."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_to_date, now_datetime, today

from aftersales.demo.base import customer_called, read
from aftersales.setup.records import ensure

ORDER = "Service Order"
# Every day: the demo is looked at on Sundays too.
WORKING_TIME = {
	"doctype": "Working Time",
	"working_time_name": "上门服务 Field Service",
	"windows": [{"weekday": "Every Day", "from_time": "08:00:00", "to_time": "18:00:00"}],
}


def load() -> None:
	"""Make the demo technicians and their work that are missing; see aftersales.demo.load."""
	data = read("technicians")
	ensure(WORKING_TIME)
	outlet = outlet_of_all()
	people = {
		row.technician_name: row.name for row in (technician(row, outlet) for row in data["technicians"])
	}
	bays = {row["bay_name"]: bay(row, outlet) for row in data["bays"]}
	for row in data["visits"]:
		visit(row, outlet, people[row["technician"]])
	for row in data["waiting"]:
		order(row, outlet)
	for row in data["workshop"]:
		workshop(row, outlet, people["郭大勇"], bays.get(row.get("bay")))


def outlet_of_all() -> str | None:
	"""Return the outlet that the demo technician works for; without one, the first place that takes orders."""
	own = frappe.db.get_value("Service Staff", "technician@aftersales.example", "outlet")
	kinds = ("in", ("Outlet", "Service Centre"))
	return own or frappe.db.get_value(
		"Service Outlet", {"is_group": 0, "enabled": 1, "outlet_kind": kinds}, order_by="lft"
	)


def technician(row: dict, outlet: str | None) -> Document:
	"""Return a technician, made unless there is one of that name or account."""
	user = row.get("user")
	known = {"staff": user} if user else {"technician_name": row["technician_name"]}
	if name := frappe.db.exists("Technician", known):
		return frappe.get_doc("Technician", name)
	if user and not frappe.db.exists("Service Staff", user):
		frappe.get_doc(doctype="Service Staff", user=user).insert(ignore_permissions=True)
	away = {"from_date": today(), "to_date": today(), "reason": row.get("away")}
	categories = {
		name: level for name, level in row["skills"].items() if frappe.db.exists("Product Category", name)
	}
	return frappe.get_doc(
		{
			"doctype": "Technician",
			"staff": user,
			"technician_name": row.get("technician_name"),
			"outlet": outlet,
			"phone": row["phone"],
			"working_time": WORKING_TIME["working_time_name"],
			"skills": [{"product_category": name, "level": level} for name, level in categories.items()],
			"regions": [{"region": region} for region in row.get("regions", ())],
			"absences": [away] if row.get("away") else [],
		}
	).insert(ignore_permissions=True)


def bay(row: dict, outlet: str | None) -> str:
	"""Return a bay, made unless it is there."""
	known = frappe.db.exists("Service Bay", {"bay_name": row["bay_name"], "outlet": outlet})
	return (
		known
		or frappe.get_doc(doctype="Service Bay", outlet=outlet, **row).insert(ignore_permissions=True).name
	)


def order(row: dict, outlet: str | None, **values) -> Document | None:
	"""Make an order unless there is one with the same symptom."""
	if frappe.db.exists(ORDER, {"symptom": row["symptom"]}):
		return None
	return frappe.get_doc(
		{
			"doctype": ORDER,
			"order_kind": row.get("kind", "Repair"),
			"customer": customer_called(row["customer"]),
			"product": row["product"],
			"outlet": outlet,
			**{field: row[field] for field in ("symptom", "address", "urgency") if row.get(field)},
			**values,
		}
	).insert(ignore_permissions=True)


def visit(row: dict, outlet: str | None, technician: str) -> None:
	"""Make a visit of today, dispatched."""
	times = {
		"planned_start": f"{today()} {row['from']}:00",
		"planned_end": f"{today()} {row['to']}:00",
	}
	made = order(row, outlet, technician=technician, **times)
	if made and outlet:
		apply_workflow(made, "Dispatch")


def workshop(row: dict, outlet: str | None, technician: str, bay: str | None) -> None:
	"""Make an order of the workshop and bring it as far as it is."""
	promised = add_to_date(now_datetime(), hours=row["promised"]) if "promised" in row else None
	values = {"promised_at": promised, "bay": bay, "content": row["symptom"], "technician": technician}
	made = order({**row, "kind": "Workshop"}, outlet, **values)
	if not made:
		return
	for step in row["steps"]:
		apply_workflow(made, step)
	if hours := row.get("hours"):
		# Further back for each order: one person does one thing at a time.
		end = add_to_date(now_datetime(), hours=-8 * frappe.db.count("Job Time"))
		frappe.get_doc(
			doctype="Job Time",
			service_order=made.name,
			technician=technician,
			started_at=add_to_date(end, hours=-hours),
			ended_at=end,
		).insert(ignore_permissions=True)
	if row.get("inspected"):
		frappe.get_doc(
			doctype="Completion Inspection", service_order=made.name, lines=[{"item": "功能", "result": "OK"}]
		).insert(ignore_permissions=True)
	if row.get("completed"):
		apply_workflow(made, "Complete")
