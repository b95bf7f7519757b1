"""Demo messages in all states, and tickets that came as e-mails; nothing of it leaves the site."""

from email.message import EmailMessage

import frappe
from frappe.utils import add_to_date, now_datetime

from aftersales.demo.base import read
from aftersales.demo.tickets import customers_by_language
from aftersales.telephony import message_opt_out, message_recipients, messages

DOCTYPE = "Outgoing Message"
AGENT = "agent@aftersales.example"
SERVICE = "service@aftersales.example"


def load() -> None:
	"""Make the demo messages, unless the site has some; see aftersales.demo.load."""
	if frappe.db.exists(DOCTYPE, {"idempotency_key": ("like", "demo:%")}):
		return
	user, muted = frappe.session.user, frappe.flags.mute_emails
	frappe.flags.mute_emails = True
	try:
		customers = {zh: customers_by_language(zh) for zh in (True, False)}
		for number, case in enumerate(read("messages")):
			make_message(number, case, customers[case["zh"]])
		frappe.set_user("Administrator")
		for number, case in enumerate(read("mails")):
			receive(number, case)
	finally:
		frappe.set_user(user)
		frappe.flags.mute_emails = muted


def make_message(number: int, case: dict, customers: list) -> None:
	"""Make one message as an agent sent it, in the state that the case says."""
	frappe.set_user(AGENT)
	channel = case["channel"]
	reachable = [
		(name, found[0]) for name in customers if (found := message_recipients.addresses(channel, name))
	]
	if not reachable:
		return
	customer, address = reachable[number % len(reachable)]
	if case["state"] == "Suppressed":
		message_opt_out.opt_out(channel, address, source="Link in a Message")
	name = messages.queue(
		case["template"],
		channel,
		customer=customer,
		text=case.get("text"),
		idempotency_key=f"demo:{number}",
	)
	sent_at = add_to_date(now_datetime(), hours=-case["hours_ago"])
	values = {"creation": sent_at, "modified": sent_at}
	if case["state"] != "Suppressed":
		values |= {"state": case["state"], "next_attempt_at": None, "attempts": 1, "error": case.get("error")}
	if case["state"] == "Sent":
		values["sent_at"] = sent_at
	frappe.db.set_value(DOCTYPE, name, values, update_modified=False)


def receive(number: int, case: dict) -> None:
	"""Let one e-mail come in, as if a mailbox had been fetched."""
	from aftersales.telephony.email_in import ServiceMail

	account = frappe._dict(append_to="Service Ticket", email_id=SERVICE, name=None, use_imap=0)
	mail = EmailMessage()
	mail["From"], mail["To"], mail["Subject"] = case["from"], SERVICE, case["subject"]
	mail["Message-ID"] = f"<demo-{number}@mail.aftersales.example>"
	mail.set_content(case["text"])
	ServiceMail(mail.as_bytes(), account).process()
