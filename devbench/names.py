"""Gives the framework copy of the Python package registry its own names back.

The copy is Frappe under another name, changed mechanically; changing it back in file contents and file names gives
Frappe's sources, not one .py, .js, .vue or .scss file differing.
"""

import zipfile
from pathlib import Path, PurePosixPath

from devbench.errors import Stop

# In this order: a longer or differently written name goes before the shorter one that is part of it.
SUBSTITUTIONS = (
	("criscostack", "frappe"),
	("Criscostack", "Frappe"),
	("CriscoStack", "Frappe"),
	("CRISCOSTACK", "FRAPPE"),
	("criscoerp", "erpnext"),
	("CriscoERP", "ERPNext"),
	("Criscoerp", "ERPNext"),
	("CRISCO", "FRAPPE"),
	("Crisco", "Frappe"),
	("crisco", "frappe"),
	("brik", "bench"),
	("Brik", "Bench"),
	("BRIK", "BENCH"),
)


def restored(text: str) -> str:
	"""`text` with every changed name changed back."""
	for changed, original in SUBSTITUTIONS:
		text = text.replace(changed, original)
	return text


def restored_content(data: bytes) -> bytes:
	"""A file's content with its names changed back; what is not UTF-8 text (a picture, a font) stays as it is."""
	try:
		return restored(data.decode()).encode()
	except UnicodeDecodeError:
		return data


def unpack(wheel: Path, target: Path) -> int:
	"""Unpack a wheel into `target` with names restored, in contents and in file names.

	Returns the number of files. Raises Stop when a member's name points outside `target`, or two get the same name.
	"""
	names = set()
	with zipfile.ZipFile(wheel) as archive:
		for member in archive.infolist():
			if member.is_dir():
				continue
			name = restored(member.filename)
			path = PurePosixPath(name)
			if path.is_absolute() or ".." in path.parts:
				raise Stop(
					f"The package {wheel.name} holds a file that points outside it ({member.filename}), so it was refused."
				)
			if name in names:
				raise Stop(
					f"Two files of the package {wheel.name} would both be named {name}, so it was refused."
				)
			names.add(name)
			place = target / path
			place.parent.mkdir(parents=True, exist_ok=True)
			place.write_bytes(restored_content(archive.read(member)))
	return len(names)
