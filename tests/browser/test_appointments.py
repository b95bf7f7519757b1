"""Appointments as people use them: a customer books on a phone, an agent confirms and proposes another time, the customer agrees and
cancels; both languages, phone and desk, axe looks at each page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER
from tests.browser.test_portal import COMPANY, COMPUTER, CUSTOMER, PHONE, axe, findings, go, visitor

__all__ = ["axe"]
LIST = "/service/appointments"


def booked(page, purpose: str) -> str:
	"""Book the first free window of the plan for visits; returns the appointment's number."""
	page.get_by_text("On-site Repair").click()
	page.locator(".slots label").first.click()
	page.fill("#purpose", purpose)
	page.fill("#address", "5 Long Lane")
	page.click("form.card button.primary")
	page.wait_for_url("**done=requested*")
	return page.url.split("?")[0].split("/")[-1]


def take_action(form, label: str) -> None:
	"""Apply an action of the workflow in the Desk."""
	form.locator(".actions-btn-group .btn-primary").click()
	form.locator(".actions-btn-group .dropdown-menu").get_by_text(label, exact=True).click()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", ["phone", "computer"])
def test_every_page_is_accessible(desk, axe, size, language):
	problems = []
	for user, paths in {
		CUSTOMER: (LIST, f"{LIST}?state=past", f"{LIST}/new", "last appointment"),
		COMPANY: (LIST,),
	}.items():
		made = visitor(desk, user, viewport=PHONE if size == "phone" else COMPUTER)
		page = go(made, "/service")
		page.click(f"button[value={language}]")
		for path in paths:
			if path.startswith("/"):
				page = go(made, path)
			else:
				# The nearest ones can no longer be changed.
				page = go(made, LIST)
				page.locator("ul.cards a").last.click()
				page.locator("summary").first.click()
			assert page.locator("html").get_attribute("lang").startswith(language)
			problems += findings(page, axe)
			name = re.sub(r"\W+", "-", path.removeprefix("/service/"))
			made.picture(page, f"appointments-{user.split('@')[0]}-{name}-{size}-{language}", full_page=True)
		made.context.close()
	assert not problems, "\n".join(problems)


def test_from_booking_to_cancelling(desk, axe):
	customer = visitor(desk, CUSTOMER, viewport=PHONE)
	page = go(customer, f"{LIST}/new")
	name = booked(page, "Journey: it leaks")
	expect(page.locator(".badge")).to_be_visible()
	assert not findings(page, axe)

	agent = desk(AGENT_ZH)
	form = agent.open(f"/app/service-appointment/{name}")
	expect(form.locator(".indicator-pill").first).to_have_text("待确认")
	take_action(form, "确认")
	expect(form.locator(".indicator-pill").first).to_have_text("已确认")
	take_action(form, "改期")
	dialog = form.locator(".modal.show")
	dialog.locator("button[role=radio]:not([disabled])").last.click()
	agent.picture(form, "appointments-reschedule-zh")
	dialog.locator("[data-fieldname=reason] textarea").fill("师傅临时有急事")
	dialog.locator(".btn-modal-primary").click()
	expect(form.locator(".indicator-pill").first).to_have_text("已改期")

	page = go(customer, f"{LIST}/{name}")
	expect(page.locator(".badge")).to_have_class(re.compile("waiting-for-you"))
	assert not findings(page, axe)
	page.locator("form:has(input[value=confirm]) button").click()
	page.wait_for_url("**done=booked*")
	expect(page.locator(".badge")).to_have_class(re.compile("solved"))
	with page.expect_download() as download:
		page.locator("a[href$='calendar.ics']").click()
	assert "STATUS:CONFIRMED" in download.value.path().read_text(encoding="utf-8")
	page.locator("details:has(input[value=cancel]) summary").click()
	page.fill("#cancel-reason", "It works again")
	page.locator("form:has(input[value=cancel]) button").click()
	page.wait_for_url("**done=cancelled*")


def test_booking_without_scripts(desk):
	customer = visitor(desk, CUSTOMER, java_script_enabled=False)
	page = go(customer, f"{LIST}/new")
	page.get_by_role("link", name=re.compile("Later days|更晚的日期")).click()
	name = booked(page, "Journey: without scripts")
	page.locator("details:has(input[value=move]) summary").click()
	page.locator("details:has(input[value=move]) .slots label").last.click()
	page.locator("form:has(input[value=move]) button").click()
	page.wait_for_url("**done=requested*")
	page.locator("details:has(input[value=cancel]) summary").click()
	page.locator("form:has(input[value=cancel]) button").click()
	page.wait_for_url(f"**/{name}?done=cancelled*")


def test_the_desk_sees_days_windows_and_demand(desk):
	agent = desk(AGENT)
	page = agent.open("/app/service-appointment/view/calendar/default")
	expect(page.locator(".fc-event").first).to_be_visible()
	agent.picture(page, "appointments-calendar")
	page = agent.open("/app/service-appointment/view/kanban/Appointments")
	expect(page.locator(".kanban-card-wrapper").first).to_be_visible()
	page = agent.open("/app/service-appointment/new")
	page.get_by_role("button", name="Choose a Window").click()
	dialog = page.locator(".modal.show")
	dialog.locator("[data-fieldname=plan] input").fill("On-site Repair")
	page.locator(".modal.show .awesomplete li").filter(has_text="On-site Repair").first.click()
	dialog.locator("button[role=radio]:not([disabled])").first.click()
	dialog.locator(".btn-modal-primary").click()
	form = page.locator(".form-layout:not(.modal *)")
	expect(form.locator("[data-fieldname=from_time] input")).to_have_value(re.compile(r"\d\d:\d\d"))
	expect(form.locator("[data-fieldname=plan] input")).to_have_value(re.compile("On-site Repair"))
	agent.picture(page, "appointments-new")
	manager = desk(MANAGER)
	page = manager.open("/app/query-report/Appointments by Day and Window")
	expect(page.locator(".dt-row-0, .dt-row").first).to_be_visible()
	manager.picture(page, "appointments-demand")
