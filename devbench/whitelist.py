"""Finds functions open to the browser or API that lack types or a permission check, by reading the source alone.

Every function under `@frappe.whitelist` must annotate each argument and what it returns, and must check permission
by itself on every path. What counts as a check:

- `frappe.only_for(...)`;
- `something.check_permission(...)` on a document;
- `frappe.has_permission(..., throw=True)`, or a `has_permission` in the condition of an `if` that then raises, throws
  or returns (`is_permitted` of a Page or Report counts as well, and `is_website_user` of functions for the Desk);
- `frappe.get_list(...)`, which returns only what the user may read, unless told to ignore permissions;
- a call of a function of the app that does one of these on every path.

A function may also call nothing at all outside of `if …has_permission(…):`, and so do for each user what that one may.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

DEEPEST_HELPER = 4
QUESTIONS = ("has_permission", "is_permitted", "is_website_user")


@dataclass(frozen=True)
class Problem:
	"""One thing that is wrong, and where."""

	path: Path
	line: int
	text: str

	def __str__(self) -> str:
		return f"{self.path}:{self.line}: {self.text}"


class Package:
	"""The sources of an app's Python package; finds functions across its modules."""

	def __init__(self, root: Path):
		"""root: folder of the package; its name is the package's name."""
		self.root = root
		self._trees: dict[Path, ast.Module] = {}

	def files(self) -> list[Path]:
		"""Its Python files, without tests."""
		return sorted(path for path in self.root.rglob("*.py") if not path.name.startswith("test_"))

	def tree(self, path: Path) -> ast.Module:
		"""The parsed file."""
		if path not in self._trees:
			self._trees[path] = ast.parse(path.read_text(encoding="utf-8"), str(path))
		return self._trees[path]

	def module_file(self, name: str) -> Path | None:
		"""File of a module of this package by its dotted name, else None."""
		first, *rest = name.split(".")
		if first != self.root.name:
			return None
		base = self.root.joinpath(*rest)
		for path in (base.with_suffix(".py"), base / "__init__.py"):
			if path.is_file():
				return path
		return None

	def function(self, path: Path, called: ast.expr) -> tuple[Path, ast.FunctionDef] | None:
		"""Where the function of this package is defined that `called` means in the file `path`, or None."""
		names = dotted(called)
		if not names:
			return None
		if len(names) == 1:
			return self._defined(path, names[0]) or self._imported_function(path, names[0])
		if len(names) == 2 and names[0] not in ("self", "cls"):
			file = self._imported_module(path, names[0])
			return self._defined(file, names[1]) if file else None
		return None

	def _defined(self, path: Path, name: str) -> tuple[Path, ast.FunctionDef] | None:
		for node in self.tree(path).body:
			if isinstance(node, ast.FunctionDef) and node.name == name:
				return path, node
		return None

	def _imports(self, path: Path):
		for node in ast.walk(self.tree(path)):
			if isinstance(node, ast.ImportFrom) and node.module and not node.level:
				for alias in node.names:
					yield alias.asname or alias.name, node.module, alias.name

	def _imported_function(self, path: Path, name: str) -> tuple[Path, ast.FunctionDef] | None:
		for known, module, original in self._imports(path):
			file = self.module_file(module) if known == name else None
			if file and file != path:
				return self._defined(file, original)
		return None

	def _imported_module(self, path: Path, name: str) -> Path | None:
		for known, module, original in self._imports(path):
			if known == name:
				return self.module_file(f"{module}.{original}")
		return None


def dotted(node: ast.expr) -> list[str]:
	"""`a.b.c` as its names; empty for anything else."""
	names = []
	while isinstance(node, ast.Attribute):
		names.append(node.attr)
		node = node.value
	if not isinstance(node, ast.Name):
		return []
	return [node.id, *reversed(names)]


