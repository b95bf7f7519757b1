"""The one exception that ends a command with a sentence instead of a traceback."""


class Stop(Exception):
	"""Ends the command. Its text is one sentence that says what is wrong and what to do."""
