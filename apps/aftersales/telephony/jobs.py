"""Scheduled work of this module."""

import frappe
from frappe.query_builder import Case
from frappe.utils import now_datetime

from aftersales.telephony import presence
from aftersales.telephony.calls import RINGS_AT_MOST
from aftersales.telephony.routing import LASTS_AT_MOST


def close_stale_calls() -> None:
	"""Close calls whose end was never reported, as after a bridge lost its power; safe to run twice.

	What rang becomes Unknown, since nobody knows whether it was answered; what was answered becomes Ended, without
	a time of the end.
	"""
	call = frappe.qb.DocType("Service Call")
	now = now_datetime()
	rang = (call.state == "Ringing") & (call.started_at < now - RINGS_AT_MOST)
	talked = (call.state == "Answered") & (call.started_at < now - LASTS_AT_MOST)
	(
		frappe.qb.update(call)
		.set(call.state, Case().when(call.state == "Ringing", "Unknown").else_("Ended"))
		.set(call.revision, call.revision + 1)
		.set(call.modified, now)
		.where(rang | talked)
	).run()
	presence.forget_ended_calls()
