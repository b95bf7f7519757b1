from datetime import datetime
from unittest.mock import patch

import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow, get_transitions
from frappe.tests.utils import FrappeTestCase
from frappe.utils import get_datetime

from aftersales.field_service import order_follow_ups, order_printing, order_times, orders
from aftersales.field_service.doctype.service_order.service_order import (
	ContentMissingError,
	InspectionMissingError,
	OrderTimeError,
	ReasonMissingError,
)
from aftersales.field_service.order_follow_ups import FeedbackPersonError
from aftersales.testing.factories import (
	act,
	make_customer,
	make_customer_complaint,
	make_product,
	make_service_call,
	make_ticket,
	unique_phone,
	user_with,
)
from aftersales.testing.field import (
	make_inspection_template,
	make_job_package,
	make_service_centre,
	make_service_item,
	make_service_order,
	make_service_outlet,
	staff_of,
	without_fee_rates,
)
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.naming import OwnNumberNotPermittedError

ORDER = "Service Order"


class OrderTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.centre = make_service_centre().name
		cls.outlet = make_service_outlet(parent_service_outlet=cls.centre).name
		cls.staff = staff_of(cls.outlet, "Outlet Staff", account="order-outlet")
		cls.chief = staff_of(cls.centre, "Service Centre Staff", account="order-centre")

	def setUp(self):
		frappe.db.savepoint("order_test")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="order_test")

	def order(self, *actions: str, **fields):
		order = make_service_order(**{"outlet": self.outlet, "content": "Valve replaced", **fields})
		return act(order, *actions)


