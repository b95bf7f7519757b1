"""System notices: what is announced, when, and how it reaches the Desks that are open (S21.03)."""

import frappe
from frappe.utils import now_datetime

from aftersales.utils.access import check_permission

DOCTYPE = "System Notice"
EVENT = "aftersales_notice"
FIELDS = ("name", "notice_title", "kind", "message", "show_from", "show_until")
# A Desk may stay open for days; what begins within that time comes along and is shown when it is due.
MOST = 20


def add_to_boot(bootinfo: dict) -> None:
	"""Give a Desk that opens the notices that are due or will be (hook `extend_bootinfo`)."""
	if frappe.session.user != "Guest":
		bootinfo.aftersales_notices = upcoming()


@frappe.whitelist()
def get_notices() -> list[dict]:
	"""Return the notices that are shown now or later, for a Desk that is open while they change.

	:returns: see `upcoming`.
	:raises frappe.PermissionError: the user may not read notices; every position of the service desk may.
	"""
	check_permission(DOCTYPE, "read")
	return upcoming()


def upcoming() -> list[dict]:
	"""Return the notices that have not ended, the earliest first; one statement.

	:returns: `FIELDS` and `seconds_to_start`, `seconds_to_end`: from now, as the site's clock says, so that the browser's
	        clock and time zone do not matter.
	"""
	now = now_datetime()
	rows = frappe.get_all(
		DOCTYPE,
		filters={"disabled": 0, "show_until": (">", now)},
		fields=list(FIELDS),
		order_by="show_from asc",
		limit_page_length=MOST,
	)
	for row in rows:
		row.seconds_to_start = int((row.show_from - now).total_seconds())
		row.seconds_to_end = int((row.show_until - now).total_seconds())
	return rows


def announce() -> None:
	"""Tell all open Desks, after the commit, to ask for the notices anew."""
	frappe.publish_realtime(EVENT, after_commit=True)
