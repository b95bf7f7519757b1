import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony import ingest
from aftersales.telephony.doctype.service_call.service_call import MachineFieldError
from aftersales.testing.factories import (
	make_call_event,
	make_customer,
	make_phone_line,
	make_user,
	unique_phone,
)


class TestServiceCall(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent, cls.manager = make_user("Service Agent").name, make_user("Service Manager").name
		cls.line = make_phone_line(cls.agent)

	def setUp(self):
		event = make_call_event("caller_id", number_raw=unique_phone())
		ingest.store_batch(self.line.bridge, [event], None)
		self.call = frappe.get_doc("Service Call", event["call_uuid"])

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_what_the_telephone_reported_is_not_changed_by_hand(self):
		frappe.set_user(self.agent)
		for field, value in {
			"state": "Answered",
			"started_at": "2020-01-01 00:00:00",
			"duration": 99,
			"number_raw": "110",
			"number_key": "short:110",
			"direction": "Outbound",
			"phone_line": None,
			"agent": self.agent,
			"match_level": "Sure",
			"live": 0,
			"revision": 50,
		}.items():
			call = frappe.get_doc("Service Call", self.call.name)
			call.set(field, value)
			with self.subTest(field=field), self.assertRaises(MachineFieldError):
				call.save()

	def test_texts_from_a_browser_count_as_unchanged(self):
		frappe.set_user(self.agent)
		call = frappe.get_doc(frappe.parse_json(frappe.as_json(self.call.as_dict())))
		call.update({"note": "will call back", "live": "1", "started_at": str(self.call.started_at)})
		call.save()
		self.assertEqual(frappe.db.get_value("Service Call", call.name, "note"), "will call back")

	def test_an_agent_says_who_called(self):
		customer = make_customer()
		frappe.set_user(self.agent)
		call = frappe.get_doc("Service Call", self.call.name)
		call.customer = customer.name
		call.save()
		self.assertEqual(
			(call.match_level, call.caller, call.party), ("Sure", customer.customer_name, customer.name)
		)
		call.customer = None
		call.save()
		self.assertEqual((call.match_level, call.caller), ("None", call.number_display))

	def test_who_may_do_what(self):
		outsider, knowledge = make_user().name, make_user("Knowledge Manager").name
		rights = {
			self.agent: {"read", "write"},
			self.manager: {"read", "write", "delete", "export"},
			outsider: set(),
			knowledge: set(),
			frappe.db.get_value("Caller ID Bridge", self.line.bridge, "user"): set(),
		}
		for user, expected in rights.items():
			found = {
				ptype
				for ptype in ("read", "write", "create", "delete", "export")
				if frappe.has_permission("Service Call", ptype, doc=self.call, user=user)
			}
			with self.subTest(user=user):
				self.assertEqual(found, expected)

	def test_calls_and_events_are_not_made_by_hand(self):
		for user in (self.agent, self.manager):
			frappe.set_user(user)
			for doctype, fields in (
				("Service Call", {"call_uuid": "by-hand"}),
				("Call Event", {"name": "by-hand"}),
			):
				with self.subTest(user=user, doctype=doctype), self.assertRaises(frappe.PermissionError):
					frappe.get_doc(doctype=doctype, **fields).insert()

	def test_lists_use_an_index(self):
		for query in (
			"select name from `tabService Call` where customer = 'x' order by started_at desc limit 20",
			"select name from `tabService Call` where number_key = 'x' order by started_at desc limit 20",
			"select name from `tabService Call` where phone_line = 'x' order by started_at desc limit 20",
			"select name from `tabService Call` where state = 'Ringing' and started_at > '2030-01-01'",
			"select name from `tabCall Event` where service_call = 'x'",
		):
			with self.subTest(query=query):
				(plan,) = frappe.db.sql(f"explain {query}", as_dict=True)
				self.assertTrue(plan.key or "impossible" in (plan.Extra or "").lower(), plan)
