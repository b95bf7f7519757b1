"""Money of a sale as people take it: a mistyped amount is refused, a part is collected and reversed, the report tells what is left."""

import json

from playwright.sync_api import expect

OFFICE = "office@aftersales.example"
SHOP_MANAGER = "shop.manager@aftersales.example"


def newest(office, doctype: str, filters: list, fields: list) -> dict:
	"""Return the newest document that the person gets, asked in their own session."""
	params = {
		"filters": json.dumps(filters),
		"fields": json.dumps(fields),
		"order_by": "creation desc",
		"limit": "1",
	}
	return office.context.request.get(f"{office.url}/api/resource/{doctype}", params=params).json()["data"][0]


def test_collecting_for_a_sale(desk):
	office = desk(OFFICE)
	owed = [["docstatus", "=", 1], ["outstanding", ">", 500]]
	sale = newest(office, "Sale Record", owed, ["name", "outstanding"])

	page = office.open(f"/app/sale-record/{sale['name']}")
	page.get_by_role("button", name="收款", exact=True).click()
	dialog = page.locator(".modal.show", has=page.locator("[data-fieldname=amount]"))
	amount = dialog.locator("[data-fieldname=amount] input")
	amount.fill("1oo.50")
	dialog.locator(".btn-modal-primary").click()
	told = page.locator(".modal.show", has=page.locator(".msgprint"))
	expect(told.locator(".msgprint")).to_contain_text("1oo.50")
	told.locator(".btn-modal-close").click()
	amount.fill("100.50")
	office.picture(page, "sales-payment-zh")
	dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_be_hidden()
	expect(page.locator(".indicator-pill").first).to_have_text("部分收款")

	entry = newest(office, "Sale Collection", [["sale_record", "=", sale["name"]]], ["name", "amount"])
	assert entry["amount"] == 100.5
	page = office.open(f"/app/sale-collection/{entry['name']}")
	page.get_by_role("button", name="冲销", exact=True).click()
	dialog = page.locator(".modal.show", has=page.locator("[data-fieldname=remarks]"))
	dialog.locator("[data-fieldname=remarks] textarea").fill("刷卡被拒")
	dialog.locator(".btn-modal-primary").click()
	expect(page.locator(".form-page:visible [data-fieldname=reversal_of] .control-value").first).to_have_text(
		entry["name"]
	)

	page = office.open("/app/query-report/Arrears List")
	row = page.locator(".dt-row", has_text=sale["name"])
	expect(row).to_contain_text(f"{sale['outstanding']:,.2f}")
	office.picture(page, "sales-arrears-zh")


def test_an_entry_is_filled_in_by_who_may_make_it(desk):
	"""People may make entries, not change them; Frappe alone shows them the new form read-only and without Save."""
	manager = desk(SHOP_MANAGER)
	page = manager.open("/app/points-entry/new")
	points = page.locator(".form-page:visible [data-fieldname=points]")
	save = page.locator(".page-head:visible").get_by_role("button", name="Save", exact=True)
	expect(points.locator("input")).to_be_editable()
	# Frappe puts the cursor into the first field last of all.
	expect(page.locator(".awesomplete li:visible").first).to_be_visible()
	# Left with the cursor in it, the field asks for its empty text when somebody saves, and empties what was set.
	points.locator("input").click()
	expect(page.locator(".awesomplete li:visible")).to_have_count(0)
	page.wait_for_function("!frappe.request.ajax_count")
	page.evaluate(
		"""async () => {
			const [customer] = await frappe.db.get_list("Service Customer", {filters: {disabled: 0}, limit: 1});
			await cur_frm.set_value({customer: customer.name, points: 1, remarks: "Came to the open day"});
		}"""
	)
	page.wait_for_function("cur_frm.doc.customer && cur_frm.doc.points === 1 && !frappe.request.ajax_count")
	save.click()
	page.wait_for_function("!cur_frm.is_new()")
	expect(points.locator(".control-value:visible")).to_have_text("1")
	expect(save).to_be_hidden()
	manager.picture(page, "points-entry-made")
	assert manager.problems == []
