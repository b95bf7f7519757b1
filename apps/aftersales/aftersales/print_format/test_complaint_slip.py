import frappe

from aftersales.testing.complaint_case import DOCTYPE, ComplaintCase


class TestComplaintSlip(ComplaintCase):
	def html(self, complaint, language="en"):
		self.addCleanup(setattr, frappe.local, "lang", "en")
		frappe.local.lang = language
		return frappe.get_print(DOCTYPE, complaint.name, "Complaint Slip")

	def test_says_everything(self):
		complaint = self.closed(reason="<b>Leaks</b>", major_event=1)
		html = self.html(complaint)
		for text in (
			complaint.name,
			"&lt;b&gt;Leaks&lt;/b&gt;",
			"Exchanged",
			"Told the result",
			"Satisfied",
			"Major Event",
		):
			self.assertIn(text, html)
		self.assertNotIn("<b>Leaks</b>", html)

	def test_of_a_new_one_in_chinese(self):
		html = self.html(self.registered(), "zh")
		for text in ("投诉单", "处理结果", "部门主管签字及日期"):
			self.assertIn(text, html)

	def test_suggestion(self):
		self.assertIn(
			"Suggestion Slip",
			self.html(self.registered(kind="Suggestion", complaint_type=self.suggestion_type())),
		)

	def suggestion_type(self):
		from aftersales.testing import factories

		return factories.make_complaint_type(kind="Suggestion").name
