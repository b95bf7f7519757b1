"""The workshop from reception to delivery: bays, hours, inspection, delivery, the board."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.field_service import workshop_board
from aftersales.field_service.doctype.completion_inspection.completion_inspection import (
	InspectionChangedError,
	NoFindingError,
)
from aftersales.field_service.doctype.job_time.job_time import AtWorkError, JobTimeError, OrderFinishedError
from aftersales.field_service.doctype.order_delivery.order_delivery import DeliveryTimeError, NotReadyError
from aftersales.field_service.doctype.service_bay.service_bay import BayExistsError
from aftersales.field_service.workshop import BayTakenError, NotInspectedError
from aftersales.testing import factories, field


class WorkshopCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = field.make_service_outlet().name
		cls.controller = field.staff_of(cls.outlet, "Workshop Controller")

	def setUp(self):
		frappe.db.savepoint("before_test")
		frappe.db.set_single_value("Aftersales Settings", "inspect_before_completion", 1)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def bay(self, **fields):
		return field.make_service_bay(outlet=self.outlet, **fields).name

	def order(self, *actions, **fields):
		return field.make_workshop_order(*actions, outlet=self.outlet, **fields)

	def technician(self, **fields):
		return field.make_technician(outlet=self.outlet, **fields).name


class TestBays(WorkshopCase):
	def test_one_order_at_a_time(self):
		bay, first, second = self.bay(), self.order("Receive"), self.order("Receive")
		workshop_board.place(first.name, bay)
		with self.assertRaises(BayTakenError):
			workshop_board.place(second.name, bay)
		second.reload()
		second.bay = bay
		with self.assertRaises(BayTakenError):
			second.save()
		workshop_board.place(first.name, None)
		workshop_board.place(second.name, bay)
		self.assertEqual(frappe.db.get_value("Service Order", second.name, "bay"), bay)

	def test_a_finished_order_leaves_its_bay_free(self):
		bay = self.bay()
		done = self.order("Receive", "Start", bay=bay)
		field.make_completion_inspection(service_order=done.name)
		done = factories.act(done, "Complete")
		next_one = self.order("Receive", bay=bay)
		self.assertEqual(next_one.bay, bay)
		with self.assertRaises(BayTakenError):
			factories.act(done, "Reopen")

	def test_closed_and_foreign_bays(self):
		with self.assertRaises(BayTakenError):
			self.order(bay=self.bay(enabled=0))
		with self.assertRaises(BayTakenError):
			self.order(bay=field.make_service_bay(outlet=field.make_service_outlet().name).name)

	def test_names_are_unique_in_an_outlet(self):
		self.bay(bay_name="Lift 1")
		with self.assertRaises(BayExistsError):
			self.bay(bay_name=" Lift  1 ")
		field.make_service_bay(bay_name="Lift 1", outlet=field.make_service_outlet().name)


class TestHours(WorkshopCase):
	def test_on_and_off_the_clock(self):
		order, technician = self.order("Receive", "Start"), self.technician()
		with field.as_user(self.controller):
			name = workshop_board.start_work(order.name, technician)
			with self.assertRaises(AtWorkError):
				workshop_board.start_work(self.order("Receive").name, technician)
			frappe.db.set_value("Job Time", name, "started_at", add_to_date(now_datetime(), hours=-2))
			self.assertEqual(workshop_board.stop_work(name), 2)
			self.assertRaises(frappe.ValidationError, workshop_board.stop_work, name)

	def test_times_make_sense(self):
		now = now_datetime()
		technician, order = self.technician(), self.order().name
		for start, end in ((0.5, None), (-1, 0.5), (-1, -2)):
			fields = {
				"started_at": add_to_date(now, hours=start),
				"ended_at": end and add_to_date(now, hours=end),
			}
			with self.subTest((start, end)), self.assertRaises(JobTimeError):
				field.make_job_time(service_order=order, technician=technician, **fields)
		field.make_job_time(service_order=order, technician=technician)
		half_ago = add_to_date(now, minutes=-30)
		with self.assertRaises(JobTimeError):
			field.make_job_time(service_order=order, technician=technician, started_at=half_ago, ended_at=now)

	def test_nobody_works_on_a_finished_order(self):
		order = factories.act(self.order(reason="Not wanted"), "Cancel")
		with self.assertRaises(OrderFinishedError):
			workshop_board.start_work(order.name, self.technician())

	def test_completing_ends_what_runs(self):
		order = self.order("Receive", "Start")
		name = workshop_board.start_work(order.name, self.technician())
		field.make_completion_inspection(service_order=order.name)
		factories.act(order, "Complete")
		self.assertTrue(frappe.db.get_value("Job Time", name, "ended_at"))

	def test_technicians_note_their_own_hours_only(self):
		user = field.staff_of(self.outlet, "Service Technician")
		mine, other, order = self.technician(user=user), self.technician(), self.order("Receive").name
		with field.as_user(user):
			workshop_board.stop_work(workshop_board.start_work(order, mine))
			self.assertRaises(frappe.PermissionError, workshop_board.start_work, order, other)
		with field.as_user(factories.user_with("Front Desk")):
			self.assertRaises(frappe.PermissionError, workshop_board.start_work, order, mine)
		stranger = field.staff_of(field.make_service_outlet().name, "Workshop Controller")
		with field.as_user(stranger):
			self.assertRaises(frappe.PermissionError, workshop_board.start_work, order, mine)


class TestInspectionAndDelivery(WorkshopCase):
	def test_no_completion_without_a_passed_inspection(self):
		order = self.order("Receive", "Start")
		self.refuse_to_complete(order)
		defect = {"item": "Brakes", "result": "Defect", "note": "Left one drags"}
		failed = field.make_completion_inspection(service_order=order.name, lines=[defect])
		self.assertEqual(failed.result, "Rework")
		self.refuse_to_complete(order)
		field.make_completion_inspection(service_order=order.name)
		self.assertEqual(factories.act(order, "Complete").stage, "Completed")

	def refuse_to_complete(self, order):
		frappe.db.savepoint("before_complete")
		with self.assertRaises(NotInspectedError):
			factories.act(order, "Complete")
		frappe.db.rollback(save_point="before_complete")  # as the request does

	def test_a_site_may_do_without(self):
		frappe.db.set_single_value("Aftersales Settings", "inspect_before_completion", 0)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		self.assertEqual(factories.act(self.order(), "Receive", "Start", "Complete").stage, "Completed")

	def test_an_inspection_stands(self):
		inspection = field.make_completion_inspection()
		inspection.remarks = "Better"
		with self.assertRaises(InspectionChangedError):
			inspection.save()
		with self.assertRaises(NoFindingError):
			field.make_completion_inspection(lines=[{"item": "Brakes", "result": "Defect", "note": " "}])

	def test_delivery_after_completion_once(self):
		order = self.order("Receive", "Start")
		with self.assertRaises(NotReadyError):
			field.make_order_delivery(service_order=order.name)
		field.make_completion_inspection(service_order=order.name)
		factories.act(order, "Complete")
		with self.assertRaises(DeliveryTimeError):
			field.make_order_delivery(
				service_order=order.name, delivered_at=add_to_date(now_datetime(), hours=-1)
			)
		delivery = field.make_order_delivery(service_order=order.name)
		self.assertEqual((delivery.outlet, delivery.delivered_by), (self.outlet, frappe.session.user))
		with self.assertRaises(frappe.UniqueValidationError):
			field.make_order_delivery(service_order=order.name)
		with self.assertRaises(NotReadyError):
			field.make_order_delivery(service_order=field.make_service_order().name)

	def test_what_is_asked_for(self):
		template = field.make_inspection_template("Brakes", "Lights").name
		order = self.order(inspection_template=template)
		self.assertEqual([row["item"] for row in workshop_board.checks_of(order.name)], ["Brakes", "Lights"])
		stranger = field.staff_of(field.make_service_outlet().name, "Workshop Controller")
		with field.as_user(stranger):
			self.assertRaises(frappe.PermissionError, workshop_board.checks_of, order.name)


class TestWorkshopBoard(WorkshopCase):
	def lanes(self):
		with field.as_user(self.controller):
			return {order.name: order for order in workshop_board.board()["orders"]}

	def test_from_lane_to_lane(self):
		bay, order = self.bay(), self.order("Receive")
		self.assertEqual(self.lanes()[order.name].lane, "waiting")
		with field.as_user(self.controller):
			workshop_board.place(order.name, bay)
		self.assertEqual(self.lanes()[order.name].lane, "bay")
		factories.act(order, "Start")
		field.make_job_time(service_order=order.name, technician=self.technician())
		self.assertEqual(self.lanes()[order.name].hours, 1)
		field.make_completion_inspection(service_order=order.name)
		self.assertEqual(self.lanes()[order.name].lane, "inspection")
		factories.act(order, "Complete")
		self.assertEqual(self.lanes()[order.name].lane, "ready")
		field.make_order_delivery(service_order=order.name)
		self.assertNotIn(order.name, self.lanes())

	def test_late_is_what_was_promised_and_is_not_done(self):
		late = self.order(promised_at=add_to_date(now_datetime(), minutes=-5))
		in_time = self.order(promised_at=add_to_date(now_datetime(), hours=5))
		lanes = self.lanes()
		self.assertEqual((lanes[late.name].late, lanes[in_time.name].late), (True, False))

	def test_only_the_own_workshop(self):
		foreign = field.make_workshop_order(outlet=field.make_service_outlet().name)
		self.assertNotIn(foreign.name, self.lanes())
		with field.as_user(self.controller):
			self.assertRaises(frappe.PermissionError, workshop_board.place, foreign.name, self.bay())
		for user in ("Guest", factories.user_with("Aftersales Customer"), factories.user_with("Shop Staff")):
			with field.as_user(user):
				if user.startswith("shop"):
					self.assertEqual(type(workshop_board.board()["bays"]), list)
				else:
					self.assertRaises(frappe.PermissionError, workshop_board.board)

	def test_the_cost_does_not_grow_with_the_orders(self):
		for _number in range(4):
			order = self.order("Receive", bay=self.bay())
			field.make_job_time(service_order=order.name, technician=self.technician())
		with field.as_user(self.controller):
			workshop_board.board()
			with self.assertQueryCount(10):
				self.assertEqual(len(workshop_board.board()["orders"]), 4)
