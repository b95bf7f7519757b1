import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales.doctype.system_notice.system_notice import NoticePeriodError
from aftersales.aftersales.work import notices
from aftersales.testing import factories


class TestSystemNotice(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def shown(self):
		return [row["name"] for row in notices.get_notices()]

	def test_what_is_shown(self):
		now = now_datetime()
		current = factories.make_system_notice().name
		coming = factories.make_system_notice(show_from=add_to_date(now, hours=2)).name
		over = factories.make_system_notice(show_until=add_to_date(now, minutes=-1)).name
		disabled = factories.make_system_notice(disabled=1).name
		frappe.set_user(factories.user_with("Shop Staff"))
		shown = self.shown()
		self.assertIn(current, shown)
		self.assertIn(coming, shown)
		self.assertNotIn(over, shown)
		self.assertNotIn(disabled, shown)
		rows = {row["name"]: row for row in notices.get_notices()}
		self.assertLess(rows[current]["seconds_to_start"], 0)
		self.assertAlmostEqual(rows[coming]["seconds_to_start"], 7200, delta=60)

	def test_a_desk_gets_them_when_it_opens(self):
		name = factories.make_system_notice().name
		self.assertIn("aftersales.aftersales.work.notices.add_to_boot", frappe.get_hooks("extend_bootinfo"))
		frappe.set_user(factories.user_with("Service Agent"))
		boot = frappe._dict()
		notices.add_to_boot(bootinfo=boot)
		self.assertIn(name, [row["name"] for row in boot.aftersales_notices])

	def test_not_for_guests_and_customers(self):
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, notices.get_notices)
		customer = factories.user_with()
		frappe.set_user(customer)
		self.assertRaises(frappe.PermissionError, notices.get_notices)

	def test_a_notice_nobody_would_see(self):
		now = now_datetime()
		self.assertRaises(
			NoticePeriodError,
			factories.make_system_notice,
			show_from=now,
			show_until=add_to_date(now, hours=-1),
		)

	def test_only_administrators_and_managers_announce(self):
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(frappe.has_permission("System Notice", "create"))
		frappe.set_user(factories.user_with("Service Manager"))
		self.assertTrue(frappe.has_permission("System Notice", "create"))
