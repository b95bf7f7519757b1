"""What our roles may do with Frappe's own DocTypes, whose permissions cannot name them.

Each role gets its rights on a DocType once in the life of a site; what the site changes afterwards in Role Permissions
Manager stays. What stands where is in docs/permissions.md.
"""

from functools import partial

import frappe
from frappe.permissions import setup_custom_perms

from aftersales.setup.records import once

SEE = ("report", "print")
WORK = ("write", "create", "report", "print", "email", "share")
LEAD = (*WORK, "export")
# Contact and Address: as the role's rights on customers.
PEOPLE = {
	"Aftersales Administrator": (*LEAD, "import"),
	"Service Manager": (*LEAD, "import", "delete"),
	"Service Agent": WORK,
	"Agent Team Leader": LEAD,
	"Knowledge Manager": (*SEE, "email"),
	"Department Head": SEE,
	"Case Handler": SEE,
	"Service Technician": SEE,
	"Service Auditor": (*SEE, "export"),
	"General Manager": (*SEE, "export"),
	"Market Supervisor": (*SEE, "export"),
	"Sales Office": LEAD,
	"Market Salesperson": WORK,
	"Regional Market Head": LEAD,
	"Shop Staff": WORK,
	"Shop Manager": LEAD,
	"After-sales Supervisor": LEAD,
	"Outlet Staff": WORK,
	"Service Centre Staff": SEE,
	"Branch Staff": SEE,
	"Regional Centre Staff": SEE,
	"Parts Planner": SEE,
	"Parts Keeper": SEE,
	"Finance Clerk": SEE,
	"Front Desk": WORK,
	"Workshop Controller": SEE,
	"Warranty Clerk": SEE,
	"May Change Customers": ("write", *SEE),
	"May Delete Customers": ("delete",),
	"May Import and Export": ("create", "report", "export", "import"),
	"May Handle Complaints": (),
	"May Handle Follow-ups": (),
	"May Handle Service": (),
}
LOG_READERS = ("report", "export")
# DocType -> role -> rights beside reading.
FOREIGN_RIGHTS = {
	"Contact": PEOPLE,
	"Address": PEOPLE,
	"Data Import": {
		"Aftersales Administrator": ("write", "create"),
		"Service Manager": ("write", "create"),
		"May Import and Export": ("write", "create"),
	},
	# What became of each line.
	"Data Import Log": {"Aftersales Administrator": (), "Service Manager": (), "May Import and Export": ()},
	# Who exported and printed what, when (S7.53 no. 6, S1.15).
	"Access Log": {
		"Aftersales Administrator": LOG_READERS,
		"Service Manager": LOG_READERS,
		"Service Auditor": LOG_READERS,
		"May Import and Export": LOG_READERS,
	},
	# Everybody keeps own notes, as Frappe has it. This right is about those of others and notices to all (S7.53 no. 11).
	"Note": {
		"Aftersales Administrator": (*WORK, "delete"),
		"Service Manager": (*WORK, "delete"),
		"May Keep Memos": (*WORK, "delete"),
	},
	# The texts of mails to customers, handlers and people with deadlines.
	"Email Template": {"Aftersales Administrator": ("write", "create", "report")},
	# Permission groups: staff may look, and no more (S24.09).
	"Role Profile": {
		"Aftersales Administrator": (),
		"Service Manager": (),
		"Service Agent": (),
		"Agent Team Leader": (),
		"Service Auditor": (),
	},
}


def grant_foreign_rights() -> None:
	"""Grant what has not been granted on this site before."""
	for doctype, rights_of in FOREIGN_RIGHTS.items():
		for role, rights in rights_of.items():
			once(f"Rights on {doctype}: {role}", partial(grant, doctype, role, rights))


def grant(doctype: str, role: str, rights: tuple[str, ...]) -> None:
	"""Let a role read a DocType of Frappe and do what else is named, unless the site gave it rights there already.

	:param doctype: DocType of another app.
	:param role: Role.
	:param rights: rights beside reading.
	"""
	setup_custom_perms(doctype)
	place = {"parent": doctype, "role": role, "permlevel": 0, "if_owner": 0}
	if frappe.db.exists("Custom DocPerm", place):
		return
	frappe.get_doc(
		doctype="Custom DocPerm",
		parenttype="DocType",
		parentfield="permissions",
		**place,
		# Exporting is among the defaults of Custom DocPerm.
		**{"export": 0, "read": 1, **dict.fromkeys(rights, 1)},
	).insert(ignore_permissions=True)
	frappe.clear_cache(doctype=doctype)
