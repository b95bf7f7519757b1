"""The sum of a settlement's lines is its total, to the last decimal, whatever precision the site's currency has."""

from decimal import Decimal
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.service_network import fees, settlements
from aftersales.service_network.settlement_lines import check_lines
from aftersales.utils import money

PRECISIONS = st.sampled_from((0, 2, 3))
AMOUNTS = st.floats(min_value=0.01, max_value=1_000_000, allow_nan=False)


def exactly(amount: float, precision: int) -> Decimal:
	return round(Decimal(repr(amount)), precision)


class TestRounding(FrappeTestCase):
	@settings(max_examples=60, deadline=None, database=None, derandomize=True)
	@given(PRECISIONS, st.lists(AMOUNTS, max_size=40), st.lists(AMOUNTS, max_size=5))
	def test_lines_and_deductions_add_up(self, precision, amounts, deductions):
		with patch.object(money, "precision", return_value=precision):
			doc = frappe.new_doc("Settlement")
			for amount in amounts:
				doc.append("lines", {"amount": amount, "accepted_amount": amount})
			for amount in deductions:
				doc.append("deductions", {"reason": "x", "amount": money.rounded(amount)})
			check_lines(doc)
			settlements.sum_up(doc)
		accepted = sum((exactly(row.accepted_amount, precision) for row in doc.lines), Decimal())
		deducted = sum((exactly(row.amount, precision) for row in doc.deductions), Decimal())
		self.assertEqual(exactly(doc.gross, precision), accepted)
		self.assertEqual(exactly(doc.total, precision), accepted - deducted)
		self.assertEqual(exactly(doc.outstanding, precision), accepted - deducted)

	@settings(max_examples=60, deadline=None, database=None, derandomize=True)
	@given(PRECISIONS, st.lists(st.tuples(AMOUNTS, st.floats(0, 1)), max_size=30))
	def test_fees_add_up_to_the_lines_of_the_order(self, precision, rows):
		lines = [
			frappe._dict(kind="Visit", charge_to="Agreement", amount=amount, customer_amount=amount * share)
			for amount, share in rows
		]
		order = frappe._dict(outlet="A", technician="T", parts=[], items=[], other_charges=lines)
		with patch.object(money, "precision", return_value=precision):
			due = fees.due(order)
			wanted = sum(
				(exactly(money.rounded(row.amount - row.customer_amount), precision) for row in lines),
				Decimal(),
			)
		self.assertEqual(sum((exactly(amount, precision) for amount in due.values()), Decimal()), wanted)
