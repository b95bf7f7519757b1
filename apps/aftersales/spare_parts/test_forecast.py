from unittest import TestCase

from aftersales.spare_parts import forecast

# Monthly sales of a lubricant, from Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., 12.2.
LUBRICANT = [0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0, 6, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 1]
LUBRICANT += [0, 1, 0, 0]


class TestForecast(TestCase):
	def test_croston_as_published(self):
		"""The book's figures: a demand of 2.750 every 2.793 months, 0.985 a month."""
		self.assertAlmostEqual(forecast.croston(LUBRICANT, 0.1)[-1], 0.985, 3)
		self.assertAlmostEqual(forecast.croston(LUBRICANT, 0.1)[-1], 2.750 / 2.793, 3)

	def test_sba_takes_the_bias_away(self):
		self.assertAlmostEqual(forecast.sba(LUBRICANT, 0.1)[-1], 0.985 * 0.95, 3)

	def test_tsb_as_another_implementation(self):
		"""Figures of the package intermittent-forecast 1.0.0, with both pairs of weights."""
		self.assertAlmostEqual(forecast.tsb(LUBRICANT, 0.1, 0.1)[-1], 0.8251005, 6)
		self.assertAlmostEqual(forecast.tsb(LUBRICANT, 0.2, 0.05)[-1], 0.77557581, 6)
		self.assertAlmostEqual(forecast.tsb(LUBRICANT, 0.2, 0.05)[30], 1.01393297, 6)

	def test_one_forecast_more_than_months(self):
		for method in forecast.METHODS.values():
			for history in ([0, 0], [1], [0, 5, 0], LUBRICANT):
				self.assertEqual(len(method(history)), len(history) + 1)

	def test_no_demand(self):
		for method in forecast.METHODS.values():
			self.assertEqual(method([0, 0, 0, 0])[-1], 0)
		self.assertEqual({one.mase for one in forecast.judge([0, 0, 0]).values()}, {None})

	def test_steady_demand(self):
		judged = forecast.judge([4] * 12)
		self.assertEqual((judged["Average"].quantity, judged["Average"].rmse), (4, 0))
		self.assertAlmostEqual(judged["TSB"].quantity, 4)
		# its correction of the bias is wrong where there is none
		self.assertAlmostEqual(judged["SBA"].quantity, 3.8)
		self.assertEqual(forecast.best(judged).method, "Average")

	def test_tsb_forgets_a_part_that_is_no_longer_wanted(self):
		history = [3, 0, 4, 3, 0, 3] + [0] * 24
		self.assertLess(forecast.tsb(history)[-1], 0.5)
		self.assertGreater(forecast.sba(history)[-1], 1.5)

	def test_average_of_three_months(self):
		self.assertEqual(forecast.average([3, 6, 9, 0]), [0, 1, 3, 6, 5])

	def test_errors(self):
		judged = forecast.judge([2, 0, 2, 0])
		# forecasts of the last two months: (2 + 0) / 3 and (2 + 0 + 2) / 3
		self.assertAlmostEqual(judged["Average"].mae, ((2 - 2 / 3) + 4 / 3) / 2)
		self.assertAlmostEqual(judged["Average"].mase, judged["Average"].mae / 2)
		self.assertGreaterEqual(judged["SBA"].rmse, judged["SBA"].mae)

	def test_the_past_does_not_know_the_future(self):
		"""Demand that begins in the last month was foreseen by nobody."""
		judged = forecast.judge([0, 0, 0, 0, 0, 10])
		self.assertEqual({one.mae for one in judged.values()}, {10 / 3})

	def test_too_short(self):
		self.assertRaises(ValueError, forecast.judge, [5])

	def test_patterns(self):
		for history, expected in (
			([0, 0, 0], "None"),
			([5, 5, 6, 5], "Smooth"),
			([1, 20, 2, 1, 1, 1, 1, 1], "Erratic"),
			([0, 0, 5, 0, 0, 5, 0, 6], "Intermittent"),
			([0, 0, 1, 0, 0, 40, 0, 1, 0, 1], "Lumpy"),
		):
			self.assertEqual(forecast.pattern(history), expected, history)

	def test_safety_stock(self):
		self.assertEqual(forecast.safety_stock(4, 95, 30), 7)  # 1.645 x 4 = 6.58
		self.assertEqual(forecast.safety_stock(4, 97.72, 120), 16)  # 1.999 x 4 x 2
		self.assertEqual(forecast.safety_stock(0, 95, 30), 0)
		self.assertEqual(forecast.safety_stock(4, 95, 0), 0)
		for level in (50, 100, 0, -1):
			self.assertRaises(ValueError, forecast.safety_stock, 4, level, 30)
