import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, now_datetime, today

from aftersales.field_service import serial_anomalies
from aftersales.field_service.devices import count_maintenance, order_completed
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, make_device_update_request, unique_serial
from aftersales.testing.field import make_service_order


class ReportCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.period = {"from_date": add_days(today(), -30), "to_date": add_days(today(), 1)}
		cls.customer = factories.make_customer()
		cls.device = make_customer_device(customer=cls.customer.name)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, report, **filters):
		return run(report, filters, ignore_prepared_report=True)["result"]


class TestSerialTrace(ReportCase):
	def test_everything_that_names_the_serial_number(self):
		serial = unique_serial()
		old = make_customer_device(customer=self.customer.name)
		early = factories.make_ticket(serial_no=serial, product=old.product)
		device = make_customer_device(serial_no=serial, customer=self.customer.name, replaces=old.name)
		ticket = factories.make_ticket(device=device.name, question="It hums")
		order = make_service_order(device=device.name, customer=self.customer.name)
		update = make_device_update_request(device=device.name)
		agreed = {
			("Customer Device", device.name),
			("Service Ticket", early.name),
			("Service Ticket", ticket.name),
			("Service Order", order.name),
			("Device Update Request", update.name),
		}
		for typed in (serial, f"{serial[:3].lower()}-{serial[3:]}"):
			rows = self.rows("Serial Trace", serial_no=typed)
			found = {(row["doctype"], row["document"]) for row in rows}
			self.assertEqual(
				agreed - found, set() if typed == serial else {("Service Ticket", early.name)} - found
			)
			dates = [row["date"] for row in rows]
			self.assertEqual(dates, sorted(dates, reverse=True))
		self.assertIn("It hums", [row["about"] for row in rows])
		self.assertEqual(self.rows("Serial Trace", serial_no=unique_serial()), [])
		self.assertEqual(self.rows("Serial Trace"), [])

	def test_shows_what_the_reader_may_read(self):
		ticket = factories.make_ticket(device=self.device.name)
		frappe.set_user(factories.user_with("Front Desk"))
		found = {row["document"] for row in self.rows("Serial Trace", serial_no=self.device.serial_no)}
		self.assertLessEqual({self.device.name, ticket.name}, found)
		frappe.set_user(factories.user_with("Outlet Staff"))
		found = {row["document"] for row in self.rows("Serial Trace", serial_no=self.device.serial_no)}
		self.assertIn(self.device.name, found)
		self.assertNotIn(ticket.name, found, "outlets read no tickets")
		frappe.set_user(factories.user_with("Aftersales Bridge"))
		self.assertRaises(frappe.PermissionError, self.rows, "Serial Trace", serial_no=self.device.serial_no)


class TestSerialNumberAnomalies(ReportCase):
	def kinds(self, **filters):
		return {
			(row["kind"], row["document"])
			for row in self.rows("Serial Number Anomalies", **self.period, **filters)
			if isinstance(row, dict)
		}

	def test_three_kinds(self):
		serial = unique_serial()
		ticket = factories.make_ticket(serial_no=serial)
		order = make_service_order(serial_no=serial)
		odd = make_customer_device(
			product=factories.make_product(serial_pattern=r"\d{4}").name, serial_no="12345"
		)
		fine = make_customer_device(product=odd.product, serial_no="1234")
		twin = make_customer_device(serial_no=self.device.serial_no)
		expected = {
			("No Device", ticket.name),
			("No Device", order.name),
			("Unusual Number", odd.name),
			("Several Devices", twin.name),
			("Several Devices", self.device.name),
		}
		found = self.kinds()
		self.assertLessEqual(expected, found)
		self.assertNotIn(("Unusual Number", fine.name), found)
		self.assertEqual({kind for kind, _name in self.kinds(kind="No Device")}, {"No Device"})
		self.assertNotIn(("No Device", ticket.name), self.kinds_before(ticket))

	def kinds_before(self, ticket):
		frappe.db.set_value("Service Ticket", ticket.name, "creation", add_days(today(), -60))
		return self.kinds()

	def test_adding_the_device_ends_the_anomaly_everywhere(self):
		serial, product = unique_serial(), factories.make_product().name
		ticket = factories.make_ticket(serial_no=serial, customer=self.customer.name)
		order = make_service_order(serial_no=serial)
		frappe.set_user(factories.user_with("Service Agent"))
		name = serial_anomalies.add_device("Service Ticket", ticket.name, product)
		device = frappe.get_doc("Customer Device", name)
		self.assertEqual(
			(device.product, device.customer, device.status), (product, self.customer.name, "Active")
		)
		for doc in (ticket, order):
			self.assertEqual(frappe.db.get_value(doc.doctype, doc.name, "device"), name)
		self.assertRaises(
			serial_anomalies.AddDeviceError, serial_anomalies.add_device, "Service Ticket", ticket.name
		)
		self.assertFalse({document for _kind, document in self.kinds()} & {ticket.name, order.name})

	def test_adding_is_for_those_who_may(self):
		ticket = factories.make_ticket(serial_no=unique_serial())
		for role in ("Case Handler", "Aftersales Bridge"):
			frappe.set_user(factories.user_with(role))
			self.assertRaises(
				frappe.PermissionError, serial_anomalies.add_device, "Service Ticket", ticket.name
			)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, serial_anomalies.add_device, "Service Ticket", ticket.name)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(
			serial_anomalies.AddDeviceError, serial_anomalies.add_device, "User", "Administrator"
		)


class TestRepeatedMaintenance(ReportCase):
	def complete(self, device, times):
		for number in range(times):
			order = make_service_order(device=device.name, customer=self.customer.name)
			frappe.db.set_value(
				"Service Order", order.name, "completed_at", add_days(now_datetime(), -number)
			)

	def found(self, **filters):
		rows = self.rows("Repeated Maintenance", **self.period, **filters)
		return {row["device"]: row["times"] for row in rows if isinstance(row, dict)}

	def test_twice_or_more_unless_the_reader_asks_for_once(self):
		once = make_customer_device(customer=self.customer.name)
		self.complete(self.device, 3)
		self.complete(once, 1)
		make_service_order(device=once.name, customer=self.customer.name)
		self.assertEqual(self.found().get(self.device.name), 3)
		self.assertNotIn(once.name, self.found())
		self.assertEqual(self.found(at_least=1).get(once.name), 1)
		self.assertNotIn(self.device.name, self.found(at_least=4))
		self.assertNotIn(self.device.name, self.found(product=once.product))

	def test_the_count_on_the_device(self):
		device = make_customer_device(customer=self.customer.name)
		self.complete(device, 2)
		count_maintenance(device.name)
		self.assertEqual(frappe.db.get_value("Customer Device", device.name, "maintenance_count"), 2)
		order_completed(make_service_order(device=device.name, customer=self.customer.name))
		self.assertEqual(frappe.db.get_value("Customer Device", device.name, "maintenance_count"), 3)

	def test_one_statement_over_the_orders(self):
		from aftersales.field_service.report.repeated_maintenance.repeated_maintenance import count

		count(frappe._dict(self.period))
		with self.assertQueryCount(1):
			count(frappe._dict(self.period))
