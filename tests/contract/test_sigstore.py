"""The ports of signing: the fakes and the HTTP adapters against one instance, then the adapters on
their bad days."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ghcr_action.adapters.exchange import Exchange, Request
from ghcr_action.adapters.github_attestations import GitHubAttestations
from ghcr_action.adapters.github_requests import GitHubRequests
from ghcr_action.adapters.sigstore import HttpSigstore
from ghcr_action.attestation import claims, roots, services, signing, statements, verified
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, NotFound, Unavailable
from ghcr_action.ports import AttestationStore, Sigstore
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.secret import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.http import Asked, Reply, Scripted
from tests.fakes.sigstore import signed
from tests.fakes.sigstore.instance import Instance
from tests.fakes.sigstore.ports import FakeAttestationStore, FakeSigstore, instance
from tests.fakes.sigstore.services import (
    BEARER,
    FULCIO,
    REKOR_1,
    REKOR_2,
    TIMESTAMPS,
    TOKEN,
    Services,
)

SUBJECT = signed.SUBJECT
REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"


class Late(FakeClock):
    """A clock on which every look takes long."""

    def monotonic(self) -> float:
        self.elapsed += 40
        return self.elapsed


class Stand:
    """An instance over HTTP, and a client of its services."""

    def __init__(self, services: Services, server: Scripted) -> None:
        self.services, self.server = services, server
        self.services.host = f"http://{server.host}"
        self.clock = FakeClock()
        self.exchange = Exchange(
            self.clock, user_agent="tests", policy=Patience(retries=2), patience=5
        )
        self.masked: list[str] = []
        self.sigstore = HttpSigstore(
            {REQUEST_URL: self.url(f"{TOKEN}?api-version=2.0"), REQUEST_TOKEN: BEARER},
            self.exchange,
            lambda secret: self.masked.append(secret.reveal()),
        )
        self.store = GitHubAttestations(
            GitHubRequests(self.url(""), Secret("t0ken"), clock=self.clock),
            self.exchange,
            "octo/app",
        )

    def url(self, path: str) -> str:
        return f"http://{self.server.host}{path}"


@pytest.fixture
def stand() -> Iterator[Stand]:
    services = Services(instance())
    with Scripted(services.answer).running() as server:
        found = Stand(services, server)
        try:
            yield found
        finally:
            found.exchange.close()


Seat = tuple[Sigstore, Callable[[str], str], Instance]


@pytest.fixture(params=["fake", "http"])
def seat(request: pytest.FixtureRequest, stand: Stand) -> Seat:
    """A Sigstore, how its addresses are made, and the instance behind it."""
    if request.param == "http":
        return stand.sigstore, stand.url, stand.services.instance
    fake = FakeSigstore(Services(instance()))
    return fake, lambda path: f"http://127.0.0.1:1{path}", instance()


@pytest.mark.parametrize("log", [1, 2])
def test_sigstore__signs_what_an_independent_reader_takes(seat: Seat, log: int) -> None:
    sigstore, url, made = seat
    made = made if log == 1 else instance(logs=(2,))
    if log == 2 and isinstance(sigstore, FakeSigstore):
        sigstore = FakeSigstore(Services(made))
    key = sigstore.key()
    asked = services.certificate_request(signing.request(key))
    certificate = services.certificate(sigstore.ask(url(FULCIO), asked, "sign", sigstore.token()))
    payload = statements.build(
        statements.subjects([Repository.parse("ghcr.io/octo/app")], [SUBJECT]), "x", {}
    )
    envelope = signing.sign(payload, key)
    stamp = sigstore.ask(url(TIMESTAMPS), services.timestamp_request(envelope.signature), "sign")
    if log == 1:
        entered = sigstore.ask(url(REKOR_1), services.entry_request(envelope, certificate), "log")
        entry = services.entry(entered)
    else:
        entered = sigstore.ask(url(REKOR_2), services.record_request(envelope, certificate), "log")
        entry = services.record(entered)
    raw = services.assemble(envelope, certificate, (entry,), (stamp,))

    assert claims.read(certificate).repository_name == "octo/app"
    assert certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ) == key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if log == 1:
        root = roots.parse(json.dumps(made.trusted_root()).encode())
        assert verified.verify(raw, [root]).statement.is_about(SUBJECT)


def test_sigstore__gives_another_key_each_time(seat: Seat) -> None:
    sigstore, _, _ = seat

    assert sigstore.key().private_numbers() != sigstore.key().private_numbers()


def test_sigstore__refuses_a_token_that_is_none(seat: Seat) -> None:
    sigstore, url, _ = seat
    asked = services.certificate_request(signing.request(sigstore.key()))

    with pytest.raises(AccessDenied) as denied:
        sigstore.ask(url(FULCIO), asked, "get a certificate", Secret("eyJ-not-a-token"))

    assert "gave status 401" in denied.value.why
    assert "eyJ-not-a-token" not in str(denied.value)


def test_sigstore__masks_both_tokens_before_it_uses_them(stand: Stand) -> None:
    token = stand.sigstore.token()

    assert stand.masked == [BEARER, token.reveal()]
    assert stand.server.asked[0].query["audience"] == ["sigstore"]


@pytest.mark.parametrize("missing", [REQUEST_URL, REQUEST_TOKEN])
def test_sigstore__without_permission_names_the_line_that_grants_it(
    stand: Stand, missing: str
) -> None:
    environ = {REQUEST_URL: stand.url(TOKEN), REQUEST_TOKEN: BEARER, missing: ""}
    sigstore = HttpSigstore(environ, stand.exchange, lambda _: None)

    with pytest.raises(AccessDenied) as denied:
        sigstore.token()

    assert denied.value.fix == "permissions:\n  id-token: write"
    assert stand.server.asked == []


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"value": 7}'])
def test_sigstore__takes_no_nonsense_for_a_token(stand: Stand, body: bytes) -> None:
    stand.services.faults[TOKEN] = Reply(headers={"Content-Type": "application/json"}, body=body)

    with pytest.raises(ContentInvalid, match="Could not get a token"):
        stand.sigstore.token()


JSON = {"Content-Type": "application/json"}
BAD: list[tuple[str, Reply, type[ActionError], str, int]] = [
    ("down", Reply(status=503), Unavailable, "gave status 503", 3),
    ("limited", Reply(status=429, headers={"Retry-After": "1"}), Unavailable, "gave status 429", 3),
    ("refused", Reply(status=403, body=b'{"message": "no"}'), AccessDenied, "gave status 403: no", 1),
    ("wrong", Reply(status=400, body=b'{"message": "bad"}'), Unavailable, "gave status 400: bad", 1),
    ("gone", Reply(status=404), NotFound, "gave status 404", 1),
    (
        "leads elsewhere",
        Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}),
        Unavailable,
        "gave status 302",
        1,
    ),
    ("another kind", Reply(headers={"Content-Type": "text/html"}, body=b"<p>"), ContentInvalid, "gave text/html, not", 1),
    ("no kind", Reply(body=b"{}"), ContentInvalid, "gave no content type", 1),
    ("endless", Reply(headers=JSON, body=b" " * (2**20 + 1)), ContentInvalid, "more than 1048576 bytes", 1),
    ("cut", Reply(headers=JSON, body=b"{}" * 99, cut=3), Unavailable, "POST http", 3),
    ("closed", Reply(status=0), Unavailable, "POST http", 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "kind", "said", "asked"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_exchange__tells_an_answer_that_is_none(
    stand: Stand, reply: Reply, kind: type[ActionError], said: str, asked: int
) -> None:
    stand.services.faults[FULCIO] = reply

    with pytest.raises(kind) as failed:
        stand.sigstore.ask(stand.url(FULCIO), {}, "get a certificate", Secret("any-token"))

    assert said in failed.value.why
    assert failed.value.what == "Could not get a certificate"
    assert len(stand.server.paths("POST")) == asked


def test_exchange__asks_again_until_the_service_is_back(stand: Stand) -> None:
    stand.server.script("POST", FULCIO, Reply(status=502), Reply(status=0))
    asked = services.certificate_request(signing.request(stand.sigstore.key()))

    assert stand.sigstore.ask(stand.url(FULCIO), asked, "sign", stand.sigstore.token())
    assert len(stand.clock.waits) == 2


def test_exchange__reads_an_entry_that_the_log_has_already(stand: Stand) -> None:
    there = {"Location": f"{REKOR_1}/1234"}
    stand.server.script("POST", REKOR_1, Reply(status=409, headers=there))
    stand.server.script("GET", f"{REKOR_1}/1234", Reply(headers=JSON, body=b'{"a": 1}'))

    assert stand.sigstore.ask(stand.url(REKOR_1), {}, "log") == b'{"a": 1}'


def test_exchange__follows_no_log_to_another_server(stand: Stand) -> None:
    there = {"Location": "http://127.0.0.1:9/entry"}
    stand.server.script("POST", REKOR_1, Reply(status=409, headers=there))

    with pytest.raises(Unavailable, match="Could not log") as failed:
        stand.sigstore.ask(stand.url(REKOR_1), {}, "log")

    assert "gave status 409" in failed.value.why


def test_exchange__sends_nothing_without_tls_but_to_this_machine(stand: Stand) -> None:
    with pytest.raises(Unavailable) as failed:
        stand.exchange.send(Request(purpose="ask", url="http://service.invalid/"))

    assert failed.value.why == "http://service.invalid/ is not an https address"


def test_exchange__gives_an_answer_up_that_comes_too_slowly(stand: Stand) -> None:
    stand.services.faults["/slow"] = Reply(body=b"x")
    exchange = Exchange(Late(), user_agent="tests", policy=Patience(retries=0))

    with pytest.raises(Unavailable) as failed:
        exchange.send(Request(purpose="ask", url=stand.url("/slow")))

    assert "took more than 30 s" in failed.value.why


def test_exchange__tells_of_nobody_who_answers() -> None:
    exchange = Exchange(FakeClock(), user_agent="tests", policy=Patience(retries=1))

    with pytest.raises(Unavailable) as failed:
        exchange.send(Request(purpose="ask", url="http://127.0.0.1:9/"))

    assert "onnection refused" in failed.value.why


@pytest.fixture(params=["fake", "http"])
def store(request: pytest.FixtureRequest, stand: Stand) -> AttestationStore:
    return stand.store if request.param == "http" else FakeAttestationStore()


def test_store__gives_back_what_it_was_given(store: AttestationStore) -> None:
    bundle = signed.bundle()

    assert store.store(bundle)
    assert [json.loads(each) for each in store.bundles("Octo/App", SUBJECT)] == [json.loads(bundle)]


def test_store__has_nothing_of_another_image(store: AttestationStore) -> None:
    store.store(signed.bundle())

    assert list(store.bundles("octo/app", Digest.of(b"another"))) == []


def test_store__records_where_an_image_is(store: AttestationStore, stand: Stand) -> None:
    image = Repository.parse("ghcr.io/octo/app").at(SUBJECT)

    assert store.record(image)


def test_store__asks_for_bundles_without_the_token(stand: Stand) -> None:
    stand.store.store(signed.bundle())

    assert len(list(stand.store.bundles("octo/app", SUBJECT))) == 1
    (asked,) = [each for each in stand.server.asked if each.path.startswith("/storage/")]
    assert "Authorization" not in asked.headers


def test_store__takes_bundles_that_stand_in_the_answer(stand: Stand) -> None:
    stand.services.has_inline_bundles = True
    stand.store.store(signed.bundle())

    assert len(list(stand.store.bundles("octo/app", SUBJECT))) == 1


@pytest.mark.parametrize(
    "reply",
    [Reply(status=404), Reply(body=b"\xff\xff"), Reply(status=302, headers={"Location": "/x"})],
    ids=["gone", "no Snappy", "elsewhere"],
)
def test_store__leaves_out_a_bundle_that_can_not_be_read(
    stand: Stand, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    stand.store.store(signed.bundle())
    stand.server.script("GET", "/storage/", reply)

    assert list(stand.store.bundles("octo/app", SUBJECT)) == []
    (warning,) = [
        each for each in caplog.messages if each.startswith("An attestation was left out")
    ]
    assert "secret" not in warning


@pytest.mark.parametrize("text", ["octo", "../app", "octo/app/x", ""])
def test_store__asks_for_no_repository_that_is_none(stand: Stand, text: str) -> None:
    assert list(stand.store.bundles(text, SUBJECT)) == []
    assert stand.server.asked == []


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"attestations": 7}', b'{"attestations": [7, {}, {"bundle_url": 7}]}'],
)
def test_store__takes_nonsense_for_nothing(stand: Stand, body: bytes) -> None:
    stand.server.script("GET", "/attestations/", Reply(headers=JSON, body=body))

    assert list(stand.store.bundles("octo/app", SUBJECT)) == []


def test_store__says_why_it_keeps_nothing(stand: Stand) -> None:
    why = b'{"message": "Resource not accessible by integration"}'
    stand.server.script("POST", "/attestations", Reply(status=403, headers=JSON, body=why))

    with pytest.raises(AccessDenied) as denied:
        stand.store.store(signed.bundle())

    assert "Resource not accessible by integration" in denied.value.why


@pytest.mark.parametrize("status", [403, 404])
def test_store__records_nothing_where_the_job_may_not(stand: Stand, status: int) -> None:
    body = b'{"message": "no"}'
    reply = Reply(status=status, headers=JSON, body=body)
    stand.server.script("POST", "/storage-record", reply)

    assert not stand.store.record(Repository.parse("ghcr.io/octo/app").at(SUBJECT))


def asked_for(stand: Stand, path: str) -> list[Asked]:
    return [each for each in stand.server.asked if each.path == path]


def test_store__records_name_digest_and_registry(stand: Stand) -> None:
    stand.store.record(Repository.parse("ghcr.io/octo/app").at(SUBJECT))

    (asked,) = asked_for(stand, "/orgs/octo/artifacts/metadata/storage-record")
    found: dict[str, Any] = json.loads(asked.body)
    assert found == {"name": "octo/app", "digest": str(SUBJECT), "registry_url": "https://ghcr.io"}
