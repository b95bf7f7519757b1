"""Runs inside a network of its own: sipp calls baresip twice, the decoder listens; prints its signals as JSON."""

import dataclasses
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

from aftersales_bridge import baresip_config
from aftersales_bridge.adapters.sip import SipAdapter
from aftersales_bridge.ports import open_port
from aftersales_bridge.ports.tcp import CLIENT_KEYS
from aftersales_bridge.schema import read_table

HERE, CONTROL = "10.9.9.1", 4444
CALLERS = ('"ZHANG SAN" <sip:13812345678@[local_ip]>', "<sip:anonymous@anonymous.invalid>")
HEADERS = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_id]
From: {caller};tag=[call_number]
Call-ID: [call_id]
Max-Forwards: 70"""
SCENARIO = """<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="rings, gives up">
<send retrans="500"><![CDATA[

INVITE sip:8001@[remote_ip]:[remote_port] SIP/2.0
{headers}
To: <sip:8001@[remote_ip]>
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>
<recv response="100" optional="true"/>
<recv response="180"/>
<pause milliseconds="200"/>
<send retrans="500"><![CDATA[

CANCEL sip:8001@[remote_ip]:[remote_port] SIP/2.0
{headers}
To: <sip:8001@[remote_ip]>
CSeq: 1 CANCEL
Content-Length: 0

]]></send>
<recv response="200"/>
<recv response="487"/>
<send><![CDATA[

ACK sip:8001@[remote_ip]:[remote_port] SIP/2.0
{headers}
To: <sip:8001@[remote_ip]>[peer_tag_param]
CSeq: 1 ACK
Content-Length: 0

]]></send>
</scenario>
"""


def network():
	"""An address that is not loopback, which baresip does not use."""
	for command in (
		"link set lo up",
		"link add v0 type veth peer name v1",
		f"addr add {HERE}/24 dev v0",
		"link set v0 up",
		"link set v1 up",
	):
		subprocess.run(["ip", *command.split()], check=True)


def wait_for_port():
	deadline = time.monotonic() + 10
	while time.monotonic() < deadline:
		try:
			socket.create_connection(("127.0.0.1", CONTROL), 1).close()
			return
		except OSError:
			time.sleep(0.05)
	raise SystemExit("baresip does not listen")


def listen(port, adapter, until):
	signals = []
	deadline = time.monotonic() + 10
	while sum(signal.kind == "ring_end" for signal in signals) < until and time.monotonic() < deadline:
		data = port.read()
		signals += adapter.feed(data, adapter.now()) if data else []
	return signals


def main(folder):
	network()
	baresip_config.write(
		folder / "baresip",
		baresip_config.config_text(f"127.0.0.1:{CONTROL}", baresip_config.module_folder(), f"{HERE}:5070"),
		baresip_config.account_text("8001", f"{HERE}:5070", None, register=False),
	)
	with (folder / "baresip.log").open("wb") as log:
		baresip = subprocess.Popen(
			["baresip", "-f", str(folder / "baresip")], stdout=log, stderr=log, stdin=subprocess.DEVNULL
		)
	try:
		wait_for_port()
		adapter = SipAdapter("sip", "1", read_table({}, SipAdapter.options, "test"))
		port = open_port(f"tcp://127.0.0.1:{CONTROL}", read_table({}, CLIENT_KEYS, "test"))
		adapter.start(port, lambda signals: None)
		for number, caller in enumerate(CALLERS, 1):
			scenario = folder / f"call{number}.xml"
			headers = HEADERS.format(caller=caller)
			scenario.write_text(SCENARIO.replace("{headers}", headers))
			subprocess.run(
				[
					"sipp",
					"-sf",
					str(scenario),
					"-m",
					"1",
					"-i",
					HERE,
					"-p",
					"5080",
					f"{HERE}:5070",
					"-nostdin",
					"-timeout",
					"8",
				],
				check=True,
				stdout=subprocess.DEVNULL,
				stderr=subprocess.DEVNULL,
				cwd=folder,
			)
			for signal in listen(port, adapter, 1):
				print(json.dumps(dataclasses.asdict(signal)), flush=True)
		port.close()
	finally:
		baresip.terminate()
		baresip.wait(10)


main(Path(sys.argv[1]))
