from datetime import date

from frappe.tests.utils import FrappeTestCase

from aftersales.utils import report, report_periods


class TestReportPeriods(FrappeTestCase):
	def test_period_of_filters(self):
		period = report.period_of({"from_date": "2024-02-01", "to_date": "2024-02-29"})
		self.assertEqual(period, (date(2024, 2, 1), date(2024, 2, 29)))
		for filters in (
			{},
			{"from_date": "2024-02-01"},
			{"from_date": "2024-02-02", "to_date": "2024-02-01"},
		):
			self.assertRaises(report.PeriodError, report.period_of, filters)

	def test_within_takes_the_last_day_whole(self):
		self.assertEqual(
			report.within("completed_at", "2024-02-28", "2024-02-29"),
			[["completed_at", ">=", date(2024, 2, 28)], ["completed_at", "<", date(2024, 3, 1)]],
		)

	def test_steps_are_complete_and_begin_where_they_begin(self):
		day = lambda text: date.fromisoformat(text)  # noqa: E731
		for unit, first, number in (
			("Day", "2023-12-30", 34),
			("Week", "2023-12-25", 6),
			("Month", "2023-12-01", 3),
			("Quarter", "2023-10-01", 2),
			("Year", "2023-01-01", 2),
		):
			found = report_periods.steps(day("2023-12-30"), day("2024-02-01"), unit)
			self.assertEqual((found[0], len(found)), (day(first), number), unit)
			self.assertEqual(found, sorted(set(found)), unit)
		self.assertEqual(
			len(report_periods.steps(date(2000, 1, 1), date(2024, 1, 1), "Day")), report_periods.MOST_STEPS
		)

	def test_what_a_statement_groups_by_falls_into_its_step(self):
		for unit, text, step in (
			("Day", "2024-02-29", date(2024, 2, 29)),
			("Week", "2024-03-01", date(2024, 2, 26)),
			("Month", "2024-02", date(2024, 2, 1)),
			("Quarter", "2024-06", date(2024, 4, 1)),
			("Year", "2024", date(2024, 1, 1)),
		):
			self.assertEqual(report_periods.step_of(text, unit), step)
			self.assertEqual(len(text), report_periods.UNITS[unit])
		rows = [
			{"step": "2024-04", "orders": 2},
			{"step": "2024-06", "orders": 3},
			{"step": None, "orders": 9},
		]
		self.assertEqual(
			report_periods.by_step(rows, "step", "Quarter", ["orders"]), {date(2024, 4, 1): {"orders": 5}}
		)

	def test_names_of_steps(self):
		names = [
			report_periods.step_name(date(2024, 12, 30), unit)
			for unit in ("Week", "Month", "Quarter", "Year")
		]
		self.assertEqual(names, ["2025 week 1", "2024-12", "2024 Q4", "2024"])

	def test_the_last_few(self):
		day = date(2024, 3, 31)
		for unit, number, first, end in (
			("Day", 7, date(2024, 3, 25), day),
			("Week", 2, date(2024, 3, 18), day),
			("Month", 2, date(2024, 2, 1), day),
			("Quarter", 2, date(2023, 10, 1), day),
			("Year", 1, date(2024, 1, 1), date(2024, 12, 31)),
		):
			self.assertEqual(report_periods.last(number, unit, day), (first, end), unit)

	def test_the_period_before(self):
		for start, end, first, final in (
			(date(2024, 3, 1), date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
			(date(2024, 1, 1), date(2024, 12, 31), date(2023, 1, 1), date(2023, 12, 31)),
			(date(2024, 3, 5), date(2024, 3, 9), date(2024, 2, 29), date(2024, 3, 4)),
			(date(2024, 3, 5), date(2024, 3, 5), date(2024, 3, 4), date(2024, 3, 4)),
		):
			self.assertEqual(report_periods.before(start, end), (first, final))

	def test_a_year_ago(self):
		for start, end, first, final in (
			(date(2025, 2, 1), date(2025, 2, 28), date(2024, 2, 1), date(2024, 2, 29)),
			(date(2024, 2, 1), date(2024, 2, 29), date(2023, 2, 1), date(2023, 2, 28)),
			(date(2024, 5, 5), date(2024, 5, 9), date(2023, 5, 5), date(2023, 5, 9)),
		):
			self.assertEqual(report_periods.year_ago(start, end), (first, final))

	def test_nothing_is_not_zero(self):
		self.assertEqual(
			[report.share(0, 4), report.share(1, 3), report.share(1, 0), report.share(None, None)],
			[0, 33.3, None, None],
		)
		self.assertEqual([report.change(3, 2), report.change(0, 2), report.change(2, 0)], [50, -100, None])
		self.assertEqual([report.average(5, 2), report.average(5, 0)], [2.5, None])
