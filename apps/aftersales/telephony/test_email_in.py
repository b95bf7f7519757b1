import re
from email.message import EmailMessage

import frappe
from frappe.utils import add_days, today

from aftersales.telephony import email_in, email_nature, message_delivery
from aftersales.telephony.email_in import ServiceMail
from aftersales.telephony.test_messages import MessageCase
from aftersales.testing import factories
from aftersales.testing.message_servers import Mailbox

TICKET = "Service Ticket"
SERVICE = "service@test.example"
WANG = "wang@customer.example"
STRANGER = "mallory@evil.example"


def make_service_account(**fields):
	"""Return the Email Account of the service address; written past the events that would connect."""
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"name": "Service",
			"email_account_name": "Service",
			"email_id": SERVICE,
			"append_to": TICKET,
			"enable_incoming": 1,
			"default_incoming": 1,
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"always_use_account_email_id_as_sender": 1,
			"email_sync_option": "ALL",
			"create_contact": 0,
			**fields,
		}
	)
	account.db_insert()
	return frappe.get_doc("Email Account", account.name)


class EmailCase(MessageCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(setattr, frappe.flags, "mute_emails", frappe.flags.mute_emails)
		frappe.flags.mute_emails = False
		frappe.local.outgoing_email_account = {}
		self.addCleanup(setattr, frappe.local, "outgoing_email_account", {})
		frappe.db.delete("Email Account")
		self.account = make_service_account()

	def raw(self, text="The kettle leaks.", sender=WANG, subject="Broken kettle", **headers) -> bytes:
		message = EmailMessage()
		values = {
			"From": sender,
			"To": SERVICE,
			"Subject": subject,
			"Message-ID": f"<{frappe.generate_hash(length=20)}@mail.customer.example>",
			"Date": "Sun, 22 Nov 2026 02:00:00 +0000",
			**{name.replace("_", "-"): value for name, value in headers.items()},
		}
		for name, value in values.items():
			if value is not None:
				message[name] = value
		message.set_content(text)
		return message.as_bytes()

	def take(self, raw: bytes, account=None):
		frappe.set_user("Administrator")
		return ServiceMail(raw, account or self.account).process()

	def mail(self, *args, **fields):
		"""Let a mail come in, and return its Communication."""
		return self.take(self.raw(*args, **fields))

	def ticket(self, communication):
		self.assertEqual(communication.reference_doctype, TICKET)
		return frappe.get_doc(TICKET, communication.reference_name)

	def answer_to(self, communication) -> dict:
		return {"In_Reply_To": f"<{communication.message_id}>"}

	def tickets(self, **filters) -> int:
		return frappe.db.count(TICKET, {"channel": "E-mail", **filters})

	def comments(self, ticket) -> str:
		return " | ".join(
			frappe.get_all(
				"Comment", {"reference_doctype": TICKET, "reference_name": ticket.name}, pluck="content"
			)
		)

	def asked(self, ticket, text="Which model?", **fields):
		"""The agent writes on the ticket's form; returns Communication and Email Queue."""
		from frappe.core.doctype.communication.email import make

		name = make(
			doctype=TICKET,
			name=ticket.name,
			subject=f"Your request (#{ticket.name})",
			content=text,
			recipients=fields.pop("recipients", ticket.email),
			send_email=1,
			communication_medium="Email",
			**fields,
		)["name"]
		communication = frappe.get_doc("Communication", name)
		return communication, frappe.get_last_doc("Email Queue", {"communication": name})


class TestNewTicket(EmailCase):
	def test_opens_a_ticket_of_the_customer(self):
		customer = factories.make_customer(email=WANG.upper(), customer_name="王芳", phone="13812340009")
		ticket = self.ticket(self.mail())
		self.assertEqual(
			(ticket.customer, ticket.customer_name, ticket.email, ticket.channel, ticket.record_type),
			(customer.name, "王芳", WANG, "E-mail", "Enquiry"),
		)
		self.assertEqual((ticket.status, ticket.contact_phone), ("New", "13812340009"))
		self.assertEqual(ticket.question, "Broken kettle\n\nThe kettle leaks.")

	def test_a_contact_person(self):
		customer = factories.make_customer()
		factories.make_contact([customer], email_ids=[{"email_id": WANG, "is_primary": 1}])
		self.assertEqual(self.ticket(self.mail()).customer, customer.name)

	def test_nobody_or_several_have_the_address(self):
		ticket = self.ticket(self.mail(sender=f"王芳 <{WANG}>"))
		self.assertEqual((ticket.customer, ticket.customer_name), (None, "王芳"))
		for _number in range(2):
			factories.make_customer(email=WANG)
		self.assertIsNone(self.ticket(self.mail()).customer)

	def test_chinese(self):
		for charset, subject in (
			("gb2312", "=?gb2312?B?" + "xvTA2dSqz/LEyb7N?="),
			("gb18030", "Re: =?UTF-8?B?54Ot5rC05aO2?= =?UTF-8?B?5ryP5rC0?="),
		):
			raw = (
				f"From: =?UTF-8?B?546L6Iqz?= <{WANG}>\r\nTo: {SERVICE}\r\nSubject: {subject}\r\n"
				f"Message-ID: <{frappe.generate_hash()}@m>\r\nMIME-Version: 1.0\r\n"
				f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
			).encode() + "镕基 漏水".encode("gb18030")
			ticket = self.ticket(self.take(raw))
			self.assertIn("镕基 漏水", ticket.question)
		self.assertTrue(ticket.question.startswith("Re: 热水壶漏水"))

	def test_same_mail_twice(self):
		raw = self.raw()
		first, second = self.take(raw), self.take(raw)
		self.assertEqual((first.name, self.tickets(email=WANG)), (second.name, 1))
		raw = self.raw(Message_ID=None)
		self.assertEqual(self.take(raw).name, self.take(raw).name)

	def test_a_form_on_a_website(self):
		"""A form speaks for its visitor only where the site says that it is one."""
		customer = factories.make_customer(email=WANG).name
		form = {"sender": "no-reply@shop.example", "Reply_To": WANG}
		stranger = self.ticket(self.mail(sender="www@shop.example", Reply_To=WANG))
		self.assertEqual((stranger.email, stranger.customer), ("www@shop.example", None))
		forms = "other@shop.example\nNo-Reply@shop.example\n"
		frappe.db.set_single_value("Aftersales Settings", "mail_form_senders", forms)
		visitor = self.ticket(self.mail("The door is stuck", **form))
		self.assertEqual((visitor.email, visitor.customer), (WANG, customer))

	def test_markup(self):
		message = EmailMessage()
		message["From"], message["To"], message["Subject"] = WANG, SERVICE, "<script>alert(1)</script>"
		message["Message-ID"] = "<html@customer.example>"
		message.set_content(
			"<p>Hello <script>alert(1)</script><img src=x onerror=alert(1)></p>", subtype="html"
		)
		communication = self.take(message.as_bytes())
		self.assertNotIn("<script", communication.content)
		self.assertNotIn("onerror", communication.content)
		self.assertIn("Hello", self.ticket(communication).question)

	def test_receipt_once_and_marked_as_automatic(self):
		frappe.db.set_single_value("Aftersales Settings", "mail_receipt_template", "Ticket Received")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		opened = self.mail()
		ticket = self.ticket(opened)
		message = frappe.get_last_doc("Outgoing Message", {"reference_name": ticket.name})
		self.assertEqual((message.recipient, message.state), (WANG, "Queued"))
		message_delivery.deliver(message.name)
		message.reload()
		queued = frappe.get_doc("Email Queue", message.email_queue)
		self.assertIn("Auto-Submitted: auto-replied", queued.message)
		self.assertIn(f"(#{ticket.name})", queued.message)
		self.assertIn(f"In-Reply-To: <{opened.message_id}>", queued.message)
		self.mail(**self.answer_to(opened))
		for _number in range(5):
			self.mail()
		self.assertEqual(frappe.db.count("Outgoing Message", {"recipient_key": WANG}), 3)


class TestThreads(EmailCase):
	def test_an_answer_continues_the_ticket(self):
		ticket = self.ticket(self.mail())
		sent, queued = self.asked(ticket)
		self.assertIn(SERVICE, queued.message)
		answer = self.mail("Model K2.", subject="whatever", **self.answer_to(sent))
		self.assertEqual((answer.reference_name, answer.in_reply_to), (ticket.name, sent.name))
		self.assertEqual(self.tickets(email=WANG), 1)

	def test_the_agents_answer_is_threaded(self):
		first = self.mail()
		ticket = self.ticket(first)
		sent, queued = self.asked(ticket)
		self.assertIn(f"In-Reply-To: <{first.message_id}>", queued.message)
		self.assertIn(f"References: <{first.message_id}>", queued.message)
		second = self.mail(**self.answer_to(sent))
		_sent, queued = self.asked(ticket, "Thank you")
		folded = re.sub(r"\s+", " ", queued.message)
		self.assertIn(f"In-Reply-To: <{second.message_id}>", folded)
		self.assertIn(f"References: <{first.message_id}> <{sent.message_id}> <{second.message_id}>", folded)

	def test_references_without_in_reply_to(self):
		ticket = self.ticket(self.mail())
		sent, _queued = self.asked(ticket)
		answer = self.mail(References=f"<x@unknown.example> <{sent.message_id}> <y@unknown.example>")
		self.assertEqual(answer.reference_name, ticket.name)

	def test_the_number_from_a_correspondent(self):
		ticket = self.ticket(self.mail())
		for subject in (
			f"Re: Your request (#{ticket.name})",
			f"回复：[{ticket.name}] 还漏水",
			f"#{ticket.name}",
		):
			with self.subTest(subject):
				self.assertEqual(self.mail(subject=subject).reference_name, ticket.name)
		self.asked(ticket, cc="colleague@customer.example")
		other = self.mail(sender="Colleague@customer.example", subject=f"(#{ticket.name})")
		self.assertEqual(other.reference_name, ticket.name)

	def test_a_stranger_who_guesses_the_number(self):
		"""Nobody writes into somebody's ticket by naming its number, whatever the mail claims."""
		factories.make_customer(email=WANG)
		ticket = self.ticket(self.mail())
		subject = f"Re: Your request (#{ticket.name})"
		for sender, headers in (
			(STRANGER, {}),
			(f'"{WANG}" <{STRANGER}>', {}),
			(STRANGER, {"Reply_To": WANG}),
			(STRANGER, {"X_Original_From": WANG}),
			(STRANGER, {"Sender": WANG}),
			(STRANGER, {"In_Reply_To": f"<{ticket.name}@{frappe.local.site}>"}),
			(f"{WANG}, {STRANGER}", {}),
			(WANG, {"Authentication_Results": "mx.test.example; dmarc=fail header.from=customer.example"}),
			(WANG, {"Authentication_Results": "mx.test.example; spf=fail smtp.mailfrom=x; dkim=none"}),
		):
			with self.subTest(sender=sender, **headers):
				if "," in sender:
					self.assertRaises(ValueError, self.mail, sender=sender, subject=subject)
					continue
				forged = self.mail("Pay to me", sender=sender, subject=subject, **headers)
				self.assertNotEqual(forged.reference_name, ticket.name)
				self.assertIn(ticket.name, self.comments(self.ticket(forged)))
		ticket.reload()
		self.assertEqual(frappe.db.count("Communication", {"reference_name": ticket.name}), 1)

	def test_the_subject_alone_is_no_thread(self):
		ticket = self.ticket(self.mail(subject="A question on my kettle"))
		other = self.mail(sender=STRANGER, subject="Re: A question on my kettle")
		self.assertNotEqual(other.reference_name, ticket.name)

	def test_who_was_forwarded_our_mail_is_filed_without_effect(self):
		ticket = self.ticket(self.mail())
		sent, _queued = self.asked(ticket)
		frappe.db.set_value(TICKET, ticket.name, "status", "Waiting for Customer")
		answer = self.mail(sender="spouse@home.example", **self.answer_to(sent))
		self.assertEqual(answer.reference_name, ticket.name)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "Waiting for Customer")
		self.assertIn("spouse@home.example", self.comments(ticket))

	def test_complaints_keep_their_threads(self):
		complaint = factories.make_customer_complaint(email=WANG)
		named = self.mail(subject=f"(#{complaint.name})")
		self.assertEqual(
			(named.reference_doctype, named.reference_name), ("Customer Complaint", complaint.name)
		)
		forged = self.mail(sender=STRANGER, subject=f"(#{complaint.name})")
		self.assertEqual(forged.reference_doctype, TICKET)


