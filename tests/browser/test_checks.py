"""Checks as people do them: a sample is drawn, a form filled in and printed, objected to; a deleted ticket comes back."""

import re

import frappe
import pytest
from frappe.utils import add_days
from playwright.sync_api import expect

from tests.browser.desk import AGENT, MANAGER, today

LEADER = "leader@aftersales.example"
DRAW = re.compile(r"Draw Sample")


def ask(desk, method: str, **arguments):
	"""Call a whitelisted method or the document API as the person of a Desk."""
	token = desk.open_token
	answer = desk.context.request.post(
		f"{desk.url}/api/method/{method}", data=arguments, headers={"X-Frappe-CSRF-Token": token}
	)
	assert answer.ok, answer.text()
	return answer.json().get("message")


def note_refusal(desk, answer) -> None:
	"""Say which request was refused; the browser's own message does not."""
	# The realtime server no longer knows the session of a page that was just left.
	if answer.status >= 400 and "/socket.io/" not in answer.url:
		desk.problems.append(f"{answer.status} {answer.url}")


def problems(*desks) -> list[str]:
	"""What went wrong, each refused request named once."""
	return [text for desk in desks for text in desk.problems if "Failed to load resource" not in text]


def ready(desk, path: str):
	"""Open a page and remember the token that its session's requests need."""
	desk.context.on("response", lambda answer: note_refusal(desk, answer))
	page = desk.open(path)
	desk.open_token = page.evaluate("frappe.csrf_token")
	return page


@pytest.fixture
def manager(desk):
	return desk(MANAGER, viewport={"width": 1440, "height": 1000})


@pytest.fixture
def leader(desk):
	return desk(LEADER, viewport={"width": 1440, "height": 1000})


def test_draw_check_print_and_object(desk, manager, leader):
	page = ready(manager, "/app/check-plan")
	ticket = ask(
		manager,
		"frappe.client.insert",
		doc={
			"doctype": "Service Ticket",
			"question": "Journey",
			"handling": "Done",
			"customer_name": frappe.generate_hash(length=8),
			"person_in_charge": AGENT,
		},
	)
	plan = ask(
		manager,
		"frappe.client.insert",
		doc={
			"doctype": "Check Plan",
			"title": "Tickets of today",
			"reference_doctype": "Service Ticket",
			"date_field": "creation",
			"frequency": "Daily",
			"method": "All",
			"checker": LEADER,
			"deputy": MANAGER,
			"filters": frappe.as_json([["Service Ticket", "name", "=", ticket["name"], False]]),
			"criteria": [
				{"criterion": "解答正确，有依据", "weight": 3, "mandatory": 1},
				{"criterion": "处理过程记录完整", "weight": 1},
			],
		},
	)
	page.goto(f"{manager.url}/app/check-plan/{plan['name']}")
	expect(page.locator(".filter-area, .filter-box").first).to_be_visible()
	manager.picture(page, "checks-plan-en")
	page.get_by_role("button", name=DRAW).first.click()
	dialog = page.locator(".modal.show")
	expect(dialog.locator("tbody")).to_be_attached()
	# A period that nobody drew: the plan proposes yesterday.
	for field in ("to_date", "from_date"):
		box = dialog.locator(f'[data-fieldname="{field}"] input')
		box.fill(today())
		box.press("Tab")
	expect(dialog).to_contain_text(ticket["name"])
	expect(dialog).to_contain_text("1 of 1 records are checked.")
	manager.picture(page, "checks-draw-en")
	dialog.get_by_role("button", name=DRAW).click()
	expect(page.locator(".list-row", has_text=ticket["name"])).to_be_visible()
	assert ask(
		manager,
		"aftersales.aftersales.checks.draw_sample",
		plan=plan["name"],
		from_date=today(),
		to_date=today(),
	)["already"]
	check = ask(manager, "frappe.client.get_list", doctype="Check Record", filters={"plan": plan["name"]})[0][
		"name"
	]
	# Somebody changes the ticket after it was drawn.
	ask(
		manager,
		"frappe.client.set_value",
		doctype="Service Ticket",
		name=ticket["name"],
		fieldname="handling",
		value="Corrected",
	)

	page = ready(leader, f"/app/check-record/{check}")
	beside = page.locator('[data-fieldname="record_view"]')
	expect(beside).to_contain_text("抽样后有 ")
	expect(beside).to_contain_text("Corrected")
	page.evaluate(
		"""() => {
			for (const row of cur_frm.doc.findings) frappe.model.set_value(row.doctype, row.name, "finding", "OK");
			return cur_frm.set_value({ information_right: "Yes", originals_complete: "Not applicable" });
		}"""
	)
	page.keyboard.press("Control+s")
	expect(page.locator(".indicator-pill", has_text="未保存")).to_have_count(0)
	page.get_by_role("button", name="添加记录").click()
	page.locator(".modal.show textarea").fill("已电话回访客户，情况属实。")
	page.locator(".modal.show").get_by_role("button", name="添加").click()
	expect(page.locator('[data-fieldname="notes"] .grid-row', has_text="情况属实")).to_be_visible()
	page.locator(".actions-btn-group button").click()
	page.locator(".actions-btn-group .dropdown-menu", has_text="完成核查").get_by_text("完成核查").click()
	expect(page.locator(".page-head .indicator-pill", has_text="已核查")).to_be_visible()
	leader.picture(page, "checks-record-zh", full_page=True)
	pdf = leader.context.request.get(
		f"{leader.url}/api/method/frappe.utils.print_format.download_pdf",
		params={
			"doctype": "Check Record",
			"name": check,
			"format": "Check Form",
			"_lang": "zh",
			"no_letterhead": 1,
		},
	)
	assert pdf.ok and pdf.body().startswith(b"%PDF")
	(leader.artifacts / "check-form-zh.pdf").write_bytes(pdf.body())

	agent = desk(AGENT, viewport={"width": 1440, "height": 1000})
	page = ready(agent, f"/app/check-record/{check}")
	expect(page.locator(".form-message", has_text="This is your own record")).to_be_visible()
	page.locator('[data-fieldname="objection"] textarea').fill("The customer agreed on the phone.")
	page.keyboard.press("Control+s")
	expect(page.locator('[data-fieldname="objection_by"]')).to_contain_text(AGENT)
	page.locator(".actions-btn-group button").click()
	page.locator(".actions-btn-group .dropdown-menu").get_by_text("Object", exact=True).click()
	expect(page.locator(".page-head .indicator-pill", has_text="Objection")).to_be_visible()
	agent.picture(page, "checks-objection-en", full_page=True)
	assert problems(manager, leader, agent) == []


