"""Numbers of message batches; their life is tested with the messages."""

import frappe
from frappe.model.naming import NamingSeries
from frappe.tests.utils import FrappeTestCase

from aftersales.patches import counters_of_their_own
from aftersales.testing.factories import make_message_batch
from aftersales.testing.field import make_slip_hint


class TestNumbers(FrappeTestCase):
	def test_no_counter_without_a_name(self):
		for make in (make_message_batch, make_slip_hint):
			before = frappe.db.get_value("Series", {"name": ""}, "current", order_by=None)
			first, second = make().name, make().name
			self.assertEqual(int(second[-5:]), int(first[-5:]) + 1)
			self.assertEqual(frappe.db.get_value("Series", {"name": ""}, "current", order_by=None), before)

	def test_numbers_of_older_versions_are_stepped_over(self):
		for doctype, make in (("Message Batch", make_message_batch), ("Slip Hint", make_slip_hint)):
			series = NamingSeries(counters_of_their_own.SERIES[doctype])
			high = f"{series.get_prefix()}{series.get_current_value() + 500:05d}"
			table = frappe.qb.DocType(doctype)
			frappe.qb.update(table).set(table.name, high).where(table.name == make().name).run()
			for _time in range(2):
				counters_of_their_own.execute()
			self.assertEqual(int(make().name[-5:]), int(high[-5:]) + 1)
			counters_of_their_own.execute()
			self.assertEqual(int(make().name[-5:]), int(high[-5:]) + 2)
