"""Own appointments: list, a new one, one with moving and cancelling, and a file for the own calendar (S4.07)."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_datetime, get_system_timezone, getdate

from aftersales.field_service.appointment_windows import PLAN, clock, last_day
from aftersales.portal import appointments, limits, pages, tickets
from aftersales.portal.pages import Asked, Download, NotFound, Page, Redirect
from aftersales.portal.views.tickets import chosen_name
from aftersales.portal.wording import appointment_kinds, appointment_states, done_message

ROOT = "/service/appointments"
FIELDS = ("plan", "window", "purpose", "product", "details", "address", "phone", "customer")
STAMP = "%Y%m%dT%H%M%SZ"


def listing(asked: Asked) -> Page:
	"""Return a page of the appointments that the user may see."""
	past, page = asked.text("state", 10) == "past", asked.number("page")
	context = {
		**appointments.page_of(asked.scope, past, page),
		"page": page,
		"past": past,
		"of_many": bool(asked.scope.companies or asked.scope.dealers),
		"may_book": appointments.has_plans(),
		"done": done_message(asked.text("done")),
		**words(),
	}
	return Page("appointments", _("My Appointments"), context)


def words() -> dict:
	"""Return what the templates need to say when an appointment is, and how it stands."""
	return {
		"kinds": appointment_kinds(),
		"states": appointment_states(),
		"day_words": day_words,
		"time_words": time_words,
		"zone": get_system_timezone(),
	}


def day_words(moment: date | datetime) -> str:
	"""Return a day with its weekday, in the page's language."""
	day = getdate(moment)
	return f"{_(day.strftime('%A'))}, {frappe.utils.formatdate(day)}"


def time_words(starts_at: datetime, ends_at: datetime) -> str:
	"""Return from when until when."""
	times = (get_datetime(moment) for moment in (starts_at, ends_at))
	return "–".join(clock(time.hour * 3600 + time.minute * 60) for time in times)


def new(asked: Asked) -> Page | Redirect:
	"""Return the form for a new appointment; or make it. What was typed stays when something is wrong."""
	values = {field: asked.text(field, 2000) for field in FIELDS}
	problem = ""
	if asked.is_post:
		limits.count("appointment")
		try:
			doc = appointments.book(asked.scope, values)
			done = "booked" if doc.stage == "Confirmed" else "requested"
			return Redirect(f"{ROOT}/{quote(doc.name)}?done={done}")
		except frappe.ValidationError as error:
			problem = problem_of(error)
	customer = tickets.customer_for(asked.scope, values["customer"])
	plans = appointments.plans_for(customer)
	plan = next((row for row in plans if row.name == values["plan"]), plans[0] if plans else None)
	context = {
		"values": values,
		"problem": problem,
		"plans": plans,
		"plan": plan,
		"customers": tickets.customers_to_choose(asked.scope),
		"chosen_customer": chosen_name(asked),
		"customer": customer or "",
		**words(),
		**(week(plan, asked.text("from", 10)) if plan else {}),
	}
	return Page("appointment_new", _("New Appointment"), context, 417 if problem else 200)


def problem_of(error: frappe.ValidationError) -> str:
	"""Take back what was written, and return what the page says; too many requests are answered elsewhere.

	:raises TooManyPortalRequestsError: it is that.
	"""
	if isinstance(error, limits.TooManyPortalRequestsError):
		raise error
	pages.take_back()
	return frappe.utils.strip_html(str(error))


def week(plan, wanted: str, but: str | None = None) -> dict:
	"""Return a week of free windows, and the days to which the links before and after lead."""
	first = appointments.first_day(plan, wanted)
	span = timedelta(days=appointments.DAYS_SHOWN)
	soonest, last = appointments.first_day(plan), last_day(plan, date.today())
	if plan.valid_to:
		last = min(last, getdate(plan.valid_to))
	return {
		"first": first,
		"days": appointments.days_of(plan, first, but),
		"earlier": str(max(first - span, soonest)) if first > soonest else "",
		"later": str(first + span) if first + span <= last else "",
	}


