"""Every function of the app that a browser may call has types and checks permission itself."""

from pathlib import Path

from devbench import whitelist

APP = Path(__file__).parents[2] / "apps" / "aftersales"


def test_whitelisted_functions():
	problems = whitelist.check_package(APP)
	assert not problems, "\n".join(map(str, problems))


def test_the_check_finds_functions():
	"""The check above must not pass because it looks in the wrong place."""
	package = whitelist.Package(APP)
	found = {
		node.name
		for path in package.files()
		for node in whitelist.ast.walk(package.tree(path))
		if isinstance(node, whitelist.ast.FunctionDef) and whitelist.is_whitelisted(node)
	}
	assert {"post_events", "search_faqs", "add_handling_entry"} <= found
