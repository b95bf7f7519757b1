"""Who calls: the table of known numbers (Caller Number) and the look-up in it.

Caller Number is derived: every row comes from a telephone field of a Service Customer, a Dealer or a Contact, is
rewritten when that document changes and can be rebuilt at any time. Looking up reads nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe.model.document import Document
from frappe.utils import now

from aftersales.aftersales.doctype.caller_number.caller_number import row_name
from aftersales.telephony.numbers import Number, default_place, format_number, normalise, split_numbers
from aftersales.utils.access import is_permitted

TABLE = "Caller Number"
COLUMNS = (
	"name",
	"number_key",
	"tail",
	"extension",
	"raw",
	"level",
	"party_type",
	"party",
	"customer",
	"dealer",
	"display_name",
	"source_field",
)
# Fields with one number each; child tables follow as (table field, field in the row).
SOURCES = {
	"Service Customer": ("customer_name", ("phone",), ("other_phones", "phone")),
	"Dealer": ("dealer_name", ("phone",), ("other_phones", "phone")),
	"Contact": ("full_name", (), ("phone_nos", "phone")),
}
BATCH = 500
MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Candidate:
	"""One party that may be calling; `exact` says that the whole number and the extension are the same."""

	party_type: str
	party: str
	customer: str | None
	dealer: str | None
	display_name: str
	exact: bool

	@property
	def identity(self) -> tuple[str, str]:
		"""A customer, a dealer and their contact persons count as one party each."""
		if self.customer:
			return ("Service Customer", self.customer)
		if self.dealer:
			return ("Dealer", self.dealer)
		return (self.party_type, self.party)


@dataclass(frozen=True, slots=True)
class CallerMatch:
	"""Result of a look-up.

	:param level: sure (one party), maybe (see `candidates`), none, or withheld (no number was shown).
	:param number: the normalised number.
	:param candidates: one per party, sure ones first; exactly one if `level` is sure.
	"""

	level: str
	number: Number
	candidates: list[Candidate] = field(default_factory=list)

	@property
	def sure(self) -> Candidate | None:
		"""The one party, if it is certain."""
		return self.candidates[0] if self.level == "sure" else None


def lookup(raw: str | None, line: str | dict | None = None) -> CallerMatch:
	"""Find who calls from a number, with one indexed read (S2.04-S2.06, S7.01).

	:param raw: number as the device showed it.
	:param line: Phone Line (name, or a mapping with `country_code` and `area_code`) the call came in on.
	"""
	region, area_code = place_of_line(line)
	return find(normalise(raw, region, area_code))


def find(number: Number) -> CallerMatch:
	"""Find who calls from a normalised number; see `lookup`."""
	return find_all([number])[number]


def find_all(numbers: Iterable[Number]) -> dict[Number, CallerMatch]:
	"""Find who calls from each of several normalised numbers, with one indexed read for all."""
	numbers = list(dict.fromkeys(numbers))
	asked = [number for number in numbers if number.presentation == "allowed" and number.key]
	rows = _rows_of(asked) if asked else {}
	return {number: _match(number, rows.get(number)) for number in numbers}


def _match(number: Number, rows: list[frappe._dict] | None) -> CallerMatch:
	if number.presentation != "allowed":
		return CallerMatch("withheld", number)
	sure, maybe = {}, {}
	for row in rows or ():
		exact = bool(row.exact) and row.extension == number.extension
		certain = exact and (row.confirmed or (row.level == "Sure" and number.certain))
		found = sure if certain else maybe
		candidate = Candidate(
			row.party_type, row.party, row.customer, row.dealer, row.display_name or "", exact
		)
		known = found.get(candidate.identity)
		# The document itself says better who it is than the numbers of its contact persons.
		if not known or (candidate.party_type, candidate.party) == candidate.identity:
			found[candidate.identity] = candidate
	if len(sure) == 1:
		return CallerMatch("sure", number, list(sure.values()))
	candidates = list({**maybe, **sure}.values())
	candidates.sort(key=lambda c: (c.identity not in sure, not c.exact, c.display_name))
	return CallerMatch("maybe" if candidates else "none", number, candidates)


_FOUND = """(select {asked} as asked, party_type, party, customer, dealer, display_name, extension, level, confirmed,
	{exact} as exact from `tabCaller Number` where {where} limit {most})"""
_SAME_KEY = "number_key = %s"
_SAME_TAIL = "tail = %s and number_key != %s and (level = 'Maybe' or %s)"


def _rows_of(numbers: list[Number]) -> dict[Number, list[frappe._dict]]:
	"""Rows with the same key, then rows with the same last digits where one side is not certain.

	Two complete numbers that differ are two telephones, however alike their last digits are.
	"""
	parts, values = [], []
	for place, number in enumerate(numbers):
		parts.append(_FOUND.format(asked=place, exact=1, where=_SAME_KEY, most=MOST_CANDIDATES))
		values.append(number.key)
		if number.tail:
			parts.append(_FOUND.format(asked=place, exact=0, where=_SAME_TAIL, most=MOST_CANDIDATES))
			values += [number.tail, number.key, int(not number.certain)]
	rows: dict[Number, list[frappe._dict]] = {}
	for row in frappe.db.sql(" union all ".join(parts), values, as_dict=True):
		rows.setdefault(numbers[row.asked], []).append(row)
	return rows


def confirm(number: Number, customer: str) -> None:
	"""Remember that a customer calls from a number, as an agent has heard: the next call from there is certain (S2.05).

	A number that the customer's record lacks is added to it, if the user may change the record. A number that several
	parties share stays a maybe: next time it may be the other one.

	:param number: the normalised number of the call.
	:param customer: Service Customer.
	"""
	if not number.key:
		return
	known = {"number_key": number.key, "extension": number.extension, "customer": customer}
	if not frappe.db.exists(TABLE, known):
		_add_number(number, customer)
	for name in frappe.get_all(TABLE, known, pluck="name"):
		frappe.db.set_value(TABLE, name, "confirmed", 1, update_modified=False)


def _add_number(number: Number, customer: str) -> None:
	"""Add a number to a customer's others; a record that cannot be saved now must not keep the agent from the caller."""
	doc = frappe.get_doc("Service Customer", customer)
	if not is_permitted(doc, "write"):
		return
	frappe.db.savepoint("caller_number")
	said = len(frappe.local.message_log)
	try:
		doc.append("other_phones", {"phone": format_number(number)})
		doc.save()
	except frappe.ValidationError:
		frappe.db.rollback(save_point="caller_number")
		del frappe.local.message_log[said:]


