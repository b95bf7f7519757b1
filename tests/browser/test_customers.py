"""Customers as the hotline meets them: the customer page, the form's actions, personal data, reports."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER

PAGE = "#page-customer-file"


def call(page: Page, method: str, **args):
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, args])


def number_of(page: Page, customer_name: str) -> str:
	"""Record number of the demo customer with a name."""
	rows = call(
		page,
		"frappe.client.get_list",
		doctype="Service Customer",
		filters={"customer_name": customer_name},
		fields=["name"],
	)
	return rows[0]["name"]


def open_file(me, customer_name: str) -> Page:
	"""The customer page of a demo customer, complete."""
	page = me.open("/app/customer-file")
	name = number_of(page, customer_name)
	page.evaluate("(name) => frappe.set_route('customer-file', name)", name)
	expect(page.locator(f"{PAGE} .as-file-who h2")).to_have_text(customer_name)
	expect(page.locator(f"{PAGE} .as-entry").first).to_be_visible()
	return page


def test_everything_about_a_customer_on_one_screen(desk):
	me = desk(AGENT)
	page = open_file(me, "张三")
	head = page.locator(f"{PAGE} .as-file-head")
	for text in ("Gold Customer", "Member M-10442", "138 1234 5678", "Preferred Channel"):
		expect(head).to_contain_text(text)
	expect(page.locator(f"{PAGE} .as-file-side")).to_contain_text("check-up")
	expect(page.locator(f"{PAGE} .as-file-side")).to_contain_text("羽毛球")
	entries = page.locator(f"{PAGE} .as-entry")
	everything = entries.count()
	page.locator(f'{PAGE} .as-file-card[data-kind="Service Ticket"]').click()
	expect(page.locator(f"{PAGE} .as-entry-kind").first).to_have_text("Service Ticket")
	page.wait_for_function(f"document.querySelectorAll('{PAGE} .as-entry').length < {everything}")
	me.picture(page, "customers-file-en")
	# the keyboard walks through the history and opens
	entries.first.focus()
	page.keyboard.press("ArrowDown")
	expect(entries.nth(1)).to_be_focused()
	page.keyboard.press("Enter")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Service Ticket'")
	page.go_back()
	expect(page.locator(f"{PAGE} .as-file-who h2")).to_have_text("张三")
	page.keyboard.press("Alt+t")
	page.wait_for_function("window.cur_frm && cur_frm.is_new() && cur_frm.doc.customer_name === '张三'")
	assert me.problems == []


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1920, "dark")], ids=["phone", "dark"])
def test_page_fits_and_follows_the_theme(desk, width, theme):
	me = desk(AGENT_ZH, viewport={"width": width, "height": 900})
	page = me.open("/app/customer-file")
	page.evaluate("(theme) => document.documentElement.setAttribute('data-theme', theme)", theme)
	name = number_of(page, "张三")
	page.evaluate("(name) => frappe.set_route('customer-file', name)", name)
	expect(page.locator(f"{PAGE} .as-entry").first).to_be_visible()
	expect(page.locator(f"{PAGE} .as-file-head")).to_contain_text("老客户")
	expect(page.locator(f"{PAGE} .as-file-head")).to_contain_text("金牌客户")
	assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
	me.picture(page, f"customers-file-zh-{width}", full_page=width == 390)
	assert me.problems == []


def test_manager_hands_out_and_deletes_personal_data(desk):
	me = desk(MANAGER)
	page = me.open("/app/service-customer")
	doc = call(
		page,
		"frappe.client.insert",
		doc={"doctype": "Service Customer", "customer_name": "要求删除的人", "phone": "13012349999"},
	)
	page.evaluate("(name) => frappe.set_route('Form', 'Service Customer', name)", doc["name"])
	page.wait_for_function("(name) => window.cur_frm && cur_frm.doc.name === name", arg=doc["name"])
	page.locator(".menu-btn-group:visible > button").click()
	page.locator(".dropdown-menu:visible").get_by_text("Delete Personal Data").click()
	dialog = page.locator(".modal-dialog:visible")
	dialog.locator('input[data-fieldname="confirmation"]').fill("jemand anders")
	me.picture(page, "customers-delete-en")
	dialog.get_by_role("button", name="Delete for Good").click()
	expect(page.locator(".msgprint:visible")).to_contain_text("要求删除的人")
	request = call(
		page,
		"aftersales.aftersales.personal_data.requests.request_deletion",
		customer=doc["name"],
		confirmation="要求删除的人",
		reason="letter",
	)
	for _attempt in range(60):
		state = call(
			page,
			"frappe.client.get_value",
			doctype="Personal Data Request",
			filters=request,
			fieldname=["status", "error"],
		)
		if state["status"] in ("Done", "Failed"):
			break
		page.wait_for_timeout(500)
	assert state == {"status": "Done", "error": None}
	stored = call(page, "frappe.client.get", doctype="Service Customer", name=doc["name"])
	assert stored["disabled"] == 1 and "phone" not in {key for key, value in stored.items() if value}


def test_lists_and_reports(desk):
	me = desk(AGENT_ZH)
	page = me.open("/app/customers")
	expect(page.locator(".shortcut-widget-box").first).to_contain_text("客户档案")
	me.picture(page, "customers-workspace-zh")
	page.goto(f"{me.url}/app/query-report/Possible Duplicate Customers")
	expect(page.locator(".dt-cell__content", has_text="谢军").first).to_be_visible()
	me.picture(page, "customers-duplicates-zh")
