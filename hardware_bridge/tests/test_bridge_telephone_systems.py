"""Servers that the bridge connects to (NCID, Asterisk, baresip), over real sockets."""

import contextlib
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from transcript_testing import TRANSCRIPTS, decoder_of, make, pieces, play, title, told

from aftersales_bridge import baresip_config
from aftersales_bridge.adapters import ami, ncid, sip
from aftersales_bridge.adapters.base import DeviceError, DialError, DialRequest
from aftersales_bridge.adapters.ncid_lines import read_line
from aftersales_bridge.adapters.netstrings import NetstringSplitter, netstring
from aftersales_bridge.adapters.sip_uri import clean_name, clean_number
from aftersales_bridge.ports import open_port
from aftersales_bridge.ports.tcp import CLIENT_KEYS
from aftersales_bridge.schema import read_table
from aftersales_bridge.simulator import make_device
from aftersales_bridge.simulator.device import Call

SERVERS = ("ncid", "ami", "sip")


class Server:
	"""A simulated device behind a real socket."""

	def __init__(self, device):
		self.device = device
		self.received = b""
		self.connections = []
		self._listener = socket.create_server(("127.0.0.1", 0))
		self.url = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
		self.changed = threading.Condition()
		threading.Thread(target=self._accept, daemon=True).start()

	def _accept(self):
		with contextlib.suppress(OSError):
			while True:
				connection, _ = self._listener.accept()
				self.connections.append(connection)
				connection.sendall(self.device.greeting())
				threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

	def _serve(self, connection):
		with contextlib.suppress(OSError):
			while data := connection.recv(4096):
				with self.changed:
					self.received += data
					self.changed.notify_all()
				connection.sendall(self.device.reply(data))
				for seconds, later in sorted(self.device.follow_ups()):
					time.sleep(min(seconds, 0.02))
					connection.sendall(later)

	def send(self, data):
		self.connections[-1].sendall(data)

	def play(self, call):
		for _, data in self.device.call(call):
			self.send(data)

	def hang_up(self):
		self.connections[-1].shutdown(socket.SHUT_RDWR)

	def wait_for(self, pattern):
		with self.changed:
			assert self.changed.wait_for(lambda: re.search(pattern, self.received), 5), self.received
		return re.search(pattern, self.received)

	def close(self):
		self._listener.close()
		for connection in self.connections:
			connection.close()


@pytest.fixture
def server():
	started = []

	def start(device):
		started.append(Server(make_device(device) if isinstance(device, str) else device))
		return started[-1]

	yield start
	for one in started:
		one.close()


@pytest.fixture
def secret(tmp_path):
	path = tmp_path / "ami-secret"
	path.write_text("simulated\n")
	path.chmod(0o600)
	return str(path)


class Session:
	"""An adapter at work on a port, as the bridge has it."""

	def __init__(self, adapter, url):
		self.adapter = adapter
		self.signals = []
		self.port = open_port(url, read_table({}, CLIENT_KEYS, "test"))
		try:
			self.warnings = adapter.start(self.port, self.signals.extend)
		except BaseException:
			self.port.close()
			raise
		adapter.resume(adapter.now())

	def read_until(self, condition, seconds=5.0):
		deadline = time.monotonic() + seconds
		while not condition(self.signals):
			assert time.monotonic() < deadline, told(self.signals)
			data = self.port.read()
			self.signals += self.adapter.feed(data, self.adapter.now()) if data else []
			self.signals += self.adapter.tick(self.adapter.now())
		return self.signals

	def has(self, kind, count=1):
		return self.read_until(lambda signals: sum(s.kind == kind for s in signals) >= count)


@pytest.fixture
def session():
	opened = []

	def start(adapter, url):
		opened.append(Session(adapter, url))
		return opened[-1]

	yield start
	for one in opened:
		one.port.close()


def kinds(signals):
	return [(signal.kind, signal.number_raw, signal.extension) for signal in signals]


