import frappe
from frappe.client import insert as client_insert
from frappe.client import set_value
from frappe.desk.reportview import get_count
from frappe.model.workflow import WorkflowTransitionError, get_transitions
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales import deadlines
from aftersales.aftersales.doctype.work_assignment.work_assignment import ProgressError, ReasonMissingError
from aftersales.aftersales.work.assignments import (
	ClosedWorkError,
	NotAssignerError,
	NotSubordinateError,
	OpenPartsError,
	delegate,
	my_people,
	people_query,
)
from aftersales.testing import factories
from aftersales.utils.append_only import AppendOnlyError
from aftersales.utils.child_rows import ChildRowError
from aftersales.utils.kanban import CardMoveError


class WorkTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.head = factories.user_with("Department Head")
		cls.leader = factories.user_with("Agent Team Leader", "Service Agent")
		cls.agent = factories.user_with("Service Agent")
		cls.stranger = factories.user_with("Service Agent", "Knowledge Manager")
		cls.manager = factories.user_with("Service Manager")
		factories.put_below(cls.leader, cls.head)
		factories.put_below(cls.agent, cls.leader)
		factories.put_below(cls.stranger)

	def tearDown(self):
		frappe.set_user("Administrator")

	def assign(self, assigner, assignee, **fields):
		"""As the assigner would do it in the form; the session is theirs afterwards."""
		frappe.set_user(assigner)
		return frappe.get_doc(
			{"doctype": "Work Assignment", "subject": "Call back", "assignee": assignee, **fields}
		).insert()

	def act_as(self, user, doc, *actions):
		frappe.set_user(user)
		return factories.act(doc, *actions)

	def set_as(self, user, doc, **values):
		frappe.set_user(user)
		set_value("Work Assignment", doc.name, values)
		return frappe.get_doc(doc.doctype, doc.name)


class TestWhoAssignsWhom(WorkTestCase):
	def test_to_oneself_and_to_everybody_below(self):
		for assignee in (self.head, self.leader, self.agent):
			work = self.assign(self.head, assignee)
			self.assertEqual((work.assigned_by, work.status, work.stage), (self.head, "Assigned", "To Do"))
		self.assertRegex(work.name, r"^WA-\d\d-\d{6}$")
		self.assertEqual(my_people(), sorted((self.head, self.leader, self.agent)))

	def test_not_upwards_nor_sideways(self):
		for assigner, assignee in (
			(self.agent, self.leader),
			(self.leader, self.stranger),
			(self.agent, "Administrator"),
			(self.manager, self.agent),
		):
			with self.subTest(assigner=assigner, assignee=assignee):
				self.assertRaises(NotSubordinateError, self.assign, assigner, assignee)

	def test_a_forged_assigner(self):
		frappe.set_user(self.agent)
		self.assertRaises(
			NotSubordinateError,
			client_insert,
			{
				"doctype": "Work Assignment",
				"subject": "x",
				"assigned_by": self.head,
				"assignee": self.leader,
			},
		)
		work = self.assign(self.leader, self.agent, assigned_by=self.head)
		self.assertEqual(work.assigned_by, self.leader)

	def test_giving_it_to_somebody_else(self):
		work = self.assign(self.leader, self.agent)
		self.assertRaises(NotSubordinateError, self.set_as, self.leader, work, assignee=self.stranger)
		self.assertRaises(NotSubordinateError, self.set_as, self.leader, work, assignee=self.head)
		work = self.set_as(self.head, work, assignee=self.leader)
		self.assertEqual((work.assignee, work.assigned_by), (self.leader, self.head))

	def test_somebody_whose_account_is_closed(self):
		frappe.db.set_value("User", self.agent, "enabled", 0)
		self.assertRaises(NotSubordinateError, self.assign, self.leader, self.agent)
		frappe.db.set_value("User", self.agent, "enabled", 1)

	def test_frappes_own_assignment_changes_no_assignee(self):
		"""The sidebar's "Assign To" adds a task for somebody; the work itself stays with its assignee."""
		work = self.assign(self.leader, self.agent)
		frappe.set_user("Administrator")
		frappe.desk.form.assign_to.add(
			{"assign_to": [self.stranger], "doctype": work.doctype, "name": work.name}
		)
		self.assertEqual(frappe.db.get_value("Work Assignment", work.name, "assignee"), self.agent)

	def test_no_work_without_a_role(self):
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, my_people)
		frappe.set_user(factories.user_with("Aftersales Bridge"))
		self.assertRaises(frappe.PermissionError, my_people)


