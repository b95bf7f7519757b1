from email.message import EmailMessage

import frappe
from frappe.email.receive import InboundMail

from aftersales.aftersales import complaint_mail
from aftersales.telephony.email_in import ServiceMail
from aftersales.testing import factories
from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase

MAILBOX = "complaints@test.example"


class TestComplaintMail(ComplaintCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.account = make_account()

	def setUp(self):
		super().setUp()
		self.addCleanup(setattr, frappe.flags, "mute_emails", frappe.flags.mute_emails)
		frappe.flags.mute_emails = False
		frappe.local.outgoing_email_account = {}

	def asked(self, **fields):
		"""Return a complaint that is being handled, and the mail that asked its handler."""
		complaint = self.in_handling(**fields)
		return complaint, frappe.get_last_doc("Communication", {"reference_name": complaint.name})

	def mail(self, text, sender=None, reply_to=None, subject="Re: it leaks", html=None, attachment=None):
		"""Let Frappe's inbound mail take a message, as the scheduler does."""
		frappe.set_user("Administrator")
		message = EmailMessage()
		message["From"] = sender or self.handler
		message["To"] = MAILBOX
		message["Subject"] = subject
		message["Message-ID"] = f"<{frappe.generate_hash(length=20)}@mail.test.example>"
		message["Date"] = "Sun, 22 Nov 2026 08:00:00 +0000"
		if reply_to:
			message["In-Reply-To"] = f"<{reply_to.message_id}>"
		message.set_content(text)
		if html:
			message.add_alternative(html, subtype="html")
		if attachment:
			message.add_attachment(b"figures", maintype="text", subtype="csv", filename=attachment)
		return InboundMail(message.as_bytes(), self.account).process()

	def test_the_handler_is_asked(self):
		complaint, asked = self.asked(customer_request="A new one")
		self.assertEqual((asked.recipients, asked.sent_or_received), (self.handler, "Sent"))
		for text in (complaint.name, "It leaks", "A new one", complaint_mail.mark_line(complaint.name)):
			self.assertIn(text, asked.content)
		queued = frappe.get_all("Email Queue", {"communication": asked.name}, pluck="name")
		self.assertEqual(len(queued), 1)

	def test_no_mail_without_an_account(self):
		frappe.db.set_value("Email Account", self.account.name, {"enable_outgoing": 0, "default_outgoing": 0})
		complaint = self.in_handling()
		self.assertEqual(complaint.status, "In Handling")
		self.assertFalse(frappe.get_all("Email Queue", {"reference_name": complaint.name}))

	def test_no_mail_from_a_site_that_mutes_mails(self):
		frappe.db.delete("Email Account")
		frappe.flags.mute_emails = True
		self.assertEqual(self.in_handling().status, "In Handling")

	def test_the_answer_is_the_result(self):
		complaint, asked = self.asked()
		answer = self.mail("Seal exchanged.\nPump tested.", reply_to=asked)
		self.assertEqual((answer.reference_doctype, answer.reference_name), (DOCTYPE, complaint.name))
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.result), ("Handled", "Seal exchanged.\nPump tested."))
		self.assertEqual(frappe.session.user, "Administrator")

	def test_quoted_history_is_left_out(self):
		complaint, asked = self.asked()
		self.mail(
			"已更换密封圈。\n\n在 2026年11月23日,客服 <complaints@test.example> 写道:\nold", reply_to=asked
		)
		self.assertEqual(self.stored(complaint).result, "已更换密封圈。")

	def test_what_mail_programs_quote(self):
		for quoted in (
			"\n\nOn Mon, 23 Nov 2026 at 09:00, Service <complaints@test.example> wrote:\n> old text",
			"\n\n-----Original Message-----\nFrom: Service\nold text",
			'\n\n------------------ 原始邮件 ------------------\n发件人: "客服"\nold text',
			"\n\n发件人: 客服\n发送时间: 2026年11月23日\nold text",
			"\n\n发件人\uff1a客服\n发送时间\uff1a2026年11月23日\nold text",
			"\n\n在 2026年11月23日,客服 <complaints@test.example> 写道:\nold text",
			"\n\n于2026年11月23日 周一 09:00写道:\nold text",
			"\n\n> old text\n> more",
		):
			with self.subTest(quoted=quoted):
				mail = frappe._dict(text_content="已更换密封圈。" + quoted)
				self.assertEqual(complaint_mail.reply_text(mail, "CC-1"), "已更换密封圈。")

	def test_everything_below_our_line_is_left_out(self):
		complaint, asked = self.asked()
		self.mail(
			f"Done.\n\nQuoted in a way nobody knows\n{complaint_mail.mark_line(complaint.name)}\nold",
			reply_to=asked,
		)
		self.assertEqual(self.stored(complaint).result, "Done.\n\nQuoted in a way nobody knows")

	def test_html_only(self):
		complaint, asked = self.asked()
		frappe.set_user("Administrator")
		message = EmailMessage()
		message["From"], message["To"], message["Subject"] = self.handler, MAILBOX, "Re: it leaks"
		message["Message-ID"] = f"<{frappe.generate_hash()}@mail.test.example>"
		message["In-Reply-To"] = f"<{asked.message_id}>"
		message.set_content("<p>Exchanged <b>both</b> seals</p>", subtype="html")
		InboundMail(message.as_bytes(), self.account).process()
		self.assertIn("both", self.stored(complaint).result)
		self.assertNotIn("<", self.stored(complaint).result)

	def test_a_note_changes_nothing(self):
		complaint, asked = self.asked()
		for text in ("Note: waiting for the part", "备注：等备件"):
			self.mail(text, reply_to=asked)
			self.assertEqual(
				(self.stored(complaint).status, self.stored(complaint).result), ("In Handling", None)
			)

	def test_an_empty_answer_changes_nothing(self):
		complaint, asked = self.asked()
		self.mail("\n\n> old text\n", reply_to=asked)
		self.assertEqual(self.stored(complaint).status, "In Handling")

	def test_a_stranger(self):
		complaint, asked = self.asked()
		for sender in ("stranger@evil.example", self.agent, self.other_handler):
			filed = self.mail("All fine, close it.", sender=sender, reply_to=asked)
			self.assertEqual(filed.reference_name, complaint.name)
			self.assertEqual(
				(self.stored(complaint).status, self.stored(complaint).result), ("In Handling", None)
			)

	def test_the_number_in_the_subject_is_not_enough(self):
		complaint, _asked = self.asked()
		self.mail("forged", subject=f"Result (#{complaint.name})")
		self.assertEqual(self.stored(complaint).result, None)

	def test_an_answer_to_another_complaint(self):
		complaint, _asked = self.asked()
		other, asked = self.asked()
		self.mail("Only this one", reply_to=asked)
		self.assertEqual((self.stored(complaint).result, self.stored(other).result), (None, "Only this one"))

	def test_too_late(self):
		complaint, asked = self.asked()
		self.mail("First", reply_to=asked)
		self.mail("Second thoughts", reply_to=asked)
		self.assertEqual(self.stored(complaint).result, "First")

	def test_a_handler_who_left(self):
		complaint, asked = self.asked()
		frappe.db.set_value("User", self.handler, "enabled", 0)
		self.mail("From home", reply_to=asked)
		self.assertEqual(self.stored(complaint).result, None)

	def test_a_communication_that_only_claims_to_be_received(self):
		complaint, asked = self.asked()
		frappe.set_user("Administrator")
		frappe.get_doc(
			doctype="Communication",
			communication_type="Communication",
			communication_medium="Email",
			sent_or_received="Received",
			sender=self.handler,
			subject="Re",
			content="forged",
			in_reply_to=asked.name,
			reference_doctype=DOCTYPE,
			reference_name=complaint.name,
		).insert()
		self.assertEqual(self.stored(complaint).result, None)

	def test_out_of_office_does_not_end_the_handling(self):
		"""The handler's mail program answers our mail by itself; only the handler's own words are a result."""
		for headers, expected in (({"Auto-Submitted": "auto-replied"}, "In Handling"), ({}, "Handled")):
			complaint, asked = self.asked()
			frappe.set_user("Administrator")
			message = EmailMessage()
			message["From"], message["To"], message["Subject"] = self.handler, MAILBOX, "Re: it leaks"
			message["Message-ID"] = f"<{frappe.generate_hash()}@mail.test.example>"
			message["In-Reply-To"] = f"<{asked.message_id}>"
			for name, value in headers.items():
				message[name] = value
			message.set_content("I am on leave until Monday.")
			filed = ServiceMail(message.as_bytes(), self.account).process()
			self.assertEqual(
				(filed.reference_name, self.stored(complaint).status), (complaint.name, expected)
			)

	def test_attachments_are_kept(self):
		complaint, asked = self.asked()
		answer = self.mail("See the table", reply_to=asked, attachment="figures.csv")
		files = frappe.get_all("File", {"attached_to_name": answer.name}, ["file_name", "is_private"])
		self.assertEqual([(row.file_name, row.is_private) for row in files], [("figures.csv", 1)])
		self.assertEqual(self.stored(complaint).status, "Handled")

	def test_a_customer_writes_to_the_mailbox(self):
		"""A first mail becomes a complaint of the customer with that address (S6.27)."""
		customer = factories.make_customer(email="wang@customer.example")
		mail = self.mail("The kettle is broken.", sender="wang@customer.example", subject="Broken kettle")
		complaint = frappe.get_doc(mail.reference_doctype, mail.reference_name)
		self.assertEqual(
			(complaint.doctype, complaint.customer, complaint.reason, complaint.channel, complaint.status),
			(DOCTYPE, customer.name, "Broken kettle", "E-mail", "Registered"),
		)


def make_account():
	"""Return an Email Account that sends and files to complaints; written past the events that would connect."""
	account = frappe.get_doc(
		doctype="Email Account",
		name="Complaints Test",
		email_account_name="Complaints Test",
		email_id=MAILBOX,
		enable_incoming=1,
		enable_outgoing=1,
		default_outgoing=1,
		append_to=DOCTYPE,
		use_imap=0,
	)
	account.db_insert()
	return frappe.get_doc("Email Account", account.name)