# What every server's calls become.


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(
	"call",
	[
		Call("13812345678", "ZHANG SAN", answer_s=3, talk_s=20),
		Call("13812345678", rings=2),
		Call("withheld", rings=1),
		Call("unavailable", rings=2, cadence=1),
		Call("13812345678", outbound=True, talk_s=20),
	],
	ids=["answered", "missed", "withheld", "unavailable", "outbound"],
)
def test_a_simulated_call_arrives_whole(kind, call):
	device = make_device(kind)
	for line in device.lines:
		signals = play(make(kind), device.call(Call(**{**call.__dict__, "line": line})))
		assert len({signal.call_uuid for signal in signals}) == 1
		assert {signal.direction for signal in signals} == {"out" if call.outbound else "in"}
		assert [s.kind for s in signals].count("ringing") == 1 and signals[0].kind == "ringing"
		last = signals[-1]
		assert last.kind in ("ended", "missed", "ring_end")
		assert last.number_raw == (call.digits or None)
		assert last.presentation == (
			"allowed" if call.digits else "restricted" if call.number == "withheld" else "unavailable"
		)
		if kind == "ami" or (kind == "ncid" and line != "POTS"):
			spoke = call.outbound or call.answer_s is not None
			assert last.kind == ("ended" if spoke else "missed")
			# A gateway counts the ringing too.
			assert not spoke or 17 <= last.duration_s <= (43 if kind == "ncid" else 23)


@pytest.mark.parametrize("path", [p for p in TRANSCRIPTS if p.parent.name in SERVERS], ids=title)
def test_a_connection_may_break_at_any_byte(path):
	"""Half of the conversation, a break, then all of it again: nothing is raised and every call has an end."""
	whole = list(pieces(path))
	data = b"".join(part for _, part in whole)
	chance = random.Random(str(path.name))
	for place in chance.sample(range(len(data)), min(40, len(data))):
		decoder = decoder_of(path)
		signals = decoder.feed(data[:place], 1.0)
		decoder.suspend(2.0)
		saved = json.loads(json.dumps(decoder.snapshot()))
		if place % 2 and saved is not None:
			decoder = decoder_of(path)
			signals += decoder.restore(saved, 1.0, 3.0)
		decoder.resume(3.0)
		signals += play(decoder, [(second + 4.0, part) for second, part in whole])
		opened = {s.call_uuid for s in signals}
		assert opened == {s.call_uuid for s in signals if s.kind in ("ended", "missed", "ring_end")}
		for call in opened:
			sequence = [s.seq for s in signals if s.call_uuid == call]
			assert sequence == sorted(set(sequence))


# Asterisk.


def test_ami_logs_in_and_follows_a_call(server, session, secret):
	asterisk = server("ami")
	ran = session(make("ami", secret_file=secret), asterisk.url)
	assert asterisk.received == (
		b"Action: Login\r\nActionID: login\r\nUsername: aftersales\r\nSecret: simulated\r\nEvents: call\r\n\r\n"
	)
	assert ran.adapter.identify(ran.port) == "Asterisk Call Manager/5.0.2"
	asterisk.play(Call("13812345678", "ZHANG SAN", answer_s=3, talk_s=5))
	assert kinds(ran.has("ended")) == [
		("ringing", "13812345678", None),
		("caller_id", "13812345678", "11"),
		("caller_id", "13812345678", "12"),
		("answered", "13812345678", "12"),
		("ended", "13812345678", "12"),
	]
	assert {signal.did for signal in ran.signals} == {"02161234567"}


def test_ami_says_why_it_cannot_log_in(server, session, secret, tmp_path, monkeypatch):
	monkeypatch.setattr(ami, "ANSWER_S", 0.3)
	asterisk = server("ami")
	Path(secret).write_text("wrong")
	with pytest.raises(DeviceError, match="login was refused; check user, secret_file"):
		session(make("ami", secret_file=secret), asterisk.url)
	with pytest.raises(DeviceError, match="no answer to the login; is this the address"):
		session(make("ami", secret_file=secret), server("ncid").url)
	Path(secret).chmod(0o644)
	with pytest.raises(DeviceError, match="open to other users; run: chmod 600") as caught:
		session(make("ami", secret_file=secret), asterisk.url)
	assert "wrong" not in str(caught.value)
	with pytest.raises(DeviceError, match="cannot be read"):
		session(make("ami", secret_file=str(tmp_path / "none")), asterisk.url)


