import frappe
from frappe.model.workflow import (
	WorkflowPermissionError,
	WorkflowTransitionError,
	apply_workflow,
	get_transitions,
)
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories


class TestFAQ(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.colleague = factories.make_user("Service Agent").name
		cls.editor = factories.make_user("Knowledge Manager").name
		cls.manager = factories.make_user("Service Manager").name
		cls.category = factories.make_faq_category().name

	def setUp(self):
		frappe.set_user(self.agent)

	def tearDown(self):
		frappe.set_user("Administrator")

	def draft(self, **fields):
		values = {"question": "问题", "answer": "<p>解答</p>", "faq_category": self.category, **fields}
		return frappe.get_doc(doctype="FAQ", **values).insert()

	def in_review(self):
		return apply_workflow(self.draft(), "Submit for Review")

	def published(self):
		faq = self.in_review()
		frappe.set_user(self.editor)
		faq = apply_workflow(faq, "Publish")
		frappe.set_user(self.agent)
		return faq

	def actions(self, faq, user):
		frappe.set_user(user)
		return {row["action"] for row in get_transitions(frappe.get_doc("FAQ", faq.name))}

	def test_life_of_an_entry(self):
		faq = self.draft()
		self.assertEqual((faq.status, faq.published, faq.published_on), ("Draft", 0, None))
		faq = apply_workflow(faq, "Submit for Review")
		self.assertEqual((faq.status, faq.published), ("In Review", 0))
		frappe.set_user(self.editor)
		faq = apply_workflow(faq, "Publish")
		self.assertEqual((faq.status, faq.published), ("Published", 1))
		self.assertTrue(faq.published_on)
		faq = apply_workflow(faq, "Retire")
		self.assertEqual((faq.status, faq.published), ("Retired", 0))
		faq = apply_workflow(faq, "Revise")
		self.assertEqual((faq.status, faq.published), ("Draft", 0))

	def test_who_may_do_what(self):
		draft, waiting, published = self.draft(), self.in_review(), self.published()
		self.assertEqual(self.actions(draft, self.agent), {"Submit for Review"})
		self.assertEqual(self.actions(waiting, self.agent), set())
		self.assertEqual(self.actions(published, self.agent), set())
		self.assertEqual(self.actions(waiting, self.editor), {"Publish", "Reject"})
		self.assertEqual(self.actions(published, self.editor), {"Retire"})
		self.assertEqual(self.actions(waiting, self.manager), set())

	def test_an_agent_cannot_publish(self):
		faq = self.in_review()
		self.assertRaises(WorkflowTransitionError, apply_workflow, faq, "Publish")
		faq.reload()
		faq.status = "Published"
		self.assertRaises((WorkflowPermissionError, frappe.PermissionError), faq.save)

	def test_the_published_mark_cannot_be_set_by_hand(self):
		faq = self.draft(published=1)
		self.assertEqual(faq.published, 0)
		faq.published = 1
		faq.save()
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, "published"), 0)

	def test_a_new_entry_cannot_start_published(self):
		self.assertRaises(WorkflowPermissionError, self.draft, status="Published")

	def test_rejecting_needs_a_reason(self):
		faq = self.in_review()
		frappe.set_user(self.editor)
		self.assertRaises(frappe.MandatoryError, apply_workflow, faq, "Reject")
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, "status"), "In Review")
		faq.reload()
		faq.rejection_reason = "图片看不清"
		faq.save()
		faq = apply_workflow(faq, "Reject")
		self.assertEqual((faq.status, faq.rejection_reason), ("Draft", "图片看不清"))

		frappe.set_user(self.agent)
		faq = frappe.get_doc("FAQ", faq.name)
		faq.answer = "<p>改好了</p>"
		faq.save()
		faq = apply_workflow(faq, "Submit for Review")
		self.assertFalse(faq.rejection_reason)
		frappe.set_user(self.editor)
		self.assertRaises(frappe.MandatoryError, apply_workflow, faq, "Reject")

	def test_agents_change_their_drafts_only(self):
		draft, waiting, published = self.draft(), self.in_review(), self.published()
		for faq, user, may in (
			(draft, self.agent, True),
			(draft, self.colleague, False),
			(waiting, self.agent, False),
			(published, self.agent, False),
			(published, self.editor, True),
			(waiting, self.manager, True),
		):
			frappe.set_user(user)
			faq = frappe.get_doc("FAQ", faq.name)
			faq.keywords = frappe.generate_hash(length=6)
			if may:
				faq.save()
			else:
				self.assertRaises(frappe.PermissionError, faq.save)

	def test_only_service_managers_delete(self):
		faq = self.draft()
		for user in (self.agent, self.editor):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, frappe.delete_doc, "FAQ", faq.name)
		frappe.set_user(self.manager)
		frappe.delete_doc("FAQ", faq.name)
		self.assertFalse(frappe.db.exists("FAQ", faq.name))

	def test_a_shared_draft_can_be_read(self):
		faq = self.draft()
		frappe.set_user("Administrator")
		frappe.share.add("FAQ", faq.name, self.colleague)
		frappe.set_user(self.colleague)
		self.assertTrue(frappe.has_permission("FAQ", "read", doc=faq.name))
		self.assertIn(faq.name, frappe.get_list("FAQ", filters={"owner": self.agent}, pluck="name"))

	def test_an_empty_answer_is_refused(self):
		for answer in ("<p><br></p>", "<div class='ql-editor read-mode'><p> </p></div>"):
			self.assertRaises(frappe.MandatoryError, self.draft, answer=answer)
		self.draft(answer="<p><img src='/files/only-a-picture.png'></p>")

	def test_scripts_do_not_survive_saving(self):
		faq = self.draft(
			answer="<p onclick='x()'>好<script>alert(1)</script></p>", question="a<script>b</script>"
		)
		self.assertNotIn("<script", faq.answer)
		self.assertNotIn("onclick", faq.answer)
		self.assertNotIn("<script", faq.question)

	def test_changes_are_tracked(self):
		faq = self.published()
		frappe.set_user(self.editor)
		faq = frappe.get_doc("FAQ", faq.name)
		faq.answer = "<p>新的解答</p>"
		faq.save(ignore_version=False)  # tests keep none by default
		data = frappe.get_all("Version", filters={"ref_doctype": "FAQ", "docname": faq.name}, pluck="data")
		self.assertTrue(any('"answer"' in row for row in data), data)

	def test_lists_read_an_index(self):
		names = {row.Key_name for row in frappe.db.sql("show index from `tabFAQ`", as_dict=True)}
		self.assertLessEqual(
			{"published_used_modified", "category_published_used", "owner_modified", "status_modified"}, names
		)


