"""What each target is called."""

from typing import Any

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.plans import bake_names as naming
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.values.reference import Reference, Repository, Tag
from tests.unit.buildx.bake import printed

IMAGES = (Repository("ghcr.io", "o/r"),)
RULES = (Tag("1.2.3"), Tag("latest"))
NAMES: list[tuple[str, list[str], tuple[Tag, ...] | None, list[str]]] = [
    ("a whole reference", ["ghcr.io/acme/app:1"], None, ["ghcr.io/acme/app:1"]),
    (
        "several",
        ["ghcr.io/acme/app:1", "quay.io/acme/app:1"],
        None,
        ["ghcr.io/acme/app:1", "quay.io/acme/app:1"],
    ),
    ("twice the same", ["ghcr.io/acme/app:1", "ghcr.io/acme/app:1"], None, ["ghcr.io/acme/app:1"]),
    ("capitals", ["ghcr.io/Acme/App:V1"], None, ["ghcr.io/acme/app:V1"]),
    ("Docker Hub", ["acme/app:1"], None, ["docker.io/acme/app:1"]),
    ("no tag, no rules", ["ghcr.io/acme/app"], None, ["ghcr.io/acme/app:latest"]),
    (
        "no tag, rules",
        ["ghcr.io/acme/app"],
        RULES,
        ["ghcr.io/acme/app:1.2.3", "ghcr.io/acme/app:latest"],
    ),
    ("a whole one is not for rules", ["ghcr.io/acme/app:x"], RULES, ["ghcr.io/acme/app:x"]),
    (
        "both",
        ["ghcr.io/acme/app:x", "ghcr.io/acme/app"],
        RULES[:1],
        ["ghcr.io/acme/app:x", "ghcr.io/acme/app:1.2.3"],
    ),
    ("a port", ["127.0.0.1:5000/app"], RULES[:1], ["127.0.0.1:5000/app:1.2.3"]),
]


@pytest.mark.parametrize(
    ("tags", "rules", "names"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES]
)
def test_of__the_names_of_a_target(
    tags: list[str], rules: tuple[Tag, ...] | None, names: list[str]
) -> None:
    target = printed.definition_of({"app": {"tags": tags}}).target("app")

    assert naming.of(target, rules=rules) == TargetNames(
        target="app", references=tuple(map(Reference.parse, names))
    )


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ({"output": ["type=registry,name=ghcr.io/acme/app:1"]}, ["ghcr.io/acme/app:1"]),
        (
            {"output": ['type=image,"name=ghcr.io/acme/app,quay.io/a/b:2",push=true']},
            ["quay.io/a/b:2", "ghcr.io/acme/app:latest"],
        ),
        ({"output": ["type=image,name=target,annotation.a=b"]}, []),
        ({"output": ["type=docker,name=ghcr.io/acme/app:1"]}, []),
        (
            {"tags": ["ghcr.io/acme/app:1"], "output": ["type=registry,name=ghcr.io/acme/app:2"]},
            ["ghcr.io/acme/app:1"],
        ),
    ],
)
def test_of__a_name_in_an_output_counts_where_there_are_no_tags(
    target: dict[str, Any], names: list[str]
) -> None:
    found = naming.of(printed.definition_of({"app": target}).target("app"), rules=None)

    assert [str(each) for each in found.references] == names


NONE: list[tuple[str, dict[str, Any], tuple[Tag, ...] | None, str]] = [
    ("no tags", {}, None, "it has no tags"),
    (
        "an output of its own",
        {"output": [{"type": "local", "dest": "out"}]},
        None,
        "it has no tags, and outputs of its own",
    ),
    (
        "no rule gives one",
        {"tags": ["ghcr.io/acme/app"]},
        (),
        "no rule of `tags` gives a tag for this event",
    ),
    (
        "the engine's own",
        {"tags": ["app:dev"]},
        None,
        "app:dev names no registry, it is for the engine alone",
    ),
]


