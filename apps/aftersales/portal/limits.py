"""Limits on how often portal users and visitors may ask."""

import frappe
from frappe import _

# What is asked -> (times, seconds). A whole office may stand behind one address.
LIMITS = {
	"page": (600, 600),
	"search": (240, 600),
	"login": (20, 600),
	"sign-up": (10, 3600),
	"password": (10, 3600),
	"connect": (5, 3600),
	"ticket": (20, 3600),
	"reply": (60, 3600),
	"appointment": (30, 3600),
	"helpful": (60, 3600),
	"download": (120, 600),
	"product": (20, 3600),
	"scan": (60, 600),
	"refurbishing": (20, 3600),
	"part-order": (60, 3600),
	"redeem": (20, 3600),
}


class TooManyPortalRequestsError(frappe.ValidationError):
	"""Asked too often."""

	http_status_code = 429


def count(what: str) -> str:
	"""Count a request of the signed-in user, or of a visitor's address.

	:param what: key of `LIMITS`.
	:returns: what `give_back` wants.
	:raises TooManyPortalRequestsError: there were too many in the time.
	"""
	limit, seconds = LIMITS[what]
	user = frappe.session.user
	who = user if user != "Guest" else getattr(frappe.local, "request_ip", None) or "-"
	key = frappe.cache.make_key(f"rl:aftersales-portal:{what}:{who}")
	number = frappe.cache.incrby(key, 1)
	# Also one that has lost its end: else who was counted there would be shut out for ever.
	if frappe.cache.ttl(key) < 0:
		frappe.cache.expire(key, seconds)
	if number > limit:
		frappe.throw(
			_("That was too often. Please wait a few minutes and try again."), TooManyPortalRequestsError
		)
	return key


def give_back(key: str) -> None:
	"""Count a request no longer: the right password of one person takes nothing from the others at the same address.

	:param key: what `count` returned.
	"""
	if frappe.cache.ttl(key) > 0:
		frappe.cache.incrby(key, -1)
