import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.portal import agent, conversation, progress, tickets, uploads
from aftersales.portal.conversation import MARK
from aftersales.portal.scope import scope_of
from aftersales.testing import factories
from aftersales.testing.portal import ask, forget_request, picture

TICKET = "Service Ticket"


class PortalCase(FrappeTestCase):
	"""A customer with an account, and an agent."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.customer = factories.make_customer(customer_name="Known Person", phone=factories.unique_phone())
		cls.user = factories.make_portal_access(customer=cls.customer.name).user
		cls.agent = factories.user_with("Service Agent")

	def setUp(self):
		self.addCleanup(forget_request)

	def open(self, files=(), **values):
		"""Send the form for a new ticket; returns the ticket."""
		form = {"record_type": "Repair", "subject": "It does not cool", **values}
		status, html, headers = ask("/service/tickets/new", self.user, "POST", files, **form)
		self.assertEqual(status, 303, html)
		return frappe.get_doc(TICKET, headers["Location"].split("?")[0].split("/")[-1])

	def act(self, ticket, action, user=None, files=(), **form):
		"""Send a form of the ticket's page; returns status and page."""
		path = f"/service/tickets/{ticket.name}"
		return ask(path, user or self.user, "POST", files, action=action, **form)[:2]

	def resolve(self, ticket):
		ticket.reload()
		ticket.update({"handling": "Repaired", "status": "Resolved", "lot_no": ticket.lot_no or "L1"})
		ticket.save()
		return ticket