class TestReopening(EmailCase):
	def prepared(self, status, **values):
		ticket = self.ticket(self.mail())
		ticket.handling = "Told"
		ticket.status = "In Progress"
		ticket.save()
		if status != "In Progress":
			ticket.status = status
			ticket.save()
		if values:
			frappe.db.set_value(TICKET, ticket.name, values)
		return frappe.get_doc(TICKET, ticket.name)

	def after_mail(self, ticket):
		mail = self.mail(subject=f"(#{ticket.name})")
		return mail.reference_name == ticket.name, frappe.db.get_value(TICKET, ticket.name, "status")

	def test_rules(self):
		for status, values, expected in (
			("In Progress", {}, (True, "In Progress")),
			("Waiting for Customer", {}, (True, "In Progress")),
			("Resolved", {}, (True, "In Progress")),
			("Resolved", {"completion_date": add_days(today(), -14)}, (True, "In Progress")),
			("Resolved", {"completion_date": add_days(today(), -15)}, (False, "Resolved")),
		):
			with self.subTest(status=status, **values):
				self.assertEqual(self.after_mail(self.prepared(status, **values)), expected)

	def test_closed_and_audited_stay_and_a_new_ticket_follows(self):
		for status in ("Closed", "Audited"):
			ticket = self.prepared("Resolved")
			frappe.db.set_value(TICKET, ticket.name, "status", status)
			mail = self.mail(subject=f"(#{ticket.name})")
			self.assertNotEqual(mail.reference_name, ticket.name)
			self.assertIn(ticket.name, self.ticket(mail).remarks)
			self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), status)

	def test_a_workflow_without_such_a_step(self):
		ticket = self.prepared("Waiting for Customer")
		frappe.db.set_single_value("Aftersales Settings", "mail_state_after", "Audited")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		self.assertEqual(self.after_mail(ticket), (True, "Waiting for Customer"))
		self.assertIn("did not change the state", self.comments(ticket))

	def test_person_in_charge_is_told(self):
		ticket = self.prepared("In Progress", person_in_charge=factories.user_with("Service Agent"))
		self.after_mail(ticket)
		told = frappe.get_all("Notification Log", {"document_name": ticket.name}, pluck="for_user")
		self.assertIn(ticket.person_in_charge, told)


