"""The scripts of release.yml that write Git tags, as bash runs them, against a bare repository and
a `gh` that only notes its arguments."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.testbed import ROOT

JOBS = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
IMAGE = f"ghcr.io/octo/ghcr-action@sha256:{'a' * 64}"
GH = """#!/bin/sh
[ "$2" != view ] || exec grep --quiet --fixed-strings "release create $3 " "$HOME/asked"
echo "$@" >>"$HOME/asked"
"""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A work tree, its origin, and what `gh` was asked for."""

    root: Path
    home: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self._environ(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def run(self, script: str, **environment: str) -> str:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        environ = self._environ() | environment
        return subprocess.run(
            command, cwd=self.root, env=environ, capture_output=True, text=True, check=True
        ).stdout

    def release(self, version: str) -> None:
        """A commit with this version's tag, as the job before has left it."""
        self.git("commit", "--quiet", "--allow-empty", "--message", version)
        self.git("tag", f"v{version}")
        self.git("push", "--quiet", "origin", f"refs/tags/v{version}")

    def remote_tag(self, name: str) -> str:
        """The commit of a tag at the origin; empty where there is none."""
        listed = self.git("ls-remote", "origin", f"refs/tags/{name}", f"refs/tags/{name}^{{}}")
        return listed.splitlines()[-1].split()[0] if listed else ""

    @property
    def asked(self) -> list[str]:
        return (self.home / "asked").read_text().splitlines()

    def _environ(self) -> dict[str, str]:
        me = {
            f"GIT_{who}_{what}": "e2e@localhost"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        return me | {
            "PATH": f"{self.home}:/usr/bin:/bin",
            "HOME": str(self.home),
            "GITHUB_REPOSITORY": "octo/ghcr-action",
        }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    found = Checkout(root=tmp_path / "tree", home=tmp_path / "home")
    found.root.mkdir()
    found.home.mkdir()
    (found.home / "gh").write_text(GH)
    (found.home / "gh").chmod(0o755)
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "origin"], check=True)
    for name in (
        "README.md",
        "zensical.toml",
        "action.yml",
        "ghcr_action/__init__.py",
        "ghcr_action/main.py",
        "scripts/release",
    ):
        (found.root / name).parent.mkdir(parents=True, exist_ok=True)
        (found.root / name).write_bytes((ROOT / name).read_bytes())
    (found.root / "scripts/release").chmod(0o755)
    (found.root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- This one.\n\n## 0.9.0\n\n- The first.\n"
    )
    found.git("init", "--quiet", "--initial-branch=main")
    found.git("remote", "add", "origin", str(tmp_path / "origin"))
    found.git("add", ".")
    found.git("commit", "--quiet", "--message", "The source")
    return found


def test_release__the_tag_holds_a_commit_that_names_the_image(checkout: Checkout) -> None:
    source = checkout.git("rev-parse", "HEAD")

    checkout.run(JOBS["tag"]["steps"][-1]["run"], VERSION="1.1.0", IMAGE=IMAGE)

    assert checkout.git("rev-parse", "v1.1.0^{commit}~1") == source
    assert checkout.remote_tag("v1.1.0") == checkout.git("rev-parse", "v1.1.0^{commit}")
    assert checkout.git("ls-remote", "--heads", "origin") == ""
    assert f"\n  image: docker://{IMAGE}\n" in checkout.git("show", "v1.1.0:action.yml")
    assert '__version__ = "1.1.0"' in checkout.git("show", "v1.1.0:ghcr_action/__init__.py")
    assert "## 1.1.0\n\n- This one." in checkout.git("show", "v1.1.0:CHANGELOG.md")


@pytest.mark.parametrize(
    ("before", "version", "moved"),
    [
        ([], "1.0.0", {"v1", "v1.0"}),
        (["1.0.0", "1.2.9"], "1.2.10", {"v1", "v1.2"}),
        (["1.2.0"], "1.1.5", {"v1.1"}),
        (["1.9.0", "2.0.0-rc.1"], "2.0.0", {"v2", "v2.0"}),
        (["2.0.0"], "1.9.1", {"v1", "v1.9"}),
    ],
    ids=["first", "by number", "an old line", "after a candidate", "an old major"],
)
def test_release__moving_tags_go_forward_only(
    checkout: Checkout, before: list[str], version: str, moved: set[str]
) -> None:
    for each in (*before, version):
        checkout.release(each)
    changelog = (checkout.root / "CHANGELOG.md").read_text().replace("Unreleased", version)
    (checkout.root / "CHANGELOG.md").write_text(changelog)

    checkout.run(JOBS["move"]["steps"][-1]["run"], VERSION=version)

    major = version.partition(".")[0]
    moving = {f"v{major}", f"v{version.rpartition('.')[0]}"}
    head = checkout.git("rev-parse", "HEAD")
    assert {name for name in moving if checkout.remote_tag(name) == head} == moved
    assert checkout.asked == [
        "auth setup-git",
        f"release create v{version} --verify-tag --title v{version} --notes-file notes.md",
    ]
    assert (checkout.root / "notes.md").read_text().strip() == "- This one."


def test_release__the_last_job_may_run_again(checkout: Checkout) -> None:
    checkout.release("1.0.0")

    for _ in "12":
        checkout.run(JOBS["move"]["steps"][-1]["run"], VERSION="1.0.0")

    assert [line for line in checkout.asked if line.startswith("release create")] == [
        "release create v1.0.0 --verify-tag --title v1.0.0 --notes-file notes.md"
    ]
    assert checkout.remote_tag("v1") == checkout.git("rev-parse", "HEAD")
