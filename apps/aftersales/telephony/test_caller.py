from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.caller import lookup, rebuild, sync_numbers
from aftersales.testing.factories import (
	make_contact,
	make_customer,
	make_dealer,
	make_phone_line,
	make_region,
	unique_phone,
)


def landline():
	"""A number of Shanghai that no other test uses."""
	return "021" + "6" + unique_phone()[-7:]


def rows_of(doc):
	return frappe.get_all(
		"Caller Number",
		{"party_type": doc.doctype, "party": doc.name},
		[
			"number_key",
			"extension",
			"level",
			"customer",
			"dealer",
			"display_name",
			"source_field",
			"modified",
		],
		order_by="number_key",
	)


class TestSync(FrappeTestCase):
	def test_every_number_of_a_customer_is_known(self):
		one, two, three = unique_phone(), unique_phone(), landline()
		customer = make_customer(
			phone=f"{one} / {two}", other_phones=[{"phone": f"{three} 转 801"}, {"phone": f"+86 {one}"}]
		)
		self.assertEqual(
			{(row.number_key, row.extension) for row in rows_of(customer)},
			{(f"+86{one}", ""), (f"+86{two}", ""), (f"+86{three[1:]}", "801")},
		)
		self.assertEqual({row.customer for row in rows_of(customer)}, {customer.name})

	def test_only_differences_are_written(self):
		one, two = unique_phone(), unique_phone()
		customer = make_customer(phone=one, other_phones=[{"phone": two}])
		stamp = "2020-01-01 00:00:00"
		frappe.db.set_value(
			"Caller Number", {"party": customer.name}, "modified", stamp, update_modified=False
		)
		customer.other_phones[0].phone = unique_phone()
		customer.save()
		kept = [row for row in rows_of(customer) if str(row.modified) == stamp]
		self.assertEqual([row.number_key for row in kept], [f"+86{one}"])
		self.assertEqual(lookup(two).level, "none")

	def test_a_new_name_reaches_the_rows(self):
		customer = make_customer(phone=unique_phone())
		customer.customer_name = "Renamed Person"
		customer.save()
		self.assertEqual(rows_of(customer)[0].display_name, "Renamed Person")

	def test_disabling_forgets_and_enabling_remembers(self):
		number, of_contact = unique_phone(), unique_phone()
		customer = make_customer(phone=number)
		make_contact([customer], phone_nos=[{"phone": of_contact}])
		for disabled, level in ((1, "none"), (0, "sure")):
			customer.reload()
			customer.disabled = disabled
			customer.save()
			self.assertEqual((lookup(number).level, lookup(of_contact).level), (level, level))

	def test_deleting_forgets(self):
		number, of_contact = unique_phone(), unique_phone()
		customer = make_customer(phone=number)
		contact = make_contact([customer], phone_nos=[{"phone": of_contact}])
		contact.delete()
		customer.delete()
		self.assertEqual((lookup(number).level, lookup(of_contact).level), ("none", "none"))
		self.assertFalse(frappe.db.exists("Caller Number", {"customer": customer.name}))

	def test_renaming_moves_the_rows(self):
		number, of_contact = unique_phone(), unique_phone()
		customer = make_customer(phone=number)
		make_contact([customer], phone_nos=[{"phone": of_contact}])
		name = frappe.rename_doc("Service Customer", customer.name, f"SC-T-{number}")
		for one in (number, of_contact):
			self.assertEqual(lookup(one).sure.customer, name)
		self.assertFalse(frappe.db.exists("Caller Number", {"party": customer.name}))

	def test_merging_leaves_one_party(self):
		number, other = unique_phone(), unique_phone()
		old, new = make_customer(phone=number), make_customer(phone=other)
		make_contact([old, new], phone_nos=[{"phone": number}])
		self.assertEqual(lookup(number).level, "maybe")
		frappe.rename_doc("Service Customer", old.name, new.name, merge=True)
		for one in (number, other):
			self.assertEqual(lookup(one).sure.customer, new.name)

	def test_a_contact_leads_to_its_customer_and_dealer(self):
		number, of_dealer = unique_phone(), unique_phone()
		customer, dealer = make_customer(), make_dealer()
		person = make_contact([customer], first_name="Wang Min", phone_nos=[{"phone": number}])
		make_contact([dealer], phone_nos=[{"phone": of_dealer}])
		sure = lookup(number).sure
		self.assertEqual(
			(sure.customer, sure.party_type, sure.party), (customer.name, "Contact", person.name)
		)
		self.assertEqual(sure.display_name, "Wang Min")
		self.assertEqual(lookup(of_dealer).sure.dealer, dealer.name)

	def test_the_area_code_of_the_region_completes_a_local_number(self):
		local = "6" + unique_phone()[-7:]
		customer = make_customer(phone=local, region=make_region(area_code="024").name)
		self.assertEqual(rows_of(customer)[0].number_key, f"+8624{local}")
		self.assertEqual(rows_of(customer)[0].level, "Maybe")

	def test_rebuild_restores_what_was_lost_and_removes_orphans(self):
		number, of_contact, of_dealer = unique_phone(), unique_phone(), unique_phone()
		customer = make_customer(phone=number)
		make_contact([customer], phone_nos=[{"phone": of_contact}])
		make_dealer(other_phones=[{"phone": of_dealer}])
		frappe.db.delete(
			"Caller Number", {"number_key": ("in", [f"+86{n}" for n in (number, of_contact, of_dealer)])}
		)
		orphan = make_customer(phone=unique_phone())
		frappe.db.delete("Service Customer", {"name": orphan.name})
		# The batches commit; inside a test they must not.
		with patch.object(frappe.local.db, "commit"):
			rebuild()
			before = frappe.get_all("Caller Number", pluck="name", order_by="name")
			rebuild()
		self.assertEqual(frappe.get_all("Caller Number", pluck="name", order_by="name"), before)
		for one in (number, of_contact):
			self.assertEqual(lookup(one).sure.customer, customer.name)
		self.assertEqual(lookup(of_dealer).level, "sure")
		self.assertFalse(rows_of(orphan))

	def test_another_area_code_rebuilds_in_the_background(self):
		region = make_region(area_code="024")
		with patch("frappe.enqueue") as enqueue:
			region.description = "unrelated"
			region.save()
			self.assertEqual(enqueue.call_count, 0)
			region.area_code = "025"
			region.save()
		self.assertEqual(enqueue.call_args.args[0], "aftersales.telephony.caller.rebuild")


