import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_months, getdate, today

from aftersales.field_service import devices
from aftersales.service_network import sales
from aftersales.service_network.doctype.sale_record.sale_record import SaleDateError, SaleItemError
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.sales import make_sale_collection, make_sale_record, make_submitted_sale


class TestSaleRecord(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_lines_and_totals(self):
		sale = make_sale_record(
			{"qty": 3, "rate": 33.335, "discount": 0.005}, {"qty": 2, "rate": 10, "discount": 5}
		)
		self.assertEqual([row.amount for row in sale.items], [100.0, 15])
		self.assertEqual((sale.total, sale.total_qty, sale.status), (115, 5, "Draft"))
		self.assertEqual((sale.received, sale.outstanding), (0, 0))
		sale.submit()
		self.assertEqual((sale.outstanding, sale.status), (115, "Unpaid"))

	def test_each_line_is_rounded_before_the_sum(self):
		sale = make_sale_record(*[{"qty": 1, "rate": 0.333}] * 3)
		self.assertEqual(sum(row.amount for row in sale.items), sale.total)
		self.assertEqual(sale.total, 0.99)

	def test_lines_that_make_no_sense(self):
		for item in (
			{"qty": 0},
			{"qty": 1, "rate": 10, "discount": 10.01},
			{"rate": 5, "discount": -1},
			{"serial_nos": unique_serial()},  # without product
		):
			self.assertRaises(SaleItemError, make_sale_record, item)

	def test_what_is_no_number(self):
		for field in ("qty", "rate", "discount"):
			for value in ("nan", "inf", "-inf"):
				with self.subTest(field=field, value=value), self.assertRaises(frappe.ValidationError):
					make_sale_record({"qty": 1, "rate": 100, field: float(value)})

	def test_serial_numbers(self):
		product, serial = factories.make_product().name, unique_serial()
		for qty, serials in (
			(2, serial),
			(1, f"{serial}\n{serial}X"),
			(2, f"{serial}\n{serial.lower()}"),
			(1, "--"),
		):
			with self.assertRaises(SaleItemError, msg=serials):
				make_sale_record({"product": product, "qty": qty, "serial_nos": serials})
		sale = make_sale_record({"product": product, "qty": 2, "serial_nos": f" {serial} \n\n{serial}-B "})
		self.assertEqual(sale.items[0].serial_nos, f"{serial}\n{serial}-B")

	def test_dates(self):
		self.assertRaises(SaleDateError, make_sale_record, sale_date=add_days(today(), 1))
		self.assertRaises(SaleDateError, make_sale_record, due_date=add_days(today(), -1))

	def test_what_is_not_typed(self):
		sale = make_sale_record(
			received=500, outstanding=1, status="Collected", returned_on=today(), return_reason="x", total=3
		)
		self.assertEqual((sale.received, sale.status, sale.total, sale.returned_on), (0, "Draft", 1000, None))

	def test_the_selling_unit_names_its_people(self):
		user = factories.user_with("Market Salesperson")
		dealer = factories.make_dealer(technical_lead="Ms Li", sales_representative=user)
		sale = make_sale_record(selling_unit=dealer.name)
		self.assertEqual((sale.lead, sale.sales_representative), ("Ms Li", user))
		other = make_sale_record(selling_unit=dealer.name, lead="Mr Wu")
		self.assertEqual(other.lead, "Mr Wu")

	def test_devices(self):
		product, first, second = factories.make_product().name, unique_serial(), unique_serial()
		dealer = factories.make_dealer().name
		sale = make_submitted_sale(
			{"product": product, "qty": 2, "serial_nos": f"{first}\n{second}"}, selling_unit=dealer
		)
		names = sales.devices_of(sale.name)
		self.assertEqual(len(names), 2)
		device = frappe.get_doc("Customer Device", devices.find(product, first))
		self.assertEqual(
			(device.customer, device.sale_date, device.dealer, device.registered_from, device.stage),
			(sale.customer, getdate(sale.sale_date), dealer, "Sale", "Active"),
		)
		self.assertEqual(
			frappe.db.get_value("Sale Record Item", {"parent": sale.name}, "device"), device.name
		)

	def test_a_unit_from_the_store(self):
		device = make_customer_device(customer=None)
		devices.set_stage(device, "Stored")
		devices.save_by_rule(device)
		sale = make_submitted_sale({"product": device.product, "serial_nos": device.serial_no})
		device.reload()
		self.assertEqual(
			(device.stage, device.customer, device.sale_record), ("Active", sale.customer, sale.name)
		)

	def test_units_that_cannot_be_sold(self):
		theirs = make_customer_device(customer=factories.make_customer().name)
		sale = make_sale_record({"product": theirs.product, "serial_nos": theirs.serial_no})
		self.assertRaises(devices.DeviceOwnerError, sale.submit)
		scrap = make_customer_device(customer=None)
		devices.set_stage(scrap, "Scrapped")
		devices.save_by_rule(scrap)
		sale = make_sale_record({"product": scrap.product, "serial_nos": scrap.serial_no})
		self.assertRaises(sales.SoldDeviceError, sale.submit)

	def test_maintenance_and_follow_up(self):
		product, serial = factories.make_product().name, unique_serial()
		caller = factories.user_with("Service Agent")
		sale = make_submitted_sale(
			{"product": product, "serial_nos": serial},
			maintenance_every_months=6,
			follow_up_after_days=7,
			follow_up_by=caller,
		)
		plan = frappe.get_doc("Maintenance Plan", {"device": devices.find(product, serial)})
		self.assertEqual((plan.every_months, plan.next_due), (6, getdate(add_months(today(), 6))))
		follow_up = frappe.get_doc("Follow-up", sale.follow_up)
		self.assertEqual(
			(follow_up.source_name, follow_up.due_date, follow_up.planned_for, follow_up.customer),
			(sale.name, getdate(add_days(today(), 7)), caller, sale.customer),
		)

	def test_first_maintenance_on_a_day_of_its_own(self):
		product, serial, day = factories.make_product().name, unique_serial(), add_days(today(), 20)
		make_submitted_sale(
			{"product": product, "serial_nos": serial}, maintenance_every_months=6, first_maintenance_on=day
		)
		plan = frappe.get_doc("Maintenance Plan", {"device": devices.find(product, serial)})
		self.assertEqual(plan.next_due, getdate(day))

	def test_cancelled(self):
		product, serial = factories.make_product().name, unique_serial()
		sale = make_submitted_sale(
			{"product": product, "serial_nos": serial}, maintenance_every_months=6, follow_up_after_days=7
		)
		device = devices.find(product, serial)
		sale.cancel()
		stored = frappe.get_doc("Customer Device", device)
		self.assertEqual((stored.stage, stored.customer, stored.sale_record), ("Stored", None, None))
		self.assertEqual(frappe.db.get_value("Maintenance Plan", {"device": device}, "enabled"), 0)
		self.assertEqual(frappe.db.get_value("Follow-up", sale.follow_up, "stage"), "Cancelled")
		self.assertEqual((sale.status, sale.outstanding), ("Cancelled", 0))

	def test_the_same_unit_again_after_the_correction(self):
		product, serial = factories.make_product().name, unique_serial()
		sale = make_submitted_sale({"product": product, "serial_nos": serial})
		sale.cancel()
		amended = frappe.copy_doc(sale)
		amended.update(
			{"docstatus": 0, "amended_from": sale.name, "customer": factories.make_customer().name}
		)
		amended.insert().submit()
		device = frappe.get_doc("Customer Device", devices.find(product, serial))
		self.assertEqual((device.customer, device.sale_record), (amended.customer, amended.name))

	def test_a_device_that_was_there_stays_with_its_customer(self):
		customer = factories.make_customer().name
		device = make_customer_device(customer=customer)
		sale = make_submitted_sale(
			{"product": device.product, "serial_nos": device.serial_no}, customer=customer
		)
		sale.cancel()
		device.reload()
		self.assertEqual((device.customer, device.stage, device.sale_record), (customer, "Active", None))

	def test_not_cancelled_with_money(self):
		sale = make_submitted_sale()
		entry = make_sale_collection(sale_record=sale.name, amount=10)
		self.assertRaises(sales.MoneyTakenError, frappe.get_doc("Sale Record", sale.name).cancel)
		sales.reverse("Sale Collection", entry.name, "Mistake")
		frappe.get_doc("Sale Record", sale.name).cancel()

	def test_saving_after_submission_keeps_the_money(self):
		sale = make_submitted_sale()
		stale = frappe.get_doc("Sale Record", sale.name)
		make_sale_collection(sale_record=sale.name, amount=400)
		stale.due_date = add_days(today(), 30)
		stale.save()
		stored = frappe.get_doc("Sale Record", sale.name)
		self.assertEqual((stored.received, stored.outstanding, stored.status), (400, 600, "Partly Collected"))
		self.assertEqual(stored.due_date, getdate(add_days(today(), 30)))

	def test_outlets(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		theirs = make_submitted_sale(outlet=other)
		frappe.set_user(staff_of(mine, "Outlet Staff"))
		values = {"doctype": "Sale Record", "customer": theirs.customer}
		item = {"product_name": "Pump", "qty": 1, "rate": 10}
		sale = frappe.get_doc({**values, "items": [item]}).insert()
		self.assertEqual(sale.outlet, mine)
		sale.submit()
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc({**values, "items": [item], "outlet": other}).insert()
		names = frappe.get_list("Sale Record", pluck="name", limit=0)
		self.assertIn(sale.name, names)
		self.assertNotIn(theirs.name, names)
		self.assertFalse(frappe.has_permission("Sale Record", "read", theirs.name))
		self.assertRaises(frappe.PermissionError, sales.take_collection, theirs.name, "1")
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(doctype="Sale Collection", sale_record=theirs.name, amount=1).insert()
		self.assertEqual(sales.take_collection(sale.name, "4")["outstanding"], 6)

	def test_who_may_not(self):
		sale = make_submitted_sale()
		for user in (factories.user_with("Knowledge Manager"), "Guest"):
			frappe.set_user(user)
			with self.assertRaises(frappe.PermissionError):
				frappe.get_doc("Sale Record", sale.name).check_permission("read")
			with self.assertRaises(frappe.PermissionError):
				sales.take_collection(sale.name, "1")
			with self.assertRaises(frappe.PermissionError):
				sales.take_back(sale.name, "x")