class TestPrograms(EmailCase):
	def test_natures(self):
		for expected, fields in (
			("person", {}),
			("person", {"Auto_Submitted": "no"}),
			("automatic", {"Auto_Submitted": "auto-replied"}),
			("automatic", {"Auto_Submitted": "auto-generated (vacation)"}),
			("automatic", {"X_Autoreply": "yes"}),
			("automatic", {"Precedence": "auto_reply"}),
			("automatic", {"subject": "自动回复: Broken kettle"}),
			("automatic", {"subject": "Automatic reply: Broken kettle"}),
			("automatic", {"subject": "Re: Out of Office"}),
			("automatic", {"sender": "no-reply@shop.example"}),
			("automatic", {"Return_Path": "<>"}),
			("list", {"List_Id": "<news.shop.example>"}),
			("list", {"Precedence": "bulk"}),
			("bounce", {"sender": "MAILER-DAEMON@mail.example", "subject": "failure"}),
			("own", {"sender": SERVICE}),
			("own", {"X_Frappe_Site": frappe.utils.get_url()}),
			("person", {"subject": "I automatically reply to all your office hours"}),
		):
			with self.subTest(expected=expected, **fields):
				mail = ServiceMail(self.raw(**fields), self.account)
				self.assertEqual(mail.nature, expected)

	def test_programs_open_nothing_and_are_not_answered(self):
		for fields in (
			{"Auto_Submitted": "auto-replied"},
			{"List_Id": "<news.shop.example>"},
			{"sender": SERVICE},
			{"X_Frappe_Site": frappe.utils.get_url()},
		):
			mail = ServiceMail(self.raw(**fields), self.account)
			filed = mail.process()
			self.assertEqual((filed.reference_name, mail.flags.is_new_communication), (None, False))
		self.assertEqual(self.tickets(email=("in", [WANG, SERVICE])), 0)

	def test_an_automatic_answer_on_a_ticket_is_filed_and_reopens_nothing(self):
		ticket = self.ticket(self.mail())
		sent, _queued = self.asked(ticket)
		frappe.db.set_value(TICKET, ticket.name, "status", "Waiting for Customer")
		filed = self.mail(Auto_Submitted="auto-replied", **self.answer_to(sent))
		self.assertEqual(filed.reference_name, ticket.name)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "Waiting for Customer")

	def test_two_programs_do_not_talk_for_ever(self):
		"""The other side answers each of our mails as a person would: receipts and tickets come to an end."""
		frappe.db.set_single_value("Aftersales Settings", "mail_receipt_template", "Ticket Received")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		for number in range(14):
			self.mail(subject=f"Answer {number}")
		self.assertEqual(self.tickets(email=WANG), 10)
		self.assertEqual(frappe.db.count("Outgoing Message", {"recipient_key": WANG}), 3)
		self.assertEqual(frappe.db.count("Communication", {"sender": WANG}), 14)

	def bounce(self, message_id, action="failed", recipient=WANG):
		return (
			f"From: MAILER-DAEMON@mail.example\r\nTo: {SERVICE}\r\nSubject: Undelivered\r\n"
			f"Message-ID: <{frappe.generate_hash()}@mail.example>\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
			'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
			"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
			"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
			f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
			"Diagnostic-Code: smtp; 550 no such user <img src=x onerror=alert(1)>\r\n\r\n"
			f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
		).encode()

	def test_a_bounce_fails_the_message(self):
		customer = factories.make_customer(email=WANG)
		ticket = factories.make_ticket(customer=customer.name)
		message = factories.make_outgoing_message(
			template="Own Words",
			channel="E-mail",
			text="x",
			reference_doctype=TICKET,
			reference_name=ticket.name,
		)
		message_delivery.deliver(message.name)
		message.reload()
		filed = self.take(self.bounce(message.message_id, "delayed"))
		self.assertEqual(filed.reference_name, ticket.name)
		self.assertEqual(frappe.db.get_value("Outgoing Message", message.name, "state"), "Sending")
		self.take(self.bounce(message.message_id))
		state, error = frappe.db.get_value("Outgoing Message", message.name, ["state", "error"])
		self.assertEqual(state, "Failed")
		self.assertIn("no such user", error)
		# Whoever got a message can write such a report; the form shows it as HTML.
		self.assertNotRegex(error, "[<>]")
		self.assertIsNone(self.take(self.bounce("guessed@test.example")).reference_name)


