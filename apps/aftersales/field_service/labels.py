"""Labels with a QR code for devices: one or many, for a label printer or on an A4 sheet (S2.10).

The code holds an address with a token that means nothing by itself: a stranger who scans it learns the kind of product and
nothing about its owner, see aftersales.portal.views.products.
"""

import json

import frappe
from frappe import _
from frappe.utils import cint

from aftersales.field_service.devices import DEVICE
from aftersales.utils.access import check_permission
from aftersales.utils.printing import qr_code

MOST = 480
SHEET = 24
TEMPLATE = "aftersales/templates/labels/device_labels.html"


class LabelError(frappe.ValidationError):
	"""No labels can be printed as asked."""


@frappe.whitelist()
def sheet(devices: str, paper: str = "Label", skip: int = 0) -> str:
	"""Return labels as an HTML page that the browser prints; browsers keep millimetres, which wkhtmltopdf does not.

	:param devices: JSON list of Customer Device names, at most 480; those that the user may not read are left out.
	:param paper: "Label" (50 x 30 mm, one a page) or "Sheet" (A4, 24 of 70 x 37 mm).
	:param skip: labels of the first sheet that are used already.
	:raises frappe.PermissionError: the user may not print devices.
	:raises LabelError: there is nothing to print.
	"""
	check_permission(DEVICE, "print")
	return labels_html(_names(devices), paper, cint(skip))


def _names(devices: str) -> list[str]:
	try:
		names = json.loads(devices)
	except ValueError:
		names = None
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not names:
		frappe.throw(_("Choose the devices first."), LabelError)
	if len(names) > MOST:
		frappe.throw(_("Print at most {0} labels at a time.").format(MOST), LabelError)
	return names


def labels_html(names: list[str], paper: str, skip: int) -> str:
	"""Return the labels as a whole HTML page.

	:raises LabelError: the user may read none of the devices.
	"""
	rows = frappe.get_list(
		DEVICE,
		filters={"name": ("in", names)},
		fields=["name", "serial_no", "product_name", "device_token"],
		limit_page_length=0,
	)
	if not rows:
		frappe.throw(_("Choose the devices first."), LabelError)
	found = {row.name: row for row in rows}
	labels = [found[name] for name in names if name in found]
	is_sheet = paper == "Sheet"
	for label in labels:
		label.code = qr_code(f"/service/d/{label.device_token}", 29 if is_sheet else 22)
	if is_sheet:
		labels = [None] * (min(max(skip, 0), SHEET - 1)) + labels
	context = {
		"labels": labels,
		"is_sheet": is_sheet,
		"per_page": SHEET,
		"title": _("Device Labels"),
		"words": _("Scan for service"),
		"lang": frappe.local.lang,
	}
	return frappe.render_template(TEMPLATE, context)
