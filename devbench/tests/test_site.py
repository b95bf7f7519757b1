"""In which state the sites of a bench are taken up: kept, set back, made anew or refused."""

import json
from types import SimpleNamespace

import pytest

from devbench import site
from devbench.cache import Entry
from devbench.errors import Stop
from devbench.layout import BESIDE_SITE, DEMO_SITE, TEST_SITE, Bench

FRAMEWORK = SimpleNamespace(key="f1", source=SimpleNamespace(official=False))


@pytest.fixture(autouse=True)
def template(tmp_path, monkeypatch):
	"""A template whose database says that it is fresh, an app that does not change, a day that does not end."""
	folder = tmp_path / "template"
	(folder / "mysql").mkdir(parents=True)
	(folder / "mysql" / "data").write_text("fresh")
	(folder / "mysql.json").write_text('{"password": "p"}')
	(folder / "sites" / DEMO_SITE).mkdir(parents=True)
	(folder / "sites" / DEMO_SITE / "site_config.json").write_text('{"db_name": "aftersales_demo"}')
	monkeypatch.setattr(site, "make_template", lambda framework: Entry(folder))
	monkeypatch.setattr(site, "app_digest", lambda: "a1")
	monkeypatch.setattr(
		site, "date", SimpleNamespace(today=lambda: SimpleNamespace(isoformat=lambda: "2026-01-02"))
	)


@pytest.fixture(params=["demo", "test"])
def bench(request, tmp_path):
	made = Bench(tmp_path / ".bench", request.param, 0, 0, 0, 0)
	made.sites.mkdir(parents=True)
	return made


def data(bench):
	return (bench.database / "data").read_text()


def used(bench, sites, **state):
	"""Bring the bench into the state after a run: stamped, and somebody has worked with it."""
	sites.prepare_files()
	sites.stamp.parent.mkdir(parents=True, exist_ok=True)
	sites.stamp.write_text(json.dumps({**sites.wanted, **state}))
	if bench.kind == "test":
		for name in (TEST_SITE, BESIDE_SITE):
			(bench.sites / name).mkdir()
		sites.keep_clean()
	(bench.database / "data").write_text("used")
	(bench.sites / DEMO_SITE / "picture.png").write_text("new")


def test_a_new_bench_begins_with_the_template(bench):
	site.Sites(bench, FRAMEWORK).prepare_files()
	assert data(bench) == "fresh"
	assert (bench.database.with_name("mysql.json")).stat().st_mode & 0o777 == 0o600


def test_a_half_made_site_is_made_anew(bench):
	"""No stamp: the last start was interrupted while installing."""
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	sites.stamp.unlink()
	site.Sites(bench, FRAMEWORK).prepare_files()
	assert data(bench) == "fresh"
	assert not (bench.sites / DEMO_SITE / "picture.png").exists()


def test_a_demo_keeps_what_people_did_and_tests_are_set_back(bench):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	sites.prepare_files()
	assert data(bench) == ("used" if bench.kind == "demo" else "fresh")
	assert (bench.sites / DEMO_SITE / "picture.png").exists() == (bench.kind == "demo")


def test_a_missing_data_directory_is_made_anew(bench):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	site.remove(bench.database)
	site.remove(bench.root / "clean")
	sites.prepare_files()
	assert data(bench) == "fresh"
	assert sites.former is None


@pytest.mark.parametrize("bench", ["test"], indirect=True)
def test_half_a_clean_copy_is_not_used(bench):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	(bench.root / "clean" / "done").unlink()
	sites.prepare_files()
	assert data(bench) == "fresh"
	assert sites.former is None


def test_data_of_another_kind_of_framework(bench):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites, official=True)
	if bench.kind == "demo":
		with pytest.raises(Stop, match="`make reset` removes it"):
			sites.prepare_files()
		assert data(bench) == "used"
	else:
		sites.prepare_files()
		assert data(bench) == "fresh"


def test_tests_do_not_use_the_data_of_another_day(bench):
	sites = site.Sites(bench, FRAMEWORK)
	if bench.kind == "demo":
		assert sites.wanted["day"] is None
		return
	used(bench, sites, day="2026-01-01")
	sites.prepare_files()
	assert sites.former is None


@pytest.mark.parametrize("state", ['{"official": fal', "", "[]"])
def test_a_broken_stamp_counts_as_none(bench, state):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	sites.stamp.write_text(state)
	sites.prepare_files()
	assert data(bench) == "fresh"


def test_a_bench_of_tests_with_fewer_sites_is_made_anew(bench):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites)
	if bench.kind == "test":
		sites.stamp.write_text(json.dumps({**sites.wanted, "sites": [DEMO_SITE, TEST_SITE]}))
	sites.prepare_files()
	assert data(bench) == ("fresh" if bench.kind == "test" else "used")


def test_bringing_up(bench, monkeypatch):
	sites = site.Sites(bench, FRAMEWORK)
	asked = []
	monkeypatch.setattr(sites, "frappe", lambda services, name, *arguments: asked.append((name, *arguments)))
	monkeypatch.setattr(sites, "_clone", lambda services, name: (bench.sites / name).mkdir())
	sites.prepare_files()
	assert sites.bring_up(None)
	install, load = (DEMO_SITE, "install-app", "aftersales"), (DEMO_SITE, "execute", "aftersales.demo.load")
	managers = [
		(name, "add-system-manager", "system.manager@example.com") for name in (TEST_SITE, BESIDE_SITE)
	]
	assert asked == [
		install,
		*(managers if bench.kind == "test" else []),
		load,
		(DEMO_SITE, "enable-scheduler"),
	]
	if bench.kind == "test":
		sites.keep_clean()

	asked.clear()
	assert not sites.bring_up(None)
	assert asked == []

	monkeypatch.setattr(site, "app_digest", lambda: "a2")
	sites.prepare_files()
	assert sites.bring_up(None)
	assert asked == [(name, "migrate") for name in sites.names]
	assert json.loads(sites.stamp.read_text())["app"] == "a2"


def test_a_failed_migration_is_tried_again(bench, monkeypatch):
	sites = site.Sites(bench, FRAMEWORK)
	used(bench, sites, app="older")

	def fail(*_):
		raise Stop("a patch failed")

	monkeypatch.setattr(sites, "frappe", fail)
	with pytest.raises(Stop):
		sites.bring_up(None)
	assert sites.former["app"] == "older"
