"""Whether and with what a run signs, whole: golden/attest.txt holds every field."""

from dataclasses import dataclass, field

import pytest

from ghcr_action.attestation.instances import Instance, TrustConfig
from ghcr_action.errors import AccessDenied, ActionError, SettingsError
from ghcr_action.plans import attest
from ghcr_action.plans.attest import Attesting, Unattested
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.values.event import Event
from tests.fakes.events import push_event
from tests.unit.plans import whole

FILE = "attest.txt"
OWN = TrustConfig(
    instance=Instance(name="octo's Sigstore", certificates="https://fulcio.octo.example"),
    trusted_root=b"{}",
)
SERVER = push_event(server_url="https://git.octo.example")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the inputs say, and whose run it is."""

    asked: AttestRequest = field(default_factory=lambda: AttestRequest(may_ask=True))
    event: Event = field(default_factory=push_event)
    config: TrustConfig | None = None
    by_digest: bool = False


def _plan(row: Row) -> Attesting | Unattested:
    return attest.make(row.asked, row.event, row.config, by_digest=row.by_digest)


ROWS = {
    "a public repository": Row(event=push_event(visibility="public")),
    "a private repository": Row(event=push_event(visibility="private")),
    "nobody knows whose it is to see": Row(event=push_event(visibility="")),
    "a user's": Row(event=push_event(visibility="public", owner_type="User")),
    "required, in the registry too": Row(
        asked=AttestRequest(attest=True, in_registry=True, may_ask=True)
    ),
    "an instance of one's own": Row(config=OWN),
    "off": Row(asked=AttestRequest(attest=False, may_ask=True)),
    "a matrix job, for a merge": Row(by_digest=True),
    "a matrix job that has to": Row(asked=AttestRequest(attest=True, may_ask=True), by_digest=True),
    "no token": Row(asked=AttestRequest()),
    "a machine of one's own": Row(asked=AttestRequest(), event=push_event(is_local=True)),
    "a server of one's own": Row(event=SERVER),
    "a server of one's own with an instance": Row(event=SERVER, config=OWN),
    "the same, and the registry keeps it": Row(
        asked=AttestRequest(in_registry=True, may_ask=True), event=SERVER, config=OWN
    ),
}


def planned() -> dict[str, Attesting | Unattested]:
    """Every row."""
    return {title: _plan(row) for title, row in ROWS.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned()) == whole.read(FILE)


@pytest.mark.parametrize(
    ("row", "kind", "why"),
    [
        (
            Row(asked=AttestRequest(attest=True)),
            AccessDenied,
            "the job has no token that says who it is",
        ),
        (
            Row(asked=AttestRequest(attest=True), event=push_event(is_local=True)),
            AccessDenied,
            "only a job of a workflow can sign",
        ),
        (
            Row(asked=AttestRequest(attest=True, may_ask=True), event=SERVER),
            SettingsError,
            "git.octo.example keeps no attestations",
        ),
    ],
    ids=["no token", "no job", "no service"],
)
def test_make__required_and_impossible(row: Row, kind: type[ActionError], why: str) -> None:
    with pytest.raises(kind) as caught:
        _plan(row)

    assert (caught.value.code, caught.value.why) == ("ATTEST", why)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        (Row(), 1),
        (Row(asked=AttestRequest()), 1),
        (Row(asked=AttestRequest(), event=push_event(is_local=True)), 0),
        (Row(asked=AttestRequest(attest=False), event=push_event(is_local=True)), 1),
    ],
    ids=["signed", "a job that can't", "nobody expects it", "said so"],
)
def test_lines__tell_what_somebody_may_wonder_about(row: Row, count: int) -> None:
    assert len(attest.lines(_plan(row))) == count
