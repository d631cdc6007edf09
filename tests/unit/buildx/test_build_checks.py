"""Checks of the Dockerfile: what is asked of the engine, where a warning stands, what stops the
run."""

import pytest

from ghcr_action.buildx import checks
from ghcr_action.buildx.checks import BuildWarning, Checks, Note
from ghcr_action.buildx.context import Context
from ghcr_action.errors import PolicyRefused

WARNING = BuildWarning(
    text="Casing differs",
    rule="FromAsCasing",
    detail="Use one casing",
    url="https://d/x",
    file="Dockerfile",
    line=3,
    end_line=4,
)
NOTE = Note(
    text="Casing differs Use one casing https://d/x",
    file="app/Dockerfile",
    line=3,
    end_line=4,
    title="FromAsCasing",
)


@pytest.mark.parametrize(
    ("mode", "given", "expected"),
    [
        (Checks.OFF, (), ("BUILDKIT_DOCKERFILE_CHECK=skip=all",)),
        (Checks.OFF, ("BUILDKIT_DOCKERFILE_CHECK=skip=FromAsCasing",), ()),
        (Checks.WARN, (), ()),
        (Checks.ERROR, ("A=1",), ()),
    ],
)
def test_build_args__only_to_switch_them_off(
    mode: Checks, given: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert checks.build_args(mode, given) == expected


@pytest.mark.parametrize(
    ("file", "context", "is_git", "expected"),
    [
        ("", ".", False, "Dockerfile"),
        ("", "app", False, "app/Dockerfile"),
        ("", "./app/", False, "app/Dockerfile"),
        ("docker/prod.Dockerfile", ".", False, "docker/prod.Dockerfile"),
        ("./Dockerfile", "app", False, "Dockerfile"),
        ("", "https://github.com/octo/app.git#main", True, ""),
        ("docker/Dockerfile", "https://github.com/octo/app.git#main", True, "docker/Dockerfile"),
        ("https://example.com/Dockerfile", ".", False, ""),
        ("", "https://example.com/context.tar.gz", False, ""),
    ],
)
def test_dockerfile__its_path_in_the_work_tree(
    file: str, context: str, is_git: bool, expected: str
) -> None:
    assert checks.dockerfile(file, Context(value=context, is_git=is_git, why="")) == expected


@pytest.mark.parametrize(
    ("named", "path", "expected"),
    [
        ("Dockerfile", "app/Dockerfile", "app/Dockerfile"),
        ("dockerfile", "app/Dockerfile", "app/dockerfile"),
        ("prod.Dockerfile", "docker/prod.Dockerfile", "docker/prod.Dockerfile"),
        ("other", "app/Dockerfile", "other"),
        ("Dockerfile", "", "Dockerfile"),
    ],
)
def test_located__what_the_engine_names_without_directories(
    named: str, path: str, expected: str
) -> None:
    assert checks.located(named, path) == expected


def test_notes__each_once_where_it_stands() -> None:
    assert checks.notes((WARNING, WARNING), "app/Dockerfile") == (NOTE,)
    assert checks.notes((BuildWarning(text="Something"),), "") == (
        Note(text="Something", file="", line=0, end_line=0, title="Build check"),
    )


@pytest.mark.parametrize(
    ("mode", "found"), [(Checks.WARN, (NOTE,)), (Checks.ERROR, ()), (Checks.OFF, (NOTE,))]
)
def test_refuse__does_not(mode: Checks, found: tuple[Note, ...]) -> None:
    checks.refuse(mode, found)


@pytest.mark.parametrize(
    ("found", "says"), [((NOTE,), "gave 1 warning;"), ((NOTE, NOTE), "gave 2 warnings;")]
)
def test_refuse__says_where_and_what(found: tuple[Note, ...], says: str) -> None:
    with pytest.raises(PolicyRefused) as raised:
        checks.refuse(Checks.ERROR, found)

    assert says in raised.value.what
    assert raised.value.why.startswith(
        "app/Dockerfile:3: FromAsCasing: Casing differs Use one casing https://d/x"
    )
