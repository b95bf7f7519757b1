"""Who sees what in the portal; lists, documents, files and Frappe's own permission hooks all ask here."""

from dataclasses import dataclass
from functools import cached_property

import frappe
from frappe.model.document import Document
from frappe.query_builder.terms import NamedParameterWrapper
from pypika import Criterion

from aftersales.knowledge.access import AUDIENCES
from aftersales.portal import ROLE, TICKET

ACCESS = "Portal Access"
CUSTOMER = "Service Customer"


@dataclass(frozen=True)
class Scope:
	"""What one portal user may see.

	:param user: the user; "Guest" sees no tickets at all.
	:param own: customers of whom the user sees the tickets that they opened themselves.
	:param full: customers whose tickets the user sees all.
	:param companies: customers whose tickets, and those of whose members, the user sees all.
	:param dealers: dealers whose customers and tickets the user sees.
	:param withdrawn: customers to whom the user had access once, and now has none.
	"""

	user: str
	own: tuple[str, ...] = ()
	full: tuple[str, ...] = ()
	companies: tuple[str, ...] = ()
	dealers: tuple[str, ...] = ()
	withdrawn: tuple[str, ...] = ()

	@property
	def is_guest(self) -> bool:
		"""Whether nobody is signed in."""
		return self.user == "Guest"

	@property
	def audiences(self) -> tuple[str, ...]:
		"""For whom answers and downloads may be that this user reads; staff who look at the portal see what the Desk shows them."""
		if self.is_guest:
			return ("Public",)
		if self.dealers:
			return ("Dealers", "Customers", "Public")
		return ("Customers", "Public") if is_website_user(self.user) else AUDIENCES

	@property
	def customers(self) -> tuple[str, ...]:
		"""The customers named in the user's grants, those with the widest access first."""
		return (*self.companies, *self.full, *self.own)

	@cached_property
	def whole(self) -> frozenset[str]:
		"""Customers whose tickets the user sees all: own ones, companies, and members of companies."""
		return frozenset((*self.full, *self.companies, *self.members))

	@cached_property
	def members(self) -> tuple[str, ...]:
		"""Customers who belong to the user's companies."""
		if not self.companies:
			return ()
		filters = {"company": ("in", self.companies)}
		return tuple(frappe.get_all(CUSTOMER, filters=filters, pluck="name", order_by=None))

	def ticket_condition(self) -> Criterion | None:
		"""Return the condition of the tickets that the user may see, None for no tickets."""
		if self.is_guest:
			return None
		ticket = frappe.qb.DocType(TICKET)
		opened = ticket.owner == self.user
		if self.withdrawn:
			opened &= (
				ticket.customer.isnull() | (ticket.customer == "") | ticket.customer.notin(self.withdrawn)
			)
		parts = [opened]
		if self.whole:
			parts.append(ticket.customer.isin(sorted(self.whole)))
		if self.own:
			parts.append(ticket.customer.isin(self.own) & (ticket.email == self.user))
		if self.dealers:
			parts.append(ticket.dealer.isin(self.dealers))
		return Criterion.any(parts)

	def sees_ticket(self, ticket: Document | dict) -> bool:
		"""Return whether the user may see a ticket; the same rule as `ticket_condition`.

		:param ticket: with `owner`, `customer`, `email` and `dealer`.
		"""
		if self.is_guest:
			return False
		customer = ticket.get("customer")
		if ticket.get("owner") == self.user and (not customer or customer not in self.withdrawn):
			return True
		if customer and customer in self.whole:
			return True
		if customer and customer in self.own and (ticket.get("email") or "").lower() == self.user:
			return True
		return bool(ticket.get("dealer")) and ticket.get("dealer") in self.dealers

	def customer_condition(self) -> Criterion | None:
		"""Return the condition of the customer records that the user may see, None for none."""
		customer = frappe.qb.DocType(CUSTOMER)
		parts = []
		if names := (*self.customers, *self.members):
			parts.append(customer.name.isin(sorted(names)))
		if self.dealers:
			parts.append(customer.dealer.isin(self.dealers))
		return Criterion.any(parts) if parts else None

	def sees_customer(self, customer: Document | dict) -> bool:
		"""Return whether the user may see a customer record; the same rule as `customer_condition`."""
		name = customer.get("name")
		return (
			name in self.customers
			or name in self.members
			or (bool(customer.get("dealer")) and customer.get("dealer") in self.dealers)
		)


