import json

import frappe
from frappe.desk.form.load import getdoc
from frappe.desk.search import search_link
from frappe.model.rename_doc import update_document_title
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.customer_duplicates import find_others
from aftersales.aftersales.doctype.service_customer.service_customer import (
	BlackListReasonMissingError,
	DuplicateMemberNumberError,
	OwnReferrerError,
)
from aftersales.testing.factories import (
	make_contact,
	make_customer,
	make_dealer,
	make_region,
	make_ticket,
	make_user,
	unique_phone,
	user_with,
)
from aftersales.utils.naming import OwnNumberError, OwnNumberNotPermittedError
from aftersales.utils.phones import NotAPhoneNumberError


def merge(old, new):
	"""Merge one customer into another one and return the one that stays."""
	frappe.rename_doc(old.doctype, old.name, new.name, merge=True, rebuild_search=False)
	return frappe.get_doc(new.doctype, new.name)


def messages() -> list[str]:
	"""What the user has been told so far, without errors."""
	return [
		json.loads(message)["message"] if isinstance(message, str) else message["message"]
		for message in frappe.message_log
	]


class TestServiceCustomer(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.clear_messages()

	def test_texts_are_trimmed(self):
		customer = make_customer(customer_name="  王  小明 ", organisation=" 大连  某某 ", member_no=" T-1 ")
		self.assertEqual(customer.customer_name, "王 小明")
		self.assertEqual(customer.organisation, "大连 某某")
		self.assertEqual(customer.member_no, "T-1")

	def test_name_is_required(self):
		for name in (None, "", "   "):
			with self.assertRaises(frappe.MandatoryError):
				make_customer(customer_name=name)

	def test_phone_needs_digits(self):
		for phone in ("unknown", "无", "12", "转"):
			with self.assertRaises(NotAPhoneNumberError):
				make_customer(phone=phone)
		with self.assertRaises(NotAPhoneNumberError):
			make_customer(other_phones=[{"phone": unique_phone()}, {"phone": "home"}])
		with self.assertRaises(NotAPhoneNumberError):
			make_customer(fax="none")

	def test_phone_may_be_written_in_any_way(self):
		for phone in (
			"110",
			"0411-84621234 转 802",
			"(+86) 138 1234 5678",
			"１３８１２３４５６７８",
			"+44 20 7946 0123",
		):
			self.assertEqual(make_customer(phone=f" {phone} ").phone, phone)

	def test_rows_without_number_and_repeated_rows_are_dropped(self):
		phone = unique_phone()
		customer = make_customer(
			other_phones=[
				{"phone": phone, "label": "a"},
				{"phone": " "},
				{"phone": f" {phone}"},
				{"phone": "95588"},
			]
		)
		self.assertEqual([row.phone for row in customer.other_phones], [phone, "95588"])
		self.assertEqual([row.idx for row in customer.other_phones], [1, 2])

	def test_email_must_be_one(self):
		with self.assertRaises(frappe.InvalidEmailAddressError):
			make_customer(email="not an address")

	def test_member_number_is_unique(self):
		first = make_customer(member_no="M-77")
		with self.assertRaisesRegex(DuplicateMemberNumberError, first.name):
			make_customer(member_no=" m-77")
		first.save()

	def test_many_customers_without_member_number(self):
		self.assertIsNone(make_customer(member_no="").member_no)
		self.assertIsNone(make_customer(member_no=" ").member_no)

	def test_black_list_needs_a_reason(self):
		for reason in (None, "  "):
			with self.assertRaises(BlackListReasonMissingError):
				make_customer(black_listed=1, black_list_reason=reason)

	def test_reason_goes_with_the_black_list(self):
		customer = make_customer(black_listed=1, black_list_reason="rude")
		customer.black_listed = 0
		customer.save()
		self.assertIsNone(customer.black_list_reason)

	def test_customer_is_not_own_referrer_or_relation(self):
		customer = make_customer()
		customer.referred_by = customer.name
		self.assertRaises(OwnReferrerError, customer.save)
		customer.reload()
		customer.append("relations", {"related_customer": customer.name})
		self.assertRaises(OwnReferrerError, customer.save)

	def test_relation_shows_the_name(self):
		other = make_customer(customer_name="关联人")
		customer = make_customer(relations=[{"related_customer": other.name, "relation": "同事"}])
		self.assertEqual(customer.relations[0].related_customer_name, "关联人")

	def test_changes_are_tracked(self):
		customer = make_customer()
		customer.reload()
		customer.organisation = "新单位"
		customer.save(ignore_version=False)
		self.assertTrue(frappe.db.exists("Version", {"docname": customer.name}))


class TestNumbers(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_series_counts(self):
		first, second = make_customer().name, make_customer().name
		self.assertRegex(first, r"^SC-\d{6}$")
		self.assertEqual(int(second[3:]), int(first[3:]) + 1)

	def test_own_number_is_taken(self):
		customer = make_customer(own_number="  VIP  2026-1 ")
		self.assertEqual(customer.name, "VIP 2026-1")
		self.assertIsNone(customer.own_number)

	def test_own_number_must_be_unique(self):
		make_customer(own_number="KD-1")
		with self.assertRaises(OwnNumberError):
			make_customer(own_number="kd-1 ")

	def test_own_number_with_wrong_characters(self):
		for number in ("a/b", "..", "-1", "<b>", "new-service-customer-1", "x" * 61, "50%", "a\\b", "#1"):
			with self.assertRaises(OwnNumberError, msg=number):
				make_customer(own_number=number)

	def test_series_steps_over_own_numbers(self):
		number = int(make_customer().name[3:])
		make_customer(own_number=f"SC-{number + 1:06}")
		make_customer(own_number=f"SC-{number + 2:06}")
		self.assertEqual(make_customer().name, f"SC-{number + 3:06}")

	def test_own_number_needs_the_right(self):
		frappe.set_user(user_with("Service Agent"))
		with self.assertRaises(OwnNumberNotPermittedError):
			frappe.get_doc(doctype="Service Customer", customer_name="x", own_number="MINE-1").insert()
		self.assertRegex(frappe.get_doc(doctype="Service Customer", customer_name="x").insert().name, r"^SC-")
		frappe.set_user(user_with("Service Manager"))
		doc = frappe.get_doc(doctype="Service Customer", customer_name="x", own_number="MINE-1").insert()
		self.assertEqual(doc.name, "MINE-1")

	def test_rename_needs_the_right(self):
		customer = make_customer()
		frappe.set_user(user_with("Service Agent"))
		with self.assertRaises(OwnNumberNotPermittedError):
			update_document_title(doctype=customer.doctype, docname=customer.name, name="MINE-2")
		frappe.set_user(user_with("Service Manager"))
		update_document_title(doctype=customer.doctype, docname=customer.name, name="  MINE-2 ")
		self.assertTrue(frappe.db.exists("Service Customer", "MINE-2"))

	def test_rename_obeys_the_rules_of_numbers(self):
		customer, other = make_customer(), make_customer()
		for number in (other.name, "a/b"):
			with self.assertRaises(OwnNumberError):
				frappe.rename_doc(customer.doctype, customer.name, number, rebuild_search=False)

	def test_what_refers_to_a_renamed_customer_follows(self):
		customer = make_customer(phone=unique_phone())
		ticket = make_ticket(customer=customer.name)
		frappe.rename_doc(customer.doctype, customer.name, "KD-RENAMED", rebuild_search=False)
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket.name, "customer"), "KD-RENAMED")
		self.assertEqual(
			frappe.get_all("Caller Number", {"customer": "KD-RENAMED"}, pluck="party"), ["KD-RENAMED"]
		)


