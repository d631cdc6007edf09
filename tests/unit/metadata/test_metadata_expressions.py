"""``{{…}}`` in texts: what is read, what is refused, and that nothing is escaped."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.errors import InvalidValue
from ghcr_action.metadata import dates, expressions
from ghcr_action.metadata.expressions import GLOBAL, SEMVER, Expression, Template

VALUES: dict[str, str | datetime] = {
    "branch": "a&b='c'<\"d\">",
    "tag": "",
    "sha": "860c190",
    "is_default_branch": "false",
    "is_not_default_branch": "true",
    "date": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
}

EXPANDED = {
    "plain": ("plain", "plain"),
    "empty": ("", ""),
    "not escaped": ("{{branch}}", "a&b='c'<\"d\">"),
    "not escaped in three braces": ("{{{branch}}}", "a&b='c'<\"d\">"),
    "not escaped by an ampersand": ("{{&branch}}", "a&b='c'<\"d\">"),
    "around": ("x{{sha}}y", "x860c190y"),
    "twice": ("{{sha}}{{sha}}", "860c190860c190"),
    "empty value": ("x{{tag}}y", "xy"),
    "absent value": ("x{{base_ref}}y", "xy"),
    "blanks and line ends": ("{{ \n sha\t}}", "860c190"),
    "one brace": ("{sha}", "{sha}"),
    "closing braces alone": ("a}}b", "a}}b"),
    "backslash keeps braces": (r"\{{sha}}", "{{sha}}"),
    "backslash keeps one of two": (r"\{{sha}} {{sha}}", "{{sha}} 860c190"),
    "two backslashes are one": (r"\\{{sha}}", r"\860c190"),
    "comment": ("a{{! {{sha }}b", "ab"),
    "date": ("{{date 'YYYY'}}", "2026"),
    "date, escaped quote": (r"{{date 'YYYY[\']'}}", "2026'"),
    "date, escaped double quote": (r'{{date "YYYY[\"]"}}', '2026"'),
    "date, other quotes inside": ("""{{date "[']YYYY"}}""", "'2026"),
    "date, empty format": ("{{date ''}}", "2026-01-02T03:04:05Z"),
    "date, zone": ("{{date 'HH' tz='Asia/Tokyo'}}", "12"),
    "date, zone first": ("{{date tz='Asia/Tokyo' 'HH'}}", "12"),
    "date, zone twice": ("{{date 'HH' tz='UTC' tz='Asia/Tokyo'}}", "12"),
    "date, many blanks": ("{{  date   'HH'   tz='UTC'  }}", "03"),
    "unknown": ("a{{nobody}}b", "ab"),
    "path": ("a{{github.ref}}b{{a/b}}", "ab"),
    "this": ("{{this.sha}}{{./sha}}{{@root.sha}}", "860c190860c190860c190"),
    "blanks taken before": ("a  {{~sha}} b", "a860c190 b"),
    "blanks taken behind": ("a {{sha~}}  b", "a 860c190b"),
    "blanks taken around": ("a \n{{~ sha ~}}\n b", "a860c190b"),
    "if there is": ("{{#if sha}}{{sha}}{{else}}none{{/if}}", "860c190"),
    "if there is not": ("{{#if tag}}{{tag}}{{else}}none{{/if}}", "none"),
    "if, without else": ("a{{#if tag}}x{{/if}}b", "ab"),
    "if unknown": ("{{#if nobody}}x{{else}}y{{/if}}", "y"),
    "if a date": ("{{#if date}}x{{/if}}", "x"),
    "unless": ("{{#unless tag}}x{{/unless}}{{#unless sha}}y{{/unless}}", "x"),
    "unless, else": ("{{#unless sha}}x{{else}}y{{/unless}}", "y"),
    "caret for else": ("{{#if tag}}x{{^}}y{{/if}}", "y"),
    "else if": ("{{#if tag}}x{{else if sha}}y{{else}}z{{/if}}", "y"),
    "else unless": ("{{#if tag}}x{{else unless sha}}y{{else}}z{{/if}}", "z"),
    "nested": ("{{#if sha}}a{{#if tag}}b{{else}}c{{/if}}d{{/if}}", "acd"),
    "blanks in a block's tags": ("{{# if  sha }}x{{ else }}y{{ / if }}", "x"),
    "block that takes blanks": ("a {{~#if sha~}} x {{~/if~}} b", "axb"),
    "comment in a block": ("{{#if sha}}{{! why }}x{{/if}}", "x"),
    "if false": ("{{#if is_default_branch}}x{{else}}y{{/if}}", "y"),
    "if true": ("{{#if is_not_default_branch}}x{{else}}y{{/if}}", "x"),
}


@pytest.mark.parametrize(("text", "expected"), EXPANDED.values(), ids=EXPANDED)
def test_expand__text(text: str, expected: str) -> None:
    assert expressions.parse(text, GLOBAL).expand(VALUES) == expected


NAMES = ", ".join(f"{{{{{name}}}}}" for name in sorted(GLOBAL))
REFUSED = {
    "open": ("a{{sha", "'{{sha' is opened and never closed; write '}}' behind it"),
    "three open, two closed": (
        "{{{sha}}",
        "'{{{sha}}' is opened and never closed; write '}}}' behind it",
    ),
    "nothing inside": (
        "{{}}",
        (
            f"'{{{{}}}}' is not an expression: write one of {NAMES}, or {{{{#if …}}}} and "
            "{{#unless …}} with one; \\{{ writes the braces themselves"
        ),
    ),
    "block of another kind": (
        "{{#each tag}}x{{/each}}",
        (
            f"'{{{{#each tag}}}}' is not an expression: write one of {NAMES}, or {{{{#if …}}}} and "
            "{{#unless …}} with one; \\{{ writes the braces themselves"
        ),
    ),
    "block without a name": (
        "{{#if}}x{{/if}}",
        (
            f"'{{{{#if}}}}' is not an expression: write one of {NAMES}, or {{{{#if …}}}} and "
            "{{#unless …}} with one; \\{{ writes the braces themselves"
        ),
    ),
    "block never closed": (
        "{{#if tag}}x",
        "'{{#if tag}}' is opened and never closed; write '{{/if}}' behind it",
    ),
    "else never closed": (
        "{{#unless tag}}x{{else}}y",
        "'{{#unless tag}}' is opened and never closed; write '{{/unless}}' behind it",
    ),
    "chain never closed": (
        "{{#if tag}}x{{else if sha}}y",
        "'{{else if sha}}' is opened and never closed; write '{{/if}}' behind it",
    ),
    "block closed by another": (
        "{{#if tag}}x{{/unless}}",
        "'{{/unless}}' does not end '{{#if tag}}'",
    ),
    "two elses": ("{{#if tag}}x{{else}}y{{else}}z{{/if}}", "'{{else}}' does not end '{{#if tag}}'"),
    "end of nothing": ("x{{/if}}", "'{{/if}}' ends no block that is open"),
    "else of nothing": ("x{{else}}", "'{{else}}' ends no block that is open"),
    "too deep": ("{{#if sha}}" * 51, "'{{#if sha}}': more than 50 blocks in each other"),
    "number": (
        "{{1}}",
        (
            f"'{{{{1}}}}' is not an expression: write one of {NAMES}, or {{{{#if …}}}} and "
            "{{#unless …}} with one; \\{{ writes the braces themselves"
        ),
    ),
    "argument to a name without": (
        "{{sha 'x'}}",
        f"'{{{{sha 'x'}}}}': sha takes no argument; known expressions are {NAMES}",
    ),
    "argument to an unknown name": (
        "{{now 'x'}}",
        f"'{{{{now 'x'}}}}': now takes no argument; known expressions are {NAMES}",
    ),
    "date without quotes": (
        "{{date YYYY}}",
        "'{{date YYYY}}': 'YYYY' is not an argument; write text in quotes, like 'YYYYMMDD'",
    ),
    "quote never closed": (
        "{{date 'YYYY}}",
        "'{{date 'YYYY}}': \"'YYYY\" is not an argument; write text in quotes, like 'YYYYMMDD'",
    ),
    "date without format": ("{{date}}", "date takes one format, for example {{date 'YYYYMMDD'}}"),
    "commit_date without format": (
        "{{commit_date tz='UTC'}}",
        "commit_date takes one format, for example {{commit_date 'YYYYMMDD'}}",
    ),
    "two formats": (
        "{{date 'YYYY' 'MM'}}",
        "date takes one format, for example {{date 'YYYYMMDD'}}",
    ),
    "unknown argument": (
        "{{date 'YYYY' zone='UTC'}}",
        "date has no argument 'zone': only tz='Zone' is known",
    ),
    "unknown zone": (
        "{{date 'YYYY' tz='Mars/Olympus'}}",
        "tz='Mars/Olympus' is not a time zone: write an IANA name, for example 'Europe/Berlin'",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_parse__refuses(text: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        expressions.parse(text, GLOBAL)

    assert str(caught.value) == message


def test_parse__gives_parts() -> None:
    text = "a{{sha}}b{{date 'YYYY' tz='Asia/Tokyo'}}"

    assert expressions.parse(text, GLOBAL) == Template(
        text=text,
        parts=(
            "a",
            Expression(name="sha"),
            "b",
            Expression(name="date", format="YYYY", zone=dates.zone("Asia/Tokyo")),
        ),
    )


def test_parse__names_what_is_unknown_once() -> None:
    found = expressions.parse("{{sha}}{{raw}}{{x}}{{raw}}", GLOBAL)

    assert (found.unknown, found.names) == (("raw", "x"), frozenset({"sha"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{raw}}", True),
        ("{{ raw }}", True),
        ("{{{raw}}}", True),
        ("{{raw}} ", False),
        ("x{{raw}}", False),
        ("{{version}}", False),
        ("", False),
    ],
)
def test_is_raw__alone(text: str, expected: bool) -> None:
    assert expressions.parse(text, SEMVER).is_raw is expected


@given(st.text())
def test_parse__answers_or_refuses(text: str) -> None:
    expanded = None
    try:
        expanded = expressions.parse(text, GLOBAL).expand(VALUES)
    except InvalidValue:
        assert "{{" in text

    assert expanded is None or "{{" in text or expanded == text


@given(st.text(), st.text().filter(lambda text: not text.endswith("\\") and "{" not in text))
def test_expand__never_reads_values(value: str, before: str) -> None:
    template = expressions.parse(before + "{{branch}}", GLOBAL)

    assert template.expand({"branch": value}) == before + value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{#if major}}{{major}}{{else}}none{{/if}}", "none"),
        ("{{#if minor}}{{minor}}{{/if}}", "1"),
        ("{{#if prerelease}}pre{{else}}release{{/if}}", "release"),
        ("{{#if branch}}x{{/if}}", ""),
    ],
)
def test_expand__a_version_counts_as_in_handlebars(text: str, expected: str) -> None:
    values: dict[str, str | datetime] = {
        "major": "0",
        "minor": "1",
        "prerelease": "",
        "branch": "b",
    }

    assert expressions.parse(text, SEMVER).expand(values) == expected


def test_literals__are_those_of_blocks_too() -> None:
    template = expressions.parse("a{{#if sha}}b{{sha}}{{else}}c d{{/if}}", GLOBAL)

    assert template.literals == ("a", "b", "c d")
    assert template.names == {"sha"}