class TestNewTicket(PortalCase):
	def test_all_that_was_typed_and_sent(self):
		product = factories.make_product(model="MX-1")
		files = [
			("fault.png", picture()),
			("../../type plate.jpeg", picture("JPEG")),
			("bill.pdf", b"%PDF-1.4 x"),
		]
		ticket = self.open(files, details="Since Monday", product="MX-1", lot_no="L77", phone="13800000001")
		self.assertEqual(
			(
				ticket.customer,
				ticket.customer_name,
				ticket.channel,
				ticket.product,
				ticket.lot_no,
				ticket.owner,
			),
			(self.customer.name, "Known Person", "Web", product.name, "L77", self.user),
		)
		self.assertEqual(ticket.question, "It does not cool\n\nSince Monday")
		self.assertNotEqual(ticket.person_in_charge, self.user)
		stored = frappe.get_all(
			"File",
			{"attached_to_doctype": TICKET, "attached_to_name": ticket.name},
			["file_name", "is_private", "file_url"],
		)
		self.assertEqual(len(stored), 3)
		self.assertTrue(all(row.is_private and row.file_url.startswith("/private/") for row in stored))
		self.assertFalse([row for row in stored if "/" in row.file_name or ".." in row.file_name])
		self.assertEqual(len(ticket.pictures), 2)

	def test_what_is_missing_is_said_and_what_was_typed_stays(self):
		before = frappe.db.count(TICKET)
		for form, said in (
			({"record_type": "Repair", "subject": "  "}, "one sentence"),
			({"record_type": "Nonsense", "subject": "x"}, "what it is about"),
			({"record_type": "", "subject": "x"}, "what it is about"),
		):
			status, html, _headers = ask(
				"/service/tickets/new", self.user, "POST", **form, details="<b>kept</b>"
			)
			self.assertEqual(status, 417)
			self.assertIn(said, html)
			self.assertIn("&lt;b&gt;kept&lt;/b&gt;", html)
		self.assertEqual(frappe.db.count(TICKET), before)

	def test_files_of_other_kinds_are_refused_and_nothing_is_stored(self):
		before = frappe.db.count(TICKET), frappe.db.count("File")
		for name, content, said in (
			("page.html", b"<script>alert(1)</script>", "cannot be taken"),
			("picture.png", b"<svg onload=alert(1)>", "cannot be taken"),
			("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "cannot be taken"),
			("empty.png", b"", "is empty"),
			("program.exe", b"MZ" + bytes(100), "cannot be taken"),
			("large.png", picture() + bytes(9 * 1024 * 1024), "larger than 8 MB"),
		):
			status, html, _headers = ask(
				"/service/tickets/new",
				self.user,
				"POST",
				[(name, content)],
				record_type="Repair",
				subject="x",
			)
			self.assertEqual(status, 417, name)
			self.assertIn(said, html)
		status, html, _headers = ask(
			"/service/tickets/new",
			self.user,
			"POST",
			[(f"{number}.png", picture()) for number in range(7)],
			record_type="Repair",
			subject="x",
		)
		self.assertIn("at most 6 files", html)
		self.assertEqual((frappe.db.count(TICKET), frappe.db.count("File")), before)

	def test_the_ending_follows_the_content(self):
		self.assertEqual(uploads.check("trick.php", picture(), 8).name, "trick.png")
		self.assertEqual(uploads.check("a.b/..\\c.exe", b"%PDF-1.7", 8).name, "c.pdf")
		self.assertEqual(uploads.check("图片.jpg", picture("WEBP"), 8).name, "图片.webp")

	def test_a_complaint_needs_no_lot_number_from_the_customer(self):
		ticket = self.open(record_type="Complaint")
		self.assertFalse(ticket.lot_no)
		# The agent asks for it.
		self.assertRaises(frappe.MandatoryError, frappe.get_doc(TICKET, ticket.name).save)

	def test_an_unknown_product_is_kept_as_typed(self):
		ticket = self.open(product="the blue one")
		self.assertEqual((ticket.product, ticket.product_name), (None, "the blue one"))

	def test_somebody_without_a_customer_sees_their_own_ticket(self):
		factories.insert_plain_user(
			"new@portal.example", "Aftersales Customer", user_type="Website User", full_name="New Person"
		)
		status, _html, headers = ask(
			"/service/tickets/new", "new@portal.example", "POST", record_type="Enquiry", subject="Hello"
		)
		self.assertEqual(status, 303)
		path = headers["Location"].split("?")[0]
		self.assertEqual(ask(path, "new@portal.example")[0], 200)
		self.assertEqual(ask(path, self.user)[0], 404)
		ticket = frappe.get_doc(TICKET, path.split("/")[-1])
		self.assertEqual((ticket.customer, ticket.email), (None, "new@portal.example"))
		# Still theirs after an agent knew whose it is.
		ticket.customer = self.customer.name
		ticket.save()
		self.assertEqual(ask(path, "new@portal.example")[0], 200)

	def test_leaders_hear_of_a_ticket_that_nobody_is_in_charge_of(self):
		leader = factories.user_with("Agent Team Leader")
		with self.patch_notifications() as told:
			self.open()
		self.assertIn(leader, told[0][0])

	def patch_notifications(self):
		return capture_notifications()


def capture_notifications():
	"""Collects what `conversation.tell_staff` sends."""
	from contextlib import contextmanager
	from unittest.mock import patch

	@contextmanager
	def capturing():
		told = []
		with patch.object(
			conversation, "enqueue_create_notification", lambda users, values: told.append((users, values))
		):
			yield told

	return capturing()


class TestConversation(PortalCase):
	def test_reply_reaches_the_agent_and_the_answer_the_customer(self):
		ticket = self.open()
		ticket.db_set("person_in_charge", self.agent)
		with capture_notifications() as told:
			status, html = self.act(
				ticket, "reply", text="Hello\n<script>x</script>", files=[("a.png", picture())]
			)
		self.assertEqual(status, 303, html)
		self.assertEqual(told[0][0], [self.agent])
		self.assertEqual(told[0][1]["document_name"], ticket.name)
		filed = frappe.get_last_doc("Communication", {"reference_name": ticket.name})
		self.assertEqual((filed.sent_or_received, filed.sender, filed.get(MARK)), ("Received", self.user, 1))
		self.assertNotIn("<script>", filed.content)
		frappe.set_user(self.agent)
		agent.reply_to_customer(ticket.name, "We come tomorrow")
		html = ask(f"/service/tickets/{ticket.name}", self.user)[1]
		self.assertIn("We come tomorrow", html)
		self.assertIn("&lt;script&gt;x&lt;/script&gt;", html)
		self.assertEqual(html.count("/file/"), 2)  # the link and the picture

	def test_notes_and_mails_to_others_are_never_shown(self):
		ticket = self.open()
		ticket.update({"handling": "HIDDEN 1", "remarks": "HIDDEN 2", "person_in_charge": self.agent})
		ticket.append("handling_log", {"entry": "HIDDEN 3"})
		ticket.save()
		ticket.add_comment("Comment", "HIDDEN 4")
		for number, (kind, people) in enumerate(
			(
				("Sent", {"recipients": "colleague@test.example"}),
				("Sent", {"recipients": "colleague@test.example", "bcc": self.user}),
				("Received", {"sender": "supplier@test.example"}),
				("Sent", {"recipients": self.user, "communication_type": "Automated Message"}),
			),
			5,
		):
			self.mail(ticket, kind, f"HIDDEN {number}", **people)
		self.mail(ticket, "Sent", "SHOWN 1", recipients=f"Some One <{self.user.upper()}>, x@test.example")
		self.mail(ticket, "Sent", "SHOWN 2", recipients="x@test.example", cc=self.user)
		self.mail(ticket, "Received", "SHOWN 3", sender=self.user)
		html = ask(f"/service/tickets/{ticket.name}", self.user)[1]
		self.assertNotIn("HIDDEN", html)
		for number in (1, 2, 3):
			self.assertIn(f"SHOWN {number}", html)
		self.assertNotIn(self.agent, html)

	def mail(self, ticket, kind, text, **values):
		factories.insert(
			"Communication",
			{
				"communication_type": "Communication",
				"communication_medium": "Email",
				"sent_or_received": kind,
				"subject": "s",
				"content": text,
				"sender": self.agent,
				"reference_doctype": TICKET,
				"reference_name": ticket.name,
			},
			values,
		)

	def test_html_of_mails_is_made_harmless(self):
		for given, left in (
			("<p onclick='x()'>a</p>", "<p>a</p>"),
			("<script>x</script><style>y</style>b", "b"),
			("<img src='https://spy.example/p.gif'>c", "c"),
			("<a href='javascript:x()'>d</a>", '<a rel="noopener noreferrer nofollow">d</a>'),
			("<iframe src=x></iframe><form action=y><input name=z></form>e", "e"),
			('<div style="position:fixed">f</div>', "<div>f</div>"),
		):
			self.assertEqual(conversation.safe_message(given), left)

	def test_empty_and_endless_messages(self):
		ticket = self.open()
		before = frappe.db.count("Communication")
		self.assertEqual(self.act(ticket, "reply", text=" \n ")[0], 417)
		self.assertEqual(self.act(ticket, "reply", text="x" * 10_001)[0], 417)
		self.assertEqual(frappe.db.count("Communication"), before)

	def test_waiting_ends_when_the_customer_answers(self):
		ticket = self.open()
		ticket.db_set("status", "Waiting for Customer")
		self.assertIn("Waiting for You", ask(f"/service/tickets/{ticket.name}", self.user)[1])
		self.assertEqual(self.act(ticket, "reply", text="Here it is")[0], 303)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "In Progress")

	def test_agents_answer_needs_the_right_and_somebody_who_reads_it(self):
		ticket = self.open()
		for user in ("Guest", self.user, factories.user_with("Service Technician")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, agent.reply_to_customer, ticket.name, "x")
		frappe.set_user(self.agent)
		nobody = factories.make_ticket()
		self.assertRaises(agent.NobodyToAnswerError, agent.reply_to_customer, nobody.name, "x")


