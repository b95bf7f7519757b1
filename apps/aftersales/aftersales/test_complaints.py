import subprocess
import sys
from pathlib import Path

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import complaints
from aftersales.aftersales.complaint_rules import ReasonMissingError
from aftersales.testing import factories
from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase

# What one of two people does at the same moment: loads the complaint, tells so, waits for the other, acts.
ACTOR = """
import sys, time
from pathlib import Path
import frappe
site, sites, complaint, user, action, handler, mine, other = sys.argv[1:]
frappe.init(site=site, sites_path=sites)
frappe.connect()
frappe.flags.in_test = True
frappe.set_user(user)
from aftersales.aftersales import complaints
from frappe.model.workflow import apply_workflow
doc = frappe.get_doc("Customer Complaint", complaint)
frappe.db.rollback()
Path(mine).touch()
for _ in range(600):
	if Path(other).exists():
		break
	time.sleep(0.05)
try:
	if action == "save":
		doc.handler = handler
		doc.save()
	else:
		complaints.act(complaint, action, {"handler": handler} if action == "Uphold" else {"opinion": "no"})
	frappe.db.commit()
	print("done")
except Exception as error:
	frappe.db.rollback()
	print(type(error).__name__)
frappe.destroy()
"""


class TestComplaints(ComplaintCase):
	def test_open_complaint(self):
		customer = factories.make_customer(preferred_channel="SMS")
		ticket = factories.make_ticket(customer=customer.name, customer_name=customer.customer_name)
		frappe.set_user("Guest")
		name = complaints.open_complaint(
			self.type, customer.name, "Still broken", "Service Ticket", ticket.name, remarks="Score 1"
		)
		complaint = frappe.get_doc(DOCTYPE, name)
		self.assertEqual(
			(complaint.ticket, complaint.customer_name, complaint.preferred_channel, complaint.status),
			(ticket.name, customer.customer_name, "SMS", "Registered"),
		)
		self.assertEqual((complaint.remarks, complaint.department), ("Score 1", self.quality))
		again = complaints.open_complaint(self.type, customer.name, "Again", "Service Ticket", ticket.name)
		self.assertEqual(again, name)

	def test_open_complaint_of_a_type_that_is_not_there(self):
		self.assertRaises(
			frappe.LinkValidationError,
			complaints.open_complaint,
			"No such type",
			None,
			"x",
			customer_name="Wang",
		)

	def test_new_complaint_from_a_ticket(self):
		customer = factories.make_customer()
		product = factories.make_product()
		ticket = factories.make_ticket(customer=customer.name, product=product.name, question="It smokes")
		frappe.set_user(self.agent)
		values = complaints.new_complaint("Service Ticket", ticket.name)
		self.assertEqual(
			(values["ticket"], values["customer"], values["product"], values["reason"]),
			(ticket.name, customer.name, product.name, "It smokes"),
		)

	def test_new_complaint_needs_the_rights(self):
		ticket = factories.make_ticket()
		for user in ("Guest", self.handler, factories.user_with("Customer")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, complaints.new_complaint, "Service Ticket", ticket.name)
		frappe.set_user(self.agent)
		self.assertRaises(frappe.ValidationError, complaints.new_complaint, "User", "Administrator")

	def test_nobody_without_right_acts(self):
		complaint = self.in_review()
		for user in (
			"Guest",
			factories.user_with("General Manager"),
			factories.user_with("Market Supervisor"),
		):
			frappe.set_user(user)
			for call in (
				lambda: complaints.act(complaint.name, "Uphold", {"handler": self.handler}),
				lambda: complaints.pass_on(complaint.name, self.stores, "x"),
				lambda: complaints.reassign(complaint.name, self.handler, "x"),
				lambda: complaints.escalate(complaint.name, "x"),
			):
				self.assertRaises(frappe.PermissionError, call)
		frappe.set_user("Guest")
		for call in (complaints.work_list, complaints.to_review_card, complaints.overdue_card):
			self.assertRaises(frappe.PermissionError, call)

	def test_a_step_fills_in_nothing_else(self):
		complaint = self.in_review()
		frappe.set_user(self.head)
		self.assertRaises(
			frappe.PermissionError,
			complaints.act,
			complaint.name,
			"Uphold",
			{"reason": "nicer", "status": "Closed"},
		)

	def test_a_refused_step_leaves_nothing(self):
		complaint = self.in_review()
		frappe.set_user(self.head)
		frappe.db.savepoint("request")
		self.assertRaises(
			frappe.ValidationError, complaints.act, complaint.name, "Uphold", {"opinion": "half a step"}
		)
		frappe.db.rollback(save_point="request")
		self.assertFalse(self.stored(complaint).opinion)

	def test_escalation_goes_up_level_by_level(self):
		chief, top = (factories.user_with("Service Manager", account=name) for name in ("chief", "top"))
		factories.make_staff(top)
		factories.make_staff(chief, reports_to=top)
		factories.make_staff(self.head, reports_to=chief)
		complaint = self.in_review()
		frappe.set_user(self.agent)
		self.assertRaises(ReasonMissingError, complaints.escalate, complaint.name, " ")
		self.assertEqual(complaints.escalate(complaint.name, "No answer")["escalated_to"], chief)
		self.assertEqual(complaints.escalate(complaint.name, "Still none"), {"level": 2, "escalated_to": top})
		self.assertRaises(complaints.StepOverError, complaints.escalate, complaint.name, "And now?")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.level, complaint.status), (2, "In Review"))
		self.assertEqual([row.decision for row in complaint.reviews if row.decided_at], ["Escalated"] * 2)
		self.assertTrue(
			frappe.db.exists("Notification Log", {"for_user": top, "document_name": complaint.name})
		)

	def test_escalated_complaint_goes_its_way(self):
		complaint = self.in_review()
		boss = factories.user_with("Service Manager", account="boss")
		factories.make_staff(boss)
		factories.make_staff(self.head, reports_to=boss)
		frappe.set_user(self.agent)
		complaints.escalate(complaint.name, "No answer")
		self.as_user(self.head, complaint, "Uphold", handler=self.handler)
		self.assertEqual([row.decision for row in self.stored(complaint).reviews], ["Upheld", "Escalated"])

	def test_work_lists(self):
		new = self.registered()
		review, handling, done = self.in_review(major_event=1), self.in_handling(), self.handled()
		frappe.db.set_value(DOCTYPE, handling.name, "due_at", "2020-01-01 08:00:00")

		def names(user, key):
			frappe.set_user(user)
			entry = complaints.work_list()[key]
			found = frappe.get_list(DOCTYPE, filters=entry["filters"], pluck="name", limit_page_length=0)
			self.assertEqual(len(found), entry["count"])
			return set(found) & {new.name, review.name, handling.name, done.name}

		self.assertEqual(names(self.head, "to_review"), {review.name})
		self.assertEqual(names(self.deputy, "to_review"), {review.name})
		self.assertEqual(names(self.other_head, "to_review"), set())
		self.assertEqual(names(self.handler, "to_handle"), {handling.name})
		self.assertEqual(names(self.agent, "feedback_due"), {done.name})
		self.assertEqual(names(self.agent, "overdue"), {handling.name})
		self.assertEqual(names(self.agent, "major"), {review.name})
		frappe.set_user(self.head)
		self.assertEqual(complaints.to_review_card()["value"], 1)

	def test_cost_of_a_step(self):
		"""Most of it is Frappe's own record of open workflow actions."""
		warm, complaint = self.in_handling(), self.in_handling()
		frappe.set_user(self.handler)
		complaints.act(warm.name, "Finish Handling", {"result": "Done"})
		with self.assertQueryCount(100):
			complaints.act(complaint.name, "Finish Handling", {"result": "Done"})

	def test_cost_of_the_work_lists(self):
		frappe.set_user(self.head)
		complaints.work_list()
		with self.assertQueryCount(7):
			complaints.work_list()


