"""A settlement from the application to the payment: outlet, branch, headquarters, outlet again, finance."""

import pytest
from frappe.utils import get_first_day
from playwright.sync_api import expect

from tests.browser.desk import MANAGER, today
from tests.browser.test_service_order import act, call, ready, settled

CENTRE = "centre@aftersales.example"
BRANCH = "branch@aftersales.example"
FINANCE = "finance@aftersales.example"
OUTLET = "大连中山网点"
AMOUNT = 61.3


@pytest.fixture
def order(desk) -> str:
	"""An order of the outlet that was completed today at the company's cost, and confirmed by a follow-up."""
	manager = desk(MANAGER)
	manager.open("/app/settlement")
	charge = {
		"kind": "Visit",
		"amount": AMOUNT,
		"charge_by_hand": 1,
		"charge_to": "Company",
		"charge_reason": "Journey",
	}
	doc = {
		"doctype": "Service Order",
		"order_kind": "Repair",
		"customer_name": "Settlement Journey",
		"outlet": OUTLET,
		"content": "Repaired",
		"other_charges": [charge],
	}
	made = call(manager, "frappe.client.insert", doc=doc)
	for action in ("Dispatch", "Receive", "Arrive", "Complete"):
		made = call(manager, "frappe.model.workflow.apply_workflow", doc=made, action=action)
	follow_up = {
		"doctype": "Follow-up",
		"customer_name": "Settlement Journey",
		"due_date": today(),
		"source_doctype": "Service Order",
		"source_name": made["name"],
		"customer_real": "Yes",
		"satisfied": "Satisfied",
		"result": "All is well",
	}
	follow_up = call(manager, "frappe.client.insert", doc=follow_up)
	call(manager, "frappe.model.workflow.apply_workflow", doc=follow_up, action="Handle")
	return made["name"]


def fill(page, field: str, value: str) -> None:
	box = page.locator(f".frappe-control[data-fieldname='{field}']:visible input").first
	box.fill(value)
	box.press("Tab")
	page.wait_for_function("([field, value]) => cur_frm.doc[field] === value", arg=[field, value])


def save(page) -> None:
	ready(page)
	page.evaluate("cur_frm.save()")
	page.wait_for_function("!cur_frm.is_dirty() && !cur_frm.is_new()")
	ready(page)


def reopened(page, stage: str) -> None:
	"""Load the form again after somebody else took a step."""
	page.reload()
	shows(page, stage)


def shows(page, stage: str) -> None:
	page.wait_for_function(f"window.cur_frm && cur_frm.doc && cur_frm.doc.stage === '{stage}'")
	ready(page)


def test_from_application_to_payment(desk, order):
	centre, branch, finance = desk(CENTRE), desk(BRANCH), desk(FINANCE)
	page = centre.open(f"/app/settlement/new?subject_kind=Outlet&outlet={OUTLET}")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Settlement' && cur_frm.doc.outlet")
	fill(page, "period_from", str(get_first_day(today())))
	fill(page, "period_to", today())
	save(page)
	name = page.evaluate("cur_frm.doc.name")
	expect(page.locator(".grid-row").filter(has_text=order).first).to_be_visible()
	act(page, "Apply")
	settled(page, "Applied")

	audit = branch.open(f"/app/settlement/{name}")
	act(audit, "初审通过")
	settled(audit, "First Audit")

	office = finance.open(f"/app/settlement/{name}")
	ready(office)
	fill(office, "slip_received_on", today())
	save(office)
	finance.picture(office, "settlement-hq-audit", full_page=True)
	act(office, "Pass HQ Audit")
	settled(office, "HQ Audit")

	reopened(page, "HQ Audit")
	line = page.evaluate("name => cur_frm.doc.lines.find((row) => row.service_order === name)", order)
	assert (line["accepted_amount"], line["left_out"], line["confirmed_by_follow_up"]) == (AMOUNT, 0, 1)
	act(page, "Confirm")
	settled(page, "Confirmed")

	reopened(office, "Confirmed")
	act(office, "Send Invoice Notice")
	settled(office, "Invoice Notice Sent")
	office.get_by_role("button", name="Record Payment").click()
	office.locator(".modal.show .btn-modal-primary").click()
	office.wait_for_function("cur_frm.doc.stage === 'Paid'")
	reopened(office, "Paid")
	expect(office.locator(".indicator-pill").filter(has_text="Paid").first).to_be_visible()
	assert office.evaluate("cur_frm.doc.outstanding") == 0
	for one in (centre, branch, finance):
		# Frappe's grid selects the text of whatever has the focus, a button too.
		harmless = ("socket.io", "activeElement.select")
		assert [text for text in one.problems if not any(word in text for word in harmless)] == []
