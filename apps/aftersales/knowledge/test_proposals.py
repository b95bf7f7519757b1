from unittest.mock import patch

import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import proposals
from aftersales.knowledge.decisions import decide
from aftersales.knowledge.doctype.faq_proposal.faq_proposal import ProposalIncompleteError
from aftersales.knowledge.likeness import likeness, near_faqs
from aftersales.testing import factories
from aftersales.testing.search import temporary_index

QUESTION = "混天绫洗涤机转筒卡住不转怎么办"
HANDLING = "断电后取下转筒, 清除缠绕的线头并加润滑油, 再通电试转三次。"


class TestProposals(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		context = temporary_index()
		cls.index = context.__enter__()
		cls.addClassCleanup(context.__exit__, None, None, None)
		cls.editor = factories.make_user("Knowledge Manager").name
		cls.category = factories.make_faq_category().name

	def tearDown(self):
		frappe.set_user("Administrator")
		for doctype in ("FAQ Proposal", "FAQ"):
			frappe.db.delete(doctype, {"question": ("like", "%混天绫%")})

	def resolved(self, **fields):
		ticket = factories.make_ticket(
			**{"question": QUESTION, "handling": HANDLING, "record_type": "Repair", **fields}
		)
		return factories.act(ticket, "Resolve")

	def propose(self, doc):
		name = proposals.propose(doc.doctype, doc.name)
		return frappe.get_doc("FAQ Proposal", name) if name else None

	def test_resolving_a_ticket_queues_it_once(self):
		with patch("aftersales.knowledge.proposals.frappe.enqueue") as enqueue:
			ticket = self.resolved()
			frappe.get_doc("Service Ticket", ticket.name).save()
		asked = [call for call in enqueue.call_args_list if "knowledge.proposals" in call.args[0]]
		self.assertEqual(len(asked), 1)
		self.assertTrue(asked[0].kwargs["enqueue_after_commit"])

	def test_a_resolved_ticket_becomes_a_proposal(self):
		product = factories.make_product().name
		ticket = self.resolved(product=product)
		proposal = self.propose(ticket)
		self.assertEqual((proposal.question, proposal.kind, proposal.product), (QUESTION, "Fault", product))
		self.assertIn("润滑油", proposal.answer)
		self.assertEqual((proposal.status, proposal.times), ("New", 1))
		self.assertEqual(proposal.sources[0].source_name, ticket.name)
		self.assertIsNone(self.propose(ticket))

	def test_who_asked_is_left_out(self):
		ticket = self.resolved(
			customer_name="哪吒先生",
			contact_phone="13912345678",
			question=f"哪吒先生来电 139 1234 5678: {QUESTION}",
			handling=f"回复 nezha@example.com。{HANDLING}<script>x</script>",
		)
		proposal = self.propose(ticket)
		text = proposal.question + proposal.answer
		for private in ("哪吒先生", "139", "nezha", "<script"):
			self.assertNotIn(private, text)

	def test_what_teaches_nothing_is_left(self):
		faq = factories.make_faq(state="Published").name
		for fields in ({"handling": "已处理"}, {"question": "坏了"}, {"faq": faq}):
			self.assertIsNone(self.propose(self.resolved(**fields)), fields)
		self.assertIsNone(self.propose(factories.make_ticket(question=QUESTION, handling=HANDLING)))
		self.assertIsNone(proposals.propose("Service Ticket", "never there"))

	def test_the_same_question_again_counts(self):
		first = self.propose(self.resolved())
		again = self.propose(self.resolved(question=f"{QUESTION}啊"))
		self.assertEqual((again.name, again.times), (first.name, 2))
		other = self.propose(self.resolved(product=factories.make_product().name))
		self.assertNotEqual(other.name, first.name)

	def test_a_handled_complaint_becomes_one(self):
		complaint = factories.make_customer_complaint(kind="Complaint", reason=QUESTION)
		frappe.db.set_value("Customer Complaint", complaint.name, "result", HANDLING)
		self.assertEqual(self.propose(complaint).kind, "Complaint")
		praise = factories.make_customer_complaint(reason=QUESTION)
		frappe.db.set_value("Customer Complaint", praise.name, {"kind": "Praise", "result": HANDLING})
		self.assertIsNone(self.propose(praise))

	def test_near_duplicates_are_pointed_out(self):
		faq = factories.make_faq(
			question="混天绫洗涤机转筒不转", faq_category=self.category, state="Published"
		).name
		self.index.catch_up()
		proposal = self.propose(self.resolved())
		self.assertEqual(proposal.nearest, faq)
		self.assertGreater(proposal.likeness, 45)
		frappe.set_user(self.editor)
		self.assertEqual([row.name for row in proposals.near_answers(proposal.name)], [faq])
		self.assertEqual(near_faqs("与此完全无关的一句话"), [])

	def test_accepting_makes_a_draft_with_a_link_back(self):
		proposal = self.propose(self.resolved())
		frappe.set_user(self.editor)
		proposal = frappe.get_doc("FAQ Proposal", proposal.name)
		self.assertRaises(ProposalIncompleteError, apply_workflow, proposal, "Accept")
		proposal.reload()
		proposal.faq_category = self.category
		proposal.save()
		proposal = apply_workflow(proposal, "Accept")
		self.assertEqual((proposal.decision, proposal.decided_by), ("Accepted", self.editor))
		faq = frappe.get_doc("FAQ", frappe.db.get_value("FAQ Proposal", proposal.name, "faq"))
		self.assertEqual(
			(faq.question, faq.status, faq.proposal, faq.kind), (QUESTION, "Draft", proposal.name, "Fault")
		)
		self.assertEqual((faq.owner, faq.audience, faq.language), (self.editor, "Internal", "zh"))

	def test_rejecting_and_merging_say_why_and_with_what(self):
		proposal = self.propose(self.resolved())
		frappe.set_user(self.editor)
		for action in ("Reject", "Merge"):
			proposal.reload()
			self.assertRaises(ProposalIncompleteError, apply_workflow, proposal, action)
		proposal.reload()
		proposal.reason = "只此一例"
		proposal.save()
		proposal = apply_workflow(proposal, "Reject")
		self.assertEqual(proposal.decision, "Rejected")
		self.assertFalse(frappe.db.exists("FAQ", {"proposal": proposal.name}))
		proposal = apply_workflow(frappe.get_doc("FAQ Proposal", proposal.name), "Reopen")
		self.assertFalse(proposal.decision)

	def test_a_step_brings_what_it_needs(self):
		proposal = self.propose(self.resolved())
		frappe.set_user(self.editor)
		for action, values in (("Accept", {}), ("Merge", {"faq": ""}), ("Reject", {"reason": " "})):
			self.assertRaises(ProposalIncompleteError, decide, "FAQ Proposal", proposal.name, action, values)
		accepted = decide("FAQ Proposal", proposal.name, "Accept", {"faq_category": self.category})
		self.assertEqual((accepted["status"], accepted["decision"]), ("Accepted", "Accepted"))
		self.assertEqual(frappe.db.get_value("FAQ", accepted["faq"], "faq_category"), self.category)
		self.assertRaises(
			WorkflowTransitionError,
			*(decide, "FAQ Proposal", proposal.name, "Reject", {"reason": "太晚"}),
		)

	def test_a_step_fills_in_nothing_else(self):
		proposal = self.propose(self.resolved())
		values = {"faq_category": self.category, "answer": "别的"}
		frappe.set_user(self.editor)
		for doctype, name in (("FAQ Proposal", proposal.name), ("User", self.editor)):
			self.assertRaises(frappe.PermissionError, decide, doctype, name, "Accept", values)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(
			(frappe.PermissionError, WorkflowTransitionError),
			*(decide, "FAQ Proposal", proposal.name, "Accept", {"faq_category": self.category}),
		)

	def test_an_entry_is_rejected_again_for_the_same_reason(self):
		faq = factories.make_faq(question=QUESTION, state="In Review").name
		frappe.set_user(self.editor)
		for _round in range(2):
			decide("FAQ", faq, "Reject", {"rejection_reason": "图片看不清"})
			self.assertEqual(frappe.db.get_value("FAQ", faq, "rejection_reason"), "图片看不清")
			apply_workflow(frappe.get_doc("FAQ", faq), "Submit for Review")

	def test_an_agent_reads_and_does_not_decide(self):
		proposal = self.propose(self.resolved())
		frappe.set_user(factories.user_with("Service Agent"))
		proposal = frappe.get_doc("FAQ Proposal", proposal.name)
		proposal.faq_category = self.category
		self.assertRaises(WorkflowTransitionError, apply_workflow, proposal, "Accept")

	def test_cases_are_not_written_by_people(self):
		proposal = self.propose(self.resolved())
		frappe.set_user(self.editor)
		proposal = frappe.get_doc("FAQ Proposal", proposal.name)
		proposal.set("sources", [])
		proposal.save()
		self.assertEqual(len(frappe.get_doc("FAQ Proposal", proposal.name).sources), 1)


class TestLikeness(FrappeTestCase):
	def test_from_nothing_to_the_same(self):
		self.assertEqual(likeness("冰箱不制冷", "冰箱不制冷"), 1)
		self.assertEqual(likeness("冰箱不制冷", "净水器漏水"), 0)
		self.assertEqual(likeness("", "净水器漏水"), 0)
		self.assertGreater(likeness("迷你冰箱不制冷怎么办", "冰箱不制冷"), 0.6)
		self.assertGreater(likeness("kettle is leaking", "Kettle leaks"), 0.5)
