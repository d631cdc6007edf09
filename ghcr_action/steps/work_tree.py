"""What a local build context must be before an engine is asked: inside the workspace, there, and
with a Dockerfile."""

import posixpath

from ghcr_action.buildx.context import Context
from ghcr_action.errors import SettingsError
from ghcr_action.ports import Workspace

_CHECKOUT = "steps:\n  - uses: actions/checkout@v5"


def is_checked_out(workspace: Workspace) -> bool:
    """Whether the workspace holds a work tree: a repository's own files, or at least a
    Dockerfile."""
    return (
        workspace.is_directory(".git")
        or workspace.is_file(".git")
        or workspace.is_file("Dockerfile")
    )


def check(context: Context, file: str, workspace: Workspace) -> None:
    """Raise SettingsError where a local context or its Dockerfile is not there; a remote one is the
    engine's to check."""
    if context.is_git or "://" in context.value:
        return
    if not workspace.contains(context.value):
        raise SettingsError(
            f"`context: {context.value}` is outside the workspace",
            why=(
                "a container action sees the workspace and the runner's temporary "
                "directory, nothing else of the machine"
            ),
            fix="Name a directory inside the workspace, relative to it: `context: .`",
        )
    if not workspace.is_directory(context.value):
        raise SettingsError(
            f"`context: {context.value}` is not a directory of the workspace",
            why="it is a file"
            if workspace.is_file(context.value)
            else f"the workspace holds {_listed(workspace)}",
            fix=_place(context.value, workspace),
        )
    if "://" not in file:
        _check_dockerfile(context, file, workspace)


def check_config(path: str, workspace: Workspace) -> None:
    """Raise SettingsError where BuildKit's configuration is not there; an empty path names none."""
    if path and not workspace.is_file(path):
        raise SettingsError(
            f"`buildkitd-config`: {path} is not a file of the workspace",
            why="it is a directory"
            if workspace.is_directory(path)
            else f"the workspace holds {_listed(workspace)}",
            fix="buildkitd-config: path/to/buildkitd.toml",
        )


def _place(value: str, workspace: Workspace) -> str:
    """The line to write in the place of a context that is no directory."""
    if workspace.is_file(value):
        return f"file: {value}"
    return "context: path/to/directory" if is_checked_out(workspace) else _CHECKOUT


def _check_dockerfile(context: Context, file: str, workspace: Workspace) -> None:
    """buildx reads ``file`` from the working directory and the default from the context, where it
    also takes ``dockerfile``."""
    tried = (
        (file,)
        if file
        else tuple(posixpath.join(context.value, name) for name in ("Dockerfile", "dockerfile"))
    )
    if any(map(workspace.is_file, tried)):
        return
    beside = posixpath.join(context.value, file)
    fix = f"file: {beside}" if file and workspace.is_file(beside) else "file: path/to/Dockerfile"
    raise SettingsError(
        "There is no Dockerfile",
        why=f"tried {', '.join(tried)}; the workspace holds {_listed(workspace)}",
        fix=fix,
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#file",
    )


def _listed(workspace: Workspace) -> str:
    names = tuple(workspace.entries("."))
    return (
        ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        if names
        else "nothing: was it checked out?"
    )
