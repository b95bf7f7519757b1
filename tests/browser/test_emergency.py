"""The emergency page from taking it to importing what was written down on it, the browser being offline in between."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import frappe
from playwright.sync_api import expect

from tests.browser.desk import ADMINISTRATOR, MANAGER, PATIENCE_MS

PHONE = "13812345678"


def bench(*arguments: str) -> str:
	"""Run a command of Frappe on the journey's site, as an administrator does on the server."""
	sites = Path(os.environ["AFTERSALES_BENCH"]) / "sites"
	site = os.environ["AFTERSALES_JOURNEY_SITE"]
	done = subprocess.run(
		[sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, *arguments],
		cwd=sites,
		capture_output=True,
		text=True,
		timeout=300,
	)
	assert done.returncode == 0, done.stderr
	return done.stdout


def take_snapshot(me) -> tuple[str, str]:
	"""Take one in the Desk and return its name and the address of its page."""
	page = me.open("/app/emergency-snapshot/new")
	page.get_by_role("button", name="Take Snapshot").click()
	page.wait_for_function("!cur_frm.is_new()")
	name = page.evaluate("cur_frm.doc.name")
	# The worker's job, unless a worker has taken it already.
	bench("execute", "aftersales.aftersales.emergency.build.build", "--args", frappe.as_json([name]))
	page.wait_for_function(
		"cur_frm.reload_doc() && cur_frm.doc.status === 'Ready'", polling=1000, timeout=PATIENCE_MS
	)
	expect(page.get_by_role("button", name="Download Page")).to_be_visible()
	me.picture(page, "emergency-snapshot-en")
	return name, page.evaluate("cur_frm.doc.html_file")


def save(download, folder: Path) -> Path:
	"""Save a download and return its path."""
	path = folder / download.suggested_filename
	download.save_as(path)
	return path


def import_file(admin, doctype: str, path: Path) -> list[int]:
	"""Import a file with Data Import, as an administrator does; returns the outcome of each row."""
	token = {"X-Frappe-CSRF-Token": admin.token}
	upload = {"name": path.name, "mimeType": "text/csv", "buffer": path.read_bytes()}
	answer = admin.context.request.post(
		f"{admin.url}/api/method/upload_file", multipart={"file": upload, "is_private": "1"}, headers=token
	)
	assert answer.ok, answer.text()
	answer = admin.context.request.post(
		f"{admin.url}/api/resource/Data Import",
		data={
			"reference_doctype": doctype,
			"import_type": "Insert New Records",
			"import_file": answer.json()["message"]["file_url"],
		},
		headers=token,
	)
	assert answer.ok, answer.text()
	name = answer.json()["data"]["name"]
	# What "Start Import" gives to the worker.
	bench(
		"execute",
		"frappe.core.doctype.data_import.data_import.start_import",
		"--args",
		frappe.as_json([name]),
	)
	answer = admin.context.request.get(
		f"{admin.url}/api/method/frappe.client.get_list",
		params={
			"doctype": "Data Import Log",
			"filters": frappe.as_json({"data_import": name}),
			"fields": frappe.as_json(["success"]),
		},
	)
	assert answer.ok, answer.text()
	return [row["success"] for row in answer.json()["message"]]


def count(me, doctype: str, **filters) -> int:
	answer = me.context.request.get(
		f"{me.url}/api/method/frappe.client.get_count",
		params={"doctype": doctype, "filters": frappe.as_json(filters)},
	)
	assert answer.ok, answer.text()
	return answer.json()["message"]


def test_offline_and_back(desk, browser, tmp_path, artifacts):
	me = desk(MANAGER, viewport={"width": 1366, "height": 900})
	_name, url = take_snapshot(me)
	answer = me.context.request.get(me.url + url)
	assert answer.ok and "attachment" in answer.headers["content-disposition"]
	file = tmp_path / "emergency.html"
	file.write_bytes(answer.body())

	away = browser.new_context(viewport={"width": 1366, "height": 900}, accept_downloads=True, locale="en-GB")
	away.set_offline(True)
	asked, problems = [], []
	page = away.new_page()
	page.on("request", lambda request: asked.append(request.url))
	page.on("pageerror", lambda error: problems.append(str(error)))
	page.goto(file.as_uri())
	expect(page.locator("h1")).to_have_text("Emergency Snapshot")
	page.locator("#search").fill("138-1234-5678")
	customers = page.locator('[data-tab="customers"]')
	expect(customers).to_contain_text("(1)")
	customers.click()
	expect(page.locator("details").first).to_contain_text(PHONE)
	page.screenshot(path=artifacts / "emergency-customer-en.png")

	page.get_by_role("button", name="New Ticket").click()
	page.locator("[name=question]").fill('No cooling, display says "E1"\nsince this morning')
	page.locator("[name=by]").fill("Emma")
	page.get_by_role("button", name="Save").click()
	page.locator("#language").click()
	page.locator("#theme").click()
	page.locator("#search").fill("")
	expect(customers).not_to_contain_text("(1)")
	page.locator('[data-tab="tickets"]').click()
	ticket = page.locator("details").first
	ticket.locator("summary").click()
	number = ticket.locator("summary b").inner_text()
	ticket.get_by_role("button", name="添加记录").click()
	page.locator("[name=note]").fill("已电话告知客户明日上门")
	page.get_by_role("button", name="保存").click()
	expect(page.locator(".entry")).to_have_count(2)
	page.screenshot(path=artifacts / "emergency-written-zh.png")

	# What was written down is there after the browser was closed.
	page.close()
	page = away.new_page()
	page.goto(file.as_uri())
	page.locator('[data-tab="written"]').click()
	expect(page.locator(".entry")).to_have_count(2)
	files = []
	for button in ("#download-tickets", "#download-notes"):
		with page.expect_download() as waiting:
			page.locator(button).click()
		files.append(save(waiting.value, tmp_path))
	assert [address for address in asked if not address.startswith(("file:", "blob:", "data:"))] == []
	assert problems == []
	away.close()

	tickets, notes = files
	row = next(csv.DictReader(tickets.open(encoding="utf-8", newline="")))
	assert row["offline_id"].startswith("OFF-") and PHONE in row["contact_phone"]
	admin = desk(ADMINISTRATOR)
	admin.token = admin.open("/app/data-import").evaluate("frappe.csrf_token")
	for success in (1, 0):
		assert import_file(admin, "Service Ticket", tickets) == [success]
		assert import_file(admin, "Offline Note", notes) == [success]
	assert count(me, "Service Ticket", offline_id=row["offline_id"]) == 1
	assert count(me, "Offline Note", ticket=number) == 1
	page = me.open(f"/app/service-ticket/{number}")
	expect(page.locator('[data-fieldname="handling_log"]')).to_contain_text("已电话告知客户明日上门")
	assert me.problems == []
