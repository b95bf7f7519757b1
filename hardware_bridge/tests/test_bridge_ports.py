"""The kinds of port, over real sockets, programs and pseudo terminals."""

import contextlib
import os
import socket
import threading
import time

import pytest

from aftersales_bridge.ports import KINDS, kind_of, open_port, shown
from aftersales_bridge.ports.common import Allowed
from aftersales_bridge.schema import read_table


@contextlib.contextmanager
def opened(url, **options):
	port = open_port(url, read_table(options, kind_of(url).keys, "test"))
	try:
		yield port
	finally:
		port.close()


def read(port, seconds=5.0):
	"""The next bytes."""
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		data = port.read()
		if data:
			return data
	raise AssertionError("nothing came")


def free_port(kind=socket.SOCK_STREAM):
	with socket.socket(socket.AF_INET, kind) as sock:
		sock.bind(("127.0.0.1", 0))
		return sock.getsockname()[1]


def assert_wakes(port):
	started = time.monotonic()
	threading.Timer(0.05, port.wake).start()
	assert port.read() == b""
	assert time.monotonic() - started < 0.45


@pytest.mark.parametrize(
	("url", "name"),
	[
		("/dev/ttyACM0", "serial"),
		("COM3", "serial"),
		("rfc2217://host:2217?ign_set_control", "serial"),
		("socket://host:7000", "serial"),
		("hwgrep://0572:1340", "serial"),
		("tcp://host:5038", "tcp"),
		("tcp-listen://0.0.0.0:1150", "tcp-listen"),
		("udp://0.0.0.0:3520", "udp"),
		("pipe:multimon-ng -q -", "pipe"),
		("http://127.0.0.1:8790/calls", "http"),
		("http://0.0.0.0:8790/0123456789abcdef", "http"),
	],
)
def test_kinds(url, name):
	assert kind_of(url).name == name and kind_of(url).check(url) is None


def test_every_kind_shows_an_example_that_it_would_take():
	for name, kind in KINDS.items():
		assert kind_of(kind.example) is kind, name
		assert kind.check(kind.example) is None, name
	assert kind_of("gopher://x:1") is None


@pytest.mark.parametrize(
	"url",
	[
		"tcp://host",
		"tcp://:5038",
		"tcp://h:x",
		"udp://h:1/path",
		"tcp://u@h:1",
		"http://0.0.0.0:8790/short",
		"http://127.0.0.1/x",
		"pipe:",
		"pipe:'",
	],
)
def test_wrong_addresses(url):
	assert kind_of(url).check(url).startswith("must ")


def test_tcp():
	with socket.create_server(("127.0.0.1", 0)) as server:
		with opened(f"tcp://127.0.0.1:{server.getsockname()[1]}") as port:
			there, _ = server.accept()
			assert_wakes(port)
			there.sendall(b"200 Server\r\n")
			assert read(port) == b"200 Server\r\n"
			port.write(b"HELLO\n")
			assert there.recv(100) == b"HELLO\n"
			there.close()
			with pytest.raises(ConnectionError, match="closed"):
				read(port)
	with pytest.raises(OSError, match="refused"), opened(f"tcp://127.0.0.1:{free_port()}"):
		pass


def test_tcp_listen_keeps_the_lines_of_two_senders_apart():
	number = free_port()
	with opened(f"tcp-listen://127.0.0.1:{number}") as port:
		first = socket.create_connection(("127.0.0.1", number))
		second = socket.create_connection(("127.0.0.1", number))
		first.sendall(b"2026/11/21 15:30:02,00")
		for _ in range(4):
			port.read()
		second.sendall(b"whole line\r\n")
		assert read(port) == b"whole line\r\n"
		first.sendall(b":00:05\r\nhalf")
		assert read(port) == b"2026/11/21 15:30:02,00:00:05\r\n"
		first.close()
		assert read(port) == b"half\n"
		second.close()
		assert_wakes_after_drop(port)


def assert_wakes_after_drop(port):
	assert port.read() == b""
	assert_wakes(port)


def test_listeners_turn_strangers_away():
	number = free_port()
	with opened(f"tcp-listen://127.0.0.1:{number}", allow=["10.1.2.3"]) as port:
		with socket.create_connection(("127.0.0.1", number)) as stranger:
			port.read()
			assert stranger.recv(1) == b""
	number = free_port(socket.SOCK_DGRAM)
	with opened(f"udp://127.0.0.1:{number}", allow=["10.0.0.0/8"]) as port:
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
			stranger.sendto(b"x", ("127.0.0.1", number))
			assert port.read() == b""


def test_allowed_addresses():
	private = Allowed(["private"])
	assert private("127.0.0.1") and private("192.168.3.4") and private("::1") and private("fe80::1%eth0")
	assert private("::ffff:10.0.0.1")
	assert not private("8.8.8.8") and not private("nonsense") and not private("::ffff:8.8.8.8")
	one = Allowed(["203.0.113.7", "198.51.100.0/24"])
	assert one("203.0.113.7") and one("198.51.100.9") and not one("127.0.0.1")


def test_udp_delivers_one_datagram_at_a_time():
	number = free_port(socket.SOCK_DGRAM)
	with opened(f"udp://127.0.0.1:{number}") as port:
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
			for data in (b"^^<U>one", b"two"):
				box.sendto(data, ("127.0.0.1", number))
			assert [read(port), read(port)] == [b"^^<U>one", b"two"]
			port.write(b"^^IdX")
			assert box.recv(100) == b"^^IdX"
		assert_wakes(port)


def test_pipe_reads_a_program_until_it_ends():
	with opened("pipe:sh -c 'echo CLIPFSK: CS CID=1; exit 3'") as port:
		assert read(port) == b"CLIPFSK: CS CID=1\n"
		with pytest.raises(ConnectionError, match="code 3"):
			read(port)
	with pytest.raises(FileNotFoundError), opened("pipe:/no/such/program"):
		pass


def test_pipe_takes_everything_it_started_with_it():
	with opened("pipe:sh -c 'sleep 300 & echo $!; wait'") as port:
		child = int(read(port))
		assert_wakes(port)
	deadline = time.monotonic() + 5
	while time.monotonic() < deadline:
		try:
			os.kill(child, 0)
			with open(f"/proc/{child}/stat") as source:
				if source.read().split()[2] == "Z":
					return
		except (ProcessLookupError, FileNotFoundError):
			return
		time.sleep(0.02)
	raise AssertionError("the program's child lives on")


def test_pipe_that_floods_is_held_up():
	with opened("pipe:yes RING") as port:
		assert read(port).startswith(b"RING\n")
		time.sleep(0.2)
		assert port._chunks.qsize() <= 64


def test_secret_paths_are_not_shown():
	assert shown("http://127.0.0.1:8790/very-secret") == "http://127.0.0.1:8790/…"
	assert shown("/dev/ttyACM0") == "/dev/ttyACM0"
