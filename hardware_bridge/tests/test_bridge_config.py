"""The configuration file: every mistake gets one line that says where and what to do."""

import logging
import shutil
import sys
from pathlib import Path

import pytest

from aftersales_bridge.cli import main
from aftersales_bridge.config import load, read_token
from aftersales_bridge.masking import MaskingFormatter, mask, show_numbers
from aftersales_bridge.schema import ConfigError

HERE = Path(__file__).resolve().parent
GOOD = """
[bridge]
id = "front-desk"
[site]
url = "https://service.example.com/"
token_file = "token"
[[device]]
id = "modem-1"
adapter = "hayes"
port = "/dev/ttyACM0"
line = "1"
"""


def written(tmp_path, text):
	path = tmp_path / "bridge.toml"
	path.write_text(text, encoding="utf-8")
	return path


def test_defaults(tmp_path):
	config = load(written(tmp_path, GOOD))
	assert config.site_url == "https://service.example.com"
	assert config.token_file == tmp_path / "token"
	assert config.queue_file == Path("/var/lib/aftersales-bridge/queue.sqlite3")
	(device,) = config.devices
	assert device.port_options == {
		"baud": 115200,
		"bytesize": 8,
		"parity": "none",
		"stopbits": 1.0,
		"flow": "none",
		"dtr": True,
		"rts": True,
		"exclusive": True,
	}
	assert device.options == {
		"caller_id": "formatted",
		"caller_id_command": "",
		"init": ["ATZ", "ATE0V1Q0S0=0"],
		"country": "",
		"ring_timeout_s": 8.0,
		"check_every_s": 600,
		"dial_prefix": "",
		"dial_plus": "00",
		"dial_hold_s": 15.0,
	}


def test_the_example_is_valid_and_shows_the_defaults(tmp_path):
	text = (HERE.parent / "bridge.example.toml").read_text(encoding="utf-8")
	shutil.copy(HERE.parent / "bridge.example.toml", tmp_path / "a.toml")
	plain = load(tmp_path / "a.toml")
	optional = (
		"data_dir",
		"log_level",
		"show_numbers",
		"timeout_s",
		"ca_file",
		"dial_poll_s",
		"listen",
		"keep_",
		"baud",
		"init",
		"ring_",
		"check_",
	)
	lines = []
	for line in text.splitlines():
		bare = line.removeprefix("# ")
		lines.append(bare if bare.startswith(optional) else line)
	uncommented = written(tmp_path, "\n".join(lines))
	assert load(uncommented).__dict__ == {**plain.__dict__, "path": uncommented}


def test_environment_and_relative_paths(tmp_path, monkeypatch):
	monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
	text = GOOD.replace('"token"', '"$CREDENTIALS_DIRECTORY/token"').replace(
		'id = "front-desk"', 'id = "desk.2_a"\ndata_dir = "d/q"'
	)
	config = load(written(tmp_path, text))
	assert config.token_file == Path("/run/credentials/token")
	assert config.data_dir == tmp_path / "d" / "q"
	assert config.bridge_id == "desk.2_a"


@pytest.mark.parametrize(
	("old", "new", "message"),
	[
		('id = "front-desk"', "", r"\[bridge\]: key 'id' is missing; it is the name of this bridge's"),
		('id = "front-desk"', 'id = ""', r"\[bridge\]: key 'id' must consist of letters"),
		('id = "front-desk"', 'id = "front desk"', r"\[bridge\]: key 'id' must consist of letters"),
		('id = "front-desk"', "id = 7", r"\[bridge\]: key 'id' must be a text in quotes"),
		(
			'id = "front-desk"',
			'id = "x"\nlog_levle = "info"',
			r"unknown key 'log_levle'; did you mean 'log_level'\?",
		),
		('id = "front-desk"', 'id = "x"\nlog_level = "loud"', r"key 'log_level' must be one of 'debug'"),
		('id = "front-desk"', 'id = "x"\nshow_numbers = 1', r"key 'show_numbers' must be true or false"),
		("https://service.example.com/", "service.example.com", r"key 'url' must look like https://"),
		("https://service", "https://user:pw@service", r"key 'url' must hold no user name"),
		('"token"', '"token"\nca_file = "none.pem"', r"key 'ca_file': there is no file .*none\.pem"),
		('"token"', '"token"\ntimeout_s = 0', r"key 'timeout_s' must be between 1 and 300"),
		('"hayes"', '"haze"', r"\[\[device\]\] 1: key 'adapter' must be one of 'hayes'"),
		('line = "1"', 'line = "1"\nbaud = "fast"', r"\[\[device\]\] 1: key 'baud' must be a whole number"),
		('line = "1"', 'line = "1"\nbaud = true', r"key 'baud' must be a whole number"),
		('line = "1"', 'line = "1"\nring_timeout_s = 1', r"key 'ring_timeout_s' must be between 2 and 30"),
		(
			'line = "1"',
			'line = "1"\ncountry = "China"',
			r"key 'country' must be two hexadecimal digits such as 26",
		),
		('line = "1"', 'line = "1"\ninit = ["Z"]', r"every command must start with AT"),
		('line = "1"', 'line = "1"\ninit = ["ATS0=2"]', r"makes the modem answer calls"),
		('line = "1"', 'line = "1"\ninit = [1]', r"key 'init' must be a list of texts"),
		('line = "1"', f'line = "{"x" * 33}"', r"key 'line' must not be longer than 32"),
		('line = "1"', 'line = "1"\nparity = "dull"', r"key 'parity' must be one of 'none', 'even'"),
		('line = "1"', 'line = "1"\ntls = true', r"unknown key 'tls'"),
		(
			'"/dev/ttyACM0"',
			'"udp://0.0.0.0:3520"',
			r"key 'port' does not fit the adapter 'hayes'; write /dev/",
		),
		('"/dev/ttyACM0"', '"tcp://10.0.0.1"', r"key 'port' must look like tcp://192"),
		("[[device]]", "[device]", r"no \[\[device\]\] section"),
		("[site]", "[sight]", r"unknown section \[sight\]"),
		("[bridge]", "[bridge", r"is not valid TOML"),
	],
)
def test_mistakes(old, new, message, tmp_path):
	assert old in GOOD
	with pytest.raises(ConfigError, match=message) as caught:
		load(written(tmp_path, GOOD.replace(old, new, 1)))
	assert str(caught.value).startswith(f"{tmp_path}/bridge.toml: ")
	assert "\n" not in str(caught.value)


