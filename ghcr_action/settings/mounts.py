"""Paths of the runner, and of a job's container, in the inputs of a container action, which sees
the same directories under other names.

The runner translates a value that *begins* with a path of its own, and no other:
https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from ghcr_action.errors import SettingsError

WORKSPACE, TEMP, HOME = "/github/workspace", "/github/runner_temp", "/github/home"
_JOB_WORK = "/__w"
"""What a job with ``container:`` calls the runner's work directory, so that its steps hand over
paths in it: https://github.com/actions/runner/issues/965."""
INPUTS = frozenset(
    {
        "append",
        "build-contexts",
        "buildkitd-config",
        "buildkitd-config-inline",
        "cache-file",
        "cache-from",
        "cache-to",
        "comment-template",
        "context",
        "cosign-key",
        "driver-opts",
        "endpoint",
        "file",
        "files",
        "in-use",
        "output",
        "outputs",
        "plan-file",
        "report",
        "restore",
        "secret-files",
        "set",
        "sigstore-config",
        "ssh",
        "summary-template",
        "vars",
        "workdir",
    }
)
"""Inputs that can hold a path which this action, or the buildx beside it, opens. `test` is not one
of them: what its `docker run -v` names is the engine's."""
_BEFORE = r"(?:(?<=^)|(?<=[\s=,:\"'\[{(])|(?<=://))"
"""A scheme may stand there, ``cwd:///home/…``; where a host follows it, no path of ours does."""
_AFTER = r"(?=/|$|[\s,:\"'\]})])"


@dataclass(frozen=True, kw_only=True)
class Mounts:
    """The directories of the job and what they are called here; none outside a container action."""

    pairs: tuple[tuple[str, str], ...] = ()
    """The job's path and ours, the deeper one first."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """From the variables of the job. RUNNER_WORKSPACE alone is never translated: the workspace
        lies in it under the repository's name, and ``_temp`` beside it."""
        parent = environ.get("RUNNER_WORKSPACE", "")
        if environ.get("GITHUB_WORKSPACE") != WORKSPACE or not parent.startswith("/"):
            return cls()
        name, directory = environ.get("GITHUB_REPOSITORY", ""), PurePosixPath(parent)
        workspace = f"{directory.name}/{name.rpartition('/')[2]}" if name else ""
        below = {workspace: WORKSPACE, "_temp/_github_home": HOME}
        if environ.get("RUNNER_TEMP") == TEMP:  # older runners do not share it
            below["_temp"] = TEMP
        works = (str(directory.parent), _JOB_WORK)
        pairs = ((f"{work}/{path}", here) for work in works for path, here in below.items() if path)
        return cls(pairs=tuple(pairs))

    def inside(self, text: str) -> str:
        """The text with each of the job's paths as it is called here."""
        for host, here in self.pairs:
            text = re.sub(_BEFORE + re.escape(host) + _AFTER, here, text, flags=re.MULTILINE)
        return text

    def translated(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Every input that can hold a path, translated."""
        if not self.pairs:
            return given
        return {name: self.inside(text) if name in INPUTS else text for name, text in given.items()}

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables that an earlier step in a job's container has set to a path of it, as that
        is called here. Those that begin with a path of the runner, the runner has translated."""
        return {
            name: self.inside(text)
            for name, text in environ.items()
            if self.pairs and text.startswith(f"{_JOB_WORK}/")
        }

    def check(self, source: str, items: Iterable[str]) -> None:
        """Raise SettingsError for a local cache or output of the input ``source`` that lies in no
        directory which outlives this container, or in a home that only a shell would find."""
        for item in items:
            for key, path in _paths(item, source):
                if path.startswith("~"):
                    raise self._no_shell(source, key, path)
                if self.pairs and not self._has(posixpath.join(WORKSPACE, path)):
                    raise self._unseen(source, key, path)

    def _has(self, path: str) -> bool:
        place = posixpath.normpath(path)
        shared = {WORKSPACE, *(here for _, here in self.pairs)}
        return any(f"{place}/".startswith(f"{here}/") for here in shared)

    @property
    def _has_temporary(self) -> bool:
        return not self.pairs or self._has(TEMP)

    def _kept(self, key: str, name: str) -> str:
        """The item that mends it: a path that outlives this container."""
        return f"{key}=${{{{ runner.temp }}}}/{name}" if self._has_temporary else f"{key}={name}"

    def _no_shell(self, source: str, key: str, path: str) -> SettingsError:
        return SettingsError(
            f"`{source}`: {path} would be a directory whose name is {path.partition('/')[0]}",
            why="no shell reads it, so that nothing stands for the home directory",
            fix=self._kept(key, PurePosixPath(path).name.lstrip("~") or "out"),
        )

    def _unseen(self, source: str, key: str, path: str) -> SettingsError:
        does = "would be lost with it" if key == "dest" else "is not there"
        temporary = " and the runner's temporary directory" if self._has_temporary else ""
        return SettingsError(
            f"`{source}`: {path} is outside every directory that this action shares with the job",
            why=f"a container action sees the workspace{temporary}; what lies elsewhere in its "
            f"container {does}",
            fix=self._kept(key, PurePosixPath(path).name.replace("..", "out")),
        )


def _paths(item: str, source: str) -> Iterator[tuple[str, str]]:
    from ghcr_action.buildx import options

    pairs = options.read(item, source=source)
    if len(pairs) == 1 and not pairs[0][0]:
        yield "dest", pairs[0][1]
    elif dict(pairs).get("type") not in ("s3", "azblob", "gha", "registry", "image"):
        yield from ((key, value) for key, value in pairs if key in ("dest", "src"))
