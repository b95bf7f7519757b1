"""Who a call rings for: two agents with several tabs, a team leader behind them, two lines.

The way is real, as in the main job: modems on pseudo terminals, the bridge, HTTP, database, Redis, realtime server, Chromium.
"""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER, Desk
from tests.browser.line import TelephoneLine
from tests.browser.test_main_job import when_live

LEADER = "leader@aftersales.example"
# 李四, and a number abroad that nobody knows; see also the note in test_main_job.
KNOWN, FOREIGN, WANTED = "13812340010", "0085221234567", "13612340014"
STEP_SECONDS = 4
SET_STEPS = """
async steps => {
	const [name] = await frappe.xcall("frappe.client.get_list", {
		doctype: "Phone Line", filters: { bridge: "demo-bridge", source_line: "1" }, pluck: "name",
	}).then((rows) => rows.map((row) => row.name || row));
	const doc = await frappe.xcall("frappe.client.get", { doctype: "Phone Line", name });
	const before = doc.ring_steps.map(({ after_seconds, user, agent_group }) => ({ after_seconds, user, agent_group }));
	doc.ring_steps = steps.map((step) => ({ doctype: "Phone Line Step", ...step }));
	await frappe.xcall("frappe.client.save", { doc });
	return before;
}
"""
RESET = """
async () => {
	const state = await frappe.xcall("aftersales.telephony.api.set_my_phone_state", { do_not_disturb: 0 });
	if (state.in_call) await frappe.xcall("aftersales.telephony.api.finish_call", { call: state.in_call });
}
"""


@pytest.fixture(scope="module")
def lines(journey_url, artifacts, tmp_path_factory):
	"""Two lines of the demo's bridge."""
	with TelephoneLine(journey_url, tmp_path_factory.mktemp("lines"), artifacts, ("1", "2")) as telephone:
		yield telephone
		telephone.hang_up(1)
		telephone.fall_silent(2)


@pytest.fixture
def people(desk, lines):
	"""Both agents, free and to be disturbed; also afterwards."""
	agent, chinese = desk(AGENT), desk(AGENT_ZH)
	desks = [(person, when_live(person.open("/app/service-ticket"))) for person in (agent, chinese)]
	for _person, page in desks:
		page.evaluate(RESET)
	yield desks
	for number in (1, 2):
		lines.hang_up(number)
	for _person, page in desks:
		page.evaluate(RESET)


def popup(page: Page, number: str) -> Locator:
	"""The pop-up of a call that is on; earlier calls of the number are over."""
	return page.locator(".call-popup:not(.leaving)", has_text=number)


def phone_state(page: Page) -> Locator:
	return page.locator(".as-phone-button")


def choose(page: Page, name: str) -> None:
	"""Choose an entry of the telephone's menu in the navigation bar."""
	phone_state(page).click()
	page.locator(f'.as-phone-state [data-name="{name}"]').click()


def test_two_agents_and_their_tabs_agree(people, lines):
	(agent, tab), (chinese, page_zh) = people
	other_tab = when_live(agent.open("/app/service-call"))
	tabs = (tab, other_tab)

	lines.ring(KNOWN)
	for page in (*tabs, page_zh):
		expect(popup(page, "李四")).to_have_count(1)
		expect(popup(page, "李四").locator(".call-popup-services button")).to_have_count(5)
	popup(page_zh, "李四").get_by_role("button", name="接听").click()
	for page in tabs:
		expect(page.locator(".call-popup.leaving")).to_contain_text("Answered by 李娜")
	expect(phone_state(page_zh)).to_contain_text("通话中")
	agent.picture(tab, "telephony-taken-en")
	for page in tabs:
		expect(page.locator(".call-popup")).to_have_count(0)

	# One speaks: the next call is a strip there and a whole pop-up for the other.
	page_zh.mouse.move(10, 10)
	lines.ring(FOREIGN, line=2)
	strip = popup(page_zh, "2123 4567")
	expect(strip).to_have_class("call-popup waiting")
	expect(strip).to_contain_text("来电等待")
	expect(strip.get_by_role("button", name="接听")).to_be_visible()
	expect(strip.get_by_role("button", name="新建工单")).to_be_hidden()
	chinese.picture(page_zh, "telephony-waiting-zh")
	for page in tabs:
		expect(popup(page, "2123 4567")).to_contain_text("Hong Kong")
	popup(tab, "2123 4567").get_by_role("button", name="Take Call").click()
	for page in tabs:
		expect(popup(page, "2123 4567")).to_contain_text("Answered by you")
		expect(phone_state(page)).to_contain_text("In Call")
	agent.picture(other_tab, "telephony-in-call-en")
	popup(other_tab, "2123 4567").get_by_role("button", name="End Call").click()
	for page in tabs:
		expect(page.locator(".call-popup")).to_have_count(0)
		expect(phone_state(page)).to_contain_text("Available")
	choose(page_zh, "finish")
	expect(phone_state(page_zh)).to_contain_text("可接听")
	assert agent.problems == chinese.problems == []


