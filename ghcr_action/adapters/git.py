"""The repository in the workspace behind the Git port, by the ``git`` program where there is
one.

The action's image need not carry git: without the program, ``git_files`` reads ``.git`` itself,
which is enough for every work tree that actions/checkout leaves. Only what lies in history (a
branch that *contains* a commit) needs the program.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ghcr_action.adapters.git_files import GitFiles
from ghcr_action.errors import ActionError, NotFound
from ghcr_action.values.event import Event

if TYPE_CHECKING:
    from ghcr_action.adapters.git_program import GitProgram
    from ghcr_action.ports import Git

_REMOTE = r"(?:^|[/@])(?P<host>[\w.-]+)(?::\d+)?[:/](?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?/?$"
"""``https://HOST/OWNER/NAME.git``, ``git@HOST:OWNER/NAME``, ``ssh://git@HOST:22/OWNER/NAME``."""
_SHA = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_PULL = r"refs/(?:remotes/)?(pull/\d+/(?:head|merge))"
_COMMITTER = rb"(?m)^committer .* (\d+) [+-]\d{4}$"


def work_tree(workspace: Path, environ: Mapping[str, str]) -> "Git":
    """The Git port for this directory: the program on ``PATH``, else the reader of ``.git``."""
    files = GitFiles(workspace)
    return GitCheckout((files.exists() and _program(workspace, environ)) or files)


def event(workspace: Path, environ: Mapping[str, str], *, host: str = "github.com") -> Event | None:
    """What a push of the work tree would say, for a run on somebody's own machine; None where there
    is no repository, no program, or no name for what is checked out.

    A remote on another host than GitHub's names no repository.
    """
    store = _program(workspace, environ)
    if store is None:
        return None
    try:
        head = GitCheckout(store).head()
    except ActionError:
        return None
    if head is None:
        return None
    found = re.search(_REMOTE, store.remote())
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


def _program(workspace: Path, environ: Mapping[str, str]) -> "GitProgram | None":
    """The program on PATH, and what runs it; most jobs have no work tree to ask about."""
    import shutil

    from ghcr_action.adapters.git_program import GitProgram

    program = shutil.which("git", path=environ.get("PATH"))
    return GitProgram(workspace, environ, program=program) if program else None


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
        repository, or has no date."""
        if not re.fullmatch(_SHA, sha) or not self._store.exists():
            return None
        stamp = re.search(_COMMITTER, (self._store.read_commit(sha) or b"").partition(b"\n\n")[0])
        with suppress(ValueError, OverflowError, OSError):  # a year that no calendar has
            return datetime.fromtimestamp(int(stamp[1]), UTC) if stamp else None
        return None


_Kinds = tuple[Callable[[str], str | None], ...]
"""Readings of a full ref name as the one a workflow would have, the best first."""


def _tag(ref: str) -> str | None:
    return ref if ref.startswith("refs/tags/") else None


def _pull(ref: str) -> str | None:
    found = re.fullmatch(_PULL, ref)
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
