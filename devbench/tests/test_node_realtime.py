"""The realtime server, run for real: Frappe publishes through Redis, socket.io clients receive."""

import json
import signal
import socket
import struct
import subprocess
import threading

import pytest
import redis

from devbench.tests.node_bench import (
	AGENT,
	NODE_PROGRAMS,
	VISITOR,
	Client,
	Program,
	free_port,
	node_modules,
	redis_server,
	wait_until,
)

# A document that comes with Frappe, for the role that the agent has and the visitor has not.
READABLE = ("Website Theme", "Standard")


@pytest.fixture
def agent(site_bench, realtime, sessions):
	with Client(site_bench, sid=sessions["agent"]) as client:
		yield client.connected()


@pytest.fixture
def visitor(site_bench, realtime, sessions):
	with Client(site_bench, sid=sessions["visitor"]) as client:
		yield client.connected()


def test_a_users_event_reaches_that_user_only(site_bench, agent, visitor):
	site_bench.publish("aftersales_call", {"number": "021 62531234", "name": "张三"}, user=AGENT)
	site_bench.publish("end", user=VISITOR)
	assert agent.next() == ("aftersales_call", {"number": "021 62531234", "name": "张三"})
	assert visitor.next()[0] == "end"


def test_every_tab_of_a_user_receives(site_bench, agent, sessions):
	with Client(site_bench, sid=sessions["agent"]) as second:
		second.connected()
		site_bench.publish("once", user=AGENT)
		site_bench.publish("end", user=AGENT)
		assert agent.until("end") == second.until("end") == [("once", {})]


def test_an_event_for_the_desk_does_not_reach_website_users(site_bench, agent, visitor):
	site_bench.publish("for_all", {"n": 1})
	site_bench.publish("for_website", {"n": 2}, room="website")
	assert agent.next() == ("for_all", {"n": 1})
	assert agent.next() == ("for_website", {"n": 2})
	assert visitor.next() == ("for_website", {"n": 2})


def test_an_api_token_proves_who_it_is(site_bench, realtime, sessions):
	with Client(site_bench, authorization=sessions["token"]) as client:
		client.connected()
		site_bench.publish("hello", user=AGENT)
		assert client.next()[0] == "hello"


def test_a_visitor_without_login_is_in_the_website_room_only(site_bench, realtime):
	with Client(site_bench, sid="Guest") as client:
		client.connected()
		site_bench.publish("for_all")
		site_bench.publish("for_website", room="website")
		assert client.next()[0] == "for_website"


@pytest.mark.parametrize(
	("options", "reason"),
	[
		({}, "Not logged in"),
		({"sid": "0123456789abcdef"}, "Unauthorized: the session has ended"),
		({"authorization": "token wrong:wrong"}, "Unauthorized: HTTP 401"),
		({"sid": "agent", "origin": "http://evil.example"}, "Invalid origin"),
		({"sid": "agent", "origin": "null"}, "Invalid origin"),
		({"sid": "agent", "namespace": "neighbour.localhost"}, "Invalid namespace"),
		({"sid": "agent", "site": "nobody.localhost"}, "Unknown site"),
		({"sid": "agent", "site": "..%2fassets"}, "Invalid origin"),
		({"sid": "agent", "site": "assets"}, "Unknown site"),
	],
)
def test_refused(site_bench, realtime, sessions, options, reason):
	if options.get("sid") == "agent":
		options = {**options, "sid": sessions["agent"]}
	with Client(site_bench, **options) as client:
		assert client.next() == ("connect_error", reason)


def test_sites_do_not_hear_each_other(site_bench, agent, sessions):
	"""Even people who are the same on both sites get the events of the page's site only."""
	with Client(site_bench, sid=sessions["agent"], site=site_bench.neighbour) as neighbour:
		neighbour.connected()
		room = f"user:{AGENT}"
		for name in (site_bench.site, site_bench.neighbour):
			site_bench.publish_raw(json.dumps({"event": name, "message": 1, "room": room, "namespace": name}))
			site_bench.publish_raw(
				json.dumps({"event": f"all {name}", "message": 1, "room": "all", "namespace": name})
			)
		own, other = site_bench.site, site_bench.neighbour
		site_bench.publish_raw(json.dumps({"event": "build_event", "message": {"success": True}}))
		assert agent.until("build_event") == [(own, 1), (f"all {own}", 1)]
		assert neighbour.until("build_event") == [(other, 1), (f"all {other}", 1)]


def test_documents_are_heard_by_those_who_may_read_them(site_bench, web, agent, visitor):
	for client in (agent, visitor):
		with site_bench.asked(web, client, 2):
			client.emit("doc_subscribe", *READABLE)
			client.emit("doctype_subscribe", "Website Theme")
	site_bench.publish("doc_update", doctype="Website Theme", docname="Standard")
	site_bench.publish("list_update", {"doctype": "Website Theme"})
	site_bench.publish("doc_update", doctype="Website Theme", docname="Other")
	for user in (AGENT, VISITOR):
		site_bench.publish("end", user=user)
	assert [name for name, _ in agent.until("end")] == ["doc_update", "list_update"]
	assert visitor.until("end") == []

	agent.emit("doc_unsubscribe", *READABLE)
	agent.emit("doctype_unsubscribe", "Website Theme")
	agent.emit("ping")
	assert agent.until("pong") == []
	site_bench.publish("doc_update", doctype="Website Theme", docname="Standard")
	site_bench.publish("list_update", {"doctype": "Website Theme"})
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == []


def test_progress_of_a_task_is_heard_by_who_knows_it(site_bench, agent, visitor):
	agent.emit("task_subscribe", "e1b2")
	agent.emit("ping")
	agent.until("pong")
	site_bench.publish("task_progress", {"done": 3}, task_id="e1b2")
	site_bench.publish("end", user=VISITOR)
	assert agent.next() == ("task_progress", {"done": 3, "task_id": "e1b2"})
	assert visitor.until("end") == []
	agent.emit("task_unsubscribe", "e1b2")
	agent.emit("ping")
	agent.until("pong")
	site_bench.publish("task_progress", task_id="e1b2")
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == []


def test_those_who_view_a_form_see_each_other(site_bench, web, agent, sessions):
	def viewers(users):
		return ("doc_viewers", {"doctype": READABLE[0], "docname": READABLE[1], "users": users})

	administrator = site_bench.login("Administrator")
	agent.emit("doc_open", *READABLE)
	assert agent.next() == viewers([AGENT])
	with Client(site_bench, sid=administrator) as other:
		other.connected().emit("doc_open", *READABLE)
		assert agent.next() == other.next() == viewers([AGENT, "Administrator"])
		other.emit("doc_close", *READABLE)
		assert agent.next() == viewers([AGENT])
		other.emit("doc_open", *READABLE)
		assert agent.next() == viewers([AGENT, "Administrator"])
	assert agent.next() == viewers([AGENT]), "closing the browser counts as closing the form"


def test_a_form_may_not_be_viewed_without_permission(site_bench, web, agent, visitor):
	agent.emit("doc_open", *READABLE)
	assert agent.next()[0] == "doc_viewers"
	with site_bench.asked(web, visitor):
		visitor.emit("doc_open", *READABLE)
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == []


GARBAGE = [
	b"",
	b"{",
	b"null",
	b"[1, 2]",
	b'"text"',
	b"\xff\xfe",
	b'{"event": null, "room": "all", "namespace": "SITE"}',
	b'{"event": "", "room": "all", "namespace": "SITE"}',
	b'{"event": "connect", "room": "all", "namespace": "SITE"}',
	b'{"event": "disconnect", "room": "all", "namespace": "SITE"}',
	b'{"event": "x", "room": {"a": 1}, "namespace": "SITE"}',
	b'{"event": "x", "room": null, "namespace": "SITE"}',
	b'{"event": "x", "room": "all", "namespace": null}',
	b'{"event": "x", "room": "all", "namespace": ["SITE"]}',
	b'{"event": "x", "room": "all", "namespace": "__proto__"}',
	b'{"event": "x", "room": "all"}',
	b'{"event": "x"}',
]


def test_garbage_from_redis_is_passed_over(site_bench, realtime, agent):
	for text in GARBAGE:
		site_bench.publish_raw(text.replace(b"SITE", site_bench.site.encode()))
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == []


def test_garbage_from_browsers_is_passed_over(site_bench, realtime, agent):
	for event in (
		"doc_open",
		"doc_subscribe",
		"doctype_subscribe",
		"task_subscribe",
		"doc_close",
		"doc_unsubscribe",
	):
		for values in (
			[],
			[None],
			[{}, {}],
			[["a"], ["b"]],
			["", ""],
			["x" * 301, "y"],
			[True, False],
			["User"],
		):
			agent.emit(event, *values)
	agent.emit("no such event", 1)
	agent.emit("ping")
	assert agent.until("pong") == []
	for room in ("task_progress:", "task_progress:[object Object]", f"task_progress:{'x' * 301}"):
		site_bench.publish("x", room=room)
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == []
	assert realtime.handle.poll() is None


def test_a_message_too_long_ends_only_its_own_connection(site_bench, agent, sessions):
	with Client(site_bench, sid=sessions["agent"]) as shouting:
		shouting.connected().emit("task_subscribe", "x" * 200_000)
		assert shouting.next()[0] == "disconnect"
	agent.emit("ping")
	assert agent.next()[0] == "pong"


def test_rooms_are_bounded(site_bench, agent):
	for number in range(1100):
		agent.emit("task_subscribe", f"task {number}")
	agent.emit("ping")
	agent.until("pong")
	site_bench.publish("early", room="task_progress:task 10")
	site_bench.publish("late", room="task_progress:task 1099")
	site_bench.publish("end", user=AGENT)
	assert agent.until("end") == [("early", {})]


def test_a_page_from_another_port_is_asked_about_where_it_came_from(site_bench, web, sessions):
	"""Development and tests serve a site on further ports than webserver_port."""
	with site_bench.realtime_server(webserver_port=free_port()):
		with Client(site_bench, sid=sessions["agent"]) as client:
			client.connected()


