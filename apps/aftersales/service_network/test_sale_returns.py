"""Single lines of sales that come back (S7.16)."""

import frappe
from frappe.utils import add_days, getdate, today

from aftersales.aftersales.customer_figures import Figures
from aftersales.aftersales.figures import compute, marks
from aftersales.aftersales.figures.measures import BY_NAME
from aftersales.field_service import devices
from aftersales.service_network import points, sale_returns, sales
from aftersales.service_network.points_earning import referral_key
from aftersales.service_network.report.arrears_list import arrears_list
from aftersales.service_network.report.purchase_statistics import purchase_statistics
from aftersales.service_network.test_points import PointsCase
from aftersales.service_network.test_sales import SalesCase
from aftersales.testing import factories
from aftersales.testing.devices import unique_serial
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.points import make_points_rule
from aftersales.testing.sales import make_sale_collection, make_sale_record, make_submitted_sale
from aftersales.utils.report_query import run


def give_back(sale, *pieces: tuple, reason: str = "Too loud", **values) -> dict:
	"""Return pieces of lines: number of the line, and quantity or serial numbers."""
	rows = frappe.get_all("Sale Record Item", {"parent": sale.name}, pluck="name", order_by="idx asc")
	items = [
		{"item": rows[line], ("qty" if isinstance(what, int | float) else "serial_nos"): what}
		for line, what in pieces
	]
	return sale_returns.return_items(sale.name, items, reason, **values)