class TestTwoAtOnce(FrappeTestCase):
	"""Two heads of the department act at the same time, each in a process of their own."""

	def setUp(self):
		self.head = factories.user_with("Department Head", account="head-at-once")
		self.deputy = factories.user_with("Department Head", account="deputy-at-once")
		self.handlers = [
			factories.user_with("Case Handler", account=f"handler-{number}-at-once") for number in (1, 2)
		]
		department = factories.make_service_department(head=self.head, deputy=self.deputy)
		type_ = factories.make_complaint_type(department.name)
		complaint = factories.make_customer_complaint(complaint_type=type_.name)
		self.complaint = factories.act(complaint, "Send to Department")
		self.made = [self.complaint, type_, department]
		frappe.db.commit()
		self.addCleanup(self.remove)

	def remove(self):
		frappe.db.rollback()
		frappe.set_user("Administrator")
		frappe.db.delete("Notification Log", {"document_name": self.complaint.name})
		frappe.db.delete("Service Deadline", {"reference_name": self.complaint.name})
		for doc in self.made:
			frappe.delete_doc(doc.doctype, doc.name, force=True)
		for user in (self.head, self.deputy, *self.handlers):
			frappe.db.delete("Notification Settings", {"name": user})
			frappe.db.delete("Has Role", {"parent": user})
			frappe.db.delete("User", {"name": user})
			frappe.clear_cache(user=user)
		frappe.db.commit()

	def act(self, *actions):
		"""Let head and deputy act at once; return what each of them was answered."""
		folder = Path(frappe.get_site_path("private")).resolve()
		marks = [folder / f"actor-{frappe.generate_hash(length=8)}" for _action in actions]
		processes = [
			subprocess.Popen(
				[
					sys.executable,
					"-c",
					ACTOR,
					frappe.local.site,
					frappe.local.sites_path,
					self.complaint.name,
					user,
					action,
					handler,
					mine,
					other,
				],
				stdout=subprocess.PIPE,
				text=True,
			)
			for user, action, handler, mine, other in zip(
				(self.head, self.deputy), actions, self.handlers, marks, reversed(marks), strict=True
			)
		]
		try:
			answers = [process.communicate(timeout=120)[0].strip() for process in processes]
		finally:
			for mark in marks:
				mark.unlink(missing_ok=True)
		frappe.db.rollback()
		return answers

	def test_one_decides_the_other_is_told(self):
		answers = self.act("Uphold", "Do Not Uphold")
		self.assertEqual(answers.count("done"), 1, answers)
		self.assertIn(next(answer for answer in answers if answer != "done"), TOLD)
		complaint = frappe.get_doc(DOCTYPE, self.complaint.name)
		self.assertEqual(len(complaint.reviews), 1)
		winner = answers.index("done")
		self.assertEqual(complaint.reviews[0].reviewer, (self.head, self.deputy)[winner])
		self.assertEqual(complaint.status, ("In Handling", "Not Upheld")[winner])

	def test_no_lost_update_of_two_forms(self):
		answers = self.act("save", "save")
		self.assertEqual(sorted(answers), ["TimestampMismatchError", "done"])
		winner = answers.index("done")
		self.assertEqual(frappe.db.get_value(DOCTYPE, self.complaint.name, "handler"), self.handlers[winner])


# The second one finds the step gone, or no right to write any more.
TOLD = {"StepOverError", "PermissionError", "TimestampMismatchError"}
