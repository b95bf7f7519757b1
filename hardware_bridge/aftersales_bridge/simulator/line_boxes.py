"""Simulated caller-ID boxes that print records: Whozz Calling?, Tel-Control, NetCallerID, and one for patterns of one's own."""

from __future__ import annotations

import time

from aftersales_bridge.simulator.device import NONE, Call, Script, SimulatedDevice, later, now

#: unit and serial number of the simulated Ethernet box
UNIT, SERIAL = 1, 100001


class WhozzBox(SimulatedDevice):
	"""A box with eight lines, which can tell when a receiver is lifted."""

	name = "whozz"
	title = "Whozz Calling? box on a serial line"
	lines = tuple(f"{n:02d}" for n in range(1, 9))

	def call(self, call: Call) -> Script:
		return [(at, f"{record}\r\n".encode("ascii", "replace")) for at, record in self.records(call)]

	def reply(self, data: bytes) -> bytes:
		return b"@" * data.count(b"@") + (b"V WZ SIMULATED E c X d A o\r\n" if b"V" in data else b"")

	def records(self, call: Call) -> list[tuple[float, str]]:
		"""The records of ``call``: detail records, start and end."""
		line = self.line(call)
		if call.outbound:
			records = [(0.0, self._detail(line, "F", 0)), (1.0, self._record(call, line, "S", 0, 0))]
			end = call.talk_s
		else:
			records = [(0.0, self._detail(line, "R", 0))]
			if call.number != NONE:
				records.append((min(2.0, call.cadence / 2), self._record(call, line, "S", 0, 0)))
			if call.answer_s is not None:
				records.append((call.answer_s, self._detail(line, "F", call.answer_s)))
			end = call.end_s
		if call.outbound or call.answer_s is not None:
			records.append((end, self._detail(line, "N", end)))
		records.append((end + 0.1, self._record(call, line, "E", end, len(call.ring_times()))))
		return sorted(records, key=lambda record: record[0])

	@staticmethod
	def _detail(line: str, code: str, seconds: float) -> str:
		return f"{line} {code}{'':13}{later('%m/%d %H:%M:%S', seconds)}"

	@staticmethod
	def _record(call: Call, line: str, kind: str, seconds: float, rings: int) -> str:
		number = call.word("Private", "Out-of-Area")[:14]
		direction = "O" if call.outbound else "I"
		return (
			f"{line} {direction} {kind} {min(int(seconds), 9999):04d} G A{min(rings, 9)} {now('%m/%d %I:%M %p')} "
			f"{number:<14} {call.name[:15]:<15}"
		)


class WhozzEthernetBox(WhozzBox):
	"""The same in datagrams."""

	name = "whozz_udp"
	title = "Whozz Calling? Ethernet Link box"
	wire = "udp"

	def call(self, call: Call) -> Script:
		head = b"^^<U>" + UNIT.to_bytes(6, "big") + b"<S>" + SERIAL.to_bytes(6, "big") + b"$"
		return [(at, head + record.encode("ascii", "replace")) for at, record in self.records(call)]

	def reply(self, data: bytes) -> bytes:
		return b""


class TciBox(SimulatedDevice):
	"""A box that prints one line of 70 characters for each caller."""

	name = "tci"
	title = "Tel-Control box"
	lines = tuple(f"{n:02d}" for n in range(1, 9))

	def call(self, call: Call) -> Script:
		date = now("%m/%d").lstrip("0")
		time = now("%I:%M %p").lstrip("0")
		number = call.word("PRIVATE", "OUT-OF-AREA")[:15]
		record = f"{self.line(call):<7}{date:>5}{time:>13}{number:>19}{'':11}{call.name[:15]:<15}"
		return [(0.0, f"{record}\r\n".encode())]


class NetCallerIdBox(SimulatedDevice):
	"""The NetCallerID box."""

	name = "netcallerid"
	title = "NetCallerID box"

	def call(self, call: Call) -> Script:
		name = (
			call.name
			if call.digits
			else "-PRIVATE CALLER-"
			if call.number == "withheld"
			else "-UNKNOWN CALLER-"
		)
		record = f"###DATE{now('%m%d%H%M')}...NMBR{call.digits}...NAME{name}+++\r"
		return [(0.0, record.encode())]


class TextBox(SimulatedDevice):
	"""A telephone system that prints lines of its own, as examples/text.toml reads them."""

	name = "text"
	title = "device that prints lines of its own"
	lines = ("1", "2", "3", "4")

	def __init__(self) -> None:
		# A system that is started anew does not use its numbers of calls again.
		self._calls = int(time.time())

	def call(self, call: Call) -> Script:
		self._calls += 1
		head, line = f"CALL {self._calls}", f"line={self.line(call)}"
		name = call.name.replace('"', "'")
		first = f"{head} OUT {line} to={call.number}" if call.outbound else (
			f'{head} IN {line} from={call.word("PRIVATE", "UNKNOWN")} name="{name}"'
		)  # fmt: skip
		script = [(0.0, first)]
		if call.outbound or call.answer_s is not None:
			answered = call.answer_s or 1.0
			script.append((answered, f"{head} ANSWER {line} ext=201"))
			script.append((answered + call.talk_s, f"{head} END {line} dur={int(call.talk_s)}"))
		else:
			script.append((call.ring_s, f"{head} LOST {line}"))
		return [(at, f"{text}\r\n".encode()) for at, text in script]
