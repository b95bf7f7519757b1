"""A dispatcher plans on the board; the technician does the visit on the phone, part of it without a connection."""

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.desk import MANAGER, Desk

TECHNICIAN = "technician@aftersales.example"
NAME = "吴强"
WORKSHOP = "workshop@aftersales.example"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PART = "JOURNEY-SEAL"
API = "aftersales.field_service"


@pytest.fixture(scope="module")
def axe() -> str:
	path = Path(os.environ.get("AFTERSALES_NODE_MODULES") or "") / "axe-core" / "axe.min.js"
	assert path.is_file(), f"{path} is missing: run the journeys with `make test`"
	return path.read_text(encoding="utf-8")


def findings(page, axe: str) -> list[str]:
	page.evaluate(axe)
	result = page.evaluate("rules => axe.run(document, { runOnly: rules })", AXE_RULES)
	assert len(result["passes"]) > 10, "axe looked at nothing"
	found = [f"{row['impact']} {row['id']}: {row['nodes'][0]['html'][:120]}" for row in result["violations"]]
	if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
		found.append("wider than the screen")
	return found


def call(page, method: str, **arguments):
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, arguments])


def insert(page, **doc) -> str:
	return call(page, "frappe.client.insert", doc=doc)["name"]


def prepare(page) -> tuple[str, str]:
	"""A part in the technician's own stock, and a new order of a customer."""
	technician = call(
		page,
		"frappe.client.get_value",
		doctype="Technician",
		filters={"staff": TECHNICIAN},
		fieldname=["name", "warehouse", "outlet"],
	)
	if not call(page, "frappe.client.get_count", doctype="Spare Part", filters={"name": PART}):
		insert(page, doctype="Spare Part", part_no=PART, part_name="门封条 Door Seal", price=35, chargeable=1)
	item = {"spare_part": PART, "qty": 2, "rate": 20}
	entry = call(
		page,
		"frappe.client.insert",
		doc={
			"doctype": "Part Stock Entry",
			"purpose": "Receipt",
			"target_warehouse": technician["warehouse"],
			"items": [item],
		},
	)
	call(page, "frappe.client.submit", doc=entry)
	order = insert(
		page,
		doctype="Service Order",
		order_kind="Repair",
		urgency="Critical",
		customer_name="Journey Customer",
		contact_phone="13900009911",
		address="大连市中山区人民路 99 号",
		symptom="Door does not close",
		outlet=technician["outlet"],
	)
	return technician["name"], order


def test_from_the_board_to_the_service_report(desk, axe):
	dispatcher = desk(MANAGER)
	page = dispatcher.open("/app/dispatch-board")
	technician, order = prepare(page)
	plan(dispatcher, page, technician, order)
	do_the_visit(desk, axe, order)
	doc = call(page, "frappe.client.get", doctype="Service Order", name=order)
	assert (doc["stage"], doc["signed_by"], doc["customer_pays"]) == ("Completed", "Mr Li", doc["total_fee"])
	assert [(row["spare_part"], row["qty"], row["amount"]) for row in doc["parts"]] == [(PART, 1, 35)]
	assert doc["departed_at"] <= doc["arrived_at"] <= doc["left_at"]
	assert len(doc["pictures"]) == 1
	assert doc["parts"][0]["stock_entry"]
	assert not dispatcher.problems


def plan(dispatcher: Desk, page, technician: str, order: str) -> None:
	"""Drag the order to the technician, then move it by keyboard, then look at it in the dialog."""
	page.get_by_role("button", name="Refresh").click()
	card = page.locator(f'.as-waiting [data-order="{order}"]')
	expect(card).to_be_visible()
	track = page.locator(f'.as-track[data-technician="{technician}"]')
	card.drag_to(track, target_position={"x": track.bounding_box()["width"] * 0.85, "y": 20})
	bar = page.locator(f'.as-job[data-order="{order}"]')
	expect(bar).to_be_visible()
	before = bar.locator("b").inner_text()
	bar.focus()
	page.keyboard.press("Alt+ArrowLeft")
	expect(bar.locator("b")).not_to_have_text(before)
	bar.focus()
	page.keyboard.press("Enter")
	dialog = page.locator(".modal.show")
	expect(dialog.locator(".as-proposals li").first).to_be_visible()
	dispatcher.picture(page, "dispatch-plan")
	dialog.locator(".btn-modal-close").click()
	dispatcher.picture(page, "dispatch-board")
	page.evaluate(
		"""name => frappe.db.get_doc("Service Order", name).then((doc) =>
			frappe.xcall("frappe.model.workflow.apply_workflow", { doc, action: "Dispatch" }))""",
		order,
	)