def test_no_devices_and_doubled_devices(tmp_path):
	head, device = GOOD.split("[[device]]")
	with pytest.raises(ConfigError, match="add one for each modem or box"):
		load(written(tmp_path, head))
	second = device.replace("modem-1", "modem-2").replace("ACM0", "ACM1")
	with pytest.raises(ConfigError, match=r"\[\[device\]\] 2: key 'line' '1' is used twice"):
		load(written(tmp_path, f"{head}[[device]]{device}[[device]]{second}"))


def test_missing_file_and_wrong_encoding(tmp_path):
	with pytest.raises(ConfigError, match=r"cannot be read .*--config"):
		load(tmp_path / "none.toml")
	path = tmp_path / "bridge.toml"
	path.write_bytes(b"\xff\xfe")
	with pytest.raises(ConfigError, match="is not valid TOML"):
		load(path)


@pytest.mark.parametrize(
	("content", "mode", "message"),
	[
		(b"abc:geheim", 0o644, "open to other users; run: chmod 600"),
		(b"abc:geheim", 0o640, "open to other users"),
		(b"abcgeheim", 0o600, "must hold one line"),
		(b"", 0o600, "must hold one line"),
		(b"abc:geheim\nabc:geheim", 0o600, "must hold one line"),
		("abc:geheim-ñ".encode(), 0o600, "must hold one line"),
	],
)
def test_token_file_mistakes(content, mode, message, tmp_path):
	path = tmp_path / "token"
	path.write_bytes(content)
	path.chmod(mode)
	with pytest.raises(ConfigError, match=message) as caught:
		read_token(path)
	assert "geheim" not in str(caught.value)


def test_token(tmp_path):
	path = tmp_path / "token"
	path.write_text("key:secret\n")
	path.chmod(0o400)
	token = read_token(path)
	assert token.header() == "token key:secret"
	assert "secret" not in f"{token} {token!r}"
	with pytest.raises(ConfigError, match="cannot be read"):
		read_token(tmp_path / "none")


@pytest.mark.parametrize("command", ["run", "check", "queue"])
def test_commands_print_one_line_and_end_with_2(command, tmp_path, capsys):
	path = written(tmp_path, GOOD.replace("hayes", "haze"))
	assert main([command, "--config", str(path)]) == 2
	error = capsys.readouterr().err
	assert (
		error.count("\n") == 1
		and error.startswith("aftersales-bridge: ")
		and "haze" not in error.split("must")[0]
	)


@pytest.mark.parametrize(
	("text", "masked"),
	[
		("ringing 13812345678", "ringing 138******78"),
		("NMBR = 021 6123-4567 x", "NMBR = 021******67 x"),
		("8234567", "*******"),
		("10086, line 12, HTTP 503 on 127.0.0.1:18000", "10086, line 12, HTTP 503 on 127.0.0.1:18000"),
		(None, "None"),
	],
)
def test_mask(text, masked):
	assert mask(text) == masked


def test_traces_of_errors_are_masked_too():
	try:
		int("13812345678x")
	except ValueError:
		record = logging.LogRecord("a", logging.ERROR, "", 1, "unexpected error", (), sys.exc_info())
	text = MaskingFormatter("%(message)s").format(record)
	assert "138******78x" in text and "13812345678" not in text


def test_numbers_can_be_shown():
	show_numbers(True)
	try:
		assert mask("13812345678") == "13812345678"
	finally:
		show_numbers(False)
