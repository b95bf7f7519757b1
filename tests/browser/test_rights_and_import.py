"""An administrator gives a role profile; a customer file with a bad line is imported, in English and in Chinese."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ADMINISTRATOR, MANAGER

IMPORTER_ZH = "importer.zh@aftersales.example"
PASSWORD = "Zh-Import-2026-rows"
FILES = {
	"en": (
		"Customer Name,Phone,Member No.\n"
		"Journey Import One,13900007001,JI-1\nJourney Import Two,no number,JI-2\n"
		"Journey Import Three,13900007003,JI-3\nJourney Import One,13900007001,JI-1\n"
	),
	"zh": (
		"客户姓名,电话,会员号码\n"
		"导入客户一,13900007011,JI-11\n导入客户二,没有号码,JI-12\n导入客户三,13900007013,JI-13\n导入客户一,13900007011,JI-11\n"
	),
}


def call(page: Page, method: str, **args):
	return page.evaluate("([method, args]) => frappe.xcall(method, args)", [method, args])


@pytest.fixture
def administrator(desk):
	"""The administrator's Desk, with an account for the Chinese importer; both account and imports go afterwards."""
	page = desk(ADMINISTRATOR).open("/app/user")
	call(
		page,
		"frappe.client.insert",
		doc={
			"doctype": "User",
			"email": IMPORTER_ZH,
			"first_name": "林静",
			"language": "zh",
			"send_welcome_email": 0,
			"new_password": PASSWORD,
			"user_image": "/assets/aftersales/images/aftersales.svg",
		},
	)
	yield page
	manager = desk(MANAGER).open("/app/service-customer")
	filters = [["member_no", "like", "JI-%"]]
	for row in call(manager, "frappe.client.get_list", doctype="Service Customer", filters=filters):
		call(manager, "frappe.client.delete", doctype="Service Customer", name=row["name"])
	call(page, "frappe.client.delete", doctype="User", name=IMPORTER_ZH)


def give_profile(page: Page, me) -> None:
	page.goto(f"{me}/app/user/{IMPORTER_ZH}")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'User' && !cur_frm.is_new()")
	page.evaluate("cur_frm.scroll_to_field('role_profile_name')")
	page.evaluate("cur_frm.set_value('role_profile_name', 'System Owner')")
	page.wait_for_function("cur_frm.doc.roles.length === 5")
	page.evaluate("cur_frm.save()")
	page.wait_for_function("!cur_frm.is_dirty()")


def import_file(me, language: str) -> Page:
	"""Import the file as people do: attach, look at the preview, start, read what became of each line."""
	page = me.open("/app/data-import")
	upload = me.context.request.post(
		f"{me.url}/api/method/upload_file",
		headers={"X-Frappe-CSRF-Token": page.evaluate("frappe.csrf_token")},
		multipart={
			"file": {
				"name": f"customers-{language}.csv",
				"mimeType": "text/csv",
				"buffer": FILES[language].encode(),
			},
			"is_private": "1",
		},
	)
	assert upload.ok, upload.text()
	job = call(
		page,
		"frappe.client.insert",
		doc={
			"doctype": "Data Import",
			"reference_doctype": "Service Customer",
			"import_type": "Insert New Records",
			"import_file": upload.json()["message"]["file_url"],
		},
	)["name"]
	page.evaluate("name => frappe.set_route('Form', 'Data Import', name)", job)
	page.wait_for_function("name => window.cur_frm && cur_frm.docname === name", arg=job)
	number = "13900007003" if language == "en" else "13900007013"
	expect(page.locator("[data-fieldname=import_preview]")).to_contain_text(number)
	me.picture(page, f"import-export-preview-{language}")
	page.locator(".page-head .primary-action:visible").click()
	confirm = page.locator(".modal.show .btn-primary")
	if confirm.count():
		confirm.first.click()
	for _attempt in range(60):
		if call(page, "frappe.client.get_value", doctype="Data Import", filters=job, fieldname="status")[
			"status"
		] not in ("Pending", ""):
			break
		page.wait_for_timeout(500)
	page.reload()
	expect(page.locator("[data-fieldname=import_preview]")).to_contain_text(number)
	return page


def test_profile_and_import(desk, administrator, journey_url):
	give_profile(administrator, journey_url)
	roles = call(administrator, "frappe.client.get", doctype="User", name=IMPORTER_ZH)["roles"]
	assert {row["role"] for row in roles} >= {"Service Manager", "May Import and Export"}
	administrator.wait_for_timeout(300)

	for language in FILES:
		me = desk(None)
		if language == "en":
			me.log_in(MANAGER)
		else:
			me.log_in(IMPORTER_ZH, PASSWORD)
		page = import_file(me, language)
		log = page.locator("[data-fieldname=import_log_preview]")
		expect(log).to_contain_text("no number" if language == "en" else "没有号码")
		expect(log).to_contain_text("here already" if language == "en" else "已存在")
		log.scroll_into_view_if_needed()
		me.picture(page, f"import-export-result-{language}")
		names = call(
			page,
			"frappe.client.get_list",
			doctype="Service Customer",
			filters=json.dumps([["member_no", "like", "JI-%" if language == "en" else "JI-1%"]]),
			fields=["member_no"],
		)
		expected = {"JI-1", "JI-3"} if language == "en" else {"JI-1", "JI-11", "JI-13"}
		assert {row["member_no"] for row in names} == expected
