"""The portal's language, and texts that its pages choose by name."""

import frappe
from frappe import _

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "preferred_language"


def choose_language() -> None:
	"""Take the language that was clicked: a visitor's is in a cookie, a user's own in the account, as Frappe keeps them."""
	lang = (frappe.local.lang or "en").split("-")[0]
	frappe.local.lang = lang if lang in LANGUAGES else "en"


def language_links() -> list[dict]:
	"""Return the languages to choose from: `code`, `label`, `current`."""
	return [
		{"code": code, "label": label, "current": code == frappe.local.lang}
		for code, label in LANGUAGES.items()
	]


def done_message(name: str) -> str:
	"""Return what is said after a form was sent, by the name in the address; an unknown name says nothing."""
	return {
		"sent": _("Thank you. We have your ticket and will answer here."),
		"reply": _("Your message was sent."),
		"confirmed": _("Thank you for confirming. The ticket is closed."),
		"reopened": _("The ticket is open again. We will look at it."),
		"rated": _("Thank you for your rating."),
		"helpful": _("Thank you for your answer."),
		"connected": _("Your account is connected. You see your tickets now."),
		"booked": _("Your appointment is confirmed. We look forward to it."),
		"requested": _("Thank you. We will confirm the appointment."),
		"moved": _("Your appointment was moved."),
		"cancelled": _("The appointment is cancelled."),
		"saved": _("Saved."),
		"registered": _("Thank you. We check your registration."),
		"applied": _("Thank you. We have your application and tell you here how it goes on."),
		"order-kept": _("The order is stored. Check it and send it."),
		"order-sent": _("Thank you. Your order was sent."),
		"order-cancelled": _("The order is cancelled."),
		"signed-out": _("You are signed out."),
		"redeemed": _("Thank you. We keep your reward for you and tell you when it is ready."),
	}.get(name, "")


def script_words() -> dict[str, str]:
	"""Return what the portal's JavaScript says."""
	return {
		"answers": _("These answers may help:"),
		"tooMany": _("Too many files. At most: {0}"),
		"tooLarge": _("This file is too large: {0}"),
		"sending": _("Sending…"),
		"chosen": _("Files chosen: {0}"),
		"noCamera": _("The camera cannot be used. Please type the number."),
		"stop": _("Stop Scanning"),
		"scan": _("Scan"),
	}


def record_type_words() -> dict[str, str]:
	"""Return how customers are asked what their ticket is about."""
	return {
		"Repair": _("Something does not work"),
		"Enquiry": _("I have a question"),
		"Installation": _("I need an installation"),
		"Complaint": _("I want to complain"),
		"Suggestion": _("I have a suggestion"),
		"Praise": _("I want to praise"),
	}


def appointment_kinds() -> dict[str, str]:
	"""Return how customers are told the kinds of appointments."""
	return {
		"On-site Visit": _("We come to you"),
		"Workshop": _("In our workshop"),
		"Telephone": _("We call you"),
		"Shop": _("In our shop"),
	}


def appointment_states() -> dict[str, str]:
	"""Return how customers are told how an appointment stands."""
	return {
		"Requested": _("To be confirmed"),
		"Confirmed": _("Confirmed"),
		"Moved": _("To be confirmed"),
		"Arrived": _("In Progress"),
		"Done": _("Done"),
		"Cancelled": _("Cancelled"),
		"No Show": _("Did not take place"),
	}


def points_kinds() -> dict[str, str]:
	"""Return how customers are told why they got or lost points."""
	return {
		"Earned": _("For a purchase"),
		"Referral": _("For a new customer"),
		"Redeemed": _("For a reward"),
		"Expired": _("Expired"),
		"Adjusted": _("Adjusted"),
		"Reversed": _("Taken back"),
	}


def redemption_states() -> dict[str, str]:
	"""Return how customers are told how their reward stands."""
	return {
		"Requested": _("Being checked"),
		"Approved": _("Ready for you"),
		"Done": _("Handed over"),
		"Cancelled": _("Cancelled"),
	}


def satisfaction_words() -> dict[str, str]:
	"""Return the answers to how satisfied somebody is, the best first."""
	return {
		"Very Satisfied": _("Very Satisfied"),
		"Satisfied": _("Satisfied"),
		"Neutral": _("Neutral"),
		"Dissatisfied": _("Dissatisfied"),
		"Very Dissatisfied": _("Very Dissatisfied"),
	}
