"""How calls are written: with plain statements while the telephone rings, because each millisecond counts there.

When a call is over, its document is saved if anything hangs on that, so that a site's own Notifications, Webhooks and
Server Scripts on Service Call run with everything known (`call_hooks`); else it is written and the search and open lists told.
"""

import frappe
from frappe.utils import now_datetime
from frappe.utils.global_search import update_global_search

from aftersales.aftersales.figures.marks import touch
from aftersales.telephony import call_hooks, presence
from aftersales.telephony.call_state import OVER

DOCTYPE = "Service Call"
CALL_FIELDS = (
	"name",
	"bridge",
	"source_line",
	"phone_line",
	"direction",
	"state",
	"started_at",
	"answered_at",
	"ended_at",
	"duration",
	"live",
	"last_seq",
	"revision",
	"ring_count",
	"cause",
	"name_raw",
	"number_raw",
	"number_key",
	"number_display",
	"presentation",
	"caller",
	"customer",
	"party_type",
	"party",
	"match_level",
	"agent",
	"agent_extension",
	"did",
	"source_call_id",
	"dial_request",
	"recording_reference",
	"recording_state",
	"recording_seconds",
	"call_back_state",
)
NEW_FIELDS = (*CALL_FIELDS, "call_uuid", "extension", "agent_name")
_COLUMNS = ", ".join(f"`{field}`" for field in CALL_FIELDS)


class CallExistsError(Exception):
	"""Another request has made the same call in the meantime."""


def locked_call(name: str) -> frappe._dict | None:
	"""Return a call's fields, with its row locked until the transaction ends; None if there is none."""
	return next(iter(_locked([name])), None)


def write_call(call: frappe._dict, changes: dict) -> None:
	"""Write changed fields of a locked call and count its revision, by which clients tell old news from new."""
	call.update(changes, revision=call.revision + 1)
	frappe.db.set_value(DOCTYPE, call.name, {**changes, "revision": call.revision})


def end_call(call: frappe._dict, changes: dict) -> None:
	"""Write the changes that end a locked call, with what the site hangs on that; its agent is free again."""
	if not (call_hooks.listens() and _save_document(call, changes)):
		write_call(call, changes)
		_tell_of_end(call)
	touch(DOCTYPE, call.started_at)
	if call.agent:
		presence.end_call(call.agent, call.name)


class Calls:
	"""The calls of a batch of events: locked together, changed in memory, written once each."""

	def __init__(self):
		self._calls: dict[str, frappe._dict] = {}
		self._fresh: dict[str, None] = {}
		# Of calls that are there: what changed. Of new ones: what changed since they ended, and how they were before.
		self._changes: dict[str, dict] = {}
		self._before_end: dict[str, dict] = {}

	def lock(self, names: list[str]) -> None:
		"""Read calls that are there and lock their rows until the transaction ends."""
		self._calls.update({call.name.casefold(): call for call in _locked(names)} if names else {})

	def get(self, name: str | None) -> frappe._dict | None:
		"""Return a call; the database does not tell large letters from small ones."""
		return self._calls.get(name.casefold()) if name else None

	def add(self, call: frappe._dict) -> None:
		"""Add a new call, which `write` will insert."""
		self._calls[call.name.casefold()] = call
		self._fresh[call.name] = None

	def change(self, call: frappe._dict, changes: dict) -> None:
		"""Change a call; `write` will write it."""
		name = call.name
		if name in self._fresh and changes.get("state") in OVER:
			self._before_end.setdefault(name, dict(call))
		if name not in self._fresh or name in self._before_end:
			self._changes.setdefault(name, {}).update(changes)
		call.update(changes)

	def write(self) -> None:
		"""Write everything.

		:raises CallExistsError: nothing may stay as it is then; the transaction has to be done again.
		"""
		ended = [call for call in self._calls.values() if self._has_ended(call)]
		listened = bool(ended) and call_hooks.listens()
		self._insert(listened)
		changed = {name: changes for name, changes in self._changes.items() if changes}
		saved = set()
		for name, changes in changed.items():
			call = self.get(name)
			if listened and changes.get("state") in OVER and _save_document(call, changes):
				saved.add(name)
			else:
				_update(call, changes)
		_forget_cached(list(changed))
		touch(DOCTYPE, *(call.started_at for call in ended))
		for call in ended:
			if call.name not in saved:
				_tell_of_end(call)
			# A call of which this is the first word kept nobody busy.
			if call.agent and call.name not in self._fresh:
				presence.end_call(call.agent, call.name)

	def _has_ended(self, call: frappe._dict) -> bool:
		if call.name in self._fresh:
			return call.state in OVER
		return self._changes.get(call.name, {}).get("state") in OVER

	def _insert(self, listened: bool) -> None:
		"""Insert what is new: as it was before it ended, if somebody wants to hear of the end."""
		rows = []
		for name in self._fresh:
			before = self._before_end.get(name) if listened else None
			rows.append(before or self.get(name))
			if not before:
				self._changes.pop(name, None)
		try:
			insert_rows(DOCTYPE, NEW_FIELDS, rows)
		except Exception as e:
			if frappe.db.is_duplicate_entry(e):
				raise CallExistsError from e
			raise


