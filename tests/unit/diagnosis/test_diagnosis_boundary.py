"""What a person reads of a refusal, whoever refused: the adapters' errors as they are raised, told
whole."""

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.diagnosis.known import Where
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    BuildFailed,
    NotFound,
    PolicyRefused,
    Unavailable,
)
from ghcr_action.logins.credential import Credential
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.fakes.events import fork_pull_request, push_event

TOKEN = Secret("job-token-1234567890")
JOB = {"ghcr.io": Credential(username="mona", password=TOKEN)}
PERSON = {"ghcr.io": Credential(username="mona", password=Secret("a-person"))}
UPLOAD = "POST https://ghcr.io/v2/octo/app/blobs/uploads/ was answered with 403: DENIED: "


def denied(words: str) -> AccessDenied:
    return AccessDenied("Could not push to ghcr.io/octo/app", why=f"{UPLOAD}{words}")


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (BuildFailed("The build failed"), Where.ENGINE),
        (denied("denied"), Where.REGISTRY),
        (
            Unavailable("x", why="GET https://ghcr.io/token: the connection was closed"),
            Where.REGISTRY,
        ),
        (
            AccessDenied(
                "x", why="POST /repos/octo/app/issues/7/comments was answered with 403: no"
            ),
            Where.API,
        ),
        (Unavailable("x", why="GET /user has no usable answer: torn"), Where.API),
        (PolicyRefused("x", why="the input says so"), None),
    ],
    ids=["build", "registry", "token service", "api", "api torn", "a rule of ours"],
)
def test_place__is_read_from_the_error(error: ActionError, where: Where | None) -> None:
    assert tell.place(error) == where


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (
            "HEAD https://ghcr.io/v2/octo/tools/app/manifests/1 was answered",
            Repository("ghcr.io", "octo/tools/app"),
        ),
        (
            "PUT http://127.0.0.1:5000/v2/octo/app/blobs/uploads/1?digest=x",
            Repository("127.0.0.1:5000", "octo/app"),
        ),
        ("failed to push ghcr.io/octo/app:1.0: denied", Repository("ghcr.io", "octo/app")),
        (
            "failed to push containers.acme.ghe.com/octo/app: denied",
            Repository("containers.acme.ghe.com", "octo/app"),
        ),
        ("GET https://ghcr.io/token was answered with 403", None),
        (
            "GET https://ghcr.io/v2/octo//app/manifests/1 of ghcr.io/octo/app",
            Repository("ghcr.io", "octo/app"),
        ),
        ("nothing", None),
    ],
    ids=["manifest", "port", "engine", "data residency", "token", "broken address", "none"],
)
def test_image__is_the_one_of_the_request(text: str, image: Repository | None) -> None:
    assert tell.image_in(text) == image


def test_tell__a_refused_push_names_the_one_cause() -> None:
    told = tell.tell(
        denied("permission_denied: write_package"), push_event(), credentials=JOB, token=TOKEN
    )

    assert (type(told), told.code) == (AccessDenied, "GHCR-PUSH-403-WRITE-PACKAGE")
    assert str(told) == (
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
    ("credentials", "event", "may_write", "code"),
    [
        (JOB, push_event(), False, "GHCR-PUSH-403-CREATE-PERMISSION"),
        (JOB, push_event(), True, "GHCR-PUSH-403-CREATE-POLICY"),
        (JOB, push_event(repository="other/app"), False, "GHCR-PUSH-403-CREATE-OWNER"),
        (JOB, fork_pull_request(), False, "GHCR-PUSH-403-CREATE-FORK"),
        (JOB, push_event(actor="dependabot[bot]"), False, "GHCR-PUSH-403-CREATE-DEPENDABOT"),
    ],
    ids=["no permission", "policy", "other owner", "fork", "dependabot"],
)
def test_tell__each_of_the_five_causes(
    credentials: dict[str, Credential], event: object, may_write: bool, code: str
) -> None:
    error = denied("installation not allowed to Create organization package")

    told = tell.tell(
        error,
        event,  # type: ignore[arg-type]
        credentials=credentials,
        token=TOKEN,
        may_write_packages=may_write,
    )

    assert told.code == code


@pytest.mark.parametrize(
    ("credentials", "code"),
    [(PERSON, "GHCR-PUSH-403-WRITE-PACKAGE-USER"), ({}, "GHCR-PUSH-403-WRITE-PACKAGE")],
    ids=["password", "no login"],
)
def test_tell__the_kind_of_login_decides(credentials: dict[str, Credential], code: str) -> None:
    assert (
        tell.tell(
            denied("permission_denied: write_package"),
            push_event(),
            credentials=credentials,
            token=TOKEN,
        ).code
        == code
    )


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/repos/octo/app/issues/7/comments", "pull-requests: write"),
        ("/orgs/octo/packages/container/app", "packages: write"),
    ],
)
def test_tell__an_api_call_names_its_permission(path: str, permission: str) -> None:
    error = AccessDenied(
        "Could not ask",
        why=f"POST {path} was answered with 403: Resource not accessible by integration",
    )

    told = tell.tell(error, push_event(), credentials=JOB, token=TOKEN)

    assert (told.code, told.fix) == (
        "GHCR-API-403-PERMISSION",
        f"Grant it to the job:\n    permissions:\n      {permission}",
    )


def test_tell__twice_says_it_once() -> None:
    told = tell.tell(
        denied("permission_denied: write_package"), push_event(), credentials=JOB, token=TOKEN
    )

    assert tell.tell(told, push_event(), credentials=JOB, token=TOKEN) is told


def test_tell__the_unknown_keeps_its_words_without_secrets() -> None:
    error = NotFound(
        "Could not read",
        why=(
            "GET https://ghcr.io/v2/octo/app/manifests/1 was answered with 418: "
            f"{TOKEN.reveal()} hunter2"
        ),
    )

    told = tell.tell(
        error, push_event(), credentials=JOB, token=TOKEN, secrets=(Secret("hunter2"), Secret(""))
    )

    assert (type(told), told.code) == (NotFound, "NOT-FOUND")
    assert told.why == "GET https://ghcr.io/v2/octo/app/manifests/1 was answered with 418: *** ***"


def test_tell__what_needs_no_telling_stays() -> None:
    ours = PolicyRefused("x", why="the input says so")
    unknown = NotFound(
        "Could not read", why="GET https://ghcr.io/v2/octo/app/manifests/1 was answered with 418"
    )

    assert tell.tell(ours, push_event(), credentials=JOB, token=TOKEN) is ours
    assert tell.tell(unknown, push_event(), credentials=JOB, token=TOKEN) is unknown