def place_of_line(line: str | dict | None) -> tuple[str, str]:
	"""Return the country and the area code by which the numbers of a line are read; see `lookup`."""
	region, area_code = default_place()
	if isinstance(line, str):
		line = frappe.get_cached_doc("Phone Line", line)
	if line:
		region, area_code = line.get("country_code") or region, line.get("area_code") or area_code
	return region, area_code


def sync_numbers(doc: Document, method: str | None = None) -> None:
	"""Bring the rows of a Service Customer, Dealer or Contact up to date; writes only what changed.

	Reads the document as it is in memory. Called on every save, so also by imports.

	:param doc: the saved document.
	:param method: name of the document event, unused.
	"""
	_write(doc.doctype, [doc.name], _rows(doc))
	before = doc.get_doc_before_save()
	if doc.doctype != "Contact" and before and bool(before.disabled) != bool(doc.disabled):
		_sync_contacts_of(doc.doctype, doc.name)


def remove_numbers(doc: Document, method: str | None = None) -> None:
	"""Forget the numbers of a document that is being deleted.

	:param doc: the Service Customer, Dealer or Contact.
	:param method: name of the document event, unused.
	"""
	frappe.db.delete(TABLE, {"party_type": doc.doctype, "party": doc.name})
	link = {"Service Customer": "customer", "Dealer": "dealer"}.get(doc.doctype)
	if link:
		frappe.db.set_value(TABLE, {link: doc.name}, link, None)


def renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Bring the rows up to date after a document was renamed, or merged into another one.

	:param doc: the document under its new name.
	:param method: name of the document event, unused.
	:param old: former name.
	:param new: present name.
	:param merge: whether `old` was merged into `new`.
	"""
	# Frappe has put the new name into the rows already; each row's own name is made of the party's.
	party = {"party_type": doc.doctype, "party": ("in", (old, new))}
	confirmed = frappe.get_all(TABLE, {**party, "confirmed": 1}, ["number_key", "extension"])
	frappe.db.delete(TABLE, {"party_type": doc.doctype, "party": old})
	sync_numbers(frappe.get_doc(doc.doctype, new))
	for row in confirmed:
		frappe.db.set_value(TABLE, {"party_type": doc.doctype, "party": new, **row}, "confirmed", 1)
	if doc.doctype != "Contact":
		_sync_contacts_of(doc.doctype, new)


def place_changed(doc: Document, method: str | None = None) -> None:
	"""Rebuild all rows in the background when the country or an area code changed.

	:param doc: Aftersales Settings or a Service Region.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	fields = ("default_region", "default_area_code", "area_code")
	if before and any((before.get(f) or "") != (doc.get(f) or "") for f in fields):
		frappe.enqueue(
			"aftersales.telephony.caller.rebuild", queue="long", enqueue_after_commit=True, timeout=3600
		)


def rebuild() -> int:
	"""Rebuild all rows, in batches that are committed one by one; safe to run at any time and twice.

	:return: number of documents read.
	"""
	count = 0
	for doctype in SOURCES:
		after = ""
		while names := frappe.get_all(
			doctype, {"name": (">", after)}, pluck="name", order_by="name asc", limit=BATCH
		):
			_write(doctype, names, [row for party in _read(doctype, names) for row in _rows(party)])
			frappe.db.commit()  # a batch is complete in itself; locks are held for a moment only
			after, count = names[-1], count + len(names)
		_delete_orphans(doctype)
	frappe.db.commit()
	return count


def _sync_contacts_of(doctype: str, name: str) -> None:
	contacts = frappe.get_all(
		"Dynamic Link",
		{"parenttype": "Contact", "link_doctype": doctype, "link_name": name},
		pluck="parent",
		distinct=True,
	)
	if contacts:
		_write("Contact", contacts, [row for contact in _read("Contact", contacts) for row in _rows(contact)])


def _read(doctype: str, names: list[str]) -> list[frappe._dict]:
	"""Read what `_rows` needs of many documents with a few statements."""
	title, fields, (table, number_field) = SOURCES[doctype]
	wanted = ["name", title, *fields]
	if doctype != "Contact":
		wanted += ["region", "disabled"]
	parties = {
		row.name: frappe._dict(row, doctype=doctype, **{table: [], "links": []})
		for row in frappe.get_all(doctype, {"name": ("in", names)}, wanted)
	}
	children = [(frappe.get_meta(doctype).get_field(table).options, table, [number_field])]
	if doctype == "Contact":
		children.append(("Dynamic Link", "links", ["link_doctype", "link_name"]))
	for child_doctype, child_table, child_fields in children:
		for row in frappe.get_all(
			child_doctype,
			{"parenttype": doctype, "parent": ("in", names), "parentfield": child_table},
			["parent", *child_fields],
			order_by="parent, idx",
		):
			if row.parent in parties:
				parties[row.parent][child_table].append(row)
	return list(parties.values())


