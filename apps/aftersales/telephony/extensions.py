"""Whose telephone an extension is, so that a call answered or dialled at a telephone has an agent (S7.49)."""

import frappe

from aftersales.telephony import presence


def agent_of_call(call: dict, line: frappe._dict | None) -> dict:
	"""Return `agent` and `agent_name` of a call that a telephone of ours answered or dialled, if that is news.

	Who took the call in the Desk, or asked for it to be dialled, stays its agent.

	:param call: fields of a Service Call as they will be.
	:param line: what `routing.read_line` returned for its line.
	"""
	talking = call["direction"] == "Outbound" or call["answered_at"]
	if call["agent"] or not call["agent_extension"] or not talking:
		return {}
	user = presence.agent_at(bare(call["agent_extension"]), line)
	return {"agent": user, "agent_name": frappe.utils.get_fullname(user)} if user else {}


def bare(extension: str) -> str:
	"""Return the extension alone of what telephone systems call a telephone, such as `SIP/8001` or `8001@pbx`."""
	return extension.rpartition("/")[2].partition("@")[0].strip()


def extension_of(user: str) -> str | None:
	"""Return the extension at which a user sits: as they said themselves, else as their Service Staff record says."""
	return (
		frappe.db.get_value("Agent Phone State", user, "extension")
		or frappe.db.get_value("Service Staff", {"user": user, "enabled": 1}, "extension")
		or None
	)
