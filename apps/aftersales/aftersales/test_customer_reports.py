"""The customer report by report type, the file contest, possible duplicates."""

from contextlib import suppress

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.customer_report import (
	ReportTypeMissingError,
	export_report,
	print_format_of,
)
from aftersales.aftersales.report.customer_file_contest.customer_file_contest import execute as contest
from aftersales.aftersales.report.gold_customer_analysis.gold_customer_analysis import execute as gold
from aftersales.aftersales.report.possible_duplicate_customers.possible_duplicate_customers import (
	execute as duplicates,
)
from aftersales.testing.factories import (
	make_customer,
	make_region,
	make_ticket,
	unique,
	unique_phone,
	user_with,
)


class ReportCase(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")


class TestCustomerReport(ReportCase):
	def test_refused_without_a_type_on_every_road(self):
		customer = make_customer(member_no=unique("M"))
		frappe.set_user(user_with("Service Agent"))
		with self.assertRaises(ReportTypeMissingError):
			export_report(customer.name)
		# Some releases answer an error in a print format with an error page instead of raising it.
		with suppress(ReportTypeMissingError):
			page = frappe.get_print("Service Customer", customer.name, print_format="Customer Report")
			self.assertNotIn(customer.member_no, page)

	def test_layout_of_the_type(self):
		customer = make_customer(report_type="Standard Report", individual_needs="<b>干冰</b>")
		make_ticket(customer=customer.name, question="离心管漏液")
		frappe.set_user(user_with("Service Agent"))
		self.assertEqual(print_format_of(customer), "Customer Report")
		page = frappe.get_print("Service Customer", customer.name, print_format=print_format_of(customer))
		for text in (customer.customer_name, "离心管漏液", "&lt;b&gt;干冰"):
			self.assertIn(text, page)
		customer.report_type = "Summary Report"
		self.assertEqual(print_format_of(customer), "Customer Report Summary")

	def test_an_own_layout_of_the_site(self):
		layout = frappe.get_doc(
			doctype="Print Format",
			name=unique("Own Layout"),
			doc_type="Service Customer",
			custom_format=1,
			print_format_type="Jinja",
			html="<p>own {{ doc.name }} {{ customer_report(doc).counts | length }}</p>",
		).insert()
		kind = frappe.get_doc(
			doctype="Customer Report Type", type_name=unique("Own"), print_format=layout.name
		).insert()
		customer = make_customer(report_type=kind.name)
		page = frappe.get_print("Service Customer", customer.name, print_format=print_format_of(customer))
		self.assertIn(f"own {customer.name} 0", page)

	def test_answer_is_a_pdf(self):
		customer = make_customer(report_type="Summary Report")
		frappe.set_user(user_with("Service Agent"))
		export_report(customer.name)
		self.assertEqual(frappe.response.type, "pdf")
		self.assertTrue(frappe.response.filecontent.startswith(b"%PDF"))

	def test_who_may(self):
		customer = make_customer(report_type="Summary Report")
		for user in ("Guest", user_with("Aftersales Bridge"), user_with("May Delete Customers")):
			frappe.set_user(user)
			with self.assertRaises(frappe.PermissionError, msg=user):
				export_report(customer.name)


class TestContest(ReportCase):
	def test_quantity_and_quality(self):
		first, second = user_with("Shop Staff"), user_with("Shop Staff", "Shop Manager")
		for person, soft in ((first, 1), (first, 0), (second, 1)):
			values = {"occupation": "教师", "family": "三口之家", "leisure": "钓鱼"} if soft else {}
			make_customer(registered_by=person, phone=unique_phone(), **values)
		frappe.set_user(user_with("Market Supervisor"))
		_columns, rows = contest({"complete_from": 20})
		found = {row["registered_by"]: row for row in rows}
		self.assertEqual((found[first]["files"], found[second]["files"]), (2, 1))
		self.assertEqual((found[first]["complete"], found[first]["reachable"]), (1, 2))
		self.assertGreater(found[first]["points"], found[second]["points"])
		self.assertLess(found[first]["average"], found[second]["average"])
		self.assertLess(found[first]["place"], found[second]["place"])

	def test_days(self):
		person = user_with("Shop Staff", "Shop Manager", "Sales Office")
		customer = make_customer(registered_by=person)
		frappe.db.set_value("Service Customer", customer.name, "creation", "2025-03-31 23:30:00")
		for days, count in ((("2025-03-31", "2025-03-31"), 1), (("2025-04-01", "2025-04-30"), 0)):
			_columns, rows = contest({"from_date": days[0], "to_date": days[1]})
			self.assertEqual(len([row for row in rows if row["registered_by"] == person]), count, days)

	def test_needs_customers(self):
		frappe.set_user(user_with("Aftersales Bridge"))
		with self.assertRaises(frappe.PermissionError):
			contest({})


class TestGold(ReportCase):
	def test_difference_from_the_average(self):
		region = make_region().name
		amounts = (100, 100, 100, 900)
		customers = [make_customer(region=region, amount_spent=amount) for amount in amounts]
		marked = make_customer(region=region, gold_customer=1, amount_spent=0)
		frappe.set_user(user_with("General Manager"))
		_columns, rows, _message = gold({"region": region})
		found = {row.customer: row for row in rows}
		self.assertEqual(set(found), {customers[3].name, marked.name})
		self.assertEqual(found[customers[3].name].difference, 600)
		self.assertEqual(found[customers[3].name].proposal, frappe._("Make Gold"))
		self.assertEqual(found[marked.name].proposal, frappe._("Check Why"))
		_columns, rows, _message = gold({"region": region, "times": 4})
		self.assertEqual([row.customer for row in rows], [marked.name])

	def test_nothing_is_proposed_without_amounts(self):
		region = make_region().name
		make_customer(region=region)
		_columns, rows, _message = gold({"region": region})
		self.assertEqual(rows, [])

	def test_needs_customers(self):
		frappe.set_user(user_with("Aftersales Bridge"))
		with self.assertRaises(frappe.PermissionError):
			gold({})


class TestPossibleDuplicates(ReportCase):
	def test_same_number_and_same_name(self):
		phone, organisation = unique_phone(), unique("某某公司")
		first, second = make_customer(phone=phone), make_customer(other_phones=[{"phone": f"+86{phone}"}])
		third = make_customer(customer_name="王小明", organisation=organisation)
		fourth = make_customer(customer_name="王小明", organisation=organisation)
		alone = make_customer(phone=unique_phone())
		frappe.set_user(user_with("Service Agent"))
		_columns, rows = duplicates({})
		shared = {}
		for row in rows:
			shared.setdefault(row["shared"], set()).add(row["customer"])
		self.assertEqual(shared[f"+86{phone}"], {first.name, second.name})
		self.assertEqual(shared[f"王小明 · {organisation}"], {third.name, fourth.name})
		self.assertNotIn(alone.name, {row["customer"] for row in rows})

	def test_only_those_whom_the_user_may_read(self):
		phone, here = unique_phone(), make_region()
		make_customer(phone=phone, region=here.name)
		make_customer(phone=phone, region=make_region().name)
		user = user_with("Service Agent", "Sales Office")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=here.name
		).insert()
		frappe.set_user(user)
		_columns, rows = duplicates({})
		self.assertNotIn(f"+86{phone}", {row["shared"] for row in rows})
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			duplicates({})
