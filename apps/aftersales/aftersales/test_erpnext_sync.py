"""The one-way sync from ERPNext, driven by DocTypes of ERPNext's names and fields that this test makes itself.

There is no ERPNext beside these tests: its own controllers, and fields that it has beyond those here, are not run.
"""

from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import erpnext_sync
from aftersales.aftersales.doctype.erpnext_sync_settings.erpnext_sync_settings import (
	FIELD_MAP,
	UnknownFieldError,
)
from aftersales.aftersales.erpnext_sync import ERPNextMissingError, run_all, sync_all, sync_one
from aftersales.aftersales.personal_data.erase import erase
from aftersales.testing.factories import make_customer, make_product, unique, unique_phone, user_with

SETTINGS = "ERPNext Sync Settings"
FIELDS = {
	"Customer": {
		"customer_name": "Data",
		"customer_type": "Data",
		"mobile_no": "Data",
		"email_id": "Data",
		"disabled": "Check",
		"territory": "Data",
	},
	"Item": {
		"item_code": "Data",
		"item_name": "Data",
		"standard_rate": "Currency",
		"disabled": "Check",
		"is_sales_item": "Check",
		"is_stock_item": "Check",
	},
}
NAMED_BY = {"Customer": "customer_name", "Item": "item_code"}


class TestERPNextSync(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		for doctype, fields in FIELDS.items():
			if frappe.db.exists("DocType", doctype):
				raise AssertionError("this site has an ERPNext")
			frappe.get_doc(
				doctype="DocType",
				name=doctype,
				module="Custom",
				custom=1,
				autoname=f"field:{NAMED_BY[doctype]}",
				allow_rename=1,
				fields=[
					{"fieldname": name, "fieldtype": fieldtype, "label": name}
					for name, fieldtype in fields.items()
				],
				permissions=[{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
			).insert()

	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		for doctype in FIELDS:
			frappe.delete_doc("DocType", doctype, force=True)
			frappe.db.sql_ddl(f"drop table if exists `tab{doctype}`")
		frappe.db.commit()
		super().tearDownClass()

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.configure()
		for name in ("enqueue",):
			patcher = patch.object(erpnext_sync.frappe, name)
			self.enqueue = patcher.start()
			self.addCleanup(patcher.stop)
		patcher = patch.object(frappe.db, "commit")
		patcher.start()
		self.addCleanup(patcher.stop)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")
		frappe.clear_document_cache(SETTINGS, SETTINGS)

	def configure(self, **values):
		settings = frappe.get_single(SETTINGS)
		settings.update(
			{
				"enabled": 1,
				"sync_customers": 1,
				"sync_items": 1,
				"item_filter": "All",
				"match_by_phone": 0,
				**values,
			}
		)
		settings.save()

	def customer(self, **fields):
		return frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": unique("ERP Customer"),
				"customer_type": "Company",
				**fields,
			}
		).insert()

	def item(self, **fields):
		code = frappe.generate_hash(length=8).upper()
		return frappe.get_doc(
			{"doctype": "Item", "item_code": code, "item_name": f"Item {code}", **fields}
		).insert()

	def ours(self, source):
		doctype, key, _disabled = erpnext_sync.TARGETS[source.doctype]
		return frappe.get_doc(doctype, {key: source.name})

	def test_a_customer_is_made_and_followed(self):
		phone = unique_phone()
		source = self.customer(mobile_no=phone, email_id="a@b.example")
		self.assertEqual(sync_one("Customer", source.name), "made")
		mine = self.ours(source)
		self.assertEqual(
			(mine.customer_name, mine.customer_kind, mine.phone, mine.email),
			(source.customer_name, "Organisation", phone, "a@b.example"),
		)
		self.assertEqual(frappe.db.count("Caller Number", {"customer": mine.name}), 1)
		self.assertEqual(sync_one("Customer", source.name), "same")
		source.email_id = "new@b.example"
		source.save()
		self.assertEqual(sync_one("Customer", source.name), "changed")
		self.assertEqual(self.ours(source).email, "new@b.example")
		self.assertEqual(frappe.db.count("Service Customer", {"erpnext_customer": source.name}), 1)

	def test_a_save_there_queues_and_never_writes_back(self):
		source = self.customer()
		self.enqueue.assert_called_once()
		self.assertTrue(self.enqueue.call_args.kwargs["enqueue_after_commit"])
		modified = source.modified
		sync_one("Customer", source.name)
		mine = self.ours(source)
		mine.customer_name = "hier geändert"
		mine.save()
		source.reload()
		self.assertEqual((str(source.modified), source.customer_name), (str(modified), source.name))

	def test_switched_off_nothing_happens(self):
		self.configure(enabled=0)
		source = self.customer()
		self.enqueue.assert_not_called()
		self.assertIsNone(sync_one("Customer", source.name))
		self.configure(sync_customers=0)
		self.assertIsNone(sync_one("Customer", source.name))

	def test_conflict_rule_of_each_field(self):
		settings = frappe.get_single(SETTINGS)
		for row in settings.field_map:
			if row.target_field == "phone":
				row.conflict = "Keep Ours"
		settings.save()
		first, second = unique_phone(), unique_phone()
		source = self.customer()
		sync_one("Customer", source.name)
		self.ours(source).db_set({"email": "ours@b.example"})
		source.update({"mobile_no": first, "email_id": "theirs@b.example"})
		source.save()
		sync_one("Customer", source.name)
		self.assertEqual((self.ours(source).phone, self.ours(source).email), (first, "theirs@b.example"))
		source.update({"mobile_no": second, "email_id": ""})
		source.save()
		self.assertEqual(sync_one("Customer", source.name), "same")
		self.assertEqual((self.ours(source).phone, self.ours(source).email), (first, "theirs@b.example"))

	def test_own_fields_are_never_touched(self):
		source = self.customer()
		sync_one("Customer", source.name)
		self.ours(source).db_set({"remarks": "unser", "vip_level": None, "member_no": unique("M")})
		source.save()
		sync_one("Customer", source.name)
		self.assertEqual(self.ours(source).remarks, "unser")

	def test_joined_by_number_only_if_the_site_wants_it_and_it_is_sure(self):
		phone = unique_phone()
		mine = make_customer(phone=phone)
		source = self.customer(mobile_no=phone)
		self.configure(match_by_phone=1)
		self.assertEqual(sync_one("Customer", source.name), "changed")
		mine.reload()
		self.assertEqual(mine.erpnext_customer, source.name)
		shared = unique_phone()
		make_customer(phone=shared), make_customer(phone=shared)
		other = self.customer(mobile_no=shared)
		self.assertEqual(sync_one("Customer", other.name), "made")
		third = self.customer(mobile_no=phone)
		self.assertEqual(sync_one("Customer", third.name), "made")

	def test_deleted_personal_data_does_not_come_back(self):
		source = self.customer(mobile_no=unique_phone())
		sync_one("Customer", source.name)
		erase(self.ours(source).name, "PDR-test")
		count = frappe.db.count("Service Customer")
		source.save()
		self.assertIsNone(sync_one("Customer", source.name))
		self.assertEqual(frappe.db.count("Service Customer"), count)

	def test_rename_merge_and_delete_there(self):
		source, other = self.customer(), self.customer()
		for doc in (source, other):
			sync_one("Customer", doc.name)
		mine, second = self.ours(source).name, self.ours(other).name
		new = unique("ERP renamed")
		frappe.rename_doc("Customer", source.name, new, rebuild_search=False)
		self.assertEqual(frappe.db.get_value("Service Customer", mine, "erpnext_customer"), new)
		frappe.rename_doc("Customer", other.name, new, merge=True, rebuild_search=False)
		self.assertIsNone(frappe.db.get_value("Service Customer", second, "erpnext_customer"))
		frappe.delete_doc("Customer", new)
		self.assertIsNone(frappe.db.get_value("Service Customer", mine, "erpnext_customer"))
		self.assertTrue(frappe.db.exists("Service Customer", mine))

	def test_items_become_products(self):
		source = self.item(standard_rate=12.5)
		self.assertEqual(sync_one("Item", source.name), "made")
		mine = self.ours(source)
		self.assertEqual(
			(mine.name, mine.product_name, mine.price), (source.item_code, source.item_name, 12.5)
		)
		self.assertEqual(sync_one("Item", source.name), "same")

	def test_product_of_the_same_code_is_joined(self):
		mine = make_product()
		source = self.item(item_code=mine.product_code, item_name="Their Name")
		self.assertEqual(sync_one("Item", source.name), "changed")
		mine.reload()
		self.assertEqual((mine.erpnext_item, mine.product_name), (source.name, "Their Name"))

	def test_only_the_items_that_are_sold(self):
		self.configure(item_filter="Only Sales Items")
		self.assertIsNone(sync_one("Item", self.item().name))
		self.assertEqual(sync_one("Item", self.item(is_sales_item=1).name), "made")

	def test_complete_run_twice_and_one_that_fails(self):
		good, bad = self.customer(), self.customer(email_id="no address")
		self.item()
		result = run_all()
		self.assertEqual((result["made"], result["failed"]), (2, 1))
		self.assertIn(bad.name, frappe.db.get_single_value(SETTINGS, "last_result"))
		self.assertTrue(self.ours(good).name)
		self.assertFalse(frappe.db.exists("Service Customer", {"erpnext_customer": bad.name}))
		again = run_all()
		self.assertEqual((again["made"], again["changed"], again["same"], again["failed"]), (0, 0, 2, 1))

	def test_who_may_start_it(self):
		for role in ("Service Agent", "Service Manager"):
			frappe.set_user(user_with(role))
			with self.assertRaises(frappe.PermissionError, msg=role):
				sync_all()
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			sync_all()
		frappe.set_user(user_with("Aftersales Administrator"))
		sync_all()
		self.enqueue.assert_called_once()
		frappe.set_user("Administrator")
		self.configure(enabled=0)
		with self.assertRaises(ERPNextMissingError):
			sync_all()

	def test_field_map_is_checked(self):
		settings = frappe.get_single(SETTINGS)
		self.assertEqual(len(settings.field_map), len(FIELD_MAP))
		for target in ("no_such_field", "erpnext_customer", "details_tab", "customer_name"):
			settings.reload()
			settings.append(
				"field_map",
				{"source_doctype": "Customer", "source_field": "territory", "target_field": target},
			)
			with self.assertRaises(UnknownFieldError, msg=target):
				settings.save()

	def test_an_added_row_is_taken_over(self):
		settings = frappe.get_single(SETTINGS)
		for source_field, target in (
			("territory", "remarks"),
			("not_there", "organisation"),
			("territory", "region"),
		):
			settings.append(
				"field_map",
				{
					"source_doctype": "Customer",
					"source_field": source_field,
					"target_field": target,
					"conflict": "Keep Ours",
				},
			)
		settings.save()
		source = self.customer(territory="nowhere")
		sync_one("Customer", source.name)
		mine = self.ours(source)
		self.assertEqual((mine.remarks, mine.organisation, mine.region), ("nowhere", None, None))
