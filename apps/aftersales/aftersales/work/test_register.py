import frappe
from frappe.model.naming import NamingSeries
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from aftersales.aftersales.work.register import (
	FirstLineMissingError,
	RegisterDateError,
	RegisterLineError,
	SeriesMissingError,
	next_number,
	reset_number,
	save_lines,
)
from aftersales.testing import factories
from aftersales.utils.naming import series_at

TICKET = "Service Ticket"
MAY = "2024-05-17"


class TestRegister(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.clerk = factories.user_with("Service Agent")
		cls.other = factories.user_with("Service Agent", "Knowledge Manager")
		cls.admin = factories.user_with("Aftersales Administrator")
		cls.product = factories.make_product().name
		cls.customer = factories.make_customer(phone=factories.unique_phone())

	def setUp(self):
		frappe.db.savepoint("before_test")
		frappe.db.delete("Series", {"name": "RE2405"})
		frappe.set_user(self.clerk)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")

	def line(self, **fields):
		return {"code": self.product, "symptom": "Leaks", "measure": "New seal", "customer": "", **fields}

	def test_number_rule(self):
		"""S23.06: RE, two digits of the year, two of the month, running number without zeros, of the entry's date."""
		self.assertEqual(next_number(MAY), "RE24051")
		saved = save_lines([self.line() for _number in range(10)], MAY)
		self.assertEqual(saved["tickets"][0], "RE24051")
		self.assertEqual(saved["tickets"][-1], "RE240510")
		self.assertEqual(saved["next_number"], "RE240511")
		self.assertEqual(next_number("2024-06-01")[:6], "RE2406")
		self.assertEqual(next_number()[:6], f"RE{getdate(today()):%y%m}")

	def test_the_series_is_one_of_tickets(self):
		ticket = factories.make_ticket(naming_series="RE.YY.MM.#")
		self.assertRegex(ticket.name, rf"^RE{getdate(today()):%y%m}[1-9]\d*$")
		self.assertEqual(NamingSeries(series_at("RE.YY.MM.#", getdate(MAY))).get_prefix(), "RE2405")

	def test_a_line_becomes_a_ticket(self):
		saved = save_lines([self.line(customer=self.customer.name)], MAY, self.other)
		ticket = frappe.get_doc(TICKET, saved["tickets"][0])
		self.assertEqual(
			(ticket.record_type, ticket.product, ticket.question, ticket.handling, ticket.quantity),
			("Repair", self.product, "Leaks", "New seal", 1),
		)
		self.assertEqual((ticket.customer, ticket.person_in_charge), (self.customer.name, self.other))
		self.assertEqual((str(ticket.creation_date), str(ticket.acceptance_date)), (MAY, MAY))

	def test_lines_without_code_are_skipped(self):
		lines = [self.line(), {}, self.line(code="", symptom="No code"), self.line(code=f" {self.product} ")]
		saved = save_lines(frappe.as_json(lines), MAY)
		self.assertEqual((saved["tickets"], saved["skipped"]), (["RE24051", "RE24052"], [3]))

	def test_the_first_line_must_be_complete(self):
		for field in ("code", "symptom", "measure"):
			with self.subTest(field=field):
				self.assertRaises(FirstLineMissingError, save_lines, [self.line(**{field: " "}), self.line()])
		self.assertRaises(FirstLineMissingError, save_lines, [])

	def test_all_or_nothing(self):
		before = frappe.db.count(TICKET)
		with self.assertRaises(RegisterLineError) as caught:
			save_lines([self.line(), self.line(code="no such product")], MAY)
		self.assertIn("2", str(caught.exception))
		self.assertEqual(frappe.db.count(TICKET), before)
		self.assertEqual(next_number(MAY), "RE24051")

	def test_what_a_ticket_refuses_names_the_line(self):
		frappe.db.set_single_value("Aftersales Settings", "lot_no_required_for", "Repair")
		frappe.clear_document_cache("Aftersales Settings", "Aftersales Settings")
		self.addCleanup(frappe.clear_document_cache, "Aftersales Settings", "Aftersales Settings")
		with self.assertRaises(frappe.MandatoryError) as caught:
			save_lines([self.line()], MAY)
		self.assertIn("Line 1", str(caught.exception))

	def test_too_many_lines_and_nonsense(self):
		self.assertRaises(RegisterLineError, save_lines, [self.line()] * 11)
		for lines in ("{", '{"code": 1}', "[1]", "null"):
			with self.subTest(lines=lines):
				self.assertRaises((RegisterLineError, FirstLineMissingError), save_lines, lines)

	def test_dates(self):
		self.assertRaises(RegisterDateError, save_lines, [self.line()], add_days(today(), 1))
		self.assertRaises(RegisterDateError, save_lines, [self.line()], "soon")
		self.assertRaises(RegisterDateError, next_number, "soon")

	def test_responsible_person(self):
		saved = save_lines([self.line()], MAY)
		self.assertEqual(frappe.db.get_value(TICKET, saved["tickets"][0], "person_in_charge"), self.clerk)
		self.assertRaises(RegisterLineError, save_lines, [self.line()], MAY, "nobody@test.example")

	def test_customer_by_number_name_or_telephone(self):
		customer = self.customer
		for text in (customer.name, customer.customer_name, customer.phone):
			saved = save_lines([self.line(customer=text)], MAY)
			self.assertEqual(frappe.db.get_value(TICKET, saved["tickets"][0], "customer"), customer.name)
		saved = save_lines([self.line(customer="A passer-by")], MAY)
		ticket = frappe.get_doc(TICKET, saved["tickets"][0])
		self.assertEqual((ticket.customer, ticket.customer_name), (None, "A passer-by"))

	def test_two_customers_of_one_name_are_not_guessed(self):
		for _number in range(2):
			factories.make_customer(customer_name="Namesake")
		saved = save_lines([self.line(customer="Namesake")], MAY)
		ticket = frappe.get_doc(TICKET, saved["tickets"][0])
		self.assertEqual((ticket.customer, ticket.customer_name), (None, "Namesake"))

	def test_number_taken_by_hand_is_stepped_over(self):
		factories.make_ticket(own_number="RE24051")
		self.assertEqual(save_lines([self.line()], MAY)["tickets"], ["RE24052"])

	def test_reset(self):
		save_lines([self.line() for _number in range(3)], MAY)
		frappe.set_user("Administrator")
		frappe.delete_doc(TICKET, "RE24053")
		frappe.set_user(self.admin)
		self.assertEqual(reset_number(MAY), "RE24053")
		for name in ("RE24051", "RE24052"):
			frappe.db.delete(TICKET, {"name": name})
		self.assertEqual(reset_number(MAY), "RE24051")
		self.assertEqual(next_number(MAY), "RE24051")

	def test_reset_is_for_those_who_set_parameters(self):
		for user in ("Guest", self.clerk, factories.user_with("Service Auditor")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, reset_number, MAY)

	def test_rights(self):
		for user in (
			"Guest",
			factories.user_with("Knowledge Manager"),
			factories.user_with("Service Auditor"),
		):
			with self.subTest(user=user):
				frappe.set_user(user)
				self.assertRaises(frappe.PermissionError, save_lines, [self.line()], MAY)
				self.assertRaises(frappe.PermissionError, next_number)

	def test_an_administrator_took_the_series_away(self):
		field = frappe.get_meta(TICKET).get_field("naming_series")
		options, field.options = field.options, "ST-.YY.-.######"
		try:
			self.assertRaises(SeriesMissingError, save_lines, [self.line()], MAY)
		finally:
			field.options = options
