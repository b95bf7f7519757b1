import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.doctype.caller_id_bridge.caller_id_bridge import (
	BridgeUserRoleError,
	InvalidBridgeIDError,
)
from aftersales.testing.factories import make_bridge, make_user


class TestCallerIDBridge(FrappeTestCase):
	def test_the_account_needs_the_role(self):
		with self.assertRaises(BridgeUserRoleError):
			make_bridge(user=make_user("Service Agent").name)

	def test_ids_that_a_configuration_file_cannot_carry(self):
		user = make_user("Aftersales Bridge").name
		for bridge_id in ("front desk", "a/b", "大厅", "-x", "x" * 65, "a\nb"):
			with (
				self.subTest(bridge_id=bridge_id),
				self.assertRaises((InvalidBridgeIDError, frappe.CharacterLengthExceededError)),
			):
				make_bridge(bridge_id=bridge_id, user=user)

	def test_the_bridge_s_account_has_no_desk(self):
		user = make_bridge().user
		for doctype in (
			"Caller ID Bridge",
			"Service Call",
			"Call Event",
			"Service Customer",
			"Service Ticket",
		):
			for ptype in ("read", "write", "create", "delete"):
				with self.subTest(doctype=doctype, ptype=ptype):
					self.assertFalse(frappe.has_permission(doctype, ptype, user=user))
