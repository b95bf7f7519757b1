"""The customer portal as its people use it: on a phone and at a desk, in both languages, also without JavaScript; axe looks at each page."""

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.desk import AGENT_ZH, DEMO_PASSWORD, Desk

CUSTOMER = "zhangsan@example.com"
COMPANY = "northgate@example.com"
DEALER = "dealer@example.com"
PHONE = {"width": 390, "height": 844}
COMPUTER = {"width": 1280, "height": 800}
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
	None: (
		"/service",
		"/service/faq",
		"/service/faq?q=fridge",
		"/service/downloads",
		"/service/login",
		"/service/sign-up",
		"/service/password",
		"/service/no-such-page",
	),
	CUSTOMER: ("/service", "/service/tickets?state=all", "/service/tickets/new", "/service/account"),
	COMPANY: ("/service", "/service/tickets?state=all"),
	DEALER: (
		"/service",
		"/service/customers",
		"/service/tickets?state=all",
		"/service/parts",
		"/service/part-orders",
		"/service/part-orders/new",
		"/service/refurbishing",
		"/service/refurbishing/new",
	),
}


@pytest.fixture(scope="module")
def axe() -> str:
	"""The accessibility checker, which comes with the bench's node packages."""
	folder = Path(os.environ.get("AFTERSALES_NODE_MODULES") or "")
	path = folder / "axe-core" / "axe.min.js"
	assert path.is_file(), f"{path} is missing: run the journeys with `make test`"
	return path.read_text(encoding="utf-8")


def visitor(desk, user: str | None = None, **options) -> Desk:
	"""A browser in the portal; axe is put into the page, which its own policy would forbid."""
	made = desk(None, bypass_csp=True, **options)
	if user:
		answer = made.context.request.post(
			f"{made.url}/service/login", form={"usr": user, "pwd": DEMO_PASSWORD}, max_redirects=0
		)
		assert answer.status == 303, answer.text()
	return made


def go(made: Desk, path: str):
	page = made.context.pages[0] if made.context.pages else made.context.new_page()
	page.goto(made.url + path)
	return page


def findings(page, axe: str) -> list[str]:
	"""What axe finds on a page, and whether the page is wider than the screen."""
	page.evaluate(axe)
	result = page.evaluate("rules => axe.run(document, { runOnly: rules })", AXE_RULES)
	assert len(result["passes"]) > 10, "axe looked at nothing"
	found = [
		f"{page.url}: {violation['impact']} {violation['id']}: {violation['nodes'][0]['html'][:120]}"
		for violation in result["violations"]
	]
	if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
		found.append(f"{page.url}: wider than the screen")
	return found


def name_of(path: str) -> str:
	return re.sub(r"\W+", "-", path.removeprefix("/service").strip("/")) or "home"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", ["phone", "computer"])
def test_every_page_is_accessible(desk, axe, size, language):
	problems = []
	for user, paths in PAGES.items():
		made = visitor(desk, user, viewport=PHONE if size == "phone" else COMPUTER)
		page = go(made, "/service")
		page.click(f"button[value={language}]")
		for path in [*paths, "first ticket" if user == CUSTOMER else "first answer"]:
			if path.startswith("/"):
				page = go(made, path)
			else:
				page = go(made, "/service/tickets?state=all" if "ticket" in path else "/service/faq")
				page.locator("ul.cards a, ol.hits a").first.click()
			assert page.locator("html").get_attribute("lang").startswith(language)
			problems += findings(page, axe)
			who = (user or "visitor").split("@")[0]
			made.picture(page, f"portal-{who}-{name_of(path)}-{size}-{language}", full_page=True)
		made.context.close()
	assert not problems, "\n".join(problems)


def photograph() -> bytes:
	content = io.BytesIO()
	Image.effect_noise((2400, 1800), 60).convert("RGB").save(content, "JPEG", quality=95)
	return content.getvalue()