class TestDuplicates(FrappeTestCase):
	def setUp(self):
		frappe.clear_messages()

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.clear_messages()

	def test_same_number_written_otherwise_is_hinted_at(self):
		phone = unique_phone()
		first = make_customer(phone=phone)
		make_customer(other_phones=[{"phone": f"+86 {phone[:3]} {phone[3:]}"}])
		self.assertIn(first.name, "".join(messages()))

	def test_hint_comes_once(self):
		phone = unique_phone()
		make_customer(phone=phone)
		second = make_customer(phone=phone)
		frappe.clear_messages()
		second.remarks = "changed"
		second.save()
		self.assertEqual(messages(), [])

	def test_no_hint_without_need(self):
		make_customer(phone=unique_phone())
		make_customer()
		self.assertEqual(messages(), [])

	def test_area_code_of_the_region_counts(self):
		region = make_region(area_code="0411")
		first = make_customer(phone="0411-84627777")
		others = find_others(["84627777"], None, region.name)
		self.assertEqual([other.name for other in others], [first.name])
		self.assertEqual(find_others(["84627777"], None), [])

	def test_only_customers_that_the_user_may_read_are_named(self):
		phone, region = unique_phone(), make_region()
		make_customer(phone=phone, region=make_region().name)
		user = make_user("Service Agent")
		frappe.get_doc(
			doctype="User Permission", user=user.name, allow="Service Region", for_value=region.name
		).insert()
		frappe.set_user(user.name)
		self.assertEqual(find_others([phone], None), [])


