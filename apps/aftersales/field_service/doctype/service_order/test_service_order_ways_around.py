"""Ways around the order's steps: rows by themselves, fields that only steps write, parts of others, what is done."""

import frappe
from frappe.model.document import Document
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts import ledger, stock
from aftersales.spare_parts.order_parts import OrderClosedError
from aftersales.spare_parts.scope import OtherWarehouseError
from aftersales.testing.factories import act, user_with
from aftersales.testing.field import (
	make_fee_rate,
	make_service_item,
	make_service_order,
	make_service_outlet,
	make_technician,
	staff_of,
	without_fee_rates,
)
from aftersales.testing.parts import make_part_warehouse, make_spare_part, put_in_stock
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError

ORDER = "Service Order"


class TestWaysAroundTheOrder(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		without_fee_rates()
		cls.outlet, cls.other = make_service_outlet().name, make_service_outlet().name
		cls.staff = staff_of(cls.outlet, "Outlet Staff", account="ways-around")
		cls.technician, cls.foreigner = (
			make_technician(outlet=name).name for name in (cls.outlet, cls.other)
		)
		cls.part = make_spare_part().name
		cls.van, cls.foreign_van = (
			make_part_warehouse(warehouse_kind="Technician", technician=technician, outlet=outlet).name
			for technician, outlet in ((cls.technician, cls.outlet), (cls.foreigner, cls.other))
		)
		for van in (cls.van, cls.foreign_van):
			put_in_stock(cls.part, van, 10, 5)

	def setUp(self):
		frappe.db.savepoint("ways_around")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="ways_around")

	def order(self, *actions: str, **fields) -> Document:
		values = {"outlet": self.outlet, "technician": self.technician, "content": "Valve replaced", **fields}
		return act(make_service_order(**values), *actions)

	def completed(self, **fields) -> Document:
		return self.order("Dispatch", "Receive", "Arrive", "Complete", **fields)

	def qty(self, warehouse: str) -> float:
		return float(ledger.balance(self.part, warehouse).qty)

	def test_rows_are_not_saved_past_the_order(self):
		order = self.order(
			parts=[{"spare_part": self.part, "qty": 1}],
			items=[{"service_item": make_service_item().name, "qty": 1}],
			other_charges=[{"kind": "Other", "description": "Parking", "amount": 5}],
			inspection=[{"item": "Earth wire", "mandatory": 1}],
			technicians=[{"technician": self.technician, "role": "Main"}],
		)
		frappe.set_user(self.staff)
		for table in ("parts", "items", "other_charges", "inspection", "technicians"):
			row = order.get(table)[0]
			with self.subTest(row.doctype):
				alone = frappe.get_doc(row.doctype, row.name)
				alone.update({"amount": 0, "customer_amount": 0, "stock_entry": None, "mandatory": 0})
				self.assertRaises(ChildRowError, alone.save)
		frappe.set_user(user_with("Service Manager"))
		for table in ("parts", "items", "other_charges", "inspection", "technicians"):
			row = order.get(table)[0]
			self.assertRaises(ChildRowError, frappe.delete_doc, row.doctype, row.name)

	def test_what_only_steps_write_is_not_sent_along(self):
		make_fee_rate(fee_kind="Visit", rate=30)
		foreign = make_service_order(outlet=self.other).name
		taken = {"continued_from": foreign, "continued_by": foreign, "earlier_pay": -500}
		frappe.set_user(self.staff)
		order = frappe.get_doc(
			doctype=ORDER, customer_name="A", content="Done", reason="Later", outlet=self.outlet, **taken
		).insert()
		self.assertEqual([order.get(field) or None for field in taken], [None] * 3)
		order.update(taken)
		order.save()
		self.assertEqual([order.get(field) or None for field in taken], [None] * 3)
		self.assertEqual((order.visit_fee, order.amount_due), (30, 30))

	def test_parts_of_another_outlets_technician_are_not_taken(self):
		rows = [{"spare_part": self.part, "qty": 3}]
		frappe.set_user(self.staff)
		values = {"doctype": ORDER, "customer_name": "A", "content": "Done", "outlet": self.outlet}
		taking = frappe.get_doc({**values, "technician": self.foreigner, "parts": rows})
		self.assertRaises(OtherWarehouseError, taking.insert)
		own = frappe.get_doc({**values, "technician": self.technician, "parts": rows}).insert()
		self.assertEqual(own.parts[0].warehouse, self.van)

	def test_a_part_that_is_charged_has_left_stock(self):
		order = self.completed(parts=[{"spare_part": self.part, "qty": 1}])
		frappe.set_user(self.staff)
		late = frappe.get_doc(ORDER, order.name)
		late.append("parts", {"spare_part": self.part, "qty": 4})
		self.assertRaises(OrderClosedError, late.save)
		# Words may still be put right.
		late = frappe.get_doc(ORDER, order.name)
		late.content = "Valve replaced and tested"
		late.save()
		self.assertEqual(self.qty(self.van), 9)

	def test_the_slip_of_an_audited_order_stays(self):
		order = self.completed(parts=[{"spare_part": self.part, "qty": 1}])
		frappe.set_user(user_with("Service Auditor"))
		order = act(frappe.get_doc(ORDER, order.name), "Audit")
		frappe.set_user(user_with("Parts Keeper"))
		slip = frappe.get_doc(stock.ENTRY, order.parts[0].stock_entry)
		self.assertRaises(AuditLockError, slip.cancel)
