import frappe
from frappe.utils import add_days, today

from aftersales.service_network import points, rewards
from aftersales.service_network.report.customers_not_seen_for_long import customers_not_seen_for_long
from aftersales.service_network.report.points_and_gifts import points_and_gifts
from aftersales.service_network.report.staff_contact_counts import staff_contact_counts
from aftersales.service_network.report.top_spenders import top_spenders
from aftersales.service_network.test_points import PointsCase, acting_as
from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.points import make_care_contact, make_reward, make_vip_event
from aftersales.testing.sales import make_sale_collection, make_submitted_sale
from aftersales.utils.report import PeriodError


def period() -> dict[str, str]:
	"""The last month as filters; a day read when the file is imported would be another one after midnight."""
	return {"from_date": add_days(today(), -30), "to_date": today()}


class TestPointsReports(PointsCase):
	def test_points_and_gifts(self):
		self.give(500)
		self.give(50, "Referral")
		reward = make_reward(points=100).name
		rewards.redeem(self.customer, reward, 2)
		self.give(-20, "Expired")
		points.post(factories.make_customer().name, 10, "Earned")
		_columns, rows, _message, chart, figures = points_and_gifts.execute({**period(), "reward": reward})
		(row,) = rows
		self.assertEqual(
			(row.customer, row.earned, row.redeemed, row.expired, row.other, row.balance, row.gifts),
			(self.customer, 550, 200, 20, 0, 330, 2),
		)
		self.assertEqual((chart["data"]["datasets"][0]["values"], figures[2]["value"]), ([200], 2))
		with self.assertQueryCount(3):
			points_and_gifts.execute({**period(), "customer": self.customer})
		self.assertRaises(PeriodError, points_and_gifts.execute, {})
		with acting_as("Service Technician"):
			self.assertRaises(frappe.PermissionError, points_and_gifts.execute, period())

	def test_staff_contact_counts(self):
		user = factories.user_with("Shop Staff")
		for day in (today(), add_days(today(), -31)):
			follow_up = factories.make_follow_up()
			frappe.db.set_value("Follow-up", follow_up.name, {"followed_up_by": user, "followed_up_on": day})
		make_care_contact(user=user)
		make_vip_event(organiser=user, guests=[{"customer": self.customer, "attended": 1}])
		factories.make_service_call(direction="Outbound", agent=user, started_at=frappe.utils.now())
		factories.make_service_call(direction="Inbound", agent=user, started_at=frappe.utils.now())
		_columns, rows, _message, chart = staff_contact_counts.execute({**period(), "employee": user})
		(row,) = rows
		self.assertEqual(
			(row.follow_ups, row.calls, row.messages, row.care, row.guests, row.total), (1, 1, 0, 1, 1, 4)
		)
		self.assertEqual(len(chart["data"]["datasets"]), 5)
		with self.assertQueryCount(7):
			staff_contact_counts.execute({**period(), "employee": user})

	def test_top_spenders(self):
		outlet, level = make_service_outlet().name, factories.make_vip_level().name
		second = factories.make_customer(vip_level=level).name
		frappe.db.set_value("Service Customer", self.customer, "vip_level", level)
		for customer, amount, place in (
			(self.customer, 700, outlet),
			(second, 900, None),
			(second, 50, outlet),
		):
			sale = make_submitted_sale({"rate": amount}, customer=customer, outlet=place)
			make_sale_collection(sale_record=sale.name, amount=amount)
		filters = {**period(), "vip_level": level}
		rows = top_spenders.execute(filters)[1]
		self.assertEqual(
			[(row.place, row.customer, row.spent) for row in rows],
			[(1, second, 950), (2, self.customer, 700)],
		)
		self.assertEqual(len(top_spenders.execute({**filters, "top": 1})[1]), 1)
		# People of an outlet see what was paid there.
		frappe.set_user(staff_of(outlet, "Shop Manager"))
		rows = top_spenders.execute(filters)[1]
		self.assertEqual([(row.customer, row.spent) for row in rows], [(self.customer, 700), (second, 50)])

	def test_customers_not_seen_for_long(self):
		group = factories.make_customer_group().name
		old = add_days(today(), -300)
		away, seen = (
			factories.make_customer(customer_group=group, customer_since=old).name for _n in range(2)
		)
		frappe.db.set_value("Service Customer", {"customer_group": group}, "creation", old)
		make_submitted_sale(customer=seen)
		_columns, rows, message = customers_not_seen_for_long.execute({"days": 180, "customer_group": group})
		self.assertEqual([(row.customer, row.days) for row in rows], [(away, 300)])
		self.assertIn("180", message)
		self.assertFalse(customers_not_seen_for_long.execute({"days": 301, "customer_group": group})[1])
		with acting_as("Aftersales Bridge"):
			self.assertRaises(frappe.PermissionError, customers_not_seen_for_long.execute, {})
