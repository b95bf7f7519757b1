import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from frappe.utils import add_days, today

from aftersales.field_service import steps
from aftersales.service_network import points, rewards
from aftersales.service_network.doctype.reward_redemption.reward_redemption import RedemptionError
from aftersales.service_network.test_points import PointsCase, acting_as
from aftersales.testing import factories
from aftersales.testing.points import make_reward, make_reward_redemption
from aftersales.utils.append_only import AppendOnlyError


class TestRewards(PointsCase):
	def redeem(self, reward, **fields):
		return make_reward_redemption(customer=self.customer, reward=reward.name, **fields)

	def stock(self, reward):
		return frappe.db.get_value("Reward", reward.name, "stock")

	def test_points_and_stock_are_taken_and_come_back(self):
		self.give(500)
		reward = make_reward(points=200, stock=3)
		redemption = self.redeem(reward, qty=2, points=1, needs_approval=1, requested_from="Portal")
		self.assertEqual((redemption.points, redemption.requested_from), (400, "Desk"))
		self.assertEqual((points.balance(self.customer), self.stock(reward)), (100, 1))
		steps.act(redemption.doctype, redemption.name, "Cancel", {"cancel_reason": "Wants another one"})
		self.assertEqual((points.balance(self.customer), self.stock(reward)), (500, 3))
		self.assert_sums()

	def test_all_or_nothing(self):
		self.give(150)
		reward = make_reward(points=100, stock=1)
		frappe.db.savepoint("nothing_redeemed")
		for wrong, error in (
			({"qty": 2}, rewards.OutOfStockError),
			({"qty": 0}, RedemptionError),
			({"qty": -1}, RedemptionError),
		):
			self.assertRaises(error, self.redeem, reward, **wrong)
			frappe.db.rollback(save_point="nothing_redeemed")
		dear = make_reward(points=151)
		self.assertRaises(points.NotEnoughPointsError, self.redeem, dear)
		frappe.db.rollback(save_point="nothing_redeemed")
		self.assertEqual((points.balance(self.customer), self.stock(reward)), (150, 1))

	def test_points_that_have_expired_buy_nothing_before_the_job_came(self):
		points.post(self.customer, 100, "Adjusted", expires_on=add_days(today(), -1))
		points.post(self.customer, 30, "Adjusted", expires_on=today())
		with self.assertRaises(points.NotEnoughPointsError):
			self.redeem(make_reward(points=31))
		self.redeem(make_reward(points=30))
		self.assertEqual(points.balance(self.customer), 0)
		self.assert_sums()

	def test_who_is_offered_what(self):
		self.give(1000)
		low, high = factories.make_vip_level(rank=91), factories.make_vip_level(rank=92)
		for fields in (
			{"enabled": 0},
			{"valid_from": add_days(today(), 1)},
			{"valid_until": add_days(today(), -1)},
			{"vip_level": low.name},
		):
			reward = make_reward(**fields)
			self.assertRaises(rewards.RewardError, self.redeem, reward)
			self.assertNotIn(reward.name, [row.name for row in rewards.offered_to(self.customer)])
		frappe.db.set_value("Service Customer", self.customer, "vip_level", high.name)
		self.redeem(reward)
		hidden = make_reward(in_portal=0, unlimited=1, stock=0)
		self.redeem(hidden, qty=3)
		self.assertIn(hidden.name, [row.name for row in rewards.offered_to(self.customer)])
		self.assertNotIn(hidden.name, [row.name for row in rewards.offered_to(self.customer, portal=True)])

	def test_somebody_else_approves(self):
		self.give(1000)
		reward = make_reward(needs_approval=1)
		with acting_as("May Manage Points"):
			made = rewards.redeem(self.customer, reward.name)["made"][self.customer]
			doc = frappe.get_doc("Reward Redemption", made)
			self.assertRaises(WorkflowTransitionError, apply_workflow, doc, "Hand Over")
			self.assertRaises(frappe.ValidationError, apply_workflow, doc, "Approve")
			doc.reload()
			doc.status = "Approved"
			self.assertRaises(frappe.PermissionError, doc.save)
		with acting_as("Service Manager"):
			doc = apply_workflow(frappe.get_doc("Reward Redemption", made), "Approve")
			doc = apply_workflow(doc, "Hand Over")
		self.assertEqual((doc.status, doc.stage), ("Handed Over", "Done"))
		self.assertTrue(doc.approved_by and doc.handed_over_by and doc.handed_over_on)
		doc.qty = 5
		self.assertRaises(AppendOnlyError, doc.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, "Reward Redemption", made)

	def test_cancelling_needs_a_reason(self):
		doc = make_reward_redemption()
		self.assertRaises(RedemptionError, apply_workflow, doc, "Cancel")

	def test_one_customer_or_many(self):
		self.give(100)
		poor, rich = factories.make_customer().name, factories.make_customer().name
		points.post(rich, 300, "Earned")
		reward = make_reward(points=100, stock=2)
		with acting_as("May Manage Points"):
			done = rewards.redeem(frappe.as_json([poor, self.customer, rich, rich]), reward.name)
			self.assertEqual(set(done["made"]), {self.customer, rich})
			self.assertIn("0", done["left_out"][poor])
			self.assertRaises(rewards.RewardError, rewards.redeem, rich, reward.name)
			self.assertRaises(rewards.RewardError, rewards.redeem, [], reward.name)
			shown = rewards.choices(rich)
			self.assertEqual(shown["balance"], 200)
			self.assertIn(0, [row["left"] for row in shown["rewards"] if row["name"] == reward.name])
		self.assertEqual(self.stock(reward), 0)

	def test_stock_changes_with_a_reason(self):
		reward = make_reward(stock=2)
		with acting_as("May Manage Points"):
			self.assertEqual(rewards.change_stock(reward.name, 5, "Delivery"), 7)
			for change, reason in ((0, "x"), (1, " "), (-8, "x")):
				self.assertRaises(rewards.RewardError, rewards.change_stock, reward.name, change, reason)
		self.assertEqual(self.stock(reward), 7)
		comments = frappe.get_all(
			"Comment", {"reference_name": reward.name, "comment_type": "Info"}, "content"
		)
		self.assertIn("Delivery", comments[0].content)

	def test_who_may_redeem_and_change_stock(self):
		reward = make_reward()
		for user in (
			"Guest",
			factories.user_with("Service Technician"),
			factories.user_with("General Manager"),
		):
			frappe.set_user(user)
			for call in (
				lambda: rewards.redeem(self.customer, reward.name),
				lambda: rewards.choices(self.customer),
				lambda: rewards.change_stock(reward.name, 1, "x"),
			):
				self.assertRaises(frappe.PermissionError, call)
		with acting_as("Service Agent"):
			self.assertRaises(frappe.PermissionError, rewards.change_stock, reward.name, 1, "x")
			self.assertEqual(rewards.choices(self.customer)["balance"], 0)

	def test_rewards_make_sense(self):
		for wrong in ({"points": 0}, {"valid_from": "2026-02-01", "valid_until": "2026-01-01"}):
			self.assertRaises(rewards.RewardError, make_reward, **wrong)
