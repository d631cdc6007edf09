"""The list syntax of the docker actions: every rule of it, and the places where ours is kinder."""

import re
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists

CASES = {
    "empty": ("", ()),
    "one line": ("a", ("a",)),
    "two lines": ("a\nb", ("a", "b")),
    "trailing line end": ("a\nb\n", ("a", "b")),
    "empty lines": ("\n\na\n\n\nb\n\n", ("a", "b")),
    "lines of blanks only": ("a\n   \n\t\nb", ("a", "b")),
    "blanks around": ("  a  \n\tb\t", ("a", "b")),
    "windows line ends": ("a\r\nb\r\n", ("a", "b")),
    "old mac line ends": ("a\rb", ("a", "b")),
    "comma belongs to the item": ("A=1,2\nB=3", ("A=1,2", "B=3")),
    "trailing comma stays": ("a,", ("a,",)),
    "leading comma stays": (",a", (",a",)),
    "commas only": (",,", (",,",)),
    "quoted record": ('"a"', ("a",)),
    "quoted record over lines": ('"KEY=one\ntwo"\nB=2', ("KEY=one\ntwo", "B=2")),
    "quoted record with windows line ends": ('"KEY=one\r\ntwo"\r\nB=2', ("KEY=one\r\ntwo", "B=2")),
    "doubled quotes inside": ('"J={""a"":""b""}"', ('J={"a":"b"}',)),
    "json over lines": ('"J={\n  ""a"": ""b,c""\n}"', ('J={\n  "a": "b,c"\n}',)),
    "comma inside quotes": ('"a,b"', ("a,b",)),
    "empty quotes": ('""\na', ("a",)),
    "blanks in quotes": ('"   "\na', ("a",)),
    "quote in mid-field": ('B="x,y"', ('B="x,y"',)),
    "json on one line": ('J={"a":"b"}', ('J={"a":"b"}',)),
    "quote before a blank": (' "a"', ('"a"',)),
    "field after a comma loses its quotes": ('A=1,"x y"', ("A=1,x y",)),
    "field after a comma with inner comma": (
        'type=match,"pattern=v\\d{1,3}",group=1',
        ("type=match,pattern=v\\d{1,3},group=1",),
    ),
    "text behind a quote": ('"a" b', ('"a" b',)),
    "text behind a quote, comma before": ('"a,b"c,d', ('"a,b"c,d',)),
    "text behind a quote with doubled ones": ('"a""b"c', ('"a"b"c',)),
    "unquoted value over lines breaks": (
        "KEY=-----BEGIN\nabc\n-----END",
        ("KEY=-----BEGIN", "abc", "-----END"),
    ),
    "single quotes mean nothing": ("'a,b'\n'c", ("'a,b'", "'c")),
    "hash is data without comments": ("# a\nb", ("# a", "b")),
    "unicode": ("name=müller,größe\n日本", ("name=müller,größe", "日本")),
    "other unicode line separators are data": ("a\u2028b\x0bc", ("a\u2028b\x0bc",)),
    "expression": ("type=raw,value={{date 'YYYY, MM'}}", ("type=raw,value={{date 'YYYY, MM'}}",)),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_lines__reads(text: str, expected: tuple[str, ...]) -> None:
    assert lists.lines(text) == expected


UNQUOTED = {
    "quotes are data": ('type=image,"name=a,b",push=true', ('type=image,"name=a,b",push=true',)),
    "leading quote": ('"a,b"\nc', ('"a,b"', "c")),
    "quote that never closes": ('"a\nb', ('"a', "b")),
    "doubled quotes stay": ('"a""b"', ('"a""b"',)),
    "blanks": (" a ", ("a",)),
}


@pytest.mark.parametrize(("text", "expected"), UNQUOTED.values(), ids=UNQUOTED)
def test_lines__without_quotes(text: str, expected: tuple[str, ...]) -> None:
    assert lists.lines(text, quotes=False) == expected


UNTRIMMED = {
    "blanks stay": ("a=b \n c=d", ("a=b ", " c=d")),
    "lines of blanks are dropped all the same": ("a\n  \nb", ("a", "b")),
    "line ends in quotes stay": ('"k=v\n"', ("k=v\n",)),
    "carriage returns are line ends": ("a\r\nb", ("a", "b")),
}


@pytest.mark.parametrize(("text", "expected"), UNTRIMMED.values(), ids=UNTRIMMED)
def test_lines__untrimmed(text: str, expected: tuple[str, ...]) -> None:
    assert lists.lines(text, trim=False) == expected


REQUOTED = {
    "field with a comma": (
        'type=match,"pattern=v\\d{1,3}",group=1',
        ('type=match,"pattern=v\\d{1,3}",group=1',),
    ),
    "field with a quote": ('type=raw,"value=a""b"', ('type=raw,"value=a""b"',)),
    "field with a line end": ('a=1,"b=2\n3"', ('a=1,"b=2\n3"',)),
    "field that needs no quotes": ('type=raw,"value=x y"', ("type=raw,value=x y",)),
    "one field stays as it is": ('"type=raw,value=x"', ("type=raw,value=x",)),
    "field whose quotes are data": ('a,"b"c,d', ('a,"b"c,d',)),
}


@pytest.mark.parametrize(("text", "expected"), REQUOTED.values(), ids=REQUOTED)
def test_lines__requoted(text: str, expected: tuple[str, ...]) -> None:
    assert lists.lines(text, requote=True) == expected


COMMENTS = {
    "first column": ("# x\na", ("a",)),
    "no blank behind": ("#x\na", ("a",)),
    "last line": ("a\n# x", ("a",)),
    "later in the line": ("a # x", ("a # x",)),
    "indented": (" # x\na", ("# x", "a")),
    "quote in a comment": ('# it"s "open\na', ("a",)),
    "quoted record": ('"# x"', ("# x",)),
    "inside quotes": ('"a\n# x"', ("a\n# x",)),
    "after a comma": ("a,# x", ("a,# x",)),
    "windows line end": ("# x\r\na", ("a",)),
    "comments only": ("# x\n#", ()),
}


@pytest.mark.parametrize(("text", "expected"), COMMENTS.values(), ids=COMMENTS)
def test_lines__comments(text: str, expected: tuple[str, ...]) -> None:
    assert lists.lines(text, comments=True) == expected


CSV = {
    "empty": ("", ()),
    "commas": ("a,b", ("a", "b")),
    "commas and lines": ("a,b\nc", ("a", "b", "c")),
    "blanks": (" a , b ", ("a", "b")),
    "empty fields": ("a,,b,", ("a", "b")),
    "fields of blanks": ("a, ,b", ("a", "b")),
    "many fields, one with a comma": ('a,"b,c"', ("a", "b,c")),
    "one quoted field is split on commas": ('"a,b"', ("a", "b")),
    "quote in mid-field": ('a="x,y"', ('a="x', 'y"')),
    "windows line ends": ("a\r\nb,c", ("a", "b", "c")),
    "hash is data": ("#a,b", ("#a", "b")),
}


@pytest.mark.parametrize(("text", "expected"), CSV.values(), ids=CSV)
def test_csv__reads(text: str, expected: tuple[str, ...]) -> None:
    assert lists.csv(text) == expected


def test_csv__comments() -> None:
    assert lists.csv("# x,y\na,b", comments=True) == ("a", "b")


OPEN = {
    "first line": ('"a', 1),
    "third line": ('a\nb\n"c\nd', 3),
    "after a quoted record over lines": ('"a\nb"\n"c', 3),
    "after windows line ends": ('"a\r\nb"\r\n"c', 3),
    "behind a comma": ('a,"b', 1),
    "doubled at the end": ('x\n"a""', 2),
}


@pytest.mark.parametrize("read", [lists.lines, lists.csv], ids=["lines", "csv"])
@pytest.mark.parametrize(("text", "line"), OPEN.values(), ids=OPEN)
def test_quote__never_closed(read: Callable[[str], object], text: str, line: int) -> None:
    message = (
        f"line {line}: a quote is opened and never closed; close it, or write it "
        "doubled inside a quoted field"
    )

    with pytest.raises(InvalidValue, match=f"^{re.escape(message)}$"):
        read(text)


def test_quote__never_closed_below_comments() -> None:
    with pytest.raises(InvalidValue, match=r"^line 3: a quote is opened"):
        lists.lines('# one\n# two\n"three', comments=True)


ATTRIBUTES = {
    "empty": ("", ()),
    "bare value": ("foo", (("", "foo"),)),
    "one": ("type=sha", (("type", "sha"),)),
    "several": ("type=ref,event=branch", (("type", "ref"), ("event", "branch"))),
    "empty value": ("type=sha,prefix=", (("type", "sha"), ("prefix", ""))),
    "blanks": (" type = sha , prefix = x ", (("type", "sha"), ("prefix", "x"))),
    "value with equals": ("value=a=b=c", (("value", "a=b=c"),)),
    "expression with equals": (
        "value={{date 'YYYY' tz='UTC'}}",
        (("value", "{{date 'YYYY' tz='UTC'}}"),),
    ),
    "leading equals is a value": ("=a", (("", "=a"),)),
    "quoted field": (
        'type=match,"pattern=v\\d{1,3}",group=1',
        (("type", "match"), ("pattern", "v\\d{1,3}"), ("group", "1")),
    ),
    "doubled quotes": ('"pattern=a""b"', (("pattern", 'a"b'),)),
    "empty fields": ("a=1,,b=2,", (("a", "1"), ("b", "2"))),
    "repeated": ("a=1,a=2", (("a", "1"), ("a", "2"))),
    "capitals stay": ("Type=SHA", (("Type", "SHA"),)),
    "line break in quotes": ('"a=1\n2"', (("a", "1\n2"),)),
    "line end at the end": ("a=1\n", (("a", "1"),)),
    "apostrophes": ("a='x,y'", (("a", "'x"), ("", "y'"))),
    "mixed bare and key": ("name/app,enable=true", (("", "name/app"), ("enable", "true"))),
}


@pytest.mark.parametrize(("item", "expected"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes__reads(item: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert lists.attributes(item) == expected


WRONG_ATTRIBUTES = {
    "quote behind equals": (
        'match="a,b"',
        'line 1: a quote inside a field; put the whole field in double quotes: "key=value"',
    ),
    "quote in mid-field": (
        'type=raw,value=a"b',
        'line 1: a quote inside a field; put the whole field in double quotes: "key=value"',
    ),
    "blank before a quote": (
        'a, "b"',
        'line 1: a quote inside a field; put the whole field in double quotes: "key=value"',
    ),
    "text behind a quote": (
        '"a"b',
        "line 1: text after a closing quote; put the whole field in double quotes",
    ),
    "open quote": (
        'a,"b',
        (
            "line 1: a quote is opened and never closed; close it, or write it doubled "
            "inside a quoted field"
        ),
    ),
    "two lines": (
        "a=1\nb=2",
        "line 2: attributes stand on one line; put a field with a line break in double quotes",
    ),
}


@pytest.mark.parametrize(("item", "message"), WRONG_ATTRIBUTES.values(), ids=WRONG_ATTRIBUTES)
def test_attributes__refuses(item: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{re.escape(message)}$"):
        lists.attributes(item)


@pytest.mark.parametrize("word", ["true", "True", "TRUE", " true "])
def test_boolean__true(word: str) -> None:
    assert lists.boolean(word) is True


@pytest.mark.parametrize("word", ["false", "False", "FALSE", "\tfalse\n"])
def test_boolean__false(word: str) -> None:
    assert lists.boolean(word) is False


@pytest.mark.parametrize("word", ["", "yes", "no", "on", "1", "0", "t", "tRUE", "null"])
def test_boolean__refuses(word: str) -> None:
    message = f"{word!r} is not a boolean: write one of true, True, TRUE, false, False, FALSE"

    with pytest.raises(InvalidValue, match=f"^{re.escape(message)}$"):
        lists.boolean(word)


@pytest.mark.parametrize("word", ["1", "t", "T", "true", "TRUE", "True"])
def test_go_boolean__true(word: str) -> None:
    assert lists.go_boolean(word) is True


@pytest.mark.parametrize("word", ["0", "f", "F", "false", "FALSE", "False"])
def test_go_boolean__false(word: str) -> None:
    assert lists.go_boolean(word) is False


@pytest.mark.parametrize("word", ["", "yes", "2", "tRUE"])
def test_go_boolean__refuses(word: str) -> None:
    with pytest.raises(InvalidValue, match="is not a boolean"):
        lists.go_boolean(word)


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)


@given(st.lists(PRINTABLE))
def test_lines__gives_back_quoted_records(items: list[str]) -> None:
    written = "\n".join('"' + item.replace('"', '""') + '"' for item in items)

    assert lists.lines(written, trim=False) == tuple(items)


@given(st.lists(PRINTABLE.filter(lambda item: '"' not in item)))
def test_lines__gives_back_plain_records(items: list[str]) -> None:
    assert lists.lines("\n".join(items)) == tuple(item.strip() for item in items)


@given(st.lists(PRINTABLE))
def test_lines__without_quotes_is_splitting(items: list[str]) -> None:
    assert lists.lines("\n".join(items), quotes=False, trim=False) == tuple(items)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z-]+", fullmatch=True),
            st.text(st.characters(exclude_categories=["Cs"])),
        ),
        min_size=1,
    )
)
def test_attributes__gives_back_quoted_fields(pairs: list[tuple[str, str]]) -> None:
    written = ",".join('"' + f"{key}={value}".replace('"', '""') + '"' for key, value in pairs)

    assert lists.attributes(written) == tuple((key, value.strip()) for key, value in pairs)


@given(st.text())
def test_lists__answer_or_refuse_with_a_line(text: str) -> None:
    for read in (lists.lines, lists.csv, lists.attributes):
        problem, found = "", cast("tuple[object, ...]", ())
        try:
            found = read(text)
        except InvalidValue as error:
            problem = str(error)

        assert all(found)
        assert not problem or re.match(r"line \d+: ", problem)
