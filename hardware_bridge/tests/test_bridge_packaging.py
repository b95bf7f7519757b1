"""What is installed beside the program: unit, udev rule, entry point."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]
UNIT = HERE / "systemd" / "aftersales-bridge.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_unit_is_hardened():
	done = subprocess.run(
		["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
		capture_output=True,
		text=True,
	)
	exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
	if exposure is None:
		pytest.skip(f"this systemd-analyze cannot look at files: {done.stderr.strip()[:80]}")
	assert float(exposure.group(1)) <= 2.0, done.stdout


def test_the_unit_starts_our_program_and_hides_no_modem():
	text = UNIT.read_text(encoding="utf-8")
	assert "ExecStart=/opt/aftersales-bridge/bin/aftersales-bridge run " in text
	assert "Type=notify" in text and "WatchdogSec=" in text and "Restart=always" in text
	assert "PrivateDevices=yes" not in text and "DeviceAllow=char-ttyUSB rw" in text


def test_the_udev_rule_is_one_rule_and_keeps_modemmanager_away():
	rule = (HERE / "systemd" / "70-aftersales-bridge.rules").read_text(encoding="utf-8")
	lines = [line for line in rule.replace("\\\n", "").splitlines() if line and not line.startswith("#")]
	assert len(lines) == 1 and 'ENV{ID_MM_DEVICE_IGNORE}="1"' in lines[0]
	for part in lines[0].split(","):
		assert re.fullmatch(r'\s*[A-Z]+(\{\w+\})?(==|=|\+=)"[^"]*"', part), part


def test_every_package_is_installed():
	toml = pytest.importorskip("tomllib")

	listed = toml.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
		"packages"
	]
	found = {
		".".join(path.parent.relative_to(HERE).parts)
		for path in (HERE / "aftersales_bridge").rglob("__init__.py")
	}
	assert set(listed) == found


def test_the_program_needs_little():
	"""Neither Frappe nor anything else but its own dependencies is loaded."""
	code = (
		"import sys, aftersales_bridge.cli, aftersales_bridge.service, aftersales_bridge.doctor\n"
		"print(sorted(name for name in sys.modules if name.split('.')[0] in "
		"('frappe', 'requests', 'redis', 'numpy', 'hypothesis', 'pytest')))"
	)
	done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
	assert done.stdout.strip() == "[]"
