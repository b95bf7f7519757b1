"""Makers of test documents, one per DocType; each returns a saved document unless told otherwise.

Every maker takes keyword overrides for any field, so that a test states only what it is about.
"""

import frappe