def scope_of(user: str | None = None) -> Scope:
	"""Read what a user (default: of the session) may see, in one statement.

	Grants of customers or dealers that were disabled since, or whose personal data were deleted, count as withdrawn.
	"""
	user = user or frappe.session.user
	if user == "Guest":
		return Scope(user)
	access, customer, dealer = (frappe.qb.DocType(name) for name in (ACCESS, CUSTOMER, "Dealer"))
	rows = (
		frappe.qb.from_(access)
		.left_join(customer)
		.on(customer.name == access.customer)
		.left_join(dealer)
		.on(dealer.name == access.dealer)
		.select(
			access.access,
			access.customer,
			access.dealer,
			access.enabled,
			customer.disabled.as_("customer_disabled"),
			customer.personal_data_deleted_on.as_("erased"),
			dealer.disabled.as_("dealer_disabled"),
		)
		.where(access.user == user)
		.orderby(access.creation)
		.run(as_dict=True)
	)
	kinds: dict[str, list[str]] = {}
	for row in rows:
		live = row.enabled and not (row.customer_disabled or row.erased or row.dealer_disabled)
		kinds.setdefault(row.access if live else "withdrawn", []).append(row.customer or row.dealer)
	return Scope(
		user,
		own=tuple(kinds.get("Own Tickets", ())),
		full=tuple(kinds.get("All Tickets", ())),
		companies=tuple(kinds.get("Company", ())),
		dealers=tuple(kinds.get("Dealer", ())),
		withdrawn=tuple(kinds.get("withdrawn", ())),
	)


def is_portal_user(user: str | None = None) -> bool:
	"""Return whether a user is one of the portal's: a website user with the portal's role."""
	user = user or frappe.session.user
	if user in ("Guest", "Administrator"):
		return False
	if frappe.get_cached_value("User", user, "user_type") != "Website User":
		return False
	return ROLE in frappe.get_roles(user)


def is_website_user(user: str) -> bool:
	"""Return whether a user has no Desk: a guest or a website user, of the portal or not."""
	if user == "Administrator":
		return False
	return user == "Guest" or frappe.get_cached_value("User", user, "user_type") == "Website User"


# Frappe's hooks. No website user has a right on these DocTypes; should an administrator grant one, the rows stay their own.

NOTHING = "1 = 0"


def ticket_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Ticket: nothing new for the staff."""
	user = user or frappe.session.user
	return as_sql(scope_of(user).ticket_condition()) if is_website_user(user) else ""


def customer_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Customer: nothing new for the staff."""
	user = user or frappe.session.user
	return as_sql(scope_of(user).customer_condition()) if is_website_user(user) else ""


def as_sql(condition: Criterion | None) -> str:
	"""Return a condition as text in brackets."""
	if condition is None:
		return NOTHING
	# The query builder alone doubles quotes, which is not enough where a backslash escapes one.
	values = NamedParameterWrapper()
	sql = condition.get_sql(quote_char="`", with_namespace=True, param_wrapper=values)
	escaped = {name: frappe.db.escape(value) for name, value in values.get_parameters().items()}
	return f"({sql % escaped})"


def ticket_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Service Ticket; can only take rights away, and takes none from the staff."""
	user = user or frappe.session.user
	if not is_website_user(user) or ptype == "create":
		return True
	return scope_of(user).sees_ticket(doc)


def customer_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Service Customer; can only take rights away, and takes none from the staff."""
	user = user or frappe.session.user
	if not is_website_user(user):
		return True
	return scope_of(user).sees_customer(doc)
