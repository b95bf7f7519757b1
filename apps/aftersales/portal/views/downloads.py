"""Downloads: commonly used material, for whom it is (S1.06)."""

import frappe
from frappe import _

from aftersales.portal import limits
from aftersales.portal.pages import Asked, Download, NotFound, Page
from aftersales.portal.scope import Scope
from aftersales.portal.uploads import content_type

ITEM = "Download Item"
SIZE = 50


def filters_for(scope: Scope) -> dict:
	"""Return the filters of what a user may have: published, and for an audience that they belong to."""
	return {"published": 1, "audience": ("in", scope.audiences)}


def listing(asked: Asked) -> Page:
	"""Return what there is, of the chosen language first."""
	page = asked.number("page")
	words = asked.text("q", 140)
	filters = filters_for(asked.scope)
	either = (
		[[field, "like", f"%{words}%"] for field in ("title", "description", "product")] if words else None
	)
	rows = frappe.get_all(
		ITEM,
		filters=filters,
		or_filters=either,
		fields=[
			"name",
			"title",
			"kind",
			"language",
			"description",
			"product",
			"version_no",
			"file",
			"modified",
		],
		order_by="title asc",
		limit_start=(page - 1) * SIZE,
		limit=SIZE + 1,
	)
	rows, more = rows[:SIZE], len(rows) > SIZE
	rows.sort(key=lambda row: bool(row.language) and row.language != frappe.local.lang)
	for row in rows:
		row.ending = row.file.rpartition(".")[2].upper()[:5]
	return Page("downloads", _("Downloads"), {"rows": rows, "page": page, "more": more, "q": words})


def send(asked: Asked) -> Download:
	"""Send the file of an item."""
	limits.count("download")
	filters = {**filters_for(asked.scope), "name": asked.named["name"]}
	item = frappe.db.get_value(ITEM, filters, ["name", "file"], as_dict=True)
	file = item and frappe.db.get_value(
		"File", {"file_url": item.file, "attached_to_doctype": ITEM, "attached_to_name": item.name}
	)
	if not file:
		raise NotFound
	stored = frappe.get_doc("File", file)
	content = stored.get_content()
	item_table = frappe.qb.DocType(ITEM)
	frappe.qb.update(item_table).set(
		item_table.download_count, frappe.query_builder.functions.Coalesce(item_table.download_count, 0) + 1
	).where(item_table.name == item.name).run()
	frappe.local.flags.commit = True
	kind, _shown = content_type(stored.file_name)
	return Download(content if isinstance(content, bytes) else content.encode(), stored.file_name, kind)
