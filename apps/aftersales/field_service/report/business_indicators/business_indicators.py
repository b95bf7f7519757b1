"""Business Indicators (经营指标月分析表, Q38, S18.33); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Business Indicators", filters)
