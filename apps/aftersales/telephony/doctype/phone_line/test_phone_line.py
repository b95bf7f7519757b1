import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.doctype.phone_line.phone_line import AgentWithoutAccessError, DuplicateLineError
from aftersales.testing.factories import make_bridge, make_phone_line, make_user


class TestPhoneLine(FrappeTestCase):
	def test_a_line_of_a_device_is_one_record(self):
		line = make_phone_line(source_line="3")
		with self.assertRaises(DuplicateLineError):
			make_phone_line(bridge=line.bridge, source_line=" 3 ")
		other = make_phone_line(source_line="3")
		other.bridge = line.bridge
		with self.assertRaises(DuplicateLineError):
			other.save()

	def test_agents_once_and_only_who_may_see_calls(self):
		agent, outsider = make_user("Service Agent").name, make_user("Knowledge Manager").name
		line = make_phone_line(agent, agent)
		self.assertEqual([row.user for row in line.agents], [agent])
		line.append("agents", {"user": outsider})
		with self.assertRaises(AgentWithoutAccessError):
			line.save()

	def test_place(self):
		line = make_phone_line(area_code="04 11", country_code="cn")
		self.assertEqual((line.area_code, line.country_code), ("0411", "CN"))
		for fields in ({"area_code": "city"}, {"country_code": "ZZ"}):
			with self.subTest(fields=fields), self.assertRaises(frappe.ValidationError):
				make_phone_line(**fields)

	def test_who_may_set_lines_up(self):
		agent, manager = make_user("Service Agent").name, make_user("Service Manager").name
		admin = make_user("Aftersales Administrator").name
		for user, may_write, may_delete in (
			(agent, False, False),
			(manager, True, True),
			(admin, True, False),
		):
			with self.subTest(user=user):
				self.assertEqual(bool(frappe.has_permission("Phone Line", "write", user=user)), may_write)
				self.assertEqual(bool(frappe.has_permission("Phone Line", "delete", user=user)), may_delete)
				self.assertTrue(frappe.has_permission("Phone Line", "read", user=user))
		self.assertFalse(frappe.has_permission("Phone Line", "read", user=make_bridge().user))
