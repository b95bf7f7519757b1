"""Every function of the app that a browser may call, called as a visitor and as a portal user: refused, unless it is
for visitors (`allow_guest`) or answers with nothing.

The functions are found by reading the source, as the lint does. Where one answers that it does not find a document,
it is asked again about one that exists, so that the answer is about rights and not about what is missing.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import frappe
import pytest

from devbench import whitelist
from tests.permissions.client import Client, is_refused, outcome

APP = Path(__file__).parents[2] / "apps" / "aftersales"
# Plain values by type; the first word of an annotation counts. A text names itself, see `call`.
BY_TYPE = {"int": 1, "float": 1.0, "bool": True, "list": [], "dict": {}}
BY_NAME = {
	"doctype": "Service Ticket",
	"reference_doctype": "Service Ticket",
	"source_doctype": "Service Ticket",
	"searchfield": "name",
}
PLACEHOLDER = "placeholder-{0}"
NOT_FOUND = re.compile(r"([A-Z][\w -]+) placeholder-(\w+) not found")


@dataclass
class Function:
	"""A whitelisted function, or a method of a document."""

	path: str
	doctype: str | None
	for_visitors: bool
	arguments: dict[str, str] = field(default_factory=dict)

	def __str__(self) -> str:
		return f"{self.doctype}.{self.path}" if self.doctype else self.path


def functions() -> list[Function]:
	package = whitelist.Package(APP)
	found = []
	for path in package.files():
		module = ".".join([APP.name, *path.relative_to(APP).with_suffix("").parts])
		for parent in ast.walk(package.tree(path)):
			for node in ast.iter_child_nodes(parent):
				if isinstance(node, ast.FunctionDef) and whitelist.is_whitelisted(node):
					is_method = isinstance(parent, ast.ClassDef)
					found.append(
						Function(
							node.name if is_method else f"{module}.{node.name}",
							doctype_of(path) if is_method else None,
							any("allow_guest" in ast.unparse(decorator) for decorator in node.decorator_list),
							required(node),
						)
					)
	return found


def doctype_of(path: Path) -> str:
	"""Return the DocType whose controller a file is."""
	return frappe.get_value("DocType", {"name": path.stem.replace("_", " ")}) or frappe.unscrub(path.stem)


def required(node: ast.FunctionDef) -> dict[str, str]:
	"""Return the arguments without default and their types."""
	arguments = [*node.args.posonlyargs, *node.args.args]
	needed = arguments[: len(arguments) - len(node.args.defaults)]
	return {
		argument.arg: ast.unparse(argument.annotation)
		for argument in needed
		if argument.arg not in ("self", "cls")
	}


def call(client: Client, function: Function, user: str | None, documents):
	"""Call the function; where it misses a document that an argument should name, give it one and call again."""
	values = {name: value_of(name, kind) for name, kind in function.arguments.items()}
	for _attempt in range(4):
		answer = send(client, function, user, values, documents)
		missing = NOT_FOUND.search(answer.text) if answer.status_code == 404 else None
		if not missing or not frappe.db.exists("DocType", missing[1]):
			return answer
		values[missing[2]] = documents.shared(missing[1])
		frappe.db.commit()
	return answer


def send(client: Client, function: Function, user: str | None, values: dict, documents):
	if not function.doctype:
		return client.request("POST", f"/api/method/{function.path}", user, json=values)
	name = function.doctype
	if not frappe.get_meta(function.doctype).issingle:
		name = documents.shared(function.doctype)
		frappe.db.commit()
	return client.method(
		"run_doc_method", user, dt=function.doctype, dn=name, method=function.path, args=values
	)


def value_of(name: str, kind: str):
	return BY_NAME.get(name) or BY_TYPE.get(kind.split("[")[0].split(" |")[0], PLACEHOLDER.format(name))


@pytest.fixture(scope="module")
def found(documents, people, server) -> list[Function]:
	people.get((), user_type="Website User")
	people.save()
	frappe.db.commit()
	return functions()


def problems(client: Client, found: list[Function], user: str | None, documents) -> list[str]:
	lines = []
	for function in found:
		if function.for_visitors:
			continue
		answer = call(client, function, user, documents)
		if not is_refused(answer) and not says_nothing(answer):
			lines.append(f"{function}({', '.join(function.arguments)}): {outcome(answer)}")
	return lines


def says_nothing(answer) -> bool:
	"""Whether it was answered, and the answer holds nothing: for who may see none of what was asked for."""
	if answer.status_code != 200:
		return False
	message = answer.json().get("message")
	return not message or (isinstance(message, dict) and not any(message.values()))


def test_visitors(found, people, server, documents):
	lines = problems(Client(server, people), found, None, documents)
	assert not lines, "open to visitors:\n" + "\n".join(lines)


def test_portal_users(found, people, server, documents):
	user = people.get((), user_type="Website User")
	lines = problems(Client(server, people), found, user, documents)
	assert not lines, "open to portal users:\n" + "\n".join(lines)


def test_all_are_found(found):
	assert {"post_events", "search_faqs"} <= {function.path.rpartition(".")[2] for function in found}
