"""Demo data: `bench --site SITE execute aftersales.demo.load`. Never loaded by itself."""

from importlib import import_module
from importlib.util import find_spec

PARTS = (
	"base",
	"organisation",
	"outlets",
	"customers",
	"faqs",
	"tickets",
	"telephony",
	"complaints",
	"work",
	"ringing",
	"call_log",
	"checks",
	"follow_ups",
	"deadlines",
	"messages",
	"portal",
	"appointments",
	"devices",
	"service_orders",
	"agreements",
	"technicians",
	"parts",
	"part_planning",
	"counter",
	"workshop_month",
	"knowledge",
	"network",
	"settlement",
	"sales",
	"points",
	"slips",
	# Last: it counts what the others made.
	"figures",
)
PASSWORD = "aftersales"


def load() -> None:
	"""Load the demo data, part by part. What is there already stays, so it may be run again.

	Writes only through documents; commits nothing itself.
	"""
	for part in PARTS:
		module = f"{__name__}.{part}"
		if find_spec(module):
			import_module(module).load()
