"""Agent Group: agents who do one kind of task together, led by one of them (S2.44)."""

import frappe
from frappe.model.document import Document

from aftersales.aftersales.work import groups


class AgentGroup(Document):
	def validate(self):
		self.set_leader()
		groups.check_leader(self)
		self.validate_members()

	def set_leader(self) -> None:
		"""Who makes a group leads it, unless they may say who does; Frappe has emptied the field otherwise."""
		if self.is_new() and not self.leader and not groups.manages_all():
			self.leader = frappe.session.user
			self.leader_name = frappe.utils.get_fullname()

	def validate_members(self) -> None:
		"""Every member once; new ones must be the leader's own people, and trained for the hotline (S6.28)."""
		groups.refuse_doubles(self)
		before = self.get_doc_before_save()
		changed_kind = not before or before.task_kind != self.task_kind
		stored = {row.user for row in before.members} if before else set()
		new = [row.user for row in self.members if row.user not in stored]
		groups.check_own_people(new)
		if self.task_kind == groups.HOTLINE:
			groups.check_trained([row.user for row in self.members] if changed_kind else new)
