"""Inputs and switches as texts: what they become, and every way they can be wrong."""

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.metadata import expressions, request
from ghcr_action.metadata.flavor import EMPTY, Flavor
from ghcr_action.metadata.request import Request
from ghcr_action.metadata.tag_rules import Ref, Rule, Schedule, Sha


def template(text: str) -> expressions.Template:
    return expressions.parse(text, expressions.GLOBAL)


def test_parse__nothing_given() -> None:
    assert request.parse(environ={}) == Request(
        images=(),
        rules=(
            Rule(
                text="type=schedule",
                source=Schedule(pattern=template("nightly")),
                priority=1000,
                enable=template("true"),
            ),
            Rule(
                text="type=ref,event=branch",
                source=Ref(event="branch"),
                priority=600,
                enable=template("true"),
            ),
            Rule(
                text="type=ref,event=tag",
                source=Ref(event="tag"),
                priority=600,
                enable=template("true"),
            ),
            Rule(
                text="type=ref,event=pr",
                source=Ref(event="pr"),
                priority=600,
                enable=template("true"),
                prefix=template("pr-"),
            ),
        ),
        flavor=Flavor(latest=None, prefix=EMPTY, suffix=EMPTY),
        labels=(),
        annotations=(),
        annotation_levels=("manifest",),
        sep_tags="\n",
        sep_labels="\n",
        sep_annotations="\n",
        bake_target="docker-metadata-action",
        pr_head=False,
        keep_merge=False,
        short_sha_length=7,
        export=True,
        warnings=(),
    )


def test_parse__everything_given() -> None:
    found = request.parse(
        images="ghcr.io/O/R",
        tags="# a comment\ntype=sha,format=long,prefix=,suffix=-x,priority=5,enable=false",
        flavor="latest=false\nprefix=a-,onlatest=true",
        sep_tags=",",
        sep_labels=" ",
        sep_annotations="|",
        bake_target="app",
        pr_sha="head",
        environ={
            "DOCKER_METADATA_SHORT_SHA_LENGTH": "12",
            "DOCKER_METADATA_ANNOTATIONS_LEVELS": "manifest-descriptor,index",
            "DOCKER_METADATA_SET_OUTPUT_ENV": "false",
        },
    )

    assert found == Request(
        images=("ghcr.io/o/r",),
        rules=(
            Rule(
                text="type=sha,format=long,prefix=,suffix=-x,priority=5,enable=false",
                source=Sha(is_long=True),
                priority=5,
                enable=template("false"),
                prefix=EMPTY,
                suffix=template("-x"),
            ),
        ),
        flavor=Flavor(latest=False, prefix=template("a-"), prefix_latest=True),
        annotation_levels=("manifest-descriptor", "index"),
        sep_tags=",",
        sep_labels=" ",
        sep_annotations="|",
        bake_target="app",
        pr_head=True,
        keep_merge=True,
        short_sha_length=12,
        export=False,
    )


SWITCHES = {
    "nothing": ({}, "", (False, False)),
    "input merge": ({}, "merge", (False, False)),
    "input head": ({}, "head", (True, True)),
    "switch": ({"DOCKER_METADATA_PR_HEAD_SHA": "true"}, "", (True, False)),
    "both": ({"DOCKER_METADATA_PR_HEAD_SHA": "true"}, "head", (True, True)),
    "empty switch": ({"DOCKER_METADATA_PR_HEAD_SHA": ""}, "", (False, False)),
}


