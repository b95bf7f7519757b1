"""The adapters: one for each kind of hardware."""

from __future__ import annotations

from aftersales_bridge.adapters.ami import AmiAdapter
from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.dtmf import DtmfAdapter
from aftersales_bridge.adapters.fsk import FskAdapter
from aftersales_bridge.adapters.hayes import HayesAdapter
from aftersales_bridge.adapters.ncid import NcidAdapter
from aftersales_bridge.adapters.netcallerid import NetCallerIdAdapter
from aftersales_bridge.adapters.pipe import PipeAdapter
from aftersales_bridge.adapters.sip import SipAdapter
from aftersales_bridge.adapters.smdr import SmdrAdapter
from aftersales_bridge.adapters.tci import TciAdapter
from aftersales_bridge.adapters.text import TextAdapter
from aftersales_bridge.adapters.usbbox import UsbBoxAdapter
from aftersales_bridge.adapters.webhook import WebhookAdapter
from aftersales_bridge.adapters.whozz import WhozzAdapter
from aftersales_bridge.adapters.whozz_udp import WhozzUdpAdapter

#: by the word for ``adapter`` in the configuration file
ADAPTERS: dict[str, type[Adapter]] = {
	adapter.name: adapter
	for adapter in (
		HayesAdapter,
		FskAdapter,
		DtmfAdapter,
		WhozzAdapter,
		WhozzUdpAdapter,
		TciAdapter,
		NetCallerIdAdapter,
		SmdrAdapter,
		TextAdapter,
		PipeAdapter,
		NcidAdapter,
		AmiAdapter,
		SipAdapter,
		UsbBoxAdapter,
		WebhookAdapter,
	)
}
