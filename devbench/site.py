"""The sites of a bench: copied from the template, installed, filled, migrated, and set back."""

import json
import secrets
from datetime import date
from pathlib import Path

from devbench.cache import copy_tree, remove, write_atomically
from devbench.errors import Stop
from devbench.framework import Framework, app_digest
from devbench.layout import APP, BESIDE_SITE, DEMO_SITE, TEST_SITE, Bench
from devbench.processes import run
from devbench.progress import step
from devbench.services import Services
from devbench.template import ADMIN_PASSWORD, DATABASE_NAME, change_settings, make_template

# Sites of tests and their databases.
TEST_DATABASES = {TEST_SITE: "aftersales_test", BESIDE_SITE: "aftersales_beside"}


class Sites:
	"""The sites of one bench, on its servers.

	Which state they are in is one stamp, written when they are ready. No stamp means half-made: they are made anew.
	"""

	def __init__(self, bench: Bench, framework: Framework):
		self.bench = bench
		self.framework = framework
		self.stamp = bench.stamps / "sites.json"

	@property
	def names(self) -> list[str]:
		return [DEMO_SITE, *TEST_DATABASES] if self.bench.kind == "test" else [DEMO_SITE]

	@property
	def wanted(self) -> dict:
		"""What the stamp says when the sites fit the framework and the app as they are now."""
		return {
			"official": self.framework.source.official,
			"framework": self.framework.key,
			"app": app_digest(),
			# Demo data lies around the present day; tests shall find it so.
			"day": date.today().isoformat() if self.bench.kind == "test" else None,
			# Of a bench of tests made before there were as many, the sites are made anew.
			"sites": self.names if self.bench.kind == "test" else None,
		}

	@property
	def former(self) -> dict | None:
		"""What the stamp says, or None."""
		try:
			return json.loads(self.stamp.read_text(encoding="utf-8"))
		except (OSError, ValueError):
			return None

	def _fits(self, state: dict | None) -> bool:
		"""Whether sites in that state can be brought up to date by a migration."""
		return (
			bool(state)
			and state["official"] == self.framework.source.official
			and state["day"] == self.wanted["day"]
			and state.get("sites") == self.wanted["sites"]
		)

	def prepare_files(self) -> None:
		"""Have data and site folders in place before the servers start. Starts from the template when there is no usable state."""
		former = self.former
		if former and not self._fits(former):
			if self.bench.kind == "demo":
				raise Stop(
					"The data in .bench was made with another kind of Frappe: `make reset` removes it, then `make start` makes it anew."
				)
			self.stamp.unlink()
			former = None
		if former and self.bench.database.is_dir():
			self._set_back()
			return
		self.stamp.unlink(missing_ok=True)
		self._remove_clean()
		with step("Copying a fresh site"):
			self._copy_from(make_template(self.framework).path)

	def _copy_from(self, place: Path) -> None:
		"""Take data directory, its secret and site folders from `place`."""
		for name in (DEMO_SITE, *TEST_DATABASES):
			remove(self.bench.sites / name)
			if (place / "sites" / name).is_dir():
				copy_tree(place / "sites" / name, self.bench.sites / name)
		write_atomically(
			self.bench.database.with_name("mysql.json"), (place / "mysql.json").read_text(), mode=0o600
		)
		copy_tree(place / "mysql", self.bench.database)

	def bring_up(self, services: Services) -> bool:
		"""With the databases running: install and fill new sites, migrate those of an older app or framework.

		Returns whether anything was changed.
		"""
		wanted, former = self.wanted, self.former
		if former == wanted:
			return False
		self._remove_clean()
		if former:
			for name in self.names:
				with step(f"Migrating {name}"):
					self.frappe(services, name, "migrate")
		else:
			self._install(services)
		write_atomically(self.stamp, json.dumps(wanted))
		return True

	def _install(self, services: Services) -> None:
		with step(f"Installing the app on {DEMO_SITE}"):
			self.frappe(services, DEMO_SITE, "install-app", APP)
		for site in self.names[1:]:
			with step(f"Making {site}"):
				self._clone(services, site)
				# As on a site that people use: without one, Frappe refuses to delete any user.
				self.frappe(services, site, "add-system-manager", "system.manager@example.com")
		with step("Loading the demo data"):
			self.frappe(services, DEMO_SITE, "execute", "aftersales.demo.load")
		# Also where none runs: Frappe starts an import only on a site whose scheduler is on.
		self.frappe(services, DEMO_SITE, "enable-scheduler")

	def _clone(self, services: Services, site: str) -> None:
		"""Make a site of tests a copy of the demo site before that gets its data."""
		remove(self.bench.sites / site)
		copy_tree(self.bench.sites / DEMO_SITE, self.bench.sites / site)
		name, password = TEST_DATABASES[site], secrets.token_hex(8)
		services.server.clone(DATABASE_NAME, name, password)
		change_settings(
			self.bench.sites / site,
			lambda settings: settings.update(
				db_name=name, db_password=password, allow_tests=True, admin_password=ADMIN_PASSWORD
			),
		)

	def frappe(self, services: Services, site: str, *arguments: str) -> str:
		"""Run one of Frappe's commands on a site. Returns what it printed."""
		log = self.bench.logs / "site.log"
		command = services.frappe(*arguments, site=site)
		return run(
			command,
			f"at `{' '.join(arguments)}` on {site}",
			cwd=self.bench.sites,
			env=services.environment,
			log=log,
		)

	# --- a clean copy for tests -----------------------------------------------------------------------------------

	@property
	def _clean(self) -> Path:
		return self.bench.root / "clean"

	def _remove_clean(self) -> None:
		(self._clean / "done").unlink(missing_ok=True)
		remove(self._clean)

	def keep_clean(self) -> None:
		"""With the databases stopped: keep a copy of the sites as they are, for `_set_back`."""
		self._remove_clean()
		for name in self.names:
			copy_tree(self.bench.sites / name, self._clean / "sites" / name)
		copy_tree(self.bench.database, self._clean / "mysql")
		secret = self.bench.database.with_name("mysql.json")
		write_atomically(self._clean / "mysql.json", secret.read_text(), mode=0o600)
		write_atomically(self._clean / "done", "")

	def _set_back(self) -> None:
		"""Let a test run find the sites as they were before the last one."""
		if self.bench.kind != "test":
			return
		if (self._clean / "done").is_file():
			self._copy_from(self._clean)
		else:  # interrupted between migration and copy
			self.stamp.unlink()
			self.prepare_files()
