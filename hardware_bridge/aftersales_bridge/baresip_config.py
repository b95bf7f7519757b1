"""Writes the two files of a baresip that only listens: ``python3 -m aftersales_bridge.baresip_config DIRECTORY …``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from aftersales_bridge.secret import SecretError, read_secret

MODULE_FOLDERS = (
	"/usr/lib/baresip/modules",
	"/usr/lib64/baresip/modules",
	"/usr/local/lib/baresip/modules",
)
# A ring group may have more calls at once than anybody could answer; each is only listened to.
MOST_CALLS = 20


def config_text(listen: str, module_folder: str, sip_listen: str | None = None) -> str:
	"""The file ``config``: no sound, no answering, events on ``listen`` (host:port), SIP on ``sip_listen`` or any port."""
	lines = [
		"# A telephone that never answers: it tells aftersales-bridge who calls.",
		f"module_path {module_folder}",
		"module account.so",
		"module g711.so",
		"module menu.so",
		"module ctrl_tcp.so",
		f"ctrl_tcp_listen {listen}",
		f"call_max_calls {MOST_CALLS}",
		*([f"sip_listen {sip_listen}"] if sip_listen else []),
	]
	return "\n".join(lines) + "\n"


def account_text(user: str, registrar: str, password: str | None, register: bool = True) -> str:
	"""A line of the file ``accounts``. Raises ValueError for what baresip could not read back."""
	if not re.fullmatch(r"[A-Za-z0-9_.+*-]{1,64}", user):
		raise ValueError("the account must consist of letters, digits and . _ + * -")
	if not re.fullmatch(r"[A-Za-z0-9_.\[\]:-]{1,200}", registrar):
		raise ValueError("the registrar must be a host name or address, perhaps with :port")
	if password is not None and not re.fullmatch(r"[^\s;<>\"]{1,100}", password):
		raise ValueError(
			'baresip takes no password with blanks or any of ; < > " in it; change it in the telephone system'
		)
	login = f";auth_user={user};auth_pass={password}" if password is not None else ""
	return f"<sip:{user}@{registrar}>;answermode=manual;regint={300 if register else 0}{login}\n"


def module_folder() -> str:
	"""Where baresip's modules are on this machine."""
	found = [folder for folder in MODULE_FOLDERS if Path(folder, "ctrl_tcp.so").exists()]
	return found[0] if found else MODULE_FOLDERS[0]


def write(folder: Path, config: str, accounts: str) -> None:
	"""Put both files into ``folder``, where only their owner may read the password."""
	folder.mkdir(parents=True, exist_ok=True, mode=0o700)
	for name, text in (("config", config), ("accounts", accounts)):
		path = folder / name
		fresh = path.with_name(f".{name}.new")
		with open(
			os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
		) as target:
			target.write(text)
		fresh.replace(path)


def main(argv: list[str] | None = None) -> int:
	"""The command line; the exit code."""
	parser = argparse.ArgumentParser(prog="python3 -m aftersales_bridge.baresip_config", description=__doc__)
	parser.add_argument("folder", type=Path, help="directory for baresip -f")
	parser.add_argument("--account", required=True, help="the extension, such as 8001")
	parser.add_argument("--registrar", required=True, help="the telephone system, HOST or HOST:PORT")
	parser.add_argument("--password-file", help="file with the extension's password, mode 600")
	parser.add_argument(
		"--listen", default="127.0.0.1:4444", help="where the bridge connects (default %(default)s)"
	)
	parser.add_argument("--sip-listen", help="own address and port for SIP, where the system must know it")
	parser.add_argument("--no-register", action="store_true", help="the system calls this address by itself")
	arguments = parser.parse_args(argv)
	try:
		password = read_secret(arguments.password_file) if arguments.password_file else None
		accounts = account_text(arguments.account, arguments.registrar, password, not arguments.no_register)
		write(
			arguments.folder, config_text(arguments.listen, module_folder(), arguments.sip_listen), accounts
		)
	except (SecretError, ValueError, OSError) as error:
		print(f"baresip_config: {error}", file=sys.stderr)
		return 2
	print(f"written; start it with: baresip -f {arguments.folder}")
	return 0


if __name__ == "__main__":
	sys.exit(main())
