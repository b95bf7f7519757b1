"""The technician's phone: the day, each action, repeated posts, and whose orders are whose."""

import base64
import io

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, today
from PIL import Image

from aftersales.field_service import phone, phone_actions
from aftersales.field_service.phone_actions import NotMineError, PhoneActionError
from aftersales.portal.uploads import UploadError
from aftersales.spare_parts import warehouses
from aftersales.testing import factories, field
from aftersales.testing.parts import make_spare_part, put_in_stock

PIXEL = "data:image/png;base64,"


def picture(kind: str = "PNG") -> str:
	content = io.BytesIO()
	Image.new("RGB", (40, 30), "white").save(content, kind)
	return base64.b64encode(content.getvalue()).decode()


class TestPhone(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = field.make_service_outlet().name
		cls.user = field.staff_of(cls.outlet, "Service Technician")
		cls.technician = field.make_technician(cls.user, outlet=cls.outlet).name

	def setUp(self):
		frappe.db.savepoint("before_test")
		frappe.set_user(self.user)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")

	def order(self, *actions, start="09:00", day=None, **fields):
		day = day or today()
		planned = {"planned_start": f"{day} {start}:00", "planned_end": f"{day} {start[:2]}:45:00"}
		defaults = {"outlet": self.outlet, "technician": self.technician}
		with field.as_user("Administrator"):
			order = field.make_service_order(**{**defaults, **planned, **fields})
			return factories.act(order, "Dispatch", *actions).name

	def act(self, order, action, key=None, at=None, **values):
		key = key or frappe.generate_hash(length=32)
		return phone_actions.act(key, order, action, at, frappe.as_json(values))

	def names(self):
		return [row.name for row in phone.today_of_mine()["orders"]]

	def test_the_day_in_visiting_order(self):
		late, early = self.order(start="15:00"), self.order(start="08:00")
		left_over = self.order(start="23:00", day=add_days(today(), -1))
		tomorrow = self.order(day=add_days(today(), 1))
		unplanned = self.order(planned_start=None, planned_end=None)
		foreign = self.order(technician=field.make_technician(outlet=self.outlet).name)
		helping = self.order(
			start="10:00", technician=None, technicians=[{"technician": self.technician, "role": "Helper"}]
		)
		with field.as_user("Administrator"):
			draft = field.make_service_order(outlet=self.outlet, technician=self.technician).name
		self.assertEqual(self.names(), [left_over, early, helping, late, unplanned])
		self.assertFalse({tomorrow, foreign, draft} & set(self.names()))
		self.act(late, "departed")
		self.assertEqual(self.names()[0], late)

	def test_from_received_to_done(self):
		order = self.order()
		begin = add_to_date(now_datetime(), minutes=-50)
		with field.as_user("Administrator"):
			frappe.db.set_value("Service Order", order, "creation", add_to_date(begin, minutes=-5))
		times = [add_to_date(begin, minutes=minutes).replace(microsecond=0) for minutes in (0, 10, 30, 45)]
		self.act(order, "received", at=str(times[0]))
		self.act(order, "departed", at=str(times[1]))
		self.act(order, "arrived", at=str(times[2]))
		shown = self.act(
			order,
			"done",
			at=str(times[3]),
			content="Valve changed",
			signature=PIXEL + picture(),
			signed_by="Mr Li",
		)["order"]
		self.assertEqual(shown.stage, "Completed")
		doc = frappe.get_doc("Service Order", order)
		stored = [get_datetime(doc.get(name)) for name in ("departed_at", "arrived_at", "left_at")]
		self.assertEqual(stored, times[1:])
		self.assertEqual((doc.content, doc.signed_by), ("Valve changed", "Mr Li"))
		self.assertTrue(doc.signature)
		self.assertEqual(self.names(), [order])  # what was done today stays in view

	def test_a_repeated_post_does_nothing_twice(self):
		order = self.order("Receive")
		part = self.stock(3)
		key = frappe.generate_hash(length=32)
		first = self.act(order, "part-added", key, spare_part=part, qty=1)
		again = self.act(order, "part-added", key, spare_part=part, qty=1)
		self.assertEqual((first["repeated"], again["repeated"]), (False, True))
		self.assertEqual([row.qty for row in again["order"].parts], [1])
		self.assertEqual(frappe.db.count("Technician Action", {"service_order": order}), 1)

	def stock(self, qty):
		"""Put pieces of a new part into the technician's own stock."""
		with field.as_user("Administrator"):
			part = make_spare_part(price=25).name
			put_in_stock(part, warehouses.of_technician(self.technician, make=True), qty)
		return part

	def test_parts_from_the_own_stock_with_who_pays(self):
		part = self.stock(2)
		stock = {row.spare_part: row for row in phone.today_of_mine()["stock"]}
		self.assertEqual(stock[part].free, 2)
		order = self.order("Receive", "Arrive")
		# A site may have fee rates of its own for the visit.
		before = frappe.db.get_value("Service Order", order, "customer_pays")
		row = self.act(order, "part-added", spare_part=part, qty=2)["order"].parts[0]
		self.assertEqual((row.amount, row.charge_to), (50, "Customer"))
		left = self.act(order, "part-removed", row=row.name)["order"]
		self.assertEqual((left.parts, left.customer_pays), ([], before))
		self.act(order, "part-removed", row=row.name)  # taken away already
		self.act(order, "part-added", spare_part=part, qty=1)
		self.act(order, "done", content="Changed")
		stock = {row.spare_part: row for row in phone.today_of_mine()["stock"]}
		self.assertEqual(stock[part].qty, 1)

	def test_photos_are_private_pictures(self):
		order = self.order("Receive")
		image = (
			self.act(order, "picture-added", content=picture("JPEG"), filename="x.jpg")["order"]
			.pictures[0]
			.image
		)
		self.assertTrue(image.startswith("/private/files/"))
		for wrong, error in (
			({"content": "no base64!"}, PhoneActionError),
			({"content": base64.b64encode(b"<svg onload=alert(1)>").decode()}, UploadError),
			({"content": base64.b64encode(b"%PDF-1.4 x").decode(), "filename": "x.pdf"}, PhoneActionError),
			({}, PhoneActionError),
		):
			with self.subTest(wrong), self.assertRaises(error):
				self.act(order, "picture-added", **wrong)

	def test_partly_done(self):
		order = self.order("Receive", "Arrive")
		self.act(order, "awaiting-parts", content="Pump is broken")
		self.assertEqual(frappe.db.get_value("Service Order", order, "stage"), "Waiting")
		other = self.order("Receive", "Arrive")
		self.act(other, "to-be-continued", content="Pump is broken", reason="Pump ordered")
		self.assertTrue(frappe.db.get_value("Service Order", other, "continued_by"))

	def test_times_that_cannot_be_true_become_now(self):
		order = self.order("Receive")
		before = now_datetime().replace(microsecond=0)
		for at in ("2001-01-01 00:00:00", "2999-01-01 00:00:00", "nonsense", "9" * 40):
			self.act(order, "departed", at=at)
			departed = get_datetime(frappe.db.get_value("Service Order", order, "departed_at"))
			self.assertLessEqual(before, departed)

	def test_nonsense_is_refused(self):
		order = self.order("Receive")
		cases = (
			("note", {"key": "short"}),
			("explode", {}),
			("part-added", {"spare_part": None}),
			("part-added", {"spare_part": "x", "qty": -1}),
			("done", {"content": "x", "signature": "data:text/html,x"}),
		)
		for action, values in cases:
			with self.subTest(action), self.assertRaises(PhoneActionError):
				self.act(order, action, **values)
		with self.assertRaises(frappe.ValidationError):
			self.act(order, "done")  # nothing was written about the work

	def test_what_is_over_is_not_changed(self):
		order = self.order("Receive")
		self.act(order, "done", content="Done")
		for action in ("note", "departed", "arrived", "awaiting-parts"):
			with self.subTest(action), self.assertRaises(PhoneActionError):
				self.act(order, action, content="More")

	def test_whose_orders(self):
		foreign = self.order("Receive", technician=field.make_technician(outlet=self.outlet).name)
		self.assertRaises(NotMineError, self.act, foreign, "note", content="x")
		mine = self.order("Receive")
		with field.as_user("Administrator"):
			frappe.db.set_value("Technician", self.technician, "enabled", 0)
		self.assertRaises(frappe.PermissionError, phone.today_of_mine)
		self.assertRaises(frappe.PermissionError, self.act, mine, "note", content="x")
		for user in (
			"Guest",
			factories.user_with("Aftersales Customer"),
			factories.user_with("Service Agent"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, phone.today_of_mine)
			self.assertRaises(frappe.PermissionError, self.act, mine, "note", content="x")

	def test_the_cost_does_not_grow_with_the_orders(self):
		part = self.stock(9)
		for number in range(5):
			order = self.order("Receive", start=f"{9 + number:02}:00")
			self.act(order, "part-added", spare_part=part, qty=1)
		phone.today_of_mine()
		with self.assertQueryCount(14):
			self.assertEqual(len(phone.today_of_mine()["orders"]), 5)
