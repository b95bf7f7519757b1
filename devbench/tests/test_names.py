"""The framework copy gets its own names back."""

import zipfile

import pytest

from devbench import names
from devbench.errors import Stop


def make_wheel(path, members):
	with zipfile.ZipFile(path, "w") as archive:
		for name, data in members.items():
			archive.writestr(name, data)
	return path


@pytest.mark.parametrize(
	("changed", "original"),
	[
		("import criscostack", "import frappe"),
		("class CriscoStackTestCase", "class FrappeTestCase"),
		("Criscostack Technologies", "Frappe Technologies"),
		("CRISCOSTACK_BENCH_ROOT", "FRAPPE_BENCH_ROOT"),
		("criscoerp.com, CriscoERP, Criscoerp", "erpnext.com, ERPNext, ERPNext"),
		("crisco.ui.Dialog; Crisco; CRISCO", "frappe.ui.Dialog; Frappe; FRAPPE"),
		("brik --site x, Brik, BRIK", "bench --site x, Bench, BENCH"),
		("nothing of it: crisp bricks", "nothing of it: crisp bricks"),
	],
)
def test_restored(changed, original):
	assert names.restored(changed) == original


def test_unpack_restores_contents_and_file_names_but_no_pictures(tmp_path):
	picture = b"\x89PNG\xff\xfe criscostack"
	wheel = make_wheel(
		tmp_path / "x.whl",
		{
			"criscostack/criscostack.py": "criscostack = '中文'\n",
			"criscostack/public/brik.png": picture,
			"criscostack-1.0.0.dist-info/METADATA": "Name: criscostack",
		},
	)
	assert names.unpack(wheel, tmp_path / "out") == 3
	assert (tmp_path / "out/frappe/frappe.py").read_text(encoding="utf-8") == "frappe = '中文'\n"
	assert (tmp_path / "out/frappe/public/bench.png").read_bytes() == picture
	assert (tmp_path / "out/frappe-1.0.0.dist-info/METADATA").exists()


@pytest.mark.parametrize("name", ["../evil.py", "criscostack/../../evil.py", "/etc/evil"])
def test_a_member_outside_is_refused(tmp_path, name):
	wheel = make_wheel(tmp_path / "x.whl", {name: "x"})
	with pytest.raises(Stop, match="points outside"):
		names.unpack(wheel, tmp_path / "out")
	assert not (tmp_path / "evil.py").exists()


def test_two_files_of_one_name_are_refused(tmp_path):
	wheel = make_wheel(tmp_path / "x.whl", {"criscostack/a.py": "1", "frappe/a.py": "2"})
	with pytest.raises(Stop, match=r"both be named frappe/a\.py"):
		names.unpack(wheel, tmp_path / "out")
