"""Groups, profile, privacy, channel, referral, VIP and relations of a customer."""

import json

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.aftersales.customer_profile import section_fields
from aftersales.aftersales.doctype.service_customer.service_customer import (
	PrivacyDateError,
	is_new_customer,
	named_by,
	vip_details,
)
from aftersales.testing.factories import (
	make_customer,
	make_customer_group,
	make_region,
	make_vip_level,
	unique,
	unique_phone,
	user_with,
)


def messages() -> str:
	return "\n".join(
		json.loads(message)["message"] if isinstance(message, str) else message["message"]
		for message in frappe.message_log
	)


def groups_of(customer) -> list[str]:
	return [row.customer_group for row in customer.customer_groups]


def settings(**values) -> None:
	doc = frappe.get_single("Aftersales Settings")
	doc.update(values)
	doc.save()


def gender() -> str:
	if not frappe.db.exists("Gender", "Female"):
		frappe.get_doc(doctype="Gender", gender="Female").insert()
	return "Female"


class TestGroups(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.by_person, cls.by_region, cls.own = (make_customer_group().name for _index in range(3))

	def test_main_group_is_one_of_all(self):
		customer = make_customer(
			customer_group=self.by_person, customer_groups=[{"customer_group": self.by_region}]
		)
		self.assertEqual(groups_of(customer), [self.by_person, self.by_region])
		customer.save()
		self.assertEqual(len(groups_of(customer)), 2)

	def test_a_group_twice_counts_once(self):
		row = {"customer_group": self.own}
		self.assertEqual(groups_of(make_customer(customer_groups=[row, row])), [self.own])

	def test_first_group_becomes_the_main_one(self):
		customer = make_customer(
			customer_groups=[{"customer_group": self.own}, {"customer_group": self.by_region}]
		)
		self.assertEqual(customer.customer_group, self.own)

	def test_changed_main_group_replaces_the_former(self):
		customer = make_customer(
			customer_group=self.by_person, customer_groups=[{"customer_group": self.own}]
		)
		customer.customer_group = self.by_region
		customer.save()
		self.assertEqual(groups_of(customer), [self.by_region, self.own])

	def test_main_group_cannot_be_taken_out_of_the_list(self):
		customer = make_customer(customer_group=self.by_person)
		customer.set("customer_groups", [{"customer_group": self.own}])
		customer.save()
		self.assertEqual(groups_of(customer), [self.by_person, self.own])

	def test_list_filters_by_any_group_and_by_branches(self):
		branch = make_customer_group(is_group=1).name
		leaf = make_customer_group(parent_service_customer_group=branch).name
		customer = make_customer(customer_group=self.own, customer_groups=[{"customer_group": leaf}])
		frappe.set_user(user_with("Service Agent"))
		self.addCleanup(frappe.set_user, "Administrator")
		for operator, value in (("=", leaf), ("descendants of", branch), ("in", [leaf, self.own])):
			names = frappe.get_list(
				"Service Customer",
				filters=[["Customer Group Member", "customer_group", operator, value]],
				pluck="name",
				distinct=True,
			)
			self.assertEqual(names.count(customer.name), 1, operator)

	def test_lists_by_group_and_others_read_an_index(self):
		"""Whatever the planner prefers for a small table, the index that it needs for a big one is there for it."""
		for table, where, index in (
			("Customer Group Member", "customer_group = 'x'", "customer_group"),
			("Service Customer", "customer_group = 'x' order by modified desc limit 20", "customer_group"),
			("Service Customer", "region = 'x' order by modified desc limit 20", "region"),
			("Service Customer", "account_owner = 'x' order by modified desc limit 20", "account_owner"),
			("Service Customer", "vip_level = 'x' order by modified desc limit 20", "vip_level"),
			("Service Customer", "dealer = 'x' order by modified desc limit 20", "dealer"),
			("Service Customer", "registered_by = 'x'", "registered_by"),
			("Service Customer", "referred_by = 'x'", "referred_by"),
			("Service Customer", "report_type = 'x'", "report_type"),
		):
			plan = frappe.db.sql(f"explain select name from `tab{table}` where {where}", as_dict=True)[0]
			self.assertIn(index, plan.key or "", f"{table}: {where}: {plan}")
			self.assertNotIn("filesort", plan.Extra or "", where)

	def test_indexes_of_one_column_survive_a_change_of_the_table(self):
		"""Adding a Custom Field brings the table in line with the meta, which drops indexes that the meta lacks."""
		for doctype, fields in (
			("Service Customer", ("customer_name", "organisation", "customer_since", "phone", "email")),
			("Product", ("product_name",)),
		):
			for field in fields:
				self.assertTrue(frappe.get_meta(doctype).get_field(field).search_index, f"{doctype} {field}")
				rows = frappe.db.sql(f"show index from `tab{doctype}` where column_name = %s", field)
				self.assertTrue(rows, f"{doctype} {field}")


class TestProfile(FrappeTestCase):
	def test_weighs_20_to_80(self):
		customer = make_customer(phone=unique_phone())
		hard, soft = customer.hard_file_score, customer.soft_file_score
		self.assertGreater(hard, 0)
		self.assertEqual(soft, 0)
		self.assertAlmostEqual(customer.profile_score, hard * 0.2, places=1)
		for field in section_fields(customer.meta, "soft_file_section"):
			options = (customer.meta.get_options(field) or "").split("\n")
			customer.set(field, options[-1] or "known")
		customer.save()
		self.assertEqual(customer.soft_file_score, 100)
		self.assertAlmostEqual(customer.profile_score, hard * 0.2 + 80, places=1)

	def test_a_complete_file_has_100(self):
		customer = make_customer(
			phone=unique_phone(),
			email="a@b.example",
			birthday="1980-01-01",
			gender=gender(),
			ethnicity="汉族",
			clothing_size="L",
			style_numbers="A-1",
			amount_spent=1,
		)
		self.assertLess(customer.hard_file_score, 100)
		self.make_address(customer)
		customer.reload()
		self.assertEqual(customer.hard_file_score, 100)

	def make_address(self, customer):
		return frappe.get_doc(
			doctype="Address",
			address_title=unique("Address"),
			address_line1="某某路 1 号",
			city="大连",
			country="China",
			links=[{"link_doctype": customer.doctype, "link_name": customer.name}],
		).insert()

	def test_address_counts_when_it_comes_and_goes(self):
		customer = make_customer()
		before = customer.hard_file_score
		address = self.make_address(customer)
		self.assertGreater(frappe.db.get_value(customer.doctype, customer.name, "hard_file_score"), before)
		address.delete()
		self.assertEqual(frappe.db.get_value(customer.doctype, customer.name, "hard_file_score"), before)

	def test_age_and_birthday_count_once(self):
		one = make_customer(birthday="1980-01-01").hard_file_score
		both = make_customer(birthday="1980-01-01", age_band="40-49").hard_file_score
		self.assertEqual(one, both)

	def test_site_weighs_otherwise(self):
		self.addCleanup(settings, hard_file_weight=20)
		customer = make_customer(phone=unique_phone())
		settings(hard_file_weight=50)
		stored = frappe.db.get_value(customer.doctype, customer.name, "profile_score")
		self.assertAlmostEqual(stored, customer.hard_file_score / 2, places=1)
		customer.reload()
		customer.save()
		self.assertAlmostEqual(customer.profile_score, customer.hard_file_score / 2, places=1)

	def test_a_field_added_to_a_section_counts(self):
		fields = list(frappe.get_meta("Service Customer").fields)
		place = next(i for i, field in enumerate(fields) if field.fieldname == "leisure")
		fields.insert(place, frappe._dict(fieldname="pets", fieldtype="Data"))
		found = section_fields(frappe._dict(fields=fields), "soft_file_section")
		self.assertIn("pets", found)
		self.assertIn("personal_values", found)
		self.assertNotIn("purchase_intention", found)
		self.assertNotIn("clothing_size", found)

	def test_registered_by_whoever_enters_the_file(self):
		frappe.set_user(user := user_with("Shop Staff"))
		self.addCleanup(frappe.set_user, "Administrator")
		customer = frappe.get_doc(doctype="Service Customer", customer_name="x").insert()
		self.assertEqual(customer.registered_by, user)
		self.assertEqual(getdate(customer.customer_since), getdate())


class TestPrivacy(FrappeTestCase):
	def test_quick_entry_asks_only_name_phone_and_notice(self):
		asked = [
			field.fieldname
			for field in frappe.get_meta("Service Customer").fields
			if (field.reqd or field.allow_in_quick_entry) and not field.read_only and not field.hidden
		]
		self.assertEqual(asked, ["customer_name", "phone", "privacy_notice_given"])

	def test_date_of_the_notice(self):
		customer = make_customer(privacy_notice_given=1)
		self.assertEqual(getdate(customer.privacy_notice_on), getdate())
		customer.privacy_notice_on = "2026-01-02"
		customer.save()
		self.assertEqual(str(customer.privacy_notice_on), "2026-01-02")
		customer.privacy_notice_given = 0
		customer.save()
		self.assertIsNone(customer.privacy_notice_on)

	def test_not_in_the_future(self):
		with self.assertRaises(PrivacyDateError):
			make_customer(privacy_notice_given=1, privacy_notice_on=add_days(today(), 1))


class TestBlackList(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_who_and_when(self):
		customer = make_customer()
		frappe.set_user(user := user_with("Service Agent"))
		customer = frappe.get_doc("Service Customer", customer.name)
		customer.update({"black_listed": 1, "black_list_reason": "rude"})
		customer.save()
		self.assertEqual(customer.black_listed_by, user)
		first = customer.black_listed_on
		frappe.set_user("Administrator")
		customer = frappe.get_doc("Service Customer", customer.name)
		customer.update({"black_list_reason": "very rude", "black_listed_by": "Administrator"})
		customer.save()
		self.assertEqual((customer.black_listed_by, customer.black_listed_on), (user, first))
		customer.black_listed = 0
		customer.save()
		self.assertEqual((customer.black_listed_by, customer.black_listed_on), (None, None))


class TestChannel(FrappeTestCase):
	def setUp(self):
		frappe.clear_messages()

	def test_missing_address_is_named(self):
		for channel, label in (("E-mail", "E-mail"), ("Fax", "Fax"), ("SMS", "Phone")):
			frappe.clear_messages()
			customer = make_customer(preferred_channel=channel)
			self.assertTrue(customer.name)
			self.assertIn(label, messages(), channel)
		make_customer(preferred_channel="Letter").save()
		self.assertIn("Address", messages())

	def test_nothing_is_said_when_it_is_there(self):
		make_customer(preferred_channel="E-mail", email="a@b.example")
		make_customer(preferred_channel="Phone", phone=unique_phone())
		self.assertEqual(messages(), "")


class TestReferral(FrappeTestCase):
	def thanks(self, customer) -> list:
		return frappe.get_all(
			"ToDo", {"reference_name": customer.name}, ["allocated_to", "date", "description"]
		)

	def test_task_for_the_same_day(self):
		old = make_customer(customer_name="老顾客")
		new = make_customer(customer_name="新顾客", referred_by=old.name)
		(todo,) = self.thanks(new)
		self.assertEqual((todo.allocated_to, getdate(todo.date)), (frappe.session.user, getdate()))
		self.assertIn("老顾客", todo.description)
		new.save()
		self.assertEqual(len(self.thanks(new)), 1)

	def test_no_task_when_thanked_or_switched_off(self):
		old = make_customer()
		self.assertEqual(self.thanks(make_customer(referred_by=old.name, referral_thanked_on=today())), [])
		self.addCleanup(settings, thank_for_referrals=1)
		settings(thank_for_referrals=0)
		self.assertEqual(self.thanks(make_customer(referred_by=old.name)), [])


class TestOthers(FrappeTestCase):
	def test_both_see_the_relation(self):
		other = make_customer()
		customer = make_customer(
			customer_name="母公司", relations=[{"related_customer": other.name, "relation": "子公司"}]
		)
		self.assertEqual(
			[(row.customer, row.customer_name, row.relation) for row in named_by(other.name)],
			[(customer.name, "母公司", "子公司")],
		)
		self.assertEqual(named_by(customer.name), [])

	def test_only_readable_ones_name_a_customer(self):
		other, region = make_customer(), make_region()
		make_customer(region=make_region().name, relations=[{"related_customer": other.name}])
		user = frappe.get_doc("User", user_with("Sales Office"))
		frappe.get_doc(
			doctype="User Permission", user=user.name, allow="Service Region", for_value=region.name
		).insert()
		frappe.set_user(user.name)
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertEqual(named_by(other.name), [])

	def test_vip_details_for_the_agent(self):
		level = make_vip_level(requirements="年消费满 5000", discount=5, benefits="生日礼物")
		details = vip_details(level.name)
		self.assertEqual(
			(details["requirements"], details["discount"], details["benefits"]),
			("年消费满 5000", 5, "生日礼物"),
		)
		self.assertIsNone(vip_details(None))

	def test_new_customer_for_ninety_days(self):
		self.assertTrue(is_new_customer(today()))
		self.assertTrue(is_new_customer(add_days(today(), -89)))
		self.assertFalse(is_new_customer(add_days(today(), -90)))
		self.assertFalse(is_new_customer(None))

	def test_namesake_of_the_same_organisation_is_hinted_at(self):
		organisation = unique("某某公司")
		first = make_customer(customer_name="王 小明", organisation=organisation)
		frappe.clear_messages()
		second = make_customer(customer_name="王小明", organisation=organisation)
		self.assertIn(first.name, messages())
		frappe.clear_messages()
		second.save()
		self.assertEqual(messages(), "")
		make_customer(customer_name="王小明")
		make_customer(customer_name="王大明", organisation=organisation)
		self.assertEqual(messages(), "")
