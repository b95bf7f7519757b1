import json

import frappe
from frappe.client import bulk_update, delete, set_value
from frappe.core.doctype.data_import.importer import Importer
from frappe.core.doctype.version.version import get_diff
from frappe.desk.form.save import savedocs
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales import complaints
from aftersales.aftersales.complaint_rules import (
	ComplaintClosedError,
	NotTheHandlerError,
	NotTheReviewerError,
	ReasonMissingError,
	ReviewTableError,
	StepIncompleteError,
)
from aftersales.aftersales.complaint_steps import HandlerNotAvailableError, NoRouteError
from aftersales.testing import factories
from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError


class TestLife(ComplaintCase):
	def test_from_registration_to_audit(self):
		complaint = self.registered()
		self.assertEqual((complaint.status, complaint.stage), ("Registered", "Registration"))
		self.assertEqual(complaint.department, self.quality)
		complaint = factories.act(complaint, "Send to Department")
		self.assertEqual((complaint.status, complaint.reviewer), ("In Review", self.head))
		self.assertTrue(complaint.due_at)
		self.assertFalse(complaint.reviews[0].decided_at)
		self.as_user(self.head, complaint, "Uphold", handler=self.handler, opinion="Clearly ours")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.upheld), ("In Handling", "Upheld"))
		row = complaint.reviews[0]
		self.assertEqual((row.decision, row.opinion, row.reviewer), ("Upheld", "Clearly ours", self.head))
		self.assertFalse(complaint.opinion)
		self.as_user(self.handler, complaint, "Finish Handling", result="Exchanged", root_cause="Seal")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.handled_late), ("Handled", 0))
		self.assertTrue(complaint.handled_on)
		self.as_user(
			self.agent, complaint, "Give Feedback", feedback_channel="Phone", feedback_note="Told the result"
		)
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.feedback_by), ("Feedback Given", self.agent))
		self.as_user(self.agent, complaint, "Close", satisfaction="Very Satisfied")
		complaint = self.stored(complaint)
		self.assertEqual(complaint.status, "Closed")
		self.assertTrue(complaint.closed_on)
		frappe.set_user(self.auditor)
		complaint = factories.act(complaint, "Audit")
		self.assertEqual(complaint.status, "Audited")
		complaint = factories.act(complaint, "Cancel Audit")
		self.assertEqual((complaint.status, complaint.closed_on is not None), ("Closed", True))

	def test_departments_review_in_the_order_of_the_route(self):
		complaint = self.in_review(complaint_type=self.long_type)
		self.assertEqual(complaint.next_department, self.stores)
		frappe.set_user(self.head)
		with self.assertRaises(complaints.StepOverError):
			complaints.act(complaint.name, "Uphold", {"handler": self.handler})
		complaints.pass_on(complaint.name, self.stores)
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.department), ("In Review", self.stores))
		self.assertEqual(complaint.reviews[0].decision, "Upheld")
		self.assertEqual((complaint.reviewer, complaint.next_department), (self.other_head, None))
		self.as_user(self.other_head, complaint, "Uphold", handler=self.handler)
		self.assertEqual([row.decision for row in self.stored(complaint).reviews], ["Upheld", "Upheld"])

	def test_each_department_has_its_own_deadline(self):
		type_ = frappe.get_doc("Complaint Type", self.long_type)
		type_.route[1].review_hours = 300
		type_.save()
		complaint = self.in_review(complaint_type=self.long_type)
		first = complaint.due_at
		frappe.set_user(self.head)
		complaints.pass_on(complaint.name, self.stores)
		complaint = self.stored(complaint)
		self.assertGreater(complaint.due_at, first)
		self.assertEqual([row.due_at for row in complaint.reviews], [first, complaint.due_at])

	def test_passing_on_off_the_route_needs_a_reason(self):
		complaint = self.in_review()
		frappe.set_user(self.head)
		self.assertRaises(ReasonMissingError, complaints.pass_on, complaint.name, self.stores, "  ")
		complaints.pass_on(complaint.name, self.stores, "The parcel was crushed")
		row = self.stored(complaint).reviews[0]
		self.assertEqual((row.decision, row.opinion), ("Passed On", "The parcel was crushed"))

	def test_head_corrects_the_type(self):
		complaint = self.in_review()
		other = factories.make_complaint_type(self.stores, major_event=1).name
		frappe.set_user(self.head)
		complaint.complaint_type = other
		complaint.save()
		complaint = self.stored(complaint)
		self.assertEqual((complaint.next_department, complaint.major_event), (self.stores, 1))

	def test_deadline_of_the_head(self):
		complaint = self.in_review()
		self.as_user(
			self.head,
			complaint,
			"Uphold",
			handler=self.handler,
			handle_by=add_to_date(now_datetime(), days=3, as_string=True),
		)
		complaint = self.stored(complaint)
		self.assertEqual(complaint.due_at, complaint.handle_by)

	def test_usual_compensation_is_offered_to_the_handler(self):
		usual = factories.make_complaint_type(self.quality, compensation="A small gift").name
		complaint = self.in_handling(complaint_type=usual)
		self.assertEqual(complaint.compensation, "A small gift")
		self.as_user(self.handler, complaint, "Finish Handling", result="Done", compensation="None wanted")
		self.assertEqual(self.stored(complaint).compensation, "None wanted")

	def test_deadline_in_the_past(self):
		complaint = self.in_review()
		with self.assertRaises(StepIncompleteError):
			self.as_user(
				self.head, complaint, "Uphold", handler=self.handler, handle_by="2020-01-01 10:00:00"
			)

	def test_not_upheld_needs_a_reason(self):
		complaint = self.in_review()
		with self.assertRaises(ReasonMissingError):
			self.as_user(self.head, complaint, "Do Not Uphold")
		self.as_user(self.head, complaint, "Do Not Uphold", opinion="Used outdoors")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.upheld), ("Not Upheld", "Not Upheld"))
		self.assertEqual(complaint.reviews[-1].opinion, "Used outdoors")

	def test_handler_sends_back(self):
		complaint = self.in_handling()
		with self.assertRaises(ReasonMissingError):
			self.as_user(self.handler, complaint, "Send Back to Department")
		self.as_user(self.handler, complaint, "Send Back to Department", opinion="Not my field")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.upheld), ("In Review", None))
		self.assertEqual(complaint.reviews[-2].decision, "Sent Back by Handler")

	def test_head_returns_to_the_registrar(self):
		complaint = self.in_review()
		self.as_user(self.head, complaint, "Return to Registrar", opinion="Which product?")
		self.assertEqual(self.stored(complaint).status, "Registered")

	def test_second_handling_of_a_dissatisfied_customer(self):
		complaint = self.answered()
		with self.assertRaises(ReasonMissingError):
			self.as_user(self.agent, complaint, "Close", satisfaction="Dissatisfied")
		self.as_user(self.agent, complaint, "Handle Again", opinion="Wants a new one")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.times_reopened), ("In Handling", 1))
		self.assertFalse(complaint.feedback_note or complaint.satisfaction or complaint.handled_on)
		self.assertEqual(complaint.result, "Exchanged")

	def test_closed_is_reopened_with_a_reason(self):
		complaint = self.closed()
		with self.assertRaises(ReasonMissingError):
			self.as_user(self.manager, complaint, "Reopen")
		self.as_user(self.manager, complaint, "Reopen", opinion="Called again")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.closed_on), ("In Review", None))

	def test_solved_on_the_spot(self):
		complaint = self.registered()
		with self.assertRaises(NotTheHandlerError):
			self.as_user(self.agent, complaint, "Solve on the Spot", result="Apologised")
		self.as_user(self.agent, complaint, "Solve on the Spot", result="Apologised", handler=self.agent)
		self.assertEqual(self.stored(complaint).status, "Handled")

	def test_suggestion_is_closed_at_once_a_complaint_is_not(self):
		suggestion = self.registered(complaint_type=factories.make_complaint_type(kind="Suggestion").name)
		self.assertEqual(suggestion.kind, "Suggestion")
		self.assertRaises(WorkflowTransitionError, apply_workflow, self.registered(), "Close")
		self.as_user(self.agent, suggestion, "Close")
		self.assertEqual(self.stored(suggestion).status, "Closed")

	def test_type_without_department(self):
		complaint = self.registered(complaint_type=factories.make_complaint_type().name)
		with self.assertRaises((NoRouteError, StepIncompleteError)):
			factories.act(complaint, "Send to Department")
		complaint = self.stored(complaint)
		self.assertEqual(complaint.status, "Registered")
		complaint.department = self.stores
		complaint.save()
		self.assertEqual(factories.act(complaint, "Send to Department").reviewer, self.other_head)

	def test_uphold_needs_a_handler(self):
		complaint = self.in_review()
		with self.assertRaises(StepIncompleteError):
			self.as_user(self.head, complaint, "Uphold")

	def test_finish_needs_a_result(self):
		complaint = self.in_handling()
		with self.assertRaises(StepIncompleteError):
			self.as_user(self.handler, complaint, "Finish Handling")

	def test_late_handling_is_marked(self):
		complaint = self.in_handling()
		frappe.db.set_value(DOCTYPE, complaint.name, "due_at", "2020-01-01 08:00:00")
		self.as_user(self.handler, complaint, "Finish Handling", result="Late, but done")
		self.assertEqual(self.stored(complaint).handled_late, 1)

	def test_major_event_is_told_at_once(self):
		general_manager = factories.user_with("General Manager")
		complaint = self.registered(major_event=1)
		found = frappe.get_all(
			"Notification Log", {"document_name": complaint.name, "for_user": general_manager}
		)
		self.assertEqual(len(found), 1)
		complaint.remarks = "more"
		complaint.save()
		self.assertEqual(
			frappe.db.count(
				"Notification Log", {"document_name": complaint.name, "for_user": general_manager}
			),
			1,
		)

	def test_state_of_an_administrator(self):
		"""A state without a stage keeps the stage in which the complaint is, so all rules stay."""
		frappe.get_doc(doctype="Workflow State", workflow_state_name="Waiting for Goods").insert()
		workflow = frappe.get_doc("Workflow", DOCTYPE)
		workflow.append("states", {"state": "Waiting for Goods", "doc_status": "0", "allow_edit": "All"})
		workflow.append(
			"transitions",
			{
				"state": "In Handling",
				"action": "Reopen",
				"next_state": "Waiting for Goods",
				"allowed": "Case Handler",
				"allow_self_approval": 1,
			},
		)
		workflow.save()
		self.addCleanup(frappe.clear_document_cache, "Workflow", DOCTYPE)
		complaint = self.in_handling()
		self.as_user(self.handler, complaint, "Reopen")
		complaint = self.stored(complaint)
		self.assertEqual((complaint.status, complaint.stage), ("Waiting for Goods", "Handling"))
		frappe.set_user(self.agent)
		complaint.result = "forged"
		self.assertRaises(NotTheHandlerError, complaint.save)


