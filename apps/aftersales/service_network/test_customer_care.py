from datetime import date

import frappe
from frappe.utils import add_days, getdate, today
from freezegun import freeze_time

from aftersales.service_network import customer_care
from aftersales.service_network.doctype.care_occasion.care_occasion import OccasionError
from aftersales.service_network.doctype.vip_event.vip_event import EventError, events_missing
from aftersales.service_network.test_points import PointsCase, acting_as
from aftersales.testing import factories
from aftersales.testing.points import make_care_contact, make_care_occasion, make_vip_event
from aftersales.testing.sales import make_sale_collection, make_submitted_sale
from aftersales.utils.append_only import AppendOnlyError


class TestCustomerCare(PointsCase):
	def setUp(self):
		super().setUp()
		self.owner = factories.user_with("Shop Staff")
		# Only customers of this group hear anything: the site has others.
		self.group = factories.make_customer_group().name

	def customer_with(self, **fields):
		defaults = {"customer_group": self.group, "account_owner": self.owner}
		return factories.make_customer(**{**defaults, **fields}).name

	def occasion(self, **fields):
		return make_care_occasion(customer_group=self.group, **fields).name

	def contacts(self, occasion):
		rows = frappe.get_all(
			customer_care.CONTACT, {"occasion": occasion}, ["customer", "outcome"], order_by="creation asc"
		)
		return {row.customer: row.outcome for row in rows}

	def test_birthdays_some_days_ahead_once_a_year(self):
		born = self.customer_with(birthday="1980-05-20")
		self.customer_with(birthday="1980-05-21")
		for away in ({"disabled": 1}, {"black_listed": 1, "black_list_reason": "x"}):
			self.customer_with(birthday="1980-05-20", **away)
		alone = self.customer_with(birthday="1980-05-20", account_owner=None)
		occasion = self.occasion(days_before=3, instructions="Send a card")
		self.assertEqual(customer_care.run(occasion, "2026-05-17"), {"Task": 1, "Left Out": 1})
		self.assertEqual(self.contacts(occasion), {born: "Task", alone: "Left Out"})
		self.assertEqual(customer_care.run(occasion, "2026-05-17"), {})
		self.assertEqual(customer_care.run(occasion, "2027-05-17"), {"Task": 1, "Left Out": 1})
		task = frappe.get_last_doc("ToDo", {"reference_name": born, "date": "2026-05-20"})
		self.assertEqual((task.allocated_to, "Send a card" in task.description), (self.owner, True))

	def test_the_29th_of_february_is_the_28th_in_other_years(self):
		leap = self.customer_with(birthday="1984-02-29")
		occasion = self.occasion()
		self.assertEqual(customer_care.run(occasion, "2028-02-28"), {})
		self.assertEqual(customer_care.run(occasion, "2028-02-29"), {"Task": 1})
		self.assertEqual(customer_care.run(occasion, "2027-02-28"), {"Task": 1})
		self.assertEqual(list(self.contacts(occasion)), [leap])
		self.assertEqual(customer_care.in_year(date(2028, 2, 29), 2027), date(2027, 2, 28))

	def test_a_holiday_by_message_obeys_the_rules_of_its_kind(self):
		kind = factories.make_message_kind(purpose="Care", forbidden_words="sale").name
		template = factories.make_message_template(kind=kind, channel="SMS", body="Happy holidays").name
		reached = self.customer_with(phone=factories.unique_phone())
		unreachable = self.customer_with(phone=None)
		occasion = self.occasion(kind="Holiday", action="Message", template=template, on_date="2026-10-01")
		self.assertEqual(customer_care.run(occasion, "2027-09-30"), {})
		self.assertEqual(customer_care.run(occasion, "2027-10-01"), {"Message": 1, "Left Out": 1})
		self.assertEqual(self.contacts(occasion), {reached: "Message", unreachable: "Left Out"})
		message = frappe.get_last_doc("Outgoing Message", {"customer": reached})
		self.assertEqual((message.body, message.state), ("Happy holidays", "Queued"))
		self.assertEqual(customer_care.run(occasion, "2027-10-01"), {})
		frappe.db.set_value(customer_care.OCCASION, occasion, "every_year", 0)
		frappe.clear_document_cache(customer_care.OCCASION, occasion)
		self.assertEqual(customer_care.run(occasion, "2028-10-01"), {})

	def test_from_a_vip_level_on(self):
		low, high = factories.make_vip_level(rank=91).name, factories.make_vip_level(rank=92).name
		self.customer_with(vip_level=low)
		vip = self.customer_with(vip_level=high)
		occasion = self.occasion(kind="Season", on_date="2026-12-21", vip_level=high)
		customer_care.run(occasion, "2026-12-21")
		self.assertEqual(list(self.contacts(occasion)), [vip])

	def test_who_was_not_seen_for_long_hears_from_us_once_in_that_time(self):
		old = add_days(today(), -400)
		away, seen, new = (self.customer_with(customer_since=old) for _number in range(3))
		for name in (away, seen, new):
			frappe.db.set_value("Service Customer", name, "creation", old)
		frappe.db.set_value("Service Customer", new, "customer_since", add_days(today(), -5))
		factories.make_ticket(customer=seen)
		occasion = self.occasion(kind="Not Seen for Long", absent_days=180)
		self.assertEqual(customer_care.run(occasion), {"Task": 1})
		self.assertEqual(list(self.contacts(occasion)), [away])
		self.assertEqual(customer_care.run(occasion, add_days(today(), 100)), {})
		self.assertEqual(customer_care.run(occasion, add_days(today(), 200))["Task"], 3)

	def test_spending_that_reaches_an_amount_is_thanked_once(self):
		rich, poor = self.customer_with(), self.customer_with()
		for customer, amount in ((rich, 1000), (poor, 999)):
			sale = make_submitted_sale({"rate": amount}, customer=customer)
			make_sale_collection(sale_record=sale.name, amount=amount)
		occasion = self.occasion(kind="Spending Reached", amount=1000)
		self.assertEqual(customer_care.run(occasion), {"Task": 1})
		self.assertEqual(list(self.contacts(occasion)), [rich])
		self.assertEqual(customer_care.run(occasion, add_days(today(), 400)), {})

	def test_the_top_spender_of_last_year_is_visited(self):
		year = getdate(today()).year
		best, second = self.customer_with(), self.customer_with()
		for customer, amount, years in ((best, 500, 1), (second, 400, 1), (second, 900, 0)):
			sale = make_submitted_sale({"rate": amount}, customer=customer)
			paid = make_sale_collection(sale_record=sale.name, amount=amount)
			frappe.db.set_value("Sale Collection", paid.name, "collected_on", f"{year - years}-01-15")
		occasion = self.occasion(kind="Top Spender", on_date="2020-01-20", top=1)
		customer_care.run(occasion, f"{year}-01-20")
		self.assertEqual(list(self.contacts(occasion)), [best])

	def test_both_are_thanked_for_a_referral_on_the_same_day(self):
		frappe.db.set_value(customer_care.OCCASION, {"kind": "Referral"}, "enabled", 0)
		kind = factories.make_message_kind(purpose="Care").name
		thanks, welcome = (
			factories.make_message_template(kind=kind, channel="SMS", body=text).name
			for text in ("Thanks", "Welcome")
		)
		occasion = make_care_occasion(
			kind="Referral", action="Message", template=thanks, second_template=welcome
		).name
		old = factories.make_customer(phone=factories.unique_phone()).name
		new = factories.make_customer(phone=factories.unique_phone(), referred_by=old)
		texts = {
			row.customer: row.body
			for row in frappe.get_all("Outgoing Message", {"kind": kind}, ["customer", "body"])
		}
		self.assertEqual(texts, {old: "Thanks", new.name: "Welcome"})
		self.assertEqual(str(new.reload() or new.referral_thanked_on), today())
		self.assertFalse(frappe.db.exists("ToDo", {"reference_name": new.name}))
		# Who cannot be reached is called.
		silent = factories.make_customer(phone=None, referred_by=old)
		self.assertTrue(frappe.db.exists("ToDo", {"reference_name": silent.name}))
		self.assertEqual(self.contacts(occasion)[silent.name], "Left Out")

	def test_run_due_looks_at_enabled_occasions_only(self):
		frappe.db.set_value(customer_care.OCCASION, {"enabled": 1}, "enabled", 0)
		born = self.customer_with(birthday="1980-05-20")
		on, off = self.occasion(), self.occasion(enabled=0)
		with freeze_time("2026-05-20 03:00:00"):
			customer_care.run_due()
		self.assertEqual((list(self.contacts(on)), self.contacts(off)), ([born], {}))

	def test_occasions_make_sense(self):
		for wrong in (
			{"kind": "Holiday"},
			{"kind": "Not Seen for Long", "absent_days": 0},
			{"kind": "Spending Reached"},
			{"kind": "Referral", "action": "Task"},
			{"action": "Message"},
			{"days_before": 61},
		):
			self.assertRaises(OccasionError, make_care_occasion, **wrong)

	def test_contacts_stay(self):
		contact = make_care_contact()
		contact.outcome = "Left Out"
		self.assertRaises(AppendOnlyError, contact.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, contact.doctype, contact.name)