class TestWhoSeesIt(WorkTestCase):
	def visible(self, user, name):
		frappe.set_user(user)
		in_list = name in frappe.get_list("Work Assignment", pluck="name", limit_page_length=0)
		document = bool(frappe.has_permission("Work Assignment", "read", doc=name))
		self.assertEqual(in_list, document, user)
		return document

	def test_both_sides_their_superiors_and_overseers(self):
		frappe.set_user("Administrator")
		admin = factories.user_with("Aftersales Administrator")
		work = self.assign(self.leader, self.agent).name
		seen = {
			user
			for user in (self.head, self.leader, self.agent, self.stranger, self.manager, admin)
			if self.visible(user, work)
		}
		self.assertEqual(seen, {self.head, self.leader, self.agent, self.manager, admin})

	def test_work_of_superiors_is_theirs(self):
		work = self.assign(self.head, self.leader).name
		self.assertFalse(self.visible(self.agent, work))

	def test_count_and_list_agree(self):
		self.assign(self.leader, self.agent)
		frappe.set_user(self.stranger)
		frappe.local.form_dict = frappe._dict(doctype="Work Assignment", filters="[]", fields="[]")
		self.assertEqual(get_count(), 0)

	def test_nobody_writes_themselves_into_work(self):
		work = self.assign(self.leader, self.agent)
		self.assertRaises(frappe.PermissionError, self.set_as, self.stranger, work, assignee=self.stranger)

	def test_statements_of_a_list(self):
		frappe.set_user(self.leader)
		frappe.get_list("Work Assignment")
		with self.assertQueryCount(5):
			frappe.get_list("Work Assignment", fields=["name", "subject", "status"])


class TestLifeOfWork(WorkTestCase):
	def test_done_and_confirmed(self):
		work = self.assign(self.leader, self.agent)
		work = self.act_as(self.agent, work, "Accept")
		self.assertIsNotNone(work.accepted_on)
		work = self.act_as(self.agent, work, "Start", "Finish")
		self.assertEqual((work.stage, work.progress), ("Done", 100))
		self.assertRaises(WorkflowTransitionError, self.act_as, self.agent, work, "Confirm")
		work = self.act_as(self.leader, work, "Confirm")
		self.assertEqual((work.status, work.stage), ("Confirmed", "Closed"))
		self.assertIsNotNone(work.done_on and work.closed_on)
		self.assertRaises(ClosedWorkError, self.set_as, self.leader, work, subject="Other")
		self.assertRaises(ClosedWorkError, self.set_as, self.agent, work, result="Other")

	def test_each_side_has_its_actions_once(self):
		work = self.assign(self.leader, self.agent)
		for user, expected in (
			(self.agent, ["Accept", "Start", "Return"]),
			(self.leader, ["Cancel"]),
			(self.manager, ["Cancel"]),
			(self.head, []),
		):
			frappe.set_user(user)
			self.assertEqual([row["action"] for row in get_transitions(work)], expected)

	def test_returned_with_a_reason(self):
		work = self.assign(self.leader, self.agent)
		self.assertRaises(ReasonMissingError, self.act_as, self.agent, work, "Return")
		work = self.set_as(self.agent, work, return_reason="No access to the building")
		work = self.act_as(self.agent, work, "Return")
		self.assertEqual([row.note for row in work.notes], ["No access to the building"])
		work = self.act_as(self.leader, work, "Assign Again")
		self.assertEqual((work.status, work.return_reason), ("Assigned", None))
		self.assertRaises(ReasonMissingError, self.act_as, self.agent, work, "Return")

	def test_sent_back_with_a_reason(self):
		work = self.act_as(self.agent, self.assign(self.leader, self.agent), "Start", "Finish")
		self.assertRaises(ReasonMissingError, self.act_as, self.leader, work, "Send Back")
		self.set_as(self.leader, work, return_reason="The customer was not asked")
		work = self.act_as(self.leader, work, "Send Back")
		self.assertEqual((work.status, work.done_on), ("In Progress", None))
		self.assertLess(work.progress, 100)

	def test_the_assignee_changes_nothing_of_the_assigners(self):
		work = self.assign(self.leader, self.agent, due_on=add_to_date(now_datetime(), days=2))
		self.set_as(self.agent, work, progress=40, result="Half of it")
		for values in (
			{"subject": "Less"},
			{"due_on": add_to_date(now_datetime(), days=9)},
			{"assignee": self.stranger},
		):
			with self.subTest(**values):
				self.assertRaises(NotAssignerError, self.set_as, self.agent, work, **values)

	def test_progress(self):
		work = self.assign(self.leader, self.agent)
		self.assertRaises(ProgressError, self.set_as, self.agent, work, progress=101)

	def test_notes_stay(self):
		work = self.assign(self.leader, self.agent)
		frappe.set_user(self.agent)
		work.append("notes", {"note": "Called, nobody there", "user": self.leader, "note_time": "2020-01-01"})
		work.save()
		note = work.notes[0]
		self.assertEqual(note.user, self.agent)
		self.assertGreater(note.note_time, add_to_date(now_datetime(), hours=-1))
		frappe.set_user(self.leader)
		work.reload()
		work.notes[0].note = "Something else"
		self.assertRaises(AppendOnlyError, work.save)
		work.reload()
		work.set("notes", [])
		self.assertRaises(AppendOnlyError, work.save)
		self.assertRaises(AppendOnlyError, set_value, "Work Progress Note", note.name, "note", "x")
		self.assertRaises(ChildRowError, frappe.get_doc("Work Progress Note", note.name).save)

	def test_moved_card(self):
		work = self.assign(self.leader, self.agent)
		work = self.set_as(self.agent, work, stage="In Progress")
		self.assertEqual(work.status, "In Progress")
		self.assertRaises(CardMoveError, self.set_as, self.agent, work, stage="Closed")

	def test_parts(self):
		work = self.assign(self.head, self.leader, customer=factories.make_customer().name)
		frappe.set_user(self.leader)
		part = frappe.get_doc("Work Assignment", delegate(work.name, self.agent, subject="Call the customer"))
		self.assertEqual(
			(part.assigned_by, part.assignee, part.parent_assignment, part.customer),
			(self.leader, self.agent, work.name, work.customer),
		)
		work = self.act_as(self.leader, work, "Start")
		self.assertRaises(OpenPartsError, self.act_as, self.leader, work, "Finish")
		self.act_as(self.agent, part, "Start", "Finish")
		self.assertEqual(self.act_as(self.leader, work, "Finish").status, "Done")
		self.assertRaises(ClosedWorkError, delegate, work.name, self.agent)

	def test_parts_are_the_assignees_to_give(self):
		work = self.assign(self.head, self.leader)
		self.assertRaises(frappe.PermissionError, delegate, work.name, self.leader)
		for user in ("Guest", self.stranger, self.agent):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, delegate, work.name, user)
		frappe.set_user(self.leader)
		self.assertRaises(NotSubordinateError, delegate, work.name, self.stranger)
		self.assertRaises(NotAssignerError, self.assign, self.agent, self.agent, parent_assignment=work.name)


