"""A search index of their own for tests, which sees what the test has not committed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from aftersales.knowledge import upkeep
from aftersales.knowledge.index import SearchIndex


@contextmanager
def temporary_index(kind: str = "FAQ") -> Iterator[SearchIndex]:
	"""Let searches use an index in a temporary folder, built from what the database holds now."""
	with tempfile.TemporaryDirectory() as folder:
		root = Path(folder) / "index"
		with patch.object(upkeep, "folder_of", lambda _kind: root):
			index = upkeep.index_of(kind)
			index.rebuild()
			try:
				yield index
			finally:
				upkeep._indexes.pop(str(root), None)
				upkeep._checked.pop(str(root), None)
