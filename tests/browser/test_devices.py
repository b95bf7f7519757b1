"""Devices as people use them: a customer registers one, an agent confirms it, its label is scanned; both languages, phone and
desk, axe looks at each page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER
from tests.browser.test_portal import COMPUTER, CUSTOMER, PHONE, axe, findings, go, visitor

__all__ = ["axe"]
MINE = "ZG24000187"
DEVICE = "Customer Device"


def stored(desk, **filters) -> dict:
	"""A device as the Desk's own API gives it."""
	answer = desk.context.request.get(
		f"{desk.url}/api/resource/{DEVICE}",
		params={"filters": str(filters).replace("'", '"'), "fields": '["name","device_token","status"]'},
	)
	return answer.json()["data"][0]


def a_serial(page) -> str:
	"""A serial number that the site does not have; letters only, which no search takes for a number."""
	return page.evaluate("() => 'JR' + [...String(Date.now())].map((digit) => 'ABCDEFGHIJ'[digit]).join('')")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", ["phone", "computer"])
def test_every_page_is_accessible(desk, axe, size, language):
	agent = desk(AGENT)
	label = f"/service/d/{stored(agent, serial_no=MINE)['device_token']}"
	viewport = PHONE if size == "phone" else COMPUTER
	problems = []
	for user, paths in {
		None: [label],
		CUSTOMER: [
			f"/service/products?q={MINE}",
			"first product",
			"ticket about it",
			"/service/products/new",
		],
	}.items():
		made = visitor(desk, user, viewport=viewport)
		page = go(made, "/service")
		page.click(f"button[value={language}]")
		for path in paths:
			if path.startswith("/"):
				page = go(made, path)
			elif path == "first product":
				page.locator("ul.cards a").first.click()
				expect(page.locator("h1")).to_be_visible()
			else:
				page.locator(".head a.button").click()
				expect(page.locator("#subject")).to_be_visible()
			assert page.locator("html").get_attribute("lang").startswith(language)
			problems += findings(page, axe)
			name = re.sub(
				r"\W+", "-", "label" if path == label else path.removeprefix("/service/").split("?")[0]
			)
			made.picture(
				page, f"devices-{(user or 'visitor').split('@')[0]}-{name}-{size}-{language}", full_page=True
			)
		made.context.close()
	assert not problems, "\n".join(problems)


def test_from_the_registration_to_the_ticket(desk, axe):
	customer = visitor(desk, CUSTOMER, viewport=PHONE)
	page = go(customer, "/service/products/new")
	serial = a_serial(page)
	page.fill("#serial_no", serial)
	page.fill("#product", "A4003")
	page.fill("#sale_date", "2026-05-04")
	files = [{"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 bill"}]
	page.set_input_files("#files", files)
	page.click("form.card button.primary")
	page.wait_for_url("**done=registered*")
	expect(page.locator(".badge")).to_be_visible()
	expect(page.locator("#warranty")).to_have_count(0)
	assert not findings(page, axe)
	name = page.url.split("?")[0].split("/")[-1]

	agent = desk(AGENT_ZH)
	form = agent.open(f"/app/customer-device/{name}")
	expect(form.locator(".form-message")).to_contain_text("保修")
	form.locator(".actions-btn-group .btn-primary").click()
	form.locator(".actions-btn-group .dropdown-menu a", has_text="确认").click()
	expect(form.locator(".page-head .indicator-pill")).to_contain_text("正常")
	agent.picture(form, "devices-confirmed-zh")

	page.goto(f"{customer.url}/service/products/{name}")
	expect(page.locator("#warranty")).to_be_visible()
	customer.picture(page, "devices-confirmed-phone", full_page=True)
	page.locator(".head a.button").click()
	expect(page.locator("form.card")).to_contain_text(serial)
	page.fill("#subject", "不制冷，风扇还在转")
	page.click("form.card button.primary")
	page.wait_for_url("**done=sent*")
	ticket = page.url.split("?")[0].split("/")[-1]

	form.goto(f"{agent.url}/app/service-ticket/{ticket}")
	tab = form.locator(".as-context-tab", has_text="设备")
	expect(tab).to_be_visible()
	tab.click()
	expect(form.locator(".as-context-body:visible")).to_contain_text(serial)
	agent.picture(form, "devices-beside-ticket-zh")
	assert not agent.problems


def test_labels_and_reports(desk):
	manager = desk(MANAGER)
	device = stored(manager, serial_no=MINE)
	form = manager.open(f"/app/customer-device/{device['name']}")
	form.get_by_role("button", name="Print Label").click()
	dialog = form.locator(".modal.show")
	with form.expect_popup() as opened:
		dialog.locator(".btn-modal-primary").click()
	label = opened.value
	expect(label.locator(".serial")).to_have_text(MINE)
	pdf = label.pdf(prefer_css_page_size=True)
	boxes = {
		tuple(float(value) for value in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)
	}
	assert {(round(x / 72 * 25.4), round(y / 72 * 25.4)) for _left, _top, x, y in boxes} == {(50, 30)}
	assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
	manager.picture(label, "devices-label-en")

	page = manager.open(f"/app/query-report/Serial Trace?serial_no={MINE}")
	expect(page.locator(".dt-cell__content", has_text=device["name"]).first).to_be_visible()
	manager.picture(page, "devices-trace-en")

	ticket = page.evaluate(
		"""serial => frappe.db.insert({
			doctype: "Service Ticket", record_type: "Enquiry", customer_name: "Journey", serial_no: serial, product: "A3002",
		}).then((doc) => doc.name)""",
		a_serial(page),
	)
	page = manager.open("/app/query-report/Serial Number Anomalies")
	button = page.locator(f'[data-add-device="{ticket}"]')
	expect(button).to_be_visible()
	manager.picture(page, "devices-anomalies-en")
	button.click()
	page.locator(".modal.show .btn-modal-primary").click()
	expect(page.locator(f'[data-add-device="{ticket}"]')).to_have_count(0)
	found = manager.context.request.get(f"{manager.url}/api/resource/Service Ticket/{ticket}").json()["data"]
	assert found["device"]
	assert not manager.problems
