"""Patterns of an administrator's own: what is refused, and that what is accepted cannot keep the bridge busy."""

import re
import time

import pytest
from transcript_testing import make, told

from aftersales_bridge.adapters.safe_pattern import MAX_LINE, check_pattern
from aftersales_bridge.adapters.text import read_seconds
from aftersales_bridge.schema import ConfigError

ENDLESS = [
	r"(a+)+b",
	r"(a|a)*b",
	r"(a|ab)*c",
	r"(x+x+)+y",
	r"(?:\d+ ?)*#",
	r".*.*.*x",
	"a?" * 20 + "b",
	r"(\w+\s*)+:",
	r"((a{1,9}){1,9}){1,9}b",
]
GOOD = [
	r"CALL (?P<number>\d+)",
	r"(?P<line>\d+)\s+(?P<date>\S+)\s+(?P<time>\S+)\s+(?P<number>\S+)\s+(?P<name>.*)",
	r'name="(?P<name>[^"]*)" (?:ext=(?P<extension>\d+)|none)',
	r".*from (?P<number>\+?[\d*#]+).*",
	r"(?i)anruf von (?P<number>[0-9 ]{3,20})$",
	r"来电：(?P<number>\d+)，(?P<name>.*)",
]


@pytest.mark.parametrize("pattern", ENDLESS)
def test_endless_patterns_are_refused(pattern):
	with pytest.raises(ConfigError, match="ringing"):
		make("text", ringing=[pattern])


@pytest.mark.parametrize(
	"pattern", [r"(", r"(?P<nmbr>\d+)", r"(?=a)b", r"(a)\1", r"(?P<number>\d+)(?(1)a|b)"]
)
def test_other_patterns_that_are_refused(pattern):
	with pytest.raises(ConfigError, match="ringing"):
		make("text", ringing=[pattern])


@pytest.mark.parametrize("pattern", GOOD)
def test_what_people_write_is_accepted(pattern):
	assert check_pattern(pattern) is None


@pytest.mark.parametrize("pattern", [r"\d*\d+\d*x", r".*.*x", r"\w+\W*\w+=", r"\S+ ?\S+!", *GOOD])
@pytest.mark.parametrize("line", ["a", "1", "1 ", "a1", " ", "中", "from 1", '"', "x="])
def test_accepted_patterns_end_on_the_worst_lines(pattern, line):
	assert check_pattern(pattern) is None
	began = time.process_time()
	re.compile(pattern).match((line * MAX_LINE)[:MAX_LINE])
	# Far from what an endless pattern takes (years), and far above what a busy machine needs.
	assert time.process_time() - began < 5


def test_the_order_of_kinds():
	"""A line that says that a call is over often also looks like one that says that a call comes."""
	decoder = make(
		"text", ringing=[r"(?P<line>\d) (?P<number>\d+).*"], missed=[r"(?P<line>\d) (?P<number>\d+) LOST"]
	)
	events = told(decoder.feed(b"2 13812345678 IN\r\n2 13812345678 LOST\r\n", 1.0))
	assert [event["kind"] for event in events] == ["ringing", "missed"]


def test_a_call_that_is_over_with_its_duration_was_answered():
	decoder = make("text", ended=[r"END (?P<number>\d+) (?P<duration>[\d:]+)"])
	(event,) = told(decoder.feed(b"END 13812345678 2:06\r\n", 1.0))
	assert (event["kind"], event["duration_s"]) == ("ended", 126)


@pytest.mark.parametrize(
	"text, seconds",
	[("126", 126), ("2:06", 126), ("0:02:06", 126), ("", None), ("1:2:3:4", None), ("x", None), ("²", None)],
)
def test_durations(text, seconds):
	assert read_seconds(text) == seconds