class TestWhoMayWhat(ComplaintCase):
	def attempts(self, complaint, field, value):
		"""Return the roads by which users change a field."""

		def changed():
			doc = self.stored(complaint)
			doc.set(field, value)
			return doc

		return (
			lambda: changed().save(),
			lambda: savedocs(changed().as_json(), "Save"),
			lambda: set_value(DOCTYPE, complaint.name, field, value),
		)

	def test_only_the_named_handler_writes_the_result(self):
		complaint = self.in_handling()
		for user in (self.agent, self.manager, self.head, "Administrator", self.other_handler):
			frappe.set_user(user)
			for field, value in (("result", "forged"), ("compensation_amount", 5), ("root_cause", "x")):
				for attempt in self.attempts(complaint, field, value):
					with self.subTest(user=user, field=field):
						self.assertRaises(frappe.PermissionError, attempt)
		self.assertFalse(get_diff(complaint, self.stored(complaint)))
		frappe.set_user(self.handler)
		complaint.result = "Mine"
		complaint.save()

	def test_bulk_edit(self):
		complaint = self.in_handling()
		frappe.set_user(self.manager)
		answer = bulk_update(json.dumps([{"doctype": DOCTYPE, "docname": complaint.name, "result": "x"}]))
		self.assertIn("NotTheHandlerError", answer["failed_docs"][0]["exc"])

	def test_no_result_before_and_after_the_handling(self):
		for complaint in (self.in_review(handler=None), self.handled()):
			frappe.set_user(self.handler)
			complaint.result = "forged"
			self.assertRaises(frappe.PermissionError, complaint.save)

	def test_new_complaint_with_a_result(self):
		frappe.set_user(self.agent)
		self.assertRaises(
			NotTheHandlerError, factories.make_customer_complaint, complaint_type=self.type, result="forged"
		)
		complaint = factories.make_customer_complaint(
			complaint_type=self.type, stage="Done", level=9, upheld="Upheld", handler=self.handler
		)
		self.assertEqual(
			(complaint.stage, complaint.level, complaint.upheld, complaint.handler),
			("Registration", None, None, None),
		)

	def test_new_complaint_in_a_later_state(self):
		frappe.set_user(self.manager)
		self.assertRaises(
			WorkflowPermissionError,
			factories.make_customer_complaint,
			complaint_type=self.type,
			status="Closed",
		)

	def test_what_steps_write_is_put_back(self):
		complaint = self.in_handling()
		frappe.set_user(self.handler)
		complaint.update({"stage": "Registration", "upheld": "Not Upheld", "level": 7, "handled_late": 0})
		complaint.save()
		complaint = self.stored(complaint)
		self.assertEqual((complaint.stage, complaint.upheld, complaint.level), ("Handling", "Upheld", 0))

	def test_decisions_cannot_be_rewritten(self):
		complaint = self.in_handling()
		frappe.set_user(self.manager)
		complaint.reviews[0].opinion = "forged"
		self.assertRaises(ReviewTableError, complaint.save)
		complaint = self.stored(complaint)
		complaint.append("reviews", {"decision": "Upheld"})
		self.assertRaises(ReviewTableError, complaint.save)
		row = frappe.get_doc("Complaint Review", complaint.reviews[0].name)
		row.opinion = "forged"
		self.assertRaises(ChildRowError, row.save)

	def test_head_of_another_department(self):
		complaint = self.in_review()
		frappe.set_user(self.other_head)
		for action in ("Uphold", "Do Not Uphold", "Return to Registrar"):
			self.assertRaises(
				frappe.PermissionError, complaints.act, complaint.name, action, {"opinion": "mine"}
			)
			self.assertRaises(WorkflowTransitionError, apply_workflow, complaint, action)
		self.assertRaises(frappe.PermissionError, complaints.pass_on, complaint.name, self.stores, "ours")

	def test_deputy_reviews_too(self):
		complaint = self.in_review()
		self.as_user(self.deputy, complaint, "Uphold", handler=self.handler)
		self.assertEqual(self.stored(complaint).reviews[0].reviewer, self.deputy)

	def test_agent_and_manager_do_not_review(self):
		complaint = self.in_review()
		for user in (self.agent, self.manager):
			for field, value in (("handler", self.handler), ("department", self.stores)):
				frappe.set_user(user)
				doc = self.stored(complaint)
				doc.set(field, value)
				self.assertRaises(NotTheReviewerError, doc.save)
			self.assertRaises(complaints.StepOverError, complaints.act, complaint.name, "Uphold")
			self.assertRaises(NotTheReviewerError, set_value, DOCTYPE, complaint.name, "status", "Not Upheld")

	def test_handler_views_the_rest(self):
		complaint = self.in_handling()
		frappe.set_user(self.handler)
		for field, value in (
			("reason", "nicer"),
			("handler", self.other_handler),
			("satisfaction", "Satisfied"),
		):
			doc = self.stored(complaint)
			doc.set(field, value)
			with self.subTest(field=field):
				self.assertRaises(frappe.PermissionError, doc.save)

	def test_a_handler_who_is_not_named_views(self):
		complaint = self.in_handling()
		frappe.set_user(self.other_handler)
		self.assertTrue(frappe.has_permission(DOCTYPE, "read", doc=complaint.name))
		self.assertFalse(frappe.has_permission(DOCTYPE, "write", doc=complaint.name))

	def test_closed_stays_as_it_is(self):
		complaint = self.closed()
		frappe.set_user(self.agent)
		complaint.reason = "other"
		self.assertRaises(ComplaintClosedError, complaint.save)

	def test_audited(self):
		complaint = self.closed()
		frappe.set_user(self.auditor)
		complaint = factories.act(complaint, "Audit")
		for user in (self.agent, self.manager, self.auditor, "Administrator"):
			frappe.set_user(user)
			for attempt in self.attempts(complaint, "remarks", "afterwards"):
				with self.subTest(user=user):
					self.assertRaises((AuditLockError, frappe.PermissionError), attempt)
			self.assertRaises((AuditLockError, frappe.PermissionError), delete, DOCTYPE, complaint.name)
			self.assertRaises(
				AuditLockError,
				frappe.delete_doc,
				DOCTYPE,
				complaint.name,
				force=True,
				ignore_permissions=True,
			)
			self.assertRaises(
				(complaints.StepOverError, frappe.PermissionError),
				complaints.act,
				complaint.name,
				"Reopen",
				{"opinion": "x"},
			)
			answer = bulk_update(
				json.dumps([{"doctype": DOCTYPE, "docname": complaint.name, "remarks": "x"}])
			)
			self.assertTrue(answer["failed_docs"])
		self.assertFalse(get_diff(complaint, self.stored(complaint)))

	def test_audited_through_data_import(self):
		complaint = self.closed()
		frappe.set_user(self.manager)
		complaint = factories.act(complaint, "Audit")
		table = f"ID,Remarks\n{complaint.name},imported\n"
		file = frappe.get_doc(doctype="File", file_name="audited.csv", content=table, is_private=1).insert()
		job = frappe.get_doc(
			doctype="Data Import",
			reference_doctype=DOCTYPE,
			import_type="Update Existing Records",
			import_file=file.file_url,
		).insert()
		importer = Importer(DOCTYPE, data_import=job)
		row = importer.import_file.get_payloads_for_import()[0]
		self.assertEqual(row.doc.remarks, "imported")
		self.assertRaises(AuditLockError, importer.update_record, row.doc)


