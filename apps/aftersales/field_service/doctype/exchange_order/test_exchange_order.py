import frappe
from frappe.client import set_value
from frappe.desk.form.save import savedocs
from frappe.model.workflow import apply_workflow, get_workflow
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_days, today

from aftersales.field_service import exchange, steps
from aftersales.field_service.depreciation import SaleDateError
from aftersales.field_service.doctype.exchange_order.exchange_order import (
	ExchangeMergeError,
	SamePartiesError,
)
from aftersales.testing import factories
from aftersales.testing.devices import make_customer_device, unique_serial
from aftersales.testing.field import (
	make_customer_goods_receipt,
	make_depreciation_band,
	make_exchange_order,
	make_service_outlet,
	staff_of,
)
from aftersales.utils.audit_lock import AuditLockError
from aftersales.utils.child_rows import ChildRowError

DOCTYPE = "Exchange Order"
# Step, who takes it, with what
WAY = (
	("Submit for Signature", "Market Salesperson", {}),
	("Sign", "Regional Market Head", {}),
	("Confirm Check", "Sales Office", {"opinion": "Seal intact"}),
	("Instruct", "General Manager", {"opinion": "Exchange it"}),
	("Take into Custody", "Parts Keeper", {"custody_place": "Shelf 4"}),
	("Enter in Ledger", "Sales Office", {}),
)
STATES = (
	"Awaiting Regional Head",
	"Awaiting Office Check",
	"Awaiting Instruction",
	"Awaiting Goods",
	"In Custody",
	"Exchanged",
)


