"""The recipes of the documentation as repositories whose workflow act runs, against a registry that
answers to ghcr.io.

They stand as they are, but for two things beside what act.py says: every job runs in a container
that finds this machine's programs (`kubectl` only prints what it is asked), and what is a
stranger's (a registry, a package) gets a name of this machine's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.test_reusable import spread
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT, Testbed

_SECTION = re.compile(
    r"^## (?P<title>.+?)$.*?^```yaml\n(?P<block>.*?)^```", re.MULTILINE | re.DOTALL
)
RECIPES = {
    found["title"]: found["block"]
    for found in _SECTION.finditer((ROOT / "docs/recipes.md").read_text())
}
_FORKS = (ROOT / "docs/recipes.md").read_text().partition("## Pull requests from forks\n")[2]
RECIPES["A fork's comment"] = re.findall(r"^```yaml\n(.*?)^```", _FORKS, re.MULTILINE | re.DOTALL)[
    1
]
RECIPES["README"] = re.findall(
    r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
)[0]
MAIN = {"ref": "refs/heads/main"}
HELLO = (ROOT / "examples/hello/Dockerfile").read_text()


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One repository with one recipe, and what its run needs."""

    home: Path
    bed: Testbed
    image: str
    api: GitHubApi
    repository: str
    server: str = "github.com"

    def write(
        self,
        title: str,
        files: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> str:
        """The repository with these files and the recipe, in which ``names`` are replaced; gives
        the commit."""
        text = RECIPES[title]
        for theirs, here in (names or {}).items():
            assert theirs in text
            text = text.replace(theirs, here)
        workflow = yaml.safe_load(text)
        container = act.with_programs(self.bed, self.api.url, {})
        for job in (job for job in workflow["jobs"].values() if "steps" in job):
            job.setdefault("defaults", {"run": {"shell": "bash -e {0}"}})
        act.write(
            self._directory("checkout/.github/workflows") / "recipe.yml",
            act.for_act(workflow, container),
        )
        for name, text in (files or {"Dockerfile": HELLO}).items():
            path = self.home / "checkout" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return act.commit(self.home / "checkout", self.repository, self.server)

    def run(
        self,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        *,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        platforms: int = 0,
    ) -> str:
        """The log of a green run; the job's token is right for registry and API. publish.yml is
        written out for its ``platforms``."""
        mounts = {"/artifacts": self._directory("artifacts"), "/origin": self.home / "checkout"}
        ours = act.ours(
            self.home / "ours", self.image, self.bed, api_url=self.api.url, mounts=mounts
        )
        if platforms:
            spread(ours / ".github/workflows/publish.yml", platforms)
        runs = Act(
            bed=self.bed,
            root=self.home / "checkout",
            ours=ours,
            options=("--github-instance", self.server),
        )
        full = {
            "repository": {"full_name": self.repository, "default_branch": "main"},
            **(MAIN if payload is None else payload),
        }
        return runs.run(
            event,
            full,
            secrets={"GITHUB_TOKEN": self.bed.password, **(secrets or {})},
            variables=variables,
        )

    def _directory(self, name: str) -> Path:
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path
