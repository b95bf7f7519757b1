"""Packaging of the Frappe app; `bench get-app` installs it from here."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(
	r'__version__ = "([^"]+)"', (ROOT / "apps" / "aftersales" / "__init__.py").read_text(encoding="utf-8")
).group(1)

setup(
	name="aftersales",
	version=VERSION,
	description="The open after-sales service suite for Frappe",
	long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
	long_description_content_type="text/markdown",
	author="The Aftersales authors",
	author_email="aftersales@example.com",
	license="MIT",
	python_requires=">=3.10",
	package_dir={"": "apps"},
	packages=find_packages("apps"),
	include_package_data=True,
	install_requires=[
		"phonenumbers>=8.13",
		"python-docx>=1.1,<2",
		"tantivy>=0.26,<1",
	],
)
