"""Transcripts of devices: reading them, playing them to a decoder, and saying what came of it."""

import json
import re

from bridge_testing import CALLER_ID

from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.schema import read_table

TRANSCRIPTS = sorted(CALLER_ID.glob("*/*.txt"))

#: fields of a signal that expectations speak of, and the value that is left out there
FIELDS = {
	"kind": None,
	"line": "1",
	"direction": "in",
	"number_raw": None,
	"presentation": None,
	"name_raw": None,
	"ring_count": None,
	"duration_s": None,
	"cause": None,
	"device_time_raw": None,
	"extension": None,
	"did": None,
	"recording": None,
	"source_call_id": None,
	"dial_request": None,
	"history": False,
}


def title(path):
	return f"{path.parent.name}/{path.stem}"


def make(name, line=None, **options):
	"""An adapter as the configuration would make it."""
	kind = ADAPTERS[name]
	lines = options.pop("lines", None) if kind.multi_line else None
	values = read_table(options, kind.options, "test")
	if kind.multi_line:
		values["lines"] = lines or {}
	return kind("device-1", line if line is not None else ("" if kind.multi_line else "1"), values)


def decoder_of(path):
	"""The adapter of a transcript, with the options that its remarks give as JSON."""
	options = {}
	for line in path.read_text(encoding="utf-8").splitlines():
		if line.startswith("# options: "):
			options = json.loads(line[11:])
	return make(path.parent.name, **options)


def is_framed(path):
	"""Whether its pieces come whole: datagrams, or requests."""
	return not {"serial", "tcp", "tcp-listen", "pipe"} & set(ADAPTERS[path.parent.name].ports)


def pieces(path):
	"""(second, bytes) for each line of a transcript."""
	for line in path.read_text(encoding="utf-8").splitlines():
		if line and not line.startswith("#"):
			second, text = line.split(" ", 1)
			escapes = {r"\r": b"\r", r"\n": b"\n"}
			parts = re.split(r"(\\x[0-9a-fA-F]{2}|\\[rn])", text)
			yield (
				float(second),
				b"".join(
					escapes.get(p) or (bytes([int(p[2:], 16)]) if p.startswith("\\x") else p.encode())
					for p in parts
				),
			)


def expected_of(path):
	"""What a transcript must become, without the fields that say nothing."""
	events = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
	return [{key: value for key, value in event.items() if value is not None} for event in events]


def play(decoder, parts):
	"""Feed (second, bytes) parts, let time pass between and after them until no call is open; the signals."""
	signals, now = [], 0.0
	for second, data in parts:
		while now + 0.5 < second:
			now += 0.5
			signals += decoder.tick(now)
		now = max(now, second)
		signals += decoder.feed(data, now)
	for step in [0.5] * 80 + [60.0] * 1500:
		if step > 1 and not decoder.calls.ringing:
			break
		now += step
		signals += decoder.tick(now)
	return signals


def told(signals):
	"""Signals in the form of the expectations; asserts that each call's sequence numbers have no gap."""
	calls = {}
	for signal in signals:
		calls.setdefault(signal.call_uuid, []).append(signal.seq)
	for sequence in calls.values():
		assert sequence == list(range(1, len(sequence) + 1))
	order = list(calls)
	return [
		{
			"call": order.index(signal.call_uuid) + 1,
			**{key: value for key, out in FIELDS.items() if (value := getattr(signal, key)) != out},
		}
		for signal in signals
	]
