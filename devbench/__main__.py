"""`python -m devbench COMMAND`; the Makefile's targets call it."""

import sys

from devbench.cli import main

sys.exit(main(sys.argv[1:]))