class TestProgress(PortalCase):
	def test_confirm(self):
		ticket = self.resolve(self.open())
		self.assertIn("Is it solved?", ask(f"/service/tickets/{ticket.name}", self.user)[1])
		self.assertEqual(self.act(ticket, "confirm")[0], 303)
		ticket.reload()
		self.assertEqual((ticket.status, ticket.completed, ticket.modified_by), ("Closed", 1, self.user))
		self.assertEqual(self.act(ticket, "confirm")[0], 417)

	def test_reopen_needs_a_reason_and_tells_it(self):
		ticket = self.resolve(self.open())
		self.assertEqual(self.act(ticket, "reopen", text="")[0], 417)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "Resolved")
		self.assertEqual(self.act(ticket, "reopen", text="Warm again")[0], 303)
		ticket.reload()
		self.assertEqual((ticket.status, ticket.completed, ticket.completion_date), ("In Progress", 0, None))
		self.assertIn("Warm again", ask(f"/service/tickets/{ticket.name}", self.user)[1])

	def test_the_workflow_decides_what_customers_may_do(self):
		ticket = self.resolve(self.open())
		workflow = frappe.get_doc("Workflow", "Service Ticket")
		rows = [row for row in workflow.transitions if row.allowed != "Aftersales Customer"]
		workflow.set("transitions", rows)
		workflow.save()
		html = ask(f"/service/tickets/{ticket.name}", self.user)[1]
		self.assertNotIn("Is it solved?", html)
		self.assertEqual(self.act(ticket, "confirm")[0], 417)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "Resolved")

	def test_a_customer_closes_nothing_that_is_not_solved(self):
		ticket = self.open()
		for action in ("confirm", "reopen", "rate"):
			self.assertEqual(self.act(ticket, action, text="x", satisfaction="Satisfied")[0], 417, action)
		self.assertEqual(self.act(ticket, "delete")[0], 404)
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "status"), "New")

	def test_rating_once_and_a_low_one_is_told(self):
		ticket = self.resolve(self.open())
		ticket.db_set("person_in_charge", self.agent)
		self.assertEqual(self.act(ticket, "rate", satisfaction="Great")[0], 417)
		with capture_notifications() as told:
			self.assertEqual(self.act(ticket, "rate", satisfaction="Dissatisfied", text="Too slow")[0], 303)
		self.assertIn("dissatisfied", told[-1][1]["subject"])
		self.assertEqual(frappe.db.get_value(TICKET, ticket.name, "satisfaction"), "Dissatisfied")
		self.assertEqual(self.act(ticket, "rate", satisfaction="Satisfied")[0], 417)

	def test_steps_with_dates_and_a_sites_own_state(self):
		ticket = self.resolve(self.open())
		steps = progress.progress(ticket)
		self.assertEqual([step["state"] for step in steps], ["done", "done", "current", "ahead"])
		self.assertTrue(steps[0]["date"] and steps[2]["date"])
		self.assertIsNone(steps[3]["date"])
		self.assertEqual(progress.step_of("A state of the site", 0), "In Progress")
		self.assertEqual(progress.step_of("A state of the site", 1), "Solved")

	def test_audited_tickets_stay_as_they_are(self):
		ticket = self.resolve(self.open())
		ticket.db_set("status", "Audited")
		for action in ("confirm", "reopen", "rate", "reply"):
			self.act(ticket, action, text="x", satisfaction="Satisfied")
		self.assertEqual(
			frappe.db.get_value(TICKET, ticket.name, ["status", "satisfaction"]), ("Audited", "")
		)


class TestCost(PortalCase):
	def test_a_list_costs_the_same_however_long(self):
		for _number in range(3):
			factories.make_ticket(customer=self.customer.name)
		scope = scope_of(self.user)
		tickets.page_of(scope)
		with self.assertQueryCount(1):
			tickets.page_of(scope, size=2)
		for _number in range(10):
			factories.make_ticket(customer=self.customer.name)
		with self.assertQueryCount(1):
			found = tickets.page_of(scope)
		self.assertEqual(len(found["rows"]), 13)
		with self.assertQueryCount(1):
			scope_of(self.user)

	def test_pages_of_the_list(self):
		names = {factories.make_ticket(customer=self.customer.name).name for _number in range(25)}
		scope, found = scope_of(self.user), []
		for page in (1, 2):
			part = tickets.page_of(scope, page=page)
			found += [row.name for row in part["rows"]]
			self.assertEqual(part["more"], page == 1)
		self.assertLessEqual(names, set(found))
		self.assertEqual(len(found), len(set(found)))
