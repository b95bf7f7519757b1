"""Payments of the Day (收款明细日报, Q37, S18.32); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Payments of the Day", filters)
