"""A test case that takes complaints through their steps."""

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import complaints
from aftersales.testing import factories

DOCTYPE = "Customer Complaint"


class ComplaintCase(FrappeTestCase):
	"""Two departments with a head each, a deputy, two handlers, an agent, a manager."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.manager = factories.user_with("Service Manager")
		cls.auditor = factories.user_with("Service Auditor")
		cls.handler = factories.user_with("Case Handler", account="handler")
		cls.other_handler = factories.user_with("Case Handler", account="other-handler")
		cls.head = factories.user_with("Department Head", account="head")
		cls.deputy = factories.user_with("Department Head", account="deputy")
		cls.other_head = factories.user_with("Department Head", account="other-head")
		cls.quality = factories.make_service_department(head=cls.head, deputy=cls.deputy).name
		cls.stores = factories.make_service_department(head=cls.other_head).name
		cls.type = factories.make_complaint_type(cls.quality).name
		cls.long_type = factories.make_complaint_type(cls.quality, cls.stores).name

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(self.forget_cached)
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def forget_cached(self):
		"""What a test changed and the database took back must not live on in caches."""
		frappe.local.outgoing_email_account = {}
		for doctype, name in (
			("Complaint Type", self.type),
			("Complaint Type", self.long_type),
			("Workflow", DOCTYPE),
			("User", self.handler),
			("User", self.other_handler),
			("User", self.agent),
		):
			frappe.clear_document_cache(doctype, name)

	def registered(self, **fields):
		frappe.set_user(self.agent)
		return factories.make_customer_complaint(**{"complaint_type": self.type, **fields})

	def in_review(self, **fields):
		return factories.act(self.registered(**fields), "Send to Department")

	def in_handling(self, **fields):
		complaint = self.in_review(**fields)
		self.as_user(self.head, complaint, "Uphold", handler=self.handler)
		return frappe.get_doc(DOCTYPE, complaint.name)

	def handled(self, **fields):
		complaint = self.in_handling(**fields)
		self.as_user(self.handler, complaint, "Finish Handling", result="Exchanged")
		return frappe.get_doc(DOCTYPE, complaint.name)

	def answered(self, **fields):
		complaint = self.handled(**fields)
		self.as_user(
			self.agent, complaint, "Give Feedback", feedback_channel="Phone", feedback_note="Told the result"
		)
		return frappe.get_doc(DOCTYPE, complaint.name)

	def closed(self, **fields):
		complaint = self.answered(**fields)
		self.as_user(self.agent, complaint, "Close", satisfaction="Satisfied")
		return frappe.get_doc(DOCTYPE, complaint.name)

	def as_user(self, user, complaint, action, **values):
		frappe.set_user(user)
		return complaints.act(complaint.name, action, values)

	def stored(self, complaint):
		return frappe.get_doc(DOCTYPE, complaint.name)
