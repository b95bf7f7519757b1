"""Classes of devices by what they bring in, and the log of their changes."""

import frappe
from frappe import client
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_months, now_datetime

from aftersales.field_service import device_classes
from aftersales.field_service.doctype.customer_device.customer_device import DiscountLevelError
from aftersales.field_service.doctype.device_class_rule.device_class_rule import ClassRuleError
from aftersales.testing import devices, factories, field
from aftersales.utils.append_only import AppendOnlyError

LOG = "Device Class Change"


def spend(device: str, amount: float, months_ago: int = 1, **fields) -> None:
	"""Let a completed order of a device have cost an amount."""
	order = field.make_workshop_order(device=device)
	when = add_months(now_datetime(), -months_ago)
	values = {"stage": "Completed", "completed_at": when, "total_fee": amount, **fields}
	frappe.db.set_value("Service Order", order.name, values)


class TestShares(FrappeTestCase):
	def test_the_largest_is_always_a(self):
		self.assertEqual(device_classes.classes_by_share([("x", 5.0)], 80, 95), {"x": "A"})
		self.assertEqual(device_classes.classes_by_share([], 80, 95), {})

	def test_borders_belong_to_the_class_below(self):
		found = [("a", 80.0), ("b", 15.0), ("c", 5.0)]
		self.assertEqual(device_classes.classes_by_share(found, 80, 95), {"a": "A", "b": "B", "c": "C"})
		self.assertEqual(device_classes.classes_by_share(found, 81, 95), {"a": "A", "b": "A", "c": "C"})


class TestClassify(FrappeTestCase):
	def setUp(self):
		frappe.db.set_value("Device Class Rule", {"enabled": 1}, "enabled", 0)
		self.category = factories.make_product_category().name
		product = factories.make_product(product_category=self.category).name
		self.devices = [devices.make_customer_device(product=product).name for _ in range(5)]
		self.rule = devices.make_device_class_rule(product_category=self.category).name

	def classes(self):
		return [frappe.db.get_value("Customer Device", name, "abc_class") or "" for name in self.devices]

	def test_by_turnover_of_the_months_looked_at(self):
		big, middle, small, old, by_hand = self.devices
		for device, amount in ((big, 700), (middle, 200), (small, 100), (by_hand, 100)):
			spend(device, amount)
		spend(old, 9000, months_ago=13)
		spend(big, 9000, stage="Cancelled")
		frappe.db.set_value("Customer Device", by_hand, {"abc_by_hand": 1, "abc_class": "A"})
		# 1100 in all: big begins at 0, middle at 63.6, the two of 100 at 81.8 and 90.9 percent
		self.assertEqual(device_classes.classify(self.rule), 4)
		self.assertEqual(self.classes(), ["A", "A", "B", "C", "A"])
		self.assertEqual(frappe.db.get_value("Device Class Rule", self.rule, "last_changes"), 4)
		log = frappe.get_all(LOG, {"rule": self.rule}, ["device", "old_value", "new_value", "kind"])
		self.assertEqual(
			{(row.device, row.old_value or "", row.new_value, row.kind) for row in log},
			{(name, "", new, "ABC Class") for name, new in zip(self.devices, "AABC", strict=False)},
		)
		self.assertEqual(device_classes.classify(self.rule), 0)
		spend(small, 5000)
		self.assertEqual(device_classes.classify(self.rule), 3)
		# 6100: small begins at 0, big at 83.6, middle at 95.1 percent
		self.assertEqual(self.classes(), ["B", "C", "A", "C", "A"])

	def test_what_the_customer_paid_may_count_instead(self):
		spend(self.devices[0], 10, customer_pays=10)
		spend(self.devices[1], 1000, customer_pays=0)
		frappe.db.set_value("Device Class Rule", self.rule, "amount_of", "Customer Pays")
		device_classes.classify(self.rule)
		self.assertEqual(self.classes()[:2], ["A", "C"])

	def test_statements_do_not_grow_with_devices(self):
		for device in self.devices:
			spend(device, 100)
		with self.assertQueryCount(20):
			device_classes.classify(self.rule)

	def test_a_rule_leaves_others_their_categories(self):
		parent = factories.make_product_category(is_group=1).name
		child = factories.make_product_category(parent_product_category=parent).name
		above = frappe.get_doc(
			"Device Class Rule", devices.make_device_class_rule(product_category=parent).name
		)
		self.assertEqual(set(device_classes.categories_of(above)), {parent, child})
		below = devices.make_device_class_rule(product_category=child)
		self.assertEqual(device_classes.categories_of(above), (parent,))
		self.assertEqual(device_classes.categories_of(below), (child,))
		general = devices.make_device_class_rule(product_category=None)
		found = device_classes.categories_of(general)
		self.assertFalse({parent, child, self.category} & set(found))
		frappe.db.set_value("Device Class Rule", {"name": ("!=", general.name)}, "enabled", 0)
		self.assertIsNone(device_classes.categories_of(general))

	def test_rules_make_sense(self):
		for wrong in ({"a_share": 0}, {"a_share": 95}, {"b_share": 101}, {"months": 0}):
			with self.assertRaises(ClassRuleError):
				devices.make_device_class_rule(**wrong)
		with self.assertRaises(ClassRuleError):
			devices.make_device_class_rule(product_category=self.category)
		devices.make_device_class_rule(product_category=self.category, enabled=0)

	def test_who_may_classify(self):
		for user in ("Guest", factories.user_with("Service Agent")):
			with field.as_user(user), self.assertRaises(frappe.PermissionError):
				device_classes.classify_now(self.rule)
		with field.as_user(factories.user_with("Service Manager")):
			device_classes.classify_now(self.rule)

	def test_whoever_asked_is_told(self):
		user = factories.user_with("Service Manager")
		device_classes.classify_and_tell(self.rule, user)
		subject = frappe.db.get_value(
			"Notification Log", {"for_user": user, "document_name": self.rule}, "subject"
		)
		self.assertIn(self.rule, subject)


