"""Outputs and bake files, byte for byte."""

import json

import pytest

from ghcr_action.metadata import outputs, request
from ghcr_action.metadata.compute import Metadata

METADATA = Metadata(
    version="1.2.3",
    tags=("a/b:1.2.3", "a/b:latest", "c/d:1.2.3", "c/d:latest"),
    tag_names=("1.2.3", "latest"),
    images=("a/b", "c/d"),
    labels={"k": "v", "größe": 'x="1"'},
    annotations=("index:k=v", "manifest:k=v"),
)
NOTHING = Metadata(version="", tags=(), tag_names=(), images=(), labels={}, annotations=())


def test_outputs__all() -> None:
    assert outputs.outputs(METADATA, request.parse(environ={})) == (
        ("version", "1.2.3"),
        ("tags", "a/b:1.2.3\na/b:latest\nc/d:1.2.3\nc/d:latest"),
        ("tag-names", "1.2.3\nlatest"),
        ("labels", 'k=v\ngröße=x="1"'),
        ("annotations", "index:k=v\nmanifest:k=v"),
        (
            "json",
            (
                '{"tags":["a/b:1.2.3","a/b:latest","c/d:1.2.3","c/d:latest"],"tag-names":["1.2.3","latest"],'
                '"labels":{"k":"v","größe":"x=\\"1\\""},"annotations":["index:k=v","manifest:k=v"]}'
            ),
        ),
    )


def test_outputs__nothing() -> None:
    assert outputs.outputs(NOTHING, request.parse(environ={})) == (
        ("version", ""),
        ("tags", ""),
        ("tag-names", ""),
        ("labels", ""),
        ("annotations", ""),
        ("json", '{"tags":[],"tag-names":[],"labels":{},"annotations":[]}'),
    )


def test_outputs__separators() -> None:
    wanted = request.parse(sep_tags=",", sep_labels=" ", sep_annotations="|", environ={})

    assert outputs.outputs(METADATA, wanted)[1:5] == (
        ("tags", "a/b:1.2.3,a/b:latest,c/d:1.2.3,c/d:latest"),
        ("tag-names", "1.2.3,latest"),
        ("labels", 'k=v größe=x="1"'),
        ("annotations", "index:k=v|manifest:k=v"),
    )


ARGS = {"DOCKER_META_IMAGES": "a/b,c/d", "DOCKER_META_VERSION": "1.2.3"}
TAGS = list(METADATA.tags)
BAKED = {
    "bake-file-tags": ("docker-metadata-action-bake-tags.json", {"tags": TAGS, "args": ARGS}),
    "bake-file-labels": ("docker-metadata-action-bake-labels.json", {"labels": METADATA.labels}),
    "bake-file-annotations": (
        "docker-metadata-action-bake-annotations.json",
        {"annotations": list(METADATA.annotations)},
    ),
    "bake-file": (
        "docker-metadata-action-bake.json",
        {"tags": TAGS, "labels": METADATA.labels, "args": ARGS},
    ),
}


def test_bake_files__all() -> None:
    found = outputs.bake_files(METADATA, request.parse(bake_target="app", environ={}))

    assert {name: (file, json.loads(content)) for name, file, content in found} == {
        name: (file, {"target": {"app": definition}}) for name, (file, definition) in BAKED.items()
    }


def test_bake_files__as_text() -> None:
    found = outputs.bake_files(METADATA, request.parse(environ={}))

    assert found[1][2].decode() == (
        '{\n  "target": {\n    "docker-metadata-action": {\n      "labels": {\n        "k": "v",\n'
        '        "größe": "x=\\"1\\""\n      }\n    }\n  }\n}'
    )


def test_bake_files__without_a_version() -> None:
    found = outputs.bake_files(NOTHING, request.parse(environ={}))

    assert json.loads(found[0][2]) == {
        "target": {"docker-metadata-action": {"tags": [], "args": {"DOCKER_META_IMAGES": ""}}}
    }


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("version", "DOCKER_METADATA_OUTPUT_VERSION"),
        ("tag-names", "DOCKER_METADATA_OUTPUT_TAG_NAMES"),
        ("bake-file-tags", "DOCKER_METADATA_OUTPUT_BAKE_FILE_TAGS"),
    ],
)
def test_variable__of_output(output: str, expected: str) -> None:
    assert outputs.variable(output) == expected