class TestAttachments(EmailCase):
	def with_files(self, *files, **headers):
		message = EmailMessage()
		message["From"], message["To"], message["Subject"] = WANG, SERVICE, "Pictures"
		message["Message-ID"] = f"<{frappe.generate_hash()}@customer.example>"
		message.set_content("See the pictures")
		for name, content, kind in files:
			maintype, subtype = kind.split("/")
			message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
		return self.take(message.as_bytes())

	def kept(self, communication):
		return frappe.get_all(
			"File",
			{"attached_to_doctype": "Communication", "attached_to_name": communication.name},
			["file_name", "is_private"],
		)

	def test_private_and_with_their_names(self):
		mail = self.with_files(
			("leak.png", b"\x89PNG\r\n\x1a\n" + b"0" * 30, "image/png"),
			("../../etc/passwd", b"x", "application/octet-stream"),
			("发票.pdf", b"%PDF-1.4", "application/pdf"),
		)
		files = self.kept(mail)
		self.assertEqual(len(files), 3)
		self.assertTrue(all(row.is_private for row in files))
		self.assertFalse(any("/" in row.file_name for row in files))

	def test_too_large_or_too_many_are_named(self):
		frappe.db.set_single_value("Aftersales Settings", "mail_largest_mb", 1)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		mail = self.with_files(("film.bin", b"0" * 1_500_000, "application/octet-stream"))
		ticket = self.ticket(mail)
		self.assertIn("See the pictures", ticket.question)
		self.assertEqual(self.kept(mail), [])
		self.assertIn("film.bin", self.comments(ticket))
		mail = self.with_files(
			*((f"{n}.txt", b"%d" % n, "text/plain") for n in range(email_in.MOST_ATTACHMENTS + 2))
		)
		self.assertEqual(len(self.kept(mail)), email_in.MOST_ATTACHMENTS)
		self.assertIn("51.txt", self.comments(self.ticket(mail)))

	def test_a_huge_text(self):
		frappe.db.set_single_value("Aftersales Settings", "mail_largest_mb", 1)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		ticket = self.ticket(self.mail("word " * 400_000))
		self.assertLessEqual(len(ticket.question), 20_000)


