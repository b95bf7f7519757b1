"""Takes away what the app made outside its own DocTypes, and what people made that is nothing without them.

Frappe itself removes the app's DocTypes, modules and everything that belongs to a module. Contacts and addresses
are the site's own and stay; only their links to our documents go.
"""

import json
import re
from pathlib import Path

import frappe
from frappe.permissions import rights

from aftersales.knowledge.upkeep import remove_all as remove_search_indexes
from aftersales.setup.records import forget, read_records, record_key, was_made
from aftersales.setup.rights import FOREIGN_RIGHTS
from aftersales.setup.roles import ROLES

APP = "aftersales"
FIXTURES = Path(__file__).parent.parent / "fixtures"
# Where Frappe keeps the name of a DocType in a field that is no link to it.
NAMED_IN = (
	("Deleted Document", "deleted_doctype"),
	("View Log", "reference_doctype"),
	("Access Log", "export_from"),
	("List View Settings", "name"),
	("Energy Point Log", "reference_doctype"),
	("__UserSettings", "doctype"),
	("__global_search", "doctype"),
)
ROLE_TABLES = ("Has Role", "DocPerm", "Custom DocPerm")
WORKFLOW_WORDS = (
	("Workflow State", "Workflow Document State", "state"),
	("Workflow Action Master", "Workflow Transition", "action"),
)


def before_uninstall():
	"""Called by Frappe while the app's DocTypes are still there."""
	doctypes = own_doctypes()
	frappe.flags.aftersales_doctypes = doctypes
	remove_series(doctypes)
	remove_recordings()
	remove_documents(doctypes)
	remove_files(doctypes)
	remove_references(doctypes)
	remove_workflow_words()
	remove_address_template()


def after_uninstall():
	"""Called by Frappe when the app's DocTypes are gone."""
	remove_references(frappe.flags.aftersales_doctypes or [])
	remove_roles()
	remove_profiles()
	remove_email_templates()
	remove_traces()
	remove_search_indexes()
	frappe.db.commit()  # Frappe committed the uninstallation before it called this
	frappe.clear_cache()


def own_doctypes() -> list[str]:
	"""Return the names of the app's DocTypes."""
	modules = frappe.get_all("Module Def", {"app_name": APP}, pluck="name")
	return frappe.get_all("DocType", {"module": ["in", modules]}, pluck="name")


def remove_series(doctypes: list[str]) -> None:
	"""Forget the counters of the numbering series, those of former years too."""
	options = frappe.get_all(
		"DocField", {"parent": ["in", doctypes], "fieldname": "naming_series"}, pluck="options"
	)
	options += frappe.get_all(
		"DocType", {"name": ["in", doctypes], "autoname": ["like", "%#%"]}, pluck="autoname"
	)
	series = frappe.qb.DocType("Series")
	for option in filter(None, "\n".join(options).split("\n")):
		frappe.qb.from_(series).where(series.name.like(series_pattern(option))).delete().run()


def series_pattern(option: str) -> str:
	"""Return the LIKE pattern that the counters of a series match, such as `ST-__-` for `ST-.YY.-.######`."""
	parts = (part for part in re.split(r"[.{}]", option.removeprefix("format:")) if not part.startswith("#"))
	dates = ("YYYY", "YY", "MM", "DD", "WW")
	return "".join("_" * len(part) if part in dates else part for part in parts)


def remove_recordings() -> None:
	"""Delete the recordings of calls, which are attached to nothing so that nobody finds them by their call."""
	for file in frappe.get_all(
		"Service Call", {"recording": ["is", "set"]}, pluck="recording", order_by=None
	):
		frappe.delete_doc("File", file, force=True, ignore_permissions=True, delete_permanently=True)


def remove_documents(doctypes: list[str]) -> None:
	"""Empty the tables that Frappe will drop, so that no rule of a document stands against removing its files."""
	for doctype in doctypes:
		if frappe.db.table_exists(doctype):
			frappe.db.delete(doctype)
	singles = frappe.qb.DocType("Singles")
	frappe.qb.from_(singles).where(singles.doctype.isin(doctypes)).delete().run()


def remove_files(doctypes: list[str]) -> None:
	"""Delete attachments of our documents, from the disk too, and the folders of tickets' originals."""
	files = frappe.get_all(
		"File", {"attached_to_doctype": ["in", doctypes], "is_folder": 0}, pluck="name", order_by=None
	)
	# The deepest first: Frappe deletes only empty folders.
	folders = frappe.get_all(
		"File", {"name": ["like", "Home/Aftersales%"], "is_folder": 1}, pluck="name", order_by="name desc"
	)
	files += frappe.get_all("File", {"folder": ["in", folders], "is_folder": 0}, pluck="name", order_by=None)
	for name in dict.fromkeys(files + folders):
		frappe.delete_doc("File", name, force=True, ignore_permissions=True, delete_permanently=True)


