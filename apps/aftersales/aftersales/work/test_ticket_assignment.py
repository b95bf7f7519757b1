import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime, today

from aftersales.aftersales.work import ticket_assignment
from aftersales.aftersales.work.ticket_assignment import (
	NobodyAvailableError,
	NotStaffError,
	assign,
	assign_many,
	candidates,
)
from aftersales.testing import factories


class TestTicketAssignment(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		# the site's own groups take no part
		for name in frappe.get_all("Agent Group", pluck="name"):
			frappe.db.set_value("Agent Group", name, "disabled", 1)
		cls.one, cls.two, cls.three = (
			factories.user_with("Service Agent", role)
			for role in ("Agent Team Leader", "Case Handler", "Knowledge Manager")
		)
		cls.agent = factories.user_with("Service Agent")
		cls.category = factories.make_product_category().name
		cls.product = factories.make_product(product_category=cls.category).name

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.group = factories.make_agent_group(
			self.one, self.two, self.three, assigns_tickets=1, only_on_shift=0
		)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")
		frappe.clear_cache(doctype="Agent Group")
		frappe.clear_document_cache("Agent Group", self.group.name)

	def new_ticket(self, **fields):
		"""A ticket from outside: whoever made it is not of the staff."""
		return factories.make_ticket(person_in_charge="Guest", **fields)

	def in_charge(self, tickets):
		return sorted(ticket.person_in_charge for ticket in tickets)

	def test_tickets_go_round(self):
		tickets = [self.new_ticket() for _number in range(6)]
		self.assertEqual(self.in_charge(tickets), sorted([self.one, self.two, self.three] * 2))
		ticket = tickets[0]
		self.assertEqual(ticket.person_in_charge_name, frappe.utils.get_fullname(ticket.person_in_charge))
		self.assertTrue(
			frappe.db.exists(
				"ToDo",
				{"reference_name": ticket.name, "allocated_to": ticket.person_in_charge, "status": "Open"},
			)
		)

	def test_a_ticket_from_outside_reaches_a_task_list(self):
		"""Whoever made it, the portal's guest say, may see neither tickets nor tasks."""
		frappe.set_user("Guest")
		ticket = self.new_ticket()
		self.assertTrue(
			frappe.db.exists("ToDo", {"reference_name": ticket.name, "allocated_to": ticket.person_in_charge})
		)

	def test_whoever_takes_a_call_keeps_the_ticket(self):
		self.assertEqual(factories.make_ticket(person_in_charge=self.agent).person_in_charge, self.agent)

	def test_the_least_loaded_first(self):
		for _number in range(2):
			factories.make_ticket(person_in_charge=self.one)
			factories.make_ticket(person_in_charge=self.two)
		self.assertEqual(self.new_ticket().person_in_charge, self.three)
		factories.make_work_assignment(assignee=self.three, assigned_by=self.three)
		factories.make_work_assignment(assignee=self.three, assigned_by=self.three)
		self.assertNotEqual(self.new_ticket().person_in_charge, self.three)

	def test_completed_tickets_are_no_load(self):
		for user in (self.one, self.two):
			factories.make_ticket(person_in_charge=user)
		for _number in range(3):
			factories.act(factories.make_ticket(person_in_charge=self.three, handling="x"), "Resolve")
		self.assertEqual(self.new_ticket().person_in_charge, self.three)

	def test_expertise_before_load(self):
		factories.make_staff(self.two, expertise=f"Kettles, {self.category}")
		factories.make_ticket(person_in_charge=self.two)
		self.assertEqual(self.new_ticket(product=self.product).person_in_charge, self.two)
		self.assertNotEqual(self.new_ticket().person_in_charge, self.two)

	def test_nobody_gets_more_than_their_limit(self):
		factories.make_staff(self.one, max_open_tasks=1)
		factories.make_staff(self.two, max_open_tasks=1)
		frappe.db.set_value("User", self.three, "enabled", 0)
		tickets = [self.new_ticket() for _number in range(3)]
		self.assertEqual(self.in_charge(tickets), sorted(["Guest", self.one, self.two]))

	def test_only_people_on_shift(self):
		frappe.db.set_value("Agent Group", self.group.name, "only_on_shift", 1)
		frappe.clear_document_cache("Agent Group", self.group.name)
		self.assertEqual(self.new_ticket().person_in_charge, "Guest")
		weekday = now_datetime().strftime("%A").lower()
		factories.make_shift(
			self.two,
			agent_group=self.group.name,
			from_date=today(),
			from_time="00:00:00",
			to_time="00:00:00",
			**{weekday: 1},
		)
		tickets = [self.new_ticket() for _number in range(2)]
		self.assertEqual(self.in_charge(tickets), [self.two, self.two])

	def test_record_types_and_priority(self):
		repairs = factories.make_agent_group(
			self.three, assigns_tickets=1, only_on_shift=0, record_types="Repair\nInstallation", priority=5
		)
		self.assertEqual(self.new_ticket(record_type="Repair").person_in_charge, self.three)
		groups = ticket_assignment.groups_for(self.new_ticket())
		self.assertEqual([group.name for group in groups], [self.group.name])
		self.assertNotIn(repairs.name, [group.name for group in groups])

	def test_by_hand(self):
		ticket = self.new_ticket()
		former = ticket.person_in_charge
		chosen = next(user for user in (self.one, self.two, self.three) if user != former)
		frappe.set_user(self.agent)
		self.assertEqual(assign(ticket.name, chosen), chosen)
		tasks = frappe.get_all(
			"ToDo", {"reference_name": ticket.name, "status": "Open"}, pluck="allocated_to"
		)
		self.assertEqual(tasks, [chosen])
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket.name, "person_in_charge"), chosen)

	def test_not_to_people_who_cannot_work_on_it(self):
		ticket = self.new_ticket()
		for user in ("nobody@test.example", "Guest", factories.user_with("General Manager")):
			with self.subTest(user=user):
				self.assertRaises(NotStaffError, assign, ticket.name, user)

	def test_nobody_available(self):
		ticket = self.new_ticket()
		frappe.db.set_value("Agent Group", self.group.name, "disabled", 1)
		self.assertRaises(NobodyAvailableError, assign, ticket.name)
		self.assertEqual(assign_many([ticket.name]), {"assigned": {}, "left": [ticket.name]})

	def test_many_at_once(self):
		frappe.db.set_value("Agent Group", self.group.name, "disabled", 1)
		tickets = [self.new_ticket().name for _number in range(3)]
		frappe.db.set_value("Agent Group", self.group.name, "disabled", 0)
		result = assign_many(frappe.as_json(tickets))
		self.assertEqual(sorted(result["assigned"].values()), sorted([self.one, self.two, self.three]))
		self.assertRaises(frappe.ValidationError, assign_many, ["x"] * 201)

	def test_candidates_say_why(self):
		factories.make_staff(self.two, expertise=self.category, max_open_tasks=5)
		ticket = self.new_ticket(product=self.product)
		frappe.set_user(self.agent)
		rows = {row["user"]: row for row in candidates(ticket.name)}
		self.assertEqual(set(rows), {self.one, self.two, self.three})
		self.assertEqual(
			(rows[self.two]["expert"], rows[self.two]["limit"], rows[self.two]["load"]), (True, 5, 1)
		)

	def test_rights(self):
		ticket = self.new_ticket().name
		for user in (
			"Guest",
			factories.user_with("Knowledge Manager"),
			factories.user_with("General Manager"),
		):
			with self.subTest(user=user):
				frappe.set_user(user)
				self.assertRaises(frappe.PermissionError, candidates, ticket)
				self.assertRaises(frappe.PermissionError, assign, ticket, self.one)
				self.assertRaises(frappe.PermissionError, assign_many, [ticket])

	def test_a_ticket_taken_by_hand_costs_nothing(self):
		"""Who is in charge is known: not a statement is spent on groups."""
		ticket = frappe.new_doc("Service Ticket")
		ticket.person_in_charge = self.agent
		frappe.get_cached_value("User", self.agent, "user_type")
		with self.assertQueryCount(0):
			ticket_assignment.assign_new(ticket)
