"""Files behind the Workspace port: the work tree to read, and a private directory for what a run
must write."""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ghcr_action.adapters.progress import Silent
from ghcr_action.errors import SettingsError
from ghcr_action.ports import LayoutWriter, Progress

LONGEST_SOCKET = 107
"""Bytes of a socket's path: ``sun_path`` of unix(7) has 108, the last of them a zero."""
_UNREAD = r"%|[\x00-\x1f\x7f]"
"""Characters of a path that stand for others in an address, or may not be in one."""
_DESCRIPTORS = Path("/proc/self/fd")
_PREFIX = "ghcr-action-"
_TRIES, _PAUSE = 5, 0.2
"""How often a directory is removed that somebody still writes to, and the seconds in between."""
_KEPT = ("cleanup-restore.json", "report.json")
"""What a person wants to have afterwards: it is written where one is."""
_MOUNTED = {"/github/runner_temp": "_temp", "/github/home": "_temp/_github_home"}
"""Directories of the container, and their names beside the runner's workspace."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """The two directories a run writes to, and what later steps on the host call the second one."""

    private: Path
    """Mode 0700, gone after the run."""
    shared: Path
    """Outlives the run."""
    shared_on_host: PurePosixPath


def places(environ: Mapping[str, str]) -> Places:
    """Directories that outlive the container, so that the post step and later steps find them.

    RUNNER_TEMP is mounted into container actions since December 2025; before that only HOME is.
    Source:
    https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs
    """
    names = ("RUNNER_TEMP", "HOME") if environ.get("GITHUB_ACTIONS") else ("RUNNER_TEMP",)
    candidates = (Path(environ[name]) for name in names if environ.get(name))
    usable = (path for path in candidates if path.is_dir() and os.access(path, os.W_OK))
    shared = next(usable, None) or _temporary()
    private = shared / f"{_PREFIX}{os.getpid()}-{os.urandom(8).hex()}"
    private.mkdir(mode=0o700)  # an error where somebody else was first
    if not environ.get("GITHUB_ACTIONS") and not environ.get("RUNNER_TEMP"):
        shared = private  # nobody's later step: nothing is left in a person's temporary directory
    return Places(private=private, shared=shared, shared_on_host=host_path(shared, environ))


def _temporary() -> Path:
    import tempfile

    return Path(tempfile.gettempdir())


def host_path(shared: Path, environ: Mapping[str, str]) -> PurePosixPath:
    """What steps on the host call a directory that is mounted into the container.

    The runner translates paths in our environment, but not in our outputs. RUNNER_WORKSPACE is
    never translated, and its neighbour ``_temp`` is RUNNER_TEMP.
    """
    workspace, name = environ.get("RUNNER_WORKSPACE", ""), _MOUNTED.get(str(shared), "")
    return PurePosixPath(workspace).parent / name if workspace and name else PurePosixPath(shared)


def remove_private(path: str) -> bool:
    """Remove a private directory; a path of another shape is left alone."""
    directory = Path(path)
    if not directory.name.startswith(_PREFIX) or not directory.is_dir() or directory.is_symlink():
        return False
    with suppress(OSError):  # most runs have written nothing there
        directory.rmdir()
        return True
    import shutil

    for _ in range(_TRIES):
        with suppress(OSError):  # an orphan of the engine's program may still write there
            shutil.rmtree(directory)
            return True
        time.sleep(_PAUSE)
    shutil.rmtree(directory, ignore_errors=True)
    return True


def remove_stale(shared: Path) -> int:
    """Remove what runs of this user have left that were killed on this machine: their process is
    gone. How many there were."""
    stale = [path for path in shared.glob(f"{_PREFIX}*-*") if _is_stale(path)]
    return sum(remove_private(str(path)) for path in stale)


def _is_stale(path: Path) -> bool:
    number = path.name.removeprefix(_PREFIX).partition("-")[0]
    try:
        if not number.isdecimal() or path.stat().st_uid != os.getuid():
            return False
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """Whether there is such a thing at a path; there is none where nobody can be asked: by a name
    that is too long, or through links that lead to each other."""
    with suppress(OSError):
        return kind(path)
    return False


class LocalWorkspace:
    """The file system, seen from the workspace directory."""

    def __init__(
        self,
        root: Path,
        places: Places,
        progress: Progress | None = None,
        hide: Callable[[str], str] = str,
    ) -> None:
        """``hide`` takes the secrets out of what is published."""
        self._hide = hide
        self._root = root.resolve()
        self._progress = progress or Silent()
        self._places = places
        self._published: Path | None = None

    def is_file(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a file."""
        return _is(Path.is_file, self._root / path)

    def is_directory(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a directory."""
        return _is(Path.is_dir, self._root / path)

    def entries(self, path: str) -> Iterable[str]:
        """The names in a directory, sorted."""
        return sorted(entry.name for entry in (self._root / path).iterdir())

    def contains(self, path: str) -> bool:
        """Whether this path, its links resolved, lies inside the workspace or the runner's
        temporary directory."""
        resolved = Path(os.path.realpath(self._root / path))  # a loop of links is no error there
        return any(
            resolved.is_relative_to(base) for base in (self._root, self._places.shared.resolve())
        )

    def keep(self, name: str, content: bytes) -> PurePosixPath:
        """Write a private file (mode 0600) that is gone after the run."""
        path = self._places.private / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return PurePosixPath(path)

    def scratch(self, name: str) -> PurePosixPath:
        """A path in the private directory for somebody else to write to."""
        return PurePosixPath(self._places.private / name)

    def socket(self, name: str) -> PurePosixPath:
        """A path in the private directory that a socket can have, and that buildx reads as an
        address. Where the directory's own is too long for that, or has signs that an address has
        not, a descriptor of the directory names it, ``/proc/PID/fd/N``, which Linux shows to the
        programs that this run starts; on another system the path stays as it is."""
        path = self._places.private / name
        is_usual = len(os.fsencode(path)) <= LONGEST_SOCKET and not re.search(_UNREAD, str(path))
        if not is_usual and _DESCRIPTORS.is_dir():
            opened = os.open(self._places.private, os.O_RDONLY | os.O_DIRECTORY)
            path = Path(f"/proc/{os.getpid()}/fd/{opened}") / name
        return PurePosixPath(path)

    def read(self, path: PurePosixPath, most: int = -1) -> bytes | None:
        """A file's bytes, no more than ``most`` of them where that is given; None where there is
        none."""
        file = self._root / path
        if not _is(Path.is_file, file):
            return None
        with file.open("rb") as opened:
            return opened.read(most)

    def write_layout(self, path: str) -> LayoutWriter:
        """A new OCI layout in this directory, relative to the workspace."""
        from ghcr_action.adapters.layout_writer import DirectoryWriter

        return DirectoryWriter(self._root / path, self._progress)

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the workspace or the runner's temporary directory, whole or not at
        all."""
        if not self.contains(path):
            raise SettingsError(
                f"{path} is outside the workspace", fix="Name a path below the workspace."
            )
        file = (self._root / path).resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        part.write_bytes(content)
        part.replace(file)

    def publish(self, name: str, content: bytes) -> PurePosixPath:
        """Write a file for later steps of the job, readable by whoever they run as; the path is the
        one they see."""
        shown = self._hide(content.decode("utf-8", "surrogateescape"))
        if self._places.shared == self._places.private and name in _KEPT:
            (self._root / name).write_bytes(shown.encode("utf-8", "surrogateescape"))
            return PurePosixPath(self._root / name)
        directory = self._results()
        (directory / name).write_bytes(shown.encode("utf-8", "surrogateescape"))
        return self._places.shared_on_host / directory.name / name

    def _results(self) -> Path:
        """One directory for all results of this run."""
        if self._published is None:
            self._published = self._places.shared / f"ghcr-result-{os.urandom(8).hex()}"
            self._published.mkdir()
            self._published.chmod(0o755)  # whatever the umask says
        return self._published