def test_ami_pings_and_notices_silence(server, session, secret, monkeypatch):
	asterisk = server("ami")
	ran = session(make("ami", secret_file=secret), asterisk.url)
	ran.adapter.check_up(ran.port, ran.adapter.now() + 29)
	ran.adapter.check_up(ran.port, ran.adapter.now() + 31)
	asterisk.wait_for(rb"Action: Ping\r\nActionID: ping\r\n\r\n$")
	late = ran.adapter.now() + 32
	ran.adapter.feed(ran.port.read(), late)
	ran.adapter.check_up(ran.port, late + 11)
	ran.adapter.check_up(ran.port, late + 43)
	with pytest.raises(DeviceError, match="does not answer any more"):
		ran.adapter.check_up(ran.port, late + 54)


def test_ami_dials(server, session, secret):
	asterisk = server("ami")
	ran = session(make("ami", secret_file=secret, dial_prefix="9"), asterisk.url)
	request = DialRequest("DIAL-0001", "7", "+86 138-1234-5678", "11")
	assert ran.adapter.dial(ran.port, request, ran.adapter.now()) == []
	sent = asterisk.wait_for(rb"(?s)Action: Originate.*?\r\n\r\n").group().decode()
	assert "Channel: PJSIP/11\r\n" in sent and "Exten: 9+8613812345678\r\n" in sent
	assert "Context: from-internal\r\n" in sent and "Async: true\r\n" in sent
	signals = ran.has("ended")
	assert [(s.kind, s.direction, s.line, s.number_raw, s.extension, s.dial_request) for s in signals] == [
		(kind, "out", "7", "+86 138-1234-5678", "11", "DIAL-0001")
		for kind in ("ringing", "answered", "ended")
	]


def test_ami_tells_why_it_could_not_dial(server, session, secret):
	ran = session(make("ami", secret_file=secret), server("ami").url)
	ran.adapter.dial(ran.port, DialRequest("DIAL-0002", "7", "13812345678", "99"), ran.adapter.now())
	(failed,) = ran.has("dial_failed")
	assert (failed.dial_request, failed.line, failed.cause) == (
		"DIAL-0002",
		"7",
		"the telephone system could not dial",
	)
	for number, extension in (
		("13812345678", None),
		("138\r\nAction: Command", "11"),
		("", "11"),
		("1381", "11\r\nX: y"),
	):
		with pytest.raises(DialError):
			ran.adapter.dial(ran.port, DialRequest("x", "7", number, extension), ran.adapter.now())
	# Asterisk never says what came of it.
	ran.adapter.dial(ran.port, DialRequest("DIAL-0003", "7", "13812345678", "11"), ran.adapter.now())
	assert (failed.number_raw, failed.presentation, failed.extension) == ("13812345678", "allowed", "99")
	(failed,) = ran.adapter.tick(ran.adapter.now() + 200)
	assert (failed.kind, failed.dial_request) == ("dial_failed", "DIAL-0003")


def test_ami_reconciles_its_calls_after_a_break(server, session, secret):
	"""Of two calls that rang when the connection broke, one has ended meanwhile."""
	asterisk = server("ami")
	adapter = make("ami", secret_file=secret)
	ran = session(adapter, asterisk.url)
	first, second = (
		asterisk.device.call(Call(number, answer_s=3)) for number in ("13812345678", "13900001111")
	)
	asterisk.send(b"".join(data for at, data in first + second if at < 3))
	ran.has("caller_id", 4)
	asterisk.hang_up()
	with pytest.raises(OSError):
		ran.has("never")
	adapter.suspend(adapter.now())

	def listed(data):
		if b"CoreShowChannels" not in data:
			return type(asterisk.device).reply(asterisk.device, data)
		linked = re.search(rb"Linkedid: (\S+)", second[0][1]).group(1)
		return (
			b"Response: Success\r\nActionID: list\r\nEventList: start\r\n\r\n"
			b"Event: CoreShowChannel\r\nActionID: list\r\nChannel: x\r\nLinkedid: " + linked + b"\r\n\r\n"
			b"Event: CoreShowChannelsComplete\r\nActionID: list\r\n\r\n"
		)

	asterisk.device.reply = listed
	again = session(adapter, asterisk.url)
	(lost,) = again.has("ring_end")
	assert (lost.number_raw, lost.cause) == ("13812345678", "device_lost")
	# The other one goes on, however long the break was.
	assert adapter.tick(adapter.now() + 60) == []
	asterisk.send(b"".join(data for at, data in second if at >= 3))
	assert kinds(again.has("ended"))[1:] == [
		("answered", "13900001111", "12"),
		("ended", "13900001111", "12"),
	]


