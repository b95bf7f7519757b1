from unittest.mock import patch

import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import demand_plans, supply
from aftersales.spare_parts.demand_plans import NoDemandError
from aftersales.spare_parts.doctype.part_demand_plan.part_demand_plan import (
	PlanError,
	PlanFixedError,
	ReasonMissingError,
)
from aftersales.testing import factories, parts
from aftersales.testing.field import staff_of
from aftersales.utils.child_rows import ChildRowError
from aftersales.utils.workflow_state import SelfApprovalError


class TestPartDemandPlan(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.planner = factories.user_with("Parts Planner")
		cls.manager = factories.user_with("Service Manager")
		cls.general = factories.user_with("General Manager")
		cls.hq = parts.make_part_warehouse().name
		if not frappe.db.exists("Part Warehouse", {"warehouse_kind": "In Transit", "is_group": 0}):
			parts.make_part_warehouse(warehouse_kind="In Transit")
		frappe.db.set_single_value("Aftersales Settings", "demand_plan_final_from", 0)

	def setUp(self):
		self.part = parts.make_spare_part(price=10).name
		self.store = parts.make_part_warehouse(warehouse_kind="Outlet").name
		frappe.set_user(self.planner)

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, qty=3, **fields):
		fields.setdefault("items", [{"spare_part": self.part, "planned_qty": qty}])
		doc = {"doctype": "Part Demand Plan", "warehouse": self.store, "source_warehouse": self.hq}
		return frappe.get_doc(doc | fields).insert()

	def as_user(self, user, doc, *actions):
		frappe.set_user(user)
		return factories.act(doc, *actions)

	def test_next_month_and_sums(self):
		plan = self.make(plan_date="2024-01-31", target_month=None)
		self.assertEqual((str(plan.target_month), plan.planner), ("2024-02-01", self.planner))
		self.assertEqual((plan.total_qty, plan.total_amount, plan.items[0].amount), (3, 30, 30))
		self.assertRaises(PlanError, self.make, plan_date="2024-05-01", target_month="2024-04-30")

	def test_one_plan_per_warehouse_and_month(self):
		plan = self.make(plan_date="2024-03-15")
		self.assertRaises(PlanError, self.make, plan_date="2024-03-20")
		factories.act(plan, "Cancel")
		self.make(plan_date="2024-03-20")

	def test_a_group_is_no_place_for_parts(self):
		frappe.set_user("Administrator")
		group = parts.make_part_warehouse(is_group=1).name
		frappe.set_user(self.planner)
		self.assertRaises(supply.NoWarehouseError, self.make, warehouse=group)

	def test_a_part_once(self):
		items = [{"spare_part": self.part, "planned_qty": 1}] * 2
		self.assertRaises(PlanError, self.make, items=items)

	def test_computed_lines_show_their_terms_and_keep_what_was_typed(self):
		frappe.set_user("Administrator")
		frappe.db.set_value("Spare Part", self.part, "safety_stock", 5)
		parts.want(self.part, self.store, 6, "2023-04-10")
		other = parts.make_spare_part().name
		frappe.set_user(self.planner)
		plan = self.make(plan_date="2023-05-15", items=[{"spare_part": other, "planned_qty": 2}])
		demand_plans.compute(plan.name)
		plan.reload()
		line = next(row for row in plan.items if row.spare_part == self.part)
		self.assertEqual(
			(line.issued_1, line.average, line.difference, line.suggested_qty, line.planned_qty),
			(6, 2, 5, 7, 7),
		)
		self.assertEqual(plan.items[0].planned_qty, 2)
		self.assertIn("Safety Stock", plan.formula)
		line.planned_qty = 9
		plan.save()
		demand_plans.compute(plan.name)
		plan.reload()
		self.assertEqual([row.planned_qty for row in plan.items if row.spare_part == self.part], [9])
		factories.act(plan, "Submit for Approval")
		self.assertRaises(PlanFixedError, self.recompute, plan, 9, 4)

	def recompute(self, plan, before, after):
		doc = frappe.get_doc("Part Demand Plan", plan.name)
		next(row for row in doc.items if row.planned_qty == before).planned_qty = after
		doc.save()

	def test_the_second_method_stands_beside_it(self):
		frappe.set_user("Administrator")
		frappe.db.set_value("Spare Part", self.part, "safety_stock", 5)
		kept = parts.make_part_forecast(spare_part=self.part, warehouse=self.store)
		plan = self.make(items=[])
		demand_plans.compute(plan.name)
		plan.reload()
		line = next(row for row in plan.items if row.spare_part == self.part)
		self.assertEqual((line.forecast_method, line.forecast_qty), (kept.method, kept.forecast_qty))
		self.assertEqual((line.forecast_mae, line.average_mae), (kept.mae, kept.average_mae))

	def test_nothing_to_plan(self):
		with patch("aftersales.spare_parts.demand.terms", return_value=[]):
			self.assertRaises(NoDemandError, demand_plans.compute, self.make(items=[]).name)

	def test_approved_in_one_level_and_issued(self):
		frappe.set_user("Administrator")
		parts.put_in_stock(self.part, self.hq, 2)
		short = parts.make_spare_part().name
		frappe.set_user(self.planner)
		plan = self.make(
			items=[{"spare_part": self.part, "planned_qty": 3}, {"spare_part": short, "planned_qty": 1}]
		)
		plan = self.as_user(self.planner, plan, "Submit for Approval")
		self.assertTrue(
			frappe.db.exists(
				"ToDo", {"reference_name": plan.name, "allocated_to": self.manager, "status": "Open"}
			)
		)
		plan = self.as_user(self.manager, plan, "Approve")
		self.assertEqual((plan.status, plan.approver, plan.short_qty), ("Converted", self.manager, 2))
		self.assertEqual([(row.issued_qty, row.short_qty) for row in plan.items], [(2, 1), (0, 1)])
		slip = frappe.get_doc("Part Stock Entry", plan.stock_entry)
		self.assertEqual(
			(slip.purpose, slip.docstatus, slip.source_warehouse, slip.target_warehouse),
			("Transfer", 0, self.hq, self.store),
		)
		self.assertEqual([(row.spare_part, row.qty) for row in slip.items], [(self.part, 2)])
		self.assertFalse(frappe.db.exists("ToDo", {"reference_name": plan.name, "status": "Open"}))

	def test_nothing_in_stock_leaves_it_approved(self):
		plan = self.as_user(self.planner, self.make(), "Submit for Approval")
		plan = self.as_user(self.manager, plan, "Approve")
		self.assertEqual((plan.status, plan.short_qty, plan.stock_entry), ("Approved", 3, None))

	def test_large_plans_need_the_second_level(self):
		frappe.db.set_single_value("Aftersales Settings", "demand_plan_final_from", 30)
		small = self.make(qty=2, plan_date="2024-01-01")
		self.assertFalse(small.needs_final_approval)
		plan = self.make(qty=3)
		self.assertTrue(plan.needs_final_approval)
		plan = self.as_user(self.planner, plan, "Submit for Approval")
		plan = self.as_user(self.manager, plan, "Approve")
		self.assertEqual((plan.status, plan.approver), ("Final Approval", self.manager))
		self.assertRaises(frappe.ValidationError, self.as_user, self.manager, plan, "Approve Finally")
		plan = self.as_user(self.general, plan, "Approve Finally")
		self.assertEqual((plan.stage, plan.final_approver), ("Approved", self.general))
		frappe.db.set_single_value("Aftersales Settings", "demand_plan_final_from", 0)

	def test_nobody_approves_their_own(self):
		both = factories.user_with("Parts Planner", "Service Manager")
		frappe.set_user(both)
		plan = factories.act(self.make(), "Submit for Approval")
		self.assertRaises(frappe.ValidationError, apply_workflow, plan, "Approve")

	def test_nobody_approves_their_own_by_writing_the_state(self):
		both = factories.user_with("Parts Planner", "Service Manager")
		frappe.set_user(both)
		plan = factories.act(self.make(), "Submit for Approval")
		plan.status = "Approved"
		self.assertRaises(SelfApprovalError, plan.save)
		plan = frappe.get_doc(plan.doctype, plan.name)
		plan.owner = self.planner
		plan.save()
		self.assertEqual(frappe.db.get_value(plan.doctype, plan.name, "owner"), both)
		plan = frappe.get_doc(plan.doctype, plan.name)
		frappe.set_user(self.manager)
		plan.status = "Approved"
		plan.save()
		self.assertEqual(plan.approver, self.manager)

	def test_rejected_with_a_reason_and_revised(self):
		plan = self.as_user(self.planner, self.make(), "Submit for Approval")
		self.assertRaises(ReasonMissingError, self.as_user, self.manager, plan, "Reject")
		plan.reload()
		plan.rejection_reason = "Too much"
		plan.save()
		plan = self.as_user(self.manager, plan, "Reject")
		self.assertTrue(
			frappe.db.exists(
				"ToDo", {"reference_name": plan.name, "allocated_to": self.planner, "status": "Open"}
			)
		)
		plan = self.as_user(self.planner, plan, "Revise")
		self.assertEqual((plan.stage, plan.approver), ("Draft", None))

	def test_an_empty_plan_is_not_submitted(self):
		self.assertRaises(PlanError, factories.act, self.make(qty=0), "Submit for Approval")

	def test_people_of_an_outlet_plan_for_their_own(self):
		frappe.set_user("Administrator")
		outlet, other = parts.make_supplied_outlet(), parts.make_supplied_outlet()
		theirs = parts.make_part_demand_plan(warehouse=other.warehouse)
		user = staff_of(outlet.name, "Outlet Staff")
		frappe.set_user(user)
		plan = self.make(warehouse=outlet.warehouse, source_warehouse=None)
		self.assertEqual(plan.outlet, outlet.name)
		self.assertEqual(frappe.get_list("Part Demand Plan", pluck="name"), [plan.name])
		self.assertFalse(frappe.has_permission("Part Demand Plan", "read", doc=theirs.name))
		self.assertRaises(frappe.PermissionError, demand_plans.compute, theirs.name)
		self.assertRaises(frappe.PermissionError, self.make, warehouse=other.warehouse)

	def test_rows_are_not_changed_by_themselves(self):
		row = self.make().items[0]
		row.planned_qty = 99
		self.assertRaises(ChildRowError, row.save)

	def test_who_may_compute(self):
		plan = self.make()
		for user in ("Guest", factories.user_with("Service Agent"), factories.user_with("Market Supervisor")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, demand_plans.compute, plan.name)

	def test_buyers_are_reminded_once_in_the_middle_of_the_month(self):
		def told():
			return frappe.db.count(
				"Notification Log", {"for_user": self.planner, "document_type": "Part Demand Plan"}
			)

		frappe.db.set_default(demand_plans.REMINDED, "")
		before = told()
		for day, expected in (("2031-03-14", 0), ("2031-03-15", 1), ("2031-03-16", 1), ("2031-04-20", 2)):
			with patch("aftersales.spare_parts.demand_plans.today", return_value=day):
				demand_plans.remind()
			self.assertEqual(told() - before, expected, day)

	def test_the_start_up_reminder_ends_with_the_plan(self):
		with patch("aftersales.spare_parts.demand_plans.today", return_value="2031-03-14"):
			self.assertIsNone(demand_plans.plans_due(self.planner, 0))
		with patch("aftersales.spare_parts.demand_plans.today", return_value="2031-03-15"):
			self.assertEqual(demand_plans.plans_due(self.planner, 0)["count"], 1)
			self.assertIsNone(demand_plans.plans_due(self.manager, 0))
			self.make(plan_date="2031-03-15")
			self.assertIsNone(demand_plans.plans_due(self.planner, 0))
