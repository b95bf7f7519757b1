"""The private bench: builds and runs a complete Frappe bench inside the checkout, for trying, testing and developing.

It is no part of a production installation. `python -m devbench --help` lists its commands; the Makefile names the
same ones. Everything up to the Python environment of the bench needs nothing but Python's standard library.
"""