def test_ami_finds_its_calls_again_after_a_restart():
	script = make_device("ami").call(Call("13812345678", answer_s=3, talk_s=20))
	before, after = make("ami"), make("ami")
	signals = before.feed(b"".join(data for at, data in script if at <= 3), 1.0)
	assert after.restore(json.loads(json.dumps(before.snapshot())), 5.0, 100.0) == []
	(ended,) = after.feed(b"".join(data for at, data in script if at > 3), 101.0)
	assert (ended.kind, ended.call_uuid, ended.seq) == ("ended", signals[0].call_uuid, len(signals) + 1)


# NCID.


def test_ncid_greets_and_takes_the_log_once(server, session):
	served = server("ncid")
	adapter = make("ncid", lines={"POTS": "1"})
	ran = session(adapter, served.url)
	assert re.fullmatch(
		rb"HELLO: IDENT: client aftersales-bridge [0-9.]+\n", served.wait_for(rb"(?s).*\n").group()
	)
	assert [(s.kind, s.number_raw, s.history, s.name_raw) for s in ran.signals] == [
		("ringing", "02161234567", True, "FROM THE LOG"),
		("ring_end", "02161234567", True, "FROM THE LOG"),
	]
	served.play(Call("13812345678", rings=2))
	ran.has("ring_end", 2)
	# The server's log has the call now; a new connection, and a new bridge, must not tell it again.
	(live,) = {s.device_time_raw for s in ran.signals if s.number_raw == "13812345678"}
	date, minute = live.split()
	entry = (
		f"CIDLOG: *DATE*{date}*TIME*{minute}*LINE*POTS*NMBR*13812345678*MESG*NONE*NAME*NO NAME*\r\n".encode()
	)
	greeting = served.device.greeting()
	served.device.greeting = lambda: greeting.replace(b"250 End", entry + b"250 End")
	assert session(adapter, served.url).signals == []
	restarted = make("ncid", lines={"POTS": "1"})
	restarted.restore(json.loads(json.dumps(adapter.snapshot())), 60.0, 1.0)
	assert session(restarted, served.url).signals == []


def test_ncid_history_keeps_its_identity_without_any_memory(server, session):
	served = server("ncid")
	first, second = (session(make("ncid"), served.url).signals for _ in range(2))
	assert [s.call_uuid for s in first] == [s.call_uuid for s in second] and first


def test_ncid_can_do_without_the_log(server, session):
	served = server("ncid")
	served.device.greeting = lambda: (
		b"200 Server: ncidd (NCID) 1.6\r\n210 API 1.5 Feature Set 1 2 3 4 5\r\n"
		b"251 Call log not sent\r\n300 End of connection startup\r\n"
	)
	assert session(make("ncid", history_days=0), served.url).signals == []
	served.wait_for(rb"HELLO: CMD: no_log\n$")


def test_ncid_old_servers_and_strangers(server, session, monkeypatch):
	monkeypatch.setattr(ncid, "ANSWER_S", 0.3)
	served = server("ncid")
	served.device.greeting = lambda: b"200 NCID Server: ncidd 0.80\r\n253 No Call log\r\n"
	session(make("ncid"), served.url)
	assert served.received == b""
	with pytest.raises(DeviceError, match="is this the address of an NCID server"):
		session(make("ncid"), server("ami").url)


