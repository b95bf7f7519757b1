"""Technician Hours of the Day (维修人员工时统计日报, Q37, S18.32); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Technician Hours of the Day", filters)
