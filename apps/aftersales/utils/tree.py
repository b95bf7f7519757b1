"""What all trees of the app have in common."""

import frappe
from frappe import _
from frappe.utils.nestedset import NestedSet, get_root_of

from aftersales.utils.text import clean_text


class ParentNotGroupError(frappe.ValidationError):
	"""The chosen parent holds no records below it."""


class OwnParentError(frappe.ValidationError):
	"""A record was put below itself."""


class ServiceTree(NestedSet):
	"""A tree with one root, named by its title field.

	A subclass sets `nsm_parent_field` and has the fields `is_group` and the title field of its DocType.
	Frappe's NestedSet refuses to put a node below its own descendants.
	"""

	# Everything hangs on the root; a site renames it rather than deleting it.
	allow_root_deletion = False

	def before_naming(self):
		self.clean_title()

	def validate(self):
		self.keep_place()
		self.clean_title()
		self.put_below_root()
		self.validate_parent()

	def keep_place(self) -> None:
		"""Put back what Frappe computes from the parent: a request to the API, or a form loaded long ago, brings other bounds.

		Who sees what follows from the bounds of outlets.
		"""
		before = self.get_doc_before_save()
		for field in ("lft", "rgt", "old_parent"):
			self.set(field, before.get(field) if before else None)

	def clean_title(self) -> None:
		"""Names are compared by people, so no stray spaces."""
		self.set(self.meta.title_field, clean_text(self.get(self.meta.title_field)))

	def put_below_root(self) -> None:
		"""A record without a parent belongs to the root, so that there is never a second one."""
		if self.get(self.nsm_parent_field):
			return
		root = get_root_of(self.doctype)
		if root and root != self.name:
			self.set(self.nsm_parent_field, root)

	def validate_parent(self) -> None:
		"""Refuse a parent that is the record itself or no group.

		:raises OwnParentError: the record is its own parent.
		:raises ParentNotGroupError: the parent is a leaf.
		"""
		parent = self.get(self.nsm_parent_field)
		if not parent:
			return
		if parent == self.name:
			frappe.throw(_("{0} cannot be its own parent.").format(frappe.bold(self.name)), OwnParentError)
		if not frappe.db.get_value(self.doctype, parent, "is_group"):
			frappe.throw(
				_("{0} is no group. Choose another parent, or open {0} and tick {1} first.").format(
					frappe.bold(parent), frappe.bold(_("Is Group"))
				),
				ParentNotGroupError,
			)
