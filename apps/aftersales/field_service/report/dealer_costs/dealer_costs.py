"""Dealer Costs (特约店费用, Q40, S18.35); see aftersales.field_service.dms."""

from aftersales.field_service.dms.engine import run


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and so on; called by Frappe. Filters and errors: `aftersales.field_service.dms.engine.run`."""
	return run("Dealer Costs", filters)
