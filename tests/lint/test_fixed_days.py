"""No test takes its day when it is imported: a run over midnight would compare yesterday with today."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLOCKS = {"today", "nowdate", "now", "nowtime", "now_datetime", "utcnow"}


def test_no_day_is_read_at_import():
	found = [
		f"{path.relative_to(ROOT)}:{line}"
		for folder in ("apps", "tests", "hardware_bridge", "devbench", "benchmarks")
		for path in (ROOT / folder).rglob("*.py")
		for line in clocks_at_import(ast.parse(path.read_text("utf-8")))
	]
	assert not found, "call the clock where the day is needed: " + ", ".join(found)


def test_the_search_finds_them():
	source = "DAY = add_days(today(), 1)\nclass A:\n\tat = frappe.utils.now()\ndef f():\n\treturn today()\n"
	assert clocks_at_import(ast.parse(source)) == [1, 3]


def clocks_at_import(tree: ast.Module) -> list[int]:
	"""Return the lines that ask a clock while the file is imported: those outside functions."""
	lines, waiting = [], [tree]
	while waiting:
		node = waiting.pop()
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
			continue
		if isinstance(node, ast.Call) and called(node.func) in CLOCKS:
			lines.append(node.lineno)
		waiting.extend(ast.iter_child_nodes(node))
	return sorted(lines)


def called(function: ast.expr) -> str:
	"""Return the last name of what is called."""
	return getattr(function, "attr", None) or getattr(function, "id", "")