def test_do_not_disturb_in_all_tabs_and_a_message(people, lines):
	(agent, tab), (chinese, page_zh) = people
	other_tab = when_live(agent.open("/app/service-call"))
	lines.ring(WANTED)
	for page in (tab, other_tab, page_zh):
		expect(popup(page, "吴敏")).to_have_count(1)
	# While it rings: it goes in both tabs, and comes back.
	choose(tab, "dnd-15")
	for page in (tab, other_tab):
		expect(page.locator(".call-popup")).to_have_count(0)
		expect(phone_state(page)).to_contain_text("Do Not Disturb")
	agent.picture(tab, "telephony-do-not-disturb-en")
	expect(popup(page_zh, "吴敏")).to_have_count(1)
	choose(other_tab, "available")
	for page in (tab, other_tab):
		expect(popup(page, "吴敏")).to_have_count(1)

	text = f"请回电 {time.time_ns()}"
	popup(page_zh, "吴敏").get_by_role("button", name="留言").click()
	dialog = page_zh.locator(".modal.show")
	# The dialog puts the cursor there by itself, after it has faded in.
	expect(dialog.locator('[data-fieldname="message"] textarea')).to_be_focused()
	dialog.locator('[data-fieldname="message"] textarea').fill(text)
	chooser = dialog.locator('[data-fieldname="for_user"] input')
	chooser.fill(AGENT)
	dialog.locator('[data-fieldname="for_user"] .awesomplete ul:visible li').first.click()
	chinese.picture(page_zh, "telephony-message-zh")
	dialog.locator(".btn-primary").click()
	expect(dialog).to_have_count(0)
	message = tab.wait_for_function(
		"text => frappe.xcall('frappe.client.get_value', {doctype: 'Caller Message', filters: {message: text},"
		" fieldname: ['name', 'caller', 'for_user']})",
		arg=text,
	).json_value()
	assert (message["caller"], message["for_user"]) == ("吴敏", AGENT)
	tab.goto(f"{agent.url}/app/caller-message/{message['name']}")
	tab.get_by_role("button", name="Mark as Done").click()
	expect(tab.locator(".page-head:visible .indicator-pill").first).to_contain_text("Done")
	agent.picture(tab, "telephony-message-done-en")
	assert agent.problems == chinese.problems == []


def test_nobody_answers_and_the_leader_is_told(desk, people, lines):
	leader, manager = desk(LEADER), desk(MANAGER)
	page_of_leader = when_live(leader.open("/app/service-ticket"))
	setting = manager.open("/app/phone-line")
	before = setting.evaluate(SET_STEPS, [{"after_seconds": STEP_SECONDS, "user": LEADER}])
	try:
		(_agent, tab), _chinese = people
		lines.ring("13512340015")
		expect(popup(tab, "郑凯")).to_have_count(1)
		assert popup(page_of_leader, "郑凯").count() == 0
		# Who opens the Desk meanwhile is answered by the same rule.
		late = when_live(leader.open("/app/service-call"))
		for page in (page_of_leader, late):
			expect(popup(page, "郑凯")).to_have_count(1)
		leader.picture(page_of_leader, "telephony-next-step-zh")
		popup(late, "郑凯").locator('[data-action="take"]').click()
		expect(tab.locator(".call-popup.leaving")).to_contain_text("Answered by 周敏")
		late.evaluate(RESET)
	finally:
		setting.evaluate(SET_STEPS, before)
	assert leader.problems == []


def test_the_service_decides_the_document(people, lines):
	"""S2.07: a complaint gets the course of complaints, a repair becomes a ticket of that kind."""
	(agent, tab), _chinese = people
	lines.ring("13412340016", line=2)
	popup(tab, "冯雪").locator('[data-service="Complaint"]').click()
	tab.wait_for_function("window.cur_frm && cur_frm.doctype === 'Customer Complaint' && cur_frm.is_new()")
	assert tab.evaluate("cur_frm.doc.customer_name") == "冯雪"
	expect(phone_state(tab)).to_contain_text("In Call")
	lines.ring("13312340017", line=2)
	popup(tab, "陈晨").locator('[data-service="Repair"]').click()
	tab.wait_for_function("window.cur_frm && cur_frm.doctype === 'Service Ticket' && cur_frm.is_new()")
	assert tab.evaluate("[cur_frm.doc.record_type, cur_frm.doc.customer_name]") == ["Repair", "陈晨"]
	assert agent.problems == []


def test_calls_do_not_cover_the_menu_that_ends_them(desk, lines):
	"""On a low screen two calls reach up to the navigation bar."""
	page = when_live(desk(AGENT, viewport={"width": 1024, "height": 560}).open("/app/service-ticket"))
	page.evaluate(RESET)
	lines.ring(KNOWN)
	lines.ring(FOREIGN, line=2)
	expect(popup(page, "2123 4567")).to_have_count(1)
	expect(popup(page, "李四").locator(".call-popup-services button")).to_have_count(5)
	choose(page, "dnd-15")
	expect(page.locator(".call-popup")).to_have_count(0)
	page.evaluate(RESET)


def test_the_pop_up_on_a_telephone_s_screen(desk, lines):
	small: Desk = desk(AGENT_ZH, viewport={"width": 390, "height": 844})
	page = when_live(small.open("/app/service-ticket"))
	page.evaluate(RESET)
	lines.ring("13212340018", line=2)
	box = popup(page, "褚伟")
	expect(box).to_be_visible()
	time.sleep(0.5)
	small.picture(page, "telephony-small-zh")
	place = box.bounding_box()
	assert place["x"] >= 0
	assert place["x"] + place["width"] <= 390
