"""One person for each set of roles that the matrix asks about, with a token for the API."""

from collections.abc import Iterable

import frappe
from frappe.utils import now
from frappe.utils.password import encrypt

from aftersales.service_network.outlet_scope import NETWORK

DOMAIN = "matrix.example"


class People:
	"""Accounts, written past User's events: those make contacts and settings and empty the caches for each."""

	def __init__(self):
		self.secret = frappe.generate_hash(length=15)
		self._by_roles: dict[tuple[str, frozenset[str]], str] = {}
		self._key_of: dict[str, str] = {}

	def get(self, roles: Iterable[str], user_type: str = "System User") -> str:
		"""Return the user with just these roles; ask for all before `save`."""
		key = (user_type, frozenset(roles))
		if key not in self._by_roles:
			user = f"person-{len(self._by_roles)}-{self.secret}@{DOMAIN}"
			self._by_roles[key] = user
			self._key_of[user] = frappe.generate_hash(length=15)
		return self._by_roles[key]

	def roles_of(self, user: str) -> frozenset[str]:
		"""Return the roles that a person was made with."""
		return next(roles for (_type, roles), name in self._by_roles.items() if name == user)

	def token(self, user: str) -> str:
		"""Return the person's token."""
		return f"{self._key_of[user]}:{self.secret}"

	def save(self) -> None:
		"""Write all accounts."""
		stamp, encrypted = now(), encrypt(self.secret)
		audit = ["Administrator", "Administrator", stamp, stamp]
		columns = ["owner", "modified_by", "creation", "modified"]
		users, roles, secrets, staff = [], [], [], []
		for (user_type, held), user in self._by_roles.items():
			users.append([user, user, user, user, 1, user_type, "en", self._key_of[user], *audit])
			secrets.append(["User", user, "api_secret", encrypted, 1])
			if NETWORK & held:
				# The matrix asks what a role may do; outlets limit which documents.
				staff.append([user, user, "All Outlets", *audit])
			for index, role in enumerate(sorted(held), 1):
				name = frappe.generate_hash(length=10)
				roles.append([name, user, "User", "roles", index, role, *audit])
		fields = ["name", "email", "first_name", "full_name", "enabled", "user_type", "language", "api_key"]
		frappe.db.bulk_insert("User", [*fields, *columns], users)
		fields = ["name", "parent", "parenttype", "parentfield", "idx", "role"]
		frappe.db.bulk_insert("Has Role", [*fields, *columns], roles)
		frappe.db.bulk_insert("Service Staff", ["name", "user", "outlet", *columns], staff)
		frappe.qb.into(frappe.qb.Table("__Auth")).columns(
			"doctype", "name", "fieldname", "password", "encrypted"
		).insert(*secrets).run()
		frappe.clear_cache()

	def remove(self) -> None:
		"""Delete all accounts."""
		users = list(self._key_of)
		if users:
			frappe.db.delete("Has Role", {"parent": ["in", users]})
			frappe.db.delete("User", {"name": ["in", users]})
			frappe.db.delete("Service Staff", {"name": ["in", users]})
			frappe.db.delete("__Auth", {"doctype": "User", "name": ["in", users]})
		frappe.clear_cache()
