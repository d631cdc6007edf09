"""What bake prints, read: every form of every member, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.buildx.bake import definition
from ghcr_action.buildx.bake.definition import Target
from ghcr_action.errors import ContentInvalid
from tests.unit.buildx.bake import printed

MEMBERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("nothing", {}, {}),
    ("context", {"context": "app"}, {"context": "app"}),
    ("no context", {"context": ""}, {"context": "."}),
    ("dockerfile", {"dockerfile": "web.Dockerfile"}, {"dockerfile": "web.Dockerfile"}),
    ("inline", {"dockerfile-inline": "FROM scratch\n"}, {"is_inline": True}),
    ("stage", {"target": "release"}, {"stage": "release"}),
    ("network", {"network": "host"}, {"network": "host"}),
    ("args", {"args": {"A": "1", "B": ""}}, {"args": (("A", "1"), ("B", ""))}),
    ("a null argument", {"args": {"A": None, "B": "2"}}, {"args": (("B", "2"),)}),
    ("labels", {"labels": {"l": "m"}}, {"labels": (("l", "m"),)}),
    ("annotations", {"annotations": ["index:a=b"]}, {"annotations": ("index:a=b",)}),
    ("tags", {"tags": ["x/y:1", "x/y"]}, {"tags": ("x/y:1", "x/y")}),
    ("platforms", {"platforms": ["linux/amd64"]}, {"platforms": ("linux/amd64",)}),
    (
        "platforms as `--set` writes them",
        {"platforms": ["linux/amd64,linux/arm64, linux/386", ""]},
        {"platforms": ("linux/amd64", "linux/arm64", "linux/386")},
    ),
    ("entitlements", {"entitlements": ["network.host"]}, {"entitlements": ("network.host",)}),
    ("a null list", {"tags": None}, {}),
    (
        "output object",
        {"output": [{"type": "oci", "dest": "x"}]},
        {"outputs": ((("type", "oci"), ("dest", "x")),)},
    ),
    (
        "output text",
        {"output": ['type=image,"name=a,b"']},
        {"outputs": ((("type", "image"), ("name", "a,b")),)},
    ),
    ("output path", {"output": ["out"]}, {"outputs": ((("", "out"),),)}),
    ("attest object", {"attest": [{"type": "sbom"}]}, {"attests": ((("type", "sbom"),),)}),
    (
        "attest text",
        {"attest": ["type=sbom,disabled=true"]},
        {"attests": ((("type", "sbom"), ("disabled", "true")),)},
    ),
    (
        "a boolean member",
        {"attest": [{"type": "sbom", "disabled": True}]},
        {"attests": ((("type", "sbom"), ("disabled", "true")),)},
    ),
    ("secret", {"secret": [{"id": "a", "env": "B"}]}, {"secrets": ((("id", "a"), ("env", "B")),)}),
    ("ssh", {"ssh": [{"id": "default"}]}, {"ssh": ((("id", "default"),),)}),
    (
        "ssh with paths",
        {"ssh": [{"id": "k", "paths": ["a", "b"]}]},
        {"ssh": ((("id", "k"), ("paths", "a"), ("paths", "b")),)},
    ),
    ("ssh text", {"ssh": ["default"]}, {"ssh": ((("", "default"),),)}),
    (
        "cache",
        {"cache-from": [{"type": "gha"}], "cache-to": ["type=inline"]},
        {"cache_from": ((("type", "gha"),),), "cache_to": ((("type", "inline"),),)},
    ),
]


@pytest.mark.parametrize(
    ("given_", "found"), [row[1:] for row in MEMBERS], ids=[row[0] for row in MEMBERS]
)
def test_target__each_member_as_it_is_printed(
    given_: dict[str, Any], found: dict[str, Any]
) -> None:
    read = printed.definition_of({"app": given_})

    assert read.targets == (Target(name="app", document=given_, **found),)
    assert read.target("app").document == given_


SELECTED: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
    ("all", printed.text({"a": {}, "b": {}}), ("a", "b"), ()),
    ("one", printed.text({"a": {}}, "a"), ("a",), ()),
    (
        "a linked one",
        printed.text({"a": {"contexts": {"x": "target:b"}}, "b": {}}, "a"),
        ("a",),
        ("b",),
    ),
    (
        "a linked one that is asked for",
        printed.text({"a": {"contexts": {"x": "target:b"}}, "b": {}}),
        ("a", "b"),
        (),
    ),
    ("a matrix", printed.text({"a-1": {}, "a-2": {}}, "a", a=["a-1", "a-2"]), ("a-1", "a-2"), ()),
    (
        "groups of groups",
        printed.text({"a": {}, "b": {}}, "g", g=["h", "a"], h=["b"]),
        ("b", "a"),
        (),
    ),
    ("twice", printed.text({"a": {}, "b": {}}, "g", "a", g=["a", "b"]), ("a", "b"), ()),
    ("a group in a ring", printed.text({"a": {}}, "g", g=["h"], h=["g", "a"]), ("a",), ()),
    ("a group of a target's name", printed.text({"a": {}, "b": {}}, "a", a=["b"]), ("b",), ("a",)),
    (
        "nobody",
        json.dumps({"target": {"a": {}}, "group": {"default": {"targets": []}}}),
        (),
        ("a",),
    ),
    ("nothing", json.dumps({"group": {"default": {}}}), (), ()),
]


@pytest.mark.parametrize(
    ("text", "asked", "linked"), [row[1:] for row in SELECTED], ids=[row[0] for row in SELECTED]
)
def test_definition__asked_and_linked(
    text: str, asked: tuple[str, ...], linked: tuple[str, ...]
) -> None:
    read = definition.parse(text)

    assert read.asked == asked
    assert tuple(target.name for target in read.wanted) == asked
    assert tuple(target.name for target in read.linked) == linked


def test_needs__all_that_a_target_builds_on() -> None:
    link = {"contexts": {"x": "target:b", "y": "docker-image://z", "w": "target:c"}}
    read = printed.definition_of(
        {"a": link, "b": {"contexts": {"x": "target:c"}}, "c": {}, "d": {}}
    )

    assert read.needs("a") == ("a", "b", "c")
    assert read.needs("d") == ("d",)


REFUSED: list[tuple[str, str, str]] = [
    ("no JSON", "#1 reading", "no JSON"),
    ("too deep", "[" * 100_000, "no JSON"),
    ("a list", "[]", "no object"),
    ("too large", '"' + " " * definition.MAX_BYTES + '"', "more than 8 MiB"),
    ("targets in a list", '{"target": [1]}', "'target' is no object"),
    ("a target that is none", '{"target": {"a": 1}}', "target 'a' is none"),
    ("a name with a blank", '{"target": {"a b": {}}}', "target 'a b' is none"),
    ("a name that is an option", '{"target": {"a=b": {}}}', "target 'a=b' is none"),
    ("too many targets", json.dumps({"target": {f"t{n}": {} for n in range(501)}}), "at most 500"),
    ("a text that is an object", '{"target": {"a": {"context": {}}}}', ("'context' of target 'a' is "
                                                                       "no text")),
    ("half a character", '{"target": {"a": {"context": "\\ud800"}}}', "is no text"),
    ("a zero byte", '{"target": {"a": {"tags": ["x\\u0000y"]}}}', "is no text"),
    ("too long a text", json.dumps({"target": {"a": {"args": {"x": "y" * (definition.MAX_TEXT + 1)}}}}), "at most 256 KiB"),
    ("tags in a text", '{"target": {"a": {"tags": "x"}}}', "'tags' of target 'a' is no list"),
    ("too many tags", json.dumps({"target": {"a": {"tags": ["x"] * 2001}}}), "at most 2000 items"),
    ("arguments in a list", '{"target": {"a": {"args": ["x"]}}}', ("'args' of target 'a' is no "
                                                                  "object")),
    ("an output of numbers", '{"target": {"a": {"output": [[1]]}}}', ("'output' of target 'a' is no "
                                                                     "text")),
    ("an output with a broken quote", '{"target": {"a": {"output": ["type=\\"x"]}}}', ("'output' of "
                                                                                      "target 'a' "
                                                                                      "can't be "
                                                                                      "read")),
    ("a link to nobody", ('{"target": {"a": {"contexts": {"x": "target:b"}}}, "group": {"default": '
                         '{"targets": ["a"]}}}'), "'b' is built on"),
    ("an asked one that is not there", '{"target": {}, "group": {"default": {"targets": ["a"]}}}', "'a' is asked for"),
    ("no group", '{"target": {"a": {}}}', "'default' is asked for"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_parse__refuses(text: str, why: str) -> None:
    with pytest.raises(ContentInvalid, match="What buildx prints of the definition") as refused:
        definition.parse(text)

    assert why in refused.value.why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "target", "tags", "output", "contexts"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(document=JSON)
def test_parse__of_anything_reads_or_refuses(document: object) -> None:
    try:
        definition.parse(
            json.dumps({"target": {"a": document}, "group": {"default": {"targets": ["a"]}}})
        )
        definition.parse(json.dumps(document))
    except ContentInvalid:
        pass
