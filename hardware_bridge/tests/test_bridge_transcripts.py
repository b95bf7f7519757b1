"""Every adapter against transcripts of its devices, and against everything that is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_testing import (
	TRANSCRIPTS,
	decoder_of,
	expected_of,
	is_framed,
	pieces,
	play,
	title,
	told,
)

from aftersales_bridge.adapters import ADAPTERS

KINDS = {"ringing", "caller_id", "answered", "ring_end", "ended", "missed", "recording", "dial_failed"}
OVER = {"ring_end", "ended", "missed"}
STREAMED = [path for path in TRANSCRIPTS if not is_framed(path)]


def test_every_adapter_has_transcripts():
	assert {path.parent.name for path in TRANSCRIPTS} >= set(ADAPTERS)
	assert len([path for path in TRANSCRIPTS if path.parent.name == "hayes"]) >= 25


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=title)
def test_transcript(path):
	assert told(play(decoder_of(path), pieces(path))) == expected_of(path)


@pytest.mark.parametrize("path", STREAMED, ids=title)
def test_transcript_byte_by_byte(path):
	single = [(second, bytes([byte])) for second, data in pieces(path) for byte in data]
	assert told(play(decoder_of(path), single)) == expected_of(path)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_where_the_bytes_are_cut_does_not_matter(data):
	path = data.draw(st.sampled_from(STREAMED))
	cut = []
	for second, text in pieces(path):
		places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
		for start, end in zip([0, *places], [*places, len(text)]):
			cut.append((second, text[start:end]))
	assert told(play(decoder_of(path), cut)) == expected_of(path)
