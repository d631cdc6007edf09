"""The repository in the workspace behind the Git port, by the ``git`` program where there is
one.

The action's image need not carry git: without the program, ``git_files`` reads ``.git`` itself,
which is enough for every work tree that actions/checkout leaves. Only what lies in history (a
branch that *contains* a commit) needs the program.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ghcr_action.adapters.git_files import GitFiles
from ghcr_action.errors import ActionError, NotFound, Unavailable
from ghcr_action.ports import Git
from ghcr_action.values.event import Event

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
_REMOTE = re.compile(
    r"(?:^|[/@])(?P<host>[\w.-]+)(?::\d+)?[:/](?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?/?$"
)
"""``https://HOST/OWNER/NAME.git``, ``git@HOST:OWNER/NAME``, ``ssh://git@HOST:22/OWNER/NAME``."""
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PULL = re.compile(r"refs/(?:remotes/)?(pull/\d+/(?:head|merge))")
_COMMITTER = re.compile(rb"^committer .* (\d+) [+-]\d{4}$", re.MULTILINE)


def work_tree(workspace: Path, environ: Mapping[str, str]) -> Git:
    """The Git port for this directory: the program on ``PATH``, else the reader of ``.git``."""
    program = shutil.which("git", path=environ.get("PATH"))
    return GitCheckout(
        GitProgram(workspace, environ, program=program) if program else GitFiles(workspace)
    )


def event(workspace: Path, environ: Mapping[str, str], *, host: str = "github.com") -> Event | None:
    """What a push of the work tree would say, for a run on somebody's own machine; None where there
    is no repository, no program, or no name for what is checked out.

    A remote on another host than GitHub's names no repository.
    """
    program = shutil.which("git", path=environ.get("PATH"))
    if program is None:
        return None
    store = GitProgram(workspace, environ, program=program)
    try:
        head = GitCheckout(store).head()
    except ActionError:
        return None
    if head is None:
        return None
    found = _REMOTE.search(store.remote())
    ref, sha = head
    return Event(
        name="push",
        ref=ref,
        sha=sha,
        repository=found["path"] if found and found["host"].lower() == host else "",
        default_branch=store.default_branch(),
        server_url=f"https://{host}",
        api_url=f"https://{host}/api/v3" if host != "github.com" else Event.api_url,
        is_local=True,
    )


class GitCheckout:
    """Names what a store of refs and commits has checked out."""

    def __init__(self, store: "GitProgram | GitFiles") -> None:
        self._store = store

    def head(self) -> tuple[str, str] | None:
        """The full ref name and the commit of the work tree; None where there is no repository.

        A detached head is named by what points at it, else by what contains it. NotFound where
        nothing does, where the repository has no commit yet, or where only the missing git program
        could tell. Source: docker/actions-toolkit ``src/git.ts`` for the order of the candidates.
        """
        if not self._store.exists():
            return None
        sha = self._store.commit()
        if sha is None:
            raise NotFound(
                "The workspace's repository has no commit yet.",
                fix="Commit something, or check out with actions/checkout.",
            )
        ref = (
            self._store.branch()
            or _first(self._store.pointing_at(sha), _EXACT)
            or _first(self._store.containing(sha), _CONTAINING)
        )
        if ref is None:
            raise _unnamed(sha)
        return ref, sha

    def commit_date(self, sha: str) -> datetime | None:
        """When the committer made this commit, in UTC; None where the commit is not in the
        repository."""
        if not _SHA.fullmatch(sha) or not self._store.exists():
            return None
        stamp = _COMMITTER.search((self._store.read_commit(sha) or b"").partition(b"\n\n")[0])
        return datetime.fromtimestamp(int(stamp[1]), UTC) if stamp else None


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


_Kinds = tuple[Callable[[str], str | None], ...]
"""Readings of a full ref name as the one a workflow would have, the best first."""


def _tag(ref: str) -> str | None:
    return ref if ref.startswith("refs/tags/") else None


def _pull(ref: str) -> str | None:
    found = _PULL.fullmatch(ref)
    return f"refs/{found[1]}" if found else None


def _local(ref: str) -> str | None:
    return ref if ref.startswith("refs/heads/") else None


def _remote(ref: str) -> str | None:
    remote, _, branch = ref.removeprefix("refs/remotes/").partition("/")
    is_branch = ref.startswith("refs/remotes/") and remote != "pull" and branch not in ("", "HEAD")
    return f"refs/heads/{branch}" if is_branch else None


_EXACT: _Kinds = (_tag, _pull, _local, _remote)
_CONTAINING: _Kinds = (_local, _remote, _tag, _pull)


def _first(refs: tuple[str, ...], kinds: _Kinds) -> str | None:
    return next((named for kind in kinds for ref in refs if (named := kind(ref))), None)


def _unnamed(sha: str) -> ActionError:
    return NotFound(
        f"The detached head {sha} of the workspace belongs to no branch, tag or pull request.",
        why=(
            "The checkout fetched the bare commit, without a ref that leads to it (or it "
            "takes the git program to find one)."
        ),
        fix="Give actions/checkout a branch or a tag as `ref`, or fetch everything:\n"
        "  - uses: actions/checkout@v5\n    with:\n      fetch-depth: 0",
    )
