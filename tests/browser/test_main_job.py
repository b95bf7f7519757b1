"""The main job: the telephone rings on a serial line, and a slip comes out of the printer.

Nothing on the way is replaced: a real modem implementation on a pseudo terminal, the bridge that reads it, HTTP into
Frappe, MariaDB, Redis, the realtime server, Chromium, wkhtmltopdf.
"""

import subprocess

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER, Desk

# Each journey has a caller of its own from the demo data: a call that an agent took shows again in a new browser.
CALLER = "13812345678"  # 张三, member M-10442
WORDS = {
	AGENT: {
		"new_ticket": "New Ticket",
		"copy": "Copy to Handling",
		"start": "Start",
		"in_progress": "In Progress",
		"resolve": "Resolve",
		"resolved": "Resolved",
		"record": "Service Ticket",
		"language": "en",
	},
	AGENT_ZH: {
		"new_ticket": "新建工单",
		"copy": "复制到处理",
		"start": "开始处理",
		"in_progress": "处理中",
		"resolve": "解决",
		"resolved": "已解决",
		"record": "服务工单",
		"language": "zh",
	},
}


@pytest.fixture
def quiet_line(telephone):
	"""The line, silent again afterwards."""
	yield telephone
	telephone.fall_silent()


def field(page: Page, name: str):
	"""Value of a field of the form that is open."""
	return page.evaluate("name => cur_frm.doc[name]", name)


def when_live(page: Page) -> Page:
	"""The page, when its realtime connection stands."""
	page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
	return page


def take_action(page: Page, label: str) -> None:
	"""Choose a step of the workflow from the form's actions."""
	page.locator(".page-head:visible .actions-btn-group > button").click()
	page.locator(".page-head:visible .actions-btn-group .dropdown-item", has_text=label).first.click()


def pdf_of(desk: Desk, ticket: str, print_format: str, name: str) -> str:
	"""Download a slip as PDF into the artifacts folder; its text."""
	answer = desk.context.request.get(
		f"{desk.url}/api/method/frappe.utils.print_format.download_pdf",
		params={"doctype": "Service Ticket", "name": ticket, "format": print_format, "no_letterhead": "0"},
	)
	assert answer.ok, answer.text()[:500]
	path = desk.artifacts / f"{name}.pdf"
	path.write_bytes(answer.body())
	subprocess.run(["pdftoppm", "-png", "-r", "80", str(path), str(path.with_suffix(""))], check=True)
	return subprocess.run(
		["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
	).stdout


@pytest.mark.parametrize("user", [AGENT, AGENT_ZH], ids=["english", "chinese"])
def test_from_the_ringing_line_to_the_printed_slip(desk, quiet_line, user):
	words = WORDS[user]
	me, stranger = desk(user), desk(MANAGER)
	page = when_live(me.open("/app/service-ticket"))
	elsewhere = when_live(stranger.open("/app/service-ticket"))

	quiet_line.ring(CALLER)
	popup = page.locator(".call-popup")
	expect(popup).to_have_count(1)
	expect(popup).to_contain_text("张三")
	expect(popup).to_contain_text("M-10442")
	expect(popup).to_contain_text("138 1234 5678")
	expect(popup).to_contain_text("不制冷")
	me.picture(page, f"popup-{words['language']}")
	expect(elsewhere.locator(".call-popup")).to_have_count(0)

	popup.get_by_role("button", name=words["new_ticket"]).click()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Service Ticket' && cur_frm.is_new()")
	assert field(page, "customer_name") == "张三"
	assert field(page, "channel") == "Phone"
	assert field(page, "service_call")
	assert field(page, "contact_phone").replace(" ", "") == CALLER
	expect(popup).to_have_count(0)

	page.locator('[data-fieldname="question"] textarea').fill("冰箱冷藏室不制冷，冷冻室正常。")
	page.locator(".as-faq-text").fill("不制冷")
	expect(page.locator(".as-faq").first).to_contain_text("不制冷")
	page.get_by_role("button", name=words["copy"]).first.click()
	page.wait_for_function("(cur_frm.doc.handling || '').length > 10")
	me.picture(page, f"ticket-new-{words['language']}")
	page.keyboard.press("Control+s")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")
	ticket = field(page, "name")

	take_action(page, words["start"])
	page.wait_for_function("cur_frm.doc.status === 'In Progress'")
	# Not before the form shows it: what is drawn late would lie over what comes next.
	expect(page.locator(".page-head:visible .indicator-pill").first).to_contain_text(words["in_progress"])
	take_action(page, words["resolve"])
	page.wait_for_function("cur_frm.doc.status === 'Resolved'")
	expect(page.locator(".page-head:visible .indicator-pill").first).to_contain_text(words["resolved"])
	me.picture(page, f"ticket-resolved-{words['language']}")

	for slip, name in (("Ticket Slip", "slip-a4"), ("Ticket Slip 80 mm", "slip-80mm")):
		text = pdf_of(me, ticket, slip, f"{name}-{words['language']}")
		assert ticket in text.replace("\n", "")
		assert "张三" in text
		assert "不制冷" in text
	assert me.problems == []


def test_three_tabs_show_one_popup_each_and_agree(desk, quiet_line):
	me = desk(AGENT)
	tabs = [when_live(me.open("/app/service-ticket")) for _ in range(3)]
	quiet_line.ring("13712340013")
	popups = [tab.locator(".call-popup", has_text="孙琳") for tab in tabs]
	for popup in popups:
		expect(popup).to_have_count(1)
	# The line goes on ringing; that must not add a pop-up.
	tabs[0].wait_for_timeout(2500)
	for popup in popups:
		expect(popup).to_have_count(1)
	popups[1].locator(".call-popup-dismiss").click()
	for popup in popups:
		expect(popup).to_have_count(0)
	assert me.problems == []


def test_a_desk_that_opens_late_shows_the_call_too(desk, quiet_line):
	quiet_line.ring("13912340011")
	page = desk(AGENT).open("/app/service-ticket")
	expect(page.locator(".call-popup", has_text="王五")).to_be_visible()


def test_a_withheld_number_says_so(desk, quiet_line):
	me = desk(AGENT)
	page = when_live(me.open("/app/service-ticket"))
	quiet_line.ring("withheld")
	expect(page.locator(".call-popup", has_text="Number withheld")).to_be_visible()
	me.picture(page, "popup-withheld")


def test_a_number_that_is_still_to_come_is_not_missing(desk, quiet_line):
	page = when_live(desk(AGENT).open("/app/service-ticket"))
	quiet_line.command("ring none")
	number = page.locator(".call-popup .call-popup-number")
	expect(number).to_have_text("…")
	expect(number).to_have_text("Number not available")