class ExchangeCase(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("exchange")
		self.addCleanup(frappe.db.rollback, save_point="exchange")
		self.addCleanup(frappe.set_user, "Administrator")
		self.category = factories.make_product_category().name
		self.product = factories.make_product(product_category=self.category, price=200).name
		make_depreciation_band(product_category=self.category, up_to_day=30, percent=5)

	def slip(self, **fields):
		frappe.set_user(factories.user_with("Market Salesperson"))
		return make_exchange_order(**{"product": self.product, **fields})

	def step(self, slip, action, role, **values):
		frappe.set_user(factories.user_with(role))
		return steps.act(DOCTYPE, slip.name, action, values)

	def at(self, state, **fields):
		"""Return a slip that is in a state, without the signatures on the way."""
		slip = self.slip(**fields)
		stage = next(row.update_value for row in get_workflow(DOCTYPE).states if row.state == state)
		slip.db_set({"status": state, "stage": stage})
		return frappe.get_doc(DOCTYPE, slip.name)

	def signed_up_to(self, state, **fields):
		"""Return a slip that has come to a state by its steps."""
		slip = self.slip(**fields)
		for (action, role, values), reached in zip(WAY, STATES, strict=True):
			self.step(slip, action, role, **values)
			if reached == state:
				break
		return frappe.get_doc(DOCTYPE, slip.name)


class TestSignatures(ExchangeCase):
	def test_from_the_slip_to_the_ledger(self):
		slip = self.signed_up_to("Exchanged")
		self.assertEqual(slip.status, "Exchanged")
		self.assertRegex(slip.ledger_no, r"^HH-\d\d-\d{5}$")
		decisions = [(row.decision, row.signed_by) for row in slip.signatures]
		expected = (
			"Submitted",
			"Signed",
			"Confirmed",
			"Instructed",
			"Taken into Custody",
			"Entered in Ledger",
		)
		self.assertEqual(
			decisions,
			[
				(decision, factories.user_with(role))
				for decision, (_action, role, _values) in zip(expected, WAY, strict=True)
			],
		)
		self.assertEqual(
			[row.opinion for row in slip.signatures if row.opinion], ["Seal intact", "Exchange it"]
		)
		self.assertEqual(slip.goods_received_by, factories.user_with("Parts Keeper"))
		self.assertEqual(slip.entered_by, factories.user_with("Sales Office"))
		self.assertFalse(slip.opinion)
		self.assertEqual(frappe.db.get_value("Workflow State", slip.status, "style"), "Success")

	def test_each_step_is_for_its_role(self):
		slip = self.slip()
		also = {("Enter in Ledger", "Parts Keeper"), ("Submit for Signature", "Sales Office")}
		for action, role, values in WAY:
			for other in sorted({role for _action, role, _values in WAY} - {role}):
				if (action, other) in also:
					continue
				with self.subTest(action=action, role=other), self.assertRaises(steps.StepOverError):
					self.step(slip, action, other, **values)
			self.step(slip, action, role, **values)

	def test_nobody_signs_the_own_slip(self):
		both = factories.user_with("Market Salesperson", "Regional Market Head")
		frappe.set_user(both)
		slip = make_exchange_order(product=self.product)
		steps.act(DOCTYPE, slip.name, "Submit for Signature")
		with self.assertRaises(steps.StepOverError):
			steps.act(DOCTYPE, slip.name, "Sign")
		self.step(slip, "Sign", "Regional Market Head")

	def test_opinions_that_must_be_given(self):
		slip = self.at("Awaiting Office Check")
		with self.assertRaisesRegex(exchange.StepIncompleteError, "Opinion or Reason"):
			self.step(slip, "Confirm Check", "Sales Office", opinion="  ")
		slip = self.at("Awaiting Instruction")
		with self.assertRaises(exchange.StepIncompleteError):
			self.step(slip, "Instruct", "General Manager")
		slip = self.at("Awaiting Goods")
		with self.assertRaisesRegex(exchange.StepIncompleteError, "Place of Custody"):
			self.step(slip, "Take into Custody", "Parts Keeper")

	def test_returned_and_signed_again(self):
		slip = self.signed_up_to("Awaiting Instruction")
		with self.assertRaises(exchange.StepIncompleteError):
			self.step(slip, "Return", "General Manager")
		self.step(slip, "Return", "General Manager", opinion="Which shop?")
		frappe.set_user(factories.user_with("Market Salesperson"))
		slip = frappe.get_doc(DOCTYPE, slip.name)
		self.assertEqual((slip.status, slip.stage), ("Draft", "Writing"))
		slip.reason = "It does not start; bought at the station"
		slip.save()
		self.step(slip, "Submit for Signature", "Market Salesperson")
		slip.reload()
		self.assertEqual(
			[row.decision for row in slip.signatures],
			["Submitted", "Signed", "Confirmed", "Returned", "Submitted"],
		)

	def test_rejected_and_revised(self):
		slip = self.at("Awaiting Regional Head")
		with self.assertRaises(exchange.StepIncompleteError):
			self.step(slip, "Decline", "Regional Market Head")
		self.step(slip, "Decline", "Regional Market Head", opinion="Worn out")
		self.step(slip, "Revise", "Market Salesperson")
		slip.reload()
		self.assertEqual([row.decision for row in slip.signatures][-2:], ["Rejected", "Revised"])

	def test_signed_content_stays(self):
		slip = self.at("Awaiting Office Check")
		for role in ("Market Salesperson", "Regional Market Head", "Sales Office", "Service Manager"):
			frappe.set_user(factories.user_with(role))
			with self.subTest(role), self.assertRaises(exchange.ExchangeFieldError):
				set_value(DOCTYPE, slip.name, "price", 1)
		frappe.set_user(factories.user_with("Sales Office"))
		slip.reload()
		slip.remarks = "Called back"
		slip.save()

	def test_drafts_are_changed_by_those_who_may_submit(self):
		slip = self.slip()
		for role in ("Regional Market Head", "Service Auditor", "Parts Keeper"):
			frappe.set_user(factories.user_with(role))
			with self.subTest(role), self.assertRaises(frappe.PermissionError):
				set_value(DOCTYPE, slip.name, "price", 1)

	def test_what_steps_write_is_nobodys(self):
		slip = self.slip()
		for field, value in (
			("ledger_no", "HH-1"),
			("goods_received_by", "Administrator"),
			("stage", "Done"),
		):
			set_value(DOCTYPE, slip.name, field, value)
		slip.reload()
		slip.append("signatures", {"decision": "Signed", "signed_by": "Administrator"})
		slip.save()
		slip.reload()
		self.assertEqual((slip.ledger_no, slip.goods_received_by, slip.stage), (None, None, "Writing"))
		self.assertEqual(slip.signatures, [])

	def test_signatures_are_not_changed_by_themselves(self):
		slip = self.signed_up_to("Awaiting Regional Head")
		row = slip.signatures[0]
		frappe.set_user(factories.user_with("Service Manager"))
		set_value("Exchange Signature", row.name, "opinion", "Never said")
		self.assertFalse(frappe.db.get_value("Exchange Signature", row.name, "opinion"))
		alone = frappe.get_doc("Exchange Signature", row.name)
		alone.opinion = "Never said"
		for call in (alone.save, lambda: frappe.delete_doc("Exchange Signature", row.name)):
			self.assertRaises(ChildRowError, call)

	def test_a_step_that_somebody_took_first(self):
		slip = self.at("Awaiting Regional Head")
		self.step(slip, "Sign", "Regional Market Head")
		with self.assertRaisesRegex(steps.StepOverError, "Awaiting Office Check"):
			self.step(slip, "Sign", "Regional Market Head")

	def test_act_writes_nothing_else(self):
		slip = self.at("Awaiting Regional Head")
		with self.assertRaises(frappe.PermissionError):
			self.step(slip, "Sign", "Regional Market Head", price=1)
		with self.assertRaises(frappe.PermissionError):
			steps.act("User", "Administrator", "Sign")
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			steps.act(DOCTYPE, slip.name, "Sign")

	def test_the_next_ones_are_told(self):
		head = factories.make_user("Regional Market Head").name
		slip = self.at("Awaiting Regional Head")
		self.assertIn(head, self.told(slip))
		self.step(slip, "Return", "Regional Market Head", opinion="Why?")
		self.assertIn(factories.user_with("Market Salesperson"), self.told(slip))

	def told(self, slip):
		from unittest.mock import patch

		with patch("aftersales.field_service.exchange.tell") as tell:
			before = frappe._dict(status="Elsewhere")
			exchange.tell_next(frappe.get_doc(DOCTYPE, slip.name), before)
		return tell.call_args[0][0] if tell.called else []

	def test_audited_slips_are_closed(self):
		slip = self.at("Exchanged")
		frappe.set_user(factories.user_with("Service Auditor"))
		apply_workflow(frappe.get_doc(DOCTYPE, slip.name), "Audit")
		frappe.set_user(factories.user_with("Service Manager"))
		slip.reload()
		slip.remarks = "Late"
		self.assertRaises(AuditLockError, slip.save)


class TestFee(ExchangeCase):
	def test_free_within_the_first_days(self):
		slip = self.slip(sale_date=add_days(today(), -15))
		self.assertEqual((slip.days_since_sale, slip.depreciation_percent, slip.depreciation_fee), (15, 0, 0))
		self.assertIn("free", slip.fee_rule)

	def test_depreciation(self):
		slip = self.slip(sale_date=add_days(today(), -30), ground="Not Repairable")
		self.assertEqual((slip.price, slip.depreciation_percent, slip.depreciation_fee), (200, 5, 10))
		slip.price = 0.5
		slip.save()
		self.assertEqual(slip.depreciation_fee, 0.03)

	def test_repair_first(self):
		slip = self.slip(sale_date=add_days(today(), -16))
		with self.assertRaisesRegex(exchange.RepairFirstError, "Not Repairable"):
			self.step(slip, "Submit for Signature", "Market Salesperson")
		slip.reload()
		slip.ground = "Not Repairable"
		slip.save()
		self.step(slip, "Submit for Signature", "Market Salesperson")

	def test_after_the_last_band_somebody_agrees(self):
		slip = self.at("Awaiting Office Check", sale_date=add_days(today(), -31), ground="Not Repairable")
		with self.assertRaisesRegex(exchange.StepIncompleteError, "Agreed Otherwise"):
			self.step(slip, "Confirm Check", "Sales Office", opinion="Yes")
		with self.assertRaises(exchange.StepIncompleteError):
			self.step(
				slip, "Confirm Check", "Sales Office", opinion="Yes", agreed_otherwise=1, agreed_percent=30
			)
		agreed = {"agreed_otherwise": 1, "agreed_percent": 30, "agreed_reason": "Half a season"}
		self.step(slip, "Confirm Check", "Sales Office", opinion="Yes", **agreed)
		slip.reload()
		self.assertEqual((slip.depreciation_percent, slip.depreciation_fee), (30, 60))
		self.assertIn("Half a season", slip.fee_rule)

	def test_the_fee_is_not_typed(self):
		slip = self.slip(sale_date=add_days(today(), -30), ground="Not Repairable")
		set_value(DOCTYPE, slip.name, {"depreciation_fee": 1, "depreciation_percent": 1})
		slip.reload()
		self.assertEqual((slip.depreciation_percent, slip.depreciation_fee), (5, 10))

	def test_dates(self):
		for values in (
			{"sale_date": add_days(today(), 1)},
			{"exchange_date": add_days(today(), 1)},
			{"sale_date": today(), "exchange_date": add_days(today(), -1)},
		):
			with self.subTest(**values), self.assertRaises(SaleDateError):
				self.slip(**values)
		self.assertRaises(exchange.StepIncompleteError, self.slip, sale_date=None)
		self.assertEqual(self.slip(sale_date=None, kind="Transfer").depreciation_fee, 0)

	def test_whose_goods(self):
		with self.assertRaises(SamePartiesError):
			self.slip(customer_name=None)
		dealer = factories.make_dealer().name
		self.assertEqual(self.slip(customer_name=None, dealer=dealer).customer_name, dealer)


class TestDevices(ExchangeCase):
	def custody(self, **fields):
		self.customer = factories.make_customer().name
		self.device = make_customer_device(
			product=self.product, customer=self.customer, sale_date=add_days(today(), -10), status="Active"
		)
		return self.at("In Custody", serial_no=self.device.serial_no, customer_name=None, **fields)

	def test_filled_from_the_serial_number(self):
		slip = self.custody()
		self.assertEqual((slip.device, slip.customer), (self.device.name, self.customer))
		self.assertEqual(slip.product_category, self.category)

	def test_old_and_new_are_linked(self):
		slip = self.custody()
		with self.assertRaisesRegex(exchange.StepIncompleteError, "New Serial No."):
			self.step(slip, "Enter in Ledger", "Sales Office")
		with self.assertRaises(SamePartiesError):
			self.step(slip, "Enter in Ledger", "Sales Office", new_serial_no=self.device.serial_no.lower())
		new = unique_serial()
		self.step(slip, "Enter in Ledger", "Sales Office", new_serial_no=new)
		slip.reload()
		self.device.reload()
		self.assertEqual((self.device.stage, self.device.replaced_by), ("Replaced", slip.new_device))
		device = frappe.get_doc("Customer Device", slip.new_device)
		self.assertEqual(
			(device.serial_no, device.replaces, device.customer), (new, self.device.name, self.customer)
		)

	def test_nothing_is_half_done(self):
		"""A new unit that is somebody else's: neither ledger number nor state."""
		slip = self.custody()
		other = make_customer_device(product=self.product, customer=factories.make_customer().name)
		frappe.db.set_value("Customer Device", other.name, {"status": "Active", "stage": "Active"})
		with self.assertRaises(frappe.ValidationError):
			self.step(slip, "Enter in Ledger", "Sales Office", new_serial_no=other.serial_no)
		slip.reload()
		self.assertEqual((slip.status, slip.ledger_no), ("In Custody", None))

	def test_a_returned_device_is_stored(self):
		slip = self.custody(kind="Return")
		self.step(slip, "Enter in Ledger", "Parts Keeper")
		self.device.reload()
		self.assertEqual(self.device.stage, "Stored")

	def test_an_unknown_device_gets_a_record(self):
		slip = self.at("In Custody", serial_no=unique_serial(), customer=factories.make_customer().name)
		self.step(slip, "Enter in Ledger", "Sales Office", new_serial_no=unique_serial())
		slip.reload()
		self.assertEqual(frappe.db.get_value("Customer Device", slip.device, "replaced_by"), slip.new_device)


class TestSources(ExchangeCase):
	def test_from_what_led_to_it(self):
		customer = factories.make_customer().name
		ticket = factories.make_ticket(customer=customer, product=self.product, question="Broken")
		receipt = make_customer_goods_receipt(product=self.product, purchase_date=today(), fault="Broken")
		complaint = factories.make_customer_complaint(product=self.product, reason="Broken")
		frappe.set_user(factories.user_with("Market Salesperson"))
		for source, field in (
			(ticket, "service_ticket"),
			(receipt, "goods_receipt"),
			(complaint, "complaint"),
		):
			with self.subTest(source.doctype):
				doc = exchange.new_exchange(source.doctype, source.name)
				self.assertEqual(
					(doc[field], doc["product"], doc["reason"]), (source.name, self.product, "Broken")
				)
				self.assertEqual((doc["product_category"], doc["price"]), (self.category, 200))
		self.assertRaises(frappe.ValidationError, exchange.new_exchange, "User", "Administrator")
		for user in ("Guest", factories.user_with("Front Desk"), factories.user_with("Customer")):
			frappe.set_user(user)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				exchange.new_exchange("Service Ticket", ticket.name)


class TestNumbers(ExchangeCase):
	def test_the_ledgers_series_is_the_sites(self):
		with change_settings("Aftersales Settings", {"exchange_ledger_series": "TZ-.####"}):
			slip = self.at("In Custody")
			self.step(slip, "Enter in Ledger", "Sales Office")
			self.assertRegex(frappe.db.get_value(DOCTYPE, slip.name, "ledger_no"), r"^TZ-\d{4}$")

	def test_slips_are_not_merged(self):
		one, other = self.slip(), self.slip()
		frappe.set_user("Administrator")
		self.assertRaises(ExchangeMergeError, frappe.rename_doc, DOCTYPE, one.name, other.name, merge=True)

	def test_other_outlets(self):
		one, other = make_service_outlet().name, make_service_outlet().name
		slip = self.slip(outlet=one)
		for outlet, sees in ((one, True), (other, False)):
			frappe.set_user(staff_of(outlet, "Outlet Staff", account=f"exchange-{sees}"))
			with self.subTest(sees=sees):
				rows = frappe.get_list(DOCTYPE, {"name": slip.name}, pluck="name")
				self.assertEqual(
					(bool(rows), bool(frappe.has_permission(DOCTYPE, "read", slip.name))), (sees, sees)
				)

	def test_cost_of_saving(self):
		slip = self.slip()
		slip.remarks = "Warm"
		slip.save()
		slip.remarks = "Again"
		with self.assertQueryCount(30):
			slip.save()

	def test_saving_as_the_form_does(self):
		slip = self.slip()
		slip.reload()
		slip.goods_condition = "Scratched"
		savedocs(frappe.as_json(slip.as_dict()), "Save")
		slip.reload()
		self.assertEqual(slip.goods_condition, "Scratched")
