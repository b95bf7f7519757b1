"""A search index of their own for tests, which sees what the test has not committed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import frappe

from aftersales.knowledge import upkeep
from aftersales.knowledge.index import SearchIndex


@contextmanager
def temporary_index(*kinds: str) -> Iterator[SearchIndex]:
	"""Let searches use indexes in a temporary folder, built from what the database holds now; yields the first one's.

	:param kinds: DocTypes, FAQ if none is given.
	"""
	kinds = kinds or ("FAQ",)
	with tempfile.TemporaryDirectory() as folder:
		root = Path(folder) / "index"
		with patch.object(upkeep, "folder_of", lambda kind: root / frappe.scrub(kind)):
			for name in kinds:
				upkeep.index_of(name).rebuild()
			try:
				yield upkeep.index_of(kinds[0])
			finally:
				for name in [*upkeep._indexes]:
					if name.startswith(str(root)):
						upkeep._indexes.pop(name)
						upkeep._checked.pop(name, None)
