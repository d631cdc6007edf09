"""The words of `--call=check`, recorded from buildx 0.29.1, as warnings."""

import pytest

from ghcr_action.buildx import call_answer
from ghcr_action.buildx.checks import BuildWarning

SAID = """\
Check complete, 2 warnings have been found!

WARNING: ConsistentInstructionCasing - https://docs.docker.com/go/dockerfile/rule/casing/
Command 'from' should match the case of the command majority (uppercase)
Dockerfile:1
--------------------
   1 | >>> from scratch
   2 |     COPY hello /hello
--------------------

WARNING: LegacyKeyValueFormat
"ENV key=value" should be used instead of legacy "ENV key value" format
Dockerfile:3
--------------------
   2 |     COPY hello /hello
   3 | >>> ENV a \\
   4 | >>>   b
--------------------

WARNING: InvalidBaseImagePlatform
Base image was pulled with another platform""".splitlines()


def test_warnings__each_with_its_place() -> None:
    assert call_answer.warnings("check", SAID) == (
        BuildWarning(
            text="Command 'from' should match the case of the command majority (uppercase)",
            rule="ConsistentInstructionCasing",
            url="https://docs.docker.com/go/dockerfile/rule/casing/",
            file="Dockerfile",
            line=1,
            end_line=1,
        ),
        BuildWarning(
            text='"ENV key=value" should be used instead of legacy "ENV key value" format',
            rule="LegacyKeyValueFormat",
            file="Dockerfile",
            line=3,
            end_line=4,
        ),
        BuildWarning(
            text="Base image was pulled with another platform", rule="InvalidBaseImagePlatform"
        ),
    )


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ("", SAID),
        ("outline", SAID),
        ("check", ["ERROR: failed to build: no such file"]),
        ("check", []),
    ],
    ids=["a build", "another call", "another error", "nothing said"],
)
def test_warnings__none_where_no_check_has_spoken(call: str, lines: list[str]) -> None:
    assert call_answer.warnings(call, lines) == ()