class TestHandlerLeft(ComplaintCase):
	def leave(self, user):
		frappe.db.set_value("User", user, "enabled", 0)
		frappe.clear_document_cache("User", user)

	def test_reassigned_by_head_or_manager(self):
		for user in (self.head, self.manager):
			complaint = self.in_handling()
			self.leave(self.handler)
			frappe.set_user(user)
			self.assertRaises(ReasonMissingError, complaints.reassign, complaint.name, self.other_handler, "")
			complaints.reassign(complaint.name, self.other_handler, "Left the company")
			complaint = self.stored(complaint)
			self.assertEqual(
				(complaint.handler, complaint.reviews[-1].decision), (self.other_handler, "Reassigned")
			)
			clock = frappe.get_all(
				"Service Deadline", {"reference_name": complaint.name, "step": "Handling"}, pluck="user"
			)
			self.assertEqual(clock, [self.other_handler])
			self.as_user(self.other_handler, complaint, "Finish Handling", result="Done after all")
			frappe.db.set_value("User", self.handler, "enabled", 1)

	def test_who_left_is_not_named(self):
		complaint = self.in_review()
		self.leave(self.other_handler)
		with self.assertRaises(HandlerNotAvailableError):
			self.as_user(self.head, complaint, "Uphold", handler=self.other_handler)
		self.assertEqual(self.stored(complaint).status, "In Review")

	def test_who_may_not_write_is_not_named(self):
		complaint = self.in_review()
		with self.assertRaises(HandlerNotAvailableError):
			self.as_user(self.head, complaint, "Uphold", handler=factories.user_with("General Manager"))

	def test_nobody_else_reassigns(self):
		complaint = self.in_handling()
		for user in (self.agent, self.handler, self.other_head):
			frappe.set_user(user)
			self.assertRaises(
				frappe.PermissionError, complaints.reassign, complaint.name, self.other_handler, "mine now"
			)

	def test_head_left(self):
		self.leave(self.head)
		complaint = self.in_review()
		self.assertEqual(complaint.reviewer, self.deputy)