class TestLookup(FrappeTestCase):
	def test_sure_in_every_notation(self):
		number = unique_phone()
		customer = make_customer(phone=number)
		for raw in (number, f"0{number}", f"0086{number}", f"+86 {number[:3]} {number[3:]}"):
			with self.subTest(raw=raw):
				match = lookup(raw)
				self.assertEqual((match.level, match.sure.customer), ("sure", customer.name))

	def test_two_customers_on_one_number_are_a_maybe(self):
		number = unique_phone()
		names = {make_customer(phone=number).name, make_customer(other_phones=[{"phone": number}]).name}
		match = lookup(number)
		self.assertEqual((match.level, match.sure), ("maybe", None))
		self.assertEqual({candidate.customer for candidate in match.candidates}, names)

	def test_a_customer_and_their_own_contact_are_one_party(self):
		number = unique_phone()
		customer = make_customer(phone=number)
		make_contact([customer], phone_nos=[{"phone": number}])
		sure = lookup(number).sure
		self.assertEqual((sure.party_type, sure.party), ("Service Customer", customer.name))

	def test_numbers_that_only_end_alike_are_two_telephones(self):
		number = unique_phone()
		make_customer(phone=number)
		other = ("138" if number[:3] != "138" else "139") + number[3:]
		self.assertEqual(lookup(other).level, "none")

	def test_a_local_number_without_area_code_is_a_maybe(self):
		number = landline()
		customer = make_customer(phone=number)
		line = frappe._dict(country_code="CN", area_code="")
		match = lookup(number[3:], line)
		self.assertEqual((match.level, match.candidates[0].customer), ("maybe", customer.name))
		# The line's own area code makes it likely, not certain: the caller may be in another town.
		self.assertEqual(lookup(number[3:], frappe._dict(area_code="021")).level, "maybe")
		self.assertEqual(lookup(number[3:], frappe._dict(area_code="0411")).level, "maybe")
		self.assertEqual(lookup(number).level, "sure")

	def test_switchboards(self):
		number = landline()
		at_desk = make_customer(phone=f"{number} 转 801")
		self.assertEqual(lookup(f"{number}-801").sure.customer, at_desk.name)
		self.assertEqual(lookup(number).level, "maybe")
		self.assertEqual(lookup(f"{number}-802").level, "maybe")
		company = make_customer(phone=number)
		self.assertEqual(lookup(number).sure.customer, company.name)

	def test_service_numbers_and_extensions(self):
		code = f"ext:{unique_phone()[-6:]}"
		make_customer(phone=code[4:])
		self.assertEqual(lookup(code[4:]).level, "sure")
		self.assertEqual(lookup("95588").level, "none")

	def test_withheld_and_masked(self):
		self.assertEqual(lookup("P").level, "withheld")
		self.assertEqual(lookup(None).level, "withheld")
		self.assertEqual(lookup("138****5678").level, "none")

	def test_a_phone_line_gives_the_area_code(self):
		number = landline()
		make_customer(phone=number)
		line = make_phone_line(area_code="021")
		self.assertEqual(lookup(number[3:], line.name).number.e164, f"+86{number[1:]}")


class TestCost(FrappeTestCase):
	def test_one_read(self):
		number = unique_phone()
		make_customer(phone=number)
		lookup(number)
		with self.assertQueryCount(1):
			lookup(number)
		with self.assertQueryCount(0):
			lookup("P")

	def test_the_read_uses_an_index_on_both_branches(self):
		number = unique_phone()
		customer = make_customer(phone=number)
		row = frappe.get_doc("Caller Number", {"party": customer.name}).as_dict()
		names = [f"explain-{i}" for i in range(3000)]
		frappe.db.bulk_insert(
			"Caller Number",
			["name", "number_key", "tail", "extension", "level", "party_type", "party"],
			[[name, f"+8613{i:09d}", f"{i:08d}", "", "Sure", "Dealer", name] for i, name in enumerate(names)],
		)
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			lookup(number)
		query, values = sql.call_args.args
		plan = [
			step
			for step in frappe.db.sql(f"explain {query}", values, as_dict=True)
			if step.table == "tabCaller Number"
		]
		self.assertEqual(len(plan), 2)
		for step in plan:
			self.assertTrue(step.key, step)
			self.assertIn(step.type, ("ref", "range"))
			self.assertLess(int(step.rows), 50)
		self.assertTrue(row.tail)

	def test_saving_a_customer_again_costs_one_read(self):
		customer = make_customer(phone=unique_phone(), other_phones=[{"phone": unique_phone()}])
		sync_numbers(customer)
		with self.assertQueryCount(1):
			sync_numbers(customer)
