"""Refs and commits read from ``.git`` by ourselves, for an image without the git program.

Formats: https://git-scm.com/docs/gitrepository-layout, packed-refs in
https://git-scm.com/docs/git-pack-refs. Packed objects and history are left to the program: a commit
that was fetched in a pack has no date here, and GitHub's API is asked for it instead.
"""

import contextlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

_SHA = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_TAGGED = rb"object ([0-9a-f]+)\ntype commit\n"
_LARGEST = 1 << 20
"""Bytes of a commit or tag object that are read at most."""


class GitFiles:
    """A repository as files: HEAD, loose and packed refs, loose objects."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace

    def exists(self) -> bool:
        """Whether the directory or one above it has a ``.git``."""
        return self._directory is not None

    def commit(self) -> str | None:
        """The commit that HEAD names, through its branch; None before the first one."""
        text = self._head()
        return (
            self._refs().get(text.removeprefix("ref: ")) if text.startswith("ref: ") else _sha(text)
        )

    def branch(self) -> str | None:
        """The full name of the branch that HEAD names; None where it is detached."""
        text = self._head()
        return text.removeprefix("ref: ") if text.startswith("ref: ") else None

    def pointing_at(self, sha: str) -> tuple[str, ...]:
        """Full names of all refs of this commit, annotated tags included, the newest version
        first."""
        peeled = self._packed()[1]
        found = (
            name
            for name, target in self._refs().items()
            if self._peel(peeled.get(target, target)) == sha
        )
        return tuple(sorted(found, key=_version, reverse=True))

    def containing(self, sha: str) -> tuple[str, ...]:  # noqa: ARG002  the program's has it too
        """Nothing: that takes a walk through history."""
        return ()

    def read_commit(self, sha: str) -> bytes | None:
        """A loose commit object's bytes; None where it is packed or missing."""
        kind, content = self._object(sha)
        return content if kind == b"commit" else None

    @property
    def _directory(self) -> Path | None:
        for place in (self._workspace, *self._workspace.parents):
            marker = place / ".git"
            if marker.is_file() and (pointer := _read(marker)).startswith("gitdir: "):
                return place / pointer.removeprefix("gitdir: ")
            if (marker / "HEAD").is_file():
                return marker
        return None

    @property
    def _common(self) -> Path:
        directory = self._directory or self._workspace / ".git"
        return directory / (_read(directory / "commondir") or ".")

    def _head(self) -> str:
        return _read((self._directory or self._workspace / ".git") / "HEAD")

    def _refs(self) -> dict[str, str]:
        return self._packed()[0] | dict(self._loose())

    def _loose(self) -> Iterator[tuple[str, str]]:
        for path in sorted((self._common / "refs").rglob("*")):
            if path.is_file() and (sha := _sha(_read(path))):
                yield path.relative_to(self._common).as_posix(), sha

    def _packed(self) -> tuple[dict[str, str], dict[str, str]]:
        refs: dict[str, str] = {}
        peeled: dict[str, str] = {}
        target = ""
        for line in _read(self._common / "packed-refs").splitlines():
            if line.startswith("^"):
                peeled[target] = line[1:]
            elif sha := _sha(line.partition(" ")[0]):
                target = refs[line.partition(" ")[2]] = sha
        return refs, peeled

    def _peel(self, sha: str) -> str:
        kind, content = self._object(sha)
        tagged = re.match(_TAGGED, content) if kind == b"tag" else None
        return tagged[1].decode() if tagged else sha

    def _object(self, sha: str) -> tuple[bytes, bytes]:
        with contextlib.suppress(OSError, zlib.error):
            packed = (self._common / "objects" / sha[:2] / sha[2:]).read_bytes()
            header, _, content = zlib.decompressobj().decompress(packed, _LARGEST).partition(b"\0")
            return header.partition(b" ")[0], content
        return b"", b""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError:
        return ""


def _sha(text: str) -> str | None:
    return text if re.fullmatch(_SHA, text) else None


def _version(name: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)
    )
