"""A service order from the ticket to the printed report: the outlet receives it, a part comes from the technician's stock."""

import re
import subprocess

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.desk import AGENT, AGENT_ZH, MANAGER

OUTLET = "outlet@aftersales.example"
TECHNICIAN = "technician@aftersales.example"
PRICE = 45
TYPING = 40  # ms between keystrokes, as somebody types
WORDS = {
	"en": {
		"agent": AGENT,
		"create": "Create",
		"order": "Service Order",
		"dispatch": "Dispatch",
		"receive": "Receive",
		"arrive": "Arrive",
		"complete": "Complete",
		"add": "Add",
		"package": "Job Package",
		"language": "en",
		"report": ("Service Report", "Customer Pays", "Parts Fee"),
		"serial": "journey-en",
	},
	"zh": {
		"agent": AGENT_ZH,
		"create": "创建",
		"order": "服务单",
		"dispatch": "派工",
		"receive": "接单",
		"arrive": "到达现场",
		"complete": "完成",
		"add": "添加",
		"package": "作业套餐",
		"language": "zh",
		"report": ("服务报告", "客户应付", "备件费"),
		"serial": "journey-zh",
	},
}


def ready(page) -> None:
	page.wait_for_function("!frappe.is_ajax_busy && !document.querySelector('.freeze')")


def act(page, action: str) -> None:
	"""Take a step of the workflow by its menu."""
	ready(page)
	page.locator(".actions-btn-group:visible button").first.click()
	page.locator(".actions-btn-group .dropdown-menu").get_by_text(action, exact=True).click()


def settled(page, stage: str) -> None:
	"""Wait for a stage and open the form anew: what the step loads again must not come while somebody types."""
	page.wait_for_function(f"cur_frm.doc.stage === '{stage}'")
	page.reload()
	page.wait_for_function(f"window.cur_frm && cur_frm.doc && cur_frm.doc.stage === '{stage}'")
	ready(page)


def edit(cell) -> None:
	"""Click into a cell of a grid until it is one's to write in; a form that is still being drawn swallows clicks."""
	for _attempt in range(10):
		cell.click()
		try:
			return cell.locator("input").wait_for(timeout=5_000)
		except TimeoutError:
			continue
	cell.locator("input").wait_for()


def call(desk, method: str, **arguments):
	"""Ask the site with the rights of who is logged in; the answer must be a success."""
	token = desk.context.pages[0].evaluate("frappe.csrf_token")
	answer = desk.context.request.post(
		f"{desk.url}/api/method/{method}", data=arguments, headers={"X-Frappe-CSRF-Token": token}
	)
	assert answer.ok, answer.text()[:2000]
	return answer.json().get("message")


def make_stock(admin) -> tuple[str, str, str]:
	"""Give the demo technician two pieces of a new part; returns part, warehouse, technician."""
	technician = call(
		admin,
		"frappe.client.get_value",
		doctype="Technician",
		filters={"user": TECHNICIAN},
		fieldname=["name", "warehouse", "outlet"],
	)
	assert technician, "the demo has a technician"
	warehouse = technician["warehouse"]
	if not warehouse:
		warehouse = call(
			admin,
			"frappe.client.insert",
			doc={
				"doctype": "Part Warehouse",
				"warehouse_name": f"Van {technician['name']}",
				"warehouse_kind": "Technician",
				"technician": technician["name"],
				"outlet": technician["outlet"],
			},
		)["name"]
	part = call(
		admin,
		"frappe.client.insert",
		doc={
			"doctype": "Spare Part",
			"part_no": admin.context.pages[0].evaluate("'J' + frappe.utils.get_random(8).toUpperCase()"),
			"part_name": "Relay of the journey",
			"price": PRICE,
			"chargeable": 1,
		},
	)["name"]
	slip = call(
		admin,
		"frappe.client.insert",
		doc={
			"doctype": "Part Stock Entry",
			"purpose": "Receipt",
			"target_warehouse": warehouse,
			"items": [{"spare_part": part, "qty": 2, "rate": 20}],
		},
	)
	call(admin, "frappe.client.submit", doc=slip)
	return part, warehouse, technician["name"]


def balance(admin, part: str, warehouse: str) -> float:
	"""Return what the balance says, after a look whether the ledger's sum says the same."""
	filters = {"spare_part": part, "warehouse": warehouse}
	stock = call(admin, "frappe.client.get_value", doctype="Part Balance", filters=filters, fieldname="qty")[
		"qty"
	]
	rows = call(
		admin, "frappe.client.get_list", doctype="Part Ledger Entry", filters=filters, fields=["qty_change"]
	)
	assert sum(row["qty_change"] for row in rows) == stock
	return stock