class TestReceive(EmailCase):
	"""Through Frappe's own fetching, from a real mailbox."""

	def receive(self, *messages):
		with Mailbox(*messages) as box:
			account = self.account
			account.update(
				{
					"use_imap": 0,
					"use_ssl": 0,
					"email_server": "127.0.0.1",
					"incoming_port": str(box.port),
					"password": None,
				}
			)
			self.commits = []
			commit, rollback = frappe.db.commit, frappe.db.rollback
			frappe.db.commit = lambda: frappe.db.savepoint("received")
			frappe.db.rollback = lambda save_point=None, **_more: rollback(
				save_point=save_point or "received"
			)
			frappe.db.savepoint("received")
			try:
				account.receive()
			finally:
				frappe.db.commit, frappe.db.rollback = commit, rollback
			return box.messages

	def test_one_bad_mail_does_not_stop_the_others(self):
		no_sender = b"Subject: none\r\nMessage-ID: <nosender@x>\r\n\r\ntext"
		binary = bytes(range(256)) * 20
		self.assertIs(type(self.account), email_in.ServiceEmailAccount)
		left = self.receive(no_sender, self.raw(), binary, self.raw(sender="li@customer.example"))
		self.assertEqual(left, [])
		self.assertEqual(self.tickets(email=("in", [WANG, "li@customer.example"])), 2)
		self.assertEqual(frappe.db.count("Unhandled Email", {"email_account": self.account.name}), 2)

	def test_a_mail_that_cannot_be_filed_is_kept(self):
		frappe.db.set_single_value("Aftersales Settings", "mail_record_type", "No Such Type")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		with self.assertRaises(Exception):  # noqa: B017 (Frappe's receive raises a plain one)
			self.receive(self.raw("precious words"))
		kept = frappe.get_last_doc("Unhandled Email", {"email_account": self.account.name})
		self.assertIn("precious words", kept.raw)

	def test_other_accounts_work_as_frappe_has_it(self):
		frappe.db.set_value("Email Account", self.account.name, "append_to", "ToDo")
		account = frappe.get_doc("Email Account", self.account.name)
		self.assertFalse(account.is_for_service())