def test_deletion_log_history_and_findings(manager, leader):
	page = ready(manager, "/app/checks-and-audit")
	expect(page.locator(".shortcut-widget-box", has_text="Records to Check")).to_be_visible()
	expect(page.locator(".links-widget-box", has_text="Deletion Log")).to_be_visible()
	manager.picture(page, "checks-workspace-en")
	ticket, kept = (
		ask(
			manager,
			"frappe.client.insert",
			doc={
				"doctype": "Service Ticket",
				"question": question,
				"customer_name": "Journey",
				"urgency": "Low",
			},
		)["name"]
		for question in ("Deleted by mistake", "Changed")
	)
	ask(
		manager,
		"frappe.client.set_value",
		doctype="Service Ticket",
		name=kept,
		fieldname="urgency",
		value="High",
	)
	ask(manager, "frappe.client.delete", doctype="Service Ticket", name=ticket)
	page.goto(f"{manager.url}/app/query-report/Deletion Log?number={ticket}")
	page.locator(".deletion-content").first.click()
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("Deleted by mistake")
	manager.picture(page, "deletion-log-en")
	dialog.get_by_role("button", name="Restore").click()
	expect(page.locator(".alert-message", has_text=ticket)).to_be_visible()

	page = ready(leader, f"/app/query-report/Change History?kind=Service Ticket&record={kept}")
	expect(page.locator(".datatable")).to_contain_text("紧急程度")
	expect(page.locator(".datatable")).to_contain_text("高")
	leader.picture(page, "change-history-zh")
	page.goto(
		f"{leader.url}/app/query-report/Check Findings?from_date={add_days(today(), -30)}&to_date={today()}"
	)
	expect(page.locator(".datatable")).to_contain_text("合格")
	leader.picture(page, "check-findings-zh")
	page.goto(f"{leader.url}/app/check-record")
	expect(page.locator(".list-row").first).to_be_visible()
	leader.picture(page, "checks-list-zh")
	assert problems(manager, leader) == []


def test_audited_ticket_is_attacked_over_http(manager):
	ready(manager, "/app/check-plan")
	ticket = ask(
		manager,
		"frappe.client.insert",
		doc={"doctype": "Service Ticket", "handling": "Done", "customer_name": "Audit"},
	)
	for action in ("Start", "Resolve", "Close", "Audit"):
		ticket = ask(
			manager, "frappe.model.workflow.apply_workflow", doc=frappe.as_json(ticket), action=action
		)
	address = f"{manager.url}/api/resource/Service Ticket/{ticket['name']}"
	headers = {"X-Frappe-CSRF-Token": manager.open_token}
	method = f"{manager.url}/api/method"
	name = {"doctype": "Service Ticket", "name": ticket["name"]}
	rows = frappe.as_json([{"doctype": "Service Ticket", "docname": ticket["name"], "remarks": "x"}])
	attacks = (
		("PUT", address, {"remarks": "x"}),
		("PUT", address, {"status": "Closed", "remarks": "x"}),
		("DELETE", address, {}),
		("POST", f"{method}/frappe.client.set_value", {**name, "fieldname": "remarks", "value": "x"}),
		("POST", f"{method}/frappe.client.save", {"doc": {**ticket, "remarks": "x"}}),
		("POST", f"{method}/frappe.client.delete", name),
		(
			"POST",
			f"{method}/frappe.client.rename_doc",
			{"doctype": "Service Ticket", "old_name": ticket["name"], "new_name": "X-1"},
		),
	)
	for verb, target, data in attacks:
		answer = manager.context.request.fetch(target, method=verb, data=data, headers=headers)
		assert answer.status in (403, 417), (verb, target, answer.status, answer.text())
	bulk = ask(manager, "frappe.client.bulk_update", docs=rows)
	assert len(bulk["failed_docs"]) == 1
	upload = {
		"file": {"name": "late.txt", "mimeType": "text/plain", "buffer": b"late"},
		"doctype": "Service Ticket",
		"docname": ticket["name"],
		"is_private": "1",
	}
	answer = manager.context.request.post(f"{method}/upload_file", multipart=upload, headers=headers)
	assert answer.status == 417, answer.text()
	stored = manager.context.request.get(address).json()["data"]
	assert (stored["status"], stored.get("remarks"), stored["modified"]) == (
		"Audited",
		ticket.get("remarks"),
		ticket["modified"],
	)
	opened = ask(
		manager, "frappe.model.workflow.apply_workflow", doc=frappe.as_json(stored), action="Cancel Audit"
	)
	assert opened["status"] == "Closed"
