"""The web listener for telephones that call an address, over real HTTP and real nonsense."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import time

import pytest
from test_bridge_ports import free_port, opened, read

from aftersales_bridge.ports import http as http_port
from aftersales_bridge.ports.multipart import safe_name

SECRET = "/s3cret-path-of-this-bridge"


@pytest.fixture
def listener():
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}") as port:
		port.number = number
		yield port


def ask(port, method, path, body=None, headers=None):
	connection = http.client.HTTPConnection("127.0.0.1", port.number, timeout=10)
	with contextlib.closing(connection):
		connection.request(method, path, body, headers or {})
		answer = connection.getresponse()
		return answer.status, answer.read()


def got(port):
	line = read(port)
	assert line.endswith(b"\n") and line.count(b"\n") == 1
	return json.loads(line)


def test_a_telephone_calls_the_address(listener):
	assert ask(listener, "GET", f"{SECRET}/incoming?remote=sip%3A138%40pbx&mac=00&mac=11&empty=") == (
		200,
		b"",
	)
	assert got(listener) == {
		"method": "GET",
		"path": "/incoming",
		"query": {"remote": ["sip:138@pbx"], "mac": ["00", "11"], "empty": [""]},
		"content_type": "",
		"body": "",
		"files": [],
	}


def test_posts_keep_their_body(listener):
	body = "event_type=5&caller=02161234567&from_name=张三"
	kind = "application/x-www-form-urlencoded"
	assert ask(listener, "POST", SECRET, body.encode("gb18030"), {"Content-Type": kind})[0] == 200
	request = got(listener)
	assert (request["method"], request["path"], request["content_type"]) == ("POST", "", kind)
	assert request["body"] == body
	ask(listener, "POST", f"{SECRET}/", b'{"a":\n1}', {"Content-Type": "application/json"})
	assert json.loads(got(listener)["body"]) == {"a": 1}


@pytest.mark.parametrize("path", ["/", "/other", f"{SECRET}x", SECRET[:-1], "/%73", f"{SECRET}/../x%00"])
def test_only_the_secret_path_counts(listener, path):
	expected = 200 if path.startswith(f"{SECRET}/") else 404
	assert ask(listener, "GET", path)[0] == expected
	assert (listener.read() != b"") == (expected == 200)


def test_nonsense_is_answered_and_survived(listener, caplog):
	caplog.set_level("DEBUG")
	assert ask(listener, "POST", SECRET, b"x" * (http_port.MAX_BODY + 1))[0] == 413
	assert ask(listener, "POST", SECRET, b"x", {"Content-Length": "many"})[0] == 400
	assert ask(listener, "POST", SECRET, iter([b"x"]), {"Transfer-Encoding": "chunked"})[0] == 411
	assert ask(listener, "DELETE", SECRET)[0] == 501
	for garbage in (
		b"\x16\x03\x01\x02\x00\x01",
		b"\r\n\r\n",
		os.urandom(500),
		b"GET " + b"a" * 70_000 + b"\r\n",
	):
		with socket.create_connection(("127.0.0.1", listener.number)) as sock:
			sock.sendall(garbage)
	with socket.create_connection(("127.0.0.1", listener.number)) as sock:
		sock.sendall(f"POST {SECRET} HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf".encode())
	assert ask(listener, "GET", f"{SECRET}?n=1")[0] == 200
	assert got(listener)["query"] == {"n": ["1"]}
	assert SECRET not in caplog.text


def test_who_dawdles_is_cut_off(monkeypatch):
	monkeypatch.setattr(http_port, "REQUEST_S", 0.6)
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}") as port:
		with socket.create_connection(("127.0.0.1", number)) as sock:
			sock.settimeout(5)
			sock.sendall(b"GET /slow HTTP/1.1\r\n")
			with contextlib.suppress(BrokenPipeError, ConnectionResetError):
				for _ in range(40):
					sock.sendall(b"X")
					time.sleep(0.05)
			with contextlib.suppress(ConnectionResetError):
				assert sock.recv(10) in (b"", b"HTTP/1.0 4")
		port.number = number
		assert ask(port, "GET", SECRET)[0] == 200


def test_too_many_at_once_and_strangers(monkeypatch):
	monkeypatch.setattr(http_port, "MAX_CONNECTIONS", 3)
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}") as port, contextlib.ExitStack() as stack:
		for _ in range(3):
			stack.enter_context(socket.create_connection(("127.0.0.1", number))).sendall(b"GET")
		time.sleep(0.2)
		fourth = stack.enter_context(socket.create_connection(("127.0.0.1", number)))
		fourth.settimeout(5)
		with contextlib.suppress(ConnectionResetError):
			assert fourth.recv(1) == b""
		assert len(port._server.open) == 3
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}", allow=["10.9.9.9"]):
		with socket.create_connection(("127.0.0.1", number)) as stranger:
			stranger.settimeout(5)
			with contextlib.suppress(ConnectionResetError):
				assert stranger.recv(1) == b""


def test_a_flood_is_refused_not_stored(listener, monkeypatch):
	listener._lines.maxsize = 5
	statuses = [ask(listener, "GET", SECRET)[0] for _ in range(8)]
	assert statuses == [200] * 5 + [503] * 3


def form(sound, boundary=b"----abc", name="20261121-I-L01.wav"):
	return (
		b"--" + boundary + b'\r\nContent-Disposition: form-data; name="caller"\r\n\r\n13812345678\r\n'
		b"--" + boundary + b'\r\nContent-Disposition: form-data; name="files"; filename="' + name.encode()
		+ b'"\r\nContent-Type: audio/wav\r\n\r\n' + sound + b"\r\n--" + boundary + b"--\r\n"
	)  # fmt: skip


MULTIPART = {"Content-Type": "multipart/form-data; boundary=----abc"}


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_300_001])
def test_recordings_come_with_a_form(tmp_path, size):
	# Bytes that look like the beginning of the boundary over and over.
	sound = (os.urandom(977) + b"\r\n------ab") * (size // 987 + 1)
	sound = sound[:size]
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}", files_dir=str(tmp_path / "in")) as port:
		port.number = number
		assert ask(port, "POST", SECRET, form(sound), MULTIPART) == (200, b"")
		request = got(port)
		assert json.loads(request["body"]) == {"caller": "13812345678"}
		(file,) = request["files"]
		assert (file["field"], file["filename"], file["size"]) == ("files", "20261121-I-L01.wav", size)
		with open(file["path"], "rb") as saved:
			assert hashlib.sha256(saved.read()).digest() == hashlib.sha256(sound).digest()
		assert [p.name[9:] for p in (tmp_path / "in").iterdir()] == ["20261121-I-L01.wav"]


def test_broken_and_too_large_recordings_leave_nothing(tmp_path):
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}", files_dir=str(tmp_path), max_file_mb=1) as port:
		port.number = number
		whole = form(b"s" * 5000)
		for cut in (10, 80, 150, 3000, len(whole) - 5):
			assert ask(port, "POST", SECRET, whole[:cut], MULTIPART)[0] == 400
		assert ask(port, "POST", SECRET, form(b"s" * 2_000_000), MULTIPART)[0] == 413
		assert ask(port, "POST", SECRET, whole, {"Content-Type": "multipart/form-data"})[0] == 400
		assert list(tmp_path.iterdir()) == [] and port.read() == b""
	number = free_port()
	with opened(f"http://127.0.0.1:{number}{SECRET}") as port:
		port.number = number
		assert ask(port, "POST", SECRET, form(b"s" * 100_000), MULTIPART)[0] == 200
		assert got(port)["files"] == []


@pytest.mark.parametrize(
	("name", "safe"),
	[
		("a.wav", "a.wav"),
		("../../etc/passwd", "passwd"),
		(r"C:\rec\20261121-I-L01-EN-138.wav", "20261121-I-L01-EN-138.wav"),
		("", "recording"),
		("..", "recording"),
		("a b;$(x).wav", "a_b_(x).wav"),
		("x" * 300, "x" * 120),
	],
)
def test_names_of_strangers(name, safe):
	assert safe_name(name) == safe
