"""Free ports on the loopback address."""

import socket

import pytest

from devbench import ports
from devbench.errors import Stop


@pytest.fixture
def taken():
	"""A port that somebody listens on."""
	with socket.socket() as server:
		server.bind((ports.HOST, 0))
		server.listen()
		yield server.getsockname()[1]


def test_a_taken_port_is_passed_over(taken):
	assert ports.pick(taken) > taken
	assert ports.pick(taken, taken={taken + 1}) > taken + 1


def test_a_named_port_that_is_taken_is_one_sentence(taken):
	with pytest.raises(
		Stop, match=rf"Port {taken} \(AFTERSALES_PORT\) is taken by another program: end that"
	):
		ports.pick(8000, str(taken), "AFTERSALES_PORT")


def test_nobody_else_gets_a_port_that_is_held():
	port = ports.pick(42_000)
	with ports.hold(port):
		assert not ports.is_free(port)
		assert ports.pick(port) != port
		with pytest.raises(OSError):
			ports.hold(port)
	assert ports.is_free(port)


@pytest.mark.parametrize("named", ["http", "-1", "0", "65536", "80.5"])
def test_what_is_no_port_is_one_sentence(named):
	with pytest.raises(Stop, match="is no port"):
		ports.pick(8000, named, "AFTERSALES_PORT")


def test_all_taken(monkeypatch):
	monkeypatch.setattr(ports, "is_free", lambda port: False)
	with pytest.raises(Stop, match="8000 to 8099 are all taken"):
		ports.pick(8000)
