"""Collections: what can be searched for. An app declares its own in the hook `aftersales_search_collections`.

Each entry of the hook names a `Collection`. That is all there is to do: saving, renaming and deleting such documents,
the queued indexing, the catch-up, the nightly comparison, the common search and its rights work for it from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import frappe
from tantivy import Query

from aftersales.knowledge.index import Kind
from aftersales.knowledge.query import Typed
from aftersales.knowledge.rights import Rights, rights_of
from aftersales.knowledge.text import code_key

HOOK = "aftersales_search_collections"


def nothing_preferred() -> list[tuple[Query, float]]:
	"""No document goes before others that match as well."""
	return []


def every_row(_row: dict) -> bool:
	"""Every document may be shown while there is no index."""
	return True


@dataclass(frozen=True)
class Collection:
	"""One kind of document with what a search needs to know of it.

	:param kind: how it is read into the index; its name is the DocType.
	:param fields: read for each hit, with the user's own rights.
	:param show: from a row and what was typed to `title_html`, `text_html` and `indicator` of a hit; the HTML is safe.
	:param scanned: columns that are looked through while there is no index.
	:param rights: the session user's rights as conditions of the query.
	:param preferred: documents that go before others that match as well, and by how much.
	:param may_be_found: whether a row may be shown while there is no index.
	:param coded: fields whose values the index has as keys, without dashes and blanks.
	"""

	kind: Kind
	fields: tuple[str, ...]
	show: Callable[[dict, Typed], dict]
	scanned: tuple[str, ...]
	rights: Callable[[str], Rights] = rights_of
	preferred: Callable[[], list[tuple[Query, float]]] = nothing_preferred
	may_be_found: Callable[[dict], bool] = every_row

	coded: tuple[str, ...] = ()

	def term_values(self, field: str, values: list[str]) -> list[str]:
		"""Return the values of a field as the index has them."""
		return [code_key(value) or "-" for value in values] if field in self.coded else values

	@property
	def doctype(self) -> str:
		return self.kind.name


def collections() -> dict[str, Collection]:
	"""Return what the installed apps declare, by DocType, in the order of declaration."""
	found = [frappe.get_attr(path) for path in frappe.get_hooks(HOOK)]
	return {collection.doctype: collection for collection in found}