class TestHeaders(EmailCase):
	def test_nothing_in_a_header_breaks_the_reading(self):
		for number, raw in enumerate(
			(
				b"From: a@b.example\nSubject: =?x-unknown?B?////?=\n\n",
				b"From: a@b.example\nSubject: =?utf-8?Q?=FF=FE?=\n\n",
				b"From: =?utf-8?B?!!!?= <a@b.example>\nIn-Reply-To: <<>>\nReferences: "
				+ b"<" * 5000
				+ b"\n\n",
				b"From: a@b.example\nContent-Type: multipart/mixed\n\nno boundary",
				b"From: a@b.example\nContent-Type: text/plain; charset=nonsense\n\nhello",
				b"From: a@b.example\nDate: nonsense\nContent-Transfer-Encoding: base64\n\n!!!",
			)
		):
			with self.subTest(number):
				mail = ServiceMail(raw, self.account)
				self.assertEqual(mail.from_email, "a@b.example")
				self.assertTrue(mail.process().name)

	def test_a_mail_reads_no_whole_table(self):
		"""Anybody may write, as often as they like."""
		for table, where in (
			("Service Ticket", "email = 'x@y.example' and channel = 'E-mail' and creation > now()"),
			("Outgoing Message", "message_id = 'x@y.example'"),
			("Communication", "message_id = 'x@y.example'"),
			("Email Queue", "message_id = 'x@y.example'"),
			("Service Customer", "email = 'x@y.example'"),
		):
			(plan,) = frappe.db.sql(f"explain select name from `tab{table}` where {where}", as_dict=True)
			# With few rows the database may read them all the same; with a million it has the choice.
			self.assertTrue(plan.possible_keys, table)

	def test_references_are_bounded(self):
		mail = ServiceMail(
			self.raw(References=" ".join(f"<{n}@x.example>" for n in range(100))), self.account
		)
		self.assertLessEqual(len(email_nature.references(mail.mail)), email_nature.MOST_REFERENCES)
