"""Each position comes to its own dashboard, in its own language, and numbers lead to what they count."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ADMINISTRATOR, AGENT, AGENT_ZH

DASHBOARDS = (
	(AGENT, "agent-dashboard", "Agent Dashboard"),
	("head.quality@aftersales.example", "department-head-dashboard", "部门主管看板"),
	("outlet@aftersales.example", "outlet-dashboard", "网点看板"),
	("planner@aftersales.example", "parts-dashboard", "备件看板"),
	("finance@aftersales.example", "finance-dashboard", "Finance Dashboard"),
	("gm@aftersales.example", "management-dashboard", "管理看板"),
)


def loaded(page) -> None:
	"""Wait until every card shows a number and every chart a picture, or that there is nothing to show."""
	expect(page.locator(".number-widget-box .number").first).to_be_visible()
	expect(page.locator(".number-card-loading")).to_have_count(0)
	page.wait_for_function(
		"""() => [...document.querySelectorAll(".dashboard-widget-box")].every(box => box.querySelector("svg.frappe-chart")
			|| [...box.querySelectorAll(".chart-loading-state")].some(it => it.offsetParent && !it.innerText.includes(__("Loading..."))))"""
	)


@pytest.mark.parametrize(("user", "path", "title"), DASHBOARDS)
def test_everybody_comes_to_their_dashboard(desk, user, path, title):
	person = desk(user)
	page = person.open("/app")
	page.wait_for_url(f"**/app/{path}")
	expect(page.locator(".page-title .title-text")).to_have_text(title)
	loaded(page)
	person.picture(page, f"dashboard-{path}")
	assert person.problems == []


def test_a_number_opens_the_list_of_what_it_counts(desk):
	agent = desk(AGENT_ZH)
	page = agent.open("/app/agent-dashboard")
	loaded(page)
	page.locator(".number-widget-box", has_text="我近 7 天完成").locator(".widget-body").click()
	page.wait_for_url("**/app/service-ticket**")
	page.wait_for_function(
		"""user => window.cur_list?.doctype === "Service Ticket" && cur_list.filter_area && ["completion_date", "completed", "person_in_charge"].every(
			field => cur_list.filter_area.get().some(filter => filter[1] === field))
			&& cur_list.filter_area.get().some(filter => filter[3] === user)""",
		arg=AGENT_ZH,
	)
	agent.picture(page, "dashboard-number-list-zh")
	assert agent.problems == []


def test_a_chart_can_be_split_otherwise(desk):
	admin = desk(ADMINISTRATOR)
	page = admin.open("/app/management-dashboard")
	loaded(page)
	shown = page.evaluate(
		"""frappe.xcall("aftersales.aftersales.figures.desk.chart", {filters: {measure: "Tickets Created", dimension: "Record Type",
			top: 2}, timespan: "Last Year"})"""
	)
	assert len(shown["labels"]) == 3 and shown["labels"][-1] == "Others"
	assert shown["datasets"][0]["values"][0] >= shown["datasets"][0]["values"][1] > 0
	assert admin.problems == []
