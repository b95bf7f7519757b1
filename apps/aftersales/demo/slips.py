"""Demo data of prints and of the dealer's pages: letter heads, hints, a dealer's order of parts and applications."""

import frappe

from aftersales.demo.base import read
from aftersales.portal import part_orders, refurbishing
from aftersales.portal.scope import scope_of
from aftersales.service_network.slips import HINT

HEAD = "Letter Head"


def load() -> None:
	"""Make the demo data of prints that is missing; see aftersales.demo.load."""
	data = read("slips")
	for row in data["letter_heads"]:
		make_letter_head(**row)
	for row in data["hints"]:
		if not frappe.db.exists(HINT, {"document_type": row["document_type"], "text_zh": row["text_zh"]}):
			frappe.get_doc(doctype=HINT, **row).insert(ignore_permissions=True)
	deal(data["dealer"])


def make_letter_head(outlet: str, title: str, address: str) -> None:
	"""Make the letter head of an outlet that has none."""
	if not frappe.db.exists("Service Outlet", outlet) or frappe.db.get_value(
		"Service Outlet", outlet, "slip_letter_head"
	):
		return
	if not frappe.db.exists(HEAD, outlet):
		content = (
			'<div style="border-bottom: 1px solid #000; padding-bottom: 1mm">'
			f'<div style="font-size: 130%; font-weight: bold">{title}</div><div>{address}</div></div>'
		)
		head = {"letter_head_name": outlet, "source": "HTML", "content": content}
		frappe.get_doc(doctype=HEAD, **head).insert(ignore_permissions=True)
	frappe.db.set_value("Service Outlet", outlet, "slip_letter_head", outlet)


def deal(row: dict) -> None:
	"""Let a dealer order parts and apply for refurbishing in the portal, as themselves."""
	if frappe.db.exists(part_orders.DOCTYPE, {"owner": row["email"]}):
		return
	scope, before = scope_of(row["email"]), frappe.session.user
	if not scope.dealers:
		return
	frappe.set_user(row["email"])
	try:
		lines = [(line["part"], str(line["qty"]), "") for line in row["lines"]]
		order = part_orders.save(scope, row["delivery"], part_orders.lines_of(lines))
		part_orders.send(order)
		for application in row["applications"]:
			refurbishing.apply(scope, application)
	finally:
		frappe.set_user(before)
