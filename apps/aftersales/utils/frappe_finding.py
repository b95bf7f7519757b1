"""Frappe's own methods that count and find past the rights of rows, asked with them.

Frappe lets whoever is signed in count, search and list what is linked in any DocType, and looks at the right to the DocType at most: a
staff member of one outlet would find the orders of all (C11). `override_whitelisted_methods` in hooks.py sends these methods here;
Frappe does the work, before or after it is asked what the user may see.
"""

import frappe
from frappe import _
from frappe.client import get_safe_filters
from frappe.desk import listview, notifications, search
from frappe.desk.doctype.dashboard_chart import dashboard_chart
from frappe.desk.form import linked_with
from frappe.model.db_query import DatabaseQuery
from frappe.utils import cint, global_search

from aftersales.portal import scope
from aftersales.utils.access import check_permission

MOST_LINKED = 500  # of one DocType in the list of what is linked
CHUNK = 1000
MOST_GROUPS = 50
MOST_COUNTED = 100  # the form says 99+


def has_row_rules(doctype: str) -> bool:
	"""Return whether not everybody who reads a DocType reads all of its documents."""
	return bool(frappe.get_hooks("permission_query_conditions", {}).get(doctype))


def visible(doctype: str, names: list[str]) -> set[str]:
	"""Return which of the documents the session's user reads."""
	if not names or not frappe.has_permission(doctype, "read"):
		return set()
	filters = {"name": ("in", names)}
	return set(frappe.get_list(doctype, filters, pluck="name", limit_page_length=0, order_by=None))


@frappe.whitelist()
def get_count(
	doctype: str, filters: str | list | dict | None = None, debug: bool = False, cache: bool = False
) -> int:
	"""Return how many documents the user reads; for `frappe.client.get_count`, which counts all.

	:param filters: as for `frappe.get_list`.
	:param debug: not used; who counts has no business with statements.
	:param cache: not used; each user has a number of their own.
	:raises frappe.PermissionError: the user may not read the DocType.
	"""
	check_desk_user()
	fields = [f"count(distinct `tab{doctype}`.name) as total"]
	rows = frappe.get_list(doctype, filters=get_safe_filters(filters), fields=fields, order_by=None)
	return rows[0].total if rows else 0


@frappe.whitelist()
def get_open_count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""Return the numbers in the connections of a form, of what the user reads; as `frappe.desk.notifications.get_open_count`.

	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_desk_user()
	check_permission(doctype, "read", name)
	answer = notifications.get_open_count(doctype, name, items)
	links = frappe.get_meta(doctype).get_dashboard_data()
	found = answer["count"]
	# Later releases of Frappe 15 keep apart what is linked from here.
	for row in found if isinstance(found, list) else found["external_links_found"]:
		counted = row.get("doctype") or row["name"]
		readable = frappe.has_permission(counted, "read")
		if readable and not has_row_rules(counted):
			continue
		field = links.get("non_standard_fieldnames", {}).get(counted, links.get("fieldname"))
		for key, filters in (("count", {}), ("open_count", notifications.get_filters_for(counted) or {})):
			if row.get(key):
				row[key] = _count_up_to(counted, {**filters, field: name}) if readable else 0
	return answer


@frappe.whitelist()
def get_group_by_count(doctype: str, current_filters: str | list, field: str) -> list[dict]:
	"""Return how many documents there are by value, beside a list; for `frappe.desk.listview.get_group_by_count`.

	By the person assigned Frappe counts the documents of all, and those of other DocTypes with the same name.

	:raises frappe.PermissionError: the user may not read the DocType.
	"""
	check_desk_user()
	if field != "assigned_to":
		return listview.get_group_by_count(doctype, current_filters, field)
	seen = frappe.get_list(
		doctype,
		filters=frappe.parse_json(current_filters),
		fields=[f"`tab{doctype}`.name"],
		order_by=None,
		limit_page_length=0,
		run=0,
	)
	# The filters are in the text of the list; what is in them is escaped there.
	return frappe.db.sql(
		f"""select todo.allocated_to as name, count(distinct todo.reference_name) as count
		from `tabToDo` todo join `tabUser` user on user.name = todo.allocated_to and user.user_type = 'System User'
		where todo.status != 'Cancelled' and todo.reference_type = {frappe.db.escape(doctype, percent=False)}
			and todo.reference_name in ({seen})
		group by todo.allocated_to order by count desc limit {MOST_GROUPS}""",
		as_dict=True,
	)


@frappe.whitelist()
def get_chart(
	chart_name: str | None = None,
	chart: str | dict | None = None,
	no_cache: bool | int | None = None,
	filters: str | list | dict | None = None,
	from_date: str | None = None,
	to_date: str | None = None,
	timespan: str | None = None,
	time_interval: str | None = None,
	heatmap_year: str | int | None = None,
	refresh: bool | int | None = None,
) -> dict | None:
	"""Return the data of a chart; for `frappe.desk.doctype.dashboard_chart.dashboard_chart.get`.

	A heat map counts the documents of all, so where the user sees some of them there is none.

	:raises frappe.PermissionError: the user may not read the DocType, or a heat map would count what they don't see.
	"""
	check_desk_user()
	asked = (
		frappe.get_doc("Dashboard Chart", chart_name)
		if chart_name
		else frappe._dict(frappe.parse_json(chart))
	)
	if asked.type == "Heatmap" and asked.document_type:
		check_permission(asked.document_type, "report")
		if DatabaseQuery(asked.document_type).build_match_conditions():
			frappe.throw(
				_(
					"A heat map counts all documents, also those that you don't see. Choose another type of chart."
				),
				frappe.PermissionError,
			)
	return dashboard_chart.get(
		chart_name=chart_name,
		chart=chart,
		no_cache=no_cache,
		filters=filters,
		from_date=from_date,
		to_date=to_date,
		timespan=timespan,
		time_interval=time_interval,
		heatmap_year=heatmap_year,
		refresh=refresh,
	)