def test_ncid_asks_a_quiet_server(server, session):
	served = server("ncid")
	ran = session(make("ncid"), served.url)
	ran.adapter.check_up(ran.port, ran.adapter.now() + 901)
	served.wait_for(rb"REQ: YO\n$")
	late = ran.adapter.now() + 902
	ran.adapter.feed(ran.port.read(), late)
	ran.adapter.check_up(ran.port, late + 11)
	ran.adapter.check_up(ran.port, late + 902)
	with pytest.raises(DeviceError, match="does not answer"):
		ran.adapter.check_up(ran.port, late + 913)


def test_ncid_server_that_lost_its_modem(server, session):
	served = server("ncid")
	ran = session(make("ncid"), served.url)
	served.send(b"MSG: Serial device 4 pos 0 Hung Up, Terminated  11/21/2026 23:33:12\r\n")
	with pytest.raises(DeviceError, match="the server says: Serial device 4"):
		for _ in range(20):
			ran.adapter.feed(ran.port.read(), ran.adapter.now())
			ran.adapter.check_up(ran.port, ran.adapter.now())


def test_ncid_lines_with_asterisks_in_values():
	line = read_line("CID: *DATE*11212026*TIME*1530*LINE*POTS*NMBR**17*MESG*NONE*NAME*A * B*")
	assert (line.value("NMBR"), line.value("NAME"), line.value("MESG")) == ("*17", "A * B", None)
	assert read_line("+CID: *NMBR*1*") is None


# SIP.


def test_sip_asks_for_its_accounts_and_follows_a_call(server, session):
	baresip = server("sip")
	ran = session(make("sip"), baresip.url)
	assert baresip.received == b'49:{"command":"reginfo","token":"aftersales-bridge"},'
	assert "sip:8001@pbx.example.com" in ran.adapter.identify(ran.port)
	baresip.play(Call("13812345678", "ZHANG SAN", rings=2))
	assert [(s.kind, s.number_raw, s.name_raw, s.cause) for s in ran.has("ring_end")] == [
		("ringing", "13812345678", "ZHANG SAN", None),
		("ring_end", "13812345678", "ZHANG SAN", "cancelled"),
	]


@pytest.mark.parametrize(
	("state", "message"),
	[("\x1b[31mERR \x1b[;m  Expires 0s", "not registered: sip:8001"), (None, "baresip has no account")],
)
def test_sip_account_that_is_not_registered(server, session, state, message):
	baresip = server("sip")
	line = f"> sip:8001@pbx.example.com      {state}\n" if state else ""
	text = json.dumps({"response": True, "ok": True, "data": f"\n--- User Agents (1) ---\n{line}\n"})
	baresip.device.reply = lambda data: netstring(text.encode())
	with pytest.raises(DeviceError, match=message):
		session(make("sip"), baresip.url)


def test_sip_notices_that_the_registration_is_lost(server, session, monkeypatch):
	baresip = server("sip")
	ran = session(make("sip"), baresip.url)
	fine = baresip.device.reply
	text = json.dumps(
		{"response": True, "ok": True, "data": "> sip:8001@pbx.example.com   ERR  Expires 0s\n"}
	)
	baresip.device.reply = lambda data: netstring(text.encode())
	event = {
		"event": True,
		"type": "REGISTER_FAIL",
		"accountaor": "sip:8001@pbx.example.com",
		"param": "403 Forbidden",
	}
	baresip.send(netstring(json.dumps(event).encode()))
	now = ran.adapter.now() + 61
	ran.adapter.check_up(ran.port, now)
	with pytest.raises(DeviceError, match=r"no account is registered any more \(403 Forbidden\)"):
		for _ in range(20):
			ran.adapter.feed(ran.port.read(), now)
			ran.adapter.check_up(ran.port, now)
	baresip.device.reply = lambda data: b""
	monkeypatch.setattr(sip, "ANSWER_S", 0.3)
	with pytest.raises(DeviceError, match=r"is this the ctrl_tcp port of baresip"):
		session(make("sip"), baresip.url)
	baresip.device.reply = fine
	session(make("sip"), baresip.url)


