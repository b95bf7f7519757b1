"""The Service Console by keyboard: a call rings, a ticket is found by its customer's name, an entry is written."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT, AGENT_ZH

TEXT = {AGENT: "Customer tried another socket.", AGENT_ZH: "客户已换插座，仍不制冷。"}
ANSWERING = 80  # ms between keystrokes, as somebody types


def new_ticket(page: Page) -> str:
	"""A ticket of the customer that is looked for; the others on the site may be closed by now."""
	return page.evaluate(
		"""async () => {
			const { message } = await frappe.db.get_value("Service Customer", { phone: "13812345678" }, "name");
			const ticket = { doctype: "Service Ticket", record_type: "Repair", customer: message.name, question: "不制冷" };
			return (await frappe.db.insert(ticket)).name;
		}"""
	)


@pytest.mark.parametrize("user", [AGENT, AGENT_ZH], ids=["en", "zh"])
def test_ring_search_and_note(desk, telephone, user, request):
	me = desk(user, viewport={"width": 1920, "height": 1080})
	page = me.open("/app/service-console")
	page.locator(".as-item").first.wait_for()
	ticket = new_ticket(page)
	page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")

	telephone.ring("13812340010")
	try:
		page.locator('.as-tab[data-tab="ringing"]').click()
		expect(page.locator(".as-item", has_text="李四").first).to_be_visible()
	finally:
		telephone.fall_silent()

	page.locator(".as-record-body").focus()
	page.keyboard.press("/")
	page.keyboard.type("张三", delay=ANSWERING)
	page.locator(".as-hit", has_text=ticket).click()
	expect(page.locator(".as-record-title")).to_contain_text(ticket)
	page.locator(".as-pane textarea").first.fill(TEXT[user])
	page.keyboard.press("Control+Enter")
	expect(page.locator(".as-log")).to_contain_text(TEXT[user])
	expect(page.locator(".as-pane textarea").first).to_have_value("")
	me.picture(page, f"console-{request.node.callspec.id}")
	assert me.problems == []
