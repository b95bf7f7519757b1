"""Documents for the matrix: made by the factories, committed, and taken away again."""

import json
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.testing import factories

# Written by the framework for each document; a new one gets its own.
NOT_SENT = {
	"name",
	"owner",
	"creation",
	"modified",
	"modified_by",
	"parent",
	"parentfield",
	"parenttype",
	"docstatus",
	"idx",
	"flags",
	"dont_update_if_missing",
}


# DocTypes of which a document in work keeps the next one from being made -> what a finished one holds.
FINISHED = {"Emergency Snapshot": {"status": "Ready"}}
# What nobody else's document picks up by itself, and so keeps from being deleted.
UNPICKED = {"Service Level": {"record_type": "Praise", "urgency": "Critical"}}


class Captured(Exception):
	"""The factory is about to insert the document that was asked for."""


class Documents:
	"""Makes documents and remembers what has to go afterwards."""

	def __init__(self):
		self.started = now_datetime()
		self._shared: dict[str, str] = {}

	def make(self, doctype: str) -> str:
		"""Make a document and return its name."""
		name = self.call_factory(doctype).name
		if doctype in FINISHED:
			frappe.db.set_value(doctype, name, FINISHED[doctype])
		return name

	def shared(self, doctype: str) -> str:
		"""Return a document that others link to: always the same one."""
		if doctype not in self._shared:
			self._shared[doctype] = self.make(doctype)
		return self._shared[doctype]

	def call_factory(self, doctype: str) -> Document:
		"""Let the factory make a document; accounts that it needs are new ones, made without the events of User."""
		with (
			patch.object(factories, "make_user", make_plain_user),
			patch.object(factories, "user_with", lambda *roles: make_plain_user(*roles).name),
		):
			return factories.maker_of(doctype)(**UNPICKED.get(doctype, {}))

	def payload(self, doctype: str) -> dict:
		"""Return what a person would send to the API to make such a document; makes only what it links to."""
		insert = Document.insert

		def stop_at_ours(doc, *args, **kwargs):
			if doc.doctype == doctype:
				captured = Captured()
				captured.values = _sendable(doc)
				raise captured
			return insert(doc, *args, **kwargs)

		try:
			with patch.object(Document, "insert", stop_at_ours):
				self.call_factory(doctype)
		except Captured as captured:
			return json.loads(json.dumps(captured.values, default=str))
		raise AssertionError(f"the factory of {doctype} inserts no such document by Document.insert")

	def remove(self, doctypes: list[str]) -> None:
		"""Delete every row that came into being since; trees and the search index by their own rules."""
		frappe.db.rollback()
		# A warehouse with stock is not deleted.
		frappe.db.delete("Part Balance", {"creation": [">=", self.started]})
		for doctype in doctypes:
			meta = frappe.get_meta(doctype)
			if meta.issingle or not (meta.is_nested_set() or doctype == "FAQ"):
				continue
			for name in frappe.get_all(
				doctype, {"creation": [">=", self.started]}, pluck="name", order_by="creation desc"
			):
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
		for table in tables_with_creation():
			frappe.qb.from_(table).where(table.creation >= self.started).delete().run()
		frappe.db.commit()
		# What modules of the app remember of rows that are gone, too.
		frappe.cache.delete_keys("")


def make_plain_user(*roles: str, **fields) -> Document:
	"""As factories.make_user, within milliseconds."""
	email = fields.pop("email", None) or f"{frappe.generate_hash(length=10)}@test.example"
	return factories.insert_plain_user(email, *roles, **fields)


def _sendable(doc: Document) -> dict:
	"""Return what was set on a document and its rows, without what Frappe fills in."""
	return {
		key: [_sendable(row) for row in value] if isinstance(value, list) else value
		for key, value in vars(doc).items()
		if key not in NOT_SENT and not key.startswith("_") and value is not None
	}


def tables_with_creation() -> list:
	"""Return the tables of all DocTypes that are no singles."""
	tables = frappe.db.sql(
		"select table_name from information_schema.columns where table_schema = database() and column_name = 'creation'",
		pluck=True,
	)
	return [frappe.qb.Table(table) for table in tables if table.startswith("tab")]