def _rows(party: Document | frappe._dict) -> list[dict]:
	"""Return the rows that a document should have, one per number and party it belongs to."""
	title, fields, (table, number_field) = SOURCES[party.doctype]
	if party.get("disabled"):
		return []
	area_code = party.get("region") and frappe.get_cached_value("Service Region", party.region, "area_code")
	written = [(name, party.get(name)) for name in fields]
	written += [(table, row.get(number_field)) for row in party.get(table) or []]
	rows, owners = {}, _owners(party)
	for source, text in written:
		for raw in split_numbers(text):
			number = normalise(raw, None, area_code or None)
			if not number.key:
				continue
			for index, owner in enumerate(owners):
				source_field = f"{source}/{index}" if index else source
				rows.setdefault(
					(number.key, number.extension, index),
					_row(
						number, party.doctype, party.name, party.get(title) or party.name, source_field, owner
					),
				)
	return list(rows.values())


def _owners(party: Document | frappe._dict) -> list[dict]:
	"""Return the customers and dealers that a number of the document leads to; empty if all are disabled."""
	if party.doctype == "Service Customer":
		return [{"customer": party.name, "dealer": None}]
	if party.doctype == "Dealer":
		return [{"customer": None, "dealer": party.name}]
	owners, linked = [], False
	for doctype, column in (("Service Customer", "customer"), ("Dealer", "dealer")):
		names = [link.link_name for link in party.get("links") or [] if link.link_doctype == doctype]
		if not names:
			continue
		linked = True
		enabled = frappe.get_all(
			doctype, {"name": ("in", names), "disabled": 0}, pluck="name", order_by="name"
		)
		owners += [{"customer": None, "dealer": None, column: name} for name in enabled]
	return owners if linked else [{"customer": None, "dealer": None}]


def _row(number: Number, party_type: str, party: str, title: str, source_field: str, owner: dict) -> dict:
	return {
		"name": row_name(number.key, number.extension, party_type, party, source_field),
		"number_key": number.key,
		"tail": number.tail,
		"extension": number.extension,
		"raw": number.raw,
		"level": "Sure" if number.certain else "Maybe",
		"party_type": party_type,
		"party": party,
		"display_name": title[:140],
		"source_field": source_field,
		**owner,
	}


def _write(party_type: str, parties: list[str], rows: Iterable[dict]) -> None:
	"""Make the stored rows of some documents equal to `rows` with as few writes as possible."""
	wanted = {row["name"]: row for row in rows}
	stored = {
		row.name: row
		for row in frappe.get_all(TABLE, {"party_type": party_type, "party": ("in", parties)}, COLUMNS)
	}
	if stale := stored.keys() - wanted.keys():
		frappe.db.delete(TABLE, {"name": ("in", sorted(stale))})
	for name in stored.keys() & wanted.keys():
		changes = {c: wanted[name][c] for c in COLUMNS if (wanted[name][c] or "") != (stored[name][c] or "")}
		if changes:
			frappe.db.set_value(TABLE, name, changes)
	if fresh := [row for name, row in wanted.items() if name not in stored]:
		_insert(fresh)


def _insert(rows: list[dict]) -> None:
	stamp, user = now(), frappe.session.user
	frappe.db.bulk_insert(
		TABLE,
		[*COLUMNS, "owner", "modified_by", "creation", "modified"],
		[[*(row[c] for c in COLUMNS), user, user, stamp, stamp] for row in rows],
		ignore_duplicates=True,
	)


def _delete_orphans(doctype: str) -> None:
	"""Delete rows of documents that no longer exist, as after a restore of some tables."""
	number, party = frappe.qb.DocType(TABLE), frappe.qb.DocType(doctype)
	orphans = (
		frappe.qb.from_(number)
		.left_join(party)
		.on(party.name == number.party)
		.where((number.party_type == doctype) & party.name.isnull())
		.select(number.name)
		.run(pluck=True)
	)
	for start in range(0, len(orphans), BATCH):
		frappe.db.delete(TABLE, {"name": ("in", orphans[start : start + BATCH])})