@pytest.mark.parametrize(
    ("target", "rules", "why"), [row[1:] for row in NONE], ids=[row[0] for row in NONE]
)
def test_of__a_target_without_names_says_why(
    target: dict[str, Any], rules: tuple[Tag, ...] | None, why: str
) -> None:
    found = naming.of(printed.definition_of({"app": target}).target("app"), rules=rules)

    assert (found.target, found.references, found.why) == ("app", (), why)


def test_of__names_of_the_inputs_stand_in_place_of_its_own() -> None:
    target = printed.definition_of({"app": {"tags": ["ghcr.io/acme/app:1"]}}).target("app")
    other = Reference.parse("ghcr.io/acme/other:2")

    assert naming.of(target, rules=None, extra=(other,)).references == (other,)


WRONG: list[tuple[str, str, str]] = [
    ("a blank", "ghcr.io/acme/my app:1", "is not a repository"),
    ("a tag with a plus", "ghcr.io/acme/app:1+2", "has '+' in it"),
    ("an empty tag", "ghcr.io/acme/app:", "has an empty tag"),
    ("an address", "https://ghcr.io/acme/app:1", ""),
    ("a digest", f"ghcr.io/acme/app@sha256:{'0' * 64}", "has a digest"),
    ("an option", "--push", ""),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(("tag", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_own__refuses_and_names_the_target(tag: str, said: str) -> None:
    with pytest.raises(SettingsError, match="target 'app': `tags`") as refused:
        naming.own(printed.definition_of({"app": {"tags": [tag]}}).target("app"))

    assert said in refused.value.what


def test_match__by_name_by_glob_and_by_group() -> None:
    definition = printed.definition_of(
        {"web-a": {}, "web-b": {}, "db": {}}, back=["db"], web=["web-a", "web-b", "gone"]
    )

    assert naming.match("db", definition) == ("db",)
    assert naming.match("web-*", definition) == ("web-a", "web-b")
    assert naming.match("back", definition) == ("db",)
    assert naming.match("web", definition) == ("web-a", "web-b")
    assert naming.match("nobody", definition) == ()


def test_shared__one_tag_of_two_targets_is_refused() -> None:
    same = (Reference.parse("ghcr.io/acme/app:1"),)

    with pytest.raises(SettingsError, match="Two targets want one tag") as refused:
        naming.refuse_shared(
            (TargetNames(target="a", references=same), TargetNames(target="b", references=same))
        )

    assert refused.value.why == "ghcr.io/acme/app:1 is a name of 'a' and of 'b'"
    assert refused.value.code == "BAKE-SHARED-TAG"


def test_shared__one_repository_of_two_targets_is_fine() -> None:
    tags = [(Reference.parse(f"ghcr.io/acme/app:{tag}"),) for tag in ("a", "b")]

    naming.refuse_shared(
        (TargetNames(target="a", references=tags[0]), TargetNames(target="b", references=tags[1]))
    )


@pytest.mark.parametrize(("name", "near"), [("ap", "app"), ("databse", "database"), ("xyz", "")])
def test_nearest__what_is_meant(name: str, near: str) -> None:
    assert naming.nearest(name, ("app", "database")) == near


@pytest.mark.parametrize(
    ("members", "pattern"),
    [(("svc-a", "svc-b"), "svc-*"), (("a", "b"), ""), (("one",), "one"), ((), "")],
)
def test_matrix__a_pattern_for_the_members_of_its_group(
    members: tuple[str, ...], pattern: str
) -> None:
    assert naming.pattern_of_matrix({"svc": members}, "svc") == pattern


def test_repositories__its_own_else_below_the_image() -> None:
    definition = printed.definition_of({"web": {"tags": ["x/web:1", "x/web"]}, "Db": {}})

    assert list(map(str, naming.repositories(definition.target("web"), IMAGES))) == [
        "docker.io/x/web"
    ]
    assert list(map(str, naming.repositories(definition.target("Db"), IMAGES))) == [
        "ghcr.io/o/r/db"
    ]


def test_tagged__latest_where_there_is_none() -> None:
    assert str(naming.tagged(Reference.parse("x/y"))) == "docker.io/x/y:latest"
    assert str(naming.tagged(Reference.parse("x/y:1"))) == "docker.io/x/y:1"
    assert naming.tags(("1",)) == (Tag("1"),)
