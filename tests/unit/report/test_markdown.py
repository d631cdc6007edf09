import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.report import markdown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain words", "plain words"),
        ("a|b", "a\\|b"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("@octo/team #12 GH-3", "@\u2060octo/team #\u206012 GH-\u20603"),
        ("https://evil.example www.evil.example", "https:\u2060//evil.example www\u2060.evil.example"),
        ("a\nb\r\n\u2028c", "a b c"),
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("12) item", "12\\) item"),
        ("`code` *x* _y_ ~z~ $m$ \\", "\\`code\\` \\*x\\* \\_y\\_ \\~z\\~ \\$m\\$ \\\\"),
        ("AT&amp;T", "AT&amp;amp;T"),
        ("a\u202eb\x00c\u200bd", "abcd"),
        (7, "7"),
    ],
)
def test_text__is_text(value: object, shown: str) -> None:
    assert markdown.text(value) == shown


def test_text__leaves_our_own_markdown_alone() -> None:
    assert markdown.text(markdown.code("a")) == "`a`"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", ""), ("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b", "`a\\|b`"), ("a\nb", "`a b`"), ("``", "``` `` ```")],
)
def test_code__fences_what_it_holds(value: str, shown: str) -> None:
    assert markdown.code(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a\nb\n", "```text\na\nb\n```"), ("```\nx", "````text\n```\nx\n````"), ("a\r\nb\x1b[0m", "```text\na\nb[0m\n```")],
)
def test_block__fences_what_it_holds(value: str, shown: str) -> None:
    assert markdown.block(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://docs.github.com/a#b", "<https://docs.github.com/a#b>"),
        ("javascript:x", "javascript:x"),
        ("https://a b", "https:\u2060//a b"),
    ],
)
def test_link__is_https_or_text(value: str, shown: str) -> None:
    assert markdown.link(value) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (88_289_280, "84.2 MiB"), (5 * 1024**3, "5.0 GiB"), (3 * 1024**5, "3072.0 TiB")],
)
def test_size__is_binary_with_one_decimal(count: int, shown: str) -> None:
    assert markdown.size(count) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.04, "0.0 s"), (6.44, "6.4 s"), (59.4, "59.4 s"), (59.7, "1m 00s"), (161, "2m 41s")])
def test_duration__has_its_unit(seconds: float, shown: str) -> None:
    assert markdown.duration(seconds) == shown


@given(st.text())
def test_text__never_leaves_its_line(value: str) -> None:
    assert len(markdown.text(value).splitlines()) <= 1
