"""What the tag rules need to know, asked for and computed: for every mode that gives names."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ghcr_action.errors import SettingsError
from ghcr_action.metadata import compute
from ghcr_action.metadata import origin as contexts
from ghcr_action.metadata.compute import Metadata
from ghcr_action.ports import Ports
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.values.event import Event, RepositoryFacts


def gather(
    settings: MetadataSettings,
    ports: Ports,
    *,
    asks_for_time: bool = True,
    names_only: bool = False,
) -> Metadata:
    """Ask GitHub, Git and the clock only for what the request needs, and compute; nothing is
    written.

    GitHub is asked about the repository only where the event does not say it all; where it can't be
    asked its adapter warns, and the event's names stand in. Raises SettingsError for a work tree
    without a repository and a SOURCE_DATE_EPOCH that is no number. ``asks_for_time``: GitHub is
    asked when the commit was made, so that labels of the same commit are the same again.
    ``names_only``: nobody wants labels, so that of the repository the default branch counts alone.
    """
    request, event = settings.request, settings.common.event
    warnings: list[str] = []
    head = _head(ports) if settings.source == "git" else None
    is_known = names_only and (event.default_branch or not request.needs_default_branch)
    may_ask = not is_known and (not event.is_local or settings.common.token)
    facts = event.facts or (ports.github.repository() if may_ask else None) or _named(event)
    epoch = _epoch(ports.environ)
    date = (
        _commit_date(
            head,
            contexts.revision(event, pr_head=request.pr_head),
            event,
            ports,
            may_ask=asks_for_time or request.needs_commit_date,
        )
        if request.needs_commit_date or epoch is None
        else None
    )
    if request.needs_commit_date and date is None:
        warnings.append(
            "the date of the commit is not known: {{commit_date}} is the time of this run"
        )
    now = epoch or ports.clock.now()
    metadata = compute.metadata(request, event, facts, now, date, created=epoch or date, head=head)
    found = replace(metadata, warnings=(*warnings, *metadata.warnings))
    return compute.without_empty(found) if event.is_local else found


def _head(ports: Ports) -> tuple[str, str]:
    head = ports.git.head()
    if head is None:
        raise SettingsError(
            "metadata-context: git needs a repository",
            why="there is none in the workspace",
            fix=(
                "put a step `uses: actions/checkout` before this one, or leave metadata-context out"
            ),
        )
    return head


def _commit_date(
    head: tuple[str, str] | None, revision: str, event: Event, ports: Ports, *, may_ask: bool
) -> datetime | None:
    """When the commit was made, by the nearest source that knows it: the event, the work tree,
    GitHub."""
    if head:
        return ports.git.commit_date(head[1])
    if not revision:
        return None
    return (
        _read_date(dict(event.commit_dates).get(revision, ""))
        or ports.git.commit_date(revision)
        or (ports.github.commit_date(revision) if may_ask else None)
    )


def _read_date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _epoch(environ: Mapping[str, str]) -> datetime | None:
    """The time that dates and the ``created`` label show; None where nobody has set it.

    Source: https://reproducible-builds.org/specs/source-date-epoch/ (seconds since 1970).
    """
    epoch = environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not epoch:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise SettingsError(
            f"SOURCE_DATE_EPOCH is {epoch!r}",
            why="it is a whole number of seconds since 1970",
            fix="SOURCE_DATE_EPOCH: 1767225600",
        ) from None


def _named(event: Event) -> RepositoryFacts:
    """What the event alone says of the repository."""
    url = f"{event.server_url}/{event.repository}" if event.repository else ""
    return RepositoryFacts(
        name=event.repository.rpartition("/")[2], html_url=url, default_branch=event.default_branch
    )
