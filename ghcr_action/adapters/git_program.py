"""Refs and commits of a repository by the git program."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ghcr_action.errors import NotFound, Unavailable

TIMEOUT = 30.0
"""Seconds that one call of git may take."""

_SAFE = (
    "safe.directory=*",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
)
"""Settings for a repository that belongs to another user and whose configuration is not ours to
trust."""

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}


class GitProgram:
    """Refs and commits by the git program: plumbing commands only, which run nothing a repository
    configures."""

    def __init__(
        self,
        workspace: Path,
        environ: Mapping[str, str],
        *,
        program: str = "git",
        timeout: float = TIMEOUT,
    ) -> None:
        self._workspace = workspace
        self._environ = {
            name: value
            for name, value in environ.items()
            if not name.startswith(("GIT_", "INPUT_"))
        } | _QUIET
        self._program = program
        self._timeout = timeout

    def exists(self) -> bool:
        """Whether the directory lies in a repository."""
        return self._ask("rev-parse", "--git-dir") is not None

    def commit(self) -> str | None:
        """The commit that HEAD names; None before the first one."""
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def branch(self) -> str | None:
        """The full name of the branch that HEAD names; None where it is detached."""
        return self._ask("symbolic-ref", "--quiet", "HEAD")

    def pointing_at(self, sha: str) -> tuple[str, ...]:
        """Full names of all refs of this commit, annotated tags included, the newest version
        first."""
        return self._refs("--sort=-version:refname", f"--points-at={sha}")

    def containing(self, sha: str) -> tuple[str, ...]:
        """Full names of all refs whose history has this commit, the last committed first."""
        return self._refs("--sort=-committerdate", f"--contains={sha}")

    def read_commit(self, sha: str) -> bytes | None:
        """A commit object's bytes; None where it is not here."""
        text = self._ask("cat-file", "commit", sha)
        return text.encode(errors="surrogateescape") if text is not None else None

    def remote(self) -> str:
        """The address of the remote that a clone has, ``origin``; empty where there is none."""
        return self._ask("config", "--get", "remote.origin.url") or ""

    def default_branch(self) -> str:
        """What ``origin`` calls its default branch, as far as it is known here."""
        found = self._ask("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD") or ""
        return found.removeprefix("origin/")

    def _refs(self, *arguments: str) -> tuple[str, ...]:
        return tuple(
            (self._ask("for-each-ref", "--format=%(refname)", *arguments) or "").splitlines()
        )

    def _ask(self, *arguments: str) -> str | None:
        settings = (part for setting in _SAFE for part in ("-c", setting))
        try:
            done = subprocess.run(
                [self._program, "--no-pager", *settings, *arguments],
                cwd=self._workspace,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as cause:
            raise Unavailable(
                f"'git {arguments[0]}' gave no answer within {self._timeout:g} seconds.",
                why="The repository is on a slow disk, or another process holds it.",
                fix="Run the step again.",
            ) from cause
        except OSError as cause:
            raise NotFound(
                f"Git can't be run in the workspace {self._workspace}: {cause.strerror}."
            ) from cause
        return done.stdout.rstrip("\n") if done.returncode == 0 else None