class TestServiceOrderLife(OrderTestCase):
	def test_number(self):
		self.assertRegex(self.order().name, r"^SO-\d\d-\d{6}$")
		frappe.set_user(user_with("Service Agent"))
		own = frappe.get_doc(doctype=ORDER, customer_name="A", own_number="W-17").insert()
		self.assertEqual(own.name, "W-17")
		frappe.set_user(self.staff)
		other = frappe.get_doc(doctype=ORDER, customer_name="A", own_number="W-18")
		self.assertRaises(OwnNumberNotPermittedError, other.insert)

	def test_the_way_of_a_dispatch_order(self):
		"""M1, M6: dispatched, received, visited, fed back, followed up, audited."""
		order = self.order()
		self.assertEqual(
			(order.status, order.stage, order.service_centre), ("To Be Handled", "Open", self.centre)
		)
		order = act(order, "Dispatch")
		self.assertTrue(order.dispatched_at)
		self.assertFalse(order.received_at)
		order = act(order, "Receive", "Arrive")
		self.assertEqual((order.status, order.stage), ("On Site", "In Work"))
		self.assertTrue(order.received_at and order.arrived_at)
		self.assertFalse(order.fed_back_at)
		order = act(order, "Complete")
		self.assertEqual(order.stage, "Completed")
		self.assertTrue(order.fed_back_at and order.completed_at and order.left_at)
		order = act(order, "Follow Up", "Audit")
		self.assertEqual(order.status, "Audited")
		order.content = "Something else"
		self.assertRaises(AuditLockError, order.save)
		order = act(order, "Cancel Audit")
		self.assertEqual(order.stage, "Completed")

	def test_kinds_go_their_ways(self):
		"""M13, M18, M20: who works in the shop visits nobody; the hotline closes its reports."""

		def actions(order) -> set:
			return {row.action for row in get_transitions(frappe.get_doc(ORDER, order.name))}

		self.assertEqual(actions(self.order()), {"Dispatch", "Cancel"})
		self.assertEqual(actions(self.order(order_kind="Workshop")), {"Dispatch", "Receive", "Cancel"})
		self.assertEqual(actions(self.order(order_kind="Pre-report", outlet=None)), {"Close", "Cancel"})
		shop = self.order("Receive", order_kind="Counter Repair")
		self.assertIn("Start", actions(shop))
		self.assertNotIn("Arrive", actions(shop))
		self.assertEqual(act(shop, "Start", "Wait for Parts", "Resume").status, "In Progress")
		home = self.order("Dispatch", "Receive", "Arrive", "Wait for Parts", "Resume")
		self.assertEqual(home.status, "On Site")

	def test_nothing_is_dispatched_to_nobody(self):
		order = self.order(outlet=None)
		self.assertRaises(WorkflowTransitionError, apply_workflow, order, "Dispatch")

	def test_refused_with_a_reason(self):
		order = self.order("Dispatch")
		frappe.set_user(self.staff)
		self.assertRaises(ReasonMissingError, apply_workflow, order, "Refuse")
		orders.act(order.name, "Refuse", {"reason": "No technician"})
		order.reload()
		self.assertEqual((order.status, order.stage, order.reason), ("Refused", "Open", None))
		self.assertIn("No technician", order.last_refusal)
		self.assertFalse(order.dispatched_at)
		# The next refusal needs a reason of its own.
		frappe.set_user(user_with("Service Agent"))
		orders.act(order.name, "Dispatch")
		frappe.set_user(self.staff)
		self.assertRaises(ReasonMissingError, apply_workflow, frappe.get_doc(ORDER, order.name), "Refuse")

	def test_cancelled_with_a_reason(self):
		order = self.order()
		self.assertRaises(ReasonMissingError, apply_workflow, order, "Cancel")
		orders.act(order.name, "Cancel", {"reason": "Solved by itself"})
		self.assertEqual(
			frappe.db.get_value(ORDER, order.name, ("stage", "reason")), ("Cancelled", "Solved by itself")
		)

	def test_completed_with_a_word_on_what_was_done(self):
		order = self.order("Dispatch", "Receive", "Arrive", content=None)
		self.assertRaises(ContentMissingError, apply_workflow, order, "Complete")
		orders.act(order.name, "Complete", {"result": "Runs again"})
		self.assertEqual(frappe.db.get_value(ORDER, order.name, "stage"), "Completed")

	def test_mandatory_inspection(self):
		template = make_inspection_template("Earth wire", "Water pressure").name
		order = self.order("Dispatch", "Receive", "Arrive", inspection_template=template)
		self.assertEqual([row.item for row in order.inspection], ["Earth wire", "Water pressure"])
		order.inspection[0].result = "OK"
		order.save()
		self.assertRaises(InspectionMissingError, apply_workflow, order, "Complete")
		order.reload()
		order.inspection[1].result = "Attention"
		order.save()
		self.assertEqual(act(order, "Complete").stage, "Completed")

	def test_another_template_keeps_results(self):
		order = self.order(inspection_template=make_inspection_template("Earth wire", "Fuse").name)
		order.inspection[0].result = "OK"
		order.save()
		order.inspection_template = make_inspection_template("Earth wire", "Filter").name
		order.save()
		self.assertEqual(
			[(row.item, row.result) for row in order.inspection], [("Earth wire", "OK"), ("Filter", None)]
		)

	def test_reopened(self):
		order = self.order("Dispatch", "Receive", "Arrive", "Complete")
		with patch.dict(HOOKED, {"aftersales_order_reopened": []}), hooked():
			order = act(order, "Reopen")
			self.assertEqual(HOOKED["aftersales_order_reopened"], [order.name])
		self.assertEqual(order.stage, "Received")
		self.assertFalse(order.completed_at or order.fed_back_at)
		self.assertTrue(order.received_at)

	def test_what_others_do_at_completion(self):
		"""Called once, inside the transaction: what they refuse does not happen."""
		order = self.order("Dispatch", "Receive", "Arrive")
		with hooked():
			HOOKED["aftersales_order_completed"] = []
			order = act(order, "Complete")
			order.save()
			self.assertEqual(HOOKED["aftersales_order_completed"], [order.name])
		with patch(f"{__name__}.note_aftersales_order_completed", refuse), hooked():
			other = self.order("Dispatch", "Receive", "Arrive")
			self.assertRaises(frappe.ValidationError, apply_workflow, other, "Complete")

	def test_times(self):
		self.assertRaises(
			OrderTimeError, self.order, planned_start="2026-11-22 10:00:00", planned_end="2026-11-22 09:00:00"
		)
		self.assertRaises(
			OrderTimeError, self.order, arrived_at="2026-11-22 10:00:00", left_at="2026-11-22 09:59:59"
		)

	def test_four_digits_are_a_time(self):
		"""S24.13"""
		order = self.order(planned_start="2026-11-20 08:00:00", arrived_at="0900", left_at="1730")
		self.assertEqual(get_datetime(order.arrived_at), datetime(2026, 11, 20, 9, 0))
		self.assertEqual(get_datetime(order.left_at), datetime(2026, 11, 20, 17, 30))
		self.assertRaises(order_times.ShortTimeError, self.order, arrived_at="2460")
		for text, hour, minute in (("0000", 0, 0), ("2359", 23, 59), ("905", 9, 5), ("9:05", 9, 5)):
			self.assertEqual(
				(order_times.short_time(text).hour, order_times.short_time(text).minute), (hour, minute)
			)
		for text in ("2400", "0960", "nine", ""):
			self.assertRaises(order_times.ShortTimeError, order_times.short_time, text)

	def test_signature_is_stamped(self):
		order = self.order()
		order.signature = "data:image/png;base64,AAAA"
		order.save()
		self.assertTrue(order.signed_at)

	def test_cost_of_saving(self):
		order = self.order()
		order.symptom = "It leaks a lot"
		# Twenty of them are Frappe's own: one for each role that may take the next step.
		with self.assertQueryCount(56):
			order.save()


