"""Forecasts of parts that are wanted now and then: many months without any demand, then some (S2.29, a second method).

Pure arithmetic on a list of monthly quantities, the oldest month first. The packages that hold these methods bring along
several hundred megabytes of numerical libraries for the few lines below.

Sources: Croston 1972; Syntetos and Boylan 2005 (SBA, and the classes of demand with their limits 1.32 and 0.49);
Teunter, Syntetos and Babai 2011 (TSB); Hyndman and Koehler 2006 (MASE).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt
from statistics import NormalDist, fmean, pvariance

# Weight of the newest demand; the studies named above find 0.1 to 0.2 best for spare parts.
ALPHA = 0.1
# Weight of the newest month when TSB learns how probable demand is.
BETA = 0.05
# As the demand plan does it: the mean of so many months (A04).
MONTHS = 3
LONGEST_INTERVAL, LARGEST_VARIATION = 1.32, 0.49

AVERAGE, SBA, TSB = "Average", "SBA", "TSB"


@dataclass(frozen=True)
class Judged:
	"""A method with its forecast for the next month and how far off it was in the past.

	:param quantity: pieces in the next month.
	:param mae: mean absolute error of the forecasts one month ahead, in pieces.
	:param rmse: root of their mean squared error, in pieces.
	:param mase: `mae` by that of "the same as last month"; below 1 is better than that. None where demand never changed.
	"""

	method: str
	quantity: float
	mae: float
	rmse: float
	mase: float | None


def average(history: Sequence[float], months: int = MONTHS) -> list[float]:
	"""Return the mean of the months before each month and before the next one; what is not there yet counts as none.

	:param history: pieces per month, the oldest first.
	:param months: how many.
	:returns: one figure more than `history` has.
	"""
	return [sum(history[max(0, end - months) : end]) / months for end in range(len(history) + 1)]


def croston(history: Sequence[float], alpha: float = ALPHA) -> list[float]:
	"""Return Croston's forecast for each month and the next one: size of demands by the interval between them.

	Both begin with the first that is seen; 0 before the first demand. Biased upwards, see `sba`.

	:param history: pieces per month, the oldest first.
	:param alpha: weight of the newest demand, between 0 and 1.
	:returns: one figure more than `history` has.
	"""
	forecasts, size, interval, gap = [0.0], 0.0, 0.0, 0
	for demand in history:
		gap += 1
		if demand > 0:
			size = size + alpha * (demand - size) if interval else float(demand)
			interval = interval + alpha * (gap - interval) if interval else float(gap)
			gap = 0
		forecasts.append(size / interval if interval else 0.0)
	return forecasts


def sba(history: Sequence[float], alpha: float = ALPHA) -> list[float]:
	"""Return Croston's forecasts without their bias (Syntetos-Boylan approximation); see `croston`."""
	return [(1 - alpha / 2) * forecast for forecast in croston(history, alpha)]


def tsb(history: Sequence[float], alpha: float = ALPHA, beta: float = BETA) -> list[float]:
	"""Return size of demands times the probability of a demand; it sinks while none comes, so it suits ageing parts.

	:param history: pieces per month, the oldest first.
	:param alpha: weight of the newest demand.
	:param beta: weight of the newest month for the probability.
	:returns: one figure more than `history` has.
	"""
	demands = [demand for demand in history if demand > 0]
	if not demands:
		return [0.0] * (len(history) + 1)
	size, probability = float(demands[0]), len(demands) / len(history)
	# what both begin with is taken for what is known after the first month, as other implementations do
	forecasts = [size * probability] * 2
	for demand in history[1:]:
		if demand > 0:
			size += alpha * (demand - size)
		probability += beta * ((demand > 0) - probability)
		forecasts.append(size * probability)
	return forecasts


METHODS: dict[str, Callable[[Sequence[float]], list[float]]] = {AVERAGE: average, SBA: sba, TSB: tsb}


def judge(history: Sequence[float]) -> dict[str, Judged]:
	"""Return every method's forecast with its error over the second half of the history.

	Each forecast is held against the month that it was made for, with what was known before. The first half is for
	learning.

	:param history: pieces per month, the oldest first; at least two months.
	:raises ValueError: fewer months.
	"""
	if len(history) < 2:
		raise ValueError("two months at least")
	start = max(1, len(history) // 2)
	steps = [abs(after - before) for before, after in pairwise(history)]
	return {
		method: _judged(method, forecasts(history), history, start, fmean(steps))
		for method, forecasts in METHODS.items()
	}


def _judged(
	method: str, forecasts: list[float], history: Sequence[float], start: int, scale: float
) -> Judged:
	errors = [
		history[month] - _known_before(method, forecasts, history, month)
		for month in range(start, len(history))
	]
	mae = fmean(map(abs, errors))
	return Judged(
		method, forecasts[-1], mae, sqrt(fmean(error**2 for error in errors)), mae / scale if scale else None
	)


def _known_before(method: str, forecasts: list[float], history: Sequence[float], month: int) -> float:
	"""TSB starts from the share of months with demand: for a month of the past that of the months before it only."""
	return tsb(history[:month])[-1] if method == TSB else forecasts[month]


def best(judged: dict[str, Judged]) -> Judged:
	"""Return the method with the smallest mean squared error: stock is held against the large misses."""
	return min(judged.values(), key=lambda one: (one.rmse, list(METHODS).index(one.method)))


def pattern(history: Sequence[float]) -> str:
	"""Return the class of demand: None, Smooth, Erratic, Intermittent or Lumpy.

	By the mean interval between months with demand (limit 1.32) and the squared variation of their sizes (limit 0.49).
	"""
	demands = [demand for demand in history if demand > 0]
	if not demands:
		return "None"
	often = len(history) / len(demands) < LONGEST_INTERVAL
	even = pvariance(demands) / fmean(demands) ** 2 < LARGEST_VARIATION
	return {(1, 1): "Smooth", (1, 0): "Erratic", (0, 1): "Intermittent", (0, 0): "Lumpy"}[often, even]


def safety_stock(rmse: float, service_level: float, lead_days: float) -> int:
	"""Return the pieces that cover the forecast's misses during the time of delivery.

	Normal quantile of the service level x error of one month x root of the months that a delivery takes.

	:param rmse: error of the forecast for one month, in pieces.
	:param service_level: share of months without shortage, in percent, above 50 and below 100.
	:param lead_days: days from order to delivery.
	:raises ValueError: the service level is outside.
	"""
	if not 50 < service_level < 100:
		raise ValueError("a service level lies above 50 and below 100 percent")
	quantile = NormalDist().inv_cdf(service_level / 100)
	return ceil(round(quantile * rmse * sqrt(max(lead_days, 0) / 30), 6))
