"""The definition that is built."""

import json
from typing import Any

import pytest

from ghcr_action.buildx.bake import plan_file
from ghcr_action.buildx.bake.plan_file import Edit
from tests.unit.buildx.bake import printed

PUSHED = "type=image,name=ghcr.io/acme/app,push-by-digest=true,name-canonical=true,push=true"
EDITS: list[tuple[str, dict[str, Any], Edit, dict[str, Any]]] = [
    (
        "published",
        {"context": "app", "tags": ["x:1"]},
        Edit(target="app", output=PUSHED),
        {"context": "app", "output": [PUSHED]},
    ),
    ("only built", {"tags": ["x:1"]}, Edit(target="app"), {"output": ["type=cacheonly"]}),
    (
        "only built, with an output of its own",
        {"output": [{"type": "local", "dest": "out"}]},
        Edit(target="app"),
        {"output": ["type=local,dest=out"]},
    ),
    (
        "published, with another output",
        {
            "output": [
                {"type": "local", "dest": "out"},
                {"type": "image", "push": "true"},
                {"type": "cacheonly"},
            ]
        },
        Edit(target="app", output=PUSHED),
        {"output": ["type=local,dest=out", PUSHED]},
    ),
    (
        "an output that holds an image is called as that is",
        {
            "tags": ["x:1"],
            "output": [{"type": "oci", "dest": "o.tar"}, {"type": "local", "dest": "out"}],
        },
        Edit(target="app", output=PUSHED, names=("x:1", "x:2")),
        {"output": ['type=oci,dest=o.tar,"name=x:1,x:2"', "type=local,dest=out", PUSHED]},
    ),
    (
        "no name, no call, no description",
        {"call": "check", "description": "x"},
        Edit(target="app"),
        {"output": ["type=cacheonly"]},
    ),
    (
        "labels of ours where it has none",
        {"labels": {"a": "own"}},
        Edit(target="app", labels={"a": "ours", "b": "$${x} %{y} ${z}"}),
        {"labels": {"a": "own", "b": "$$${x} %%{y} $${z}"}, "output": ["type=cacheonly"]},
    ),
    (
        "annotations of ours where it has none",
        {"annotations": ["index:a=own", "b=own"]},
        Edit(
            target="app", annotations=("manifest:a=ours", "index:b=ours", "index,manifest:c=${x}")
        ),
        {
            "annotations": ["index,manifest:c=$${x}", "index:a=own", "b=own"],
            "output": ["type=cacheonly"],
        },
    ),
    (
        "platforms",
        {"platforms": ["linux/amd64", "linux/arm64"]},
        Edit(target="app", platforms=("linux/arm64",)),
        {"platforms": ["linux/arm64"], "output": ["type=cacheonly"]},
    ),
    (
        "attestations and caches",
        {"attest": [{"type": "sbom"}], "cache-from": [{"type": "gha"}]},
        Edit(
            target="app",
            attests=("type=provenance,mode=max",),
            cache_from=("type=gha,scope=x",),
            cache_to=("type=gha,scope=x",),
        ),
        {
            "attest": [{"type": "sbom"}, "type=provenance,mode=max"],
            "cache-from": [{"type": "gha"}, "type=gha,scope=x"],
            "cache-to": ["type=gha,scope=x"],
            "output": ["type=cacheonly"],
        },
    ),
    (
        "for this machine only",
        {
            "cache-to": [{"type": "gha"}],
            "attest": [{"type": "sbom"}],
            "output": ["out"],
            "annotations": ["index:a=b", "index,manifest:c=d"],
        },
        Edit(target="app", is_bare=True, output="type=docker,name=app:1"),
        {
            "attest": ["type=provenance,disabled=true"],
            "output": ["type=docker,name=app:1"],
            "annotations": ["manifest:c=d"],
        },
    ),
    (
        "for this machine only, of several platforms",
        {"annotations": ["index:a=b"], "platforms": ["linux/amd64", "linux/arm64"]},
        Edit(target="app", is_bare=True),
        {
            "attest": ["type=provenance,disabled=true"],
            "output": ["type=cacheonly"],
            "annotations": ["index:a=b"],
            "platforms": ["linux/amd64", "linux/arm64"],
        },
    ),
    (
        "arguments of ours where it has none",
        {"args": {"A": "own"}},
        Edit(target="app", args=(("A", "ours"), ("B", "${x}"))),
        {"args": {"A": "own", "B": "$${x}"}, "output": ["type=cacheonly"]},
    ),
    (
        "what nobody changes",
        {
            "args": {"A": "$${x}"},
            "secret": [{"id": "a", "env": "B"}],
            "ulimits": ["nofile=1"],
            "later": {"key": 1},
        },
        Edit(target="app"),
        {
            "args": {"A": "$${x}"},
            "secret": [{"id": "a", "env": "B"}],
            "ulimits": ["nofile=1"],
            "later": {"key": 1},
            "output": ["type=cacheonly"],
        },
    ),
]


@pytest.mark.parametrize(
    ("target", "edit", "written"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS]
)
def test_text__one_target_as_it_is_built(
    target: dict[str, Any], edit: Edit, written: dict[str, Any]
) -> None:
    found = json.loads(plan_file.text(printed.definition_of({"app": target}), (edit,)))

    assert found == {"target": {"app": written}}


def test_text__a_linked_target_is_built_and_goes_nowhere() -> None:
    definition = printed.definition_of(
        {
            "app": {"contexts": {"x": "target:base"}},
            "base": {"context": "b", "tags": ["x"], "output": [{"type": "image"}]},
        },
        "app",
    )

    found = json.loads(plan_file.text(definition, (Edit(target="app", output=PUSHED),)))

    assert found["target"]["base"] == {"context": "b", "output": ["type=cacheonly"]}
