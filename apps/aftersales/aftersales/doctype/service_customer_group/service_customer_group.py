import frappe
from frappe import _

from aftersales.utils.tree import ServiceTree

# Renaming a group is a right of its own (S7.53 no. 1): write permission on this level of the DocType. Changing the group
# takes the right on level 0 only.
RENAME_LEVEL = 1


class ServiceCustomerGroup(ServiceTree):
	nsm_parent_field = "parent_service_customer_group"

	def before_rename(self, old: str, new: str, merge: bool = False):
		"""
		:raises frappe.PermissionError: the user may change groups, but not rename or merge them.
		"""
		if RENAME_LEVEL not in self.get_permlevel_access("write"):
			frappe.throw(
				_("You may not rename customer groups. Ask for the role {0}.").format(
					frappe.bold(_("May Rename Customer Groups"))
				),
				frappe.PermissionError,
				title=_("Not Permitted"),
			)
		super().before_rename(old, new, merge)
