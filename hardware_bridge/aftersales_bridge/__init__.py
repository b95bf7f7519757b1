"""Reads caller-ID hardware beside the telephone line and reports every call to an Aftersales site."""

__version__ = "0.1.0"
