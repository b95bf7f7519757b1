"""Changes that boards make to an order by dragging: what the board showed must still hold."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from aftersales.field_service.order_stages import OVER


class OrderOverError(frappe.ValidationError):
	"""Nothing is planned any more for an order that is done, continued by another one, or cancelled."""


def move(doc: Document, values: dict, modified: str | None) -> None:
	"""Set values of an order and save it.

	:param doc: Service Order, locked and checked by the caller.
	:param modified: time of the last change as the board showed it; None: whatever it is.
	:raises frappe.TimestampMismatchError: somebody changed the order meanwhile.
	:raises OrderOverError: it is over.
	"""
	if modified and get_datetime(modified) != get_datetime(doc.modified):
		frappe.throw(
			_("Somebody else changed {0} meanwhile. The board shows it as it is now; try again.").format(
				frappe.bold(doc.name)
			),
			frappe.TimestampMismatchError,
		)
	if doc.stage in OVER:
		frappe.throw(
			_("{0} is in the state {1}; there is nothing left to plan.").format(
				frappe.bold(doc.name), frappe.bold(_(doc.status))
			),
			OrderOverError,
		)
	doc.update(values)
	doc.save()