class TestLog(FrappeTestCase):
	def test_changes_by_hand(self):
		level = devices.make_discount_level().name
		device = devices.make_customer_device(abc_class="B")
		self.assertFalse(frappe.db.exists(LOG, {"device": device.name}))
		device.update({"discount_level": level, "abc_class": None})
		device.save()
		device.remarks = "nothing else"
		device.save()
		rows = frappe.get_all(LOG, {"device": device.name}, ["kind", "old_value", "new_value", "changed_by"])
		self.assertEqual(
			sorted((row.kind, row.old_value or "", row.new_value or "") for row in rows),
			[("ABC Class", "B", ""), ("Discount Level", "", level)],
		)
		self.assertEqual({row.changed_by for row in rows}, {"Administrator"})
		device.delete()
		self.assertFalse(frappe.db.exists(LOG, {"device": device.name}))

	def test_who_decides_on_prices_gives_levels(self):
		level, device = devices.make_discount_level().name, devices.make_customer_device()
		values = {"product": device.product, "discount_level": level}
		self.addCleanup(frappe.set_user, "Administrator")
		for role in ("Service Agent", "Front Desk", "Sales Office"):
			frappe.set_user(factories.user_with(role))
			with self.assertRaisesRegex(DiscountLevelError, "Discount Level"):
				client.set_value("Customer Device", device.name, "discount_level", level)
			new = {"doctype": "Customer Device", "serial_no": devices.unique_serial()}
			self.assertRaises(DiscountLevelError, client.insert, {**new, **values})
			client.set_value("Customer Device", device.name, "remarks", role)
			self.assertTrue(client.insert({**new, "product": device.product}))
		frappe.set_user(factories.user_with("Service Manager"))
		client.set_value("Customer Device", device.name, "discount_level", level)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertRaises(
			DiscountLevelError, client.set_value, "Customer Device", device.name, "discount_level", ""
		)
		client.set_value("Customer Device", device.name, "remarks", "keeps its level")
		# May Set Parameters beside any position.
		frappe.set_user(factories.user_with("Front Desk", "May Set Parameters"))
		client.set_value("Customer Device", device.name, "discount_level", "")
		self.assertFalse(frappe.db.get_value("Customer Device", device.name, "discount_level"))

	def test_nobody_changes_the_log(self):
		entry = devices.make_device_class_change()
		self.assertRaises(AppendOnlyError, entry.save)
		self.assertRaises(AppendOnlyError, entry.delete)
		copy = frappe.copy_doc(entry)
		self.assertRaises(AppendOnlyError, copy.insert)

	def test_an_outlet_sees_its_own(self):
		mine, foreign = field.make_service_outlet().name, field.make_service_outlet().name
		own = devices.make_device_class_change(outlet=mine)
		other = devices.make_device_class_change(outlet=foreign)
		with field.as_user(field.staff_of(mine, "Outlet Staff")):
			self.assertEqual(frappe.get_list(LOG, pluck="name"), [own.name])
			self.assertFalse(frappe.has_permission(LOG, doc=other.name))
