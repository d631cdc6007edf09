"""Chunks of bytes into lines, wherever the chunks are cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghcr_action.buildx.rawjson import LineDecoder

CHUNKS = {
    "one-line": ((b"a\n",), ("a",)),
    "two-lines": ((b"a\nb\n",), ("a", "b")),
    "empty-line": ((b"a\n\nb\n",), ("a", "", "b")),
    "no-end": ((b"a",), ("a",)),
    "cut-in-line": ((b"a", b"b\nc"), ("ab", "c")),
    "cut-in-character": (("✓".encode()[:1], "✓".encode()[1:2], "✓\n".encode()[2:]), ("✓",)),
    "cut-in-character-of-four": (("🐳".encode()[:3], "🐳\n".encode()[3:]), ("🐳",)),
    "character-never-finished": (("é".encode()[:1],), ("�",)),
    "not-utf-8": ((b"a\xffb\n",), ("a�b",)),
    "windows-end": ((b"a\r\nb\r\n",), ("a", "b")),
    "windows-end-cut": ((b"a\r", b"\nb"), ("a", "b")),
    "progress-bar": ((b"10%\r50%\r100%\n",), ("100%",)),
    "progress-bar-cut": ((b"10%\r", b"50%\r", b"100%\r\n"), ("100%",)),
    "nothing": ((b"",), ()),
}


@pytest.mark.parametrize(("chunks", "lines"), CHUNKS.values(), ids=CHUNKS)
def test_decoder__by_chunks(chunks: tuple[bytes, ...], lines: tuple[str, ...]) -> None:
    decoder = LineDecoder()

    decoded = tuple(line for chunk in chunks for line in decoder.feed(chunk)) + decoder.finish()

    assert decoded == lines
    assert decoder.finish() == ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 40)))
def test_decoder__cuts_do_not_matter(text: str, cuts: list[int]) -> None:
    raw, decoder = text.encode(), LineDecoder()
    edges = [0, *sorted(cuts), len(raw)]

    lines = [line for start, end in pairwise(edges) for line in decoder.feed(raw[start:end])]

    assert "\n".join((*lines, *(decoder.finish() or ("",)))) == text
