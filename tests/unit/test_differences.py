"""Each row of the tables of differences has an example: what the peer makes of it, as it was seen or
as its source says, and what this action makes of it, as it comes out here."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ghcr_action.errors import ActionError
from ghcr_action.metadata import outputs, request
from ghcr_action.settings import parse
from tests.fakes.events import push_event
from tests.testbed import ROOT
from tests.unit.metadata import occasions as on


@dataclass(frozen=True, kw_only=True)
class Example:
    """One input, and what comes of it on each side."""

    there: str
    """Of https://github.com/docker/metadata-action, v6.2.0: recorded by its source, or run with its
    libraries."""
    here: str
    run: Callable[[], object]


def names(tags: str, flavor: str = "", happened: Any = None) -> Callable[[], str]:
    return lambda: on.names(happened or on.push(), tags, flavor)


def warned(tags: str) -> Callable[[], str]:
    def run() -> str:
        found = on.metadata(on.push(), tags=tags)
        return f"{' '.join(found.tag_names)}; {'; '.join(found.warnings)}"

    return run


def label(text: str) -> Callable[[], str]:
    return lambda: on.metadata(on.push("a&b"), labels=f"x={text}").labels["x"]


def images(text: str) -> Callable[[], str]:
    return lambda: " ".join(request.parse(images=text, environ={}).images)


def levels(**given: str) -> str:
    return ",".join(request_of(**given).annotation_levels)


def request_of(**given: str) -> Any:
    found: Any = parse.settings({"github-token": "t", **given}, {}, push_event())[0]
    return getattr(found, "request", None) or found.metadata.request


def bake_label() -> str:
    wanted = request.parse(labels='"x=a\nb"', environ={})
    found = on.metadata(on.push(), labels='"x=a\nb"')
    files = {name: content for name, _, content in outputs.bake_files(found, wanted)}
    return str(json.loads(files["bake-file-labels"])["target"][wanted.bake_target]["labels"]["x"])


METADATA = {
    "annotation levels, by default": Example(
        there="manifest",
        here="manifest index,manifest",
        run=lambda: f"{levels(mode='metadata')} {levels()}",
    ),
    "a tag that starts with `.` or `-`": Example(there="-x", here="_x", run=names("-x")),
    "a tag above 128 characters": Example(
        there="a" * 129,
        here=f"{'a' * 119}-c12cb024",
        run=names("a" * 129),
    ),
    "`latest` from a rule and by itself; an image twice": Example(
        there="v1 latest latest",
        here="latest v1",
        run=names("latest,priority=700\ntype=ref,event=tag", "latest=true", on.tag("v1")),
    ),
    "`{{branch}}` with `&`, `'`, `=`": Example(
        there="a&amp;b", here="a&b", run=label("{{branch}}")
    ),
    "`prefix={{…}}` in flavor with `onlatest`": Example(
        there="main-main -branch-latest",
        here="main-main main-latest",
        run=names("type=ref,event=branch", "latest=true,prefix={{branch}}-,onlatest=true"),
    ),
    "`=` inside a flavor's value": Example(
        there="a-main", here="a-b-main", run=names("type=ref,event=branch", "prefix=a=b-")
    ),
    "a quoted attribute with a comma, not first in its line": Example(
        there="error: unknown attribute",
        here="1,2 latest".replace(",", "-"),
        run=names(
            'type=match,"pattern=v(\\d,\\d)",group=1,value=v1,2'.replace(
                "value=v1,2", '"value=v1,2"'
            )
        ),
    ),
    "a label over several lines": Example(there="a", here="a\nb", run=bake_label),
    "`match=` without a group, a `group` that the pattern lacks": Example(
        there="crash",
        here="pattern 'v.*' has no group 1, only 0",
        run=names("type=semver,pattern={{version}},match=v.*"),
    ),
    "`latest,1.0.0` as a line of `tags`": Example(
        there="1.0.0", here="latest 1.0.0", run=names("latest,1.0.0")
    ),
    "`latest 1.0.0`, a blank in a bare tag": Example(
        there="latest-1.0.0", here="a tag has no blank in it", run=names("latest 1.0.0")
    ),
    "a written name that no tag may have, `value=my tag`, `a/b`": Example(
        there="my-tag a-b", here="'my tag' becomes 'my-tag'", run=warned("value=my tag\na/b")
    ),
    "`a,b` beside other lines of `images`": Example(
        there="b/b c/c", here="a/a b/b c/c", run=images("a/a,b/b\nc/c")
    ),
    "an unknown attribute": Example(
        there="main",
        here="attribute 'patern' is unknown",
        run=names("type=ref,event=branch,patern=x"),
    ),
    "an unknown expression or path, a label without `=`": Example(
        there="x", here="{{github.ref}} is not known here", run=warned("x{{github.ref}}")
    ),
    "`{{#if is_default_branch}}`": Example(
        there="edge",
        here="other",
        run=names("{{#if is_default_branch}}edge{{else}}other{{/if}}", "", on.push("topic")),
    ),
    "`{{#each}}`, `{{#with}}`, arguments of a name": Example(
        there="x", here="is not an expression", run=names("x{{#each tag}}y{{/each}}")
    ),
    "an unknown time zone": Example(
        there="2026",
        here="tz='Mars' is not a time zone",
        run=names("value={{date 'YYYY' tz='Mars'}}"),
    ),
    "a pattern that backtracks for ever": Example(
        there="hangs",
        here="(a|a)*$",
        run=names("type=match,pattern=^(a|a)*$", "", on.tag("a" * 40 + "b")),
    ),
    "`index:key=value` in `annotations`": Example(
        there="manifest:index:a=b",
        here="index:a=b",
        run=lambda: on.metadata(on.push(), annotations="index:a=b").annotations,
    ),
    "GitHub can't be asked": Example(there="fails", here="main", run=names("")),
    "no rule yields a tag": Example(
        there="no tag",
        here="'refs/heads/main' is not a tag",
        run=lambda: on.metadata(on.push(), tags="type=ref,event=tag").notices,
    ),
}


def rows(page: str, heading: str) -> list[list[str]]:
    text = (ROOT / page).read_text().partition(heading)[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table
    return [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in table[0].splitlines()[2:]
    ]


def said(run: Callable[[], object]) -> str:
    try:
        return str(run())
    except ActionError as error:
        return error.what


def test_metadata__each_difference_has_an_example_and_a_reason() -> None:
    table = rows("docs/metadata.md", "## Differences from docker/metadata-action")

    assert [row[0] for row in table] == list(METADATA)
    assert all(len(row) == 4 and all(row) for row in table)


def test_metadata__what_the_peers_libraries_decide_was_run_with_them() -> None:
    """By scripts/peer/differences.mjs; what its own code decides is recorded from its source."""
    ran = json.loads((ROOT / "tests/unit/metadata/peer.json").read_bytes())

    assert {name: METADATA[name].there for name in ran} == ran


@pytest.mark.parametrize("example", METADATA.values(), ids=METADATA)
def test_metadata__each_difference_is_one(example: Example) -> None:
    found = said(example.run)

    assert example.here in found
    assert found != example.there
