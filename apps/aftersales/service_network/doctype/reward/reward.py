"""Reward: what customers get for points (S7.39, S6.21); see aftersales.service_network.rewards."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from aftersales.service_network.rewards import RewardError
from aftersales.utils.text import clean_fields


class Reward(Document):
	def before_naming(self):
		clean_fields(self, "reward_name")

	def validate(self):
		self.validate_points()
		self.validate_days()

	def validate_points(self) -> None:
		"""
		:raises RewardError: it costs no points.
		"""
		if cint(self.points) <= 0:
			frappe.throw(_("Enter how many points the reward costs."), RewardError, title=_("Reward"))

	def validate_days(self) -> None:
		"""
		:raises RewardError: the last day lies before the first.
		"""
		if self.valid_from and self.valid_until and getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(_("Valid Until lies before Valid From."), RewardError, title=_("Reward"))
