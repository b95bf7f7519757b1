import json

import frappe
from frappe.client import get as client_get
from frappe.desk.form.save import savedocs
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import originals
from aftersales.aftersales.check_evidence import record_beside
from aftersales.aftersales.doctype.check_record.check_record import (
	CheckIncompleteError,
	CheckNoteError,
	ObjectionError,
	OwnRecordError,
	add_note,
)
from aftersales.testing import factories
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError

CRITERIA = (("The answer is right", 3, 1), ("The handling is written down", 1, 0), ("Called back", 2, 0))


class TestCheckRecord(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.other_agent = factories.user_with("Service Agent", "Knowledge Manager")
		cls.leader = factories.user_with("Agent Team Leader", "Service Agent")
		cls.manager = factories.user_with("Service Manager")
		cls.auditor = factories.user_with("Service Auditor")
		cls.customer = factories.make_customer(customer_name="Zhang Wei")
		cls.ticket = factories.make_ticket(
			customer=cls.customer.name,
			customer_name="Zhang Wei",
			person_in_charge=cls.agent,
			question="It does not cool",
		)

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")
		self.check = factories.make_check_record(
			reference_name=self.ticket.name,
			checked_person=self.agent,
			pass_score=80,
			findings=[dict(zip(("criterion", "weight", "mandatory"), row, strict=True)) for row in CRITERIA],
		)

	def fill(self, *results, right="Yes", complete="Yes"):
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.information_right, doc.originals_complete = right, complete
		for row, finding in zip(doc.findings, results or ("OK", "OK", "OK"), strict=True):
			row.finding = finding
			row.remark = "See the recording" if finding == "Not OK" else None
		return doc.save()

	def done(self, *results, user=None, **values):
		frappe.set_user(user or self.leader)
		self.fill(*results, **values)
		return factories.act(self.check, "Complete Check")

	def test_takes_over_what_it_shows(self):
		self.assertEqual(self.check.reference_title, "Zhang Wei")
		self.assertEqual((self.check.customer, self.check.customer_name), (self.customer.name, "Zhang Wei"))
		self.assertEqual(self.check.status, "To Check")
		by_hand = factories.make_check_record(reference_name=self.ticket.name)
		self.assertEqual(by_hand.checked_person, self.agent)

	def test_score_and_result(self):
		for results, values, score, result in (
			(("OK", "OK", "OK"), {}, 100, "Passed"),
			(("OK", "Not OK", "OK"), {}, 83.33, "Passed"),
			(("OK", "OK", "Not OK"), {}, 66.67, "Failed"),
			(("OK", "Not applicable", "Not applicable"), {}, 100, "Passed"),
			(("Not applicable", "Not applicable", "Not applicable"), {}, 100, "Passed"),
			(("Not OK", "Not applicable", "Not applicable"), {}, 0, "Failed"),
			(("OK", "OK", "OK"), {"right": "No"}, 100, "Failed"),
			(("OK", "OK", "OK"), {"complete": "No"}, 100, "Failed"),
			(("OK", "OK", "OK"), {"complete": "Not applicable"}, 100, "Passed"),
		):
			with self.subTest(results=results, values=values):
				frappe.db.savepoint("one")
				done = self.done(*results, **values)
				self.assertEqual((done.score, done.result), (score, result))
				self.assertEqual(done.checked_by, self.leader)
				self.assertTrue(done.checked_on)
				frappe.db.rollback(save_point="one")

	def test_mandatory_criterion_decides_whatever_the_score(self):
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.findings[0].weight = 0.1
		doc.save()
		done = self.done("Not OK", "OK", "OK")
		self.assertGreater(done.score, 80)
		self.assertEqual(done.result, "Failed")

	def test_incomplete_check_stays_open(self):
		frappe.set_user(self.leader)
		for values, missing in (
			({}, "Information Right"),
			({"information_right": "Yes"}, "Originals Complete"),
			({"originals_complete": "Yes"}, "Row 1"),
		):
			doc = frappe.get_doc("Check Record", self.check.name)
			doc.update(values).save()
			with self.assertRaisesRegex(CheckIncompleteError, missing):
				apply_workflow(doc, "Complete Check")
		doc = self.fill("Not OK", "OK", "OK")
		doc.findings[0].remark = " "
		doc.save()
		with self.assertRaisesRegex(CheckIncompleteError, "remark"):
			apply_workflow(doc, "Complete Check")
		self.assertEqual(frappe.db.get_value("Check Record", doc.name, "status"), "To Check")

	def test_nobody_checks_their_own_records(self):
		frappe.db.set_value("Check Record", self.check.name, "checked_person", self.leader)
		frappe.set_user(self.leader)
		self.assertRaises(OwnRecordError, self.fill)
		frappe.set_user(self.manager)
		self.fill()
		frappe.set_user(self.leader)
		doc = frappe.get_doc("Check Record", self.check.name)
		self.assertRaises(WorkflowTransitionError, apply_workflow, doc, "Complete Check")
		doc.status = "Checked"
		self.assertRaises((OwnRecordError, frappe.ValidationError), doc.save)
		own = factories.make_ticket(person_in_charge=self.leader)
		with self.assertRaises(OwnRecordError):
			frappe.get_doc(
				doctype="Check Record", reference_doctype="Service Ticket", reference_name=own.name
			).insert()

	def test_person_in_charge_cannot_shift_the_check_to_somebody_else(self):
		frappe.db.set_value("Check Record", self.check.name, "checked_person", self.leader)
		frappe.set_user(self.leader)
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.checked_person = self.agent
		# The stored person counts, not the one in the request.
		self.assertRaises(OwnRecordError, doc.save)

	def test_agent_sees_only_own_checks_and_writes_no_findings(self):
		frappe.set_user(self.agent)
		names = frappe.get_list("Check Record", pluck="name", limit_page_length=0)
		self.assertIn(self.check.name, names)
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.check_permission("read")
		doc.information_right = "Yes"
		doc.findings = []
		doc.save()
		stored = frappe.get_doc("Check Record", self.check.name)
		self.assertFalse(stored.information_right)
		self.assertEqual(len(stored.findings), 3)
		frappe.set_user(self.other_agent)
		self.assertNotIn(self.check.name, frappe.get_list("Check Record", pluck="name", limit_page_length=0))
		self.assertRaises(frappe.PermissionError, client_get, "Check Record", self.check.name)
		self.assertRaises(frappe.PermissionError, record_beside, self.check.name)
		self.assertRaises(frappe.PermissionError, add_note, self.check.name, "x")

	def test_snapshot_is_given_to_nobody_by_the_api(self):
		frappe.set_user(self.manager)
		self.assertFalse(client_get("Check Record", self.check.name).get("snapshot"))
		self.assertTrue(frappe.db.get_value("Check Record", self.check.name, "snapshot"))
		self.fill()
		self.assertTrue(frappe.db.get_value("Check Record", self.check.name, "snapshot"))

	def test_objection_and_answer(self):
		self.done("Not OK", "OK", "OK")
		frappe.set_user(self.agent)
		doc = frappe.get_doc("Check Record", self.check.name)
		self.assertRaises(ObjectionError, apply_workflow, doc, "Object")
		doc.reload()
		doc.objection = "The customer said so"
		doc.save()
		self.assertEqual(doc.objection_by, self.agent)
		objected = factories.act(doc, "Object")
		self.assertEqual((objected.status, objected.result), ("Objection", None))
		self.assertRaises(WorkflowTransitionError, apply_workflow, objected, "Answer Objection")
		frappe.set_user(self.leader)
		doc = self.fill("OK", "OK", "OK")
		doc.objection_answer = "Agreed"
		doc.save()
		answered = factories.act(doc, "Answer Objection")
		self.assertEqual((answered.status, answered.result, answered.score), ("Checked", "Passed", 100))

	def test_only_the_person_in_charge_objects(self):
		self.done()
		frappe.set_user(self.manager)
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.objection = "in the name of another"
		self.assertRaises(ObjectionError, doc.save)
		frappe.set_user(self.leader)
		doc.reload()
		self.assertRaises(WorkflowTransitionError, apply_workflow, doc, "Object")

	def test_complete_check_is_fixed_until_reopened(self):
		self.done()
		frappe.set_user(self.manager)
		for change in (
			lambda doc: doc.set("information_right", "No"),
			lambda doc: doc.set("conclusion", "rewritten"),
			lambda doc: doc.findings[0].set("finding", "Not OK"),
			lambda doc: doc.set("findings", doc.findings[1:]),
			lambda doc: doc.append("findings", {"criterion": "one more"}),
			lambda doc: doc.set("checked_person", self.other_agent),
		):
			doc = frappe.get_doc("Check Record", self.check.name)
			change(doc)
			self.assertRaises(CheckIncompleteError, doc.save)
		again = factories.act(doc, "Reopen")
		self.assertEqual((again.status, again.result, again.checked_by), ("To Check", None, None))
		self.fill("OK", "Not OK", "OK")

	def test_notes_only_grow(self):
		frappe.set_user(self.leader)
		add_note(self.check.name, " Rang the customer ")
		frappe.set_user(self.manager)
		add_note(self.check.name, "Agreed")
		doc = frappe.get_doc("Check Record", self.check.name)
		self.assertEqual(
			[(row.note, row.user) for row in doc.notes],
			[("Rang the customer", self.leader), ("Agreed", self.manager)],
		)
		for change in (
			lambda doc: doc.notes[0].set("note", "rewritten"),
			lambda doc: doc.notes[0].set("user", self.manager),
			lambda doc: doc.notes[0].set("note_time", "2001-01-01 00:00:00"),
			lambda doc: doc.set("notes", doc.notes[1:]),
		):
			for user in (self.manager, "Administrator"):
				frappe.set_user(user)
				doc = frappe.get_doc("Check Record", self.check.name)
				change(doc)
				self.assertRaises(CheckNoteError, doc.save)
		doc = frappe.get_doc("Check Record", self.check.name)
		self.assertRaises(ChildRowError, doc.notes[0].delete)
		doc.append("notes", {"note": "forged", "user": self.leader, "note_time": "2001-01-01"})
		doc.save()
		self.assertEqual(doc.notes[-1].user, "Administrator")
		self.assertGreater(str(doc.notes[-1].note_time), "2020")

	def test_empty_note_is_refused(self):
		for note in ("", "  \n"):
			self.assertRaises(CheckNoteError, add_note, self.check.name, note)

	def test_audited_check_is_locked_for_everything(self):
		self.done()
		frappe.set_user(self.auditor)
		factories.act(self.check, "Audit")
		for user in (self.manager, self.auditor, "Administrator"):
			frappe.set_user(user)
			self.assertRaises(AuditLockError, add_note, self.check.name, "afterwards")
			doc = frappe.get_doc("Check Record", self.check.name)
			doc.conclusion = "afterwards"
			self.assertRaises(AuditLockError, savedocs, doc.as_json(), "Save")
			self.assertRaises(
				(AuditLockError, frappe.PermissionError), frappe.delete_doc, "Check Record", doc.name
			)
		frappe.set_user(self.auditor)
		before = factories.act(self.check, "Cancel Audit")
		self.assertEqual((before.status, before.result, before.score), ("Checked", "Passed", 100))

	def test_may_audit_alone_audits_but_does_not_check(self):
		self.done()
		user = factories.user_with("May Audit")
		frappe.set_user(user)
		doc = frappe.get_doc("Check Record", self.check.name)
		doc.objection_answer = "x"
		doc.conclusion = "x"
		doc.save()
		self.assertFalse(frappe.db.get_value("Check Record", doc.name, "conclusion"))
		self.assertEqual(factories.act(doc, "Audit").status, "Audited")

	def test_later_changes_of_the_record_show(self):
		ticket = frappe.get_doc("Service Ticket", self.ticket.name)
		ticket.question = "It does not heat"
		ticket.append("handling_log", {"entry": "Explained"})
		ticket.save()
		frappe.set_user(self.leader)
		fields = {row["fieldname"]: row for row in record_beside(self.check.name)["fields"]}
		self.assertEqual(
			(fields["question"]["then"], fields["question"]["now"], fields["question"]["changed"]),
			("It does not cool", "It does not heat", True),
		)
		self.assertFalse(fields["customer_name"]["changed"])
		self.assertEqual(fields["handling_log"]["then"], "")
		self.assertIn("Explained", fields["handling_log"]["now"])

	def test_originals_are_listed_once_each(self):
		folder = originals.ensure_folder(self.ticket.name)
		for name, place in (("letter.txt", {"folder": folder}), ("note.txt", {})):
			frappe.get_doc(
				doctype="File",
				file_name=name,
				content=frappe.generate_hash(),
				is_private=1,
				attached_to_doctype="Service Ticket",
				attached_to_name=self.ticket.name,
				**place,
			).insert()
		frappe.set_user(self.leader)
		found = record_beside(self.check.name)
		self.assertEqual(found["originals_then"], 0)
		self.assertEqual(
			[(row["file_name"].split(".")[-1], row["where"]) for row in found["originals"]],
			[("txt", "Originals Folder"), ("txt", "Attachment")],
		)

	def test_record_that_is_gone_or_not_readable(self):
		frappe.set_user(self.manager)
		frappe.db.set_value("Check Record", self.check.name, "reference_name", "gone")
		self.assertEqual(record_beside(self.check.name), {"exists": False, "readable": False})
		factory = factories.make_check_record(reference_doctype="User", reference_name=self.agent)
		self.assertEqual(record_beside(factory.name), {"exists": True, "readable": False})
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(
				doctype="Check Record", reference_doctype="User", reference_name="Administrator"
			).insert()

	def test_whitelisted_functions_refuse_guests(self):
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, add_note, self.check.name, "x")
		self.assertRaises(frappe.PermissionError, record_beside, self.check.name)

	def test_cost_of_the_form(self):
		frappe.set_user(self.leader)
		record_beside(self.check.name)
		with self.assertQueryCount(14):
			record_beside(self.check.name)

	def test_snapshot_holds_the_values(self):
		values = json.loads(self.check.snapshot)
		self.assertEqual(values["question"], "It does not cool")
		self.assertNotIn("modified", values)
