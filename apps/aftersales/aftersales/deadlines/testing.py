"""For tests: a clock that stands still, and a site without Service Levels."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from unittest.mock import patch

import frappe
from frappe.utils import get_datetime

from aftersales.aftersales.deadlines.service_levels import forget_levels

CLOCKS = ("clock", "service_levels", "sweep")


@contextmanager
def time_is(moment: str | datetime) -> Iterator[datetime]:
	"""Let the deadline clock show a moment of the site's time zone."""
	moment = get_datetime(moment)
	with ExitStack() as stack:
		for module in CLOCKS:
			stack.enter_context(
				patch(f"aftersales.aftersales.deadlines.{module}.now_datetime", return_value=moment)
			)
		yield moment


def without_service_levels() -> None:
	"""Switch off the levels that the site has, for the transaction of the test."""
	frappe.db.set_value("Service Level", {"enabled": 1}, "enabled", 0)
	forget_levels()
