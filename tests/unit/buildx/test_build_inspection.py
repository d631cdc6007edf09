"""What buildx prints of a builder."""

import pytest

from ghcr_action.buildx import builder_facts
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.platform import Platform

AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Name: a\nDriver: docker\nPlatforms: linux/amd64, linux/arm64\n",
            BuilderFacts(driver="docker", platforms=(AMD, ARM)),
        ),
        (
            "Driver: remote\nPlatforms: linux/amd64*\nPlatforms: linux/arm64, linux/amd64\n",
            BuilderFacts(driver="remote", platforms=(AMD, ARM)),
        ),
        (
            "Driver: docker-container\nStatus: inactive\nPlatforms:\n",
            BuilderFacts(driver="docker-container"),
        ),
        ("", BuilderFacts(driver="")),
    ],
    ids=["one node", "two nodes", "not started", "nothing"],
)
def test_builder__driver_and_platforms(text: str, expected: BuilderFacts) -> None:
    assert builder_facts.builder(text) == expected