class TestTaskListAndClock(WorkTestCase):
	def tasks(self, work, user, status="Open"):
		return frappe.get_all(
			"ToDo", {"reference_name": work.name, "allocated_to": user, "status": status}, pluck="name"
		)

	def test_the_assignee_has_a_task_while_it_is_theirs(self):
		work = self.assign(self.leader, self.agent)
		self.assertEqual(len(self.tasks(work, self.agent)), 1)
		work = self.act_as(self.agent, work, "Start")
		self.assertEqual(len(self.tasks(work, self.agent)), 1)
		work = self.act_as(self.agent, work, "Finish")
		self.assertEqual(self.tasks(work, self.agent), [])
		self.set_as(self.leader, work, return_reason="Incomplete")
		work = self.act_as(self.leader, work, "Send Back")
		self.assertEqual(len(self.tasks(work, self.agent)), 1)
		work = self.set_as(self.leader, work, assignee=self.leader)
		self.assertEqual(self.tasks(work, self.agent), [])
		self.assertEqual(len(self.tasks(work, self.leader)), 1)

	def test_both_sides_are_told(self):
		def told(user):
			return frappe.db.count("Notification Log", {"for_user": user, "document_name": work.name})

		work = self.assign(self.leader, self.agent)
		self.assertEqual(told(self.agent), 1)
		work = self.act_as(self.agent, work, "Start", "Finish")
		self.assertEqual(told(self.leader), 1)

	def clock(self, work):
		return frappe.get_all(
			"Service Deadline",
			{"reference_name": work.name},
			["state", "user", "due_at"],
			order_by="creation",
		)

	def test_the_clock_runs_while_the_work_is_open(self):
		due = add_to_date(now_datetime(), days=2).replace(microsecond=0)
		work = self.assign(self.leader, self.agent, due_on=due)
		self.assertEqual(
			[(row.state, row.user, row.due_at) for row in self.clock(work)], [("Running", self.agent, due)]
		)
		later = add_to_date(due, days=1)
		work = self.set_as(self.leader, work, due_on=later)
		self.assertEqual(self.clock(work)[0].due_at, later)
		work = self.set_as(self.leader, work, assignee=self.leader)
		self.assertEqual(self.clock(work)[0].user, self.leader)
		work = self.act_as(self.leader, work, "Start", "Finish")
		self.assertEqual(self.clock(work)[0].state, "Met")
		self.assertEqual((work.due_on, work.deadline_state), (later, "Met"))

	def test_work_that_is_given_back_has_no_clock(self):
		work = self.assign(self.leader, self.agent, due_on=add_to_date(now_datetime(), days=2))
		self.set_as(self.agent, work, return_reason="Not mine")
		work = self.act_as(self.agent, work, "Return")
		self.assertEqual(deadlines.current(work), [])
		work = self.act_as(self.leader, work, "Assign Again")
		self.assertEqual(len(deadlines.current(work)), 1)


class TestPeopleToChoose(WorkTestCase):
	def found(self, user, txt="", **filters):
		frappe.set_user(user)
		return [row[0] for row in people_query("User", txt, "name", 0, 20, filters)]

	def test_those_below_and_oneself(self):
		self.assertCountEqual(self.found(self.leader), [self.leader, self.agent])
		self.assertEqual(self.found(self.leader, but_me=1), [self.agent])
		self.assertEqual(self.found(self.leader, txt="no such person"), [])

	def test_rights(self):
		for user in ("Guest", factories.user_with("Aftersales Bridge")):
			self.assertRaises(frappe.PermissionError, self.found, user)
