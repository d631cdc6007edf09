"""Which failed builds are tried again, and when: by the engine's words."""

import pytest

from ghcr_action.buildx import failure
from ghcr_action.buildx.failure import Failure

PUSH = (
    "failed to push ghcr.io/octo/app:1: unexpected status from PUT request to "
    "https://ghcr.io/v2/octo/app/manifests/1: "
)
WAITS = {
    "bad gateway": (f"{PUSH}502 Bad Gateway", 0.75),
    "server error": (f"{PUSH}500 Internal Server Error", 0.75),
    "reset": ("failed to copy: write tcp 10.0.0.1:4: connection reset by peer", 0.75),
    "time-out": ("failed to do request: net/http: TLS handshake timeout", 0.75),
    "limited": (f"{PUSH}429 Too Many Requests", 0.75),
    "limited with a wait": ("toomanyrequests: retry-after: 2s, allowed: 2000/minute", 2.5),
    "limited for longer than we wait": (
        "toomanyrequests: retry-after: 90s, allowed: 2000/minute",
        None,
    ),
    "lost upload": ("failed to copy: blob upload unknown", 0.75),
    "a layer that two targets push at once": (
        (
            "target a: failed to solve: failed to push r/a: errors:\n"
            "unknown: provided digest did not match uploaded content\n"
            "unknown: blob unknown to registry - sha256:60"
        ),
        3.75,
    ),
    "layer locked": (
        (
            "(*service).Write failed: ref layer-sha256:25 locked for 1.4ms (since "
            "2026-11-23): unavailable"
        ),
        0.75,
    ),
    "hung up": ("write tcp 127.0.0.1:57044->127.0.0.1:35219: write: broken pipe", 0.75),
    "forbidden": (f"{PUSH}403 Forbidden", None),
    "unauthorized": (
        "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
        None,
    ),
    "not permitted": (
        "failed to push ghcr.io/octo/app:1: denied: permission_denied: write_package",
        None,
    ),
    "no such base image": (
        (
            "docker.io/library/nope:1: failed to resolve source metadata for "
            "docker.io/library/nope:1: not found"
        ),
        None,
    ),
    "pull limit of Docker Hub": (
        (
            "429 Too Many Requests: toomanyrequests: You have reached your unauthenticated "
            "pull rate limit"
        ),
        None,
    ),
    "Dockerfile": ("dockerfile parse error on line 2: unknown instruction: RUNN", None),
    "nothing said": ("", None),
}


@pytest.mark.parametrize(("message", "expected"), WAITS.values(), ids=WAITS)
def test_wait__by_the_engines_words(message: str, expected: float | None) -> None:
    assert (
        failure.retry_wait(Failure(message=message), attempt=0, retries=4, jitter=0.5) == expected
    )


def test_wait__a_step_that_failed_is_never_repeated_whatever_it_printed() -> None:
    found = Failure(
        message='process "/bin/sh -c curl x" did not complete successfully: exit code: 22',
        exit_code=22,
    )

    assert failure.retry_wait(found, attempt=0, retries=4, jitter=0.5) is None


@pytest.mark.parametrize(
    ("retries", "expected"),
    [(0, []), (2, [1.0, 2.0]), (4, [1.0, 2.0, 4.0, 8.0]), (9, [1.0, 2.0, 4.0, 8.0])],
)
def test_wait__grows_and_ends(retries: int, expected: list[float]) -> None:
    found = Failure(message=f"{PUSH}502 Bad Gateway")

    waits = [
        failure.retry_wait(found, attempt=attempt, retries=retries, jitter=1.0)
        for attempt in range(9)
    ]

    assert [wait for wait in waits if wait is not None] == expected


@pytest.mark.parametrize(("after_push", "expected"), [(True, 0.75), (False, None)])
def test_wait__what_is_not_there_may_come_once_it_was_pushed(
    after_push: bool, expected: float | None
) -> None:
    found = Failure(message="Error response from daemon: manifest unknown: manifest unknown")

    assert (
        failure.retry_wait(found, attempt=0, retries=4, jitter=0.5, after_push=after_push)
        == expected
    )
