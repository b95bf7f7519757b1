"""A complaint's way through the Desk: the head of the department upholds, the handler writes the result, the agent tells the customer.

In Chinese from the review to the closed complaint; in English from a ticket to the slip, the register and the statistics.
"""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT, AGENT_ZH

HEAD_ZH = "head.quality@aftersales.example"
HEAD = "head.logistics@aftersales.example"
HANDLER_ZH = "handler@aftersales.example"


def call(page: Page, method: str, **args):
	"""Call a function of the site as the page's user."""
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, args])


def registered(page: Page, **values) -> str:
	"""Register a complaint through the API and send it to its department; return its number."""
	name = call(page, "frappe.client.insert", doc={"doctype": "Customer Complaint", **values})["name"]
	call(page, "aftersales.aftersales.complaints.act", complaint=name, action="Send to Department")
	return name


def take_step(page: Page, action: str) -> None:
	"""Choose an action of the workflow."""
	page.locator(".actions-btn-group button:visible").click()
	page.locator(
		".actions-btn-group .dropdown-menu:visible a", has_text=re.compile(f"^\\s*{action}\\s*$")
	).click()
	expect(dialog(page)).to_be_visible()


def dialog(page: Page):
	return page.locator(".modal.show")


def fill(page: Page, field: str, text: str) -> None:
	dialog(page).locator(f'[data-fieldname="{field}"] :is(textarea, input)').first.fill(text)


def choose(page: Page, field: str, text: str) -> None:
	"""Choose a record in a link field of the dialog."""
	box = dialog(page).locator(f'[data-fieldname="{field}"] input').first
	box.click()
	box.press_sequentially(text, delay=40)
	page.locator(".awesomplete ul:visible li", has_text=text).first.click()


def finish(page: Page, state: str) -> None:
	dialog(page).locator(".modal-footer .btn-primary:visible, .btn-modal-primary:visible").first.click()
	expect(page.locator(".title-area .indicator-pill:visible").last).to_contain_text(state)


def test_from_the_review_to_the_closed_complaint(desk):
	agent, head, handler = desk(AGENT_ZH), desk(HEAD_ZH), desk(HANDLER_ZH)
	desktop = agent.open("/app/complaint-type")
	name = registered(
		desktop,
		complaint_type="Goods Quality or Use",
		customer_name="周先生",
		contact_phone="13800001111",
		product="A1001",
		preferred_channel="Phone",
		reason="电饭煲煮饭时底部漏电，手碰到有麻感。",
		customer_request="更换新机",
	)

	page = head.open("/app/complaints")
	expect(page.locator(".number-widget-box", has_text="待本部门评审")).to_contain_text(re.compile(r"[1-9]"))
	page.wait_for_timeout(1500)  # the bars grow
	head.picture(page, "complaints-workspace-zh")
	page.close()
	page = head.open(f"/app/customer-complaint/{name}")
	take_step(page, "成立并指派")
	choose(page, "handler", HANDLER_ZH)
	fill(page, "opinion", "成立，请今天处理。")
	head.picture(page, "complaints-uphold-zh")
	finish(page, "处理中")

	page = handler.open(f"/app/customer-complaint/{name}")
	take_step(page, "处理完毕")
	fill(page, "result", "已上门更换新机，旧机取回检测。")
	fill(page, "root_cause", "电源线接头绝缘破损")
	handler.picture(page, "complaints-result-zh")
	finish(page, "处理完毕")

	page = agent.open(f"/app/customer-complaint/{name}")
	take_step(page, "反馈客户")
	fill(page, "feedback_note", "已电话告知，客户认可。")
	finish(page, "已反馈")
	take_step(page, "关闭")
	dialog(page).locator('[data-fieldname="satisfaction"] select').select_option("Satisfied")
	finish(page, "已关闭")
	agent.picture(page, "complaints-closed-zh")
	for person in (agent, head, handler):
		assert person.problems == []


def test_from_a_ticket_to_the_register(desk):
	agent, head = desk(AGENT), desk(HEAD)
	desktop = agent.open("/app/complaint-type")
	ticket = call(
		desktop,
		"frappe.client.insert",
		doc={
			"doctype": "Service Ticket",
			"record_type": "Complaint",
			"customer_name": "Mary Stone",
			"lot_no": "L1",
			"question": "The box was open and two parts are missing.",
		},
	)["name"]
	page = agent.open(f"/app/service-ticket/{ticket}")
	page.locator(".inner-group-button", has_text="Create").locator("button").first.click()
	page.locator(".inner-group-button .dropdown-menu:visible a", has_text="Complaint").click()
	expect(page.locator('[data-fieldname="reason"] textarea')).to_have_value(
		re.compile("two parts are missing")
	)
	box = page.locator('.form-page [data-fieldname="complaint_type"] input').first
	box.click()
	box.press_sequentially("Packaging", delay=40)
	page.locator(".awesomplete ul:visible li", has_text="Packaging Damage").first.click()
	page.keyboard.press("Control+s")
	expect(page.locator(".title-area .indicator-pill:visible").last).to_contain_text("Registered")
	name = page.url.rsplit("/", 1)[-1]
	call(page, "aftersales.aftersales.complaints.act", complaint=name, action="Send to Department")

	page = head.open("/app/customer-complaint")
	page.locator(".inner-group-button", has_text="Work Lists").locator("button").first.click()
	page.locator(".dropdown-menu:visible a", has_text="To Review in My Department").click()
	row = page.locator(".list-row", has_text="Mary Stone").first
	expect(row).to_be_visible()
	expect(page.locator(".list-row", has_text="Goods Quality or Use")).to_have_count(0)
	head.picture(page, "complaints-to-review-en")
	page = head.open(f"/app/customer-complaint/{name}")
	take_step(page, "Do Not Uphold")
	fill(page, "opinion", "The parts are in the second box, which comes tomorrow.")
	finish(page, "Not Upheld")
	head.picture(page, "complaints-not-upheld-en")

	page = agent.open("/app/query-report/Complaint Statistics")
	expect(page.locator(".dt-row", has_text="Goods Quality or Use").first).to_be_visible()
	page.wait_for_timeout(1500)  # the bars grow
	agent.picture(page, "complaints-statistics-en")
	page = agent.open("/app/query-report/Complaint Handling Register")
	expect(page.locator(".dt-row", has_text="Mary Stone").first).to_be_visible()
	pdf = agent.context.request.get(
		f"{agent.url}/api/method/frappe.utils.print_format.download_pdf",
		params={"doctype": "Customer Complaint", "name": name, "format": "Complaint Slip"},
	)
	assert pdf.ok and pdf.body().startswith(b"%PDF")
	(agent.artifacts / "complaint-slip-en.pdf").write_bytes(pdf.body())
	for person in (agent, head):
		assert person.problems == []
