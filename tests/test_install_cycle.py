"""The life of the app on a site: install, demo data twice, migrate twice, uninstall; nothing is left behind.

Needs a site of its own, made here and dropped at the end, hence the password of the database's administrator:
AFTERSALES_BENCH (bench directory) and AFTERSALES_DB_ROOT_PASSWORD. `make test` sets both.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCH = os.environ.get("AFTERSALES_BENCH")
ROOT_PASSWORD = os.environ.get("AFTERSALES_DB_ROOT_PASSWORD")

pytestmark = pytest.mark.skipif(
	not (BENCH and ROOT_PASSWORD), reason="needs AFTERSALES_BENCH and AFTERSALES_DB_ROOT_PASSWORD"
)

# What Frappe itself writes on each command, whatever app is concerned.
LOGS = {
	"tabActivity Log",
	"tabDeleted Document",
	"tabError Log",
	"tabInstalled Application",
	"tabScheduled Job Log",
	"tabSessions",
	"tabRoute History",
	"tabPatch Log",
}

# Versions, comments and shares, named "DocType name": each command notes which apps it found.
FRAMEWORK = ("Installed Applications ",)
# The demo data makes people and sets the site up; those are the site's own afterwards.
SITES_OWN_TABLES = (
	"__Auth",
	"tabAddress",
	"tabBlock Module",
	"tabContact",
	"tabCurrency",
	"tabDefaultValue",
	"tabGender",
	"tabHas Role",
	"tabLetter Head",
	"tabNote",
	"tabNotification Settings",
	"tabUser",
)
SITES_OWN_ROWS = ("User ", "System Settings ", "Contact ", "Address ")

SNAPSHOT = """
import json, sys, frappe
frappe.init(sys.argv[1], sites_path="."); frappe.connect()
tables = [row[0] for row in frappe.db.sql("show tables")]
rows = {}
for table in tables:
	columns = {row[0] for row in frappe.db.sql(f"show columns from `{table}`")}
	if "name" in columns:
		changed = "modified" if "modified" in columns else "''"
		about = {"tabVersion": "ref_doctype", "tabComment": "reference_doctype", "tabDocShare": "share_doctype"}.get(table)
		key = f"concat_ws(' ', {about}, name)" if about else "name"
		rows[table] = {str(n): str(m) for n, m in frappe.db.sql(f"select {key}, {changed} from `{table}`")}
from frappe.utils.background_jobs import get_jobs
jobs = len(get_jobs(site=sys.argv[1]).get(sys.argv[1], []))
singles = frappe.db.sql("select doctype, field, value from tabSingles where doctype like 'Aftersales%' order by doctype, field")
with open(sys.argv[2], "w") as target:
	json.dump({"tables": tables, "rows": rows, "singles": singles, "jobs": jobs, "patches": frappe.get_all("Patch Log", pluck="patch")}, target)
"""


class Site:
	"""A site without apps, driven by bench commands as an administrator would."""

	def __init__(self, folder: Path):
		self.name = f"cycle-{secrets.token_hex(4)}.localhost"
		self.folder = folder
		self.sites = Path(BENCH) / "sites"
		settings = json.loads((self.sites / "common_site_config.json").read_text(encoding="utf-8"))
		place = ["--db-host", settings["db_host"], "--db-port", str(settings["db_port"])]
		root = ["--mariadb-root-username", "root", "--mariadb-root-password", ROOT_PASSWORD]
		self.run("new-site", *root, *place, "--admin-password", "admin", "--no-mariadb-socket", self.name)

	def bench(self, *arguments: str) -> str:
		return self.run("--site", self.name, *arguments)

	def run(self, *arguments: str) -> str:
		command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", *arguments]
		done = subprocess.run(command, cwd=self.sites, capture_output=True, text=True, timeout=600)
		assert done.returncode == 0, f"{arguments[-2:]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
		return done.stdout

	def snapshot(self) -> dict:
		target = self.folder / "snapshot.json"
		command = [sys.executable, "-c", SNAPSHOT, self.name, str(target)]
		subprocess.run(command, cwd=self.sites, check=True, timeout=120)
		return json.loads(target.read_text(encoding="utf-8"))

	def settled_snapshot(self) -> dict:
		"""A snapshot when background jobs, such as those that make a Contact for a new user, have had their turn."""
		before = self.snapshot()
		for _attempt in range(20):
			time.sleep(2)
			now = self.snapshot()
			if not now["jobs"] and difference(before, now) == {}:
				break
			before = now
		return now

	def drop(self) -> None:
		root = ["--db-root-username", "root", "--db-root-password", ROOT_PASSWORD]
		self.run(
			"drop-site", self.name, *root, "--no-backup", "--force", "--archived-sites-path", str(self.folder)
		)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
	made = Site(tmp_path_factory.mktemp("site"))
	yield made
	made.drop()


def difference(before: dict, after: dict) -> dict[str, list]:
	"""Rows, per table, that are in `after` but not, or not with the same time of change, in `before`."""
	found = {}
	for table, rows in after["rows"].items():
		old = before["rows"].get(table, {})
		changed = sorted(
			name
			for name in rows
			if table not in LOGS and not name.startswith(FRAMEWORK) and rows[name] != old.get(name)
		)
		if changed:
			found[table] = changed
	return found


def test_life_of_the_app_on_a_site(site):
	bare = site.snapshot()
	site.bench("install-app", "aftersales")
	site.bench("migrate", "--skip-search-index")
	settled = site.snapshot()
	assert "tabService Customer" in settled["tables"]

	site.bench("migrate", "--skip-search-index")
	again = site.snapshot()
	assert difference(settled, again) == {}
	assert again["singles"] == settled["singles"]
	assert again["tables"] == settled["tables"]

	site.bench("execute", "aftersales.demo.load")
	loaded = site.settled_snapshot()
	assert len(loaded["rows"]["tabService Customer"]) >= 60
	site.bench("execute", "aftersales.demo.load")
	assert difference(loaded, site.settled_snapshot()) == {}

	site.bench("uninstall-app", "aftersales", "--yes", "--no-backup")
	left = site.snapshot()
	assert sorted(set(left["tables"]) - set(bare["tables"])) == []
	assert left["singles"] == []
	assert [patch for patch in left["patches"] if patch.startswith("aftersales.")] == []
	remains = difference(bare, left)
	remains = {
		table: [name for name in names if not name.startswith(SITES_OWN_ROWS)]
		for table, names in remains.items()
		if not table.startswith(SITES_OWN_TABLES)
	}
	remains = {table: names for table, names in remains.items() if names}
	assert not remains, json.dumps(remains, ensure_ascii=False, indent=1)
	assert not list((site.sites / site.name / "private").glob("search*"))
