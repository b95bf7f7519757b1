import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.portal import points as portal_points
from aftersales.service_network import points, rewards
from aftersales.testing import factories
from aftersales.testing.points import make_reward
from aftersales.testing.portal import ask, picture


class TestPortalPoints(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_single_value("Service Portal Settings", "enabled", 1)
		frappe.clear_document_cache("Service Portal Settings", "Service Portal Settings")
		frappe.db.set_value("Reward", {"enabled": 1}, "enabled", 0)
		company = factories.make_customer(customer_kind="Organisation")
		dealer = factories.make_dealer()
		cls.customers = {
			"ann": factories.make_customer().name,
			"bob": factories.make_customer().name,
			"company": company.name,
			"member": factories.make_customer(company=company.name).name,
			"sold": factories.make_customer(dealer=dealer.name).name,
		}
		cls.users = {}
		for name, access, customer in (
			("ann", "All Tickets", "ann"),
			("bob", "All Tickets", "bob"),
			("manager", "Company", "company"),
			("worker", "Own Tickets", "company"),
		):
			cls.users[name] = cls.user(name)
			factories.make_portal_access(
				email=cls.users[name], access=access, customer=cls.customers[customer]
			)
		cls.users["dealer"] = cls.user("dealer")
		factories.make_portal_access(email=cls.users["dealer"], access="Dealer", dealer=dealer.name)
		# Each account by its own figure.
		cls.given = dict(zip(cls.customers, (1011, 1022, 1033, 1044, 1055), strict=True))
		for name, number in cls.given.items():
			points.post(cls.customers[name], number, "Earned")

	@classmethod
	def user(cls, name):
		email = f"{name}-{frappe.generate_hash(length=8)}@portal.example"
		factories.insert_plain_user(email, "Aftersales Customer", user_type="Website User")
		return email

	def ask(self, who, path="service/points", method="GET", **form):
		return ask(path, self.users.get(who, "Guest"), method, **form)

	def test_everybody_sees_the_accounts_of_their_own_customers(self):
		sees = {
			"ann": {"ann"},
			"bob": {"bob"},
			"manager": {"company", "member"},
			"worker": set(),
			"dealer": set(),
		}
		for who, own in sees.items():
			for name, customer in self.customers.items():
				status, text, _headers = self.ask(who, customer=customer)
				self.assertEqual(status, 200 if name in own else 404, (who, name))
				shown = {key for key, number in self.given.items() if str(number) in text}
				self.assertEqual(shown, {name} if name in own else set(), (who, name))
			self.assertEqual(self.ask(who)[0], 200 if own else 404)
			self.assertEqual('href="/service/points"' in self.ask(who, "service")[1], bool(own), who)
		self.assertEqual(self.ask("nobody")[0], 303)

	def test_asking_for_a_reward(self):
		reward, hidden = make_reward(points=1000, stock=1), make_reward(points=1, in_portal=0)
		customer = self.customers["ann"]
		status, text, _headers = self.ask("ann")
		self.assertIn(reward.reward_name, text)
		self.assertNotIn(hidden.reward_name, text)
		status, _text, headers = self.ask("ann", method="POST", customer=customer, reward=reward.name)
		self.assertEqual((status, headers["Location"].endswith("done=redeemed")), (303, True))
		doc = frappe.get_last_doc(rewards.REDEMPTION, {"customer": customer})
		self.assertEqual((doc.owner, doc.requested_from, doc.points), (self.users["ann"], "Portal", 1000))
		self.assertEqual(points.balance(customer), 11)
		# The second time neither points nor stock are there.
		status, text, _headers = self.ask("ann", method="POST", customer=customer, reward=reward.name)
		self.assertEqual((status, 'id="problem"' in text), (417, True))
		for wrong in (hidden.name, "no such reward", ""):
			status = self.ask("ann", method="POST", customer=customer, reward=wrong)[0]
			self.assertEqual(status, 404)

	def test_nobody_spends_the_points_of_others(self):
		reward = make_reward(points=10)
		for who, name in (("ann", "bob"), ("worker", "company"), ("dealer", "sold"), ("manager", "ann")):
			before = points.balance(self.customers[name])
			status = self.ask(who, method="POST", customer=self.customers[name], reward=reward.name)[0]
			self.assertEqual((status, points.balance(self.customers[name])), (404, before))

	def test_pictures_of_rewards_that_the_portal_shows(self):
		for shown in (1, 0):
			reward = make_reward(in_portal=shown)
			file = frappe.get_doc(
				doctype="File",
				file_name=f"{frappe.generate_hash(length=8)}.png",
				attached_to_doctype="Reward",
				attached_to_name=reward.name,
				is_private=1,
				content=picture(),
			).insert()
			reward.db_set("image", file.file_url)
			path = f"service/points/{reward.name}/picture"
			found = portal_points.picture_of(reward.name)
			self.assertEqual(found and found.name, file.name if shown else None)
			for who in ("worker", "dealer") if shown else ("ann",):
				self.assertEqual(self.ask(who, path)[0], 404)

	def test_portal_users_reach_no_documents(self):
		frappe.set_user(self.users["ann"])
		for doctype in (points.ENTRY, points.BALANCE, rewards.REDEMPTION, rewards.REWARD):
			self.assertFalse(frappe.has_permission(doctype, "read"), doctype)
		reward = make_reward(points=10).name
		self.assertRaises(frappe.PermissionError, rewards.redeem, self.customers["ann"], reward)
		self.assertRaises(frappe.PermissionError, rewards.choices, self.customers["ann"])
		frappe.set_user("Administrator")
