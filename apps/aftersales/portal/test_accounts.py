import hashlib
import re
from email import message_from_string
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.portal_access.portal_access import PortalAccessError
from aftersales.portal import ROLE, accounts, agent, limits, pages
from aftersales.portal.scope import scope_of
from aftersales.testing import factories
from aftersales.testing.portal import ask, forget_request


class MailCase(FrappeTestCase):
	"""A site that sends mail; `sent` holds to whom, and nobody asks other sites for a picture."""

	def setUp(self):
		self.sent = []
		for replaced in (
			patch.multiple(
				accounts,
				has_outgoing_mail=lambda: True,
				send_link=lambda user, subject: self.sent.append(user),
			),
			patch("frappe.core.doctype.user.user.has_gravatar", return_value=""),
		):
			replaced.start()
			self.addCleanup(replaced.stop)
		self.addCleanup(forget_request)


class TestSignUp(MailCase):
	def sign_up(self, email, full_name="Somebody"):
		return ask("/service/sign-up", method="POST", email=email, full_name=full_name)

	def test_makes_a_website_user_who_sees_nothing(self):
		status, html, _headers = self.sign_up(" New.One@Portal.Example ")
		self.assertEqual(status, 200, html)
		user = frappe.get_doc("User", "new.one@portal.example")
		self.assertEqual((user.user_type, [row.role for row in user.roles]), ("Website User", [ROLE]))
		self.assertEqual(self.sent, [user.name])
		scope = scope_of(user.name)
		self.assertEqual((scope.customers, scope.dealers, scope.members), ((), (), ()))

	def test_answers_alike_whether_the_address_is_known(self):
		staff = factories.user_with("Service Agent", account="known-staff")
		known = factories.make_portal_access().user
		pages_shown = {
			self.sign_up(email)[1].replace(email, "") for email in (staff, known, "x1@portal.example")
		}
		self.assertEqual(len(pages_shown), 1)
		# Staff get no link from here; the known customer gets one to choose a new password.
		self.assertEqual(self.sent, [known, "x1@portal.example"])
		self.assertNotIn(ROLE, frappe.get_roles(staff))

	def test_bad_input(self):
		before = frappe.db.count("User")
		for email, name in (("", "x"), ("no address", "x"), ("a@b.example", ""), ("a@b.example", "  ")):
			self.assertEqual(self.sign_up(email, name)[0], 417)
		status, html, _headers = self.sign_up("b'><script>@b.example", "<script>alert(1)</script>")
		self.assertEqual(status, 417)
		self.assertNotIn("<script>alert", html)
		self.assertEqual(frappe.db.count("User"), before)

	def test_switched_off_or_without_mail(self):
		for values in ({"allow_sign_up": 0}, {}):
			frappe.db.set_single_value(
				"Service Portal Settings", "allow_sign_up", values.get("allow_sign_up", 1)
			)
			frappe.clear_document_cache("Service Portal Settings", "Service Portal Settings")
			with patch.object(accounts, "has_outgoing_mail", lambda values=values: bool(values)):
				self.assertEqual(self.sign_up("off@portal.example")[0], 417)
				self.assertNotIn('<form method="post" action="/service/sign-up"', ask("/service/sign-up")[1])
		frappe.db.set_single_value("Service Portal Settings", "allow_sign_up", 1)
		frappe.clear_document_cache("Service Portal Settings", "Service Portal Settings")
		self.assertFalse(frappe.db.exists("User", "off@portal.example"))

	def test_password_links_go_to_customers_only(self):
		known = factories.make_portal_access().user
		staff = factories.user_with("Service Agent", account="known-staff")
		for email in (known, staff, "nobody@portal.example", "Administrator", ""):
			self.assertEqual(ask("/service/password", method="POST", email=email)[0], 200)
		self.assertEqual(self.sent, [known])


