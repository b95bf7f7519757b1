import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate

from aftersales.field_service import devices
from aftersales.field_service.device_updates import DeviceGoneError
from aftersales.field_service.doctype.device_update_request.device_update_request import (
	ChangeMissingError,
	RejectionReasonError,
)
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, make_device_update_request
from aftersales.testing.field import make_service_item, make_service_order
from aftersales.utils.audit_lock import AuditLockError


class TestDeviceUpdateRequest(FrappeTestCase):
	def setUp(self):
		self.device = make_customer_device(customer=factories.make_customer().name)

	def tearDown(self):
		frappe.set_user("Administrator")

	def request(self, item, **fields):
		return make_device_update_request(device=self.device.name, service_item=item, **fields)

	def act(self, request, action, role="Service Auditor"):
		frappe.set_user(factories.user_with(role))
		try:
			return apply_workflow(frappe.get_doc(request.doctype, request.name), action)
		finally:
			frappe.set_user("Administrator")
			self.device.reload()

	def test_nothing_changes_before_it_is_approved(self):
		request = self.request("Stop and Store")
		self.assertEqual((request.status, request.serial_no), ("Awaiting Approval", self.device.serial_no))
		self.device.reload()
		self.assertEqual(self.device.stage, "Active")
		doc = self.act(request, "Audit")
		self.assertEqual(self.device.status, "In Storage")
		self.assertEqual(doc.auditor, factories.user_with("Service Auditor"))
		self.assertIsNotNone(doc.audited_at)

	def test_each_of_the_six_items(self):
		region = factories.make_region().name
		for item, fields, expected in (
			("Stop and Store", {}, {"stage": "Stored"}),
			("Reopen", {}, {"stage": "Active"}),
			("Upgrade", {"new_version": "V2.1"}, {"version_status": "V2.1", "stage": "Active"}),
			(
				"Relocation",
				{"new_address": "Harbour 5", "new_region": region},
				{"address": "Harbour 5", "region": region},
			),
			("New Opening", {}, {"stage": "Active"}),
			(
				"New Installation",
				{"installation_date": "2025-05-01"},
				{"installation_date": getdate("2025-05-01"), "stage": "Active"},
			),
		):
			with self.subTest(item):
				self.act(self.request(item, **fields), "Audit")
				self.assertEqual({field: self.device.get(field) for field in expected}, expected)

	def test_what_to_write_must_be_said(self):
		for item in ("Upgrade", "New Installation", "Relocation"):
			self.assertRaises(ChangeMissingError, self.act, self.request(item), "Audit")

	def test_rejected_with_a_reason_and_sent_again(self):
		request = self.request("Stop and Store")
		self.assertRaises(RejectionReasonError, self.act, request, "Reject", "Service Manager")
		frappe.db.set_value(request.doctype, request.name, "rejection_reason", "No order")
		self.act(request, "Reject", "Service Manager")
		self.assertEqual(self.device.stage, "Active")
		self.act(request, "Resubmit", "Service Agent")
		self.act(request, "Audit")
		self.assertEqual(self.device.stage, "Stored")

	def test_who_asks_does_not_approve(self):
		request = self.request("Stop and Store")
		for role in ("Service Agent", "Service Technician", "Outlet Staff"):
			self.assertRaises(
				(WorkflowTransitionError, frappe.PermissionError), self.act, request, "Audit", role
			)

	def test_locked_once_audited_and_applied_once(self):
		request = self.request("Stop and Store")
		self.act(request, "Audit")
		doc = frappe.get_doc(request.doctype, request.name)
		doc.remarks = "x"
		self.assertRaises(AuditLockError, doc.save)
		self.act(self.request("Reopen"), "Audit")
		self.assertEqual(self.device.stage, "Active")

	def test_a_device_that_is_gone(self):
		request = self.request("Stop and Store")
		devices.replace(self.device.name, make_customer_device().name, "2025-01-01")
		self.assertRaises(DeviceGoneError, self.act, request, "Audit")


class TestFromOrder(FrappeTestCase):
	def test_an_order_asks_once_for_each_kind_of_change(self):
		updates = ("Upgrade", "Upgrade", "Relocation", "")
		items = [{"service_item": make_service_item(device_update=update).name} for update in updates]
		device = make_customer_device(customer=factories.make_customer().name)
		order = make_service_order(device=device.name, address="Quay 7", items=items)
		order.reload()
		order.append("items", {"service_item": items[0]["service_item"]})
		order.save()
		found = frappe.get_all(
			"Device Update Request",
			{"device": device.name},
			["service_item", "service_order", "new_address"],
			order_by="service_item",
		)
		self.assertEqual(
			[(row.service_item, row.new_address) for row in found],
			[("Relocation", "Quay 7"), ("Upgrade", None)],
		)
