"""The knowledge base as the portal's people see it: `aftersales.knowledge.readers`, for the audiences they belong to."""

import hashlib

import frappe
from frappe.utils.password import get_encryption_key

from aftersales.knowledge import readers
from aftersales.portal.scope import Scope


def visitor_of(scope: Scope) -> str:
	"""Return what tells one reader from another without saying who it is, for counting views and votes once."""
	if not scope.is_guest:
		who = scope.user
	else:
		agent = frappe.get_request_header("User-Agent") or ""
		who = f"{getattr(frappe.local, 'request_ip', '')}|{agent}"
	return hashlib.sha256(f"{get_encryption_key()}|{who}".encode()).hexdigest()[:32]


def popular(scope: Scope, limit: int) -> list[dict]:
	"""Return the most used answers, those in the reader's language first."""
	hits = readers.search("", scope.audiences, language=frappe.local.lang, limit=limit * 3)["hits"]
	return sorted(hits, key=lambda hit: hit["language"] != frappe.local.lang)[:limit]


def top_categories(scope: Scope) -> list[dict]:
	"""Return the categories right below the root that hold something for the reader."""
	rows = readers.categories(scope.audiences)
	names = {row["name"] for row in rows}
	return [row for row in rows if row["parent"] not in names]
