import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.report.words import markdown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain words", "plain words"),
        ("a|b", "a\\|b"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("@octo/team #12 GH-3", "@\u2060octo/team #\u206012 GH-\u20603"),
        (
            "https://evil.example www.evil.example",
            "https:\u2060//evil.example www\u2060.evil.example",
        ),
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
    [
        ("", ""),
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a|b", "`a\\|b`"),
        ("a\nb", "`a b`"),
        ("``", "``` `` ```"),
    ],
)
def test_code__fences_what_it_holds(value: str, shown: str) -> None:
    assert markdown.code(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\nb\n", "```text\na\nb\n```"),
        ("```\nx", "````text\n```\nx\n````"),
        ("a\r\nb\x1b[0m", "```text\na\nb[0m\n```"),
    ],
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
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (88_289_280, "84.2 MiB"),
        (5 * 1024**3, "5.0 GiB"),
        (3 * 1024**5, "3072.0 TiB"),
    ],
)
def test_size__is_binary_with_one_decimal(count: int, shown: str) -> None:
    assert markdown.size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (6.44, "6.4 s"), (59.4, "59.4 s"), (59.7, "1m 00s"), (161, "2m 41s")],
)
def test_duration__has_its_unit(seconds: float, shown: str) -> None:
    assert markdown.duration(seconds) == shown


@given(st.text())
def test_text__never_leaves_its_line(value: str) -> None:
    assert len(markdown.text(value).splitlines()) <= 1


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("whatever `permissions` says", "whatever `permissions` says"),
        ("`a` and `b*`, *c* <d>", "`a` and `b*`, \\*c\\* &lt;d&gt;"),
        ("an open ` stays", "an open \\` stays"),
        ("@team `@team`", "@\u2060team `@team`"),
        ("two\nlines `a|b`", "two lines `a\\|b`"),
        ("", ""),
    ],
)
def test_prose__backticks_are_code(said: str, written: str) -> None:
    assert markdown.prose(said) == written


@pytest.mark.parametrize(
    ("said", "is_ours", "written"),
    [
        (
            "On https://github.com/x/settings, add `y`.",
            True,
            "On <https://github.com/x/settings>, add `y`.",
        ),
        ("See https://ghes.example/x.", True, "See <https://ghes.example/x>."),
        ("See https://evil.example/x.", False, "See https:\u2060//evil.example/x."),
        ("See https://github.com/x.", False, "See <https://github.com/x>."),
        (
            "Grant it:\n    permissions:\n      packages: write",
            True,
            "Grant it:\n\n```yaml\npermissions:\n  packages: write\n```",
        ),
        (
            "with:\n  a: b\nIf it has it: go.",
            True,
            "\n\n```yaml\nwith:\n  a: b\n```\n\nIf it has it: go.",
        ),
        ("", True, ""),
    ],
    ids=[
        "link",
        "other server",
        "stranger's link",
        "stranger's link to GitHub",
        "yaml",
        "yaml first",
        "nothing",
    ],
)
def test_advice__links_and_yaml(said: str, is_ours: bool, written: str) -> None:
    assert markdown.advice(said, is_ours=is_ours) == written


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://github.com/x", "https://github.com/x"),
        ("https://x)(", ""),
        ("javascript:x", ""),
        ("", ""),
    ],
)
def test_url__is_https_or_nothing(address: str, written: str) -> None:
    assert markdown.url(address) == written


def test_html__knows_no_escapes() -> None:
    assert markdown.html("a_b <b> & @team #1\nx") == "a_b &lt;b&gt; &amp; @\u2060team #\u20601 x"


def test_told__code_and_githubs_links() -> None:
    said = "`a` on https://github.com/x/settings, not https://evil.example\n@team"

    assert (
        markdown.told(said)
        == "`a` on <https://github.com/x/settings>, not https:\u2060//evil.example @\u2060team"
    )
