"""Accounts of portal users: sign-up, invitation, and how an account comes to see a customer's tickets.

An account alone sees nothing but what it opened itself. It sees a customer's data through a Portal Access, which
either a member of the staff makes (invitation), or the person, who must know two things that are in the customer's
record: the e-mail address, which the account's own first mail has proved, and a telephone number or the member number.
"""

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import cint, escape_html, get_url, validate_email_address

from aftersales.portal import ROLE
from aftersales.portal.scope import ACCESS, CUSTOMER
from aftersales.telephony.numbers import normalise

MOST_CANDIDATES = 20
LONGEST_NAME = 140
# In one hour on the whole site, whatever the address they come from.
MOST_SIGN_UPS = 300
LANGUAGES = ("en", "zh")


class SignUpError(frappe.ValidationError):
	"""What was typed is no name or no address, or nobody may sign up."""


def settings():
	"""Return Service Portal Settings from the cache."""
	return frappe.get_cached_doc("Service Portal Settings")


def may_sign_up() -> bool:
	"""Whether visitors may make an account: it takes a mail to prove the address."""
	return bool(cint(settings().allow_sign_up) and has_outgoing_mail())


def has_outgoing_mail() -> bool:
	"""Whether the site sends mail."""
	account = EmailAccount.find_outgoing()
	return bool(account and account.email_id)


def ensure_user(email: str, full_name: str, language: str | None = None) -> str:
	"""Return the website user with an address, made if there is none, with the portal's role.

	:raises SignUpError: the address is none.
	"""
	email = (email or "").strip().lower()
	if not validate_email_address(email):
		frappe.throw(_("Enter an e-mail address, for example name@example.com."), SignUpError)
	if frappe.db.exists("User", email):
		return add_role(frappe.get_doc("User", email))
	user = frappe.get_doc(
		doctype="User",
		email=email,
		first_name=(full_name or email).strip()[:LONGEST_NAME],
		language=language,
		user_type="Website User",
		enabled=1,
		send_welcome_email=0,
		roles=[{"role": ROLE}],
	)
	user.flags.no_welcome_mail = True
	user.flags.ignore_permissions = True
	return user.insert(ignore_permissions=True).name


def add_role(user) -> str:
	"""Give an account that is there already the portal's role."""
	if ROLE not in {row.role for row in user.roles}:
		user.append("roles", {"role": ROLE})
		user.flags.ignore_permissions = True
		user.save(ignore_permissions=True)
	return user.name


def sign_up(email: str, full_name: str, language: str | None = None) -> None:
	"""Make an account and send a link to choose a password. What is answered never tells whether there is one already.

	:param email: the address; the mail proves that it is the person's.
	:param full_name: how the person is called.
	:param language: of the mail and the portal.
	:raises SignUpError: nobody may sign up, or name or address is missing.
	"""
	if not may_sign_up():
		frappe.throw(_("Sign-up is switched off. Please ask our service for an invitation."), SignUpError)
	full_name = (full_name or "").strip()
	email = (email or "").strip().lower()
	if not full_name or len(full_name) > LONGEST_NAME:
		frappe.throw(_("Enter your name."), SignUpError)
	if not validate_email_address(email):
		frappe.throw(_("Enter an e-mail address, for example name@example.com."), SignUpError)
	if frappe.db.exists("User", email):
		send_password_link(email)
		return
	if frappe.db.get_creation_count("User", 60) > MOST_SIGN_UPS:
		frappe.throw(_("Too many people signed up just now. Please try again in an hour."), SignUpError)
	send_link(ensure_user(email, full_name, language), _("Welcome to our customer portal"))


def send_password_link(email: str) -> None:
	"""Send a link to choose a new password to the owner of an account, if there is one of a website user.

	Staff use the Desk's own page; nothing is told about who has an account.
	"""
	user = frappe.db.get_value(
		"User", {"name": (email or "").strip().lower(), "enabled": 1, "user_type": "Website User"}
	)
	if user and has_outgoing_mail():
		send_link(user, _("Your password"))


def send_invitation(access) -> bool:
	"""Tell a person that the portal is open to them.

	:param access: Portal Access.
	:returns: whether a mail was queued; without an outgoing account none is.
	"""
	if not has_outgoing_mail():
		return False
	send_link(access.user, _("You are invited to our customer portal"))
	return True


def send_link(user: str, subject: str) -> None:
	"""Queue a mail with a link to choose a password; Frappe keeps its time limit and lets it be used once."""
	account = frappe.get_doc("User", user)
	frappe.sendmail(
		recipients=user,
		subject=subject,
		template="portal_link",
		args={
			"name": account.full_name,
			"link": account.reset_password(send_email=False),
			"portal": get_url("/service"),
		},
		header=[subject, "green"],
	)


def connect(user: str, fact: str) -> str | None:
	"""Tie an account to the customer whose record holds its address and the given number (S4.03).

	:param user: the signed-in user, whose address a mail has proved.
	:param fact: telephone number or member number.
	:returns: the customer's name; None if nothing fits, or more than one, or access was withdrawn before.
	"""
	fact = (fact or "").strip()
	if not fact:
		return None
	fitting = [row for row in customers_of_address(user) if knows(row, fact)]
	if len(fitting) != 1:
		return None
	row = fitting[0]
	if frappe.db.exists(ACCESS, {"email": user, "customer": row["name"]}):
		return None
	whole = row["own_address"] and row["customer_kind"] == "Individual"
	access = frappe.get_doc(
		doctype=ACCESS,
		email=user,
		full_name=frappe.utils.get_fullname(user),
		access="All Tickets" if whole else "Own Tickets",
		customer=row["name"],
		origin="Self Sign-up",
		enabled=1,
	)
	access.flags.ignore_permissions = True
	access.insert(ignore_permissions=True)
	return row["name"]


def customers_of_address(email: str) -> list[dict]:
	"""Return the customers whose own address, or a contact person's, is `email`; the second kind sees own tickets only."""
	fields = ["name", "phone", "member_no", "customer_kind"]
	live = {"disabled": 0, "personal_data_deleted_on": ("is", "not set")}
	own = frappe.get_all(CUSTOMER, {"email": email, **live}, fields, limit=MOST_CANDIDATES)
	contacts = frappe.get_all("Contact Email", {"email_id": email, "parenttype": "Contact"}, pluck="parent")
	names = (
		frappe.get_all(
			"Dynamic Link",
			{"parenttype": "Contact", "parent": ("in", contacts), "link_doctype": CUSTOMER},
			pluck="link_name",
		)
		if contacts
		else []
	)
	names = set(names) - {row.name for row in own}
	linked = (
		frappe.get_all(CUSTOMER, {"name": ("in", sorted(names)), **live}, fields, limit=MOST_CANDIDATES)
		if names
		else []
	)
	return [{**row, "own_address": row in own} for row in [*own, *linked]]


def knows(customer: dict, fact: str) -> bool:
	"""Whether a text is a telephone number of the customer, or the member number."""
	if customer["member_no"] and fact.casefold() == customer["member_no"].strip().casefold():
		return True
	key = normalise(fact).key
	if not key:
		return False
	return bool(frappe.db.exists("Caller Number", {"customer": customer["name"], "number_key": key}))


def shown_name(user: str) -> str:
	"""Return how a user is called, safe in HTML."""
	return escape_html(frappe.utils.get_fullname(user))
