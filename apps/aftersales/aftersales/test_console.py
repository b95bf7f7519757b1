from unittest.mock import patch

import frappe
from frappe.model.workflow import WorkflowTransitionError
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_to_date, now_datetime, nowdate

from aftersales.aftersales import console
from aftersales.testing import factories

ROLES = ("Service Agent", "Service Manager", "Knowledge Manager", "Aftersales Administrator")


class ConsoleTestCase(FrappeTestCase):
	"""An agent and a colleague, each with the role Service Agent."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent", first_name="Mei").name
		cls.colleague = factories.make_user("Service Agent").name

	def tearDown(self):
		frappe.set_user("Administrator")

	def make_ticket(self, **fields):
		return factories.make_ticket(**{"person_in_charge": self.agent, **fields})

	def user_with(self, role):
		"""A user with a role, made once per class."""
		users = self.__class__.__dict__.get("users") or {}
		if role not in users:
			users[role] = factories.make_user(role).name
			self.__class__.users = users
		return users[role]

	def as_user(self, user, function, *args, **kwargs):
		frappe.set_user(user)
		try:
			return function(*args, **kwargs)
		finally:
			frappe.set_user("Administrator")

	def names(self, queue, tab):
		return [row["name"] for row in queue[tab]["rows"]]


class TestConsoleAccess(ConsoleTestCase):
	def calls(self):
		ticket = self.make_ticket().name
		return (
			(console.get_queue,),
			(console.get_record, "Service Ticket", ticket),
			(console.apply_action, ticket, "Start"),
			(console.add_entry, ticket, "Called back."),
		)

	def test_guest_portal_user_and_wrong_role_are_refused(self):
		portal = factories.insert(
			"User",
			{"email": f"{frappe.generate_hash(length=8)}@portal.example", "first_name": "P"},
			{"user_type": "Website User", "send_welcome_email": 0},
		).name
		wrong = self.user_with("Blogger")
		for user in ("Guest", portal, wrong):
			for function, *args in self.calls():
				with self.subTest(user=user, function=function.__name__):
					self.assertRaises(frappe.PermissionError, self.as_user, user, function, *args)

	def test_roles_of_the_page_are_let_through(self):
		for role in ROLES:
			with self.subTest(role=role):
				queue = self.as_user(self.user_with(role), console.get_queue)
				self.assertEqual(set(queue) >= {"ringing", "waiting", "today"}, True)

	def test_an_administrator_can_open_the_page_to_another_role(self):
		user = self.user_with("Blogger")
		custom = frappe.get_doc(
			doctype="Custom Role", page=console.PAGE, roles=[{"role": role} for role in (*ROLES, "Blogger")]
		).insert()
		self.assertEqual(self.as_user(user, console.get_queue)["waiting"]["rows"], [])
		custom.delete()
		self.assertRaises(frappe.PermissionError, self.as_user, user, console.get_queue)

	def test_knowledge_manager_reads_but_does_not_change(self):
		user = self.user_with("Knowledge Manager")
		ticket = self.make_ticket().name
		record = self.as_user(user, console.get_record, "Service Ticket", ticket)
		self.assertEqual((record["can_write"], record["actions"]), (False, []))
		self.assertRaises(frappe.PermissionError, self.as_user, user, console.add_entry, ticket, "x")
		self.assertRaises(frappe.PermissionError, self.as_user, user, console.apply_action, ticket, "Start")
		self.assertEqual(frappe.get_doc("Service Ticket", ticket).handling_log, [])

	def test_user_permission_hides_a_foreign_ticket(self):
		mine, foreign = factories.make_region(), factories.make_region()
		user = factories.make_user("Service Agent").name
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=mine.name
		).insert()
		hidden = self.make_ticket(region=foreign.name, person_in_charge=user).name
		shown = self.make_ticket(region=mine.name, person_in_charge=user).name
		queue = self.as_user(user, console.get_queue)
		self.assertEqual(self.names(queue, "waiting"), [shown])
		for function, *args in (
			(console.get_record, "Service Ticket", hidden),
			(console.apply_action, hidden, "Start"),
			(console.add_entry, hidden, "x"),
		):
			with self.subTest(function=function.__name__):
				self.assertRaises(frappe.PermissionError, self.as_user, user, function, *args)
		self.assertEqual(frappe.db.get_value("Service Ticket", hidden, "status"), "New")

	def test_hidden_field_of_a_ticket_stays_hidden(self):
		ticket = self.make_ticket(remarks="r", email="secret@customer.example").name
		frappe.make_property_setter(
			{"doctype": "Service Ticket", "fieldname": "email", "property": "permlevel", "value": "3"}
		)
		frappe.clear_cache(doctype="Service Ticket")
		try:
			record = self.as_user(self.agent, console.get_record, "Service Ticket", ticket)
			self.assertIsNone(record["email"])
		finally:
			frappe.db.delete("Property Setter", {"doc_type": "Service Ticket", "field_name": "email"})
			frappe.clear_cache(doctype="Service Ticket")


class TestQueue(ConsoleTestCase):
	def setUp(self):
		frappe.db.delete("Service Ticket", {"person_in_charge": self.agent})

	def test_waiting_holds_my_open_tickets_and_nobody_elses(self):
		mine = self.make_ticket().name
		waiting = self.make_ticket().name
		for action in ("Start", "Wait for Customer"):
			self.as_user(self.agent, console.apply_action, waiting, action)
		self.make_ticket(person_in_charge=self.colleague)
		resolved = self.make_ticket(handling="Replaced.").name
		self.as_user(self.agent, console.apply_action, resolved, "Resolve")
		names = self.names(self.as_user(self.agent, console.get_queue), "waiting")
		self.assertIn(mine, names)
		self.assertIn(waiting, names)
		self.assertNotIn(resolved, names)
		self.assertEqual(
			set(names)
			& set(frappe.get_all("Service Ticket", {"person_in_charge": self.colleague}, pluck="name")),
			set(),
		)

	def test_critical_comes_first_then_the_oldest(self):
		made = {}
		for age, urgency in ((1, "Normal"), (3, "Normal"), (2, "Critical"), (0, "High"), (4, "Low")):
			doc = self.make_ticket(urgency=urgency)
			doc.db_set("creation", add_to_date(now_datetime(), days=-age), update_modified=False)
			made[urgency, age] = doc.name
		names = self.names(self.as_user(self.agent, console.get_queue), "waiting")
		order = [("Critical", 2), ("High", 0), ("Low", 4), ("Normal", 3), ("Normal", 1)]
		self.assertEqual(names, [made[key] for key in order])

	def test_overdue_comes_before_urgent(self):
		made = {}
		for age, urgency, due in ((1, "Normal", -1), (2, "Low", -2), (3, "Critical", 1), (4, "Normal", None)):
			doc = self.make_ticket(urgency=urgency)
			by = due and add_to_date(now_datetime(), hours=due)
			doc.db_set(
				{"creation": add_to_date(now_datetime(), days=-age), "resolve_by": by}, update_modified=False
			)
			made[age] = doc.name
		names = self.names(self.as_user(self.agent, console.get_queue), "waiting")
		self.assertEqual(names, [made[age] for age in (2, 1, 3, 4)])

	def test_today_holds_my_follow_ups_that_are_due(self):
		late, today = (
			factories.make_follow_up(planned_for=self.agent, due_date=add_days(nowdate(), days))
			for days in (-2, 0)
		)
		factories.make_follow_up(planned_for=self.agent, due_date=add_days(nowdate(), 1))
		factories.make_follow_up(planned_for="Administrator")
		queue = self.as_user(self.agent, console.get_queue)
		self.assertEqual(self.names(queue, "today"), [late.name, today.name])
		self.assertEqual([row["late"] for row in queue["today"]["rows"]], [True, False])
		late.result = "Content"
		factories.act(late.save(), "Handle")
		self.assertEqual(self.names(self.as_user(self.agent, console.get_queue), "today"), [today.name])

	def test_follow_up_at_work(self):
		ticket = self.make_ticket(question="No cooling")
		doc = factories.make_follow_up(source_doctype="Service Ticket", source_name=ticket.name)
		record = self.as_user(self.agent, console.get_record, "Follow-up", doc.name)
		self.assertEqual((record["doctype"], record["reason"]), ("Follow-up", doc.reason))
		self.assertIn("No cooling", [row["value"] for row in record["source"]["texts"]])

	def test_states_follow_the_sites_workflow(self):
		self.assertEqual(console.unfinished_states(), ["New", "In Progress", "Waiting for Customer"])
		workflow = frappe.get_doc("Workflow", "Service Ticket")
		factories.insert("Workflow State", {"workflow_state_name": "With the Factory"}, {})
		workflow.append("states", {"state": "With the Factory", "doc_status": "0", "allow_edit": "All"})
		workflow.save()
		try:
			self.assertIn("With the Factory", console.unfinished_states())
		finally:
			workflow.states.pop()
			workflow.save()

	def test_more_rows_than_a_tab_holds(self):
		for _i in range(3):
			self.make_ticket()
		most, console.ROWS = console.ROWS, 2
		try:
			waiting = self.as_user(self.agent, console.get_queue)["waiting"]
		finally:
			console.ROWS = most
		self.assertEqual((len(waiting["rows"]), waiting["more"]), (2, True))

	def test_long_questions_arrive_as_excerpts(self):
		self.make_ticket(question="不制冷\n" * 500)
		(row,) = self.as_user(self.agent, console.get_queue)["waiting"]["rows"]
		self.assertLess(len(row["question"]), 200)
		self.assertNotIn("\n", row["question"])

	def test_queries_do_not_grow_with_the_queue(self):
		for _i in range(3):
			self.make_ticket()
		frappe.set_user(self.agent)
		console.get_queue()
		with self.assertQueryCount(9):
			console.get_queue()

	def test_the_queue_is_read_through_an_index(self):
		states = "', '".join(console.unfinished_states())
		plan = frappe.db.sql(
			f"explain select name from `tabService Ticket` where person_in_charge = %s and status in ('{states}')",
			self.agent,
			as_dict=True,
		)
		self.assertIn("person_in_charge", plan[0].possible_keys)


class TestRecord(ConsoleTestCase):
	def test_a_ticket_with_customer_log_and_steps(self):
		level = factories.make_vip_level()
		customer = factories.make_customer(
			phone=factories.unique_phone(), vip_level=level.name, black_listed=1, black_list_reason="Threats"
		)
		ticket = self.make_ticket(customer=customer.name, question="不制冷").name
		self.as_user(self.agent, console.add_entry, ticket, "Asked to\nrestart it.")
		record = self.as_user(self.agent, console.get_record, "Service Ticket", ticket)
		self.assertEqual(record["question"], "不制冷")
		self.assertEqual(record["customer_card"]["vip_level"], level.name)
		self.assertEqual(record["customer_card"]["black_list_reason"], "Threats")
		self.assertEqual([step["action"] for step in record["actions"]], ["Start", "Resolve"])
		self.assertTrue(record["can_write"])
		(entry,) = record["log"]
		self.assertEqual((entry["entry"], entry["user_name"]), ("Asked to\nrestart it.", "Mei"))
		frappe.as_json(record)  # what the browser gets

	def test_the_log_is_bounded_and_says_so(self):
		ticket = self.make_ticket(handling_log=[{"entry": f"step {i}"} for i in range(console.ENTRIES + 3)])
		record = self.as_user(self.agent, console.get_record, "Service Ticket", ticket.name)
		self.assertEqual((len(record["log"]), record["log_earlier"]), (console.ENTRIES, 3))
		self.assertEqual(record["log"][-1]["entry"], f"step {console.ENTRIES + 2}")

	def test_an_action_answers_with_the_new_state(self):
		ticket = self.make_ticket().name
		record = self.as_user(self.agent, console.apply_action, ticket, "Start")
		self.assertEqual(record["status"], "In Progress")
		self.assertEqual({step["action"] for step in record["actions"]}, {"Resolve", "Wait for Customer"})
		self.assertTrue(all(step["forward"] for step in record["actions"]))
		self.as_user(self.agent, console.add_entry, ticket, "Replaced.")
		record = self.as_user(self.agent, console.apply_action, ticket, "Resolve")
		self.assertEqual(
			[(step["action"], step["forward"]) for step in record["actions"]], [("Reopen", False)]
		)
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket, "status"), "Resolved")

	def test_a_step_that_is_not_open_changes_nothing(self):
		ticket = self.make_ticket().name
		self.assertRaises(
			WorkflowTransitionError, self.as_user, self.agent, console.apply_action, ticket, "Audit"
		)
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket, "status"), "New")

	def test_reading_and_writing_show_no_message(self):
		manager = self.user_with("Knowledge Manager")
		ticket = self.make_ticket().name
		for user, function, *args in (
			(manager, console.get_record, "Service Ticket", ticket),
			(self.agent, console.add_entry, ticket, "Called back."),
			(self.agent, console.apply_action, ticket, "Start"),
			(self.agent, console.get_queue),
		):
			frappe.clear_messages()
			self.as_user(user, function, *args)
			with self.subTest(function=function.__name__):
				self.assertEqual(frappe.message_log, [])

	def test_an_empty_entry_is_refused(self):
		ticket = self.make_ticket().name
		self.assertRaises(
			frappe.ValidationError, self.as_user, self.agent, console.add_entry, ticket, "  \n "
		)

	def test_closed_and_audited_tickets_take_no_entry_of_an_agent(self):
		manager = self.user_with("Service Manager")
		ticket = self.make_ticket(handling="Replaced.").name
		self.as_user(self.agent, console.apply_action, ticket, "Resolve")
		for action in ("Close", "Audit"):
			self.as_user(manager, console.apply_action, ticket, action)
			record = self.as_user(self.agent, console.get_record, "Service Ticket", ticket)
			self.assertEqual((record["can_write"], record["actions"]), (False, []))

	def test_a_customer_and_what_is_no_record_of_the_console(self):
		customer = factories.make_customer()
		record = self.as_user(self.agent, console.get_record, "Service Customer", customer.name)
		self.assertEqual(record["customer_name"], customer.customer_name)
		for doctype in ("User", "Service Network", "nonsense"):
			self.assertRaises(
				frappe.ValidationError, self.as_user, self.agent, console.get_record, doctype, "Administrator"
			)
		for doctype in ("Service Ticket", "Service Customer", "Service Call"):
			self.assertRaises(
				frappe.DoesNotExistError, self.as_user, self.agent, console.get_record, doctype, "no such"
			)

	def test_query_counts(self):
		customer = factories.make_customer()
		ticket = self.make_ticket(customer=customer.name, handling_log=[{"entry": "a"}, {"entry": "b"}]).name
		frappe.set_user(self.agent)
		console.get_record("Service Ticket", ticket)
		with self.assertQueryCount(9):
			console.get_record("Service Ticket", ticket)


class TestRealtime(ConsoleTestCase):
	def told(self, function, *args):
		"""Users who hear of the queue while the function runs; all messages must wait for the commit."""
		with patch.object(frappe, "publish_realtime") as publish:
			function(*args)
		messages = [call for call in publish.call_args_list if call.args[0] == "aftersales_queue"]
		self.assertTrue(all(call.kwargs["after_commit"] for call in messages))
		return [call.kwargs["user"] for call in messages]

	def test_only_those_concerned_hear_of_a_ticket(self):
		ticket = self.make_ticket()
		ticket.question = "Changed"
		self.assertEqual(self.told(ticket.save), [self.agent])
		ticket.person_in_charge = self.colleague
		self.assertCountEqual(self.told(ticket.save), [self.agent, self.colleague])
		self.assertEqual(self.told(ticket.delete), [self.colleague])

	def test_a_ticket_that_nobody_is_in_charge_of_tells_nobody(self):
		ticket = self.make_ticket()
		ticket.db_set("person_in_charge", None)
		ticket = frappe.get_doc("Service Ticket", ticket.name)
		self.assertEqual(self.told(console.tell_people_in_charge, ticket), [])


class TestPage(ConsoleTestCase):
	def test_the_page_names_the_four_roles(self):
		page = frappe.get_doc("Page", console.PAGE)
		self.assertEqual({row.role for row in page.roles}, set(ROLES))

	def test_console_users_can_load_the_page(self):
		from frappe.desk.desk_page import getpage

		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(self.agent)
		frappe.local.form_dict = frappe._dict(name=console.PAGE)
		frappe.local.response = frappe._dict(docs=[])
		getpage()
		self.assertIn("aftersales.ServiceConsole", frappe.local.response.docs[0]["script"])
		frappe.set_user(self.user_with("Blogger"))
		frappe.local.form_dict = frappe._dict(name=console.PAGE)
		self.assertRaises(frappe.PermissionError, getpage)