def test_netstrings_go_on_after_nonsense():
	splitter = NetstringSplitter()
	assert splitter.feed(b'xx12:foo7:{"a":1},') == ([b'{"a":1}'], ["broken netstrings"])
	assert splitter.feed(b'7:{"a"') == ([], [])
	assert splitter.feed(b":2},") == ([b'{"a":2}'], [])
	splitter.feed(b"x" * 100_000)
	assert len(splitter._buffer) < 100
	assert splitter.feed(b'7:{"a":3},')[0] == [b'{"a":3}']


@pytest.mark.parametrize(
	("text", "number", "name"),
	[
		("sip:13812345678@10.0.0.1:5060;user=phone", "13812345678", ""),
		('"ZHANG SAN" <sip:13812345678@x;user=phone>;tag=1', "13812345678", "ZHANG SAN"),
		("<sip:%2B8613812345678;isub=1@x>", "+8613812345678", ""),
		("tel:+86-138-1234-5678;phone-context=x", "+86-138-1234-5678", ""),
		("sip:anonymous@anonymous.invalid", "anonymous", ""),
		("sip:10.0.0.1", "", ""),
		("13812345678@10.0.0.1", "13812345678", "13812345678@10.0.0.1"),
		("13812345678", "13812345678", "13812345678"),
		("", "", ""),
	],
)
def test_numbers_out_of_addresses(text, number, name):
	assert (clean_number(text), clean_name(text)) == (number, name)


@pytest.mark.parametrize(
	("arguments", "message"),
	[
		(("8001;x", "pbx", None), "letters, digits"),
		(("8001", "pbx>;x", None), "registrar"),
		(("8001", "pbx", "a;b"), "no password with blanks"),
	],
)
def test_accounts_that_baresip_could_not_read(arguments, message):
	with pytest.raises(ValueError, match=message):
		baresip_config.account_text(*arguments)


def test_baresip_files_are_for_their_owner_alone(tmp_path, capsys):
	password = tmp_path / "password"
	password.write_text("geheim\n")
	password.chmod(0o600)
	arguments = [
		str(tmp_path / "b"),
		"--account",
		"8001",
		"--registrar",
		"pbx.example.com",
		"--password-file",
		str(password),
	]
	assert baresip_config.main(arguments) == 0
	assert (tmp_path / "b" / "accounts").read_text() == (
		"<sip:8001@pbx.example.com>;answermode=manual;regint=300;auth_user=8001;auth_pass=geheim\n"
	)
	assert (tmp_path / "b" / "accounts").stat().st_mode & 0o077 == 0
	assert "geheim" not in capsys.readouterr().out
	password.chmod(0o644)
	assert baresip_config.main(arguments) == 2


def _no_peers():
	for program in ("sipp", "baresip", "ip", "unshare"):
		if shutil.which(program) is None:
			return f"{program} is not installed (Debian: sip-tester baresip-core iproute2 util-linux)"
	return (
		""
		if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
		else ("this user may make no network of its own (unshare -n)")
	)


@pytest.mark.skipif(bool(_no_peers()), reason=_no_peers() or "-")
def test_sipp_calls_baresip_and_the_bridge_hears_it(tmp_path):
	"""Software nobody here wrote on both ends: sipp calls, baresip rings, in a network of their own."""
	result = subprocess.run(
		["unshare", "-n", sys.executable, str(Path(__file__).with_name("sip_peers.py")), str(tmp_path)],
		capture_output=True,
		text=True,
		timeout=30,
	)
	assert result.returncode == 0, result.stdout + result.stderr
	signals = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
	assert [(s["kind"], s["number_raw"], s["presentation"], s["name_raw"]) for s in signals] == [
		("ringing", "13812345678", "allowed", "ZHANG SAN"),
		("ring_end", "13812345678", "allowed", "ZHANG SAN"),
		("ringing", None, "restricted", None),
		("ring_end", None, "restricted", None),
	]
