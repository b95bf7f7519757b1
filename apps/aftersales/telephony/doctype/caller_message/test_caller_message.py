import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony import call_sections
from aftersales.telephony.doctype.caller_message.caller_message import (
	NobodyToTellError,
	NotForYouError,
	messages_waiting,
	set_done,
)
from aftersales.testing.factories import (
	make_agent_group,
	make_caller_message,
	make_customer,
	make_service_call,
	unique_phone,
	user_with,
)

DOCTYPE = "Caller Message"


class TestCallerMessage(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent, cls.addressee, cls.member = (
			user_with("Service Agent", account=f"message-{name}") for name in ("agent", "addressee", "member")
		)
		cls.changer = user_with("May Change Messages")
		cls.deleter = user_with("May Delete Messages")
		cls.group = make_agent_group(cls.member)

	def tearDown(self):
		frappe.set_user("Administrator")

	def as_user(self, user, function, *args):
		frappe.set_user(user)
		try:
			return function(*args)
		finally:
			frappe.set_user("Administrator")

	def write(self, **fields):
		frappe.set_user(self.agent)
		try:
			return frappe.get_doc(
				{"doctype": DOCTYPE, "message": "Wants a quotation", "for_user": self.addressee, **fields}
			).insert()
		finally:
			frappe.set_user("Administrator")

	def told(self, message):
		return set(frappe.get_all("Notification Log", {"document_name": message.name}, pluck="for_user"))

	def test_a_message_of_a_call_knows_who_called(self):
		customer = make_customer(phone=unique_phone())
		call = make_service_call(
			customer=customer.name, caller=customer.customer_name, number_display="138 1234 5678"
		)
		message = self.write(service_call=call.name)
		self.assertEqual(
			(message.customer, message.caller, message.phone, message.state, message.received_by),
			(customer.name, customer.customer_name, "138 1234 5678", "New", self.agent),
		)
		typed = self.write(service_call=call.name, caller="His wife", phone="110")
		self.assertEqual((typed.caller, typed.phone), ("His wife", "110"))

	def test_a_message_without_a_call(self):
		customer = make_customer(phone=unique_phone())
		message = self.write(customer=customer.name)
		self.assertEqual((message.caller, message.phone), (customer.customer_name, customer.phone))
		self.assertEqual(self.write().caller, "Unknown Caller")

	def test_a_call_that_the_writer_may_not_read_tells_nothing(self):
		handler = user_with("Case Handler")
		call = make_service_call(number_display="138 1234 5678")
		frappe.set_user(handler)
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(
				doctype=DOCTYPE, message="x", for_user=self.addressee, service_call=call.name
			).insert()

	def test_somebody_is_told(self):
		with self.assertRaises(NobodyToTellError):
			self.write(for_user=None)
		with self.assertRaises(frappe.MandatoryError):
			self.write(message=" ")
		self.assertEqual(self.told(self.write()), {self.addressee})
		self.assertEqual(self.told(self.write(for_user=None, for_group=self.group.name)), {self.member})
		both = self.write(for_group=self.group.name)
		self.assertEqual(self.told(both), {self.addressee, self.member})
		# Not who wrote it, and not who may not read it.
		self.assertEqual(self.told(self.write(for_user=self.agent)), set())
		self.assertEqual(self.told(self.write(for_user=user_with("Shop Staff"))), set())

	def test_markup_of_strangers_stays_text(self):
		message = self.write(message="Call <img src=x onerror=alert(1)> back", caller="<b>x</b>")
		(subject,) = frappe.get_all("Notification Log", {"document_name": message.name}, pluck="subject")
		self.assertNotIn("<img", subject)
		self.assertNotIn("<b>", subject)

	def test_passing_on_tells_the_new_one(self):
		message = self.write()
		frappe.set_user(self.changer)
		doc = frappe.get_doc(DOCTYPE, message.name)
		doc.for_user = self.member
		doc.save()
		self.assertEqual(self.told(message), {self.addressee, self.member})

	def test_rights_to_change_and_to_delete_are_apart(self):
		message = self.write()
		rights = {
			self.agent: {"read"},
			self.addressee: {"read"},
			self.changer: {"read", "write"},
			self.deleter: {"read", "delete"},
			user_with("Service Manager"): {"read", "write", "delete"},
			user_with("Aftersales Administrator"): {"read", "write"},
			user_with(): set(),
			user_with("Shop Staff"): set(),
		}
		for user, expected in rights.items():
			found = {
				ptype
				for ptype in ("read", "write", "delete")
				if frappe.has_permission(DOCTYPE, ptype, doc=message, user=user)
			}
			with self.subTest(user=user):
				self.assertEqual(found, expected)

	def test_done_by_whom_it_is_for(self):
		message = self.write(for_group=self.group.name)
		answer = self.as_user(self.member, set_done, message.name)
		self.assertEqual((answer["state"], answer["done_by"]), ("Done", self.member))
		first = frappe.db.get_value(DOCTYPE, message.name, "done_on")
		self.as_user(self.addressee, set_done, message.name)
		self.assertEqual(
			frappe.db.get_value(DOCTYPE, message.name, ["done_by", "done_on"]), (self.member, first)
		)
		answer = self.as_user(self.changer, set_done, message.name, False)
		self.assertEqual((answer["state"], answer["done_by"], answer["done_on"]), ("New", None, None))

	def test_not_done_by_others(self):
		message = self.write()
		for user in (self.agent, self.member, self.deleter):
			with self.subTest(user=user), self.assertRaises(NotForYouError):
				self.as_user(user, set_done, message.name)
		for user in (user_with(), user_with("Shop Staff"), "Guest"):
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.as_user(user, set_done, message.name)
		with self.assertRaises(frappe.DoesNotExistError):
			self.as_user(self.agent, set_done, "no-such-message")

	def test_what_happened_is_not_typed(self):
		message = self.write(state="Done", done_by=self.addressee, received_by=self.addressee)
		self.assertEqual((message.state, message.done_by, message.received_by), ("New", None, self.agent))
		frappe.set_user(self.changer)
		doc = frappe.get_doc(DOCTYPE, message.name)
		doc.update({"state": "Done", "received_by": self.changer, "message": "Wants two"})
		doc.save()
		self.assertEqual((doc.state, doc.received_by, doc.message), ("New", self.agent, "Wants two"))

	def test_the_reminder_on_opening_the_desk(self):
		for name in frappe.get_all(DOCTYPE, pluck="name"):
			frappe.db.set_value(DOCTYPE, name, "state", "Done")
		mine = self.write()
		grouped = self.write(for_user=None, for_group=self.group.name, urgent=1)
		done = self.write()
		self.as_user(self.addressee, set_done, done.name)
		names = {row["route"][2] for row in messages_waiting(self.addressee, 0)["rows"]}
		self.assertIn(mine.name, names)
		self.assertFalse({grouped.name, done.name} & names)
		(row,) = messages_waiting(self.member, 0)["rows"]
		self.assertEqual((row["route"][2], row["late"]), (grouped.name, True))
		self.assertIsNone(messages_waiting(user_with("Shop Staff"), 0))

	def test_the_pop_up_shows_what_the_caller_has_said(self):
		customer = make_customer(phone=unique_phone())
		message = self.write(customer=customer.name)
		frappe.set_user(self.agent)
		section = call_sections.messages(frappe._dict(customer=customer.name))
		self.assertEqual([row["name"] for row in section["rows"]], [message.name])
		frappe.set_user(user_with("Shop Staff"))
		self.assertIsNone(call_sections.messages(frappe._dict(customer=customer.name)))

	def test_a_maker_for_the_matrix(self):
		self.assertEqual(make_caller_message().state, "New")