def test_from_the_question_to_the_rating(desk, axe):
	customer = visitor(desk, CUSTOMER, viewport=PHONE)
	page = go(customer, "/service/tickets/new")
	page.fill("#product", "A4001")
	expect(page.locator("#products option")).not_to_have_count(0)
	page.locator("#subject").press_sequentially("冰箱不制冷", delay=20)
	expect(page.locator("#answers a").first).to_be_visible()
	assert not findings(page, axe)
	customer.picture(page, "portal-suggestions-phone")
	page.fill("#details", "昨天开始的，灯还亮着。")
	files = [{"name": "fault.jpg", "mimeType": "image/jpeg", "buffer": photograph()}]
	page.set_input_files("#files", files)
	expect(page.locator("#files-said")).to_contain_text("1")
	assert page.evaluate("document.querySelector('#files').files[0].size") < len(files[0]["buffer"]) / 2
	page.reload()
	expect(page.locator("#details")).to_have_value("昨天开始的，灯还亮着。")
	page.set_input_files("#files", files)
	expect(page.locator("#files-said")).to_contain_text("1")
	page.click("form.card button.primary")
	page.wait_for_url("**done=sent*")
	ticket = page.url.split("?")[0].split("/")[-1]
	expect(page.locator(".files img")).to_be_visible()
	page.wait_for_function("document.querySelector('.files img').naturalWidth > 100")

	agent = desk(AGENT_ZH)
	form = agent.open(f"/app/service-ticket/{ticket}")
	answer_from_the_desk(agent, form, "明天上午九点上门，请保持电话畅通。")
	agent.picture(form, "portal-agent-answers")

	page.reload()
	expect(page.locator(".messages .theirs")).to_contain_text("明天上午九点上门")
	page.fill("#text", "好的")
	page.click("form.card button.primary")
	page.wait_for_url("**done=reply*")
	form.reload()
	expect(form.locator(".new-timeline")).to_contain_text("好的")

	resolve(form, agent)
	page.goto(f"{customer.url}/service/tickets/{ticket}")
	assert not findings(page, axe)
	customer.picture(page, "portal-solved-phone", full_page=True)
	page.locator(".choices span").first.click()
	page.click("form:has(.choices) button")
	page.wait_for_url("**done=rated*")
	page.click("form.inline button.primary")
	page.wait_for_url("**done=confirmed*")
	expect(page.locator(".steps .current")).to_have_attribute("aria-current", "step")
	assert not [problem for problem in customer.problems if "Failed to load" not in problem]


def answer_from_the_desk(agent: Desk, form, text: str) -> None:
	form.get_by_role("button", name="答复客户").click()
	dialog = form.locator(".modal.show")
	dialog.locator("textarea").fill(text)
	dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_be_hidden()
	expect(form.locator(".new-timeline")).to_contain_text(text)


def resolve(form, agent: Desk) -> None:
	"""Take the ticket to Resolved by Frappe's own API, as the Desk's buttons do."""
	form.evaluate(
		"""async () => {
			const doc = cur_frm.doc;
			await frappe.xcall("aftersales.aftersales.tickets.add_handling_entry", { ticket: doc.name, entry: "更换压缩机" });
			await cur_frm.reload_doc();
			await frappe.xcall("frappe.model.workflow.apply_workflow", { doc: cur_frm.doc, action: "Resolve" });
		}"""
	)


def test_the_main_jobs_without_javascript(desk):
	made = desk(None, java_script_enabled=False, viewport=PHONE)
	page = go(made, "/service/tickets")
	page.fill("#usr", CUSTOMER)
	page.fill("#pwd", DEMO_PASSWORD)
	page.click("main button.primary")
	page.wait_for_url("**/service/tickets")
	page.click("button[value=en]")
	page.click("a.button.primary")
	page.fill("#subject", "No script here")
	page.click("form.card button.primary")
	page.wait_for_url("**done=sent*")
	page.fill("#text", "One more thing")
	page.click("form.card button.primary")
	expect(page.locator(".messages")).to_contain_text("One more thing")
	page.goto(f"{made.url}/service/faq?q=fridge")
	page.locator("ol.hits a").first.click()
	expect(page.locator("article h1")).to_be_visible()
	page.click("footer button")
	expect(page.get_by_role("link", name="Sign In")).to_be_visible()


def test_by_keyboard(desk):
	made = visitor(desk, viewport=COMPUTER)
	page = go(made, "/service")
	page.keyboard.press("Tab")
	expect(page.locator(".skip")).to_be_focused()
	expect(page.locator(".skip")).to_be_visible()
	page.keyboard.press("Enter")
	page.keyboard.press("Tab")
	expect(page.locator("#q")).to_be_focused()
	page.keyboard.type("fridge")
	expect(page.locator("#q-answers a").first).to_be_visible()
	page.keyboard.press("Tab")
	expect(page.get_by_role("button", name="Search")).to_be_focused()
	page.keyboard.press("Tab")
	expect(page.locator("#q-answers a").first).to_be_focused()
	page.keyboard.press("Enter")
	expect(page.locator("article h1")).to_be_visible()
