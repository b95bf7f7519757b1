"""Finding ports on the loopback address."""

import socket

from devbench.errors import Stop

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
	"""Whether a server could listen there now."""
	with socket.socket() as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind((HOST, port))
		except OSError:
			return False
		return True


def hold(port: int) -> socket.socket:
	"""Listen on a free port until its server is about to start, so that no other bench takes it meanwhile.

	Closing what is returned lets go. Raises OSError when somebody else was quicker.
	"""
	held = socket.socket()
	try:
		held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		held.bind((HOST, port))
		held.listen()
	except OSError:
		held.close()
		raise
	return held


def pick(first: int, named: str | None = None, setting: str = "", taken: set[int] | None = None) -> int:
	"""A free port: exactly the one that the person named, else the first free one from `first` on.

	named: text of the environment variable `setting`; taken: ports promised already.
	Raises Stop when the named one is in use or no port, or a hundred in a row are in use.
	"""
	if named:
		if not named.isdecimal() or not 1 <= int(named) <= 65535:
			raise Stop(f"{setting}={named} is no port: give a number from 1 to 65535, or leave it out.")
		if not is_free(int(named)):
			raise Stop(
				f"Port {named} ({setting}) is taken by another program: end that, name another port, or leave {setting} out."
			)
		return int(named)
	for port in range(first, first + 100):
		if port not in (taken or ()) and is_free(port):
			return port
	raise Stop(f"The ports {first} to {first + 99} are all taken: end some of the programs that use them.")
