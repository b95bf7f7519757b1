"""Message Batch: the same message to many customers."""

from frappe.model.document import Document

from aftersales.telephony import message_batches


class MessageBatch(Document):
	def before_insert(self):
		message_batches.check(self)

	def after_insert(self):
		message_batches.begin(self)
