"""The context panel beside the ticket (S1.33-S1.35), as an agent uses it and as an administrator may rebuild the form."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ADMINISTRATOR, AGENT, AGENT_ZH

PANEL = ".as-context-column"
HIDDEN = ("product", "product_category", "question", "contact_phone")


def new_ticket(me) -> Page:
	page = me.open("/app/service-ticket/new")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Service Ticket' && cur_frm.is_new()")
	expect(page.locator(f"{PANEL} .as-faq-head").first).to_be_visible()
	return page


def call(page: Page, method: str, **args):
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, args])


def test_one_request_per_ticket_and_results_while_typing(desk):
	me = desk(AGENT)
	asked: list[str] = []
	me.context.on("request", lambda request: asked.append(request.url))
	page = new_ticket(me)
	assert (
		len([url for url in asked if "aftersales.knowledge" in url or "aftersales.aftersales.context" in url])
		== 1
	)
	page.locator(".as-faq-text").press_sequentially("不制冷", delay=40)
	expect(page.locator(".as-faq-head mark").first).to_have_text("不制冷")
	assert me.problems == []


def test_what_is_typed_wins_over_a_slow_first_answer(desk):
	"""The panel's first content comes only after the agent's own search; that search stays."""
	me = desk(AGENT_ZH)
	held = []
	me.context.route("**/aftersales.knowledge.panel.open_panel", lambda route: held.append(route))
	page = me.open("/app/service-ticket/new")
	page.locator(".as-faq-text").fill("漏水")
	hits = page.locator(f"{PANEL} .as-faq-head")
	expect(hits.first).to_contain_text("漏水")
	found = hits.all_inner_texts()
	assert held
	with page.expect_response("**/aftersales.knowledge.panel.open_panel"):
		held[0].continue_()
	page.wait_for_timeout(500)
	assert hits.all_inner_texts() == found
	assert me.problems == []


def test_keyboard_alone_finds_copies_and_takes_back(desk):
	me = desk(AGENT_ZH)
	page = new_ticket(me)
	page.evaluate("cur_frm.set_value({product: 'A2003', handling: '客户已关阀'})")
	page.keyboard.press("Alt+k")
	page.keyboard.type("漏水")
	expect(page.locator(".as-faq-head").first).to_contain_text("净水器漏水")
	page.keyboard.press("ArrowDown")
	expect(page.locator(".as-faq-head").first).to_be_focused()
	page.keyboard.press("Control+Enter")
	page.wait_for_function("cur_frm.doc.handling.startsWith('客户已关阀\\n\\n') && cur_frm.doc.faq")
	page.keyboard.press("Control+Enter")
	assert page.evaluate("cur_frm.doc.handling_log.length") == 1
	page.locator(".as-undo").first.click()
	page.wait_for_function("cur_frm.doc.handling === '客户已关阀' && !cur_frm.doc.faq")
	assert page.evaluate("cur_frm.doc.handling_log.length") == 0
	for shortcut, tab in (("Alt+2", "同种产品"), ("Alt+3", "同一客户"), ("Alt+1", "查找FAQ")):
		page.keyboard.press(shortcut)
		expect(page.locator(f"{PANEL} [role=tab][aria-selected=true]")).to_contain_text(tab)
	assert me.problems == []


@pytest.fixture
def rebuilt_form(desk):
	"""The ticket's form with fields of the panel hidden, through Customize Form's own records; as before afterwards."""
	admin = desk(ADMINISTRATOR)
	page = admin.open("/app/property-setter")
	made = [
		call(
			page,
			"frappe.client.insert",
			doc={
				"doctype": "Property Setter",
				"doctype_or_field": "DocField",
				"doc_type": "Service Ticket",
				"field_name": field,
				"property": "hidden",
				"property_type": "Check",
				"value": "1",
			},
		)["name"]
		for field in HIDDEN
	]
	yield
	for name in made:
		call(page, "frappe.client.delete", doctype="Property Setter", name=name)


def test_the_panel_stays_when_the_form_is_customised(desk, rebuilt_form):
	me = desk(AGENT)
	page = new_ticket(me)
	expect(page.locator('.form-layout [data-fieldname="question"]')).to_be_hidden()
	page.evaluate("cur_frm.set_value({product: 'A4001', question: '冰箱不制冷'})")
	expect(page.locator(".as-faq-head").first).to_contain_text("不制冷")
	page.locator(".as-faq [data-do=copy]").first.click()
	page.wait_for_function("(cur_frm.doc.handling || '').length > 10")
	assert page.locator(PANEL).count() == 1
	me.picture(page, "context-panel-customised")


@pytest.mark.parametrize(("width", "beside"), [(1366, True), (1920, True), (1100, False), (390, False)])
def test_beside_the_form_or_above_it(desk, width, beside):
	me = desk(AGENT_ZH, viewport={"width": width, "height": 800})
	page = me.open("/app/service-ticket/new")
	panel, form = page.locator(PANEL), page.locator(".layout-main-section-wrapper:visible").first
	expect(panel.locator("[role=tab]").first).to_be_visible()
	# Narrow screens open the panel only when it is asked for.
	expect(panel.locator(".as-faq-text")).to_be_visible(visible=beside)
	panel_box, form_box = panel.bounding_box(), form.bounding_box()
	if beside:
		assert panel_box["x"] >= form_box["x"] + form_box["width"] - 1
		page.mouse.move(form_box["x"] + 50, 400)
		page.mouse.wheel(0, 1200)
		expect(panel.locator(".as-faq-text")).to_be_in_viewport()
	else:
		assert panel_box["y"] + panel_box["height"] <= form_box["y"] + 1
		panel.locator("[role=tab]").first.click()
		expect(panel.locator(".as-faq-text")).to_be_visible()
	assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
	me.picture(page, f"context-panel-{width}")
