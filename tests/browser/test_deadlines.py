"""Deadlines as an administrator sets them up and as agents see them."""

import re

from playwright.sync_api import expect

from tests.browser.desk import ADMINISTRATOR, AGENT_ZH


def test_administrator_sees_what_the_hours_mean(desk):
	admin = desk(ADMINISTRATOR)
	page = admin.open("/app/working-time/Office Hours")
	week = page.locator(".frappe-control[data-fieldname=preview]")
	expect(week.get_by_text("7.5 hours")).to_have_count(5)
	expect(week.get_by_text("No working hours", exact=True)).to_have_count(2)
	admin.picture(page, "deadlines-working-time")
	page.get_by_role("button", name="Try It").click()
	dialog = page.locator(".modal-dialog:visible")
	expect(dialog).to_be_visible()
	# Frappe marks the first number a moment after the dialog is there, whatever has the focus then
	page.wait_for_function(
		"document.activeElement.selectionEnd - document.activeElement.selectionStart === 1"
	)
	page.evaluate("cur_dialog.set_values({start: '2026-09-30 16:30:00', hours: 2})")
	dialog.get_by_role("button", name="Calculate").click()
	expect(dialog.get_by_text(re.compile(r"Due on Thursday, .*10.*0[18]"))).to_be_visible()
	admin.picture(page, "deadlines-try-it")
	assert admin.problems == []


def test_agent_sees_what_is_overdue(desk):
	agent = desk(AGENT_ZH)
	page = agent.open("/app/service-ticket")
	page.get_by_role("button", name="已超期").click()
	rows = page.locator(".list-row-container .list-row")
	expect(rows.locator(".indicator-pill.red", has_text="超期").first).to_be_visible()
	agent.picture(page, "deadlines-overdue-zh")
	overdue = page.evaluate(
		"""frappe.db.get_list("Service Ticket", {
			filters: [["resolve_by", "is", "set"], ["resolve_by", "<", frappe.datetime.system_datetime()]], fields: ["name"], limit: 1
		})"""
	)
	page.evaluate("name => frappe.set_route('Form', 'Service Ticket', name)", overdue[0]["name"])
	expect(page.locator(".form-dashboard .indicator.red", has_text="解决期限")).to_be_visible()
	agent.picture(page, "deadlines-ticket-zh")
	assert agent.problems == []


def test_setup_page_leads_to_organisation_and_deadlines(desk):
	admin = desk(ADMINISTRATOR)
	page = admin.open("/app/aftersales-setup")
	for name in ("Service Department", "Service Staff", "Service Level", "Working Time"):
		expect(page.locator(".widget.links-widget-box").get_by_text(name, exact=True)).to_be_visible()
	admin.picture(page, "deadlines-setup")
	assert admin.problems == []