HOOKED: dict[str, list] = {}


def hooked():
	"""Let the order's hooks write down for which order they were called, instead of what is installed."""
	real = frappe.get_hooks

	def get_hooks(hook=None, *args, **kwargs):
		if hook and hook.startswith("aftersales_order_"):
			return [f"{__name__}.note_{hook}"]
		return real(hook, *args, **kwargs)

	return patch.object(frappe, "get_hooks", get_hooks)


def note_aftersales_order_completed(order) -> None:
	HOOKED.setdefault("aftersales_order_completed", []).append(order.name)


def note_aftersales_order_continued(order) -> None:
	HOOKED.setdefault("aftersales_order_continued", []).append(order.name)


def note_aftersales_order_reopened(order) -> None:
	HOOKED.setdefault("aftersales_order_reopened", []).append(order.name)


def note_aftersales_order_cancelled(order) -> None:
	HOOKED.setdefault("aftersales_order_cancelled", []).append(order.name)


def refuse(order) -> None:
	frappe.throw("Not enough parts")


class TestContinuedOrder(OrderTestCase):
	def test_a_partly_done_visit_goes_on_as_another(self):
		item = make_service_item(warranty_pays=0).name
		order = self.order(
			"Dispatch",
			"Receive",
			"Arrive",
			contact_phone=unique_phone(),
			items=[
				{
					"service_item": item,
					"qty": 1,
					"rate": 80,
					"charge_by_hand": 1,
					"charge_to": "Customer",
					"charge_reason": "Agreed",
				}
			],
		)
		with hooked():
			HOOKED.clear()
			orders.act(order.name, "Continue Later", {"reason": "The seal comes tomorrow"})
			self.assertEqual(HOOKED, {"aftersales_order_continued": [order.name]})
		order.reload()
		self.assertEqual((order.status, order.stage), ("To Be Continued", "Continued"))
		following = frappe.get_doc(ORDER, order.continued_by)
		self.assertEqual(following.continued_from, order.name)
		self.assertEqual((following.status, following.outlet), ("To Be Handled", self.outlet))
		self.assertEqual(following.work_instruction, "The seal comes tomorrow")
		self.assertEqual((following.earlier_pay, following.customer_pays, following.amount_due), (80, 0, 80))
		self.assertFalse(following.items)
		# Nothing but the last visit is settled and followed up.
		self.assertFalse(order.follow_up)
		self.assertEqual([one.name for one in order_printing.order_chain(following)], [order.name])

	def test_twice_continued_once_settled(self):
		first = self.order("Dispatch", "Receive", "Arrive", reason="Parts")
		second = act(first, "Continue Later").continued_by
		frappe.db.set_value(ORDER, second, {"content": "Tried", "reason": "Again"})
		third = act(
			frappe.get_doc(ORDER, second), "Dispatch", "Receive", "Arrive", "Continue Later"
		).continued_by
		self.assertEqual(
			[one.name for one in order_printing.order_chain(frappe.get_doc(ORDER, third))],
			[first.name, second],
		)

	def test_deleting_the_next_visit(self):
		first = self.order("Dispatch", "Receive", "Arrive", reason="Parts")
		second = act(first, "Continue Later").continued_by
		frappe.delete_doc(ORDER, second, force=True)
		self.assertIsNone(frappe.db.get_value(ORDER, first.name, "continued_by"))


