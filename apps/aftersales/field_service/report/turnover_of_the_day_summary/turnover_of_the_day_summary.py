"""Turnover of the Day Summary (营业额日报汇总, Q37, S18.32); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Turnover of the Day Summary", filters)
