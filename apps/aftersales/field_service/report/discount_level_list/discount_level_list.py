"""Discount Level List (车辆折扣等级清单, Q38, S18.33); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Discount Level List", filters)
