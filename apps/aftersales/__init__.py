"""Aftersales: the open after-sales service suite for Frappe."""

__version__ = "0.1.0"