class TestVIPEvents(PointsCase):
	def test_guests_are_counted_once_and_come_when_it_has_taken_place(self):
		guests = [{"customer": self.customer}, {"customer": factories.make_customer().name, "attended": 1}]
		event = make_vip_event(guests=guests)
		self.assertEqual((event.invited, event.attended, event.organiser), (2, 1, "Administrator"))
		self.assertTrue(event.guests[0].customer_name)
		self.assertRaises(EventError, make_vip_event, guests=[guests[0], guests[0]])
		self.assertRaises(EventError, make_vip_event, guests=guests, event_date=add_days(today(), 1))
		self.assertRaises(EventError, make_vip_event, guests=guests, cancelled=1)

	def test_four_a_year_or_somebody_is_reminded(self):
		frappe.db.set_single_value("Aftersales Settings", "vip_events_a_year", 4)
		with freeze_time("2031-05-10 09:00:00"):
			self.assertEqual(events_missing("Administrator", 0)["count"], 2)
			make_vip_event(event_date="2031-02-01")
			make_vip_event(event_date="2031-03-01", cancelled=1)
			self.assertEqual(events_missing("Administrator", 0)["count"], 1)
			coming = make_vip_event(event_date="2031-06-01")
			self.assertIsNone(events_missing("Administrator", 0))
		with freeze_time("2031-12-01 09:00:00"):
			self.assertEqual(events_missing("Administrator", 0)["count"], 2)
			with acting_as("Service Agent"):
				self.assertIsNone(events_missing(frappe.session.user, 0))
			frappe.db.set_single_value("Aftersales Settings", "vip_events_a_year", 0)
			self.assertIsNone(events_missing("Administrator", 0))
		self.assertEqual(coming.invited, 1)