class TestOrderNotices(OrderTestCase):
	def told(self, user: str) -> list[str]:
		return frappe.get_all("Notification Log", {"for_user": user}, pluck="subject")

	def test_outlet_and_service_centre_are_told(self):
		"""S2.14, S2.15"""
		with patch("aftersales.field_service.order_notices.enqueue_create_notification") as sent:
			order = self.order("Dispatch")
		people = {tuple(call.args[0]): call.args[1]["subject"] for call in sent.call_args_list}
		self.assertIn(order.name, people[(self.staff,)])
		self.assertIn("supervise", people[(self.chief,)])

	def test_who_sent_it_is_told_of_a_refusal(self):
		agent = user_with("Service Agent")
		order = self.order("Dispatch", receiver=agent)
		frappe.set_user(self.staff)
		with patch("aftersales.field_service.order_notices.enqueue_create_notification") as sent:
			orders.act(order.name, "Refuse", {"reason": "<b>Full</b>"})
		(people, notice) = sent.call_args.args
		self.assertEqual(people, [agent])
		self.assertIn("&lt;b&gt;Full", notice["email_content"])


class TestNewOrders(OrderTestCase):
	def test_from_a_ticket(self):
		customer = make_customer(phone=unique_phone()).name
		product = make_product().name
		ticket = make_ticket(
			customer=customer, product=product, record_type="Installation", question="Please mount it"
		)
		frappe.set_user(user_with("Service Agent"))
		values = orders.new_order("Service Ticket", ticket.name)
		order = frappe.get_doc(values).insert()
		self.assertEqual(
			(order.order_kind, order.source, order.service_ticket), ("Installation", "Ticket", ticket.name)
		)
		self.assertEqual(
			(order.customer, order.product, order.symptom), (customer, product, "Please mount it")
		)
		self.assertEqual(order.contact_phone, ticket.contact_phone)
		self.assertEqual(order.receiver, frappe.session.user)

	def test_from_a_call_and_a_complaint(self):
		call = make_service_call(customer=make_customer().name, number_display="0411 8888")
		self.assertEqual(orders.new_order("Service Call", call.name)["source"], "Call")
		complaint = make_customer_complaint()
		values = orders.new_order("Customer Complaint", complaint.name)
		self.assertEqual(
			(values["customer_complaint"], values["symptom"]), (complaint.name, complaint.reason)
		)

	def test_refused(self):
		ticket = make_ticket().name
		self.assertRaises(orders.SourceError, orders.new_order, "User", "Administrator")
		frappe.set_user(user_with("Case Handler"))
		self.assertRaises(frappe.PermissionError, orders.new_order, "Service Ticket", ticket)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, orders.new_order, "Service Ticket", ticket)

	def test_job_package(self):
		"""S18.31"""
		items = [make_service_item().name, make_service_item().name]
		package = make_job_package(*items).name
		frappe.set_user(user_with("Service Technician"))
		self.assertEqual([row["service_item"] for row in orders.package_lines(package)["items"]], items)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, orders.package_lines, package)

	def test_act_is_for_those_who_may(self):
		order = self.order("Dispatch")
		frappe.set_user(user_with("Case Handler"))
		self.assertRaises(frappe.PermissionError, orders.act, order.name, "Receive")
		frappe.set_user(user_with("Service Agent"))
		self.assertRaises(WorkflowTransitionError, orders.act, order.name, "Receive")
		other = staff_of(make_service_outlet().name, "Outlet Staff", account="order-other")
		frappe.set_user(other)
		self.assertRaises(frappe.PermissionError, orders.act, order.name, "Receive")
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, orders.act, order.name, "Receive")

	def test_a_failed_step_changes_nothing(self):
		order = self.order("Dispatch")
		frappe.set_user(user_with("Service Agent"))
		frappe.db.savepoint("step")
		self.assertRaises(WorkflowTransitionError, orders.act, order.name, "Receive", {"result": "X"})


