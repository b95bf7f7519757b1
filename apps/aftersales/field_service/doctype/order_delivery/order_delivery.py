"""Order Delivery: the customer has the repaired device back (S18.14)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from aftersales.field_service.order_stages import DONE
from aftersales.utils.text import clean_text


class NotReadyError(frappe.ValidationError):
	"""The work is not completed yet, or the order is none of the workshop."""


class DeliveryTimeError(frappe.ValidationError):
	"""Delivered before the work was completed, or in the future."""


class OrderDelivery(Document):
	def validate(self):
		self.delivered_to = clean_text(self.delivered_to)
		if self.is_new():
			self.delivered_by = frappe.session.user
		self.take_over_order()

	def take_over_order(self) -> None:
		"""Take customer and outlet from the order, and check that it is ready.

		:raises NotReadyError: it is not completed, or no order of the workshop.
		:raises DeliveryTimeError: the time does not fit.
		"""
		fields = ["outlet", "stage", "customer_name", "order_kind", "completed_at"]
		order = frappe.db.get_value("Service Order", self.service_order, fields, as_dict=True)
		self.outlet, self.customer_name = order.outlet, order.customer_name
		if order.order_kind != "Workshop":
			frappe.throw(_("Only orders of the workshop are delivered here."), NotReadyError)
		if order.stage not in DONE:
			frappe.throw(
				_("{0} is not completed yet. Complete it first.").format(frappe.bold(self.service_order)),
				NotReadyError,
			)
		delivered = get_datetime(self.delivered_at)
		if delivered > now_datetime() or (
			order.completed_at and delivered < order.completed_at.replace(microsecond=0)
		):
			frappe.throw(
				_("The time of delivery must lie between the completion and now."), DeliveryTimeError
			)


def on_doctype_update():
	"""Deliveries by day."""
	frappe.db.add_index("Order Delivery", ["delivered_at"])
