"""The doctor names what is wrong, and what to do, in words for people."""

import os
import socket
import ssl
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from test_bridge_ports import free_port

from aftersales_bridge import doctor
from aftersales_bridge.check import FAIL, OK, WARN
from aftersales_bridge.cli import main
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event, Signal


def rows(path, what, result=None):
	return [row.detail for row in doctor.examine(path) if row.what == what and result in (None, row.result)]


def said(path, what, result):
	found = rows(path, what, result)
	assert found, doctor.examine(path)
	return "\n".join(found)


def test_all_is_well(site, make_config, telephone, tmp_path, capsys):
	phone = telephone()
	site.server_time = datetime.now(timezone.utc).isoformat()
	path = make_config(site.url, phone.ports)
	assert main(["doctor", "--config", str(path)]) == 0, capsys.readouterr().out
	text = capsys.readouterr().out
	assert FAIL not in text
	assert "agrees with the site's" in text and "Aftersales 0.1.0" in text
	assert "it says 'www.soft-switch.org'" in text
	assert not (tmp_path / "data").exists(), "the doctor changes nothing"


def test_a_wrong_configuration_is_all_it_says(tmp_path):
	(row,) = doctor.examine(tmp_path / "none.toml")
	assert (row.what, row.result) == ("configuration", FAIL) and "cannot be read" in row.detail


def test_ports(site, make_config, tmp_path, monkeypatch):
	path = make_config(site.url, [tmp_path / "nothing"])
	(detail,) = rows(path, "device modem-1", FAIL)
	assert "does not exist; " in detail, "and check's words for the same are left out"
	real = os.access
	monkeypatch.setattr(os, "access", lambda p, mode: "ttyTEST" not in str(p) and real(p, mode))
	(tmp_path / "ttyTEST").touch()
	detail = said(make_config(site.url, [tmp_path / "ttyTEST"]), "device modem-1", FAIL)
	assert "may not open" in detail and "usermod -aG" in detail


def test_other_programs_and_names_that_change(site, make_config, tmp_path, monkeypatch):
	(tmp_path / "ttyUSB0").touch()
	path = make_config(site.url, [tmp_path / "ttyUSB0"])
	holder = subprocess.Popen(["sleep", "60"], stdin=(tmp_path / "ttyUSB0").open())
	try:
		detail = said(path, "device modem-1", WARN)
	finally:
		holder.kill()
		holder.wait()
	assert f"sleep (process {holder.pid}) uses" in detail
	assert "/dev/serial/by-id" in detail
	monkeypatch.setattr(doctor, "_process_named", lambda name: name == "ModemManager")
	assert "ModemManager runs here" in said(path, "device modem-1", WARN)


def device(path, text):
	head = path.read_text().split("[[device]]")[0]
	path.write_text(f'{head}[[device]]\nid = "d"\nline = "1"\n{text}')
	return path


def test_lines_of_a_box_are_compared_with_the_site(site, make_config, tmp_path):
	path = device(
		make_config(site.url),
		f'adapter = "tci"\nport = "{tmp_path}/box"\nlines = {{ "01" = "1", "02" = "sales" }}',
	)
	path.write_text(path.read_text().replace('line = "1"\n', ""))
	assert said(path, "line 1", OK) == "is Hotline on the site"
	assert "no Phone Line whose Line of the Device is sales" in said(path, "line sales", WARN)
	path.write_text(path.read_text().split("lines = ")[0])
	assert not [row for row in doctor.examine(path) if row.what.startswith("line")]


def test_network_devices(site, make_config, monkeypatch):
	path = make_config(site.url)
	closed = free_port()
	detail = said(device(path, f'adapter = "hayes"\nport = "tcp://127.0.0.1:{closed}"'), "device d", FAIL)
	assert f"127.0.0.1 (127.0.0.1) does not answer on port {closed}: nothing listens there" in detail

	def unknown(*_, **__):
		raise socket.gaierror(-2, "Name or service not known")

	monkeypatch.setattr(socket, "getaddrinfo", unknown)
	detail = said(device(path, 'adapter = "hayes"\nport = "tcp://pbx.example:23"'), "device d", FAIL)
	assert "the name pbx.example is not known here" in detail