def is_whitelisted(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
	"""Whether one of the function's decorators is `frappe.whitelist` or an imported `whitelist`."""
	for decorator in function.decorator_list:
		target = decorator.func if isinstance(decorator, ast.Call) else decorator
		if dotted(target)[-1:] == ["whitelist"]:
			return True
	return False


def check_package(root: Path) -> list[Problem]:
	"""Every problem in the package whose folder is `root`."""
	package = Package(root)
	problems = []
	for path in package.files():
		for node in ast.walk(package.tree(path)):
			if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_whitelisted(node):
				problems += check_function(package, path, node)
	return problems


def check_function(
	package: Package, path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[Problem]:
	"""The problems of one whitelisted function."""
	texts = [f"argument {name} of {function.name} has no type" for name in untyped(function)]
	if function.returns is None:
		texts.append(f"{function.name} does not say what type it returns")
	guards = Guards(package, path)
	if not (guards.on_every_path(function.body) or only_behind_questions(function.body)):
		texts.append(f"{function.name} does not check permission by itself on every path")
	return [Problem(path, function.lineno, text) for text in texts]


def untyped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
	"""Names of arguments without annotation; `self` and `cls` need none."""
	arguments = function.args
	every = [
		*arguments.posonlyargs,
		*arguments.args,
		*arguments.kwonlyargs,
		arguments.vararg,
		arguments.kwarg,
	]
	named = [argument for argument in every if argument is not None]
	if named and named[0].arg in ("self", "cls"):
		named = named[1:]
	return [argument.arg for argument in named if argument.annotation is None]


class Guards:
	"""Tells whether statements of one file check permission."""

	def __init__(self, package: Package, path: Path, depth: int = 0):
		self.package = package
		self.path = path
		self.depth = depth

	def on_every_path(self, statements: list[ast.stmt]) -> bool:
		"""Whether running these statements to their end cannot miss a check."""
		return any(self._statement(statement) for statement in statements)

	def _statement(self, node: ast.stmt) -> bool:
		if isinstance(node, ast.If):
			if self._refuses(node) or self._expression(node.test):
				return True
			return self.on_every_path(node.body) and self.on_every_path(node.orelse)
		if isinstance(node, ast.With):
			return any(self._expression(item.context_expr) for item in node.items) or self.on_every_path(
				node.body
			)
		if isinstance(node, ast.Try):
			return self.on_every_path(node.body) or self.on_every_path(node.finalbody)
		if isinstance(node, ast.For):
			return self._expression(node.iter)
		if isinstance(node, ast.While):
			return self._expression(node.test)
		if isinstance(node, ast.Match):
			everything = any(
				isinstance(case.pattern, ast.MatchAs) and not case.pattern.pattern for case in node.cases
			)
			return everything and all(self.on_every_path(case.body) for case in node.cases)
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
			return False
		return self._expression(node)

	def _expression(self, node: ast.AST) -> bool:
		"""Whether evaluating the expression always runs a check; what only some evaluations reach does not count."""
		if isinstance(node, ast.Lambda):
			return False
		if isinstance(node, ast.IfExp):
			both = self._expression(node.body) and self._expression(node.orelse)
			return self._expression(node.test) or both
		if isinstance(node, ast.BoolOp):
			return self._expression(node.values[0])
		if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
			return self._expression(node.generators[0].iter)
		if isinstance(node, ast.Call) and self._is_check(node):
			return True
		return any(self._expression(child) for child in ast.iter_child_nodes(node))

	def _is_check(self, call: ast.Call) -> bool:
		name = call.func.attr if isinstance(call.func, ast.Attribute) else (dotted(call.func) or [""])[-1]
		owner = dotted(call.func)[:-1]
		if name == "only_for" and owner == ["frappe"]:
			return True
		if name == "check_permission" and isinstance(call.func, ast.Attribute) and not self._module(call):
			return True
		if name == "has_permission" and owner != ["self"]:
			return is_true(call, "throw")
		if name == "get_list" and owner in (["frappe"], ["frappe", "db"]):
			return not is_given(call, "ignore_permissions")
		return self._helper_checks(call)

	def _module(self, call: ast.Call) -> bool:
		"""Whether this is a function of one of the package's modules, not a method of a document."""
		return self.package.function(self.path, call.func) is not None

	def _helper_checks(self, call: ast.Call) -> bool:
		if self.depth >= DEEPEST_HELPER:
			return False
		found = self.package.function(self.path, call.func)
		if not found:
			return False
		path, function = found
		return Guards(self.package, path, self.depth + 1).on_every_path(function.body)

	def _refuses(self, node: ast.If) -> bool:
		"""Whether this is `if not …has_permission(…):` that leaves the function."""
		return asks_permission(node.test) and any(leaves(branch) for branch in (node.body, node.orelse))


def asks_permission(test: ast.expr) -> bool:
	"""Whether a condition asks for a permission."""
	calls = (node for node in ast.walk(test) if isinstance(node, ast.Call))
	return any(isinstance(call.func, ast.Attribute) and call.func.attr in QUESTIONS for call in calls)


def only_behind_questions(statements: list[ast.stmt]) -> bool:
	"""Whether the statements ask for permissions, and call nothing but behind the answers."""
	asked = False
	for statement in statements:
		if isinstance(statement, ast.If) and asks_permission(statement.test):
			asked = True
			rest: list[ast.AST] = list(statement.orelse)
		else:
			rest = [statement]
		if any(isinstance(node, ast.Call) for part in rest for node in ast.walk(part)):
			return False
	return asked


def leaves(statements: list[ast.stmt]) -> bool:
	"""Whether the statements end in raise, return or `frappe.throw`."""
	if not statements:
		return False
	last = statements[-1]
	if isinstance(last, ast.Raise | ast.Return):
		return True
	return (
		isinstance(last, ast.Expr)
		and isinstance(last.value, ast.Call)
		and dotted(last.value.func)[-1:] == ["throw"]
	)


def is_true(call: ast.Call, name: str) -> bool:
	"""Whether the call passes `name=True`."""
	return any(
		keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
		for keyword in call.keywords
	)


def is_given(call: ast.Call, name: str) -> bool:
	"""Whether the call passes `name` as anything but False."""
	return any(
		keyword.arg == name and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
		for keyword in call.keywords
	)
