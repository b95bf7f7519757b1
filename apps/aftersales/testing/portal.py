"""What tests of the customer portal need: pages asked for as a browser does, within the test's own transaction."""

import io
from unittest.mock import patch

import frappe
from frappe.utils import set_request
from frappe.website.serve import get_response
from PIL import Image
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

SAVE_POINT = "portal_page"


def ask(
	path: str, user: str = "Guest", method: str = "GET", files: list = (), **form
) -> tuple[int, str, dict]:
	"""Ask for a page as somebody; returns status, text and headers.

	:param files: (file name, content) of the field `files`.
	"""
	set_request(method=method, path=path)
	stored = [("files", FileStorage(io.BytesIO(content), filename=name)) for name, content in files]
	frappe.local.request.files = ImmutableMultiDict(stored)
	frappe.set_user(user)
	frappe.local.request_ip = f"10.1.{frappe.generate_hash(length=6)}"
	frappe.local.form_dict = frappe._dict(form)
	frappe.db.savepoint(SAVE_POINT)
	try:
		# A real request ends its transaction; what the test made before shall stay.
		with patch("aftersales.portal.pages.take_back", take_back):
			response = get_response(path.strip("/").split("?")[0])
		return response.status_code, response.get_data(as_text=True), dict(response.headers)
	finally:
		forget_request()


def take_back() -> None:
	frappe.db.rollback(save_point=SAVE_POINT)
	frappe.clear_messages()


def forget_request() -> None:
	"""Leave no request behind: tests of others run outside of one."""
	frappe.set_user("Administrator")
	for name in ("request", "request_ip"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)
	frappe.local.form_dict = frappe._dict()
	frappe.local.lang = "en"


def picture(kind: str = "PNG", size: tuple[int, int] = (20, 20)) -> bytes:
	"""Return a small picture that can be decoded."""
	content = io.BytesIO()
	Image.new("RGB", size, "#3b82c4").save(content, kind)
	return content.getvalue()
