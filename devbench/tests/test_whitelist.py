"""The check of whitelisted functions finds what is missing and lets pass what is right."""

import textwrap

import pytest

from devbench import whitelist

HEAD = "import frappe\nfrom frappe import _\nfrom shop import access\nfrom shop.access import only_clerks, show\n"
ACCESS = """
import frappe

def only_clerks() -> None:
	frappe.only_for("Clerk")

def deep() -> None:
	only_clerks()

def show(name):
	if frappe.session.user == "x":
		only_clerks()

def check_permission(doctype):
	pass
"""


@pytest.fixture
def problems(tmp_path):
	"""Texts of the problems in a module of a package `shop`."""

	def check(source):
		root = tmp_path / "shop"
		root.mkdir(exist_ok=True)
		(root / "__init__.py").write_text("")
		(root / "access.py").write_text(ACCESS)
		(root / "api.py").write_text(HEAD + textwrap.dedent(source))
		(root / "test_api.py").write_text("@frappe.whitelist()\ndef helper_of_a_test(x): pass\n")
		return [problem.text for problem in whitelist.check_package(root)]

	return check


def function(body, signature="sell(item: str) -> None"):
	return (
		f"\n@frappe.whitelist()\ndef {signature}:\n"
		+ textwrap.indent(textwrap.dedent(body).strip(), "\t")
		+ "\n"
	)


UNCHECKED = ["sell does not check permission by itself on every path"]


@pytest.mark.parametrize(
	"body",
	[
		'frappe.only_for("Clerk")',
		'frappe.has_permission("Item", "read", throw=True)',
		'frappe.get_doc("Item", item).check_permission("write")',
		'doc = frappe.get_doc("Item", item)\ndoc.check_permission()\ndoc.save()',
		'return frappe.get_list("Item", filters={"name": item})',
		'return [row.name for row in frappe.get_list("Item")]',
		'return frappe.get_list("Item", ignore_permissions=False)',
		'if not frappe.has_permission("Item"):\n\tfrappe.throw(_("No"), frappe.PermissionError)\nx()',
		'if not frappe.has_permission("Item"):\n\traise frappe.PermissionError\nx()',
		'if not frappe.get_cached_doc("Page", "shop").is_permitted():\n\traise frappe.PermissionError',
		"only_clerks()\nx()",
		"access.only_clerks()",
		"access.deep()",
		'if item:\n\tfrappe.only_for("A")\nelse:\n\tfrappe.only_for("B")',
		'try:\n\tfrappe.only_for("A")\n\tx()\nexcept ValueError:\n\tpass',
		'with lock():\n\tfrappe.only_for("A")',
		'found = {"a": None}\nif frappe.has_permission("Item"):\n\tfound["a"] = x()\nreturn found',
	],
)
def test_checked(problems, body):
	assert problems(function(body)) == []


@pytest.mark.parametrize(
	"body",
	[
		"pass",
		"x()",
		'frappe.has_permission("Item", "read")',
		'frappe.has_permission("Item", "read", throw=False)',
		'allowed = frappe.has_permission("Item")\nx()',
		'if frappe.has_permission("Item"):\n\tlog()\nx()',
		'found = y()\nif frappe.has_permission("Item"):\n\tfound = x()\nreturn found',
		'if frappe.has_permission("Item"):\n\tx()\nelse:\n\ty()',
		'return frappe.get_all("Item")',
		'return frappe.get_list("Item", ignore_permissions=True)',
		'return frappe.get_list("Item", ignore_permissions=flag)',
		'if item:\n\tfrappe.only_for("A")\nx()',
		'for name in []:\n\tfrappe.only_for("A")\nx()',
		'try:\n\tx()\nexcept ValueError:\n\tfrappe.only_for("A")',
		'def later():\n\tfrappe.only_for("A")\nx()',
		'later = lambda: frappe.only_for("A")\nx()',
		'item and frappe.only_for("A")',
		'frappe.only_for("A") if item else None',
		"show(item)",
		'access.check_permission("Item")',
		"unknown_helper()",
		'"""Calls frappe.only_for, says the docstring."""',
	],
)
def test_unchecked(problems, body):
	assert problems(function(body)) == UNCHECKED


@pytest.mark.parametrize(
	("signature", "expected"),
	[
		("sell(item) -> None", ["argument item of sell has no type"]),
		("sell(item: str, count=1) -> None", ["argument count of sell has no type"]),
		(
			"sell(*items, **more) -> None",
			["argument items of sell has no type", "argument more of sell has no type"],
		),
		("sell(*, item) -> None", ["argument item of sell has no type"]),
		("sell(item: str)", ["sell does not say what type it returns"]),
		(
			"sell(item: str, /, count: int = 1, *rest: int, flag: bool = False, **more: str) -> dict | None",
			[],
		),
	],
)
def test_types(problems, signature, expected):
	assert problems(function('frappe.only_for("A")', signature)) == expected


def test_methods_of_documents_are_checked_too(problems):
	source = """
	class Item:
		@frappe.whitelist()
		def sell(self, count):
			self.count = count

		@frappe.whitelist()
		def show(self) -> dict:
			self.check_permission("read")

		def helper(self, x):
			pass
	"""
	assert problems(source) == [
		"argument count of sell has no type",
		"sell does not say what type it returns",
		"sell does not check permission by itself on every path",
	]


def test_every_spelling_of_the_decorator_counts(problems):
	source = """
	from frappe import whitelist

	@frappe.whitelist
	def sell(): pass

	@whitelist(allow_guest=True)
	def sell(): pass

	@frappe.read_only()
	@frappe.whitelist(methods=["POST"])
	async def sell(): pass
	"""
	assert problems(source).count(UNCHECKED[0]) == 3


def test_functions_that_call_each_other_end(problems):
	assert problems("def a(): b()\ndef b(): a()\n" + function("a()")) == UNCHECKED
