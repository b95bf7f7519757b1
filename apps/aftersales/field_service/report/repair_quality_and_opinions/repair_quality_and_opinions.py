"""Repair Quality and Opinions (维修质量及跟踪意见处理汇总, Q38, S18.33); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Repair Quality and Opinions", filters)
