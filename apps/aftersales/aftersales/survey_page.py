"""The page on which customers answer a survey without logging in: /survey?t=TOKEN (S6.08, S8.13, S18.16).

Plain HTML with a form; it needs no JavaScript. It shows the questions and nothing else, not even whose link it is. Guests reach
nothing of surveys but this page. It is never cached, indexed, framed or named to other sites.
"""

from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.sessions import get_csrf_token
from frappe.website.page_renderers.base_renderer import BaseRenderer

from aftersales.aftersales import surveys
from aftersales.aftersales.survey_answers import SurveyAnswerError, is_low, nps_of, parse, total_score
from aftersales.aftersales.surveys import SurveyLinkError

PATH = "survey"
TEMPLATE = "aftersales/templates/survey/page.html"
LANGUAGES = {"en": "English", "zh": "中文"}
# Requests of one address within ten minutes; a whole office may stand behind one.
REQUESTS, SECONDS = 120, 600
STATUS = {"unknown": 404, "expired": 410, "used": 410}
HEADERS = {
	"Cache-Control": "no-store, private",
	"X-Robots-Tag": "noindex, nofollow",
	"Referrer-Policy": "no-referrer",
	"X-Frame-Options": "DENY",
	"X-Content-Type-Options": "nosniff",
	"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
	"frame-ancestors 'none'; base-uri 'none'",
}


class SurveyPage(BaseRenderer):
	"""`page_renderer` of the path /survey."""

	def can_render(self) -> bool:
		"""Whether the path is ours."""
		return self.path == PATH

	def render(self):
		"""Return the response to a GET or POST."""
		form = frappe.local.form_dict
		self.choose_language(form.get("lang"))
		status, context = self.answer(form)
		html = frappe.render_template(
			TEMPLATE,
			{
				"lang": frappe.local.lang,
				"languages": self.language_links(form),
				"csrf_token": csrf_token(),
				**context,
			},
		)
		return self.build_response(html, status, HEADERS)

	def choose_language(self, wanted: str | None) -> None:
		"""Take the language that the customer clicked; without one, the link's decides, then the browser's."""
		self.chosen = wanted if wanted in LANGUAGES else None
		if self.chosen:
			frappe.local.lang = self.chosen

	def answer(self, form: dict) -> tuple[int, dict]:
		"""Return HTTP status and what the template shows."""
		try:
			count_request()
		except frappe.ValidationError:
			frappe.clear_messages()
			return 429, {"message": _("Too many requests. Please try again in ten minutes.")}
		if form.get("preview"):
			return self.preview(form)
		try:
			if frappe.request.method == "POST":
				return self.submit(form)
			return self.questions(surveys.find_link(form.get("t")), form)
		except SurveyLinkError as error:
			return STATUS[error.reason], {"message": message_of(error.reason)}

	def questions(self, link, form: dict, problem: str | None = None) -> tuple[int, dict]:
		"""The empty form, or the filled one with what is wrong."""
		if not self.chosen and link.page_language:
			frappe.local.lang = link.page_language
		shown = {"form": surveys.form_of(link.survey_template), "token": form.get("t")}
		return (417 if problem else 200), {**shown, "given": given_answers(form), "problem": problem}

	def submit(self, form: dict) -> tuple[int, dict]:
		"""Store the answers; Frappe commits after a POST."""
		try:
			response = surveys.answer_link(form.get("t"), given_answers(form))
		except SurveyAnswerError as error:
			frappe.clear_messages()
			return self.questions(surveys.find_link(form.get("t")), form, str(error))
		template = frappe.get_cached_doc("Survey Template", response.survey_template)
		return 200, {
			"message": _(template.thanks) if template.thanks else _("Thank you for your answers."),
			"done": 1,
		}

	def preview(self, form: dict) -> tuple[int, dict]:
		"""What a customer would see, for staff who try their own survey (S6.08); nothing is stored."""
		name = form.get("preview")
		known = frappe.session.user != "Guest" and frappe.db.exists("Survey Template", name)
		if not known or not frappe.has_permission("Survey Template", "read", doc=name):
			return 404, {"message": message_of("unknown")}
		template = frappe.get_doc("Survey Template", name)
		shown = {"form": surveys.form_of(template), "preview": name, "given": given_answers(form)}
		if frappe.request.method != "POST":
			return 200, shown
		try:
			rows = parse(template, given_answers(form), complete=True)
		except SurveyAnswerError as error:
			frappe.clear_messages()
			return 417, {**shown, "problem": str(error)}
		return 200, {"message": preview_result(template, rows), "done": 1, "preview": name}

	def language_links(self, form: dict) -> list[dict]:
		"""The other languages, as links to the same survey."""
		same = {key: form.get(key) for key in ("t", "preview") if form.get(key)}
		return [
			{"label": label, "lang": code, "url": f"/{PATH}?{urlencode({**same, 'lang': code})}"}
			for code, label in LANGUAGES.items()
			if code != frappe.local.lang.split("-")[0]
		]


def given_answers(form: dict) -> dict[str, str]:
	"""Return {question: answer} of the posted fields `q-<question>`."""
	return {key[2:]: value for key, value in form.items() if key.startswith("q-") and isinstance(value, str)}


def message_of(reason: str) -> str:
	"""Return what a customer with a link that does not work is told."""
	return {
		"unknown": _(
			"This link is not valid. Please open it exactly as you received it, or ask us for a new one."
		),
		"expired": _(
			"This link has expired. If you still want to tell us something, please ask us for a new one."
		),
		"used": _("These questions were answered already. Thank you."),
	}[reason]


def preview_result(template, rows: list[dict]) -> str:
	"""Return what the answers would add up to."""
	total, nps = total_score(rows), nps_of(rows)
	parts = [_("This was a trial: nothing was stored.")]
	if total is not None:
		parts.append(_("Score: {0} %").format(total))
	if nps:
		parts.append(f"NPS: {_(nps[1])}")
	if is_low(rows, total, template.low_score_below):
		parts.append(_("This counts as a low score."))
	return " ".join(parts)


def csrf_token() -> str:
	"""Return the token that a logged-in user's form must send; guests have none."""
	return get_csrf_token() if frappe.session.user != "Guest" else ""


def count_request() -> None:
	"""Count a request of the address.

	:raises frappe.ValidationError: there were too many.
	"""
	# Frappe counts per command; a page has none.
	frappe.local.form_dict.cmd = "aftersales.survey"
	try:
		_counted()
	finally:
		frappe.local.form_dict.pop("cmd", None)


@rate_limit(limit=REQUESTS, seconds=SECONDS)
def _counted() -> None:
	return None
