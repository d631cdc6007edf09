"""scripts/release, on a copy of what it changes: separate, because a release happens where no test
runs."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghcr_action.settings import parse
from ghcr_action.settings.publish import PublishSettings
from tests.fakes.events import push_event

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
        *(
            (
                lambda tree, version=version: RELEASE["prepare"](tree, version, "octo/x"),
                f"'{version}' is not a version such as 1.2.3 or 1.3.0-rc.1",
            )
            for version in (
                "01.2.3",
                "1.02.3",
                "1.2.03",
                "1.2.3-01",
                "1.2.3-",
                "1.2.3-a..b",
                "1.2.3+b",
            )
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
    ids=[
        "version",
        *("a number with 0 first, or an empty part",) * 7,
        "repository",
        "tag",
        "twice",
        "nothing new",
        "usage",
    ],
)
def test_release__refuses(tree: Path, step: Callable[[Path], object], said: str | None) -> None:
    with pytest.raises(SystemExit) as ended:
        step(tree)

    assert ended.value.code == (f"release: {said}" if said else RELEASE["__doc__"])


TAGS = {
    "target": "tag",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["refs/tags/v*.*.*"], "exclude": []}},
    "rules": [{"type": "deletion"}, {"type": "update"}],
}


@pytest.mark.parametrize(
    ("rulesets", "missing"),
    [
        ([TAGS], ""),
        ([TAGS | {"conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}}}], ""),
        ([], "deletion and update"),
        ([TAGS | {"enforcement": "evaluate"}], "deletion and update"),
        ([TAGS | {"target": "branch"}], "deletion and update"),
        ([TAGS | {"rules": [{"type": "deletion"}]}], "update"),
        (
            [TAGS | {"conditions": {"ref_name": {"include": ["refs/tags/w*"], "exclude": []}}}],
            "deletion and update",
        ),
        (
            [
                TAGS
                | {"conditions": {"ref_name": {"include": ["~ALL"], "exclude": ["refs/tags/v*"]}}}
            ],
            "deletion and update",
        ),
    ],
    ids=["held", "all", "none", "not enforced", "of branches", "one rule", "others", "excluded"],
)
def test_release__rules_that_keep_a_version_where_it_is(
    rulesets: list[dict[str, object]], missing: str
) -> None:
    said = RELEASE["rules"](rulesets)

    assert said.startswith(f"No active tag ruleset restricts {missing} of") if missing else not said


def test_release__writes_from_the_default_branch_in_an_environment() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]

    writing = {
        name
        for name, job in jobs.items()
        if name not in ("use", "site") and "write" in job.get("permissions", {}).values()
    }
    assert {name for name, job in jobs.items() if job.get("environment") == "release"} == writing
    assert "default_branch" in str(jobs["check"]["steps"][1])
    assert "needs" not in jobs["check"]


def test_release__publishes_what_it_signs() -> None:
    """By the same reading of the step's inputs as a run's."""
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    given = next(step["with"] for step in jobs["image"]["steps"] if step.get("id") == "image")
    texts = {name: str(value).replace("True", "true") for name, value in given.items()}

    found, _ = parse.settings(texts | {"tags": "1.2.3", "github-token": "t"}, {}, push_event())

    assert isinstance(found, PublishSettings)
    assert found.push is True
    assert found.policy.immutable == ("*",)


def test_release__verification_pins_the_ref() -> None:
    page = (ROOT / "docs/security.md").read_text()

    assert page.count("release.yml@refs/heads/main") == 2
    assert "identity-regexp" not in page