class TestOrderFollowUp(OrderTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_single_value("Aftersales Settings", "order_follow_up_days", 2)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def tearDown(self):
		super().tearDown()
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")

	def completed(self, **fields):
		values = {"contact_phone": unique_phone(), **fields}
		return self.order("Dispatch", "Receive", "Arrive", "Complete", **values)

	def test_planned_once(self):
		order = self.completed(receiver=user_with("Service Agent"))
		self.assertTrue(order.follow_up)
		follow_up = frappe.get_doc("Follow-up", order.follow_up)
		self.assertEqual((follow_up.source_doctype, follow_up.source_name), (ORDER, order.name))
		self.assertEqual(follow_up.planned_for, user_with("Service Agent"))
		self.assertEqual(str(follow_up.due_date), frappe.utils.add_days(frappe.utils.nowdate(), 2))
		again = act(order, "Reopen", "Complete")
		self.assertEqual(frappe.db.count("Follow-up", {"source_name": order.name}), 1)
		self.assertEqual(again.follow_up, order.follow_up)

	def test_none_when_nobody_can_be_called_or_nobody_wants_it(self):
		self.assertIsNone(self.completed(contact_phone=None).follow_up)
		frappe.db.set_single_value("Aftersales Settings", "order_follow_up_days", 0)
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		self.assertIsNone(self.completed().follow_up)

	def test_followed_up_when_the_follow_up_is_done(self):
		order = self.completed()
		follow_up = frappe.get_doc("Follow-up", order.follow_up)
		follow_up.result = "All is well"
		follow_up.save()
		act(follow_up, "Handle")
		order.reload()
		self.assertEqual((order.status, order.stage), ("Followed Up", "Followed Up"))

	def test_an_audited_order_stays(self):
		order = act(self.completed(), "Audit")
		follow_up = frappe.get_doc("Follow-up", order.follow_up)
		follow_up.result = "All is well"
		follow_up.save()
		act(follow_up, "Handle")
		self.assertEqual(frappe.db.get_value(ORDER, order.name, "status"), "Audited")

	def test_reports_without_feedback_person(self):
		"""M4, S24.16, S24.17"""
		order = self.order("Close", order_kind="Pre-report", outlet=None)
		self.assertEqual((order.status, order.stage), ("Closed", "Completed"))
		self.assertEqual(act(order, "Follow Up").status, "Followed Up")

	def test_feedback_of_the_named_person(self):
		"""M4, S24.17, S24.18"""
		engineer = user_with("Service Technician")
		order = self.order("Close", order_kind="Pre-report", outlet=None, feedback_person=engineer)
		with patch("aftersales.field_service.order_follow_ups.enqueue_create_notification") as sent:
			order = act(order, "Follow Up")
		self.assertEqual(order.status, "Awaiting Feedback")
		self.assertEqual(sent.call_args.args[0], [engineer])
		frappe.set_user(user_with("Service Manager"))
		self.assertRaises(FeedbackPersonError, orders.give_feedback, order.name, "Done")
		frappe.set_user(engineer)
		self.assertRaises(orders.SourceError, orders.give_feedback, order.name, " ")
		self.assertEqual(orders.give_feedback(order.name, "Fan replaced"), "Feedback Given")
		order.reload()
		self.assertTrue(order.feedback_at)
		self.assertEqual(order.stage, "Followed Up")

	def test_a_follow_up_waits_for_the_named_person_too(self):
		engineer = user_with("Service Technician")
		order = self.order(
			"Close",
			order_kind="Pre-report",
			outlet=None,
			feedback_person=engineer,
			contact_phone=unique_phone(),
		)
		self.assertEqual(order_follow_ups.state_after(order).state, "Awaiting Feedback")