class TestOwnStates(FrappeTestCase):
	def test_an_administrators_own_state_can_be_public(self):
		workflow = frappe.get_doc("Workflow", "FAQ")
		self.addCleanup(frappe.clear_document_cache, "Workflow", "FAQ")
		state = frappe.get_doc(
			doctype="Workflow State", workflow_state_name=factories.unique("Checked")
		).insert(ignore_permissions=True)
		row = {"state": state.name, "doc_status": "0", "allow_edit": "Knowledge Manager"}
		workflow.append("states", {**row, "update_field": "published", "update_value": "1"})
		workflow.append(
			"transitions",
			{
				"state": "In Review",
				"action": "Approve",
				"next_state": state.name,
				"allowed": "Knowledge Manager",
				"allow_self_approval": 1,
			},
		)
		workflow.save(ignore_permissions=True)
		faq = factories.make_faq(state="In Review")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(factories.make_user("Knowledge Manager").name)
		self.assertEqual(apply_workflow(faq, "Approve").published, 1)


class TestFAQCategory(FrappeTestCase):
	def test_renaming_a_category_keeps_its_entries(self):
		category = factories.make_faq_category()
		faq = factories.make_faq(faq_category=category.name)
		frappe.rename_doc("FAQ Category", category.name, new := factories.unique("Renamed"))
		self.assertEqual(frappe.db.get_value("FAQ", faq.name, "faq_category"), new)

	def test_a_category_in_use_is_not_deleted(self):
		category = factories.make_faq_category()
		factories.make_faq(faq_category=category.name)
		self.assertRaises(frappe.LinkExistsError, category.delete)

	def test_agents_read_and_editors_keep_categories(self):
		category = factories.make_faq_category()
		for role, may in (("Service Agent", False), ("Knowledge Manager", True)):
			user = factories.make_user(role).name
			self.assertTrue(frappe.has_permission("FAQ Category", "read", doc=category.name, user=user))
			self.assertEqual(
				bool(frappe.has_permission("FAQ Category", "write", doc=category.name, user=user)), may
			)
