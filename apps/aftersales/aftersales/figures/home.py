"""The dashboard that a person sees first: that of their position."""

import frappe

# Who holds several positions comes to the first of these that they may see. Which positions see a dashboard is said in the
# workspace itself.
DASHBOARDS = (
	"Parts Dashboard",
	"Finance Dashboard",
	"Outlet Dashboard",
	"Department Head Dashboard",
	"Management Dashboard",
	"Agent Dashboard",
)
# These see every dashboard to look after it; theirs is the management's.
EVERYWHERE = {"Aftersales Administrator", "Service Manager", "System Manager", "Administrator"}


def add_to_boot(bootinfo: dict) -> None:
	"""Tell the Desk where to begin (hook `extend_bootinfo`)."""
	if home := home_of(frappe.session.user):
		bootinfo.aftersales_home = home


def home_of(user: str) -> str | None:
	"""Return the dashboard of a person's position; None for positions without one."""
	roles = set(frappe.get_roles(user))
	if roles & EVERYWHERE:
		# Whoever looks after everything sees what concerns everybody.
		return "Management Dashboard" if frappe.db.exists("Workspace", "Management Dashboard") else None
	rows = frappe.get_all(
		"Has Role",
		filters={"parenttype": "Workspace", "parent": ("in", DASHBOARDS), "role": ("in", list(roles))},
		pluck="parent",
		order_by=None,
	)
	return next((name for name in DASHBOARDS if name in rows), None)
