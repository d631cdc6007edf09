"""Configs of images, and of what is no image."""

import json

import pytest

from ghcr_action.values import image_config
from ghcr_action.values.image_config import ImageConfig, Instruction
from ghcr_action.values.platform import Platform


def test_parse__an_images_config() -> None:
    found = image_config.parse(
        json.dumps(
            {
                "os": "linux",
                "architecture": "arm",
                "variant": "v7",
                "created": "2026-01-01T00:00:00Z",
                "config": {"Labels": {"a": "b"}},
                "history": [
                    {"created_by": "RUN x"},
                    {"created_by": "ENV a=b", "empty_layer": True},
                ],
            }
        ).encode()
    )

    assert found == ImageConfig(
        platform=Platform("linux", "arm", "v7"),
        created="2026-01-01T00:00:00Z",
        labels={"a": "b"},
        history=(Instruction(command="RUN x"), Instruction(command="ENV a=b", is_empty=True)),
    )
    assert found.labels == {"a": "b"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"config": [], "history": {}}',
        b'{"config": {"Labels": []}, "history": [1], "created": null}',
    ],
    ids=["nothing", "a list", "empty", "nested without end", "wrong shapes", "wrong shapes inside"],
)
def test_parse__anything_else_says_nothing(raw: bytes) -> None:
    assert image_config.parse(raw) == ImageConfig()


def test_parse__half_a_character_becomes_a_question_mark() -> None:
    """JSON can spell a lone surrogate, which no report could be written with; a pair of them is one
    character."""
    found = image_config.parse(
        rb'{"os": "linux", "architecture": "\ud800", "history": [{"created_by": "RUN \ud83d\ude00 \udc00"}]}'
    )

    assert found == ImageConfig(
        platform=Platform("linux", "?"), history=(Instruction(command="RUN \U0001f600 ?"),)
    )
