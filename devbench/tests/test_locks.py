"""Locks: everything pinned and hashed, no address of a registry."""

import json
import re

import pytest

from devbench.environment import BUILDERS, only
from devbench.layout import LOCKS, NODE

REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)==(\S+)( ; [^\\]+)? \\")


@pytest.mark.parametrize("name", ["python.lock", "tools.lock"])
def test_every_package_is_pinned_and_hashed(name):
	blocks = re.split(r"\n(?=\S)", (LOCKS / name).read_text(encoding="utf-8").strip())
	assert len(blocks) > 20
	for block in blocks:
		first, *hashes = block.splitlines()
		assert REQUIREMENT.fullmatch(first.strip()), first
		assert hashes, first
		for line in hashes:
			assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", line.strip()), line


@pytest.mark.parametrize(
	"path", [*sorted(LOCKS.iterdir()), NODE / "package-lock.json"], ids=lambda path: path.name
)
def test_no_address_of_a_registry(path):
	text = path.read_text(encoding="utf-8")
	assert not re.search(
		r"https?://(?!\S*(opencollective|github\.com/sponsors|tidelift|funding|patreon))\S*(pypi|pythonhosted|npmjs|yarnpkg)",
		text,
	)
	assert '"resolved"' not in text
	assert "--index-url" not in text
	assert "--find-links" not in text


def test_npm_packages_have_integrity():
	packages = json.loads((NODE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
	named = {name: entry for name, entry in packages.items() if name}
	assert len(named) > 40
	assert [
		name for name, entry in named.items() if not entry.get("integrity", "").startswith("sha512-")
	] == []


def test_tools_have_one_version_in_both_locks():
	pins = [
		dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+) \\", (LOCKS / name).read_text(encoding="utf-8"), re.M))
		for name in ("python.lock", "tools.lock")
	]
	assert {"pytest", "ruff", "mariadb", "playwright", "tantivy", "pyserial"} <= set(pins[1]) | {"tantivy"}
	assert {name: version for name, version in pins[1].items() if pins[0].get(name) != version} == {}


def test_every_lifted_pin_says_why():
	lines = (LOCKS / "overrides.txt").read_text(encoding="utf-8").splitlines()
	requirements = [line for line in lines if line and not line.startswith("#")]
	assert requirements
	assert [line for line in requirements if len(line.partition("#")[2].split()) < 3] == []


def test_only_takes_whole_entries():
	lock = "packaging==26.3 \\\n    --hash=sha256:aa\npackaging-more==1 \\\n    --hash=sha256:bb\nwheel==0.48.0 \\\n    --hash=sha256:cc\n"
	assert (
		only(lock, BUILDERS)
		== "packaging==26.3 \\\n    --hash=sha256:aa\nwheel==0.48.0 \\\n    --hash=sha256:cc\n\n"
	)
