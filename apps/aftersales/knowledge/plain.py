"""Documents as the index takes them when all that is to be said of them is which fields hold what.

`describe` makes the `Kind` of a DocType from a `Fields`; tickets, customers and products use it, and so can any other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import frappe

from aftersales.knowledge.answer_text import plain_text
from aftersales.knowledge.generation import Entry
from aftersales.knowledge.index import Kind
from aftersales.knowledge.rights import link_fields, terms_of
from aftersales.knowledge.text import characters, code_key, codes_in, terms
from aftersales.telephony.numbers import normalise as normalise_number
from aftersales.telephony.numbers import split_numbers

# More of a document is not indexed: nobody searches for the 20,001st character of it.
MAX_BODY = 20_000


def changed_after(
	doctype: str, columns: Iterable[str], after: tuple[datetime, str], limit: int
) -> list[frappe._dict]:
	"""Return rows of a DocType changed after (modified, name), in that order; an index on `modified` serves.

	The rest of those of the same moment is asked for apart: an import or a patch may write a million of them, and one
	condition on both columns would look through all before the one it begins with.
	"""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[column] for column in columns))
	moment, name = after
	if not name:
		later, rows = table.modified >= moment, []
	else:
		later = table.modified > moment
		same = query.where((table.modified == moment) & (table.name > name)).orderby(table.name)
		rows = same.limit(limit).run(as_dict=True)
	if len(rows) < limit:
		query = query.where(later).orderby(table.modified).orderby(table.name)
		rows += query.limit(limit - len(rows)).run(as_dict=True)
	return rows


@dataclass(frozen=True)
class Fields:
	"""Which fields of a DocType are searched for; the name is always a key. HTML is read as text.

	:param titles, keywords, body: words, from those that count most to those that count least.
	:param keys: codes and numbers that find the document when they are all that was typed.
	:param phones: telephone numbers, in any notation.
	:param filters: further fields, beside links, that a search may ask for exactly.
	:param rows: child DocType to those of its fields that belong to the body.
	:param phone_rows: child DocType to its field with a telephone number.
	:param hidden: checks that, when set, keep the document out of the index.
	"""

	titles: tuple[str, ...]
	keywords: tuple[str, ...] = ()
	body: tuple[str, ...] = ()
	keys: tuple[str, ...] = ()
	phones: tuple[str, ...] = ()
	filters: tuple[str, ...] = ()
	rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
	phone_rows: dict[str, str] = field(default_factory=dict)
	hidden: tuple[str, ...] = ()

	def columns(self) -> list[str]:
		"""Every column that is read."""
		names = (
			*self.titles,
			*self.keywords,
			*self.body,
			*self.keys,
			*self.phones,
			*self.filters,
			*self.hidden,
		)
		return list(dict.fromkeys(names))


def describe(doctype: str, fields: Fields) -> Kind:
	"""Return the kind of a DocType whose documents are told by the given fields."""
	reader = PlainReader(doctype, fields)
	return Kind(doctype, reader.changes, reader.deletions, reader.entries)


@dataclass(frozen=True)
class PlainReader:
	"""Reads documents of one DocType; see `aftersales.knowledge.index.Kind`."""

	doctype: str
	fields: Fields

	def changes(self, after: tuple[datetime, str], limit: int) -> list[tuple[datetime, str, str]]:
		"""Documents changed after (modified, name), in that order."""
		columns = self.signature_columns()
		rows = changed_after(self.doctype, columns, after, limit)
		return [(row.modified, row.name, self.signature(row, columns)) for row in rows]

	def signature_columns(self) -> list[str]:
		"""What changes an entry: a renamed link changes no `modified`, so links count themselves."""
		links = link_fields(frappe.get_meta(self.doctype))
		return list(
			dict.fromkeys(["modified", "name", "owner", *links, *self.fields.filters, *self.fields.hidden])
		)

	def signature(self, row: dict, columns: list[str]) -> str:
		"""A short mark of this state of a document; nothing for one that is not to be found."""
		if any(row[column] for column in self.fields.hidden):
			return ""
		values = "\n".join(str(row[column]) for column in columns)
		return hashlib.blake2b(values.encode(), digest_size=9).hexdigest()

	def deletions(self, since: datetime) -> list[str]:
		"""Names of those deleted since then."""
		return frappe.get_all(
			"Deleted Document",
			filters={"deleted_doctype": self.doctype, "modified": (">=", since)},
			pluck="deleted_name",
			limit=10_000,
		)

	def entries(self, names: list[str]) -> list[Entry]:
		"""What to index of these documents: nothing of those that are deleted or hidden."""
		if not names:
			return []
		meta = frappe.get_meta(self.doctype)
		# A field that only some may see is not indexed at all.
		open_to_all = {field.fieldname for field in meta.fields if not field.permlevel}
		filters = list(dict.fromkeys([*link_fields(meta), *self.fields.filters]))
		signed = self.signature_columns()
		columns = list(dict.fromkeys([*signed, *self.fields.columns()]))
		rows = frappe.get_all(self.doctype, filters={"name": ("in", names)}, fields=columns)
		further = self.read_rows(names)
		found = []
		for row in rows:
			if signature := self.signature(row, signed):
				visible = {column: row[column] for column in columns if column in open_to_all}
				words = self.words(row.name, visible, *further.get(row.name, ([], [])))
				exact = [f"owner:{row.owner}", *terms_of(row, filters), *words.pop("filters")]
				found.append(Entry(name=row.name, signature=signature, filters=exact, **words))
		return found

	def read_rows(self, names: list[str]) -> dict[str, tuple[list[str], list[str]]]:
		"""Texts and telephone numbers of the child rows, by document."""
		found: dict[str, tuple[list[str], list[str]]] = {}
		tables = {**self.fields.rows, **{name: (column,) for name, column in self.fields.phone_rows.items()}}
		for child, columns in tables.items():
			rows = frappe.get_all(
				child,
				filters={"parent": ("in", names), "parenttype": self.doctype},
				fields=["parent", *columns],
				order_by="idx",
			)
			for row in rows:
				texts, phones = found.setdefault(row.parent, ([], []))
				target = phones if child in self.fields.phone_rows else texts
				target.extend(str(row[column]) for column in columns if row[column])
		return found

	def words(self, name: str, row: dict, texts: list[str], phones: list[str]) -> dict[str, list[str]]:
		"""Cut one document into the index's terms, by the fields of `Entry`; its keys are exact terms."""

		def values(columns: tuple[str, ...]) -> list[str]:
			return [str(row[column]) for column in columns if row.get(column)]

		title = " ".join(values(self.fields.titles))
		keywords = " ".join(values(self.fields.keywords))
		body = " ".join([*map(plain_text, values(self.fields.body)), *texts])[:MAX_BODY]
		keys = [code_key(value) for value in (name, *values(self.fields.keys))]
		keys += [key for number in [*values(self.fields.phones), *phones] for key in phone_keys(number)]
		keys = [key for key in dict.fromkeys(keys) if key]
		return {
			"filters": [f"key:{key}" for key in keys],
			"title": terms(title),
			"keywords": terms(keywords),
			"body": terms(body),
			"characters": characters(f"{title} {keywords}"),
			"codes": sorted({*keys, *codes_in(f"{title} {keywords} {body}")}),
		}


def phone_keys(text: str) -> list[str]:
	"""Every spelling under which a telephone number is looked up: as written, national, with the country."""
	keys = []
	for part in split_numbers(text):
		number = normalise_number(part)
		keys += [code_key(part), number.national, code_key(number.e164)]
	return [key for key in keys if len(key) >= 4]
