"""release.yml as a whole, and ci.yml that it calls, run by act: what the button leaves in the
registry and in a Git repository of ours.

Beside what act.py says: the origin is a bare repository in a directory, where `gh` notes the
releases; CI runs a script of one line and one test file on this machine's one Python; our
Dockerfile is a stand-in that gives the image the tests have built for amd64 and almost nothing for
arm64; there is no SBOM, whose scanner is an image that is not here; `cosign` signs with a key.
"""

import shutil
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.judges import Judges, judges
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT, Testbed

DOCKERFILE = (
    "FROM ghcr-action:e2e AS amd64\nFROM scratch AS arm64\nCOPY action.yml /\nFROM ${TARGETARCH}\n"
)
CI = '#!/usr/bin/env bash\n[[ ! -e broken ]] && echo "CI ran on $(git rev-parse HEAD)"\n'
NAMES = (
    "action.yml",
    "README.md",
    "pyproject.toml",
    "requirements-dev.lock",
    "docs",
    "ghcr_action",
    "scripts/release",
    "scripts/site",
    "zensical.toml",
    "examples/hello",
    "LICENSE",
)


class Project:
    """Our repository with an origin."""

    def __init__(self, home: Path, bed: Testbed, image: str, api: GitHubApi) -> None:
        self.repository = f"public/ghcr-action-{uuid.uuid4().hex[:8]}"
        self.root, self.origin = home / "checkout", home / "origin"
        mounts = {"/origin": self.origin, "/venv": Path(sys.prefix)}
        ours = act.ours(home / "ours", image, bed, api_url=api.url, mounts=mounts)
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", self.origin], check=True
        )
        for name in NAMES:
            _copy(ROOT / name, self.root / name)
        action = yaml.safe_load((self.root / "action.yml").read_text())
        led = yaml.safe_dump(act.led(api.url), width=10_000)
        assert list(action)[-1] == "runs"
        self.write(
            "action.yml",
            (self.root / "action.yml").read_text()
            + "".join(f"  {line}\n" for line in led.splitlines()),
        )
        self.write("Dockerfile", DOCKERFILE)
        self.write(".ci/run", CI).chmod(0o755)
        self.write("scripts/fresh", "#!/usr/bin/env bash\n").chmod(0o755)
        self.write(
            "CHANGELOG.md",
            "# Changelog\n\n## Unreleased\n\n- This one.\n\n## 0.9.0\n\n- The first.\n",
        )
        self.write("tests/unit/test_nothing.py", "def test_nothing() -> None:\n    pass\n")
        self.write("tests/flow/test_nothing.py", "")
        release = yaml.safe_load((ours / ".github/workflows/release.yml").read_text())
        for step in (step for job in release["jobs"].values() for step in job.get("steps", ())):
            step.get("with", {}).pop("sbom", None)
            if step.get("run") == "make site":  # needs packages that a job here can't get
                step["run"] = "mkdir -p site/pages && cp README.md site/pages/index.html"
        self.write(".github/workflows/release.yml", "")
        act.write(self.root / ".github/workflows/release.yml", release)
        act.commit(self.root, self.repository)
        self._act = Act(bed=bed, root=self.root, ours=ours, options=("--no-skip-checkout",))
        self._push()

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def release(self, version: str, *, python: str = "none") -> subprocess.CompletedProcess[str]:
        """Press the button; CI runs this job of its matrix."""
        act = replace(self._act, options=("--no-skip-checkout", "--matrix", f"python:{python}"))
        payload = {
            "inputs": {"version": version},
            "repository": {"full_name": self.repository, "default_branch": "main"},
        }
        return act.start(
            "workflow_dispatch", payload, secrets={"GITHUB_TOKEN": self._act.bed.password}
        )

    def commit(self, message: str) -> None:
        self.git("add", ".")
        self.git(
            "-c",
            "user.name=e2e",
            "-c",
            "user.email=e2e@localhost",
            "commit",
            "--quiet",
            "--message",
            message,
        )
        self._push()

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", self.root, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def tags(self) -> dict[str, str]:
        """Name → commit, of every tag of the origin."""
        self.git("fetch", "--quiet", "--tags", "--force", str(self.origin))
        return {
            name: self.git("rev-parse", f"{name}^{{commit}}")
            for name in self.git("tag", "--list").split()
        }

    def noted(self, name: str) -> list[str]:
        """What a stand-in has noted beside the origin."""
        path = self.origin / name
        return path.read_text().splitlines() if path.exists() else []

    def _push(self) -> None:
        self.git("push", "--quiet", str(self.origin), "HEAD:refs/heads/main")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


@pytest.fixture
def project(bed: Testbed, image: str, api: GitHubApi, tmp_path: Path) -> Project:
    found = Project(tmp_path, bed, image, api)
    api.account.add_repository(found.repository)
    return found


@pytest.fixture
def judge(bed: Testbed, tmp_path: Path) -> Judges:
    return judges(bed, tmp_path / "judge")


def test_release__a_bad_one_moves_nothing_and_the_next_moves_every_tag(
    project: Project, judge: Judges
) -> None:
    hello = project.root / "examples/hello/Dockerfile"
    whole = hello.read_text()
    hello.write_text(f"{whole}COPY missing /\n")
    project.commit("An example that can't be built")

    failed = project.release("1.0.0")

    assert failed.returncode != 0
    assert "missing" in failed.stdout
    assert set(project.tags()) == {"v1.0.0"}
    assert project.noted("releases") == []

    again = project.release("1.0.0")

    assert again.returncode != 0
    assert "A version is released once." in again.stdout
    assert "CI ran on" not in again.stdout
    assert set(project.tags()) == {"v1.0.0"}

    hello.write_text(whole)
    project.commit("An example that can")
    source = project.git("rev-parse", "HEAD")

    done = project.release("1.0.1", python="3.14")

    assert done.returncode == 0, done.stdout
    assert f"CI ran on {source}" in done.stdout
    name = f"ghcr.io/{project.repository}"
    digest = judge.crane("digest", f"{name}:1.0.1")
    tags = project.tags()
    assert set(tags) == {"v1.0.0", "v1.0.1", "v1.0", "v1"}
    assert {tags[name] for name in ("v1.0.1", "v1.0", "v1")} == {tags["v1.0.1"]}
    assert project.git("rev-parse", "v1.0.1^{commit}~1") == source
    assert f"\n  image: docker://{name}@{digest}\n" in project.git("show", "v1.0.1:action.yml")
    assert project.git("show", "v1.0.1:README.md").count("OWNER/ghcr-action") == 0
    assert project.noted("attested")[-1] == f"{name}@{digest}"
    assert project.noted("releases") == [
        "release create v1.0.1 --verify-tag --title v1.0.1 --notes-file notes.md"
    ]
    project.git("fetch", "--quiet", str(project.origin), "gh-pages")
    pages = project.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").splitlines()
    assert {"1.0/index.html", "latest/index.html", "index.html", "versions.json"} <= set(pages)
    assert judge.platforms(f"{name}/hello:1.0.1").keys() == {"linux/amd64", "linux/arm64"}
    assert f"sha256-{digest.removeprefix('sha256:')}" in {
        tag.removesuffix(".sig") for tag in judge.tags(name)
    }