def detail(asked: Asked) -> Page | Redirect:
	"""Return one appointment; or do with it what the form says."""
	problem = ""
	if asked.is_post:
		try:
			return act(asked)
		except frappe.ValidationError as error:
			problem = problem_of(error)
	doc = appointments.find(asked.scope, asked.named["name"])
	may_move = appointments.may_move(doc)
	context = {
		"doc": doc,
		"may_move": may_move,
		"may_cancel": appointments.may_cancel(doc),
		"may_confirm": appointments.may_confirm(doc),
		"moving": may_move and (asked.text("action", 20) == "move" or bool(asked.text("from", 10))),
		"action": asked.text("action", 20) if problem else "",
		"reason": asked.text("reason") if problem else "",
		"window": asked.text("window", 20),
		"problem": problem,
		"done": done_message(asked.text("done")),
		**words(),
		**(week(frappe.get_cached_doc(PLAN, doc.plan), asked.text("from", 10), doc.name) if may_move else {}),
	}
	return Page("appointment", doc.purpose, context, 417 if problem else 200)


def act(asked: Asked) -> Redirect:
	"""Do what a form on the appointment's page says; the appointment is locked meanwhile.

	:raises frappe.ValidationError: it cannot be done; the text says why.
	"""
	limits.count("appointment")
	doc = appointments.find(asked.scope, asked.named["name"], for_update=True)
	match asked.text("action", 20):
		case "move":
			appointments.move(doc, asked.text("window", 20), asked.text("reason"))
			done = "moved" if doc.stage == "Confirmed" else "requested"
		case "confirm":
			appointments.confirm(doc)
			done = "booked"
		case "cancel":
			appointments.cancel(doc, asked.text("reason"))
			done = "cancelled"
		case _:
			raise NotFound
	return Redirect(f"{ROOT}/{quote(doc.name)}?done={done}")


def calendar_file(asked: Asked) -> Download:
	"""Return the appointment for the customer's own calendar, in UTC, so that it is right wherever they are."""
	doc = appointments.find(asked.scope, asked.named["name"])
	zone = ZoneInfo(get_system_timezone())
	start, end = (
		get_datetime(moment).replace(tzinfo=zone).astimezone(UTC).strftime(STAMP)
		for moment in (doc.starts_at, doc.ends_at)
	)
	stamp = get_datetime(doc.modified).replace(tzinfo=zone).astimezone(UTC).strftime(STAMP)
	company = pages.company_name()
	lines = (
		"BEGIN:VCALENDAR",
		"VERSION:2.0",
		"PRODID:-//Aftersales//Customer Portal//EN",
		"BEGIN:VEVENT",
		f"UID:{doc.name}@{escaped(frappe.local.site)}",
		f"SEQUENCE:{doc.move_count or 0}",
		f"DTSTAMP:{stamp}",
		f"DTSTART:{start}",
		f"DTEND:{end}",
		f"SUMMARY:{escaped(' · '.join(filter(None, (doc.purpose, company))))}",
		f"LOCATION:{escaped(doc.address or '')}",
		f"STATUS:{'CANCELLED' if doc.stage == 'Cancelled' else 'CONFIRMED' if doc.stage == 'Confirmed' else 'TENTATIVE'}",
		"END:VEVENT",
		"END:VCALENDAR",
	)
	content = "".join(f"{folded(line)}\r\n" for line in lines).encode()
	return Download(content, f"{doc.name}.ics", "text/calendar; charset=utf-8")


def escaped(text: str) -> str:
	"""Return a text as a calendar file writes it (RFC 5545, 3.3.11)."""
	text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
	return "\\n".join(text.splitlines())


def folded(line: str) -> str:
	"""Return a line in parts of at most 75 octets (RFC 5545, 3.1)."""
	parts, part = [], ""
	for sign in line:
		if len((part + sign).encode()) > 73:
			parts.append(part)
			part = ""
		part += sign
	return "\r\n ".join([*parts, part])
