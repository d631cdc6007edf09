"""The protocol of our one comment, step by step: what it does when others write in between."""

import logging
from dataclasses import dataclass, field, replace

import pytest

from ghcr_action.errors import NotFound, Unavailable
from ghcr_action.report.comment import body as comment_body
from ghcr_action.report.comment import rows
from ghcr_action.report.comment.rows import PUSHED, Row
from ghcr_action.report.comment.view import Place
from ghcr_action.steps.comment import ATTEMPTS, Poster
from ghcr_action.values.github import Comment
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub

PLACE = Place(key="ci", server_url="https://github.com", repository="octo/app")
API = Row(id="api|", image="api", status=PUSHED, run_number=1)
WORKER = replace(API, id="worker|", image="worker")


@dataclass
class Meddler(FakeClock):
    """While somebody waits, another job does something."""

    meddle: list[object] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.meddle:
            self.meddle.pop(0)()  # type: ignore[operator]


def poster(github: FakeGitHub, clock: FakeClock | None = None) -> Poster:
    return Poster(github=github, clock=clock or FakeClock(), place=PLACE, pull_request=7)


def body(*found: Row) -> str:
    return comment_body.body(found, PLACE)


def said(github: FakeGitHub) -> list[tuple[Row, ...]]:
    return [rows.decode(each.body) for each in github.said[7]]


def test_post__the_same_again_edits_nothing() -> None:
    github = FakeGitHub()
    poster(github).post(API)
    github.calls.clear()

    poster(github).post(API)

    assert github.calls == ["comments 7"]


def test_post__a_row_that_was_written_over_is_merged_again() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    over = lambda: github.edit_comment(1, body(WORKER))  # noqa: E731  a job that read before us and writes after us

    poster(github, Meddler(meddle=[over])).post(API)

    assert said(github) == [(API, WORKER)]


def test_post__of_two_new_comments_the_older_stays() -> None:
    github = FakeGitHub()
    older = Comment(id=0, author=github.owner, body=body(WORKER))
    arrive = lambda: github.said[7].insert(0, older)  # noqa: E731  GitHub shows it only now

    poster(github, Meddler(meddle=[arrive])).post(API)

    assert said(github) == [(API, WORKER)]
    assert [call for call in github.calls if call.startswith("delete")] == ["delete 1"]


def second(github: FakeGitHub, *found: Row) -> None:
    """What a job leaves that was killed after it wrote a comment beside ours."""
    poster(github).post(replace(API, run_number=2))
    github.said[7] += [
        Comment(id=8, author="stranger", body=body(WORKER)),
        Comment(id=9, author=github.owner, body=body(*found)),
        Comment(id=10, author=github.owner, body=body(WORKER)),
    ]
    github.calls.clear()


def test_post__a_second_comment_of_ours_is_taken_over_and_deleted() -> None:
    github = FakeGitHub()
    second(github, WORKER, API)

    poster(github).post(replace(API, run_number=3))

    assert [each.id for each in github.said[7]] == [1, 8]
    assert said(github)[0] == (replace(API, run_number=3), WORKER)
    assert github.calls == ["comments 7", "edit 1", "comment 1", "delete 9", "delete 10"]


def test_post__a_second_comment_never_brings_old_rows_back() -> None:
    github = FakeGitHub()
    second(github, replace(API, reason="old"))

    poster(github).post(WORKER)

    assert said(github)[0] == (replace(API, run_number=2), WORKER)


def test_post__a_second_comment_that_cannot_be_deleted_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    github = FakeGitHub()
    second(github, WORKER)

    def refuse(number: int) -> None:
        raise NotFound(f"There is no comment {number}")

    github.delete_comment = refuse  # type: ignore[method-assign, assignment]

    assert poster(github).post(API).id == 1
    assert [record.getMessage() for record in caplog.records] == [
        "A second comment of ours stays: There is no comment 9",
        "A second comment of ours stays: There is no comment 10",
    ]


def test_post__a_new_comment_that_another_job_took_over_is_not_missed() -> None:
    github = FakeGitHub()
    older = Comment(id=0, author=github.owner, body=body(WORKER))
    deleted = []

    def take_over() -> None:
        github.said[7] = [older]

    def delete(number: int) -> None:
        deleted.append(number)
        raise NotFound("Could not delete our comment", why="DELETE was answered with 404")

    github.delete_comment = delete  # type: ignore[method-assign, assignment]

    poster(github, Meddler(meddle=[take_over])).post(API)

    assert deleted == [1]
    assert said(github) == [(API, WORKER)]


def test_post__a_comment_that_is_gone_is_made_anew() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    github.calls.clear()
    first, edit = github.said[7][0], github.edit_comment

    def gone(number: int, text: str) -> Comment:
        github.said[7].clear()
        return edit(number, text)

    github.edit_comment = gone  # type: ignore[method-assign, assignment]

    poster(github).post(API)

    assert [each.id for each in github.said[7]] != [first.id]
    assert said(github) == [(API,)]


def test_post__a_long_search_reads_the_comment_again() -> None:
    class Slow(FakeClock):
        def monotonic(self) -> float:
            self.elapsed += 2
            return self.elapsed

    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    github.calls.clear()

    poster(github, Slow()).post(API)

    assert github.calls == ["comments 7", "comment 1", "edit 1", "comment 1"]


def test_post__others_that_always_win_are_told() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    over = lambda: github.edit_comment(1, body(WORKER))  # noqa: E731

    with pytest.raises(Unavailable) as raised:
        poster(github, Meddler(meddle=[over] * ATTEMPTS)).post(API)

    assert str(raised.value) == (
        "Could not keep our row in the comment on pull request 7\n"
        "Why: other jobs wrote it anew 5 times\n"
        "Fix: Run the step again, or give jobs comments of their own by `comment-key`."
    )


def test_post__a_late_run_of_an_older_commit_changes_nothing() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=9))
    github.calls.clear()

    poster(github).post(API)

    assert github.calls == ["comments 7"]
    assert said(github) == [(replace(API, run_number=9),)]