class TestConnect(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.phone = factories.unique_phone()
		cls.email = "known@portal.example"
		factories.insert_plain_user(cls.email, ROLE, user_type="Website User", full_name="Known")
		cls.customer = factories.make_customer(email=cls.email, phone=cls.phone, member_no="M-777")
		cls.stranger = factories.make_customer(phone=factories.unique_phone(), member_no="M-778")

	def setUp(self):
		self.addCleanup(forget_request)
		self.addCleanup(frappe.db.delete, "Portal Access", {"email": self.email})

	def test_address_and_number_must_both_fit(self):
		for fact in ("", "1", self.stranger.phone, "M-778", "%", "' or 1=1 --", self.customer.name):
			self.assertIsNone(accounts.connect(self.email, fact), fact)
		self.assertEqual(accounts.connect(self.email, f"+86 {self.phone}"), self.customer.name)
		self.assertIn(self.customer.name, scope_of(self.email).full)
		# Once is enough.
		self.assertIsNone(accounts.connect(self.email, self.phone))

	def test_member_number(self):
		self.assertEqual(accounts.connect(self.email, "m-777"), self.customer.name)

	def test_somebody_elses_numbers_are_worth_nothing(self):
		self.assertIsNone(accounts.connect("other@portal.example", self.phone))

	def test_contacts_and_companies_see_own_tickets_only(self):
		company = factories.make_customer(customer_kind="Organisation", phone=factories.unique_phone())
		factories.make_contact([company], email_ids=[{"email_id": self.email, "is_primary": 1}])
		self.assertEqual(accounts.connect(self.email, company.phone), company.name)
		self.assertEqual(scope_of(self.email).own, (company.name,))

	def test_not_after_access_was_withdrawn(self):
		accounts.connect(self.email, self.phone)
		access = frappe.get_doc("Portal Access", {"email": self.email})
		access.enabled = 0
		access.save()
		self.assertIsNone(accounts.connect(self.email, self.phone))
		self.assertEqual(scope_of(self.email).customers, ())

	def test_disabled_and_erased_customers_are_not_found(self):
		for field, value in (("disabled", 1), ("personal_data_deleted_on", frappe.utils.now())):
			self.customer.db_set(field, value)
			self.assertIsNone(accounts.connect(self.email, self.phone))
			self.customer.db_set(field, None if field != "disabled" else 0)

	def test_guessing_is_limited(self):
		frappe.cache.delete_keys("rl:aftersales-portal")
		tries = limits.LIMITS["connect"][0]
		seen = [
			ask("/service/account", self.email, "POST", fact=f"1380000{number:04}")[0]
			for number in range(tries + 1)
		]
		self.assertEqual(seen, [417] * tries + [429])
		frappe.cache.delete_keys("rl:aftersales-portal")

	def test_a_right_password_is_not_counted(self):
		frappe.cache.delete_keys("rl:aftersales-portal")
		self.addCleanup(frappe.cache.delete_keys, "rl:aftersales-portal")
		frappe.set_user("Guest")
		self.addCleanup(frappe.set_user, "Administrator")
		tries = limits.LIMITS["login"][0]
		for _sign_in in range(tries + 5):
			limits.give_back(limits.count("login"))
		for _guess in range(tries):
			limits.count("login")
		self.assertRaises(limits.TooManyPortalRequestsError, limits.count, "login")

	def test_nobody_is_shut_out_for_ever(self):
		"""A count that lost its end, as when it ended between asking for it and counting, gets a new one."""
		key = frappe.cache.make_key(f"rl:aftersales-portal:connect:{self.email}")
		frappe.cache.set(key, 1000)
		self.addCleanup(frappe.cache.delete, key)
		frappe.set_user(self.email)
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertRaises(limits.TooManyPortalRequestsError, limits.count, "connect")
		self.assertTrue(0 < frappe.cache.ttl(key) <= limits.LIMITS["connect"][1])


class TestInvitation(MailCase):
	def setUp(self):
		super().setUp()
		self.customer = factories.make_customer()

	def invite(self, email="invited@portal.example", **values):
		return frappe.get_doc(
			{
				"doctype": "Portal Access",
				"email": email,
				"full_name": "Invited",
				"customer": self.customer.name,
				"access": "All Tickets",
				**values,
			}
		).insert()

	def test_an_agent_invites(self):
		frappe.set_user(factories.user_with("Service Agent"))
		access = self.invite()
		self.assertEqual((access.user, self.sent), ("invited@portal.example", ["invited@portal.example"]))
		self.assertTrue(access.invited_on)
		self.assertEqual(frappe.db.get_value("User", access.user, "user_type"), "Website User")

	def test_others_may_not(self):
		for user in ("Guest", factories.user_with("Service Technician"), factories.user_with()):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, self.invite)

	def test_staff_twice_and_without_party(self):
		staff = factories.user_with("Service Agent", account="known-staff")
		self.assertRaises(PortalAccessError, self.invite, staff)
		self.invite()
		self.assertRaises(PortalAccessError, self.invite)
		self.assertRaises(PortalAccessError, self.invite, "d@portal.example", access="Dealer")
		self.assertRaises(accounts.SignUpError, self.invite, "no address")

	def test_a_disabled_customer_or_dealer_shows_nothing(self):
		access = self.invite()
		dealer = factories.make_portal_access(access="Dealer")
		self.customer.db_set("disabled", 1)
		frappe.db.set_value("Dealer", dealer.dealer, "disabled", 1)
		self.assertEqual(scope_of(access.user).customers, ())
		self.customer.db_set({"disabled": 0, "personal_data_deleted_on": frappe.utils.now()})
		self.assertEqual(scope_of(access.user).customers, ())
		self.assertEqual(scope_of(access.user).withdrawn, (self.customer.name,))
		self.assertEqual(scope_of(dealer.user).dealers, ())