def do_the_visit(desk, axe, order: str) -> None:
	made: Desk = desk(TECHNICIAN, bypass_csp=True, **PHONE)
	page = made.context.new_page()
	page.goto(f"{made.url}/technician")
	expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
	assert not findings(page, axe)
	made.picture(page, "technician-day", full_page=True)
	expect(page.locator(f'.card[data-order="{order}"] .tag')).to_have_text("待接单")
	page.locator(f'.card[data-order="{order}"]').click()
	step = page.locator("button.main[data-step]:visible")
	expect(step).to_have_text("接单")
	step.click()
	expect(step).to_have_text("出发")
	wait_until_sent(page)

	# From here on in a cellar.
	made.context.set_offline(True)
	step.click()
	expect(step).to_have_text("到达")
	step.click()
	expect(page.locator("#net")).to_contain_text("2")
	page.fill("#content", "更换门封条")
	page.fill("#find-part", PART.lower())
	page.locator(".list button", has_text=PART).click()
	page.get_by_role("button", name="添加", exact=True).click()
	expect(page.locator(".part")).to_contain_text("联网后")
	made.picture(page, "technician-offline", full_page=True)
	made.context.set_offline(False)
	wait_until_sent(page)

	expect(page.locator(".part")).to_contain_text("35.00")
	expect(page.locator("#content")).to_have_value("更换门封条")
	page.set_input_files(
		"input[type=file]", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph()}]
	)
	expect(page.locator(".photos img")).to_have_count(1)
	wait_until_sent(page)
	assert not findings(page, axe)
	sign(page)
	page.fill("#signed_by", "Mr Li")
	made.picture(page, "technician-order", full_page=True)
	page.locator("button.finish").click()
	wait_until_sent(page)
	card = page.locator(f'.card[data-order="{order}"]')
	expect(card).to_have_class(re.compile("is-done"))
	expect(card.locator(".tag")).to_have_text("✓ 完成")
	card.click()
	report = page.get_by_role("link", name="服务报告")
	expect(report).to_be_visible()
	printed = made.context.request.get(made.url + report.get_attribute("href"))
	assert printed.ok and "<h1>服务报告</h1>" in printed.text()
	assert not [problem for problem in made.problems if "Failed to load" not in problem]


def wait_until_sent(page) -> None:
	page.wait_for_function("navigator.onLine && !phone.queue().length")


def photograph() -> bytes:
	content = io.BytesIO()
	Image.effect_noise((1800, 1200), 60).convert("RGB").save(content, "JPEG")
	return content.getvalue()


def sign(page) -> None:
	canvas = page.locator("canvas")
	canvas.scroll_into_view_if_needed()
	box = canvas.bounding_box()
	page.mouse.move(box["x"] + 20, box["y"] + 60)
	page.mouse.down()
	page.mouse.move(box["x"] + 120, box["y"] + 120, steps=5)
	page.mouse.up()


def test_the_workshop_board(desk):
	made = desk(WORKSHOP)
	page = made.open("/app/workshop-board")
	technician = call(
		page,
		"frappe.client.get_value",
		doctype="Technician",
		filters={"staff": TECHNICIAN},
		fieldname=["outlet"],
	)
	order = insert(
		page,
		doctype="Service Order",
		order_kind="Workshop",
		customer_name="Workshop Journey",
		symptom="No power",
		content="New fuse",
		outlet=technician["outlet"],
	)
	page.evaluate(
		"""name => frappe.db.get_doc("Service Order", name).then((doc) =>
			frappe.xcall("frappe.model.workflow.apply_workflow", { doc, action: "Receive" }))""",
		order,
	)
	page.get_by_role("button", name="Refresh").click()
	card = page.locator(f'article[data-order="{order}"]')
	free = page.locator('.as-lane[data-free="1"]').first
	bay = free.get_attribute("data-bay")
	card.drag_to(free)
	expect(page.locator(f'.as-lane[data-bay="{bay}"] article[data-order="{order}"]')).to_be_visible()
	card.get_by_role("button", name="Start Work").click()
	page.locator(".modal.show select").select_option(label=NAME)
	page.locator(".modal.show .btn-modal-primary").click()
	expect(card.locator("[data-act=stop]")).to_be_visible()
	made.picture(page, "workshop-board")
	card.locator("[data-act=stop]").click()
	expect(card.locator("[data-act=stop]")).to_have_count(0)
	card.get_by_role("button", name="Out of the Bay").click()
	expect(page.locator(f'.as-lane[data-bay=""] article[data-order="{order}"]')).to_be_visible()
	assert not made.problems
