"""Work at the Desk: a leader assigns, the engineer does and reports; a clerk enters register lines; a notice is shown."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ADMINISTRATOR, AGENT, AGENT_ZH

LEADER, TECHNICIAN = "leader@aftersales.example", "technician@aftersales.example"
SUBJECT = "检查冰柜温控器"
TYPING = 60  # ms between keystrokes, as somebody types


def ready(page) -> None:
	page.wait_for_function("!frappe.is_ajax_busy && !document.querySelector('.freeze')")


def act(page, action: str) -> None:
	page.locator(".actions-btn-group button").first.click()
	page.locator(".actions-btn-group .dropdown-menu").get_by_text(action, exact=True).click()


def test_leader_assigns_and_engineer_reports(desk):
	leader = desk(LEADER)
	page = leader.open("/app/work-assignment/new")
	page.wait_for_url(re.compile("new-work-assignment"))
	ready(page)
	page.locator('[data-fieldname="subject"] input').fill(SUBJECT)
	page.locator('[data-fieldname="assignee"] input').first.click()
	page.keyboard.type("technician", delay=TYPING)
	page.locator('[data-fieldname="assignee"] .awesomplete li', has_text="technician").first.click()
	expect(page.locator('[data-fieldname="assignee_name"]').first).to_contain_text("吴强")
	page.locator('[data-fieldname="content"] textarea').fill("带万用表，记录三次温度。")
	page.keyboard.press("Control+s")
	page.wait_for_url(re.compile(r"/work-assignment/WA-"))
	ready(page)
	leader.picture(page, "work-assignment-zh")
	name = page.url.rsplit("/", 1)[1]

	engineer = desk(TECHNICIAN)
	theirs = engineer.open(f"/app/work-assignment/{name}")
	act(theirs, "开始处理")
	expect(theirs.locator(".indicator-pill").first).to_contain_text("处理中")
	act(theirs, "完成")
	expect(theirs.locator(".indicator-pill").first).to_contain_text("已完成")

	page.reload()
	act(page, "打回")
	page.locator(".modal.show textarea").fill("缺少第三次温度。")
	page.locator(".modal.show .btn-primary").click()
	expect(page.locator(".indicator-pill").first).to_contain_text("处理中")
	expect(page.locator('[data-fieldname="notes"] .grid-body')).to_contain_text("缺少第三次温度")
	assert leader.problems == engineer.problems == []


@pytest.mark.parametrize("user", [AGENT, AGENT_ZH], ids=["en", "zh"])
def test_clerk_enters_register_lines(desk, user, request):
	clerk = desk(user)
	page = clerk.open("/app/register-entry")
	expect(page.locator(".register-number")).to_have_text(re.compile(r"RE\d{5,}"))
	number = page.locator(".register-number").inner_text()
	# nothing is saved before the first line is complete (S23.08)
	page.locator('[data-row="0"][data-field="symptom"]').fill("E3")
	page.keyboard.press("Control+Enter")
	page.locator(".modal.show .btn-modal-close").first.click()
	expect(page.locator(".modal-backdrop, .modal.show")).to_have_count(0)
	expect(page.locator(".register-number")).to_have_text(number)

	rows = "A4001\tE3\tNew seal\t张三\nA4002\t不制冷\t更换启动器\t\nA9001\tNo sound\tCable\tWalk-in"
	page.locator('[data-row="0"][data-field="code"]').evaluate(
		"""(input, text) => {
			const data = new DataTransfer();
			data.setData("text/plain", text);
			input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
		}""",
		rows,
	)
	expect(page.locator('[data-row="2"][data-field="customer"]')).to_have_value("Walk-in")
	expect(page.locator(".product-name").nth(2)).not_to_have_text("")
	clerk.picture(page, f"register-entry-{request.node.callspec.id}")
	page.locator('[data-row="0"][data-field="code"]').focus()
	page.keyboard.press("Control+Enter")
	expect(page.locator(".register-result a")).to_have_count(3)
	expect(page.locator(".register-result a").first).to_have_text(number)
	expect(page.locator('[data-row="0"][data-field="code"]')).to_have_value("")
	clerk.picture(page, f"register-saved-{request.node.callspec.id}")
	# the refusal above is the only thing that the browser may complain about
	assert [line for line in clerk.problems if not re.search("FirstLineMissingError|status of 4", line)] == []


def test_leader_arranges_a_sample_and_sees_shifts(desk):
	leader = desk(LEADER)
	page = leader.open("/app/shift/view/calendar/default")
	expect(page.locator(".fc-event").first).to_be_visible()
	leader.picture(page, "work-shifts-zh")
	page.goto(f"{leader.url}/app/follow-up-tasks")
	page.locator('[data-fieldname="group"] input').first.click()
	page.locator('[data-fieldname="group"] .awesomplete li', has_text="回访组").first.click()
	page.locator('input[data-fieldname="all_members"]').check()
	page.locator(".page-actions .primary-action").click()
	expect(page.locator(".follow-up-preview h5")).to_be_visible()
	leader.picture(page, "follow-up-tasks-zh")
	assert leader.problems == []


def test_notice_of_an_upgrade_reaches_an_open_desk(desk):
	agent, admin = desk(AGENT), desk(ADMINISTRATOR)
	page = agent.open("/app/work")
	page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
	office = admin.open("/app/system-notice")
	office.evaluate(
		"""() => frappe.db.insert({
			doctype: "System Notice", notice_title: "Upgrade", kind: "Interruption",
			message: "Tonight from 20:00 to 21:00. Save your work before.",
			show_from: frappe.datetime.now_datetime(), show_until: frappe.datetime.add_days(frappe.datetime.now_datetime(), 1),
		}).then((doc) => (window.made_notice = doc.name))"""
	)
	try:
		expect(page.locator(".as-notice", has_text="Upgrade")).to_be_visible()
		agent.picture(page, "work-workspace-en")
		page.locator(".as-notice button").click()
		expect(page.locator(".as-notice")).to_have_count(0)
		page.reload()
		page.locator(".workspace, .layout-main-section").first.wait_for()
		expect(page.locator(".as-notice")).to_have_count(0)
	finally:
		office.evaluate("() => frappe.db.delete_doc('System Notice', window.made_notice)")
	assert agent.problems == admin.problems == []


def test_boards_and_lists(desk):
	leader = desk(LEADER)
	page = leader.open("/app/work-assignment/view/kanban/Work")
	expect(page.locator(".kanban-card-body").first).to_be_visible()
	leader.picture(page, "work-board-zh")
	page.goto(f"{leader.url}/app/work")
	expect(page.locator(".widget.links-widget-box", has_text="数据字典")).to_be_visible()
	leader.picture(page, "work-workspace-zh")
	assert leader.problems == []


def test_a_desk_finds_its_connection_again(desk):
	"""Frappe's client gives up after three attempts, and at once when the realtime server refuses it."""
	agent = desk(AGENT)
	agent.context.route("**/socket.io/**", lambda route: route.abort())
	page = agent.open("/app/work")
	page.evaluate("() => frappe.realtime.socket.io.on('reconnect_failed', () => (window.given_up = true))")
	page.wait_for_function("window.given_up")
	agent.context.unroute("**/socket.io/**")
	page.wait_for_function("frappe.realtime.socket.connected")
	# The state that a refusal leaves.
	page.evaluate("() => frappe.realtime.socket.disconnect()")
	page.wait_for_function("frappe.realtime.socket.connected")
