"""The settings of the pull-request comment: for ``publish``, and for ``mode: comment``, which
posts what another run has saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.errors import SettingsError
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

DEFAULT_KEY = "image"


class When(StrEnum):
    """When a comment is written."""

    AUTO = "auto"
    """On events of pull requests."""
    ALWAYS = "always"
    """Also after a push, on the open pull requests of its commit."""
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class CommentRequest:
    """When to comment, which comment is ours, and how it looks."""

    when: When = When.AUTO
    key: str = DEFAULT_KEY
    template: str = ""
    """Path of a template in the workspace; empty for ours."""


@dataclass(frozen=True, kw_only=True)
class CommentSettings:
    """A saved report to post."""

    common: Common
    comment: CommentRequest
    report: str
    """Path of the file."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def request(reader: Reader, event: Event) -> CommentRequest:
    """``comment``, ``comment-key`` (by default the workflow's name) and ``comment-template``;
    problems stay with the reader."""
    workflow = event.workflow_run.workflow if event.workflow_run else event.workflow
    return CommentRequest(
        when=reader.choice("comment", tuple(When)),
        key=reader.text("comment-key") or workflow or DEFAULT_KEY,
        template=reader.text("comment-template"),
    )


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> CommentSettings:  # noqa: ARG001 (one shape for all modes)
    """Settings of ``mode: comment``; problems stay with the reader."""
    report = reader.text("report")
    reader.part(None, lambda: _need(report))
    return CommentSettings(common=common, comment=request(reader, common.event), report=report)


def _need(report: str) -> None:
    if not report:
        raise SettingsError(
            "`report` is empty",
            why="`mode: comment` posts the report that a publishing run has saved",
            fix=(
                "Download the artifact with that file, then name it:\nwith:\n  mode: "
                "comment\n  report: report.json"
            ),
        )
