"""The adapters: one for each kind of hardware."""

from __future__ import annotations

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.hayes import HayesAdapter

#: by the word for ``adapter`` in the configuration file
ADAPTERS: dict[str, type[Adapter]] = {adapter.name: adapter for adapter in (HayesAdapter,)}