def test_a_missing_program(site, make_config):
	path = device(make_config(site.url), 'adapter = "fsk"\nport = "pipe:no-such-decoder -x"')
	assert "the program no-such-decoder is not installed" in said(path, "device d", FAIL)


def test_the_way_to_the_site(make_config):
	path = make_config(f"http://127.0.0.1:{free_port()}")
	assert "nothing listens there" in said(path, "way to the site", FAIL)


def certificate(folder, name, days):
	key, made = folder / "key.pem", folder / "own.pem"
	subprocess.run(
		["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
		 "-keyout", key, "-out", made, "-subj", f"/CN={name}", "-addext", f"subjectAltName={name}"],
		check=True, capture_output=True,
	)  # fmt: skip
	return key, made


@pytest.mark.parametrize(
	("name", "days", "trusted", "result", "words"),
	[
		("IP:127.0.0.1", 90, True, OK, "trusted until"),
		("IP:127.0.0.1", 3, True, WARN, "ends in 2 days"),
		("IP:127.0.0.1", 90, False, FAIL, "signed by nobody this computer knows"),
		("DNS:other.example", 90, True, FAIL, "it is for another name than 127.0.0.1"),
	],
)
def test_certificates(name, days, trusted, result, words, site, make_config, tmp_path):
	key, made = certificate(tmp_path, name, days)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(made, key)
	site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
	path = make_config(site.url.replace("http:", "https:"))
	if trusted:
		path.write_text(path.read_text().replace("[site]", '[site]\nca_file = "own.pem"'))
	assert words in said(path, "certificate", result)


def test_no_tls_there(site, make_config):
	path = make_config(site.url.replace("http:", "https:"))
	assert "no encrypted connection" in said(path, "certificate", FAIL)


def test_clocks(site, make_config, monkeypatch):
	path = make_config(site.url)
	site.server_time = (datetime.now(timezone.utc) + timedelta(hours=3)).isoformat()
	assert "this computer is 3 hours behind the site" in said(path, "clock", WARN)
	monkeypatch.setattr(doctor.clock, "wall_ms", lambda: 3_600_000)
	assert "believes it is 1970-01-01" in said(path, "clock", FAIL)


def test_backlog_damage_and_room(site, make_config, tmp_path, monkeypatch):
	path = make_config(site.url)
	(tmp_path / "data").mkdir()
	queue = EventQueue(tmp_path / "data" / "queue.sqlite3")
	queue.put([Event.stamp(Signal("ringing", "1", "c", occurred_at=0), "b", "m", "hayes")])
	queue.close()
	(tmp_path / "data" / "queue.sqlite3.damaged-1").touch()
	detail = said(path, "queue", WARN)
	assert (
		"1 events wait, the oldest for" in detail
		and "days" in detail
		and "damaged queue was set aside" in detail
	)
	usage = type("U", (), {"free": 5_000_000})
	monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
	assert "only 5 MB are free" in said(path, "disk", WARN)
	monkeypatch.setattr(doctor, "_file_system", lambda _: "nfs4")
	assert "network disk (nfs4)" in said(path, "data_dir", FAIL)
	real = os.access
	monkeypatch.setattr(os, "access", lambda p, mode: not mode & os.W_OK and real(p, mode))
	assert "may not write in" in said(path, "data_dir", FAIL)


def test_files_open_to_others(site, make_config):
	path = make_config(site.url)
	path.chmod(0o666)
	assert "chmod go-w" in said(path, "configuration", WARN)
	path.chmod(0o600)
	assert not rows(path, "configuration")


def test_file_systems_are_known():
	assert doctor._file_system(Path("/proc/self")) == "proc"
	assert doctor._file_system(Path("/")) not in ("", "proc")


def test_spans_for_people():
	assert [doctor._span(s) for s in (5, 119, 600, 7200, 200_000)] == [
		"5 seconds", "119 seconds", "10 minutes", "2 hours", "2 days",
	]  # fmt: skip