def text_of_pdf(desk, order: str, print_format: str, language: str, name: str) -> str:
	"""Download a print as PDF, keep it with a picture of its first page, and return its text."""
	answer = desk.context.request.get(
		f"{desk.url}/api/method/frappe.utils.print_format.download_pdf",
		params={"doctype": "Service Order", "name": order, "format": print_format, "_lang": language},
	)
	assert answer.ok and answer.body().startswith(b"%PDF"), answer.status
	path = desk.artifacts / f"{name}.pdf"
	path.write_bytes(answer.body())
	subprocess.run(["pdftoppm", "-png", "-r", "80", str(path), str(path.with_suffix(""))], check=True)
	return subprocess.run(
		["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
	).stdout


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_ticket_to_report(desk, language):
	words = WORDS[language]
	admin = desk(MANAGER)
	admin.open("/app/service-order")
	part, warehouse, technician = make_stock(admin)
	assert balance(admin, part, warehouse) == 2

	# the hotline: from a ticket to an order that goes to an outlet
	agent = desk(words["agent"])
	page = agent.open("/app/service-ticket")
	customer = call(
		agent,
		"frappe.client.get_value",
		doctype="Service Customer",
		filters={"customer_name": "张三"},
		fieldname="name",
	)["name"]
	ticket = call(
		agent,
		"frappe.client.insert",
		doc={
			"doctype": "Service Ticket",
			"record_type": "Repair",
			"customer": customer,
			"product": "A4001",
			"lot_no": "L-1",
			"question": "冰箱不制冷",
		},
	)["name"]
	page.goto(f"{agent.url}/app/service-ticket/{ticket}")
	ready(page)
	page.locator(".inner-group-button", has_text=words["create"]).locator("button").click()
	page.locator(".inner-group-button .dropdown-menu").get_by_text(words["order"], exact=True).click()
	page.wait_for_url(re.compile("new-service-order"))
	ready(page)
	# an outlet is proposed, with the reason on the form
	page.wait_for_function("cur_frm.doctype === 'Service Order' && cur_frm.doc.outlet_reason")
	expect(page.locator('[data-fieldname="outlet_reason"] .control-value:visible')).to_have_text(
		page.evaluate("cur_frm.doc.outlet_reason")
	)
	assert page.evaluate("cur_frm.set_value('outlet', '大连中山网点').then(() => cur_frm.doc.outlet)")
	page.keyboard.press("Control+s")
	page.wait_for_url(re.compile(r"/service-order/SO-"))
	act(page, words["dispatch"])
	page.wait_for_function("cur_frm.doc.stage === 'Dispatched'")
	order = page.evaluate("cur_frm.doc.name")
	assert page.evaluate("cur_frm.doc.service_centre") == "大连服务中心"
	agent.picture(page, f"service-order-dispatched-{language}")

	# the outlet was told, receives it and names the technician
	outlet = desk(OUTLET)
	theirs = outlet.open(f"/app/service-order/{order}")
	ready(theirs)
	act(theirs, "接单")
	settled(theirs, "Received")
	theirs.evaluate(
		"technician => cur_frm.set_value('technician', technician).then(() => cur_frm.save())", technician
	)
	theirs.wait_for_function("!cur_frm.is_dirty() && cur_frm.doc.technician")
	outlet.picture(theirs, "service-order-outlet-zh")

	# the technician does the work and takes a part from the own stock
	engineer = desk(TECHNICIAN)
	work = engineer.open(f"/app/service-order/{order}")
	act(work, "到达现场")
	settled(work, "In Work")
	work.locator(
		'.form-tabs .nav-link[data-fieldname="work_tab"], .form-tabs [data-fieldname="work_tab"]'
	).first.click()
	grid = work.locator('.frappe-control[data-fieldname="parts"]:visible')
	grid.locator(".grid-add-row").click()
	cell = grid.locator('.grid-row[data-idx="1"] [data-fieldname="spare_part"]')
	edit(cell)
	work.keyboard.type(part, delay=TYPING)
	work.locator(".awesomplete li", has_text=part).first.click()
	# the form asks the site about the part before it takes it
	work.wait_for_function(
		"part => cur_frm.doc.parts[0].spare_part === part && cur_frm.doc.parts[0].part_name", arg=part
	)
	ready(work)
	work.locator('[data-fieldname="content"] textarea:visible').fill("更换继电器")
	work.keyboard.press("Control+s")
	work.wait_for_function("!cur_frm.is_dirty() && cur_frm.doc.parts[0].amount > 0")
	assert work.evaluate("cur_frm.doc.parts[0].warehouse") == warehouse
	assert work.evaluate("cur_frm.doc.parts_fee") == PRICE
	engineer.picture(work, "service-order-parts-zh")
	act(work, "完成")
	work.wait_for_function("cur_frm.doc.stage === 'Completed'")
	assert work.evaluate("cur_frm.doc.parts[0].stock_entry")
	engineer.picture(work, "service-order-completed-zh")

	# one piece is gone, and the report says so
	assert balance(admin, part, warehouse) == 1
	page.goto(f"{agent.url}/app/service-order/{order}")
	ready(page)
	agent.picture(page, f"service-order-completed-{language}", full_page=True)
	text = text_of_pdf(agent, order, "Service Report", words["language"], f"service-report-{language}")
	for expected in (order, "张三", "更换继电器", part, f"{PRICE}.00", *words["report"]):
		assert expected in text, expected
	slip = text_of_pdf(
		agent, order, "Service Order Slip", words["language"], f"service-order-slip-{language}"
	)
	assert order in slip
	problems = [line for person in (agent, outlet, engineer, admin) for line in person.problems]
	# Frappe's grid selects the text of what has the focus, whatever that is
	assert [line for line in problems if "activeElement.select" not in line] == []
