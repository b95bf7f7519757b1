"""The JSON Schema of the configuration file, and the examples."""

import json

try:
	import tomllib
except ImportError:
	import tomli as tomllib
from pathlib import Path

import fastjsonschema
import pytest

from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.cli import main
from aftersales_bridge.config import load
from aftersales_bridge.ports import KINDS
from aftersales_bridge.schema import ConfigError

HERE = Path(__file__).resolve().parents[1]
SCHEMA = HERE / "bridge.schema.json"
EXAMPLES = [HERE / "bridge.example.toml", *sorted((HERE / "examples").glob("*.toml"))]
SITE = """
[bridge]
id = "front-desk"
[site]
url = "https://service.example.com"
token_file = "token"
"""


@pytest.fixture(scope="module")
def validate():
	return fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_committed_schema_is_the_present_one(capsys):
	assert main(["check", "--schema"]) == 0
	assert capsys.readouterr().out == SCHEMA.read_text(encoding="utf-8"), (
		"run: aftersales-bridge check --schema > hardware_bridge/bridge.schema.json"
	)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_right_by_schema_and_by_the_bridge(path, validate):
	text = path.read_text(encoding="utf-8")
	validate(tomllib.loads(text))
	assert load(path).devices


def test_every_adapter_has_an_example():
	shown = {device.adapter for path in EXAMPLES for device in load(path).devices}
	assert shown == set(ADAPTERS)


@pytest.mark.parametrize(
	("change", "where"),
	[
		('[[device]]\nid = "a"\nadapter = "hayes"\nport = "/dev/x"\n', "line"),
		('[[device]]\nid = "a"\nadapter = "haze"\nport = "/dev/x"\nline = "1"\n', "adapter"),
		('[[device]]\nid = "a"\nadapter = "hayes"\nport = "/dev/x"\nline = "1"\nbaud = 1\n', "baud"),
		('[[device]]\nid = "a"\nadapter = "hayes"\nport = "/dev/x"\nline = "1"\nparity = "x"\n', "parity"),
		('[[device]]\nid = "a"\nadapter = "hayes"\nport = "/dev/x"\nline = "1"\ncolour = "x"\n', "colour"),
		('[[device]]\nid = "a"\nadapter = "whozz"\nport = "/dev/x"\nlines = { "01" = 1 }\n', "lines"),
		('[metrics]\nlisten = 9110\n[[device]]\nid = "a"\nadapter = "whozz"\nport = "/dev/x"\n', "listen"),
		("", "device"),
	],
)
def test_both_refuse_the_same_mistakes(change, where, validate, tmp_path):
	path = tmp_path / "bridge.toml"
	path.write_text(SITE + change)
	with pytest.raises(fastjsonschema.JsonSchemaException):
		validate(tomllib.loads(path.read_text()))
	with pytest.raises(ConfigError, match=where):
		load(path)


def test_adapters_say_what_they_are():
	for adapter in ADAPTERS.values():
		assert adapter.title and adapter.ports
		assert set(adapter.ports) <= set(KINDS)
		known = {key for kind in adapter.ports for key in KINDS[kind].keys}
		assert set(adapter.port_defaults) <= known
		assert not set(adapter.options) & known, "an adapter's own key must not hide one of its port"


def test_keys_are_explained():
	document = json.loads(SCHEMA.read_text(encoding="utf-8"))

	def walk(node):
		if isinstance(node, dict):
			for name, value in node.get("properties", {}).items():
				if isinstance(value, dict) and "type" in value and value["type"] not in ("array", "object"):
					assert value.get("description"), name
			for value in node.values():
				walk(value)
		elif isinstance(node, list):
			for value in node:
				walk(value)

	walk(document)