def test_a_port_where_nobody_listens_means_the_standard_one(site_bench, web, realtime, sessions):
	with Client(
		site_bench, sid=sessions["agent"], origin=f"http://{site_bench.site}:{free_port()}"
	) as client:
		client.connected()


def test_another_users_server_is_not_believed(site_bench, web):
	"""Whoever else works on this machine could answer that the caller is the Administrator."""
	code = """
		const { siteOf } = await import(process.argv[1]);
		const { Bench } = await import(process.argv[2]);
		const headers = { origin: process.argv[4], host: new URL(process.argv[4]).host };
		const port = () => siteOf(new Bench(process.argv[3]), headers).port;
		const own = port();
		process.getuid = () => 54321;
		console.log(JSON.stringify([own, port()]));
	"""
	libraries = [NODE_PROGRAMS / "lib" / name for name in ("site.mjs", "bench.mjs")]
	with site_bench.realtime_server():
		origin = f"http://{site_bench.site}:{site_bench.realtime_port}"
		command = ["node", "--input-type=module", "-e", code, *libraries, site_bench.folder, origin]
		answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
		assert json.loads(answer) == [site_bench.realtime_port, site_bench.web_port]


def test_the_loopback_address_shows_the_default_site(site_bench, web, sessions):
	with site_bench.realtime_server(default_site=site_bench.site):
		origin = f"http://127.0.0.1:{site_bench.web_port}"
		host = {"site": "127.0.0.1", "namespace": site_bench.site, "origin": origin}
		with Client(site_bench, sid=sessions["agent"], **host) as client:
			client.connected()
			site_bench.publish("hello", user=AGENT)
			assert client.next()[0] == "hello"


def test_a_lost_redis_comes_back(site_bench, web, sessions):
	port = free_port()
	hello = {"event": "hello", "message": {}, "room": f"user:{AGENT}", "namespace": site_bench.site}
	with site_bench.realtime_server(redis_queue=f"redis://127.0.0.1:{port}") as server:
		wait_until(lambda: "Redis is not reachable" in server.text, "the complaint", server)
		with Client(site_bench, sid=sessions["agent"]) as client:
			client.connected()
			for times in (1, 2):
				with redis_server(port):
					wait_until(
						lambda times=times: server.text.count("is reachable again") == times,
						"the return",
						server,
					)
					wait_until(lambda: subscribers(port), "the subscription", server)
					site_bench.publish_raw(json.dumps(hello), port)
					assert client.next()[0] == "hello"
		assert server.text.count("Redis is not reachable") <= 3, "said once each time"


def subscribers(port: int) -> int:
	with redis.Redis(port=port) as client:
		return client.pubsub_numsub("events")[0][1]


def test_a_site_that_is_down_is_a_refusal(site_bench, realtime, sessions):
	with site_bench.realtime_server(webserver_port=free_port()) as server:
		origin = f"http://{site_bench.site}"
		with Client(site_bench, sid=sessions["agent"], origin=origin) as client:
			event, reason = client.next()
		assert event == "connect_error"
		assert "ECONNREFUSED" in reason
		assert server.handle.poll() is None


def test_a_connection_that_the_web_server_has_ended_is_not_a_refusal(site_bench, realtime, sessions):
	"""gunicorn ends idle connections after two seconds; a question may already be on its way."""
	server = socket.create_server(("127.0.0.1", 0))
	threading.Thread(target=answer_once_per_connection, args=(server,), daemon=True).start()
	with server, site_bench.realtime_server(webserver_port=server.getsockname()[1]):
		for _ in range(3):
			with Client(site_bench, sid=sessions["agent"], origin=f"http://{site_bench.site}") as client:
				client.connected()


def answer_once_per_connection(server: socket.socket) -> None:
	"""Answer one question on each connection, promise to keep it, and reset it when the next one comes."""
	body = json.dumps({"message": {"user": AGENT, "user_type": "System User"}})
	head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
	while True:
		try:
			connection, _ = server.accept()
		except OSError:
			return
		connection.recv(10_000)
		connection.sendall((head + body).encode())
		threading.Thread(target=reset_at_next_question, args=(connection,), daemon=True).start()


def reset_at_next_question(connection: socket.socket) -> None:
	connection.recv(1)
	connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(site_bench, web, sessions, number):
	with site_bench.realtime_server() as server:
		with Client(site_bench, sid=sessions["agent"]) as client:
			client.connected()
			assert server.stop(number) == 0
			assert client.next()[0] == "disconnect"


def test_a_taken_port_is_one_sentence(site_bench, realtime):
	site_bench.write_config(socketio_port=site_bench.realtime_port)
	command = [
		"node",
		NODE_PROGRAMS / "realtime.mjs",
		"--bench",
		site_bench.folder,
		"--modules",
		node_modules(),
	]
	second = Program(*command)
	assert second.handle.wait(60) == 1
	second.reader.join(60)
	sentence = f"Port {site_bench.realtime_port} is taken: change socketio_port or end its owner."
	assert second.text.strip() == sentence
