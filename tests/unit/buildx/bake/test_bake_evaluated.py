"""What the checks say of each target's Dockerfile."""

import json
from typing import Any

import pytest

from ghcr_action.buildx.bake import evaluated
from ghcr_action.buildx.checks import Note
from ghcr_action.errors import ContentInvalid

CASING = {
    "ruleName": "StageNameCasing",
    "description": "Stage names should be lowercase",
    "detail": "Stage name 'X' should be lowercase",
    "url": "https://docs.docker.com/x",
    "location": {"ranges": [{"start": {"line": 3}, "end": {"line": 4}}]},
}
TOLD = (
    "Stage names should be lowercase Stage name 'X' should be lowercase https://docs.docker.com/x"
)


def answer(**targets: Any) -> str:
    return json.dumps({"target": targets})


def checked(context: str, *warnings: Any, dockerfile: str = "Dockerfile") -> dict[str, Any]:
    build = {"context": context, "dockerfile": dockerfile, "call": "lint"}
    return {"build": build, "check": {"warnings": list(warnings)}}


def test_notes__where_they_stand() -> None:
    found = evaluated.notes(answer(app=checked("app", CASING)), "services")

    title = "app: StageNameCasing"
    assert found == (
        Note(text=TOLD, file="services/app/Dockerfile", line=3, end_line=4, title=title),
    )


def test_notes__one_dockerfile_of_two_targets_is_told_once() -> None:
    assert len(evaluated.notes(answer(a=checked("x", CASING), b=checked("x", CASING)))) == 1
    assert len(evaluated.notes(answer(a=checked("x", CASING), b=checked("y", CASING)))) == 2


def test_notes__a_remote_dockerfile_has_no_line_here() -> None:
    found = evaluated.notes(answer(a=checked("https://example.org/r.git", CASING)))

    assert [note.file for note in found] == [""]


ODD: list[tuple[str, Any]] = [
    ("nothing", {}),
    ("no object", 1),
    ("no warnings", {"check": {}}),
    ("warnings that are none", {"check": {"warnings": [1, "x"]}}),
    ("warnings in a text", {"check": {"warnings": "x"}}),
]


@pytest.mark.parametrize("target", [row[1] for row in ODD], ids=[row[0] for row in ODD])
def test_notes__what_is_not_there_says_nothing(target: Any) -> None:
    assert evaluated.notes(answer(app=target)) == ()


@pytest.mark.parametrize("location", [None, {}, {"ranges": 1}, {"ranges": [1, {"start": {}}]}])
def test_notes__without_a_line(location: Any) -> None:
    warning = CASING | {"location": location, "ruleName": None}

    (found,) = evaluated.notes(answer(app=checked("", warning, dockerfile="")))

    assert (found.line, found.end_line, found.file) == (0, 0, "Dockerfile")
    assert found.title == "app: Build check"


@pytest.mark.parametrize("text", ["", "[]", '{"target": []}', "[" * 100_000, " " * (33 << 20)])
def test_notes__refuses_what_is_no_answer(text: str) -> None:
    with pytest.raises(ContentInvalid):
        evaluated.notes(text)