class TestSigningIn(FrappeTestCase):
	def setUp(self):
		self.addCleanup(forget_request)

	def test_goes_to_pages_of_the_portal_only(self):
		for path, safe in (
			("/service/tickets?state=all", "/service/tickets?state=all"),
			("/service", "/service"),
			("https://evil.example/service", "/service"),
			("//evil.example", "/service"),
			("/service//evil.example", "/service"),
			("/service\\evil", "/service"),
			("/servicex", "/service"),
			("/app", "/service"),
			("/service/x\r\nSet-Cookie: a=b", "/service"),
			("", "/service"),
		):
			self.assertEqual(pages.safe_next(path), safe, path)

	def test_pages_for_the_signed_in_ask_to_sign_in(self):
		for path in ("tickets", "tickets/new", "tickets/ST-1", "account", "customers"):
			status, _html, headers = ask(f"/service/{path}")
			self.assertEqual(status, 303, path)
			self.assertIn("/service/login?next=", headers["Location"])

	def test_the_portal_can_be_closed(self):
		settings = frappe.get_doc("Service Portal Settings")
		settings.enabled = 0
		settings.save()
		self.assertEqual(ask("/service")[0], 404)
		settings.enabled = 1
		settings.save()
		self.assertEqual(ask("/service")[0], 200)


class TestMails(FrappeTestCase):
	"""What is really queued on a site with an outgoing account."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.flags.mute_emails = False
		frappe.db.delete("Email Account")
		account = frappe.get_doc(
			doctype="Email Account",
			name="Portal Test",
			email_account_name="Portal Test",
			email_id="service@test.example",
			enable_outgoing=1,
			default_outgoing=1,
			smtp_server="127.0.0.1",
			smtp_port="1",
			no_smtp_authentication=1,
		)
		account.db_insert()
		frappe.local.outgoing_email_account = {}

	def setUp(self):
		self.addCleanup(forget_request)
		self.addCleanup(setattr, frappe.local, "outgoing_email_account", {})

	def queued(self, recipient):
		names = frappe.get_all("Email Queue Recipient", {"recipient": recipient}, pluck="parent")
		return [frappe.db.get_value("Email Queue", name, "message") for name in names]

	def test_link_to_choose_a_password_works_once(self):
		access = factories.make_portal_access()
		accounts.send_password_link(access.user)
		messages = self.queued(access.user)
		self.assertEqual(len(messages), 1)
		parts = [
			part.get_payload(decode=True).decode()
			for part in message_from_string(messages[0]).walk()
			if part.get_content_type() == "text/html"
		]
		key = re.search(r"update-password\?key=(\w+)", parts[0])[1]
		self.assertIn(frappe.db.get_value("User", access.user, "reset_password_key"), (key, sha(key)))
		self.assertIn("/service", parts[0])

	def test_agents_answer_is_mailed_and_filed_once(self):
		access = factories.make_portal_access()
		ticket = factories.make_ticket(customer=access.customer)
		done = agent.reply_to_customer(ticket.name, "We come tomorrow")
		self.assertEqual(done["mailed_to"], [access.user])
		self.assertEqual(len(self.queued(access.user)), 1)
		filed = frappe.get_all("Communication", {"reference_name": ticket.name}, pluck="name")
		self.assertEqual(filed, [done["name"]])
		self.assertIn("We come tomorrow", ask(f"/service/tickets/{ticket.name}", access.user)[1])


def sha(key: str) -> str:
	"""Newer releases of Frappe 15 keep the key's hash only."""
	return hashlib.sha256(key.encode()).hexdigest()