class TestReturnItems(SalesCase):
	def test_part_of_a_line(self):
		sale = make_submitted_sale(
			{"qty": 3, "rate": 100, "discount": 0.5}, {"product_name": "Hose", "rate": 20}
		)
		figures = give_back(sale, (0, 1))
		self.assertEqual(figures, {"amount": 99.83, "refund": 0, "outstanding": 219.67})
		self.assertEqual(self.money(sale), (0, 219.67, "Unpaid"))
		sale.reload()
		self.assertEqual((sale.total, sale.returned_amount, sale.total_qty), (219.67, 99.83, 3))
		line = sale.items[0]
		self.assertEqual((line.qty, line.amount), (3, 299.5), "what was sold stays on record")
		self.assertEqual((line.returned_qty, line.returned_amount), (1, 99.83))
		back = sale.returns[0]
		self.assertEqual(
			(back.product_name, back.qty, back.amount, back.returned_on, back.reason),
			("Pump", 1, 99.83, getdate(today()), "Too loud"),
		)

	def test_the_parts_add_up_to_the_line(self):
		sale = make_submitted_sale({"qty": 3, "rate": 10, "discount": 0.01}, {"rate": 1})
		amounts = [give_back(sale, (0, 1))["amount"] for _number in range(3)]
		self.assertEqual(amounts, [10, 9.99, 10])
		sale.reload()
		self.assertEqual((sale.total, sale.returned_amount), (1, 29.99))

	def test_what_was_collected_above_the_total_is_refunded(self):
		sale = make_submitted_sale({"qty": 2, "rate": 300}, {"rate": 400})
		make_sale_collection(sale_record=sale.name, amount=500)
		last = make_sale_collection(sale_record=sale.name, amount=200, mode="Card")
		self.assertEqual(give_back(sale, (0, 1))["refund"], 0)
		self.assertEqual(self.money(sale), (700, 0, "Collected"))
		figures = give_back(sale, (0, 1))
		self.assertEqual(figures, {"amount": 300, "refund": 300, "outstanding": 0})
		self.assertEqual(self.money(sale), (400, 0, "Collected"))
		entries = frappe.get_all(
			"Sale Collection",
			{"sale_record": sale.name, "amount": ("<", 0)},
			["amount", "mode", "reversal_of", "outstanding_after"],
			order_by="amount asc",
		)
		self.assertEqual(
			[(entry.amount, entry.mode, entry.outstanding_after) for entry in entries],
			[(-200, "Card", -100), (-100, "Cash", 0)],
		)
		self.assertEqual(entries[0].reversal_of, last.name)

	def test_what_was_refunded_in_part_is_reversed_for_the_rest(self):
		sale = make_submitted_sale({"rate": 300}, {"rate": 700})
		paid = make_sale_collection(sale_record=sale.name, amount=1000)
		give_back(sale, (0, 1))
		name = sales.reverse("Sale Collection", paid.name, "Card was refused")
		self.assertEqual(frappe.db.get_value("Sale Collection", name, "amount"), -700)
		self.assertEqual(self.money(sale), (0, 700, "Unpaid"))
		self.assertRaises(sales.CollectionError, sales.reverse, "Sale Collection", paid.name, "Again")

	def test_the_rest_taken_back_as_a_whole(self):
		sale = make_submitted_sale({"rate": 300}, {"rate": 700})
		make_sale_collection(sale_record=sale.name, amount=1000)
		give_back(sale, (0, 1))
		sales.take_back(sale.name, "Too loud")
		self.assertEqual(self.money(sale), (0, 0, "Returned"))
		amounts = frappe.get_all("Sale Collection", {"sale_record": sale.name}, pluck="amount")
		self.assertEqual(sorted(amounts), [-700, -300, 1000])

	def test_nothing_left_is_the_whole_sale(self):
		sale = make_submitted_sale({"qty": 2, "rate": 300}, {"rate": 400}, follow_up_after_days=3)
		make_sale_collection(sale_record=sale.name, amount=600)
		give_back(sale, (0, 1))
		figures = give_back(sale, (0, 1), (1, 1))
		self.assertEqual(figures, {"amount": 700, "refund": 600, "outstanding": 0})
		self.assertEqual(self.money(sale), (0, 0, "Returned"))
		self.assertEqual(frappe.db.get_value("Follow-up", sale.follow_up, "stage"), "Cancelled")
		self.assertRaises(sales.ReturnError, give_back, sale, (0, 1))

	def test_a_device_comes_back(self):
		product, first, second = factories.make_product().name, unique_serial(), unique_serial()
		sale = make_submitted_sale(
			{"product": product, "qty": 2, "serial_nos": f"{first}\n{second}"},
			maintenance_every_months=6,
			follow_up_after_days=3,
		)
		kept, gone = (devices.find(product, serial) for serial in (first, second))
		give_back(sale, (0, second.lower()))
		device = frappe.get_doc("Customer Device", gone)
		self.assertEqual((device.stage, device.customer, device.sale_record), ("Stored", None, None))
		self.assertEqual(frappe.db.get_value("Maintenance Plan", {"device": gone}, "enabled"), 0)
		other = frappe.get_doc("Customer Device", kept)
		self.assertEqual(
			(other.stage, other.customer, other.sale_record), ("Active", sale.customer, sale.name)
		)
		self.assertEqual(frappe.db.get_value("Maintenance Plan", {"device": kept}, "enabled"), 1)
		self.assertNotEqual(frappe.db.get_value("Follow-up", sale.follow_up, "stage"), "Cancelled")
		sale.reload()
		self.assertEqual(sale.returns[0].serial_nos, second)
		self.assertEqual(sale_returns.serials_left(sale, sale.items[0]), [first])
		# ... once; it was sold to somebody else, whose it stays.
		again = make_submitted_sale({"product": product, "serial_nos": second})
		self.assertRaises(sales.ReturnError, give_back, sale, (0, second))
		sales.take_back(sale.name, "Too loud")
		device.reload()
		self.assertEqual((device.customer, device.stage), (again.customer, "Active"))

	def test_a_unit_that_was_exchanged_only_forgets_the_sale(self):
		product, serial = factories.make_product().name, unique_serial()
		sale = make_submitted_sale({"product": product, "serial_nos": serial}, {"rate": 5})
		device = frappe.get_doc("Customer Device", devices.find(product, serial))
		devices.set_stage(device, "Replaced")
		devices.save_by_rule(device)
		give_back(sale, (0, [serial]))
		device.reload()
		self.assertEqual(
			(device.stage, device.customer, device.sale_record), ("Replaced", sale.customer, None)
		)

	def test_refused(self):
		product, serial = factories.make_product().name, unique_serial()
		sale = make_submitted_sale(
			{"qty": 2.5},
			{"product": product, "serial_nos": serial},
			sale_date=add_days(today(), -3),
		)
		for pieces in (
			[],
			[(0, 0)],
			[(0, -1)],
			[(0, 2.6)],
			[(0, float("nan"))],
			[(0, 1), (0, 1)],
			[(1, 1)],
			[(1, "")],
			[(1, unique_serial())],
			[(1, [serial, unique_serial()])],
		):
			with self.subTest(pieces=pieces), self.assertRaises(sales.ReturnError):
				give_back(sale, *pieces)
		for values in (
			{"reason": " "},
			{"returned_on": add_days(today(), -4)},
			{"returned_on": add_days(today(), 1)},
		):
			with self.subTest(values=values), self.assertRaises(sales.ReturnError):
				give_back(sale, (0, 1), **values)
		for items in ("[", "{}", "[1]", [{"item": "another", "qty": 1}], [{"qty": 1}]):
			with self.subTest(items=items), self.assertRaises(sales.ReturnError):
				sale_returns.return_items(sale.name, items, "Too loud")
		self.assertEqual(self.money(sale), (0, 3500, "Unpaid"))
		give_back(sale, (0, 2))
		self.assertRaises(sales.ReturnError, give_back, sale, (0, 0.6))
		self.assertRaises(sales.ReturnError, frappe.get_doc("Sale Record", sale.name).cancel)

	def test_only_submitted_sales(self):
		draft, cancelled = make_sale_record({"qty": 2}), make_submitted_sale({"qty": 2})
		cancelled.cancel()
		for sale in (draft, cancelled):
			self.assertRaises(sales.ReturnError, give_back, sale, (0, 1))

	def test_what_is_shown_before_changes_nothing(self):
		sale = make_submitted_sale({"qty": 4, "rate": 100})
		make_sale_collection(sale_record=sale.name, amount=350)
		items = frappe.as_json([{"item": sale.items[0].name, "qty": 1}])
		shown = sale_returns.what_returns(sale.name, items)
		self.assertEqual(shown, {"amount": 100, "refund": 50, "outstanding": 0})
		self.assertEqual(self.money(sale), (350, 50, "Partly Collected"))
		self.assertEqual(sale_returns.return_items(sale.name, items, "Too loud"), shown)

	def test_what_is_not_typed(self):
		sale = make_sale_record({"qty": 2, "returned_qty": 1, "returned_amount": 500}, returned_amount=7)
		self.assertEqual((sale.total, sale.returned_amount, sale.items[0].returned_qty), (2000, 0, 0))
		sale.append("returns", {"qty": 1, "amount": 1000})
		sale.submit()
		self.assertEqual((sale.returns, sale.outstanding), ([], 2000))
		sale.items[0].returned_qty = 1
		self.assertRaises(frappe.UpdateAfterSubmitError, sale.save)
		sale.reload()
		sale.append("returns", {"qty": 1, "amount": 1000})
		self.assertRaises(frappe.UpdateAfterSubmitError, sale.save)

	def test_who_may_not(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		sale = make_submitted_sale({"qty": 2}, outlet=other)
		strangers = (
			"Guest",
			factories.user_with("Knowledge Manager"),
			factories.user_with("Shop Staff"),
			staff_of(mine, "Outlet Staff"),
		)
		items = [{"item": sale.items[0].name, "qty": 1}]
		for user in strangers:
			frappe.set_user(user)
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				sale_returns.return_items(sale.name, items, "Too loud")
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				sale_returns.what_returns(sale.name, items)
		frappe.set_user(factories.user_with("Sales Office"))
		self.assertEqual(sale_returns.return_items(sale.name, items, "Too loud")["outstanding"], 1000)

	def test_cost_in_statements(self):
		make_points_rule()
		sale = make_submitted_sale({"qty": 3, "rate": 100})
		make_sale_collection(sale_record=sale.name, amount=300)
		give_back(sale, (0, 1))
		with self.assertQueryCount(110):
			give_back(sale, (0, 1))


class TestFigures(SalesCase):
	def test_reports(self):
		outlet = make_service_outlet().name
		pump = factories.make_product().name
		day = {"sale_date": "2021-03-02", "outlet": outlet}
		sale = make_submitted_sale({"product": pump, "qty": 3, "rate": 100}, {"rate": 50}, **day)
		make_sale_collection(sale_record=sale.name, amount=120)
		give_back(sale, (0, 2))
		filters = {"from_date": "2021-03-01", "to_date": "2021-03-31", "outlet": outlet}
		rows = purchase_statistics.execute(frappe._dict(filters, group_by="outlet"))[1]
		self.assertEqual(
			[(row.pieces, row.amount, row.received, row.outstanding) for row in rows], [(2, 150, 120, 30)]
		)
		rows = purchase_statistics.execute(frappe._dict(filters, group_by="product"))[1]
		self.assertEqual(
			[(row.value, row.pieces, row.amount) for row in rows], [(pump, 1, 100), (None, 1, 50)]
		)
		rows = arrears_list.execute(frappe._dict(filters))[1]
		self.assertEqual([(row.total, row.received, row.outstanding) for row in rows], [(150, 120, 30)])

		figures = Figures(("sales_total", "sales_received", "sales_outstanding", "sales"))
		query = figures.of_customers().where(figures.customers.name == sale.customer)
		self.assertEqual([tuple(row.values())[-4:] for row in run(query)], [(150, 120, 30, 1)])

	def test_prints(self):
		sale = make_submitted_sale({"qty": 3, "rate": 100})
		give_back(sale, (0, 2))
		for print_format in ("Sales Slip", "Sales Slip 80 mm", "Sales Slip 241 x 140 mm"):
			with self.subTest(print_format=print_format):
				text = frappe.utils.strip_html(frappe.get_print("Sale Record", sale.name, print_format))
				self.assertIn("Returned Amount", text)

	def test_daily_figures(self):
		outlet, day = make_service_outlet().name, getdate("2021-03-02")
		sale, whole = (
			make_submitted_sale({"qty": 3, "rate": 100}, sale_date=day, outlet=outlet) for _ in "12"
		)
		for change in (lambda: give_back(sale, (0, 2)), lambda: sales.take_back(whole.name, "Too loud")):
			getattr(frappe.local, marks.WAITING).clear()
			change()
			self.assertIn(("Sale Records", day), getattr(frappe.local, marks.WAITING))
		counted = compute.count(BY_NAME["Sale Records"], [day])
		found = [row[4:] for row in counted if row[1] == outlet and not row[2]]
		self.assertEqual(found, [(1, 100)])


class TestPointsOfReturns(PointsCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("Points Rule", {"enabled": 1}, "enabled", 0)

	def sell(self, *items, **fields):
		return make_submitted_sale(*items, customer=self.customer, **fields)

	def assert_a_third_goes_with_each_piece(self, sale):
		left = []
		for _number in range(3):
			give_back(sale, (0, 1))
			left.append(points.balance(self.customer))
		self.assertEqual(left, [10, 5, 0])
		self.assert_sums()

	def test_in_proportion_and_all_in_the_end(self):
		make_points_rule(points_per_unit=0.1)
		sale = self.sell({"qty": 3, "rate": 50})
		self.assertEqual(points.balance(self.customer), 15)
		self.assert_a_third_goes_with_each_piece(sale)

	def test_odd_parts_leave_nothing(self):
		make_points_rule(points_per_unit=0.1)
		sale = self.sell({"qty": 7, "rate": 10})
		for _number in range(3):
			give_back(sale, (0, 2))
		sales.take_back(sale.name, "Too loud")
		self.assertEqual(points.balance(self.customer), 0)
		self.assert_sums()

	def test_only_the_rule_of_the_line(self):
		category = factories.make_product_category()
		product = factories.make_product(product_category=category.name).name
		make_points_rule(points_per_unit=1, product_category=category.name)
		make_points_rule(points_per_unit=2)
		sale = self.sell({"product": product, "rate": 100}, {"rate": 10})
		self.assertEqual(points.balance(self.customer), 120)
		give_back(sale, (1, 1))
		self.assertEqual(points.balance(self.customer), 100)

	def test_of_what_was_collected(self):
		make_points_rule(base="Collected Amount", points_per_unit=0.1)
		sale = self.sell({"qty": 3, "rate": 50})
		make_sale_collection(sale_record=sale.name, amount=150)
		self.assertEqual(points.balance(self.customer), 15)
		self.assert_a_third_goes_with_each_piece(sale)

	def test_thanks_stay_while_something_is_left(self):
		make_points_rule(base="Referral", points_each=50)
		friend = factories.make_customer().name
		sale = self.sell({"qty": 2}, referred_by=friend)
		give_back(sale, (0, 1))
		self.assertEqual(points.balance(friend), 50)
		self.assertIsNone(referral_key(self.customer))
		give_back(sale, (0, 1))
		self.assertEqual(points.balance(friend), 0)
