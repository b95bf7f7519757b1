"""Messages in the Desk: from a ticket, to many customers, and the customer who wants no more of them; in both languages."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER

MOBILE = re.compile(r"^1[3-9]\d{9}$")


def call(page: Page, method: str, **args):
	"""Call a function of the site as the page's user."""
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, args])


def dialog(page: Page):
	return page.locator(".modal.show")


def open_dialog(page: Page, label: str) -> None:
	page.get_by_role("button", name=label, exact=True).click()
	expect(dialog(page)).to_be_visible()


def choose_template(page: Page, name: str, shown: str | None = None) -> None:
	box = dialog(page).locator('[data-fieldname="template"] input').first
	box.click()
	box.fill(shown or name)
	page.locator(".awesomplete ul:visible li", has_text=shown or name).first.click()


def new_customer(page: Page, name: str, phone: str, **values) -> str:
	doc = {"doctype": "Service Customer", "customer_name": name, "phone": phone, **values}
	return call(page, "frappe.client.insert", doc=doc)["name"]


def test_from_a_ticket(desk):
	"""An agent writes own words to the customer of a ticket, sees what will be sent, and finds it in the list."""
	agent = desk(AGENT)
	page = agent.open("/app/messages")
	expect(page.locator(".shortcut-widget-box", has_text="Failed Messages")).to_be_visible()
	agent.picture(page, "messages-workspace-en")
	customer = new_customer(page, "Olivia Stone", "13900010001")
	ticket = call(
		page,
		"frappe.client.insert",
		doc={
			"doctype": "Service Ticket",
			"record_type": "Repair",
			"customer": customer,
			"question": "It leaks",
		},
	)["name"]
	page.close()
	page = agent.open(f"/app/service-ticket/{ticket}")
	open_dialog(page, "Send Message")
	choose_template(page, "Own Words")
	dialog(page).locator('[data-fieldname="text"] textarea').fill("The part has come. We call you at four.")
	dialog(page).locator('[data-fieldname="text"] textarea').blur()
	expect(dialog(page).locator(".message-text")).to_have_text("The part has come. We call you at four.")
	agent.picture(page, "messages-send-en")
	dialog(page).get_by_role("button", name="Send", exact=True).click()
	expect(page.locator(".desk-alert", has_text="The message is on its way.")).to_be_visible()
	expect(dialog(page)).to_have_count(0)
	page = agent.open(f"/app/outgoing-message?reference_name={ticket}")
	expect(page.locator(".list-row", has_text="Olivia Stone")).to_be_visible()
	assert not agent.problems, agent.problems


def test_rules_are_told_in_chinese(desk):
	"""The preview comes before anything is sent; a greeting that a customer had already is refused with the reason."""
	agent = desk(AGENT_ZH)
	page = agent.open("/app/messages")
	customer = new_customer(page, "赵敏", "13900010002")
	page.close()
	page = agent.open(f"/app/service-customer/{customer}")
	open_dialog(page, "发送消息")
	choose_template(page, "Holiday Wishes (Chinese)", "节日祝福 ·")
	expect(dialog(page).locator(".message-text")).to_contain_text("赵敏您好，祝您和家人节日快乐")
	agent.picture(page, "messages-send-zh")
	dialog(page).get_by_role("button", name="发送", exact=True).click()
	expect(page.locator(".desk-alert", has_text="消息已提交发送")).to_be_visible()
	greeted = call(
		page,
		"frappe.client.get_list",
		doctype="Outgoing Message",
		filters={"template": "Holiday Wishes (Chinese)", "state": "Sent"},
		fields=["customer"],
	)[0]["customer"]
	page.close()
	page = agent.open(f"/app/service-customer/{greeted}")
	open_dialog(page, "发送消息")
	choose_template(page, "Holiday Wishes (Chinese)", "节日祝福 ·")
	expect(dialog(page)).to_contain_text("7 天内已收过此类消息")
	agent.picture(page, "messages-refused-zh")


def test_to_many_and_opting_out(desk):
	"""A manager ticks customers, sees who gets the message and who does not; one of them opts out on the public page."""
	manager, visitor = desk(MANAGER), desk(None, viewport={"width": 390, "height": 800}, locale="zh-CN")
	page = manager.open("/app/messages")
	names = [
		new_customer(page, "Batch One", "13900010003", organisation="Batch Street"),
		new_customer(page, "Batch Two", "0411-88880000", organisation="Batch Street"),
		new_customer(page, "Batch Three", "13900010004", organisation="Batch Street"),
	]
	template = call(
		page,
		"frappe.client.insert",
		doc={
			"doctype": "Message Template",
			"template_title": "News of the Journey",
			"kind": "Announcement",
			"channel": "SMS",
			"body": "Dear {{ customer.customer_name }}, we now serve at weekends. Stop: {{ opt_out_link }}",
		},
	)["name"]
	page.close()

	page = manager.open("/app/service-customer?organisation=Batch+Street")
	rows = page.locator(".list-row:visible", has_text="Batch")
	expect(rows).to_have_count(3)
	for number in range(3):
		rows.nth(number).locator(".list-row-checkbox").check()
	page.get_by_role("button", name="Actions").click()
	page.locator(".dropdown-menu:visible a", has_text="Send Message").click()
	expect(dialog(page)).to_contain_text("Message to 3 Customers")
	choose_template(page, template)
	expect(dialog(page)).to_contain_text("2 messages will be sent.")
	expect(dialog(page)).to_contain_text("Dear Batch")
	manager.picture(page, "messages-batch-en")
	link = re.search(r"http\S+/opt-out\?t=\S+", dialog(page).inner_text()).group(0)
	recipient = dialog(page).locator(".border .text-muted").first.inner_text().split(" · ")[-1]

	public = visitor.context.new_page()
	public.goto(manager.url + "/opt-out?" + link.split("?", 1)[1])
	expect(public.get_by_role("heading")).to_have_text("不再接收消息？")
	visitor.picture(public, "messages-opt-out-zh")
	public.get_by_role("button").click()
	expect(public.get_by_role("status")).to_be_visible()
	assert recipient not in public.content()

	dialog(page).get_by_role("button", name="Send", exact=True).click()
	expect(page).to_have_url(re.compile("/app/message-batch/"))
	batch = page.url.rsplit("/", 1)[1]
	expect(page.locator(".title-area:visible")).to_contain_text(template)
	assert call(page, "frappe.client.get", doctype="Message Batch", name=batch)["customers_count"] == 3
	found = call(page, "frappe.client.get_list", doctype="Message Opt-out", filters={"recipient": recipient})
	assert len(found) == 1
	assert len(names) == 3
