"""scripts/release, on a copy of what it changes: separate, because a release happens where no test
runs."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/release"))
IMAGE = f"ghcr.io/octo/ghcr-action@sha256:{'a' * 64}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "action.yml",
        "README.md",
        "zensical.toml",
        "ghcr_action/__init__.py",
        "ghcr_action/main.py",
        "docs/metadata.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- A change.\n\n## 1.0.0\n\n- The first.\n"
    )
    return tmp_path


def texts(tree: Path) -> dict[str, str]:
    return {
        str(path.relative_to(tree)): path.read_text() for path in tree.rglob("*") if path.is_file()
    }


def test_release__prepare_writes_version_and_names(tree: Path) -> None:
    before = texts(tree)

    RELEASE["prepare"](tree, "1.1.0", "octo/ghcr-action")

    named = {
        name: text.replace("OWNER/ghcr-action", "octo/ghcr-action") for name, text in before.items()
    }
    old = next(
        line
        for line in before["ghcr_action/__init__.py"].splitlines()
        if line.startswith("__version__")
    )
    assert texts(tree) == named | {
        "CHANGELOG.md": before["CHANGELOG.md"].replace("## Unreleased", "## 1.1.0"),
        "ghcr_action/__init__.py": before["ghcr_action/__init__.py"].replace(
            old, '__version__ = "1.1.0"'
        ),
        "action.yml": before["action.yml"],
    }


def test_release__pin_names_the_image_by_digest(tree: Path) -> None:
    before = texts(tree)

    RELEASE["pin"](tree, IMAGE)

    assert texts(tree) == before | {
        "action.yml": before["action.yml"].replace(
            "  image: Dockerfile\n", f"  image: docker://{IMAGE}\n"
        )
    }


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            lambda tree: RELEASE["prepare"](tree, "v1.1.0", "octo/x"),
            "'v1.1.0' is not a version such as 1.2.3 or 1.3.0-rc.1",
        ),
        (lambda tree: RELEASE["prepare"](tree, "1.1.0", "octo"), "'octo' is not OWNER/NAME"),
        (
            lambda tree: RELEASE["pin"](tree, "ghcr.io/octo/ghcr-action:1"),
            "'ghcr.io/octo/ghcr-action:1' is not NAME@sha256:DIGEST",
        ),
        (
            lambda tree: [RELEASE["pin"](tree, IMAGE) for _ in "12"],
            "action.yml does not build from the Dockerfile; is this a release already?",
        ),
        (
            lambda tree: [RELEASE["prepare"](tree, "1.1.0", "octo/x") for _ in "12"],
            "CHANGELOG.md has nothing under `## Unreleased`",
        ),
        (lambda _: RELEASE["main"](["pin"]), None),
    ],
    ids=["version", "repository", "tag", "twice", "nothing new", "usage"],
)
def test_release__refuses(tree: Path, step: Callable[[Path], object], said: str | None) -> None:
    with pytest.raises(SystemExit) as ended:
        step(tree)

    assert ended.value.code == (f"release: {said}" if said else RELEASE["__doc__"])
