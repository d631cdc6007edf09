"""JavaScript's regular expressions, and the end of those that never end."""

import pytest

from ghcr_action.errors import InvalidValue
from ghcr_action.metadata import patterns

MATCHED = {
    "plain": ("b", "abc", ("b",)),
    "groups": (r"(\d)\.(\d)", "v1.2", ("1.2", "1", "2")),
    "no match": ("x", "abc", None),
    "group that takes no part": ("(x)?b", "b", ("b", None)),
    "slashes": ("/b/", "abc", ("b",)),
    "slash inside": ("/a\\/b/", "a/b", ("a/b",)),
    "flag i": ("/B/i", "abc", ("b",)),
    "flag m": ("/^b$/m", "a\nb", ("b",)),
    "without m": ("/^b$/", "a\nb", None),
    "flag s": ("/a.b/s", "a\nb", ("a\nb",)),
    "without s": ("/a.b/", "a\nb", None),
    "flag g": ("/./g", "abc", ("a", "b", "c")),
    "flag g without a match": ("/x/g", "abc", None),
    "flag y": ("/b/y", "abc", None),
    "flag y at the start": ("/a/y", "abc", ("a",)),
    "flags that change nothing": ("/b/du", "abc", ("b",)),
    "named group": (r"(?<n>.)\k<n>", "abb", ("bb", "b")),
    "back reference": (r"(.)\1", "abb", ("bb", "b")),
    "look-ahead": ("a(?=b)", "ab", ("a",)),
    "look-behind of any length": (r"(?<=a+)b", "aab", ("b",)),
    "not look-behind": (r"(?<!a)b", "ab", None),
    "digits are ASCII": (r"\d", "٣", None),
    "word characters are ASCII": (r"^\w+$", "é", None),
    "anything": ("a[^]b", "a\nb", ("a\nb",)),
    "nothing": ("a[]", "a", None),
    "bracket in a class": ("[[]", "[", ("[",)),
    "two brackets in a class": ("[[a]+", "[a", ("[a",)),
    "closed behind a bracket in a class": ("[a[]b]", "[b]", ("[b]",)),
    "negated look in a class": ("[a[^]+", "^[a", ("^[a",)),
    "escaped bracket": (r"\[a\]", "[a]", ("[a]",)),
    "escaped bracket in a class": (r"[\]]", "]", ("]",)),
    "letters that mean nothing here": (r"\A\Z\m", "AZm", ("AZm",)),
    "escaped punctuation": (r"\-\.\/", "-./", ("-./",)),
    "unicode escape": (r"\u00e9", "é", ("é",)),
    "brace that repeats nothing": ("a{e<=1}", "a{e<=1}", ("a{e<=1}",)),
    "brace in a class": ("[{]", "{", ("{",)),
    "repeats": ("a{2}b{1,}c{0,1}", "aabbb", ("aabbb",)),
    "parenthesis in a class": ("[(?R)]+", "(R)", ("(R)",)),
    "flags inside": ("a(?i:B)", "ab", ("ab",)),
    "flags off inside": ("/a(?-i:B)/i", "Ab", None),
    "tab": (r"\t", "\t", ("\t",)),
}


@pytest.mark.parametrize(("pattern", "subject", "expected"), MATCHED.values(), ids=MATCHED)
def test_match__as_javascript(
    pattern: str, subject: str, expected: tuple[str | None, ...] | None
) -> None:
    assert patterns.parse(pattern).match(subject) == expected


def test_parse__undelimited_slashes_are_data() -> None:
    assert patterns.parse("/b/", delimited=False).match("a/b/c") == ("/b/",)


GROUPS = {"none": ("a", 0), "two": ("(a)(?:b)(c)", 2), "flag g": ("/(a)/g", None)}


@pytest.mark.parametrize(("pattern", "expected"), GROUPS.values(), ids=GROUPS)
def test_groups__counted(pattern: str, expected: int | None) -> None:
    assert patterns.parse(pattern).groups == expected


REFUSED = {
    "parenthesis": ("(", "pattern '(' does not compile: missing ) at position 1"),
    "repeat": ("*a", "pattern '*a' does not compile: nothing to repeat at position 0"),
    "class": ("[a", "pattern '[a' does not compile: unterminated character set at position 2"),
    "recursion": (
        "(?R)",
        (
            "pattern '(?R)' has '(?R', which JavaScript does not know: groups are (…), "
            "(?:…), (?<name>…)"
        ),
    ),
    "group by its Python name": (
        "(?P<n>a)",
        (
            "pattern '(?P<n>a)' has '(?P', which JavaScript does not know: groups are (…), "
            "(?:…), (?<name>…)"
        ),
    ),
    "verb": (
        "(*FAIL)",
        (
            "pattern '(*FAIL)' has '(*', which JavaScript does not know: groups are (…), "
            "(?:…), (?<name>…)"
        ),
    ),
    "unknown flag": (
        "/a/x",
        "pattern '/a/x' has the flag 'x': each of d, g, i, m, s, u, v, y is allowed, once",
    ),
    "flag twice": (
        "/a/ii",
        "pattern '/a/ii' has the flag 'i': each of d, g, i, m, s, u, v, y is allowed, once",
    ),
}


@pytest.mark.parametrize(("pattern", "message"), REFUSED.values(), ids=REFUSED)
def test_parse__refuses(pattern: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        patterns.parse(pattern)

    assert str(caught.value) == message


@pytest.mark.parametrize("pattern", ["^(a|a)*$", "/^(a|a)*$/g"])
def test_match__that_never_ends(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.01)
    subject = f"{'a' * 60}!"

    with pytest.raises(InvalidValue) as caught:
        patterns.parse(pattern).match(subject)

    assert str(caught.value) == (
        f"pattern {pattern!r} backtracks for ever on {subject!r}; write it without nested "
        "repeats such as (a+)+"
    )
