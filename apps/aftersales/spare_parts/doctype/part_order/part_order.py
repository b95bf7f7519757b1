"""Part Order: parts that an outlet, a dealer or a technician wants, until they are delivered (S16.04-S16.07, M24)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import stages, supply, warehouses
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.workflow_state import set_field_of_state

OPEN_STAGES = ("Submitted", "Partly Delivered")
FIXED_FIELDS = ("order_kind", "outlet", "dealer", "technician")
FIXED_COLUMNS = ("spare_part", "qty", "price", "delivered_qty")
ORDERER = {"Outlet": "outlet", "Dealer": "dealer", "Technician": "technician"}


class PartOrderError(frappe.ValidationError):
	"""The order cannot be saved as it is."""


class PartOrderFixedError(PartOrderError):
	"""Lines of an order that is under way are changed."""


class PartOrder(Document):
	def validate(self):
		set_field_of_state(self)
		self.set_orderer()
		self.set_warehouses()
		self.check_fixed()
		self.set_lines()
		self.set_totals()
		self.validate_step()

	def on_trash(self):
		self.refuse_delivered(_("The order has deliveries and cannot be deleted."))

	def set_orderer(self) -> None:
		"""Keep the one who orders, with the outlet that follows from it, and take over where it is delivered.

		:raises PartOrderError: nobody is chosen.
		:raises OtherOutletError: it is an outlet that the user does not see.
		"""
		field = ORDERER.get(self.order_kind)
		for other in set(ORDERER.values()) - {field, "outlet"}:
			self.set(other, None)
		if self.technician and (self.has_value_changed("technician") or not self.outlet):
			self.outlet = frappe.db.get_value("Technician", self.technician, "outlet")
		outlet_scope.fill(self)
		if not field or not self.get(field):
			frappe.throw(
				_("Choose the outlet, the dealer or the technician that orders."),
				PartOrderError,
				title=_("Part Order"),
			)
		if self.order_kind == "Outlet":
			fill_from_link(self, "outlet", {"contact_phone": "phone", "delivery_address": "address"})

	def set_warehouses(self) -> None:
		"""Fill in from where and to where parts go.

		:raises NoWarehouseError: one of them can hold no parts.
		"""
		if self.order_kind == "Dealer":
			self.target_warehouse = None
		elif not self.target_warehouse:
			self.target_warehouse = (
				warehouses.of_technician(self.technician)
				if self.order_kind == "Technician"
				else warehouses.of_outlet(self.outlet)
			)
		if not self.source_warehouse:
			store = (
				warehouses.of_outlet(self.outlet) if self.order_kind == "Technician" and self.outlet else None
			)
			self.source_warehouse = store or supply.headquarters()
		for field in ("source_warehouse", "target_warehouse"):
			if self.has_value_changed(field):
				supply.check(self.get(field))
		if self.source_warehouse and self.source_warehouse == self.target_warehouse:
			frappe.throw(
				_("Parts are delivered from one warehouse to another: choose two different ones."),
				PartOrderError,
				title=_("Part Order"),
			)

	def check_fixed(self) -> None:
		"""Keep what was submitted as it is; what is delivered is written by deliveries alone.

		:raises PartOrderFixedError: who orders or a line changed.
		"""
		before = self.get_doc_before_save()
		if not before or before.stage == "Draft":
			for row in self.items:
				row.delivered_qty = 0
		elif not stages.check_unchanged(self, FIXED_FIELDS, "items", FIXED_COLUMNS):
			frappe.throw(
				_("The order is under way. Take it back to a draft before you change its lines."),
				PartOrderFixedError,
				title=_("Part Order"),
			)

	def set_lines(self) -> None:
		"""Check quantities and take prices from the parts.

		:raises PartOrderError: a quantity is missing, or a part is there twice or no longer used.
		"""
		seen = set()
		for row in self.items:
			if row.spare_part in seen:
				frappe.throw(
					_("Row {0}: the part {1} is in the order already.").format(
						row.idx, frappe.bold(row.spare_part)
					),
					PartOrderError,
				)
			seen.add(row.spare_part)
			if flt(row.qty) <= 0:
				frappe.throw(_("Row {0}: enter a quantity above zero.").format(row.idx), PartOrderError)
			part = frappe.get_cached_value("Spare Part", row.spare_part, ["price", "disabled"], as_dict=True)
			if part and part.disabled and self.stage == "Draft":
				frappe.throw(
					_("Row {0}: the part {1} is no longer used.").format(
						row.idx, frappe.bold(row.spare_part)
					),
					PartOrderError,
				)
			if row.price is None and part:
				row.price = part.price
			row.amount = flt(flt(row.qty) * flt(row.price), row.precision("amount"))
			row.open_qty = max(0, flt(row.qty) - flt(row.delivered_qty))

	def set_totals(self) -> None:
		"""Sum the lines up."""
		self.total_qty = sum(flt(row.qty) for row in self.items)
		self.open_qty = sum(flt(row.open_qty) for row in self.items) if self.stage in OPEN_STAGES else 0
		self.total_amount = flt(sum(flt(row.amount) for row in self.items), self.precision("total_amount"))

	def validate_step(self) -> None:
		"""Ask for lines before an order goes out, and for no deliveries before it is taken back.

		:raises PartOrderError: with what is missing.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if self.stage == left:
			return
		if left == "Draft" and self.stage != "Cancelled" and not self.items:
			frappe.throw(_("The order has no parts. Add some first."), PartOrderError)
		if (
			self.stage in OPEN_STAGES
			and self.needed_by
			and getdate(self.needed_by) < getdate(self.order_date)
		):
			frappe.throw(_("Needed By lies before the order date."), PartOrderError)
		if self.stage in ("Draft", "Cancelled"):
			self.refuse_delivered(
				_("The order has deliveries. Close it instead: what is open is dropped then.")
			)

	def refuse_delivered(self, message: str) -> None:
		"""Keep an order that parts were delivered for.

		:raises PartOrderError: with the message.
		"""
		if any(flt(row.delivered_qty) for row in self.items):
			frappe.throw(message, PartOrderError, title=_("Part Order"))


def on_doctype_update():
	frappe.db.add_index("Part Order", ["stage", "order_date"])
	frappe.db.add_index("Part Order", ["target_warehouse", "stage"])
	frappe.db.add_index("Part Order Item", ["spare_part", "open_qty"])