def insert_rows(doctype: str, fields: tuple[str, ...], rows: list[dict]) -> None:
	"""Insert rows with one statement, all or none.

	:param fields: columns, named in this module or another one, never by a request.
	"""
	if not rows:
		return
	stamp, user = now_datetime(), frappe.session.user
	columns = ", ".join(f"`{field}`" for field in (*fields, "owner", "modified_by", "creation", "modified"))
	places = ", ".join(["%s"] * (len(fields) + 4))
	values = [
		value for row in rows for value in (*(row.get(field) for field in fields), user, user, stamp, stamp)
	]
	frappe.db.sql(
		f"insert into `tab{doctype}` ({columns}) values {', '.join([f'({places})'] * len(rows))}", values
	)


def _locked(names: list[str]) -> list[frappe._dict]:
	return frappe.db.sql(
		f"select {_COLUMNS} from `tabService Call` where name in %(names)s for update",
		{"names": names},
		as_dict=True,
	)


def _update(call: frappe._dict, changes: dict) -> None:
	"""Write what a locked call has become; its fields are set already."""
	call.revision += 1
	values = {
		**changes,
		"revision": call.revision,
		"modified": now_datetime(),
		"modified_by": frappe.session.user,
	}
	assignments = ", ".join(f"`{field}` = %s" for field in values)
	frappe.db.sql(
		f"update `tabService Call` set {assignments} where name = %s", [*values.values(), call.name]
	)


def _forget_cached(names: list[str]) -> None:
	"""As `frappe.db.set_value` does for each call, here for all of them at once."""
	if not names:
		return
	keys = [frappe.get_document_cache_key(DOCTYPE, name) for name in names]
	frappe.cache.delete_value(keys)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(keys))


def _tell_of_end(call: frappe._dict) -> None:
	"""What Frappe itself does with a saved document: its search, and the forms and lists that show it."""
	doc = frappe.get_doc({"doctype": DOCTYPE, **call, "modified": now_datetime()})
	update_global_search(doc)
	# Nobody looks at a call of last week while its bridge catches up.
	if call.live:
		doc.notify_update()


def _save_document(call: frappe._dict, changes: dict) -> bool:
	"""Save a finished call as a document, for what the site itself hangs on it; False if that failed.

	A mistake in a site's own script must not cost the call: it is logged and the call written without it.
	"""
	frappe.db.savepoint("call_document")
	revision = call.revision + 1
	try:
		doc = frappe.get_doc(DOCTYPE, call.name, for_update=True)
		doc.update(changes | {"revision": revision})
		doc.flags.update(by_machine=True, ignore_links=True, ignore_mandatory=True)
		doc.save(ignore_permissions=True, ignore_version=True)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError, frappe.TimestampMismatchError):
		raise
	except frappe.db.OperationalError:
		raise
	except Exception:
		frappe.db.rollback(save_point="call_document")
		frappe.log_error(f"Service Call {call.name}: what runs when a call is saved failed")
		return False
	call.update(changes, revision=revision)
	return True
