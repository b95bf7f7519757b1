"""Takes away what the app made outside its own DocTypes."""

from aftersales.knowledge.upkeep import remove_all


def before_uninstall():
	"""Called by Frappe before the app's modules are removed."""


def after_uninstall():
	"""Called by Frappe when the app's DocTypes are gone."""
	remove_all()
