"""Our comment over HTTP, as jobs of a matrix write it: at once, beside many others, against
refusals."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ghcr_action.adapters.clock import SystemClock
from ghcr_action.adapters.github import PyGitHub
from ghcr_action.errors import AccessDenied, Unavailable
from ghcr_action.report.comment import rows
from ghcr_action.report.comment.rows import PUSHED, Row
from ghcr_action.report.comment.view import Place
from ghcr_action.steps.comment import Poster
from ghcr_action.values.patience import Patience
from ghcr_action.values.secret import Secret
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.github_api import GitHubApi

PLACE = Place(key="ci", server_url="https://github.com", repository="acme/tools", sha="a" * 40)
ROUNDS, BESIDE = 50, 5
"""Fifty pull requests with two jobs each, five of them beside each other."""


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("acme/tools")
        yield server


def poster(
    api: GitHubApi, *, token: str = github_api.WRITER, settle: float = 0.25, number: int = 7
) -> Poster:
    github = PyGitHub(api.url, Secret(token), "acme/tools", clock=FakeClock())
    return Poster(
        github=github,
        clock=SystemClock(),
        place=PLACE,
        pull_request=number,
        settle=Patience(retries=1, shortest=2 * settle, longest=2 * settle),
    )


def row(image: str, run: int = 1, **changed: str) -> Row:
    return Row(
        id=f"{image}|",
        image=image,
        status=PUSHED,
        sha="a" * 40,
        run_number=run,
        digest=f"sha256:{run:064}",
        **changed,  # type: ignore[arg-type]
    )


def test_post__three_hundred_comments_and_ours_on_the_last_page(api: GitHubApi) -> None:
    for number in range(299):
        api.account.add_comment("acme/tools", 7, f"comment {number}")
    ours = api.account.add_comment(
        "acme/tools", 7, f"{rows.marker('ci')}\nold\n", "github-actions[bot]"
    )

    replace(poster(api), clock=FakeClock()).post(row("ghcr.io/acme/api"))

    assert api.requests == [
        *(
            f"GET /repos/acme/tools/issues/7/comments?page={page}&per_page=100"
            for page in (1, 2, 3)
        ),
        "GET /user",
        f"PATCH /repos/acme/tools/issues/comments/{ours['id']}",
        f"GET /repos/acme/tools/issues/comments/{ours['id']}",
    ]
    bodies = [comment["body"] for comment in api.account.comments["acme/tools", 7]]
    assert len(bodies) == 300
    assert bodies[:299] == [f"comment {number}" for number in range(299)]
    assert rows.decode(bodies[299]) == (row("ghcr.io/acme/api"),)


def test_post__two_jobs_at_once_fifty_times(api: GitHubApi) -> None:
    jobs = ("ghcr.io/acme/api", "ghcr.io/acme/worker")
    troubles: list[BaseException] = []

    def job(number: int, image: str, start: threading.Barrier) -> None:
        try:
            mine = poster(api, number=number)
            start.wait()
            mine.post(row(image))
        except BaseException as trouble:  # noqa: BLE001  a thread's failure is the test's
            troubles.append(trouble)

    for first in range(0, ROUNDS, BESIDE):
        threads = []
        for number in range(first, first + BESIDE):
            start = threading.Barrier(len(jobs))
            threads += [threading.Thread(target=job, args=(number, image, start)) for image in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert troubles == []
    for number in range(ROUNDS):
        comments = api.account.comments["acme/tools", number]
        assert [rows.decode(comment["body"]) for comment in comments] == [tuple(map(row, jobs))]


def test_post__two_jobs_edit_at_once(api: GitHubApi) -> None:
    jobs = ("ghcr.io/acme/api", "ghcr.io/acme/worker")
    for image in jobs:
        poster(api, settle=0).post(row(image))

    threads = [
        threading.Thread(target=poster(api).post, args=(row(image, run=2),)) for image in jobs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (comment,) = api.account.comments["acme/tools", 7]
    assert rows.decode(comment["body"]) == tuple(row(image, run=2) for image in jobs)


def test_post__a_stranger_with_our_marker_is_left_alone(api: GitHubApi) -> None:
    fake = api.account.add_comment("acme/tools", 7, f"{rows.marker('ci')}\nmine now", "mallory")

    poster(api, settle=0).post(row("ghcr.io/acme/api"))

    first, second = api.account.comments["acme/tools", 7]
    assert (first["body"], first["id"]) == (f"{rows.marker('ci')}\nmine now", fake["id"])
    assert second["user"]["login"] == "github-actions[bot]"


def test_post__a_lost_answer_does_not_double_the_comment(api: GitHubApi) -> None:
    mine = poster(api, settle=0)
    mine.post(row("ghcr.io/acme/api"))

    mine.post(row("ghcr.io/acme/api", run=2))

    assert len(api.account.comments["acme/tools", 7]) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        pytest.param(github_api.forbidden(), AccessDenied, id="403"),
        pytest.param(github_api.secondary_limit(), Unavailable, id="limit"),
        pytest.param(github_api.unavailable(), Unavailable, id="503"),
        pytest.param(github_api.truncated(), Unavailable, id="truncated"),
    ],
)
def test_post__a_refusal_is_an_error(
    api: GitHubApi, failure: github_api.Raw, kind: type[Exception]
) -> None:
    api.fail(failure, times=99)

    with pytest.raises(kind):
        poster(api, settle=0).post(row("ghcr.io/acme/api"))


def test_post__a_reader_may_not(api: GitHubApi) -> None:
    with pytest.raises(AccessDenied):
        poster(api, token=github_api.READER, settle=0).post(row("ghcr.io/acme/api"))
