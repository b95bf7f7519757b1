"""The blocks of the Asterisk Manager Interface, and what their values mean."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.lines import decode_text

MAX_LINE = 4000
MAX_LINES = 300
BANNER = "asterisk call manager/"

#: hang-up causes (ITU-T Q.850) in words
CAUSES = {
	"16": "normal_clearing",
	"17": "busy",
	"18": "no_answer",
	"19": "no_answer",
	"21": "rejected",
	"31": "normal_clearing",
	"34": "congestion",
	"127": "caller_gave_up",
}
#: results of ringing one telephone
DIAL_RESULTS = {
	"BUSY": "busy",
	"CANCEL": "caller_gave_up",
	"NOANSWER": "no_answer",
	"CONGESTION": "congestion",
	"CHANUNAVAIL": "unavailable",
}
#: why an Originate came to nothing
ORIGINATE_REASONS = {
	"0": "the telephone system could not dial",
	"1": "the phone was hung up",
	"3": "the phone was not picked up",
	"5": "the phone is busy",
	"8": "the phone cannot be reached",
}


class BlockSplitter:
	"""Cuts a byte stream into blocks of ``Key: value`` lines; memory is bounded.

	Keys come out in lower case; of a repeated key the first value stays. The banner, a line of its own, is a block
	with the one key ``banner``.
	"""

	def __init__(self) -> None:
		self._buffer = bytearray()
		self._block: dict[str, str] = {}
		self._lines = 0
		self._skip = False

	def reset(self) -> None:
		"""Forget the half block of a connection that is gone."""
		self._buffer.clear()
		self._block = {}
		self._lines = 0
		self._skip = False

	def feed(self, data: bytes) -> tuple[list[dict[str, str]], list[str]]:
		"""The blocks that ``data`` completes, and a word for each piece that was thrown away."""
		blocks: list[dict[str, str]] = []
		lost: list[str] = []
		*lines, rest = data.split(b"\n")
		for line in lines:
			self._append(line, lost)
			if self._skip:
				self._skip = False
			else:
				self._line(bytes(self._buffer), blocks, lost)
			self._buffer.clear()
		self._append(rest, lost)
		return blocks, lost

	def _append(self, piece: bytes, lost: list[str]) -> None:
		if self._skip:
			return
		if len(self._buffer) + len(piece) > MAX_LINE:
			self._buffer.clear()
			self._skip = True
			lost.append("overlong lines")
			return
		self._buffer += piece

	def _line(self, raw: bytes, blocks: list[dict[str, str]], lost: list[str]) -> None:
		text = decode_text(raw.rstrip(b"\r"))
		if not text:
			if self._block:
				blocks.append(self._block)
			self._block, self._lines = {}, 0
			return
		key, colon, value = text.partition(":")
		if not colon:
			if text.lower().startswith(BANNER):
				blocks.append({"banner": text[:60]})
			else:
				lost.append("unknown lines")
			return
		self._lines += 1
		if self._lines <= MAX_LINES:
			self._block.setdefault(key.strip().lower(), value.strip())
		elif self._lines == MAX_LINES + 1:
			lost.append("overlong blocks")


def known(value: str | None) -> str | None:
	"""``value``, or None for the words that Asterisk writes where it knows nothing."""
	return None if value is None or value.lower() in ("", "<unknown>", "unknown") else value


def endpoint(channel: str) -> str:
	"""``PJSIP/11`` of the channel name ``PJSIP/11-00000020``: technology and endpoint."""
	return channel.rsplit("-", 1)[0] if "-" in channel else channel


def extension(channel: str) -> str:
	"""``11`` of the channel name ``PJSIP/11-00000020``."""
	return endpoint(channel).partition("/")[2]


def is_local(channel: str) -> bool:
	"""Whether the channel is half of a Local pair, which only doubles what its real channels tell."""
	return channel.startswith("Local/")


def dialled_number(dial_string: str) -> str | None:
	"""The number in a DialBegin's DialString: ``138…@trunk``, ``trunk/138…``, ``11/sip:11@10.0.0.1``."""
	target = dial_string.partition("sip:")[2] or dial_string
	before, at, _ = target.partition("@")
	number = before if at else target.rsplit("/", 1)[-1]
	match = re.fullmatch(r"\+?[0-9*#]{3,40}", number)
	return match.group() if match else None


def action(**headers: str) -> bytes:
	"""An action; no value can break out of its line."""
	lines = "".join(f"{key}: {re.sub(r'[^ -~]', '', value)}\r\n" for key, value in headers.items())
	return f"{lines}\r\n".encode("ascii")
