"""A sign is found as one expression would find it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.diagnosis import signs
from ghcr_action.diagnosis.find import CATALOGUE

SIGNS = tuple(dict.fromkeys(sign for row in CATALOGUE for sign in row.patterns))


@pytest.mark.parametrize(
    ("sign", "words", "found"),
    [
        ("a.*b", "xa--b", True),
        ("a.*b", "b a", False),
        ("a.*b", "a\nb", False),
        ("a.*b", "a\na b", True),
        ("a.*b$", "a b c", False),
        ("a.*b$", "a b\nc", True),
        ("^a.*b", "xa b", False),
        ("a.*b.*c", "A c B C", True),
        ("a.*b.*c", "a c b", False),
        ("ab", "xabx", True),
        ("a.*a", "a", False),
        (r"a.*\bb\b", "ab b", True),
        ("a.*b", "", False),
        ("a.*b", "a\n\n\na", False),
    ],
)
def test_are_in__part_after_part_on_one_line(sign: str, words: str, found: bool) -> None:
    assert signs.are_in(sign, words) is found


def test_parts__no_group_and_no_escape_is_torn() -> None:
    assert [sign for sign in SIGNS if r"\.*" in sign] == []
    assert all(signs.parts(sign) for sign in SIGNS)


LITERAL = {sign for sign in SIGNS if ".*" in sign}


@given(data=st.data())
def test_are_in__as_one_expression(data: st.DataObject) -> None:
    sign = data.draw(st.sampled_from(sorted(LITERAL)))
    pieces = [re.sub(r"\\b|[\\()?$^]|\[.*?\]\S?|:?\|", "", part) for part in sign.split(".*")]
    words = "".join(data.draw(st.lists(st.sampled_from([*pieces, " ", "\n", "x"]), max_size=9)))

    assert signs.are_in(sign, words) is bool(re.search(sign, words, re.IGNORECASE | re.MULTILINE))
