# The private bench: a complete Frappe bench inside this checkout. `make help` lists what there is.
# ARGS are passed on: make test ARGS="-k caller", make logs ARGS=web, make frappe ARGS="--site aftersales.localhost migrate"

COMMANDS := start stop status logs console ring benchmark frappe reset test test-frappe lint format

.DEFAULT_GOAL := help
.PHONY: help lock $(COMMANDS)

help:
	@sh devbench/launch.sh --help

$(COMMANDS):
	@sh devbench/launch.sh $@ $(ARGS)

lock:
	@sh devbench/locks/update.sh
