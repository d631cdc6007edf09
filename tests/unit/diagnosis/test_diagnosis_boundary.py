"""What a person reads of a refusal, whoever refused: the adapters' errors as they are raised, told
whole."""

from typing import Any

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError, BuildFailed, NotFound, PolicyRefused
from ghcr_action.logins.credential import Credential
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.fakes import refusals
from tests.fakes.events import fork_pull_request, push_event
from tests.fakes.refusals import denied

TOKEN = Secret("job-token-1234567890")
JOB = {"ghcr.io": Credential(username="mona", password=TOKEN)}
PERSON = {"ghcr.io": Credential(username="mona", password=Secret("a-person"))}


def told(error: ActionError, event: Event | None = None, **more: Any) -> ActionError:
    return tell.tell(error, event or push_event(), **{"credentials": JOB, "token": TOKEN, **more})


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (
            "HEAD https://ghcr.io/v2/octo/tools/app/manifests/1: 403",
            Repository("ghcr.io", "octo/tools/app"),
        ),
        (
            "PUT http://127.0.0.1:5000/v2/octo/app/blobs/uploads/1?digest=x",
            Repository("127.0.0.1:5000", "octo/app"),
        ),
        ("failed to push ghcr.io/octo/app:1.0: denied", Repository("ghcr.io", "octo/app")),
        ("failed to push quay.io/octo/app:1.0: denied", Repository("quay.io", "octo/app")),
        (
            "failed to resolve source metadata for docker.io/library/alpine:3: not found",
            Repository("docker.io", "library/alpine"),
        ),
        (
            "GET https://registry-1.docker.io/v2/library/alpine/manifests/3: 429",
            Repository("docker.io", "library/alpine"),
        ),
        (
            "failed to push containers.acme.ghe.com/octo/app: denied",
            Repository("containers.acme.ghe.com", "octo/app"),
        ),
        (
            "pushing manifest for ghcr.io/octo/app\nfailed to push quay.io/octo/app:1: denied: no",
            Repository("quay.io", "octo/app"),
        ),
        (
            (
                "error: PUT https://ghcr.io/v2/octo/app/blobs/uploads/1: 500\nretrying in 1s\n"
                "failed to push quay.io/octo/app: unknown: no"
            ),
            Repository("quay.io", "octo/app"),
        ),
        (
            (
                "HEAD https://ghcr.io/v2/octo/app/manifests/1: 404\n"
                "HEAD https://quay.io/v2/octo/app/manifests/1: 403"
            ),
            Repository("quay.io", "octo/app"),
        ),
        ("GET https://ghcr.io/token: 403 Forbidden", None),
        (
            "GET https://ghcr.io/v2/octo//app/manifests/1 of ghcr.io/octo/app",
            Repository("ghcr.io", "octo/app"),
        ),
        ("nothing", None),
    ],
)
def test_image__is_what_the_engine_speaks_of(text: str, image: Repository | None) -> None:
    assert tell.image_in(text) == image


@pytest.mark.parametrize(
    ("words", "host"),
    [
        ('Get "https://127.0.0.1:9/Dockerfile": dial tcp 127.0.0.1:9: connect: {}', "127.0.0.1:9"),
        ('Post "http://auth.example/token": dial tcp 10.0.0.1:80: connect: {}', "auth.example"),
        (
            "fatal: unable to access 'https://git.example/a/b.git/': x: connection: {}",
            "git.example",
        ),
        ("dial tcp 10.0.0.1:443: connect: {}", "quay.io"),
        ("failed to push ghcr.io/octo/app:1: dial tcp 10.0.0.1: connect: {}", "ghcr.io"),
    ],
)
def test_tell__who_did_not_answer_is_whom_the_engine_asked(words: str, host: str) -> None:
    said = words.format("connection refused")
    error = BuildFailed("It failed", answer=Answer(where=Where.ENGINE, words=said))

    found = told(error, about=Repository("quay.io", "octo/pushed"))

    assert found.why.startswith(f"{host} can't be reached")


def test_tell__a_refused_push_names_the_one_cause() -> None:
    found = told(denied("permission_denied: write_package"))

    assert str(found) == (
        "Could not push to ghcr.io/octo/app [GHCR-PUSH-403-WRITE-PACKAGE]\n"
        "Why: The token is valid, but octo/app has no Write role on this existing package: it was first pushed with a personal access "
        "token, or by another repository.\n"
        "POST https://ghcr.io/v2/octo/app/blobs/uploads/ was answered with 403: DENIED: permission_denied: write_package\n"
        'Fix: On https://github.com/orgs/octo/packages/container/app/settings, under "Manage Actions access", add octo/app with the role '
        "Write (Admin for clean-up). There is no API for this. Or give a classic personal access token with `write:packages` as "
        "`password`.\n"
        "https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility"
    )


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (push_event(), "GHCR-PUSH-403-CREATE-PERMISSION"),
        (push_event(repository="other/app"), "GHCR-PUSH-403-CREATE-OWNER"),
        (fork_pull_request(), "GHCR-PUSH-403-CREATE-FORK"),
        (push_event(actor="dependabot[bot]"), "GHCR-PUSH-403-CREATE-DEPENDABOT"),
    ],
    ids=["no permission", "other owner", "fork", "dependabot"],
)
def test_tell__each_cause_of_a_refused_installation(event: Event, code: str) -> None:
    error = denied("installation not allowed to Create organization package")

    assert told(error, event).code == code


@pytest.mark.parametrize(
    ("credentials", "code"),
    [(PERSON, "GHCR-PUSH-403-WRITE-PACKAGE-USER"), ({}, "GHCR-PUSH-403-WRITE-PACKAGE")],
    ids=["password", "no login"],
)
def test_tell__the_kind_of_login_decides(credentials: dict[str, Credential], code: str) -> None:
    error = denied("permission_denied: write_package")

    assert told(error, credentials=credentials).code == code


def test_tell__an_engine_names_its_image_itself() -> None:
    words = "failed to push ghcr.io/octo/app:1: denied: permission_denied: write_package"
    error = BuildFailed("The build failed", answer=Answer(where=Where.ENGINE, words=words))

    found = told(error, credentials=PERSON)

    assert found.code == "GHCR-PUSH-403-WRITE-PACKAGE-USER"
    assert "https://github.com/orgs/octo/packages/container/app/settings" in found.fix


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", "/repos/octo/app/issues/7/comments", "pull-requests: write"),
        ("GET", "/orgs/octo/packages/container/app", "packages: read"),
    ],
)
def test_tell__an_api_call_names_its_permission(method: str, path: str, permission: str) -> None:
    found = told(refusals.api("Resource not accessible by integration", method=method, path=path))

    assert (found.code, found.fix) == (
        "GHCR-API-403-PERMISSION",
        f"Grant it to the job:\n    permissions:\n      {permission}",
    )


def test_tell__once() -> None:
    found = told(denied("permission_denied: write_package"))
    unknown = told(refusals.registry("no", 418))

    assert told(found) is found
    assert told(unknown) is unknown


def test_tell__the_unknown_keeps_its_words_without_secrets() -> None:
    error = refusals.registry(f"{TOKEN.reveal()} hunter2", 418, method="GET")

    found = told(error, secrets=(Secret("hunter2"), Secret("")))

    assert (type(found), found.code) == (type(error), error.code)
    assert found.why.endswith("was answered with 418: *** ***")


def test_tell__what_needs_no_telling_stays() -> None:
    ours = PolicyRefused("x", why="the input says so")
    exact = NotFound("x", code="OURS", answer=Answer(where=Where.API, status=401))

    assert told(ours) is ours
    assert told(exact) is exact
