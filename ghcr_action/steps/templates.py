"""A user's own template for comment or summary: a file of the repository, which may override
blocks of ours and nothing else."""

from collections.abc import Callable
from pathlib import PurePosixPath

from ghcr_action.errors import SettingsError
from ghcr_action.ports import Ports
from ghcr_action.report.comment.view import CommentView
from ghcr_action.report.words import render
from ghcr_action.report.words.views import ImageView

MAX_TEMPLATE = 64 * 1024
"""Bytes."""


def comment(path: str, ports: Ports) -> Callable[[CommentView], str]:
    """What writes a comment. Raises SettingsError where the file is missing."""
    if not path:
        return render.comment
    source = _read(path, "comment-template", ports)
    return lambda view: render.custom(source, "comment-template", view)


def summary(path: str, ports: Ports) -> Callable[[ImageView], str]:
    """What writes a job summary. Raises SettingsError where the file is missing."""
    if not path:
        return render.summary
    source = _read(path, "summary-template", ports)
    return lambda view: render.custom(source, "summary-template", view)


def check(comment_path: str, summary_path: str, ports: Ports) -> None:
    """Raise SettingsError for a file that is missing or no template, before anything is built."""
    for path, name in ((comment_path, "comment-template"), (summary_path, "summary-template")):
        if path:
            render.check(_read(path, name, ports), name)


def _read(path: str, name: str, ports: Ports) -> str:
    if not ports.workspace.contains(path) or not ports.workspace.is_file(path):
        raise SettingsError(
            f"`{name}`: {path} is no file of the workspace",
            fix="Give a path relative to the repository's root.",
        )
    content = ports.workspace.read(PurePosixPath(path)) or b""
    if len(content) > MAX_TEMPLATE:
        raise SettingsError(
            f"`{name}`: {path} has {len(content)} bytes", why=f"{MAX_TEMPLATE} are allowed"
        )
    return content.decode(errors="replace")
