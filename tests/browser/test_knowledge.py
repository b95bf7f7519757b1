"""The knowledge base: one search for everything, a proposal that becomes an answer, feedback, and what nobody found."""

import re

from playwright.sync_api import expect

from tests.browser.desk import AGENT, AGENT_ZH, KNOWLEDGE


def search_page(me, text: str):
	page = me.open("/app/record-search")
	page.locator(".as-records-text").fill(text)
	expect(page.locator(".as-record").first).to_be_visible()
	return page


def test_one_search_for_all_records(desk):
	for user, name, word in ((AGENT, "en", "fridge"), (AGENT_ZH, "zh", "冰箱")):
		me = desk(user)
		page = search_page(me, word)
		expect(page.locator(".as-record mark").first).to_be_visible()
		expect(page.locator(".as-records-tabs [data-collection='Service Ticket']")).to_be_visible()
		me.picture(page, f"knowledge-search-{name}")
		page.locator(".as-records-tabs [data-collection='FAQ']").click()
		expect(page.locator(".as-records-group")).to_have_count(1)
		page.locator(".as-records-text").fill("a-4003")
		expect(page.locator(".as-record-title").first).to_contain_text("E4" if name == "en" else "空调")
		page.locator(".as-records-text").fill("qqqq zzzz wwww")
		expect(page.locator(".as-records-note")).to_be_visible()
		assert me.problems == []


def test_the_console_finds_words_inside_tickets(desk):
	me = desk(AGENT_ZH)
	page = me.open("/app/service-console")
	page.locator(".as-search input").fill("压缩机不响")
	expect(page.locator('.as-hit[data-doctype="Service Ticket"]').first).to_contain_text("压缩机不响")
	me.picture(page, "knowledge-console-zh")
	with page.expect_request("**/aftersales.knowledge.misses.note_search_miss") as noted:
		page.locator(".as-search input").fill("榴莲去壳机")
	assert "source=Console" in noted.value.post_data
	assert me.problems == []


def test_a_proposal_becomes_an_answer(desk):
	me = desk(KNOWLEDGE)
	page = me.open("/app/knowledge")
	expect(page.get_by_text("Searches Without Result", exact=True)).to_be_visible()
	expect(page.locator(".number-widget-box .number")).to_have_count(3)
	me.picture(page, "knowledge-workspace", full_page=True)
	page.goto(f"{me.url}/app/faq-proposal?decision=%5B%22is%22%2C%22not+set%22%5D")
	expect(page.locator(".list-row-container .list-row").first).to_be_visible()
	me.picture(page, "knowledge-proposals")
	name = page.evaluate(
		"""frappe.db.get_list("FAQ Proposal", {filters: {decision: ["is", "not set"]}, limit: 1}).then((rows) => rows[0].name)"""
	)
	page.evaluate("(name) => frappe.set_route('Form', 'FAQ Proposal', name)", name)
	page.wait_for_function("(name) => window.cur_frm && cur_frm.doc.name === name", arg=name)
	expect(page.locator('[data-fieldname="duplicates_html"]').first).to_contain_text(
		re.compile("alike|No answer")
	)
	me.picture(page, "knowledge-proposal")
	page.locator(".actions-btn-group:visible > button").click()
	page.locator(".actions-btn-group:visible .dropdown-item:visible", has_text="Accept").first.click()
	dialog = page.locator(".modal-dialog:visible")
	category = dialog.locator("[data-fieldname='faq_category'] input")
	expect(category).to_be_focused()
	category.fill("")
	category.press_sequentially("Warranty", delay=40)
	page.locator(".awesomplete ul:visible li", has_text="Warranty and Service").first.click()
	expect(category).to_have_value("Warranty and Service")
	me.picture(page, "knowledge-accept")
	dialog.locator(".btn-primary").click()
	expect(dialog).to_be_hidden()
	page.wait_for_function("cur_frm.doc.decision === 'Accepted' && cur_frm.doc.faq")
	page.get_by_role("button", name="Open FAQ").click()
	page.wait_for_function("(name) => cur_frm.doctype === 'FAQ' && cur_frm.doc.proposal === name", arg=name)
	me.picture(page, "knowledge-draft")
	page.goto(f"{me.url}/app/query-report/Searches Without Result")
	expect(page.locator(".dt-row .dt-cell", has_text="dishwasher salt").first).to_be_visible()
	me.picture(page, "knowledge-misses")
	assert me.problems == []


def test_an_answer_that_did_not_help_beside_a_ticket(desk):
	me = desk(AGENT_ZH)
	page = me.open("/app/service-ticket/new")
	page.locator(".as-faq-text").fill("净水器漏水")
	expect(page.locator(".as-faq-head").first).to_contain_text("净水器漏水")
	page.locator('.as-faq [data-helpful="0"]').first.click()
	dialog = page.locator(".modal-dialog:visible")
	expect(dialog).to_contain_text("这条解答有什么问题")
	dialog.locator("select").select_option("Out of Date")
	me.picture(page, "knowledge-feedback-zh")
	with page.expect_response("**/aftersales.knowledge.feedback.give_feedback") as answer:
		dialog.locator(".btn-primary").click()
	assert answer.value.ok
	assert me.problems == []