class TestMerge(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_nothing_is_lost(self):
		phones = [unique_phone() for _index in range(3)]
		friend = make_customer()
		old = make_customer(
			phone=phones[0],
			other_phones=[{"phone": phones[1], "label": "仓库"}],
			organisation="旧单位",
			email="old@example.com",
			member_no="OLD-1",
			remarks="old remark",
			gold_customer=1,
			relations=[{"related_customer": friend.name, "relation": "朋友"}],
		)
		new = make_customer(phone=phones[2], organisation="新单位", remarks="new remark")
		ticket = make_ticket(customer=old.name)

		new = merge(old, new)

		self.assertFalse(frappe.db.exists("Service Customer", old.name))
		self.assertEqual(new.organisation, "新单位")
		self.assertEqual(new.email, "old@example.com")
		self.assertEqual(new.member_no, "OLD-1")
		self.assertEqual(new.gold_customer, 1)
		self.assertEqual(new.remarks, "new remark\nold remark")
		self.assertEqual(new.phone, phones[2])
		self.assertEqual(
			[(row.phone, row.label) for row in new.other_phones], [(phones[0], None), (phones[1], "仓库")]
		)
		self.assertEqual([row.related_customer for row in new.relations], [friend.name])
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket.name, "customer"), new.name)

	def test_numbers_lead_to_the_customer_that_stays(self):
		phone = unique_phone()
		old, new = make_customer(phone=phone), make_customer(phone=f"+86{phone}")
		new = merge(old, new)
		rows = frappe.get_all("Caller Number", {"number_key": f"+86{phone}"}, pluck="customer")
		self.assertEqual(rows, [new.name])
		self.assertEqual(new.other_phones, [])

	def test_second_member_number_is_kept_in_the_remarks(self):
		new = merge(make_customer(member_no="OLD-2"), make_customer(member_no="NEW-2"))
		self.assertEqual(new.member_no, "NEW-2")
		self.assertIn("OLD-2", new.remarks)

	def test_black_list_is_kept(self):
		new = merge(make_customer(black_listed=1, black_list_reason="rude"), make_customer())
		self.assertEqual((new.black_listed, new.black_list_reason), (1, "rude"))

	def test_no_link_to_oneself_remains(self):
		old = make_customer()
		new = make_customer(referred_by=old.name, relations=[{"related_customer": old.name}])
		new = merge(old, new)
		self.assertIsNone(new.referred_by)
		self.assertEqual(new.relations, [])

	def test_contact_is_linked_once(self):
		old, new = make_customer(), make_customer()
		contact = make_contact([old, new])
		merge(old, new)
		contact.reload()
		self.assertEqual([link.link_name for link in contact.links], [new.name])

	def test_merging_needs_the_right_to_delete(self):
		old, new = make_customer(), make_customer()
		frappe.set_user(user_with("Service Agent"))
		with self.assertRaises(frappe.PermissionError):
			merge(old, new)
		frappe.set_user(user_with("Service Manager"))
		merge(old, new)


