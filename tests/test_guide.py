"""The guide: every page in both languages, every link and picture there, every page in the index."""

import os
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
PAGES = sorted(path.relative_to(GUIDE).as_posix() for path in GUIDE.rglob("*.md"))
ENGLISH = [page for page in PAGES if not page.endswith(".zh-CN.md")]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
LARGEST_PICTURE = 150 * 1024  # bytes


def text_of(page: str) -> str:
	return (GUIDE / page).read_text(encoding="utf-8")


def links_of(page: str) -> list[str]:
	"""Targets of links and pictures that lie in the repository, from the guide's folder, without the part after #."""
	targets = (target.partition("#")[0] for target in LINK.findall(text_of(page)))
	inside = (
		target for target in targets if target and "://" not in target and not target.startswith("mailto:")
	)
	return [os.path.normpath(Path(page).parent / target) for target in inside]


def test_there_is_a_guide():
	assert {"README.md", "README.zh-CN.md", "customising.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_exist(page):
	assert [target for target in links_of(page) if not (GUIDE / target).is_file()] == []


@pytest.mark.parametrize("page", ENGLISH)
def test_every_page_in_chinese_too(page):
	assert page.removesuffix(".md") + ".zh-CN.md" in PAGES


def test_no_page_in_chinese_alone():
	assert [
		page for page in PAGES if page.endswith(".zh-CN.md") and page.replace(".zh-CN.md", ".md") not in PAGES
	] == []


@pytest.mark.parametrize("index", ["README.md", "README.zh-CN.md"])
def test_the_index_names_every_page_of_its_language(index):
	ending = index.removeprefix("README")
	own = {page for page in PAGES if page.endswith(ending) and (ending != ".md" or page in ENGLISH)} - {index}
	assert own - set(links_of(index)) == set()


def test_every_picture_is_shown_and_small():
	shown = {target for page in PAGES for target in links_of(page)}
	pictures = {
		path.relative_to(GUIDE).as_posix(): path.stat().st_size for path in (GUIDE / "images").iterdir()
	}
	assert pictures
	assert set(pictures) - shown == set()
	assert {name: size for name, size in pictures.items() if size > LARGEST_PICTURE} == {}
