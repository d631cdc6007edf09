"""What every mode needs: the event, the logins, and how to report."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ghcr_action.errors import SettingsError
from ghcr_action.inputs.modes import MODES
from ghcr_action.logins import docker
from ghcr_action.logins import given as given_logins
from ghcr_action.logins.credential import Credential
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

Mode = StrEnum("Mode", {name.upper(): name for name in MODES})  # type: ignore[misc]
_ACCESS = ("registry", "username", "password", "registry-auth")
MAX_DIGITS = 16
"""Of a job's number: GitHub's had 11 in 2025, and a report keeps numbers below 2⁵³."""
JOB_PREFIX = "ghcr-action-job:v1:"
"""How the line begins by which a job of a matrix tells of itself; ``report.comment.jobs`` writes
and reads the rest."""


@dataclass(frozen=True, kw_only=True)
class Common:
    """Settings that do not depend on the mode."""

    event: Event
    token: Secret
    credentials: Mapping[str, Credential] = field(hash=False)
    """Registry host to login."""
    logout: bool
    dry_run: bool
    summary: bool
    retries: int = 4
    """How often a fault that may pass is tried again."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of the logins, to be masked."""
        logins = tuple(self.credentials.values())
        return (self.token, *(each.password for each in logins), *map(docker.basic, logins))


def parse(reader: Reader, event: Event) -> Common:
    """The common settings; problems stay with the reader."""
    token = reader.secret("github-token")
    texts = {name: reader.text(name) for name in _ACCESS}
    texts["registry"] = texts["registry"] or _registry(reader, texts, event)
    return Common(
        event=replace(event, check_run_id=_job(reader.text("check-run-id"))),
        token=token,
        credentials=reader.part(
            dict[str, Credential](), lambda: given_logins.credentials(texts, token, event)
        ),
        logout=reader.boolean("logout"),
        dry_run=_dry_run(reader),
        summary=reader.boolean("summary"),
        retries=reader.number("push-retries"),
    )


def _job(text: str) -> int:
    """The number of the job; 0 where the runner does not know it, and for what is no number: a
    link is no reason to fail."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MAX_DIGITS else 0


def _registry(reader: Reader, texts: Mapping[str, str], event: Event) -> str:
    """The one registry of all names, for a login that names none: it must not go to another
    host."""
    if not texts["username"] or not texts["password"]:
        return ""
    from ghcr_action.names import asked

    try:
        named = asked.parse(reader.raw("images"), reader.raw("tags"), event)
        repositories = (
            *named.repositories,
            *(name.repository for name in named.references),
        )
    except SettingsError:  # told where the names are read
        return ""
    hosts = {repository.registry for repository in repositories}
    return hosts.pop() if len(hosts) == 1 else ""


def _dry_run(reader: Reader) -> bool:
    """As given; else a mode that deletes does nothing until it is told to."""
    given = reader.optional_boolean("dry-run")
    return reader.text("mode") == "cleanup" if given is None else given
