"""One generation of a search index: a folder with a tantivy index, its fields, its state and its writer."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tantivy

# Key of the document that tells what the index has seen; no name in the database begins so.
STATE_KEY = "\x00state"
BEGINNING = (datetime(1900, 1, 1), "")
WRITER_MEMORY = 15_000_000
REBUILD_MEMORY = 100_000_000


@dataclass(frozen=True)
class Entry:
	"""What is indexed of one document.

	filters: exact terms such as "audience:Public". title, keywords, body, characters, codes: terms as
	`aftersales.knowledge.text` cuts them.
	"""

	name: str
	signature: str
	filters: list[str]
	title: list[str]
	keywords: list[str]
	body: list[str]
	characters: list[str]
	codes: list[str]


def build_schema() -> tantivy.Schema:
	builder = tantivy.SchemaBuilder()
	builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
	builder.add_bytes_field("signature", stored=True)
	builder.add_text_field("filters", tokenizer_name="raw", index_option="basic")
	builder.add_text_field("title", tokenizer_name="whitespace", index_option="position")
	builder.add_text_field("keywords", tokenizer_name="whitespace", index_option="freq")
	builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
	builder.add_text_field("characters", tokenizer_name="whitespace", index_option="basic")
	builder.add_text_field("codes", tokenizer_name="whitespace", index_option="basic")
	return builder.build()


SCHEMA = build_schema()


class Writer:
	"""One commit to one generation: everything that is put, or nothing. Needs the lock of that generation."""

	def __init__(self, folder: Path, memory: int = WRITER_MEMORY):
		self._writer = tantivy.Index.open(str(folder)).writer(memory, 1)
		self._seen = read_seen(open_searcher(folder))

	def put(self, entries: list[Entry], remove: list[str], seen: tuple[datetime, str] = BEGINNING) -> None:
		"""Remove the documents *remove* and add *entries*; *seen* is the last change that is covered."""
		for name in remove:
			self._writer.delete_documents_by_term("key", name)
		for entry in entries:
			self._writer.add_document(as_document(entry))
		self._seen = max(self._seen, seen)

	def __enter__(self) -> "Writer":
		return self

	def __exit__(self, error_type: type | None, _error: object, _traceback: object) -> None:
		if error_type is None:
			modified, name = self._seen
			state = tantivy.Document()
			state.add_text("key", STATE_KEY)
			state.add_bytes("signature", json.dumps([modified.isoformat(), name]).encode())
			self._writer.delete_documents_by_term("key", STATE_KEY)
			self._writer.add_document(state)
			self._writer.commit()
		else:
			self._writer.rollback()
		self._writer.wait_merging_threads()


def as_document(entry: Entry) -> tantivy.Document:
	document = tantivy.Document()
	document.add_text("key", entry.name)
	document.add_bytes("signature", entry.signature.encode())
	for term in entry.filters:
		document.add_text("filters", term)
	for field in ("title", "keywords", "body", "characters", "codes"):
		document.add_text(field, " ".join(getattr(entry, field)))
	return document


def open_searcher(folder: Path) -> tantivy.Searcher:
	return tantivy.Index.open(str(folder)).searcher()


def read_signatures(searcher: tantivy.Searcher, names: list[str]) -> dict[str, str]:
	query = tantivy.Query.term_set_query(SCHEMA, "key", names)
	hits = searcher.search(query, limit=max(len(names), 1), count=False).hits
	documents = (searcher.doc(address) for _score, address in hits)
	return {document["key"][0]: bytes(document["signature"][0]).decode() for document in documents}


def all_signatures(searcher: tantivy.Searcher) -> dict[str, str]:
	hits = searcher.search(tantivy.Query.all_query(), limit=max(searcher.num_docs, 1), count=False).hits
	documents = (searcher.doc(address) for _score, address in hits)
	found = {document["key"][0]: bytes(document["signature"][0]).decode() for document in documents}
	found.pop(STATE_KEY, None)
	return found


def read_seen(searcher: tantivy.Searcher) -> tuple[datetime, str]:
	state = read_signatures(searcher, [STATE_KEY]).get(STATE_KEY)
	if not state:
		return BEGINNING
	modified, name = json.loads(state)
	return datetime.fromisoformat(modified), name