@pytest.mark.parametrize(("environ", "pr_sha", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_pr_sha__input_and_switch(
    environ: dict[str, str], pr_sha: str, expected: tuple[bool, bool]
) -> None:
    found = request.parse(pr_sha=pr_sha, environ=environ)

    assert (found.pr_head, found.keep_merge) == expected


LEVELS = {
    "default": ("", {}, ("manifest",)),
    "input": ("manifest", {}, ("manifest",)),
    "commas and blanks": ("manifest, index", {}, ("manifest", "index")),
    "lines": ("manifest\nindex\n", {}, ("manifest", "index")),
    "twice": ("index,index", {}, ("index",)),
    "platform": ("manifest[linux/amd64]", {}, ("manifest[linux/amd64]",)),
    "switch": ("", {"DOCKER_METADATA_ANNOTATIONS_LEVELS": "manifest,index"}, ("manifest", "index")),
    "input beats switch": (
        "index-descriptor",
        {"DOCKER_METADATA_ANNOTATIONS_LEVELS": "manifest"},
        ("index-descriptor",),
    ),
}


@pytest.mark.parametrize(("text", "environ", "expected"), LEVELS.values(), ids=LEVELS)
def test_annotation_levels__input_and_switch(
    text: str, environ: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert request.parse(annotation_levels=text, environ=environ).annotation_levels == expected


IMAGES = {
    "none": ("", ()),
    "bare": ("ghcr.io/o/r", ("ghcr.io/o/r",)),
    "named": ("name=ghcr.io/o/r", ("ghcr.io/o/r",)),
    "capitals": ("GHCR.io/Octocat/Hello-World", ("ghcr.io/octocat/hello-world",)),
    "capital key": ("Name=a/b", ("a/b",)),
    "lines": ("a/b\nc/d", ("a/b", "c/d")),
    "one line of bare names": ("a/b,c/d", ("a/b", "c/d")),
    "one line of bare names, blanks": ("a/b , c/d ,", ("a/b", "c/d")),
    "several lines, one of several names": ("a/b,x/y\nc/d", ("a/b", "x/y", "c/d")),
    "enabled": ("name=a/b,enable=true", ("a/b",)),
    "disabled": ("name=a/b,enable=false\nc/d", ("c/d",)),
    "bare and disabled": ("a/b,enable=false", ()),
    "bare and enabled": ("a/b,enable=true", ("a/b",)),
    "twice": ("a/b\nA/B", ("a/b",)),
    "comment": ("# no\na/b", ("a/b",)),
    "port": ("localhost:5000/a", ("localhost:5000/a",)),
}


@pytest.mark.parametrize(("text", "expected"), IMAGES.values(), ids=IMAGES)
def test_images__names(text: str, expected: tuple[str, ...]) -> None:
    assert request.parse(images=text, environ={}).images == expected


COMMIT_DATE = {
    "not used": ({"tags": "type=sha\n{{date 'YYYY'}}"}, False),
    "value": ({"tags": "{{commit_date 'YYYY'}}"}, True),
    "value of a match": ({"tags": "type=match,pattern=.,value={{commit_date 'YYYY'}}"}, True),
    "enable": ({"tags": "type=sha,enable={{commit_date '[true]'}}"}, True),
    "prefix": ({"tags": "type=sha,prefix={{commit_date 'YYYY'}}"}, True),
    "suffix": ({"tags": "type=sha,suffix={{commit_date 'YYYY'}}"}, True),
    "schedule": ({"tags": "type=schedule,pattern={{commit_date 'YYYY'}}"}, True),
    "a pattern that does not know it": ({"tags": "type=semver,pattern={{raw}},value=x"}, False),
    "flavor's prefix": ({"flavor": "prefix={{commit_date 'YYYY'}}"}, True),
    "flavor's suffix": ({"flavor": "suffix={{commit_date 'YYYY'}}"}, True),
    "label": ({"labels": "org.opencontainers.image.created={{commit_date 'X'}}"}, True),
    "annotation": ({"annotations": "org.opencontainers.image.created={{commit_date 'X'}}"}, True),
}


@pytest.mark.parametrize(("inputs", "expected"), COMMIT_DATE.values(), ids=COMMIT_DATE)
def test_needs_commit_date__where_a_text_uses_it(inputs: dict[str, str], expected: bool) -> None:
    found = request.parse(environ={}, **inputs)  # type: ignore[arg-type]

    assert found.needs_commit_date is expected


TYPES = "schedule, semver, pep440, match, edge, ref, raw, sha"
WRONG_TAGS = {
    "unknown type": ("type=foo", f"type='foo' is unknown: {TYPES} are allowed"),
    "capitals in the type": ("type=SHA", f"type='SHA' is unknown: {TYPES} are allowed"),
    "empty type": ("type=", f"type='' is unknown: {TYPES} are allowed"),
    "unknown attribute": (
        "type=sha,prio=5",
        "attribute 'prio' is unknown: type=sha takes enable, priority, prefix, suffix, format",
    ),
    "quote behind equals": (
        'type=match,match="x"',
        'line 1: a quote inside a field; put the whole field in double quotes: "key=value"',
    ),
    "semver without pattern": (
        "type=semver",
        "attribute 'pattern' is missing: type=semver needs pattern=…",
    ),
    "pep440 without pattern": (
        "type=pep440",
        "attribute 'pattern' is missing: type=pep440 needs pattern=…",
    ),
    "match without pattern": (
        "type=match",
        "attribute 'pattern' is missing: type=match needs pattern=…",
    ),
    "ref without event": ("type=ref", "attribute 'event' is missing: type=ref needs event=…"),
    "raw without value": ("type=raw", "attribute 'value' is missing: type=raw needs value=…"),
    "enable alone": ("enable=true", "attribute 'value' is missing: type=raw needs value=…"),
    "unknown event": ("type=ref,event=branches", "event='branches': branch, tag, pr are allowed"),
    "unknown format": ("type=sha,format=medium", "format='medium': short, long are allowed"),
    "group in words": (
        "type=match,pattern=(a),group=one",
        "group='one' is not a number: 0 is the whole match, 1 its first group",
    ),
    "negative group": (
        "type=match,pattern=(a),group=-1",
        "group='-1' is not a number: 0 is the whole match, 1 its first group",
    ),
    "group too high": (
        "type=match,pattern=v(.*),group=2",
        "pattern 'v(.*)' has no group 2, only 1: put what is wanted in parentheses, like 'v(.*)'",
    ),
    "match without a group": (
        "type=semver,pattern={{major}},match=v.*",
        "pattern 'v.*' has no group 1, only 0: put what is wanted in parentheses, like 'v(.*)'",
    ),
    "pattern does not compile": (
        "type=match,pattern=v(",
        "pattern 'v(' does not compile: missing ) at position 2",
    ),
    "match does not compile": (
        "type=pep440,pattern=x,match=*",
        "pattern '*' does not compile: nothing to repeat at position 0",
    ),
    "priority in words": (
        "x,priority=high",
        "priority='high' is not a number; 200 is the default of type=raw",
    ),
    "priority not a number": (
        "type=edge,priority=nan",
        "priority='nan' is not a number; 700 is the default of type=edge",
    ),
    "enable in words": ("x,enable=yes", "enable='yes': true, false are allowed"),
    "enable in capitals": ("x,enable=True", "enable='True': true, false are allowed"),
    "enable empty": ("x,enable=", "enable='': true, false are allowed"),
    "expression in value": (
        "{{sha",
        "value: '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "expression in prefix": (
        "x,prefix={{sha",
        "prefix: '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "expression in suffix": (
        "x,suffix={{sha",
        "suffix: '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "expression in enable": (
        "x,enable={{sha",
        "enable: '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "expression in pattern": (
        "type=semver,pattern={{raw",
        "pattern: '{{raw' is opened and never closed; write '}}' behind it",
    ),
    "two bare tags in a rule": (
        "latest,1.0,enable=true",
        "it has several values: write each tag on a line of its own",
    ),
    "value twice": (
        "type=raw,value=a,value=b",
        "it has several values: write each tag on a line of its own",
    ),
    "zone": (
        "value={{date 'YYYY' tz='Mars'}}",
        "value: tz='Mars' is not a time zone: write an IANA name, for example 'Europe/Berlin'",
    ),
}


@pytest.mark.parametrize(("line", "problem"), WRONG_TAGS.values(), ids=WRONG_TAGS)
def test_tags__wrong(line: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        request.parse(tags=f"type=edge\n{line}", environ={})

    assert caught.value.what == f"tags: {line!r}: {problem}"


WRONG = {
    "flavor: word": (
        {"flavor": "latest"},
        (
            "flavor: 'latest': 'latest' is unknown: latest=, prefix=, suffix= and onlatest= "
            "are allowed"
        ),
    ),
    "flavor: key": (
        {"flavor": "foo=1"},
        "flavor: 'foo=1': 'foo' is unknown: latest=, prefix=, suffix= and onlatest= are allowed",
    ),
    "flavor: latest": (
        {"flavor": "latest=yes"},
        "flavor: 'latest=yes': latest='yes': auto, true, false are allowed",
    ),
    "flavor: onlatest": (
        {"flavor": "prefix=a,onlatest=yes"},
        "flavor: 'prefix=a,onlatest=yes': onlatest='yes': true, false are allowed",
    ),
    "flavor: expression": (
        {"flavor": "prefix={{sha"},
        "flavor: 'prefix={{sha': '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "images: attribute": (
        {"images": "a/b,foo=1"},
        "images: 'a/b,foo=1': attribute 'foo' is unknown: name and enable are allowed",
    ),
    "images: enable": (
        {"images": "a/b,enable=yes"},
        "images: 'a/b,enable=yes': enable='yes': true or false are allowed",
    ),
    "images: no name": (
        {"images": "name="},
        "images: 'name=': the name is empty; write name=REGISTRY/OWNER/IMAGE",
    ),
    "images: enable alone": (
        {"images": "enable=true"},
        "images: 'enable=true': the name is empty; write name=REGISTRY/OWNER/IMAGE",
    ),
    "images: quote": (
        {"images": 'a"b'},
        (
            "images: 'a\"b': line 1: a quote inside a field; put the whole field in double "
            'quotes: "key=value"'
        ),
    ),
    "labels: expression": (
        {"labels": "a={{sha"},
        "labels: 'a={{sha': '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "annotations: expression": (
        {"annotations": "index:a={{sha"},
        "annotations: 'index:a={{sha': '{{sha' is opened and never closed; write '}}' behind it",
    ),
    "annotations: a slip in the level": (
        {"annotations": "manifset:a=b"},
        "annotations: 'manifset:a=b': 'manifset' is not a level; write manifest:a=…",
    ),
    "annotations: a slip in one of two levels": (
        {"annotations": "index,manifest-describtor[linux/amd64]:a=b:c"},
        (
            "annotations: 'index,manifest-describtor[linux/amd64]:a=b:c': 'manifest-describtor' "
            "is not a level; write index,manifest-descriptor[linux/amd64]:a=…"
        ),
    ),
    "annotation-levels": (
        {"annotation_levels": "image"},
        (
            "annotation-levels: 'image' is not a level: manifest, index, manifest-descriptor "
            "and index-descriptor are allowed"
        ),
    ),
    "pr-sha": ({"pr_sha": "base"}, "pr-sha: 'base': merge or head are allowed"),
    "open quote": (
        {"labels": 'a=1\n"b=2'},
        (
            "labels: line 2: a quote is opened and never closed; close it, or write it "
            "doubled inside a quoted field"
        ),
    ),
    "short sha in words": (
        {"environ": {"DOCKER_METADATA_SHORT_SHA_LENGTH": "seven"}},
        (
            "DOCKER_METADATA_SHORT_SHA_LENGTH: 'seven' is not a length: write a number of "
            "hex digits, for example 12"
        ),
    ),
    "short sha of nothing": (
        {"environ": {"DOCKER_METADATA_SHORT_SHA_LENGTH": "0"}},
        (
            "DOCKER_METADATA_SHORT_SHA_LENGTH: '0' is not a length: write a number of hex "
            "digits, for example 12"
        ),
    ),
    "switch": (
        {"environ": {"DOCKER_METADATA_PR_HEAD_SHA": "yes"}},
        (
            "DOCKER_METADATA_PR_HEAD_SHA: 'yes' is not a boolean: write one of true, True, "
            "TRUE, false, False, FALSE, 1, t, T, 0, f, F"
        ),
    ),
}


@pytest.mark.parametrize(("inputs", "problem"), WRONG.values(), ids=WRONG)
def test_parse__wrong(inputs: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        request.parse(**{"environ": {}, **inputs})  # type: ignore[arg-type]

    assert caught.value.what == problem


def test_parse__tells_every_problem_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        request.parse(
            images="name=",
            tags="type=foo\ntype=raw",
            flavor="x=1",
            labels="a={{",
            pr_sha="x",
            environ={},
        )

    assert caught.value.what.splitlines() == [
        "6 problems in the inputs for tags and labels:",
        "- images: 'name=': the name is empty; write name=REGISTRY/OWNER/IMAGE",
        f"- tags: 'type=foo': type='foo' is unknown: {TYPES} are allowed",
        "- tags: 'type=raw': attribute 'value' is missing: type=raw needs value=…",
        "- flavor: 'x=1': 'x' is unknown: latest=, prefix=, suffix= and onlatest= are allowed",
        "- labels: 'a={{': '{{' is opened and never closed; write '}}' behind it",
        "- pr-sha: 'x': merge or head are allowed",
    ]
    assert (caught.value.fix, caught.value.docs) == (
        "",
        "https://github.com/docker/metadata-action#inputs",
    )


WARNED = {
    "label without a value": ({"labels": "a"}, "labels: 'a' is left out: write key=value"),
    "label without a key": ({"labels": "=a"}, "labels: '=a' is left out: write key=value"),
    "label with an unknown name": (
        {"labels": "a={{version}}"},
        "labels: 'a={{version}}': {{version}} is not known here and expands to nothing",
    ),
    "annotation without a value": (
        {"annotations": "index:a"},
        "annotations: 'index:a' is left out: write key=value",
    ),
}


@pytest.mark.parametrize(("inputs", "warning"), WARNED.values(), ids=WARNED)
def test_parse__warns(inputs: dict[str, str], warning: str) -> None:
    found = request.parse(environ={}, **inputs)  # type: ignore[arg-type]

    assert found.warnings == (warning,)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("latest,1.0.0", ["latest", "1.0.0"]),
        ("latest, 1.0.0,", ["latest", "1.0.0"]),
        ('"latest,1.0.0"', ["latest", "1.0.0"]),
        ("a,b\nc,d", ["a", "b", "c", "d"]),
        ("v{{sha}},edge", ["v{{sha}}", "edge"]),
        ("latest,enable=true", ["latest,enable=true"]),
        ("{{date 'YYYY MM DD'}}", ["{{date 'YYYY MM DD'}}"]),
    ],
)
def test_tags__bare_words_between_commas_are_tags(text: str, tags: list[str]) -> None:
    assert [rule.text for rule in request.parse(tags=text, environ={}).rules] == tags


@pytest.mark.parametrize(
    "text", ["latest 1.0.0", "my tag", "v{{sha}} x", "latest\t1", "a, b c", "x\u00a0y"]
)
def test_tags__a_blank_in_a_bare_tag_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="a tag has no blank in it; write each tag on a line"):
        request.parse(tags=text, environ={})


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("type=raw,value=my tag", "'my tag' becomes 'my-tag'"),
        ("a/b", "'a/b' becomes 'a-b'"),
        ("1.0+build.5", "'1.0+build.5' becomes '1.0-build.5'"),
        ("ärger", "'ärger' becomes '-rger'"),
        ("ghcr.io/a/b:1", "becomes 'ghcr.io-a-b-1'"),
    ],
)
def test_tags__one_that_is_written_otherwise_is_told(text: str, becomes: str) -> None:
    (warning,) = request.parse(tags=text, environ={}).warnings

    assert becomes in warning


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("x/y:1", "x/y"),
        ("y:1", "y"),
        ("localhost:5000/x/y:1", "localhost:5000/x/y"),
        (f"x/y@sha256:{'0' * 64}", "x/y"),
        ("localhost:5000/x/y", ""),
        ("x/y", ""),
        ("y", ""),
        ("x/:1", ""),
        (":1", ""),
    ],
)
def test_images__a_name_with_a_tag_is_passed_on_with_a_warning(name: str, repository: str) -> None:
    found = request.parse(images=name, environ={})

    assert found.images == (name,)
    told = (
        f"images: {name!r} is no repository, and with a tag behind it no name of an image; write "
    )
    assert found.warnings == ((f"{told}{repository}",) if repository else ())
