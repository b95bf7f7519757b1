"""An answer's HTML as words, as text with its lines, and as HTML that is safe to show."""

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

from frappe.utils import sanitize_html

TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
HARMLESS_HTML = re.compile(
	r"(?:[^<>]+|</?(?:p|br|div|span|ol|ul|li|b|strong|i|em|u|h[1-6]|blockquote)"
	r'(?: (?:class|data-list|contenteditable)="[\w -]*")* ?/?>)*'
)
CACHED_ANSWERS = 1_000
BLOCKS = frozenset("p div br h1 h2 h3 h4 h5 h6 tr ul ol li table blockquote pre".split())


def plain_text(answer: str | None) -> str:
	"""The words of an answer's HTML, on one line."""
	return " ".join(html.unescape(TAG.sub(" ", answer or "")).split())


@lru_cache(maxsize=CACHED_ANSWERS)
def safe_html(answer: str | None) -> str:
	"""An answer's HTML without anything that could run, also if it came into the database past Frappe's cleaning.

	Cleaning takes milliseconds; what consists of the editor's plain tags only needs none.
	"""
	answer = answer or ""
	return answer if HARMLESS_HTML.fullmatch(answer) else sanitize_html(answer)


@lru_cache(maxsize=CACHED_ANSWERS)
def layout_text(answer: str | None) -> str:
	"""An answer's HTML as text with its lines and numbered steps: what goes into a ticket's handling."""
	layout = TextLayout()
	layout.feed(answer or "")
	layout.close()
	lines = (" ".join(line.split()) for line in "".join(layout.parts).split("\n"))
	return "\n".join(line for line in lines if line)


class TextLayout(HTMLParser):
	"""Collects the text of HTML, with a new line for each block and a number or dash for each list item."""

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.parts: list[str] = []
		self._lists: list[list] = []

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag in BLOCKS:
			self.parts.append("\n")
		if tag in ("ol", "ul"):
			self._lists.append([tag, 0])
		elif tag == "li":
			self.parts.append(self._item_mark(dict(attrs).get("data-list")))
		elif tag in ("td", "th"):
			self.parts.append(" ")

	def _item_mark(self, quill_list: str | None) -> str:
		"""The editor writes every list as `ol` and says in an attribute which kind it is."""
		if not self._lists:
			return "- "
		if (quill_list or self._lists[-1][0]) not in ("ol", "ordered"):
			return "- "
		self._lists[-1][1] += 1
		return f"{self._lists[-1][1]}. "

	def handle_endtag(self, tag: str) -> None:
		if tag in BLOCKS:
			self.parts.append("\n")
		if tag in ("ol", "ul") and self._lists:
			self._lists.pop()

	def handle_data(self, data: str) -> None:
		self.parts.append(data.replace("\n", " "))
