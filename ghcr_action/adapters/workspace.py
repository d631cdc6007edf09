"""Files behind the Workspace port: the work tree to read, and a private directory for what a run must write."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from ghcr_action.adapters.layout import DirectoryLayout
from ghcr_action.ports import Layout

_PREFIX = "ghcr-action-"


def private_directory(environ: Mapping[str, str]) -> Path:
    """A new directory (mode 0700) where the post step can find it again.

    RUNNER_TEMP is mounted into container actions since December 2025; before that only HOME outlives the container.
    """
    parents = (Path(environ[name]) for name in ("RUNNER_TEMP", "HOME") if environ.get(name))
    parent = next((path for path in parents if path.is_dir() and os.access(path, os.W_OK)), None)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))


def remove_private_directory(path: str) -> bool:
    """Remove what ``private_directory`` made; a path of another shape is left alone."""
    directory = Path(path)
    if not directory.name.startswith(_PREFIX) or not directory.is_dir() or directory.is_symlink():
        return False
    shutil.rmtree(directory)
    return True


class LocalWorkspace:
    """The file system, seen from the workspace directory."""

    def __init__(self, root: Path, private: Path, shared: Path) -> None:
        self._root = root.resolve()
        self._private = private
        self._shared = shared

    def is_file(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a file."""
        return (self._root / path).is_file()

    def is_directory(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a directory."""
        return (self._root / path).is_dir()

    def entries(self, path: str) -> Iterable[str]:
        """The names in a directory, sorted."""
        return sorted(entry.name for entry in (self._root / path).iterdir())

    def contains(self, path: str) -> bool:
        """Whether this path, its links resolved, lies inside the workspace or the runner's temporary directory."""
        resolved = (self._root / path).resolve()
        return any(resolved.is_relative_to(base) for base in (self._root, self._shared.resolve()))

    def keep(self, name: str, content: bytes) -> PurePosixPath:
        """Write a private file (mode 0600) that is gone after the run."""
        path = self._private / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return PurePosixPath(path)

    def scratch(self, name: str) -> PurePosixPath:
        """A path in the private directory for somebody else to write to."""
        return PurePosixPath(self._private / name)

    def read(self, path: PurePosixPath) -> bytes | None:
        """A file's bytes; None where there is none."""
        file = self._root / path
        return file.read_bytes() if file.is_file() else None

    def layout(self, path: PurePosixPath) -> Layout:
        """The OCI layout in this directory."""
        return DirectoryLayout(Path(path))

    def publish(self, name: str, content: bytes) -> PurePosixPath:
        """Write a file for later steps of the job, which outlives the run."""
        path = Path(tempfile.mkdtemp(prefix="ghcr-action-result-", dir=self._shared)) / name
        path.write_bytes(content)
        return PurePosixPath(path)
