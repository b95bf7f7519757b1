"""The private MariaDB server, on a real one of the test's own."""

import subprocess
from contextlib import closing

import mariadb
import pytest

from devbench import ports
from devbench.database import Server, initialise, write_settings
from devbench.errors import Stop
from devbench.processes import bound


@pytest.fixture(scope="module")
def server(tmp_path_factory):
	"""A secured server in a folder whose path is longer than that of a socket may be."""
	folder = tmp_path_factory.mktemp("database") / ("deep" * 30)
	data, port = folder / "mysql", ports.pick(24306)
	initialise(data)
	command = write_settings(folder / "mariadb.cnf", data, port, pool=32)
	with open(folder / "log", "wb") as log:
		process = subprocess.Popen(bound(command), stdout=log, stderr=log)
	made = Server(port, folder / "mysql.json")
	try:
		made.wait(lambda: process.poll() is None)
		made.secure()
		yield made
	finally:
		process.terminate()
		process.wait(60)


def test_nobody_signs_in_without_a_password(server):
	assert len(server.password) == 32
	assert server.secret.stat().st_mode & 0o777 == 0o600
	for user in ("root", "", "somebody"):
		with pytest.raises(mariadb.Error, match="Access denied"):
			mariadb.connect(host=ports.HOST, port=server.port, user=user, password="")
	with closing(server.connect()) as connection:
		cursor = connection.cursor()
		cursor.execute("SELECT user, host FROM mysql.global_priv ORDER BY user, host")
		assert cursor.fetchall() == [
			("mariadb.sys", "localhost"),
			("root", "127.0.0.1"),
			("root", "localhost"),
		]


def test_it_listens_on_the_loopback_address_only(server):
	with closing(server.connect()) as connection:
		cursor = connection.cursor()
		cursor.execute("SELECT @@bind_address, @@character_set_server, @@collation_server")
		assert cursor.fetchone() == ("127.0.0.1", "utf8mb4", "utf8mb4_unicode_ci")


def test_a_clone_has_rows_indexes_sequences_and_an_account_of_its_own(server):
	with closing(server.connect()) as connection:
		cursor = connection.cursor()
		cursor.execute("CREATE DATABASE origin")
		cursor.execute(
			"CREATE TABLE origin.`tabCall Event` (name varchar(140) PRIMARY KEY, caller varchar(99), KEY caller_index (caller))"
		)
		cursor.execute("INSERT INTO origin.`tabCall Event` VALUES ('a', '张三')")
		cursor.execute("CREATE SEQUENCE origin.call_id_seq START WITH 5 NOCACHE")
		cursor.execute("SELECT NEXTVAL(origin.call_id_seq)")
	for _twice in range(2):
		server.clone("origin", "copy_of_it", "it's secret")
	account = {"host": ports.HOST, "port": server.port, "user": "copy_of_it", "password": "it's secret"}
	with closing(mariadb.connect(**account, database="copy_of_it")) as connection:
		cursor = connection.cursor()
		cursor.execute("SELECT name, caller FROM `tabCall Event` FORCE INDEX (caller_index)")
		assert cursor.fetchall() == [("a", "张三")]
		cursor.execute("SELECT NEXTVAL(call_id_seq)")
		assert cursor.fetchone() == (6,)
		with pytest.raises(mariadb.Error, match="denied"):
			cursor.execute("SELECT * FROM origin.`tabCall Event`")
	server.drop("copy_of_it")
	server.drop("origin")
	assert server.databases() == []


def test_a_server_that_has_ended_is_one_sentence(tmp_path):
	with pytest.raises(Stop, match="MariaDB ended while starting"):
		Server(ports.pick(25306), tmp_path / "mysql.json").wait(lambda: False)
