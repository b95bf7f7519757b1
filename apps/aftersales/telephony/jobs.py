"""Scheduled work of this module."""

import frappe
from frappe.query_builder import Case
from frappe.utils import now_datetime

from aftersales.telephony import call_backs, presence
from aftersales.telephony.calls import RINGS_AT_MOST
from aftersales.telephony.routing import LASTS_AT_MOST


def close_stale_calls() -> None:
	"""Close calls whose end was never reported, as after a bridge lost its power; safe to run twice.

	What rang becomes Unknown, since nobody knows whether it was answered; what was answered becomes Ended, without
	a time of the end. Those of the first kind wait for a call-back, as `call_backs.state_of` has it.
	"""
	call = frappe.qb.DocType("Service Call")
	now = now_datetime()
	rang = (call.state == "Ringing") & (call.started_at < now - RINGS_AT_MOST)
	talked = (call.state == "Answered") & (call.started_at < now - LASTS_AT_MOST)
	missed = (
		(call.state == "Ringing")
		& (call.direction != "Outbound")
		& call.agent.isnull()
		& (call.number_key != "")
	)
	(
		frappe.qb.update(call)
		# The database sets one column after the other: this one goes by the state as it was.
		.set(call.call_back_state, Case().when(missed, call_backs.OPEN).else_(call.call_back_state))
		.set(call.state, Case().when(call.state == "Ringing", "Unknown").else_("Ended"))
		.set(call.revision, call.revision + 1)
		.set(call.modified, now)
		.where(rang | talked)
	).run()
	presence.forget_ended_calls()
