"""The asset builder, run for real on small apps."""

import json
import os
import re
import signal
import subprocess

import pytest
import redis
from playwright.sync_api import sync_playwright

from devbench.tests.node_bench import AssetBench, Program, free_port, redis_server, wait_until

SCSS = """
@import "~bootstrap/scss/functions";
@import "./partial";
.box { padding-left: 4px; color: $shade; user-select: none; background: url("/assets/tiny/box.png"); }
"""
PARTIAL = "$shade: rgba(0, 0, 0, 0.25);"
COMPONENT = """<script setup>
import { ref } from "vue";
const count = ref(41);
</script>
<template><b class="count" @click="count++">{{ count }}</b></template>
<style lang="scss" scoped>
$shade: rgb(10, 20, 30);
.count { color: $shade; &:hover { color: red; } }
</style>
"""
OPTIONS_COMPONENT = """<template><i class="old">{{ text }}</i></template>
<script>
export default { data: () => ({ text: "options" }) };
</script>
"""
SCRIPT = """
import { createApp, h } from "vue";
import "./hello.html";
import Counter from "./Counter.vue";
import Options from "./Options.vue";
createApp({ render: () => [h(Counter), h(Options)] }).mount("#app");
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
	"""A bench that has been built once. What a build leaves does not depend on where it lies."""
	bench = AssetBench(tmp_path_factory.mktemp("built") / "bench", apps=("tiny", "other"))
	bench.write("js/tiny.bundle.js", SCRIPT)
	bench.write("js/hello.html", "<p>`{{ name }}`</p>\n")
	bench.write("js/Counter.vue", COMPONENT)
	bench.write("js/Options.vue", OPTIONS_COMPONENT)
	bench.write("scss/tiny.bundle.scss", SCSS)
	bench.write("scss/_partial.scss", PARTIAL)
	bench.write("js/other.bundle.ts", "const n: number = 7; (window as any).other = n;", app="other")
	bench.build()
	return bench


@pytest.fixture
def bench(built, tmp_path):
	bench = built.copy(tmp_path / "bench")
	bench.build()
	return bench


def test_a_moved_bench_needs_no_build(built, tmp_path):
	bench = built.copy(tmp_path / "elsewhere")
	assert bench.build().count("nothing changed") == 2
	assert (bench.assets / "tiny").resolve() == bench.public().resolve()


def test_bundles_are_named_by_their_content(bench):
	assert "nothing changed" not in bench.build("--force")
	names = bench.names()
	assert set(names) == {"tiny.bundle.js", "tiny.bundle.css", "other.bundle.ts", "other.bundle.js"}
	assert re.fullmatch(r"/assets/tiny/dist/js/tiny\.bundle\.[0-9A-F]{8}\.js", names["tiny.bundle.js"])
	assert re.fullmatch(r"/assets/tiny/dist/css/tiny\.bundle\.[0-9A-F]{8}\.css", names["tiny.bundle.css"])
	assert names["other.bundle.js"] == names["other.bundle.ts"]
	for address in names.values():
		assert bench.file(address).stat().st_size
	assert (bench.assets / "tiny").resolve() == bench.public().resolve()


def test_components_and_templates_work_in_a_browser(bench):
	with sync_playwright() as play:
		browser = play.chromium.launch(
			executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
		)
		page = browser.new_page()
		mistakes = []
		page.on("pageerror", lambda error: mistakes.append(str(error)))
		page.set_content(
			"<div id=app></div><script>window.frappe = {templates: {}, dom: {set_style(css) {"
			"const style = document.createElement('style'); style.textContent = css; document.head.append(style)}}}"
			"</script>"
		)
		page.add_script_tag(content=bench.built("tiny.bundle.js"))
		page.click(".count")
		page.mouse.move(0, 300)
		assert page.inner_text(".count") == "42"
		assert page.inner_text(".old") == "options"
		colour = "element => getComputedStyle(element).color"
		assert page.eval_on_selector(".count", colour) == "rgb(10, 20, 30)"
		assert page.eval_on_selector(".old", colour) == "rgb(0, 0, 0)"
		page.evaluate(
			"document.body.append(Object.assign(document.createElement('b'), {className: 'count last'}))"
		)
		assert page.eval_on_selector(".last", colour) == "rgb(0, 0, 0)", (
			"the style is scoped to its component"
		)
		assert page.evaluate("frappe.templates.hello") == "<p>`{{ name }}`</p>\n"
		assert mistakes == []
		browser.close()


def test_styles_are_prefixed_and_fit_old_webkit(bench):
	css = bench.built("tiny.bundle.css")
	assert "-webkit-user-select:none" in css
	assert "rgba(0,0,0,.25)" in css, "wkhtmltopdf does not read #00000040"
	assert "url(/assets/tiny/box.png)" in css


def test_styles_are_mirrored_for_right_to_left(bench):
	assert "padding-left:4px" in bench.built("tiny.bundle.css")
	rtl = bench.names("assets-rtl.json")
	assert list(rtl) == ["rtl_tiny.bundle.css"]
	assert rtl["rtl_tiny.bundle.css"].startswith("/assets/tiny/dist/css-rtl/tiny.bundle.")
	mirrored = bench.built("rtl_tiny.bundle.css", "assets-rtl.json")
	assert "padding-right:4px" in mirrored
	assert "padding-left" not in mirrored


MISTAKES = {
	"script": ("js/tiny.bundle.js", "let a = 1;\nlet b = ;\n", r"tiny\.bundle\.js:2:8"),
	"missing import": ("js/tiny.bundle.js", '\n\nimport "./nowhere";\n', r"tiny\.bundle\.js:3:7"),
	"style": ("scss/tiny.bundle.scss", ".a {\n\tcolor: $unknown;\n}\n", r"tiny\.bundle\.scss:2:8"),
	"imported style": ("scss/_partial.scss", "$shade: red;\n.b { color: }\n", r"_partial\.scss:2"),
	"component script": ("js/Counter.vue", "<script setup>\nconst a = 1;\nconst = 2;\n</script>", r"Counter\.vue:3"),
	"component template": ("js/Options.vue", "<script>\nexport default {}\n</script>\n<template>\n<i v-if></i>\n</template>", r"Options\.vue:5"),
	"component style": ("js/Counter.vue", "<template><b/></template>\n<style lang='scss'>\n.a { color: $no; }\n</style>", r"Counter\.vue:3"),
	"less": ("css/old.bundle.less", ".a { color: red }", r"old\.bundle\.less"),
	"same name twice": ("pages/tiny.bundle.js", "1;", r"pages/tiny\.bundle\.js"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_located_and_leaves_the_former_assets(bench, mistake):
	before = bench.state()
	name, text, place = MISTAKES[mistake]
	bench.write(name, text)
	bench.write("js/other.bundle.ts", "(window as any).other = 8;", app="other")
	result = bench.run()
	assert result.returncode == 1
	assert re.search(place, result.stderr), result.stderr
	assert "former assets stay" in result.stderr
	assert bench.state() == before, "not even the sound app's bundles may change"


def test_other_apps_keep_their_entries(bench):
	(bench.assets / "assets.json").unlink()
	bench.build("--apps", "other")
	assert set(bench.names()) == {"other.bundle.ts", "other.bundle.js"}
	bench.build("--apps", "tiny")
	bench.file(bench.names()["other.bundle.js"]).stat()
	(bench.public() / "js/tiny.bundle.js").unlink()
	bench.build("--apps", "tiny")
	assert set(bench.names()) == {"tiny.bundle.css", "other.bundle.ts", "other.bundle.js"}


def test_entries_come_back_when_assets_json_was_lost(bench):
	before = bench.names()
	(bench.assets / "assets.json").write_text("{ half")
	assert "nothing changed" in bench.build()
	assert bench.names() == before


def test_nothing_is_touched_while_nothing_changes(bench):
	before = bench.state()
	printed = bench.build()
	assert printed.count("nothing changed since the last build") == 2
	assert bench.state() == before


def test_a_changed_partial_builds_again_and_the_last_files_stay_for_open_pages(bench):
	first = bench.names()
	bench.write("scss/_partial.scss", "$shade: blue;")
	bench.build()
	second = bench.names()
	assert second["tiny.bundle.css"] != first["tiny.bundle.css"]
	assert second["tiny.bundle.js"] == first["tiny.bundle.js"]
	assert "color:#00f" in bench.built("tiny.bundle.css")
	assert bench.file(first["tiny.bundle.css"]).exists()
	bench.write("scss/_partial.scss", "$shade: green;")
	bench.build()
	assert not bench.file(first["tiny.bundle.css"]).exists()
	assert bench.file(second["tiny.bundle.css"]).exists()


def test_a_component_style_alone_changes_the_name_of_its_script(bench):
	former = bench.names()["tiny.bundle.js"]
	bench.write("js/Counter.vue", COMPONENT.replace("10, 20, 30", "11, 20, 30"))
	bench.build()
	assert bench.names()["tiny.bundle.js"] != former


def test_a_deleted_output_is_made_again(bench):
	file = bench.file(bench.names()["tiny.bundle.js"])
	text = file.read_text()
	file.unlink()
	bench.build()
	assert file.read_text() == text


def test_source_maps_only_for_development(bench):
	assert not list(bench.public().rglob("dist/*/*.map"))
	assert "sourceMappingURL" not in bench.built("tiny.bundle.js")
	bench.build("--dev")
	for bundle in ("tiny.bundle.js", "tiny.bundle.css"):
		file = bench.file(bench.names()[bundle])
		(name,) = re.findall(r"sourceMappingURL=([\w.]+\.map)", file.read_text().splitlines()[-1])
		sources = json.loads(file.with_name(name).read_text())["sources"]
		expected = "Counter.vue" if bundle.endswith("js") else "_partial.scss"
		assert any(source.endswith(expected) for source in sources)


def test_an_app_apart_is_not_written_to(bench):
	bench.write("images/logo.svg", "<svg/>")
	before = sorted(bench.public().rglob("*"))
	bench.build("--apart", "tiny")
	assert sorted(bench.public().rglob("*")) == before
	assert (bench.assets / "tiny/images/logo.svg").read_text() == "<svg/>"
	assert bench.built("tiny.bundle.js")
	(bench.public() / "images/logo.svg").unlink()
	(bench.public() / "images").rmdir()
	bench.build("--apart", "tiny")
	assert not os.path.lexists(bench.assets / "tiny/images")
	bench.build()
	assert (bench.assets / "tiny").is_symlink()


def test_pages_find_the_packages_that_they_load_by_address(bench, tmp_path):
	frappe = AssetBench(tmp_path / "frappe", apps=("frappe",))
	frappe.build()
	assert (frappe.assets / "frappe/node_modules/ace-builds/src-min-noconflict/ace.js").exists()
	assert not (bench.assets / "tiny/node_modules").exists()


def test_frappes_cache_of_names_is_cleared(tmp_path):
	port = free_port()
	bench = AssetBench(tmp_path / "bench", redis_cache=f"redis://127.0.0.1:{port}")
	bench.write("js/tiny.bundle.js", "1;")
	with redis_server(port), redis.Redis(port=port) as cache:
		cache.set("assets_json", "old")
		cache.set("other", "stays")
		bench.build()
		assert cache.keys() == [b"other"]
	result = bench.run()
	assert result.returncode == 0
	assert "not up" in result.stderr


def test_a_killed_build_does_not_hinder_the_next(bench):
	gone = subprocess.Popen(["true"])
	gone.wait()
	(bench.assets / ".build.lock").write_text(str(gone.pid))
	bench.build()
	assert "tiny.bundle.js" in bench.names()
	assert not list(bench.assets.glob(".build.lock*"))


def test_a_build_waits_while_another_writes_the_names(bench):
	lock = bench.assets / ".build.lock"
	lock.write_text(str(os.getpid()))
	bench.write("scss/_partial.scss", "$shade: blue;")
	before = bench.state()
	build = Program(*bench.command("--apps", "tiny"))
	wait_until(lambda: "bundles" in build.text, "the compilation", build)
	assert bench.state() == before
	lock.unlink()
	assert build.handle.wait(60) == 0
	assert "color:#00f" in bench.built("tiny.bundle.css")


def test_a_termination_in_the_middle_leaves_nothing_half_done(bench):
	before = bench.state()
	bench.write("scss/_partial.scss", "$shade: blue;")
	process = subprocess.Popen(bench.command(), stdout=subprocess.DEVNULL)
	process.send_signal(signal.SIGKILL)
	process.wait()
	assert bench.state() == before


@pytest.mark.parametrize(
	("options", "sentence"),
	[
		(["--apps", "nobody"], "Not in sites/apps.txt: nobody."),
		(["--modules", "/nowhere"], "/nowhere does not exist."),
		(["--modules", "/"], "Package esbuild is missing in /: run npm ci again."),
		(["--bench", "/nowhere"], "/nowhere does not exist."),
		(["--colour"], "Unknown option '--colour'"),
	],
)
def test_wrong_usage_is_one_sentence(bench, options, sentence):
	result = bench.run(*options)
	assert result.returncode == 1
	assert sentence in result.stderr
	assert "    at " not in result.stderr