def remove_references(doctypes: list[str]) -> None:
	"""Delete the rows of other tables that are about our DocTypes: versions, comments, shares, workflows, ..."""
	if not doctypes:
		return
	links = frappe.get_all(
		"DocField",
		{"fieldtype": "Link", "options": "DocType", "parent": ["not in", [*doctypes, "DocType"]]},
		["parent", "fieldname"],
	)
	for doctype, fieldname in [*((link.parent, link.fieldname) for link in links), *NAMED_IN]:
		if doctype.startswith("__") or frappe.db.table_exists(doctype):
			_delete_where(doctype, fieldname, doctypes)


def _delete_where(doctype: str, fieldname: str, doctypes: list[str]) -> None:
	if doctype.startswith("__"):
		table = frappe.qb.Table(doctype)
		frappe.qb.from_(table).where(table[fieldname].isin(doctypes)).delete().run()
		return
	if not frappe.db.has_column(doctype, fieldname):
		return
	names = frappe.get_all(doctype, {fieldname: ["in", doctypes]}, pluck="name", order_by=None)
	if not names:
		return
	for field in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(field.options, {"parenttype": doctype, "parent": ["in", names]})
	frappe.db.delete("Version", {"ref_doctype": doctype, "docname": ["in", names]})
	frappe.db.delete(doctype, {"name": ["in", names]})


def remove_workflow_words() -> None:
	"""Delete the workflow states and actions of our fixtures, unless a workflow of the site uses them."""
	for doctype, table, fieldname in WORKFLOW_WORDS:
		path = FIXTURES / f"{frappe.scrub(doctype)}.json"
		ours = {row["name"] for row in json.loads(path.read_text(encoding="utf-8"))}
		used = set(frappe.get_all(table, pluck=fieldname, distinct=True, order_by=None))
		frappe.db.delete(doctype, {"name": ["in", sorted(ours - used) or [""]]})


def remove_address_template() -> None:
	"""Delete the address layout that we made, if nobody needs it."""
	for name in frappe.get_all("Address Template", pluck="name"):
		if was_made(f"Address Template: {name}") and not frappe.db.count("Address"):
			frappe.db.delete("Address Template", {"name": name})


def remove_roles() -> None:
	"""Delete our roles, who has them, and what they may do; Frappe's DocTypes get their own permissions back."""
	for table in ROLE_TABLES:
		frappe.db.delete(table, {"role": ["in", list(ROLES)]})
	frappe.db.delete("Role", {"name": ["in", list(ROLES)]})
	for doctype in FOREIGN_RIGHTS:
		if _permissions("Custom DocPerm", doctype) == _permissions("DocPerm", doctype):
			frappe.db.delete("Custom DocPerm", {"parent": doctype})


def remove_profiles() -> None:
	"""Delete the Role Profiles and Module Profiles that we made, from users too; one with roles of the site's own is the site's."""
	for record in read_records("records"):
		doctype, name = record["doctype"], record.get("name")
		field = {"Role Profile": "role_profile_name", "Module Profile": "module_profile"}.get(doctype)
		if not field or not was_made(record_key(record)):
			continue
		left = set(frappe.get_all("Has Role", {"parent": name, "parenttype": doctype}, pluck="role"))
		if left - {row["role"] for row in record.get("roles", [])}:
			continue
		frappe.db.set_value("User", {field: name}, field, None, update_modified=False)
		for table in ("Has Role", "Block Module"):
			frappe.db.delete(table, {"parenttype": doctype, "parent": name})
		frappe.db.delete(doctype, {"name": name})


def remove_email_templates() -> None:
	"""Delete the texts of our mails, which speak of our documents."""
	for record in read_records("records"):
		if record["doctype"] == "Email Template" and was_made(record_key(record)):
			frappe.db.delete("Email Template", {"name": record["name"]})


def _permissions(table: str, doctype: str) -> set[tuple]:
	fields = ["role", "permlevel", "if_owner", *rights]
	rows = frappe.get_all(table, {"parent": doctype}, fields, order_by=None)
	return {tuple(str(row[field] or 0) for field in fields) for row in rows}


def remove_traces() -> None:
	"""Forget that records were made, jobs scheduled and patches run."""
	forget()
	frappe.db.delete("Patch Log", {"patch": ["like", f"{APP}.%"]})
	jobs = frappe.get_all("Scheduled Job Type", {"method": ["like", f"{APP}.%"]}, pluck="name")
	if jobs:
		frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": ["in", jobs]})
		frappe.db.delete("Scheduled Job Type", {"name": ["in", jobs]})
