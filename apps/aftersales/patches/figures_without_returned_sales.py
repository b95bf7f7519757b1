"""Daily figures of sales no longer count what was taken back as a whole."""

import frappe

from aftersales.aftersales.figures import marks


def execute():
	"""Have the days counted anew on which sales were made that were taken back."""
	days = frappe.get_all(
		"Sale Record", {"status": "Returned"}, pluck="sale_date", distinct=True, order_by=None
	)
	marks.touch("Sale Record", *days)
