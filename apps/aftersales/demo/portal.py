"""Demo data of the customer portal: two customers, a company's manager, a dealer, a conversation, downloads."""

import io
from datetime import timedelta

import frappe
from frappe.utils import get_fullname, now_datetime
from frappe.utils.password import update_password
from PIL import Image

from aftersales.demo import PASSWORD
from aftersales.demo.base import customer_called, read
from aftersales.demo.faqs import draw
from aftersales.portal.conversation import MARK, text_as_html

AGENT = "agent.zh@aftersales.example"
CUSTOMER = "Service Customer"
TICKET = "Service Ticket"


def load() -> None:
	"""Make the demo data of the portal that is missing; see aftersales.demo.load."""
	data = read("portal")
	set_up(data["settings"])
	make_company(data["company"], data["members"])
	for row in data["people"]:
		make_person(row)
	for row in data["downloads"]:
		make_download(row)
	talk(data["people"][0], data["conversation"])


def set_up(values: dict) -> None:
	"""Fill the settings that are empty."""
	settings = frappe.get_doc("Service Portal Settings")
	empty = {key: value for key, value in values.items() if not settings.get(key)}
	if empty:
		settings.update(empty)
		settings.save(ignore_permissions=True)


def make_company(row: dict, members: list[str]) -> None:
	"""Make a company and the people who belong to it."""
	if frappe.db.exists(CUSTOMER, {"customer_name": row["customer_name"]}):
		return
	company = frappe.get_doc(doctype=CUSTOMER, **row).insert(ignore_permissions=True)
	for name in members:
		member = frappe.get_doc(CUSTOMER, customer_called(name))
		member.company = company.name
		member.save(ignore_permissions=True)


def make_person(row: dict) -> None:
	"""Make a portal user. Their password is public, so it is written past the site's password policy."""
	if frappe.db.exists("Portal Access", {"email": row["email"]}):
		return
	party = {"dealer": row["dealer"]} if "dealer" in row else {"customer": customer_called(row["customer"])}
	access = frappe.get_doc({"doctype": "Portal Access", **row, **party, "origin": "Self Sign-up"})
	access.insert(ignore_permissions=True)
	frappe.db.set_value("User", access.user, "language", row["language"])
	update_password(access.user, PASSWORD)


def make_download(row: dict) -> None:
	"""Make an item for download with a drawing as PDF."""
	if frappe.db.exists("Download Item", {"title": row["title"]}):
		return
	picture = Image.open(io.BytesIO(draw(row.pop("drawing")))).convert("RGB")
	content = io.BytesIO()
	picture.save(content, "PDF")
	file = frappe.get_doc(
		doctype="File", file_name=f"{row['title']}.pdf", content=content.getvalue(), is_private=1
	).insert(ignore_permissions=True)
	item = frappe.get_doc({"doctype": "Download Item", "published": 1, "file": file.file_url, **row})
	item.insert(ignore_permissions=True)


def talk(person: dict, lines: list[dict]) -> None:
	"""Let a customer and an agent write to each other on the customer's newest open ticket."""
	customer = customer_called(person["customer"])
	ticket = frappe.db.get_value(
		TICKET,
		{"customer": customer, "completed": 0},
		["name", "creation"],
		as_dict=True,
		order_by="creation desc",
	)
	if not ticket or frappe.db.exists("Communication", {"reference_name": ticket.name, MARK: 1}):
		return
	for number, line in enumerate(lines):
		at = min(ticket.creation + timedelta(hours=3 * (number + 1)), now_datetime())
		say(ticket.name, AGENT if line["by"] == "agent" else person["email"], line, at)


def say(ticket: str, user: str, line: dict, at) -> None:
	"""File one message."""
	is_agent = line["by"] == "agent"
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Other",
			"sent_or_received": "Sent" if is_agent else "Received",
			"subject": ticket,
			"content": text_as_html(line["text"]),
			"sender": user,
			"sender_full_name": get_fullname(user),
			"communication_date": at,
			"reference_doctype": TICKET,
			"reference_name": ticket,
			MARK: 1,
		}
	).insert(ignore_permissions=True)
