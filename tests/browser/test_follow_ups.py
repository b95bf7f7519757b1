"""Follow-ups and surveys: an agent calls a customer and fills in the survey by keyboard; a customer answers a link on a
telephone; the low score appears as a complaint."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import AGENT, AGENT_ZH

TEXT = {
	"en": {"result": "Works well since the repair.", "thanks": "Your answers help us", "lang": "en-GB"},
	"zh": {"result": "维修后一直正常。", "thanks": "感谢您的回答", "lang": "zh-CN"},
}
NEW = """(values) => frappe.xcall("frappe.client.insert", {doc: {doctype: "Follow-up", ...values}})"""
A_TICKET = """() => frappe.db.get_list("Service Ticket", {filters: {completed: 1, customer: ["is", "set"]}, limit: 1,
	fields: ["name", "customer"]}).then((rows) => rows[0])"""
LINK = """() => frappe.db.get_list("Survey Response", {order_by: "creation desc", limit: 1,
	fields: ["name", "low", "complaint", "total_score"]}).then((rows) => rows[0])"""


@pytest.mark.parametrize("user,lang", [(AGENT, "en"), (AGENT_ZH, "zh")], ids=["en", "zh"])
def test_call_and_link(desk, user, lang):
	words = TEXT[lang]
	me = desk(user)
	page = me.open("/app/follow-up-and-surveys", reminder=True)
	expect(page.locator(".number-widget-box").first).to_be_visible()
	ticket = page.evaluate(A_TICKET)
	values = {
		"customer": ticket["customer"],
		"source_doctype": "Service Ticket",
		"source_name": ticket["name"],
		"reason": words["result"],
		"survey_template": "Service Satisfaction",
	}
	name = page.evaluate(NEW, values)["name"]
	if reminder := page.locator(".as-reminder-close").first:
		if reminder.is_visible():
			me.picture(page, f"follow-up-reminder-{lang}")
			reminder.click()

	page.evaluate("(name) => frappe.set_route('Form', 'Follow-up', name)", name)
	questions = page.locator(".as-survey-question")
	expect(questions).to_have_count(5)
	expect(page.locator(".as-follow-up-source")).to_contain_text(ticket["name"])
	for number, key in ((0, "5"), (1, "4"), (3, "9")):
		questions.nth(number).locator("input").first.focus()
		page.keyboard.press(key)
	questions.nth(2).locator("label").first.click()
	page.locator("[data-fieldname=result] textarea").fill(words["result"])
	page.locator("[data-fieldname=satisfied] select").select_option("Satisfied")
	page.evaluate("() => frappe.utils.scroll_to(cur_frm.fields_dict.source_html.$wrapper, false, 90)")
	me.picture(page, f"follow-up-{lang}")
	page.keyboard.press("Control+s")
	page.wait_for_function("() => cur_frm && !cur_frm.is_dirty() && !frappe.is_ajax_busy")
	page.evaluate(
		"() => frappe.xcall('frappe.model.workflow.apply_workflow', {doc: cur_frm.doc, action: 'Handle'})"
	)
	page.evaluate("() => cur_frm.reload_doc()")
	page.wait_for_function("() => cur_frm.doc.stage === 'Done' && cur_frm.doc.survey_response")
	taken = page.evaluate(LINK)
	assert (taken["low"], taken["complaint"]) == (0, None)

	page.evaluate("(name) => frappe.set_route('Form', 'Service Ticket', name)", ticket["name"])
	expect(page.locator("[data-fieldname=follow_up_confirmation]").first).to_be_attached()
	confirmation = page.evaluate(
		"(name) => frappe.db.get_value('Service Ticket', name, 'follow_up_confirmation')", ticket["name"]
	)
	assert name in confirmation["message"]["follow_up_confirmation"]
	link = page.evaluate(
		"""(name) => frappe.xcall("aftersales.aftersales.surveys.link_for",
			{doctype: "Service Ticket", name, template: "Service Satisfaction"})""",
		ticket["name"],
	)
	answer_on_a_telephone(desk, link["url"], words, lang)
	found = page.evaluate(LINK)
	assert found["low"] == 1
	assert found["complaint"]
	page.evaluate("(name) => frappe.set_route('Form', 'Customer Complaint', name)", found["complaint"])
	page.wait_for_function("(name) => cur_frm && cur_frm.doc.name === name", arg=found["complaint"])
	expect(page.locator(".form-layout:visible").first).to_be_visible()
	me.picture(page, f"follow-up-complaint-{lang}")
	assert me.problems == []


def answer_on_a_telephone(desk, url: str, words: dict, lang: str) -> None:
	"""A customer without login, on a small screen, in a browser without JavaScript."""
	customer = desk(
		None,
		viewport={"width": 360, "height": 740},
		locale=words["lang"],
		java_script_enabled=False,
		is_mobile=True,
	)
	page = customer.context.new_page()
	page.goto(customer.url + url[url.index("/survey") :])
	expect(page.locator("fieldset")).to_have_count(5)
	assert page.locator("html").get_attribute("lang").startswith(lang)
	customer.picture(page, f"survey-phone-{lang}", full_page=True)
	fields = page.locator("fieldset")
	fields.nth(0).locator("label").first.click()
	fields.nth(1).locator("label").nth(1).click()
	fields.nth(2).locator("label").last.click()
	page.locator("textarea").fill("<b>!</b>")
	page.locator("button[type=submit]").click()
	expect(page.locator("[role=status]")).to_contain_text(words["thanks"])
	customer.picture(page, f"survey-thanks-{lang}")
	page.goto(customer.url + url[url.index("/survey") :])
	expect(page.locator("form")).to_have_count(0)
	width = page.locator("body").bounding_box()["width"]
	assert width <= 360
	# the second look at a used link is answered with 410, which the browser writes to its console
	customer.problems[:] = [text for text in customer.problems if "410" not in text]
	assert customer.problems == []
