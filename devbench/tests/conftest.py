"""Fixtures of the tests that run the node programs: benches, servers and people of their own."""

import pytest

from devbench.tests.node_bench import AGENT, VISITOR, SiteBench, free_port, redis_server


@pytest.fixture(scope="session")
def site_bench(tmp_path_factory):
	"""The test site in a bench with a Redis queue of its own."""
	port = free_port()
	with redis_server(port):
		bench = SiteBench(tmp_path_factory.mktemp("site") / "bench", port)
		yield bench
		bench.close()


@pytest.fixture(scope="session")
def web(site_bench):
	"""The web server of that bench."""
	with site_bench.web_server() as server:
		yield server


@pytest.fixture(scope="session")
def sessions(site_bench):
	"""Session ids of a desk user and of a website user who exist during the tests only, and the agent's API token."""
	site_bench.python(REMOVE, users=[AGENT, VISITOR])
	token = site_bench.python(CREATE, agent=AGENT, visitor=VISITOR)
	yield {"agent": site_bench.login(AGENT), "visitor": site_bench.login(VISITOR), "token": token}
	site_bench.python(REMOVE, users=[AGENT, VISITOR])


@pytest.fixture(scope="module")
def realtime(site_bench, web):
	"""The realtime server of that bench."""
	with site_bench.realtime_server() as server:
		yield server


CREATE = """
for email, kind, roles in ((values["agent"], "System User", ["Website Manager"]), (values["visitor"], "Website User", [])):
	user = frappe.get_doc({"doctype": "User", "email": email, "first_name": "Realtime", "send_welcome_email": 0})
	user.user_type = kind
	for role in roles:
		user.append("roles", {"role": role})
	user.insert(ignore_permissions=True)
agent = frappe.get_doc("User", values["agent"])
agent.api_key, agent.api_secret = "realtimekey", "realtimesecret"
agent.save(ignore_permissions=True)
answer = "token realtimekey:realtimesecret"
"""
# Frappe refuses to delete any user while no System Manager but the Administrator exists, as on a new site.
REMOVE = """
from frappe.sessions import clear_sessions
for user in values["users"]:
	clear_sessions(user, force=True)
	for doctype, field in (("Contact", "user"), ("Has Role", "parent"), ("Notification Settings", "name"), ("User", "name")):
		frappe.db.delete(doctype, {field: user})
	frappe.db.delete("__Auth", {"name": user})
	frappe.clear_cache(user=user)
"""
