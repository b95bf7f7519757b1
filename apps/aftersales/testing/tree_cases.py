"""Cases that every tree of the app has to pass; mix them into a FrappeTestCase."""

import frappe
from frappe.utils.nestedset import NestedSetChildExistsError, NestedSetRecursionError

from aftersales.testing.factories import unique, user_with
from aftersales.utils.tree import OwnParentError, ParentNotGroupError


class TreeCases:
	"""The subclass names the DocType, its title field, its root, and the factory that makes a node."""

	doctype: str
	title_field: str
	root: str

	@property
	def parent_field(self) -> str:
		return f"parent_{frappe.scrub(self.doctype)}"

	def node(self, parent: str | None = None, **fields):
		return self.make(**{self.parent_field: parent}, **fields)

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_node_without_parent_hangs_on_the_root(self):
		node = self.node()
		self.assertEqual(node.get(self.parent_field), self.root)
		roots = frappe.get_all(self.doctype, {self.parent_field: ["is", "not set"]}, pluck="name")
		self.assertEqual(roots, [self.root])

	def test_title_is_trimmed_and_unique(self):
		title = unique("Node")
		self.assertEqual(self.node(**{self.title_field: f"  {title} "}).name, title)
		with self.assertRaises(frappe.DuplicateEntryError):
			self.node(**{self.title_field: f" {title}"})

	def test_empty_title_is_refused(self):
		with self.assertRaises(frappe.ValidationError):
			self.node(**{self.title_field: "  "})

	def test_nodes_know_what_is_below_them(self):
		group = self.node(is_group=1)
		inner = self.node(group.name, is_group=1)
		leaf = self.node(inner.name)
		group.reload()
		below = frappe.get_all(self.doctype, {"lft": [">", group.lft], "rgt": ["<", group.rgt]}, pluck="name")
		self.assertEqual(sorted(below), sorted([inner.name, leaf.name]))

	def test_no_cycle(self):
		group = self.node(is_group=1)
		inner = self.node(group.name, is_group=1)
		group.reload()
		group.set(self.parent_field, inner.name)
		self.assertRaises(NestedSetRecursionError, group.save)

	def test_not_below_itself(self):
		group = self.node(is_group=1)
		group.set(self.parent_field, group.name)
		self.assertRaises(OwnParentError, group.save)

	def test_parent_must_be_a_group(self):
		leaf = self.node()
		with self.assertRaises(ParentNotGroupError):
			self.node(leaf.name)

	def test_node_moves_with_what_is_below_it(self):
		first, second = self.node(is_group=1), self.node(is_group=1)
		inner = self.node(first.name, is_group=1)
		leaf = self.node(inner.name)
		inner.reload()
		inner.set(self.parent_field, second.name)
		inner.save()
		first.reload()
		second.reload()
		leaf.reload()
		self.assertEqual(first.rgt - first.lft, 1)
		self.assertTrue(second.lft < leaf.lft < leaf.rgt < second.rgt)

	def test_group_with_nodes_is_not_deleted(self):
		group = self.node(is_group=1)
		self.node(group.name)
		self.assertRaises(NestedSetChildExistsError, group.delete)

	def test_root_is_not_deleted(self):
		root = frappe.get_doc(self.doctype, self.root)
		self.assertRaises(frappe.ValidationError, root.delete)

	def test_agents_read_and_managers_write(self):
		node = self.node()
		for role, may_write in (
			("Service Agent", False),
			("Knowledge Manager", False),
			("Service Manager", True),
		):
			frappe.set_user(user_with(role))
			doc = frappe.get_doc(self.doctype, node.name)
			self.assertTrue(doc.has_permission("read"), role)
			self.assertEqual(bool(doc.has_permission("write")), may_write, role)
			frappe.set_user("Administrator")
