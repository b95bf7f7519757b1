"""Simulated telephone lines and devices, to try the bridge and to test it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from aftersales_bridge.simulator.device import SimulatedDevice

#: module and class of each device, by what `simulate` calls it; imported only when wanted
DEVICES = {
	"hayes-raw": ("packet_boxes", "HexModem"),
	"gsm": ("packet_boxes", "GsmTerminal"),
	"fsk": ("packet_boxes", "FskBox"),
	"dtmf": ("packet_boxes", "DtmfBox"),
	"whozz": ("line_boxes", "WhozzBox"),
	"whozz_udp": ("line_boxes", "WhozzEthernetBox"),
	"tci": ("line_boxes", "TciBox"),
	"netcallerid": ("line_boxes", "NetCallerIdBox"),
	"text": ("line_boxes", "TextBox"),
	"kx_td": ("smdr_printers", "KxTdPrinter"),
	"kx_tda": ("smdr_printers", "KxTdaPrinter"),
	"kx_tda_telnet": ("smdr_printers", "KxTdaServer"),
	"avaya": ("smdr_printers", "AvayaPrinter"),
	"esi": ("smdr_printers", "EsiPrinter"),
	"pipe": ("sound", "SoundLine"),
	"ncid": ("telephone_systems", "NcidServer"),
	"ami": ("telephone_systems", "Asterisk"),
	"sip": ("telephone_systems", "Baresip"),
	"usbbox": ("web_devices", "UsbBox"),
	"webhook": ("web_devices", "WebPhone"),
}


def device_names() -> list[str]:
	"""The kinds of device that can be simulated beside modems."""
	return sorted(DEVICES)


def make_device(name: str) -> SimulatedDevice:
	"""A fresh simulated device of the kind ``name``."""
	module, cls = DEVICES[name]
	return getattr(import_module(f"aftersales_bridge.simulator.{module}"), cls)()
