"""Whether a run that builds pushes, and why not: every row is the whole answer."""

from dataclasses import dataclass, field, replace

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.plans import pushing
from ghcr_action.values.event import Event
from tests.fakes.events import fork_pull_request, pull_request_event, push_event
from tests.unit.plans.given import references, settings

GHCR, QUAY, HUB = "ghcr.io/octo/app:1", "quay.io/octo/app:1", "octo/app:1"
QUAY_LOGIN = {"registry": "quay.io", "username": "octo", "password": "s3cret"}
DEPENDABOT = replace(pull_request_event(), actor="dependabot[bot]")
CAN_ONLY_READ = "the job's token can only read packages"
LOCAL = "`app` names no registry, it is for the engine alone"
FORK = "the token of a pull request from a fork can only read"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the inputs say, and whose run it is."""

    names: tuple[str, ...] = (GHCR,)
    push: bool | None = None
    cannot_push: str = ""
    given: dict[str, str] = field(default_factory=dict)
    event: Event = field(default_factory=push_event)


def _why_not(row: Row) -> str:
    common = settings("publish", {"tags": GHCR} | row.given, row.event).common
    return pushing.why_not(common, row.push, references(*row.names), row.cannot_push)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Row(), ""),
        (Row(push=True), ""),
        (Row(push=False), "the input says `push: false`"),
        (Row(names=()), ""),
        (Row(names=("app:1",)), LOCAL),
        (Row(cannot_push=CAN_ONLY_READ), CAN_ONLY_READ),
        (Row(cannot_push=CAN_ONLY_READ, push=True), ""),
        (Row(event=pull_request_event()), ""),
        (Row(event=fork_pull_request()), FORK),
        (Row(event=fork_pull_request(), push=True), FORK),
        (Row(event=DEPENDABOT), "the token of a Dependabot pull request can only read"),
        (Row(event=fork_pull_request(), names=(QUAY,), given=QUAY_LOGIN), ""),
        (Row(event=fork_pull_request(), names=(QUAY, GHCR), given=QUAY_LOGIN), FORK),
    ],
    ids=[
        "nothing said",
        "push",
        "no push",
        "no names",
        "for the engine alone",
        "a token that can't",
        "a token that can't, and has to",
        "a pull request",
        "a fork",
        "a fork that has to",
        "Dependabot",
        "a fork with a login of its own",
        "a fork with one login of two",
    ],
)
def test_why_not__each_row(row: Row, why: str) -> None:
    assert _why_not(row) == why


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (Row(given={"github-token": ""}), "There is no token for ghcr.io"),
        (
            Row(names=(GHCR, HUB)),
            "There is no login for docker.io, where docker.io/octo/app is",
        ),
        (
            Row(names=("app:1",), push=True),
            "There is no login for docker.io, where docker.io/library/app is",
        ),
        (
            Row(names=("app:1", GHCR)),
            "There is no login for docker.io, where docker.io/library/app is",
        ),
    ],
    ids=[
        "no token",
        "no login for Docker Hub",
        "a name without a registry that has to be pushed",
        "such a name beside another",
    ],
)
def test_why_not__what_is_refused(row: Row, what: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _why_not(row)

    assert caught.value.what == what
