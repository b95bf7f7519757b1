"""What every report of the app costs on a site that `at_size` has filled: milliseconds, statements and rows, the slowest first.

    make benchmark ARGS="reports --site aftersales.localhost"

Each is run in process, without filters but the last 30 days, which is more than most people ask for: a list of whatever happened in
a month is as long as the month was busy. The better of two runs counts; a report that takes longer than `--most` seconds is given up.
"""

import argparse
import time
from unittest.mock import patch

import frappe
from frappe.utils import add_days, nowdate

BUDGET = 1.0


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--most", type=int, default=30, help="seconds after which a statement is given up")
	parser.add_argument("--only", help="one report")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.db.sql("set max_statement_time = %s", (arguments.most,))
	names = [arguments.only] if arguments.only else shipped()
	measured = sorted((measure(name) for name in names), reverse=True)
	within = sum(seconds <= BUDGET for seconds, *_rest in measured)
	print(f"{'':44}{'ms':>8}{'statements':>12}{'rows':>8}")
	for seconds, name, statements, rows, note in measured:
		print(f"{name:44}{seconds * 1000:8.0f}{statements:12}{rows:8}  {note}")
	print(f"{within} of {len(measured)} within {BUDGET:.0f} s")


def shipped() -> list[str]:
	"""Return the Script Reports of the app."""
	modules = frappe.get_all("Module Def", {"app_name": "aftersales"}, pluck="name")
	return frappe.get_all(
		"Report",
		{"report_type": "Script Report", "is_standard": "Yes", "module": ("in", modules), "disabled": 0},
		order_by="name",
		pluck="name",
	)


def measure(name: str) -> tuple[float, str, int, int, str]:
	"""Return seconds, name, statements, rows, and what went wrong, of one report."""
	report = frappe.get_doc("Report", name)
	best, statements, rows, note = float("inf"), 0, 0, ""
	for _run in range(2):
		filters = frappe._dict(from_date=add_days(nowdate(), -30), to_date=nowdate())
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			began = time.perf_counter()
			try:
				rows = len(report.execute_script_report(filters)[1] or [])
			except Exception as error:
				note = f"{type(error).__name__}: {str(error)[:60]}"
			best = min(best, time.perf_counter() - began)
			statements = sql.call_count
		frappe.db.rollback()
	return best, name, statements, rows, note


if __name__ == "__main__":
	main()
