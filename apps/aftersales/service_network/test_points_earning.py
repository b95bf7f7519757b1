import frappe
from frappe.utils import add_days, add_months, getdate, today

from aftersales.service_network import points, sales
from aftersales.service_network.doctype.points_rule.points_rule import PointsRuleError
from aftersales.service_network.points_earning import points_of
from aftersales.service_network.test_points import PointsCase
from aftersales.testing import factories
from aftersales.testing.points import make_points_rule
from aftersales.testing.sales import (
	make_sale_collection,
	make_service_payment,
	make_service_receivable,
	make_submitted_sale,
)


class TestEarning(PointsCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("Points Rule", {"enabled": 1}, "enabled", 0)

	def sell(self, *items, **fields):
		return make_submitted_sale(*items, customer=self.customer, **fields)

	def entry(self, **filters):
		return frappe.get_last_doc(points.ENTRY, {"customer": self.customer, **filters})

	def test_what_is_bought_gives_points_until_it_is_returned(self):
		rule = make_points_rule(points_per_unit=0.1, expiry_months=6)
		sale = self.sell({"rate": 199}, {"rate": 100, "discount": 0.5})
		self.assertEqual(points.balance(self.customer), 29)
		entry = self.entry()
		self.assertEqual(
			(entry.kind, entry.rule, entry.reference_name, getdate(entry.expires_on)),
			("Earned", rule.name, sale.name, getdate(add_months(sale.sale_date, 6))),
		)
		sales.take_back(sale.name, "Does not fit")
		self.assertEqual(points.balance(self.customer), 0)
		self.assert_sums()

	def test_a_cancelled_sale_takes_its_points_along_and_what_is_spent_is_owed(self):
		make_points_rule()
		sale = self.sell({"rate": 100})
		self.give(-80, "Redeemed")
		sale.cancel()
		self.assertEqual(self.figures()[:2], (0, 80))
		self.assert_sums()

	def test_the_rule_of_the_nearest_category_holds(self):
		above = factories.make_product_category(is_group=1)
		below = factories.make_product_category(parent_product_category=above.name)
		product = factories.make_product(product_category=below.name).name
		other = factories.make_product(product_category=factories.make_product_category().name).name
		make_points_rule(points_per_unit=1)
		make_points_rule(points_per_unit=2, product_category=above.name)
		self.sell({"rate": 10, "product": product}, {"rate": 100, "product": other}, {"rate": 1000})
		self.assertEqual(points.balance(self.customer), 20 + 100 + 1000)
		make_points_rule(points_per_unit=3, product_category=below.name)
		self.sell({"rate": 10, "product": product})
		self.assertEqual(points.balance(self.customer), 1120 + 30)

	def test_of_two_rules_the_more_generous_holds_in_its_time_only(self):
		make_points_rule(points_per_unit=1)
		make_points_rule(points_per_unit=2, valid_from=today(), valid_until=today())
		make_points_rule(points_per_unit=9, valid_from=add_days(today(), 1))
		make_points_rule(points_per_unit=9, enabled=0)
		self.sell({"rate": 10})
		self.assertEqual(points.balance(self.customer), 20)
		self.sell({"rate": 10}, sale_date=add_days(today(), -1))
		self.assertEqual(points.balance(self.customer), 30)

	def test_what_is_paid_gives_points_and_what_is_paid_back_takes_them(self):
		make_points_rule(base="Collected Amount", points_per_unit=0.5)
		sale = self.sell({"rate": 101})
		self.assertEqual(points.balance(self.customer), 0)
		paid = make_sale_collection(sale_record=sale.name, amount=101)
		self.assertEqual(points.balance(self.customer), 50)
		make_sale_collection(sale_record=sale.name, amount=-101, reversal_of=paid.name)
		self.assertEqual(points.balance(self.customer), 0)
		self.assert_sums()

	def test_paid_service_gives_points(self):
		make_points_rule(base="Paid Service Amount", points_per_unit=1, rounding="Up")
		owed = make_service_receivable(100, customer=self.customer)
		make_service_payment(receivable=owed.name, amount=30.2)
		self.assertEqual(points.balance(self.customer), 31)
		# a customer without a record has no account
		make_service_payment(amount=30)

	def test_a_cancelled_sale_does_not_use_up_the_thanks(self):
		make_points_rule(base="Referral", points_each=50)
		friend = factories.make_customer().name
		for number in range(3):
			sale = self.sell(referred_by=friend)
			self.assertEqual(points.balance(friend), 50)
			self.sell(referred_by=friend)
			self.assertEqual(points.balance(friend), 50, "one customer was brought")
			if number < 2:
				sale.cancel()
				self.assertEqual(points.balance(friend), 0)

	def test_who_brings_a_customer_gets_points_once(self):
		make_points_rule(base="Referral", points_each=200)
		new = factories.make_customer(referred_by=self.customer).name
		first = make_submitted_sale(customer=new)
		make_submitted_sale(customer=new)
		self.assertEqual((points.balance(self.customer), points.balance(new)), (200, 0))
		first.cancel()
		self.assertEqual(points.balance(self.customer), 0)

	def test_rounding_has_no_noise(self):
		rule = {"points_per_unit": 0.1, "rounding": "Down", "minimum_amount": 0}
		for amount, rounding, expected in (
			(30, "Down", 3),
			(39.99, "Down", 3),
			(35, "Nearest", 4),
			(34.9, "Nearest", 3),
			(30, "Up", 3),
			(30.01, "Up", 4),
			(-30, "Down", 0),
			(0, "Up", 0),
		):
			self.assertEqual(points_of({**rule, "rounding": rounding}, amount), expected, (amount, rounding))
		self.assertEqual(points_of({**rule, "minimum_amount": 50}, 49.99), 0)
		self.assertEqual(points_of({**rule, "minimum_amount": 50}, 50), 5)

	def test_rules_that_give_nothing_are_refused(self):
		for wrong in (
			{"points_per_unit": 0},
			{"base": "Referral"},
			{"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
		):
			self.assertRaises(PointsRuleError, make_points_rule, **wrong)
		rule = make_points_rule(base="Referral", points_each=5, points_per_unit=3)
		self.assertEqual((rule.points_per_unit, rule.product_category), (0, None))