class TestAccess(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_rights_of_each_role(self):
		customer = make_customer()
		expected = {
			"Aftersales Administrator": {"read", "write", "create", "export", "import", "report"},
			"Service Manager": {"read", "write", "create", "delete", "export", "import", "report"},
			"Service Agent": {"read", "write", "create", "report"},
			"Knowledge Manager": {"read", "report"},
			"System Manager": set(),
			"Aftersales Bridge": set(),
		}
		for role, rights in expected.items():
			frappe.set_user(user_with(role))
			found = {
				right
				for right in ("read", "write", "create", "delete", "export", "import", "report")
				if frappe.has_permission(
					"Service Customer", right, doc=None if right == "create" else customer
				)
			}
			self.assertEqual(found, rights, role)
			frappe.set_user("Administrator")

	def test_list_and_document_agree(self):
		customer = make_customer()
		frappe.set_user(user_with("Service Agent"))
		self.assertEqual(
			frappe.get_list("Service Customer", {"name": customer.name}, pluck="name"), [customer.name]
		)
		frappe.set_user("Guest")
		self.assertFalse(frappe.has_permission("Service Customer", "read", doc=customer.name))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_list("Service Customer")

	def test_region_of_a_user_limits_list_and_document(self):
		here, there = make_region(), make_region()
		mine, other = make_customer(region=here.name), make_customer(region=there.name)
		user = make_user("Service Agent")
		frappe.get_doc(
			doctype="User Permission", user=user.name, allow="Service Region", for_value=here.name
		).insert()
		frappe.set_user(user.name)
		names = frappe.get_list("Service Customer", {"name": ["in", [mine.name, other.name]]}, pluck="name")
		self.assertEqual(names, [mine.name])
		self.assertFalse(frappe.get_doc("Service Customer", other.name).has_permission("read"))

	def test_disabled_customers_are_not_offered_but_readable(self):
		customer = make_customer(customer_name="停用的客户", disabled=1)
		shown = make_customer(customer_name="停用的客户")
		frappe.set_user(user_with("Service Agent"))
		frappe.response.pop("results", None)
		found = search_link("Service Customer", "停用的客户", page_length=20) or frappe.response.get(
			"results"
		)
		self.assertEqual([row["value"] for row in found], [shown.name])
		self.assertTrue(frappe.get_doc("Service Customer", customer.name).has_permission("read"))

	def test_search_finds_by_phone_member_and_organisation(self):
		phone = unique_phone()
		customer = make_customer(phone=phone, member_no=f"S-{phone}", organisation=f"单位{phone}")
		frappe.set_user(user_with("Service Agent"))
		for text in (phone, f"S-{phone}", f"单位{phone}", customer.customer_name, customer.name):
			frappe.response.pop("results", None)
			found = search_link("Service Customer", text, page_length=20) or frappe.response.get("results")
			self.assertIn(customer.name, [row["value"] for row in found], text)


class TestForm(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.response.docs = []

	def test_addresses_and_contacts_come_with_the_form(self):
		customer = make_customer()
		make_contact([customer], first_name="联系人甲")
		frappe.get_doc(
			doctype="Address",
			address_title="x",
			address_line1="某某路 1 号",
			city="大连",
			country="China",
			links=[{"link_doctype": customer.doctype, "link_name": customer.name}],
		).insert()
		customer.run_method("onload")
		onload = customer.get("__onload")
		self.assertEqual([row["first_name"] for row in onload.contact_list], ["联系人甲"])
		self.assertIn("某某路 1 号", onload.addr_list[0]["display"])

	def test_agent_may_use_contacts_and_addresses(self):
		customer = make_customer()
		others = make_contact([customer])
		frappe.set_user(user_with("Service Agent"))
		make = {"first_name": "x", "links": [{"link_doctype": customer.doctype, "link_name": customer.name}]}
		self.assertTrue(frappe.get_doc(doctype="Contact", **make).insert().has_permission("write"))
		others = frappe.get_doc("Contact", others.name)
		self.assertTrue(others.has_permission("write"))
		self.assertFalse(others.has_permission("delete"))

	def test_form_load_asks_few_questions(self):
		"""Opening the form is what an agent does with the customer on the line."""
		customer = make_customer(phone=unique_phone(), other_phones=[{"phone": unique_phone()}])
		dealer = make_dealer()
		customer.update({"dealer": dealer.name, "region": make_region().name})
		customer.save()
		user = make_user("Service Agent")
		frappe.set_user(user.name)
		getdoc("Service Customer", customer.name)
		frappe.response.docs = []
		with self.assertQueryCount(27):
			getdoc("Service Customer", customer.name)

	def test_lists_are_indexed(self):
		for columns in (
			("customer_group", "modified"),
			("region", "modified"),
			("dealer", "modified"),
			("account_owner", "modified"),
			("customer_name",),
			("organisation",),
			("phone",),
			("email",),
			("member_no",),
			("modified",),
		):
			self.assertTrue(has_index("Service Customer", columns), columns)


def has_index(doctype: str, columns: tuple[str, ...]) -> bool:
	"""Whether an index of the table starts with the given columns."""
	rows = frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True)
	indexes = {}
	for row in sorted(rows, key=lambda row: row.Seq_in_index):
		indexes.setdefault(row.Key_name, []).append(row.Column_name)
	return any(tuple(index[: len(columns)]) == columns for index in indexes.values())