def _count_up_to(doctype: str, filters: dict) -> int:
	return len(
		frappe.get_list(doctype, filters, pluck="name", limit=MOST_COUNTED, distinct=True, order_by=None)
	)


@frappe.whitelist()
def get_linked(doctype: str, docname: str) -> dict[str, list]:
	"""Return what links to a document and the user reads, by DocType; for `frappe.desk.form.linked_with.get`.

	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_desk_user()
	check_permission(doctype, "read", docname)
	found = linked_with.get(doctype, docname)
	rows = {linked: _first_visible(linked, rows) for linked, rows in found.items()}
	return {linked: some for linked, some in rows.items() if some}


def _first_visible(doctype: str, rows: list[dict]) -> list[dict]:
	seen: list[dict] = []
	for start in range(0, len(rows), CHUNK):
		part = rows[start : start + CHUNK]
		names = visible(doctype, [row["name"] for row in part])
		seen += [row for row in part if row["name"] in names]
		if len(seen) >= MOST_LINKED:
			break
	return seen[:MOST_LINKED]


@frappe.whitelist()
def search_link(
	doctype: str,
	txt: str,
	query: str | None = None,
	filters: str | dict | list | None = None,
	page_length: int = 10,
	searchfield: str | None = None,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
	link_fieldname: str | None = None,
) -> object:
	"""Answer as `frappe.desk.search.search_link`; the rules of rows hold in every field.

	:raises frappe.PermissionError: the user may not choose from the DocType.
	"""
	check_choice(doctype, query)
	# Releases of Frappe 15 differ in their arguments; `frappe.call` leaves out what one does not know.
	return frappe.call(
		search.search_link,
		doctype=doctype,
		txt=txt,
		query=query,
		filters=filters,
		page_length=page_length,
		searchfield=searchfield,
		reference_doctype=reference_doctype,
		ignore_user_permissions=may_ignore_user_permissions(doctype, ignore_user_permissions),
		link_fieldname=link_fieldname,
	)


@frappe.whitelist()
def search_widget(
	doctype: str,
	txt: str,
	query: str | None = None,
	searchfield: str | None = None,
	start: int = 0,
	page_length: int = 10,
	filters: str | dict | list | None = None,
	filter_fields: str | list | None = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
	link_fieldname: str | None = None,
) -> object:
	"""Answer as `frappe.desk.search.search_widget`; the rules of rows hold in every field.

	:raises frappe.PermissionError: the user may not choose from the DocType.
	"""
	check_choice(doctype, query)
	return frappe.call(
		search.search_widget,
		doctype=doctype,
		txt=txt,
		query=query,
		searchfield=searchfield,
		start=start,
		page_length=page_length,
		filters=filters,
		filter_fields=filter_fields,
		as_dict=as_dict,
		reference_doctype=reference_doctype,
		ignore_user_permissions=may_ignore_user_permissions(doctype, ignore_user_permissions),
		link_fieldname=link_fieldname,
	)


def may_ignore_user_permissions(doctype: str, wanted: bool) -> bool:
	"""Return whether a choice may leave User Permissions aside: Frappe would leave all rules of rows aside with them."""
	return bool(cint(wanted)) and not has_row_rules(doctype)


def check_choice(doctype: str, query: str | None) -> None:
	"""Refuse a choice from a DocType; a query of its own says itself who may.

	:raises frappe.PermissionError: the user may not.
	"""
	check_desk_user()
	known = query or doctype == "DocType" or doctype in frappe.get_hooks("standard_queries", {})
	if not known and not (frappe.has_permission(doctype, "read") or frappe.has_permission(doctype, "select")):
		frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)


def check_desk_user() -> None:
	"""Refuse visitors and users of the portal.

	:raises frappe.PermissionError: the session's user has no Desk.
	"""
	if scope.is_website_user(frappe.session.user):
		frappe.throw(_("This is for users of the Desk."), frappe.PermissionError)


@frappe.whitelist()
def get_link_title(doctype: str, docname: str) -> str | None:
	"""Return the title of a document that the user may see, else its name; for `frappe.desk.search.get_link_title`.

	:raises frappe.PermissionError: the user has no Desk.
	"""
	check_desk_user()
	if has_row_rules(doctype) and not visible(doctype, [docname]):
		return docname
	return search.get_link_title(doctype, docname)


@frappe.whitelist()
def search_globally(text: str, start: int = 0, limit: int = 20, doctype: str = "") -> list[dict]:
	"""Return what Frappe's global search finds and the user reads; for `frappe.utils.global_search.search`.

	:raises frappe.PermissionError: the user has no Desk.
	"""
	check_desk_user()
	rows = global_search.search(text, start, limit, doctype)
	found: dict[str, list[str]] = {}
	for row in rows:
		found.setdefault(row["doctype"], []).append(row["name"])
	seen = {kind: visible(kind, names) for kind, names in found.items()}
	return [row for row in rows if row["name"] in seen[row["doctype"]]]
