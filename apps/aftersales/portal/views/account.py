"""Signing in and up, the own account, the language."""

import frappe
from frappe import _
from frappe.auth import should_run_2fa
from frappe.utils import add_to_date, cint, now_datetime

from aftersales.portal import accounts, limits
from aftersales.portal.pages import Asked, Page, Redirect, safe_next
from aftersales.portal.scope import ACCESS
from aftersales.portal.wording import COOKIE, LANGUAGES, done_message

DAYS = 365  # that a visitor's language is remembered


def log_in(asked: Asked) -> Page | Redirect:
	"""The form for signing in, and what happens when it is sent."""
	after = safe_next(asked.text("next", 1000))
	if not asked.scope.is_guest:
		return Redirect(after)
	context = {
		"next": after,
		"email": asked.text("usr", 140),
		"problem": "",
		"may_sign_up": accounts.may_sign_up(),
		"no_password": cint(frappe.get_system_settings("disable_user_pass_login")),
		"done": done_message(asked.text("done")),
	}
	if asked.is_post and not context["no_password"]:
		counted = limits.count("login")
		if check_password(context["email"], asked.form.get("pwd")):
			limits.give_back(counted)
			return Redirect(after)
		context["problem"] = _("E-mail address or password is wrong. Please try again.")
	return Page("login", _("Sign In"), context, 401 if context["problem"] else 200)


def check_password(user: str, password: str | None) -> bool:
	"""Sign in; who needs a second factor goes through Frappe's own page instead, with the first factor unasked.

	:returns: whether the session is the user's now.
	"""
	manager = frappe.local.login_manager
	try:
		manager.authenticate(user=user, pwd=password or "")
	except (frappe.AuthenticationError, frappe.SecurityException):
		frappe.clear_messages()
		frappe.local.response.pop("message", None)
		return False
	if should_run_2fa(manager.user) or manager.force_user_to_reset_password():
		manager.user = "Guest"
		raise_second_factor()
	frappe.form_dict.pop("pwd", None)
	manager.post_login()
	return True


def raise_second_factor() -> None:
	"""Say where to sign in with a second factor.

	:raises frappe.ValidationError: always.
	"""
	frappe.throw(_("Your account needs one more step to sign in. Please use the page /login."))


def log_out(asked: Asked) -> Redirect:
	"""End the session; by a form, so that no link elsewhere can do it."""
	if asked.is_post and not asked.scope.is_guest:
		frappe.local.login_manager.logout()
	return Redirect("/service?done=signed-out")


def sign_up(asked: Asked) -> Page | Redirect:
	"""The form for a new account."""
	if not asked.scope.is_guest:
		return Redirect("/service")
	context = {
		"full_name": asked.text("full_name", 140),
		"email": asked.text("email", 140),
		"problem": "",
		"sent": False,
		"may_sign_up": accounts.may_sign_up(),
	}
	if asked.is_post:
		limits.count("sign-up")
		try:
			accounts.sign_up(context["email"], context["full_name"], frappe.local.lang)
			context["sent"] = True
		except accounts.SignUpError as error:
			frappe.clear_messages()
			context["problem"] = str(error)
	return Page("sign_up", _("Sign Up"), context, 417 if context["problem"] else 200)


def password(asked: Asked) -> Page:
	"""The form for a link to choose a new password; it answers the same whether there is such an account."""
	context = {"email": asked.text("email", 140), "sent": False}
	if asked.is_post:
		limits.count("password")
		accounts.send_password_link(context["email"])
		context["sent"] = True
	return Page("password", _("Forgotten Password"), context)


def language(asked: Asked) -> Redirect:
	"""Change the language: in the account of who is signed in, in a cookie for everybody else."""
	code = asked.text("lang", 5)
	if asked.is_post and code in LANGUAGES:
		if not asked.scope.is_guest:
			frappe.db.set_value("User", asked.scope.user, "language", code)
			frappe.clear_cache(user=asked.scope.user)
		else:
			frappe.local.cookie_manager.set_cookie(
				COOKIE, code, expires=add_to_date(now_datetime(), days=DAYS)
			)
	return Redirect(safe_next(asked.text("next", 1000)))


def show(asked: Asked) -> Page | Redirect:
	"""Who one is, whose tickets one sees, and the form that ties an account to a customer's record."""
	problem = ""
	if asked.is_post:
		limits.count("connect")
		if accounts.connect(asked.scope.user, asked.text("fact", 60)):
			return Redirect("/service/account?done=connected")
		problem = _(
			"We could not find you with this number. Please check it, or ask our service to invite you."
		)
	rows = frappe.get_all(
		ACCESS,
		filters={"user": asked.scope.user, "enabled": 1},
		fields=["access", "customer", "customer.customer_name as customer_name", "dealer"],
		order_by="`tabPortal Access`.creation",
	)
	context = {"rows": rows, "problem": problem, "done": done_message(asked.text("done"))}
	return Page("account", _("My Account"), context, 417 if problem else 200)
