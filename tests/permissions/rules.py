"""What the files of the app say who may do what: DocTypes, workflows, reports, pages.

Nothing here reads the database: a site's own changes, and permissions that never reached it, must not hide a mistake.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from aftersales.setup.records import read_records
from aftersales.setup.roles import ROLES

APP = Path(__file__).parents[2] / "apps" / "aftersales"
# Frappe gives these to people by itself.
AUTOMATIC = {"Guest": {"Guest", "All"}, "Website": {"All"}, "System": {"All", "Desk User"}}


@dataclass(frozen=True)
class DocTypeRules:
	"""The rights on one DocType."""

	name: str
	is_single: bool
	module: str
	rows: tuple[dict, ...] = field(repr=False)

	def roles(self, right: str) -> frozenset[str]:
		"""Roles that have a right on every document of the DocType."""
		return frozenset(row["role"] for row in self.rows if row.get(right) and not row.get("if_owner"))

	def own_roles(self, right: str) -> frozenset[str]:
		"""Roles that have a right on documents which they made themselves, and on no others."""
		own = {row["role"] for row in self.rows if row.get(right) and row.get("if_owner")}
		return frozenset(own - self.roles(right))

	def without(self, *rights: str) -> frozenset[str]:
		"""Roles of the app that have none of the rights, not even on own documents."""
		having = set().union(*(self.roles(right) | self.own_roles(right) for right in rights))
		return frozenset(ROLES) - having


class Rules:
	"""Everything that the app's files say."""

	@cached_property
	def doctypes(self) -> dict[str, DocTypeRules]:
		"""DocTypes other than child tables, by name."""
		found = {}
		for content in self._files("doctype", "DocType"):
			if not content.get("istable"):
				rows = tuple(row for row in content["permissions"] if not row.get("permlevel"))
				found[content["name"]] = DocTypeRules(
					content["name"], bool(content.get("issingle")), content["module"], rows
				)
		return found

	@cached_property
	def workflows(self) -> list[dict]:
		"""Workflows that the app brings."""
		return [record for record in read_records("workflows") if record["doctype"] == "Workflow"]

	@cached_property
	def reports(self) -> list[dict]:
		"""Standard reports."""
		return list(self._files("report", "Report"))

	@cached_property
	def pages(self) -> list[dict]:
		"""Pages of the Desk."""
		return list(self._files("page", "Page"))

	def _files(self, folder: str, doctype: str) -> Iterable[dict]:
		for path in sorted(APP.glob(f"*/{folder}/*/*.json")):
			content = json.loads(path.read_text(encoding="utf-8"))
			if content.get("doctype") == doctype:
				yield content
