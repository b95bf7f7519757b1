"""Messages sent by several workers at once, by a worker that is killed, and by real SMTP; in processes of their own."""

import email
import email.policy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import frappe
import pytest

from aftersales.telephony import message_delivery
from aftersales.testing import factories
from aftersales.testing.message_servers import Gateway, MailServer
from tests.test_work_in_parallel import BENCH, CONNECT, at_once

DOCTYPE = "Outgoing Message"
NAME = "parallel messages"
DELIVER = """
from aftersales.telephony import message_delivery
frappe.set_user("Administrator")
for name in sys.argv[1:]:
	if message_delivery.deliver(name):
		print(name)
"""
QUEUE = """
from aftersales.telephony import messages
frappe.set_user("Administrator")
print(messages.queue(sys.argv[1], "SMS", customer=sys.argv[2], idempotency_key="parallel messages"))
frappe.db.commit()
"""
SEND_MAIL = """
from aftersales.telephony import message_delivery
frappe.set_user("Administrator")
frappe.flags.mute_emails = False
message_delivery.deliver(sys.argv[1])
queued = frappe.db.get_value("Outgoing Message", sys.argv[1], "email_queue")
frappe.get_doc("Email Queue", queued).send()
message_delivery.follow_email_queue()
"""


@pytest.fixture
def world():
	"""A customer, a template and settings that other processes see; taken away again."""
	settings = ("quiet_from", "quiet_until", "messages_per_day")
	before = {field: frappe.db.get_single_value("Aftersales Settings", field) for field in settings}
	accounts = frappe.get_all("Email Account", {"default_outgoing": 1}, pluck="name")
	frappe.db.set_value("Email Account", {"name": ("in", accounts)}, "default_outgoing", 0)
	frappe.db.set_single_value("Aftersales Settings", dict.fromkeys(settings))
	customer = factories.make_customer(
		customer_name=NAME, phone=factories.unique_phone(), email="wang@test.example"
	)
	kind = factories.make_message_kind(kind_name=NAME, quiet_hours=0)
	template = factories.make_message_template(template_title=NAME, kind=kind.name)
	frappe.db.commit()
	yield frappe._dict(customer=customer.name, template=template.name)
	frappe.db.rollback()
	frappe.set_user("Administrator")
	names = frappe.get_all(DOCTYPE, {"template": NAME}, pluck="name")
	queues = frappe.get_all("Email Queue", {"reference_name": customer.name}, pluck="name")
	frappe.db.delete("Email Queue Recipient", {"parent": ("in", queues or [""])})
	frappe.db.delete("Email Queue", {"name": ("in", queues or [""])})
	frappe.db.delete("Communication", {"reference_name": customer.name})
	for doctype, filters in (
		(DOCTYPE, {"name": ("in", names or [""])}),
		("Message Sender", {"sender_title": NAME}),
		("Message Template", {"name": NAME}),
		("Message Kind", {"name": NAME}),
		("Email Account", {"name": NAME}),
	):
		frappe.db.delete(doctype, filters)
	frappe.delete_doc("Service Customer", customer.name, force=True, delete_permanently=True)
	frappe.db.delete("Version", {"docname": ("in", [*names, NAME])})
	frappe.db.set_single_value("Aftersales Settings", before)
	frappe.db.set_value("Email Account", {"name": ("in", accounts)}, "default_outgoing", 1)
	frappe.db.commit()
	frappe.clear_cache()


def make_messages(world, number: int, **fields) -> list[str]:
	made = [
		factories.make_outgoing_message(template=world.template, customer=world.customer, **fields).name
		for _number in range(number)
	]
	frappe.db.set_value(DOCTYPE, {"name": ("in", made)}, "next_attempt_at", "2020-01-01")
	# The background worker of a served site would take part without being counted.
	frappe.db.after_commit.reset()
	frappe.db.commit()
	return made


def use(gateway: Gateway, **fields) -> None:
	factories.make_message_sender(sender_title=NAME, url=gateway.address, disabled=0, priority=99, **fields)
	frappe.db.commit()


def test_workers_at_once_send_each_message_once(world):
	with Gateway(wait=0.05) as gateway:
		use(gateway, body="{{ key | json }}")
		made = make_messages(world, 10)
		delivered = at_once(DELIVER, 4, *made)
	assert sorted(delivered) == sorted(made)
	assert sorted(body.strip('"') for body in gateway.bodies) == sorted(made)
	frappe.db.rollback()
	assert frappe.get_all(DOCTYPE, {"name": ("in", made)}, pluck="state") == ["Sent"] * 10


def test_the_same_key_at_once_makes_one_message(world):
	names = at_once(QUEUE, 4, world.template, world.customer)
	assert len(names) == 4
	assert len(set(names)) == 1


def test_a_worker_that_is_killed_while_the_gateway_thinks(world):
	"""The gateway has the message, the worker cannot note it: it is not sent a second time."""
	with Gateway(wait=3) as gateway:
		use(gateway)
		[name] = make_messages(world, 1)
		worker = subprocess.Popen(
			[sys.executable, "-c", CONNECT + DELIVER, name],
			cwd=Path(BENCH) / "sites",
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			text=True,
		)
		assert worker.stdout.readline() == "ready\n"
		worker.stdin.write("go\n")
		worker.stdin.flush()
		deadline = time.monotonic() + 30
		while not gateway.requests and time.monotonic() < deadline:
			time.sleep(0.02)
		os.kill(worker.pid, signal.SIGKILL)
		worker.communicate()
		frappe.db.rollback()
		assert frappe.db.get_value(DOCTYPE, name, "state") == "Sending"
		message_delivery.recover()
		assert frappe.db.get_value(DOCTYPE, name, "state") == "Sending"  # it might only be slow
		frappe.db.set_value(DOCTYPE, name, "claimed_at", "2020-01-01")
		message_delivery.deliver_due()
		assert frappe.db.get_value(DOCTYPE, name, ["state", "uncertain"]) == ("Failed", 1)
		frappe.db.commit()
	assert len(gateway.requests) == 1


def test_by_real_smtp(world):
	with MailServer() as server:
		account = frappe.get_doc(
			doctype="Email Account",
			name=NAME,
			email_account_name=NAME,
			email_id="service@test.example",
			enable_outgoing=1,
			default_outgoing=1,
			no_smtp_authentication=1,
			smtp_server="127.0.0.1",
			smtp_port=str(server.port),
		)
		account.db_insert()
		[name] = make_messages(world, 1, channel="E-mail")
		at_once(SEND_MAIL, 1, name)
	frappe.db.rollback()
	assert frappe.db.get_value(DOCTYPE, name, "state") == "Sent"
	[(sender, recipients, raw)] = server.mails
	mail = email.message_from_bytes(raw, policy=email.policy.default)
	assert "service@test.example" in sender
	assert recipients == ["wang@test.example"]
	assert mail["Subject"] == f"Hello {NAME}"
	assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
	assert "one_click?t=" in mail["List-Unsubscribe"]
	assert f"Dear {NAME}, hello." in mail.get_body(("plain",)).get_content()
	assert f"Dear {NAME}, hello.</p>" in mail.get_body(("html",)).get_content()
