import pytest
from bridge_testing import TOKEN, Command, Site, Telephone


@pytest.fixture
def site():
	server = Site()
	yield server
	server.close()


@pytest.fixture
def make_config(tmp_path):
	"""Write a configuration and its token; returns the path."""

	def make(url, ports=(), options="", token=TOKEN):
		token_file = tmp_path / "token"
		token_file.write_text(token + "\n")
		token_file.chmod(0o600)
		devices = "".join(
			f'[[device]]\nid = "modem-{n}"\nadapter = "hayes"\nport = "{port}"\nline = "{n}"\n{options}\n'
			for n, port in enumerate(ports or ["/dev/nonexistent"], 1)
		)
		path = tmp_path / "bridge.toml"
		path.write_text(
			f'[bridge]\nid = "front-desk"\ndata_dir = "data"\nlog_level = "debug"\n'
			f'[site]\nurl = "{url}"\ntoken_file = "token"\ntimeout_s = 5\n{devices}'
		)
		return path

	return make


@pytest.fixture
def telephone(tmp_path):
	started = []

	def start(lines=1, *options):
		phone = Telephone(tmp_path, lines, *options)
		started.append(phone)
		return phone

	yield start
	for phone in started:
		phone.command.terminate()


@pytest.fixture
def bridge(tmp_path):
	started = []

	def start(config):
		command = Command(tmp_path / "bridge.log", "run", "--config", config)
		started.append(command)
		return command

	yield start
	for command in started:
		command.kill()
